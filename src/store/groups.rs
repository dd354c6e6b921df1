//! The `groups` table. Members are in `members`.

use diesel::prelude::*;
use diesel::sql_types::BigInt;
use scim_core::evaluate::Condition;
use serde_json::{Map, Value};

use super::conn::directly;
use super::filter::{self, Sql, unindexed};
pub use super::places::ByTime as Order;
use super::places::{self, Start, by_column, by_number};
use super::schema::groups;
use super::text;
use super::tx::{Tx, is_taken};
use super::types::{Document, Json};
use super::users::object;
use crate::clock::Instant;
use crate::error::{Error, Result};
use crate::ids::{ConnectionId, GroupId, TenantId};

/// A group as it is kept. The document is the resource without `id`, `meta`, `members`, `externalId`.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// In creation order.
    pub seq: i64,
    /// The id.
    pub id: GroupId,
    /// The connection that owns it; `None` for a local group.
    pub connection: Option<ConnectionId>,
    /// The name, as it was sent.
    pub display_name: String,
    /// The `externalId` that its connection gave it.
    pub external_id: Option<String>,
    /// Rises with each change, of members too.
    pub version: i64,
    /// The document.
    pub document: Map<String, Value>,
    /// When it was made.
    pub created: Instant,
    /// When it last changed.
    pub modified: Instant,
}

/// Whose groups a query sees: those of one owner.
#[derive(Clone, Copy, Debug)]
pub struct Owner {
    /// The tenant.
    pub tenant: TenantId,
    /// The connection; `None` for local groups.
    pub connection: Option<ConnectionId>,
}

/// What of a list.
pub type Window = places::Window<Order>;

/// What a condition comes to in SQL.
pub struct Prepared {
    sql: Option<Sql<groups::table>>,
    /// Whether the SQL decides it alone.
    pub exact: bool,
    /// Whether an index leads to the rows.
    pub indexed: bool,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = groups)]
pub(super) struct Row {
    seq: i64,
    id: GroupId,
    connection_id: Option<ConnectionId>,
    display_name: String,
    external_id: Option<String>,
    version: i64,
    doc: Document,
    created: Instant,
    modified: Instant,
}

#[derive(Insertable)]
#[diesel(table_name = groups, treat_none_as_default_value = false)]
struct NewRow<'a> {
    id: GroupId,
    tenant_id: TenantId,
    connection_id: Option<ConnectionId>,
    display_name: &'a str,
    display_name_folded: String,
    unique_name: Option<String>,
    external_id: Option<&'a str>,
    version: i64,
    doc: Json,
    created: Instant,
    modified: Instant,
}

impl From<Row> for Group {
    fn from(row: Row) -> Self {
        Self {
            seq: row.seq,
            id: row.id,
            connection: row.connection_id,
            display_name: row.display_name,
            external_id: row.external_id,
            version: row.version,
            document: object(row.doc),
            created: row.created,
            modified: row.modified,
        }
    }
}

fn taken(error: diesel::result::Error, name: &str) -> Error {
    if is_taken(&error) {
        Error::Taken(format!("displayName `{name}` is in use by another group"))
    } else {
        error.into()
    }
}

/// Adds a group. `unique` says whether its name must differ from those of its owner's other groups.
///
/// # Errors
/// [`Error::Taken`] when the name must be unique and is in use.
pub fn insert(tx: &mut Tx<'_>, tenant: TenantId, group: &Group, unique: bool) -> Result<i64> {
    let folded = text::key(&group.display_name);
    let row = NewRow {
        id: group.id,
        tenant_id: tenant,
        connection_id: group.connection,
        display_name: &group.display_name,
        unique_name: unique.then(|| folded.clone()),
        display_name_folded: folded,
        external_id: group.external_id.as_deref(),
        version: group.version,
        doc: Json::of(&group.document)?,
        created: group.created,
        modified: group.modified,
    };
    let insert = diesel::insert_into(groups::table).values(&row).returning(groups::seq);
    directly!(tx.conn, inner => insert.get_result(inner)).map_err(|error| taken(error, &group.display_name))
}

/// Writes a group's columns and document.
///
/// # Errors
/// [`Error::Taken`] when the name must be unique and is in use.
pub fn update(tx: &mut Tx<'_>, group: &Group, unique: bool) -> Result<()> {
    let folded = text::key(&group.display_name);
    let update = diesel::update(groups::table.filter(groups::seq.eq(group.seq))).set((
        groups::display_name.eq(&group.display_name),
        groups::unique_name.eq(unique.then(|| folded.clone())),
        groups::display_name_folded.eq(folded),
        groups::external_id.eq(&group.external_id),
        groups::version.eq(group.version),
        groups::doc.eq(Json::of(&group.document)?),
        groups::modified.eq(group.modified),
    ));
    directly!(tx.conn, inner => update.execute(inner)).map_err(|error| taken(error, &group.display_name))?;
    Ok(())
}

/// Writes a group's document, and nothing that follows from it.
///
/// # Errors
/// When the database cannot be asked.
pub fn update_document(
    tx: &mut Tx<'_>,
    seq: i64,
    document: &Map<String, Value>,
    version: i64,
    modified: Instant,
) -> Result<()> {
    diesel::update(groups::table.filter(groups::seq.eq(seq)))
        .set((
            groups::version.eq(version),
            groups::doc.eq(Document(Value::Object(document.clone()))),
            groups::modified.eq(modified),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Gives these groups of a tenant a new version, in one statement.
///
/// # Errors
/// When the database cannot be asked.
pub fn touch(tx: &mut Tx<'_>, tenant: TenantId, ids: &[GroupId], now: Instant) -> Result<()> {
    diesel::update(groups::table.filter(groups::id.eq_any(ids.to_vec()).and(groups::tenant_id.eq(tenant))))
        .set((groups::version.eq(groups::version + 1), groups::modified.eq(now)))
        .execute(tx.conn)?;
    Ok(())
}

/// Removes a group; its member rows go with it.
///
/// # Errors
/// When the database cannot be asked.
pub fn delete(tx: &mut Tx<'_>, group: &Group) -> Result<()> {
    diesel::delete(groups::table.filter(groups::seq.eq(group.seq))).execute(tx.conn)?;
    Ok(())
}

type Boxed<'a> = groups::BoxedQuery<'a, super::conn::MultiBackend>;
type Numbers = groups::BoxedQuery<'static, super::conn::MultiBackend, BigInt>;

fn owned(owner: Owner) -> Boxed<'static> {
    let query = groups::table.filter(groups::tenant_id.eq(owner.tenant)).into_boxed::<super::conn::MultiBackend>();
    match owner.connection {
        Some(connection) => query.filter(groups::connection_id.eq(connection)),
        None => query.filter(groups::connection_id.is_null()),
    }
}

pub(super) fn visible(owner: Owner, prepared: Prepared) -> Boxed<'static> {
    match prepared.sql {
        Some(sql) => owned(owner).filter(sql),
        None => owned(owner),
    }
}

/// The owner's group of that id.
///
/// # Errors
/// When the database cannot be asked.
pub fn find(tx: &mut Tx<'_>, owner: Owner, id: GroupId) -> Result<Option<Group>> {
    let group = groups::table.filter(groups::id.eq(id).and(groups::tenant_id.eq(owner.tenant)));
    let row: Option<Row> = directly!(tx.conn, inner => group.select(Row::as_select()).get_result(inner)).optional()?;
    Ok(row.filter(|row| row.connection_id == owner.connection).map(Group::from))
}

/// The tenant's group of that id, whoever owns it.
///
/// # Errors
/// When the database cannot be asked.
pub fn of_tenant(tx: &mut Tx<'_>, tenant: TenantId, id: GroupId) -> Result<Option<Group>> {
    let group = groups::table.filter(groups::id.eq(id).and(groups::tenant_id.eq(tenant)));
    Ok(group.select(Row::as_select()).get_result(tx.conn).optional()?.map(Group::from))
}

/// A local group of that name, whatever its case.
///
/// # Errors
/// When the database cannot be asked.
pub fn local_of_name(tx: &mut Tx<'_>, tenant: TenantId, name: &str) -> Result<Option<GroupId>> {
    let named = owned(Owner { tenant, connection: None }).filter(groups::display_name_folded.eq(text::key(name)));
    Ok(named.select(groups::id).first(tx.conn).optional()?)
}

/// One page of a tenant's groups, whoever owns them, by name, and how many there are.
///
/// # Errors
/// When the database cannot be asked.
pub fn of_all_owners(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    part_of_name: Option<&str>,
    offset: i64,
    limit: i64,
) -> Result<(Vec<Group>, i64)> {
    let some = || {
        let all = groups::table.filter(groups::tenant_id.eq(tenant)).into_boxed::<super::conn::MultiBackend>();
        match part_of_name {
            None => all,
            Some(part) => {
                let pattern = format!("%{}%", text::like_literal(&scim_core::fold::fold(part)));
                all.filter(groups::display_name_folded.like(pattern).escape('\\'))
            }
        }
    };
    let total = some().count().get_result(tx.conn)?;
    let order = (groups::display_name_folded, groups::seq);
    let page: Vec<Row> = some().order(order).offset(offset).limit(limit).select(Row::as_select()).load(tx.conn)?;
    Ok((page.into_iter().map(Group::from).collect(), total))
}

/// Which of these ids are groups of the owner. They stay until the transaction ends.
///
/// # Errors
/// When the database cannot be asked.
pub fn standing(tx: &mut Tx<'_>, owner: Owner, ids: &[GroupId]) -> Result<Vec<GroupId>> {
    let mut found = Vec::with_capacity(ids.len());
    for some in ids.chunks(super::members::CHUNK) {
        found.extend(super::seams::owned_groups_kept(tx.conn, owner.tenant, owner.connection, some)?);
    }
    Ok(found)
}

/// Ids and names of those of these groups that the owner has, in the order of their creation.
///
/// # Errors
/// When the database cannot be asked.
pub fn names(tx: &mut Tx<'_>, owner: Owner, ids: &[GroupId]) -> Result<Vec<(GroupId, String)>> {
    let mut found = Vec::with_capacity(ids.len());
    if ids.len() <= super::members::FEW {
        for id in ids {
            let group = groups::table.filter(groups::id.eq(id).and(groups::tenant_id.eq(owner.tenant))).select((
                groups::connection_id,
                groups::seq,
                groups::id,
                groups::display_name,
            ));
            let group: Option<(Option<ConnectionId>, i64, GroupId, String)> =
                directly!(tx.conn, inner => group.get_result(inner)).optional()?;
            let owned = group.filter(|(connection, ..)| *connection == owner.connection);
            found.extend(owned.map(|(_, seq, id, name)| (seq, id, name)));
        }
    } else {
        for some in ids.chunks(super::members::CHUNK) {
            let columns = (groups::seq, groups::id, groups::display_name);
            let some = owned(owner).filter(groups::id.eq_any(some.to_vec())).select(columns);
            found.extend(some.load::<(i64, GroupId, String)>(tx.conn)?);
        }
    }
    found.sort_unstable();
    Ok(found.into_iter().map(|(_, id, name)| (id, name)).collect())
}

/// Ids and names of those of these groups that a tenant has, whoever owns them, in the order of their creation.
///
/// # Errors
/// When the database cannot be asked.
pub fn names_in(tx: &mut Tx<'_>, tenant: TenantId, ids: &[GroupId]) -> Result<Vec<(GroupId, String)>> {
    let mut found: Vec<(i64, GroupId, String)> = Vec::with_capacity(ids.len());
    for some in ids.chunks(super::members::CHUNK) {
        let of_tenant = groups::table.filter(groups::tenant_id.eq(tenant).and(groups::id.eq_any(some.to_vec())));
        found.extend(
            of_tenant
                .select((groups::seq, groups::id, groups::display_name))
                .load::<(i64, GroupId, String)>(tx.conn)?,
        );
    }
    found.sort_unstable();
    Ok(found.into_iter().map(|(_, id, name)| (id, name)).collect())
}

/// What a condition comes to in SQL.
pub fn prepare(condition: Option<&Condition>) -> Prepared {
    match condition {
        None => Prepared { sql: None, exact: true, indexed: true },
        Some(condition) => {
            let plan = filter::groups::condition(condition);
            Prepared { sql: plan.sql, exact: plan.exact, indexed: plan.indexed }
        }
    }
}

/// How many of the owner's groups the SQL holds for.
///
/// # Errors
/// When the database cannot be asked.
pub fn count(tx: &mut Tx<'_>, owner: Owner, prepared: Prepared) -> Result<i64> {
    if prepared.exact && prepared.sql.is_none() {
        return super::counters::owned_groups(tx, owner);
    }
    Ok(visible(owner, prepared).count().get_result(tx.conn)?)
}

/// The numbers of one page of groups, in its order.
///
/// # Errors
/// When the database cannot be asked.
pub fn page(tx: &mut Tx<'_>, owner: Owner, prepared: Prepared, window: &Window) -> Result<Vec<i64>> {
    Ok(paged(owner, prepared, window)?.load(tx.conn)?)
}

/// The statement of [`page`].
pub(super) fn paged(owner: Owner, prepared: Prepared, window: &Window) -> Result<Numbers> {
    let by_condition = prepared.indexed && prepared.sql.is_some();
    let query = visible(owner, prepared);
    let ordered = match window.order {
        Order::Creation if by_condition => by_number!(query, window, unindexed(groups::seq, groups::seq)),
        Order::Creation => by_number!(query, window, groups::seq),
        Order::Created => by_column!(query, window, groups::created, groups::seq, instant),
        Order::Modified => by_column!(query, window, groups::modified, groups::seq, instant),
    };
    Ok(ordered.select(groups::seq).limit(window.limit).offset(window.start.offset()))
}

/// Up to `limit` groups from a start, in creation order, for a search that SQL cannot decide alone.
///
/// # Errors
/// When the database cannot be asked.
pub fn slice(tx: &mut Tx<'_>, owner: Owner, prepared: Prepared, start: Start, limit: i64) -> Result<Vec<Group>> {
    let window = Window { order: Order::Creation, descending: false, start, limit };
    let seqs = page(tx, owner, prepared, &window)?;
    load(tx, owner, &seqs)
}

/// The groups of these numbers, in their order.
///
/// # Errors
/// When the database cannot be asked.
pub fn load(tx: &mut Tx<'_>, owner: Owner, seqs: &[i64]) -> Result<Vec<Group>> {
    let mut found = std::collections::HashMap::with_capacity(seqs.len());
    for some in seqs.chunks(super::members::CHUNK) {
        let rows = owned(owner).filter(groups::seq.eq_any(some.to_vec())).select(Row::as_select()).load(tx.conn)?;
        found.extend(rows.into_iter().map(|row| (row.seq, Group::from(row))));
    }
    Ok(seqs.iter().filter_map(|seq| found.remove(seq)).collect())
}
