//! Simple and complex attributes, and extensions.

use super::*;

#[test]
fn a_single_value_is_set_replaced_and_removed() {
    for op in ["add", "replace"] {
        assert_eq!(patched(json!({}), json!({ "op": op, "path": "title", "value": "x" })), json!({ "title": "x" }));
        assert_eq!(
            patched(json!({ "title": "y" }), json!({ "op": op, "path": "TITLE", "value": "x" })),
            json!({ "title": "x" })
        );
        assert_eq!(
            patched(json!({ "title": "y" }), json!({ "op": op, "value": { "Title": "x" } })),
            json!({ "title": "x" })
        );
    }
    assert_eq!(patched(json!({ "title": "y" }), json!({ "op": "remove", "path": "title" })), json!({}));
}

#[test]
fn removing_what_is_absent_succeeds_without_a_change() {
    for path in [
        "title",
        "name.givenName",
        "emails",
        "emails[type eq \"work\"]",
        "emails[type eq \"work\"].display",
        "manager",
        ENTERPRISE,
    ] {
        let applied = strict(json!({ "userName": "u" }), json!([{ "op": "remove", "path": path }])).unwrap();
        assert_eq!((applied.resource, applied.changed), (json!({ "userName": "u" }), false), "{path}");
    }
}

#[test]
fn the_same_value_again_is_no_change() {
    let stored = json!({ "title": "x", "active": true, "emails": [{ "value": "a@x", "type": "work" }] });
    for operation in [
        json!({ "op": "replace", "path": "title", "value": "x" }),
        json!({ "op": "add", "value": { "active": true, "title": "x" } }),
        json!({ "op": "add", "path": "emails", "value": [{ "value": "A@X", "type": "work" }] }),
        json!({ "op": "replace", "path": "emails[type eq \"work\"].value", "value": "a@x" }),
    ] {
        assert!(!strict(stored.clone(), json!([operation])).unwrap().changed, "{operation}");
    }
}

#[test]
fn null_and_empty_values_unassign() {
    for empty in [json!(null), json!("")] {
        for op in ["add", "replace"] {
            assert_eq!(
                patched(json!({ "title": "y" }), json!({ "op": op, "path": "title", "value": empty })),
                json!({})
            );
            assert_eq!(
                patched(
                    json!({ "name": { "givenName": "y" } }),
                    json!({ "op": op, "path": "name.givenName", "value": empty })
                ),
                json!({})
            );
        }
    }
    for empty in [json!(null), json!({}), json!([]), json!("")] {
        let stored = json!({ "name": { "givenName": "y" }, "emails": [{ "value": "a@x" }] });
        let after = patched(stored.clone(), json!({ "op": "replace", "path": "name", "value": empty }));
        assert_eq!(after, json!({ "emails": [{ "value": "a@x" }] }));
        let after = patched(stored, json!({ "op": "replace", "path": "emails", "value": empty }));
        assert_eq!(after, json!({ "name": { "givenName": "y" } }));
    }
}

#[test]
fn complex_values_are_merged() {
    let stored = json!({ "name": { "givenName": "A", "familyName": "B" } });
    for op in ["add", "replace"] {
        for operation in [
            json!({ "op": op, "path": "name", "value": { "GivenName": "C" } }),
            json!({ "op": op, "path": "name.givenName", "value": "C" }),
            json!({ "op": op, "value": { "name": { "givenName": "C" } } }),
        ] {
            assert_eq!(patched(stored.clone(), operation), json!({ "name": { "givenName": "C", "familyName": "B" } }));
        }
        let unset = json!({ "op": op, "path": "name", "value": { "givenName": null, "familyName": "D" } });
        assert_eq!(patched(stored.clone(), unset), json!({ "name": { "familyName": "D" } }));
    }
}

#[test]
fn a_complex_value_without_parts_is_gone() {
    let operations = json!([{ "op": "remove", "path": "name.givenName" }, { "op": "remove", "path": "manager.value" }]);
    let stored = json!({ "name": { "givenName": "A" }, ENTERPRISE: { "manager": { "value": "m" } } });
    assert_eq!(strict(stored, operations).unwrap().resource, json!({}));
}

#[test]
fn values_of_the_wrong_type_are_refused() {
    for (path, value) in [
        ("active", json!("maybe")),
        ("name", json!("x")),
        ("title", json!(7)),
        ("name.givenName", json!(["x"])),
        ("emails", json!("x")),
        ("emails[type eq \"work\"].primary", json!("perhaps")),
    ] {
        for op in ["add", "replace"] {
            assert_eq!(
                refusal(json!({}), json!({ "op": op, "path": path, "value": value })),
                Kind::InvalidValue,
                "{op} {path}"
            );
        }
    }
}

#[test]
fn required_attributes_cannot_be_removed_or_unassigned() {
    let stored = json!({ "userName": "u" });
    assert_eq!(refusal(stored.clone(), json!({ "op": "remove", "path": "userName" })), Kind::Mutability);
    for empty in [json!(null), json!("")] {
        assert_eq!(
            refusal(stored.clone(), json!({ "op": "replace", "path": "userName", "value": empty })),
            Kind::InvalidValue
        );
    }
}

#[test]
fn operations_are_applied_in_order_and_all_or_none() {
    let operations = json!([
        { "op": "add", "path": "title", "value": "a" },
        { "op": "replace", "path": "title", "value": "b" },
        { "op": "remove", "path": "nickName" },
    ]);
    let applied = strict(json!({ "nickName": "n" }), operations).unwrap();
    assert_eq!(applied.resource, json!({ "title": "b" }));
    let failing = json!([
        { "op": "add", "path": "title", "value": "a" },
        { "op": "replace", "path": "emails[type eq \"fax\"].value", "value": "b" },
    ]);
    assert_eq!(strict(json!({ "nickName": "n" }), failing).unwrap_err().kind, Kind::NoTarget);
}

#[test]
fn extension_attributes_are_reached_by_every_spelling() {
    let expected = json!({ ENTERPRISE: { "department": "D" } });
    for operation in [
        json!({ "op": "add", "path": format!("{ENTERPRISE}:department"), "value": "D" }),
        json!({ "op": "replace", "path": format!("{}:DEPARTMENT", ENTERPRISE.to_uppercase()), "value": "D" }),
        json!({ "op": "add", "path": "department", "value": "D" }),
        json!({ "op": "add", "path": ENTERPRISE, "value": { "department": "D" } }),
        json!({ "op": "replace", "value": { ENTERPRISE: { "Department": "D" } } }),
        json!({ "op": "replace", "path": builtin::USER, "value": { ENTERPRISE: { "department": "D" } } }),
    ] {
        assert_eq!(patched(json!({}), operation), expected);
    }
    let core = json!({ "op": "add", "path": format!("{}:title", builtin::USER), "value": "T" });
    assert_eq!(patched(json!({}), core), json!({ "title": "T" }));
}

#[test]
fn an_extension_is_merged_and_removed_as_a_whole() {
    let stored = json!({ ENTERPRISE: { "department": "D", "costCenter": "C" } });
    let merge = json!({ "op": "replace", "path": ENTERPRISE, "value": { "department": "E" } });
    assert_eq!(patched(stored.clone(), merge), json!({ ENTERPRISE: { "department": "E", "costCenter": "C" } }));
    assert_eq!(patched(stored.clone(), json!({ "op": "remove", "path": ENTERPRISE })), json!({}));
    assert_eq!(patched(stored.clone(), json!({ "op": "replace", "path": ENTERPRISE, "value": null })), json!({}));
    assert_eq!(refusal(stored, json!({ "op": "add", "path": ENTERPRISE, "value": "x" })), Kind::InvalidValue);
}

#[test]
fn what_the_service_fills_in_is_ignored() {
    let value = json!({ "value": "m", "$ref": "https://other.example/x", "displayName": "M" });
    let after = patched(json!({}), json!({ "op": "add", "path": format!("{ENTERPRISE}:manager"), "value": value }));
    assert_eq!(after, json!({ ENTERPRISE: { "manager": { "value": "m" } } }));
}

#[test]
fn keys_are_paths_where_the_policy_says_so() {
    let value = json!({
        "displayName": "B",
        "name.givenName": "K",
        "name.familyName": "U",
        format!("{ENTERPRISE}:employeeNumber"): "9",
        "manager": { "value": "m" },
        "emails[type eq \"work\"].value": "k@x",
    });
    let operations = json!([{ "op": "replace", "value": value }]);
    let expected = json!({
        "displayName": "B",
        "name": { "givenName": "K", "familyName": "U" },
        ENTERPRISE: { "employeeNumber": "9", "manager": { "value": "m" } },
        "emails": [{ "type": "work", "value": "k@x" }],
    });
    assert_eq!(tolerant(json!({}), operations.clone()).unwrap().resource, expected);
    assert_eq!(strict(json!({}), operations).unwrap_err().kind, Kind::InvalidSyntax);
    let without = Policy { path_keys: false, ..Policy::tolerant() };
    let operations = json!([{ "op": "add", "value": { "name.givenName": "K", "title": "t" } }]);
    let applied = run(&user(), json!({}), operations, &without, false).unwrap();
    assert_eq!(applied.resource, json!({ "title": "t" }));
    assert_eq!(applied.notes, [Note::UnknownAttributeIgnored("name.givenName".into())]);
}

#[test]
fn a_path_as_key_is_as_free_of_errors_as_any_key() {
    let operations = json!([{ "op": "add", "value": { "meta.version": "x", "name.shoe": "y", "title": "t" } }]);
    assert_eq!(tolerant(json!({}), operations).unwrap().resource, json!({ "title": "t" }));
}
