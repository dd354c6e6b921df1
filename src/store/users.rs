//! The `users` and `user_attribute` tables. Every function takes the tenant, or a row that was found through it.

use diesel::dsl::{exists, not};
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use scim_core::evaluate::Condition;
use serde_json::{Map, Value};

use super::conn::directly;
use super::filter::{self, Sql, unindexed};
use super::places::{self, Start, by_column, by_number};
use super::schema::{identity, user_attribute, users};
use super::tx::{Tx, is_taken};
use super::types::{Document, Json};
use super::{seams, search, text};
use crate::clock::Instant;
use crate::error::{Error, Result};
use crate::ids::{ConnectionId, TenantId, UserId};

/// A user as it is kept. The document is the resource without `id`, `meta`, `groups`, `externalId`, `active`,
/// `password`.
#[derive(Clone, Debug, PartialEq)]
pub struct User {
    /// The number that index rows use; in creation order.
    pub seq: i64,
    /// The id.
    pub id: UserId,
    /// The name, as it was sent.
    pub user_name: String,
    /// What SCIM shows as `active`; `None` leaves it out.
    pub active: Option<bool>,
    /// Where the user comes from: LOCAL, OIDC, SAML, SCIM or LDAP.
    pub identity_source: String,
    /// The connection that created the user.
    pub created_by: Option<ConnectionId>,
    /// Rises with each change.
    pub version: i64,
    /// The document.
    pub document: Map<String, Value>,
    /// When it was made.
    pub created: Instant,
    /// When it last changed.
    pub modified: Instant,
    /// The account's own e-mail.
    pub email: Option<String>,
    /// What the provisioner last wrote as `active`, unless an administrator overruled it since.
    pub source_active: bool,
    /// The status, as it was when the row was last written.
    pub status: String,
}

/// A user and the link that whoever looks has with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// The user.
    pub user: User,
    /// The link, if there is one.
    pub link: Option<Link>,
}

/// The link of a user and a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The `externalId` that the connection gave the user.
    pub external_id: Option<String>,
    /// Whether the user is hidden from the connection.
    pub hidden: bool,
}

/// Whose eyes a query looks through.
#[derive(Clone, Copy, Debug)]
pub struct Viewer {
    /// The tenant.
    pub tenant: TenantId,
    /// The connection, when it is one.
    pub connection: Option<ConnectionId>,
    /// Whether it sees only users linked with it.
    pub own_only: bool,
}

/// The columns a list can be sorted by in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Creation order.
    Creation,
    /// By user name, folded.
    UserName,
    /// By time of creation.
    Created,
    /// By time of the last change.
    Modified,
}

/// What of a list.
pub type Window = places::Window<Order>;

/// What a condition comes to in SQL.
pub struct Prepared {
    sql: Option<Sql<users::table>>,
    /// Whether the SQL decides it alone.
    pub exact: bool,
    /// Whether an index leads to the rows.
    pub indexed: bool,
}

/// A row for the index of multi-valued and extension attributes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Insertable, Queryable, Selectable)]
#[diesel(table_name = user_attribute, treat_none_as_default_value = false)]
pub struct IndexRow {
    pub(super) path_id: i32,
    pub(super) value_folded: String,
    pub(super) user_seq: i64,
    pub(super) position: i32,
    pub(super) kind: Option<String>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = users)]
pub(super) struct Row {
    seq: i64,
    id: UserId,
    user_name: String,
    active: Option<bool>,
    identity_source: String,
    created_by: Option<ConnectionId>,
    version: i64,
    doc: Document,
    created: Instant,
    modified: Instant,
    email: Option<String>,
    source_active: bool,
    status: String,
}

/// A new user, ready to be written.
#[derive(Insertable)]
#[diesel(table_name = users, treat_none_as_default_value = false)]
pub struct New {
    id: UserId,
    tenant_id: TenantId,
    user_name: String,
    user_name_folded: String,
    display_name: Option<String>,
    display_name_folded: Option<String>,
    active: Option<bool>,
    identity_source: String,
    created_by: Option<ConnectionId>,
    version: i64,
    doc: Json,
    created: Instant,
    modified: Instant,
    search: String,
    email: Option<String>,
    source_active: bool,
    status: String,
    activation: String,
}

impl New {
    /// Makes a user ready to be written: its keys and its document's text.
    ///
    /// # Errors
    /// When the document has no text.
    pub fn of(tenant: TenantId, user: &User) -> Result<Self> {
        let display_name = display_name(&user.document);
        Ok(Self {
            id: user.id,
            tenant_id: tenant,
            user_name: user.user_name.clone(),
            user_name_folded: text::key(&user.user_name),
            display_name: display_name.map(str::to_owned),
            display_name_folded: display_name.map(text::key),
            active: user.active,
            identity_source: user.identity_source.clone(),
            created_by: user.created_by,
            version: user.version,
            doc: Json::of(&user.document)?,
            created: user.created,
            modified: user.modified,
            search: search::text(&user.user_name, &user.document, user.email.as_deref()),
            email: user.email.clone(),
            source_active: user.source_active,
            status: user.status.clone(),
            activation: "done".to_owned(),
        })
    }

    /// The same, still to be activated.
    #[must_use]
    pub fn waiting(self, activation: &str) -> Self {
        Self { activation: activation.to_owned(), ..self }
    }
}

impl From<Row> for User {
    fn from(row: Row) -> Self {
        Self {
            seq: row.seq,
            id: row.id,
            user_name: row.user_name,
            active: row.active,
            identity_source: row.identity_source,
            created_by: row.created_by,
            version: row.version,
            document: object(row.doc),
            created: row.created,
            modified: row.modified,
            email: row.email,
            source_active: row.source_active,
            status: row.status,
        }
    }
}

/// A document that is an object; anything else was never written.
pub(super) fn object(document: Document) -> Map<String, Value> {
    match document.0 {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

fn display_name(document: &Map<String, Value>) -> Option<&str> {
    document.get("displayName").and_then(Value::as_str)
}

/// Adds a user; answers its number.
///
/// # Errors
/// [`Error::Taken`] when the tenant has a user of that name.
pub fn insert(tx: &mut Tx<'_>, new: &New) -> Result<i64> {
    let insert = diesel::insert_into(users::table).values(new).returning(users::seq);
    directly!(tx.conn, inner => insert.get_result(inner)).map_err(|error| taken(error, &new.user_name))
}

fn taken(error: diesel::result::Error, user_name: &str) -> Error {
    if is_taken(&error) {
        Error::Taken(format!("userName `{user_name}` is in use by another user"))
    } else {
        error.into()
    }
}

/// Writes a user's columns and document.
///
/// # Errors
/// [`Error::Taken`] when another user of the tenant has that name.
pub fn update(tx: &mut Tx<'_>, user: &User) -> Result<()> {
    let display_name = display_name(&user.document);
    let update = diesel::update(users::table.filter(users::seq.eq(user.seq))).set((
        users::user_name.eq(&user.user_name),
        users::user_name_folded.eq(text::key(&user.user_name)),
        users::display_name.eq(display_name),
        users::display_name_folded.eq(display_name.map(text::key)),
        users::active.eq(user.active),
        users::version.eq(user.version),
        users::doc.eq(Json::of(&user.document)?),
        users::modified.eq(user.modified),
        users::search.eq(search::text(&user.user_name, &user.document, user.email.as_deref())),
    ));
    directly!(tx.conn, inner => update.execute(inner)).map_err(|error| taken(error, &user.user_name))?;
    Ok(())
}

/// Index rows of a user: each value's path, folded value and folded type.
pub fn index_rows(user_seq: i64, values: impl IntoIterator<Item = (i32, String, Option<String>)>) -> Vec<IndexRow> {
    values
        .into_iter()
        .zip(0..)
        .map(|((path_id, value, kind), position)| IndexRow {
            path_id,
            value_folded: text::cut(value),
            user_seq,
            position,
            kind: kind.map(text::cut),
        })
        .collect()
}

/// These rows as those of a user who now has a number.
pub fn numbered(rows: &[IndexRow], user_seq: i64) -> Vec<IndexRow> {
    rows.iter().map(|row| IndexRow { user_seq, ..row.clone() }).collect()
}

/// Adds the index rows of a new user.
///
/// # Errors
/// When the database cannot be asked.
pub fn insert_index(tx: &mut Tx<'_>, rows: &[IndexRow]) -> Result<()> {
    seams::insert_index_rows(tx.conn, rows)?;
    Ok(())
}

/// Makes the index rows of a user what they must be; rows that stay are not touched.
///
/// # Errors
/// When the database cannot be asked.
pub fn replace_index(tx: &mut Tx<'_>, user_seq: i64, rows: &[IndexRow]) -> Result<()> {
    let of_user = user_attribute::table.filter(user_attribute::user_seq.eq(user_seq));
    let stored = directly!(tx.conn, inner => of_user.select(IndexRow::as_select()).load(inner))?;
    for gone in stored.iter().filter(|row| !rows.contains(row)) {
        let row = user_attribute::table
            .filter(user_attribute::path_id.eq(gone.path_id))
            .filter(user_attribute::value_folded.eq(&gone.value_folded))
            .filter(user_attribute::user_seq.eq(user_seq))
            .filter(user_attribute::position.eq(gone.position));
        diesel::delete(row).execute(tx.conn)?;
    }
    let new: Vec<IndexRow> = rows.iter().filter(|row| !stored.contains(row)).cloned().collect();
    insert_index(tx, &new)
}

/// The user of that id, hidden or not, linked or not: what the viewer may see of it is the caller's matter.
///
/// # Errors
/// When the database cannot be asked.
pub fn find(tx: &mut Tx<'_>, viewer: Viewer, id: UserId) -> Result<Option<Seen>> {
    let on = identity::user_id.eq(users::id).and(identity::connection_id.eq(viewer.connection));
    let user = users::table
        .left_join(identity::table.on(on))
        .filter(users::id.eq(id).and(users::tenant_id.eq(viewer.tenant)).and(users::deleted.is_null()));
    let link = (identity::subject.nullable(), identity::hidden.nullable());
    let found = directly!(tx.conn, inner => user.select((Row::as_select(), link)).get_result(inner));
    Ok(found.optional()?.map(seen))
}

/// A user, and its link's external id and whether that is hidden, if there is a link.
type SeenRow = (Row, (Option<String>, Option<bool>));

fn seen((row, (external_id, hidden)): SeenRow) -> Seen {
    Seen { user: row.into(), link: hidden.map(|hidden| Link { external_id, hidden }) }
}

/// Of these ids, those that are living users of the tenant, each with whether it is hidden from the viewer's connection;
/// `None` when it has no link with it. The users stay as they are until the transaction ends.
///
/// # Errors
/// When the database cannot be asked.
pub fn standing(tx: &mut Tx<'_>, viewer: Viewer, ids: &[UserId]) -> Result<Vec<(UserId, Option<bool>)>> {
    let mut found = Vec::with_capacity(ids.len());
    for some in ids.chunks(super::members::CHUNK) {
        let living = seams::living_users_kept(tx.conn, viewer.tenant, some)?;
        let links: std::collections::HashMap<UserId, bool> = identity::table
            .filter(identity::user_id.eq_any(some.to_vec()).and(identity::connection_id.eq(viewer.connection)))
            .select((identity::user_id, identity::hidden))
            .load::<(UserId, bool)>(tx.conn)?
            .into_iter()
            .collect();
        found.extend(living.into_iter().map(|id| (id, links.get(&id).copied())));
    }
    Ok(found)
}

/// Whether the tenant has a living user of that name, and whether its link with the viewer's connection hides it.
///
/// # Errors
/// When the database cannot be asked.
pub fn holder(tx: &mut Tx<'_>, viewer: Viewer, user_name: &str) -> Result<Option<Seen>> {
    let on = identity::user_id.eq(users::id).and(identity::connection_id.eq(viewer.connection));
    let user = users::table
        .left_join(identity::table.on(on))
        .filter(users::tenant_id.eq(viewer.tenant).and(users::deleted.is_null()))
        .filter(users::user_name_folded.eq(text::key(user_name)));
    let link = (identity::subject.nullable(), identity::hidden.nullable());
    let found = directly!(tx.conn, inner => user.select((Row::as_select(), link)).get_result(inner));
    Ok(found.optional()?.map(seen))
}

/// Ids and display names of those of these users that the viewer sees.
///
/// # Errors
/// When the database cannot be asked.
pub fn display_names(tx: &mut Tx<'_>, viewer: Viewer, ids: &[UserId]) -> Result<Vec<(UserId, Option<String>)>> {
    let mut names = Vec::with_capacity(ids.len());
    for some in ids.chunks(super::members::CHUNK) {
        names.extend(
            visible(viewer, prepare(None, viewer))
                .filter(users::id.eq_any(some.to_vec()))
                .select((users::id, users::display_name))
                .load::<(UserId, Option<String>)>(tx.conn)?,
        );
    }
    Ok(names)
}

/// What a condition comes to in SQL.
pub fn prepare(condition: Option<&Condition>, viewer: Viewer) -> Prepared {
    match condition {
        None => Prepared { sql: None, exact: true, indexed: true },
        Some(condition) => {
            let plan = filter::users::condition(condition, viewer.connection);
            Prepared { sql: plan.sql, exact: plan.exact, indexed: plan.indexed }
        }
    }
}

type Boxed<'a> = users::BoxedQuery<'a, super::conn::MultiBackend>;
type Numbers = users::BoxedQuery<'static, super::conn::MultiBackend, BigInt>;

/// The living users that the viewer sees and the SQL holds for.
pub(super) fn visible(viewer: Viewer, prepared: Prepared) -> Boxed<'static> {
    let mut query = users::table
        .filter(users::tenant_id.eq(viewer.tenant).and(users::deleted.is_null()))
        .into_boxed::<super::conn::MultiBackend>();
    if let Some(connection) = viewer.connection {
        let links = identity::table.filter(identity::connection_id.eq(connection));
        query = if viewer.own_only {
            // Asked of each row, which is few where an index leads: a list of all links would be made anew each time.
            query.filter(exists(links.filter(identity::user_id.eq(users::id).and(identity::hidden.eq(false)))))
        } else {
            // Asked once, and mostly there are none: then no row's id has to be looked at. The bare column, not a
            // comparison: it leads to the index of the few hidden ones.
            let hidden = links.filter(identity::hidden).select(identity::user_id);
            query.filter(not(exists(hidden)).or(users::id.ne_all(hidden)))
        };
    }
    match prepared.sql {
        Some(sql) => query.filter(sql),
        None => query,
    }
}

/// How many users the viewer sees that the SQL holds for.
///
/// # Errors
/// When the database cannot be asked.
pub fn count(tx: &mut Tx<'_>, viewer: Viewer, prepared: Prepared) -> Result<i64> {
    if prepared.exact && prepared.sql.is_none() {
        return super::counters::visible_users(tx, viewer);
    }
    Ok(visible(viewer, prepared).count().get_result(tx.conn)?)
}

/// The numbers of one page of users, in its order.
///
/// # Errors
/// When the database cannot be asked.
pub fn page(tx: &mut Tx<'_>, viewer: Viewer, prepared: Prepared, window: &Window) -> Result<Vec<i64>> {
    Ok(paged(viewer, prepared, window)?.load(tx.conn)?)
}

/// The statement of [`page`].
pub(super) fn paged(viewer: Viewer, prepared: Prepared, window: &Window) -> Result<Numbers> {
    let by_condition = prepared.indexed && prepared.sql.is_some();
    let query = visible(viewer, prepared);
    let ordered = match window.order {
        Order::Creation if by_condition => by_number!(query, window, unindexed(users::seq, users::seq)),
        Order::Creation => by_number!(query, window, users::seq),
        Order::UserName => by_column!(query, window, users::user_name_folded, users::seq, text),
        Order::Created => by_column!(query, window, users::created, users::seq, instant),
        Order::Modified => by_column!(query, window, users::modified, users::seq, instant),
    };
    Ok(ordered.select(users::seq).limit(window.limit).offset(window.start.offset()))
}

/// Up to `limit` users from a start, in creation order, for a search that SQL cannot decide alone.
///
/// # Errors
/// When the database cannot be asked.
pub fn slice(tx: &mut Tx<'_>, viewer: Viewer, prepared: Prepared, start: Start, limit: i64) -> Result<Vec<Seen>> {
    let window = Window { order: Order::Creation, descending: false, start, limit };
    let seqs = page(tx, viewer, prepared, &window)?;
    load(tx, viewer, &seqs)
}

/// The users of these numbers, in their order.
///
/// # Errors
/// When the database cannot be asked.
pub fn load(tx: &mut Tx<'_>, viewer: Viewer, seqs: &[i64]) -> Result<Vec<Seen>> {
    let on = identity::user_id.eq(users::id).and(identity::connection_id.eq(viewer.connection));
    let of_tenant = || users::table.left_join(identity::table.on(on)).filter(users::tenant_id.eq(viewer.tenant));
    let link = (identity::subject.nullable(), identity::hidden.nullable());
    if seqs.len() <= super::members::FEW {
        let mut found = Vec::with_capacity(seqs.len());
        for seq in seqs {
            let user = of_tenant().filter(users::seq.eq(seq));
            let row = directly!(tx.conn, inner => user.select((Row::as_select(), link)).get_result(inner));
            found.extend(row.optional()?.map(seen));
        }
        return Ok(found);
    }
    let mut found = std::collections::HashMap::with_capacity(seqs.len());
    for some in seqs.chunks(super::members::CHUNK) {
        let rows: Vec<SeenRow> =
            of_tenant().filter(users::seq.eq_any(some.to_vec())).select((Row::as_select(), link)).load(tx.conn)?;
        found.extend(rows.into_iter().map(|row| (row.0.seq, seen(row))));
    }
    Ok(seqs.iter().filter_map(|seq| found.remove(seq)).collect())
}
