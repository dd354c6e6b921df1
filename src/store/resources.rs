//! The `resource` table: resources of the types that tenants added. Every function takes the tenant and the type, or a
//! row that was found through them.

use diesel::prelude::*;
use scim_core::evaluate::Condition;
use serde_json::{Map, Value};

use super::filter::{self, Sql};
pub use super::places::ByTime as Order;
use super::places::{self, by_column, by_number};
use super::schema::resource;
use super::tx::Tx;
use super::types::Document;
use super::users::object;
use crate::clock::Instant;
use crate::error::Result;
use crate::ids::{ConnectionId, ResourceId, TenantId};

/// A resource as it is kept. The document is the resource without `id`, `meta`, `externalId`.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    /// In creation order.
    pub seq: i64,
    /// The id.
    pub id: ResourceId,
    /// The connection that made it.
    pub created_by: Option<ConnectionId>,
    /// The `externalId`, one for all connections of the tenant.
    pub external_id: Option<String>,
    /// Rises with each change.
    pub version: i64,
    /// The document.
    pub document: Map<String, Value>,
    /// When it was made.
    pub created: Instant,
    /// When it last changed.
    pub modified: Instant,
}

/// Which resources: those of one type of a tenant.
#[derive(Clone, Debug)]
pub struct Shelf {
    /// The tenant.
    pub tenant: TenantId,
    /// The name of the type.
    pub resource_type: String,
}

/// What of a list.
pub type Window = places::Window<Order>;

/// What a condition comes to in SQL.
pub struct Prepared {
    sql: Option<Sql<resource::table>>,
    /// Whether the SQL decides it alone.
    pub exact: bool,
    /// Whether an index leads to the rows.
    pub indexed: bool,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = resource)]
pub(super) struct Row {
    seq: i64,
    id: ResourceId,
    created_by: Option<ConnectionId>,
    external_id: Option<String>,
    version: i64,
    doc: Document,
    created: Instant,
    modified: Instant,
}

impl From<Row> for Resource {
    fn from(row: Row) -> Self {
        Self {
            seq: row.seq,
            id: row.id,
            created_by: row.created_by,
            external_id: row.external_id,
            version: row.version,
            document: object(row.doc),
            created: row.created,
            modified: row.modified,
        }
    }
}

/// Adds a resource.
///
/// # Errors
/// When the database cannot be asked.
pub fn insert(tx: &mut Tx<'_>, shelf: &Shelf, new: &Resource) -> Result<()> {
    diesel::insert_into(resource::table)
        .values((
            resource::id.eq(new.id),
            resource::tenant_id.eq(shelf.tenant),
            resource::resource_type.eq(&shelf.resource_type),
            resource::created_by.eq(new.created_by),
            resource::external_id.eq(&new.external_id),
            resource::version.eq(new.version),
            resource::doc.eq(Document(Value::Object(new.document.clone()))),
            resource::created.eq(new.created),
            resource::modified.eq(new.modified),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Writes a resource's columns and document.
///
/// # Errors
/// When the database cannot be asked.
pub fn update(tx: &mut Tx<'_>, changed: &Resource) -> Result<()> {
    diesel::update(resource::table.filter(resource::seq.eq(changed.seq)))
        .set((
            resource::external_id.eq(&changed.external_id),
            resource::version.eq(changed.version),
            resource::doc.eq(Document(Value::Object(changed.document.clone()))),
            resource::modified.eq(changed.modified),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Removes a resource.
///
/// # Errors
/// When the database cannot be asked.
pub fn delete(tx: &mut Tx<'_>, gone: &Resource) -> Result<()> {
    diesel::delete(resource::table.filter(resource::seq.eq(gone.seq))).execute(tx.conn)?;
    Ok(())
}

type Boxed<'a> = resource::BoxedQuery<'a, super::conn::MultiBackend>;

fn on(shelf: &Shelf) -> Boxed<'static> {
    resource::table
        .filter(resource::tenant_id.eq(shelf.tenant).and(resource::resource_type.eq(shelf.resource_type.clone())))
        .into_boxed::<super::conn::MultiBackend>()
}

fn matching(shelf: &Shelf, prepared: Prepared) -> Boxed<'static> {
    match prepared.sql {
        Some(sql) => on(shelf).filter(sql),
        None => on(shelf),
    }
}

/// The resource of that id.
///
/// # Errors
/// When the database cannot be asked.
pub fn find(tx: &mut Tx<'_>, shelf: &Shelf, id: ResourceId) -> Result<Option<Resource>> {
    let row = on(shelf).filter(resource::id.eq(id)).select(Row::as_select()).first(tx.conn).optional()?;
    Ok(row.map(Resource::from))
}

/// What a condition comes to in SQL.
pub fn prepare(condition: Option<&Condition>) -> Prepared {
    match condition {
        None => Prepared { sql: None, exact: true, indexed: true },
        Some(condition) => {
            let plan = filter::resources::condition(condition);
            Prepared { sql: plan.sql, exact: plan.exact, indexed: plan.indexed }
        }
    }
}

/// How many resources the SQL holds for.
///
/// # Errors
/// When the database cannot be asked.
pub fn count(tx: &mut Tx<'_>, shelf: &Shelf, prepared: Prepared) -> Result<i64> {
    Ok(matching(shelf, prepared).count().get_result(tx.conn)?)
}

/// The numbers of one page of resources, in its order.
///
/// # Errors
/// When the database cannot be asked.
pub fn page(tx: &mut Tx<'_>, shelf: &Shelf, prepared: Prepared, window: &Window) -> Result<Vec<i64>> {
    let query = matching(shelf, prepared);
    let ordered = match window.order {
        Order::Creation => by_number!(query, window, resource::seq),
        Order::Created => by_column!(query, window, resource::created, resource::seq, instant),
        Order::Modified => by_column!(query, window, resource::modified, resource::seq, instant),
    };
    Ok(ordered.select(resource::seq).limit(window.limit).offset(window.start.offset()).load(tx.conn)?)
}

/// The resources of these numbers, in their order.
///
/// # Errors
/// When the database cannot be asked.
pub fn load(tx: &mut Tx<'_>, shelf: &Shelf, seqs: &[i64]) -> Result<Vec<Resource>> {
    let mut found = std::collections::HashMap::with_capacity(seqs.len());
    for some in seqs.chunks(super::members::CHUNK) {
        let rows = on(shelf).filter(resource::seq.eq_any(some.to_vec())).select(Row::as_select()).load(tx.conn)?;
        found.extend(rows.into_iter().map(|row| (row.seq, Resource::from(row))));
    }
    Ok(seqs.iter().filter_map(|seq| found.remove(seq)).collect())
}
