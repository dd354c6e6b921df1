//! Starts the server under test on a free port, makes tenants and tokens with its command line, and stops it. It uses only
//! what the documentation promises.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{BufRead, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use uuid::Uuid;

use super::dns;
use super::process::Guard;

/// The schemas that rows about custom attributes and types are written for.
const SCHEMAS: &[(&str, &str)] = &[
    ("user.json", include_str!("../../schemas/user.json")),
    ("probe.json", include_str!("../../schemas/probe.json")),
    ("place.json", include_str!("../../schemas/place.json")),
];
const PROBE_TYPE: &str = include_str!("../../schemas/probe-type.json");
/// The one of them that users have.
const USER_PROBE: &str = "urn:example:conformance:2.0:UserProbe";

/// The folder of what stands in the DNS.
const RECORDS: &str = "dns";
const START_LIMIT: Duration = Duration::from_secs(60);

/// Where a suite runs: one tenant's SCIM door.
pub(crate) struct Target {
    /// `http://.../scim/v2`, without a slash at the end.
    pub(crate) base_url: String,
    /// A bearer token of a new tenant.
    pub(crate) token: String,
    /// The short name of that tenant.
    pub(crate) tenant: String,
}

/// An owner of the installation, who may do everything.
pub(crate) struct Owner {
    /// What he signs in with.
    pub(crate) email: String,
    /// His password.
    pub(crate) password: String,
    /// Where the server writes mails.
    pub(crate) mail: PathBuf,
    /// Where what stands in the DNS is written.
    pub(crate) records: PathBuf,
}

/// A running server, stopped when dropped.
pub(crate) struct Server {
    // Before the folder: the server must be gone when its data goes.
    _process: Guard,
    binary: PathBuf,
    database_url: String,
    key: PathBuf,
    base_url: String,
    folder: Folder,
}

/// The server's data, removed when dropped.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // What remains is in the temporary folder, which is not ours to insist on.
        drop(fs::remove_dir_all(&self.0));
    }
}

impl Server {
    /// Starts the server and waits until it says where it listens. Its log goes to `{tools}/output/server-{store}.log`.
    ///
    /// # Errors
    /// It cannot be started, ended early or said nothing within a minute.
    pub(crate) fn start(binary: &Path, database_url: Option<&str>, tools: &Path) -> Result<Self, String> {
        let binary = fs::canonicalize(binary).map_err(|error| format!("{}: {error}", binary.display()))?;
        let folder = Folder(std::env::temp_dir().join(format!("conformance-tests-{}", Uuid::new_v4().simple())));
        fs::create_dir_all(&folder.0).map_err(|error| format!("{}: {error}", folder.0.display()))?;
        let database_url = match database_url {
            Some(url) => url.to_owned(),
            None => format!("sqlite:{}", folder.0.join("directory.db").display()),
        };
        let key = key_file(&database_url, &folder.0, tools)?;
        let log = tools.join("output").join(format!("server-{}.log", store_of(&database_url)));
        let mut command = command(&binary, &folder.0, &database_url, &key);
        command.env("ROLLCALL_DNS_SERVER", dns::start(&folder.0.join(RECORDS))?.to_string());
        command.arg("serve").stdout(Stdio::piped()).stderr(create(&log)?);
        let child = command.spawn().map_err(|error| format!("cannot start {}: {error}", binary.display()))?;
        let mut process = Guard(child);
        let base_url = wait_for_address(&mut process).map_err(|reason| format!("{reason}; see {}", log.display()))?;
        Ok(Self { _process: process, binary, database_url, key, base_url, folder })
    }

    /// `sqlite` or `postgres`.
    pub(crate) fn store(&self) -> &'static str {
        store_of(&self.database_url)
    }

    /// `http://.../scim/v2`, without a slash at the end.
    pub(crate) fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Makes a new tenant and a token for it, with the default profile or the one named.
    ///
    /// # Errors
    /// What the server's command line answered.
    pub(crate) fn new_target(&self, name: &str, profile: Option<&str>) -> Result<Target, String> {
        // A database that is used again must not bring back an earlier run's tenant.
        let random = Uuid::new_v4().simple().to_string();
        let slug = format!("{name}-{}", random.get(..8).unwrap_or_default());
        self.administer(&["tenant", "create", &slug])?;
        let mut create = vec!["token", "create", "--tenant", &slug];
        create.extend(profile.into_iter().flat_map(|profile| ["--profile", profile]));
        let token = self.administer(&create)?;
        if token.is_empty() || token.contains(char::is_whitespace) {
            return Err(format!(
                "`token create` must print the token and nothing else, it printed {} characters",
                token.len()
            ));
        }
        Ok(Target { base_url: self.base_url.clone(), token, tenant: slug })
    }

    /// Adds the schemas and the resource type of `schemas/` to the tenant, for the rows about them.
    ///
    /// # Errors
    /// What the server's command line answered.
    pub(crate) fn add_schemas(&self, target: &Target) -> Result<(), String> {
        let write = |name: &str, text: &str| {
            let path = self.folder.0.join(name);
            fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
            Ok::<String, String>(path.display().to_string())
        };
        let of = ["--tenant", target.tenant.as_str()];
        for (name, text) in SCHEMAS {
            self.administer(&[&["schema", "add"], &of[..], &[&write(name, text)?]].concat())?;
        }
        let kind = write("probe-type.json", PROBE_TYPE)?;
        self.administer(&[&["resource-type", "add"], &of[..], &[&kind]].concat())?;
        self.administer(&[&["resource-type", "extend"], &of[..], &["User", USER_PROBE]].concat())?;
        Ok(())
    }

    /// Makes an owner of the installation.
    ///
    /// # Errors
    /// What the server's command line answered.
    pub(crate) fn new_owner(&self) -> Result<Owner, String> {
        let random = Uuid::new_v4().simple().to_string();
        let (email, password) = (format!("owner-{random}@example.org"), format!("Long-{random}-enough"));
        let owner = Owner { email, password, mail: self.folder.0.join("mail"), records: self.folder.0.join(RECORDS) };
        let create = ["user", "create", "--tenant", "default", "--email", &owner.email];
        let role = ["--role", "platform_owner", "--password-stdin"];
        self.administer_with(&[&create[..], &role[..]].concat(), &owner.password)?;
        Ok(owner)
    }

    /// Makes an owner of the installation who has yet to choose a password.
    ///
    /// # Errors
    /// What the server's command line answered.
    pub(crate) fn new_first_owner(&self) -> Result<Owner, String> {
        let email = format!("first-{}@example.org", Uuid::new_v4().simple());
        let password = self.administer(&["owner", "create", "--email", &email])?;
        Ok(Owner { email, password, mail: self.folder.0.join("mail"), records: self.folder.0.join(RECORDS) })
    }

    fn administer(&self, arguments: &[&str]) -> Result<String, String> {
        self.administer_with(arguments, "")
    }

    fn administer_with(&self, arguments: &[&str], input: &str) -> Result<String, String> {
        let words = arguments.join(" ");
        let fault = |error: std::io::Error| format!("`{words}`: {error}");
        let mut command = command(&self.binary, &self.folder.0, &self.database_url, &self.key);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(fault)?;
        if let Some(mut stdin) = child.stdin.take() {
            // A command that asks for nothing may have ended already.
            drop(stdin.write_all(input.as_bytes()));
        }
        let output = child.wait_with_output().map_err(fault)?;
        if !output.status.success() {
            return Err(format!("`{words}` failed: {}", String::from_utf8_lossy(&output.stderr).trim()));
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }
}

fn create(path: &Path) -> Result<File, String> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    File::create(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// The binary with a configuration of its own: no setting of the caller's environment reaches it.
fn command(binary: &Path, folder: &Path, database_url: &str, key: &Path) -> Command {
    let mut command = Command::new(binary);
    for (key, _) in std::env::vars_os().filter(|(key, _)| key.to_string_lossy().starts_with("ROLLCALL_")) {
        command.env_remove(key);
    }
    command
        .current_dir(folder)
        .stdin(Stdio::null())
        .env("ROLLCALL_DATA_DIR", folder)
        .env("ROLLCALL_DATABASE_URL", database_url)
        .env("ROLLCALL_MASTER_KEY_FILE", key)
        .env("ROLLCALL_LISTEN", "127.0.0.1:0")
        .env("ROLLCALL_BOOTSTRAP", "none");
    command
}

/// Where the master key of a database is kept: beside one of the run's own, but with the tools for a named one, so that the
/// next run on it finds the key again.
fn key_file(database_url: &str, folder: &Path, tools: &Path) -> Result<PathBuf, String> {
    if !database_url.starts_with("postgres") {
        return Ok(folder.join("master.key"));
    }
    let keys = tools.join("keys");
    fs::create_dir_all(&keys).map_err(|error| format!("{}: {error}", keys.display()))?;
    let keys = fs::canonicalize(&keys).map_err(|error| format!("{}: {error}", keys.display()))?;
    let mut hasher = DefaultHasher::new();
    database_url.hash(&mut hasher);
    Ok(keys.join(format!("{:016x}.key", hasher.finish())))
}

fn store_of(database_url: &str) -> &'static str {
    if database_url.starts_with("postgres") { "postgres" } else { "sqlite" }
}

/// Reads stdout until a line names the address, and goes on reading so that the server never blocks on a full pipe.
fn wait_for_address(process: &mut Guard) -> Result<String, String> {
    let stdout = process.0.stdout.take().ok_or("the server has no stdout")?;
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if let Some(base_url) = base_url_in(&line) {
                // Nobody listens after the first one.
                drop(sender.send(base_url));
            }
        }
    });
    receiver.recv_timeout(START_LIMIT).map_err(|error| match error {
        mpsc::RecvTimeoutError::Timeout => format!("the server said no address within {} s", START_LIMIT.as_secs()),
        mpsc::RecvTimeoutError::Disconnected => "the server ended before it listened".to_owned(),
    })
}

/// The SCIM base URL in a line like `listens on http://127.0.0.1:4711`, with or without `/scim/v2` in it.
fn base_url_in(line: &str) -> Option<String> {
    let (_, address) = line.split_once("listens on ")?;
    let address = address.split_whitespace().next().filter(|word| word.starts_with("http://"))?;
    let public_url = address.trim_end_matches('/').trim_end_matches("/scim/v2");
    Some(format!("{public_url}/scim/v2"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_base_url_is_found_in_the_ready_line() {
        let wanted = Some("http://127.0.0.1:4711/scim/v2".to_owned());
        assert_eq!(base_url_in("listens on http://127.0.0.1:4711"), wanted);
        assert_eq!(base_url_in("rollcall listens on http://127.0.0.1:4711/scim/v2/ (ready)"), wanted);
        assert_eq!(base_url_in("token: rc_scim_abc"), None);
        assert_eq!(base_url_in("listens on nothing"), None);
    }

    #[test]
    fn the_store_is_named_by_the_url() {
        assert_eq!(store_of("postgres://postgres@127.0.0.1:5432/x"), "postgres");
        assert_eq!(store_of("postgresql://127.0.0.1/x"), "postgres");
        assert_eq!(store_of("sqlite:/tmp/x"), "sqlite");
    }
}
