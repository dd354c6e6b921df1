//! The transaction that services are handed: opaque to them, a connection only to the store's own modules.

use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel::sql_types::BigInt;

use super::conn::Conn;
use crate::error::{Error, Remedy, Result, Unavailable};
use crate::ids::{GroupId, TenantId, UserId};

/// An open transaction. Services pass it on to store functions; only those can ask it anything.
pub struct Tx<'conn> {
    pub(in crate::store) conn: &'conn mut Conn,
}

/// What a rule that reads more than the row it writes must lock first, in this order.
#[derive(Clone, Copy, Debug)]
pub enum Lock {
    /// A user.
    User(UserId),
    /// A group and its member list.
    Group(GroupId),
    /// The nesting of groups of a tenant: taken, last, before a group becomes a member of one.
    Membership(TenantId),
}

impl Lock {
    /// The key of PostgreSQL's advisory lock. Two things may share one: they then wait for each other, nothing more.
    fn key(self) -> i64 {
        let (class, uuid) = match self {
            Self::User(id) => (1_u64, id.uuid()),
            Self::Group(id) => (2, id.uuid()),
            Self::Membership(id) => (3, id.uuid()),
        };
        let (_, random) = uuid.as_u64_pair();
        i64::from_ne_bytes(random.rotate_left(2).wrapping_add(class).to_ne_bytes())
    }
}

impl<'conn> Tx<'conn> {
    pub(super) fn new(conn: &'conn mut Conn) -> Self {
        Self { conn }
    }

    /// Waits until no other transaction holds the lock, and keeps it until this one ends. SQLite's one writer needs
    /// none.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub fn lock(&mut self, lock: Lock) -> Result<()> {
        match self.conn {
            Conn::Sqlite(_) => Ok(()),
            Conn::Pg(pg) => diesel::sql_query("SELECT pg_advisory_xact_lock($1)")
                .bind::<BigInt, _>(lock.key())
                .execute(pg)
                .map(|_| ())
                .map_err(Error::from),
        }
    }
}

impl From<DieselError> for Error {
    fn from(error: DieselError) -> Self {
        let cause = error.to_string();
        let remedy = match &error {
            DieselError::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => Remedy::RunAgain,
            // The driver has no kind of its own for a deadlock.
            DieselError::DatabaseError(DatabaseErrorKind::Unknown, information)
                if information.message().contains("deadlock detected") =>
            {
                Remedy::RunAgain
            }
            DieselError::DatabaseError(
                DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand,
                _,
            )
            | DieselError::BrokenTransactionManager => Remedy::Reconnect,
            // The server was told to stop while this ran.
            DieselError::DatabaseError(DatabaseErrorKind::Unknown, information)
                if information.message().contains("terminating connection") =>
            {
                Remedy::Reconnect
            }
            DieselError::DatabaseError(DatabaseErrorKind::Unknown, information)
                if information.message().contains("database is locked") =>
            {
                Remedy::None
            }
            DieselError::DatabaseError(DatabaseErrorKind::Unknown, information)
                if information.message().contains("statement timeout") =>
            {
                return Self::TooMany("the search takes too long: narrow the filter".to_owned());
            }
            _ => return Self::Internal(cause),
        };
        Self::Unavailable(Unavailable { cause, remedy })
    }
}

/// Whether an insert or update failed because a value that must be unique is in use.
pub(super) fn is_taken(error: &DieselError) -> bool {
    matches!(error, DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _))
}
