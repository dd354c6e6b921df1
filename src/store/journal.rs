//! The `journal` and `journal_value` tables: appended to in the transaction of the change, never updated.

use diesel::prelude::*;
use serde_json::Value;

use super::conn::{MultiBackend, directly};
use super::schema::{journal, journal_value, users};
use super::seams;
use super::tx::Tx;
use super::types::{Document, Json};
use crate::clock::Instant;
use crate::error::Result;
use crate::ids::{TenantId, UserId};

/// Rows that are read of one request, at the most.
const MOST_OF_A_REQUEST: i64 = 100;
/// Rows of one resource that are looked through for who wrote a path, at the most.
const MOST_OF_A_RESOURCE: i64 = 1_000;

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
    /// What the actor was called.
    pub actor_name: Option<String>,
    /// What the thing was called, where the change tells.
    pub resource_name: Option<String>,
}

/// A row as it is read back.
#[derive(Clone, Debug)]
pub struct Read {
    /// The position in the journal.
    pub seq: i64,
    /// The tenant.
    pub tenant: TenantId,
    /// When.
    pub at: Instant,
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
    /// The identity source of the user it is about.
    pub identity_source: Option<String>,
    /// Why, where a reason is known.
    pub reason: Option<String>,
    /// What the actor was called, while values are kept.
    pub actor_name: Option<String>,
    /// What the thing was called, while values are kept.
    pub resource_name: Option<String>,
}

/// Which rows are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Of these tenants; `None` is of all.
    pub tenants: Option<Vec<TenantId>>,
    /// By the actor of this id.
    pub actor: Option<String>,
    /// Of this kind of change.
    pub operation: Option<String>,
    /// Of this kind of thing.
    pub resource_type: Option<String>,
    /// Of this thing.
    pub resource: Option<String>,
    /// Of users of this identity source.
    pub source: Option<String>,
    /// Of this request.
    pub request: Option<String>,
    /// Not before this.
    pub from: Option<Instant>,
    /// Before this.
    pub to: Option<Instant>,
    /// Behind this position.
    pub after: Option<i64>,
    /// Before this position.
    pub before: Option<i64>,
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
    let Some((before, after)) = &entry.values else { return Ok(()) };
    let values = (
        journal_value::journal_seq.eq(seq),
        journal_value::subject_id.eq(&entry.resource_id),
        journal_value::before.eq(before.as_ref()),
        journal_value::after.eq(after.as_ref()),
        journal_value::actor_name.eq(entry.actor_name.as_deref()),
    );
    let table = diesel::insert_into(journal_value::table);
    if let (None, Some(user)) = (&entry.resource_name, user_of(entry)) {
        // The change does not tell the user's name; the row does.
        let name = users::table.filter(users::id.eq(user)).select(users::user_name.nullable()).single_value();
        let row = table.values((values, journal_value::resource_name.eq(name)));
        directly!(tx.conn, inner => row.execute(inner))?;
    } else {
        let row = table.values((values, journal_value::resource_name.eq(entry.resource_name.as_deref())));
        directly!(tx.conn, inner => row.execute(inner))?;
    }
    Ok(())
}

fn user_of(entry: &Entry) -> Option<UserId> {
    if entry.resource_type == "User" { entry.resource_id.parse().ok() } else { None }
}

/// Up to `limit` rows of a tenant after `seq`, oldest first, of one resource or of all.
///
/// # Errors
/// When the database cannot be asked.
pub fn read(tx: &mut Tx<'_>, tenant: TenantId, resource: Option<&str>, after: i64, limit: i64) -> Result<Vec<Read>> {
    let (tenants, resource) = (Some(vec![tenant]), resource.map(str::to_owned));
    oldest(tx, &Wanted { tenants, resource, after: Some(after), ..Wanted::default() }, limit)
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

/// The kind of actor who last made or changed a path of a resource, if anybody did.
///
/// # Errors
/// When the database cannot be asked.
pub fn last_writer(tx: &mut Tx<'_>, tenant: TenantId, resource: &str, path: &str) -> Result<Option<String>> {
    let rows: Vec<(String, Document)> = journal::table
        .filter(journal::tenant_id.eq(tenant).and(journal::resource_id.eq(resource)))
        .order(journal::seq.desc())
        .limit(MOST_OF_A_RESOURCE)
        .select((journal::actor_kind, journal::paths))
        .load(tx.conn)?;
    let names = |paths: &Document| paths.0.as_array().is_some_and(|all| all.iter().any(|one| one == path));
    Ok(rows.into_iter().find(|(_, paths)| names(paths)).map(|(kind, _)| kind))
}

/// Erases the values, the names and the reasons that were kept of changes of a resource, and its name as an actor. That there
/// were changes stays.
///
/// # Errors
/// When the database cannot be asked.
pub fn erase_values(tx: &mut Tx<'_>, resource: &str) -> Result<()> {
    diesel::delete(journal_value::table.filter(journal_value::subject_id.eq(resource))).execute(tx.conn)?;
    diesel::update(journal::table.filter(journal::resource_id.eq(resource).and(journal::reason.is_not_null())))
        .set(journal::reason.eq(None::<String>))
        .execute(tx.conn)?;
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
    let (resource, request) = (Some(resource.to_owned()), Some(request.to_owned()));
    oldest(tx, &Wanted { tenants: Some(vec![tenant]), resource, request, ..Wanted::default() }, MOST_OF_A_REQUEST)
}

fn oldest(tx: &mut Tx<'_>, wanted: &Wanted, limit: i64) -> Result<Vec<Read>> {
    let rows: Vec<Columns> = select(wanted).order(journal::seq).limit(limit).load(tx.conn)?;
    Ok(rows.into_iter().map(of_columns).collect())
}

/// Up to `limit` rows, the newest first, of transactions before which none is running any more: what is behind a row that
/// was read stays as it is.
///
/// # Errors
/// When the database cannot be asked.
pub fn newest(tx: &mut Tx<'_>, wanted: &Wanted, limit: i64) -> Result<Vec<Read>> {
    let mut query = select(wanted).order(journal::seq.desc()).limit(limit);
    if let Some(settled) = seams::settled(tx.conn) {
        query = query.filter(settled);
    }
    let rows: Vec<Columns> = query.load(tx.conn)?;
    Ok(rows.into_iter().map(of_columns).collect())
}

type Columns = (
    (i64, TenantId, Instant),
    (String, String, String),
    (Document, Option<Document>),
    (String, String),
    (String, Option<String>, Option<String>),
    (Option<Document>, Option<Document>),
    (Option<String>, Option<String>),
);

fn of_columns(columns: Columns) -> Read {
    let ((seq, tenant, at), resource, (paths, members), actor, (request_id, identity_source, reason), values, names) =
        columns;
    Read {
        seq,
        tenant,
        at,
        resource_type: resource.0,
        resource_id: resource.1,
        operation: resource.2,
        paths: paths.0,
        members: members.map(|members| members.0),
        actor,
        request_id,
        before: values.0.map(|before| before.0),
        after: values.1.map(|after| after.0),
        identity_source,
        reason,
        actor_name: names.0,
        resource_name: names.1,
    }
}

#[diesel::dsl::auto_type]
fn selected() -> _ {
    journal::table.left_join(journal_value::table.on(journal_value::journal_seq.eq(journal::seq))).select((
        (journal::seq, journal::tenant_id, journal::at),
        (journal::resource_type, journal::resource_id, journal::operation),
        (journal::paths, journal::members),
        (journal::actor_kind, journal::actor_id),
        (journal::request_id, journal::identity_source, journal::reason),
        (journal_value::before.nullable(), journal_value::after.nullable()),
        (journal_value::actor_name.nullable(), journal_value::resource_name.nullable()),
    ))
}

fn select(wanted: &Wanted) -> diesel::helper_types::IntoBoxed<'static, selected, MultiBackend> {
    let mut query = selected().into_boxed::<MultiBackend>();
    if let Some(tenants) = &wanted.tenants {
        query = query.filter(journal::tenant_id.eq_any(tenants.clone()));
    }
    if let Some(actor) = &wanted.actor {
        query = query.filter(journal::actor_id.eq(actor.clone()));
    }
    if let Some(operation) = &wanted.operation {
        query = query.filter(journal::operation.eq(operation.clone()));
    }
    if let Some(resource_type) = &wanted.resource_type {
        query = query.filter(journal::resource_type.eq(resource_type.clone()));
    }
    if let Some(resource) = &wanted.resource {
        query = query.filter(journal::resource_id.eq(resource.clone()));
    }
    if let Some(source) = &wanted.source {
        query = query.filter(journal::identity_source.eq(source.clone()));
    }
    if let Some(request) = &wanted.request {
        query = query.filter(journal::request_id.eq(request.clone()));
    }
    if let Some(from) = wanted.from {
        query = query.filter(journal::at.ge(from));
    }
    if let Some(to) = wanted.to {
        query = query.filter(journal::at.lt(to));
    }
    if let Some(after) = wanted.after {
        query = query.filter(journal::seq.gt(after));
    }
    if let Some(before) = wanted.before {
        query = query.filter(journal::seq.lt(before));
    }
    query
}
