//! Operations read against the schemas: targets are found, mutability that does not depend on the resource is judged, and
//! values are read into canonical form.

use std::collections::HashSet;

use scim_filter_parser::ast::{ElementFilter, Path};
use scim_filter_parser::{Dialect, parse_path};
use serde_json::Value;

use crate::error::{Invalid, Kind, clip};
use crate::evaluate::{Leniency, Unknown, compile_element};
use crate::policy::{Note, Policy, UnknownAttributes, UnknownPaths};
use crate::schema::{Attribute, Home, Mutability, Resolved, Schema, Type, TypeIndex, fold_name};

use super::envelope::{Request, Verb};
use super::operation::{Change, Edit, Operation, Part, Selection, Target};
use super::values::Budget;
use super::{MemberChange, Patch};

/// Where a name was given, which decides how strictly it is taken.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// In `path`: the client means exactly this.
    Path,
    /// As a key of a value without path: clients send whole resources here.
    Key,
}

/// What an operation addresses, and what the client called it.
#[derive(Clone, Copy)]
pub(super) struct Site<'a> {
    pub(super) at: Resolved<'a>,
    pub(super) label: &'a str,
}

impl<'a> Site<'a> {
    /// The attribute, or the sub-attribute when one is named.
    pub(super) fn definition(&self) -> &'a Attribute {
        self.at.sub.unwrap_or(self.at.attribute)
    }
}

/// Reads the operations of one request, one after the other.
pub(super) struct Reader<'a> {
    pub(super) index: &'a TypeIndex,
    pub(super) policy: &'a Policy,
    dialect: &'a Dialect<'a>,
    external: Option<&'a str>,
    operations: Vec<Operation>,
    pub(super) members: Vec<MemberChange>,
    pub(super) notes: Vec<Note>,
    pub(super) budget: Budget,
}

impl<'a> Reader<'a> {
    pub(super) fn new(
        index: &'a TypeIndex,
        policy: &'a Policy,
        dialect: &'a Dialect<'a>,
        external: Option<&'a str>,
    ) -> Self {
        let (operations, members, notes) = (Vec::new(), Vec::new(), Vec::new());
        Self { index, policy, dialect, external, operations, members, notes, budget: Budget::new() }
    }

    pub(super) fn finish(self) -> Patch {
        Patch { members: self.members, notes: self.notes, operations: self.operations }
    }

    pub(super) fn read(&mut self, request: &Request<'_>) -> Result<(), Invalid> {
        if request.value.is_none() && request.verb != Verb::Remove {
            return Err(Invalid::value(request.path.map_or("Operations", clip), "needs a value"));
        }
        let Some(text) = request.path else {
            return self.read_keys(request.verb, request.value);
        };
        let path = parse_path(text, self.dialect)
            .map_err(|error| Invalid::at(Kind::InvalidPath, clip(text), format!("is no path: {error}")))?;
        self.read_path(request.verb, &path, text, request.value, Origin::Path)
    }

    /// An operation without path: every key of its value names an attribute.
    fn read_keys(&mut self, verb: Verb, value: Option<&Value>) -> Result<(), Invalid> {
        if verb == Verb::Remove {
            return Err(Invalid::new(Kind::NoTarget, "a remove operation needs a path"));
        }
        let Some(Value::Object(members)) = value else {
            return Err(Invalid::value("value", "must be an object when the operation has no path"));
        };
        refuse_duplicates(members.keys())?;
        members.iter().try_for_each(|(key, value)| self.read_key(verb, key, value))
    }

    fn read_key(&mut self, verb: Verb, key: &str, value: &Value) -> Result<(), Invalid> {
        let index = self.index;
        if let Some(attribute) = index.core(key) {
            let at = Resolved { home: Home::Core, attribute, sub: None };
            return self.read_attribute(verb, Site { at, label: key }, Some(value), Origin::Key);
        }
        if let Some(schema) = index.extension(key) {
            return self.read_extension(verb, schema, Some(value), key);
        }
        match parse_path(key, self.dialect) {
            Ok(path) if self.policy.path_keys => self.read_path(verb, &path, key, Some(value), Origin::Key),
            _ => self.read_unknown(key, Origin::Key),
        }
    }

    fn read_path(
        &mut self,
        verb: Verb,
        path: &Path,
        label: &str,
        value: Option<&Value>,
        origin: Origin,
    ) -> Result<(), Invalid> {
        let index = self.index;
        let (attribute_path, brackets) = match path {
            Path::Schema(urn) => {
                return match index.extension(urn) {
                    Some(schema) => self.read_extension(verb, schema, value, label),
                    None => self.read_keys(verb, value),
                };
            }
            Path::Attribute(attribute) => (attribute, None),
            Path::Element { path, filter, sub } => (path, Some((filter, sub.as_deref()))),
        };
        let Some(at) = index.resolve(attribute_path) else {
            return self.read_unknown(label, origin);
        };
        let Some((filter, sub_name)) = brackets else {
            return self.read_attribute(verb, Site { at, label }, value, origin);
        };
        let sub = sub_name.map(|name| at.attribute.sub(name));
        match sub {
            Some(None) => self.read_unknown(label, origin),
            sub => {
                let at = Resolved { sub: sub.flatten(), ..at };
                self.read_brackets(verb, Site { at, label }, filter, value, origin)
            }
        }
    }

    fn read_unknown(&mut self, label: &str, origin: Origin) -> Result<(), Invalid> {
        let refuse = |kind| Err(Invalid::at(kind, clip(label), "is no attribute of this type"));
        match (origin, self.policy.unknown_paths, self.policy.unknown_attributes) {
            (Origin::Path, UnknownPaths::Refuse, _) => refuse(Kind::InvalidPath),
            (Origin::Path, UnknownPaths::Skip, _) => {
                Note::push(&mut self.notes, Note::UnknownPathSkipped, label);
                Ok(())
            }
            (Origin::Key, _, UnknownAttributes::Refuse) => refuse(Kind::InvalidSyntax),
            (Origin::Key, _, UnknownAttributes::Ignore) => {
                Note::push(&mut self.notes, Note::UnknownAttributeIgnored, label);
                Ok(())
            }
        }
    }

    /// An extension as a whole: its object is merged, or removed.
    fn read_extension(
        &mut self,
        verb: Verb,
        schema: &'a Schema,
        value: Option<&Value>,
        label: &str,
    ) -> Result<(), Invalid> {
        let home = Home::Extension(&schema.id);
        match (verb, value) {
            (Verb::Remove, _) | (Verb::Replace, Some(Value::Null)) => {
                let required = self.index.extensions().any(|(other, required)| required && other.id == schema.id);
                if required {
                    return Err(Invalid::at(Kind::Mutability, clip(label), "is required and cannot be removed"));
                }
                for attribute in
                    schema.attributes.iter().filter(|attribute| attribute.mutability != Mutability::ReadOnly)
                {
                    let target = Target::new(home, attribute, &attribute.name);
                    self.operations.push(Operation { target, change: Change::Whole(Edit::Unset) });
                }
                Ok(())
            }
            (Verb::Add, Some(Value::Null)) => Ok(()),
            (_, Some(Value::Object(members))) => {
                refuse_duplicates(members.keys())?;
                members.iter().try_for_each(|(key, value)| {
                    let label = format!("{}:{key}", schema.id);
                    let Some((_, attribute)) = self.index.in_extension(&schema.id, key) else {
                        return self.read_unknown(&label, Origin::Key);
                    };
                    let at = Resolved { home, attribute, sub: None };
                    self.read_attribute(verb, Site { at, label: &label }, Some(value), Origin::Key)
                })
            }
            _ => Err(Invalid::value(clip(label), "must be an object")),
        }
    }

    /// An attribute or a sub-attribute, without brackets.
    fn read_attribute(
        &mut self,
        verb: Verb,
        site: Site<'_>,
        value: Option<&Value>,
        origin: Origin,
    ) -> Result<(), Invalid> {
        let Resolved { home, attribute, sub } = site.at;
        if !self.may_write(site, origin)? {
            return Ok(());
        }
        if self.is_external(site) {
            return self.read_members(verb, site, None, value);
        }
        if home == Home::Core && attribute.name == "schemas" {
            return match (verb, value) {
                (Verb::Remove, None | Some(Value::Null)) => Err(required_removed(site)),
                _ => Ok(()),
            };
        }
        let change = match (sub, attribute.multi_valued) {
            (Some(sub), false) => self.edit(verb, site, value)?.map(|edit| Change::Parts(vec![part(sub, edit)])),
            // Without brackets a sub-attribute is that of every element, or of a new one.
            (Some(_), true) => {
                let every = Selection { filter: None, seed: Some(serde_json::Map::new()), creates: true };
                self.action(verb, site, value)?.map(|action| Change::Elements(every, action))
            }
            (None, _) => self.whole(verb, site, value)?,
        };
        self.push(site, change);
        Ok(())
    }

    /// Elements of a list, selected by a filter in brackets.
    fn read_brackets(
        &mut self,
        verb: Verb,
        site: Site<'_>,
        filter: &ElementFilter,
        value: Option<&Value>,
        origin: Origin,
    ) -> Result<(), Invalid> {
        let attribute = site.at.attribute;
        if !attribute.multi_valued || attribute.kind != Type::Complex {
            return Err(Invalid::at(
                Kind::InvalidPath,
                clip(site.label),
                "selects from what is no list of complex values",
            ));
        }
        let condition = compile_element(attribute, filter, self.leniency(), Unknown::Refuse)?;
        if !self.may_write(site, origin)? {
            return Ok(());
        }
        if self.is_external(site) {
            return self.read_members(verb, site, Some((filter, condition)), value);
        }
        let change = match (verb, site.at.sub) {
            (Verb::Remove, None) => Some(self.removal_within(site, condition, value)?),
            _ => {
                // Removing what is in no element is no error: with a seed that may be used, there is nothing to do.
                let (seed, creates) = match verb {
                    Verb::Remove => (Some(serde_json::Map::new()), true),
                    verb => (self.seed(site, filter, &condition), verb == Verb::Add),
                };
                let selection = Selection { filter: Some(condition), seed, creates };
                self.action(verb, site, value)?.map(|action| Change::Elements(selection, action))
            }
        };
        self.push(site, change);
        Ok(())
    }

    /// Read-only targets are an error when named by `path`, and ignored among the keys of a value.
    fn may_write(&mut self, site: Site<'_>, origin: Origin) -> Result<bool, Invalid> {
        let Resolved { attribute, sub, .. } = site.at;
        let read_only = |definition: &Attribute| definition.mutability == Mutability::ReadOnly;
        let filled_in = sub.is_some_and(|sub| attribute.fills_in(sub));
        if !read_only(attribute) && !sub.is_some_and(read_only) && (!filled_in || self.is_external(site)) {
            return Ok(true);
        }
        if origin == Origin::Path && !filled_in {
            return Err(Invalid::at(Kind::Mutability, clip(site.label), "is read-only"));
        }
        // Clients echo these as a matter of course; noting them would bury the rest.
        if !matches!(attribute.name.as_str(), "id" | "meta") {
            Note::push(&mut self.notes, Note::ReadOnlyIgnored, site.label);
        }
        Ok(false)
    }

    fn is_external(&self, site: Site<'_>) -> bool {
        site.at.home == Home::Core && self.external == Some(site.at.attribute.name.as_str())
    }

    fn push(&mut self, site: Site<'_>, change: Option<Change>) {
        let target = Target::new(site.at.home, site.at.attribute, clip(site.label));
        self.operations.extend(change.map(|change| Operation { target, change }));
    }

    /// Clients that are let off quotes are let off types in the same places.
    pub(super) fn leniency(&self) -> Leniency {
        Leniency { coerce_booleans: self.dialect.lenient }
    }
}

pub(super) fn part(sub: &Attribute, edit: Edit) -> Part {
    Part { sub: sub.name.clone(), edit }
}

pub(super) fn required_removed(site: Site<'_>) -> Invalid {
    Invalid::at(Kind::Mutability, clip(site.label), "is required and cannot be removed")
}

/// Names that differ only in case are one name, given twice.
pub(super) fn refuse_duplicates<'k>(keys: impl Iterator<Item = &'k String>) -> Result<(), Invalid> {
    let mut seen = HashSet::new();
    for key in keys {
        if !seen.insert(fold_name(key)) {
            return Err(Invalid::syntax(format!("the attribute {} is given twice", clip(key))));
        }
    }
    Ok(())
}
