//! The command line of the conformance tests: asks any server row by row, or starts one, gives each suite a tenant of its
//! own, and says what each found. It knows nothing of the server but its commands and HTTP.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for people and for CI logs")]

mod suites;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use conformance_tests::Profile;
use conformance_tests::report::{reach, run_rows, run_selected};

/// How the program ends when nothing could be checked.
const UNREACHABLE: u8 = 2;

/// Checks a SCIM 2.0 service provider over HTTP, row by row of RFC 7643 and RFC 7644.
///
/// It makes users and groups of its own and deletes them again. It ends with 0 when no row of the level MUST or SHALL
/// failed, 1 when one did, 2 when the server cannot be reached or refuses the token.
#[derive(Parser)]
#[command(subcommand_negates_reqs = true, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(flatten)]
    rows: Option<RowsArguments>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the public suites, real clients, the rows and our own cases, each on its own new tenant.
    Suites(SuitesArguments),
    /// Runs our own cases against any server; its token is read from the environment variable SCIM_TOKEN.
    Cases(CasesArguments),
}

/// What the rows need to know.
#[derive(clap::Args)]
struct RowsArguments {
    /// The SCIM base URL: `https://directory.example/scim/v2`.
    #[arg(long)]
    base: String,
    /// The bearer token; without it, the environment variable SCIM_TOKEN.
    #[arg(long)]
    token: Option<String>,
    /// What to expect where profiles differ; `rfc` is the letter of the RFCs, for any server.
    #[arg(long, value_enum, default_value_t = Profile::Rfc)]
    profile: Profile,
    /// Only the rows of this section and those in it: `7643-4` (may be given several times).
    #[arg(long = "section")]
    sections: Vec<String>,
    /// Also write a JUnit document.
    #[arg(long)]
    junit: Option<PathBuf>,
    /// Also write a Markdown page.
    #[arg(long)]
    markdown: Option<PathBuf>,
    /// Also run our own cases: what identity providers send.
    #[arg(long)]
    cases: bool,
}

/// What `cases` needs to know.
#[derive(clap::Args)]
struct CasesArguments {
    /// The SCIM base URL: `https://directory.example/scim/v2`.
    #[arg(long)]
    base: String,
    /// The profile of the token's connection.
    #[arg(long, value_enum, default_value_t)]
    profile: Profile,
    /// The form of the report.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Run only these cases: an id, or the beginning of ids and `*`.
    ids: Vec<String>,
}

/// The form of a report.
#[derive(Clone, Copy, Default, ValueEnum)]
enum Format {
    /// For a terminal.
    #[default]
    Table,
    /// A page with one table.
    Markdown,
    /// For tools that read test results.
    Junit,
}

/// What `suites` needs to know.
#[derive(clap::Args)]
struct SuitesArguments {
    /// The server's binary.
    #[arg(long)]
    server: PathBuf,
    /// `sqlite:PATH` or `postgres://...`; without it, SQLite in a throw-away folder.
    #[arg(long)]
    database_url: Option<String>,
    /// Run only these (may be given several times).
    #[arg(long = "suite", value_enum)]
    suites: Vec<suites::Suite>,
    /// Where the Python environments and the suites' outputs are kept.
    #[arg(long, default_value = ".test-tools")]
    tools: PathBuf,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match (arguments.command, arguments.rows) {
        (Some(Command::Suites(arguments)), _) => run_suites(arguments).map(code),
        (Some(Command::Cases(arguments)), _) => run_cases(&arguments).map(code),
        (None, Some(arguments)) => run_all_rows(&arguments),
        (None, None) => Err("--base is missing; see --help".to_owned()),
    };
    outcome.unwrap_or_else(|reason| {
        eprintln!("conformance-tests: {reason}");
        ExitCode::FAILURE
    })
}

fn code(good: bool) -> ExitCode {
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The token that was given, or the environment's.
fn token(given: Option<&String>) -> Result<String, String> {
    given.cloned().map_or_else(|| std::env::var("SCIM_TOKEN").map_err(|error| format!("SCIM_TOKEN: {error}")), Ok)
}

fn run_all_rows(arguments: &RowsArguments) -> Result<ExitCode, String> {
    let token = token(arguments.token.as_ref())?;
    if let Err(reason) = reach(&arguments.base, &token) {
        eprintln!("conformance-tests: {reason}");
        return Ok(ExitCode::from(UNREACHABLE));
    }
    let mut report = run_rows(&arguments.base, &token, arguments.profile, &arguments.sections);
    if arguments.cases {
        report.rows.extend(run_selected(&arguments.base, &token, arguments.profile, &[]).rows);
    }
    if let Some(path) = &arguments.junit {
        write(path, &report.to_junit())?;
    }
    if let Some(path) = &arguments.markdown {
        write(path, &report.to_markdown())?;
    }
    print!("{}", report.to_table());
    Ok(code(report.is_clean()))
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    std::fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}

fn run_suites(arguments: SuitesArguments) -> Result<bool, String> {
    let url = arguments.database_url.as_deref();
    let wanted = if arguments.suites.is_empty() { suites::Suite::usual(url) } else { arguments.suites };
    suites::run(&arguments.server, url, &wanted, &arguments.tools)
}

fn run_cases(arguments: &CasesArguments) -> Result<bool, String> {
    let token = token(None)?;
    let report = run_selected(&arguments.base, &token, arguments.profile, &arguments.ids);
    let text = match arguments.format {
        Format::Table => report.to_table(),
        Format::Markdown => report.to_markdown(),
        Format::Junit => report.to_junit(),
    };
    print!("{text}");
    Ok(report.is_clean())
}
