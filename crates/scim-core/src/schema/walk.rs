//! Visiting the members of a JSON body with their definitions, for callers that mend requests before they are read.
//!
//! It judges nothing: members without a definition, and values of the wrong shape, are left to [`crate::read`]. It goes
//! only as deep as the definitions do.

use serde_json::{Map, Value};

use super::definition::Attribute;
use super::index::TypeIndex;

/// Visits every defined attribute of a resource's body, at the top level and in extension objects, and after each complex
/// one its sub-attributes, in every element. The visitor may rewrite the value; what it leaves is descended into.
pub fn body(index: &TypeIndex, body: &mut Value, visit: &mut impl FnMut(&Attribute, &mut Value)) {
    let Value::Object(members) = body else { return };
    for (name, value) in members {
        match (index.core(name), index.extension(name), value) {
            (Some(definition), _, value) => attribute(definition, value, visit),
            (None, Some(schema), Value::Object(object)) => object_members(&schema.attributes, object, visit),
            _ => {}
        }
    }
}

/// Visits one attribute's value, then its sub-attributes.
pub fn attribute(definition: &Attribute, value: &mut Value, visit: &mut impl FnMut(&Attribute, &mut Value)) {
    visit(definition, value);
    match value {
        Value::Object(object) => object_members(&definition.sub_attributes, object, visit),
        Value::Array(elements) => {
            for object in elements.iter_mut().filter_map(Value::as_object_mut) {
                object_members(&definition.sub_attributes, object, visit);
            }
        }
        _ => {}
    }
}

fn object_members(
    definitions: &[Attribute],
    object: &mut Map<String, Value>,
    visit: &mut impl FnMut(&Attribute, &mut Value),
) {
    if definitions.is_empty() {
        return;
    }
    for (name, value) in object {
        if let Some(definition) = definitions.iter().find(|definition| definition.name.eq_ignore_ascii_case(name)) {
            attribute(definition, value, visit);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::schema::{Type, builtin};

    #[test]
    fn a_visitor_reaches_core_extension_and_sub_attributes() {
        let index = builtin::registry().index("User").unwrap();
        let mut value = json!({
            "ACTIVE": "True",
            "emails": [{ "primary": "True", "value": "True" }, "True"],
            "unknown": { "active": "True" },
            builtin::ENTERPRISE_USER: { "manager": { "value": "m" } },
        });
        let mut seen = Vec::new();
        body(&index, &mut value, &mut |attribute, value| {
            seen.push(attribute.name.clone());
            if attribute.kind == Type::Boolean && value == "True" {
                *value = Value::Bool(true);
            }
        });
        assert_eq!(seen, ["active", "emails", "primary", "value", "manager", "value"]);
        assert_eq!(value["ACTIVE"], true);
        assert_eq!(value["emails"], json!([{ "primary": true, "value": "True" }, "True"]));
        assert_eq!(value["unknown"]["active"], "True");
    }
}
