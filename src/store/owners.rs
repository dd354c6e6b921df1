//! Who owns the platform, as the `role_grant` table says, and which of them are able to act.

use diesel::dsl::exists;
use diesel::prelude::*;

use super::conn::directly;
use super::schema::{password, role_grant, tenant, users};
use super::tx::Tx;
use crate::access::{Tier, role::PLATFORM_OWNER};
use crate::error::Result;
use crate::ids::{GrantId, SubjectId, UserId};

/// The grants that make owners.
type Grants = role_grant::BoxedQuery<'static, super::conn::MultiBackend>;

fn grants() -> Grants {
    let platform = Tier::Platform.as_str();
    role_grant::table.filter(role_grant::role.eq(PLATFORM_OWNER).and(role_grant::scope_kind.eq(platform))).into_boxed()
}

/// The grant that makes a user an owner, when there is one.
///
/// # Errors
/// When the database cannot be asked.
pub fn grant_of(tx: &mut Tx<'_>, user: UserId) -> Result<Option<GrantId>> {
    let subject = SubjectId::from(user.uuid());
    Ok(grants().filter(role_grant::subject_id.eq(subject)).select(role_grant::id).first(tx.conn).optional()?)
}

/// Whether there is an owner who can sign in for good: active in a tenant that is not suspended, with a password that does
/// not end by itself. A status that ends by itself counts as it is written, so that nobody is taken for able who is not.
///
/// # Errors
/// When the database cannot be asked.
pub fn any_able(tx: &mut Tx<'_>) -> Result<bool> {
    let passwords = password::table.filter(password::user_id.eq(users::id).and(password::expires.is_null()));
    let able = role_grant::table
        .inner_join(users::table.on(users::id.eq(role_grant::subject_id)))
        .inner_join(tenant::table.on(tenant::id.eq(users::tenant_id)))
        .filter(role_grant::role.eq(PLATFORM_OWNER).and(role_grant::scope_kind.eq(Tier::Platform.as_str())))
        .filter(role_grant::expires.is_null())
        .filter(users::deleted.is_null().and(users::status.eq("ACTIVE")).and(tenant::suspended.eq(false)))
        .filter(exists(passwords))
        .select(users::id);
    let first: Option<UserId> = directly!(tx.conn, inner => able.first(inner)).optional()?;
    Ok(first.is_some())
}
