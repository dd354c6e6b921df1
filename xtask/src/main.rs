//! The project's chores: set up and run every test on both stores, check what must hold before a change lands, fuzz, bench.
//! It runs other programs and knows the machine; it must not know the server's code.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for people and for CI logs")]

mod checks;
mod fuzz;
mod postgres;
mod project;
mod python;
mod stages;
mod system;
mod tests_on_both_stores;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use project::Project;
use stages::Stages;
use tests_on_both_stores::Stage;

/// What went wrong, in one line for people.
type Outcome<T> = Result<T, String>;

/// The project's chores.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Sets up PostgreSQL and Python environments and runs every test and public suite on both stores.
    Test {
        /// Run only this stage (may be given several times).
        #[arg(long = "only", value_enum)]
        stages: Vec<Stage>,
    },
    /// Everything that must hold before a change lands: format, lints, documentation, dependencies, tests.
    Ci,
    /// Runs each fuzz target for a short time (needs cargo-fuzz and a nightly toolchain).
    Fuzz {
        /// Seconds a target.
        #[arg(long, default_value_t = 60)]
        seconds: u32,
        /// Run only these targets; without any, all of them.
        targets: Vec<String>,
    },
    /// Runs the benches in release mode; what follows is handed on to them.
    Bench {
        /// For the bench programs.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let mut stages = Stages::default();
    match Project::find().and_then(|project| run(arguments.command, &project, &mut stages)) {
        Ok(()) => stages.finish(),
        Err(reason) => {
            eprintln!("xtask: {reason}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command, project: &Project, stages: &mut Stages) -> Outcome<()> {
    match command {
        Command::Test { stages: only } => tests_on_both_stores::run(project, &only, stages),
        Command::Ci => {
            checks::run(project, stages);
            tests_on_both_stores::run(project, &[], stages)
        }
        Command::Fuzz { seconds, targets } => fuzz::run(project, seconds, &targets, stages),
        Command::Bench { arguments } => {
            stages.run("bench", || {
                project.run_cargo(&["build", "--release", "--package", "rollcall"], &[], &[])?;
                project.run_cargo(&["run", "--release", "--package", "benches", "--"], &[], &arguments)
            });
            Ok(())
        }
    }
}
