//! Which users are in which org units. A user is in any number of them; at most one is the home.

use serde_json::{Map, Value};

use crate::access::{MembersWrite, PermissionType, Permit, UsersRead};
use crate::context::Cx;
use crate::directory::{Directory, belonging};
use crate::error::{Error, Result};
use crate::ids::{UnitId, UserId};
use crate::journal::{self, Author, Change, Operation};
use crate::store::{Lock, Tx, accounts, unit_members as rows};

use super::{Member, begin, limits, subjects, visible};

/// One page of the users in a unit, or also of those in the units below it, by name; and how many there are.
///
/// # Errors
/// [`Error::Missing`] when there is no unit that the permit reaches.
pub async fn members(
    directory: &Directory,
    permit: &Permit<UsersRead>,
    unit: &str,
    below: bool,
    offset: i64,
    limit: i64,
) -> Result<(Vec<Member>, i64)> {
    let unit: UnitId = unit.parse().map_err(|_| Error::Missing("org unit"))?;
    let permit = permit.clone();
    directory
        .store
        .read(move |tx| {
            let unit = visible(tx, &permit, unit)?;
            rows::page(tx, unit.tenant_id, &unit.lineage, below, offset, limit)
        })
        .await
}

/// The units of a user, each with whether it is the home.
///
/// # Errors
/// When the database cannot be asked.
pub fn of_user(tx: &mut Tx<'_>, user: UserId) -> Result<Vec<(UnitId, bool)>> {
    rows::of_user(tx, user)
}

/// Puts a user into a unit, as the home or beside it. A new home makes the old one an ordinary unit of the user.
///
/// # Errors
/// [`Error::Missing`] for a user or unit that the permit does not reach; [`Error::Denied`] when that would give
/// permissions that the actor lacks.
pub async fn enter(
    directory: &Directory,
    permit: &Permit<MembersWrite>,
    cx: &Cx,
    unit: &str,
    user: &str,
    home: Option<bool>,
) -> Result<bool> {
    let (unit, user) = ids(unit, user)?;
    let (permit, cx) = (permit.clone(), cx.clone());
    directory
        .store
        .write(move |tx| {
            begin(tx, &permit)?;
            put(tx, &permit, &cx, user, unit, home)
        })
        .await
}

/// Takes a user out of a unit.
///
/// # Errors
/// As [`enter`]; [`Error::Missing`] too when the user is not in it.
pub async fn leave(
    directory: &Directory,
    permit: &Permit<MembersWrite>,
    cx: &Cx,
    unit: &str,
    user: &str,
) -> Result<()> {
    let (unit, user) = ids(unit, user)?;
    let (permit, cx) = (permit.clone(), cx.clone());
    directory
        .store
        .write(move |tx| {
            begin(tx, &permit)?;
            take(tx, &permit, &cx, user, unit)
        })
        .await
}

/// Takes a user out of a unit, in a transaction that is open.
fn take<P: PermissionType>(tx: &mut Tx<'_>, permit: &Permit<P>, cx: &Cx, user: UserId, unit: UnitId) -> Result<()> {
    stands(tx, permit, user)?;
    let unit = visible(tx, permit, unit)?;
    let before = rows::of_user(tx, user)?;
    if !rows::delete(tx, user, unit.id)? {
        return Err(Error::Missing("member"));
    }
    belonging::changes_of(tx, permit, &subjects(&unit.lineage), user)?;
    record(tx, permit, cx, user, &before)
}

/// A new home of a user, or none, as a part of a larger change.
#[derive(Clone, Debug)]
pub struct Rehoming {
    /// What allows it.
    pub permit: Permit<MembersWrite>,
    /// The new home.
    pub home: Option<UnitId>,
}

impl Rehoming {
    /// Begins the transaction, in place of what else would keep the tenant's schemas.
    pub(in crate::directory) fn begin(&self, tx: &mut Tx<'_>) -> Result<()> {
        belonging::begin(tx, &self.permit)
    }

    /// Moves the user, last in the transaction.
    pub(in crate::directory) fn write(&self, tx: &mut Tx<'_>, cx: &Cx, user: UserId) -> Result<()> {
        tx.lock(Lock::Units(self.permit.tenant()))?;
        if let Some(home) = self.home {
            return put(tx, &self.permit, cx, user, home, Some(true)).map(drop);
        }
        match rows::of_user(tx, user)?.into_iter().find(|(_, is_home)| *is_home) {
            Some((home, _)) => take(tx, &self.permit, cx, user, home),
            None => Ok(()),
        }
    }
}

fn ids(unit: &str, user: &str) -> Result<(UnitId, UserId)> {
    Ok((unit.parse().map_err(|_| Error::Missing("org unit"))?, user.parse().map_err(|_| Error::Missing("user"))?))
}

fn stands<P: PermissionType>(tx: &mut Tx<'_>, permit: &Permit<P>, user: UserId) -> Result<()> {
    let within = limits(permit);
    match rows::stands(tx, permit.tenant(), user, within.as_deref())? {
        true => Ok(()),
        false => Err(Error::Missing("user")),
    }
}

/// Puts a user into a unit, inside the transaction of a larger change. Whether anything changed.
fn put<P: PermissionType>(
    tx: &mut Tx<'_>,
    permit: &Permit<P>,
    cx: &Cx,
    user: UserId,
    unit: UnitId,
    home: Option<bool>,
) -> Result<bool> {
    stands(tx, permit, user)?;
    let unit = visible(tx, permit, unit)?;
    let before = rows::of_user(tx, user)?;
    let known = before.iter().find(|(id, _)| *id == unit.id).map(|(_, is_home)| *is_home);
    let is_home = home.unwrap_or(known.unwrap_or(false));
    if known == Some(is_home) {
        return Ok(false);
    }
    if is_home && let Some((old, _)) = before.iter().find(|(_, is_home)| *is_home) {
        rows::set_home(tx, user, *old, false)?;
    }
    match known {
        Some(_) => rows::set_home(tx, user, unit.id, is_home)?,
        None => {
            rows::insert(tx, user, unit.id, is_home)?;
            belonging::changes_of(tx, permit, &subjects(&unit.lineage), user)?;
        }
    }
    record(tx, permit, cx, user, &before)?;
    Ok(true)
}

fn record<P: PermissionType>(
    tx: &mut Tx<'_>,
    permit: &Permit<P>,
    cx: &Cx,
    user: UserId,
    before: &[(UnitId, bool)],
) -> Result<()> {
    let after = rows::of_user(tx, user)?;
    write_record(tx, Author { actor: permit.actor(), cx, tenant: permit.tenant() }, user, before, &after)
}

/// Records in which unit a new user is at home.
pub(in crate::directory) fn record_first(
    tx: &mut Tx<'_>,
    author: Author<'_>,
    user: UserId,
    home: UnitId,
) -> Result<()> {
    write_record(tx, author, user, &[], &[(home, true)])
}

/// Records in which units a user was, and in which it is now.
pub(super) fn write_record(
    tx: &mut Tx<'_>,
    author: Author<'_>,
    user: UserId,
    before: &[(UnitId, bool)],
    after: &[(UnitId, bool)],
) -> Result<()> {
    let source = accounts::find(tx, author.tenant, user)?.map(|account| account.identity_source);
    let change = Change {
        resource_type: "User",
        resource_id: user.to_string(),
        operation: Operation::Update,
        diff: journal::between(&recorded(before), &recorded(after)),
        identity_source: source.as_deref(),
        reason: None,
    };
    journal::record(tx, author, change)
}

fn recorded(units: &[(UnitId, bool)]) -> Map<String, Value> {
    let all = units.iter().map(|(unit, _)| Value::from(unit.to_string())).collect::<Vec<_>>();
    let home = units.iter().find(|(_, is_home)| *is_home).map(|(unit, _)| unit.to_string());
    let home = home.map(|home| ("orgUnit".to_owned(), Value::from(home)));
    home.into_iter().chain([("orgUnits".to_owned(), Value::from(all))]).collect()
}
