//! The `user_org_unit` table: where users belong.

use diesel::prelude::*;

use super::schema::{org_unit, user_org_unit};
use super::tx::Tx;
use crate::error::Result;
use crate::ids::{TenantId, UnitId, UserId};

/// Makes a unit the home of a user who has none; false when the tenant has no such unit.
///
/// # Errors
/// When the database cannot be asked.
pub fn settle(tx: &mut Tx<'_>, tenant: TenantId, user: UserId, unit: UnitId) -> Result<bool> {
    let of_tenant = org_unit::table.filter(org_unit::id.eq(unit).and(org_unit::tenant_id.eq(tenant)));
    let found: Option<UnitId> = of_tenant.select(org_unit::id).get_result(tx.conn).optional()?;
    if found.is_some() {
        let home = (user_org_unit::user_id.eq(user), user_org_unit::unit_id.eq(unit), user_org_unit::is_home.eq(true));
        diesel::insert_into(user_org_unit::table).values(home).execute(tx.conn)?;
    }
    Ok(found.is_some())
}
