//! The system face: is the server alive, is it ready, what has it served; and the answer for paths that belong to
//! nobody. It knows no actors: health is public, and metrics judge their own token.

use std::fmt::Write as _;

use serde_json::json;
use subtle::ConstantTimeEq as _;

use crate::access::Needs;
use crate::error::{Anonymous, Error, Result};

use super::caller::Caller;
use super::endpoint::{BodyRule, Endpoint, Exchange, Handler, Method, Reply};
use super::face::{Asked, Face, Refusal};

/// The face.
pub(super) fn face() -> Face {
    Face {
        name: "system",
        prefix: "",
        endpoints: vec![
            get("/health/live", "says only that the process answers", |_| Box::pin(async { Ok(text("live\n")) })),
            get("/health/ready", "says only whether the store answers", |exchange| Box::pin(ready(exchange))),
            get("/metrics", "judges its own token", |exchange| Box::pin(async move { metrics(&exchange) })),
        ],
        authenticate: |_, _, _| Box::pin(async { Err(Error::Anonymous(Anonymous::BadCredential)) }),
        refuse,
        record: |_, _| {},
    }
}

fn get(path: &'static str, why_public: &'static str, handler: Handler) -> Endpoint {
    let (needs, body) = (Needs::Public(why_public), BodyRule::None);
    Endpoint { method: Method::Get, path, needs, body, change: false, handler }
}

fn text(body: &'static str) -> Reply {
    Reply::new(200, "text/plain; charset=utf-8", body).with("cache-control", "no-store")
}

async fn ready(exchange: Exchange) -> Result<Reply> {
    exchange.services.directory.ready().await.map_err(Error::unavailable)?;
    Ok(text("ready\n"))
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

/// Problems as JSON: what happened in words, a code for programs, and the id that finds it in the log.
fn refuse(refusal: Refusal<'_>, asked: &Asked) -> Reply {
    let (status, code, detail) = match &refusal {
        Refusal::Error(Error::Invalid(invalid)) => (400, "invalid", invalid.to_string()),
        Refusal::Error(error) => (status(error), code(error), error.to_string()),
        Refusal::NoSuchPath => (404, "no_such_path", "there is nothing at this path".to_owned()),
        Refusal::WrongMethod { allowed } => {
            (405, "wrong_method", format!("this path allows {}", Method::allow(allowed)))
        }
        Refusal::TooLarge { limit } => (413, "too_large", format!("the body is longer than {limit} bytes")),
        Refusal::UnsupportedMediaType => (415, "unsupported_media_type", "the body must be JSON".to_owned()),
        Refusal::BadRequest(why) => (400, "bad_request", (*why).to_owned()),
        Refusal::Slow => (408, "slow", "the body did not arrive in time".to_owned()),
        Refusal::Panicked => (500, "internal", "an internal error".to_owned()),
    };
    let body = json!({ "detail": detail, "code": code, "request_id": asked.request_id });
    let reply = Reply::new(status, "application/json", body.to_string());
    match refusal {
        Refusal::Error(Error::Anonymous(_)) => reply.with("www-authenticate", "Bearer realm=\"rollcall\""),
        Refusal::Error(Error::TooFast { retry_after }) => reply.with("retry-after", retry_after.to_string()),
        _ => reply,
    }
}

fn status(error: &Error) -> u16 {
    match error {
        Error::Missing(_) => 404,
        Error::Taken(_) => 409,
        Error::Invalid(_) | Error::TooMany(_) => 400,
        Error::Stale => 412,
        Error::Denied(_) | Error::LacksScope => 403,
        Error::Anonymous(_) => 401,
        Error::TooLarge(_) => 413,
        Error::TooFast { .. } => 429,
        Error::Unavailable(_) => 503,
        Error::Internal(_) => 500,
    }
}

fn code(error: &Error) -> &'static str {
    match error {
        Error::Missing(_) => "missing",
        Error::Taken(_) => "taken",
        Error::Invalid(_) => "invalid",
        Error::TooMany(_) => "too_many",
        Error::TooLarge(_) => "too_large",
        Error::Stale => "stale",
        Error::Denied(_) => "denied",
        Error::LacksScope => "insufficient_scope",
        Error::Anonymous(_) => "unauthenticated",
        Error::TooFast { .. } => "too_fast",
        Error::Unavailable(_) => "unavailable",
        Error::Internal(_) => "internal",
    }
}
