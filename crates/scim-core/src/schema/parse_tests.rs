use serde_json::json;

use super::*;
use crate::error::Kind;
use crate::schema::builtin::{self, ENTERPRISE_USER, USER, registry};
use crate::schema::{Registry, discovery, judge};

const BADGE: &str = "urn:example:schemas:2.0:Badge";

fn badge(attributes: Value) -> Value {
    json!({ "id": BADGE, "name": "Badge", "description": "A badge.", "attributes": attributes })
}

fn fault(attribute: Value) -> String {
    schema(&badge(json!([attribute]))).unwrap_err().to_string()
}

#[test]
fn what_is_left_out_has_the_defaults_of_the_rfc() {
    let read = schema(&badge(json!([{ "name": "code" }, { "name": "seen", "type": "binary" }]))).unwrap();
    let code = &read.attributes[0];
    assert_eq!((code.kind, code.multi_valued, code.required, code.case_exact), (Type::String, false, false, false));
    let rest = (code.mutability, code.returned, code.uniqueness);
    assert_eq!(rest, (Mutability::ReadWrite, Returned::Default, Uniqueness::None));
    assert!(read.attributes[1].case_exact, "binaries are case exact");
    let hidden = schema(&badge(json!([{ "name": "pin", "mutability": "writeOnly" }]))).unwrap();
    assert_eq!(hidden.attributes[0].returned, Returned::Never);
}

#[test]
fn every_built_in_schema_comes_back_from_its_discovery_document() {
    for definition in registry().schemas.iter().filter(|schema| schema.id != SCHEMA) {
        let mut expected = Schema::clone(definition);
        for attribute in &mut expected.attributes {
            attribute.indexed = None;
        }
        assert_eq!(schema(&discovery::schema(definition, "https://h/scim/v2")), Ok(expected), "{}", definition.id);
    }
    for kind in [builtin::user(), builtin::group()] {
        assert_eq!(resource_type(&discovery::resource_type(&kind, "https://h/scim/v2")), Ok(kind));
    }
}

#[test]
fn every_type_and_characteristic_goes_there_and_back() {
    let document = badge(json!([
        { "name": "text", "canonicalValues": ["a", "b"], "caseExact": true, "uniqueness": "server", "required": true },
        { "name": "flag", "type": "boolean", "mutability": "immutable", "returned": "request" },
        { "name": "rate", "type": "decimal", "multiValued": true, "returned": "always" },
        { "name": "count", "type": "integer", "uniqueness": "global", "mutability": "readOnly" },
        { "name": "since", "type": "DATETIME", "description": "Since when." },
        { "name": "key", "type": "binary", "mutability": "writeOnly", "returned": "never" },
        { "name": "page", "type": "reference", "referenceTypes": ["external"] },
        { "name": "owner", "type": "complex", "multiValued": true, "subAttributes": [
            { "name": "value" }, { "name": "$ref", "type": "reference", "referenceTypes": ["User", "Badge"] },
        ] },
    ]));
    let read = schema(&document).unwrap();
    let again = discovery::schema(&read, "https://h/scim/v2");
    assert_eq!(schema(&again), Ok(read));
    assert_eq!(again["attributes"][7]["subAttributes"][1]["referenceTypes"], json!(["User", "Badge"]));
    assert_eq!(again["attributes"][4]["type"], "dateTime");
}

#[test]
fn what_does_not_fit_together_is_named() {
    let cases = [
        (json!({ "type": "string" }), "attributes[0].name is required"),
        (json!({ "name": "2nd" }), "attributes[0].name must be a letter"),
        (json!({ "name": "a.b" }), "attributes[0].name must be a letter"),
        (json!({ "name": "$ref" }), "attributes[0].name must be a letter"),
        (json!({ "name": "a", "type": "text" }), "a.type must be string, boolean"),
        (json!({ "name": "a", "mutability": "or" }), "a.mutability must be readOnly"),
        (json!({ "name": "a", "multivalue": true }), "a.multivalue is not known here"),
        (json!({ "name": "a", "required": "true" }), "a.required must be true or false"),
        (json!({ "name": "a", "type": "complex" }), "a.subAttributes are required"),
        (json!({ "name": "a", "subAttributes": [{ "name": "b" }] }), "a.subAttributes belong to complex"),
        (
            json!({ "name": "a", "type": "complex", "subAttributes": [
            { "name": "b", "type": "complex", "subAttributes": [{ "name": "c" }] }] }),
            "a.b.type must not be complex",
        ),
        (
            json!({ "name": "a", "type": "complex", "uniqueness": "server", "subAttributes": [{ "name": "b" }] }),
            "a.uniqueness must be none",
        ),
        (
            json!({ "name": "a", "type": "complex", "subAttributes": [{ "name": "b" }, { "name": "B" }] }),
            "a.subAttributes[1] is a second attribute",
        ),
        (json!({ "name": "a", "type": "boolean", "caseExact": true }), "a.caseExact is for texts only"),
        (json!({ "name": "a", "type": "integer", "canonicalValues": ["1"] }), "a.canonicalValues belong"),
        (json!({ "name": "a", "canonicalValues": [1] }), "a.canonicalValues must be a list of"),
        (json!({ "name": "a", "type": "reference" }), "a.referenceTypes are required"),
        (json!({ "name": "a", "type": "reference", "referenceTypes": ["a b"] }), "a.referenceTypes must be names"),
        (json!({ "name": "a", "referenceTypes": ["uri"] }), "a.referenceTypes belong to references"),
        (json!({ "name": "a", "mutability": "writeOnly", "returned": "default" }), "a.returned must be never"),
        (json!("a"), "attributes[0] must be a JSON object"),
    ];
    for (attribute, expected) in cases {
        let why = fault(attribute.clone());
        assert!(why.starts_with(expected) && !why.contains('\n'), "{attribute}: {why}");
    }
}

#[test]
fn documents_that_are_no_schemas_are_refused() {
    let whole = badge(json!([{ "name": "a" }]));
    let cases = [
        ("id", json!("https://example.org/schema"), "id must be a URN"),
        ("id", json!("urn:x:"), "id must be a URN"),
        ("id", json!("urn:example:a b"), "id must be a URN"),
        ("id", json!("urn:example:a:"), "id must be a URN"),
        ("id", Value::Null, "id is required"),
        ("name", json!(" "), "name is required"),
        ("attributes", json!([]), "attributes is required"),
        ("attributes", json!({}), "attributes must be a list"),
        ("attributes", json!([{ "name": "a" }, { "name": "A" }]), "attributes[1] is a second attribute of the name A"),
        ("schemas", json!([USER]), "schemas must contain"),
        ("extra", json!(1), "extra is not known here"),
        ("NAME", json!("twice"), "NAME is given twice"),
    ];
    for (member, value, expected) in cases {
        let mut document = whole.clone();
        document[member] = value.clone();
        let why = schema(&document).unwrap_err().to_string();
        assert!(why.starts_with(expected), "{member} {value}: {why}");
    }
    let many: Vec<Value> = (0..=MOST_ATTRIBUTES).map(|number| json!({ "name": format!("a{number}") })).collect();
    assert!(schema(&badge(many[1..].into())).is_ok());
    assert!(schema(&badge(many.into())).unwrap_err().to_string().contains("at most 250"));
    assert_eq!(schema(&json!([])).unwrap_err().kind, Kind::InvalidSyntax);
}

#[test]
fn resource_types_that_are_none_are_refused() {
    let whole = json!({ "name": "Device", "endpoint": "/Devices", "schema": BADGE });
    assert!(resource_type(&whole).is_ok());
    let cases = [
        ("name", json!("De vice"), "name must be a letter"),
        ("id", json!("Other"), "id must be the name"),
        ("endpoint", json!("Devices"), "endpoint must be a slash and a name"),
        ("endpoint", json!("/a/b"), "endpoint must be a slash and a name"),
        ("endpoint", json!("/.search"), "endpoint must be a slash and a name"),
        ("schema", Value::Null, "schema is required"),
        ("schemaExtensions", json!([{ "required": true }]), "schemaExtensions[0].schema is required"),
        ("schemaExtensions", json!([{ "schema": BADGE }, { "schema": BADGE }]), "schemaExtensions[1].schema names a"),
    ];
    for (member, value, expected) in cases {
        let mut document = whole.clone();
        document[member] = value.clone();
        let why = resource_type(&document).unwrap_err().to_string();
        assert!(why.starts_with(expected), "{member} {value}: {why}");
    }
}

/// The built-in registry with a schema and a type `Device` at `/Devices`.
fn known() -> Registry {
    let device = schema(&json!({ "id": "urn:example:2.0:Device", "name": "D", "attributes": [{ "name": "serial" }] }));
    let badge = schema(&badge(json!([{ "name": "code" }])));
    let clash = schema(&json!({ "id": "urn:example:2.0:Clash", "name": "C", "attributes": [{ "name": "Serial" }] }));
    let schemas = [device, badge, clash].map(Result::unwrap);
    let kind = json!({ "name": "Device", "endpoint": "/Devices", "schema": "urn:example:2.0:Device" });
    let built_in = registry();
    let all = built_in.schemas.iter().map(|schema| Schema::clone(schema)).chain(schemas).collect();
    Registry::new(all, vec![builtin::user(), builtin::group(), resource_type(&kind).unwrap()])
}

#[test]
fn a_schema_must_not_clash_with_those_that_are_there() {
    let registry = known();
    let judged = |id: &str, name: &str| {
        let document = json!({ "id": id, "name": "N", "attributes": [{ "name": name }] });
        judge::schema(&registry, &schema(&document).unwrap()).map_err(|why| (why.kind, why.to_string()))
    };
    assert_eq!(judged("urn:example:2.0:New", "a"), Ok(()));
    assert_eq!(judged("URN:EXAMPLE:2.0:device", "a").unwrap_err().0, Kind::Uniqueness);
    for id in [USER, ENTERPRISE_USER, "urn:ietf:params:scim:api:messages:2.0:Mine"] {
        assert!(judged(id, "a").unwrap_err().1.contains("is reserved"), "{id}");
    }
    assert!(judged("urn:example:2.0:Device:more", "a").unwrap_err().1.contains("cannot be told"));
    assert!(judged("urn:example:2.0:New", "externalID").unwrap_err().1.contains("every resource has"));
}

#[test]
fn a_type_and_its_extensions_must_not_clash_either() {
    let registry = known();
    let judged = |name: &str, endpoint: &str, base: &str, extension: Option<&str>| {
        let extensions: Vec<_> = extension.map(|urn| json!({ "schema": urn, "required": true })).into_iter().collect();
        let document = json!({ "name": name, "endpoint": endpoint, "schema": base, "schemaExtensions": extensions });
        judge::resource_type(&registry, &resource_type(&document).unwrap()).map_err(|why| why.to_string())
    };
    let base = "urn:example:2.0:Device";
    assert_eq!(judged("Phone", "/Phones", base, Some(BADGE)), Ok(()));
    for (name, endpoint, base, extension, expected) in [
        ("user", "/Phones", base, None, "name user is reserved"),
        ("device", "/Phones", base, None, "already"),
        ("Phone", "/users", base, None, "endpoint /users is reserved"),
        ("Phone", "/DEVICES", base, None, "is the endpoint of Device already"),
        ("Phone", "/Phones", "urn:example:2.0:None", None, "there is no schema"),
        ("Phone", "/Phones", USER, None, "is built in"),
        ("Phone", "/Phones", base, Some(base), "is the base schema"),
        ("Phone", "/Phones", base, Some("urn:example:2.0:Clash"), "redefines an attribute"),
    ] {
        let why = judged(name, endpoint, base, extension).unwrap_err();
        assert!(why.contains(expected), "{why}");
    }
    let user = registry.index("User").unwrap();
    assert_eq!(judge::extension(&registry, &user, &BADGE.to_uppercase()), Ok(BADGE.to_owned()));
    assert!(judge::extension(&registry, &user, ENTERPRISE_USER).is_err());
}
