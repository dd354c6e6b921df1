//! A throw-away PostgreSQL cluster in a temporary folder, durable as a real one (fsync stays on), reachable on 127.0.0.1 and
//! on a socket in its folder. It stops only the process it started.

use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::Outcome;
use crate::system;

/// PostgreSQL refuses to run as root; the package makes this user.
const USER: &str = "postgres";
const START_LIMIT: Duration = Duration::from_secs(60);
const STOP_LIMIT: Duration = Duration::from_secs(30);

/// A running cluster; stopped and removed when dropped.
pub(crate) struct Cluster {
    server: Child,
    folder: PathBuf,
    programs: PathBuf,
    port: u16,
}

impl Cluster {
    /// Makes and starts a cluster, and waits until it answers.
    ///
    /// # Errors
    /// PostgreSQL is missing and cannot be installed, or a step failed.
    pub(crate) fn start() -> Outcome<Self> {
        let programs = match find_programs() {
            Some(programs) => programs,
            None => {
                system::install(&["postgresql"])?;
                find_programs().ok_or("PostgreSQL's server programs were installed but are nowhere to be found")?
            }
        };
        let folder = std::env::temp_dir().join(format!("rollcall-xtask-{}", std::process::id()));
        match Self::start_in(&folder, programs) {
            Ok(cluster) => Ok(cluster),
            Err(reason) => {
                // The reason matters more than what remains in the temporary folder.
                drop(fs::remove_dir_all(&folder));
                Err(reason)
            }
        }
    }

    fn start_in(folder: &Path, programs: PathBuf) -> Outcome<Self> {
        make_folder(folder)?;
        let data = folder.join("data");
        let mut initialise = as_owner(&programs.join("initdb"));
        initialise.arg("--pgdata").arg(&data);
        initialise.args(["--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]).arg(format!("--username={USER}"));
        quietly(initialise)?;
        let port = free_port()?;
        let log = folder.join("log");
        let out = File::create(&log).map_err(|error| format!("{}: {error}", log.display()))?;
        let err = out.try_clone().map_err(|error| format!("{}: {error}", log.display()))?;
        let mut start = as_owner(&programs.join("postgres"));
        start.arg("-D").arg(&data).arg("-p").arg(port.to_string()).arg("-k").arg(folder);
        for setting in ["listen_addresses=127.0.0.1", "fsync=on", "synchronous_commit=on", "max_connections=400"] {
            start.args(["-c", setting]);
        }
        let started = start.stdin(Stdio::null()).stdout(out).stderr(err).spawn();
        let server = started.map_err(|error| format!("cannot start PostgreSQL: {error}"))?;
        // From here on the guard stops the server, also when the rest fails.
        let mut cluster = Self { server, folder: folder.to_path_buf(), programs, port };
        cluster.wait_until_ready(&log)?;
        Ok(cluster)
    }

    fn wait_until_ready(&mut self, log: &Path) -> Outcome<()> {
        let port = self.port.to_string();
        let program = self.programs.join("pg_isready");
        let deadline = Instant::now() + START_LIMIT;
        loop {
            let ended = self.server.try_wait().map_err(|error| format!("PostgreSQL: {error}"))?;
            if ended.is_some() || Instant::now() > deadline {
                let text = fs::read_to_string(log).unwrap_or_default();
                return Err(format!("PostgreSQL did not start: {}", text.trim()));
            }
            let answer = Command::new(&program).args(["--quiet", "--host=127.0.0.1", "--port", &port]).status();
            if answer.map_err(|error| format!("cannot start {}: {error}", program.display()))?.success() {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Makes an empty database and gives its URL.
    ///
    /// # Errors
    /// `createdb` failed.
    pub(crate) fn create_database(&self, name: &str) -> Outcome<String> {
        let mut create = Command::new(self.programs.join("createdb"));
        create.args(["--host=127.0.0.1", "--port", &self.port.to_string(), "--username", USER, "--no-password", name]);
        quietly(create)?;
        Ok(format!("postgres://{USER}@127.0.0.1:{}/{name}", self.port))
    }

    /// Where PostgreSQL's server programs are, for tests that start a server of their own.
    pub(crate) fn programs(&self) -> &Path {
        &self.programs
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // SIGINT is PostgreSQL's fast shutdown. What fails here leaves the kill below.
        // The shell's own `kill`: not every machine has a program of that name.
        let mut interrupt = Command::new("sh");
        interrupt.args(["-c", "kill -s INT \"$1\"", "sh", &self.server.id().to_string()]);
        drop(interrupt.status());
        let deadline = Instant::now() + STOP_LIMIT;
        while matches!(self.server.try_wait(), Ok(None)) && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(20));
        }
        drop(self.server.kill());
        drop(self.server.wait());
        drop(fs::remove_dir_all(&self.folder));
    }
}

/// `pg_config`, Debian's folders (the newest version first), PATH: the first that has a server.
fn find_programs() -> Option<PathBuf> {
    let configured = system::first_line("pg_config", &["--bindir"]).map(PathBuf::from);
    let mut packaged: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    packaged.sort();
    let on_path = system::on_path("initdb").and_then(|program| Some(program.parent()?.to_path_buf()));
    let candidates = configured.into_iter().chain(packaged.into_iter().rev().map(|(_, path)| path)).chain(on_path);
    candidates
        .into_iter()
        .find(|folder| ["initdb", "postgres", "pg_isready", "createdb"].iter().all(|name| folder.join(name).is_file()))
}

/// The program as the user that may own a cluster. `setpriv` replaces itself by the program, so that the process we start is
/// the server itself, and has it end when xtask is killed.
fn as_owner(program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "INT"]);
    if system::is_root() {
        command.args(["--reuid", USER, "--regid", USER, "--init-groups"]);
    }
    command.arg("--").arg(program).current_dir("/");
    command
}

/// A folder that belongs to the cluster's owner alone.
fn make_folder(folder: &Path) -> Outcome<()> {
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(failed)?;
    }
    fs::create_dir_all(folder).map_err(failed)?;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).map_err(failed)?;
    if system::is_root() {
        let id_of = |option| system::first_line("id", &[option, USER]).and_then(|id| id.parse().ok());
        let (user, group) = id_of("-u").zip(id_of("-g")).ok_or_else(|| format!("there is no user {USER}"))?;
        chown(folder, Some(user), Some(group)).map_err(failed)?;
    }
    Ok(())
}

/// A port that was free a moment ago; PostgreSQL cannot choose one itself.
fn free_port() -> Outcome<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr());
    listener.map(|address| address.port()).map_err(|error| format!("no free port: {error}"))
}

/// Runs a program and shows its output only when it fails.
fn quietly(mut command: Command) -> Outcome<()> {
    let name = command.get_args().find(|word| word.to_string_lossy().contains('/')).map(ToOwned::to_owned);
    let name = name.unwrap_or_else(|| command.get_program().to_owned());
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("cannot start {}: {error}", name.display()))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{} failed: {}", name.display(), String::from_utf8_lossy(&output.stderr).trim()))
}
