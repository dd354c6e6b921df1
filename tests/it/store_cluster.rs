//! A PostgreSQL server of a test's own, which it may configure, kill and start again. Its programs are where
//! `ROLLCALL_TEST_POSTGRES_PROGRAMS` says; without that there is none.

use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::program::signal;

/// PostgreSQL refuses to run as root; its package makes this user.
const USER: &str = "postgres";
const PATIENCE: Duration = Duration::from_secs(60);

/// A cluster, running or killed; stopped and removed when dropped.
pub(crate) struct Cluster {
    programs: PathBuf,
    folder: TempDir,
    port: u16,
    settings: Vec<String>,
    server: Option<Child>,
}

impl Cluster {
    /// Makes a cluster that has not started yet; `None` without programs.
    pub(crate) fn new() -> Option<Self> {
        let programs = PathBuf::from(std::env::var_os("ROLLCALL_TEST_POSTGRES_PROGRAMS")?);
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let settings = vec!["listen_addresses=localhost".to_owned()];
        let cluster = Self { programs, folder, port: free_port(), settings, server: None };
        cluster.give_away(cluster.folder.path());
        let mut initialise = cluster.as_owner("initdb");
        initialise.arg("--pgdata").arg(cluster.data()).arg(format!("--username={USER}"));
        initialise.args(["--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]);
        succeed(&mut initialise);
        Some(cluster)
    }

    /// Where its files are.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A setting for the starts to come.
    pub(crate) fn set(&mut self, setting: &str) {
        self.settings.push(setting.to_owned());
    }

    /// Writes a file that only the server may read.
    pub(crate) fn write(&self, name: &str, text: &str) {
        let file = self.data().join(name);
        fs::write(&file, text).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        self.give_away(&file);
    }

    /// The URL of its one database.
    pub(crate) fn url(&self, host: &str) -> String {
        format!("postgres://{USER}@{host}:{}/postgres", self.port)
    }

    /// Starts it and waits until it takes connections.
    pub(crate) fn start(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        let log = self.folder.path().join("log");
        loop {
            let mut start = self.as_owner("postgres");
            start.arg("-D").arg(self.data()).arg("-p").arg(self.port.to_string()).arg("-k").arg(self.folder.path());
            for setting in &self.settings {
                start.args(["-c", setting]);
            }
            let output = File::create(&log).unwrap();
            start.stdin(Stdio::null()).stdout(output.try_clone().unwrap()).stderr(output);
            let mut server = start.spawn().unwrap();
            if self.answers(&mut server, deadline) {
                self.server = Some(server);
                return;
            }
            // What a killed server leaves behind can be in use until its last process has noticed.
            let text = fs::read_to_string(&log).unwrap_or_default();
            assert!(Instant::now() < deadline, "PostgreSQL does not start: {text}");
        }
    }

    fn answers(&self, server: &mut Child, deadline: Instant) -> bool {
        let mut ask = Command::new(self.programs.join("pg_isready"));
        ask.arg("--quiet").arg("--host").arg(self.folder.path()).arg("--port").arg(self.port.to_string());
        while server.try_wait().unwrap().is_none() {
            if ask.status().unwrap().success() {
                return true;
            }
            assert!(Instant::now() < deadline, "PostgreSQL does not answer");
        }
        false
    }

    /// Kills the server and every process it has started, at once.
    pub(crate) fn kill(&mut self) {
        let mut server = self.server.take().unwrap();
        let id = server.id();
        let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap();
        server.kill().unwrap();
        server.wait().unwrap();
        // Some may have ended of their own accord.
        let _all_ended = signal("KILL", &children.split_whitespace().collect::<Vec<_>>());
    }

    /// A program as the user that may own a cluster. `setpriv` replaces itself by the program, so that the child is the
    /// server itself, and has it end with the test.
    fn as_owner(&self, program: &str) -> Command {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "INT"]);
        if is_root() {
            command.args(["--reuid", USER, "--regid", USER, "--init-groups"]);
        }
        command.arg("--").arg(self.programs.join(program)).current_dir("/");
        command
    }

    fn give_away(&self, path: &Path) {
        if is_root() {
            let id = |option| first_line("id", &[option, USER]).parse().unwrap();
            chown(path, Some(id("-u")), Some(id("-g"))).unwrap();
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if self.server.is_some() {
            self.kill();
        }
    }
}

fn is_root() -> bool {
    first_line("id", &["-u"]) == "0"
}

fn first_line(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    String::from_utf8(output.stdout).unwrap().lines().next().unwrap_or_default().to_owned()
}

/// A port that was free a moment ago; PostgreSQL cannot choose one itself.
fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

/// Runs a program that must succeed.
pub(crate) fn succeed(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
