//! How org units look in answers.

use serde::Serialize;
use utoipa::ToSchema;

use crate::directory::people;
use crate::directory::units::{Branch, Member, Unit};

/// An org unit.
#[derive(Serialize, ToSchema)]
pub(super) struct OrgUnitResponse {
    #[schema(format = "uuid")]
    id: String,
    /// The org unit above it; null at the root.
    #[schema(format = "uuid")]
    parent_id: Option<String>,
    kind: String,
    /// What other systems call it.
    key: String,
    name: String,
    description: Option<String>,
    /// How many org units lie above it.
    depth: usize,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    updated_at: String,
}

/// An org unit with those below it.
#[derive(Serialize, ToSchema)]
pub(super) struct OrgUnitNode {
    #[serde(flatten)]
    unit: OrgUnitResponse,
    /// Those directly below it, by name.
    #[schema(no_recursion)]
    children: Vec<OrgUnitNode>,
}

/// A user in an org unit.
#[derive(Serialize, ToSchema)]
pub(super) struct OrgUnitMember {
    #[schema(format = "uuid")]
    user_id: String,
    username: String,
    display_name: Option<String>,
    /// The account's, else the user name if that is an address, else one that nobody is reached by.
    email: String,
    status: String,
    #[schema(format = "uuid")]
    unit_id: String,
    /// Whether the org unit is the user's home.
    is_home: bool,
}

pub(super) fn unit(unit: Unit) -> OrgUnitResponse {
    OrgUnitResponse {
        id: unit.id.to_string(),
        parent_id: unit.parent_id.map(|parent| parent.to_string()),
        kind: unit.kind,
        key: unit.key,
        name: unit.name,
        description: unit.description,
        depth: unit.lineage.matches('/').count().saturating_sub(1),
        created_at: unit.created.to_string(),
        updated_at: unit.modified.to_string(),
    }
}

/// The tree is at most as deep as org units are nested.
pub(super) fn node(branch: Branch) -> OrgUnitNode {
    OrgUnitNode { unit: unit(branch.unit), children: branch.children.into_iter().map(node).collect() }
}

pub(super) fn member(member: Member) -> OrgUnitMember {
    OrgUnitMember {
        user_id: member.user.to_string(),
        email: people::shown_email(member.email.as_deref(), &member.user_name, member.user),
        username: member.user_name,
        display_name: member.display_name,
        status: member.status,
        unit_id: member.unit.to_string(),
        is_home: member.is_home,
    }
}
