//! scim-sanity's probe in strict mode: no FAIL but the one that is right to fail.

use std::process::Command;

use serde::Deserialize;

use super::environment::Environment;
use super::server::Target;
use super::verdict::Verdict;

const VERSION: &str = "0.7.4";

/// The probe adds the member `fake-member-id`, which does not exist, and wants 200. A server that keeps its references whole
/// answers 400; if this line ever passes, unknown members are being accepted.
const EXPECTED_FAILURE: (&str, &str) = ("PATCH /Groups/{id} add member", "Expected 200, got 400");

#[derive(Deserialize)]
struct Report {
    scim_sanity_version: String,
    mode: String,
    results: Vec<Line>,
}

#[derive(Deserialize)]
struct Line {
    name: String,
    status: Status,
    #[serde(default)]
    message: String,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Status {
    Pass,
    Fail,
    Warn,
    Skip,
    Error,
}

/// `scim-sanity probe BASE ...` with its report as JSON.
pub(crate) fn command(environment: &Environment, target: &Target) -> Command {
    let mut command = environment.client("scim-sanity");
    command.args(["probe", &target.base_url, "--token", &target.token]);
    command.args(["--i-accept-side-effects", "--strict", "--json-output"]);
    command
}

/// Reads the JSON report.
///
/// # Errors
/// It is no report of the pinned version in strict mode, or the exit code contradicts it.
pub(crate) fn judge(output: &str, success: bool) -> Result<Verdict, String> {
    let report: Report = serde_json::from_str(output).map_err(|error| format!("cannot read the report: {error}"))?;
    if (report.scim_sanity_version.as_str(), report.mode.as_str()) != (VERSION, "strict") {
        return Err(format!("expected {VERSION} strict, found {} {}", report.scim_sanity_version, report.mode));
    }
    let mut verdict = Verdict::default();
    let mut expected_seen = 0;
    for line in &report.results {
        let words = format!("{}: {}", line.name, line.message);
        match line.status {
            Status::Pass => verdict.passed += 1,
            Status::Skip => verdict.skipped += 1,
            Status::Warn => verdict.notes.push(format!("warning: {words}")),
            Status::Fail if (line.name.as_str(), line.message.as_str()) == EXPECTED_FAILURE => {
                expected_seen += 1;
                verdict.notes.push(format!("fails as it should: {words}"));
            }
            Status::Fail | Status::Error => verdict.failed.push(words),
        }
    }
    if expected_seen != 1 {
        let (name, message) = EXPECTED_FAILURE;
        verdict
            .failed
            .push(format!("the expected failure \"{name}: {message}\" was seen {expected_seen} times, not once"));
    }
    if success == (expected_seen > 0 || !verdict.failed.is_empty()) {
        return Err(format!("the exit code says success = {success}, the report says otherwise"));
    }
    Ok(verdict)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXPECTED: &str =
        r#"{"name": "PATCH /Groups/{id} add member", "status": "fail", "message": "Expected 200, got 400"}"#;

    fn report(lines: &[&str]) -> String {
        let lines = lines.join(",");
        format!(r#"{{"scim_sanity_version": "0.7.4", "mode": "strict", "results": [{lines}]}}"#)
    }

    #[test]
    fn exactly_the_expected_failure_is_good() {
        let verdict = judge(&report(&[r#"{"name": "GET /Users", "status": "pass"}"#, EXPECTED]), false).unwrap();
        assert_eq!((verdict.passed, verdict.is_good()), (1, true));
    }

    #[test]
    fn the_expected_failure_must_be_there_once_and_with_400() {
        let pass = r#"{"name": "PATCH /Groups/{id} add member", "status": "pass"}"#;
        let created = EXPECTED.replace("400", "204");
        assert!(!judge(&report(&[pass]), false).is_ok_and(|verdict| verdict.is_good()));
        assert!(!judge(&report(&[pass, &created]), false).unwrap().is_good());
        assert!(!judge(&report(&[pass, EXPECTED, EXPECTED]), false).unwrap().is_good());
    }

    #[test]
    fn another_failure_or_error_is_not_good() {
        for status in ["fail", "error"] {
            let line = format!(r#"{{"name": "GET /Users", "status": "{status}", "message": "no"}}"#);
            let verdict = judge(&report(&[EXPECTED, &line]), false).unwrap();
            assert_eq!(verdict.failed, ["GET /Users: no"]);
        }
    }

    #[test]
    fn what_cannot_be_read_is_an_error() {
        assert!(judge("", false).is_err());
        assert!(judge("Traceback", false).is_err());
        assert!(judge(&report(&[EXPECTED]).replace("strict", "compat"), false).is_err());
        assert!(judge(&report(&[EXPECTED]).replace("0.7.4", "0.7.5"), false).is_err());
        assert!(judge(&report(&[EXPECTED, r#"{"name": "x", "status": "new"}"#]), false).is_err());
        assert!(judge(&report(&[EXPECTED]), true).is_err());
    }
}
