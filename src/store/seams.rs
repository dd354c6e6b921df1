//! What the two engines do not share: the only place where a query is written once for each.

use diesel::prelude::*;

use super::conn::Conn;
use super::members::Row as MemberRow;
use super::schema::{group_member, groups, user_attribute, users};
use super::users::IndexRow;
use crate::ids::{ConnectionId, GroupId, TenantId, UserId};

/// The same statement for either engine, where the union of both has no form for it.
macro_rules! either {
    ($conn:expr, $inner:ident => $statement:expr) => {
        match $conn {
            Conn::Pg($inner) => $statement,
            Conn::Sqlite($inner) => $statement,
        }
    };
}

/// Adds index rows: several rows in one statement.
pub(super) fn insert_index_rows(conn: &mut Conn, rows: &[IndexRow]) -> QueryResult<usize> {
    if rows.is_empty() {
        return Ok(0);
    }
    either!(conn, inner => diesel::insert_into(user_attribute::table).values(rows).execute(inner))
}

/// Adds member rows: several in one statement.
pub(super) fn insert_members(conn: &mut Conn, rows: &[MemberRow]) -> QueryResult<usize> {
    if rows.is_empty() {
        return Ok(0);
    }
    either!(conn, inner => diesel::insert_into(group_member::table).values(rows).execute(inner))
}

/// Which of these are living users of the tenant. On PostgreSQL none of them can be deleted before the transaction ends;
/// SQLite's one writer needs no lock for that.
pub(super) fn living_users_kept(conn: &mut Conn, tenant: TenantId, ids: &[UserId]) -> QueryResult<Vec<UserId>> {
    let living = users::table
        .filter(users::id.eq_any(ids.to_vec()).and(users::tenant_id.eq(tenant)).and(users::deleted.is_null()))
        .select(users::id);
    match conn {
        Conn::Pg(pg) => living.for_share().load(pg),
        Conn::Sqlite(sqlite) => living.load(sqlite),
    }
}

/// Which of these are groups of the owner, kept like the users above.
pub(super) fn owned_groups_kept(
    conn: &mut Conn,
    tenant: TenantId,
    connection: Option<ConnectionId>,
    ids: &[GroupId],
) -> QueryResult<Vec<GroupId>> {
    let of_tenant = groups::table
        .filter(groups::id.eq_any(ids.to_vec()).and(groups::tenant_id.eq(tenant)))
        .select((groups::id, groups::connection_id));
    let found: Vec<(GroupId, Option<ConnectionId>)> = match conn {
        Conn::Pg(pg) => of_tenant.for_share().load(pg)?,
        Conn::Sqlite(sqlite) => of_tenant.load(sqlite)?,
    };
    Ok(found.into_iter().filter(|(_, owner)| *owner == connection).map(|(id, _)| id).collect())
}
