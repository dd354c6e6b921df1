//! Which attributes an answer holds: `attributes`, `excludedAttributes` and each attribute's `returned` (RFC 7644
//! section 3.9, RFC 7643 section 7).
//!
//! It hides and orders what a resource in canonical form carries. It computes no values.

mod names;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

use crate::error::{Invalid, Kind};
use crate::read::schemas_of;
use crate::schema::{Attribute, Mutability, Returned, TypeIndex};

use names::Names;

/// What an answer holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Projection {
    mode: Mode,
    names: Names,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// What is returned by default.
    Default,
    /// Only what is named, and what is always returned.
    Only,
    /// What is returned by default, except what is named.
    Except,
}

impl Projection {
    /// What is returned by default.
    pub fn all() -> Self {
        Self { mode: Mode::Default, names: Names::default() }
    }

    /// Reads `attributes` and `excludedAttributes`. An empty slice is a parameter that was not given; one that names nothing
    /// we know was, and asks for what is always returned. Names may be qualified by a URN or be the URN of an extension;
    /// unknown ones are ignored. `ignore_brackets` reads `emails[type eq "work"]` as `emails`.
    ///
    /// # Errors
    /// `invalidValue` when both are given, or for brackets that are not ignored.
    pub fn parse(
        attributes: &[&str],
        excluded: &[&str],
        index: &TypeIndex,
        ignore_brackets: bool,
    ) -> Result<Self, Invalid> {
        let (mode, given) = match (attributes.is_empty(), excluded.is_empty()) {
            (true, true) => return Ok(Self::all()),
            (false, true) => (Mode::Only, attributes),
            (true, false) => (Mode::Except, excluded),
            (false, false) => {
                let detail = "attributes and excludedAttributes exclude each other";
                return Err(Invalid::new(Kind::InvalidValue, detail));
            }
        };
        Ok(Self { mode, names: Names::parse(given, index, ignore_brackets)? })
    }

    /// Whether an answer may hold anything of that core attribute, one that is returned by default, so that a store can
    /// spare loading it.
    pub fn wants(&self, name: &str) -> bool {
        match (self.mode, self.names.find(None, name)) {
            (Mode::Default, _) => true,
            (Mode::Only, named) => named.is_some(),
            (Mode::Except, named) => named.is_none_or(|parts| !parts.is_empty()),
        }
    }

    /// The part of a resource that an answer holds, in the order of the definitions, `meta` last. `written` names what the
    /// request wrote ([`written`]): of attributes that are returned on request, those are part of its answer. `schemas`
    /// lists what the resource carries, hidden or not.
    pub fn apply(
        &self,
        index: &TypeIndex,
        mut resource: Map<String, Value>,
        written: Option<&[String]>,
    ) -> Map<String, Value> {
        let mut answer = Map::with_capacity(resource.len() + 1);
        answer.insert("schemas".to_owned(), schemas_of(index, &resource));
        let (last, first): (Vec<_>, Vec<_>) = index
            .core_attributes()
            .iter()
            .filter(|attribute| attribute.name != "schemas")
            .partition(|attribute| attribute.name == "meta");
        answer.extend(self.members(None, first, &mut resource, written));
        for (schema, _) in index.extensions() {
            let Some(Value::Object(object)) = resource.get_mut(&schema.id) else {
                continue;
            };
            let members: Map<_, _> = self.members(Some(&schema.id), &schema.attributes, object, written).collect();
            if !members.is_empty() {
                answer.insert(schema.id.clone(), Value::Object(members));
            }
        }
        answer.extend(self.members(None, last, &mut resource, written));
        answer
    }

    /// What an answer holds of one object, taken out of it.
    fn members<'a>(
        &'a self,
        home: Option<&'a str>,
        attributes: impl IntoIterator<Item = &'a Attribute> + 'a,
        object: &'a mut Map<String, Value>,
        written: Option<&'a [String]>,
    ) -> impl Iterator<Item = (String, Value)> + 'a {
        attributes.into_iter().filter_map(move |attribute| {
            let value = self.pick(home, attribute, object.swap_remove(&attribute.name)?, written)?;
            Some((attribute.name.clone(), value))
        })
    }

    /// What an answer holds of one attribute's value.
    fn pick(
        &self,
        home: Option<&str>,
        attribute: &Attribute,
        value: Value,
        written: Option<&[String]>,
    ) -> Option<Value> {
        let named = self.names.find(home, &attribute.name);
        let was_written = || written.is_some_and(|written| written.iter().any(|name| is_name(name, home, attribute)));
        let shown = match (visibility(attribute), self.mode) {
            (Returned::Never, _) => false,
            (Returned::Always, _) => true,
            (_, Mode::Only) => named.is_some(),
            (_, Mode::Except) if named.is_some_and(<[String]>::is_empty) => false,
            (Returned::Default, _) => true,
            (Returned::Request, _) => was_written(),
        };
        if !shown {
            return None;
        }
        let parts = named.unwrap_or_default();
        let shows = |sub: &Attribute| match (visibility(sub), self.mode, parts.contains(&sub.name)) {
            (Returned::Never, ..) => false,
            (Returned::Always, ..) | (_, Mode::Only, true) => true,
            (_, Mode::Only, false) if !parts.is_empty() => false,
            (_, Mode::Except, true) => false,
            (Returned::Default, ..) => true,
            (Returned::Request, ..) => was_written(),
        };
        match attribute.sub_attributes.iter().all(shows) {
            true => Some(value),
            false => cut(attribute, value, &shows),
        }
    }
}

/// The names of what a canonical body writes, for [`Projection::apply`]. Needed only by types that have attributes which
/// are returned on request.
pub fn written(index: &TypeIndex, body: &Map<String, Value>) -> Vec<String> {
    let mut names = Vec::new();
    for (name, value) in body {
        match (index.extension(name), value) {
            (Some(schema), Value::Object(members)) => {
                names.extend(members.keys().map(|member| format!("{}:{member}", schema.id)));
            }
            _ => names.push(name.clone()),
        }
    }
    names
}

fn is_name(name: &str, home: Option<&str>, attribute: &Attribute) -> bool {
    let name = match home {
        None => Some(name),
        Some(urn) => name.strip_prefix(urn).and_then(|rest| rest.strip_prefix(':')),
    };
    name == Some(attribute.name.as_str())
}

/// What cannot be read is never returned, whatever its definition says of `returned`.
fn visibility(attribute: &Attribute) -> Returned {
    match attribute.mutability {
        Mutability::WriteOnly => Returned::Never,
        _ => attribute.returned,
    }
}

/// The shown sub-attributes of a complex value or of each element of a list; `None` when nothing is shown.
fn cut(attribute: &Attribute, value: Value, shows: &impl Fn(&Attribute) -> bool) -> Option<Value> {
    match value {
        Value::Array(elements) => {
            let cut: Vec<_> = elements.into_iter().filter_map(|element| cut(attribute, element, shows)).collect();
            (!cut.is_empty()).then_some(Value::Array(cut))
        }
        Value::Object(members) => {
            let shown = |(name, _): &(String, Value)| attribute.sub(name).is_some_and(shows);
            let cut: Map<_, _> = members.into_iter().filter(shown).collect();
            (!cut.is_empty()).then_some(Value::Object(cut))
        }
        other => Some(other),
    }
}
