//! `cargo xtask fuzz`: each target for a short time.

use std::fs;

use crate::Outcome;
use crate::project::{Project, run_shown};
use crate::stages::{Counts, Stages};
use crate::system;

/// Runs the named targets, or all.
///
/// # Errors
/// cargo-fuzz is missing, there are no targets, or a name is none of them.
pub(crate) fn run(project: &Project, seconds: u32, wanted: &[String], stages: &mut Stages) -> Outcome<()> {
    if system::on_path("cargo-fuzz").is_none() {
        return Err("cargo-fuzz is missing; please run: cargo install cargo-fuzz --locked".to_owned());
    }
    let targets = targets(project)?;
    if let Some(unknown) = wanted.iter().find(|name| !targets.contains(name)) {
        return Err(format!("there is no fuzz target {unknown}; there are: {}", targets.join(", ")));
    }
    for target in targets.iter().filter(|target| wanted.is_empty() || wanted.contains(target)) {
        stages.run(target, || {
            let mut command = std::process::Command::new("cargo");
            // cargo-fuzz needs a nightly compiler; the variables of the stable one that runs xtask must not reach it.
            command.env_remove("CARGO").env_remove("RUSTC").env_remove("RUSTUP_TOOLCHAIN").current_dir(&project.root);
            command.args(["+nightly", "fuzz", "run", target, "--", &format!("-max_total_time={seconds}")]);
            let dictionary = project.root.join("fuzz").join(format!("{target}.dict"));
            if dictionary.is_file() {
                command.arg(format!("-dict={}", dictionary.display()));
            }
            run_shown(command).map(|()| Counts::default())
        });
    }
    Ok(())
}

fn targets(project: &Project) -> Outcome<Vec<String>> {
    let folder = project.root.join("fuzz").join("fuzz_targets");
    let entries = fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut targets: Vec<String> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .collect();
    targets.sort();
    if targets.is_empty() { Err(format!("no target in {}", folder.display())) } else { Ok(targets) }
}
