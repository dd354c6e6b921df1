//! How users look in answers.

use scim_core::schema::TypeIndex;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::admin::v1::export::Row;
use crate::directory::people::{Claim, Details, Listed, Membership, Session};
use crate::http::profile;

use super::attributes;

/// How the user was provisioned.
#[derive(ToSchema)]
#[schema(rename_all = "UPPERCASE")]
#[expect(dead_code, reason = "the words of the database, for the document of the API")]
pub(in crate::admin) enum IdentitySource {
    Local,
    Oidc,
    Saml,
    Scim,
    Ldap,
}

/// User account status.
#[derive(ToSchema)]
#[schema(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(dead_code, reason = "the words of the directory, for the document of the API")]
pub(super) enum UserStatus {
    Active,
    PendingEmailVerification,
    PendingApproval,
    Disabled,
    Locked,
}

/// A user as lists show it.
#[derive(Serialize, ToSchema)]
pub(in crate::admin) struct UserListItem {
    /// The id.
    #[schema(format = "uuid")]
    id: String,
    /// The tenant, in lists that go over several.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = "uuid")]
    tenant_id: Option<String>,
    /// The account's e-mail, or what stands for it.
    email: String,
    display_name: Option<String>,
    #[schema(value_type = UserStatus)]
    status: String,
    /// The names of the org units from the root to the user's own: `/Sales/EMEA`.
    ou_path: Option<String>,
    #[schema(value_type = IdentitySource)]
    identity_source: String,
    #[schema(default = false, required = false)]
    mfa_enabled: bool,
    #[schema(format = DateTime)]
    last_login_at: Option<String>,
}

impl Row for UserListItem {
    fn columns() -> Vec<&'static str> {
        vec!["id", "email", "display_name", "status", "ou_path", "identity_source", "mfa_enabled", "last_login_at"]
    }

    fn cells(&self) -> Vec<String> {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        vec![
            self.id.clone(),
            self.email.clone(),
            text(&self.display_name),
            self.status.clone(),
            text(&self.ou_path),
            self.identity_source.clone(),
            self.mfa_enabled.to_string(),
            text(&self.last_login_at),
        ]
    }
}

/// A group that a user is in.
#[derive(Serialize, ToSchema)]
pub(super) struct UserGroupMembership {
    #[schema(format = "uuid")]
    group_id: String,
    name: String,
    /// `DIRECT`, or `INHERITED` through another group.
    #[schema(default = "DIRECT", required = false)]
    membership_type: &'static str,
}

/// A user with its account.
#[derive(Serialize, ToSchema)]
pub(super) struct UserResponse {
    /// The account's e-mail, or what stands for it.
    #[schema(format = Email)]
    email: String,
    username: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    display_name: Option<String>,
    /// The primary telephone number.
    phone: Option<String>,
    #[schema(default = "en", required = false)]
    locale: String,
    #[schema(default = "UTC", required = false)]
    timezone: String,
    #[schema(format = "uuid")]
    id: String,
    /// The tenant, below `/admin/users`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = "uuid")]
    tenant_id: Option<String>,
    #[schema(default = false, required = false)]
    email_verified: bool,
    avatar_url: Option<String>,
    /// The user's own org unit.
    #[schema(format = "uuid")]
    ou_id: Option<String>,
    /// The names of the org units from the root to the user's own: `/Sales/EMEA`.
    ou_path: Option<String>,
    #[schema(value_type = UserStatus)]
    status: String,
    #[schema(value_type = IdentitySource)]
    identity_source: String,
    #[schema(default = false, required = false)]
    mfa_enabled: bool,
    #[schema(required = false)]
    groups: Vec<UserGroupMembership>,
    /// The attributes that the tenant added to users.
    #[schema(value_type = Option<Object>)]
    custom_attributes: Option<Map<String, Value>>,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    updated_at: Option<String>,
    #[schema(format = DateTime)]
    last_login_at: Option<String>,
    #[schema(format = DateTime)]
    password_changed_at: Option<String>,
    /// By whom the user is known, when that is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    identities: Option<Vec<UserIdentity>>,
    /// The second factors, when they are asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    mfa: Option<UserMfa>,
    /// The living sessions, when they are asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    sessions: Option<Vec<UserSession>>,
}

/// A link of a user with a provider or a SCIM connection.
#[derive(Serialize, ToSchema)]
pub(super) struct UserIdentity {
    /// `OIDC`, `SAML`, `SCIM` or `LDAP`.
    protocol: String,
    /// The provider, or the SCIM connection.
    #[schema(format = "uuid")]
    provider_id: Option<String>,
    /// Its name.
    provider: Option<String>,
    /// What it calls the user.
    subject: Option<String>,
    #[schema(format = DateTime)]
    first_seen: String,
    #[schema(format = DateTime)]
    last_seen: String,
}

/// The second factors of a user.
#[derive(Serialize, ToSchema)]
pub(super) struct UserMfa {
    /// Whether any is confirmed.
    enabled: bool,
}

/// A session of a user.
#[derive(Serialize, ToSchema)]
pub(super) struct UserSession {
    #[schema(format = "uuid")]
    id: String,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    last_used_at: String,
    #[schema(format = DateTime)]
    expires_at: String,
    /// From where it was last used.
    ip_address: Option<String>,
    user_agent: Option<String>,
}

/// What an answer tells of a user beside what every answer tells.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shown {
    /// The groups.
    pub(super) groups: bool,
    /// The tenant's own attributes.
    pub(super) custom_attributes: bool,
    /// The second factors.
    pub(super) mfa: bool,
    /// The tenant.
    pub(super) tenant: bool,
}

impl Shown {
    /// What the schema has, and nothing that must be asked for.
    pub(super) const USUAL: Self = Self { groups: true, custom_attributes: true, mfa: false, tenant: false };
    /// The same, over several tenants.
    pub(super) const WIDELY: Self = Self { tenant: true, ..Self::USUAL };
}

/// A user in a list.
pub(in crate::admin) fn item(listed: Listed, with_tenant: bool) -> UserListItem {
    UserListItem {
        id: listed.id.to_string(),
        tenant_id: with_tenant.then(|| listed.tenant.to_string()),
        email: listed.email,
        display_name: listed.display_name,
        status: listed.status,
        ou_path: listed.unit_path,
        identity_source: listed.identity_source,
        mfa_enabled: listed.mfa_enabled,
        last_login_at: listed.last_login.map(|at| at.to_string()),
    }
}

/// A user alone. What a provisioner wrote is shown, be it such as this API would not accept (IR-13).
pub(super) fn user(index: &TypeIndex, details: Details, shown: Shown) -> UserResponse {
    let Details { listed, user_name, document, .. } = details;
    let profile = profile::Shown::of(&document);
    let custom_attributes = || attributes::shown(index, &document);
    UserResponse {
        email: listed.email,
        username: Some(user_name),
        first_name: profile.first_name,
        last_name: profile.last_name,
        display_name: listed.display_name,
        phone: profile.phone,
        locale: profile.locale,
        timezone: profile.timezone,
        id: listed.id.to_string(),
        tenant_id: shown.tenant.then(|| listed.tenant.to_string()),
        email_verified: details.email_verified,
        avatar_url: profile.avatar_url,
        ou_id: details.unit.map(|unit| unit.to_string()),
        ou_path: listed.unit_path,
        status: listed.status,
        identity_source: listed.identity_source,
        mfa_enabled: listed.mfa_enabled,
        groups: if shown.groups { memberships(details.groups) } else { Vec::new() },
        custom_attributes: shown.custom_attributes.then(custom_attributes),
        created_at: details.created.to_string(),
        updated_at: details.updated.map(|at| at.to_string()),
        last_login_at: listed.last_login.map(|at| at.to_string()),
        password_changed_at: details.password_changed.map(|at| at.to_string()),
        identities: details.claims.map(|claims| claims.into_iter().map(identity).collect()),
        mfa: shown.mfa.then_some(UserMfa { enabled: listed.mfa_enabled }),
        sessions: details.sessions.map(|sessions| sessions.into_iter().map(session).collect()),
    }
}

/// The groups of a user.
pub(super) fn memberships(groups: Vec<Membership>) -> Vec<UserGroupMembership> {
    let membership = |group: Membership| UserGroupMembership {
        group_id: group.id.to_string(),
        name: group.display,
        membership_type: if group.direct { "DIRECT" } else { "INHERITED" },
    };
    groups.into_iter().map(membership).collect()
}

fn identity(claim: Claim) -> UserIdentity {
    let (provider_id, provider) = claim.provider.map(|(id, name)| (id.to_string(), name)).unzip();
    UserIdentity {
        protocol: claim.protocol,
        provider_id,
        provider,
        subject: claim.subject,
        first_seen: claim.first_seen.to_string(),
        last_seen: claim.last_seen.to_string(),
    }
}

pub(super) fn session(session: Session) -> UserSession {
    UserSession {
        id: session.id.to_string(),
        created_at: session.created.to_string(),
        last_used_at: session.last_used.to_string(),
        expires_at: session.expires.to_string(),
        ip_address: session.address,
        user_agent: session.user_agent,
    }
}
