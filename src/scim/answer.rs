//! Answers: resources, lists, nothing, and errors, in the protocol's media type.

use scim_core::Kind;
use scim_core::message::{self, ListResponse};
use serde_json::Value;

use crate::error::{Error, Result};
use crate::http::Reply;

use super::preconditions;
use super::request::Request;

/// The protocol's media type.
const SCIM_JSON: &str = "application/scim+json";
/// What a client that takes nothing else is answered, where its profile says so.
const PLAIN_JSON: &str = "application/json";

/// Adds what a single resource's answer tells in headers: where it is and which version.
pub(super) fn located(reply: Reply, location: String, version: i64) -> Reply {
    reply.with("location", location).with("etag", preconditions::tag(version))
}

/// A list, or the page of one that begins at a position.
pub(super) fn list(request: &Request, total: u64, start: u64, resources: Vec<Value>) -> Result<Reply> {
    let list = ListResponse { total_results: Some(total), start_index: Some(start), resources, ..Default::default() };
    page(request, list)
}

/// A page of a list.
pub(super) fn page(request: &Request, list: ListResponse) -> Result<Reply> {
    json(request, 200, &list.into_json())
}

/// Any JSON.
pub(super) fn json(request: &Request, status: u16, body: &impl serde::Serialize) -> Result<Reply> {
    let body = serde_json::to_vec(body).map_err(Error::internal)?;
    let media_type = if request.wants_plain_json() { PLAIN_JSON } else { SCIM_JSON };
    Ok(Reply::new(status, media_type, body))
}

/// An error message (RFC 7644 section 3.12).
pub(super) fn error(status: u16, scim_type: Option<Kind>, detail: String) -> Reply {
    let message = message::Error { status, scim_type, detail };
    Reply::new(status, SCIM_JSON, message.to_json().to_string())
}
