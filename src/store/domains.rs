//! The `domain` table: the domains of tenants, and which of them are proven to be theirs.

use diesel::prelude::*;

use super::schema::domain;
use super::tx::{Tx, is_taken};
use crate::clock::Instant;
use crate::error::{Error, Result};
use crate::ids::TenantId;

/// A domain of a tenant.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = domain, primary_key(tenant_id, name), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Domain {
    /// The tenant.
    pub tenant_id: TenantId,
    /// The name: lower case, ASCII.
    pub name: String,
    /// What the tenant must publish.
    pub challenge: String,
    /// When it was added.
    pub created: Instant,
    /// Since when it is proven.
    pub verified: Option<Instant>,
    /// When it was last looked at.
    pub checked: Option<Instant>,
    /// Who said that it is the tenant's, where nothing else proves it.
    pub asserted_by: Option<String>,
}

/// Adds a domain.
///
/// # Errors
/// [`Error::Taken`] when the tenant has it already, or it is proven and another tenant's is too.
pub fn insert(tx: &mut Tx<'_>, new: &Domain) -> Result<()> {
    taken(diesel::insert_into(domain::table).values(new).execute(tx.conn), &new.name)
}

/// Writes a domain.
///
/// # Errors
/// [`Error::Taken`] when it is proven and another tenant's is too.
pub fn update(tx: &mut Tx<'_>, changed: &Domain) -> Result<()> {
    let row = domain::table.filter(domain::tenant_id.eq(changed.tenant_id).and(domain::name.eq(&changed.name)));
    taken(diesel::update(row).set(changed).execute(tx.conn), &changed.name)
}

fn taken(done: QueryResult<usize>, name: &str) -> Result<()> {
    match done {
        Ok(_) => Ok(()),
        Err(error) if is_taken(&error) => Err(Error::Taken(format!("the domain {name} is in use already"))),
        Err(error) => Err(error.into()),
    }
}

/// A domain of a tenant.
///
/// # Errors
/// When the database cannot be asked.
pub fn find(tx: &mut Tx<'_>, tenant: TenantId, name: &str) -> Result<Option<Domain>> {
    let row = domain::table.filter(domain::tenant_id.eq(tenant).and(domain::name.eq(name)));
    Ok(row.select(Domain::as_select()).get_result(tx.conn).optional()?)
}

/// The domains of a tenant, by name.
///
/// # Errors
/// When the database cannot be asked.
pub fn list(tx: &mut Tx<'_>, tenant: TenantId) -> Result<Vec<Domain>> {
    let rows = domain::table.filter(domain::tenant_id.eq(tenant)).order(domain::name);
    Ok(rows.select(Domain::as_select()).load(tx.conn)?)
}

/// The tenant whose domain it is proven to be.
///
/// # Errors
/// When the database cannot be asked.
pub fn owner(tx: &mut Tx<'_>, name: &str) -> Result<Option<TenantId>> {
    let row = domain::table.filter(domain::name.eq(name).and(domain::verified.is_not_null()));
    Ok(row.select(domain::tenant_id).get_result(tx.conn).optional()?)
}

/// Proven domains that nobody asserted and that were last looked at before `end`: up to `limit` of them.
///
/// # Errors
/// When the database cannot be asked.
pub fn unchecked(tx: &mut Tx<'_>, end: Instant, limit: i64) -> Result<Vec<Domain>> {
    let old = domain::checked.lt(end).or(domain::checked.is_null());
    let rows = domain::table.filter(domain::verified.is_not_null().and(domain::asserted_by.is_null()).and(old));
    Ok(rows.order(domain::checked).limit(limit).select(Domain::as_select()).load(tx.conn)?)
}

/// Deletes a domain; whether there was one.
///
/// # Errors
/// When the database cannot be asked.
pub fn delete(tx: &mut Tx<'_>, tenant: TenantId, name: &str) -> Result<bool> {
    let row = domain::table.filter(domain::tenant_id.eq(tenant).and(domain::name.eq(name)));
    Ok(diesel::delete(row).execute(tx.conn)? > 0)
}
