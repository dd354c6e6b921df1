//! Requests on groups that Microsoft Entra ID and its validator send.

use super::*;

/// E-G1
#[test]
fn a_new_group_that_names_a_foreign_schema() {
    let foreign = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group";
    let body = json!({
        "schemas": [builtin::GROUP, foreign], "externalId": "g1", "displayName": "G",
        "meta": { "resourceType": "Group" },
    });
    let expected = json!({ "externalId": "g1", "displayName": "G" });
    agree(post("Group", &body), expected, Rfc::Refuses(Kind::InvalidValue));
    let (read, _) = read(Profile::Entra, "Group", &body, Context::Create).unwrap();
    assert_eq!(read["schemas"], json!([builtin::GROUP]));
}

/// E-G2
#[test]
fn a_rename() {
    let operations = envelope(json!([{ "op": "Replace", "path": "displayName", "value": "N" }]));
    let before = json!({ "displayName": "G", "externalId": "g1" });
    let after = json!({ "displayName": "N", "externalId": "g1" });
    agree(patch_with("Group", &before, &operations), (after, vec![]), Rfc::Same);
}

/// E-G3, E-G8, L-6, J-3, J-4: whether the member exists, and is one already, is not asked here.
#[test]
fn members_added_with_an_empty_reference() {
    let add = json!({ "op": "Add", "path": "members", "value": [{ "$ref": null, "value": "u1" }] });
    changes(json!([add]), &[MemberChange::Add(ids(&["u1"]))], Rfc::Same);
    let twice = [MemberChange::Add(ids(&["u1"])), MemberChange::Add(ids(&["u1"]))];
    changes(json!([add, add]), &twice, Rfc::Same);
    let lower = json!([{ "op": "add", "path": "members", "value": [{ "value": "u1" }, { "value": "u2" }] }]);
    changes(lower, &[MemberChange::Add(ids(&["u1", "u2"]))], Rfc::Same);
}

/// E-G4, T-23: no profile empties a group by it.
#[test]
fn members_removed_by_value() {
    let remove = |value: Value| json!([{ "op": "Remove", "path": "members", "value": value }]);
    changes(remove(json!([{ "$ref": null, "value": "u1" }])), &[MemberChange::Remove(ids(&["u1"]))], Rfc::Same);
    let before = json!({ "displayName": "G" });
    for malformed in [json!({}), json!(""), json!([{ "display": "U" }]), json!(false)] {
        all_refuse(patch_with("Group", &before, &envelope(remove(malformed))), Kind::InvalidValue);
    }
}

/// E-G5, E-G7
#[test]
fn members_removed_by_path_one_by_one() {
    let remove = |id: &str| json!({ "op": "remove", "path": format!("members[value eq \"{id}\"]") });
    changes(json!([remove("u1")]), &[MemberChange::Remove(ids(&["u1"]))], Rfc::Same);
    let both = [MemberChange::Remove(ids(&["u1"])), MemberChange::Remove(ids(&["u2"]))];
    changes(json!([remove("u1"), remove("u2")]), &both, Rfc::Same);
}

/// E-G6
#[test]
fn a_group_emptied() {
    changes(json!([{ "op": "remove", "path": "members" }]), &[MemberChange::RemoveAll], Rfc::Same);
}

/// E-G9
#[test]
fn members_replaced() {
    let operations = json!([{ "op": "Replace", "path": "members", "value": [{ "value": "u1" }] }]);
    changes(operations, &[MemberChange::Replace(ids(&["u1"]))], Rfc::Same);
}

/// E-V8
#[test]
fn members_as_bare_texts_and_with_display_names() {
    let add = |value: Value| json!([{ "op": "add", "path": "members", "value": value }]);
    let added = [MemberChange::Add(ids(&["u1"]))];
    changes(add(json!("u1")), &added, Rfc::Refuses(Kind::InvalidValue));
    changes(add(json!(["u1"])), &added, Rfc::Refuses(Kind::InvalidValue));
    changes(add(json!([{ "value": "u1", "displayName": "U" }])), &added, Rfc::Refuses(Kind::InvalidSyntax));
    let replace = json!([{ "op": "replace", "path": "members", "value": { "value": "u1" } }]);
    changes(replace, &[MemberChange::Replace(ids(&["u1"]))], Rfc::Refuses(Kind::InvalidValue));
    let body = group(json!({ "displayName": "G", "members": ["u1", { "value": "u2", "displayName": "U" }] }));
    let expected = json!({ "displayName": "G", "members": [{ "value": "u1" }, { "value": "u2" }] });
    agree(post("Group", &body), expected, Rfc::Refuses(Kind::InvalidValue));
}

/// A value path never creates a member, whatever the profile creates elsewhere.
#[test]
fn no_member_is_created_by_a_path() {
    for op in ["add", "replace"] {
        let operations = json!([{ "op": op, "path": "members[value eq \"u9\"]", "value": { "value": "u9" } }]);
        all_refuse(patch_with("Group", &json!({ "displayName": "G" }), &envelope(operations)), Kind::NoTarget);
    }
}
