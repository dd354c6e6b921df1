//! The `identity_provider` table: authorities of a tenant that sign people in, or keep them; and which connection provisions
//! for which.

use diesel::prelude::*;

use super::schema::{connection, identity_provider};
use super::text;
use super::tx::{Tx, is_taken};
use super::types::{Document, Json};
use crate::clock::Instant;
use crate::error::{Error, Result};
use crate::ids::{ConnectionId, ProviderId, TenantId};

/// A provider as it is kept.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable)]
#[diesel(table_name = identity_provider)]
pub struct Provider {
    /// Its id.
    pub id: ProviderId,
    /// Its tenant.
    pub tenant_id: TenantId,
    /// OIDC, SAML or LDAP.
    pub protocol: String,
    /// Its name, unique in the tenant without regard to case.
    pub name: String,
    /// What else is known of it.
    pub settings: Document,
    /// Whether people may come by it.
    pub enabled: bool,
    /// When it was made.
    pub created: Instant,
    /// When it last changed.
    pub modified: Instant,
}

/// Adds a provider.
///
/// # Errors
/// [`Error::Taken`] when the tenant has one of that name.
pub fn insert(tx: &mut Tx<'_>, new: &Provider) -> Result<()> {
    let row = (
        identity_provider::id.eq(new.id),
        identity_provider::tenant_id.eq(new.tenant_id),
        identity_provider::protocol.eq(&new.protocol),
        identity_provider::name.eq(&new.name),
        identity_provider::name_folded.eq(text::key(&new.name)),
        identity_provider::settings.eq(Json::of(&new.settings.0)?),
        identity_provider::enabled.eq(new.enabled),
        identity_provider::created.eq(new.created),
        identity_provider::modified.eq(new.modified),
    );
    diesel::insert_into(identity_provider::table).values(row).execute(tx.conn).map_err(|error| taken(error, new))?;
    Ok(())
}

/// Writes a provider. Its protocol stays.
///
/// # Errors
/// [`Error::Taken`] when the tenant has another of that name.
pub fn update(tx: &mut Tx<'_>, provider: &Provider) -> Result<()> {
    let row = identity_provider::table.filter(identity_provider::id.eq(provider.id));
    diesel::update(row)
        .set((
            identity_provider::name.eq(&provider.name),
            identity_provider::name_folded.eq(text::key(&provider.name)),
            identity_provider::settings.eq(Json::of(&provider.settings.0)?),
            identity_provider::enabled.eq(provider.enabled),
            identity_provider::modified.eq(provider.modified),
        ))
        .execute(tx.conn)
        .map_err(|error| taken(error, provider))?;
    Ok(())
}

fn taken(error: diesel::result::Error, provider: &Provider) -> Error {
    if is_taken(&error) {
        Error::Taken(format!("this tenant has an identity provider `{}` already", provider.name))
    } else {
        error.into()
    }
}

/// Deletes a provider, and with it the identities that it vouched for.
///
/// # Errors
/// When the database cannot be asked.
pub fn delete(tx: &mut Tx<'_>, id: ProviderId) -> Result<()> {
    diesel::delete(identity_provider::table.filter(identity_provider::id.eq(id))).execute(tx.conn)?;
    Ok(())
}

/// The provider of a tenant.
///
/// # Errors
/// When the database cannot be asked.
pub fn find(tx: &mut Tx<'_>, tenant: TenantId, id: ProviderId) -> Result<Option<Provider>> {
    let provider = identity_provider::table.filter(identity_provider::id.eq(id));
    let provider = provider.filter(identity_provider::tenant_id.eq(tenant)).select(Provider::as_select());
    Ok(provider.get_result(tx.conn).optional()?)
}

/// The providers of a tenant, by name.
///
/// # Errors
/// When the database cannot be asked.
pub fn list(tx: &mut Tx<'_>, tenant: TenantId) -> Result<Vec<Provider>> {
    let providers = identity_provider::table.filter(identity_provider::tenant_id.eq(tenant));
    Ok(providers.order(identity_provider::name_folded).select(Provider::as_select()).load(tx.conn)?)
}

/// Which connections of a tenant provision for which provider, with their names.
///
/// # Errors
/// When the database cannot be asked.
pub fn provisioned_for(tx: &mut Tx<'_>, tenant: TenantId) -> Result<Vec<(ConnectionId, ProviderId)>> {
    let named: Vec<(ConnectionId, Option<ProviderId>)> = connection::table
        .filter(connection::tenant_id.eq(tenant).and(connection::provider_id.is_not_null()))
        .select((connection::id, connection::provider_id))
        .load(tx.conn)?;
    Ok(named.into_iter().filter_map(|(connection, provider)| Some((connection, provider?))).collect())
}

/// Says for which provider a connection of a tenant provisions; false when there is no such connection.
///
/// # Errors
/// When the database cannot be asked.
pub fn provision_for(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    id: ConnectionId,
    provider: Option<ProviderId>,
) -> Result<bool> {
    let row = connection::table.filter(connection::id.eq(id).and(connection::tenant_id.eq(tenant)));
    Ok(diesel::update(row).set(connection::provider_id.eq(provider)).execute(tx.conn)? > 0)
}
