mod properties;
mod replacing;
mod resources;

use std::sync::Arc;

use super::TypeIndex;
use crate::schema::build::{boolean, complex, date_time, integer, reference, resource_type, schema, string};
use crate::schema::builtin::registry;
use crate::schema::{Attribute, Mutability, Registry, Type};

fn user() -> Arc<TypeIndex> {
    registry().index("User").unwrap()
}

/// A type with what the built-in ones lack.
fn device() -> Arc<TypeIndex> {
    let base = schema(
        "urn:example:Device",
        "Device",
        "",
        vec![
            integer("slots", ""),
            Attribute::new("weight", Type::Decimal, ""),
            date_time("bought", ""),
            string("serial", "").mutability(Mutability::Immutable).required(),
            string("secret", "").mutability(Mutability::WriteOnly).required(),
            string("tags", "").many(),
            complex(
                "owner",
                "",
                vec![string("value", "").required(), string("note", ""), string("since", "").read_only()],
            ),
            complex("labels", "", vec![string("type", ""), boolean("primary", "")]).many(),
            reference("link", &["uri"], ""),
        ],
    );
    let extension = schema("urn:example:Extra", "Extra", "", vec![string("site", "").required(), string("rack", "")]);
    let mut kind = resource_type("Device", "/Devices", "urn:example:Device", &["urn:example:Extra"], "");
    kind.extensions[0].required = true;
    Registry::new(vec![base, extension], vec![kind]).index("Device").unwrap()
}
