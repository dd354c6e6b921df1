//! One piece of work for a store thread: run inside a transaction, perhaps more than once, answered only after its
//! commit held.

use std::panic::{AssertUnwindSafe, catch_unwind};

use diesel::connection::{AnsiTransactionManager, TransactionManager};
use diesel::prelude::*;
use tokio::sync::oneshot;

use super::conn::Conn;
use super::tx::Tx;
use crate::error::{Error, Remedy, Result};

/// How a job wants its transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Reads and writes.
    Write,
    /// Several reads of one snapshot.
    Snapshot,
    /// Several reads of one snapshot, each of a few rows that keys lead to.
    Few,
    /// One read: no transaction is needed.
    Single,
    /// A long read, bounded in time.
    Scan,
}

/// Work with its result and whoever waits for it.
pub(super) trait Job: Send {
    /// How it wants its transaction.
    fn kind(&self) -> Kind;
    /// Runs the work; keeps the result. Tells whether it ended in an error, and what the store may do about that.
    fn run(&mut self, conn: &mut Conn) -> std::result::Result<(), Remedy>;
    /// Answers whoever waits: with the result when the commit held, else with why it did not.
    fn settle(self: Box<Self>, commit: Result<()>);
}

struct Work<R, F> {
    kind: Kind,
    work: F,
    result: Option<Result<R>>,
    answer: oneshot::Sender<Result<R>>,
}

/// Makes a job and the receiver of its answer.
pub(super) fn job<R, F>(kind: Kind, work: F) -> (Box<dyn Job>, oneshot::Receiver<Result<R>>)
where
    R: Send + 'static,
    F: Fn(&mut Tx<'_>) -> Result<R> + Send + 'static,
{
    let (answer, receiver) = oneshot::channel();
    (Box::new(Work { kind, work, result: None, answer }), receiver)
}

impl<R: Send, F> Job for Work<R, F>
where
    F: Fn(&mut Tx<'_>) -> Result<R> + Send,
{
    fn kind(&self) -> Kind {
        self.kind
    }

    fn run(&mut self, conn: &mut Conn) -> std::result::Result<(), Remedy> {
        // Caught here, inside whatever transaction is open, so that the caller rolls it back like any error: a panic
        // that unwound through Diesel's transaction would leave its depth wrong, and later commits would not be any.
        let result = catch_unwind(AssertUnwindSafe(|| (self.work)(&mut Tx::new(conn)))).unwrap_or_else(|panic| {
            let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
            let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
            Err(Error::Internal(format!("a panic in a store job: {text}")))
        });
        let outcome = match &result {
            Ok(_) => Ok(()),
            Err(error) => Err(error.remedy()),
        };
        self.result = Some(result);
        outcome
    }

    fn settle(self: Box<Self>, commit: Result<()>) {
        let Self { work, result, answer: waiting, .. } = *self;
        // What the work holds is given back before whoever waits goes on with it.
        drop(work);
        let answer = match (result, commit) {
            // An error of the work itself says more than the commit that did not happen because of it.
            (Some(Err(error)), _) | (_, Err(error)) => Err(error),
            (Some(Ok(value)), Ok(())) => Ok(value),
            (None, Ok(())) => Err(Error::internal("a store job was not run")),
        };
        // Nobody waits any more when the client has gone; the work is done all the same.
        let _gone = waiting.send(answer);
    }
}

/// Begins a transaction, or a savepoint inside one.
pub(super) fn begin(conn: &mut Conn) -> QueryResult<()> {
    <Conn as Connection>::TransactionManager::begin_transaction(conn)
}

/// Commits what [`begin`] began.
pub(super) fn commit(conn: &mut Conn) -> QueryResult<()> {
    <Conn as Connection>::TransactionManager::commit_transaction(conn)
}

/// Rolls back what [`begin`] began.
pub(super) fn rollback(conn: &mut Conn) -> QueryResult<()> {
    <Conn as Connection>::TransactionManager::rollback_transaction(conn)
}

/// How deep the connection stands in transactions and savepoints; `None` when its state is broken.
pub(super) fn depth(conn: &mut Conn) -> Option<u32> {
    let status = match conn {
        Conn::Sqlite(sqlite) => AnsiTransactionManager::transaction_manager_status_mut(sqlite),
        Conn::Pg(pg) => super::conn::PgTransactions::transaction_manager_status_mut(pg),
    };
    status.transaction_depth().ok().map(|depth| depth.map_or(0, |depth| depth.get()))
}
