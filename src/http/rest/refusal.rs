//! How REST faces say no: faults of the input as a list with places, everything else as a sentence, a word and the
//! request's id, in one exhaustive match each.

use serde_json::{Map, Value, json};

use crate::error::{Anonymous, Error, Fault, Reason, Segment, StepUp};
use crate::http::{Asked, Method, Refusal, Reply};

/// Seconds after which a client may ask again when the server could not answer.
const RETRY_AFTER: u32 = 5;

/// Renders whatever is not done.
pub fn refuse(refusal: Refusal<'_>, asked: &Asked) -> Reply {
    let say = |status, code: &'static str, detail: &str| problem(status, &Reason::new(code, detail), asked);
    match refusal {
        Refusal::Error(error) => refuse_error(error, asked),
        Refusal::NoSuchPath | Refusal::BadPath(_) => say(404, "no_such_path", "there is nothing at this path"),
        Refusal::WrongMethod { allowed } => {
            say(405, "wrong_method", &format!("this path allows {}", Method::allow(allowed)))
        }
        Refusal::TooLarge { limit } => say(413, "too_large", &format!("the body is longer than {limit} bytes")),
        Refusal::UnsupportedMediaType => say(415, "unsupported_media_type", "the body must be application/json"),
        Refusal::BadRequest(why) => faults(&[Fault::at(["request"], "value_error", why)]),
        Refusal::Slow => say(408, "slow", "the body did not arrive in time"),
        Refusal::Panicked => say(500, "internal", "an internal error"),
    }
}

fn refuse_error(error: &Error, asked: &Asked) -> Reply {
    let detail = error.to_string();
    let say = |status, code: &'static str| problem(status, &Reason::new(code, detail.as_str()), asked);
    match error {
        Error::Missing(_) => say(404, "missing"),
        Error::Taken(_) => say(409, "taken"),
        Error::Invalid(invalid) => faults(&[of_invalid(invalid)]),
        Error::Unprocessable(found) => faults(found),
        Error::TooMany(why) => faults(&[Fault::at(["query"], "too_many", why)]),
        Error::Conflict(reason) => problem(409, reason, asked),
        Error::Stale => say(412, "stale"),
        Error::Denied(_) | Error::Unadopted(_) => say(403, "denied"),
        Error::Forbidden(reason) => problem(403, reason, asked),
        Error::LacksScope => say(403, "insufficient_scope"),
        Error::Anonymous(why) => {
            let (code, challenge) = unauthenticated(*why);
            say(401, code).with("www-authenticate", challenge)
        }
        Error::StepUp(lacking) => {
            let reason = Reason::new("step_up", detail.as_str())
                .with("acr_values", lacking.strength.to_string())
                .with("max_age", lacking.max_age);
            problem(401, &reason, asked).with("www-authenticate", challenge_of(*lacking))
        }
        Error::TooLarge(_) => say(413, "too_large"),
        Error::TooFast { retry_after } => say(429, "too_fast").with("retry-after", retry_after.to_string()),
        Error::Unavailable(_) => say(503, "unavailable").with("retry-after", RETRY_AFTER.to_string()),
        // What it was stands in the server's log, under the request's id.
        Error::Internal(_) => say(500, "internal"),
    }
}

/// What a client must ask its user for (RFC 9470 section 3).
fn challenge_of(lacking: StepUp) -> String {
    format!(
        "Bearer realm=\"rollcall\", error=\"insufficient_user_authentication\", acr_values=\"{}\", max_age={}",
        lacking.strength, lacking.max_age
    )
}

fn unauthenticated(why: Anonymous) -> (&'static str, &'static str) {
    match why {
        Anonymous::NoCredential => ("unauthenticated", "Bearer realm=\"rollcall\""),
        Anonymous::BadCredential => ("unauthenticated", "Bearer realm=\"rollcall\", error=\"invalid_token\""),
        Anonymous::BadLogin => ("invalid_credentials", "Bearer realm=\"rollcall\""),
    }
}

/// A sentence, a word, the request's id, and what else belongs to the word.
fn problem(status: u16, reason: &Reason, asked: &Asked) -> Reply {
    let mut body = Map::new();
    body.insert("detail".to_owned(), reason.detail.as_str().into());
    body.insert("code".to_owned(), reason.code.into());
    body.insert("request_id".to_owned(), asked.request_id.as_str().into());
    for (name, value) in &reason.members {
        body.entry(name.as_str()).or_insert_with(|| value.clone());
    }
    Reply::new(status, "application/json", Value::Object(body).to_string())
}

/// The faults of the input, each with its place.
fn faults(found: &[Fault]) -> Reply {
    let rendered = found.iter().map(|fault| {
        let location: Vec<Value> = fault.location.iter().map(segment).collect();
        json!({ "loc": location, "msg": fault.message, "type": fault.kind })
    });
    let body = json!({ "detail": rendered.collect::<Vec<_>>() });
    Reply::new(422, "application/json", body.to_string())
}

fn segment(segment: &Segment) -> Value {
    match segment {
        Segment::Name(name) => name.as_str().into(),
        Segment::Index(place) => (*place).into(),
    }
}

/// A rule of the schema that is broken: its path is that of an attribute.
fn of_invalid(invalid: &scim_core::Invalid) -> Fault {
    let steps = Segment::of_path(invalid.path.as_deref().unwrap_or_default());
    let location: Vec<Segment> = std::iter::once("body".into()).chain(steps).collect();
    Fault::at(location, "value_error", invalid.detail.as_str())
}
