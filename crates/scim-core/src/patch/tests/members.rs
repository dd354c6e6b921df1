//! Members of groups, which are never loaded.

use super::*;
use crate::patch::MemberChange;

fn group() -> Arc<TypeIndex> {
    builtin::registry().index("Group").unwrap()
}

fn changes_under(policy: &Policy, operations: Value) -> Result<Vec<MemberChange>, Invalid> {
    read(&group(), operations, policy, false).map(|patch| patch.members)
}

/// The changes that both policies read alike.
#[track_caller]
fn changes(operation: Value) -> Vec<MemberChange> {
    let strict = changes_under(&Policy::strict(), json!([operation])).unwrap();
    assert_eq!(changes_under(&Policy::tolerant(), json!([operation])).unwrap(), strict);
    strict
}

#[track_caller]
fn refused(operation: Value) -> Kind {
    let strict = changes_under(&Policy::strict(), json!([operation])).unwrap_err().kind;
    assert_eq!(changes_under(&Policy::tolerant(), json!([operation])).unwrap_err().kind, strict);
    strict
}

fn ids(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

#[test]
fn added_and_replaced_members_come_out_as_ids() {
    let value = json!([{ "$ref": null, "value": "u1", "type": "User", "display": "U" }, { "value": "u2" }]);
    let both = ids(&["u1", "u2"]);
    for (operation, expected) in [
        (json!({ "op": "Add", "path": "members", "value": value }), MemberChange::Add(both.clone())),
        (json!({ "op": "add", "value": { "Members": value } }), MemberChange::Add(both.clone())),
        (json!({ "op": "add", "path": "members", "value": { "value": "u1" } }), MemberChange::Add(ids(&["u1"]))),
        (json!({ "op": "replace", "path": "members", "value": value }), MemberChange::Replace(both.clone())),
        (json!({ "op": "replace", "value": { "members": value } }), MemberChange::Replace(both.clone())),
        (
            json!({ "op": "replace", "path": format!("{}:members", builtin::GROUP), "value": value }),
            MemberChange::Replace(both),
        ),
        (json!({ "op": "replace", "path": "members", "value": [] }), MemberChange::Replace(vec![])),
        (json!({ "op": "replace", "path": "members", "value": null }), MemberChange::Replace(vec![])),
    ] {
        assert_eq!(changes(operation), [expected]);
    }
    for nothing in [json!([]), json!(null)] {
        assert_eq!(changes(json!({ "op": "add", "path": "members", "value": nothing })), []);
    }
}

#[test]
fn a_reference_alone_names_a_member() {
    for reference in ["https://scim.example/v2/Users/u1", "../Users/u1/", "u1", "https://x/Users/u1?a=/b#c"] {
        let operation = json!({ "op": "add", "path": "members", "value": [{ "$ref": reference }] });
        assert_eq!(changes(operation), [MemberChange::Add(ids(&["u1"]))], "{reference}");
    }
}

#[test]
fn members_that_are_none_are_refused() {
    for value in [
        json!([{}]),
        json!([{ "value": null }]),
        json!([{ "value": "" }]),
        json!([{ "value": 7 }]),
        json!([{ "value": "u1", "type": 7 }]),
        json!([{ "value": "u1", "$ref": {} }]),
        json!([{ "$ref": "/" }]),
        json!([null]),
        json!([["u1"]]),
        json!(7),
    ] {
        for op in ["add", "replace", "remove"] {
            let operation = json!({ "op": op, "path": "members", "value": value });
            assert_eq!(refused(operation), Kind::InvalidValue, "{op} {value}");
        }
    }
}

#[test]
fn remove_with_a_value_names_the_members_to_go() {
    for value in [
        json!([{ "$ref": null, "value": "u1" }]),
        json!({ "value": "u1" }),
        json!("u1"),
        json!(["u1"]),
        json!({ "members": [{ "value": "u1" }] }),
        json!({ "members": "u1" }),
        json!([{ "value": "u1", "type": "Group" }]),
    ] {
        let operation = json!({ "op": "Remove", "path": "members", "value": value });
        assert_eq!(changes(operation), [MemberChange::Remove(ids(&["u1"]))], "{value}");
    }
}

#[test]
fn only_remove_without_any_value_takes_all() {
    assert_eq!(changes(json!({ "op": "remove", "path": "members" })), [MemberChange::RemoveAll]);
    assert_eq!(changes(json!({ "op": "remove", "path": "members", "value": null })), [MemberChange::RemoveAll]);
    assert_eq!(changes(json!({ "op": "remove", "path": "members", "value": [] })), []);
    assert_eq!(changes(json!({ "op": "remove", "path": "members", "value": { "members": [] } })), []);
    for malformed in [json!({}), json!(""), json!(false), json!({ "members": null }), json!({ "members": {} })] {
        assert_eq!(refused(json!({ "op": "remove", "path": "members", "value": malformed })), Kind::InvalidValue);
    }
}

#[test]
fn remove_with_brackets_names_ids_or_a_condition() {
    for (path, expected) in [
        ("members[value eq \"u1\"]", ids(&["u1"])),
        ("members[VALUE eq \"u1\" or value eq \"u2\"]", ids(&["u1", "u2"])),
    ] {
        assert_eq!(changes(json!({ "op": "remove", "path": path })), [MemberChange::Remove(expected)]);
    }
    let where_type = changes(json!({ "op": "remove", "path": "members[type eq \"group\"]" }));
    let [MemberChange::RemoveWhere(condition)] = where_type.as_slice() else { panic!("not a condition") };
    assert!(condition.matches(&object(json!({ "value": "g", "type": "Group" }))));
    assert!(!condition.matches(&object(json!({ "value": "u", "type": "User" }))));
}

#[test]
fn brackets_and_a_value_remove_what_both_name() {
    let operation = json!({ "op": "remove", "path": "members[value eq \"u1\"]", "value": [{ "value": "u2" }] });
    let changes_read = changes(operation);
    let [MemberChange::RemoveWhere(condition)] = changes_read.as_slice() else { panic!("not a condition") };
    assert!(!condition.matches(&object(json!({ "value": "u1" }))));
    assert_eq!(changes(json!({ "op": "remove", "path": "members[value eq \"u1\"]", "value": [] })), []);
}

#[test]
fn members_cannot_be_changed_in_place() {
    for path in [
        "members[value eq \"u1\"].display",
        "members[value eq \"u1\"].value",
        "members[type eq \"User\"].$ref",
        "members.type",
        "members.value",
    ] {
        for op in ["add", "replace", "remove"] {
            assert_eq!(refused(json!({ "op": op, "path": path, "value": "x" })), Kind::Mutability, "{op} {path}");
        }
    }
    for op in ["add", "replace"] {
        let operation = json!({ "op": op, "path": "members[value eq \"u9\"]", "value": { "value": "u9" } });
        assert_eq!(refused(operation), Kind::NoTarget, "no member is ever created by a filter");
    }
}

#[test]
fn unknown_parts_of_members_follow_the_policy() {
    let operations = json!([{ "op": "add", "path": "members", "value": [{ "value": "u1", "shoe": 1 }] }]);
    assert_eq!(changes_under(&Policy::tolerant(), operations.clone()).unwrap(), [MemberChange::Add(ids(&["u1"]))]);
    assert_eq!(changes_under(&Policy::strict(), operations).unwrap_err().kind, Kind::InvalidSyntax);
    assert_eq!(refused(json!({ "op": "remove", "path": "members[shoe eq \"x\"]" })), Kind::InvalidFilter);
}

#[test]
fn changes_keep_their_order_beside_those_of_the_document() {
    let operations = json!([
        { "op": "remove", "path": "members[value eq \"u1\"]" },
        { "op": "replace", "path": "displayName", "value": "N" },
        { "op": "add", "path": "members", "value": [{ "value": "u2" }] },
        { "op": "remove", "path": "members" },
    ]);
    let patch = read(&group(), operations, &Policy::strict(), false).unwrap();
    let expected = [MemberChange::Remove(ids(&["u1"])), MemberChange::Add(ids(&["u2"])), MemberChange::RemoveAll];
    assert_eq!(patch.members, expected);
    let mut resource = object(json!({ "displayName": "O" }));
    assert!(patch.apply(&group(), &mut resource, &Policy::strict(), &mut Vec::new()).unwrap().changed);
    assert_eq!(Value::Object(resource), json!({ "displayName": "N" }));
}

#[test]
fn a_rename_without_path_leaves_members_alone() {
    let operations = json!([{ "op": "replace", "value": { "id": "g", "displayName": "N" } }]);
    let patch = read(&group(), operations, &Policy::strict(), false).unwrap();
    assert!(patch.members.is_empty() && !patch.leaves_document());
}
