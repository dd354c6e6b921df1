//! Evaluation of conditions on one resource or element in canonical form.
//!
//! Evaluation cannot fail: a value that is not of the type that its definition names passes no test but `Present`.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::fold::fold_cow;
use crate::read::date_time::microseconds;

use super::condition::{Comparison, Condition, Field, Leaf, Operand, Place, SubTest, Test};
use super::number::Number;

impl<T> Condition<T> {
    /// How many tests the condition has: the cost of evaluating it once.
    pub fn size(&self) -> usize {
        match self {
            Self::Constant(_) | Self::Leaf(_) => 1,
            Self::And(operands) | Self::Or(operands) => operands.iter().map(Self::size).sum(),
            Self::Not(operand) => operand.size(),
        }
    }

    /// Whether the condition holds, given whether each leaf does.
    pub fn holds(&self, leaf_holds: &dyn Fn(&T) -> bool) -> bool {
        match self {
            Self::Constant(value) => *value,
            Self::And(operands) => operands.iter().all(|operand| operand.holds(leaf_holds)),
            Self::Or(operands) => operands.iter().any(|operand| operand.holds(leaf_holds)),
            Self::Not(operand) => !operand.holds(leaf_holds),
            Self::Leaf(leaf) => leaf_holds(leaf),
        }
    }
}

impl Condition<Leaf> {
    /// Whether the resource meets the condition. Everything, `id` and `meta` too, is read from the map.
    pub fn matches(&self, resource: &Map<String, Value>) -> bool {
        self.holds(&|leaf| match leaf {
            Leaf::Value { field, test } => values(field, resource).any(|value| test.passes(value, field.case_exact)),
            Leaf::Element { field, condition } => {
                field.elements(resource).filter_map(Value::as_object).any(|element| condition.matches(element))
            }
        })
    }
}

impl Condition<SubTest> {
    /// Whether one element meets the condition.
    pub fn matches(&self, element: &Map<String, Value>) -> bool {
        self.holds(&|leaf| {
            let mut values = element.get(&leaf.name).into_iter().flat_map(each);
            values.any(|value| leaf.test.passes(value, leaf.case_exact))
        })
    }
}

impl Field {
    /// The values of the attribute, without regard to the sub-attribute.
    pub(super) fn elements<'a>(&self, resource: &'a Map<String, Value>) -> impl Iterator<Item = &'a Value> + use<'a> {
        let home = match &self.place {
            Place::Core => Some(resource),
            Place::Extension(urn) => resource.get(urn).and_then(Value::as_object),
        };
        home.and_then(|home| home.get(&self.name)).into_iter().flat_map(each)
    }

    /// The values that one element contributes.
    pub(super) fn within<'a>(&self, element: &'a Value) -> impl Iterator<Item = &'a Value> + use<'a> {
        let value = match &self.sub {
            None => Some(element),
            Some(sub) => element.get(sub),
        };
        value.into_iter().flat_map(each)
    }
}

fn values<'a>(field: &'a Field, resource: &'a Map<String, Value>) -> impl Iterator<Item = &'a Value> {
    field.elements(resource).flat_map(|element| field.within(element))
}

/// The elements of a list, or the value itself.
fn each(value: &Value) -> std::slice::Iter<'_, Value> {
    match value {
        Value::Array(list) => list.iter(),
        single => std::slice::from_ref(single).iter(),
    }
}

impl Test {
    fn passes(&self, value: &Value, case_exact: bool) -> bool {
        let (comparison, operand) = match self {
            Self::Present => return present(value),
            Self::Compare(comparison, operand) => (*comparison, operand),
        };
        match (operand, value) {
            (Operand::Text(operand), Value::String(text)) => {
                comparison.of_text(&comparable_text(text, case_exact), operand)
            }
            (Operand::Number(operand), Value::Number(number)) => {
                Number::from_json(number).is_some_and(|number| comparison.of_ordered(&number, operand))
            }
            (Operand::Boolean(operand), Value::Bool(value)) => comparison.of_ordered(value, operand),
            (Operand::Instant(operand), Value::String(text)) => {
                microseconds(text).is_some_and(|instant| comparison.of_ordered(&instant, operand))
            }
            _ => false,
        }
    }
}

impl Comparison {
    fn of_text(self, value: &str, operand: &str) -> bool {
        match self {
            Self::Contains => value.contains(operand),
            Self::StartsWith => value.starts_with(operand),
            Self::EndsWith => value.ends_with(operand),
            ordered => ordered.of_ordered(value, operand),
        }
    }

    /// The comparisons of substrings hold for text only.
    fn of_ordered<T: Ord + ?Sized>(self, value: &T, operand: &T) -> bool {
        match self {
            Self::Equal => value == operand,
            Self::Greater => value > operand,
            Self::GreaterOrEqual => value >= operand,
            Self::Less => value < operand,
            Self::LessOrEqual => value <= operand,
            Self::Contains | Self::StartsWith | Self::EndsWith => false,
        }
    }
}

/// A text as it is compared.
pub(crate) fn comparable_text(text: &str, case_exact: bool) -> Cow<'_, str> {
    match case_exact {
        true => Cow::Borrowed(text),
        false => fold_cow(text),
    }
}

/// Null, the empty text and what holds nothing else are absent.
fn present(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => list.iter().any(present),
        Value::Object(members) => members.values().any(present),
        Value::Bool(_) | Value::Number(_) => true,
    }
}
