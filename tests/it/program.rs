//! The program itself, run in a place of its own: a folder, an environment, and a database that is not there yet.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};

use serde_json::Value;

use crate::client::Client;
use crate::database::{Database, Kind};

/// Where the program runs.
pub(crate) struct Place {
    folder: tempfile::TempDir,
    environment: Vec<(String, String)>,
    _database: Option<Database>,
}

/// How a command ended.
pub(crate) struct Ended {
    pub(crate) success: bool,
    pub(crate) output: String,
    pub(crate) errors: String,
}

/// Runs a test in a fresh place for each store that is there.
pub(crate) fn for_each_place(test: impl Fn(&Place)) {
    for kind in Kind::all() {
        eprintln!("on {kind:?}");
        let place = Place::sqlite();
        match kind {
            Kind::Sqlite => test(&place),
            Kind::Postgres => {
                let database = Database::new(kind);
                let place = place.with("ROLLCALL_DATABASE_URL", &database.url());
                test(&Place { _database: Some(database), ..place });
            }
        }
    }
}

impl Place {
    /// Without a database setting: SQLite in the data directory.
    pub(crate) fn sqlite() -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap(), environment: Vec::new(), _database: None };
        place.with("ROLLCALL_LISTEN", "127.0.0.1:0")
    }

    /// The same with one variable more.
    pub(crate) fn with(mut self, variable: &str, value: &str) -> Self {
        self.environment.push((variable.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.path().join("rollcall-data")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rollcall"));
        let ours =
            std::env::vars_os().map(|(name, _)| name).filter(|name| name.to_string_lossy().starts_with("ROLLCALL_"));
        ours.for_each(|name| {
            command.env_remove(name);
        });
        command.args(arguments).current_dir(self.path()).envs(self.environment.iter().cloned()).stdin(Stdio::null());
        command
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        let ended = self.command(arguments).output().unwrap();
        assert!(matches!(ended.status.code(), Some(0 | 1)), "{arguments:?}: {}", ended.status);
        Ended {
            success: ended.status.success(),
            output: String::from_utf8(ended.stdout).unwrap(),
            errors: String::from_utf8(ended.stderr).unwrap(),
        }
    }

    /// Runs a command that reads this from its standard input.
    pub(crate) fn typed(&self, arguments: &[&str], input: &str) -> Ended {
        let mut command = self.command(arguments);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), input.as_bytes()).unwrap();
        let ended = child.wait_with_output().unwrap();
        Ended {
            success: ended.status.success(),
            output: String::from_utf8(ended.stdout).unwrap(),
            errors: String::from_utf8(ended.stderr).unwrap(),
        }
    }

    /// Starts a command that goes on until it is dropped.
    pub(crate) fn start(&self, arguments: &[&str]) -> Started {
        let mut child = self.command(arguments).stdout(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Started { child, output }
    }

    /// Starts a server and waits until it says that it is ready.
    pub(crate) fn serve(&self) -> Serving {
        let mut child = self.command(&[]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (output, log) = (BufReader::new(child.stdout.take().unwrap()), child.stderr.take().unwrap());
        let mut serving = Serving { child: Some(child), lines: Vec::new(), output, log };
        while !serving.lines.last().is_some_and(|line| line.starts_with("rollcall listens on ")) {
            let mut line = String::new();
            if serving.output.read_line(&mut line).unwrap() == 0 {
                let mut errors = String::new();
                serving.log.read_to_string(&mut errors).unwrap();
                panic!("the server ended: {errors}");
            }
            serving.lines.push(line.trim_end().to_owned());
        }
        serving
    }
}

impl Ended {
    /// Asserts that it went well and gives its output.
    #[track_caller]
    pub(crate) fn succeeds(self) -> String {
        assert!(self.success, "{}", self.errors);
        self.output
    }

    /// Asserts that it ended with one line that says why, and nothing else, and gives the line.
    #[track_caller]
    pub(crate) fn fails(self) -> String {
        assert!(!self.success, "{}", self.output);
        assert_eq!(self.output, "");
        assert_eq!(self.errors.lines().count(), 1, "{}", self.errors);
        self.errors
    }
}

/// A command that runs; killed when it is dropped.
pub(crate) struct Started {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Started {
    /// Waits for its next line.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        assert!(self.output.read_line(&mut line).unwrap() > 0, "the command ended");
        line.trim_end().to_owned()
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// A server that runs as a process; killed when a test gives up.
pub(crate) struct Serving {
    child: Option<Child>,
    /// What it printed up to being ready.
    pub(crate) lines: Vec<String>,
    output: BufReader<ChildStdout>,
    log: ChildStderr,
}

impl Serving {
    /// The SCIM base URL that it printed.
    pub(crate) fn base(&self) -> String {
        self.lines[0].strip_prefix("SCIM base URL: ").unwrap().to_owned()
    }

    /// The token that it printed.
    pub(crate) fn token(&self) -> String {
        self.lines[1].rsplit(' ').next().unwrap().to_owned()
    }

    pub(crate) fn client(&self, token: &str) -> Client {
        Client::new(&format!("{}/scim/v2", self.address()), Some(token))
    }

    /// A client of the REST API.
    pub(crate) fn rest(&self, token: Option<&str>) -> Client {
        Client::new(&format!("{}/api/v1", self.address()), token)
    }

    fn address(&self) -> &str {
        self.lines.last().unwrap().strip_prefix("rollcall listens on ").unwrap()
    }

    /// Asks it to stop as a service manager does, asserts that it does so by itself, and gives its log.
    pub(crate) fn stop(mut self) -> String {
        let mut child = self.child.take().unwrap();
        assert!(signal("TERM", &[&child.id().to_string()]));
        let status = child.wait().unwrap();
        let (mut rest, mut log) = (String::new(), String::new());
        self.output.read_to_string(&mut rest).unwrap();
        self.log.read_to_string(&mut log).unwrap();
        assert_eq!((status.code(), rest.as_str()), (Some(0), ""), "{log}");
        log
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
}

/// A text in JSON.
pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// Sends a signal to processes, by the shell's own `kill`: not every machine has a program of that name.
pub(crate) fn signal(name: &str, ids: &[&str]) -> bool {
    let mut shell = Command::new("sh");
    shell.args(["-c", "kill -s \"$@\"", "sh", name]).args(ids);
    shell.stderr(Stdio::null()).status().unwrap().success()
}
