//! The `provisioning_log` table: rows come in batches, and are read newest first. What
//! stands in a row is decided above.

use diesel::prelude::*;

use super::conn::MultiBackend;
use super::schema::provisioning_log;
use super::seams;
use super::tx::Tx;
use crate::clock::Instant;
use crate::error::Result;
use crate::ids::{ConnectionId, TenantId};

/// One row: a request, or an operation of a bulk request.
#[derive(Clone, Debug, PartialEq, Eq, Insertable, Queryable, Selectable)]
#[diesel(table_name = provisioning_log)]
pub struct Row {
    /// The tenant.
    pub tenant_id: TenantId,
    /// The connection that asked.
    pub connection_id: ConnectionId,
    /// What it was called then.
    pub connection_name: String,
    /// The public id of its token.
    pub token_id: String,
    /// When the request began.
    pub at: Instant,
    /// The request's id.
    pub request_id: String,
    /// The number of the operation in a bulk request, from 1; `None` is the request itself.
    pub part: Option<i32>,
    /// The client, as far as it was recognised.
    pub client: Option<String>,
    /// What it calls itself.
    pub user_agent: Option<String>,
    /// The method.
    pub method: String,
    /// The path.
    pub path: String,
    /// The query without its values.
    pub query: Option<String>,
    /// The status of the answer.
    pub status: i32,
    /// How long it took, in microseconds.
    pub micros: i64,
    /// What was done, in words.
    pub did: String,
    /// What was tolerated: a JSON array of texts.
    pub tolerated: Option<String>,
    /// The kind of thing it was about.
    pub resource_type: Option<String>,
    /// Which one.
    pub resource_id: Option<String>,
    /// What the answer said was wrong.
    pub detail: Option<String>,
    /// The body, without secrets and cut.
    pub body: Option<String>,
}

/// Which rows are asked for.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Of the connection of that name.
    pub connection: Option<String>,
    /// Only answers of 400 and more.
    pub failures: bool,
    /// Not older than this.
    pub since: Option<Instant>,
    /// Of this request.
    pub request: Option<String>,
    /// Behind this position.
    pub after: Option<i64>,
}

/// Adds rows in one statement.
///
/// # Errors
/// When the database cannot be asked.
pub fn insert(tx: &mut Tx<'_>, rows: &[Row]) -> Result<()> {
    seams::insert_log_rows(tx.conn, rows)?;
    Ok(())
}

/// The newest `limit` rows of a tenant with their positions, oldest of them first.
///
/// # Errors
/// When the database cannot be asked.
pub fn newest(tx: &mut Tx<'_>, tenant: TenantId, wanted: &Wanted, limit: i64) -> Result<Vec<(i64, Row)>> {
    use provisioning_log as log;
    let mut query = log::table
        .filter(log::tenant_id.eq(tenant))
        .order((log::at.desc(), log::seq.desc()))
        .limit(limit)
        .select((log::seq, Row::as_select()))
        .into_boxed::<MultiBackend>();
    if let Some(connection) = &wanted.connection {
        query = query.filter(log::connection_name.eq(connection.clone()));
    }
    if wanted.failures {
        query = query.filter(log::status.ge(400));
    }
    if let Some(since) = wanted.since {
        query = query.filter(log::at.ge(since));
    }
    if let Some(request) = &wanted.request {
        query = query.filter(log::request_id.eq(request.clone()));
    }
    if let Some(after) = wanted.after {
        query = query.filter(log::seq.gt(after));
    }
    let mut rows: Vec<(i64, Row)> = query.load(tx.conn)?;
    rows.reverse();
    Ok(rows)
}
