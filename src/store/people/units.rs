//! The org units of users, as lists and answers show them.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;

use crate::error::Result;
use crate::ids::{TenantId, UnitId, UserId};
use crate::store::members::CHUNK;
use crate::store::schema::{org_unit, user_org_unit};
use crate::store::tx::Tx;

/// An org unit, as far as it decides who is in it.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Unit {
    /// Its tenant.
    pub tenant: TenantId,
    /// Its lineage.
    pub lineage: String,
}

/// The home unit of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    /// The unit.
    pub unit: UnitId,
    /// The names from the root of the tree to the unit, each behind a slash.
    pub path: String,
}

/// A unit.
///
/// # Errors
/// When the database cannot be asked.
pub fn unit(tx: &mut Tx<'_>, id: UnitId) -> Result<Option<Unit>> {
    let found = org_unit::table.filter(org_unit::id.eq(id)).select((org_unit::tenant_id, org_unit::lineage));
    Ok(found.get_result(tx.conn).optional()?)
}

/// The home units of those of these users who have one.
///
/// # Errors
/// When the database cannot be asked.
pub fn homes(tx: &mut Tx<'_>, users: &[UserId]) -> Result<HashMap<UserId, Home>> {
    let mut found: Vec<(UserId, UnitId, String)> = Vec::new();
    for some in users.chunks(CHUNK) {
        let homes = user_org_unit::table.inner_join(org_unit::table.on(org_unit::id.eq(user_org_unit::unit_id)));
        let homes = homes.filter(user_org_unit::user_id.eq_any(some.to_vec()).and(user_org_unit::is_home));
        found.extend(homes.select((user_org_unit::user_id, org_unit::id, org_unit::lineage)).load::<(
            UserId,
            UnitId,
            String,
        )>(tx.conn)?);
    }
    let above: HashSet<UnitId> = found.iter().flat_map(|(.., lineage)| ids_of(lineage)).collect();
    let names = names(tx, above.into_iter().collect())?;
    let path = |lineage: &str| {
        let names = ids_of(lineage).filter_map(|id| names.get(&id));
        names.flat_map(|name| ["/", name.as_str()]).collect::<String>()
    };
    Ok(found.into_iter().map(|(user, unit, lineage)| (user, Home { unit, path: path(&lineage) })).collect())
}

fn ids_of(lineage: &str) -> impl Iterator<Item = UnitId> {
    lineage.split('/').filter_map(|id| id.parse().ok())
}

fn names(tx: &mut Tx<'_>, units: Vec<UnitId>) -> Result<HashMap<UnitId, String>> {
    let mut names = HashMap::with_capacity(units.len());
    for some in units.chunks(CHUNK) {
        let rows = org_unit::table.filter(org_unit::id.eq_any(some.to_vec())).select((org_unit::id, org_unit::name));
        names.extend(rows.load::<(UnitId, String)>(tx.conn)?);
    }
    Ok(names)
}
