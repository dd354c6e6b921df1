//! Requests on users that Microsoft Entra ID and its validator send.

use super::*;

const TYPE: &str = "WindowsAzureActiveDirectoryRole";

fn work(value: &str) -> Value {
    json!({ "emails": [{ "type": "work", "value": value }] })
}

/// E-U1
#[test]
fn a_new_user_with_its_meta_and_empty_lists() {
    let body = json!({
        "schemas": [builtin::USER, ENT],
        "externalId": "x1", "userName": "a@b.example", "active": true,
        "emails": [{ "primary": true, "type": "work", "value": "a@b.example" }],
        "meta": { "resourceType": "User" },
        "name": { "formatted": "A B", "familyName": "B", "givenName": "A" },
        "roles": [],
    });
    let expected = json!({
        "externalId": "x1", "userName": "a@b.example", "active": true,
        "emails": [{ "primary": true, "type": "work", "value": "a@b.example" }],
        "name": { "formatted": "A B", "familyName": "B", "givenName": "A" },
    });
    agree(post("User", &body), expected, Rfc::Same);
    let (read, _) = read(Profile::Entra, "User", &body, Context::Create).unwrap();
    assert_eq!(read["schemas"], json!([builtin::USER]));
}

/// E-U2, T-12
#[test]
fn null_is_no_value() {
    let body = user(json!({
        "userName": "a", "addresses": null, "phoneNumbers": null, "title": null, "active": null,
        "name": { "givenName": "A", "familyName": null },
        "emails": [{ "value": "a@b.example", "type": null, "display": null, "primary": null }],
    }));
    let expected = json!({ "userName": "a", "name": { "givenName": "A" }, "emails": [{ "value": "a@b.example" }] });
    agree(post("User", &body), expected, Rfc::Same);
}

/// E-U3
#[test]
fn active_as_text_in_a_new_user() {
    let body = user(json!({ "userName": "a", "active": "True" }));
    let expected = json!({ "userName": "a", "active": true });
    agree(post("User", &body), expected, Rfc::Refuses(Kind::InvalidValue));
}

/// E-U4, E-U5
#[test]
fn a_user_without_name_and_a_body_that_is_no_json() {
    all_refuse(post("User", &user(json!({ "active": true }))), Kind::InvalidValue);
    assert_eq!(scim_core::json::parse(b"{\"userName\": ").unwrap_err().kind, Kind::InvalidSyntax);
}

/// E-U7, E-U8
#[test]
fn deactivation_in_both_dialects() {
    let (before, after) = (json!({ "active": true }), json!({ "active": false }));
    let legacy = json!([{ "op": "Replace", "path": "active", "value": "False" }]);
    patches(before.clone(), legacy, after.clone(), Rfc::Refuses(Kind::InvalidValue));
    let compliant = json!([{ "op": "replace", "path": "active", "value": false }]);
    patches(before, compliant, after, Rfc::Same);
}

/// E-U9, E-U15, E-U27
#[test]
fn add_and_replace_set_a_single_value() {
    let after = json!({ "nickName": "B", "name": { "givenName": "G", "familyName": "X" } });
    let operations = json!([
        { "op": "Add", "path": "nickName", "value": "B" },
        { "op": "Replace", "path": "name.familyName", "value": "X" },
    ]);
    let before = json!({ "nickName": "A", "name": { "givenName": "G" } });
    patches(before, operations.clone(), after.clone(), Rfc::Same);
    patches(after.clone(), operations, after, Rfc::Same);
}

/// E-U10, E-U12
#[test]
fn the_work_email_is_changed_and_no_second_one_made() {
    for op in ["Replace", "Add"] {
        let operation = json!([{ "op": op, "path": "emails[type eq \"work\"].value", "value": "n@b.example" }]);
        patches(work("o@b.example"), operation, work("n@b.example"), Rfc::Same);
    }
}

/// E-U11, T-21
#[test]
fn a_work_email_that_is_not_there_is_created() {
    let operation = |op: &str| json!([{ "op": op, "path": "emails[type eq \"work\"].value", "value": "n@b.example" }]);
    patches(json!({}), operation("Replace"), work("n@b.example"), Rfc::Refuses(Kind::NoTarget));
    patches(json!({}), operation("Add"), work("n@b.example"), Rfc::Same);
}

/// E-U13: an element is made of its parts; without a value in the end nothing of it remains.
#[test]
fn an_email_made_of_its_parts() {
    let mut operations = json!([
        { "op": "Add", "path": "emails[type eq \"work\"].primary", "value": "true" },
        { "op": "Add", "path": "emails[type eq \"work\"].type", "value": "work" },
    ]);
    patches(json!({}), operations.clone(), json!({}), Rfc::Refuses(Kind::InvalidValue));
    let value = json!({ "op": "Add", "path": "emails[type eq \"work\"].value", "value": "a@b.example" });
    operations.as_array_mut().unwrap().push(value);
    let after = json!({ "emails": [{ "type": "work", "primary": true, "value": "a@b.example" }] });
    patches(json!({}), operations, after, Rfc::Refuses(Kind::InvalidValue));
}

/// E-U14
#[test]
fn the_parts_of_an_address_land_in_one_element() {
    let parts = [("streetAddress", "S 1"), ("locality", "L"), ("postalCode", "12345"), ("country", "DE")];
    let operations = |op: &str| -> Value {
        let operation = |(part, value): (&str, &str)| json!({ "op": op, "path": format!("addresses[type eq \"work\"].{part}"), "value": value });
        parts.into_iter().map(operation).collect()
    };
    let address =
        json!({ "type": "work", "streetAddress": "S 1", "locality": "L", "postalCode": "12345", "country": "DE" });
    let after = json!({ "addresses": [address] });
    patches(json!({}), operations("Add"), after.clone(), Rfc::Same);
    patches(json!({}), operations("Replace"), after, Rfc::Refuses(Kind::NoTarget));
}

/// E-U16, T-20
#[test]
fn keys_that_are_paths() {
    let number = format!("{ENT}:employeeNumber");
    let before = json!({ "title": "T", "name": { "givenName": "A", "middleName": "M" } });
    let after = json!({
        "title": "T", "displayName": "B", "name": { "givenName": "K", "middleName": "M", "familyName": "U" },
        ENT: { "employeeNumber": "9", "manager": { "value": "m1" } }, "active": false,
    });
    for op in ["replace", "Add"] {
        let value = json!({
            "displayName": "B", "name.givenName": "K", "name.familyName": "U", number.clone(): "9",
            format!("{ENT}:manager"): "m1", "active": "False",
        });
        let operations = json!([{ "op": op, "value": value }]);
        patches(before.clone(), operations, after.clone(), Rfc::Refuses(Kind::InvalidSyntax));
    }
}

/// E-U17
#[test]
fn a_urn_is_not_split_at_its_dot() {
    let operations = json!([{ "op": "Replace", "path": format!("{ENT}:employeeNumber"), "value": "9" }]);
    patches(json!({}), operations, json!({ ENT: { "employeeNumber": "9" } }), Rfc::Same);
}

/// E-U18, E-U19, E-U20
#[test]
fn a_manager_in_every_shape() {
    let after = json!({ ENT: { "manager": { "value": "m1" } } });
    let refused = || Rfc::Refuses(Kind::InvalidValue);
    let text = json!([{ "op": "Add", "path": format!("{ENT}:manager"), "value": "m1" }]);
    patches(json!({}), text.clone(), after.clone(), refused());
    patches(json!({ ENT: { "manager": { "value": "m0" } } }), text, after.clone(), refused());
    let list = json!([{ "op": "Add", "path": "manager", "value": [{ "$ref": "http://x/Users/m1", "value": "m1" }] }]);
    patches(json!({}), list, after.clone(), refused());
    let body = user(json!({ "userName": "a", ENT: { "manager": "m1" } }));
    agree(post("User", &body), json!({ "userName": "a", ENT: { "manager": { "value": "m1" } } }), refused());
    let named = json!([{ "op": "replace", "path": "manager", "value": { "value": "m1", "displayName": "M" } }]);
    patches(json!({}), named, after, Rfc::Same);
}

/// E-U22
#[test]
fn a_role_hidden_in_json_text() {
    let text = r#"{"id":"g","value":"25","displayName":"R"}"#;
    let operations = json!([{ "op": "Add", "path": "roles", "value": [{ "value": text }] }]);
    let opened = json!({ "roles": [{ "value": "25", "display": "R" }] });
    patches(json!({}), operations.clone(), opened.clone(), Rfc::Gives(json!({ "roles": [{ "value": text }] })));
    patches(
        opened.clone(),
        operations,
        opened.clone(),
        Rfc::Gives(json!({ "roles": [opened["roles"][0], { "value": text }] })),
    );
    let removal = json!([{ "op": "Remove", "path": "roles", "value": [{ "value": text }] }]);
    patches(opened.clone(), removal, json!({}), Rfc::Gives(opened));
}

/// E-U23
#[test]
fn roles_replaced_as_a_whole() {
    let role = json!({ "primary": false, "type": TYPE, "display": "U", "value": "U" });
    let operations = json!([{ "op": "replace", "path": "roles", "value": [role] }]);
    let before = json!({ "roles": [{ "value": "A" }, { "value": "B" }] });
    patches(before, operations, json!({ "roles": [role] }), Rfc::Same);
}

/// E-U24
#[test]
fn a_role_with_a_display_name() {
    let role = json!({ "primary": false, "type": TYPE, "displayName": "A", "value": "A" });
    let body = user(json!({ "userName": "a", "roles": [role] }));
    let expected =
        json!({ "userName": "a", "roles": [{ "primary": false, "type": TYPE, "display": "A", "value": "A" }] });
    agree(post("User", &body), expected, Rfc::Refuses(Kind::InvalidSyntax));
}

/// E-U25
#[test]
fn a_role_selected_by_a_quoted_boolean() {
    let operations = json!([{ "op": "Replace", "path": "roles[primary eq \"True\"].value", "value": "N" }]);
    let after = json!({ "roles": [{ "primary": true, "value": "N" }] });
    for before in [json!({ "roles": [{ "primary": true, "value": "O" }] }), json!({})] {
        patches(before, operations.clone(), after.clone(), Rfc::Refuses(Kind::InvalidFilter));
    }
}

/// E-U26
#[test]
fn clearing_by_remove_and_by_an_empty_text() {
    let before = json!({ "title": "T", "userName": "a" });
    for operation in [
        json!({ "op": "Remove", "path": "title" }),
        json!({ "op": "Replace", "path": "title", "value": "" }),
        json!({ "op": "Replace", "path": "title", "value": null }),
    ] {
        patches(before.clone(), json!([operation]), json!({ "userName": "a" }), Rfc::Same);
    }
    let operation = json!([{ "op": "Replace", "path": "emails[type eq \"work\"].value", "value": "" }]);
    patches(work("o@b.example"), operation, json!({}), Rfc::Same);
}

/// E-V1, T-24
#[test]
fn no_operations_change_nothing() {
    patches(json!({ "title": "T" }), json!([]), json!({ "title": "T" }), Rfc::Refuses(Kind::InvalidSyntax));
    let missing = json!({ "schemas": [message::PATCH_OP] });
    all_refuse(patch_with("User", &json!({}), &missing), Kind::InvalidSyntax);
}

/// E-V6, E-V7
#[test]
fn names_in_other_case_and_extra_members_of_the_envelope() {
    let body = user(json!({
        "UserName": "a", "DisplayName": "A", "EMAILS": [{ "Primary": true, "Value": "a@b.example" }],
    }));
    let expected = json!({
        "userName": "a", "displayName": "A", "emails": [{ "primary": true, "value": "a@b.example" }],
    });
    agree(post("User", &body), expected, Rfc::Same);
    let mut body = envelope(json!([{ "op": "add", "name": "addTitle", "path": "Title", "value": "T" }]));
    body["id"] = json!("u1");
    agree(patch_with("User", &json!({}), &body), (json!({ "title": "T" }), vec![]), Rfc::Same);
}

/// E-V11
#[test]
fn a_replacement_with_a_misspelled_attribute_and_one_without_name() {
    let replace = |body: Value| move |profile| read(profile, "User", &user(body.clone()), Context::Replace);
    let expected = object(json!({ "schemas": [builtin::USER], "userName": "a" }));
    let misspelled = json!({ "userName": "a", "dispalyName": "A" });
    agree(replace(misspelled), expected, Rfc::Refuses(Kind::InvalidSyntax));
    all_refuse(replace(json!({ "displayName": "A" })), Kind::InvalidValue);
}

/// T-13
#[test]
fn the_envelope_of_a_patch_may_lack_its_urn() {
    let operations = json!([{ "op": "add", "path": "title", "value": "T" }]);
    for schemas in [json!(null), json!(["urn:ietf:params:scim:schemas:core:2.0:PatchOp"]), json!("PatchOp"), json!({})]
    {
        let body = json!({ "schemas": schemas, "Operations": operations });
        let expected = (json!({ "title": "T" }), vec![]);
        agree(patch_with("User", &json!({}), &body), expected, Rfc::Refuses(Kind::InvalidSyntax));
    }
}

/// T-15
#[test]
fn an_unknown_path_is_skipped_and_the_rest_applied() {
    let operations = json!([
        { "op": "Add", "path": "urn:ietf:params:scim:schemas:extension:Custom:2.0:User:shoe", "value": "9" },
        { "op": "Add", "path": "shoe", "value": "9" },
        { "op": "Add", "path": "title", "value": "T" },
    ]);
    patches(json!({}), operations, json!({ "title": "T" }), Rfc::Refuses(Kind::InvalidPath));
}
