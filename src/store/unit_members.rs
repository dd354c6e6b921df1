//! The `user_org_unit` table: which users are in which org units, and which of those is a user's home.

use diesel::prelude::*;

use super::conn::MultiBackend;
use super::members::CHUNK;
use super::schema::{org_unit, user_org_unit, users};
use super::tx::Tx;
use super::units::end;
use crate::error::Result;
use crate::ids::{TenantId, UnitId, UserId};

/// A user in a unit.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Member {
    /// The user.
    pub user: UserId,
    /// The name to sign in with.
    pub user_name: String,
    /// The name for people.
    pub display_name: Option<String>,
    /// The e-mail address of the account.
    pub email: Option<String>,
    /// The status, as it is kept.
    pub status: String,
    /// The unit.
    pub unit: UnitId,
    /// Whether it is the user's home.
    pub is_home: bool,
}

/// Puts a user into a unit. The caller knows that both are of one tenant, and that the user is not in it yet.
///
/// # Errors
/// When the database cannot be asked.
pub fn insert(tx: &mut Tx<'_>, user: UserId, unit: UnitId, is_home: bool) -> Result<()> {
    let row = (user_org_unit::user_id.eq(user), user_org_unit::unit_id.eq(unit), user_org_unit::is_home.eq(is_home));
    diesel::insert_into(user_org_unit::table).values(row).execute(tx.conn)?;
    Ok(())
}

/// Says whether a unit is a user's home.
///
/// # Errors
/// When the database cannot be asked.
pub fn set_home(tx: &mut Tx<'_>, user: UserId, unit: UnitId, is_home: bool) -> Result<()> {
    diesel::update(user_org_unit::table.filter(user_org_unit::user_id.eq(user).and(user_org_unit::unit_id.eq(unit))))
        .set(user_org_unit::is_home.eq(is_home))
        .execute(tx.conn)?;
    Ok(())
}

/// Takes a user out of a unit. False when the user is not in it.
///
/// # Errors
/// When the database cannot be asked.
pub fn delete(tx: &mut Tx<'_>, user: UserId, unit: UnitId) -> Result<bool> {
    let row = user_org_unit::table.filter(user_org_unit::user_id.eq(user).and(user_org_unit::unit_id.eq(unit)));
    Ok(diesel::delete(row).execute(tx.conn)? > 0)
}

/// The units of a user, each with whether it is the home.
///
/// # Errors
/// When the database cannot be asked.
pub fn of_user(tx: &mut Tx<'_>, user: UserId) -> Result<Vec<(UnitId, bool)>> {
    Ok(user_org_unit::table
        .filter(user_org_unit::user_id.eq(user))
        .order(user_org_unit::unit_id)
        .select((user_org_unit::unit_id, user_org_unit::is_home))
        .load(tx.conn)?)
}

/// The units of each of these users with whether it is the home, as [`of_user`] has them.
///
/// # Errors
/// When the database cannot be asked.
pub fn of_users(tx: &mut Tx<'_>, users: &[UserId]) -> Result<Vec<(UserId, UnitId, bool)>> {
    let mut found = Vec::new();
    for some in users.chunks(CHUNK) {
        let rows = user_org_unit::table.filter(user_org_unit::user_id.eq_any(some.to_vec()));
        let rows = rows.order((user_org_unit::user_id, user_org_unit::unit_id));
        let columns = (user_org_unit::user_id, user_org_unit::unit_id, user_org_unit::is_home);
        found.extend(rows.select(columns).load::<(UserId, UnitId, bool)>(tx.conn)?);
    }
    Ok(found)
}

/// The users of these units, each once. Nobody enters or leaves one of them before the transaction ends.
///
/// # Errors
/// When the database cannot be asked.
pub fn users_kept(tx: &mut Tx<'_>, units: &[UnitId]) -> Result<Vec<UserId>> {
    let mut found = Vec::new();
    for some in units.chunks(CHUNK) {
        found.extend(super::seams::users_of_units_kept(tx.conn, some)?);
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// Whether the tenant has this living user, in one of the units of these lineages where there are any.
///
/// # Errors
/// When the database cannot be asked.
pub fn stands(tx: &mut Tx<'_>, of: TenantId, user: UserId, within: Option<&[String]>) -> Result<bool> {
    if super::seams::living_users_kept(tx.conn, of, &[user])?.is_empty() {
        return Ok(false);
    }
    let Some(within) = within else { return Ok(true) };
    let units = user_org_unit::table
        .inner_join(org_unit::table.on(org_unit::id.eq(user_org_unit::unit_id)))
        .filter(user_org_unit::user_id.eq(user).and(org_unit::tenant_id.eq(of)));
    let lineages: Vec<String> = units.select(org_unit::lineage).load(tx.conn)?;
    Ok(lineages.iter().any(|lineage| within.iter().any(|above| lineage.starts_with(above))))
}

/// Moves everybody from one unit to another; who was at home in the first is so in the second.
///
/// # Errors
/// When the database cannot be asked.
pub fn move_all(tx: &mut Tx<'_>, from: UnitId, to: UnitId) -> Result<()> {
    let other = diesel::alias!(user_org_unit as other);
    let there = other.filter(other.field(user_org_unit::unit_id).eq(to)).select(other.field(user_org_unit::user_id));
    let in_both = user_org_unit::table
        .filter(user_org_unit::unit_id.eq(from).and(user_org_unit::is_home))
        .filter(user_org_unit::user_id.eq_any(there));
    let at_home: Vec<UserId> = in_both.select(user_org_unit::user_id).load(tx.conn)?;
    let there = other.filter(other.field(user_org_unit::unit_id).eq(to)).select(other.field(user_org_unit::user_id));
    let only_here = user_org_unit::table
        .filter(user_org_unit::unit_id.eq(from))
        .filter(diesel::dsl::not(user_org_unit::user_id.eq_any(there)));
    diesel::update(only_here).set(user_org_unit::unit_id.eq(to)).execute(tx.conn)?;
    diesel::delete(user_org_unit::table.filter(user_org_unit::unit_id.eq(from))).execute(tx.conn)?;
    for some in at_home.chunks(CHUNK) {
        let rows = user_org_unit::table
            .filter(user_org_unit::unit_id.eq(to).and(user_org_unit::user_id.eq_any(some.to_vec())));
        diesel::update(rows).set(user_org_unit::is_home.eq(true)).execute(tx.conn)?;
    }
    Ok(())
}

/// How many users are in a unit or one below it; one that is in several of them counts in each.
///
/// # Errors
/// When the database cannot be asked.
pub fn count(tx: &mut Tx<'_>, of: TenantId, lineage: &str) -> Result<i64> {
    Ok(within(of, lineage).count().get_result(tx.conn)?)
}

/// One page of the living users in a unit, or also of those in the units below it, by name; and how many rows there are.
///
/// # Errors
/// When the database cannot be asked.
pub fn page(
    tx: &mut Tx<'_>,
    of: TenantId,
    lineage: &str,
    below: bool,
    offset: i64,
    limit: i64,
) -> Result<(Vec<Member>, i64)> {
    let some = || {
        let all = within(of, lineage);
        if below { all } else { all.filter(org_unit::lineage.eq(lineage.to_owned())) }
    };
    let total = some().count().get_result(tx.conn)?;
    let columns = (
        users::id,
        users::user_name,
        users::display_name,
        users::email,
        users::status,
        user_org_unit::unit_id,
        user_org_unit::is_home,
    );
    let order = (users::user_name_folded, users::id, user_org_unit::unit_id);
    let page = some().order(order).offset(offset).limit(limit).select(columns).load(tx.conn)?;
    Ok((page, total))
}

type Joined = diesel::dsl::IntoBoxed<
    'static,
    diesel::dsl::InnerJoin<
        diesel::dsl::InnerJoin<
            user_org_unit::table,
            diesel::dsl::On<org_unit::table, diesel::dsl::Eq<org_unit::id, user_org_unit::unit_id>>,
        >,
        diesel::dsl::On<users::table, diesel::dsl::Eq<users::id, user_org_unit::user_id>>,
    >,
    MultiBackend,
>;

fn within(of: TenantId, lineage: &str) -> Joined {
    user_org_unit::table
        .inner_join(org_unit::table.on(org_unit::id.eq(user_org_unit::unit_id)))
        .inner_join(users::table.on(users::id.eq(user_org_unit::user_id)))
        .into_boxed::<MultiBackend>()
        .filter(org_unit::tenant_id.eq(of).and(users::deleted.is_null()))
        .filter(org_unit::lineage.ge(lineage.to_owned()).and(org_unit::lineage.lt(end(lineage))))
}
