//! Equality of values by the rules of their definition, and the bound on how many comparisons one request may cause.

use serde_json::{Map, Value};

use crate::error::{Invalid, Kind};
use crate::evaluate::{Number, case_exact, comparable_text};
use crate::schema::Attribute;

/// Comparisons left. Operations times elements would otherwise be a way to keep a server busy with one small request.
#[derive(Debug)]
pub(super) struct Budget(usize);

impl Budget {
    pub(super) fn new() -> Self {
        Self(10_000_000)
    }

    pub(super) fn spend(&mut self, comparisons: usize) -> Result<(), Invalid> {
        match self.0.checked_sub(comparisons) {
            Some(left) => {
                self.0 = left;
                Ok(())
            }
            None => Err(Invalid::new(Kind::TooMany, "the operations ask for too many comparisons of list elements")),
        }
    }
}

/// Whether two values of an attribute, or two elements of its list, are equal.
pub(super) fn equal(definition: &Attribute, left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::String(left), Value::String(right)) => {
            let exact = case_exact(definition);
            comparable_text(left, exact) == comparable_text(right, exact)
        }
        (Value::Number(left), Value::Number(right)) => Number::from_json(left) == Number::from_json(right),
        (Value::Object(left), Value::Object(right)) => left.len() == right.len() && holds_all(definition, left, right),
        _ => left == right,
    }
}

/// Whether every sub-attribute of `given` has an equal value in `element`.
pub(super) fn holds_all(definition: &Attribute, element: &Map<String, Value>, given: &Map<String, Value>) -> bool {
    given.keys().all(|name| same_part(definition, name, element, given))
}

/// Whether two elements have the same `value` and the same `type`: they are one element, written twice.
pub(super) fn same_identity(definition: &Attribute, left: &Map<String, Value>, right: &Map<String, Value>) -> bool {
    right.contains_key("value") && ["value", "type"].iter().all(|name| same_part(definition, name, left, right))
}

fn same_part(definition: &Attribute, name: &str, left: &Map<String, Value>, right: &Map<String, Value>) -> bool {
    match (left.get(name), right.get(name), definition.sub(name)) {
        (Some(left), Some(right), Some(sub)) => equal(sub, left, right),
        (left, right, _) => left == right,
    }
}

/// A text that equal elements share: that of the `value`, or of the element itself when it is simple. `None` for an element
/// without `value`, such as an address.
pub(super) fn key(definition: &Attribute, element: &Value) -> Option<String> {
    let (definition, value) = match element {
        Value::Object(members) => (definition.sub("value")?, members.get("value")?),
        simple => (definition, simple),
    };
    Some(match value {
        Value::String(text) => comparable_text(text, case_exact(definition)).into_owned(),
        // Numbers that are equal may be spelled differently; floating point brings them together.
        Value::Number(number) => number.as_f64().unwrap_or_default().to_string(),
        other => other.to_string(),
    })
}
