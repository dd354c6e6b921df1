//! `cargo xtask ci` before the tests: format, lints, documentation, dependencies.

use std::process::{Command, Stdio};

use crate::Outcome;
use crate::project::{Project, run_shown};
use crate::stages::{Counts, Stages};

const DENY_VERSION: &str = "0.20.2";

/// Runs every check; each is a stage.
pub(crate) fn run(project: &Project, stages: &mut Stages) {
    stages.run("format", || project.run_cargo(&["fmt", "--all", "--check"], &[], &[]));
    stages.run("lints", || {
        project.run_cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"], &[], &[])
    });
    stages.run("documentation", || {
        let arguments = ["doc", "--workspace", "--no-deps", "--document-private-items"];
        project.run_cargo(&arguments, &[("RUSTDOCFLAGS", "-D warnings")], &[])
    });
    let mut advisories = true;
    stages.run("dependencies", || {
        let program = need_deny(project)?;
        // Advisories live in a git repository, which not every machine can reach; what needs no network is checked always.
        advisories =
            deny(project, &program).arg("fetch").arg("db").stderr(Stdio::null()).status().is_ok_and(|s| s.success());
        let mut check = deny(project, &program);
        check.args(["check", "bans", "licenses", "sources"]);
        if advisories {
            check.arg("advisories");
        }
        run_shown(check).map(|()| Counts::default())
    });
    if !advisories {
        stages.note("advisories were NOT checked: the database of RustSec cannot be fetched from here".to_owned());
    }
}

fn deny(project: &Project, program: &str) -> Command {
    let mut command = Command::new(program);
    // Only errors: duplicate versions are warnings, dozens of lines each.
    command.current_dir(&project.root).args(["--log-level", "error"]).stdin(Stdio::null());
    command
}

/// cargo-deny in the pinned version: ours, the machine's, or built now.
fn need_deny(project: &Project) -> Outcome<String> {
    let ours = project.tools.join("bin").join("cargo-deny").to_string_lossy().into_owned();
    let wanted = format!("cargo-deny {DENY_VERSION}");
    let found = [ours.as_str(), "cargo-deny"]
        .into_iter()
        .find(|program| crate::system::first_line(program, &["--version"]).as_deref() == Some(wanted.as_str()));
    if let Some(program) = found {
        return Ok(program.to_owned());
    }
    let mut install =
        project.cargo(&["install", "cargo-deny", "--locked", "--quiet", "--version", DENY_VERSION, "--root"]);
    install.arg(&project.tools);
    run_shown(install)?;
    Ok(ours)
}
