use serde_json::json;

use super::super::*;
use super::device;
use crate::error::Kind;
use crate::schema::builtin::registry;

#[test]
fn a_replacement_need_not_repeat_what_it_cannot_change_or_read() {
    let device = device();
    let body = || json!({ "urn:example:Extra": { "site": "a" } });
    let read = |context| resource(&device, body(), context, &Policy::tolerant(), &mut Vec::new());
    assert_eq!(read(Context::Create).unwrap_err().path.as_deref(), Some("serial"));
    assert!(read(Context::Replace).is_ok());
}

#[test]
fn replacing_keeps_what_clients_cannot_write() {
    let device = device();
    let map = |value: Value| value.as_object().cloned().unwrap();
    let stored = map(json!({
        "schemas": [], "id": "1", "meta": { "version": "v" }, "serial": "S", "secret": "x", "slots": 4,
        "urn:example:Extra": { "site": "a", "rack": "r" },
    }));
    let replace = |incoming: Value| mutability::replace(&device, &stored, map(incoming));
    let replaced = replace(json!({ "serial": "s", "urn:example:Extra": { "site": "b" } })).unwrap();
    let expected = json!({
        "schemas": ["urn:example:Device", "urn:example:Extra"], "id": "1", "meta": { "version": "v" },
        "serial": "S", "secret": "x", "urn:example:Extra": { "site": "b" },
    });
    assert_eq!(Value::Object(replaced), expected);
    assert_eq!(replace(json!({ "secret": "y" })).unwrap()["secret"], "y");
    let error = replace(json!({ "serial": "other" })).unwrap_err();
    assert_eq!((error.kind, error.path.as_deref()), (Kind::Mutability, Some("serial")));
}

#[test]
fn immutable_parts_of_the_same_member_must_match() {
    let group = registry().index("Group").unwrap();
    let stored = json!({ "displayName": "g", "members": [{ "value": "u1", "type": "User", "$ref": "x" }] });
    let replace = |members: Value| {
        let incoming = json!({ "displayName": "h", "members": members });
        mutability::replace(&group, stored.as_object().unwrap(), incoming.as_object().cloned().unwrap())
    };
    let replaced = replace(json!([{ "value": "U1" }, { "value": "u2", "type": "Group" }])).unwrap();
    let expected = json!([{ "value": "u1", "type": "User", "$ref": "x" }, { "value": "u2", "type": "Group" }]);
    assert_eq!(replaced["members"], expected);
    let error = replace(json!([{ "value": "u1", "type": "Group" }])).unwrap_err();
    assert_eq!((error.kind, error.path.as_deref()), (Kind::Mutability, Some("members.type")));
    assert!(replace(json!([])).is_ok());
}
