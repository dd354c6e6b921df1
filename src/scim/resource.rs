//! Between the directory's users and groups and SCIM resources.

use scim_core::read;
use scim_core::schema::TypeIndex;
use scim_core::schema::builtin::ENTERPRISE_USER;
use serde_json::{Map, Value, json};

use crate::clock::Instant;
use crate::directory::accounts::Email;
use crate::directory::groups::{Draft as GroupDraft, Group, GroupMember};
use crate::directory::resources::{Draft as CustomDraft, Resource};
use crate::directory::users::{Draft as UserDraft, User};

use super::preconditions;

/// A user as a resource in canonical form.
pub(super) fn of_user(index: &TypeIndex, user: &User, base: &str) -> Map<String, Value> {
    let mut resource = editable_user(user);
    if let Some(manager) = &user.manager
        && let Some(Value::Object(stored)) = resource.get_mut(ENTERPRISE_USER).and_then(|of| of.get_mut("manager"))
    {
        stored.insert("$ref".to_owned(), Value::from(format!("{base}/Users/{}", manager.id)));
        if let Some(name) = &manager.display_name {
            stored.insert("displayName".to_owned(), Value::from(name.as_str()));
        }
    }
    if !user.groups.is_empty() {
        let element = |membership: &crate::directory::users::Membership| {
            json!({
                "value": membership.id.to_string(),
                "$ref": format!("{base}/Groups/{}", membership.id),
                "display": membership.display,
                "type": if membership.direct { "direct" } else { "indirect" },
            })
        };
        resource.insert("groups".to_owned(), user.groups.iter().map(element).collect());
    }
    let meta = meta("User", user.created, user.modified, &user_location(base, user), user.version);
    finish(index, resource, &user.id, meta)
}

/// A resource of a custom type as a resource in canonical form.
pub(super) fn of_custom(index: &TypeIndex, item: &Resource, base: &str) -> Map<String, Value> {
    let location = custom_location(index, base, item);
    let meta = meta(&index.resource_type().name, item.created, item.modified, &location, item.version);
    finish(index, editable_custom(item), &item.id, meta)
}

/// The URL of a resource of a custom type.
pub(super) fn custom_location(index: &TypeIndex, base: &str, item: &Resource) -> String {
    format!("{base}{}/{}", index.resource_type().endpoint, item.id)
}

/// What a client may change of a resource of a custom type.
pub(super) fn editable_custom(item: &Resource) -> Map<String, Value> {
    let mut resource = item.document.clone();
    if let Some(external_id) = &item.external_id {
        resource.insert("externalId".to_owned(), Value::from(external_id.as_str()));
    }
    resource
}

/// What a resource makes of a resource of a custom type.
pub(super) fn custom_draft(mut resource: Map<String, Value>) -> CustomDraft {
    let external_id = take_text(&mut resource, "externalId");
    for name in ["schemas", "id", "meta"] {
        resource.shift_remove(name);
    }
    CustomDraft { document: resource, external_id }
}

/// The URL of a user.
pub(super) fn user_location(base: &str, user: &User) -> String {
    format!("{base}/Users/{}", user.id)
}

/// The URL of a group.
pub(super) fn group_location(base: &str, group: &Group) -> String {
    format!("{base}/Groups/{}", group.id)
}

/// What a client may change of a user: all but what is kept elsewhere or filled in.
pub(super) fn editable_user(user: &User) -> Map<String, Value> {
    let mut resource = user.document.clone();
    if let Some(external_id) = &user.external_id {
        resource.insert("externalId".to_owned(), Value::from(external_id.as_str()));
    }
    if let Some(active) = user.active {
        resource.insert("active".to_owned(), Value::from(active));
    }
    resource
}

/// What a resource makes of a user, as if it said nothing of `active` that was not so.
pub(super) fn user_draft(mut resource: Map<String, Value>) -> UserDraft {
    let external_id = take_text(&mut resource, "externalId");
    let active = resource.shift_remove("active").and_then(|active| active.as_bool());
    // A password that a provisioner sends is accepted and not used: its connection does not manage passwords.
    for name in ["schemas", "id", "meta", "groups", "password"] {
        resource.shift_remove(name);
    }
    let user_name = resource.get("userName").and_then(Value::as_str).unwrap_or_default().to_owned();
    UserDraft { user_name, document: resource, external_id, active, writes_active: false, email: Email::Follows }
}

/// A group as a resource in canonical form; with `members`, be it empty, when they were loaded.
pub(super) fn of_group(index: &TypeIndex, group: &Group, base: &str) -> Map<String, Value> {
    let mut resource = editable_group(group);
    if let Some(members) = &group.members {
        resource.insert("members".to_owned(), members.iter().map(|member| of_member(member, base)).collect());
    }
    let meta = meta("Group", group.created, group.modified, &group_location(base, group), group.version);
    finish(index, resource, &group.id, meta)
}

fn of_member(named: &GroupMember, base: &str) -> Value {
    let (kind, endpoint) = if named.member.is_group { ("Group", "Groups") } else { ("User", "Users") };
    let id = named.member.id;
    let mut element = Map::with_capacity(4);
    element.insert("value".to_owned(), Value::from(id.to_string()));
    element.insert("$ref".to_owned(), Value::from(format!("{base}/{endpoint}/{id}")));
    element.insert("type".to_owned(), Value::from(kind));
    if let Some(display) = &named.display {
        element.insert("display".to_owned(), Value::from(display.as_str()));
    }
    Value::Object(element)
}

/// What a client may change of a group without its members.
pub(super) fn editable_group(group: &Group) -> Map<String, Value> {
    let mut resource = group.document.clone();
    if let Some(external_id) = &group.external_id {
        resource.insert("externalId".to_owned(), Value::from(external_id.as_str()));
    }
    resource
}

/// What a resource makes of a group, and the ids of the members that it lists.
pub(super) fn group_draft(mut resource: Map<String, Value>) -> (GroupDraft, Vec<String>) {
    let external_id = take_text(&mut resource, "externalId");
    let members = take_members(&mut resource);
    for name in ["schemas", "id", "meta"] {
        resource.shift_remove(name);
    }
    let display_name = resource.get("displayName").and_then(Value::as_str).unwrap_or_default().to_owned();
    (GroupDraft { display_name, document: resource, external_id }, members)
}

/// Takes the member list out of a resource: the ids.
pub(super) fn take_members(resource: &mut Map<String, Value>) -> Vec<String> {
    match resource.shift_remove("members") {
        Some(Value::Array(members)) => members.iter().filter_map(member_id).collect(),
        _ => Vec::new(),
    }
}

fn member_id(element: &Value) -> Option<String> {
    element.get("value").and_then(Value::as_str).map(str::to_owned)
}

fn take_text(resource: &mut Map<String, Value>, name: &str) -> Option<String> {
    match resource.shift_remove(name) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

fn meta(kind: &str, created: Instant, modified: Instant, location: &str, version: i64) -> Value {
    json!({
        "resourceType": kind,
        "created": created.to_string(),
        "lastModified": modified.to_string(),
        "location": location,
        "version": preconditions::tag(version),
    })
}

fn finish(
    index: &TypeIndex,
    mut resource: Map<String, Value>,
    id: &impl std::fmt::Display,
    meta: Value,
) -> Map<String, Value> {
    resource.insert("id".to_owned(), Value::from(id.to_string()));
    resource.insert("schemas".to_owned(), read::schemas_of(index, &resource));
    resource.insert("meta".to_owned(), meta);
    resource
}
