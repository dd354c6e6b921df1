//! The messages of the protocol: lists, errors, search requests, and the URNs of the envelopes (RFC 7644 section 8.2).

use serde_json::{Map, Value, json};

use crate::error::{Invalid, Kind};
use crate::policy::{Policy, Schemas};

/// The URN of a list answer.
pub const LIST_RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
/// The URN of a search request.
pub const SEARCH_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
/// The URN of a PATCH request.
pub const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
/// The URN of a bulk request.
pub const BULK_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
/// The URN of a bulk answer.
pub const BULK_RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";
/// The URN of an error.
pub const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// A page of results (RFC 7644 section 3.4.2, RFC 9865 section 2).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListResponse {
    /// How many resources there are in all; left out when it is not known.
    pub total_results: Option<u64>,
    /// The position of the first resource of the page, from 1; only with paging by index.
    pub start_index: Option<u64>,
    /// The cursor of the page before.
    pub previous_cursor: Option<String>,
    /// The cursor of the page behind; missing on the last page.
    pub next_cursor: Option<String>,
    /// The resources of the page.
    pub resources: Vec<Value>,
}

impl ListResponse {
    /// The message. `itemsPerPage` is the number of resources in it, and `Resources` is there though empty.
    pub fn into_json(self) -> Value {
        let mut message = Map::new();
        let mut put = |name: &str, value: Option<Value>| value.map(|value| message.insert(name.to_owned(), value));
        put("schemas", Some(json!([LIST_RESPONSE])));
        put("totalResults", self.total_results.map(Value::from));
        put("startIndex", self.start_index.map(Value::from));
        put("itemsPerPage", Some(self.resources.len().into()));
        put("previousCursor", self.previous_cursor.map(Value::from));
        put("nextCursor", self.next_cursor.map(Value::from));
        put("Resources", Some(Value::Array(self.resources)));
        Value::Object(message)
    }
}

/// An error answer (RFC 7644 section 3.12).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The HTTP status.
    pub status: u16,
    /// The error keyword.
    pub scim_type: Option<Kind>,
    /// A sentence for people.
    pub detail: String,
}

impl Error {
    /// The message; its status is a string.
    pub fn to_json(&self) -> Value {
        let mut message = json!({ "schemas": [ERROR], "status": self.status.to_string() });
        if let Value::Object(members) = &mut message {
            if let Some(kind) = self.scim_type {
                members.insert("scimType".to_owned(), kind.scim_type().into());
            }
            members.insert("detail".to_owned(), self.detail.clone().into());
        }
        message
    }
}

impl From<&Invalid> for Error {
    fn from(invalid: &Invalid) -> Self {
        Self { status: invalid.kind.status(), scim_type: Some(invalid.kind), detail: invalid.to_string() }
    }
}

/// The order of a sorted list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SortOrder {
    /// Smallest first.
    #[default]
    Ascending,
    /// Greatest first.
    Descending,
}

impl SortOrder {
    /// Reads `ascending` or `descending`, whatever its case.
    ///
    /// # Errors
    /// `invalidValue` for anything else.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        match text {
            _ if text.eq_ignore_ascii_case("ascending") => Ok(Self::Ascending),
            _ if text.eq_ignore_ascii_case("descending") => Ok(Self::Descending),
            _ => Err(Invalid::value("sortOrder", "must be ascending or descending")),
        }
    }
}

/// A query, as the body of `.search` states it (RFC 7644 section 3.4.3).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchRequest {
    /// The attributes asked for; `None` when not given.
    pub attributes: Option<Vec<String>>,
    /// The attributes not wanted; `None` when not given.
    pub excluded_attributes: Option<Vec<String>>,
    /// The filter, as written.
    pub filter: Option<String>,
    /// What to sort by, as written.
    pub sort_by: Option<String>,
    /// The order, when given.
    pub sort_order: Option<SortOrder>,
    /// The position of the first resource, as given: it may be less than 1.
    pub start_index: Option<i64>,
    /// The page size, as given: it may be negative.
    pub count: Option<i64>,
    /// The cursor; empty for the first page.
    pub cursor: Option<String>,
}

impl SearchRequest {
    /// Reads the body of `.search`. Member names are read whatever their case, unknown ones are ignored and null is as good
    /// as missing.
    ///
    /// # Errors
    /// `invalidSyntax` for a body that is no object, a member given twice or, by policy, missing `schemas`;
    /// `invalidValue` for a value of the wrong type.
    pub fn read(body: Value, policy: &Policy) -> Result<Self, Invalid> {
        let Value::Object(members) = body else {
            return Err(Invalid::syntax("the body must be a JSON object"));
        };
        // With a cursor, what is wrong with the page size has a keyword of its own (RFC 9865 section 2.1).
        let cursor = |(name, value): (&String, &Value)| name.eq_ignore_ascii_case("cursor") && !value.is_null();
        let by_cursor = members.iter().any(cursor);
        let (mut request, mut schemas, mut seen) = (Self::default(), false, Vec::new());
        for (name, value) in members {
            let Some(name) = NAMES.iter().find(|known| known.eq_ignore_ascii_case(&name)) else {
                continue;
            };
            if seen.contains(name) {
                return Err(Invalid::syntax(format!("the member {name} is given twice")));
            }
            seen.push(*name);
            request.set(name, value, &mut schemas).map_err(|error| match *name {
                "count" if by_cursor => Invalid { kind: Kind::InvalidCount, ..error },
                _ => error,
            })?;
        }
        if !schemas && policy.schemas == Schemas::Require {
            return Err(Invalid::at(Kind::InvalidSyntax, "schemas", format!("must contain {SEARCH_REQUEST}")));
        }
        Ok(request)
    }

    fn set(&mut self, name: &str, value: Value, schemas: &mut bool) -> Result<(), Invalid> {
        if value.is_null() {
            return Ok(());
        }
        match name {
            "schemas" => *schemas = has_urn(&value),
            "attributes" => self.attributes = Some(strings(name, value)?),
            "excludedAttributes" => self.excluded_attributes = Some(strings(name, value)?),
            "filter" => self.filter = Some(string(name, value)?),
            "sortBy" => self.sort_by = Some(string(name, value)?),
            "sortOrder" => self.sort_order = Some(SortOrder::parse(&string(name, value)?)?),
            "startIndex" => self.start_index = Some(integer(name, &value)?),
            "count" => self.count = Some(integer(name, &value)?),
            "cursor" => self.cursor = Some(string(name, value)?),
            _ => {}
        }
        Ok(())
    }
}

/// The members of a search request.
const NAMES: [&str; 9] =
    ["schemas", "attributes", "excludedAttributes", "filter", "sortBy", "sortOrder", "startIndex", "count", "cursor"];

fn has_urn(schemas: &Value) -> bool {
    let is_urn = |urn: &Value| urn.as_str().is_some_and(|urn| urn.eq_ignore_ascii_case(SEARCH_REQUEST));
    schemas.as_array().is_some_and(|urns| urns.iter().any(is_urn))
}

fn string(name: &str, value: Value) -> Result<String, Invalid> {
    match value {
        Value::String(text) => Ok(text),
        _ => Err(Invalid::value(name, "must be a string")),
    }
}

fn strings(name: &str, value: Value) -> Result<Vec<String>, Invalid> {
    match value {
        Value::Array(elements) => elements.into_iter().map(|element| string(name, element)).collect(),
        _ => Err(Invalid::value(name, "must be a list of strings")),
    }
}

fn integer(name: &str, value: &Value) -> Result<i64, Invalid> {
    value.as_i64().ok_or_else(|| Invalid::value(name, "must be a whole number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_list_says_so() {
        let message = ListResponse { total_results: Some(0), ..ListResponse::default() }.into_json();
        let expected = json!({ "schemas": [LIST_RESPONSE], "totalResults": 0, "itemsPerPage": 0, "Resources": [] });
        assert_eq!(message, expected);
    }

    #[test]
    fn an_error_has_a_string_status() {
        let message = Error::from(&Invalid::new(Kind::Uniqueness, "userName is taken")).to_json();
        let expected =
            json!({ "schemas": [ERROR], "status": "409", "scimType": "uniqueness", "detail": "userName is taken" });
        assert_eq!(message, expected);
    }

    #[test]
    fn a_search_request_is_read_whatever_its_case() {
        let body = json!({
            "SCHEMAS": [SEARCH_REQUEST], "Attributes": ["userName"], "filter": null, "sortORDER": "Descending",
            "startIndex": -1, "count": 0, "cursor": "", "extra": 1,
        });
        let request = SearchRequest::read(body, &Policy::strict()).unwrap();
        let expected = SearchRequest {
            attributes: Some(vec!["userName".to_owned()]),
            sort_order: Some(SortOrder::Descending),
            start_index: Some(-1),
            count: Some(0),
            cursor: Some(String::new()),
            ..SearchRequest::default()
        };
        assert_eq!(request, expected);
    }

    #[test]
    fn a_bad_search_request_is_refused() {
        let kind = |body: Value, policy: Policy| SearchRequest::read(body, &policy).map_err(|error| error.kind);
        assert_eq!(kind(json!([]), Policy::tolerant()), Err(Kind::InvalidSyntax));
        assert_eq!(kind(json!({}), Policy::strict()), Err(Kind::InvalidSyntax));
        assert_eq!(kind(json!({}), Policy::tolerant()), Ok(SearchRequest::default()));
        assert_eq!(kind(json!({ "count": 1, "COUNT": 1 }), Policy::tolerant()), Err(Kind::InvalidSyntax));
        for member in ["attributes", "filter", "sortBy", "sortOrder", "startIndex", "count", "cursor"] {
            assert_eq!(kind(json!({ member: 1.5 }), Policy::tolerant()), Err(Kind::InvalidValue), "{member}");
        }
    }
}
