//! The `org_unit` table: the tree of a tenant's org units. Who is in them is in `unit_members`.
//!
//! A lineage is the ids from the root to the unit itself, each followed by a slash: a unit and all below it are the rows
//! whose lineages begin with its own.

use diesel::prelude::*;
use diesel::sql_types::{Integer, Text};
use diesel::{BoolExpressionMethods, define_sql_function};

use super::conn::MultiBackend;
use super::schema::{org_unit, role_grant, tenant};
use super::text;
use super::tx::{Tx, is_taken};
use crate::clock::Instant;
use crate::error::{Error, Result};
use crate::ids::{SubjectId, TenantId, UnitId};

define_sql_function! {
    /// The rest of a text from a character on, counted from 1.
    fn substr(text: Text, from: Integer) -> Text;
}

/// An org unit.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = org_unit)]
pub struct Unit {
    /// Its id.
    pub id: UnitId,
    /// Its tenant.
    pub tenant_id: TenantId,
    /// The unit above it; `None` at the root.
    pub parent_id: Option<UnitId>,
    /// What it is: `department`, `account` ...
    pub kind: String,
    /// What other systems call it, unique in the tenant.
    pub key: String,
    /// Its name, unique among those of the same parent.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// The ids from the root to itself, each followed by a slash.
    pub lineage: String,
    /// Rises with each change.
    pub version: i64,
    /// When it was made.
    pub created: Instant,
    /// When it last changed.
    pub modified: Instant,
}

/// Which units of a tenant.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Only those of these lineages and below; `None` is all.
    pub within: Option<Vec<String>>,
    /// Only those directly below this one; the inner `None` is the root.
    pub parent: Option<Option<UnitId>>,
}

type Boxed = org_unit::BoxedQuery<'static, MultiBackend>;

fn taken(error: diesel::result::Error, key: &str) -> Error {
    if is_taken(&error) { Error::Taken(format!("the key `{key}` is in use by another org unit")) } else { error.into() }
}

/// Adds a unit.
///
/// # Errors
/// [`Error::Taken`] when the tenant has one of that key.
pub fn insert(tx: &mut Tx<'_>, new: &Unit) -> Result<()> {
    let row = (
        org_unit::id.eq(new.id),
        org_unit::tenant_id.eq(new.tenant_id),
        org_unit::parent_id.eq(new.parent_id),
        org_unit::kind.eq(&new.kind),
        org_unit::key.eq(&new.key),
        org_unit::key_folded.eq(text::key(&new.key)),
        org_unit::name.eq(&new.name),
        org_unit::name_folded.eq(text::key(&new.name)),
        org_unit::description.eq(&new.description),
        org_unit::lineage.eq(&new.lineage),
        (org_unit::version.eq(new.version), org_unit::created.eq(new.created), org_unit::modified.eq(new.modified)),
    );
    diesel::insert_into(org_unit::table).values(row).execute(tx.conn).map_err(|error| taken(error, &new.key))?;
    Ok(())
}

/// Writes what is a unit's own, and its parent; not its lineage.
///
/// # Errors
/// [`Error::Taken`] when the tenant has another one of that key.
pub fn update(tx: &mut Tx<'_>, changed: &Unit) -> Result<()> {
    let row = org_unit::table.filter(org_unit::id.eq(changed.id).and(org_unit::tenant_id.eq(changed.tenant_id)));
    let columns = (
        org_unit::parent_id.eq(changed.parent_id),
        org_unit::kind.eq(&changed.kind),
        org_unit::key.eq(&changed.key),
        org_unit::key_folded.eq(text::key(&changed.key)),
        org_unit::name.eq(&changed.name),
        org_unit::name_folded.eq(text::key(&changed.name)),
        org_unit::description.eq(&changed.description),
        org_unit::version.eq(changed.version),
        org_unit::modified.eq(changed.modified),
    );
    diesel::update(row).set(columns).execute(tx.conn).map_err(|error| taken(error, &changed.key))?;
    Ok(())
}

/// Gives a unit and all below it the place of that lineage: one statement, however many they are.
///
/// # Errors
/// When the database cannot be asked.
pub fn relocate(tx: &mut Tx<'_>, of: TenantId, before: &str, after: &str) -> Result<()> {
    let rest = i32::try_from(before.len()).unwrap_or(i32::MAX).saturating_add(1);
    let moved = after.to_owned().into_sql::<Text>().concat(substr(org_unit::lineage, rest));
    diesel::update(org_unit::table)
        .filter(org_unit::tenant_id.eq(of))
        .filter(org_unit::lineage.ge(before.to_owned()).and(org_unit::lineage.lt(end(before))))
        .set(org_unit::lineage.eq(moved))
        .execute(tx.conn)?;
    Ok(())
}

/// Puts the units directly below one below another, or at the root. Their lineages are not touched.
///
/// # Errors
/// When the database cannot be asked.
pub fn reparent(tx: &mut Tx<'_>, of: TenantId, from: UnitId, to: Option<UnitId>, now: Instant) -> Result<()> {
    diesel::update(org_unit::table.filter(org_unit::tenant_id.eq(of).and(org_unit::parent_id.eq(from))))
        .set((org_unit::parent_id.eq(to), org_unit::version.eq(org_unit::version + 1), org_unit::modified.eq(now)))
        .execute(tx.conn)?;
    Ok(())
}

/// Removes a unit and all below it; who was in them is so no more.
///
/// # Errors
/// When the database cannot be asked.
pub fn delete(tx: &mut Tx<'_>, of: TenantId, lineage: &str) -> Result<()> {
    diesel::delete(org_unit::table)
        .filter(org_unit::tenant_id.eq(of))
        .filter(org_unit::lineage.ge(lineage.to_owned()).and(org_unit::lineage.lt(end(lineage))))
        .execute(tx.conn)?;
    Ok(())
}

/// The tenant's unit of that id.
///
/// # Errors
/// When the database cannot be asked.
pub fn find(tx: &mut Tx<'_>, of: TenantId, id: UnitId) -> Result<Option<Unit>> {
    let unit = org_unit::table.filter(org_unit::id.eq(id).and(org_unit::tenant_id.eq(of)));
    Ok(unit.select(Unit::as_select()).get_result(tx.conn).optional()?)
}

/// A unit and all below it, each before those below it.
///
/// # Errors
/// When the database cannot be asked.
pub fn subtree(tx: &mut Tx<'_>, of: TenantId, lineage: &str) -> Result<Vec<Unit>> {
    Ok(org_unit::table
        .filter(org_unit::tenant_id.eq(of))
        .filter(org_unit::lineage.ge(lineage.to_owned()).and(org_unit::lineage.lt(end(lineage))))
        .order(org_unit::lineage)
        .select(Unit::as_select())
        .load(tx.conn)?)
}

/// How many units a tenant has.
///
/// # Errors
/// When the database cannot be asked.
pub fn count(tx: &mut Tx<'_>, of: TenantId) -> Result<i64> {
    Ok(org_unit::table.filter(org_unit::tenant_id.eq(of)).count().get_result(tx.conn)?)
}

/// The unit of that name below a parent, whatever its case.
///
/// # Errors
/// When the database cannot be asked.
pub fn sibling(tx: &mut Tx<'_>, of: TenantId, parent: Option<UnitId>, name: &str) -> Result<Option<UnitId>> {
    let query = wanted(of, &Wanted { within: None, parent: Some(parent) });
    let named = query.filter(org_unit::name_folded.eq(text::key(name)));
    Ok(named.select(org_unit::id).first(tx.conn).optional()?)
}

/// Those of these keys that the tenant's units have; folded.
///
/// # Errors
/// When the database cannot be asked.
pub fn key_in_use(tx: &mut Tx<'_>, of: TenantId, key: &str) -> Result<bool> {
    let with = org_unit::table.filter(org_unit::tenant_id.eq(of).and(org_unit::key_folded.eq(text::key(key))));
    let found: Option<UnitId> = with.select(org_unit::id).first(tx.conn).optional()?;
    Ok(found.is_some())
}

/// One page of the wanted units, by name, and how many there are in all.
///
/// # Errors
/// When the database cannot be asked.
pub fn page(tx: &mut Tx<'_>, of: TenantId, which: &Wanted, offset: i64, limit: i64) -> Result<(Vec<Unit>, i64)> {
    let total = wanted(of, which).count().get_result(tx.conn)?;
    let order = (org_unit::name_folded, org_unit::id);
    let page = wanted(of, which).order(order).offset(offset).limit(limit).select(Unit::as_select()).load(tx.conn)?;
    Ok((page, total))
}

/// Up to `limit` of the wanted units whose lineages come behind one, each before those below it.
///
/// # Errors
/// When the database cannot be asked.
pub fn behind(tx: &mut Tx<'_>, of: TenantId, which: &Wanted, after: &str, limit: i64) -> Result<Vec<Unit>> {
    let rest = wanted(of, which).filter(org_unit::lineage.gt(after.to_owned())).order(org_unit::lineage).limit(limit);
    Ok(rest.select(Unit::as_select()).load(tx.conn)?)
}

/// All of the wanted units, each before those below it.
///
/// # Errors
/// When the database cannot be asked.
pub fn all(tx: &mut Tx<'_>, of: TenantId, which: &Wanted) -> Result<Vec<Unit>> {
    Ok(wanted(of, which).order(org_unit::lineage).select(Unit::as_select()).load(tx.conn)?)
}

fn wanted(of: TenantId, which: &Wanted) -> Boxed {
    let mut query = org_unit::table.filter(org_unit::tenant_id.eq(of)).into_boxed::<MultiBackend>();
    query = match which.parent {
        None => query,
        Some(None) => query.filter(org_unit::parent_id.is_null()),
        Some(Some(parent)) => query.filter(org_unit::parent_id.eq(parent)),
    };
    let Some(lineages) = &which.within else { return query };
    // No lineage, no unit: the empty text is less than every one.
    let nothing: Box<dyn BoxableExpression<org_unit::table, MultiBackend, SqlType = diesel::sql_types::Bool>> =
        Box::new(org_unit::lineage.lt(String::new()));
    let within = lineages.iter().fold(nothing, |all, lineage| {
        let one = org_unit::lineage.ge(lineage.clone()).and(org_unit::lineage.lt(end(lineage)));
        Box::new(all.or(one))
    });
    query.filter(within)
}

/// The first text behind all that begin with a lineage: the slash gives way to the next character.
pub(super) fn end(lineage: &str) -> String {
    format!("{}0", lineage.strip_suffix('/').unwrap_or(lineage))
}

/// Makes the grants of all be read anew whose roles reach over these units: those users may be of other tenants.
///
/// # Errors
/// When the database cannot be asked.
pub fn raise_versions_over(tx: &mut Tx<'_>, units: &[UnitId]) -> Result<()> {
    for some in units.chunks(super::members::CHUNK) {
        let ids: Vec<SubjectId> = some.iter().map(|unit| SubjectId::from(unit.uuid())).collect();
        let holders = role_grant::table
            .filter(role_grant::scope_kind.eq("org_unit").and(role_grant::scope_id.eq_any(ids)))
            .select(role_grant::tenant_id);
        diesel::update(tenant::table.filter(tenant::id.eq_any(holders)))
            .set(tenant::grants_version.eq(tenant::grants_version + 1))
            .execute(tx.conn)?;
    }
    Ok(())
}
