//! The real binary as a child process, which tests may kill.

use std::io::{BufRead as _, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use crate::client::Client;

/// A running `rollcall serve`; killed when dropped.
pub(crate) struct Process {
    child: Child,
    /// Its SCIM base URL.
    pub(crate) base: String,
    /// The token that the first start on an empty database prints.
    pub(crate) token: Option<String>,
    /// Kept open, so that the server can go on printing.
    stdout: Option<Lines<BufReader<ChildStdout>>>,
}

impl Process {
    /// Starts a server with that data directory and database, and waits until it listens.
    pub(crate) fn start(data: &Path, database: &str) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rollcall"));
        command
            .arg("serve")
            .env("ROLLCALL_LISTEN", "127.0.0.1:0")
            .env("ROLLCALL_DATA_DIR", data)
            .env("ROLLCALL_DATABASE_URL", database)
            // Two for long reads, the rest for what tests do at once; not more, because tests run side by side.
            .env("ROLLCALL_PG_POOL", "18")
            .env("ROLLCALL_LOG", "off")
            .current_dir(data)
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        let mut process = Self { child: command.spawn().unwrap(), base: String::new(), token: None, stdout: None };
        let mut lines = BufReader::new(process.child.stdout.take().unwrap()).lines();
        while process.base.is_empty() {
            let Some(line) = lines.next() else { panic!("the server ended before it listened") };
            let line = line.unwrap();
            if let Some(address) = line.strip_prefix("rollcall listens on ") {
                process.base = format!("{address}/scim/v2");
            } else if line.starts_with("SCIM token") {
                process.token = line.split_whitespace().last().map(str::to_owned);
            }
        }
        process.stdout = Some(lines);
        process
    }

    /// A client with a token; the one that this start printed when none is given.
    pub(crate) fn client(&self, token: Option<&str>) -> Client {
        Client::new(&self.base, token.or(self.token.as_deref()))
    }

    /// Ends it as a power cut would: SIGKILL.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended before.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
