//! Measures the server: one run starts it, a bare actix-web handler and plain rusqlite on the same machine, drives them over
//! loopback and prints the ratios, which say more than figures of one noisy machine. It knows the server's interface and
//! its tables, never its code.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for people: tables on stdout, progress on stderr"
)]

mod bare_handler;
mod baseline;
mod bench;
mod client;
mod core_ratio;
mod lists;
mod machine;
mod measure;
mod members;
mod people;
mod persons;
mod process;
mod reads;
mod report;
mod searches;
mod server;
mod starts;
mod writes;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

use report::Report;

/// What went wrong, in one line for people.
type Outcome<T> = Result<T, String>;

/// Measures the server against a bare handler and plain SQLite.
#[derive(Parser)]
#[command(name = "benches", args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    options: Options,
}

#[derive(Subcommand)]
enum Command {
    /// Serves 1 KB of JSON on a free port until killed; the bench starts this itself.
    BareHandler,
}

/// What a run is like.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// How many users the server holds before anything is measured.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1_000..=10_000_000))]
    users: u32,
    /// The server's program; without it, the one beside this program.
    #[arg(long)]
    server: Option<PathBuf>,
    /// Connections that ask at once.
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    clients: u16,
    /// Measure only this (may be given several times).
    #[arg(long = "only", value_enum)]
    parts: Vec<Part>,
    /// Where databases are put; the file system should be one that makes writes durable.
    #[arg(long)]
    directory: Option<PathBuf>,
    /// Write all figures to this file.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Compare with the figures that an earlier run wrote, usually with fewer users.
    #[arg(long)]
    against: Option<PathBuf>,
}

/// A part of the bench that can be run alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// scim-core against serde_json; needs no server.
    Core,
    /// Start-up time and memory of an empty server.
    Start,
    /// GET, filters, pages.
    Read,
    /// Creates against plain rusqlite, and what the journal costs.
    Create,
    /// PATCH of one attribute.
    Patch,
    /// Member changes and reads of small and large groups.
    Member,
    /// Lists of users as administrators see them, sign-ins and the check of tokens.
    Person,
}

impl Options {
    fn wants(&self, part: Part) -> bool {
        self.parts.is_empty() || self.parts.contains(&part)
    }

    fn clients(&self) -> usize {
        usize::from(self.clients)
    }

    fn users(&self) -> usize {
        usize::try_from(self.users).unwrap_or(usize::MAX)
    }

    /// The server's program.
    fn server(&self) -> Outcome<PathBuf> {
        let beside = || Ok::<_, String>(this_program()?.with_file_name("rollcall"));
        let path = self.server.clone().map_or_else(beside, Ok)?;
        if path.is_file() {
            std::path::absolute(&path).map_err(at(&path))
        } else {
            let path = path.display();
            Err(format!("there is no server at {path}; please run: cargo build --release"))
        }
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match arguments.command {
        Some(Command::BareHandler) => bare_handler::serve(),
        None => run(&arguments.options),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("benches: {reason}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Outcome<()> {
    let directory = options.directory.clone().unwrap_or_else(std::env::temp_dir);
    let directory = std::path::absolute(&directory).map_err(at(&directory))?;
    let mut report = Report::new(machine::facts(options, &directory));
    if options.wants(Part::Core) {
        progress("scim-core");
        core_ratio::measure(&mut report)?;
    }
    let mut outcome = Ok(());
    if options.parts != [Part::Core] {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| format!("cannot start: {error}"))?;
        // What was measured before a part failed took long enough to be worth telling.
        outcome = runtime.block_on(bench::run(options, &directory, &mut report));
    }
    if let Some(path) = &options.against {
        let text = std::fs::read(path).map_err(at(path))?;
        report.compare(&serde_json::from_slice(&text).map_err(|error| format!("{}: {error}", path.display()))?);
    }
    if let Some(path) = &options.json {
        let text = serde_json::to_vec_pretty(&report).map_err(|error| error.to_string())?;
        std::fs::write(path, text).map_err(at(path))?;
    }
    println!("{report}");
    outcome
}

/// This program's own path.
fn this_program() -> Outcome<PathBuf> {
    std::env::current_exe().map_err(|error| format!("cannot find this program itself: {error}"))
}

/// Puts the path before an error.
fn at<E: std::fmt::Display>(path: &Path) -> impl FnOnce(E) -> String {
    let path = path.display().to_string();
    move |error| format!("{path}: {error}")
}

/// Tells whoever waits what is going on.
fn progress(what: &str) {
    eprintln!("benches: {what}");
}
