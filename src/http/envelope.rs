//! What every request brings and every answer carries, whatever it is about: request id, headers, log line, counters.

use std::sync::Arc;

use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method as HttpMethod, StatusCode};
use actix_web::{HttpRequest, HttpResponse};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;

use crate::clock::Instant;

use super::dispatch::Site;
use super::endpoint::{Headers, Method, Pieces, Reply};
use super::face::Asked;
use super::incoming::Incoming;
use super::router::Row;
use super::services::Services;

/// The longest request id that is taken from a client.
const LONGEST_ID: usize = 64;

/// What refusals and the log need to know of a request. An id that the client gives is kept when it is harmless in a
/// log.
pub(super) fn asked(services: &Services, http: &HttpRequest, now: Instant) -> Asked {
    let headers = http.headers();
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let harmless = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let sane = |id: &&str| (1..=LONGEST_ID).contains(&id.len()) && id.bytes().all(harmless);
    let given = text(HeaderName::from_static("x-request-id")).filter(sane).map(str::to_owned);
    let request_id = given.unwrap_or_else(|| match services.sources.random::<12>() {
        Ok(random) => fresh_id(now, random),
        // A request without randomness can still be told apart, well enough for a log.
        Err(_) => format!("at-{}", now.micros()),
    });
    let looks = method(http.method()) == Some(Method::Get);
    let wanted = http.uri().path_and_query().filter(|_| looks).map(|target| target.as_str().to_owned());
    let public_url = Arc::clone(&services.public_url);
    Asked { request_id, accept: text(header::ACCEPT).map(str::to_owned), wanted, public_url }
}

/// An id nobody else has. It begins with the time in steps of about four seconds, so that ids of one time stand together
/// in an index, which is then quick to add to.
fn fresh_id(now: Instant, random: [u8; 12]) -> String {
    let time = u32::try_from(now.micros() >> 22).unwrap_or_default();
    URL_SAFE_NO_PAD.encode([time.to_be_bytes().as_slice(), &random].concat())
}

/// The method as the table knows it. HEAD is GET; the body is left out when the answer is written.
pub(super) fn method(method: &HttpMethod) -> Option<Method> {
    match *method {
        HttpMethod::GET | HttpMethod::HEAD => Some(Method::Get),
        HttpMethod::POST => Some(Method::Post),
        HttpMethod::PUT => Some(Method::Put),
        HttpMethod::PATCH => Some(Method::Patch),
        HttpMethod::DELETE => Some(Method::Delete),
        _ => None,
    }
}

/// The headers as handlers see them: without credentials.
pub(super) fn headers(given: &HeaderMap) -> Headers {
    let mut copy = Headers::with_capacity(given.len());
    for (name, value) in given {
        if name != header::AUTHORIZATION
            && name != header::PROXY_AUTHORIZATION
            && let Ok(text) = std::str::from_utf8(value.as_bytes())
        {
            copy.push(name.as_str(), text);
        }
    }
    copy
}

/// An answer on its way out, with what the log says of it.
pub(super) struct Outcome<'a> {
    /// The number of the face that gave it.
    pub(super) face: usize,
    /// The row it belongs to, when there is one.
    pub(super) row: Option<&'a Row>,
    /// The answer.
    pub(super) reply: Reply,
    /// Whether the request showed a credential, so that nobody may keep the answer.
    pub(super) private: bool,
}

/// One line and one count a request. The route stands for the path, which may hold names, as the query may.
pub(super) fn note(site: &Site, outcome: &Outcome<'_>, http_method: &HttpMethod, asked: &Asked, began: Instant) {
    let micros = site.services.sources.clock.now().micros().saturating_sub(began.micros());
    let micros = u64::try_from(micros).unwrap_or(0);
    let Outcome { face, row, reply, .. } = outcome;
    site.metrics.count(*face, row.map(|row| row.number), reply.status, micros);
    let known = method(http_method).is_some() || *http_method == HttpMethod::OPTIONS;
    tracing::info!(
        target: "rollcall::request",
        request_id = asked.request_id,
        face = site.router.face(*face).map_or("", |face| face.name),
        method = if known { http_method.as_str() } else { "OTHER" },
        route = row.map_or("", |row| row.pattern.as_str()),
        status = reply.status,
        duration_ms = u32::try_from(micros).map_or(f64::INFINITY, f64::from) / 1000.0,
        "request"
    );
}

/// Writes the answer: the handler's headers, and those that every answer carries.
pub(super) fn respond(reply: Reply, request_id: String, private: bool, incoming: Incoming) -> HttpResponse {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut builder = HttpResponse::build(status);
    if private && reply.header("cache-control").is_none() {
        builder.insert_header((header::CACHE_CONTROL, HeaderValue::from_static("no-store")));
    }
    builder.insert_header((header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")));
    for (name, value) in reply.headers.into_iter().chain([("x-request-id", request_id)]) {
        match (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_maybe_shared(Bytes::from(value))) {
            (Ok(name), Ok(value)) => drop(builder.append_header((name, value))),
            _ => tracing::error!(header = name, "an answer's header is malformed and was left out"),
        }
    }
    if let Some(pieces) = reply.pieces.as_ref().and_then(Pieces::take) {
        return builder.streaming(pieces);
    }
    match incoming.drain_behind(reply.body) {
        Ok(draining) => builder.body(draining),
        Err(body) => builder.body(body),
    }
}
