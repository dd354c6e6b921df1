//! What the two engines do not share: the only place where a query is written once for each.

use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool};

use super::conn::{Conn, PgConn, directly};
use super::guesses::Guess;
use super::login_ids::Login;
use super::members::Row as MemberRow;
use super::mfa_days::Day;
use super::provisioning_log::Row as LogRow;
use super::schema::{
    group_member, groups, guess, installation, login_id, mfa_day, org_unit, outbox, provisioning_log, resource, tenant,
    user_attribute, user_org_unit, users,
};
use super::tx::Lock;
use super::users::IndexRow;
use crate::clock::Instant;
use crate::ids::{ConnectionId, GroupId, TenantId, UnitId, UserId};

/// Adds index rows. A user has few: on SQLite one prepared statement, used for each, costs less than one that must be
/// compiled for their number.
pub(super) fn insert_index_rows(conn: &mut Conn, rows: &[IndexRow]) -> QueryResult<usize> {
    if rows.is_empty() {
        return Ok(0);
    }
    match conn {
        Conn::Pg(pg) => diesel::insert_into(user_attribute::table).values(rows).execute(pg),
        Conn::Sqlite(sqlite) => {
            rows.iter().map(|row| diesel::insert_into(user_attribute::table).values(row).execute(sqlite)).sum()
        }
    }
}

/// Adds member rows: several in one statement.
pub(super) fn insert_members(conn: &mut Conn, rows: &[MemberRow]) -> QueryResult<usize> {
    if rows.is_empty() {
        return Ok(0);
    }
    directly!(conn, inner => diesel::insert_into(group_member::table).values(rows).execute(inner))
}

/// Adds a login unless another user has it.
pub(super) fn insert_login_if_free(conn: &mut Conn, new: &Login) -> QueryResult<usize> {
    match conn {
        Conn::Pg(pg) => diesel::insert_into(login_id::table).values(new).on_conflict_do_nothing().execute(pg),
        Conn::Sqlite(sqlite) => diesel::insert_or_ignore_into(login_id::table).values(new).execute(sqlite),
    }
}

/// Adds those logins that nobody has; answers how many. A user has one or two: on SQLite one prepared statement, used for
/// each, costs less than one that must be compiled for their number.
pub(super) fn insert_free_logins(conn: &mut Conn, rows: &[Login]) -> QueryResult<usize> {
    match conn {
        Conn::Pg(pg) => diesel::insert_into(login_id::table).values(rows).on_conflict_do_nothing().execute(pg),
        Conn::Sqlite(sqlite) => {
            rows.iter().map(|row| diesel::insert_or_ignore_into(login_id::table).values(row).execute(sqlite)).sum()
        }
    }
}

/// Adds a count of guesses unless there is one.
pub(super) fn insert_guess_if_new(conn: &mut Conn, new: &Guess) -> QueryResult<usize> {
    match conn {
        Conn::Pg(pg) => diesel::insert_into(guess::table).values(new).on_conflict_do_nothing().execute(pg),
        Conn::Sqlite(sqlite) => diesel::insert_or_ignore_into(guess::table).values(new).execute(sqlite),
    }
}

/// Adds a day's counts unless there are some.
pub(super) fn insert_mfa_day_if_new(conn: &mut Conn, new: &Day) -> QueryResult<usize> {
    match conn {
        Conn::Pg(pg) => diesel::insert_into(mfa_day::table).values(new).on_conflict_do_nothing().execute(pg),
        Conn::Sqlite(sqlite) => diesel::insert_or_ignore_into(mfa_day::table).values(new).execute(sqlite),
    }
}

/// Adds rows to the provisioning log. They are wide: on SQLite one prepared statement, used for each, costs less than one
/// that must be compiled for their number.
pub(super) fn insert_log_rows(conn: &mut Conn, rows: &[LogRow]) -> QueryResult<usize> {
    match conn {
        Conn::Pg(_) if rows.is_empty() => Ok(0),
        Conn::Pg(pg) => diesel::insert_into(provisioning_log::table).values(rows).execute(pg),
        Conn::Sqlite(sqlite) => {
            rows.iter().map(|row| diesel::insert_into(provisioning_log::table).values(row).execute(sqlite)).sum()
        }
    }
}

/// The key of the lock that stands for who owns the platform.
const OWNERS: i64 = 0x6f77_6e65_7273;

/// The first messages that are due and were tried less than `most` times; nobody else may have them before the
/// transaction ends, and nobody waits for them.
pub(super) fn due_messages_kept(conn: &mut Conn, now: Instant, most: i32, limit: i64) -> QueryResult<Vec<i64>> {
    let due = outbox::table
        .filter(outbox::sent.is_null().and(outbox::due.le(now)).and(outbox::attempts.lt(most)))
        .order(outbox::due)
        .limit(limit)
        .select(outbox::seq);
    match conn {
        Conn::Pg(pg) => due.for_update().skip_locked().load(pg),
        Conn::Sqlite(sqlite) => due.load(sqlite),
    }
}

/// On PostgreSQL, what keeps those rows of the journal that no running transaction can put another one before.
pub(super) fn settled(conn: &Conn) -> Option<SqlLiteral<Bool>> {
    let condition = "journal.tx_id < pg_snapshot_xmin(pg_current_snapshot())";
    matches!(conn, Conn::Pg(_)).then(|| diesel::dsl::sql(condition))
}

/// Waits for a lock and keeps it until the transaction ends. SQLite's one writer needs none.
pub(super) fn lock(conn: &mut Conn, lock: Lock) -> QueryResult<()> {
    let Conn::Pg(pg) = conn else { return Ok(()) };
    match lock {
        Lock::Tenant(id) => {
            let rows = tenant::table.filter(tenant::id.eq(id));
            rows.select(tenant::id).for_no_key_update().load::<TenantId>(pg)?;
        }
        Lock::User(id) => {
            users::table.filter(users::id.eq(id)).select(users::seq).for_no_key_update().load::<i64>(pg)?;
        }
        Lock::Group(id) => {
            groups::table.filter(groups::id.eq(id)).select(groups::seq).for_no_key_update().load::<i64>(pg)?;
        }
        Lock::Resource(id) => {
            resource::table.filter(resource::id.eq(id)).select(resource::seq).for_no_key_update().load::<i64>(pg)?;
        }
        Lock::Installation => {
            installation::table.select(installation::id).for_no_key_update().load::<i64>(pg)?;
        }
        // No row stands for what these keep. Two that share a key wait for each other, nothing more.
        Lock::LocalGroups(id) => advisory_lock(pg, advisory_key(id).wrapping_add(2))?,
        Lock::Units(id) => advisory_lock(pg, advisory_key(id).wrapping_add(1))?,
        Lock::Membership(id) => advisory_lock(pg, advisory_key(id))?,
        Lock::Owners => advisory_lock(pg, OWNERS)?,
        Lock::Count(number) => advisory_lock(pg, number)?,
    }
    Ok(())
}

fn advisory_lock(pg: &mut PgConn, key: i64) -> QueryResult<()> {
    diesel::sql_query("SELECT pg_advisory_xact_lock($1)").bind::<BigInt, _>(key).execute(pg).map(|_| ())
}

fn advisory_key(of: TenantId) -> i64 {
    let (_, random) = of.uuid().as_u64_pair();
    i64::from_ne_bytes(random.to_ne_bytes())
}

/// The version of a tenant's schemas, which stays as it is until the transaction ends.
pub(super) fn schema_version_kept(conn: &mut Conn, of: TenantId) -> QueryResult<Option<i64>> {
    let version = tenant::table.filter(tenant::id.eq(of)).select(tenant::schema_version);
    match conn {
        Conn::Pg(pg) => version.for_share().first(pg).optional(),
        Conn::Sqlite(sqlite) => version.first(sqlite).optional(),
    }
}

/// Which of these are living users of the tenant. Nothing writes to them before the transaction ends: neither are they
/// deleted nor does another transaction link them. Locked in the order of their ids, so that two that lock many do not
/// wait for each other.
pub(super) fn living_users_kept(conn: &mut Conn, tenant: TenantId, ids: &[UserId]) -> QueryResult<Vec<UserId>> {
    let living = users::table
        .filter(users::id.eq_any(ids.to_vec()).and(users::tenant_id.eq(tenant)).and(users::deleted.is_null()))
        .order(users::id)
        .select(users::id);
    match conn {
        Conn::Pg(pg) => living.for_no_key_update().load(pg),
        Conn::Sqlite(sqlite) => living.load(sqlite),
    }
}

/// The users of these units; one that is in several of them comes several times. First the units, for which whoever puts a
/// user into one waits; then the rows, for which whoever takes one out does.
pub(super) fn users_of_units_kept(conn: &mut Conn, ids: &[UnitId]) -> QueryResult<Vec<UserId>> {
    let units = org_unit::table.filter(org_unit::id.eq_any(ids.to_vec())).order(org_unit::id).select(org_unit::id);
    let members = user_org_unit::table
        .filter(user_org_unit::unit_id.eq_any(ids.to_vec()))
        .order((user_org_unit::user_id, user_org_unit::unit_id))
        .select(user_org_unit::user_id);
    match conn {
        Conn::Pg(pg) => {
            units.for_update().load::<UnitId>(pg)?;
            members.for_update().load(pg)
        }
        Conn::Sqlite(sqlite) => members.load(sqlite),
    }
}

/// Waits until nobody else changes these groups, and keeps it so until the transaction ends; in the order of their ids.
pub(super) fn keep_groups(conn: &mut Conn, ids: &[GroupId]) -> QueryResult<()> {
    let Conn::Pg(pg) = conn else { return Ok(()) };
    let rows = groups::table.filter(groups::id.eq_any(ids.to_vec())).order(groups::id).select(groups::seq);
    rows.for_no_key_update().load::<i64>(pg).map(|_| ())
}

/// Which of these are groups of the owner. They may change, but not be deleted, before the transaction ends.
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
        Conn::Pg(pg) => of_tenant.for_key_share().load(pg)?,
        Conn::Sqlite(sqlite) => of_tenant.load(sqlite)?,
    };
    Ok(found.into_iter().filter(|(_, owner)| *owner == connection).map(|(id, _)| id).collect())
}
