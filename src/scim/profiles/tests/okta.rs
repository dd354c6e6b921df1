//! Requests that Okta sends.

use scim_core::read::mutability;

use super::*;

/// O-U1, O-U2, O-U7, O-T5
#[test]
fn a_new_user_with_a_password_and_no_groups() {
    let body = user(json!({
        "userName": "a@b.example", "name": { "givenName": "A", "familyName": "B" },
        "emails": [{ "primary": true, "value": "a@b.example", "type": "work" }],
        "displayName": "A B", "locale": "en-US", "externalId": "00u1", "groups": [], "password": "1mz050nq",
        "active": true,
    }));
    let mut expected = body.clone();
    for gone in ["schemas", "groups"] {
        expected.as_object_mut().unwrap().remove(gone);
    }
    agree(post("User", &body), expected, Rfc::Same);
}

/// O-U4: the merged answer of a GET comes back; what is not repeated of `active` is the caller's to keep.
#[test]
fn a_replacement_by_a_merged_answer() {
    let stored = json!({
        "schemas": [builtin::USER], "id": "u1", "userName": "a", "title": "T", "password": "secret",
        "meta": { "resourceType": "User" },
    });
    let body = user(json!({
        "id": "u1", "userName": "a", "name": { "givenName": "A", "middleName": "" },
        "groups": [{ "value": "g1", "display": "G" }], "meta": { "resourceType": "User", "version": "W/\"1\"" },
    }));
    let expected = json!({
        "schemas": [builtin::USER], "id": "u1", "userName": "a", "name": { "givenName": "A" }, "password": "secret",
        "meta": { "resourceType": "User" },
    });
    let replace = |profile| {
        let (incoming, fired) = read(profile, "User", &body, Context::Replace)?;
        let settled = mutability::replace(&index("User"), &object(stored.clone()), incoming);
        settled.map(|settled| (Value::Object(settled), fired)).map_err(|invalid| invalid.kind)
    };
    agree(replace, expected, Rfc::Same);
    assert!(!read::mentions(&body, "active"));
}

/// O-U5, O-U6
#[test]
fn deactivation_and_reactivation_without_path() {
    for active in [false, true] {
        let operations = json!([{ "op": "replace", "value": { "active": active } }]);
        patches(json!({ "active": !active }), operations, json!({ "active": active }), Rfc::Same);
    }
}

/// O-U9
#[test]
fn a_password_with_and_without_path() {
    for operation in [
        json!({ "op": "replace", "value": { "password": "n" } }),
        json!({ "op": "replace", "path": "password", "value": "n" }),
    ] {
        patches(json!({ "password": "o" }), json!([operation]), json!({ "password": "n" }), Rfc::Same);
    }
}

/// O-G1
#[test]
fn a_new_group_without_members() {
    let body = group(json!({ "displayName": "G", "members": [] }));
    agree(post("Group", &body), json!({ "displayName": "G" }), Rfc::Same);
    assert!(read::mentions(&body, "members"));
}

/// O-G2
#[test]
fn a_rename_without_path_leaves_the_members() {
    let operations = envelope(json!([{ "op": "replace", "value": { "id": "g1", "displayName": "N" } }]));
    let before = json!({ "id": "g1", "displayName": "G" });
    let after = json!({ "id": "g1", "displayName": "N" });
    agree(patch_with("Group", &before, &operations), (after, vec![]), Rfc::Same);
}

/// O-G3
#[test]
fn one_member_goes_and_one_comes() {
    let operations = json!([
        { "op": "remove", "path": "members[value eq \"u1\"]" },
        { "op": "add", "path": "members", "value": [{ "value": "u2", "display": "x" }] },
    ]);
    let expected = [MemberChange::Remove(ids(&["u1"])), MemberChange::Add(ids(&["u2"]))];
    changes(operations, &expected, Rfc::Same);
}

/// O-G4, O-G5
#[test]
fn members_set_exactly() {
    let replace = |value: Value| json!([{ "op": "replace", "path": "members", "value": value }]);
    let both = json!([{ "value": "u1", "display": "x" }, { "value": "u2", "display": "y" }]);
    changes(replace(both), &[MemberChange::Replace(ids(&["u1", "u2"]))], Rfc::Same);
    changes(replace(json!([])), &[MemberChange::Replace(vec![])], Rfc::Same);
}

/// O-G6
#[test]
fn a_group_emptied_without_path_and_without_schemas() {
    let body = json!({ "Operations": [
        { "op": "replace", "value": { "members": [], "id": "g1", "displayName": "G" } },
    ] });
    let expected = (json!({ "displayName": "G" }), vec![MemberChange::Replace(vec![])]);
    agree(patch_with("Group", &json!({ "displayName": "O" }), &body), expected, Rfc::Refuses(Kind::InvalidSyntax));
}

/// O-G7
#[test]
fn a_replaced_group_whose_members_have_no_display() {
    let body = group(json!({ "id": "g1", "displayName": "G", "members": [{ "value": "u1", "display": null }] }));
    let expected = json!({ "schemas": [builtin::GROUP], "displayName": "G", "members": [{ "value": "u1" }] });
    agree(|profile| read(profile, "Group", &body, Context::Replace), object(expected), Rfc::Same);
}
