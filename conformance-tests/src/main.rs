//! The command line of the conformance tests: starts a server, gives each suite a tenant of its own, and says what
//! each found. It knows nothing of the server but its commands and HTTP.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for people and for CI logs")]

mod suites;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use conformance_tests::Profile;
use conformance_tests::report::run_selected;

/// Checks a SCIM 2.0 service provider over HTTP.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the public suites, real clients and our own cases, each on its own new tenant.
    Suites(SuitesArguments),
    /// Runs our own cases against any server; its token is read from the environment variable SCIM_TOKEN.
    Cases(CasesArguments),
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
    let outcome = match Arguments::parse().command {
        Command::Suites(arguments) => run_suites(arguments),
        Command::Cases(arguments) => run_cases(&arguments),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(reason) => {
            eprintln!("conformance-tests: {reason}");
            ExitCode::FAILURE
        }
    }
}

fn run_suites(arguments: SuitesArguments) -> Result<bool, String> {
    let wanted = if arguments.suites.is_empty() { suites::Suite::ALL.to_vec() } else { arguments.suites };
    suites::run(&arguments.server, arguments.database_url.as_deref(), &wanted, &arguments.tools)
}

fn run_cases(arguments: &CasesArguments) -> Result<bool, String> {
    let token = std::env::var("SCIM_TOKEN").map_err(|error| format!("SCIM_TOKEN: {error}"))?;
    let report = run_selected(&arguments.base, &token, arguments.profile, &arguments.ids);
    let text = match arguments.format {
        Format::Table => report.to_table(),
        Format::Markdown => report.to_markdown(),
        Format::Junit => report.to_junit(),
    };
    print!("{text}");
    Ok(report.is_clean())
}
