//! The envelope of a PATCH request: `schemas`, `Operations`, and of each operation `op`, `path` and `value`.
//!
//! It knows no schema. Names and verbs are read whatever their case, as clients write them; other members are ignored.

use serde_json::{Map, Value};

use crate::error::{Invalid, Kind};
use crate::policy::{Policy, Schemas};

const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Add,
    Remove,
    Replace,
}

/// One operation as sent.
#[derive(Debug)]
pub(super) struct Request<'a> {
    pub(super) verb: Verb,
    pub(super) path: Option<&'a str>,
    /// `None` when there is no such member, which is not the same as `null`.
    pub(super) value: Option<&'a Value>,
}

/// Reads the envelope.
pub(super) fn requests<'a>(body: &'a Value, policy: &Policy) -> Result<Vec<Request<'a>>, Invalid> {
    let body = body.as_object().ok_or_else(|| Invalid::syntax("the body must be a JSON object"))?;
    if policy.schemas == Schemas::Require {
        require_schema(body)?;
    }
    let operations = match member(body, "Operations", "Operations")? {
        Some(Value::Array(operations)) => operations,
        Some(_) => return Err(Invalid::at(Kind::InvalidSyntax, "Operations", "must be a list")),
        None => return Err(Invalid::at(Kind::InvalidSyntax, "Operations", "is missing")),
    };
    if operations.is_empty() && policy.schemas == Schemas::Require {
        return Err(Invalid::at(Kind::InvalidSyntax, "Operations", "must hold at least one operation"));
    }
    operations.iter().enumerate().map(|(at, operation)| request(operation, &format!("Operations[{at}]"))).collect()
}

fn require_schema(body: &Map<String, Value>) -> Result<(), Invalid> {
    let names = |urn: &Value| urn.as_str().is_some_and(|urn| urn.eq_ignore_ascii_case(PATCH_OP));
    let listed =
        member(body, "schemas", "schemas")?.and_then(Value::as_array).is_some_and(|urns| urns.iter().any(names));
    match listed {
        true => Ok(()),
        false => Err(Invalid::at(Kind::InvalidSyntax, "schemas", format!("must list {PATCH_OP}"))),
    }
}

fn request<'a>(operation: &'a Value, at: &str) -> Result<Request<'a>, Invalid> {
    let invalid = |what: &str, why: &str| Invalid::at(Kind::InvalidSyntax, format!("{at}{what}"), why);
    let operation = operation.as_object().ok_or_else(|| invalid("", "must be an object"))?;
    let verb = member(operation, "op", at)?.and_then(Value::as_str).and_then(verb);
    let path = match member(operation, "path", at)? {
        None | Some(Value::Null) => None,
        Some(Value::String(path)) => Some(path.as_str()),
        Some(_) => return Err(Invalid::at(Kind::InvalidPath, format!("{at}.path"), "must be a string")),
    };
    Ok(Request {
        verb: verb.ok_or_else(|| invalid(".op", "must be add, remove or replace"))?,
        path,
        value: member(operation, "value", at)?,
    })
}

fn verb(op: &str) -> Option<Verb> {
    let verbs = [("add", Verb::Add), ("remove", Verb::Remove), ("replace", Verb::Replace)];
    verbs.into_iter().find(|(name, _)| op.eq_ignore_ascii_case(name)).map(|(_, verb)| verb)
}

/// The member of that name, whatever its case.
fn member<'a>(object: &'a Map<String, Value>, name: &str, at: &str) -> Result<Option<&'a Value>, Invalid> {
    let mut found = object.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value);
    let first = found.next();
    match found.next() {
        None => Ok(first),
        Some(_) => Err(Invalid::at(Kind::InvalidSyntax, at, format!("has more than one member named {name}"))),
    }
}
