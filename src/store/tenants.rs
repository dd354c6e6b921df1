//! The `tenant` table.

use diesel::prelude::*;

use super::limits::Limits;
use super::schema::tenant;
use super::tx::{Tx, is_taken};
use crate::clock::Instant;
use crate::error::{Error, Result};
use crate::ids::TenantId;

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
    /// What it may hold.
    #[diesel(embed)]
    pub limits: Limits,
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
