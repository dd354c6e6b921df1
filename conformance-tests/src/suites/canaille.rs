//! The identity provider Canaille, which pushes users and groups into the server: each step of the script must pass.

use std::process::Command;

use super::environment::Environment;
use super::server::Target;
use super::verdict::Verdict;

/// The steps of `push.py`, so that none is lost unseen.
const STEPS: [&str; 11] = [
    "create user",
    "create second user",
    "edit user",
    "lock user",
    "unlock user",
    "create group",
    "add member",
    "rename group",
    "remove member",
    "delete user",
    "delete group",
];

/// The script that runs Canaille, in Canaille's environment.
pub(crate) fn command(environment: &Environment, target: &Target) -> Command {
    let mut command = environment.client("python");
    command.env("SCIM_BASE_URL", &target.base_url).env("SCIM_TOKEN", &target.token);
    command.arg(environment.source("push.py"));
    command
}

/// Reads the steps of `push.py`.
///
/// # Errors
/// As [`Verdict::of_steps`].
pub(crate) fn judge(output: &str, success: bool) -> Result<Verdict, String> {
    Verdict::of_steps(&STEPS, output, success)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> String {
        STEPS.iter().map(|step| format!("PASS {step}\n")).collect()
    }

    #[test]
    fn every_step_passed_is_good() {
        let verdict = judge(&report(), true).unwrap();
        assert_eq!((verdict.passed, verdict.is_good()), (STEPS.len(), true));
    }

    #[test]
    fn a_failed_step_is_not_good() {
        let verdict = judge(&report().replace("PASS edit user", "FAIL edit user: no"), false).unwrap();
        assert_eq!(verdict.failed, ["FAIL edit user: no"]);
        assert!(!verdict.is_good());
    }

    #[test]
    fn a_missing_step_or_another_line_is_an_error() {
        assert!(judge("", true).is_err());
        assert!(judge(&report().replace("PASS delete group\n", ""), true).is_err());
        assert!(judge(&format!("{}Traceback\n", report()), false).is_err());
        assert!(judge(&report(), false).is_err());
    }
}
