//! How the SCIM face says no: every error of the services and every refusal of the server, in one match each.

use scim_core::{Kind, message};

use crate::error::{Anonymous, Error};
use crate::http::{Asked, Refusal, Reply};

use super::answer;

/// Seconds after which a client may ask again when the server could not answer.
const RETRY_AFTER: u32 = 5;

/// Renders whatever is not done as a SCIM error message (RFC 7644 section 3.12).
pub(super) fn render(refusal: Refusal<'_>, asked: &Asked) -> Reply {
    let error = |status, detail: &str| error(status, None, detail, &asked.request_id);
    match refusal {
        Refusal::Error(error) => render_error(error, asked),
        Refusal::NoSuchPath => error(404, "there is nothing at this path"),
        Refusal::WrongMethod { .. } => error(405, "this path does not take this method"),
        Refusal::TooLarge { limit } => error(413, &format!("the body is longer than {limit} bytes")),
        Refusal::UnsupportedMediaType => error(415, "the body must be application/scim+json or application/json"),
        Refusal::BadPath(why) | Refusal::BadRequest(why) => {
            self::error(400, Some(Kind::InvalidSyntax), why, &asked.request_id)
        }
        Refusal::Slow => error(408, "the body did not arrive in time"),
        Refusal::Panicked => error(500, "an internal error"),
    }
}

/// An error message that says which request it is about, so that whoever reads it can find the request.
pub(super) fn error(status: u16, kind: Option<Kind>, detail: &str, request_id: &str) -> Reply {
    answer::error(status, kind, format!("{detail}{}", finds_it(request_id)))
}

/// What ends the detail of every error: the id that finds the request in the provisioning log.
pub(super) fn finds_it(request_id: &str) -> String {
    format!(" (request {request_id})")
}

fn render_error(failure: &Error, asked: &Asked) -> Reply {
    let detail = failure.to_string();
    let error = |status, kind, detail: &str| error(status, kind, detail, &asked.request_id);
    match failure {
        Error::Missing(_) => error(404, None, &detail),
        Error::Taken(_) => error(409, Some(Kind::Uniqueness), &detail),
        Error::Invalid(invalid) => {
            let message = message::Error::from(invalid);
            error(message.status, message.scim_type, &message.detail)
        }
        Error::Unprocessable(_) => error(400, Some(Kind::InvalidValue), &detail),
        Error::Stale => error(412, None, &detail),
        // 409 is uniqueness and nothing else here: identity providers answer it by looking for a double.
        Error::Denied(_) | Error::Unadopted(_) | Error::Conflict(_) | Error::Forbidden(_) => error(403, None, &detail),
        // The one thing that a token of a connection can lack.
        Error::LacksScope => error(403, None, "this token may read, not write")
            .with("www-authenticate", "Bearer realm=\"scim\", error=\"insufficient_scope\""),
        Error::Anonymous(Anonymous::NoCredential | Anonymous::BadLogin) => {
            error(401, None, &detail).with("www-authenticate", "Bearer realm=\"scim\"")
        }
        Error::Anonymous(Anonymous::BadCredential) => {
            error(401, None, &detail).with("www-authenticate", "Bearer realm=\"scim\", error=\"invalid_token\"")
        }
        Error::StepUp(_) => error(401, None, &detail)
            .with("www-authenticate", "Bearer realm=\"scim\", error=\"insufficient_user_authentication\""),
        Error::TooFast { retry_after } => error(429, None, &detail).with("retry-after", retry_after.to_string()),
        Error::TooMany(_) => error(400, Some(Kind::TooMany), &detail),
        Error::TooLarge(_) => error(413, None, &detail),
        Error::Unavailable(_) => error(503, None, &detail).with("retry-after", RETRY_AFTER.to_string()),
        // What it was stands in the server's log, under the request's id.
        Error::Internal(_) => error(500, None, &detail),
    }
}
