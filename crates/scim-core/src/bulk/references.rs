//! `bulkId:` references (RFC 7644 section 3.7.2): found and replaced where a resource can be referred to, as the schemas
//! say, and nowhere else: a display name that reads `bulkId:x` is a display name.

use scim_filter_parser::ast::Path;
use scim_filter_parser::{Dialect, parse_path};
use serde_json::Value;

use super::operation::{Method, Operation};
use crate::schema::{Attribute, Mutability, TypeIndex, walk};

/// What a reference begins with.
const PREFIX: &str = "bulkId:";

/// The name in a reference; `None` for any other text.
pub fn name(text: &str) -> Option<&str> {
    text.strip_prefix(PREFIX).filter(|name| !name.is_empty())
}

/// Visits every reference of an operation; the visitor may put an id in its place.
pub fn visit(index: &TypeIndex, operation: &mut Operation, visitor: &mut dyn FnMut(&mut String)) {
    if let Some(id) = &mut operation.id
        && name(id).is_some()
    {
        visitor(id);
    }
    let Some(data) = &mut operation.data else { return };
    if operation.method == Method::Patch {
        visit_patch(index, data, visitor);
    } else {
        visit_resource(index, data, visitor);
    }
}

fn visit_resource(index: &TypeIndex, body: &mut Value, visitor: &mut dyn FnMut(&mut String)) {
    walk::body(index, body, &mut |attribute, value| {
        if refers(attribute) {
            visit_value(value, visitor);
        }
    });
}

fn visit_patch(index: &TypeIndex, body: &mut Value, visitor: &mut dyn FnMut(&mut String)) {
    let operations = body.as_object_mut().into_iter().flat_map(|body| body.iter_mut());
    let operations = operations.filter(|(name, _)| name.eq_ignore_ascii_case("operations"));
    let operations = operations.filter_map(|(_, value)| value.as_array_mut()).flatten();
    for operation in operations.filter_map(Value::as_object_mut) {
        let path_key = operation.keys().find(|key| key.eq_ignore_ascii_case("path")).cloned();
        let path = path_key.as_ref().and_then(|key| operation.get_mut(key));
        let addressed = match path {
            Some(Value::String(path)) => Some(visit_path(index, path, visitor)),
            _ => None,
        };
        let values = operation.iter_mut().filter(|(key, _)| key.eq_ignore_ascii_case("value"));
        for (_, value) in values {
            match addressed {
                Some(true) => visit_value(value, visitor),
                Some(false) => {}
                None => visit_resource(index, value, visitor),
            }
        }
    }
}

/// References in quotes inside a path's filter; answers whether the path addresses an attribute that refers to resources.
///
/// What is no path as sent is left for the PATCH to refuse: an id in it might make it one, and what it then addresses
/// would have been overlooked by a caller that only looks.
fn visit_path(index: &TypeIndex, path: &mut String, visitor: &mut dyn FnMut(&mut String)) -> bool {
    let dialect = Dialect { urns: index.urns(), lenient: true };
    let Ok(parsed) = parse_path(path, &dialect) else { return false };
    let mut parts: Vec<String> = path.split('"').map(str::to_owned).collect();
    // Between an opening and a closing quote stand the odd parts.
    for part in parts.iter_mut().skip(1).step_by(2).filter(|part| name(part).is_some()) {
        visitor(part);
    }
    *path = parts.join("\"");
    match parsed {
        Path::Attribute(path) | Path::Element { path, .. } => {
            index.resolve(&path).is_some_and(|found| refers(found.attribute))
        }
        Path::Schema(_) => true,
    }
}

/// Whether an attribute's values refer to resources that a client names: it has a `value` and a `$ref` beside it.
fn refers(attribute: &Attribute) -> bool {
    let to_resource = |sub: &Attribute| sub.reference_types.iter().any(|to| to != "external" && to != "uri");
    attribute.mutability != Mutability::ReadOnly && attribute.sub("$ref").is_some_and(to_resource)
}

/// References in the value of such an attribute: itself, in a list, or as `value` or `$ref` of an object.
fn visit_value(value: &mut Value, visitor: &mut dyn FnMut(&mut String)) {
    match value {
        Value::String(text) if name(text).is_some() => visitor(text),
        Value::Array(elements) => elements.iter_mut().for_each(|element| visit_value(element, visitor)),
        Value::Object(members) => {
            // Under the URN of an extension, or a name that a path has not resolved, lies another object.
            members.iter_mut().for_each(|(_, member)| visit_value(member, visitor));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::bulk::operation;
    use crate::schema::builtin;

    /// The operation with every reference `bulkId:x` made `<x>`.
    fn resolved(kind: &str, operation: Value) -> Operation {
        let index = builtin::registry().index(kind).unwrap();
        let mut operation = operation::read(operation.as_object().unwrap(), &|_| false).unwrap();
        visit(&index, &mut operation, &mut |text| *text = format!("<{}>", name(text).unwrap()));
        operation
    }

    #[test]
    fn members_managers_and_paths_are_references() {
        let members = json!([{"value": "bulkId:u"}, "bulkId:v", {"value": "w", "display": "x"}]);
        let group = json!({"method": "POST", "path": "/Groups", "bulkId": "g", "data": {"members": members}});
        let expected = json!([{"value": "<u>"}, "<v>", {"value": "w", "display": "x"}]);
        assert_eq!(resolved("Group", group).data.unwrap()["members"], expected);
        let data = json!({builtin::ENTERPRISE_USER: {"manager": {"value": "bulkId:m"}}});
        let user = json!({"method": "POST", "path": "/Users", "bulkId": "u", "data": data});
        assert_eq!(resolved("User", user).data.unwrap()[builtin::ENTERPRISE_USER]["manager"]["value"], "<m>");
        let put = json!({"method": "PUT", "path": "/Users/bulkId:u", "data": {}});
        assert_eq!(resolved("User", put).id.as_deref(), Some("<u>"));
    }

    #[test]
    fn a_patch_refers_in_paths_and_values() {
        let operations = json!([
            {"op": "remove", "path": "members[value eq \"bulkId:a\"]"},
            {"op": "add", "path": "members", "value": [{"value": "bulkId:b"}]},
            {"op": "add", "value": {"members": [{"value": "bulkId:c"}], "displayName": "bulkId:d"}},
            {"op": "replace", "path": "displayName", "value": "bulkId:e"},
        ]);
        let patch = json!({"method": "PATCH", "path": "/Groups/g", "data": {"Operations": operations}});
        let expected = json!([
            {"op": "remove", "path": "members[value eq \"<a>\"]"},
            {"op": "add", "path": "members", "value": [{"value": "<b>"}]},
            {"op": "add", "value": {"members": [{"value": "<c>"}], "displayName": "bulkId:d"}},
            {"op": "replace", "path": "displayName", "value": "bulkId:e"},
        ]);
        assert_eq!(resolved("Group", patch).data.unwrap()["Operations"], expected);
    }

    #[test]
    fn what_is_no_path_stays_as_it_is() {
        let operations = json!([
            {"op": "add", "path": "members[value eq \"bulkId:\\q\"]", "value": [{"value": "bulkId:b"}]},
        ]);
        let data = json!({"Operations": operations});
        let patch = json!({"method": "PATCH", "path": "/Groups/g", "data": data.clone()});
        assert_eq!(resolved("Group", patch).data, Some(data));
    }

    #[test]
    fn text_that_only_looks_like_a_reference_stays() {
        let data = json!({"displayName": "bulkId:x", "emails": [{"value": "bulkId:x"}], "userName": "bulkId:x"});
        let user = json!({"method": "POST", "path": "/Users", "bulkId": "u", "data": data.clone()});
        assert_eq!(resolved("User", user).data, Some(data));
    }
}
