//! Who asks, what they may do, and what they change of themselves.

use serde::Serialize;
use utoipa::ToSchema;

use crate::access::{Held, Needs, Scope};
use crate::auth;
use crate::directory::users::{self, User, Want};
use crate::error::Result;
use crate::http::profile::{Profile, Shown, warned};
use crate::http::rest::{self, Fields, body};
use crate::http::{Document, Endpoint, Exchange, Method, Reply};

use super::{client, person, private, row};

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
    /// The given name.
    first_name: Option<String>,
    /// The family name.
    last_name: Option<String>,
    /// The name that others see.
    display_name: Option<String>,
    /// The primary telephone number.
    phone: Option<String>,
    /// A language tag.
    #[schema(default = "en", required = false)]
    locale: String,
    /// A name of the IANA database.
    #[schema(default = "UTC", required = false)]
    timezone: String,
    /// Where the primary photo lies.
    avatar_url: Option<String>,
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

/// What is to change of whoever asks: what is left out stays as it is, null clears.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes the body, which is read member by member")]
struct MeUpdate {
    /// Another one is shown at once, and confirmed by the link that is mailed to it.
    #[schema(format = Email, max_length = 254)]
    email: Option<String>,
    #[schema(max_length = 200)]
    first_name: Option<String>,
    #[schema(max_length = 200)]
    last_name: Option<String>,
    #[schema(max_length = 200)]
    display_name: Option<String>,
    /// With its country code: `+33123456789`.
    #[schema(pattern = r"^\+[1-9][0-9]{6,14}$")]
    phone: Option<String>,
    /// Null goes back to `en`.
    locale: Option<String>,
    /// Null goes back to `UTC`.
    timezone: Option<String>,
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    let me = Document::new("me", "See who you are and what you may do", "auth").data::<MeResponse>(200, "You");
    let update = Document::new("update_me", "Change your e-mail, names, telephone, language and time zone", "auth")
        .described("Another e-mail or telephone wants a fresh sign-in or step-up. Another e-mail ends all sessions.")
        .request::<MeUpdate>()
        .data::<MeResponse>(200, "You")
        .conflict("Somebody else has the e-mail, or your source keeps what was to change");
    vec![
        row(Method::Get, "/me", Needs::SignedIn, false, |x| Box::pin(show(x)), me),
        row(Method::Patch, "/me", Needs::SignedIn, true, |x| Box::pin(update_own(x)), update),
    ]
}

async fn show(exchange: Exchange) -> Result<Reply> {
    let user = users::oneself(&exchange.services.directory, person(&exchange)?, Want { groups: false }).await?;
    answer(&exchange, user).await
}

async fn update_own(exchange: Exchange) -> Result<Reply> {
    let person = person(&exchange)?;
    let mut fields = Fields::of_body(&exchange.body)?;
    // An account has an e-mail: null is none.
    let email = fields.optional("email", body::email);
    let profile = Profile::read(&mut fields);
    fields.finish()?;
    let edit = profile.edit(email.clone());
    let (auth, client) = (&exchange.services.auth, client(&exchange));
    let changed = auth::profile::change(auth, &exchange.cx, person, (email.as_deref(), edit), &client).await?;
    let reply = answer(&exchange, changed.user).await?;
    Ok(match &changed.overruled {
        Some(overruled) => warned(reply, &overruled.source, &overruled.attributes.join(" ")),
        None => reply,
    })
}

async fn answer(exchange: &Exchange, user: User) -> Result<Reply> {
    let person = person(exchange)?;
    let (account, home) = auth::account(&exchange.services.auth, person).await?;
    let profile = Shown::of(&user.document);
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
        first_name: profile.first_name,
        last_name: profile.last_name,
        display_name: profile.display_name,
        phone: profile.phone,
        locale: profile.locale,
        timezone: profile.timezone,
        avatar_url: profile.avatar_url,
        identity_source: account.identity_source,
        session_id: person.session.to_string(),
        methods: person.methods.split_whitespace().map(str::to_owned).collect(),
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
