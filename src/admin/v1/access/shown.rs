//! How permissions, roles and grants look in bodies and answers.

use serde::Serialize;
use utoipa::ToSchema;

use crate::access::{Permission, PermissionSet, Tier};
use crate::directory::grants::{Effective, Grant, Listed};
use crate::directory::roles::{Comparison, Role};

/// A permission.
#[derive(Serialize, ToSchema)]
pub(super) struct PermissionResponse {
    /// The word for it in roles.
    key: &'static str,
    /// What it allows.
    description: &'static str,
}

/// A role.
#[derive(Serialize, ToSchema)]
pub(super) struct RoleResponse {
    /// The key, by which grants name it.
    key: String,
    name: String,
    description: Option<String>,
    /// Whether it is the same in every tenant and cannot be changed.
    built_in: bool,
    /// What it allows by itself.
    permissions: Vec<&'static str>,
    /// The roles whose permissions it has too.
    inherits: Vec<String>,
    /// What it allows in all.
    effective_permissions: Vec<&'static str>,
    /// The kinds of scope that it can be granted over.
    scope_types: Vec<&'static str>,
    #[schema(format = DateTime)]
    created_at: Option<String>,
    #[schema(format = DateTime)]
    updated_at: Option<String>,
}

/// A role to be made.
#[derive(ToSchema)]
#[expect(dead_code, reason = "read member by member; for the document of the API")]
pub(super) struct RoleCreate {
    /// 1 to 63 of a-z, 0-9 and _, beginning with a letter.
    #[schema(pattern = "^[a-z][a-z0-9_]{0,62}$")]
    key: String,
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    #[schema(min_length = 1, max_length = 500)]
    description: Option<String>,
    /// Words of permissions.
    #[schema(required = false)]
    permissions: Vec<String>,
    /// Keys of roles whose permissions it has too.
    #[schema(required = false, max_items = 20)]
    inherits: Vec<String>,
}

/// What is to change of a role.
#[derive(ToSchema)]
#[expect(dead_code, reason = "read member by member; for the document of the API")]
pub(super) struct RoleUpdate {
    #[schema(required = false, min_length = 1, max_length = 100)]
    name: String,
    #[schema(min_length = 1, max_length = 500)]
    description: Option<String>,
    #[schema(required = false)]
    permissions: Vec<String>,
    #[schema(required = false, max_items = 20)]
    inherits: Vec<String>,
}

/// What another role allows more and less.
#[derive(Serialize, ToSchema)]
pub(super) struct ComparisonResponse {
    from: String,
    to: String,
    gained: Vec<PermissionResponse>,
    lost: Vec<PermissionResponse>,
}

/// Who has a role.
#[derive(Serialize, ToSchema)]
pub(super) struct GrantSubject {
    /// `user`, `group` or `org_unit`.
    r#type: String,
    #[schema(format = "uuid")]
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
}

/// How far a grant reaches.
#[derive(Serialize, ToSchema)]
pub(super) struct GrantScope {
    /// `platform`, `partner`, `tenant` or `org_unit`.
    r#type: String,
    /// The partner, tenant or org unit; none for the platform.
    #[schema(format = "uuid")]
    id: Option<String>,
}

/// A grant of a role.
#[derive(Serialize, ToSchema)]
pub(super) struct GrantResponse {
    #[schema(format = "uuid")]
    id: String,
    subject: GrantSubject,
    /// The key of the role.
    role: String,
    scope: GrantScope,
    /// Where it comes from: `direct`, `bootstrap`, `mapping` ...
    origin: String,
    /// Whether it has not ended.
    active: bool,
    #[schema(format = DateTime)]
    created_at: String,
    /// By whom: kind and id.
    created_by: String,
    #[schema(format = DateTime)]
    expires_at: Option<String>,
}

/// What a user has by a grant.
#[derive(Serialize, ToSchema)]
pub(super) struct EffectiveGrantResponse {
    #[serde(flatten)]
    grant: GrantResponse,
    /// The group or org unit that the user has it by; none for the user's own.
    inherited_from: Option<GrantSubject>,
    /// What it allows.
    permissions: Vec<&'static str>,
}

/// To whom a role is granted.
#[derive(ToSchema)]
#[expect(dead_code, reason = "read member by member; for the document of the API")]
pub(super) struct GrantSubjectCreate {
    /// `user`, `group` or `org_unit`.
    r#type: String,
    #[schema(format = "uuid")]
    id: String,
}

/// A role to be granted.
#[derive(ToSchema)]
#[expect(dead_code, reason = "read member by member; for the document of the API")]
pub(super) struct GrantCreate {
    subject: GrantSubjectCreate,
    /// The key of a role of the tenant.
    role: String,
    /// How far; the tenant when nothing is said.
    scope: Option<GrantScope>,
    /// Until when; without end when nothing is said.
    #[schema(format = DateTime)]
    expires_at: Option<String>,
}

fn words(permissions: PermissionSet) -> Vec<&'static str> {
    permissions.iter().map(Permission::as_str).collect()
}

impl PermissionResponse {
    pub(super) fn of(permission: Permission) -> Self {
        Self { key: permission.as_str(), description: permission.sentence() }
    }
}

impl RoleResponse {
    pub(super) fn of(role: Role) -> Self {
        Self {
            permissions: words(role.permissions),
            effective_permissions: words(role.effective),
            scope_types: role.tiers.into_iter().map(Tier::as_str).collect(),
            created_at: role.times.map(|(created, _)| created.to_string()),
            updated_at: role.times.map(|(_, modified)| modified.to_string()),
            key: role.key,
            name: role.name,
            description: role.description,
            built_in: role.built_in,
            inherits: role.inherits,
        }
    }
}

impl ComparisonResponse {
    pub(super) fn of(from: String, to: String, comparison: &Comparison) -> Self {
        let all = |permissions: PermissionSet| permissions.iter().map(PermissionResponse::of).collect();
        Self { from, to, gained: all(comparison.gained), lost: all(comparison.lost) }
    }
}

impl GrantResponse {
    pub(super) fn of(listed: Listed) -> Self {
        let mut shown = Self::fresh(&listed.grant);
        shown.subject.name = listed.subject_name;
        shown.active = listed.active;
        shown
    }

    /// A grant that was made just now.
    pub(super) fn fresh(grant: &Grant) -> Self {
        let platform = grant.scope_kind == Tier::Platform.as_str();
        Self {
            id: grant.id.to_string(),
            subject: GrantSubject { r#type: grant.subject_kind.clone(), id: grant.subject_id.to_string(), name: None },
            role: grant.role.clone(),
            scope: GrantScope { r#type: grant.scope_kind.clone(), id: (!platform).then(|| grant.scope_id.to_string()) },
            origin: grant.origin.clone(),
            active: true,
            created_at: grant.created.to_string(),
            created_by: grant.created_by.clone(),
            expires_at: grant.expires.map(|expires| expires.to_string()),
        }
    }
}

impl EffectiveGrantResponse {
    pub(super) fn of(held: Effective) -> Self {
        let inherited_from = held.through.map(|(subject, name)| {
            let (kind, id) = subject.parts();
            GrantSubject { r#type: kind.to_owned(), id: id.to_string(), name: Some(name) }
        });
        Self { grant: GrantResponse::fresh(&held.grant), inherited_from, permissions: words(held.permissions) }
    }
}
