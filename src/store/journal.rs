//! The `journal` and `journal_value` tables: appended to in the transaction of the change, never updated.

use diesel::prelude::*;
use serde_json::Value;

use super::conn::directly;
use super::schema::{journal, journal_value};
use super::tx::Tx;
use super::types::{Document, Json};
use crate::clock::Instant;
use crate::error::Result;
use crate::ids::TenantId;

/// Rows that are read of one request, at the most.
const MOST_OF_A_REQUEST: i64 = 100;

/// One row of the journal, with its values.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The tenant.
    pub tenant: TenantId,
    /// When.
    pub at: Instant,
    /// The kind of actor.
    pub actor_kind: &'static str,
    /// Which one.
    pub actor_id: String,
    /// In which request.
    pub request_id: String,
    /// The kind of thing that changed.
    pub resource_type: String,
    /// Which one.
    pub resource_id: String,
    /// What was done.
    pub operation: &'static str,
    /// The paths that changed: an array of texts.
    pub paths: Json,
    /// Ids of members that were added and removed.
    pub members: Option<Json>,
    /// The identity source of the user it is about.
    pub identity_source: Option<String>,
    /// Why, where a reason is known.
    pub reason: Option<String>,
    /// Values before and after, by path.
    pub values: Option<(Option<Json>, Option<Json>)>,
}

/// A row as it is read back.
#[derive(Clone, Debug)]
pub struct Read {
    /// The position in the journal.
    pub seq: i64,
    /// The kind of thing that changed.
    pub resource_type: String,
    /// Which one.
    pub resource_id: String,
    /// What was done.
    pub operation: String,
    /// The paths that changed.
    pub paths: Value,
    /// Ids of members that were added and removed.
    pub members: Option<Value>,
    /// The kind and id of the actor.
    pub actor: (String, String),
    /// In which request.
    pub request_id: String,
    /// Values before.
    pub before: Option<Value>,
    /// Values after.
    pub after: Option<Value>,
}

/// Appends a row.
///
/// # Errors
/// When the database cannot be asked.
pub fn append(tx: &mut Tx<'_>, entry: &Entry) -> Result<()> {
    let row = diesel::insert_into(journal::table)
        .values((
            journal::tenant_id.eq(entry.tenant),
            journal::at.eq(entry.at),
            journal::actor_kind.eq(entry.actor_kind),
            journal::actor_id.eq(&entry.actor_id),
            journal::request_id.eq(&entry.request_id),
            journal::resource_type.eq(&entry.resource_type),
            journal::resource_id.eq(&entry.resource_id),
            journal::operation.eq(entry.operation),
            journal::paths.eq(&entry.paths),
            journal::members.eq(entry.members.as_ref()),
            journal::identity_source.eq(entry.identity_source.as_deref()),
            journal::reason.eq(entry.reason.as_deref()),
        ))
        .returning(journal::seq);
    let seq: i64 = directly!(tx.conn, inner => row.get_result(inner))?;
    if let Some((before, after)) = &entry.values {
        let row = diesel::insert_into(journal_value::table).values((
            journal_value::journal_seq.eq(seq),
            journal_value::subject_id.eq(&entry.resource_id),
            journal_value::before.eq(before.as_ref()),
            journal_value::after.eq(after.as_ref()),
        ));
        directly!(tx.conn, inner => row.execute(inner))?;
    }
    Ok(())
}

/// Up to `limit` rows of a tenant after `seq`, oldest first, of one resource or of all.
///
/// # Errors
/// When the database cannot be asked.
pub fn read(tx: &mut Tx<'_>, tenant: TenantId, resource: Option<&str>, after: i64, limit: i64) -> Result<Vec<Read>> {
    select(tx, tenant, resource, None, after, limit)
}

/// The values before the last operation of that kind on a resource, if they are still kept.
///
/// # Errors
/// When the database cannot be asked.
pub fn last_values(tx: &mut Tx<'_>, tenant: TenantId, resource: &str, operation: &str) -> Result<Option<Value>> {
    let found: Option<Option<Document>> = journal::table
        .inner_join(journal_value::table.on(journal_value::journal_seq.eq(journal::seq)))
        .filter(journal::tenant_id.eq(tenant).and(journal::resource_id.eq(resource)))
        .filter(journal::operation.eq(operation))
        .order(journal::seq.desc())
        .select(journal_value::before)
        .first(tx.conn)
        .optional()?;
    Ok(found.flatten().map(|document| document.0))
}

/// Erases the values, and the names, that were kept of changes of a resource, and its name as an actor. That there were
/// changes stays.
///
/// # Errors
/// When the database cannot be asked.
pub fn erase_values(tx: &mut Tx<'_>, resource: &str) -> Result<()> {
    diesel::delete(journal_value::table.filter(journal_value::subject_id.eq(resource))).execute(tx.conn)?;
    let acted = journal::table.filter(journal::actor_id.eq(resource)).select(journal::seq);
    diesel::update(journal_value::table.filter(journal_value::journal_seq.eq_any(acted)))
        .set(journal_value::actor_name.eq(None::<String>))
        .execute(tx.conn)?;
    Ok(())
}

/// What one request changed in one resource. An id that a client gives may name several requests.
///
/// # Errors
/// When the database cannot be asked.
pub fn of_request(tx: &mut Tx<'_>, tenant: TenantId, resource: &str, request: &str) -> Result<Vec<Read>> {
    select(tx, tenant, Some(resource), Some(request), 0, MOST_OF_A_REQUEST)
}

fn select(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    resource: Option<&str>,
    request: Option<&str>,
    after: i64,
    limit: i64,
) -> Result<Vec<Read>> {
    let mut query = journal::table
        .left_join(journal_value::table.on(journal_value::journal_seq.eq(journal::seq)))
        .filter(journal::tenant_id.eq(tenant).and(journal::seq.gt(after)))
        .order(journal::seq)
        .limit(limit)
        .select((
            journal::seq,
            (journal::resource_type, journal::resource_id, journal::operation),
            (journal::paths, journal::members),
            (journal::actor_kind, journal::actor_id),
            journal::request_id,
            (journal_value::before.nullable(), journal_value::after.nullable()),
        ))
        .into_boxed::<super::conn::MultiBackend>();
    if let Some(resource) = resource {
        query = query.filter(journal::resource_id.eq(resource.to_owned()));
    }
    if let Some(request) = request {
        query = query.filter(journal::request_id.eq(request.to_owned()));
    }
    type Columns = (
        i64,
        (String, String, String),
        (Document, Option<Document>),
        (String, String),
        String,
        (Option<Document>, Option<Document>),
    );
    let rows: Vec<Columns> = query.load(tx.conn)?;
    let read = |(seq, resource, (paths, members), actor, request_id, (before, after)): Columns| Read {
        seq,
        resource_type: resource.0,
        resource_id: resource.1,
        operation: resource.2,
        paths: paths.0,
        members: members.map(|members| members.0),
        actor,
        request_id,
        before: before.map(|before| before.0),
        after: after.map(|after| after.0),
    };
    Ok(rows.into_iter().map(read).collect())
}
