//! Runs the public suites, real clients, the rows of the RFCs and our own cases against a server that this module starts, each on its own new tenant and in its
//! own pinned Python environment, and compares what they found with what is expected. It must not know how the server works.

mod browser;
mod canaille;
mod dns;
mod environment;
mod own_cases;
mod process;
mod schemathesis;
mod scim2_tester;
mod scim_sanity;
mod server;
mod verdict;

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use clap::ValueEnum;
use conformance_tests::Profile;

use environment::Environment;
use server::{Server, Target};
use verdict::Verdict;

/// Longer than any suite needs, be the machine busy; a suite that hangs must not hang the run.
const SUITE_LIMIT: Duration = Duration::from_secs(1200);

/// A suite that runs against the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Suite {
    /// scim2-tester, through scim2-cli.
    #[value(name = "scim2-tester")]
    Scim2Tester,
    /// scim-sanity's probe in strict mode.
    #[value(name = "scim-sanity")]
    ScimSanity,
    /// The identity provider Canaille, pushing users and groups.
    #[value(name = "canaille")]
    Canaille,
    /// Schemathesis, on every operation of the OpenAPI document.
    #[value(name = "schemathesis")]
    Schemathesis,
    /// The pages, in headless Chromium.
    #[value(name = "browser")]
    Browser,
    /// The rows of the RFCs, on a connection with the default profile.
    #[value(name = "rows")]
    Rows,
    /// The same on a connection with the profile `rfc`.
    #[value(name = "rows-rfc")]
    RowsRfc,
    /// The cases of this package, on a connection with the profile `tolerant`.
    #[value(name = "own-tolerant")]
    OwnTolerant,
    /// The same with the profile `entra`.
    #[value(name = "own-entra")]
    OwnEntra,
    /// The same with the profile `okta`.
    #[value(name = "own-okta")]
    OwnOkta,
    /// The same with the profile `rfc`.
    #[value(name = "own-rfc")]
    OwnRfc,
}

/// What a suite is.
enum Kind {
    /// A program in an environment of its own; the suites of others judge the default profile only.
    Program(Program),
    /// Schemathesis, which needs an owner of the installation too.
    Documented,
    /// The pages in a browser, which need owners too.
    Pages,
    /// The rows of the RFCs on a connection with this profile.
    Rows(Profile),
    /// Our cases on a connection with this profile.
    Own(Profile),
}

impl Kind {
    /// Whether it needs Python packages.
    fn has_environment(&self) -> bool {
        matches!(self, Self::Program(_) | Self::Documented | Self::Pages)
    }
}

/// How to start a suite of others and how to read what it prints.
struct Program {
    command: fn(&Environment, &Target) -> Command,
    judge: fn(&str, bool) -> Result<Verdict, String>,
}

impl Suite {
    /// The suites that run on a store when none is named, in their order. Schemathesis and the browser, which take minutes, ask
    /// about what does not differ by the store: they run on SQLite, and on PostgreSQL when they are named.
    pub(crate) fn usual(database_url: Option<&str>) -> Vec<Self> {
        let postgres = database_url.is_some_and(|url| url.starts_with("postgres"));
        Self::ALL
            .into_iter()
            .filter(|suite| !postgres || !matches!(suite, Self::Schemathesis | Self::Browser))
            .collect()
    }

    const ALL: [Self; 11] = [
        Self::Scim2Tester,
        Self::ScimSanity,
        Self::Canaille,
        Self::Schemathesis,
        Self::Browser,
        Self::Rows,
        Self::RowsRfc,
        Self::OwnTolerant,
        Self::OwnEntra,
        Self::OwnOkta,
        Self::OwnRfc,
    ];

    /// The name in the table and, for suites of others, the folder under `conformance-tests/suites`.
    fn name(self) -> &'static str {
        match self {
            Self::Scim2Tester => "scim2-tester",
            Self::ScimSanity => "scim-sanity",
            Self::Canaille => "canaille",
            Self::Schemathesis => "schemathesis",
            Self::Browser => "browser",
            Self::Rows => "rows",
            Self::RowsRfc => "rows-rfc",
            Self::OwnTolerant => "own-tolerant",
            Self::OwnEntra => "own-entra",
            Self::OwnOkta => "own-okta",
            Self::OwnRfc => "own-rfc",
        }
    }

    fn kind(self) -> Kind {
        match self {
            Self::Scim2Tester => Kind::Program(Program { command: scim2_tester::command, judge: scim2_tester::judge }),
            Self::ScimSanity => Kind::Program(Program { command: scim_sanity::command, judge: scim_sanity::judge }),
            Self::Canaille => Kind::Program(Program { command: canaille::command, judge: canaille::judge }),
            Self::Schemathesis => Kind::Documented,
            Self::Browser => Kind::Pages,
            Self::Rows => Kind::Rows(Profile::default()),
            Self::RowsRfc => Kind::Rows(Profile::Rfc),
            Self::OwnTolerant => Kind::Own(Profile::Tolerant),
            Self::OwnEntra => Kind::Own(Profile::Entra),
            Self::OwnOkta => Kind::Own(Profile::Okta),
            Self::OwnRfc => Kind::Own(Profile::Rfc),
        }
    }
}

/// One line of the table.
struct Row {
    suite: Suite,
    verdict: Verdict,
    seconds: f64,
}

/// Runs the suites against a new server and prints a table; `Ok(true)` when all is as expected.
///
/// # Errors
/// What kept the suites from running at all: no Python, no network for the first set-up, a server that does not start.
pub(crate) fn run(server: &Path, database_url: Option<&str>, suites: &[Suite], tools: &Path) -> Result<bool, String> {
    // Before the server starts: what is missing on the machine shows at once.
    for suite in suites.iter().filter(|suite| suite.kind().has_environment()) {
        Environment::prepare(tools, suite.name())?;
    }
    let server = Server::start(server, database_url, tools)?;
    let rows: Vec<Row> = suites.iter().map(|suite| run_one(*suite, &server, tools)).collect();
    print_rows(&rows, server.store());
    Ok(rows.iter().all(|row| row.verdict.is_good()))
}

/// A suite that cannot run is a failed line, so that the others still run.
fn run_one(suite: Suite, server: &Server, tools: &Path) -> Row {
    let started = Instant::now();
    let output = tools.join("output").join(format!("{}-{}", suite.name(), server.store()));
    let verdict = match suite.kind() {
        Kind::Program(program) => run_program(suite, &program, server, tools, &output),
        Kind::Documented => run_documented(suite, server, tools, &output),
        Kind::Pages => run_pages(suite, server, tools, &output),
        Kind::Rows(profile) => server
            .new_target(suite.name(), Some(profile.name()))
            .and_then(|target| server.add_schemas(&target).map(|()| target))
            .and_then(|target| own_cases::run_rows(&target, profile, &output)),
        Kind::Own(profile) => server
            .new_target(suite.name(), Some(profile.name()))
            .and_then(|target| own_cases::run(&target, profile, &output)),
    };
    let verdict = verdict.unwrap_or_else(Verdict::unusable);
    Row { suite, verdict, seconds: started.elapsed().as_secs_f64() }
}

fn run_program(
    suite: Suite,
    program: &Program,
    server: &Server,
    tools: &Path,
    output: &Path,
) -> Result<Verdict, String> {
    let environment = Environment::prepare(tools, suite.name())?;
    let target = server.new_target(suite.name(), None)?;
    let finished = process::run_limited((program.command)(&environment, &target), output, SUITE_LIMIT)?;
    (program.judge)(&finished.stdout, finished.success).map_err(|reason| finished.explain(&reason))
}

fn run_documented(suite: Suite, server: &Server, tools: &Path, output: &Path) -> Result<Verdict, String> {
    let environment = Environment::prepare(tools, suite.name())?;
    let owner = server.new_owner();
    let command = schemathesis::command(&environment, server.base_url(), &owner);
    let finished = process::run_limited(command, output, SUITE_LIMIT)?;
    schemathesis::judge(&finished.stdout, finished.success).map_err(|reason| finished.explain(&reason))
}

fn run_pages(suite: Suite, server: &Server, tools: &Path, output: &Path) -> Result<Verdict, String> {
    let environment = Environment::prepare(tools, suite.name())?;
    let (owner, first) = (server.new_owner()?, server.new_first_owner()?);
    let command =
        browser::command(&environment, server.base_url(), (&owner, &first), &output.with_extension("pictures"));
    let finished = process::run_limited(command, output, SUITE_LIMIT)?;
    browser::judge(&finished.stdout, finished.success).map_err(|reason| finished.explain(&reason))
}

fn print_rows(rows: &[Row], store: &str) {
    for row in rows {
        for failure in &row.verdict.failed {
            println!("FAILED {} on {store}: {failure}", row.suite.name());
        }
        for note in &row.verdict.notes {
            println!("note   {} on {store}: {note}", row.suite.name());
        }
    }
    println!(
        "{:<14} | {:<8} | {:>6} | {:>6} | {:>7} | {:>7}",
        "suite", "store", "passed", "failed", "skipped", "seconds"
    );
    for Row { suite, verdict, seconds } in rows {
        let (passed, failed, skipped) = (verdict.passed, verdict.failed.len(), verdict.skipped);
        println!("{:<14} | {store:<8} | {passed:>6} | {failed:>6} | {skipped:>7} | {seconds:>7.1}", suite.name());
    }
    let good = rows.iter().all(|row| row.verdict.is_good());
    let passed: usize = rows.iter().map(|row| row.verdict.passed).sum();
    let failed: usize = rows.iter().map(|row| row.verdict.failed.len()).sum();
    let skipped: usize = rows.iter().map(|row| row.verdict.skipped).sum();
    let word = if good { "ok" } else { "FAILED" };
    // cargo's own words, so that one rule counts both.
    println!(
        "test result: {word}. {passed} passed; {failed} failed; {skipped} ignored; 0 measured; 0 filtered out; suites on {store}"
    );
}
