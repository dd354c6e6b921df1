//! PATCH (RFC 7644 section 3.5.2): a request's operations read against a resource type's schemas, then applied to a
//! resource in memory.
//!
//! Reading judges everything that does not depend on the resource, so that applying can be repeated cheaply. Operations on
//! an attribute whose values are kept elsewhere, such as the members of a group, are handed out as changes and never need
//! the values that are there. `schemas` follows from what a resource carries: it can be named, but is not changed here.

mod apply;
mod elements;
mod envelope;
mod listed;
mod members;
mod operation;
mod read_operations;
mod read_values;
#[cfg(test)]
mod tests;
mod values;

use scim_filter_parser::Dialect;
use serde_json::{Map, Value};

use crate::error::Invalid;
use crate::evaluate::{Condition, Place, SubTest};
use crate::policy::{Note, Policy};
use crate::schema::TypeIndex;

use operation::Operation;

/// A PATCH request, read and validated.
#[derive(Clone, Debug)]
pub struct Patch {
    /// The changes of the attribute that is kept outside of the document, in order.
    pub members: Vec<MemberChange>,
    /// What was tolerated or ignored while reading.
    pub notes: Vec<Note>,
    operations: Vec<Operation>,
}

/// A change of the attribute that is kept outside of the document. Values are the `value` of elements, as sent.
#[derive(Clone, Debug, PartialEq)]
pub enum MemberChange {
    /// These are added, unless they are there already.
    Add(Vec<String>),
    /// These are removed, if they are there.
    Remove(Vec<String>),
    /// Every element that meets the condition is removed.
    RemoveWhere(Condition<SubTest>),
    /// All elements are removed.
    RemoveAll,
    /// These take the place of all that are there.
    Replace(Vec<String>),
}

/// What applying a PATCH came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Whether the resource differs from what it was.
    pub changed: bool,
}

/// Reads the body of a PATCH request. `external` names the core attribute whose values are kept outside of the document;
/// its operations come out as [`Patch::members`].
///
/// # Errors
/// `invalidSyntax` for a malformed envelope, `noTarget` for a `remove` without path, `invalidPath`, `invalidFilter`,
/// `mutability` for a path that names a read-only attribute or a `remove` of a required one, and `invalidValue`.
pub fn parse(
    index: &TypeIndex,
    body: &Value,
    policy: &Policy,
    dialect: &Dialect<'_>,
    external: Option<&str>,
) -> Result<Patch, Invalid> {
    let requests = envelope::requests(body, policy)?;
    let mut reader = read_operations::Reader::new(index, policy, dialect, external);
    for request in &requests {
        reader.read(request)?;
    }
    Ok(reader.finish())
}

impl Patch {
    /// Whether nothing of the document is addressed; [`Patch::members`] may still hold changes.
    pub fn leaves_document(&self) -> bool {
        self.operations.is_empty()
    }

    /// The names of what it writes, as [`crate::project::written`] gives them of a body.
    pub fn written(&self) -> Vec<String> {
        let name = |operation: &Operation| match &operation.target.place {
            Place::Core => operation.target.name.clone(),
            Place::Extension(urn) => format!("{urn}:{}", operation.target.name),
        };
        self.operations.iter().map(name).collect()
    }

    /// Applies the operations in order. On an error the resource is as it was. `index` and `policy` are those that the
    /// request was read with. `schemas` is left to the caller.
    ///
    /// # Errors
    /// `noTarget` when a value path selects nothing and may not create what it describes, `mutability` when an immutable
    /// value would change or a required one is gone, `invalidValue` when a new value lacks a required part.
    pub fn apply(
        &self,
        index: &TypeIndex,
        resource: &mut Map<String, Value>,
        policy: &Policy,
        notes: &mut Vec<Note>,
    ) -> Result<Outcome, Invalid> {
        let mut working = resource.clone();
        apply::Application::new(index, policy, notes).run(&self.operations, resource, &mut working)?;
        let changed = *resource != working;
        if changed {
            *resource = working;
        }
        Ok(Outcome { changed })
    }
}
