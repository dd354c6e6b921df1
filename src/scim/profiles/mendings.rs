//! The mendings of values: one function each, which brings a value into the shape that its definition asks for and says
//! whether it had to. A value without exactly one such reading is left as it is, for the core to refuse.
//!
//! Each takes time linear in the value, moves what is there and does not recurse; `walk` leads them through a body.

use scim_core::json;
use scim_core::schema::{Attribute, Mutability, Type, walk};
use serde_json::{Map, Number, Value};

use super::Tolerance;

type Mending = fn(&Attribute, &mut Value) -> bool;

/// What an attribute as a whole may need, in this order.
const OF_ATTRIBUTES: [(Tolerance, Mending); 2] =
    [(Tolerance::ListForSingleValue, list_for_single_value), (Tolerance::SingleValueForList, single_value_for_list)];

/// What each of its values may need, in this order.
const OF_VALUES: [(Tolerance, Mending); 5] = [
    (Tolerance::ScalarForComplex, scalar_for_complex),
    (Tolerance::JsonTextInValue, json_text_in_value),
    (Tolerance::DisplayNameForDisplay, display_name_for_display),
    (Tolerance::BooleanAsText, boolean_as_text),
    (Tolerance::NumberAsText, number_as_text),
];

/// Mends one attribute without its sub-attributes. Read-only ones are ignored by the core anyhow.
pub(super) fn attribute(definition: &Attribute, value: &mut Value, fired: &mut Vec<Tolerance>) {
    if definition.mutability != Mutability::ReadOnly {
        mend(&OF_ATTRIBUTES, definition, value, fired);
        mend_each(&OF_VALUES, definition, value, fired);
    }
}

/// Mends one attribute with its sub-attributes.
pub(super) fn whole(definition: &Attribute, value: &mut Value, fired: &mut Vec<Tolerance>) {
    walk::attribute(definition, value, &mut |definition, value| {
        attribute(definition, value, fired);
    });
}

/// Mends what is given for one element of a list, with its sub-attributes: a list here is no list of elements.
pub(super) fn element(definition: &Attribute, value: &mut Value, fired: &mut Vec<Tolerance>) {
    walk::attribute(definition, value, &mut |part, value| match std::ptr::eq(part, definition) {
        true => mend_each(&OF_VALUES, part, value, fired),
        false => attribute(part, value, fired),
    });
}

/// Mends what a `remove` lists. The core takes every shape; but a value that was opened when it came must be when it goes.
pub(super) fn listed(definition: &Attribute, value: &mut Value, fired: &mut Vec<Tolerance>) {
    let opening = [(Tolerance::JsonTextInValue, json_text_in_value as Mending)];
    mend_each(&opening, definition, value, fired);
}

fn mend(mendings: &[(Tolerance, Mending)], definition: &Attribute, value: &mut Value, fired: &mut Vec<Tolerance>) {
    for (tolerance, mending) in mendings {
        if mending(definition, value) {
            tolerance.note(fired);
        }
    }
}

fn mend_each(mendings: &[(Tolerance, Mending)], definition: &Attribute, value: &mut Value, fired: &mut Vec<Tolerance>) {
    let values = match value {
        Value::Array(elements) if definition.multi_valued => elements.as_mut_slice(),
        one => std::slice::from_mut(one),
    };
    for value in values {
        mend(mendings, definition, value, fired);
    }
}

/// A boolean as text, in any case. Only the two words: `"1"`, `"0"`, `"yes"` stay. (T-11; E-U3, E-U7, E-U13)
///
/// - broken: `{"active": "True"}`, `{"op": "Replace", "path": "active", "value": "False"}`
/// - mended: `{"active": true}`, `{"op": "Replace", "path": "active", "value": false}`
pub(super) fn boolean_as_text(definition: &Attribute, value: &mut Value) -> bool {
    let word = match (definition.kind, &*value) {
        (Type::Boolean, Value::String(text)) if text.eq_ignore_ascii_case("true") => true,
        (Type::Boolean, Value::String(text)) if text.eq_ignore_ascii_case("false") => false,
        _ => return false,
    };
    *value = Value::Bool(word);
    true
}

/// A number as text, when the number is written exactly so: `"7"`, not `"07"`, `"+7"` or `"7.0"`. (T-11)
///
/// - broken: `{"urn:example:Badge": {"floor": "7"}}`, `{"count": "100"}` in a search
/// - mended: `{"urn:example:Badge": {"floor": 7}}`, `{"count": 100}`
pub(super) fn number_as_text(definition: &Attribute, value: &mut Value) -> bool {
    match definition.kind {
        Type::Integer | Type::Decimal => number_from_text(value),
        _ => false,
    }
}

/// Puts the number in the place of its text.
pub(super) fn number_from_text(value: &mut Value) -> bool {
    let Value::String(text) = value else { return false };
    match serde_json::from_str::<Number>(text) {
        Ok(number) if number.to_string() == *text => {
            *value = Value::Number(number);
            true
        }
        _ => false,
    }
}

/// The `value` of a complex attribute, or of an element of a list, without the object around it. (T-16; E-U18, E-U19, E-V8)
///
/// - broken: `{"op": "Add", "path": "urn:...:enterprise:2.0:User:manager", "value": "m1"}`, `{"members": ["u1"]}`
/// - mended: the same with `"value": {"value": "m1"}`, `{"members": [{"value": "u1"}]}`
pub(super) fn scalar_for_complex(definition: &Attribute, value: &mut Value) -> bool {
    let is_scalar = match &*value {
        Value::String(text) => !text.is_empty(),
        Value::Number(_) | Value::Bool(_) => true,
        Value::Null | Value::Array(_) | Value::Object(_) => false,
    };
    let fits = is_scalar && definition.kind == Type::Complex && definition.sub("value").is_some();
    if fits {
        *value = Value::Object(Map::from_iter([("value".to_owned(), value.take())]));
    }
    fits
}

/// A list around the only value of a complex attribute that is no list. (T-16; E-U20)
///
/// - broken: `{"op": "Add", "path": "manager", "value": [{"$ref": "http://x/Users/m1", "value": "m1"}]}`
/// - mended: `{"op": "Add", "path": "manager", "value": {"$ref": "http://x/Users/m1", "value": "m1"}}`
pub(super) fn list_for_single_value(definition: &Attribute, value: &mut Value) -> bool {
    let only = match value {
        Value::Array(elements) if !definition.multi_valued && definition.kind == Type::Complex => elements,
        _ => return false,
    };
    match only.as_mut_slice() {
        [Value::Array(_)] => false,
        [element] => {
            *value = element.take();
            true
        }
        _ => false,
    }
}

/// One value where a list is asked for. What is no value (null, `""`, `{}`) stays: it empties the list. (T-16; E-V8)
///
/// - broken: `{"emails": {"value": "a@b.example"}}`, `{"op": "add", "path": "members", "value": "u1"}`
/// - mended: `{"emails": [{"value": "a@b.example"}]}`, and the second, with [`scalar_for_complex`],
///   `{"op": "add", "path": "members", "value": [{"value": "u1"}]}`
pub(super) fn single_value_for_list(definition: &Attribute, value: &mut Value) -> bool {
    let is_value = match &*value {
        Value::String(text) => !text.is_empty(),
        Value::Object(members) => !members.is_empty(),
        Value::Number(_) | Value::Bool(_) => true,
        Value::Null | Value::Array(_) => false,
    };
    let fits = is_value && definition.multi_valued;
    if fits {
        *value = Value::Array(vec![value.take()]);
    }
    fits
}

/// `displayName` in members, roles and the like, which have only `display`. The manager's `displayName` is its own
/// attribute and stays. (T-17; E-U24, E-V8)
///
/// - broken: `{"roles": [{"value": "A", "displayName": "Auditor"}]}`
/// - mended: `{"roles": [{"value": "A", "display": "Auditor"}]}`
pub(super) fn display_name_for_display(definition: &Attribute, value: &mut Value) -> bool {
    let Value::Object(members) = value else { return false };
    if definition.sub("display").is_none() || definition.sub("displayName").is_some() || has(members, "display") {
        return false;
    }
    let Some(name) = only_key(members, "displayName").filter(|name| members.get(name).is_some_and(Value::is_string))
    else {
        return false;
    };
    let text = members.shift_remove(&name).unwrap_or_default();
    members.insert("display".to_owned(), text);
    true
}

/// A role whose `value` is the JSON text of a role. Opened only when that text is an object with a `value` that is a text;
/// what the role says itself stays. (T-17; E-U22)
///
/// - broken: `{"op": "Add", "path": "roles", "value": [{"value": "{\"id\":\"g\",\"value\":\"25\",\"displayName\":\"R\"}"}]}`
/// - mended: `{"op": "Add", "path": "roles", "value": [{"value": "25", "displayName": "R"}]}`, and then as any role
pub(super) fn json_text_in_value(definition: &Attribute, value: &mut Value) -> bool {
    let Value::Object(role) = value else { return false };
    let Some(key) = only_key(role, "value").filter(|_| definition.name == "roles") else {
        return false;
    };
    let Some(mut inner) = role.get(&key).and_then(object_in_text) else {
        return false;
    };
    // Text with a NUL is no value of a role; as it was sent, it is one.
    let readable = |value: &Value| value.as_str().is_some_and(|text| !text.contains('\0'));
    let Some(text) = take(&mut inner, "value").filter(readable) else {
        return false;
    };
    role.insert(key, text);
    for name in ["display", "displayName", "type", "primary"] {
        if let Some(given) = take(&mut inner, name).filter(|_| !has(role, name)) {
            role.insert(name.to_owned(), given);
        }
    }
    true
}

/// The object that a text is the JSON of.
fn object_in_text(value: &Value) -> Option<Map<String, Value>> {
    let text = value.as_str().filter(|text| text.trim_start().starts_with('{'))?;
    match json::parse(text.as_bytes()) {
        Ok(Value::Object(members)) => Some(members),
        _ => None,
    }
}

fn has(members: &Map<String, Value>, name: &str) -> bool {
    members.keys().any(|key| key.eq_ignore_ascii_case(name))
}

/// The only key that is this name, whatever its case. A name that comes twice is the core's to refuse.
fn only_key(members: &Map<String, Value>, name: &str) -> Option<String> {
    let mut found = members.keys().filter(|key| key.eq_ignore_ascii_case(name));
    let first = found.next()?;
    found.next().is_none().then(|| first.clone())
}

fn take(members: &mut Map<String, Value>, name: &str) -> Option<Value> {
    only_key(members, name).and_then(|key| members.shift_remove(&key))
}
