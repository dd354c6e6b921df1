//! The system face: is the server alive, is it ready, what has it served; and the answer for paths that belong to
//! nobody. It knows no actors: health is public, and metrics judge their own token.

use std::fmt::Write as _;

use subtle::ConstantTimeEq as _;

use crate::access::Needs;
use crate::error::{Anonymous, Error, Result};

use super::caller::Caller;
use super::document::{self, Document};
use super::documentation;
use super::endpoint::{BodyRule, Endpoint, Exchange, Handler, Method, Reply};
use super::face::{Carrier, Face};
use super::rest;

/// The face.
pub(super) fn face() -> Face {
    Face {
        name: "system",
        prefix: "",
        endpoints: vec![
            get("/.well-known/jwks.json", "others verify our tokens by it", |exchange| Box::pin(key_set(exchange)))
                .documented(describe("key_set", "The keys that verify access tokens", "application/jwk-set+json")),
            get("/health/live", "says only that the process answers", |_| Box::pin(async { Ok(text("live\n")) }))
                .documented(describe("live", "Whether the process answers", "text/plain")),
            get("/health/ready", "says only whether the store answers", |exchange| Box::pin(ready(exchange)))
                .documented(describe("ready", "Whether the store answers", "text/plain").error(503, "It does not")),
            get("/metrics", "judges its own token", |exchange| Box::pin(async move { metrics(&exchange) })).documented(
                describe("metrics", "Counters in Prometheus' form", "text/plain")
                    .error(401, "A token is set, and it is not shown")
                    .error(403, "No token is set, and the client is on another machine"),
            ),
            get("/openapi.json", "the same for every installation", |exchange| {
                Box::pin(async move { documentation::openapi(&exchange) })
            })
            .documented(describe("openapi", "This document", "application/json")),
            get("/docs", "a page that shows what anybody may read", |_| Box::pin(async { Ok(documentation::page()) }))
                .documented(describe("docs", "This document for people", "text/html")),
            get("/docs/{file}", "files that come with the program", |exchange| {
                Box::pin(async move { documentation::file(&exchange) })
            })
            .documented(
                describe("docs_file", "A file of that page", "*/*")
                    .path("file", "Its name", document::text())
                    .error(404, "There is no such file"),
            ),
        ],
        carrier: Carrier::Header,
        authenticate: |_, _, _| Box::pin(async { Err(Error::Anonymous(Anonymous::BadCredential)) }),
        refuse: rest::refuse,
        record: |_, _| {},
    }
}

fn get(path: &'static str, why_public: &'static str, handler: Handler) -> Endpoint {
    let (needs, body) = (Needs::Public(why_public), BodyRule::None);
    Endpoint { method: Method::Get, path, needs, body, change: false, handler, document: None }
}

/// A description without the errors of faces that know actors.
fn describe(operation: &'static str, summary: &'static str, media_type: &'static str) -> Document {
    let schema = if media_type.ends_with("json") { document::object("") } else { document::text() };
    Document::new(operation, summary, "System").errors(None).content(200, summary, media_type, schema)
}

fn text(body: &'static str) -> Reply {
    Reply::new(200, "text/plain; charset=utf-8", body).with("cache-control", "no-store")
}

async fn ready(exchange: Exchange) -> Result<Reply> {
    exchange.services.directory.ready().await.map_err(Error::unavailable)?;
    Ok(text("ready\n"))
}

/// The public halves of the keys that sign access tokens.
async fn key_set(exchange: Exchange) -> Result<Reply> {
    let keys = exchange.services.auth.key_set(exchange.cx.now).await?;
    let reply = Reply::new(200, "application/jwk-set+json", keys.to_string());
    // A new key stands there for longer before it signs.
    Ok(reply.with("cache-control", "public, max-age=300"))
}

/// With a token set, only its holder may read; without one, only clients on this machine.
fn metrics(exchange: &Exchange) -> Result<Reply> {
    let caller = exchange.caller.as_ref().ok_or_else(|| Error::internal("the system face knows its caller"))?;
    may_read(caller)?;
    let reply = Reply::new(200, "text/plain; version=0.0.4; charset=utf-8", metrics_text(exchange, caller));
    Ok(reply.with("cache-control", "no-store"))
}

/// The counters of the server, and those of the services behind it.
fn metrics_text(exchange: &Exchange, caller: &Caller) -> String {
    let mut text = caller.metrics.render();
    let dropped = exchange.services.directory.activity().dropped();
    // Writing to a String does not fail.
    let _ = write!(
        text,
        "# HELP rollcall_provisioning_log_dropped_total Entries of the provisioning log that were not written.\n\
         # TYPE rollcall_provisioning_log_dropped_total counter\n\
         rollcall_provisioning_log_dropped_total {dropped}\n"
    );
    text
}

fn may_read(caller: &Caller) -> Result<()> {
    match (&caller.metrics_token, &caller.credential) {
        (None, _) if caller.local => Ok(()),
        (None, _) => Err(Error::Denied("metrics are read on this machine, or with ROLLCALL_METRICS_TOKEN".to_owned())),
        (Some(_), None) => Err(Error::Anonymous(Anonymous::NoCredential)),
        (Some(token), Some(shown)) if token.reveal().as_bytes().ct_eq(shown.bearer().as_bytes()).into() => Ok(()),
        (Some(_), Some(_)) => Err(Error::Anonymous(Anonymous::BadCredential)),
    }
}
