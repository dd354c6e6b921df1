//! The `counter` table: how many users, links and groups there are, without counting them.
//!
//! Triggers keep it, in the transaction of the row that is counted, so that no statement, no cascade and no other
//! version of this program can forget it. Here it is only read, and held against the rows themselves.

use std::collections::{BTreeMap, BTreeSet};

use diesel::dsl::count_star;
use diesel::prelude::*;
use uuid::Uuid;

use super::groups::Owner;
use super::schema::{counter, groups, identity, users};
use super::tx::Tx;
use super::users::Viewer;
use crate::error::Result;
use crate::ids::{ConnectionId, TenantId};

/// Living users of a tenant.
const USERS: &str = "users";
/// Links of a connection that hide nothing.
const LINKS: &str = "links";
/// Users that are hidden from a connection.
const HIDDEN: &str = "hidden";
/// Groups of a tenant, whoever owns them.
const GROUPS: &str = "groups";
/// Groups of a connection, or the local ones of a tenant.
const OWNED_GROUPS: &str = "owned groups";

/// A counter that does not say what there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The tenant or connection.
    pub owner: Uuid,
    /// What is counted.
    pub kind: String,
    /// What the counter says.
    pub counted: i64,
    /// What there is.
    pub there: i64,
}

/// How many users the viewer sees.
///
/// # Errors
/// When the database cannot be asked.
pub fn visible_users(tx: &mut Tx<'_>, viewer: Viewer) -> Result<i64> {
    let Some(connection) = viewer.connection else {
        return users(tx, viewer.tenant);
    };
    if viewer.own_only {
        return sum(tx, connection.uuid(), LINKS);
    }
    // Both in one statement.
    let of_tenant = counter::owner_id.eq(viewer.tenant).and(counter::kind.eq(USERS));
    let of_connection = counter::owner_id.eq(connection).and(counter::kind.eq(HIDDEN));
    let amounts: Vec<(String, i64)> =
        counter::table.filter(of_tenant.or(of_connection)).select((counter::kind, counter::amount)).load(tx.conn)?;
    Ok(amounts.iter().map(|(kind, amount)| if kind == HIDDEN { -amount } else { *amount }).sum())
}

/// How many groups the owner has.
///
/// # Errors
/// When the database cannot be asked.
pub fn owned_groups(tx: &mut Tx<'_>, owner: Owner) -> Result<i64> {
    match owner.connection {
        Some(connection) => sum(tx, connection.uuid(), OWNED_GROUPS),
        None => sum(tx, owner.tenant.uuid(), OWNED_GROUPS),
    }
}

/// How many living users a tenant has.
///
/// # Errors
/// When the database cannot be asked.
pub fn users(tx: &mut Tx<'_>, tenant: TenantId) -> Result<i64> {
    sum(tx, tenant.uuid(), USERS)
}

/// How many groups a tenant has.
///
/// # Errors
/// When the database cannot be asked.
pub fn groups(tx: &mut Tx<'_>, tenant: TenantId) -> Result<i64> {
    sum(tx, tenant.uuid(), GROUPS)
}

fn sum(tx: &mut Tx<'_>, owner: Uuid, kind: &str) -> Result<i64> {
    // Added up here: a sum of numbers is of another type on each engine.
    let amounts: Vec<i64> = counter::table
        .filter(counter::owner_id.eq(TenantId::from(owner)).and(counter::kind.eq(kind)))
        .select(counter::amount)
        .load(tx.conn)?;
    Ok(amounts.iter().sum())
}

type Amounts = BTreeMap<(Uuid, String), i64>;

/// The counters that do not say what there is: none, ever. Counts every row.
///
/// # Errors
/// When the database cannot be asked.
pub fn differences(tx: &mut Tx<'_>) -> Result<Vec<Difference>> {
    let (counted, there) = (counted(tx)?, there(tx)?);
    let of = |amounts: &Amounts, key: &(Uuid, String)| amounts.get(key).copied().unwrap_or_default();
    let every: BTreeSet<&(Uuid, String)> = counted.keys().chain(there.keys()).collect();
    let differences = every.into_iter().map(|key| Difference {
        owner: key.0,
        kind: key.1.clone(),
        counted: of(&counted, key),
        there: of(&there, key),
    });
    Ok(differences.filter(|found| found.counted != found.there).collect())
}

fn counted(tx: &mut Tx<'_>) -> Result<Amounts> {
    let rows: Vec<(TenantId, String, i64)> =
        counter::table.select((counter::owner_id, counter::kind, counter::amount)).load(tx.conn)?;
    let mut amounts = Amounts::new();
    for (owner, kind, amount) in rows {
        *amounts.entry((owner.uuid(), kind)).or_default() += amount;
    }
    Ok(amounts)
}

fn there(tx: &mut Tx<'_>) -> Result<Amounts> {
    let mut amounts = Amounts::new();
    let living: Vec<(TenantId, i64)> = users::table
        .filter(users::deleted.is_null())
        .group_by(users::tenant_id)
        .select((users::tenant_id, count_star()))
        .load(tx.conn)?;
    amounts.extend(living.into_iter().map(|(tenant, amount)| ((tenant.uuid(), USERS.to_owned()), amount)));
    let links: Vec<(Option<ConnectionId>, bool, i64)> = identity::table
        .group_by((identity::connection_id, identity::hidden))
        .select((identity::connection_id, identity::hidden, count_star()))
        .load(tx.conn)?;
    for (connection, hidden, amount) in links {
        let kind = if hidden { HIDDEN } else { LINKS };
        amounts.extend(connection.map(|connection| ((connection.uuid(), kind.to_owned()), amount)));
    }
    let owned: Vec<(TenantId, Option<ConnectionId>, i64)> = groups::table
        .group_by((groups::tenant_id, groups::connection_id))
        .select((groups::tenant_id, groups::connection_id, count_star()))
        .load(tx.conn)?;
    for (tenant, connection, amount) in owned {
        let owner = connection.map_or(tenant.uuid(), ConnectionId::uuid);
        amounts.insert((owner, OWNED_GROUPS.to_owned()), amount);
        *amounts.entry((tenant.uuid(), GROUPS.to_owned())).or_default() += amount;
    }
    Ok(amounts)
}
