//! What the built-in types lack: immutable and required parts, lists of simple values, lists within elements.

use super::*;
use crate::schema::build::{boolean, complex, integer, resource_type, schema, string};
use crate::schema::registry::Registry;
use crate::schema::{Extension, Mutability};

const EXTENSION: &str = "urn:example:Rack";

fn device(required: bool) -> Arc<TypeIndex> {
    let urn = "urn:example:Device";
    let serial = string("serial", "Serial.").mutability(Mutability::Immutable);
    let port = vec![
        integer("value", "Number.").required(),
        string("mac", "Address.").mutability(Mutability::Immutable),
        string("labels", "Labels.").many(),
        boolean("primary", "Primary."),
    ];
    let attributes = vec![
        serial,
        boolean("active", "Active."),
        string("tags", "Tags.").many(),
        string("owners", "Owners.").many().required(),
        complex("ports", "Ports.", port).many(),
        complex("size", "Size.", vec![integer("width", "Width.").required(), integer("height", "Height.")]),
    ];
    let rack = schema(EXTENSION, "Rack", "Rack", vec![string("row", "Row.").required(), integer("slot", "Slot.")]);
    let mut device = resource_type("Device", "/Devices", urn, &[], "Devices.");
    device.extensions = vec![Extension { schema: EXTENSION.to_owned(), required }];
    Registry::new(vec![schema(urn, "Device", "Device", attributes), rack], vec![device]).index("Device").unwrap()
}

fn strictly(resource: Value, operation: Value) -> Result<Value, Kind> {
    strictly_on(&device(false), resource, operation)
}

fn strictly_on(device: &Arc<TypeIndex>, resource: Value, operation: Value) -> Result<Value, Kind> {
    let applied = run(device, resource, json!([operation]), &Policy::strict(), false);
    applied.map(|applied| applied.resource).map_err(|invalid| invalid.kind)
}

#[test]
fn an_immutable_value_is_set_once() {
    let set = json!({ "op": "add", "path": "serial", "value": "S" });
    assert_eq!(strictly(json!({}), set.clone()), Ok(json!({ "serial": "S" })));
    assert_eq!(strictly(json!({ "serial": "S" }), set), Ok(json!({ "serial": "S" })));
    for operation in [
        json!({ "op": "replace", "path": "serial", "value": "T" }),
        json!({ "op": "remove", "path": "serial" }),
        json!({ "op": "add", "value": { "serial": "T" } }),
    ] {
        assert_eq!(strictly(json!({ "serial": "S" }), operation), Err(Kind::Mutability));
    }
}

#[test]
fn an_immutable_part_of_an_element_is_set_once() {
    let stored = json!({ "ports": [{ "value": 1, "mac": "A" }, { "value": 2 }] });
    for operation in [
        json!({ "op": "replace", "path": "ports[value eq 1].mac", "value": "B" }),
        json!({ "op": "remove", "path": "ports[value eq 1].mac" }),
        json!({ "op": "add", "path": "ports", "value": { "value": 1, "mac": "B" } }),
    ] {
        assert_eq!(strictly(stored.clone(), operation), Err(Kind::Mutability));
    }
    let set = json!({ "op": "replace", "path": "ports[value eq 2].mac", "value": "B" });
    assert_eq!(strictly(stored.clone(), set).unwrap()["ports"][1], json!({ "value": 2, "mac": "B" }));
    let remove = json!({ "op": "remove", "path": "ports[value eq 1]" });
    assert_eq!(strictly(stored, remove).unwrap()["ports"], json!([{ "value": 2 }]));
}

#[test]
fn required_parts_must_be_there_in_the_end() {
    assert_eq!(strictly(json!({}), json!({ "op": "add", "path": "size.height", "value": 1 })), Err(Kind::InvalidValue));
    let stored = json!({ "size": { "width": 1 } });
    assert!(strictly(stored.clone(), json!({ "op": "add", "path": "size.height", "value": 1 })).is_ok());
    assert_eq!(strictly(stored, json!({ "op": "remove", "path": "size.width" })), Err(Kind::Mutability));
    assert_eq!(
        strictly(json!({}), json!({ "op": "add", "path": "ports[mac eq \"A\"].labels", "value": ["x"] })),
        Err(Kind::InvalidValue)
    );
}

#[test]
fn a_required_list_cannot_be_emptied_element_by_element() {
    let stored = json!({ "owners": ["a", "b"] });
    assert_eq!(
        strictly(stored.clone(), json!({ "op": "remove", "path": "owners", "value": ["A"] })),
        Ok(json!({ "owners": ["b"] }))
    );
    for operation in
        [json!({ "op": "remove", "path": "owners", "value": ["a", "b"] }), json!({ "op": "remove", "path": "owners" })]
    {
        assert_eq!(strictly(stored.clone(), operation), Err(Kind::Mutability));
    }
    assert_eq!(strictly(stored, json!({ "op": "replace", "path": "owners", "value": [] })), Err(Kind::InvalidValue));
}

#[test]
fn a_required_extension_stays_and_keeps_its_required_attributes() {
    let required = device(true);
    let stored = json!({ EXTENSION: { "row": "r" } });
    let remove = json!({ "op": "remove", "path": EXTENSION });
    assert_eq!(strictly_on(&required, stored.clone(), remove), Err(Kind::Mutability));
    assert_eq!(strictly(stored, json!({ "op": "remove", "path": format!("{EXTENSION}:row") })), Err(Kind::Mutability));
    assert_eq!(
        strictly(json!({}), json!({ "op": "add", "path": format!("{EXTENSION}:slot"), "value": 1 })),
        Err(Kind::InvalidValue)
    );
}

#[test]
fn what_lacks_a_required_extension_gets_it_or_is_disabled_and_nothing_else() {
    let required = device(true);
    let row = json!({ EXTENSION: { "row": "r" } });
    let tag = json!({ "op": "add", "path": "tags", "value": ["x"] });
    assert_eq!(strictly_on(&required, json!({}), tag.clone()), Err(Kind::InvalidValue));
    assert!(strictly_on(&required, row.clone(), tag).is_ok());
    assert_eq!(strictly_on(&required, json!({}), json!({ "op": "add", "value": row })), Ok(row));
    let disable = json!({ "op": "replace", "path": "active", "value": false });
    assert_eq!(strictly_on(&required, json!({}), disable), Ok(json!({ "active": false })));
}

#[test]
fn lists_of_simple_values_grow_and_shrink_by_value() {
    let stored = json!({ "tags": ["Red", "blue"] });
    let add = json!({ "op": "add", "path": "tags", "value": ["RED", "green"] });
    assert_eq!(strictly(stored.clone(), add), Ok(json!({ "tags": ["Red", "blue", "green"] })));
    for value in [json!("red"), json!(["red"]), json!([{ "value": "red" }]), json!({ "tags": ["red"] })] {
        let remove = json!({ "op": "remove", "path": "tags", "value": value });
        assert_eq!(strictly(stored.clone(), remove), Ok(json!({ "tags": ["blue"] })));
    }
    for value in [json!({}), json!([7]), json!([null])] {
        let remove = json!({ "op": "remove", "path": "tags", "value": value });
        assert_eq!(strictly(stored.clone(), remove), Err(Kind::InvalidValue));
    }
}

#[test]
fn lists_within_elements_grow_and_shrink_too() {
    let stored = json!({ "ports": [{ "value": 1, "labels": ["a"] }] });
    for (operation, labels) in [
        (json!({ "op": "add", "path": "ports[value eq 1].labels", "value": ["b"] }), json!(["a", "b"])),
        (json!({ "op": "replace", "path": "ports[value eq 1].labels", "value": ["b"] }), json!(["b"])),
        (json!({ "op": "remove", "path": "ports[value eq 1].labels", "value": ["a"] }), json!(null)),
        (json!({ "op": "add", "path": "ports[value eq 1]", "value": { "labels": ["b", "A"] } }), json!(["a", "b"])),
    ] {
        let after = strictly(stored.clone(), operation).unwrap();
        assert_eq!(after["ports"][0].get("labels").cloned().unwrap_or_default(), labels);
    }
}
