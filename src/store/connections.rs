//! The `connection` table.

use diesel::prelude::*;

use super::schema::connection;
use super::text;
use super::tx::{Tx, is_taken};
use crate::access::Connection;
use crate::clock::Instant;
use crate::error::{Error, Result};
use crate::ids::{ConnectionId, TenantId};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = connection)]
pub(super) struct Row {
    id: ConnectionId,
    tenant_id: TenantId,
    name: String,
    name_folded: String,
    profile: String,
    reach: String,
    adoption: String,
    created: Instant,
    rate: Option<i32>,
}

impl TryFrom<Row> for Connection {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: row.id,
            tenant: row.tenant_id,
            name: row.name,
            profile: row.profile.parse().map_err(Error::internal)?,
            reach: row.reach.parse().map_err(Error::internal)?,
            adoption: row.adoption.parse().map_err(Error::internal)?,
            rate: row.rate.and_then(|rate| u32::try_from(rate).ok()),
        })
    }
}

/// Adds a connection.
///
/// # Errors
/// [`Error::Taken`] when the tenant has one of that name.
pub fn insert(tx: &mut Tx<'_>, new: &Connection, now: Instant) -> Result<()> {
    let row = Row {
        id: new.id,
        tenant_id: new.tenant,
        name: new.name.clone(),
        name_folded: text::key(&new.name),
        profile: new.profile.to_string(),
        reach: new.reach.to_string(),
        adoption: new.adoption.to_string(),
        created: now,
        rate: rate_column(new),
    };
    match diesel::insert_into(connection::table).values(&row).execute(tx.conn) {
        Ok(_) => Ok(()),
        Err(error) if is_taken(&error) => Err(Error::Taken(format!("there is a connection `{}` already", new.name))),
        Err(error) => Err(error.into()),
    }
}

/// Writes the settings of a connection.
///
/// # Errors
/// When the database cannot be asked.
pub fn update(tx: &mut Tx<'_>, changed: &Connection) -> Result<()> {
    diesel::update(connection::table.filter(connection::id.eq(changed.id)))
        .set((
            connection::profile.eq(changed.profile.as_str()),
            connection::reach.eq(changed.reach.as_str()),
            connection::adoption.eq(changed.adoption.as_str()),
            connection::rate.eq(rate_column(changed)),
        ))
        .execute(tx.conn)?;
    Ok(())
}

fn rate_column(connection: &Connection) -> Option<i32> {
    connection.rate.map(|rate| i32::try_from(rate).unwrap_or(i32::MAX))
}

/// The tenant's connection of that name, whatever its case.
///
/// # Errors
/// When the database cannot be asked.
pub fn find(tx: &mut Tx<'_>, tenant: TenantId, name: &str) -> Result<Option<Connection>> {
    let row = connection::table
        .filter(connection::tenant_id.eq(tenant).and(connection::name_folded.eq(text::key(name))))
        .select(Row::as_select())
        .get_result(tx.conn)
        .optional()?;
    row.map(Connection::try_from).transpose()
}

/// Whether a tenant has a connection of that id.
///
/// # Errors
/// When the database cannot be asked.
pub fn is_of(tx: &mut Tx<'_>, tenant: TenantId, id: ConnectionId) -> Result<bool> {
    let found = connection::table.filter(connection::id.eq(id).and(connection::tenant_id.eq(tenant)));
    Ok(found.select(connection::id).get_result::<ConnectionId>(tx.conn).optional()?.is_some())
}

/// The tenant's connections, by name.
///
/// # Errors
/// When the database cannot be asked.
pub fn list(tx: &mut Tx<'_>, tenant: TenantId) -> Result<Vec<Connection>> {
    let rows = connection::table
        .filter(connection::tenant_id.eq(tenant))
        .order(connection::name_folded)
        .select(Row::as_select())
        .load(tx.conn)?;
    rows.into_iter().map(Connection::try_from).collect()
}

/// Removes a connection with its tokens and links. Its groups become local ones.
///
/// # Errors
/// When the database cannot be asked.
pub fn delete(tx: &mut Tx<'_>, tenant: TenantId, id: ConnectionId) -> Result<()> {
    diesel::delete(connection::table.filter(connection::tenant_id.eq(tenant).and(connection::id.eq(id))))
        .execute(tx.conn)?;
    Ok(())
}
