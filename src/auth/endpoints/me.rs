//! Who asks, and what they may do.

use serde::Serialize;
use utoipa::ToSchema;

use crate::access::{Held, Needs, Scope};
use crate::auth;
use crate::error::Result;
use crate::http::rest;
use crate::http::{Document, Endpoint, Exchange, Method, Reply};

use super::{person, private, row};

/// Whoever asks.
#[derive(Serialize, ToSchema)]
struct MeResponse {
    /// The user.
    id: String,
    /// The user's tenant.
    tenant_id: String,
    /// That tenant's short name.
    tenant: String,
    /// The account's e-mail.
    email: Option<String>,
    /// Whether the user proved that it is theirs.
    email_verified: bool,
    /// The user name.
    username: String,
    /// Where the user comes from.
    identity_source: String,
    /// The session that asks.
    session_id: String,
    /// How the person proved who they are: words of RFC 8176.
    methods: Vec<String>,
    /// When, RFC 3339 in UTC.
    authenticated_at: String,
    /// All that is allowed anywhere, in words.
    permissions: Vec<String>,
    /// The roles, and how far each reaches.
    roles: Vec<RoleHeld>,
}

/// A role, and how far it reaches.
#[derive(Serialize, ToSchema)]
struct RoleHeld {
    /// The key of the role.
    role: String,
    /// `platform`, `partner`, `tenant` or `org_unit`.
    scope: String,
    /// Which partner, tenant or org unit.
    scope_id: Option<String>,
    /// When it ends, RFC 3339 in UTC.
    expires_at: Option<String>,
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    let me = Document::new("me", "See who you are and what you may do", "auth").data::<MeResponse>(200, "You");
    vec![row(Method::Get, "/me", Needs::SignedIn, false, |x| Box::pin(show(x)), me)]
}

async fn show(exchange: Exchange) -> Result<Reply> {
    let person = person(&exchange)?;
    let (account, home) = auth::account(&exchange.services.auth, person).await?;
    let mut permissions: Vec<_> = person.holdings.iter().flat_map(|held| held.permissions.iter()).collect();
    permissions.sort_unstable();
    permissions.dedup();
    let me = MeResponse {
        id: person.user.to_string(),
        tenant_id: person.tenant.to_string(),
        tenant: home.slug,
        email: account.email,
        email_verified: account.email_verified,
        username: account.user_name,
        identity_source: account.identity_source,
        session_id: person.session.to_string(),
        methods: person.methods.to_vec(),
        authenticated_at: person.authenticated.to_string(),
        permissions: permissions.into_iter().map(|permission| permission.to_string()).collect(),
        roles: person.holdings.iter().map(role_held).collect(),
    };
    Ok(private(rest::data(200, &me, &exchange.cx)?))
}

fn role_held(held: &Held) -> RoleHeld {
    let scope_id = match &held.scope {
        Scope::Platform => None,
        Scope::Partner(partner) => Some(partner.to_string()),
        Scope::Tenant { tenant, .. } => Some(tenant.to_string()),
        Scope::Unit { unit, .. } => Some(unit.to_string()),
    };
    let expires_at = held.expires.map(|expires| expires.to_string());
    RoleHeld { role: held.role.to_string(), scope: held.scope.tier().as_str().to_owned(), scope_id, expires_at }
}
