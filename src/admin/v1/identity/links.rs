//! By which subjects of which providers a user is known.

use serde::Serialize;
use utoipa::ToSchema;

use crate::access::{IdentitiesRead, IdentitiesWrite, PermissionType, Permit, decide};
use crate::directory::places;
use crate::directory::providers::{self, Federated};
use crate::error::Result;
use crate::http::rest::{self, Fields, body, present};
use crate::http::{Exchange, Reply};
use crate::ids::{IdentityId, UserId};

/// The longest subject, in characters.
const LONGEST_SUBJECT: usize = 1000;

/// A new identity.
#[derive(ToSchema)]
#[expect(dead_code, reason = "read member by member; for the document of the API")]
pub(super) struct IdentityCreate {
    /// The provider.
    #[schema(format = "uuid")]
    provider_id: String,
    /// What the provider calls the user.
    subject: String,
}

/// By what a user is known.
#[derive(Serialize, ToSchema)]
pub(super) struct IdentityLink {
    #[schema(format = "uuid")]
    id: String,
    /// OIDC, SAML, LDAP or SCIM.
    protocol: String,
    #[schema(format = "uuid")]
    provider_id: Option<String>,
    provider: Option<String>,
    /// The SCIM connection, when it is the link of one.
    #[schema(format = "uuid")]
    connection_id: Option<String>,
    subject: Option<String>,
    /// Whether an administrator said it and the provider did not confirm it yet: then it opens nothing.
    asserted: bool,
    #[schema(format = DateTime)]
    first_seen: String,
    #[schema(format = DateTime)]
    last_seen: String,
}

pub(super) async fn list(exchange: Exchange) -> Result<Reply> {
    let permit = permit::<IdentitiesRead>(&exchange).await?;
    let found = providers::linked(&exchange.services.directory, &permit, user_id(&exchange)?).await?;
    let shown: Vec<IdentityLink> = found.into_iter().map(shown).collect();
    rest::data(200, &shown, &exchange.cx)
}

pub(super) async fn link(exchange: Exchange) -> Result<Reply> {
    let permit = permit::<IdentitiesWrite>(&exchange).await?;
    let user = user_id(&exchange)?;
    let mut fields = Fields::of_body(&exchange.body)?;
    let provider = fields.required("provider_id", body::uuid);
    let subject = fields.required("subject", body::text(1..=LONGEST_SUBJECT));
    fields.finish()?;
    let (provider, subject) = (present(provider)?, present(subject)?);
    let made = providers::link(&exchange.services.directory, &permit, &exchange.cx, user, provider, &subject).await?;
    rest::data(201, &shown(made), &exchange.cx)
}

pub(super) async fn unlink(exchange: Exchange) -> Result<Reply> {
    let permit = permit::<IdentitiesWrite>(&exchange).await?;
    let (user, id) = (user_id(&exchange)?, rest::id::<IdentityId>(&exchange, "identity_id", "identity")?);
    providers::unlink(&exchange.services.directory, &permit, &exchange.cx, user, id).await?;
    Ok(Reply::empty(204))
}

async fn permit<P: PermissionType>(exchange: &Exchange) -> Result<Permit<P>> {
    let place = places::find(&exchange.services.directory, exchange.path.get("tenant_id")).await?;
    exchange.note.within(place.tenant);
    decide(exchange.actor()?, &place)
}

fn user_id(exchange: &Exchange) -> Result<UserId> {
    rest::id(exchange, "user_id", "user")
}

fn shown(Federated { identity, provider }: Federated) -> IdentityLink {
    IdentityLink {
        id: identity.id.to_string(),
        protocol: identity.protocol,
        provider_id: identity.provider_id.map(|id| id.to_string()),
        provider,
        connection_id: identity.connection_id.map(|id| id.to_string()),
        subject: identity.subject,
        asserted: identity.asserted,
        first_seen: identity.first_seen.to_string(),
        last_seen: identity.last_seen.to_string(),
    }
}
