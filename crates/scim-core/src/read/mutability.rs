//! What a replacement may change (RFC 7644 section 3.5.1).

use serde_json::{Map, Value};

use super::schemas;
use crate::error::{Invalid, Kind};
use crate::fold;
use crate::schema::{Attribute, Mutability, TypeIndex};

/// What a stored resource becomes when a client replaces it. `incoming` was read by [`super::resource()`]. Attributes that
/// the client may write and left out are gone; read-only, write-only and immutable ones that it left out stay.
///
/// # Errors
/// `mutability` when an immutable attribute has a value and the client sends another.
pub fn replace(
    index: &TypeIndex,
    stored: &Map<String, Value>,
    mut incoming: Map<String, Value>,
) -> Result<Map<String, Value>, Invalid> {
    settle(index.core_attributes(), stored, &mut incoming, "")?;
    for (schema, _) in index.extensions() {
        let none = Map::new();
        let before = stored.get(&schema.id).and_then(Value::as_object).unwrap_or(&none);
        let mut after = match incoming.shift_remove(&schema.id) {
            Some(Value::Object(object)) => object,
            _ => Map::new(),
        };
        settle(&schema.attributes, before, &mut after, &format!("{}:", schema.id))?;
        if !after.is_empty() {
            incoming.insert(schema.id.clone(), Value::Object(after));
        }
    }
    incoming.insert("schemas".to_owned(), schemas::of(index, &incoming));
    Ok(incoming)
}

fn settle(
    definitions: &[Attribute],
    stored: &Map<String, Value>,
    incoming: &mut Map<String, Value>,
    prefix: &str,
) -> Result<(), Invalid> {
    for attribute in definitions {
        let name = attribute.name.as_str();
        let Some(before) = stored.get(name) else { continue };
        let refuse = |sub: &str| {
            let path = format!("{prefix}{name}{sub}");
            Err(Invalid::at(Kind::Mutability, path, "has a value already and cannot be changed"))
        };
        let keep = match (attribute.mutability, incoming.get_mut(name)) {
            (Mutability::ReadOnly, _) => true,
            (Mutability::Immutable, Some(after)) if !same(attribute, before, after) => return refuse(""),
            (Mutability::Immutable, _) => true,
            (Mutability::WriteOnly, after) => after.is_none(),
            (Mutability::ReadWrite, None) => false,
            (Mutability::ReadWrite, Some(after)) => {
                if let Some(sub) = settle_parts(attribute, before, after) {
                    return refuse(&format!(".{sub}"));
                }
                false
            }
        };
        if keep {
            incoming.insert(name.to_owned(), before.clone());
        }
    }
    Ok(())
}

/// Settles the immutable sub-attributes of a complex attribute: of a single value, or of the elements of a list, which
/// are the same when their `value` is. The name of one that would change.
fn settle_parts<'a>(attribute: &'a Attribute, before: &Value, after: &mut Value) -> Option<&'a str> {
    let is_fixed = |sub: &&Attribute| sub.mutability == Mutability::Immutable;
    let fixed: Vec<_> = attribute.sub_attributes.iter().filter(is_fixed).collect();
    if fixed.is_empty() {
        return None;
    }
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => settle_element(&fixed, before, after),
        (Value::Array(before), Value::Array(after)) => {
            let key = |element: &Value| attribute.sub("value").and_then(|sub| comparable(sub, element.get("value")?));
            let known: std::collections::HashMap<_, _> =
                before.iter().filter_map(|element| Some((key(element)?, element.as_object()?))).collect();
            after.iter_mut().find_map(|element| {
                let before = known.get(&key(element)?)?;
                settle_element(&fixed, before, element.as_object_mut()?)
            })
        }
        _ => None,
    }
}

fn settle_element<'a>(
    fixed: &[&'a Attribute],
    before: &Map<String, Value>,
    after: &mut Map<String, Value>,
) -> Option<&'a str> {
    for sub in fixed {
        let Some(stored) = before.get(&sub.name) else { continue };
        if after.get(&sub.name).is_some_and(|given| !same(sub, stored, given)) {
            return Some(&sub.name);
        }
        after.insert(sub.name.clone(), stored.clone());
    }
    None
}

/// Whether two values are the same to their attribute. Lists are compared without regard to order.
fn same(attribute: &Attribute, left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Array(left), Value::Array(right)) => {
            let holds = |list: &[Value], value: &Value| list.iter().any(|other| same(attribute, other, value));
            left.len() == right.len() && left.iter().all(|value| holds(right, value))
        }
        (Value::Object(left), Value::Object(right)) => attribute
            .sub_attributes
            .iter()
            .filter(|sub| sub.mutability != Mutability::ReadOnly && !attribute.fills_in(sub))
            .all(|sub| match (left.get(&sub.name), right.get(&sub.name)) {
                (Some(left), Some(right)) => same(sub, left, right),
                (None, None) => true,
                _ => false,
            }),
        (left, right) => comparable(attribute, left) == comparable(attribute, right),
    }
}

/// A simple value in the form in which it is compared.
fn comparable(attribute: &Attribute, value: &Value) -> Option<Value> {
    match value {
        Value::String(text) if !attribute.compares_exactly() => Some(Value::String(fold::fold(text))),
        Value::Null => None,
        other => Some(other.clone()),
    }
}
