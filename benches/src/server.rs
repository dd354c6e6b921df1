//! The server as a child process: started as a stranger would start it, its token read from what it prints.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Outcome;
use crate::client::Target;
use crate::process::Process;

/// What the line that says that it is ready begins with.
const READY: &str = "rollcall listens on http://";
/// What a SCIM token begins with.
const TOKEN: &str = "rc_scim_";

/// A running server.
pub(crate) struct Server {
    /// Its process.
    pub(crate) process: Process,
    /// Where its SCIM interface is.
    pub(crate) target: Target,
    program: PathBuf,
    data: PathBuf,
}

impl Server {
    /// Starts it on a folder of its own, which it fills on its first start. A later start prints no token: `token` is the
    /// one of the first.
    ///
    /// # Errors
    /// It does not start, or prints no token.
    pub(crate) fn start(program: &Path, folder: &Path, token: Option<String>) -> Outcome<Self> {
        let data = folder.join("data");
        let mut command = Command::new(program);
        let ours = std::env::vars_os().filter(|(name, _)| !name.to_string_lossy().starts_with("ROLLCALL_"));
        command
            .env_clear()
            .envs(ours)
            .env("ROLLCALL_LISTEN", "127.0.0.1:0")
            .env("ROLLCALL_DATA_DIR", &data)
            .env("ROLLCALL_BOOTSTRAP", "print")
            .current_dir(folder)
            .stderr(Stdio::null());
        let (process, lines) = Process::start(command, READY)?;
        let address = lines.iter().find_map(|line| line.strip_prefix(READY)?.trim().parse().ok());
        let token = token.or_else(|| lines.iter().find_map(|line| token_in(line)));
        let target = Target {
            address: address.ok_or("the server did not say where it listens")?,
            base: "/scim/v2",
            token: token.ok_or("the server printed no token")?,
            media: "application/scim+json",
        };
        Ok(Self { process, target, program: program.to_owned(), data })
    }

    /// Where its REST interface is.
    pub(crate) fn rest(&self, token: String) -> Target {
        Target { address: self.target.address, base: "/api/v1", token, media: "application/json" }
    }

    /// Runs a command of the program beside the server.
    ///
    /// # Errors
    /// It fails.
    pub(crate) fn command(&self, arguments: &[&str], input: &str) -> Outcome<()> {
        let mut command = Command::new(&self.program);
        command.args(arguments).env("ROLLCALL_DATA_DIR", &self.data).stdin(Stdio::piped()).stdout(Stdio::null());
        let failed = |error: std::io::Error| format!("{}: {error}", arguments.join(" "));
        let mut child = command.spawn().map_err(failed)?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(input.as_bytes()).map_err(failed)?;
        }
        let status = child.wait().map_err(failed)?;
        if status.success() { Ok(()) } else { Err(format!("{}: ended with {status}", arguments.join(" "))) }
    }

    /// The database file.
    pub(crate) fn database(&self) -> PathBuf {
        self.data.join("rollcall.db")
    }
}

/// The token in a line.
fn token_in(line: &str) -> Option<String> {
    let rest = line.get(line.find(TOKEN)?..)?;
    let is_part = |c: &char| c.is_ascii_alphanumeric() || "_-.".contains(*c);
    Some(rest.chars().take_while(is_part).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_found_in_its_line() {
        let line = "SCIM token (shown once, valid until 2030): rc_scim_a1-B_.c";
        assert_eq!(token_in(line).as_deref(), Some("rc_scim_a1-B_.c"));
        assert_eq!(token_in("curl -H 'Bearer rc_scim_x' http://y").as_deref(), Some("rc_scim_x"));
        assert_eq!(token_in("SCIM base URL: http://localhost:1/scim/v2"), None);
    }
}
