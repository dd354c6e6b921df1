//! Sort keys (RFC 7644 section 3.4.2.3): which value of a resource decides its place, and how two compare.
//!
//! Ties are left to the caller, who breaks them by id.

use std::cmp::Ordering;

use scim_filter_parser::ast::AttributePath;
use serde_json::{Map, Value};

use crate::error::{Invalid, Kind, clip};
use crate::read::date_time::microseconds;
use crate::schema::{Resolved, Type, TypeIndex};

use super::compile::{never_returned, sub_field, value_of, whole_field};
use super::condition::Field;
use super::matches::comparable_text;
use super::number::Number;

/// What resources are sorted by.
#[derive(Clone, Debug, PartialEq)]
pub struct SortKey {
    /// The values that are compared. Of a list, only the primary element counts, else the first.
    pub field: Field,
}

/// `sortOrder`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Smallest first, resources without a value last.
    #[default]
    Ascending,
    /// The reverse: resources without a value first.
    Descending,
}

/// A value to sort by. Values of one key are always of one variant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SortValue {
    /// A boolean; `false` comes before `true`.
    Boolean(bool),
    /// A number.
    Number(Number),
    /// A dateTime: microseconds since 1970 began in UTC.
    Instant(i64),
    /// Text by code point, already folded unless the attribute is case exact.
    Text(String),
}

/// Finds what `sortBy` names. A multi-valued complex attribute is sorted by its `value`.
///
/// # Errors
/// `invalidPath` when the name is unknown, the attribute is never returned, or it is complex and no sub-attribute is named.
pub fn compile(index: &TypeIndex, path: &AttributePath) -> Result<SortKey, Invalid> {
    let invalid = |why: &str| Invalid::at(Kind::InvalidPath, clip(&path.name), why);
    let found = index.resolve(path).ok_or_else(|| invalid("is not an attribute of this resource type"))?;
    if never_returned(found.attribute) || found.sub.is_some_and(never_returned) {
        return Err(invalid("is never returned and cannot be sorted by"));
    }
    let field = sorted_field(&found);
    match field.kind {
        Type::Complex => Err(invalid("is complex: sort by one of its sub-attributes")),
        _ => Ok(SortKey { field }),
    }
}

fn sorted_field(found: &Resolved<'_>) -> Field {
    let value = value_of(found.attribute).filter(|_| found.attribute.multi_valued);
    match found.sub.or(value) {
        Some(sub) => sub_field(found, sub),
        None => whole_field(found),
    }
}

impl SortKey {
    /// The value that decides the place of a resource; `None` when it has none.
    pub fn of(&self, resource: &Map<String, Value>) -> Option<SortValue> {
        let is_primary = |element: &&Value| element.get("primary") == Some(&Value::Bool(true));
        let element =
            self.field.elements(resource).find(is_primary).or_else(|| self.field.elements(resource).next())?;
        self.read(self.field.within(element).next()?)
    }

    fn read(&self, value: &Value) -> Option<SortValue> {
        match value {
            Value::String(text) if self.field.kind == Type::DateTime => microseconds(text).map(SortValue::Instant),
            Value::String(text) => Some(SortValue::Text(comparable_text(text, self.field.case_exact).into_owned())),
            Value::Number(number) => Number::from_json(number).map(SortValue::Number),
            Value::Bool(value) => Some(SortValue::Boolean(*value)),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        }
    }
}

impl Order {
    /// Compares two resources by what [`SortKey::of`] gave for each.
    pub fn compare(self, left: Option<&SortValue>, right: Option<&SortValue>) -> Ordering {
        let ascending = match (left, right) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            (Some(left), Some(right)) => left.cmp(right),
        };
        match self {
            Self::Ascending => ascending,
            Self::Descending => ascending.reverse(),
        }
    }
}
