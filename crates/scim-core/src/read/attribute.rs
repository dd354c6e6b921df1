//! Reading one attribute's value by its type (RFC 7643 section 2.3).

use serde_json::Value;

use super::path::Path;
use super::{Context, date_time, format};
use crate::error::{Invalid, Kind};
use crate::policy::{Note, Policy};
use crate::schema::{Attribute, Home, Type, TypeIndex};

/// What every step of reading one body needs.
pub(super) struct Reader<'a> {
    pub(super) index: &'a TypeIndex,
    pub(super) context: Context,
    pub(super) policy: &'a Policy,
    pub(super) notes: &'a mut Vec<Note>,
}

/// Whose members are read.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    /// The resource itself or one of its extensions.
    pub(super) home: Home<'a>,
    /// The complex attribute, when its sub-attributes are read.
    pub(super) parent: Option<&'a Attribute>,
}

impl Reader<'_> {
    /// Reads an attribute: a list or a single value. A required one must not be unassigned.
    pub(super) fn attribute(
        &mut self,
        scope: Scope<'_>,
        attribute: &Attribute,
        value: Value,
        path: &Path<'_>,
    ) -> Result<Option<Value>, Invalid> {
        let read = match attribute.multi_valued {
            true => self.list(scope, attribute, value, path)?,
            false => self.single(scope, attribute, value, path)?,
        };
        let blank = || matches!(&read, Some(Value::String(text)) if text.trim().is_empty());
        if attribute.required && (read.is_none() || blank()) {
            return Err(required(path));
        }
        Ok(read)
    }

    /// Reads a single value, be it an element of a list or not.
    pub(super) fn single(
        &mut self,
        scope: Scope<'_>,
        attribute: &Attribute,
        value: Value,
        path: &Path<'_>,
    ) -> Result<Option<Value>, Invalid> {
        if is_unassigned(&value) {
            return Ok(None);
        }
        if attribute.kind != Type::Complex {
            self.check_simple(scope, attribute, &value).map_err(|detail| Invalid::value(path, detail))?;
            return Ok(Some(value));
        }
        let Value::Object(members) = value else {
            return Err(Invalid::value(path, "must be an object"));
        };
        let inner = Scope { home: scope.home, parent: Some(attribute) };
        let read = self.object(inner, &attribute.sub_attributes, members, path)?;
        let nothing = read.is_empty() || attribute.multi_valued && is_hollow(attribute, &read);
        if nothing {
            return Ok(None);
        }
        self.require(&attribute.sub_attributes, &read, path)?;
        Ok(Some(Value::Object(read)))
    }

    fn check_simple(&self, scope: Scope<'_>, attribute: &Attribute, value: &Value) -> Result<(), &'static str> {
        match (attribute.kind, value) {
            (Type::Boolean, Value::Bool(_)) | (Type::Decimal, Value::Number(_)) => Ok(()),
            (Type::Integer, Value::Number(number)) if number.is_i64() => Ok(()),
            (Type::Boolean, _) => Err("must be true or false"),
            (Type::Decimal, _) => Err("must be a number"),
            (Type::Integer, _) => Err("must be a whole number of at most 64 bits, without fraction or exponent"),
            (_, Value::String(text)) => self.check_text(scope, attribute, text),
            _ => Err("must be a string"),
        }
    }

    fn check_text(&self, scope: Scope<'_>, attribute: &Attribute, text: &str) -> Result<(), &'static str> {
        if text.contains('\0') {
            return Err("must not contain the character U+0000");
        }
        if attribute.kind == Type::DateTime && date_time::microseconds(text).is_none() {
            return Err("must be a date and time such as 2024-05-13T04:42:34Z");
        }
        match self.policy.check_formats {
            true => format::check(self.index, scope, attribute, text),
            false => Ok(()),
        }
    }
}

pub(super) fn required(path: impl std::fmt::Display) -> Invalid {
    Invalid::at(Kind::InvalidValue, path, "is required")
}

/// Null, the empty string, list and object are all the same: no value (RFC 7643 section 2.5).
fn is_unassigned(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(elements) => elements.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Whether an element says nothing but what kind of value it would be.
fn is_hollow(attribute: &Attribute, members: &serde_json::Map<String, Value>) -> bool {
    let is_label = |name: &str| matches!(name, "type" | "primary" | "display");
    members.keys().all(|name| is_label(name)) && !attribute.sub_attributes.iter().all(|sub| is_label(&sub.name))
}
