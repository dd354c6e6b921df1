//! The server put together once: configuration, directory, listener; its first start and its stop. Decides nothing
//! about requests.

use std::io::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::access::rate::Rates;
use crate::access::{Actor, decide_widely};
use crate::auth::{self, Auth};
use crate::clock::Sources;
use crate::config::{Bootstrap, Config};
use crate::context::Cx;
use crate::directory::domains::Dns;
use crate::directory::locations::Locations;
use crate::directory::owners::{self, NewOwner};
use crate::directory::settings::Channels;
use crate::directory::{self, Directory, NewToken, tenants};
use crate::error::{Error, Result};
use crate::http::{self, Face, Listen, Running, Services, Tls};
use crate::jobs::Background;
use crate::mfa::{self, Mfa, RelyingParty};
use crate::notify::post::Post;
use crate::notify::text_messages::Texts;
use crate::notify::webhooks::Webhooks;

/// Whether a database that does not exist is created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    /// It is created, and brought to the current schema.
    Create,
    /// It must exist and have the current schema.
    MustExist,
}

/// Everything that a server or a command works with.
pub struct App {
    /// The settings.
    pub config: Config,
    /// Time and randomness.
    pub sources: Sources,
    /// The directory.
    pub directory: Directory,
}

impl App {
    /// Opens the directory that the configuration names.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`] when the data directory or the database cannot be used.
    pub async fn build(config: Config, database: Database) -> Result<Self> {
        let create = database == Database::Create;
        if create {
            create_private_directory(&config.data_dir)?;
        }
        let sources = Sources::system();
        let settings = directory::Settings {
            database_url: config.database_url.reveal().to_owned(),
            pg_pool: config.pg_pool,
            master_key_file: config.master_key_file.clone(),
            breached_passwords: config.breached_passwords.clone(),
            create,
        };
        let directory = Directory::open(settings, sources.clone()).await?;
        let directory = directory.with_resolver(Arc::new(Dns { server: config.dns_server }));
        let directory = directory.with_webhooks(Webhooks { internal: config.internal_webhooks });
        let directory = directory.with_lifetimes(config.lifetimes);
        Ok(Self { config, sources, directory })
    }

    /// The context of one run of a command.
    ///
    /// # Errors
    /// [`Error::Unavailable`] without randomness.
    pub fn context(&self) -> Result<Cx> {
        let request_id = format!("cli-{}", URL_SAFE_NO_PAD.encode(self.sources.random::<12>()?));
        Ok(Cx { request_id, now: self.sources.clock.now() })
    }

    /// Serves until it is told to stop (SIGTERM or SIGINT), then lets running requests finish and drains the store. The
    /// first start on an empty database acts for `operator` and prints how to begin; every start prints one line when it
    /// is ready.
    ///
    /// # Errors
    /// When it cannot listen, cannot make its first tenant, or the listener fails.
    pub async fn serve(config: Config, operator: &Actor) -> Result<()> {
        // Bound first: the port is known before anything is printed, and a port in use costs no database.
        let (listener, address) = bind(config.listen)?;
        let tls = config.tls.clone().map(|(certificate, key)| Tls::read(certificate, key)).transpose()?;
        let signals = Signals::catch()?;
        let locations = config.location_file.as_deref().map(Locations::read).transpose()?.unwrap_or_default();
        let Self { config, sources, directory } = Self::build(config, Database::Create).await?;
        let app = Self { config, sources, directory: directory.with_locations(locations) };
        let result = app.serve_on(operator, listener, address, tls, signals).await;
        app.directory.close().await;
        result
    }

    async fn serve_on(
        &self,
        operator: &Actor,
        listener: TcpListener,
        address: SocketAddr,
        tls: Option<Arc<Tls>>,
        mut signals: Signals,
    ) -> Result<()> {
        let scheme = if tls.is_some() { "https" } else { "http" };
        let default_url = || format!("{scheme}://localhost:{}", address.port());
        let public_url = self.config.public_url.clone().unwrap_or_else(default_url);
        if !address.ip().is_loopback() && public_url.starts_with("http://") {
            tracing::warn!("listening beyond this machine with an http:// public URL: tokens travel readable");
        }
        self.first_start(operator, &public_url).await?;
        self.first_owner(operator).await?;
        let listen = Listen {
            listener,
            tls: tls.clone(),
            metrics_token: self.config.metrics_token.clone(),
            trusted_proxies: self.config.trusted_proxies.clone(),
        };
        let party = relying_party(&self.config, &public_url)?;
        let (mail, sms, passkeys) = (self.config.smtp.is_some(), self.config.sms.is_some(), party.is_some());
        let directory = self.directory.clone().with_channels(Channels { mail, sms, passkeys });
        let mfa = Mfa::new(directory.clone(), party);
        mfa::passkey::judge_relying_party(&mfa, self.config.rp_accept).await?;
        let services = Services {
            directory,
            auth: Auth::new(mfa, &public_url, &self.config.default_tenant),
            sources: self.sources.clone(),
            public_url: public_url.as_str().into(),
            rates: Rates::default(),
        };
        let background = self.background(&public_url).await?;
        let mut running = http::serve(listen, faces(), services)?;
        say(&format!("rollcall listens on {scheme}://{}", running.address()))?;
        tokio::select! {
            () = signals.wait(&mut running, tls.as_deref()) => {}
            () = background.run() => {}
        }
        tracing::info!("stopping: running requests may finish");
        tokio::task::spawn_blocking(|| running.stop()).await.map_err(Error::internal)?
    }

    /// What runs beside the requests: mails, and work that comes with time.
    async fn background(&self, public_url: &str) -> Result<Background> {
        let post = match &self.config.smtp {
            Some((url, from)) => Post::smtp(url, from)?,
            None => Post::Folder(mail_folder(&self.config)),
        };
        let (directory, sources) = (self.directory.clone(), self.sources.clone());
        let texts = match &self.config.sms {
            Some(sms) => Texts::gateway(&sms.url, sms.secret.clone(), sms.from.clone())?,
            None => Texts::Folder(self.config.data_dir.join("sms")),
        };
        let worker = directory.mail_worker(post, texts, public_url).await?;
        Ok(Background { directory, sources, worker, log_days: i64::from(self.config.log_days) })
    }

    /// Makes the first owner of the platform when there is none, and hands over its one-time password as configured. Without
    /// anybody to hand it to, none is made: `rollcall owner create` does.
    async fn first_owner(&self, operator: &Actor) -> Result<()> {
        if self.config.bootstrap == Bootstrap::None {
            return Ok(());
        }
        let cx = self.context()?;
        let Some(owner) = owners::ensure(&self.directory, operator, &cx, &self.config.owner_email).await? else {
            return Ok(());
        };
        if self.config.bootstrap == Bootstrap::File {
            let file = self.config.data_dir.join("bootstrap-owner");
            write_private_file(&file, owner.password.reveal())?;
            return say(&format!("Platform owner: {}\nOne-time password: in {}", owner.email, file.display()));
        }
        say(&owner_introduction(&owner))
    }

    /// Makes the tenant `default` in an empty database and hands over its first token as configured.
    async fn first_start(&self, operator: &Actor, public_url: &str) -> Result<()> {
        let cx = self.context()?;
        if self.config.bootstrap == Bootstrap::None {
            let (_, tenants) = tenants::list(&self.directory, &decide_widely(operator)?, 0, 1).await?;
            if tenants == 0 {
                let draft = tenants::Draft { slug: "default".to_owned(), ..tenants::Draft::default() };
                tenants::create(&self.directory, &decide_widely(operator)?, &cx, draft).await?;
            }
            return Ok(());
        }
        let Some(token) = directory::bootstrap(&self.directory, operator, &cx).await? else {
            return Ok(());
        };
        let base = format!("{public_url}/scim/v2");
        if self.config.bootstrap == Bootstrap::File {
            let file = self.config.data_dir.join("bootstrap-token");
            write_private_file(&file, token.secret.reveal())?;
            return say(&format!("SCIM base URL: {base}\nSCIM token: in {}", file.display()));
        }
        say(&introduction(&base, &token))
    }
}

/// Who we are to authenticators; nobody where we are reached by an address.
fn relying_party(config: &Config, public_url: &str) -> Result<Option<RelyingParty>> {
    let Some(id) = config.rp_id.clone().or_else(|| RelyingParty::id_of(public_url)) else {
        tracing::warn!("passkeys are off: the public URL names an address, and no rp_id is set");
        return Ok(None);
    };
    let own = RelyingParty::id_of(public_url).map(|_| public_url.to_owned());
    let origins: Vec<String> = own.into_iter().chain(config.rp_origins.iter().cloned()).collect();
    RelyingParty::new(&id, &origins, mfa::ISSUER, config.lifetimes.ceremony).map(Some)
}

/// What a start prints that made the first owner.
fn owner_introduction(owner: &NewOwner) -> String {
    let (email, password, expires) = (&owner.email, owner.password.reveal(), owner.expires);
    format!("Platform owner: {email}\nOne-time password (shown once, works once until {expires}): {password}")
}

/// Every face of the server but the system's own.
pub fn faces() -> Vec<Face> {
    [crate::scim::face(), auth::endpoints::face(), mfa::endpoints::face()]
        .into_iter()
        .chain(crate::admin::faces())
        .chain(crate::ui::faces())
        .collect()
}

/// What the first start prints.
fn introduction(base: &str, token: &NewToken) -> String {
    let until = token.expires.map_or_else(String::new, |expires| format!(" (shown once, valid until {expires})"));
    let secret = token.secret.reveal();
    format!(
        "SCIM base URL: {base}\nSCIM token{until}: {secret}\nTry it: curl -H 'Authorization: Bearer {secret}' {base}/Users"
    )
}

/// Where mails are written to when no server sends them.
pub fn mail_folder(config: &Config) -> PathBuf {
    config.data_dir.join("mail")
}

/// An error in one line for who runs the server, inside cause and all.
pub fn explain(error: &Error) -> String {
    let text = match error {
        Error::Internal(cause) => cause.clone(),
        Error::Unavailable(unavailable) => unavailable.cause.clone(),
        Error::Invalid(invalid) => invalid.to_string(),
        other => other.to_string(),
    };
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Prints on stdout, at once.
fn say(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}").and_then(|()| out.flush()).map_err(|error| Error::unavailable(format!("stdout: {error}")))
}

fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr)> {
    let fault = |error| Error::unavailable(format!("cannot listen on {address}: {error}"));
    let listener = TcpListener::bind(address).map_err(fault)?;
    let address = listener.local_addr().map_err(fault)?;
    Ok((listener, address))
}

fn create_private_directory(path: &Path) -> Result<()> {
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(|error| Error::unavailable(format!("{}: {error}", path.display())))
}

/// Writes a new file that only its owner reads. An old one is removed first: its mode may be another.
fn write_private_file(path: &Path, text: &str) -> Result<()> {
    let fault = |error| Error::unavailable(format!("{}: {error}", path.display()));
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(fault(error)),
        _ => {}
    }
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(fault)?;
    writeln!(file, "{text}").and_then(|()| file.sync_all()).map_err(fault)
}

/// What the operating system may ask of a server.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
}

impl Signals {
    fn catch() -> Result<Self> {
        let catch = |kind| signal(kind).map_err(Error::unavailable);
        Ok(Self {
            terminate: catch(SignalKind::terminate())?,
            interrupt: catch(SignalKind::interrupt())?,
            hang_up: catch(SignalKind::hangup())?,
        })
    }

    /// Waits until it is time to stop. SIGHUP reads the certificate again.
    async fn wait(&mut self, running: &mut Running, tls: Option<&Tls>) {
        loop {
            tokio::select! {
                _ = self.terminate.recv() => return,
                _ = self.interrupt.recv() => return,
                () = running.ended() => return,
                _ = self.hang_up.recv() => match tls.map(Tls::reload) {
                    Some(Err(error)) => tracing::error!(cause = explain(&error), "the certificate stays as it was"),
                    Some(Ok(())) => tracing::info!("the certificate was read again"),
                    None => {}
                },
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Instant;
    use crate::secret::Secret;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn private_files_and_directories_are_private() {
        let place = tempfile::tempdir().unwrap();
        let directory = place.path().join("a/b");
        create_private_directory(&directory).unwrap();
        let file = directory.join("token");
        std::fs::write(&file, "old").unwrap();
        write_private_file(&file, "new").unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&directory), mode(&file)), (0o700, 0o600));
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "new\n");
    }

    #[test]
    fn the_introduction_shows_url_token_and_a_line_to_try() {
        let secret = Secret::new("rc_scim_x.y".to_owned());
        let token = NewToken { id: "x".to_owned(), secret, expires: Some(Instant::from_micros(0)) };
        let text = introduction("http://localhost:1/scim/v2", &token);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 3);
        assert!(lines[0].ends_with("http://localhost:1/scim/v2"));
        assert!(lines[1].ends_with(": rc_scim_x.y"));
        assert!(lines[2].contains("curl -H 'Authorization: Bearer rc_scim_x.y' http://localhost:1/scim/v2/Users"));
    }
}
