//! A Python environment for one suite, made once from its requirement file, in which every package is pinned. It must not
//! install anything that the file does not name.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::process::run_limited;

/// Downloads may be slow, but not endless.
const INSTALL_LIMIT: Duration = Duration::from_secs(900);

/// Where a suite's programs are.
pub(crate) struct Environment {
    folder: PathBuf,
    sources: PathBuf,
}

impl Environment {
    /// Makes the environment `{tools}/python/{suite}` if it is not there or the requirements or Python changed.
    ///
    /// # Errors
    /// The step that failed, in words.
    pub(crate) fn prepare(tools: &Path, suite: &str) -> Result<Self, String> {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("suites").join(suite);
        let tools = std::path::absolute(tools).map_err(|error| format!("{}: {error}", tools.display()))?;
        let environment = Self { folder: tools.join("python").join(suite), sources };
        let requirements = environment.source("requirements.txt");
        let pins = fs::read_to_string(&requirements).map_err(|error| format!("{}: {error}", requirements.display()))?;
        let stamp = format!("{}\n{pins}", python_version()?);
        let stamp_file = environment.folder.join("stamp");
        if fs::read_to_string(&stamp_file).is_ok_and(|found| found == stamp) {
            return Ok(environment);
        }
        environment.make(&requirements, &tools.join("output").join(format!("install-{suite}")))?;
        fs::write(&stamp_file, stamp).map_err(|error| format!("{}: {error}", stamp_file.display()))?;
        Ok(environment)
    }

    fn make(&self, requirements: &Path, output: &Path) -> Result<(), String> {
        if self.folder.exists() {
            fs::remove_dir_all(&self.folder).map_err(|error| format!("{}: {error}", self.folder.display()))?;
        }
        let mut create = Command::new("python3");
        create.args(["-m", "venv"]).arg(&self.folder);
        let mut install = self.program("python");
        // Without dependencies: a package that the file forgot is found by `pip check`, not silently fetched.
        install.args(["-m", "pip", "install", "--disable-pip-version-check", "--quiet", "--no-deps", "--requirement"]);
        install.arg(requirements);
        let mut check = self.program("python");
        check.args(["-m", "pip", "--disable-pip-version-check", "check"]);
        for (step, command) in [("venv", create), ("install", install), ("check", check)] {
            let finished = run_limited(command, output, INSTALL_LIMIT)?;
            if !finished.success {
                return Err(finished.explain(&format!("python {step} failed: {}", finished.stdout.trim())));
            }
        }
        Ok(())
    }

    /// A program of the environment, untouched by the caller's Python settings and proxies.
    pub(crate) fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.folder.join("bin").join(name));
        command.env_remove("PYTHONPATH").env_remove("PYTHONHOME").env("PYTHONUNBUFFERED", "1");
        command
    }

    /// A program that talks to the server on this machine, never through a proxy.
    pub(crate) fn client(&self, name: &str) -> Command {
        let mut command = self.program(name);
        for variable in ["NO_PROXY", "no_proxy"] {
            command.env(variable, "127.0.0.1,localhost,::1");
        }
        command
    }

    /// A file that belongs to the suite.
    pub(crate) fn source(&self, name: &str) -> PathBuf {
        self.sources.join(name)
    }
}

fn python_version() -> Result<String, String> {
    let output =
        Command::new("python3").arg("--version").output().map_err(|error| format!("cannot start python3: {error}"))?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
