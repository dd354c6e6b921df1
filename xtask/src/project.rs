//! Where the project is, and cargo run inside it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Outcome;
use crate::stages::{Counts, count_lines};

/// The project's folders.
pub(crate) struct Project {
    /// The workspace's root.
    pub(crate) root: PathBuf,
    /// Programs and environments that tests need; ignored by git.
    pub(crate) tools: PathBuf,
    /// Where cargo puts the programs of the dev profile.
    programs: PathBuf,
}

impl Project {
    /// Finds the project from this program's own places.
    ///
    /// # Errors
    /// The program was moved away from where cargo built it.
    pub(crate) fn find() -> Outcome<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("the package xtask has no parent folder")?;
        let program = std::env::current_exe().map_err(|error| format!("cannot find xtask itself: {error}"))?;
        let programs = program.parent().ok_or("xtask itself has no folder")?.to_path_buf();
        Ok(Self { root: root.to_path_buf(), tools: root.join(".test-tools"), programs })
    }

    /// A program of the workspace, built in the dev profile as xtask itself was.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.programs.join(name)
    }

    /// cargo in the project's root.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.current_dir(&self.root).args(arguments).stdin(Stdio::null());
        command
    }

    /// Runs cargo with its output shown.
    ///
    /// # Errors
    /// It failed.
    pub(crate) fn run_cargo(
        &self,
        arguments: &[&str],
        environment: &[(&str, &str)],
        more: &[String],
    ) -> Outcome<Counts> {
        let mut command = self.cargo(arguments);
        command.envs(environment.iter().copied()).args(more);
        run_shown(command).map(|()| Counts::default())
    }
}

/// Runs a program with its output shown.
///
/// # Errors
/// It cannot be started or failed.
pub(crate) fn run_shown(mut command: Command) -> Outcome<()> {
    let words = words_of(&command);
    let status = command.status().map_err(|error| format!("cannot start `{words}`: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("`{words}` failed ({status})")) }
}

/// Runs a program that prints `test result:` lines, shows them and adds them up.
///
/// # Errors
/// It cannot be started, failed, or ran no test at all.
pub(crate) fn run_counted(mut command: Command) -> (Counts, Outcome<()>) {
    let words = words_of(&command);
    let mut counts = Counts::default();
    let outcome = (|| {
        let started = command.stdout(Stdio::piped()).spawn();
        let mut child = started.map_err(|error| format!("cannot start `{words}`: {error}"))?;
        if let Some(stdout) = child.stdout.take() {
            counts = count_lines(stdout);
        }
        let status = child.wait().map_err(|error| format!("`{words}`: {error}"))?;
        match counts.passed + counts.failed {
            _ if !status.success() => Err(format!("`{words}` failed ({status})")),
            0 => Err(format!("`{words}` ran no test")),
            _ => Ok(()),
        }
    })();
    (counts, outcome)
}

fn words_of(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
