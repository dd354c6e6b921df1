//! The pages in a browser: headless Chromium with a virtual authenticator goes the ways of people, from the first sign-in of
//! an owner to the way back of somebody who lost every factor. Each step of the script must pass.

use std::path::Path;
use std::process::Command;

use super::environment::Environment;
use super::server::Owner;
use super::verdict::Verdict;

/// The steps of `run.py`, so that none is lost unseen.
const STEPS: [&str; 20] = [
    "first sign-in",
    "authenticator",
    "passkey",
    "conditional",
    "recovery code",
    "step-up",
    "remembered device",
    "sent codes",
    "last factor",
    "welcome",
    "reset by mail",
    "password and sessions",
    "mailed links",
    "enrolment code",
    "signed in by sent codes",
    "profile",
    "without scripts",
    "address of numbers",
    "by keyboard",
    "ended",
];

/// The script that drives the browser, told where the server is and who may do what there.
pub(crate) fn command(
    environment: &Environment,
    base_url: &str,
    (owner, first): (&Owner, &Owner),
    pictures: &Path,
) -> Command {
    let mut command = environment.client("python");
    let address = base_url.trim_end_matches("/scim/v2");
    command.env("ADDRESS", address).env("BASE_URL", address.replace("127.0.0.1", "localhost"));
    command.env("OWNER_EMAIL", &owner.email).env("OWNER_PASSWORD", &owner.password);
    command.env("FIRST_EMAIL", &first.email).env("FIRST_PASSWORD", &first.password);
    command.env("MAIL_DIR", &owner.mail).env("PICTURES", pictures).env("PYTHONDONTWRITEBYTECODE", "1");
    // Nothing is fetched: the browser and its driver are the machine's.
    command.env("SE_OFFLINE", "true").env("SE_AVOID_STATS", "true");
    command.arg(environment.source("run.py"));
    command
}

/// Reads the steps of `run.py`.
///
/// # Errors
/// As [`Verdict::of_steps`].
pub(crate) fn judge(output: &str, success: bool) -> Result<Verdict, String> {
    Verdict::of_steps(&STEPS, output, success)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_must_pass_and_none_be_lost() {
        let report: String = STEPS.iter().map(|step| format!("PASS {step}\n")).collect();
        assert!(judge(&report, true).unwrap().is_good());
        assert!(!judge(&report.replace("PASS passkey", "FAIL passkey: no"), false).unwrap().is_good());
        assert!(judge(&report.replace("PASS ended\n", ""), true).is_err());
    }
}
