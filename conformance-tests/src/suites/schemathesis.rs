//! Schemathesis: every operation of the server's OpenAPI document, asked with requests made from it. An operation must
//! answer a 2xx, never a 5xx, and nothing that the document does not name.

use std::process::Command;

use super::environment::Environment;
use super::server::Owner;
use super::verdict::Verdict;

/// The same in every run: what a change breaks is found again.
const SEED: &str = "1";
/// Requests for each operation and kind of data, so that a run takes minutes.
const MOST_EXAMPLES: &str = "3";

/// The line about the document itself.
const DOCUMENT: &str = "document";

/// The script that asks, told where the server is and by whom to ask.
pub(crate) fn command(environment: &Environment, base_url: &str, owner: &Result<Owner, String>) -> Command {
    let mut command = environment.client("python");
    command.env("BASE_URL", base_url.trim_end_matches("/scim/v2"));
    command.env("SEED", SEED).env("MAX_EXAMPLES", MOST_EXAMPLES).env("PYTHONDONTWRITEBYTECODE", "1");
    // Not the folder it is started in.
    command.env("HYPOTHESIS_STORAGE_DIRECTORY", std::env::temp_dir().join("rollcall-hypothesis"));
    match owner {
        Ok(Owner { email, password, mail, records }) => {
            command.env("OWNER_EMAIL", email).env("OWNER_PASSWORD", password);
            command.env("MAIL_DIR", mail).env("DNS_DIR", records)
        }
        Err(fault) => command.env("OWNER_FAULT", fault),
    };
    command.arg(environment.source("run.py"));
    command
}

/// Reads one line an operation: `PASS name` or `FAIL name: why`, and `SKIP what: why`.
///
/// # Errors
/// There is a line of another kind, none about the document or none about an operation, or the exit code contradicts them.
pub(crate) fn judge(output: &str, success: bool) -> Result<Verdict, String> {
    let mut verdict = Verdict::default();
    let mut document = false;
    for line in output.lines() {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let name = rest.split(':').next().unwrap_or_default();
        document |= name == DOCUMENT;
        match word {
            "PASS" => verdict.passed += 1,
            "FAIL" => verdict.failed.push(rest.to_owned()),
            "SKIP" => {
                verdict.skipped += 1;
                verdict.notes.push(format!("skipped: {rest}"));
            }
            _ => return Err(format!("cannot read the line {line:?}")),
        }
    }
    if !document || verdict.passed + verdict.failed.len() < 2 {
        return Err("the document and at least one operation must have been judged".to_owned());
    }
    if success != verdict.failed.is_empty() {
        return Err(format!("the exit code says success = {success}, the lines say {} failures", verdict.failed.len()));
    }
    Ok(verdict)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_passed_is_good() {
        let verdict = judge("PASS document\nPASS GET /x\nSKIP /api: why\n", true).unwrap();
        assert_eq!((verdict.passed, verdict.skipped, verdict.is_good()), (2, 1, true));
    }

    #[test]
    fn a_failed_operation_is_not_good() {
        let verdict = judge("PASS document\nFAIL GET /x: never answered 2xx\n", false).unwrap();
        assert_eq!(verdict.failed, ["GET /x: never answered 2xx"]);
        assert!(!verdict.is_good());
    }

    #[test]
    fn a_run_that_judged_too_little_or_contradicts_itself_is_an_error() {
        assert!(judge("", true).is_err());
        assert!(judge("PASS document\n", true).is_err());
        assert!(judge("PASS GET /x\nPASS GET /y\n", true).is_err());
        assert!(judge("PASS document\nPASS GET /x\n", false).is_err());
        assert!(judge("PASS document\nFAIL GET /x: y\n", true).is_err());
        assert!(judge("PASS document\nTraceback\n", false).is_err());
    }
}
