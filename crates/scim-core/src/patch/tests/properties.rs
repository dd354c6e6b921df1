//! Properties of whole PATCH requests.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

const NAMES: [&str; 4] = ["title", "nickName", "displayName", "userType"];

/// One operation on a simple attribute: verb, attribute, value.
fn simple() -> impl Strategy<Value = (&'static str, &'static str, String)> {
    (prop::sample::select(vec!["add", "remove", "replace"]), prop::sample::select(NAMES.to_vec()), "[ab]{0,2}")
}

fn any_operation() -> impl Strategy<Value = Value> {
    let path = prop::sample::select(vec![
        "title",
        "name",
        "name.givenName",
        "emails",
        "emails[type eq \"work\"]",
        "emails[type eq \"home\"].value",
        "emails[value eq \"a\"].primary",
        "emails.display",
        "department",
        ENTERPRISE,
    ]);
    let value = prop::sample::select(vec![
        json!("a"),
        json!("b"),
        json!(true),
        json!(""),
        json!({ "givenName": "a" }),
        json!({ "department": "a" }),
        json!({ "value": "a", "primary": true }),
        json!([{ "value": "a", "type": "work" }, { "value": "b", "primary": true }]),
    ]);
    (prop::sample::select(vec!["add", "remove", "replace"]), path, value)
        .prop_map(|(op, path, value)| json!({ "op": op, "path": path, "value": value }))
}

fn is_canonical(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty() && items.iter().all(is_canonical),
        Value::Object(members) => !members.is_empty() && members.values().all(is_canonical),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

proptest! {
    #[test]
    fn simple_attributes_behave_like_a_map(operations in prop::collection::vec(simple(), 0..12)) {
        let mut model = BTreeMap::new();
        for (op, name, value) in &operations {
            match *op {
                "remove" => model.remove(name),
                _ if value.is_empty() => model.remove(name),
                _ => model.insert(name, value),
            };
        }
        let body: Vec<_> = operations.iter().map(|(op, path, value)| json!({ "op": op, "path": path, "value": value })).collect();
        let applied = tolerant(json!({}), json!(body)).unwrap();
        let pathless: Vec<_> = operations
            .iter()
            .map(|(op, name, value)| match *op {
                "remove" => json!({ "op": "remove", "path": name }),
                op => json!({ "op": op, "value": { *name: value } }),
            })
            .collect();
        prop_assert_eq!(&applied.resource, &json!(model));
        prop_assert_eq!(tolerant(json!({}), json!(pathless)).unwrap().resource, json!(model));
        prop_assert_eq!(applied.changed, !model.is_empty());
    }

    #[test]
    fn an_operation_applied_twice_is_applied_once(before in prop::collection::vec(any_operation(), 0..4), operation in any_operation()) {
        let mut stored = json!({ "userName": "u" });
        for earlier in before {
            if let Ok(applied) = tolerant(stored.clone(), json!([earlier])) {
                stored = applied.resource;
            }
        }
        if let Ok(once) = tolerant(stored, json!([operation])) {
            let twice = tolerant(once.resource.clone(), json!([operation])).unwrap();
            prop_assert_eq!(&twice.resource, &once.resource);
            prop_assert!(!twice.changed);
        }
    }

    #[test]
    fn what_comes_out_is_canonical_with_one_primary_at_most(operations in prop::collection::vec(any_operation(), 1..8)) {
        let mut stored = json!({ "userName": "u" });
        for operation in operations {
            if let Ok(applied) = tolerant(stored.clone(), json!([operation])) {
                stored = applied.resource;
            }
            prop_assert!(is_canonical(&stored), "{}", stored);
            let emails = stored["emails"].as_array().cloned().unwrap_or_default();
            prop_assert!(emails.iter().filter(|email| email["primary"] == true).count() <= 1);
            prop_assert!(emails.iter().all(|email| email.get("value").is_some()), "{}", stored);
        }
    }
}
