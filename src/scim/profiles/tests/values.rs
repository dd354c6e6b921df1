//! The mendings one by one: what each changes, what it leaves alone, and that nothing of it depends on the size of a body.

use scim_core::schema::build::{boolean, complex, integer, resource_type, schema, string};
use scim_core::schema::registry::Registry;
use scim_core::schema::{Attribute, Type};

use super::*;

const BADGE: &str = "urn:example:Badge";

/// A type that has what users lack: numbers, simple lists.
fn badge() -> Arc<TypeIndex> {
    let attributes = vec![
        integer("floor", "Floor."),
        Attribute::new("height", Type::Decimal, "Height."),
        string("tags", "Tags.").many(),
        boolean("doors", "Doors.").many(),
        complex("ports", "Ports.", vec![integer("value", "Port.")]).many(),
        complex("owners", "Owners.", vec![string("display", "Short."), string("displayName", "Long.")]).many(),
    ];
    let types = vec![resource_type("Badge", "/Badges", BADGE, &[], "Badges.")];
    let registry = Registry::new(vec![schema(BADGE, "Badge", "Badge", attributes)], types);
    registry.index("Badge").unwrap()
}

#[track_caller]
fn mends(index: &TypeIndex, broken: Value, mended: Value, expected: &[Tolerance]) {
    let (mut body, mut fired) = (broken.clone(), Vec::new());
    mend_resource(Profile::Tolerant, index, &mut body, &mut fired);
    assert_eq!((&body, fired.as_slice()), (&mended, expected));
    mend_resource(Profile::Tolerant, index, &mut body, &mut Vec::new());
    assert_eq!(body, mended, "what is mended needs no mending");
    let (mut body, mut fired) = (broken.clone(), Vec::new());
    mend_resource(Profile::Rfc, index, &mut body, &mut fired);
    assert_eq!((body, fired), (broken, Vec::new()));
}

#[track_caller]
fn leaves(index: &TypeIndex, body: Value) {
    mends(index, body.clone(), body, &[]);
}

#[track_caller]
fn mends_operation(operation: Value, value: &Value, expected: &[Tolerance]) {
    let (mut body, mut fired) = (json!({ "OPERATIONS": [operation] }), Vec::new());
    mend_patch(Profile::Tolerant, &index("User"), &mut body, &mut fired);
    assert_eq!((&body["OPERATIONS"][0]["value"], fired.as_slice()), (value, expected));
}

/// T-11
#[test]
fn boolean_as_text() {
    let fired = [Tolerance::BooleanAsText];
    for (text, word) in [("True", true), ("true", true), ("TRUE", true), ("False", false)] {
        mends(&index("User"), json!({ "active": text }), json!({ "active": word }), &fired);
    }
    mends(
        &index("User"),
        json!({ "emails": [{ "value": "True", "PRIMARY": "false" }] }),
        json!({ "emails": [{ "value": "True", "PRIMARY": false }] }),
        &fired,
    );
    mends(&badge(), json!({ "doors": ["True", false] }), json!({ "doors": [true, false] }), &fired);
    for other in [json!("1"), json!("0"), json!("yes"), json!(" true"), json!(1), json!(""), json!(null)] {
        leaves(&index("User"), json!({ "active": other }));
    }
    leaves(&index("User"), json!({ "unknown": "True", "title": "True", "custom": { "active": "True" } }));
}

/// T-11
#[test]
fn number_as_text() {
    let fired = [Tolerance::NumberAsText];
    mends(&badge(), json!({ "floor": "7" }), json!({ "floor": 7 }), &fired);
    mends(&badge(), json!({ "floor": "-7" }), json!({ "floor": -7 }), &fired);
    mends(&badge(), json!({ "height": "1.5" }), json!({ "height": 1.5 }), &fired);
    for text in ["07", "+7", " 7", "7 ", "1e2", "", "x", "0x7", "1.50", "99999999999999999999", "NaN"] {
        leaves(&badge(), json!({ "floor": text, "height": text }));
    }
    leaves(&badge(), json!({ "tags": ["7"] }));
}

/// T-16, E-U19, E-V8
#[test]
fn scalar_for_complex() {
    let fired = [Tolerance::ScalarForComplex];
    let manager = |manager: Value| json!({ ENT: { "Manager": manager } });
    mends(&index("User"), manager(json!("m1")), manager(json!({ "value": "m1" })), &fired);
    let members = |members: Value| json!({ "members": members });
    mends(&index("Group"), members(json!(["u1", ""])), members(json!([{ "value": "u1" }, ""])), &fired);
    for other in [json!(""), json!(null), json!({}), json!([]), json!(["a", "b"]), json!([["a"]])] {
        leaves(&index("User"), manager(other));
    }
    // It has no `value` that the text could be.
    leaves(&index("User"), json!({ "name": "Olga", "addresses": ["Main Street 1"] }));
}

/// T-16, E-U20
#[test]
fn list_for_single_value() {
    let manager = |manager: Value| json!({ ENT: { "manager": manager } });
    let fired = [Tolerance::ListForSingleValue];
    mends(&index("User"), manager(json!([{ "value": "m1" }])), manager(json!({ "value": "m1" })), &fired);
    mends(&index("User"), json!({ "name": [{ "givenName": "O" }] }), json!({ "name": { "givenName": "O" } }), &fired);
    let both = [Tolerance::ListForSingleValue, Tolerance::ScalarForComplex];
    mends(&index("User"), manager(json!(["m1"])), manager(json!({ "value": "m1" })), &both);
    leaves(&index("User"), json!({ "title": ["x"], "active": [true] }));
}

/// T-16, E-V8
#[test]
fn single_value_for_list() {
    let fired = [Tolerance::SingleValueForList];
    mends(&index("User"), json!({ "emails": { "value": "a" } }), json!({ "emails": [{ "value": "a" }] }), &fired);
    mends(&badge(), json!({ "tags": "red" }), json!({ "tags": ["red"] }), &fired);
    let all = [Tolerance::SingleValueForList, Tolerance::ScalarForComplex, Tolerance::NumberAsText];
    mends(&badge(), json!({ "ports": "80" }), json!({ "ports": [{ "value": 80 }] }), &all);
    for empty in [json!(""), json!(null), json!({}), json!([])] {
        leaves(&index("User"), json!({ "emails": empty }));
    }
    // Read-only: ignored whatever its shape.
    leaves(&index("User"), json!({ "groups": "g1", "id": 7, "meta": "x" }));
}

/// T-17, E-U24, E-V8
#[test]
fn display_name_for_display() {
    let fired = [Tolerance::DisplayNameForDisplay];
    mends(
        &index("User"),
        json!({ "roles": [{ "value": "A", "DisplayName": "Auditor" }] }),
        json!({ "roles": [{ "value": "A", "display": "Auditor" }] }),
        &fired,
    );
    mends(
        &index("Group"),
        json!({ "displayName": "G", "members": [{ "value": "u1", "displayName": "U" }] }),
        json!({ "displayName": "G", "members": [{ "value": "u1", "display": "U" }] }),
        &fired,
    );
    for role in [
        json!({ "value": "A", "displayName": "B", "Display": "C" }),
        json!({ "value": "A", "displayName": "B", "displayname": "C" }),
        json!({ "value": "A", "displayName": 7 }),
        json!({ "value": "A", "displayName": null }),
    ] {
        leaves(&index("User"), json!({ "roles": [role] }));
    }
    leaves(&badge(), json!({ "owners": [{ "displayName": "O" }] }));
    leaves(&index("User"), json!({ "displayName": "D", ENT: { "manager": { "value": "m", "displayName": "M" } } }));
}

/// T-17, E-U22
#[test]
fn json_text_in_value() {
    let text = r#" {"id":"g","Value":"25","displayName":"R","type":"T","primary":"True"}"#;
    mends(
        &index("User"),
        json!({ "roles": [{ "value": text, "type": "Mine" }] }),
        json!({ "roles": [{ "value": "25", "type": "Mine", "display": "R", "primary": true }] }),
        &[Tolerance::JsonTextInValue, Tolerance::DisplayNameForDisplay, Tolerance::BooleanAsText],
    );
    for other in [
        "{",
        "{}",
        r#"{"id":"g"}"#,
        r#"{"value":25}"#,
        r#"{"value":null}"#,
        r#"{"value":"a","value":"b"}"#,
        r#"{"value":"a","VALUE":"b"}"#,
        r#"{"value":"a\u0000"}"#,
        r#"["value"]"#,
        "25",
    ] {
        leaves(&index("User"), json!({ "roles": [{ "value": other }] }));
    }
    leaves(&index("User"), json!({ "entitlements": [{ "value": r#"{"value":"25"}"# }] }));
}

/// T-19
#[test]
fn every_form_of_path_leads_to_the_definition() {
    let manager = json!({ "value": "m1" });
    let scalar = [Tolerance::ScalarForComplex];
    for path in ["manager".to_owned(), format!("{ENT}:manager"), format!("{}:MANAGER", ENT.to_uppercase())] {
        mends_operation(json!({ "op": "Add", "path": path, "value": "m1" }), &manager, &scalar);
        let keyed = json!({ "op": "Add", "value": { path.clone(): "m1" } });
        mends_operation(keyed, &json!({ path: manager }), &scalar);
    }
    let extension = json!({ "manager": manager });
    mends_operation(json!({ "op": "add", "path": ENT, "value": { "manager": "m1" } }), &extension, &scalar);
    mends_operation(json!({ "op": "add", "value": { ENT: { "manager": "m1" } } }), &json!({ ENT: extension }), &scalar);

    let boolean = [Tolerance::BooleanAsText];
    for path in [
        "active".to_owned(),
        format!("{}:active", builtin::USER),
        "emails.primary".to_owned(),
        "emails[type eq \"work\"].primary".to_owned(),
        "emails[ type eq work and primary eq \"True\" ].primary".to_owned(),
    ] {
        mends_operation(json!({ "op": "Replace", "PATH": path, "value": "True" }), &json!(true), &boolean);
        let keyed = json!({ "op": "replace", "path": null, "value": { path.clone(): "False" } });
        mends_operation(keyed, &json!({ path: false }), &boolean);
    }
    let core = json!({ "op": "add", "path": builtin::USER, "value": { "active": "True" } });
    mends_operation(core, &json!({ "active": true }), &boolean);
}

#[test]
fn values_of_selected_elements_are_no_lists() {
    let path = "emails[type eq \"work\"]";
    let value = json!({ "value": "a", "primary": true });
    let broken = json!({ "value": "a", "primary": "true" });
    let boolean = [Tolerance::BooleanAsText];
    mends_operation(json!({ "op": "replace", "path": path, "value": broken }), &value, &boolean);
    mends_operation(json!({ "op": "replace", "path": path, "value": [broken] }), &json!([value]), &boolean);
    let scalar = [Tolerance::ScalarForComplex];
    mends_operation(json!({ "op": "replace", "path": path, "value": "a" }), &json!({ "value": "a" }), &scalar);
}

#[test]
fn what_names_nothing_is_left_alone() {
    for path in ["shoe", "emails[shoe pr].shoe", "urn:x:y:active", "active eq", "", "emails["] {
        mends_operation(json!({ "op": "add", "path": path, "value": "True" }), &json!("True"), &[]);
        let keyed = json!({ path: "True" });
        mends_operation(json!({ "op": "add", "value": keyed.clone() }), &keyed, &[]);
    }
    for malformed in [json!(7), json!([]), json!({ "Operations": {} }), json!({ "Operations": [7, null, []] })] {
        let mut body = malformed.clone();
        mend_patch(Profile::Tolerant, &index("User"), &mut body, &mut Vec::new());
        mend_resource(Profile::Tolerant, &index("User"), &mut body, &mut Vec::new());
        mend_search(Profile::Tolerant, &mut body, &mut Vec::new());
        assert_eq!(body, malformed);
    }
}

#[test]
fn what_a_remove_lists_stays_but_for_hidden_roles() {
    for value in [json!("True"), json!({ "value": "a" }), json!(["a"]), json!({ "emails": "a" })] {
        mends_operation(json!({ "op": "Remove", "path": "emails", "value": value.clone() }), &value, &[]);
    }
    let hidden = json!([{ "value": "{\"value\":\"25\"}" }]);
    let opened = json!([{ "value": "25" }]);
    let operation = json!({ "op": "Remove", "path": "roles", "value": hidden });
    mends_operation(operation, &opened, &[Tolerance::JsonTextInValue]);
}

#[test]
fn each_tolerance_fires_once_and_says_its_name() {
    let members: Vec<Value> = (0..20_000).map(|id| json!(id.to_string())).collect();
    let (mut body, mut fired) = (json!({ "members": members }), Vec::new());
    mend_resource(Profile::Okta, &index("Group"), &mut body, &mut fired);
    assert_eq!(fired, [Tolerance::ScalarForComplex]);
    assert_eq!(body["members"][19_999], json!({ "value": "19999" }));
    assert_eq!(fired[0].to_string(), "scalar for complex");
}

/// The base URN as a key leads back to the resource, as deep as a body can be.
#[test]
fn nested_keys_end_with_the_body() {
    let mut value = json!({ "active": "True" });
    for _ in 0..scim_core::json::MAX_DEPTH {
        value = json!({ builtin::USER: value });
    }
    let (mut body, mut fired) = (envelope(json!([{ "op": "add", "value": value }])), Vec::new());
    mend_patch(Profile::Tolerant, &index("User"), &mut body, &mut fired);
    assert_eq!(fired, [Tolerance::BooleanAsText]);
}
