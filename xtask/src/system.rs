//! What the tests need from the machine: found, or installed with apt-get when we may. It installs nothing that is there.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::Outcome;
use crate::project::run_shown;

/// Finds a program on PATH.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?).map(|folder| folder.join(name)).find(|path| path.is_file())
}

/// The first line that a program prints, if it runs and succeeds.
pub(crate) fn first_line(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.lines().next().unwrap_or_default().trim().to_owned())
}

/// Whether we are root: may install packages, and must not run PostgreSQL as ourselves.
pub(crate) fn is_root() -> bool {
    first_line("id", &["-u"]).as_deref() == Some("0")
}

/// Python 3 that can make virtual environments; Debian keeps that part in a package of its own.
///
/// # Errors
/// It is missing and cannot be installed.
pub(crate) fn need_python() -> Outcome<()> {
    let usable = || first_line("python3", &["-c", "import venv, ensurepip"]).is_some();
    if usable() {
        return Ok(());
    }
    install(&["python3", "python3-venv"])?;
    if usable() { Ok(()) } else { Err("python3 still cannot make virtual environments".to_owned()) }
}

/// Chromium and the driver that programs steer it by.
///
/// # Errors
/// They are missing and cannot be installed.
pub(crate) fn need_browser() -> Outcome<()> {
    let usable = || on_path("chromium").is_some() && on_path("chromedriver").is_some();
    if usable() {
        return Ok(());
    }
    install(&["chromium", "chromium-driver", "fonts-dejavu-core"])?;
    if usable() { Ok(()) } else { Err("chromium was installed but is nowhere to be found".to_owned()) }
}

/// Installs Debian packages.
///
/// # Errors
/// We are not root (the error is the command to type), or apt-get failed.
pub(crate) fn install(packages: &[&str]) -> Outcome<()> {
    let list = packages.join(" ");
    if !is_root() || on_path("apt-get").is_none() {
        return Err(format!("missing on this machine; please run: sudo apt-get install --yes {list}"));
    }
    println!("installing {list}");
    let mut update = Command::new("apt-get");
    update.args(["--quiet", "update"]);
    let mut install = Command::new("apt-get");
    install.args(["--quiet", "install", "--yes", "--no-install-recommends"]).args(packages);
    for mut command in [update, install] {
        command.env("DEBIAN_FRONTEND", "noninteractive").stdin(Stdio::null());
        run_shown(command)?;
    }
    Ok(())
}
