//! Reading what clients send into canonical form: names, types, mutability, required attributes (RFC 7643 sections 2 and 7).
//!
//! Values are judged, never changed: what is accepted is kept as sent. Shapes that the RFCs do not allow are refused here;
//! a caller that wants to mend them does so first (see [`crate::schema::walk`]).

mod attribute;
pub mod date_time;
pub mod format;
mod list;
pub mod mutability;
mod object;
mod path;
mod resource;
mod schemas;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

use crate::error::Invalid;
use crate::policy::{Note, Policy};
use crate::schema::{Attribute, Home, Resolved, TypeIndex};

use attribute::{Reader, Scope};
use path::Path;

pub use schemas::of as schemas_of;

/// What a body is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Context {
    /// A new resource: every required attribute must be there.
    Create,
    /// The replacement of a stored one: what the client need not repeat, because it is immutable or cannot be read, may
    /// be missing. [`mutability::replace`] must follow.
    Replace,
}

/// Reads the body of a resource into canonical form. Read-only members are ignored, `schemas` is rebuilt from what the
/// resource carries.
///
/// # Errors
/// `invalidSyntax` for a body that is no object, for one attribute given twice, and, by policy, for unknown attributes
/// and missing `schemas`; `invalidValue` for values that do not fit and for missing required ones.
pub fn resource(
    index: &TypeIndex,
    body: Value,
    context: Context,
    policy: &Policy,
    notes: &mut Vec<Note>,
) -> Result<Map<String, Value>, Invalid> {
    resource::read(&mut Reader { index, context, policy, notes }, body)
}

/// Reads the whole value of one attribute; `None` when it is unassigned. The attribute's own mutability is the caller's to
/// judge; read-only sub-attributes are left out. `path` is what errors and notes call the attribute.
///
/// # Errors
/// `invalidValue` for a value that does not fit, or when a required attribute would be unassigned; `invalidSyntax` for
/// one sub-attribute given twice and, by policy, for unknown ones.
pub fn attribute(
    index: &TypeIndex,
    home: Home<'_>,
    attribute: &Attribute,
    value: Value,
    policy: &Policy,
    notes: &mut Vec<Note>,
    path: &str,
) -> Result<Option<Value>, Invalid> {
    let scope = Scope { home, parent: None };
    Reader { index, context: Context::Create, policy, notes }.attribute(scope, attribute, value, &Path::root(path))
}

/// Reads one element of a multi-valued attribute, or the whole value of a single-valued one; `None` when nothing is left
/// of it.
///
/// # Errors
/// As [`attribute()`].
pub fn element(
    index: &TypeIndex,
    home: Home<'_>,
    attribute: &Attribute,
    value: Value,
    policy: &Policy,
    notes: &mut Vec<Note>,
    path: &str,
) -> Result<Option<Value>, Invalid> {
    let scope = Scope { home, parent: None };
    Reader { index, context: Context::Create, policy, notes }.element(scope, attribute, value, &Path::root(path))
}

/// Reads the value of what a path resolved to, a sub-attribute in particular; `None` when it is unassigned. Its mutability
/// is the caller's to judge.
///
/// # Errors
/// As [`attribute()`].
pub fn sub_attribute(
    index: &TypeIndex,
    resolved: Resolved<'_>,
    value: Value,
    policy: &Policy,
    notes: &mut Vec<Note>,
    path: &str,
) -> Result<Option<Value>, Invalid> {
    let (parent, definition) = match resolved.sub {
        Some(sub) => (Some(resolved.attribute), sub),
        None => (None, resolved.attribute),
    };
    let scope = Scope { home: resolved.home, parent };
    Reader { index, context: Context::Create, policy, notes }.attribute(scope, definition, value, &Path::root(path))
}

/// Whether a body names a core attribute at all, be it with `null` or an empty list: canonical form no longer tells.
pub fn mentions(body: &Value, name: &str) -> bool {
    body.as_object().is_some_and(|members| members.keys().any(|member| member.eq_ignore_ascii_case(name)))
}
