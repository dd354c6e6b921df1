//! The attributes of every resource (RFC 7643 section 3.1). They belong to no schema, so that discovery does not list them.

use crate::schema::build::{complex, date_time, reference, string};
use crate::schema::definition::{Attribute, Returned, Uniqueness};

/// `schemas`, `id`, `externalId` and `meta`, in the order in which definitions are searched.
pub fn common() -> Vec<Attribute> {
    vec![
        reference("schemas", &["uri"], "The URNs of the schemas whose attributes the resource carries.")
            .many()
            .required()
            .returned(Returned::Always),
        string("id", "The identifier that this service gave the resource.")
            .required()
            .exact()
            .read_only()
            .returned(Returned::Always)
            .unique(Uniqueness::Server),
        string("externalId", "The identifier that the provisioning client uses for the resource.").exact(),
        complex(
            "meta",
            "What this service records about the resource.",
            vec![
                string("resourceType", "The name of the resource's type.").exact(),
                date_time("created", "When the resource was created."),
                date_time("lastModified", "When the resource was last changed."),
                reference("location", &["uri"], "The URI of the resource."),
                string("version", "The entity tag of the resource as stored.").exact(),
            ],
        )
        .read_only(),
    ]
}
