//! How the SCIM face says no: every error of the services and every refusal of the server, in one match each.

use scim_core::{Kind, message};

use crate::error::{Anonymous, Error};
use crate::http::{Asked, Refusal, Reply};

use super::answer;

/// Seconds after which a client may ask again when the server could not answer.
const RETRY_AFTER: u32 = 5;

/// Renders whatever is not done as a SCIM error message (RFC 7644 section 3.12).
pub(super) fn render(refusal: Refusal<'_>, asked: &Asked) -> Reply {
    let text = |status, detail: &str| answer::error(status, None, detail.to_owned());
    match refusal {
        Refusal::Error(error) => render_error(error, asked),
        Refusal::NoSuchPath => text(404, "there is nothing at this path"),
        Refusal::WrongMethod { .. } => text(405, "this path does not take this method"),
        Refusal::TooLarge { limit } => answer::error(413, None, format!("the body is longer than {limit} bytes")),
        Refusal::UnsupportedMediaType => text(415, "the body must be application/scim+json or application/json"),
        Refusal::BadRequest(why) => answer::error(400, Some(Kind::InvalidSyntax), why.to_owned()),
        Refusal::Slow => text(408, "the body did not arrive in time"),
        Refusal::Panicked => internal(asked),
    }
}

fn render_error(error: &Error, asked: &Asked) -> Reply {
    let detail = error.to_string();
    match error {
        Error::Missing(_) => answer::error(404, None, detail),
        Error::Taken(_) => answer::error(409, Some(Kind::Uniqueness), detail),
        Error::Invalid(invalid) => {
            let message = message::Error::from(invalid);
            answer::error(message.status, message.scim_type, message.detail)
        }
        Error::Stale => answer::error(412, None, detail),
        Error::Denied(_) => answer::error(403, None, detail),
        Error::LacksScope => answer::error(403, None, detail)
            .with("www-authenticate", "Bearer realm=\"scim\", error=\"insufficient_scope\""),
        Error::Anonymous(Anonymous::NoCredential) => {
            answer::error(401, None, detail).with("www-authenticate", "Bearer realm=\"scim\"")
        }
        Error::Anonymous(Anonymous::BadCredential) => {
            answer::error(401, None, detail).with("www-authenticate", "Bearer realm=\"scim\", error=\"invalid_token\"")
        }
        Error::TooFast { retry_after } => answer::error(429, None, detail).with("retry-after", retry_after.to_string()),
        Error::TooMany(_) => answer::error(400, Some(Kind::TooMany), detail),
        Error::TooLarge(_) => answer::error(413, None, detail),
        Error::Unavailable(_) => {
            let detail = format!("{detail} (request {})", asked.request_id);
            answer::error(503, None, detail).with("retry-after", RETRY_AFTER.to_string())
        }
        Error::Internal(_) => internal(asked),
    }
}

/// A fault of ours: what it was stands in the log, under the request's id.
fn internal(asked: &Asked) -> Reply {
    answer::error(500, None, format!("an internal error: the log tells more of request {}", asked.request_id))
}
