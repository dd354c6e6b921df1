//! Runs a program to its end within a limit and keeps what it printed, in memory and in files to look at afterwards.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// A program that ended.
pub(crate) struct Finished {
    /// What it printed on stdout.
    pub(crate) stdout: String,
    /// Whether its exit code was 0.
    pub(crate) success: bool,
    stderr: String,
    files: PathBuf,
}

impl Finished {
    /// A reason with the end of stderr and where the whole output is.
    pub(crate) fn explain(&self, reason: &str) -> String {
        let last = self.stderr.trim_end().lines().next_back().unwrap_or("nothing on stderr");
        format!("{reason}; stderr ends with: {last}; see {}.*", self.files.display())
    }
}

/// Ends the child whatever happens.
pub(crate) struct Guard(pub(crate) Child);

impl Drop for Guard {
    fn drop(&mut self) {
        // Both fail only if the child has ended already.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Runs `command`; its output goes to `FILES.stdout` and `FILES.stderr`.
///
/// # Errors
/// The program cannot be started, or did not end within `limit` (it is killed then).
pub(crate) fn run_limited(mut command: Command, files: &Path, limit: Duration) -> Result<Finished, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let (stdout_path, stderr_path) = (files.with_extension("stdout"), files.with_extension("stderr"));
    if let Some(folder) = files.parent() {
        fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    let create = |path: &Path| File::create(path).map_err(|error| format!("{}: {error}", path.display()));
    command.stdin(Stdio::null()).stdout(create(&stdout_path)?).stderr(create(&stderr_path)?);
    let mut guard = Guard(command.spawn().map_err(|error| format!("cannot start {name}: {error}"))?);
    let deadline = Instant::now() + limit;
    let status = loop {
        match guard.0.try_wait().map_err(|error| format!("{name}: {error}"))? {
            Some(status) => break status,
            None if Instant::now() > deadline => {
                return Err(format!("{name} did not end within {} s; see {}.*", limit.as_secs(), files.display()));
            }
            None => thread::sleep(Duration::from_millis(20)),
        }
    };
    let read = |path: &Path| {
        fs::read(path)
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .map_err(|error| format!("{}: {error}", path.display()))
    };
    Ok(Finished {
        stdout: read(&stdout_path)?,
        success: status.success(),
        stderr: read(&stderr_path)?,
        files: files.to_path_buf(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Paths in a folder that goes with it.
    struct Files(PathBuf);

    impl Files {
        fn new(name: &str) -> Self {
            Self(std::env::temp_dir().join(format!("conformance-tests-{}-{name}", std::process::id())))
        }

        fn path(&self) -> PathBuf {
            self.0.join("output")
        }
    }

    impl Drop for Files {
        fn drop(&mut self) {
            drop(fs::remove_dir_all(&self.0));
        }
    }

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn output_and_exit_code_are_kept() {
        let files = Files::new("kept");
        let finished =
            run_limited(shell("echo out; echo err >&2; exit 3"), &files.path(), Duration::from_secs(30)).unwrap();
        assert_eq!((finished.stdout.as_str(), finished.success), ("out\n", false));
        assert!(finished.explain("why").contains("why; stderr ends with: err;"));
    }

    #[test]
    fn a_program_that_hangs_is_stopped() {
        let reason =
            run_limited(shell("exec sleep 60"), &Files::new("hangs").path(), Duration::from_millis(50)).err().unwrap();
        assert!(reason.contains("did not end within"), "{reason}");
    }

    #[test]
    fn a_missing_program_is_an_error() {
        let reason = run_limited(Command::new("/nowhere/at/all"), &Files::new("none").path(), Duration::from_secs(1))
            .err()
            .unwrap();
        assert!(reason.contains("cannot start /nowhere/at/all"), "{reason}");
    }
}
