//! What things are called now, for records that kept only their ids.

use diesel::prelude::*;

use super::schema::{
    application, application_token, connection, domain, groups, identity_provider, org_unit, partner, role, role_grant,
    tenant, users,
};
use super::tx::Tx;
use crate::error::Result;
use crate::ids::{
    ApplicationId, ConnectionId, GrantId, GroupId, PartnerId, ProviderId, RoleId, TenantId, UnitId, UserId,
};

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

/// Names of applications.
///
/// # Errors
/// When the database cannot be asked.
pub fn applications(tx: &mut Tx<'_>, ids: &[ApplicationId]) -> Result<Vec<(ApplicationId, String)>> {
    let there = application::table.filter(application::id.eq_any(ids));
    Ok(there.select((application::id, application::name)).load(tx.conn)?)
}

/// Names of tokens of applications.
///
/// # Errors
/// When the database cannot be asked.
pub fn application_tokens(tx: &mut Tx<'_>, ids: &[String]) -> Result<Vec<(String, String)>> {
    let there = application_token::table.filter(application_token::id.eq_any(ids));
    Ok(there.select((application_token::id, application_token::name)).load(tx.conn)?)
}

/// Names of org units.
///
/// # Errors
/// When the database cannot be asked.
pub fn units(tx: &mut Tx<'_>, ids: &[UnitId]) -> Result<Vec<(UnitId, String)>> {
    let there = org_unit::table.filter(org_unit::id.eq_any(ids));
    Ok(there.select((org_unit::id, org_unit::name)).load(tx.conn)?)
}

/// Names of identity providers.
///
/// # Errors
/// When the database cannot be asked.
pub fn providers(tx: &mut Tx<'_>, ids: &[ProviderId]) -> Result<Vec<(ProviderId, String)>> {
    let there = identity_provider::table.filter(identity_provider::id.eq_any(ids));
    Ok(there.select((identity_provider::id, identity_provider::name)).load(tx.conn)?)
}

/// Names of the roles that tenants made.
///
/// # Errors
/// When the database cannot be asked.
pub fn roles(tx: &mut Tx<'_>, ids: &[RoleId]) -> Result<Vec<(RoleId, String)>> {
    let there = role::table.filter(role::id.eq_any(ids));
    Ok(there.select((role::id, role::name)).load(tx.conn)?)
}

/// The keys of the roles of grants, which have no other name.
///
/// # Errors
/// When the database cannot be asked.
pub fn grants(tx: &mut Tx<'_>, ids: &[GrantId]) -> Result<Vec<(GrantId, String)>> {
    let there = role_grant::table.filter(role_grant::id.eq_any(ids));
    Ok(there.select((role_grant::id, role_grant::role)).load(tx.conn)?)
}

/// Names of partners.
///
/// # Errors
/// When the database cannot be asked.
pub fn partners(tx: &mut Tx<'_>, ids: &[PartnerId]) -> Result<Vec<(PartnerId, String)>> {
    let there = partner::table.filter(partner::id.eq_any(ids));
    Ok(there.select((partner::id, partner::name)).load(tx.conn)?)
}

/// Names of tenants; those without one go by their slug.
///
/// # Errors
/// When the database cannot be asked.
pub fn tenants(tx: &mut Tx<'_>, ids: &[TenantId]) -> Result<Vec<(TenantId, String)>> {
    let there = tenant::table.filter(tenant::id.eq_any(ids)).select((tenant::id, tenant::name, tenant::slug));
    let found: Vec<(TenantId, Option<String>, String)> = there.load(tx.conn)?;
    Ok(found.into_iter().map(|(id, name, slug)| (id, name.unwrap_or(slug))).collect())
}

/// Those of some names that are domains of any tenant: a domain has no id beside its name.
///
/// # Errors
/// When the database cannot be asked.
pub fn domains(tx: &mut Tx<'_>, names: &[String]) -> Result<Vec<(String, String)>> {
    let there = domain::table.filter(domain::name.eq_any(names));
    Ok(there.select((domain::name, domain::name)).load(tx.conn)?)
}

/// The tenants of these partners.
///
/// # Errors
/// When the database cannot be asked.
pub fn tenants_of(tx: &mut Tx<'_>, partners: &[PartnerId]) -> Result<Vec<TenantId>> {
    let partners: Vec<Option<PartnerId>> = partners.iter().copied().map(Some).collect();
    Ok(tenant::table.filter(tenant::partner_id.eq_any(partners)).select(tenant::id).load(tx.conn)?)
}
