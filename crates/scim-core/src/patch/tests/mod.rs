//! PATCH on the built-in types and on one that has what they lack.

mod document;
mod envelope;
mod lists;
mod members;
mod properties;
mod schemas;

use std::sync::Arc;

use scim_filter_parser::Dialect;
use serde_json::{Map, Value, json};

use super::{Patch, parse};
use crate::error::{Invalid, Kind};
use crate::policy::{Note, Policy};
use crate::schema::{TypeIndex, builtin};

pub(super) const ENTERPRISE: &str = builtin::ENTERPRISE_USER;
pub(super) const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

pub(super) fn user() -> Arc<TypeIndex> {
    builtin::registry().index("User").unwrap()
}

pub(super) fn object(value: Value) -> Map<String, Value> {
    let Value::Object(map) = value else { panic!("not an object") };
    map
}

pub(super) fn read(index: &TypeIndex, operations: Value, policy: &Policy, lenient: bool) -> Result<Patch, Invalid> {
    let body = json!({ "schemas": [PATCH_OP], "Operations": operations });
    parse(index, &body, policy, &Dialect { urns: index.urns(), lenient }, Some("members"))
}

/// What one run came to.
#[derive(Debug)]
pub(super) struct Applied {
    pub(super) resource: Value,
    pub(super) changed: bool,
    pub(super) notes: Vec<Note>,
}

pub(super) fn run(
    index: &TypeIndex,
    resource: Value,
    operations: Value,
    policy: &Policy,
    lenient: bool,
) -> Result<Applied, Invalid> {
    let patch = read(index, operations, policy, lenient)?;
    let mut resource = object(resource);
    let before = resource.clone();
    let mut notes = patch.notes.clone();
    match patch.apply(index, &mut resource, policy, &mut notes) {
        Ok(outcome) => Ok(Applied { resource: Value::Object(resource), changed: outcome.changed, notes }),
        Err(invalid) => {
            assert_eq!(resource, before, "a failed PATCH changes nothing");
            Err(invalid)
        }
    }
}

/// Applies operations to a user under the tolerant policy.
pub(super) fn tolerant(resource: Value, operations: Value) -> Result<Applied, Invalid> {
    run(&user(), resource, operations, &Policy::tolerant(), true)
}

/// Applies operations to a user under the strict policy.
pub(super) fn strict(resource: Value, operations: Value) -> Result<Applied, Invalid> {
    run(&user(), resource, operations, &Policy::strict(), false)
}

/// The resource after one operation, which both policies take alike.
#[track_caller]
pub(super) fn patched(resource: Value, operation: Value) -> Value {
    let strict = strict(resource.clone(), json!([operation])).unwrap().resource;
    assert_eq!(tolerant(resource, json!([operation])).unwrap().resource, strict);
    strict
}

/// The error that both policies give for one operation.
#[track_caller]
pub(super) fn refusal(resource: Value, operation: Value) -> Kind {
    let strict = strict(resource.clone(), json!([operation])).unwrap_err().kind;
    assert_eq!(tolerant(resource, json!([operation])).unwrap_err().kind, strict);
    strict
}
