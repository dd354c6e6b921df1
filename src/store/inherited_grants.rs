//! The `role_grant` table, looked at from groups and org units: what comes with belonging to one, and who has rights over
//! one.

use diesel::prelude::*;

use super::conn::directly;
use super::grants::Grant;
use super::members::CHUNK;
use super::schema::role_grant;
use super::tx::Tx;
use crate::error::Result;
use crate::ids::{GrantId, SubjectId, TenantId};

/// Whether any group or unit of a tenant has roles: `group` or `org_unit`.
///
/// # Errors
/// When the database cannot be asked.
pub fn any_to(tx: &mut Tx<'_>, of: TenantId, kind: &str) -> Result<bool> {
    let some = role_grant::table.filter(role_grant::tenant_id.eq(of).and(role_grant::subject_kind.eq(kind.to_owned())));
    let some = some.select(role_grant::id);
    let found: Option<GrantId> = directly!(tx.conn, inner => some.first(inner)).optional()?;
    Ok(found.is_some())
}

/// The grants to these groups or units of a tenant.
///
/// # Errors
/// When the database cannot be asked.
pub fn to(tx: &mut Tx<'_>, of: TenantId, subjects: &[SubjectId]) -> Result<Vec<Grant>> {
    let mut found = Vec::new();
    for some in subjects.chunks(CHUNK) {
        let grants = role_grant::table.filter(role_grant::tenant_id.eq(of));
        let grants = grants.filter(role_grant::subject_id.eq_any(some.to_vec())).select(Grant::as_select());
        found.extend(grants.load::<Grant>(tx.conn)?);
    }
    Ok(found)
}

/// The grants over these units, to whomever.
///
/// # Errors
/// When the database cannot be asked.
pub fn over_units(tx: &mut Tx<'_>, units: &[SubjectId]) -> Result<Vec<Grant>> {
    let mut found = Vec::new();
    for some in units.chunks(CHUNK) {
        let grants = role_grant::table.filter(role_grant::scope_kind.eq("org_unit"));
        let grants = grants.filter(role_grant::scope_id.eq_any(some.to_vec())).select(Grant::as_select());
        found.extend(grants.load::<Grant>(tx.conn)?);
    }
    Ok(found)
}
