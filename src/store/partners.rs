//! The `partner` table: whoever looks after several tenants.

use diesel::prelude::*;

use super::schema::{partner, tenant};
use super::tx::{Tx, is_taken};
use crate::clock::Instant;
use crate::error::{Error, Result};
use crate::ids::PartnerId;

/// A partner.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = partner)]
pub struct Partner {
    /// Its id.
    pub id: PartnerId,
    /// Its short name, unique over the installation.
    pub slug: String,
    /// Its name for people.
    pub name: String,
    /// When it was made.
    pub created: Instant,
}

/// Adds a partner.
///
/// # Errors
/// [`Error::Taken`] when the slug is in use.
pub fn insert(tx: &mut Tx<'_>, new: &Partner) -> Result<()> {
    match diesel::insert_into(partner::table).values(new).execute(tx.conn) {
        Ok(_) => Ok(()),
        Err(error) if is_taken(&error) => Err(Error::Taken(format!("there is a partner `{}` already", new.slug))),
        Err(error) => Err(error.into()),
    }
}

/// Writes a partner's name.
///
/// # Errors
/// When the database cannot be asked.
pub fn update(tx: &mut Tx<'_>, id: PartnerId, name: &str) -> Result<()> {
    diesel::update(partner::table.filter(partner::id.eq(id))).set(partner::name.eq(name)).execute(tx.conn)?;
    Ok(())
}

/// Removes a partner that has no tenants.
///
/// # Errors
/// When the database cannot be asked.
pub fn delete(tx: &mut Tx<'_>, id: PartnerId) -> Result<()> {
    diesel::delete(partner::table.filter(partner::id.eq(id))).execute(tx.conn)?;
    Ok(())
}

/// The partner of that id.
///
/// # Errors
/// When the database cannot be asked.
pub fn find(tx: &mut Tx<'_>, id: PartnerId) -> Result<Option<Partner>> {
    Ok(partner::table.filter(partner::id.eq(id)).select(Partner::as_select()).get_result(tx.conn).optional()?)
}

/// One page of the partners, by slug, and how many there are.
///
/// # Errors
/// When the database cannot be asked.
pub fn page(tx: &mut Tx<'_>, offset: i64, limit: i64) -> Result<(Vec<Partner>, i64)> {
    let total = partner::table.count().get_result(tx.conn)?;
    let all = partner::table.order(partner::slug).offset(offset).limit(limit);
    Ok((all.select(Partner::as_select()).load(tx.conn)?, total))
}

/// How many tenants a partner looks after.
///
/// # Errors
/// When the database cannot be asked.
pub fn tenants(tx: &mut Tx<'_>, id: PartnerId) -> Result<i64> {
    Ok(tenant::table.filter(tenant::partner_id.eq(id)).count().get_result(tx.conn)?)
}
