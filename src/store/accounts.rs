//! The columns of `users` that make an account of a user, and `user_restriction`: what holds an account back. Rows only:
//! what status they come to is decided above.

use diesel::prelude::*;
use serde_json::{Map, Value};

use super::conn::directly;
use super::login_ids;
use super::schema::{domain, password, user_restriction, users};
use super::tx::Tx;
use super::types::Document;
use crate::clock::Instant;
use crate::error::Result;
use crate::ids::{ConnectionId, TenantId, UserId};

/// The account of a user.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = users)]
pub struct Account {
    /// The user.
    pub id: UserId,
    /// The number that index rows use.
    pub seq: i64,
    /// The tenant.
    pub tenant_id: TenantId,
    /// The name, as it was sent.
    pub user_name: String,
    /// What SCIM shows as `active`.
    pub active: Option<bool>,
    /// Where the user comes from: LOCAL, OIDC, SAML, SCIM or LDAP.
    pub identity_source: String,
    /// The connection that created the user.
    pub created_by: Option<ConnectionId>,
    /// The account's own e-mail.
    pub email: Option<String>,
    /// Whether the user proved that it is theirs.
    pub email_verified: bool,
    /// Where notices go while a new address is not confirmed.
    pub verified_email: Option<String>,
    /// The status, as it was when the row was last written.
    pub status: String,
    /// When that ends by itself ...
    pub status_until: Option<Instant>,
    /// ... and what it is then.
    pub status_after: Option<String>,
    /// `done`, `invited`, `unverified` or `approval`.
    pub activation: String,
    /// What the provisioner last wrote as `active`, unless an administrator overruled it since.
    pub source_active: bool,
    /// Rises when everything that was issued to the user must end.
    pub epoch: i64,
    /// Rises when the user's own grants change.
    pub grants_version: i64,
    /// Whether the user has a second factor.
    pub mfa_enabled: bool,
    /// How strong the strongest of them is.
    pub strongest_factor: i32,
    /// When the user last signed in.
    pub last_login: Option<Instant>,
}

impl Account {
    /// The status as it is now: one that ends by itself does so without anybody writing it.
    pub fn status_at(&self, now: Instant) -> &str {
        match (&self.status_after, self.status_until) {
            (Some(after), Some(until)) if until <= now => after,
            _ => &self.status,
        }
    }
}

/// What holds an account back.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = user_restriction, primary_key(user_id), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Restriction {
    /// The user.
    pub user_id: UserId,
    /// Whether an administrator suspended it.
    pub suspended: bool,
    /// Until when; `None` is without end.
    pub suspended_until: Option<Instant>,
    /// When it was deactivated for good.
    pub deactivated: Option<Instant>,
    /// Whether it is locked until somebody unlocks it.
    pub locked: bool,
    /// Until when it is locked by itself.
    pub locked_until: Option<Instant>,
    /// Why, in the words of whoever did it.
    pub reason: Option<String>,
    /// The kind of actor who did it.
    pub by_kind: Option<String>,
    /// Which one.
    pub by_id: Option<String>,
    /// An e-mail that a provisioner wrote and that was not taken over.
    pub parked_email: Option<String>,
}

impl Restriction {
    /// Nothing holds the account back.
    pub fn none(user: UserId) -> Self {
        Self {
            user_id: user,
            suspended: false,
            suspended_until: None,
            deactivated: None,
            locked: false,
            locked_until: None,
            reason: None,
            by_kind: None,
            by_id: None,
            parked_email: None,
        }
    }
}

/// What the status of an account is written as.
#[derive(Clone, Debug, PartialEq, Eq, AsChangeset)]
#[diesel(table_name = users, treat_none_as_null = true)]
pub struct Standing {
    /// The status now.
    pub status: String,
    /// When it ends by itself ...
    pub status_until: Option<Instant>,
    /// ... and what it is then.
    pub status_after: Option<String>,
    /// `done`, `invited`, `unverified` or `approval`.
    pub activation: String,
    /// What the provisioner last wrote as `active`, unless overruled.
    pub source_active: bool,
    /// What SCIM shows as `active`.
    pub active: Option<bool>,
}

/// The account's own e-mail, as it is written.
#[derive(Clone, Debug, PartialEq, Eq, AsChangeset)]
#[diesel(table_name = users, treat_none_as_null = true)]
pub struct Address {
    /// The e-mail.
    pub email: Option<String>,
    /// Whether the user proved that it is theirs.
    pub email_verified: bool,
    /// Where notices go while it is not confirmed.
    pub verified_email: Option<String>,
}

/// The account of a living user.
///
/// # Errors
/// When the database cannot be asked.
pub fn find(tx: &mut Tx<'_>, tenant: TenantId, user: UserId) -> Result<Option<Account>> {
    let account =
        users::table.filter(users::id.eq(user).and(users::tenant_id.eq(tenant)).and(users::deleted.is_null()));
    Ok(directly!(tx.conn, inner => account.select(Account::as_select()).get_result(inner)).optional()?)
}

/// Writes the status of an account.
///
/// # Errors
/// When the database cannot be asked.
pub fn set_standing(tx: &mut Tx<'_>, user: UserId, standing: &Standing) -> Result<()> {
    diesel::update(users::table.filter(users::id.eq(user))).set(standing).execute(tx.conn)?;
    Ok(())
}

/// Gives a user a new version: what clients see of it changed.
///
/// # Errors
/// When the database cannot be asked.
pub fn touch(tx: &mut Tx<'_>, id: UserId, now: Instant) -> Result<()> {
    diesel::update(users::table.filter(users::id.eq(id)))
        .set((users::version.eq(users::version + 1), users::modified.eq(now)))
        .execute(tx.conn)?;
    Ok(())
}

/// Writes the account's own e-mail.
///
/// # Errors
/// When the database cannot be asked.
pub fn set_address(tx: &mut Tx<'_>, user: UserId, address: &Address) -> Result<()> {
    diesel::update(users::table.filter(users::id.eq(user))).set(address).execute(tx.conn)?;
    Ok(())
}

/// Notes that the present e-mail of an account is proven to be its user's.
///
/// # Errors
/// When the database cannot be asked.
pub fn prove_address(tx: &mut Tx<'_>, tenant: TenantId, user: UserId) -> Result<()> {
    let email = find(tx, tenant, user)?.and_then(|account| account.email);
    let address = Address { verified_email: email.clone(), email_verified: email.is_some(), email };
    set_address(tx, user, &address)?;
    login_ids::set_verified(tx, user, login_ids::Kind::Email, true)
}

/// The document of a user; an empty one of nobody.
///
/// # Errors
/// When the database cannot be asked.
pub fn document(tx: &mut Tx<'_>, user: UserId) -> Result<Map<String, Value>> {
    let row = users::table.filter(users::id.eq(user)).select(users::doc);
    let found: Option<Document> = row.get_result(tx.conn).optional()?;
    Ok(found
        .and_then(|Document(value)| if let Value::Object(members) = value { Some(members) } else { None })
        .unwrap_or_default())
}

/// Ends everything that was issued to a user: sessions, tokens, links and devices carry the epoch of their day.
///
/// # Errors
/// When the database cannot be asked.
pub fn raise_epoch(tx: &mut Tx<'_>, user: UserId) -> Result<()> {
    diesel::update(users::table.filter(users::id.eq(user))).set(users::epoch.eq(users::epoch + 1)).execute(tx.conn)?;
    Ok(())
}

/// Notes that a user signed in.
///
/// # Errors
/// When the database cannot be asked.
pub fn note_login(tx: &mut Tx<'_>, user: UserId, now: Instant) -> Result<()> {
    diesel::update(users::table.filter(users::id.eq(user))).set(users::last_login.eq(Some(now))).execute(tx.conn)?;
    Ok(())
}

/// What holds an account back, if anything does.
///
/// # Errors
/// When the database cannot be asked.
pub fn restriction(tx: &mut Tx<'_>, user: UserId) -> Result<Option<Restriction>> {
    let row = user_restriction::table.filter(user_restriction::user_id.eq(user));
    Ok(directly!(tx.conn, inner => row.select(Restriction::as_select()).get_result(inner)).optional()?)
}

/// Writes what holds an account back. The caller holds the user's lock.
///
/// # Errors
/// When the database cannot be asked.
pub fn set_restriction(tx: &mut Tx<'_>, restriction: &Restriction) -> Result<()> {
    let of_user = user_restriction::table.filter(user_restriction::user_id.eq(restriction.user_id));
    if diesel::update(of_user).set(restriction).execute(tx.conn)? == 0 {
        diesel::insert_into(user_restriction::table).values(restriction).execute(tx.conn)?;
    }
    Ok(())
}

/// Forgets what held an account back.
///
/// # Errors
/// When the database cannot be asked.
pub fn delete_restriction(tx: &mut Tx<'_>, user: UserId) -> Result<()> {
    diesel::delete(user_restriction::table.filter(user_restriction::user_id.eq(user))).execute(tx.conn)?;
    Ok(())
}

/// Up to `limit` living users whose status has ended by itself and is still written as it was.
///
/// # Errors
/// When the database cannot be asked.
pub fn due(tx: &mut Tx<'_>, now: Instant, limit: i64) -> Result<Vec<(TenantId, UserId)>> {
    Ok(users::table
        .filter(users::deleted.is_null().and(users::status_until.is_not_null()).and(users::status_until.le(now)))
        .order(users::status_until)
        .limit(limit)
        .select((users::tenant_id, users::id))
        .load(tx.conn)?)
}

/// Whether a user has a password of our own, not one that a connection syncs.
///
/// # Errors
/// When the database cannot be asked.
pub fn has_local_password(tx: &mut Tx<'_>, user: UserId) -> Result<bool> {
    let own = password::table.filter(password::user_id.eq(user).and(password::synced.eq(false)));
    Ok(own.select(password::user_id).get_result::<UserId>(tx.conn).optional()?.is_some())
}

/// Whether a tenant proved that a domain is its own.
///
/// # Errors
/// When the database cannot be asked.
pub fn has_domain(tx: &mut Tx<'_>, tenant: TenantId, name: &str) -> Result<bool> {
    let own = domain::table.filter(domain::tenant_id.eq(tenant).and(domain::name.eq(name)));
    let verified = own.filter(domain::verified.is_not_null()).select(domain::tenant_id);
    Ok(verified.get_result::<TenantId>(tx.conn).optional()?.is_some())
}
