//! Discovery (RFC 7644 section 4): what the server supports, its resource types and its schemas. Readable without a
//! credential; filters on it are refused, other parameters ignored.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use scim_core::schema::discovery::{AuthenticationScheme, Bulk, Filter, Pagination, ServiceProviderConfig};
use scim_core::schema::discovery::{resource_type as render_type, schema as render_schema};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::http::{Exchange, Reply};

use super::answer;
use super::bulk::MOST_OPERATIONS;
use super::endpoints::LONG_BODY;
use super::query::{DEFAULT_COUNT, MOST};
use super::request::Request;
use super::{cursors, profiles};

/// `GET /ServiceProviderConfig`.
pub(super) async fn configuration(exchange: Exchange) -> Result<Reply> {
    let request = asked(exchange)?;
    let configuration = ServiceProviderConfig {
        documentation_uri: None,
        patch: true,
        bulk: Bulk { supported: true, max_operations: MOST_OPERATIONS as u64, max_payload_size: LONG_BODY as u64 },
        filter: Filter { supported: true, max_results: MOST },
        change_password: false,
        sort: true,
        etag: true,
        pagination: profiles::publishes_pagination(request.asking()).then(pagination),
        authentication_schemes: vec![AuthenticationScheme {
            kind: "oauthbearertoken".to_owned(),
            name: "OAuth Bearer Token".to_owned(),
            description: "A token of one of the tenant's connections, in the Authorization header".to_owned(),
            spec_uri: Some("https://www.rfc-editor.org/info/rfc6750".to_owned()),
            documentation_uri: None,
            primary: true,
        }],
    };
    document(&request, &configuration.to_json(request.base()))
}

/// How lists are paged (RFC 9865).
fn pagination() -> Pagination {
    Pagination {
        cursor: true,
        index: true,
        default_pagination_method: Some("index".to_owned()),
        default_page_size: Some(DEFAULT_COUNT),
        max_page_size: Some(MOST),
        cursor_timeout: Some(cursors::TIMEOUT),
    }
}

/// `GET /ResourceTypes`.
pub(super) async fn resource_types(exchange: Exchange) -> Result<Reply> {
    let request = asked(exchange)?;
    let types = &request.directory().registry().types;
    let resources = types.iter().map(|index| render_type(index.resource_type(), request.base())).collect();
    all(&request, resources)
}

/// `GET /ResourceTypes/{name}`.
pub(super) async fn resource_type(exchange: Exchange) -> Result<Reply> {
    let request = asked(exchange)?;
    let index = request.directory().registry().index(request.path("name")).ok_or(Error::Missing("ResourceType"))?;
    document(&request, &render_type(index.resource_type(), request.base()))
}

/// `GET /Schemas`.
pub(super) async fn schemas(exchange: Exchange) -> Result<Reply> {
    let request = asked(exchange)?;
    let schemas = &request.directory().registry().schemas;
    let resources = schemas.iter().map(|schema| render_schema(schema, request.base())).collect();
    all(&request, resources)
}

/// `GET /Schemas/{urn}`.
pub(super) async fn schema(exchange: Exchange) -> Result<Reply> {
    let request = asked(exchange)?;
    let schema = request.directory().registry().schema(request.path("urn")).ok_or(Error::Missing("Schema"))?;
    document(&request, &render_schema(&schema, request.base()))
}

/// Refuses a filter, which discovery does not take (RFC 7644 section 4).
fn asked(exchange: Exchange) -> Result<Request> {
    let request = Request::new(exchange);
    match request.query("filter")? {
        Some(_) => Err(Error::Denied("discovery cannot be filtered".to_owned())),
        None => Ok(request),
    }
}

fn all(request: &Request, resources: Vec<Value>) -> Result<Reply> {
    tagged(request, answer::list(request, resources.len() as u64, 1, resources)?)
}

fn document(request: &Request, document: &Value) -> Result<Reply> {
    tagged(request, answer::json(request, 200, document)?)
}

/// Gives a document a tag made of its bytes, and answers 304 to a client that has it. Discovery has no versions.
fn tagged(request: &Request, reply: Reply) -> Result<Reply> {
    let digest = Sha256::digest(&reply.body);
    let tag = format!("W/\"{}\"", URL_SAFE_NO_PAD.encode(digest.first_chunk::<12>().unwrap_or(&[0; 12])));
    let known = request.header("if-none-match").is_some_and(|tags| tags.split(',').any(|known| known.trim() == tag));
    let reply = if known { Reply::empty(304) } else { reply };
    Ok(reply.with("etag", tag).with("cache-control", "private, max-age=0, must-revalidate"))
}
