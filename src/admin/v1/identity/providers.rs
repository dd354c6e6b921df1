//! Identity providers of a tenant.

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::access::{ConnectionsWrite, ProvidersRead, ProvidersWrite};
use crate::admin::v1::shared::{once_there, whole_permit};
use crate::directory::providers::{self, Provider, ProviderChange};
use crate::error::Result;
use crate::http::rest::body::{self, Words};
use crate::http::rest::{self, Fields, present};
use crate::http::{Exchange, Reply};
use crate::ids::{ConnectionId, ProviderId};

/// The longest name of a provider, in characters.
const LONGEST_NAME: usize = 100;

const PROTOCOLS: &Words<&str> = &[("OIDC", "OIDC"), ("SAML", "SAML"), ("LDAP", "LDAP")];

/// A new provider.
#[derive(ToSchema)]
#[expect(dead_code, reason = "read member by member; for the document of the API")]
pub(super) struct IdentityProviderCreate {
    protocol: super::Protocol,
    /// Unique in the tenant, whatever its case.
    name: String,
    /// What else is known of it: issuer, entity id, addresses. No secret.
    #[schema(required = false)]
    settings: Map<String, Value>,
}

/// What a provider is to become.
#[derive(ToSchema)]
#[expect(dead_code, reason = "read member by member; for the document of the API")]
pub(super) struct IdentityProviderUpdate {
    name: Option<String>,
    settings: Option<Map<String, Value>>,
    /// Whether people may come by it.
    enabled: Option<bool>,
}

/// A provider.
#[derive(Serialize, ToSchema)]
pub(super) struct IdentityProvider {
    #[schema(format = "uuid")]
    id: String,
    #[schema(value_type = super::Protocol)]
    protocol: String,
    name: String,
    #[schema(value_type = Object)]
    settings: Value,
    enabled: bool,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    updated_at: String,
}

pub(super) async fn list(exchange: Exchange) -> Result<Reply> {
    let permit = whole_permit::<ProvidersRead>(&exchange).await?;
    let found = providers::list(&exchange.services.directory, &permit).await?;
    let shown: Vec<IdentityProvider> = found.into_iter().map(shown).collect();
    rest::data(200, &shown, &exchange.cx)
}

pub(super) async fn find(exchange: Exchange) -> Result<Reply> {
    let permit = whole_permit::<ProvidersRead>(&exchange).await?;
    let found = providers::find(&exchange.services.directory, &permit, provider_id(&exchange)?).await?;
    rest::data(200, &shown(found), &exchange.cx)
}

pub(super) async fn create(exchange: Exchange) -> Result<Reply> {
    let permit = whole_permit::<ProvidersWrite>(&exchange).await?;
    let mut fields = Fields::of_body(&exchange.body)?;
    let protocol = fields.required("protocol", body::word(PROTOCOLS));
    let name = fields.required("name", body::text(1..=LONGEST_NAME));
    let settings = fields.optional("settings", body::any_object).unwrap_or_default();
    fields.finish()?;
    let (protocol, name) = (present(protocol)?, present(name)?);
    let made =
        providers::create(&exchange.services.directory, &permit, &exchange.cx, protocol, &name, settings).await?;
    rest::data(201, &shown(made), &exchange.cx)
}

pub(super) async fn change(exchange: Exchange) -> Result<Reply> {
    let permit = whole_permit::<ProvidersWrite>(&exchange).await?;
    let id = provider_id(&exchange)?;
    let there = providers::check(&exchange.services.directory, &permit, id);
    let change = once_there(wanted(&exchange), there).await?;
    let changed = providers::change(&exchange.services.directory, &permit, &exchange.cx, id, change).await?;
    rest::data(200, &shown(changed), &exchange.cx)
}

fn wanted(exchange: &Exchange) -> Result<ProviderChange> {
    let mut fields = Fields::of_body(&exchange.body)?;
    let change = ProviderChange {
        name: fields.nullable("name", body::text(1..=LONGEST_NAME)).value(),
        settings: fields.nullable("settings", body::any_object).value(),
        enabled: fields.nullable("enabled", body::boolean).value(),
    };
    fields.finish()?;
    Ok(change)
}

pub(super) async fn remove(exchange: Exchange) -> Result<Reply> {
    let permit = whole_permit::<ProvidersWrite>(&exchange).await?;
    let id = provider_id(&exchange)?;
    providers::remove(&exchange.services.directory, &permit, &exchange.cx, id).await?;
    Ok(Reply::empty(204))
}

pub(super) async fn provision_for(exchange: Exchange) -> Result<Reply> {
    let provider = provider_id(&exchange)?;
    provision(exchange, Some(provider)).await
}

pub(super) async fn provision_for_none(exchange: Exchange) -> Result<Reply> {
    provision(exchange, None).await
}

async fn provision(exchange: Exchange, provider: Option<ProviderId>) -> Result<Reply> {
    let permit = whole_permit::<ConnectionsWrite>(&exchange).await?;
    let connection = rest::id::<ConnectionId>(&exchange, "connection_id", "connection")?;
    providers::provision_for(&exchange.services.directory, &permit, &exchange.cx, connection, provider).await?;
    Ok(Reply::empty(204))
}

fn provider_id(exchange: &Exchange) -> Result<ProviderId> {
    rest::id(exchange, "provider_id", "identity provider")
}

fn shown(provider: Provider) -> IdentityProvider {
    IdentityProvider {
        id: provider.id.to_string(),
        protocol: provider.protocol,
        name: provider.name,
        settings: provider.settings.0,
        enabled: provider.enabled,
        created_at: provider.created.to_string(),
        updated_at: provider.modified.to_string(),
    }
}
