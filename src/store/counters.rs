//! The `counter` table: how many users, links, groups and members there are, without counting them.
//!
//! Triggers keep it, in the transaction of the row that is counted, so that no statement, no cascade and no other
//! version of this program can forget it. Here it is only read, and held against the rows themselves.

use std::collections::{BTreeMap, BTreeSet};

use diesel::dsl::count_star;
use diesel::prelude::*;
use uuid::Uuid;

use super::groups::Owner;
use super::schema::{counter, group_member, groups, identity, users};
use super::tx::Tx;
use super::users::Viewer;
use crate::error::Result;
use crate::ids::{ConnectionId, GroupId, TenantId};

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Living users of a tenant.
    Users,
    /// Links of a connection that hide nothing.
    Links,
    /// Users that are hidden from a connection.
    Hidden,
    /// Groups of a tenant, whoever owns them.
    Groups,
    /// Groups of a connection, or the local ones of a tenant.
    OwnedGroups,
    /// Members of a group.
    Members,
}

impl Kind {
    /// As the triggers write it.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Links => "links",
            Self::Hidden => "hidden",
            Self::Groups => "groups",
            Self::OwnedGroups => "owned groups",
            Self::Members => "members",
        }
    }
}

/// A counter that does not say what there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The tenant, connection or group.
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
        return sum(tx, connection.uuid(), Kind::Links);
    }
    // Both in one statement.
    let of_tenant = counter::owner_id.eq(viewer.tenant).and(counter::kind.eq(Kind::Users.as_str()));
    let of_connection = counter::owner_id.eq(connection).and(counter::kind.eq(Kind::Hidden.as_str()));
    let amounts: Vec<(String, i64)> =
        counter::table.filter(of_tenant.or(of_connection)).select((counter::kind, counter::amount)).load(tx.conn)?;
    Ok(amounts.iter().map(|(kind, amount)| if kind == Kind::Hidden.as_str() { -amount } else { *amount }).sum())
}

/// How many groups the owner has.
///
/// # Errors
/// When the database cannot be asked.
pub fn owned_groups(tx: &mut Tx<'_>, owner: Owner) -> Result<i64> {
    match owner.connection {
        Some(connection) => sum(tx, connection.uuid(), Kind::OwnedGroups),
        None => sum(tx, owner.tenant.uuid(), Kind::OwnedGroups),
    }
}

/// How many living users a tenant has.
///
/// # Errors
/// When the database cannot be asked.
pub fn users(tx: &mut Tx<'_>, tenant: TenantId) -> Result<i64> {
    sum(tx, tenant.uuid(), Kind::Users)
}

/// How many living users these tenants have; all there are when none is named.
///
/// # Errors
/// When the database cannot be asked.
pub fn users_of(tx: &mut Tx<'_>, tenants: Option<&[TenantId]>) -> Result<i64> {
    let counted = || counter::table.filter(counter::kind.eq(Kind::Users.as_str()));
    let Some(tenants) = tenants else {
        let amounts: Vec<i64> = counted().select(counter::amount).load(tx.conn)?;
        return Ok(amounts.iter().sum());
    };
    let mut sum = 0;
    for some in tenants.chunks(super::members::CHUNK) {
        let amounts: Vec<i64> =
            counted().filter(counter::owner_id.eq_any(some.to_vec())).select(counter::amount).load(tx.conn)?;
        sum += amounts.iter().sum::<i64>();
    }
    Ok(sum)
}

/// How many groups a tenant has.
///
/// # Errors
/// When the database cannot be asked.
pub fn groups(tx: &mut Tx<'_>, tenant: TenantId) -> Result<i64> {
    sum(tx, tenant.uuid(), Kind::Groups)
}

fn sum(tx: &mut Tx<'_>, owner: Uuid, kind: Kind) -> Result<i64> {
    // Added up here: a sum of numbers is of another type on each engine.
    let amounts: Vec<i64> = counter::table
        .filter(counter::owner_id.eq(TenantId::from(owner)).and(counter::kind.eq(kind.as_str())))
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
    amounts
        .extend(living.into_iter().map(|(tenant, amount)| ((tenant.uuid(), Kind::Users.as_str().to_owned()), amount)));
    let links: Vec<(Option<ConnectionId>, bool, i64)> = identity::table
        .group_by((identity::connection_id, identity::hidden))
        .select((identity::connection_id, identity::hidden, count_star()))
        .load(tx.conn)?;
    for (connection, hidden, amount) in links {
        let kind = if hidden { Kind::Hidden } else { Kind::Links };
        amounts.extend(connection.map(|connection| ((connection.uuid(), kind.as_str().to_owned()), amount)));
    }
    let owned: Vec<(TenantId, Option<ConnectionId>, i64)> = groups::table
        .group_by((groups::tenant_id, groups::connection_id))
        .select((groups::tenant_id, groups::connection_id, count_star()))
        .load(tx.conn)?;
    for (tenant, connection, amount) in owned {
        let owner = connection.map_or(tenant.uuid(), ConnectionId::uuid);
        amounts.insert((owner, Kind::OwnedGroups.as_str().to_owned()), amount);
        *amounts.entry((tenant.uuid(), Kind::Groups.as_str().to_owned())).or_default() += amount;
    }
    let members: Vec<(GroupId, i64)> = group_member::table
        .group_by(group_member::group_id)
        .select((group_member::group_id, count_star()))
        .load(tx.conn)?;
    let kind = || Kind::Members.as_str().to_owned();
    amounts.extend(members.into_iter().map(|(group, amount)| ((group.uuid(), kind()), amount)));
    Ok(amounts)
}
