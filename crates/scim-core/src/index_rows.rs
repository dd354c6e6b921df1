//! The values of a resource that are kept in index rows, from the definitions that say `indexed`.
//!
//! It only says what the rows hold; writing them and searching them is the store's.

use serde_json::{Map, Value};

use crate::evaluate::Number;
use crate::fold::fold;
use crate::read::date_time;
use crate::schema::{Attribute, Type, TypeIndex};

/// One index row of a resource.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IndexedValue {
    /// The number of the attribute's index ([`Attribute::indexed`]).
    pub path_id: i32,
    /// The value in the form in which it is compared (see [`key`]).
    pub value: String,
    /// The element's folded `type`, for a list of complex values.
    pub kind: Option<String>,
}

/// The index rows of a resource in canonical form.
pub fn values(index: &TypeIndex, resource: &Map<String, Value>) -> Vec<IndexedValue> {
    let mut rows = Vec::new();
    collect(index.core_attributes(), resource, &mut rows);
    for (schema, _) in index.extensions() {
        if let Some(Value::Object(object)) = resource.get(&schema.id) {
            collect(&schema.attributes, object, &mut rows);
        }
    }
    rows
}

fn collect(definitions: &[Attribute], members: &Map<String, Value>, rows: &mut Vec<IndexedValue>) {
    for attribute in definitions {
        let (Some(path_id), Some(value)) = (attribute.indexed, members.get(&attribute.name)) else {
            continue;
        };
        match value {
            Value::Array(elements) => {
                rows.extend(elements.iter().filter_map(|element| row(path_id, attribute, element)))
            }
            value => rows.extend(row(path_id, attribute, value)),
        }
    }
}

fn row(path_id: i32, attribute: &Attribute, value: &Value) -> Option<IndexedValue> {
    let Value::Object(members) = value else {
        return Some(IndexedValue { path_id, value: key(attribute, value)?, kind: None });
    };
    let value = key(attribute.sub("value")?, members.get("value")?)?;
    let kind = members.get("type").and_then(Value::as_str).filter(|_| attribute.multi_valued).map(fold);
    Some(IndexedValue { path_id, value, kind })
}

/// The form in which a simple value is compared for equality: text folded unless the attribute is case exact, numbers by
/// value, dateTimes as microseconds since 1970. `None` for a value that does not fit the attribute.
pub fn key(attribute: &Attribute, value: &Value) -> Option<String> {
    match (attribute.kind, value) {
        (Type::DateTime, Value::String(text)) => date_time::microseconds(text).map(|instant| instant.to_string()),
        (_, Value::String(text)) if attribute.compares_exactly() => Some(text.clone()),
        (_, Value::String(text)) => Some(fold(text)),
        (_, Value::Bool(value)) => Some(value.to_string()),
        (_, Value::Number(number)) => Number::from_json(number).map(|number| match number {
            Number::Integer(whole) => whole.to_string(),
            Number::Decimal(decimal) => decimal.to_string(),
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::schema::build::{date_time, string};
    use crate::schema::builtin::{ENTERPRISE_USER, path_id, registry};

    #[test]
    fn e_mails_the_employee_number_and_the_manager_are_indexed() {
        let index = registry().index("User").unwrap();
        let resource = json!({
            "userName": "not indexed here",
            "emails": [{ "value": "Ann@Example.com", "type": "Work" }, { "display": "no value" }, { "value": "b@x" }],
            ENTERPRISE_USER: { "employeeNumber": "A7", "manager": { "value": "M-1", "type": "x" }, "department": "d" },
        });
        let row = |path_id, value: &str, kind: Option<&str>| IndexedValue {
            path_id,
            value: value.to_owned(),
            kind: kind.map(str::to_owned),
        };
        let expected = [
            row(path_id::EMAILS, "ann@example.com", Some("work")),
            row(path_id::EMAILS, "b@x", None),
            row(path_id::EMPLOYEE_NUMBER, "a7", None),
            row(path_id::MANAGER, "m-1", None),
        ];
        assert_eq!(values(&index, resource.as_object().unwrap()), expected);
    }

    #[test]
    fn equal_values_have_equal_keys() {
        let decimal = Attribute::new("rate", Type::Decimal, "");
        assert_eq!(key(&decimal, &json!(1)), key(&decimal, &json!(1.0)));
        assert_ne!(key(&decimal, &json!(1)), key(&decimal, &json!(1.5)));
        let since = date_time("since", "");
        let instant = |text: &str| key(&since, &json!(text));
        assert_eq!(instant("2011-05-13T06:42:34+02:00"), instant("2011-05-13T04:42:34.0Z"));
        assert_eq!(instant("yesterday"), None);
        let exact = string("code", "").exact();
        assert_ne!(key(&exact, &json!("A")), key(&exact, &json!("a")));
    }
}
