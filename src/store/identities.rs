//! The `identity` table: who claims a user. The SCIM link of a user and a connection is one of its rows.

use diesel::prelude::*;

use super::conn::directly;
use super::schema::identity;
use super::tx::Tx;
use crate::clock::Instant;
use crate::error::Result;
use crate::ids::{ConnectionId, IdentityId, UserId};

/// The protocol of SCIM links.
pub const SCIM: &str = "SCIM";

/// One claim.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = identity, treat_none_as_default_value = false)]
pub struct Identity {
    /// Its id.
    pub id: IdentityId,
    /// The user.
    pub user_id: UserId,
    /// OIDC, SAML, SCIM or LDAP.
    pub protocol: String,
    /// The connection of a SCIM link.
    pub connection_id: Option<ConnectionId>,
    /// What the other side calls the user; a SCIM link's `externalId`.
    pub subject: Option<String>,
    /// Whether the user is hidden from the connection.
    pub hidden: bool,
    /// When it was made.
    pub first_seen: Instant,
    /// When the other side last wrote.
    pub last_seen: Instant,
}

/// Adds a claim.
///
/// # Errors
/// When the database cannot be asked.
pub fn insert(tx: &mut Tx<'_>, new: &Identity) -> Result<()> {
    directly!(tx.conn, inner => diesel::insert_into(identity::table).values(new).execute(inner))?;
    Ok(())
}

/// Writes the `externalId` of a link.
///
/// # Errors
/// When the database cannot be asked.
pub fn set_subject(
    tx: &mut Tx<'_>,
    user: UserId,
    connection: ConnectionId,
    subject: Option<&str>,
    now: Instant,
) -> Result<()> {
    diesel::update(identity::table.filter(identity::user_id.eq(user).and(identity::connection_id.eq(connection))))
        .set((identity::subject.eq(subject), identity::last_seen.eq(now)))
        .execute(tx.conn)?;
    Ok(())
}

/// Hides a user from a connection: it claims the user no more and sees it no more.
///
/// # Errors
/// When the database cannot be asked.
pub fn hide(tx: &mut Tx<'_>, user: UserId, connection: ConnectionId, now: Instant) -> Result<()> {
    diesel::update(identity::table.filter(identity::user_id.eq(user).and(identity::connection_id.eq(connection))))
        .set((identity::hidden.eq(true), identity::subject.eq(None::<String>), identity::last_seen.eq(now)))
        .execute(tx.conn)?;
    Ok(())
}

/// Every claim on a user, but those that only hide it.
///
/// # Errors
/// When the database cannot be asked.
pub fn of(tx: &mut Tx<'_>, user: UserId) -> Result<Vec<Identity>> {
    Ok(identity::table
        .filter(identity::user_id.eq(user).and(identity::hidden.eq(false)))
        .select(Identity::as_select())
        .load(tx.conn)?)
}

/// Which of these users anybody claims.
///
/// # Errors
/// When the database cannot be asked.
pub fn claimed(tx: &mut Tx<'_>, users: &[UserId]) -> Result<Vec<UserId>> {
    let mut claimed = Vec::new();
    for some in users.chunks(super::members::CHUNK) {
        claimed.extend(
            identity::table
                .filter(identity::user_id.eq_any(some.to_vec()).and(identity::hidden.eq(false)))
                .select(identity::user_id)
                .load::<UserId>(tx.conn)?,
        );
    }
    Ok(claimed)
}

/// Removes every claim on a user.
///
/// # Errors
/// When the database cannot be asked.
pub fn delete_all(tx: &mut Tx<'_>, user: UserId) -> Result<()> {
    diesel::delete(identity::table.filter(identity::user_id.eq(user))).execute(tx.conn)?;
    Ok(())
}
