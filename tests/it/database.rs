//! Databases of the tests' own: made for one server, gone with it.

use std::path::{Path, PathBuf};

use diesel::connection::SimpleConnection as _;
use diesel::sqlite::SqliteConnection;
use diesel::{Connection as _, RunQueryDsl as _};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio_postgres::{NoTls, SimpleQueryMessage};

/// Names a server where databases can be made.
const POSTGRES: &str = "ROLLCALL_TEST_POSTGRES_URL";

/// A kind of store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

impl Kind {
    /// The kinds that are there.
    pub(crate) fn all() -> Vec<Self> {
        let postgres = std::env::var_os(POSTGRES).map(|_| Self::Postgres);
        std::iter::once(Self::Sqlite).chain(postgres).collect()
    }
}

#[derive(diesel::QueryableByName)]
struct Number {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    number: i64,
}

/// An empty database.
pub(crate) enum Database {
    Sqlite(TempDir),
    Postgres { server: String, name: String },
}

impl Database {
    pub(crate) fn new(kind: Kind) -> Self {
        match kind {
            Kind::Sqlite => Self::Sqlite(tempfile::tempdir().unwrap()),
            Kind::Postgres => {
                let server = std::env::var(POSTGRES).unwrap();
                let unique = tempfile::tempdir().unwrap();
                let unique = unique.path().file_name().unwrap().to_str().unwrap().replace('.', "");
                let name = format!("it_{}_{unique}", std::process::id());
                query(&server, &format!("CREATE DATABASE \"{name}\""));
                Self::Postgres { server, name }
            }
        }
    }

    /// Its URL, as the settings take it.
    pub(crate) fn url(&self) -> String {
        match self {
            Self::Sqlite(place) => format!("sqlite:{}", file(place.path()).display()),
            Self::Postgres { server, name } => {
                let (server, query) = server.split_once('?').unwrap_or((server, ""));
                let (authority, _) = server.rsplit_once('/').unwrap();
                format!("{authority}/{name}{}{query}", if query.is_empty() { "" } else { "?" })
            }
        }
    }

    /// Runs a statement beside whatever uses the database.
    pub(crate) fn execute(&self, statement: &str) {
        match self {
            Self::Sqlite(place) => {
                patient(place.path()).batch_execute(statement).unwrap();
            }
            Self::Postgres { .. } => {
                query(&self.url(), statement);
            }
        }
    }

    /// The number that a statement gives.
    pub(crate) fn number(&self, statement: &str) -> i64 {
        match self {
            Self::Sqlite(place) => {
                let number = diesel::sql_query(format!("SELECT ({statement}) AS number"));
                number.get_result::<Number>(&mut patient(place.path())).unwrap().number
            }
            Self::Postgres { .. } => query(&self.url(), statement).remove(0).parse().unwrap(),
        }
    }

    /// Whether bytes stand anywhere in the database as they are.
    pub(crate) fn holds_bytes(&self, bytes: &[u8]) -> bool {
        match self {
            Self::Sqlite(place) => holds(place.path(), bytes),
            Self::Postgres { .. } => self.holds(&bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>()),
        }
    }

    /// Whether a text stands anywhere in the database, in whatever table.
    pub(crate) fn holds(&self, text: &str) -> bool {
        match self {
            Self::Sqlite(place) => holds(place.path(), text.as_bytes()),
            Self::Postgres { .. } => {
                let tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'";
                let of = |table: String| query(&self.url(), &format!("SELECT t::text FROM \"{table}\" t"));
                query(&self.url(), tables).into_iter().flat_map(of).any(|row| row.contains(text))
            }
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Self::Postgres { server, name } = self {
            query(server, &format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)"));
        }
    }
}

/// Whether bytes stand in the files of a SQLite database.
fn holds(place: &Path, wanted: &[u8]) -> bool {
    let database = file(place);
    let log = database.with_extension("db-wal");
    [database, log].iter().any(|path| {
        let bytes = std::fs::read(path).unwrap_or_default();
        bytes.windows(wanted.len()).any(|window| window == wanted)
    })
}

/// A connection that waits while the server writes.
fn patient(place: &Path) -> SqliteConnection {
    let mut conn = SqliteConnection::establish(&file(place).display().to_string()).unwrap();
    conn.batch_execute("PRAGMA busy_timeout = 30000").unwrap();
    conn
}

fn file(place: &Path) -> PathBuf {
    place.join("it.db")
}

/// The first column of what a statement gives.
fn query(url: &str, statement: &str) -> Vec<String> {
    runtime().block_on(async {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
        let connection = tokio::spawn(connection);
        let rows = client.simple_query(statement).await.unwrap();
        drop(client);
        connection.await.unwrap().unwrap();
        let first = |message| match message {
            SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        };
        rows.into_iter().filter_map(first).collect()
    })
}

/// A runtime for what is asked in between.
pub(crate) fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}
