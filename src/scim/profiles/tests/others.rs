//! Requests of OneLogin, Google Workspace, Ping and other commercial clients.

use super::*;

/// L-3
#[test]
fn old_urns_in_schemas() {
    let body = json!({
        "schemas": ["urn:scim:schemas:core:2.0", "urn:scim:schemas:extension:enterprise:2.0"],
        "userName": "a", ENT: { "department": "D" },
    });
    let expected = json!({ "userName": "a", ENT: { "department": "D" } });
    agree(post("User", &body), expected, Rfc::Refuses(Kind::InvalidValue));
    let (read, _) = read(Profile::Tolerant, "User", &body, Context::Create).unwrap();
    assert_eq!(read["schemas"], json!([builtin::USER, ENT]));
}

/// W-3
#[test]
fn an_old_urn_beside_the_new_one() {
    let body = json!({
        "schemas": ["urn:scim:schemas:core:1.0", builtin::USER], "userName": "a", "active": true,
        "emails": [{ "primary": true, "type": "work", "value": "a@b.example" }],
    });
    let mut expected = body.clone();
    expected.as_object_mut().unwrap().remove("schemas");
    agree(post("User", &body), expected, Rfc::Refuses(Kind::InvalidValue));
}

/// T-13: what `schemas` says is ignored where it says nothing usable.
#[test]
fn schemas_of_another_type() {
    for (schemas, kind) in [
        (json!(null), Kind::InvalidSyntax),
        (json!([]), Kind::InvalidSyntax),
        (json!(builtin::USER), Kind::InvalidValue),
        (json!({ "value": 1 }), Kind::InvalidValue),
        (json!([7, null]), Kind::InvalidValue),
        (json!(7), Kind::InvalidValue),
    ] {
        let body = json!({ "schemas": schemas, "userName": "a" });
        agree(post("User", &body), json!({ "userName": "a" }), Rfc::Refuses(kind));
    }
}

/// L-7
#[test]
fn emails_without_a_primary_one() {
    let emails = json!([{ "value": "a@b.example" }, { "value": "c@d.example", "type": "home" }]);
    let body = user(json!({ "userName": "a", "emails": emails }));
    agree(post("User", &body), json!({ "userName": "a", "emails": emails }), Rfc::Same);
}

/// L-8: a group PATCH of SCIM 1.1 is no success in silence.
#[test]
fn a_group_patch_of_the_older_protocol() {
    let old =
        json!({ "schemas": ["urn:scim:schemas:core:1.0"], "members": [{ "value": "u1", "operation": "delete" }] });
    all_refuse(patch_with("Group", &json!({ "displayName": "G" }), &old), Kind::InvalidSyntax);
}

/// L-9
#[test]
fn a_template_with_members_of_its_own() {
    let body = user(json!({ "userName": "a", "shoe": { "size": "True" }, "name": { "nick": "x" } }));
    agree(post("User", &body), json!({ "userName": "a" }), Rfc::Refuses(Kind::InvalidSyntax));
}

/// P-4
#[test]
fn two_primary_emails() {
    let email = |kind: &str, primary: bool| json!({ "value": "a@b.example", "type": kind, "primary": primary });
    let body = user(json!({ "userName": "a", "emails": [email("work", true), email("home", true)] }));
    let expected = json!({ "userName": "a", "emails": [email("work", true), email("home", false)] });
    agree(post("User", &body), expected, Rfc::Refuses(Kind::InvalidValue));
}

/// T-18: in a PATCH the last one set wins, in any profile.
#[test]
fn a_later_primary_email_takes_the_flag() {
    let before = json!({ "emails": [{ "value": "a", "primary": true }] });
    let operations = json!([{ "op": "add", "path": "emails", "value": [{ "value": "b", "primary": true }] }]);
    let after = json!({ "emails": [{ "value": "a", "primary": false }, { "value": "b", "primary": true }] });
    patches(before, operations, after, Rfc::Same);
}

///
#[test]
fn a_replaced_complex_value_is_merged() {
    let before = json!({ "name": { "givenName": "A", "familyName": "B" } });
    let after = json!({ "name": { "givenName": "N", "familyName": "B" } });
    for operation in [
        json!({ "op": "replace", "path": "name", "value": { "givenName": "N" } }),
        json!({ "op": "replace", "value": { "name": { "givenName": "N" } } }),
    ] {
        patches(before.clone(), json!([operation]), after.clone(), Rfc::Same);
    }
}

///
#[test]
fn members_to_remove_within_an_object() {
    let operations = json!([{ "op": "remove", "path": "members", "value": { "members": [{ "value": "u1" }] } }]);
    changes(operations, &[MemberChange::Remove(ids(&["u1"]))], Rfc::Same);
}
