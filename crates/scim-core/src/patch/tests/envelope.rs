//! The envelope and the finding of targets.

use super::*;

fn parse_body(body: Value, policy: &Policy) -> Result<Patch, Invalid> {
    let index = user();
    parse(&index, &body, policy, &Dialect { urns: index.urns(), lenient: false }, None)
}

#[test]
fn the_message_urn_is_required_by_the_strict_policy_only() {
    let operations = json!([{ "op": "add", "path": "title", "value": "x" }]);
    for schemas in [json!(null), json!([]), json!(["urn:ietf:params:scim:schemas:core:2.0:PatchOp"])] {
        let body = json!({ "schemas": schemas, "Operations": operations });
        assert_eq!(parse_body(body.clone(), &Policy::strict()).unwrap_err().kind, Kind::InvalidSyntax);
        assert!(!parse_body(body, &Policy::tolerant()).unwrap().leaves_document());
    }
    let body = json!({ "schemas": [PATCH_OP.to_uppercase()], "Operations": operations });
    assert!(parse_body(body, &Policy::strict()).is_ok());
}

#[test]
fn operations_must_be_a_list_and_only_the_tolerant_policy_takes_an_empty_one() {
    for body in
        [json!({ "schemas": [PATCH_OP] }), json!({ "schemas": [PATCH_OP], "Operations": {} }), json!([]), json!("x")]
    {
        for policy in [Policy::strict(), Policy::tolerant()] {
            assert_eq!(parse_body(body.clone(), &policy).unwrap_err().kind, Kind::InvalidSyntax, "{body}");
        }
    }
    let empty = json!({ "schemas": [PATCH_OP], "Operations": [] });
    assert_eq!(parse_body(empty.clone(), &Policy::strict()).unwrap_err().kind, Kind::InvalidSyntax);
    assert!(parse_body(empty, &Policy::tolerant()).unwrap().leaves_document());
}

#[test]
fn names_and_verbs_are_read_in_any_case_and_other_members_ignored() {
    let body = json!({ "Schemas": [PATCH_OP], "operations": [{ "OP": "Replace", "Path": "TITLE", "Value": "x", "note": 1 }], "x": 2 });
    let patch = parse_body(body, &Policy::strict()).unwrap();
    let mut resource = Map::new();
    assert!(patch.apply(&user(), &mut resource, &Policy::strict(), &mut Vec::new()).unwrap().changed);
    assert_eq!(Value::Object(resource), json!({ "title": "x" }));
}

#[test]
fn a_name_given_twice_is_refused() {
    let operation = json!({ "op": "add", "OP": "remove", "path": "title", "value": "x" });
    assert_eq!(refusal(json!({}), operation), Kind::InvalidSyntax);
    assert_eq!(
        refusal(json!({}), json!({ "op": "add", "value": { "title": "x", "TITLE": "y" } })),
        Kind::InvalidSyntax
    );
    let twice = json!({ "op": "add", "path": "name", "value": { "givenName": "x", "GivenName": "y" } });
    assert_eq!(refusal(json!({}), twice), Kind::InvalidSyntax);
}

#[test]
fn unknown_verbs_are_refused() {
    for op in [json!("move"), json!(null), json!(1), json!("")] {
        assert_eq!(refusal(json!({}), json!({ "op": op, "path": "title", "value": "x" })), Kind::InvalidSyntax);
    }
    assert_eq!(refusal(json!({}), json!({ "path": "title", "value": "x" })), Kind::InvalidSyntax);
    assert_eq!(refusal(json!({}), json!("add")), Kind::InvalidSyntax);
}

#[test]
fn remove_needs_a_path() {
    assert_eq!(refusal(json!({ "title": "x" }), json!({ "op": "remove" })), Kind::NoTarget);
    assert_eq!(refusal(json!({ "title": "x" }), json!({ "op": "remove", "value": { "title": "x" } })), Kind::NoTarget);
}

#[test]
fn add_and_replace_need_a_value() {
    for op in ["add", "replace"] {
        assert_eq!(refusal(json!({}), json!({ "op": op, "path": "title" })), Kind::InvalidValue);
        assert_eq!(refusal(json!({}), json!({ "op": op })), Kind::InvalidValue);
        assert_eq!(refusal(json!({}), json!({ "op": op, "value": "x" })), Kind::InvalidValue);
    }
}

#[test]
fn malformed_paths_are_refused() {
    for path in [json!("emails[type eq"), json!("a b"), json!(""), json!(7), json!("emails[type eq \"x\"].value.x")] {
        assert_eq!(refusal(json!({}), json!({ "op": "add", "path": path, "value": "x" })), Kind::InvalidPath, "{path}");
    }
    for path in
        ["emails[shoe eq \"x\"].value", "emails[primary gt true].value", "emails[type eq 1.5e0 and primary co \"x\"]"]
    {
        assert_eq!(
            refusal(json!({}), json!({ "op": "add", "path": path, "value": "x" })),
            Kind::InvalidFilter,
            "{path}"
        );
    }
    assert_eq!(
        refusal(json!({}), json!({ "op": "add", "path": "name[givenName eq \"x\"]", "value": {} })),
        Kind::InvalidPath
    );
}

#[test]
fn an_unknown_path_is_skipped_with_a_note_or_refused() {
    let paths = [
        ("shoe", "shoe"),
        ("name.shoe", "name.shoe"),
        ("urn:example:x:size", "urn:example:x:size"),
        ("emails[type eq \"work\"].shoe", "emails[...].shoe"),
        ("shoe[a eq \"b\"].c", "shoe[...].c"),
    ];
    for (path, noted) in paths {
        let operations =
            json!([{ "op": "replace", "path": path, "value": "x" }, { "op": "add", "path": "title", "value": "y" }]);
        assert_eq!(strict(json!({}), operations.clone()).unwrap_err().kind, Kind::InvalidPath, "{path}");
        let applied = tolerant(json!({}), operations).unwrap();
        assert_eq!(applied.resource, json!({ "title": "y" }));
        assert_eq!(applied.notes, [Note::UnknownPathSkipped(noted.to_owned())]);
    }
}

#[test]
fn an_unknown_key_is_ignored_with_a_note_or_refused() {
    for value in [json!({ "shoe": 1 }), json!({ "name": { "shoe": 1 } }), json!({ ENTERPRISE: { "shoe": 1 } })] {
        let operations = json!([{ "op": "add", "value": value }]);
        assert_eq!(strict(json!({}), operations.clone()).unwrap_err().kind, Kind::InvalidSyntax);
        let applied = tolerant(json!({}), operations).unwrap();
        assert_eq!((applied.resource, applied.changed, applied.notes.len()), (json!({}), false, 1));
    }
}

#[test]
fn read_only_targets_are_refused_by_path_and_ignored_as_keys() {
    for (path, value) in [("id", json!("x")), ("meta", json!({})), ("meta.version", json!("x")), ("groups", json!([]))]
    {
        for op in ["add", "replace", "remove"] {
            assert_eq!(
                refusal(json!({}), json!({ "op": op, "path": path, "value": value })),
                Kind::Mutability,
                "{op} {path}"
            );
        }
    }
    assert_eq!(
        refusal(json!({}), json!({ "op": "add", "path": "manager.displayName", "value": "x" })),
        Kind::Mutability
    );
    let keys =
        json!({ "op": "replace", "value": { "id": "x", "meta": {}, "groups": [{ "value": "g" }], "title": "t" } });
    assert_eq!(patched(json!({ "id": "1" }), keys), json!({ "id": "1", "title": "t" }));
}

#[test]
fn schemas_may_be_named_and_follow_the_data() {
    let stored = json!({ "schemas": [builtin::USER] });
    for operation in [
        json!({ "op": "add", "path": "schemas", "value": [ENTERPRISE] }),
        json!({ "op": "replace", "value": { "schemas": [ENTERPRISE] } }),
    ] {
        assert_eq!(patched(stored.clone(), operation), stored);
    }
    assert_eq!(refusal(stored, json!({ "op": "remove", "path": "schemas" })), Kind::Mutability);
}
