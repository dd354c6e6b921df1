//! scim2-tester through scim2-cli: every line must be SUCCESS.

use std::process::Command;

use super::environment::Environment;
use super::server::Target;
use super::verdict::Verdict;

/// A server that hides its schemas is checked less; fewer lines than this mean that the suite saw too little.
const FEWEST_CHECKS: usize = 100;
const STATUSES: [&str; 7] = ["SUCCESS", "COMPLIANT", "ACCEPTABLE", "DEVIATION", "ERROR", "CRITICAL", "SKIPPED"];

/// `scim2 -u BASE test`, with the token in the environment as the tool wants it.
pub(crate) fn command(environment: &Environment, target: &Target) -> Command {
    let mut command = environment.client("scim2");
    command.env("SCIM_CLI_HEADERS", format!("Authorization: Bearer {}", target.token));
    command.args(["-u", &target.base_url, "test"]);
    command
}

/// Reads the report: a heading, then `STATUS title` lines, each with an optional reason indented by two spaces.
///
/// # Errors
/// A line of another form, or an exit code that contradicts the lines.
pub(crate) fn judge(output: &str, success: bool) -> Result<Verdict, String> {
    let mut lines = output.lines();
    if !lines.next().is_some_and(|line| line.starts_with("Performing a SCIM compliance check on ")) {
        return Err("the output does not begin with the heading of a check".to_owned());
    }
    let mut verdict = Verdict::default();
    let mut last_failed = false;
    for line in lines {
        if let Some(reason) = line.strip_prefix("  ") {
            if last_failed && let Some(failure) = verdict.failed.last_mut() {
                *failure = format!("{failure}: {reason}");
            }
            continue;
        }
        let Some((status, _)) = line.split_once(' ').filter(|(status, _)| STATUSES.contains(status)) else {
            // A reason of several lines keeps its line breaks, which is readable only where the check failed anyway.
            if last_failed {
                continue;
            }
            return Err(format!("cannot read the line {line:?}"));
        };
        last_failed = status != "SUCCESS";
        if last_failed { verdict.failed.push(line.to_owned()) } else { verdict.passed += 1 }
    }
    if success != verdict.failed.is_empty() {
        return Err(format!("the exit code says success = {success}, the lines say {} failures", verdict.failed.len()));
    }
    if verdict.passed + verdict.failed.len() < FEWEST_CHECKS {
        verdict.failed.push(format!("only {} checks ran, expected at least {FEWEST_CHECKS}", verdict.passed));
    }
    Ok(verdict)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(lines: &str) -> String {
        let filler = "SUCCESS filler\n  All well\n".repeat(FEWEST_CHECKS);
        format!("Performing a SCIM compliance check on http://x/ ...\n{filler}{lines}")
    }

    #[test]
    fn all_success_is_good() {
        let verdict = judge(&report("SUCCESS more\n"), true).unwrap();
        assert_eq!((verdict.passed, verdict.is_good()), (FEWEST_CHECKS + 1, true));
    }

    #[test]
    fn every_other_status_fails_with_its_reason() {
        for status in STATUSES.iter().filter(|status| **status != "SUCCESS") {
            let verdict = judge(&report(&format!("{status} title\n  because\n")), false).unwrap();
            assert_eq!(verdict.failed, [format!("{status} title: because")]);
        }
    }

    #[test]
    fn a_reason_of_several_lines_hides_no_failure() {
        let lines = "ERROR one\n  because\nof this\nERROR two\n";
        assert_eq!(judge(&report(lines), false).unwrap().failed, ["ERROR one: because", "ERROR two"]);
    }

    #[test]
    fn what_cannot_be_read_is_an_error() {
        assert!(judge("", true).is_err());
        assert!(judge("Traceback (most recent call last):\n", false).is_err());
        assert!(judge(&report("Traceback (most recent call last):\n"), false).is_err());
        assert!(judge(&report("SUCCESSFUL title\n"), true).is_err());
        assert!(judge(&report("ERROR title\n"), true).is_err());
        assert!(judge(&report(""), false).is_err());
    }

    #[test]
    fn too_few_checks_fail() {
        let verdict = judge("Performing a SCIM compliance check on http://x/ ...\nSUCCESS a\n", true).unwrap();
        assert!(!verdict.is_good());
        assert!(!judge("Performing a SCIM compliance check on http://x/ ...\n", true).unwrap().is_good());
    }
}
