//! The Group schema (RFC 7643 section 4.2; section 8.7.1 with erratum 5368, and `members.display`, which it lacks).

use super::GROUP;
use crate::schema::build::{complex, reference, schema as define, string};
use crate::schema::definition::{Attribute, Mutability, Schema};

/// The Group schema.
pub fn schema() -> Schema {
    let attributes = vec![
        string("displayName", "The name of the group.").required(),
        complex("members", "The members of the group.", members()).many(),
    ];
    define(GROUP, "Group", "Group", attributes)
}

fn members() -> Vec<Attribute> {
    vec![
        string("value", "The identifier of the member.").mutability(Mutability::Immutable),
        reference("$ref", &["User", "Group"], "The URI of the member, filled in by this service.")
            .mutability(Mutability::Immutable),
        string("type", "Whether the member is a user or a group.")
            .mutability(Mutability::Immutable)
            .canonical(&["User", "Group"]),
        string("display", "The member's display name.").read_only(),
    ]
}
