//! The mendings of a search request (RFC 7644 section 3.4.3), written as if it were a query string.

use serde_json::Value;

use super::{Tolerance, mendings};

/// Mends the members of the body.
pub(super) fn body(body: &mut Value, fired: &mut Vec<Tolerance>) {
    let Value::Object(members) = body else { return };
    for (name, value) in members {
        let is_one_of = |known: [&str; 2]| known.iter().any(|known| name.eq_ignore_ascii_case(known));
        if is_one_of(["attributes", "excludedAttributes"]) && names_in_one_text(value) {
            Tolerance::NamesInOneText.note(fired);
        }
        if is_one_of(["startIndex", "count"]) && mendings::number_from_text(value) {
            Tolerance::NumberAsText.note(fired);
        }
    }
}

/// Names of attributes in one text, separated by commas, as in the query parameter. (T-36)
///
/// - broken: `{"attributes": "userName, emails"}`
/// - mended: `{"attributes": ["userName", "emails"]}`
pub(super) fn names_in_one_text(value: &mut Value) -> bool {
    let Value::String(text) = value else { return false };
    let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
    let names = names.map(Value::from).collect();
    *value = Value::Array(names);
    true
}
