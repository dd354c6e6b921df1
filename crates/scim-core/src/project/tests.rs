use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::schema::Registry;
use crate::schema::build::{complex, resource_type, schema, string};
use crate::schema::builtin::{ENTERPRISE_USER, USER, registry};

fn user() -> Arc<TypeIndex> {
    registry().index("User").unwrap()
}

fn ann() -> Value {
    json!({
        "meta": { "version": "v", "lastModified": "m" },
        ENTERPRISE_USER: { "department": "d", "manager": { "value": "m", "displayName": "M" } },
        "password": "secret",
        "emails": [{ "value": "a@x", "type": "work" }, { "type": "home", "display": "h" }],
        "name": { "givenName": "Ann", "familyName": "B" },
        "userName": "ann",
        "externalId": "e",
        "id": "1",
    })
}

fn project(attributes: &[&str], excluded: &[&str]) -> Value {
    let index = user();
    let projection = Projection::parse(attributes, excluded, &index, true).unwrap();
    Value::Object(projection.apply(&index, ann().as_object().unwrap().clone(), None))
}

fn only(attributes: &[&str]) -> Value {
    let mut answer = project(attributes, &[]);
    let members = answer.as_object_mut().unwrap();
    assert_eq!(members.shift_remove("schemas"), Some(json!([USER, ENTERPRISE_USER])));
    assert_eq!(members.shift_remove("id"), Some(json!("1")));
    answer
}

#[test]
fn everything_comes_in_the_order_of_the_definitions() {
    let answer = project(&[], &[]);
    let names: Vec<_> = answer.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["schemas", "id", "externalId", "userName", "name", "emails", ENTERPRISE_USER, "meta"]);
}

#[test]
fn named_attributes_come_with_what_is_always_returned() {
    assert_eq!(only(&["USERNAME", "foo", "name.foo", "emails.value.x", ""]), json!({ "userName": "ann" }));
    assert_eq!(only(&["foo"]), json!({}));
    assert_eq!(only(&["password"]), json!({}));
    assert_eq!(only(&[" Name.GivenName "]), json!({ "name": { "givenName": "Ann" } }));
    assert_eq!(only(&["emails.value"]), json!({ "emails": [{ "value": "a@x" }] }));
    assert_eq!(only(&["name.givenName", "name"]), only(&["name"]));
    assert_eq!(only(&["name", "name.givenName"]), only(&["name"]));
    assert_eq!(only(&["meta.lastModified"]), json!({ "meta": { "lastModified": "m" } }));
    assert_eq!(only(&["emails[type eq \"work\"].value"]), only(&["emails"]));
}

#[test]
fn names_may_be_qualified() {
    let department = json!({ ENTERPRISE_USER: { "department": "d" } });
    let upper = format!("{}:DEPARTMENT", ENTERPRISE_USER.to_uppercase());
    assert_eq!(only(&[&upper]), department);
    assert_eq!(only(&["department"]), department);
    assert_eq!(
        only(&[&format!("{ENTERPRISE_USER}:manager.value")]),
        json!({ ENTERPRISE_USER: { "manager": { "value": "m" } } })
    );
    assert_eq!(only(&[&ENTERPRISE_USER.to_uppercase()])[ENTERPRISE_USER], ann()[ENTERPRISE_USER]);
    assert_eq!(only(&[&format!("{USER}:userName")]), json!({ "userName": "ann" }));
    assert_eq!(only(&[&format!("{USER}:department"), "urn:x:userName"]), json!({}));
    let base = only(&[USER]);
    assert_eq!((&base["userName"], base.get("externalId"), base.get(ENTERPRISE_USER)), (&json!("ann"), None, None));
}

#[test]
fn excluded_attributes_are_missing() {
    let full = project(&[], &[]);
    let without = |excluded: &[&str]| project(&[], excluded);
    assert_eq!(without(&["id", "schemas", "unknown"]), full);
    assert_eq!(without(&["NAME"]).get("name"), None);
    assert_eq!(without(&["name.givenName"])["name"], json!({ "familyName": "B" }));
    assert_eq!(without(&["name.givenName", "name.familyName"]).get("name"), None);
    assert_eq!(without(&["emails.value"])["emails"], json!([{ "type": "work" }, { "type": "home", "display": "h" }]));
    assert_eq!(without(&["meta"]).get("meta"), None);
    let bare = without(&[ENTERPRISE_USER]);
    assert_eq!((bare.get(ENTERPRISE_USER), &bare["schemas"]), (None, &full["schemas"]));
    assert_eq!(without(&["manager"])[ENTERPRISE_USER], json!({ "department": "d" }));
}

#[test]
fn both_parameters_and_brackets_are_refused() {
    let kind = |attributes: &[&str], excluded: &[&str]| {
        Projection::parse(attributes, excluded, &user(), false).map_err(|error| error.kind).err()
    };
    assert_eq!(kind(&["id"], &["name"]), Some(Kind::InvalidValue));
    assert_eq!(kind(&["emails[type eq \"work\"]"], &[]), Some(Kind::InvalidValue));
    assert_eq!(kind(&["emails"], &[]), None);
}

#[test]
fn a_store_learns_what_it_need_not_load() {
    let wants = |attributes: &[&str], excluded: &[&str], name: &str| {
        Projection::parse(attributes, excluded, &user(), true).unwrap().wants(name)
    };
    assert!(Projection::all().wants("groups"));
    assert!(wants(&["Groups.value"], &[], "groups") && !wants(&["userName"], &[], "groups"));
    assert!(!wants(&[], &["GROUPS"], "groups") && wants(&[], &["groups.display", "name"], "groups"));
}

#[test]
fn returned_decides_when_something_is_shown() {
    let base = schema(
        "urn:example:Item",
        "Item",
        "",
        vec![
            string("kept", "").returned(Returned::Always),
            string("asked", "").returned(Returned::Request),
            string("hidden", "").returned(Returned::Never),
            string("secret", "").mutability(Mutability::WriteOnly),
            complex(
                "parts",
                "",
                vec![
                    string("always", "").returned(Returned::Always),
                    string("plain", ""),
                    string("asked", "").returned(Returned::Request),
                    string("hidden", "").returned(Returned::Never),
                ],
            ),
        ],
    );
    let kind = resource_type("Item", "/Items", "urn:example:Item", &[], "");
    let index = Registry::new(vec![base], vec![kind]).index("Item").unwrap();
    let parts = json!({ "always": 1, "plain": 2, "asked": 3, "hidden": 4 });
    let item = json!({ "kept": 1, "asked": 2, "hidden": 3, "secret": 4, "parts": parts });
    let apply = |attributes: &[&str], excluded: &[&str], written: Option<&[String]>| {
        let projection = Projection::parse(attributes, excluded, &index, true).unwrap();
        let mut answer = projection.apply(&index, item.as_object().unwrap().clone(), written);
        answer.shift_remove("schemas");
        Value::Object(answer)
    };
    let shown = json!({ "always": 1, "plain": 2 });
    assert_eq!(apply(&[], &[], None), json!({ "kept": 1, "parts": shown }));
    assert_eq!(apply(&["asked", "hidden", "secret"], &[], None), json!({ "kept": 1, "asked": 2 }));
    assert_eq!(apply(&["parts.plain"], &[], None), json!({ "kept": 1, "parts": shown }));
    assert_eq!(apply(&["parts.asked"], &[], None), json!({ "kept": 1, "parts": { "always": 1, "asked": 3 } }));
    assert_eq!(
        apply(&[], &["kept", "parts.plain", "parts.always"], None),
        json!({ "kept": 1, "parts": { "always": 1 } })
    );
    let written = written(&index, json!({ "asked": 2, "parts": parts }).as_object().unwrap());
    let all = json!({ "always": 1, "plain": 2, "asked": 3 });
    assert_eq!(apply(&[], &[], Some(&written)), json!({ "kept": 1, "asked": 2, "parts": all }));
    assert_eq!(apply(&[], &["asked"], Some(&written)), json!({ "kept": 1, "parts": all }));
}
