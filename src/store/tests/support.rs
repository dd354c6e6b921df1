//! A database of its own for each test, on each engine that is there, and work to give it.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;

use diesel::connection::SimpleConnection;
use tempfile::TempDir;
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::clock::Instant;
use crate::error::Result;
use crate::ids::TenantId;
use crate::store::conn::{Conn, PgConn};
use crate::store::job::{self, Kind};
use crate::store::postgres::{Address, Session};
use crate::store::tenants::{self, Tenant};
use crate::store::{Settings, Store, Tx};

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// An empty database of a test's own; gone when dropped.
pub(super) struct Place {
    pub(super) url: String,
    held: Held,
}

enum Held {
    Folder(TempDir),
    Database { admin: String, name: String },
}

/// An empty database on each engine that is there.
pub(super) fn places() -> Vec<Place> {
    let postgres = postgres_place();
    std::iter::once(sqlite_place()).chain(postgres).collect()
}

pub(super) fn sqlite_place() -> Place {
    let folder = tempfile::tempdir().unwrap();
    Place { url: format!("sqlite:{}", folder.path().join("test.db").display()), held: Held::Folder(folder) }
}

/// `None` when no server was named.
pub(super) fn postgres_place() -> Option<Place> {
    let admin = std::env::var("ROLLCALL_TEST_POSTGRES_URL").ok()?;
    let name = format!("store_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
    run_on_postgres(&admin, &format!("CREATE DATABASE {name}"));
    let (server, parameters) = admin.split_once('?').unwrap_or((&admin, ""));
    let (server, _) = server.rsplit_once('/').unwrap();
    Some(Place { url: format!("{server}/{name}?{parameters}"), held: Held::Database { admin, name } })
}

impl Place {
    pub(super) fn is_postgres(&self) -> bool {
        matches!(self.held, Held::Database { .. })
    }

    pub(super) fn settings(&self) -> Settings {
        // Three connections: one for short work, two for long reads.
        Settings { database_url: self.url.clone(), pg_pool: 3, create: true }
    }

    pub(super) fn open(&self) -> Store {
        Store::open(&self.settings()).unwrap()
    }

    /// The slugs of all tenants, as a connection that shares nothing with any store finds them.
    pub(super) fn slugs(&self) -> Vec<String> {
        let second = self.open();
        let found = wait(second.read_one(tenants::list)).unwrap();
        second.close();
        found.into_iter().map(|tenant| tenant.slug).collect()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        match &self.held {
            Held::Folder(_removed_with_it) => {}
            Held::Database { admin, name } => run_on_postgres(admin, &format!("DROP DATABASE {name} WITH (FORCE)")),
        }
    }
}

/// Runs statements on a connection of their own.
pub(super) fn run_on_postgres(url: &str, statements: &str) {
    on_postgres(url, |conn| conn.batch_execute(statements).unwrap());
}

pub(super) fn on_postgres<R>(url: &str, work: impl FnOnce(&mut PgConn) -> R) -> R {
    let mut session = Session::new(Address::parse(url).unwrap()).unwrap();
    let Conn::Pg(conn) = session.conn().unwrap() else { panic!("not PostgreSQL") };
    work(conn)
}

/// Waits for an answer on a thread that runs nothing else.
pub(super) fn wait<R>(answer: impl Future<Output = R>) -> R {
    futures_executor::block_on(answer)
}

/// Puts a write into its queue without waiting for it.
pub(super) fn send<R: Send + 'static>(
    store: &Store,
    work: impl Fn(&mut Tx<'_>) -> Result<R> + Send + 'static,
) -> Result<oneshot::Receiver<Result<R>>> {
    let (job, answer) = job::job(Kind::Write, work);
    store.lanes.send(job).map(|()| answer)
}

/// A write that adds a tenant, which every other connection can look for.
pub(super) fn adding(slug: &str) -> impl Fn(&mut Tx<'_>) -> Result<()> + Send + 'static {
    let (id, slug) = (Uuid::from_u128(u128::from(NUMBER.fetch_add(1, Ordering::Relaxed))), slug.to_owned());
    let tenant = Tenant::new(TenantId::from(id), slug, Instant::from_micros(0));
    move |tx| tenants::insert(tx, &tenant)
}

/// Keeps the only thread that writes busy until dropped; returns when it is.
pub(super) fn occupy(store: &Store) -> mpsc::SyncSender<()> {
    let ((began, wait_for_begin), (release, released)) = (mpsc::sync_channel(1), mpsc::sync_channel::<()>(0));
    let released = std::sync::Mutex::new(released);
    let busy = move |_: &mut Tx<'_>| {
        // Heard the first time only: a job may be run again.
        let _heard_once = began.send(());
        // Ends with an error when the other side is dropped.
        let _ended = released.lock().unwrap().recv();
        Ok(())
    };
    drop(send(store, busy).unwrap());
    wait_for_begin.recv().unwrap();
    release
}
