//! Python environments for integration tests, made once from a file in which every package is pinned. It installs nothing
//! that the file does not name.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Outcome;
use crate::project::{Project, run_shown};
use crate::system::first_line;

/// The Python of the environment for `tests/it/{name}`, which is made if it is not there or its requirements changed.
///
/// # Errors
/// It cannot be made.
pub(crate) fn environment(project: &Project, name: &str) -> Outcome<PathBuf> {
    let requirements = project.root.join("tests/it").join(name).join("requirements.txt");
    let pins = fs::read_to_string(&requirements).map_err(|error| format!("{}: {error}", requirements.display()))?;
    let version = first_line("python3", &["--version"]).unwrap_or_default();
    let (folder, stamp) = (project.tools.join("python").join(name), format!("{version}\n{pins}"));
    let (python, stamp_file) = (folder.join("bin/python"), folder.join("stamp"));
    if !fs::read_to_string(&stamp_file).is_ok_and(|found| found == stamp) {
        make(&folder, &python, &requirements)?;
        fs::write(&stamp_file, stamp).map_err(|error| format!("{}: {error}", stamp_file.display()))?;
    }
    Ok(python)
}

fn make(folder: &Path, python: &Path, requirements: &Path) -> Outcome<()> {
    let mut create = Command::new("python3");
    create.args(["-m", "venv", "--clear"]).arg(folder);
    run_shown(create)?;
    let pip = |arguments: &[&str]| {
        let mut pip = Command::new(python);
        pip.env_remove("PYTHONPATH").env_remove("PYTHONHOME");
        pip.args(["-m", "pip", "--disable-pip-version-check", "--quiet"]).args(arguments);
        pip
    };
    // Without dependencies: a package that the file forgot is found by `pip check`, not silently fetched.
    let mut install = pip(&["install", "--no-deps", "--requirement"]);
    install.arg(requirements);
    run_shown(install)?;
    run_shown(pip(&["check"]))
}
