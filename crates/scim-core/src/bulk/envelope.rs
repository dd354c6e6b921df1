//! The envelope of a bulk request: what is wrong with it as a whole fails it as a whole.

use serde_json::{Map, Value};

use crate::error::Invalid;
use crate::message::BULK_REQUEST;
use crate::policy::{Policy, Schemas};

/// A bulk request.
#[derive(Clone, Debug, PartialEq)]
pub struct Bulk {
    /// After how many failed operations to stop; `None` goes on to the end.
    pub fail_on_errors: Option<u64>,
    /// The operations, as sent.
    pub operations: Vec<Map<String, Value>>,
}

/// An envelope that can be read.
#[derive(Clone, Debug, PartialEq)]
pub enum Read {
    /// A request to run.
    Bulk(Bulk),
    /// More operations than one request may have.
    TooMany,
}

/// Reads a bulk request of `most` operations at the most. Member names are read whatever their case.
///
/// # Errors
/// `invalidSyntax` for what is no bulk request, `invalidValue` for a `failOnErrors` that is no number of errors.
pub fn read(body: Value, policy: &Policy, most: usize) -> Result<Read, Invalid> {
    let Value::Object(members) = body else { return Err(Invalid::syntax("the body must be a JSON object")) };
    let (mut schemas, mut fail_on_errors, mut operations) = (false, None, None);
    for (name, value) in members {
        match name.to_ascii_lowercase().as_str() {
            "schemas" => schemas = names_bulk(&value),
            "failonerrors" => fail_on_errors = Some(errors_allowed(&value)?),
            "operations" => operations = Some(value),
            _ => {}
        }
    }
    if !schemas && policy.schemas == Schemas::Require {
        return Err(Invalid::syntax(format!("schemas must contain {BULK_REQUEST}")));
    }
    let Some(Value::Array(operations)) = operations else {
        return Err(Invalid::syntax("Operations must be a list"));
    };
    if operations.len() > most {
        return Ok(Read::TooMany);
    }
    let object = |operation| match operation {
        Value::Object(members) => Ok(members),
        _ => Err(Invalid::syntax("each of Operations must be an object")),
    };
    let operations = operations.into_iter().map(object).collect::<Result<_, _>>()?;
    Ok(Read::Bulk(Bulk { fail_on_errors, operations }))
}

fn names_bulk(schemas: &Value) -> bool {
    let is_bulk = |urn: &Value| urn.as_str().is_some_and(|urn| urn.eq_ignore_ascii_case(BULK_REQUEST));
    schemas.as_array().is_some_and(|urns| urns.iter().any(is_bulk))
}

fn errors_allowed(value: &Value) -> Result<u64, Invalid> {
    match value.as_u64() {
        Some(number) if number >= 1 => Ok(number),
        _ => Err(Invalid::value("failOnErrors", "must be a whole number from 1")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fails(body: Value) -> bool {
        read(body, &Policy::tolerant(), 1).is_err()
    }

    #[test]
    fn what_is_no_bulk_request_is_refused() {
        for body in [json!([]), json!({}), json!({"Operations": {}}), json!({"Operations": [1]})] {
            assert!(fails(body.clone()), "{body}");
        }
        for errors in [json!(0), json!(-1), json!("1"), json!(1.5), json!(null)] {
            assert!(fails(json!({"failOnErrors": errors, "Operations": []})), "{errors}");
        }
        assert!(read(json!({"Operations": []}), &Policy::strict(), 1).is_err());
        assert!(!fails(json!({"operations": [], "FailOnErrors": 1})));
    }

    #[test]
    fn too_many_operations_are_told_apart() {
        let of = |operations| json!({"Operations": vec![json!({}); operations]});
        assert_eq!(read(of(3), &Policy::tolerant(), 2), Ok(Read::TooMany));
        assert!(matches!(read(of(2), &Policy::tolerant(), 2), Ok(Read::Bulk(bulk)) if bulk.operations.len() == 2));
    }
}
