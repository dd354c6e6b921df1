//! The `activity` table: sign-ins, refusals and what was looked at. Rows are added one at a time and counted up when the
//! same happens again, and read by pages. What stands in a row is decided above.

use diesel::prelude::*;
use serde_json::Value;

use super::conn::{MultiBackend, directly};
use super::schema::activity;
use super::tx::Tx;
use super::types::{Document, Json};
use crate::clock::Instant;
use crate::error::Result;
use crate::ids::{TenantId, UserId};

/// Something that happened, ready to be written.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Insertable)]
#[diesel(table_name = activity, treat_none_as_default_value = false)]
pub struct Row {
    /// The tenant it belongs to.
    pub tenant_id: TenantId,
    /// When.
    pub at: Instant,
    /// The kind: `sign_in`, `denied`, `read`.
    pub kind: String,
    /// What came of it.
    pub outcome: String,
    /// The kind of actor.
    pub actor_kind: String,
    /// Which one.
    pub actor_id: String,
    /// The user it is about.
    pub user_id: Option<UserId>,
    /// The kind of thing it is about.
    pub resource_type: Option<String>,
    /// Which one.
    pub resource_id: Option<String>,
    /// More of it, by kind.
    pub detail: Json,
    /// How often it happened, within a minute.
    pub amount: i32,
    /// From which address.
    pub address: Option<String>,
    /// By which client.
    pub user_agent: Option<String>,
    /// In which request.
    pub request_id: String,
}

/// A row as it is read back.
#[derive(Clone, Debug, PartialEq)]
pub struct Read {
    /// Its position.
    pub seq: i64,
    /// The tenant it belongs to.
    pub tenant: TenantId,
    /// When it happened first.
    pub at: Instant,
    /// The kind.
    pub kind: String,
    /// What came of it.
    pub outcome: String,
    /// The kind and id of the actor.
    pub actor: (String, String),
    /// The user it is about.
    pub user: Option<UserId>,
    /// The kind of thing it is about, and which one.
    pub resource: (Option<String>, Option<String>),
    /// More of it.
    pub detail: Value,
    /// How often it happened, within a minute.
    pub amount: i32,
    /// From which address.
    pub address: Option<String>,
    /// By which client.
    pub user_agent: Option<String>,
    /// In which request.
    pub request_id: String,
}

/// Which rows are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Of these tenants; `None` is of all.
    pub tenants: Option<Vec<TenantId>>,
    /// Of one of these kinds.
    pub kind: Option<String>,
    /// With this outcome.
    pub outcome: Option<String>,
    /// By the actor of this id.
    pub actor: Option<String>,
    /// About this user.
    pub user: Option<UserId>,
    /// Not before this.
    pub from: Option<Instant>,
    /// Before this.
    pub to: Option<Instant>,
    /// Older than the row at this position.
    pub before: Option<i64>,
}

/// Adds a row; its position.
///
/// # Errors
/// When the database cannot be asked.
pub fn insert(tx: &mut Tx<'_>, row: &Row) -> Result<i64> {
    let statement = diesel::insert_into(activity::table).values(row).returning(activity::seq);
    Ok(directly!(tx.conn, inner => statement.get_result(inner))?)
}

/// Counts up the row at a position.
///
/// # Errors
/// When the database cannot be asked.
pub fn count_up(tx: &mut Tx<'_>, seq: i64, by: i32) -> Result<()> {
    let statement =
        diesel::update(activity::table.filter(activity::seq.eq(seq))).set(activity::amount.eq(activity::amount + by));
    directly!(tx.conn, inner => statement.execute(inner))?;
    Ok(())
}

/// Up to `limit` rows, the newest first.
///
/// # Errors
/// When the database cannot be asked.
pub fn newest(tx: &mut Tx<'_>, wanted: &Wanted, limit: i64) -> Result<Vec<Read>> {
    let mut query = activity::table
        .order(activity::seq.desc())
        .limit(limit)
        .select((
            (activity::seq, activity::tenant_id, activity::at, activity::kind, activity::outcome),
            (activity::actor_kind, activity::actor_id),
            activity::user_id,
            (activity::resource_type, activity::resource_id),
            (activity::detail, activity::amount),
            (activity::address, activity::user_agent, activity::request_id),
        ))
        .into_boxed::<MultiBackend>();
    if let Some(tenants) = &wanted.tenants {
        query = query.filter(activity::tenant_id.eq_any(tenants.clone()));
    }
    if let Some(kind) = &wanted.kind {
        query = query.filter(activity::kind.eq(kind.clone()));
    }
    if let Some(outcome) = &wanted.outcome {
        query = query.filter(activity::outcome.eq(outcome.clone()));
    }
    if let Some(actor) = &wanted.actor {
        query = query.filter(activity::actor_id.eq(actor.clone()));
    }
    if let Some(user) = wanted.user {
        query = query.filter(activity::user_id.eq(user));
    }
    if let Some(from) = wanted.from {
        query = query.filter(activity::at.ge(from));
    }
    if let Some(to) = wanted.to {
        query = query.filter(activity::at.lt(to));
    }
    if let Some(before) = wanted.before {
        query = query.filter(activity::seq.lt(before));
    }
    let rows: Vec<Columns> = query.load(tx.conn)?;
    Ok(rows.into_iter().map(read).collect())
}

type Columns = (
    (i64, TenantId, Instant, String, String),
    (String, String),
    Option<UserId>,
    (Option<String>, Option<String>),
    (Document, i32),
    (Option<String>, Option<String>, String),
);

fn read(columns: Columns) -> Read {
    let ((seq, tenant, at, kind, outcome), actor, user, resource, (detail, amount), (address, user_agent, request_id)) =
        columns;
    let detail = detail.0;
    Read { seq, tenant, at, kind, outcome, actor, user, resource, detail, amount, address, user_agent, request_id }
}
