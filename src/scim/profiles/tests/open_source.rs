//! Requests of authentik, rauthy and the Keycloak clients.

use super::*;

/// A-5
#[test]
fn a_whole_group_as_the_value_of_a_replace() {
    let body = envelope(json!([{ "op": "replace", "value": {
        "schemas": [builtin::GROUP], "id": "elsewhere", "externalId": "g1", "displayName": "N",
    } }]));
    let before = json!({ "schemas": [builtin::GROUP], "id": "g1", "displayName": "G" });
    let after = json!({ "schemas": [builtin::GROUP], "id": "g1", "externalId": "g1", "displayName": "N" });
    agree(patch_with("Group", &before, &body), (after, vec![]), Rfc::Same);
}

/// A-6, Y-4
#[test]
fn one_member_in_each_operation() {
    let operations = json!([
        { "op": "add", "path": "members", "value": [{ "value": "u1" }] },
        { "op": "remove", "path": "members", "value": [{ "value": "u2" }] },
    ]);
    let expected = [MemberChange::Add(ids(&["u1"])), MemberChange::Remove(ids(&["u2"]))];
    changes(operations, &expected, Rfc::Same);
}

/// A-9, T-43: whether `members` was named is all that the caller needs besides.
#[test]
fn a_replaced_group_names_its_members_or_does_not() {
    for (members, expected) in [
        (json!({ "displayName": "G", "members": [] }), true),
        (json!({ "displayName": "G", "Members": null }), true),
        (json!({ "displayName": "G" }), false),
    ] {
        let body = group(members);
        let run = |profile| read(profile, "Group", &body, Context::Replace);
        let after = object(json!({ "schemas": [builtin::GROUP], "displayName": "G" }));
        agree(run, after, Rfc::Same);
        assert_eq!(read::mentions(&body, "members"), expected);
    }
}

/// Y-2
#[test]
fn a_user_with_an_object_of_its_own_and_values_without_type() {
    let body = json!({
        "externalId": "x1", "userName": "a@b.example", "displayName": "A", "name": { "givenName": "A", "familyName": "" },
        "emails": [{ "value": "a@b.example" }], "phoneNumbers": [{ "value": "1" }], "photos": [{ "value": "https://p.example/1" }],
        "roles": [{ "value": "r" }], "addresses": [{ "locality": "L" }], "preferredLanguage": "en", "locale": "en",
        "active": true,
    });
    let mut expected = body.clone();
    expected["name"] = json!({ "givenName": "A" });
    agree(post("User", &user(body.clone())), expected.clone(), Rfc::Same);
    let mut with_custom = user(body);
    with_custom["custom"] = json!({ "active": "True" });
    agree(post("User", &with_custom), expected, Rfc::Refuses(Kind::InvalidSyntax));
}

/// Y-3
#[test]
fn a_group_linked_and_unlinked() {
    let replace = |value: Value| envelope(json!([{ "op": "replace", "value": value }]));
    let linked = json!({ "displayName": "N", "externalId": "g1" });
    let before = json!({ "displayName": "G" });
    agree(patch_with("Group", &before, &replace(linked.clone())), (linked.clone(), vec![]), Rfc::Same);
    let unlink = replace(json!({ "displayName": "N", "externalId": null }));
    agree(patch_with("Group", &linked, &unlink), (json!({ "displayName": "N" }), vec![]), Rfc::Same);
}

/// K-1
#[test]
fn members_with_relative_references() {
    let members = json!([{ "value": "u1", "$ref": "Users/u1" }]);
    let body = group(json!({ "displayName": "G", "members": members }));
    let expected = json!({ "displayName": "G", "members": [{ "value": "u1" }] });
    agree(post("Group", &body), expected, Rfc::Same);
    let operations = json!([{ "op": "replace", "path": "members", "value": members }]);
    changes(operations, &[MemberChange::Replace(ids(&["u1"]))], Rfc::Same);
}

/// K-2
#[test]
fn a_group_patch_of_three_replaces_and_one_that_empties() {
    let body = envelope(json!([
        { "op": "replace", "path": "members", "value": [{ "value": "u1" }] },
        { "op": "replace", "path": "displayName", "value": "N" },
        { "op": "replace", "path": "externalId", "value": "g1" },
    ]));
    let expected = (json!({ "displayName": "N", "externalId": "g1" }), vec![MemberChange::Replace(ids(&["u1"]))]);
    agree(patch_with("Group", &json!({ "displayName": "G" }), &body), expected, Rfc::Same);
    let emptied = json!([{ "op": "remove", "path": "members", "value": null }]);
    changes(emptied, &[MemberChange::RemoveAll], Rfc::Same);
}

/// K-4
#[test]
fn an_id_chosen_by_the_client_is_ignored() {
    let body = user(json!({ "id": "mine", "userName": "a" }));
    agree(post("User", &body), json!({ "userName": "a" }), Rfc::Same);
}
