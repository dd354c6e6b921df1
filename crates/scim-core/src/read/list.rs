//! Reading the elements of a multi-valued attribute (RFC 7643 section 2.4).

use std::collections::HashMap;

use serde_json::Value;

use super::attribute::{Reader, Scope};
use super::path::Path;
use crate::error::Invalid;
use crate::fold::fold_cow;
use crate::policy::{Note, SecondPrimary};
use crate::schema::Attribute;

impl Reader<'_> {
    /// Reads a list. Unassigned elements are left out, elements of the same value and type collapse into the first, and
    /// at most one stays primary.
    pub(super) fn list(
        &mut self,
        scope: Scope<'_>,
        attribute: &Attribute,
        value: Value,
        path: &Path<'_>,
    ) -> Result<Option<Value>, Invalid> {
        let elements = match value {
            Value::Array(elements) => elements,
            Value::Null => return Ok(None),
            Value::String(text) if text.is_empty() => return Ok(None),
            Value::Object(members) if members.is_empty() => return Ok(None),
            _ => return Err(Invalid::value(path, "must be a list")),
        };
        let mut list =
            List { attribute, kept: Vec::with_capacity(elements.len()), known: HashMap::new(), primary: None };
        for (at, element) in elements.into_iter().enumerate() {
            let path = path.element(at);
            if let Some(element) = self.element(scope, attribute, element, &path)? {
                self.keep(&mut list, element, &path)?;
            }
        }
        Ok((!list.kept.is_empty()).then_some(Value::Array(list.kept)))
    }

    /// Reads one element of a list; `None` when nothing is left of it.
    pub(super) fn element(
        &mut self,
        scope: Scope<'_>,
        attribute: &Attribute,
        element: Value,
        path: &Path<'_>,
    ) -> Result<Option<Value>, Invalid> {
        let given = !element.is_null();
        let read = self.single(scope, attribute, element, path)?;
        if given && read.is_none() {
            Note::push(self.notes, Note::EmptyElementDropped, path);
        }
        Ok(read)
    }

    fn keep(&mut self, list: &mut List<'_>, element: Value, path: &Path<'_>) -> Result<(), Invalid> {
        let flagged = element.get("primary") == Some(&Value::Bool(true));
        let before = list.kept.len();
        let at = list.place(element);
        if at < before {
            Note::push(self.notes, Note::DuplicateDropped, path);
        }
        match list.primary {
            _ if !flagged => {}
            None => list.make_primary(at),
            Some(first) if first == at => {}
            Some(_) if self.policy.second_primary == SecondPrimary::Refuse => {
                return Err(Invalid::value(path, "is a second primary value; only one can be"));
            }
            Some(_) => {
                Note::push(self.notes, Note::SecondPrimaryDropped, path);
                list.flag(at, false);
            }
        }
        Ok(())
    }
}

/// The elements read so far.
struct List<'a> {
    attribute: &'a Attribute,
    kept: Vec<Value>,
    /// Where the element of that value and type stands.
    known: HashMap<String, usize>,
    primary: Option<usize>,
}

impl List<'_> {
    /// Appends an element unless an equal one is there; the position of the one or the other.
    fn place(&mut self, element: Value) -> usize {
        let at = self.kept.len();
        let known = match self.identity(&element) {
            Some(identity) => *self.known.entry(identity).or_insert(at),
            None => at,
        };
        if known == at {
            self.kept.push(element);
        }
        known
    }

    /// The pair of value and type; `None` for an element without `value`, such as an address.
    fn identity(&self, element: &Value) -> Option<String> {
        let Value::Object(members) = element else {
            return Some(text(element, self.attribute.compares_exactly()));
        };
        let value = members.get("value")?;
        let exact = self.attribute.sub("value").is_some_and(Attribute::compares_exactly);
        let mut identity = text(value, exact);
        if let Some(kind) = members.get("type") {
            // A NUL cannot be part of a value.
            identity.push('\0');
            identity.push_str(&text(kind, false));
        }
        Some(identity)
    }

    fn make_primary(&mut self, at: usize) {
        self.primary = Some(at);
        self.flag(at, true);
    }

    fn flag(&mut self, at: usize, primary: bool) {
        if let Some(flag) = self.kept.get_mut(at).and_then(Value::as_object_mut) {
            flag.insert("primary".to_owned(), Value::Bool(primary));
        }
    }
}

/// A simple value as text that is equal exactly when the values are.
fn text(value: &Value, exact: bool) -> String {
    match value {
        Value::String(text) if exact => text.clone(),
        Value::String(text) => fold_cow(text).into_owned(),
        other => other.to_string(),
    }
}
