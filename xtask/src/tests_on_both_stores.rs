//! `cargo xtask test`: the workspace's tests with PostgreSQL at hand, then the public suites on SQLite and on PostgreSQL.

use std::path::Path;
use std::process::Command;

use clap::ValueEnum;

use crate::Outcome;
use crate::postgres::Cluster;
use crate::project::{Project, run_counted, run_shown};
use crate::python;
use crate::stages::{Counts, Stages};
use crate::system;

/// A part of `cargo xtask test` that can run alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Stage {
    /// `cargo test --workspace`, integration tests on both stores.
    Workspace,
    /// The public suites against a server on SQLite.
    SuitesSqlite,
    /// The public suites against a server on PostgreSQL.
    SuitesPostgres,
}

impl Stage {
    const ALL: [Self; 3] = [Self::Workspace, Self::SuitesSqlite, Self::SuitesPostgres];

    fn name(self) -> &'static str {
        match self {
            Self::Workspace => "workspace",
            Self::SuitesSqlite => "suites-sqlite",
            Self::SuitesPostgres => "suites-postgres",
        }
    }
}

/// Runs the stages, all of them when `only` is empty.
///
/// # Errors
/// What the tests need is missing; a failing test is a failed stage instead.
pub(crate) fn run(project: &Project, only: &[Stage], stages: &mut Stages) -> Outcome<()> {
    let wanted: Vec<Stage> = Stage::ALL.into_iter().filter(|stage| only.is_empty() || only.contains(stage)).collect();
    let needs_postgres = wanted.iter().any(|stage| *stage != Stage::SuitesSqlite);
    system::need_python()?;
    if wanted.contains(&Stage::SuitesSqlite) {
        system::need_browser()?;
    }
    let smtp = wanted.contains(&Stage::Workspace).then(|| python::environment(project, "smtp")).transpose()?;
    let cluster = needs_postgres.then(Cluster::start).transpose()?;
    for stage in wanted {
        let database = cluster.as_ref().filter(|_| stage != Stage::SuitesSqlite);
        let url = database.map(|cluster| cluster.create_database(&stage.name().replace('-', "_"))).transpose()?;
        stages.run_counted(stage.name(), || match stage {
            Stage::Workspace => {
                run_counted(workspace_tests(project, url.as_deref(), cluster.as_ref(), smtp.as_deref()))
            }
            Stage::SuitesSqlite | Stage::SuitesPostgres => public_suites(project, url.as_deref()),
        });
    }
    Ok(())
}

fn workspace_tests(project: &Project, url: Option<&str>, cluster: Option<&Cluster>, smtp: Option<&Path>) -> Command {
    let mut command = project.cargo(&["test", "--workspace", "--no-fail-fast"]);
    if let Some((url, cluster)) = url.zip(cluster) {
        command.env("ROLLCALL_TEST_POSTGRES_URL", url);
        command.env("ROLLCALL_TEST_POSTGRES_PROGRAMS", cluster.programs());
    }
    if let Some(python) = smtp {
        command.env("ROLLCALL_TEST_SMTP_PYTHON", python);
    }
    command
}

/// Builds first, so that the suites never meet an older server. Everything, as the tests do: a part of the workspace has
/// dependencies with other features, and would compile most of them once more.
fn public_suites(project: &Project, url: Option<&str>) -> (Counts, Outcome<()>) {
    if let Err(reason) = run_shown(project.cargo(&["build", "--workspace", "--all-targets"])) {
        return (Counts::default(), Err(reason));
    }
    let mut command = Command::new(project.program("conformance-tests"));
    command.arg("suites").arg("--server").arg(project.program("rollcall")).arg("--tools").arg(&project.tools);
    if let Some(url) = url {
        command.args(["--database-url", url]);
    }
    run_counted(command)
}
