//! Reading the members of an object by their definitions: names, read-only members, unknown ones.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::Context;
use super::attribute::{Reader, Scope, required};
use super::path::Path;
use crate::error::{Invalid, Kind};
use crate::policy::{Note, UnknownAttributes};
use crate::schema::{Attribute, Mutability, fold_name};

impl Reader<'_> {
    /// Reads the members of an object. Whether required ones are there is asked afterwards, by [`Reader::require`].
    pub(super) fn object(
        &mut self,
        scope: Scope<'_>,
        definitions: &[Attribute],
        members: Map<String, Value>,
        path: &Path<'_>,
    ) -> Result<Map<String, Value>, Invalid> {
        let mut read = Map::with_capacity(members.len());
        let mut names = Names::default();
        for (name, value) in members {
            let at = position(definitions, &name);
            if !names.insert(at, &name) {
                return Err(Invalid::syntax(format!("the attribute {} is given twice", path.member(&name))));
            }
            let Some(definition) = at.and_then(|at| definitions.get(at)) else {
                self.unknown(&path.member(&name))?;
                continue;
            };
            if self.ignores(scope, definition, path) {
                continue;
            }
            if let Some(value) = self.attribute(scope, definition, value, &path.member(&definition.name))? {
                let name = if name == definition.name { name } else { definition.name.clone() };
                read.insert(name, value);
            }
        }
        Ok(read)
    }

    /// Refuses an object in which a required attribute is missing.
    pub(super) fn require(
        &self,
        definitions: &[Attribute],
        read: &Map<String, Value>,
        path: &Path<'_>,
    ) -> Result<(), Invalid> {
        let expected = |attribute: &&Attribute| match attribute.mutability {
            Mutability::ReadOnly => false,
            Mutability::ReadWrite => true,
            Mutability::Immutable | Mutability::WriteOnly => self.context == Context::Create,
        };
        let missing = |attribute: &&Attribute| attribute.required && !read.contains_key(&attribute.name);
        match definitions.iter().filter(missing).find(expected) {
            Some(attribute) => Err(required(path.member(&attribute.name))),
            None => Ok(()),
        }
    }

    /// Whether a member is not the client's to write.
    fn ignores(&mut self, scope: Scope<'_>, definition: &Attribute, path: &Path<'_>) -> bool {
        let filled_in = scope.parent.is_some_and(|parent| parent.fills_in(definition));
        if !filled_in && definition.mutability != Mutability::ReadOnly {
            return false;
        }
        // Clients echo these as a matter of course; noting them would bury the rest.
        if !matches!(definition.name.as_str(), "id" | "meta" | "$ref") {
            Note::push(self.notes, Note::ReadOnlyIgnored, path.member(&definition.name));
        }
        true
    }

    fn unknown(&mut self, path: &Path<'_>) -> Result<(), Invalid> {
        match self.policy.unknown_attributes {
            UnknownAttributes::Refuse => Err(Invalid::at(Kind::InvalidSyntax, path, "is no attribute of this type")),
            UnknownAttributes::Ignore => {
                Note::push(self.notes, Note::UnknownAttributeIgnored, path);
                Ok(())
            }
        }
    }
}

/// The position of the definition of that name; the registered spelling is tried first.
fn position(definitions: &[Attribute], name: &str) -> Option<usize> {
    let exact = definitions.iter().position(|definition| definition.name == name);
    exact.or_else(|| definitions.iter().position(|definition| definition.name.eq_ignore_ascii_case(name)))
}

/// The names met in one object, to find one that comes twice in different case.
#[derive(Default)]
struct Names {
    /// One bit for each of the first 64 definitions.
    known: u64,
    /// The others, folded. Empty for most objects, and then it costs nothing.
    others: HashSet<String>,
}

impl Names {
    /// `false` when the name was there already.
    fn insert(&mut self, at: Option<usize>, name: &str) -> bool {
        match at {
            Some(at) if at < 64 => {
                let bit = 1 << at;
                let fresh = self.known & bit == 0;
                self.known |= bit;
                fresh
            }
            _ => self.others.insert(fold_name(name)),
        }
    }
}
