//! The `identity` table: who claims a user. The SCIM link of a user and a connection is one of its rows.

use diesel::dsl::{exists, not};
use diesel::prelude::*;

use super::conn::directly;
use super::schema::{identity, password, users};
use super::tx::{Tx, is_taken};
use crate::clock::Instant;
use crate::error::{Error, Result};
use crate::ids::{ConnectionId, IdentityId, ProviderId, TenantId, UserId};

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
    /// The provider of a federated identity.
    pub provider_id: Option<ProviderId>,
    /// Whether an administrator said it and the provider did not confirm it yet.
    pub asserted: bool,
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

/// Adds a federated identity.
///
/// # Errors
/// [`Error::Taken`] when the provider's subject is linked with a user already.
pub fn insert_federated(tx: &mut Tx<'_>, new: &Identity) -> Result<()> {
    match diesel::insert_into(identity::table).values(new).execute(tx.conn) {
        Ok(_) => Ok(()),
        Err(error) if is_taken(&error) => {
            Err(Error::Taken("this subject of the provider is linked with a user already".to_owned()))
        }
        Err(error) => Err(error.into()),
    }
}

/// Removes one claim on a user.
///
/// # Errors
/// When the database cannot be asked.
pub fn delete(tx: &mut Tx<'_>, user: UserId, id: IdentityId) -> Result<()> {
    diesel::delete(identity::table.filter(identity::id.eq(id).and(identity::user_id.eq(user)))).execute(tx.conn)?;
    Ok(())
}

/// Every claim on these users, but those that only hide them.
///
/// # Errors
/// When the database cannot be asked.
pub fn of_many(tx: &mut Tx<'_>, users: &[UserId]) -> Result<Vec<Identity>> {
    let mut found = Vec::new();
    for some in users.chunks(super::members::CHUNK) {
        let claims = identity::table.filter(identity::user_id.eq_any(some.to_vec()).and(identity::hidden.eq(false)));
        found.extend(claims.order(identity::first_seen).select(Identity::as_select()).load::<Identity>(tx.conn)?);
    }
    Ok(found)
}

/// Makes a user visible again to a connection that it is hidden from: the link that only hid it goes. False when it is not
/// hidden.
///
/// # Errors
/// When the database cannot be asked.
pub fn show(tx: &mut Tx<'_>, user: UserId, connection: ConnectionId) -> Result<bool> {
    let hiding = identity::table.filter(identity::user_id.eq(user).and(identity::connection_id.eq(connection)));
    Ok(diesel::delete(hiding.filter(identity::hidden)).execute(tx.conn)? > 0)
}

/// Whose recorded source and links may differ.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = users)]
pub struct Suspect {
    /// The number by which the next slice goes on.
    pub seq: i64,
    /// The user.
    pub id: UserId,
    /// Its tenant.
    pub tenant_id: TenantId,
    /// Its account's e-mail.
    pub email: Option<String>,
    /// Its name.
    pub user_name: String,
    /// The recorded source.
    pub identity_source: String,
}

/// Up to `limit` living users of a tenant after a number who have a link of another protocol than the recorded source,
/// or none of it.
///
/// # Errors
/// When the database cannot be asked.
pub fn suspects(tx: &mut Tx<'_>, tenant: TenantId, after: i64, limit: i64) -> Result<Vec<Suspect>> {
    let links = || identity::table.filter(identity::user_id.eq(users::id).and(identity::hidden.eq(false)));
    let other = exists(links().filter(identity::protocol.ne(users::identity_source)));
    let none = not(exists(links().filter(identity::protocol.eq(users::identity_source))));
    let suspicious = other.or(none.and(users::identity_source.ne("LOCAL")));
    Ok(users::table
        .filter(users::tenant_id.eq(tenant).and(users::deleted.is_null()).and(users::seq.gt(after)))
        .filter(suspicious)
        .order(users::seq)
        .limit(limit)
        .select(Suspect::as_select())
        .load(tx.conn)?)
}

/// One living user of a tenant, as [`suspects`] gives it.
///
/// # Errors
/// When the database cannot be asked.
pub fn suspect(tx: &mut Tx<'_>, tenant: TenantId, user: UserId) -> Result<Option<Suspect>> {
    let user = users::table.filter(users::id.eq(user).and(users::tenant_id.eq(tenant)).and(users::deleted.is_null()));
    Ok(user.select(Suspect::as_select()).get_result(tx.conn).optional()?)
}

/// The living ones of these users of a tenant, in no order, as [`suspects`] gives them.
///
/// # Errors
/// When the database cannot be asked.
pub fn chosen(tx: &mut Tx<'_>, tenant: TenantId, of: &[UserId]) -> Result<Vec<Suspect>> {
    let mut found = Vec::new();
    for some in of.chunks(super::members::CHUNK) {
        let living = users::table.filter(users::tenant_id.eq(tenant).and(users::deleted.is_null()));
        let named = living.filter(users::id.eq_any(some.to_vec()));
        found.extend(named.select(Suspect::as_select()).load::<Suspect>(tx.conn)?);
    }
    Ok(found)
}

/// Which of these users have a password that they chose here, and not one that a source wrote.
///
/// # Errors
/// When the database cannot be asked.
pub fn with_local_password(tx: &mut Tx<'_>, of: &[UserId]) -> Result<Vec<UserId>> {
    let mut found = Vec::new();
    for some in of.chunks(super::members::CHUNK) {
        let own = password::table.filter(password::user_id.eq_any(some.to_vec()).and(password::synced.eq(false)));
        found.extend(own.select(password::user_id).load::<UserId>(tx.conn)?);
    }
    Ok(found)
}

/// Records where a user comes from.
///
/// # Errors
/// When the database cannot be asked.
pub fn set_source(tx: &mut Tx<'_>, user: UserId, source: &str) -> Result<()> {
    diesel::update(users::table.filter(users::id.eq(user))).set(users::identity_source.eq(source)).execute(tx.conn)?;
    Ok(())
}
