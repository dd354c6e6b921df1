//! The `group_member` table: a member added or removed is a row, and the list is never loaded for it.

use diesel::prelude::*;
use uuid::Uuid;

use super::conn::directly;
use super::schema::{group_member, groups, users};
use super::seams;
use super::tx::Tx;
use crate::error::Result;
use crate::ids::{ConnectionId, GroupId, TenantId, UserId};

/// Ids in one statement, at the most: what both stores take as parameters.
pub const CHUNK: usize = 500;

/// So many rows are looked up one by one: a statement for one is prepared once, one for a list is compiled at each use.
pub(super) const FEW: usize = 8;

/// A member: a user or a group. Their ids share one column and never collide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Member {
    /// The id.
    pub id: Uuid,
    /// Whether it is a group.
    pub is_group: bool,
}

/// A member with its display name, if it has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedMember {
    /// The member.
    pub member: Member,
    /// Its display name.
    pub display: Option<String>,
}

/// A member row.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = group_member)]
pub(super) struct Row {
    group_id: GroupId,
    member_id: UserId,
    is_group: bool,
}

/// Adds members that the group does not have yet.
///
/// # Errors
/// When the database cannot be asked.
pub fn insert(tx: &mut Tx<'_>, group: GroupId, members: &[Member]) -> Result<()> {
    let rows: Vec<Row> = members
        .iter()
        .map(|member| Row { group_id: group, member_id: member.id.into(), is_group: member.is_group })
        .collect();
    for some in rows.chunks(CHUNK) {
        seams::insert_members(tx.conn, some)?;
    }
    Ok(())
}

/// Removes members.
///
/// # Errors
/// When the database cannot be asked.
pub fn delete(tx: &mut Tx<'_>, group: GroupId, members: &[Uuid]) -> Result<()> {
    for some in members.chunks(CHUNK) {
        let ids: Vec<UserId> = some.iter().map(|id| UserId::from(*id)).collect();
        let rows =
            group_member::table.filter(group_member::group_id.eq(group).and(group_member::member_id.eq_any(ids)));
        diesel::delete(rows).execute(tx.conn)?;
    }
    Ok(())
}

/// Which of these ids are members of the group.
///
/// # Errors
/// When the database cannot be asked.
pub fn among(tx: &mut Tx<'_>, group: GroupId, ids: &[Uuid]) -> Result<Vec<Uuid>> {
    let mut found = Vec::new();
    for some in ids.chunks(CHUNK) {
        let some: Vec<UserId> = some.iter().map(|id| UserId::from(*id)).collect();
        let members: Vec<UserId> = group_member::table
            .filter(group_member::group_id.eq(group).and(group_member::member_id.eq_any(some)))
            .select(group_member::member_id)
            .load(tx.conn)?;
        found.extend(members.into_iter().map(UserId::uuid));
    }
    Ok(found)
}

/// All members of a group, for what must know them all: replacing the list, or removing it.
///
/// # Errors
/// When the database cannot be asked.
pub fn all(tx: &mut Tx<'_>, group: GroupId) -> Result<Vec<Member>> {
    let rows: Vec<(UserId, bool)> = group_member::table
        .filter(group_member::group_id.eq(group))
        .order(group_member::member_id)
        .select((group_member::member_id, group_member::is_group))
        .load(tx.conn)?;
    Ok(rows.into_iter().map(|(id, is_group)| Member { id: id.uuid(), is_group }).collect())
}

/// How many members a group has, counted up to `most`.
///
/// # Errors
/// When the database cannot be asked.
pub fn count_up_to(tx: &mut Tx<'_>, group: GroupId, most: i64) -> Result<usize> {
    let ids: Vec<UserId> = group_member::table
        .filter(group_member::group_id.eq(group))
        .select(group_member::member_id)
        .limit(most)
        .load(tx.conn)?;
    Ok(ids.len())
}

/// The members of a group with their display names: users, then groups.
///
/// # Errors
/// When the database cannot be asked.
pub fn named(tx: &mut Tx<'_>, group: GroupId) -> Result<Vec<NamedMember>> {
    let of_group = group_member::group_id.eq(group);
    let people: Vec<(UserId, Option<String>)> = group_member::table
        .inner_join(users::table.on(users::id.eq(group_member::member_id)))
        .filter(of_group.and(group_member::is_group.eq(false)))
        .order(group_member::member_id)
        .select((group_member::member_id, users::display_name))
        .load(tx.conn)?;
    let nested: Vec<(UserId, String)> = group_member::table
        .inner_join(groups::table.on(groups::id.eq(group_member::member_id)))
        .filter(of_group.and(group_member::is_group.eq(true)))
        .order(group_member::member_id)
        .select((group_member::member_id, groups::display_name))
        .load(tx.conn)?;
    let named = |id: UserId, is_group, display| NamedMember { member: Member { id: id.uuid(), is_group }, display };
    let people = people.into_iter().map(|(id, display)| named(id, false, display));
    Ok(people.chain(nested.into_iter().map(|(id, display)| named(id, true, Some(display)))).collect())
}

/// A member row with the names of a user and of a group.
type Paged = (UserId, bool, Option<String>, Option<String>, Option<String>);

/// One page of the members of a group, in the order of their ids, with their display names; and how many there are.
///
/// # Errors
/// When the database cannot be asked.
pub fn page(tx: &mut Tx<'_>, group: GroupId, offset: i64, limit: i64) -> Result<(Vec<NamedMember>, i64)> {
    let of_group = || group_member::table.filter(group_member::group_id.eq(group));
    let total = of_group().count().get_result(tx.conn)?;
    let rows: Vec<Paged> = group_member::table
        .left_join(users::table.on(users::id.eq(group_member::member_id)))
        .left_join(groups::table.on(groups::id.eq(group_member::member_id)))
        .filter(group_member::group_id.eq(group))
        .order(group_member::member_id)
        .offset(offset)
        .limit(limit)
        .select((
            group_member::member_id,
            group_member::is_group,
            users::display_name.nullable(),
            users::user_name.nullable(),
            groups::display_name.nullable(),
        ))
        .load(tx.conn)?;
    let named = |(id, is_group, user, user_name, group): Paged| {
        let display = if is_group { group } else { user.or(user_name) };
        NamedMember { member: Member { id: id.uuid(), is_group }, display }
    };
    Ok((rows.into_iter().map(named).collect(), total))
}

/// The groups that hold any of these as a direct member: member, then group.
///
/// # Errors
/// When the database cannot be asked.
pub fn parents(tx: &mut Tx<'_>, members: &[Uuid]) -> Result<Vec<(Uuid, GroupId)>> {
    let mut found = Vec::new();
    if members.len() <= FEW {
        for member in members {
            let rows = group_member::table.filter(group_member::member_id.eq(UserId::from(*member)));
            let groups = rows.select(group_member::group_id);
            let groups: Vec<GroupId> = directly!(tx.conn, inner => groups.load(inner))?;
            found.extend(groups.into_iter().map(|group| (*member, group)));
        }
        return Ok(found);
    }
    for some in members.chunks(CHUNK) {
        let ids: Vec<UserId> = some.iter().map(|id| UserId::from(*id)).collect();
        let rows: Vec<(UserId, GroupId)> = group_member::table
            .filter(group_member::member_id.eq_any(ids))
            .select((group_member::member_id, group_member::group_id))
            .load(tx.conn)?;
        found.extend(rows.into_iter().map(|(member, group)| (member.uuid(), group)));
    }
    Ok(found)
}

/// Takes a member out of every group of its tenant, or only out of those of one connection; answers which they were.
///
/// # Errors
/// When the database cannot be asked.
pub fn delete_everywhere(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    connection: Option<ConnectionId>,
    member: Uuid,
) -> Result<Vec<GroupId>> {
    let id = UserId::from(member);
    let holding = group_member::table
        .inner_join(groups::table.on(groups::id.eq(group_member::group_id)))
        .filter(group_member::member_id.eq(id).and(groups::tenant_id.eq(tenant)))
        .select(groups::id);
    let held: Vec<GroupId> = match connection {
        Some(connection) => holding.filter(groups::connection_id.eq(connection)).load(tx.conn)?,
        None => holding.load(tx.conn)?,
    };
    for some in held.chunks(CHUNK) {
        // The group before its counter, as a change of members has it: else both wait for each other.
        seams::keep_groups(tx.conn, some)?;
        let rows = group_member::table
            .filter(group_member::member_id.eq(id).and(group_member::group_id.eq_any(some.to_vec())));
        diesel::delete(rows).execute(tx.conn)?;
    }
    Ok(held)
}
