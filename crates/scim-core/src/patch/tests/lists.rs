//! Multi-valued attributes: appending, value paths, primaries, and `remove` with a value.

use super::*;

fn two_emails() -> Value {
    json!({ "emails": [
        { "value": "a@x", "type": "work", "primary": true },
        { "value": "b@x", "type": "home", "display": "B" },
    ] })
}

#[test]
fn add_appends_one_element_or_many() {
    let element = json!({ "value": "c@x", "type": "other" });
    for value in [element.clone(), json!([element])] {
        let after = patched(two_emails(), json!({ "op": "add", "path": "emails", "value": value }));
        assert_eq!(after["emails"].as_array().unwrap().len(), 3);
        assert_eq!(after["emails"][2], element);
    }
    let keys = json!({ "op": "add", "value": { "emails": [element] } });
    assert_eq!(patched(two_emails(), keys)["emails"].as_array().unwrap().len(), 3);
}

#[test]
fn add_of_an_element_that_is_there_changes_nothing() {
    for value in [
        json!({ "value": "B@x" }),
        json!({ "value": "b@x", "type": "HOME" }),
        json!({ "type": "home", "value": "b@x", "display": "b" }),
    ] {
        let applied = strict(two_emails(), json!([{ "op": "add", "path": "emails", "value": [value] }])).unwrap();
        assert!(!applied.changed, "{value}");
    }
}

#[test]
fn add_of_the_same_value_and_type_completes_the_element() {
    let operation =
        json!({ "op": "add", "path": "emails", "value": [{ "value": "b@x", "type": "home", "primary": true }] });
    let expected = json!({ "emails": [
        { "value": "a@x", "type": "work", "primary": false },
        { "value": "b@x", "type": "home", "display": "B", "primary": true },
    ] });
    assert_eq!(patched(two_emails(), operation), expected);
}

#[test]
fn replace_takes_the_place_of_the_whole_list() {
    for operation in [
        json!({ "op": "replace", "path": "emails", "value": [{ "value": "c@x" }] }),
        json!({ "op": "replace", "value": { "emails": [{ "value": "c@x" }] } }),
    ] {
        assert_eq!(patched(two_emails(), operation), json!({ "emails": [{ "value": "c@x" }] }));
    }
}

#[test]
fn the_last_primary_set_wins() {
    let value = json!([{ "value": "c@x", "primary": true }, { "value": "d@x", "primary": true }]);
    for op in ["add", "replace"] {
        let after = patched(two_emails(), json!({ "op": op, "path": "emails", "value": value }));
        let flagged: Vec<_> =
            after["emails"].as_array().unwrap().iter().filter(|email| email["primary"] == true).collect();
        assert_eq!(flagged.len(), 1);
        assert_eq!(flagged[0]["value"], "d@x");
    }
    let operations = json!([
        { "op": "replace", "path": "emails[type eq \"home\"].primary", "value": true },
        { "op": "add", "path": "emails", "value": { "value": "c@x", "primary": true } },
        { "op": "replace", "path": "emails[value eq \"a@x\"]", "value": { "primary": true } },
    ]);
    let expected = json!({ "emails": [
        { "value": "a@x", "type": "work", "primary": true },
        { "value": "b@x", "type": "home", "display": "B", "primary": false },
        { "value": "c@x", "primary": false },
    ] });
    assert_eq!(strict(two_emails(), operations).unwrap().resource, expected);
}

#[test]
fn a_value_path_changes_every_element_it_selects() {
    for op in ["add", "replace"] {
        let after = patched(two_emails(), json!({ "op": op, "path": "emails[value ew \"x\"].display", "value": "D" }));
        assert_eq!((&after["emails"][0]["display"], &after["emails"][1]["display"]), (&json!("D"), &json!("D")));
        let after =
            patched(two_emails(), json!({ "op": op, "path": "emails[type eq \"HOME\"]", "value": { "value": "c@x" } }));
        assert_eq!(after["emails"][1], json!({ "value": "c@x", "type": "home", "display": "B" }), "the rest stays");
        let after = patched(two_emails(), json!({ "op": op, "path": "emails.display", "value": "D" }));
        assert_eq!((&after["emails"][0]["display"], &after["emails"][1]["display"]), (&json!("D"), &json!("D")));
    }
}

#[test]
fn a_value_path_without_match_creates_what_it_describes() {
    let create = json!([{ "op": "add", "path": "emails[type eq \"fax\" and primary eq true].value", "value": "f@x" }]);
    let element = json!({ "type": "fax", "primary": true, "value": "f@x" });
    for applied in [strict(two_emails(), create.clone()).unwrap(), tolerant(two_emails(), create).unwrap()] {
        assert_eq!(applied.resource["emails"][2], element);
        assert_eq!(applied.resource["emails"][0]["primary"], false);
        assert!(matches!(applied.notes.as_slice(), [Note::ElementCreated(_)]));
    }
    let replace = json!([{ "op": "replace", "path": "emails[type eq \"fax\"].value", "value": "f@x" }]);
    assert_eq!(
        tolerant(json!({}), replace.clone()).unwrap().resource,
        json!({ "emails": [{ "type": "fax", "value": "f@x" }] })
    );
    assert_eq!(strict(json!({}), replace).unwrap_err().kind, Kind::NoTarget);
    let whole = json!({ "op": "add", "path": "emails[type eq \"fax\"]", "value": [{ "value": "f@x" }] });
    assert_eq!(patched(json!({}), whole), json!({ "emails": [{ "type": "fax", "value": "f@x" }] }));
}

#[test]
fn a_filter_that_describes_no_single_element_creates_none() {
    for filter in [
        "type ne \"a\"",
        "type eq \"a\" or type eq \"b\"",
        "not (type eq \"z\")",
        "type eq \"a\" and type eq \"b\"",
        "type eq null",
        "type sw \"a\"",
    ] {
        for op in ["add", "replace"] {
            let operation = json!({ "op": op, "path": format!("emails[{filter}].value"), "value": "x" });
            assert_eq!(refusal(json!({}), operation), Kind::NoTarget, "{filter}");
        }
    }
}

#[test]
fn several_filtered_operations_land_on_the_same_new_element() {
    let parts = ["streetAddress", "locality", "postalCode", "country"];
    let operations: Vec<_> = parts
        .iter()
        .map(|part| json!({ "op": "Add", "path": format!("addresses[type eq \"work\"].{part}"), "value": "US" }))
        .collect();
    let applied = tolerant(json!({}), json!(operations)).unwrap();
    let expected =
        json!({ "type": "work", "streetAddress": "US", "locality": "US", "postalCode": "US", "country": "US" });
    assert_eq!(applied.resource, json!({ "addresses": [expected] }));

    let primary_first = json!([
        { "op": "Add", "path": "emails[type eq \"work\"].primary", "value": true },
        { "op": "Add", "path": "emails[type eq \"work\"].type", "value": "work" },
        { "op": "Add", "path": "emails[type eq \"work\"].value", "value": "a@x" },
    ]);
    let applied = tolerant(json!({}), primary_first).unwrap();
    assert_eq!(applied.resource, json!({ "emails": [{ "type": "work", "primary": true, "value": "a@x" }] }));
}

#[test]
fn a_boolean_in_quotes_selects_the_primary_role() {
    let operations = json!([{ "op": "add", "path": "roles[primary eq \"True\"].value", "value": "R" }]);
    let once = tolerant(json!({}), operations.clone()).unwrap().resource;
    assert_eq!(once, json!({ "roles": [{ "primary": true, "value": "R" }] }));
    let again = json!([{ "op": "add", "path": "roles[primary eq \"True\"].value", "value": "S" }]);
    assert_eq!(tolerant(once, again).unwrap().resource, json!({ "roles": [{ "primary": true, "value": "S" }] }));
    assert_eq!(strict(json!({}), operations).unwrap_err().kind, Kind::InvalidFilter);
}

#[test]
fn an_element_left_with_nothing_but_labels_is_removed() {
    for operation in [
        json!({ "op": "remove", "path": "emails[type eq \"home\"].value" }),
        json!({ "op": "replace", "path": "emails[type eq \"home\"].value", "value": "" }),
        json!({ "op": "replace", "path": "emails[type eq \"home\"]", "value": null }),
    ] {
        let after = patched(two_emails(), operation);
        assert_eq!(after, json!({ "emails": [{ "value": "a@x", "type": "work", "primary": true }] }));
    }
    let only_type = json!([{ "op": "add", "path": "emails[type eq \"fax\"].type", "value": "fax" }]);
    assert!(!strict(two_emails(), only_type).unwrap().changed);
    let unassigned = json!([{ "op": "replace", "path": "emails[type eq \"fax\"].value", "value": "" }]);
    assert!(!tolerant(two_emails(), unassigned).unwrap().changed);
}

#[test]
fn remove_without_value_takes_the_list_and_with_brackets_the_selected() {
    assert_eq!(patched(two_emails(), json!({ "op": "remove", "path": "emails" })), json!({}));
    assert_eq!(patched(two_emails(), json!({ "op": "remove", "path": "emails", "value": null })), json!({}));
    let after = patched(two_emails(), json!({ "op": "remove", "path": "emails[type eq \"work\"]" }));
    assert_eq!(after["emails"], json!([{ "value": "b@x", "type": "home", "display": "B" }]));
    let after = patched(two_emails(), json!({ "op": "remove", "path": "emails[type eq \"home\"].display" }));
    assert_eq!(after["emails"][1], json!({ "value": "b@x", "type": "home" }));
    assert_eq!(patched(two_emails(), json!({ "op": "remove", "path": "emails[value pr]" })), json!({}));
}

#[test]
fn remove_with_a_value_takes_the_listed_elements_only() {
    let left = json!({ "emails": [{ "value": "b@x", "type": "home", "display": "B" }] });
    for value in [
        json!([{ "value": "A@x" }]),
        json!({ "value": "a@x", "type": "other", "$ref": null }),
        json!("a@x"),
        json!(["a@x", "z@x"]),
        json!({ "emails": [{ "value": "a@x" }] }),
        json!([{ "type": "work", "primary": true }]),
        json!([{ "type": "work" }, { "value": "nobody" }]),
    ] {
        let operation = json!({ "op": "remove", "path": "emails", "value": value });
        assert_eq!(patched(two_emails(), operation), left, "{value}");
    }
    assert_eq!(patched(two_emails(), json!({ "op": "remove", "path": "emails", "value": [] })), two_emails());
    let both = json!({ "op": "remove", "path": "emails[type eq \"home\"]", "value": [{ "value": "a@x" }] });
    assert_eq!(patched(two_emails(), both), two_emails(), "listed, but not selected");
}

#[test]
fn a_malformed_value_never_removes_all() {
    for value in [
        json!({}),
        json!([{}]),
        json!([null]),
        json!([[]]),
        json!({ "shoe": 1 }),
        json!([{ "value": {} }]),
        json!(true),
        json!([{ "primary": "x" }]),
    ] {
        let operation = json!({ "op": "remove", "path": "emails", "value": value });
        assert_eq!(refusal(two_emails(), operation), Kind::InvalidValue, "{value}");
    }
}

#[test]
fn many_removals_in_one_request_go_by_identity() {
    let operations = json!([
        { "op": "Remove", "path": "emails", "value": [{ "value": "a@x" }] },
        { "op": "Remove", "path": "emails[value eq \"c@x\"]" },
    ]);
    let stored = json!({ "emails": [{ "value": "a@x" }, { "value": "b@x" }, { "value": "c@x" }, { "value": "d@x" }] });
    let after = strict(stored, operations).unwrap().resource;
    assert_eq!(after, json!({ "emails": [{ "value": "b@x" }, { "value": "d@x" }] }));
}

#[test]
fn a_request_that_asks_for_endless_comparisons_is_refused() {
    let emails: Vec<_> = (0..4_000).map(|at| json!({ "value": format!("{at}@x") })).collect();
    let remove = |listed: &[Value]| json!([{ "op": "remove", "path": "emails", "value": listed }]);
    let error = strict(json!({ "emails": emails }), remove(&emails)).unwrap_err();
    assert_eq!(error.kind, Kind::TooMany);
    let few = emails.get(1..101).unwrap();
    let after = strict(json!({ "emails": emails }), remove(few)).unwrap().resource;
    assert_eq!(after["emails"].as_array().unwrap().len(), 3_900);
}
