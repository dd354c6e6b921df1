//! What things are called now, for records that kept only their ids.

use diesel::prelude::*;

use super::schema::{connection, groups, tenant, users};
use super::tx::Tx;
use crate::error::Result;
use crate::ids::{ConnectionId, GroupId, PartnerId, TenantId, UserId};

/// Names of living users.
///
/// # Errors
/// When the database cannot be asked.
pub fn users(tx: &mut Tx<'_>, ids: &[UserId]) -> Result<Vec<(UserId, String)>> {
    let living = users::table.filter(users::id.eq_any(ids).and(users::deleted.is_null()));
    Ok(living.select((users::id, users::user_name)).load(tx.conn)?)
}

/// Names of groups.
///
/// # Errors
/// When the database cannot be asked.
pub fn groups(tx: &mut Tx<'_>, ids: &[GroupId]) -> Result<Vec<(GroupId, String)>> {
    let there = groups::table.filter(groups::id.eq_any(ids));
    Ok(there.select((groups::id, groups::display_name)).load(tx.conn)?)
}

/// Names of connections.
///
/// # Errors
/// When the database cannot be asked.
pub fn connections(tx: &mut Tx<'_>, ids: &[ConnectionId]) -> Result<Vec<(ConnectionId, String)>> {
    let there = connection::table.filter(connection::id.eq_any(ids));
    Ok(there.select((connection::id, connection::name)).load(tx.conn)?)
}

/// The tenants of these partners.
///
/// # Errors
/// When the database cannot be asked.
pub fn tenants_of(tx: &mut Tx<'_>, partners: &[PartnerId]) -> Result<Vec<TenantId>> {
    let partners: Vec<Option<PartnerId>> = partners.iter().copied().map(Some).collect();
    Ok(tenant::table.filter(tenant::partner_id.eq_any(partners)).select(tenant::id).load(tx.conn)?)
}
