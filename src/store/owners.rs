//! Who owns the platform, as the `role_grant` table says, and which of them are able to act.

use diesel::prelude::*;

use super::conn::{MultiBackend, directly};
use super::grants::Grant;
use super::schema::{passkey, password, role_grant, tenant, users};
use super::tx::Tx;
use crate::access::{Tier, role::PLATFORM_OWNER};
use crate::clock::Instant;
use crate::error::Result;
use crate::ids::{SubjectId, TenantId, UserId};

/// An owner.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Owner {
    /// The user.
    pub user: UserId,
    /// Their tenant.
    pub tenant: TenantId,
    /// Their user name.
    pub user_name: String,
    /// Their e-mail.
    pub email: Option<String>,
    /// Their status, as it is written.
    pub status: String,
    /// Since when they are one.
    pub since: Instant,
}

/// The grants that make owners.
fn grants() -> role_grant::BoxedQuery<'static, MultiBackend> {
    let platform = Tier::Platform.as_str();
    role_grant::table.filter(role_grant::role.eq(PLATFORM_OWNER).and(role_grant::scope_kind.eq(platform))).into_boxed()
}

/// The grant that makes a user an owner, when there is one.
///
/// # Errors
/// When the database cannot be asked.
pub fn grant_of(tx: &mut Tx<'_>, user: UserId) -> Result<Option<Grant>> {
    let subject = SubjectId::from(user.uuid());
    let grant = grants().filter(role_grant::subject_id.eq(subject)).select(Grant::as_select());
    Ok(grant.first(tx.conn).optional()?)
}

/// Which of these users are owners.
///
/// # Errors
/// When the database cannot be asked.
pub fn among(tx: &mut Tx<'_>, users: &[UserId]) -> Result<Vec<UserId>> {
    let owners: Vec<SubjectId> = grants().select(role_grant::subject_id).load(tx.conn)?;
    Ok(users.iter().copied().filter(|user| owners.contains(&SubjectId::from(user.uuid()))).collect())
}

/// Every owner who is not deleted, the first one first.
///
/// # Errors
/// When the database cannot be asked.
pub fn list(tx: &mut Tx<'_>) -> Result<Vec<Owner>> {
    let owners = role_grant::table
        .inner_join(users::table.on(users::id.eq(role_grant::subject_id)))
        .filter(role_grant::role.eq(PLATFORM_OWNER).and(role_grant::scope_kind.eq(Tier::Platform.as_str())))
        .filter(users::deleted.is_null())
        .order((role_grant::created, role_grant::id))
        .select((users::id, users::tenant_id, users::user_name, users::email, users::status, role_grant::created));
    Ok(directly!(tx.conn, inner => owners.load(inner))?)
}

/// The owners whom nothing holds back: active, in a tenant that is not suspended; with that tenant. A status that ends by
/// itself counts as it is written, so that nobody is taken for able who is not.
///
/// # Errors
/// When the database cannot be asked.
pub fn active(tx: &mut Tx<'_>) -> Result<Vec<(UserId, TenantId)>> {
    let active = role_grant::table
        .inner_join(users::table.on(users::id.eq(role_grant::subject_id)))
        .inner_join(tenant::table.on(tenant::id.eq(users::tenant_id)))
        .filter(role_grant::role.eq(PLATFORM_OWNER).and(role_grant::scope_kind.eq(Tier::Platform.as_str())))
        .filter(role_grant::expires.is_null())
        .filter(users::deleted.is_null().and(users::status.eq("ACTIVE")).and(tenant::suspended.eq(false)))
        .select((users::id, users::tenant_id));
    Ok(directly!(tx.conn, inner => active.load(inner))?)
}

/// Whether any of these users has a password that does not end by itself.
///
/// # Errors
/// When the database cannot be asked.
pub fn any_with_lasting_password(tx: &mut Tx<'_>, users: &[UserId]) -> Result<bool> {
    let lasting = password::table.filter(password::user_id.eq_any(users.to_vec()).and(password::expires.is_null()));
    Ok(lasting.select(password::user_id).first::<UserId>(tx.conn).optional()?.is_some())
}

/// Which of these users have a passkey.
///
/// # Errors
/// When the database cannot be asked.
pub fn with_passkeys(tx: &mut Tx<'_>, users: &[UserId]) -> Result<Vec<UserId>> {
    let having = passkey::table.filter(passkey::user_id.eq_any(users.to_vec()));
    Ok(having.select(passkey::user_id).distinct().load(tx.conn)?)
}
