//! The `schemas` member: judged when read, rebuilt from what the resource carries (RFC 7643 section 3).

use serde_json::{Map, Value};

use crate::error::{Invalid, Kind, clip};
use crate::policy::{Note, Policy, Schemas};
use crate::schema::TypeIndex;

const NAME: &str = "schemas";

/// The `schemas` of a resource: the base URN, then those of the extensions whose data it carries.
pub fn of(index: &TypeIndex, resource: &Map<String, Value>) -> Value {
    let carried = index.extensions().map(|(schema, _)| &schema.id).filter(|urn| resource.contains_key(urn.as_str()));
    std::iter::once(&index.base().id).chain(carried).map(|urn| Value::String(urn.clone())).collect()
}

/// Judges the `schemas` that a client sent, given what the resource carries.
pub(super) fn judge(
    index: &TypeIndex,
    given: Option<Value>,
    read: &Map<String, Value>,
    policy: &Policy,
    notes: &mut Vec<Note>,
) -> Result<(), Invalid> {
    let given = match (policy.schemas, given) {
        (_, Some(Value::Array(urns))) if !urns.is_empty() => urns,
        (Schemas::Require, None | Some(Value::Null | Value::Array(_))) => {
            return Err(Invalid::at(Kind::InvalidSyntax, NAME, "is required"));
        }
        (Schemas::Require, Some(_)) => return Err(Invalid::value(NAME, "must be a list of URNs")),
        (Schemas::Infer, _) => Vec::new(),
    };
    for urn in &given {
        judge_one(index, urn, policy, notes)?;
    }
    let names = |urn: &str| given.iter().filter_map(Value::as_str).any(|given| given.eq_ignore_ascii_case(urn));
    let base = &index.base().id;
    if !names(base) && policy.schemas == Schemas::Require {
        return Err(Invalid::value(NAME, format!("must contain {base}")));
    }
    let carried = index.extensions().map(|(schema, _)| &schema.id).filter(|urn| read.contains_key(urn.as_str()));
    for urn in carried.filter(|urn| !names(urn)) {
        Note::push(notes, Note::SchemaInferred, urn);
    }
    Ok(())
}

fn judge_one(index: &TypeIndex, urn: &Value, policy: &Policy, notes: &mut Vec<Note>) -> Result<(), Invalid> {
    let known = |urn: &str| index.urns().iter().any(|known| known.eq_ignore_ascii_case(urn));
    match (urn, policy.schemas) {
        (Value::String(urn), _) if known(urn) => Ok(()),
        (Value::String(urn), Schemas::Require) => {
            Err(Invalid::value(NAME, format!("names {}, which is no schema of this type", clip(urn))))
        }
        (_, Schemas::Require) => Err(Invalid::value(NAME, "must be a list of URNs")),
        (urn, Schemas::Infer) => {
            Note::push(notes, Note::UnknownSchemaIgnored, urn.as_str().unwrap_or("a value that is no URN"));
            Ok(())
        }
    }
}
