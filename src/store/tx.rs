//! The transaction that services are handed: opaque to them, a connection only to the store's own modules.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

use super::conn::Conn;
use super::seams;
use crate::error::{Error, Remedy, Result, Unavailable};
use crate::ids::{GroupId, ResourceId, TenantId, UserId};

/// An open transaction. Services pass it on to store functions; only those can ask it anything.
pub struct Tx<'conn> {
    pub(in crate::store) conn: &'conn mut Conn,
}

/// What a rule that reads more than the row it writes must lock first, in this order.
#[derive(Clone, Copy, Debug)]
pub enum Lock {
    /// A tenant that is near a limit: whoever adds to it waits.
    Tenant(TenantId),
    /// A user, if there is one: its row, so that whatever else writes to it waits too.
    User(UserId),
    /// A group and its member list, likewise.
    Group(GroupId),
    /// A resource of a custom type, likewise.
    Resource(ResourceId),
    /// The installation's row, and with it which master key seals.
    Installation,
    /// The names of the local groups of a tenant.
    LocalGroups(TenantId),
    /// The org units of a tenant: who moves one sees them as they are.
    Units(TenantId),
    /// The nesting of groups of a tenant: taken, last, before a group becomes a member of one.
    Membership(TenantId),
    /// Who owns the platform: taken, last of all, before it is asked whether an owner is left.
    Owners,
    /// What is counted under a number: nothing else is waited for by whoever has it, unless the number is of a user whose
    /// lock is held.
    Count(i64),
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
        seams::lock(self.conn, lock).map_err(Error::from)
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
