//! The `tenant` table.

use diesel::prelude::*;

use super::conn::{MultiBackend, directly};
use super::limits::Limits;
use super::schema::{groups, tenant, users};
use super::tx::{Tx, is_taken};
use super::types::{Document, Json};
use crate::access::Span;
use crate::clock::Instant;
use crate::error::{Error, Result};
use crate::ids::{PartnerId, TenantId, UserId};

/// A tenant.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = tenant)]
pub struct Tenant {
    /// Its id.
    pub id: TenantId,
    /// Its short name, unique over the installation.
    pub slug: String,
    /// When it was made.
    pub created: Instant,
    /// Its name for people, when it has one beside the slug.
    pub name: Option<String>,
    /// The partner who looks after it.
    pub partner_id: Option<PartnerId>,
    /// Whether it lets nobody in.
    pub suspended: bool,
    /// What it may hold.
    #[diesel(embed)]
    pub limits: Limits,
}

impl Tenant {
    /// A tenant that nobody decided anything for yet.
    pub fn new(id: TenantId, slug: String, created: Instant) -> Self {
        Self { id, slug, created, name: None, partner_id: None, suspended: false, limits: Limits::default() }
    }
}

/// Adds a tenant.
///
/// # Errors
/// [`Error::Taken`] when the slug is in use.
pub fn insert(tx: &mut Tx<'_>, new: &Tenant) -> Result<()> {
    match diesel::insert_into(tenant::table).values(new).execute(tx.conn) {
        Ok(_) => Ok(()),
        Err(error) if is_taken(&error) => Err(Error::Taken(format!("there is a tenant `{}` already", new.slug))),
        Err(error) => Err(error.into()),
    }
}

/// The tenant of that slug.
///
/// # Errors
/// When the database cannot be asked.
pub fn find(tx: &mut Tx<'_>, slug: &str) -> Result<Option<Tenant>> {
    Ok(tenant::table.filter(tenant::slug.eq(slug)).select(Tenant::as_select()).get_result(tx.conn).optional()?)
}

/// The tenant of that id.
///
/// # Errors
/// When the database cannot be asked.
pub fn of_id(tx: &mut Tx<'_>, id: TenantId) -> Result<Option<Tenant>> {
    Ok(tenant::table.filter(tenant::id.eq(id)).select(Tenant::as_select()).get_result(tx.conn).optional()?)
}

/// Writes what administrators decide about a tenant, but for its limits.
///
/// # Errors
/// When the database cannot be asked.
pub fn update(tx: &mut Tx<'_>, changed: &Tenant) -> Result<()> {
    diesel::update(tenant::table.filter(tenant::id.eq(changed.id)))
        .set((
            tenant::name.eq(&changed.name),
            tenant::partner_id.eq(changed.partner_id),
            tenant::suspended.eq(changed.suspended),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Removes a tenant with all that is in it.
///
/// # Errors
/// When the database cannot be asked.
pub fn delete(tx: &mut Tx<'_>, id: TenantId) -> Result<()> {
    diesel::delete(tenant::table.filter(tenant::id.eq(id))).execute(tx.conn)?;
    Ok(())
}

/// What a tenant holds that keeps it from being empty: living users and groups.
///
/// # Errors
/// When the database cannot be asked.
pub fn contents(tx: &mut Tx<'_>, id: TenantId) -> Result<(i64, i64)> {
    let users = users::table.filter(users::tenant_id.eq(id).and(users::deleted.is_null())).count();
    let groups = groups::table.filter(groups::tenant_id.eq(id)).count();
    Ok((users.get_result(tx.conn)?, groups.get_result(tx.conn)?))
}

/// One page of the tenants within a span, by slug, and how many there are.
///
/// # Errors
/// When the database cannot be asked.
pub fn page(tx: &mut Tx<'_>, span: &Span, offset: i64, limit: i64) -> Result<(Vec<Tenant>, i64)> {
    let some = || whole_in(tenant::table.into_boxed::<MultiBackend>(), span);
    let total = some().count().get_result(tx.conn)?;
    let page = some().order(tenant::slug).offset(offset).limit(limit).select(Tenant::as_select()).load(tx.conn)?;
    Ok((page, total))
}

/// Those of the tenants that lie within a span as a whole.
fn whole_in<'a>(all: tenant::BoxedQuery<'a, MultiBackend>, span: &Span) -> tenant::BoxedQuery<'a, MultiBackend> {
    match span {
        Span::Everywhere => all,
        Span::Within { partners, tenants, .. } => all.filter(
            tenant::id.eq_any(tenants.clone()).or(tenant::partner_id.eq_any(partners.clone()).assume_not_null()),
        ),
    }
}

/// Up to `limit` tenants that lie within each of these spans and whose slugs come behind one, by slug, with their settings as
/// they are kept.
///
/// # Errors
/// When the database cannot be asked.
pub fn behind(tx: &mut Tx<'_>, spans: &[Span], after: &str, limit: i64) -> Result<Vec<(Tenant, serde_json::Value)>> {
    let all = tenant::table.filter(tenant::slug.gt(after.to_owned())).into_boxed::<MultiBackend>();
    let some = spans.iter().fold(all, whole_in).order(tenant::slug).limit(limit);
    let rows: Vec<(Tenant, Document)> = some.select((Tenant::as_select(), tenant::settings)).load(tx.conn)?;
    Ok(rows.into_iter().map(|(tenant, settings)| (tenant, settings.0)).collect())
}

/// All tenants, by slug.
///
/// # Errors
/// When the database cannot be asked.
pub fn list(tx: &mut Tx<'_>) -> Result<Vec<Tenant>> {
    Ok(tenant::table.order(tenant::slug).select(Tenant::as_select()).load(tx.conn)?)
}

/// Whether there is any tenant.
///
/// # Errors
/// When the database cannot be asked.
pub fn any(tx: &mut Tx<'_>) -> Result<bool> {
    let first: Option<TenantId> = tenant::table.select(tenant::id).first(tx.conn).optional()?;
    Ok(first.is_some())
}

/// Where a tenant belongs: its id, its partner, and the version of its schemas.
pub type Place = (TenantId, Option<PartnerId>, i64);

/// Where the tenant of that slug or id belongs.
///
/// # Errors
/// When the database cannot be asked.
pub fn place(tx: &mut Tx<'_>, slug: &str, id: Option<TenantId>) -> Result<Option<Place>> {
    let found = match id {
        Some(id) => tenant::table.filter(tenant::id.eq(id)).select(PLACE).get_result(tx.conn),
        None => tenant::table.filter(tenant::slug.eq(slug)).select(PLACE).get_result(tx.conn),
    };
    Ok(found.optional()?)
}

/// Where the tenant of a user belongs; of a deleted user too.
///
/// # Errors
/// When the database cannot be asked.
pub fn place_of_user(tx: &mut Tx<'_>, user: UserId) -> Result<Option<Place>> {
    let found = users::table.inner_join(tenant::table).filter(users::id.eq(user)).select(PLACE);
    Ok(directly!(tx.conn, inner => found.get_result(inner)).optional()?)
}

const PLACE: (tenant::id, tenant::partner_id, tenant::schema_version) =
    (tenant::id, tenant::partner_id, tenant::schema_version);

/// The settings of a tenant, as they are kept.
///
/// # Errors
/// When the database cannot be asked.
pub fn settings(tx: &mut Tx<'_>, id: TenantId) -> Result<Option<serde_json::Value>> {
    let found: Option<Document> =
        tenant::table.filter(tenant::id.eq(id)).select(tenant::settings).get_result(tx.conn).optional()?;
    Ok(found.map(|document| document.0))
}

/// Writes the settings of a tenant.
///
/// # Errors
/// When the database cannot be asked.
pub fn update_settings(tx: &mut Tx<'_>, id: TenantId, settings: &Json) -> Result<()> {
    diesel::update(tenant::table.filter(tenant::id.eq(id))).set(tenant::settings.eq(settings)).execute(tx.conn)?;
    Ok(())
}

/// Makes the grants of all users of a tenant be read anew.
///
/// # Errors
/// When the database cannot be asked.
pub fn raise_grants_version(tx: &mut Tx<'_>, id: TenantId) -> Result<()> {
    diesel::update(tenant::table.filter(tenant::id.eq(id)))
        .set(tenant::grants_version.eq(tenant::grants_version + 1))
        .execute(tx.conn)?;
    Ok(())
}

/// Where every tenant belongs, by slug.
///
/// # Errors
/// When the database cannot be asked.
pub fn places(tx: &mut Tx<'_>) -> Result<Vec<Place>> {
    Ok(tenant::table.order(tenant::slug).select(PLACE).load(tx.conn)?)
}
