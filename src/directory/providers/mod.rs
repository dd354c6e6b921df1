//! Identity providers of a tenant: authorities that sign its people in, or keep them. Records of them; signing in through
//! them is not decided here.

mod identities;

use serde_json::{Map, Value};

use crate::access::{ConnectionsWrite, PermissionType, Permit, ProvidersRead, ProvidersWrite};
use crate::context::Cx;
use crate::error::{Error, Reason, Result};
use crate::ids::{ConnectionId, ProviderId};
use crate::journal::{self, Author, Change, Operation};
use crate::store::{Document, Tx, providers as rows};

use super::Directory;

pub use crate::store::identities::Identity;
pub use crate::store::providers::Provider;
pub use identities::{Federated, link, linked, unlink};

/// The protocols of providers.
pub const PROTOCOLS: [&str; 3] = ["OIDC", "SAML", "LDAP"];

/// The key of the tenant that holds the platform's own people.
const PLATFORM: &str = "platform";

/// What a provider is to become; `None` leaves as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProviderChange {
    /// Its name.
    pub name: Option<String>,
    /// What else is known of it.
    pub settings: Option<Map<String, Value>>,
    /// Whether people may come by it.
    pub enabled: Option<bool>,
}

/// The providers of the tenant, by name.
///
/// # Errors
/// [`Error::Denied`] when the permit holds in some org units only.
pub async fn list(directory: &Directory, permit: &Permit<ProvidersRead>) -> Result<Vec<Provider>> {
    permit.whole()?;
    let tenant = permit.tenant();
    directory.store.read_one(move |tx| rows::list(tx, tenant)).await
}

/// One provider of the tenant.
///
/// # Errors
/// [`Error::Missing`] when the tenant has no such provider.
pub async fn find(directory: &Directory, permit: &Permit<ProvidersRead>, id: ProviderId) -> Result<Provider> {
    permit.whole()?;
    let tenant = permit.tenant();
    directory.store.read_one(move |tx| found(tx, tenant, id)).await
}

/// Asks that the tenant has this provider.
///
/// # Errors
/// [`Error::Missing`] when the tenant has no such provider.
pub async fn check(directory: &Directory, permit: &Permit<ProvidersWrite>, id: ProviderId) -> Result<()> {
    permit.whole()?;
    let tenant = permit.tenant();
    directory.store.read_one(move |tx| found(tx, tenant, id).map(drop)).await
}

/// Makes a provider.
///
/// # Errors
/// [`Error::Taken`] when the tenant has one of that name; [`Error::Conflict`] in the tenant of the platform's own people,
/// whom no provider may vouch for (IR-1).
pub async fn create(
    directory: &Directory,
    permit: &Permit<ProvidersWrite>,
    cx: &Cx,
    protocol: &str,
    name: &str,
    settings: Map<String, Value>,
) -> Result<Provider> {
    permit.whole()?;
    let new = Provider {
        id: ProviderId::new(cx.now, directory.sources.random()?),
        tenant_id: permit.tenant(),
        protocol: protocol.to_owned(),
        name: name.trim().to_owned(),
        settings: Document(Value::Object(settings)),
        enabled: true,
        created: cx.now,
        modified: cx.now,
    };
    let (permit, cx) = (permit.clone(), cx.clone());
    directory
        .store
        .write(move |tx| {
            refuse_platform(tx, &permit)?;
            rows::insert(tx, &new)?;
            record(tx, &permit, &cx, Operation::Create, None, Some(&new))?;
            Ok(new.clone())
        })
        .await
}

/// Changes a provider.
///
/// # Errors
/// [`Error::Missing`] when the tenant has no such provider; [`Error::Taken`] for a name in use.
pub async fn change(
    directory: &Directory,
    permit: &Permit<ProvidersWrite>,
    cx: &Cx,
    id: ProviderId,
    change: ProviderChange,
) -> Result<Provider> {
    permit.whole()?;
    let (permit, cx) = (permit.clone(), cx.clone());
    directory
        .store
        .write(move |tx| {
            let before = found(tx, permit.tenant(), id)?;
            let after = Provider {
                name: change.name.as_deref().map_or_else(|| before.name.clone(), |name| name.trim().to_owned()),
                settings: change
                    .settings
                    .clone()
                    .map_or_else(|| before.settings.clone(), |settings| Document(Value::Object(settings))),
                enabled: change.enabled.unwrap_or(before.enabled),
                ..before.clone()
            };
            if after == before {
                return Ok(before);
            }
            let after = Provider { modified: cx.now, ..after };
            rows::update(tx, &after)?;
            record(tx, &permit, &cx, Operation::Update, Some(&before), Some(&after))?;
            Ok(after)
        })
        .await
}

/// Deletes a provider with the identities that it vouched for; whoever they belonged to keeps their recorded source, which
/// is then found as a mismatch.
///
/// # Errors
/// [`Error::Missing`] when the tenant has no such provider.
pub async fn remove(directory: &Directory, permit: &Permit<ProvidersWrite>, cx: &Cx, id: ProviderId) -> Result<()> {
    permit.whole()?;
    let (permit, cx) = (permit.clone(), cx.clone());
    directory
        .store
        .write(move |tx| {
            let provider = found(tx, permit.tenant(), id)?;
            rows::delete(tx, id)?;
            record(tx, &permit, &cx, Operation::Delete, Some(&provider), None)
        })
        .await
}

/// Says for which provider a connection provisions: both are then one authority (IR-11). `None` says for none.
///
/// # Errors
/// [`Error::Missing`] when the tenant has no such connection or provider.
pub async fn provision_for(
    directory: &Directory,
    permit: &Permit<ConnectionsWrite>,
    cx: &Cx,
    connection: ConnectionId,
    provider: Option<ProviderId>,
) -> Result<()> {
    permit.whole()?;
    let (permit, cx) = (permit.clone(), cx.clone());
    directory
        .store
        .write(move |tx| {
            let tenant = permit.tenant();
            let named = |provider: Option<ProviderId>| {
                let provider = provider.map(|provider| Value::from(provider.to_string()));
                provider.map(|id| Map::from_iter([("provider".to_owned(), id)])).unwrap_or_default()
            };
            if let Some(provider) = provider {
                found(tx, tenant, provider)?;
            }
            let before = rows::provisioned_for(tx, tenant)?.into_iter().find(|(id, _)| *id == connection);
            let before = before.map(|(_, provider)| provider);
            if !rows::provision_for(tx, tenant, connection, provider)? {
                return Err(Error::Missing("connection"));
            }
            if before == provider {
                return Ok(());
            }
            let change = Change {
                resource_type: "Connection",
                resource_id: connection.to_string(),
                operation: Operation::Update,
                diff: journal::between(&named(before), &named(provider)),
                identity_source: None,
                reason: None,
            };
            journal::record(tx, Author { actor: permit.actor(), cx: &cx, tenant }, change)
        })
        .await
}

fn found(tx: &mut Tx<'_>, tenant: crate::ids::TenantId, id: ProviderId) -> Result<Provider> {
    rows::find(tx, tenant, id)?.ok_or(Error::Missing("identity provider"))
}

fn refuse_platform<P: PermissionType>(tx: &mut Tx<'_>, permit: &Permit<P>) -> Result<()> {
    let place = crate::store::tenants::place(tx, PLATFORM, None)?;
    if place.is_some_and(|(tenant, ..)| tenant == permit.tenant()) {
        let detail = "the tenant `platform` has no identity providers";
        return Err(Error::Conflict(Reason::new("reserved", detail)));
    }
    Ok(())
}

fn record(
    tx: &mut Tx<'_>,
    permit: &Permit<ProvidersWrite>,
    cx: &Cx,
    operation: Operation,
    before: Option<&Provider>,
    after: Option<&Provider>,
) -> Result<()> {
    let Some(subject) = before.or(after) else { return Ok(()) };
    let change = Change {
        resource_type: "IdentityProvider",
        resource_id: subject.id.to_string(),
        operation,
        diff: journal::between(&settings(before), &settings(after)),
        identity_source: None,
        reason: None,
    };
    journal::record(tx, Author { actor: permit.actor(), cx, tenant: subject.tenant_id }, change)
}

fn settings(provider: Option<&Provider>) -> Map<String, Value> {
    let Some(provider) = provider else { return Map::new() };
    Map::from_iter([
        ("protocol".to_owned(), Value::from(provider.protocol.as_str())),
        ("name".to_owned(), Value::from(provider.name.as_str())),
        ("settings".to_owned(), provider.settings.0.clone()),
        ("enabled".to_owned(), Value::from(provider.enabled)),
    ])
}
