//! The command line: parses, calls the directory, prints. Only the thing asked for goes to stdout, words go to stderr;
//! the exit code is 0, or 1 with one line that says why. No command takes a secret as an argument.

mod administration;
mod arguments;
mod doctor;
mod domains;
mod duration;
mod log;
mod logging;
mod mail;
mod output;
mod people;
mod schemas;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser as _;

use crate::access::Actor;
use crate::app::{App, Database, explain, mail_folder};
use crate::config::{self, Loaded};
use crate::directory::passwords::breached;
use crate::error::{Error, Result};

use arguments::{Arguments, BreachedPasswordsCommand, Command};
use output::Output;

/// Runs the command that the process's arguments name.
pub fn main() -> ExitCode {
    match run(std::env::args_os()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            output::complain(&format!("rollcall: {why}"));
            ExitCode::FAILURE
        }
    }
}

/// `Err` is the line that says why.
fn run(arguments: impl Iterator<Item = OsString>) -> std::result::Result<(), String> {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) if !error.use_stderr() => return output::print(error.to_string().trim_end()),
        Err(error) => return Err(usage(&error.to_string())),
    };
    let output = Output { json: arguments.json };
    let command = arguments.command.unwrap_or(Command::Serve);
    let loaded = config::load(std::env::vars_os(), std::path::Path::new(".")).map_err(|error| error.to_string())?;
    logging::start(&loaded, matches!(command, Command::Serve))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(|error| format!("cannot start: {error}"))?;
    runtime.block_on(execute(command, loaded, output)).map_err(|error| explain(&error))
}

async fn execute(command: Command, loaded: Loaded, output: Output) -> Result<()> {
    match command {
        Command::Serve => App::serve(loaded.config, &operator()).await,
        Command::CheckConfig => output.settings(&loaded.origins),
        Command::Doctor => doctor::examine(loaded.config, &operator(), output).await,
        Command::Migrate => {
            let app = App::build(loaded.config, Database::Create).await?;
            app.directory.close().await;
            output::complain("the database has the current schema");
            Ok(())
        }
        Command::Mail(command) => mail::run(&mail_folder(&loaded.config), &command, output),
        Command::BreachedPasswords(BreachedPasswordsCommand::Build { from, to }) => {
            let built = tokio::task::spawn_blocking(move || breached::build(&from, &to)).await;
            let count = built.map_err(Error::internal)??;
            output.one(&count.to_string(), &serde_json::json!({ "passwords": count }))
        }
        Command::Administration(command) => {
            let app = App::build(loaded.config, Database::MustExist).await?;
            let result = administration::run(&app, operator(), command, output).await;
            app.directory.close().await;
            result
        }
    }
}

/// Who runs the command, as the journal names them: by the account that the process has, whatever its environment says
/// (IR-16).
fn operator() -> Actor {
    let user = whoami::username();
    Actor::system(format!("cli:{}", user.as_deref().unwrap_or("unknown")))
}

/// The parser's complaint in one line, without the usage below it.
fn usage(text: &str) -> String {
    let lines =
        text.lines().map(str::trim).take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more"));
    let words: Vec<_> = lines.filter(|line| !line.is_empty()).collect();
    let line = words.join(" ");
    format!("{} (see rollcall --help)", line.strip_prefix("error: ").unwrap_or(&line))
}

impl From<output::Broken> for Error {
    fn from(broken: output::Broken) -> Self {
        Self::unavailable(broken.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(line: &str) -> String {
        run(line.split(' ').map(OsString::from)).unwrap_err()
    }

    #[test]
    fn a_wrong_command_line_is_one_line_that_says_why() {
        let cases = [
            ("rollcall token create", "--tenant"),
            ("rollcall tenant create a b", "'b'"),
            ("rollcall token create --tenant a --profile azure", "tolerant, rfc, entra, okta"),
            ("rollcall token create --tenant a --expires 0d", "90d"),
            ("rollcall fly", "'fly'"),
        ];
        for (line, part) in cases {
            let why = fault(line);
            assert!(why.contains(part) && !why.contains('\n') && !why.starts_with("error"), "{line}: {why}");
        }
    }
}
