//! The values of a resource that no other resource of its type may have, from the definitions that say so.
//!
//! It only says which they are; keeping them apart is the store's, where two requests at once are told from one.

use serde_json::{Map, Value};

use crate::index_rows::key;
use crate::schema::{Attribute, TypeIndex};

/// One value that must be unique.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UniqueValue {
    /// The number of its attribute ([`Attribute::kept_unique`]).
    pub path_id: i32,
    /// What an error calls the attribute.
    pub path: String,
    /// The value in the form in which it is compared.
    pub value: String,
}

/// The unique values of a resource in canonical form, each once.
pub fn values(index: &TypeIndex, resource: &Map<String, Value>) -> Vec<UniqueValue> {
    let mut found = Vec::new();
    collect(index.core_attributes(), resource, "", &mut found);
    for (schema, _) in index.extensions() {
        if let Some(Value::Object(object)) = resource.get(&schema.id) {
            collect(&schema.attributes, object, &format!("{}:", schema.id), &mut found);
        }
    }
    found
}

fn collect(definitions: &[Attribute], members: &Map<String, Value>, prefix: &str, found: &mut Vec<UniqueValue>) {
    for attribute in definitions {
        let parts = || attribute.sub_attributes.iter().filter(|part| part.kept_unique.is_some());
        if attribute.kept_unique.is_none() && parts().next().is_none() {
            continue;
        }
        let Some(value) = members.get(&attribute.name) else { continue };
        let path = format!("{prefix}{}", attribute.name);
        for element in value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice) {
            note(attribute, element, path.clone(), found);
            for part in parts() {
                if let Some(value) = element.get(&part.name) {
                    note(part, value, format!("{path}.{}", part.name), found);
                }
            }
        }
    }
}

fn note(attribute: &Attribute, value: &Value, path: String, found: &mut Vec<UniqueValue>) {
    for value in value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice) {
        let unique = attribute.kept_unique.zip(key(attribute, value));
        let Some((path_id, value)) = unique else { continue };
        let unique = UniqueValue { path_id, path: path.clone(), value };
        if !found.contains(&unique) {
            found.push(unique);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::schema::build::{complex, resource_type, schema, string};
    use crate::schema::{Registry, Type};

    fn unique(attribute: Attribute, number: i32) -> Attribute {
        Attribute { kept_unique: Some(number), ..attribute }
    }

    #[test]
    fn values_are_found_at_every_depth_and_once() {
        let base = schema(
            "urn:test:base",
            "B",
            "B",
            vec![
                unique(string("serial", ""), 7),
                unique(Attribute::new("slots", Type::Integer, "").many(), 8),
                complex("ports", "", vec![unique(string("mac", "").exact(), 9), string("note", "")]).many(),
                string("free", ""),
            ],
        );
        let extension = schema("urn:test:extension", "E", "E", vec![unique(string("tag", ""), 10)]);
        let kind = resource_type("Box", "/Boxes", "urn:test:base", &["urn:test:extension"], "");
        let index = Registry::new(vec![base, extension], vec![kind]).index("Box").unwrap();
        let resource = json!({
            "serial": "AbC", "slots": [1, 2, 1], "free": "x",
            "ports": [{"mac": "Aa"}, {"note": "n"}, {"mac": "aA"}, {"mac": "Aa"}],
            "urn:test:extension": {"tag": "T"},
        });
        let found = values(&index, resource.as_object().unwrap());
        let found: Vec<_> = found.iter().map(|one| (one.path_id, one.path.as_str(), one.value.as_str())).collect();
        assert_eq!(
            found,
            [
                (7, "serial", "abc"),
                (8, "slots", "1"),
                (8, "slots", "2"),
                (9, "ports.mac", "Aa"),
                (9, "ports.mac", "aA"),
                (10, "urn:test:extension:tag", "t"),
            ]
        );
        assert!(values(&index, &Map::new()).is_empty());
    }
}
