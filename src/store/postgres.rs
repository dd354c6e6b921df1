//! PostgreSQL: threads that own a connection each, TLS, reconnection and retries.
//!
//! A transaction that lost against another one, or whose connection broke before COMMIT was sent, is run again up to
//! three times. When a COMMIT itself fails nobody knows its outcome: that is never run again but answered as
//! unavailable.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::Receiver;
use diesel::connection::SimpleConnection;
use diesel_async::AsyncPgConnection;
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::conn::{Conn, PgConn};
use super::job::{Job, Kind, begin, commit, depth, rollback};
use super::lanes::Message;
use super::search_common::Sampling;
use super::tls;
use crate::error::{Error, Remedy, Result};

/// How often a transaction is run again before its error is told.
const RETRIES: usize = 3;
/// How long a transaction that lost waits before it is run again; each time twice as long.
const PAUSE: Duration = Duration::from_millis(10);
/// How long a long read may take, in milliseconds.
const SCAN_TIMEOUT: u32 = 5_000;
/// Writes after which it is seen whether another sample of the texts is due.
const SAMPLE_JOBS: usize = 512;

/// Where the database is and how it is reached.
#[derive(Clone)]
pub(super) struct Address {
    config: tokio_postgres::Config,
    tls: Option<Arc<rustls::ClientConfig>>,
}

impl Address {
    /// Reads a `postgres://` URL. `sslrootcert=FILE` names the certificates to trust; a host that is not this machine
    /// is reached through TLS unless `sslmode=disable` says otherwise.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the URL or the certificates cannot be read.
    pub(super) fn parse(url: &str) -> Result<Self> {
        let (url, roots) = take_parameter(url, "sslrootcert");
        let (url, mode) = take_parameter(&url, "sslmode");
        let mut config: tokio_postgres::Config = url.parse().map_err(Error::unavailable)?;
        let local = config.get_hosts().iter().all(is_local);
        let mode = match mode.as_deref() {
            None if local => SslMode::Prefer,
            None => SslMode::Require,
            Some("disable") => SslMode::Disable,
            Some("prefer") => SslMode::Prefer,
            Some("require" | "verify-ca" | "verify-full") => SslMode::Require,
            Some(other) => return Err(Error::unavailable(format!("sslmode `{other}` is not known"))),
        };
        // Without certificates to trust, a local server's own certificate could not be verified anyway.
        let mode = if local && mode == SslMode::Prefer && roots.is_none() { SslMode::Disable } else { mode };
        config.ssl_mode(mode);
        config.application_name("rollcall");
        config.connect_timeout(Duration::from_secs(10));
        let tls = match mode {
            SslMode::Disable => None,
            _ => Some(tls::client(roots.as_deref().map(decoded).transpose()?.as_deref())?),
        };
        Ok(Self { config, tls })
    }

    async fn connect(&self) -> Result<AsyncPgConnection> {
        let connected = match &self.tls {
            Some(tls) => {
                let (client, connection) = self
                    .config
                    .connect(MakeRustlsConnect::new(tls.as_ref().clone()))
                    .await
                    .map_err(|error| Error::unavailable(describe(&error)))?;
                AsyncPgConnection::try_from_client_and_connection(client, connection).await
            }
            None => {
                let (client, connection) = self
                    .config
                    .connect(tokio_postgres::NoTls)
                    .await
                    .map_err(|error| Error::unavailable(describe(&error)))?;
                AsyncPgConnection::try_from_client_and_connection(client, connection).await
            }
        };
        connected.map_err(Error::unavailable)
    }
}

/// A percent-encoded path of a file.
fn decoded(path: &str) -> Result<PathBuf> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        let digit = |digit: Option<u8>| digit.and_then(|digit| char::from(digit).to_digit(16));
        bytes.push(match byte {
            b'%' => match (digit(rest.next()), digit(rest.next())) {
                (Some(high), Some(low)) => u8::try_from(high * 16 + low).unwrap_or(b'%'),
                _ => return Err(Error::unavailable("sslrootcert has a broken percent-encoding")),
            },
            other => other,
        });
    }
    String::from_utf8(bytes).map(PathBuf::from).map_err(|_| Error::unavailable("sslrootcert is not UTF-8"))
}

/// The error with what caused it: the driver's own text names neither.
fn describe(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

fn is_local(host: &Host) -> bool {
    match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => {
            name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        }
    }
}

/// Takes one parameter out of a URL's query.
fn take_parameter(url: &str, name: &str) -> (String, Option<String>) {
    let Some((before, query)) = url.split_once('?') else {
        return (url.to_owned(), None);
    };
    let mut value = None;
    let kept: Vec<&str> = query
        .split('&')
        .filter(|part| match part.split_once('=') {
            Some((key, found)) if key == name => {
                value = Some(found.to_owned());
                false
            }
            _ => true,
        })
        .collect();
    let url = if kept.is_empty() { before.to_owned() } else { format!("{before}?{}", kept.join("&")) };
    (url, value)
}

/// A thread's connection and the runtime that drives it.
pub(super) struct Session {
    address: Address,
    runtime: Arc<Runtime>,
    conn: Option<Conn>,
}

impl Session {
    /// A session that connects when it is first needed.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when no runtime can be made.
    pub(super) fn new(address: Address) -> Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build().map_err(Error::unavailable)?;
        Ok(Self { address, runtime: Arc::new(runtime), conn: None })
    }

    /// The connection, opened if there is none.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the server cannot be reached.
    pub(super) fn conn(&mut self) -> Result<&mut Conn> {
        if self.conn.is_none() {
            let connection = self.runtime.block_on(self.address.connect())?;
            let mut conn = Conn::Pg(PgConn::wrap(&self.runtime, connection));
            conn.batch_execute("SET TIME ZONE 'UTC'; SET client_min_messages = warning")?;
            self.conn = Some(conn);
        }
        self.conn.as_mut().ok_or_else(|| Error::internal("no connection after one was opened"))
    }

    fn run(&mut self, job: &mut dyn Job) -> Result<()> {
        let mut tries = 0;
        loop {
            let (outcome, remedy) = self.run_once(job);
            if remedy == Remedy::Reconnect || self.conn.as_mut().is_some_and(|conn| depth(conn) != Some(0)) {
                self.conn = None;
            }
            if remedy == Remedy::None || tries == RETRIES {
                return outcome;
            }
            if remedy == Remedy::RunAgain {
                // The winner may not have committed yet, and would win again.
                std::thread::sleep(PAUSE.saturating_mul(1 << tries));
            }
            tries += 1;
        }
    }

    /// Looks at some users, after a job that worked or not: a connection that is broken is given up here too.
    fn sample(&mut self, sampling: &mut Sampling) {
        let gone_on = self.conn.as_mut().map(|conn| sampling.go_on(conn));
        if matches!(gone_on, Some(Err(_))) || self.conn.as_mut().is_some_and(|conn| depth(conn) != Some(0)) {
            self.conn = None;
        }
    }

    /// Runs a job's transaction once: how it ended, and whether running it again can help.
    fn run_once(&mut self, job: &mut dyn Job) -> (Result<()>, Remedy) {
        let conn = match self.conn() {
            Ok(conn) => conn,
            Err(error) => return (Err(error), Remedy::None),
        };
        if job.kind() == Kind::Single {
            return (Ok(()), job.run(conn).err().unwrap_or(Remedy::None));
        }
        if let Err(error) = begin_as(conn, job.kind()) {
            // Nothing was sent but the beginning, so another connection may try.
            let remedy = if error.remedy() == Remedy::None { Remedy::None } else { Remedy::Reconnect };
            return (Err(error), remedy);
        }
        match job.run(conn) {
            Ok(()) => match commit(conn) {
                Ok(()) => (Ok(()), Remedy::None),
                Err(error) => {
                    let error = Error::from(error);
                    // A serialization failure at COMMIT is a certain "no"; anything else is an unknown outcome.
                    let remedy = if error.remedy() == Remedy::RunAgain { Remedy::RunAgain } else { Remedy::None };
                    (Err(error), remedy)
                }
            },
            Err(remedy) => {
                // When the rollback fails the depth tells, and the connection is given up.
                let _shows_in_depth = rollback(conn);
                (Ok(()), remedy)
            }
        }
    }
}

fn begin_as(conn: &mut Conn, kind: Kind) -> Result<()> {
    begin(conn)?;
    match kind {
        Kind::Write | Kind::Single => Ok(()),
        Kind::Snapshot | Kind::Few => {
            conn.batch_execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY").map_err(Error::from)
        }
        Kind::Scan => conn
            .batch_execute(&format!(
                "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = {SCAN_TIMEOUT}"
            ))
            .map_err(Error::from),
    }
}

/// A worker thread: takes jobs until it is told to stop. One that `samples` also sees to what searches go by.
pub(super) fn work(mut session: Session, queue: &Receiver<Message>, samples: bool) {
    let mut sampling = Sampling::default();
    let mut since_sample = SAMPLE_JOBS;
    while let Ok(Message::Job(mut job)) = queue.recv() {
        let writes = job.kind() == Kind::Write;
        let outcome = session.run(job.as_mut());
        job.settle(outcome);
        since_sample = since_sample.saturating_add(usize::from(writes));
        if samples && writes && (since_sample >= SAMPLE_JOBS || sampling.is_running()) {
            since_sample = 0;
            session.sample(&mut sampling);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remote_host_is_reached_through_tls_unless_said() {
        let mode = |url: &str| Address::parse(url).map(|address| address.config.get_ssl_mode());
        assert_eq!(mode("postgres://a@db.example/x").unwrap(), SslMode::Require);
        assert_eq!(mode("postgres://a@db.example/x?sslmode=disable").unwrap(), SslMode::Disable);
        assert_eq!(mode("postgres://a@localhost/x").unwrap(), SslMode::Disable);
        assert_eq!(mode("postgres://a@127.0.0.1/x?sslmode=require").unwrap(), SslMode::Require);
        assert_eq!(mode("postgres://a@db.example/x?sslmode=prefer").unwrap(), SslMode::Prefer);
        assert!(mode("postgres://a@localhost/x?sslmode=perhaps").is_err());
    }

    #[test]
    fn a_path_in_the_url_is_decoded() {
        assert_eq!(decoded("/a%20b/%c3%a9.pem").unwrap(), PathBuf::from("/a b/é.pem"));
        assert!(decoded("/a%2").is_err());
        assert!(decoded("/a%ff").is_err());
    }

    #[test]
    fn parameters_are_taken_out_of_the_url() {
        let taken = take_parameter("postgres://h/x?a=1&sslmode=require&b=2", "sslmode");
        assert_eq!(taken, ("postgres://h/x?a=1&b=2".to_owned(), Some("require".to_owned())));
        assert_eq!(take_parameter("postgres://h/x?sslmode=require", "sslmode").0, "postgres://h/x");
    }
}
