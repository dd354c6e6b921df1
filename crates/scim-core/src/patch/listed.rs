//! The `value` of a `remove`: which elements of a list it names.
//!
//! RFC 7644 gives it no meaning, but clients send it and mean those elements only; taken by the letter it would empty the
//! list. What cannot be understood is refused, never taken as no value.

use scim_filter_parser::ast::{Comparison, ElementFilter, ElementTest, Expression, Literal, Operator};
use serde_json::{Map, Value};

use crate::error::Invalid;
use crate::schema::{Attribute, Type};

/// The items of a list that may be given as such, as one item, or as an object that holds it under the attribute's name.
pub(super) fn items<'a>(definition: &Attribute, value: &'a Value) -> Vec<&'a Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        Value::Object(members) => match wrapped(definition, members) {
            Some(Value::Array(items)) => items.iter().collect(),
            Some(item) => vec![item],
            None => vec![value],
        },
        item => vec![item],
    }
}

fn wrapped<'a>(definition: &Attribute, members: &'a Map<String, Value>) -> Option<&'a Value> {
    let mut members = members.iter();
    match (members.next(), members.next()) {
        (Some((name, value)), None) if name.eq_ignore_ascii_case(&definition.name) => Some(value),
        _ => None,
    }
}

/// The filter that selects the listed elements of a list of complex values; `None` when none is listed. An element is
/// named by its `value`, or, when that is not given, by all the sub-attributes that are.
pub(super) fn filter(definition: &Attribute, value: &Value, path: &str) -> Result<Option<ElementFilter>, Invalid> {
    let tests = items(definition, value).into_iter().enumerate().map(|(at, item)| {
        element(definition, item).ok_or_else(|| Invalid::value(format!("{path}[{at}]"), "does not name an element"))
    });
    Ok(any_of(tests.collect::<Result<_, _>>()?))
}

fn any_of(mut operands: Vec<ElementFilter>) -> Option<ElementFilter> {
    match operands.len() {
        0 | 1 => operands.pop(),
        _ => Some(Expression::Or(operands)),
    }
}

fn element(definition: &Attribute, item: &Value) -> Option<ElementFilter> {
    let members = match item {
        Value::Object(members) => members,
        scalar => return Some(Expression::Term(test(definition.sub("value")?, literal(scalar)?))),
    };
    let mut tests = Vec::new();
    for (name, value) in members.iter().filter(|(_, value)| !value.is_null()) {
        let Some(sub) = definition.sub(name) else { continue };
        let term = Expression::Term(test(sub, literal(value)?));
        if sub.name == "value" {
            return Some(term);
        }
        tests.push(term);
    }
    match tests.len() {
        0 | 1 => tests.pop(),
        _ => Some(Expression::And(tests)),
    }
}

fn test(sub: &Attribute, literal: Literal) -> ElementTest {
    ElementTest { name: sub.name.clone(), comparison: Comparison::Compare(Operator::Equal, literal) }
}

fn literal(value: &Value) -> Option<Literal> {
    match value {
        Value::String(text) => Some(Literal::String(text.clone())),
        Value::Number(number) => Some(Literal::Number(number.to_string())),
        Value::Bool(value) => Some(Literal::Boolean(*value)),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The listed values of a list of simple values.
pub(super) fn values(definition: &Attribute, value: &Value, path: &str) -> Result<Vec<Value>, Invalid> {
    let plain = |item: &Value| match item {
        Value::Object(members) => members.get("value").cloned(),
        item => Some(item.clone()),
    };
    let listed = items(definition, value).into_iter().enumerate().map(|(at, item)| {
        let value = plain(item).filter(|value| fits(definition.kind, value));
        value.ok_or_else(|| Invalid::value(format!("{path}[{at}]"), "does not name a value of this list"))
    });
    listed.collect()
}

fn fits(kind: Type, value: &Value) -> bool {
    match kind {
        Type::Boolean => value.is_boolean(),
        Type::Integer | Type::Decimal => value.is_number(),
        Type::String | Type::Reference | Type::Binary | Type::DateTime => value.is_string(),
        Type::Complex => false,
    }
}
