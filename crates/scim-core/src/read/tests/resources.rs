use serde_json::json;

use super::super::*;
use super::{device, user};
use crate::error::Kind;
use crate::policy::SecondPrimary;
use crate::schema::builtin::{ENTERPRISE_USER, GROUP, USER, registry};

fn tolerant(index: &TypeIndex, body: Value) -> Result<(Value, Vec<Note>), Invalid> {
    let mut notes = Vec::new();
    let read = resource(index, body, Context::Create, &Policy::tolerant(), &mut notes)?;
    Ok((Value::Object(read), notes))
}

fn strict(index: &TypeIndex, body: Value) -> Result<Value, Invalid> {
    resource(index, body, Context::Create, &Policy::strict(), &mut Vec::new()).map(Value::Object)
}

/// A user's body with one more member, read strictly.
fn user_with(name: &str, value: Value) -> Result<Value, Invalid> {
    let mut body = json!({ "schemas": [USER], "userName": "ann" });
    body[name] = value;
    strict(&user(), body).map(|mut user| user[name].take())
}

fn refused(result: Result<Value, Invalid>) -> (Kind, String) {
    let error = result.unwrap_err();
    (error.kind, error.path.unwrap_or_default())
}

#[test]
fn names_become_canonical_and_schemas_are_rebuilt() {
    let body = json!({
        "SCHEMAS": [USER.to_uppercase()],
        "username": "Ann",
        "NAME": { "GivenName": "Ann" },
        "Emails": [{ "Value": "a@x", "TYPE": "work" }],
        ENTERPRISE_USER.to_uppercase(): { "Department": "d", "manager": { "value": "m", "displayName": "M", "$ref": "x" } },
        "id": "mine", "meta": { "created": 5 }, "groups": "whatever",
    });
    let (read, notes) = tolerant(&user(), body).unwrap();
    let expected = json!({
        "schemas": [USER, ENTERPRISE_USER],
        "userName": "Ann",
        "name": { "givenName": "Ann" },
        "emails": [{ "value": "a@x", "type": "work" }],
        ENTERPRISE_USER: { "department": "d", "manager": { "value": "m" } },
    });
    assert_eq!(read, expected);
    let expected = [
        Note::ReadOnlyIgnored("groups".to_owned()),
        Note::ReadOnlyIgnored(format!("{ENTERPRISE_USER}:manager.displayName")),
        Note::SchemaInferred(ENTERPRISE_USER.to_owned()),
    ];
    assert_eq!(notes, expected);
}

#[test]
fn a_name_given_twice_is_refused_wherever_it_stands() {
    for body in [
        json!({ "userName": "a", "username": "b" }),
        json!({ "userName": "a", "title": null, "TITLE": "x" }),
        json!({ "userName": "a", "foo": 1, "Foo": 2 }),
        json!({ "userName": "a", "name": { "givenName": "x", "givenname": "x" } }),
        json!({ "userName": "a", "emails": [{ "value": "x", "VALUE": "x" }] }),
        json!({ "userName": "a", "schemas": [USER], "Schemas": [USER] }),
        json!({ "userName": "a", ENTERPRISE_USER: {}, ENTERPRISE_USER.to_uppercase(): {} }),
        json!({ "userName": "a", ENTERPRISE_USER: { "department": "x", "Department": "x" } }),
    ] {
        assert_eq!(refused(tolerant(&user(), body.clone()).map(|(read, _)| read)).0, Kind::InvalidSyntax, "{body}");
    }
}

#[test]
fn what_is_unassigned_is_absent() {
    for value in [json!(null), json!(""), json!([]), json!({})] {
        let body = json!({
            "userName": "a", "title": value, "active": value, "name": value, "emails": value, "roles": [value, value],
            "addresses": [{ "country": value }], ENTERPRISE_USER: { "department": value, "manager": { "value": value } },
        });
        let (read, _) = tolerant(&user(), body).unwrap();
        assert_eq!(read, json!({ "schemas": [USER], "userName": "a" }), "{value}");
        let (read, _) = tolerant(&user(), json!({ "userName": "a", ENTERPRISE_USER: value })).unwrap();
        assert_eq!(read, json!({ "schemas": [USER], "userName": "a" }), "{value}");
    }
}

#[test]
fn a_required_attribute_must_say_something() {
    for value in [json!(null), json!(""), json!("  "), json!([]), json!({})] {
        let error = refused(tolerant(&user(), json!({ "userName": value })).map(|(read, _)| read));
        assert_eq!(error, (Kind::InvalidValue, "userName".to_owned()), "{value}");
    }
    assert_eq!(refused(strict(&user(), json!({ "schemas": [USER] }))), (Kind::InvalidValue, "userName".to_owned()));
    let group = registry().index("Group").unwrap();
    assert_eq!(refused(strict(&group, json!({ "schemas": [GROUP] }))), (Kind::InvalidValue, "displayName".to_owned()));
}

#[test]
fn values_of_the_wrong_type_are_refused_at_their_path() {
    for (name, value, path) in [
        ("active", json!("yes"), "active"),
        ("title", json!(5), "title"),
        ("title", json!({ "a": 1 }), "title"),
        ("title", json!("a\u{0}b"), "title"),
        ("name", json!("x"), "name"),
        ("name", json!([{ "givenName": "x" }]), "name"),
        ("name", json!({ "givenName": true }), "name.givenName"),
        ("emails", json!("a@b"), "emails"),
        ("emails", json!({ "value": "a@b" }), "emails"),
        ("emails", json!([{ "value": "a" }, { "value": 5 }]), "emails[1].value"),
        ("emails", json!(["a@b"]), "emails[0]"),
        ("emails", json!([{ "value": "a", "primary": "True" }]), "emails[0].primary"),
        ("emails", json!([[{ "value": "a" }]]), "emails[0]"),
    ] {
        assert_eq!(refused(user_with(name, value.clone())), (Kind::InvalidValue, path.to_owned()), "{value}");
    }
    let nested = json!({ "schemas": [USER], "userName": "a", ENTERPRISE_USER: { "manager": { "value": 1 } } });
    assert_eq!(refused(strict(&user(), nested)).1, format!("{ENTERPRISE_USER}:manager.value"));
    let extension = json!({ "schemas": [USER], "userName": "a", ENTERPRISE_USER: "x" });
    assert_eq!(refused(strict(&user(), extension)).1, ENTERPRISE_USER);
    assert_eq!(strict(&user(), json!([])).unwrap_err().kind, Kind::InvalidSyntax);
}

#[test]
fn numbers_and_dates_are_judged_by_their_type() {
    let device = device();
    let read = |name: &str, value: Value| {
        attribute(&device, Home::Core, device.core(name).unwrap(), value, &Policy::tolerant(), &mut Vec::new(), name)
    };
    for (name, good) in [
        ("slots", json!(10)),
        ("slots", json!(i64::MIN)),
        ("weight", json!(1.50)),
        ("weight", json!(2)),
        ("bought", json!("2011-05-13T06:42:34.1234567+02:00")),
    ] {
        assert_eq!(read(name, good.clone()), Ok(Some(good)));
    }
    let exponent: Value = serde_json::from_str("1e3").unwrap();
    for (name, bad) in [
        ("slots", json!(1.5)),
        ("slots", exponent),
        ("slots", json!(u64::MAX)),
        ("slots", json!("1")),
        ("weight", json!("1.5")),
        ("bought", json!("2020-01-01")),
        ("bought", json!(0)),
    ] {
        assert_eq!(read(name, bad.clone()).unwrap_err().kind, Kind::InvalidValue, "{bad}");
    }
}

#[test]
fn unknown_attributes_are_ignored_or_refused() {
    for (body, path) in [
        (json!({ "schemas": [USER], "userName": "a", "dispalyName": "x" }), "dispalyName".to_owned()),
        (json!({ "schemas": [USER], "userName": "a", "name": { "first": "x" } }), "name.first".to_owned()),
        (json!({ "schemas": [USER], "userName": "a", "emails": [{ "value": "x", "y": 1 }] }), "emails[0].y".to_owned()),
        (json!({ "schemas": [USER], "userName": "a", "urn:x:y": {} }), "urn:x:y".to_owned()),
        (json!({ "schemas": [USER], "userName": "a", ENTERPRISE_USER: { "x": 1 } }), format!("{ENTERPRISE_USER}:x")),
    ] {
        assert_eq!(refused(strict(&user(), body.clone())), (Kind::InvalidSyntax, path.clone()));
        let (_, notes) = tolerant(&user(), body).unwrap();
        assert_eq!(notes, [Note::UnknownAttributeIgnored(path)]);
    }
}

#[test]
fn notes_are_bounded() {
    let mut body = json!({ "userName": "a" });
    (0..5000).for_each(|at| body[format!("unknown{at}")] = json!(at));
    assert_eq!(tolerant(&user(), body).unwrap().1.len(), 100);
}

#[test]
fn schemas_are_required_or_inferred() {
    let base = |schemas: Value| json!({ "schemas": schemas, "userName": "a" });
    assert_eq!(refused(strict(&user(), json!({ "userName": "a" }))).0, Kind::InvalidSyntax);
    for missing in [json!(null), json!([])] {
        assert_eq!(refused(strict(&user(), base(missing))).0, Kind::InvalidSyntax);
    }
    for wrong in [json!(USER), json!([5]), json!([USER, GROUP]), json!([ENTERPRISE_USER]), json!([USER, "urn:x"])] {
        let result = strict(&user(), base(wrong.clone()));
        assert_eq!(refused(result), (Kind::InvalidValue, "schemas".to_owned()), "{wrong}");
        assert_eq!(tolerant(&user(), base(wrong)).unwrap().0["schemas"], json!([USER]));
    }
    assert_eq!(strict(&user(), base(json!([ENTERPRISE_USER, USER, USER]))).unwrap()["schemas"], json!([USER]));
    let (_, notes) = tolerant(&user(), base(json!([USER, "urn:x"]))).unwrap();
    assert_eq!(notes, [Note::UnknownSchemaIgnored("urn:x".to_owned())]);
}

#[test]
fn hollow_elements_go_and_equal_ones_collapse() {
    let emails = json!([
        { "type": "work", "primary": true, "display": "x" },
        { "value": "A@x", "type": "work", "display": "first" },
        { "value": "a@X", "type": "WORK", "primary": true },
        { "value": "a@x", "type": "home" },
        { "value": "a@x" },
        { "value": "a@x" },
    ]);
    let (read, notes) = tolerant(&user(), json!({ "userName": "a", "emails": emails })).unwrap();
    let expected = json!([
        { "value": "A@x", "type": "work", "display": "first", "primary": true },
        { "value": "a@x", "type": "home" },
        { "value": "a@x" },
    ]);
    assert_eq!(read["emails"], expected);
    let expected = [
        Note::EmptyElementDropped("emails[0]".to_owned()),
        Note::DuplicateDropped("emails[2]".to_owned()),
        Note::DuplicateDropped("emails[5]".to_owned()),
    ];
    assert_eq!(notes, expected);
    let addresses = json!([{ "country": "US" }, { "country": "US" }]);
    assert_eq!(user_with("addresses", addresses.clone()), Ok(addresses), "addresses have no value to be equal by");
    let photos = json!([{ "value": "https://x/A" }, { "value": "https://x/a" }]);
    assert_eq!(user_with("photos", photos.clone()), Ok(photos), "references differ by case");
}

#[test]
fn elements_made_of_labels_only_stay_where_there_is_nothing_else() {
    let device = device();
    let body = json!({
        "serial": "s", "secret": "x", "urn:example:Extra": { "site": "a" },
        "labels": [{ "type": "a" }], "tags": ["x", "X", "", null, "y"],
    });
    let (read, _) = tolerant(&device, body).unwrap();
    assert_eq!(read["labels"], json!([{ "type": "a" }]));
    assert_eq!(read["tags"], json!(["x", "y"]));
}

#[test]
fn at_most_one_element_is_primary() {
    let emails = json!([{ "value": "a", "primary": true }, { "value": "b", "primary": true }, { "value": "c", "primary": false }]);
    let (read, notes) = tolerant(&user(), json!({ "userName": "a", "emails": emails })).unwrap();
    let flags: Vec<_> = read["emails"].as_array().unwrap().iter().map(|email| email["primary"].clone()).collect();
    assert_eq!(flags, [json!(true), json!(false), json!(false)]);
    assert_eq!(notes, [Note::SecondPrimaryDropped("emails[1]".to_owned())]);
    assert_eq!(refused(user_with("emails", emails.clone())), (Kind::InvalidValue, "emails[1]".to_owned()));
    let policy = Policy { second_primary: SecondPrimary::KeepFirst, ..Policy::strict() };
    let body = json!({ "schemas": [USER], "userName": "a", "emails": emails });
    assert!(resource(&user(), body, Context::Create, &policy, &mut Vec::new()).is_ok());
}

#[test]
fn formats_are_checked_by_the_strict_policy_only() {
    for (name, value) in [
        ("profileUrl", json!("not a url with spaces")),
        ("locale", json!("e n")),
        ("timezone", json!("Mars/Base")),
        ("preferredLanguage", json!("en;x")),
        ("addresses", json!([{ "country": "USA" }])),
        ("photos", json!([{ "value": "x.png" }])),
        ("x509Certificates", json!([{ "value": "%%%" }])),
        ("x509Certificates", json!([{ "value": "MAEF" }, { "value": "MAEFMAEF" }])),
    ] {
        assert_eq!(refused(user_with(name, value.clone())).0, Kind::InvalidValue, "{name}");
        let (read, notes) = tolerant(&user(), json!({ "userName": "a", name: value })).unwrap();
        assert_eq!((read[name].clone(), notes.len()), (value, 0), "kept as sent");
    }
    let lower = json!([{ "country": "us", "locality": "x\ny" }]);
    assert_eq!(user_with("addresses", lower.clone()), Ok(lower), "never rewritten");
    assert_eq!(user_with("x509Certificates", json!([{ "value": "MAEF" }])).unwrap()[0]["value"], "MAEF");
}

#[test]
fn extensions_and_parts_may_be_required() {
    let device = device();
    let with = |extra: Value, owner: Value| {
        let body = json!({ "serial": "s", "secret": "x", "urn:example:Extra": extra, "owner": owner });
        tolerant(&device, body).map(|(read, _)| read)
    };
    assert!(with(json!({ "site": "a" }), json!({ "value": "v" })).is_ok());
    assert_eq!(refused(with(json!({ "rack": "r" }), json!(null))).1, "urn:example:Extra:site");
    for nothing in [json!(null), json!({}), json!({ "rack": null })] {
        assert_eq!(refused(with(nothing, json!(null))).1, "urn:example:Extra");
    }
    assert_eq!(refused(with(json!({ "site": "a" }), json!({ "note": "n" }))).1, "owner.value");
    assert!(with(json!({ "site": "a" }), json!({ "since": "ignored" })).is_ok(), "nothing is left of the owner");
}

#[test]
fn parts_can_be_read_alone() {
    let (user, policy) = (user(), Policy::strict());
    let emails = user.core("emails").unwrap();
    let resolved = |sub: &str| Resolved { home: Home::Core, attribute: emails, sub: emails.sub(sub) };
    let read = |sub: &str, value: Value| sub_attribute(&user, resolved(sub), value, &policy, &mut Vec::new(), "here");
    assert_eq!(read("primary", json!(true)), Ok(Some(json!(true))));
    assert_eq!(read("value", json!("")), Ok(None));
    assert_eq!(read("value", json!(1)).unwrap_err().to_string(), "here must be a string");
    let whole = |value: Value| element(&user, Home::Core, emails, value, &policy, &mut Vec::new(), "emails[0]");
    assert_eq!(whole(json!({ "Value": "a" })), Ok(Some(json!({ "value": "a" }))));
    assert_eq!(whole(json!({ "type": "work" })), Ok(None));
    assert!(mentions(&json!({ "MEMBERS": null }), "members") && !mentions(&json!({}), "members"));
}
