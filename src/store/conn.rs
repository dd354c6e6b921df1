//! One connection type for both stores: SQLite, and PostgreSQL through diesel-async's pure-Rust driver.
//!
//! Every query is written once, as plain Diesel, against [`Conn`]. What the two engines do not share lives in `seams`.

use std::any::Any;
use std::cell::RefCell;
use std::sync::Arc;

use diesel::connection::{
    CacheSize, ConnectionSealed, Instrumentation, LoadConnection, SimpleConnection, TransactionManager,
    TransactionManagerStatus,
};
use diesel::internal::derives::multiconnection::MultiConnectionHelper;
use diesel::pg::{Pg, PgMetadataLookup, PgTypeMetadata};
use diesel::prelude::*;
use diesel::query_builder::{Query, QueryFragment, QueryId};
use diesel_async::AsyncPgConnection;
use diesel_async::async_connection_wrapper::{AsyncConnectionWrapper, BlockOn};
use tokio::runtime::Runtime;

pub(super) use multi::{Conn, MultiBackend};

thread_local! {
    /// The runtime that drives this thread's PostgreSQL connection, whose background task lives in it.
    static RUNTIME: RefCell<Option<Arc<Runtime>>> = const { RefCell::new(None) };
}

/// Waits on the runtime of the thread that opened the connection.
pub struct ThreadRuntime(Option<Arc<Runtime>>);

impl BlockOn for ThreadRuntime {
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        match &self.0 {
            Some(runtime) => runtime.block_on(future),
            // Not reached: a connection is only wrapped after its thread's runtime was set.
            None => futures_executor::block_on(future),
        }
    }

    fn get_runtime() -> Self {
        Self(RUNTIME.with_borrow(Clone::clone))
    }
}

type Inner = AsyncConnectionWrapper<AsyncPgConnection, ThreadRuntime>;

/// A PostgreSQL connection, owned by the thread that opened it.
pub struct PgConn {
    inner: Inner,
    /// Whether a statement of the open transaction failed. The server then does nothing more in it, and answers its
    /// COMMIT with a rollback that looks like a success.
    failed: bool,
}

impl PgConn {
    /// Wraps a connection that was opened on `runtime`, which this thread owns.
    pub fn wrap(runtime: &Arc<Runtime>, connection: AsyncPgConnection) -> Self {
        RUNTIME.set(Some(Arc::clone(runtime)));
        Self { inner: Inner::from(connection), failed: false }
    }

    fn note<R>(failed: &mut bool, result: QueryResult<R>) -> QueryResult<R> {
        *failed |= result.is_err();
        result
    }
}

/// PostgreSQL's own types need no look-up by name here.
pub(super) struct NoLookup;

impl PgMetadataLookup for NoLookup {
    fn lookup_type(&mut self, _name: &str, _schema: Option<&str>) -> PgTypeMetadata {
        PgTypeMetadata::new(0, 0)
    }
}

impl ConnectionSealed for PgConn {}

impl SimpleConnection for PgConn {
    fn batch_execute(&mut self, query: &str) -> QueryResult<()> {
        Self::note(&mut self.failed, self.inner.batch_execute(query))
    }
}

/// Passes transactions on to the wrapped connection, but refuses to commit one in which a statement failed.
pub struct PgTransactions;

type InnerTransactions = <Inner as Connection>::TransactionManager;

impl TransactionManager<PgConn> for PgTransactions {
    type TransactionStateData = <InnerTransactions as TransactionManager<Inner>>::TransactionStateData;

    fn begin_transaction(conn: &mut PgConn) -> QueryResult<()> {
        let depth = Self::transaction_manager_status_mut(conn).transaction_depth();
        if matches!(depth, Ok(None)) {
            // What failed before, outside of any transaction, is over.
            conn.failed = false;
        }
        InnerTransactions::begin_transaction(&mut conn.inner)
    }

    fn rollback_transaction(conn: &mut PgConn) -> QueryResult<()> {
        conn.failed = false;
        InnerTransactions::rollback_transaction(&mut conn.inner)
    }

    fn commit_transaction(conn: &mut PgConn) -> QueryResult<()> {
        if conn.failed {
            Self::rollback_transaction(conn)?;
            let text = "a statement of the transaction had failed, and the work went on";
            return Err(diesel::result::Error::QueryBuilderError(text.into()));
        }
        InnerTransactions::commit_transaction(&mut conn.inner)
    }

    fn transaction_manager_status_mut(conn: &mut PgConn) -> &mut TransactionManagerStatus {
        InnerTransactions::transaction_manager_status_mut(&mut conn.inner)
    }
}

impl Connection for PgConn {
    type Backend = Pg;
    type TransactionManager = PgTransactions;

    fn establish(url: &str) -> ConnectionResult<Self> {
        Inner::establish(url).map(|inner| Self { inner, failed: false })
    }

    fn execute_returning_count<T>(&mut self, query: &T) -> QueryResult<usize>
    where
        T: QueryFragment<Pg> + QueryId,
    {
        Self::note(&mut self.failed, self.inner.execute_returning_count(query))
    }

    fn transaction_state(&mut self) -> &mut <PgTransactions as TransactionManager<Self>>::TransactionStateData {
        self.inner.transaction_state()
    }

    fn instrumentation(&mut self) -> &mut dyn Instrumentation {
        Connection::instrumentation(&mut self.inner)
    }

    fn set_instrumentation(&mut self, instrumentation: impl Instrumentation) {
        Connection::set_instrumentation(&mut self.inner, instrumentation);
    }

    fn set_prepared_statement_cache_size(&mut self, size: CacheSize) {
        Connection::set_prepared_statement_cache_size(&mut self.inner, size);
    }
}

impl LoadConnection for PgConn {
    type Cursor<'conn, 'query> = <Inner as LoadConnection>::Cursor<'conn, 'query>;
    type Row<'conn, 'query> = <Inner as LoadConnection>::Row<'conn, 'query>;

    fn load<'conn, 'query, T>(&'conn mut self, query: T) -> QueryResult<Self::Cursor<'conn, 'query>>
    where
        T: Query + QueryFragment<Pg> + QueryId + 'query,
        Pg: diesel::expression::QueryMetadata<T::SqlType>,
    {
        Self::note(&mut self.failed, self.inner.load(query))
    }
}

impl diesel::migration::MigrationConnection for PgConn {
    fn setup(&mut self) -> QueryResult<usize> {
        self.inner.setup()
    }
}

impl MultiConnectionHelper for PgConn {
    fn to_any<'a>(_lookup: &mut <Pg as diesel::sql_types::TypeMetadata>::MetadataLookup) -> &mut (dyn Any + 'a) {
        // The trait wants a mutable borrow of any length; a value without size costs nothing to leak.
        Box::leak(Box::new(NoLookup))
    }

    fn from_any(lookup: &mut dyn Any) -> Option<&mut (dyn PgMetadataLookup + 'static)> {
        lookup.downcast_mut::<NoLookup>().map(|lookup| lookup as _)
    }
}

/// Runs a statement on the engine's own connection. The union of both writes a statement's SQL anew at each use, which
/// costs more than a small statement itself; the engine's own finds its prepared form by the statement's type.
macro_rules! directly {
    ($conn:expr, $inner:ident => $statement:expr) => {
        match $conn {
            $crate::store::conn::Conn::Pg($inner) => $statement,
            $crate::store::conn::Conn::Sqlite($inner) => $statement,
        }
    };
}

pub(super) use directly;

mod multi {
    use super::PgConn;

    #[expect(clippy::large_enum_variant, reason = "a thread owns one connection, and it is not moved about")]
    #[derive(diesel::MultiConnection)]
    pub(in crate::store) enum Conn {
        Pg(PgConn),
        Sqlite(diesel::SqliteConnection),
    }
}
