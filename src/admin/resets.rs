//! What both faces share that take second factors from users: how it is asked for, and the code that is shown.

use serde::Serialize;
use utoipa::ToSchema;

use crate::context::Cx;
use crate::directory::factors::{Deliver, Done, Outcome, Reset, What};
use crate::error::{Error, Reason, Result};
use crate::http::document::{text, words};
use crate::http::rest::body::Words;
use crate::http::rest::{self, Parameters};
use crate::http::{Document, Reply};

/// The longest reason, in characters.
const LONGEST_REASON: usize = 1_000;

/// What may stand against it.
pub(super) const CONFLICT: &str = "The tenant wants it considered: `approval_required`, with the `path` of the request that was made. Or it would leave the \
     platform without an owner who can sign in";

const DELIVERIES: &Words<Deliver> = &[("mail", Deliver::Mail), ("show", Deliver::Show)];

/// What is left of the second factors of a user.
#[derive(Serialize, ToSchema)]
pub(super) struct MfaDisabled {
    /// Whether any factor is left.
    mfa_enabled: bool,
    /// The code that sets up another factor, once, when it was to be shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    enrolment_code: Option<String>,
    /// Until when it works.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    enrolment_code_expires_at: Option<String>,
}

/// The answer to a reset that was done.
pub(super) fn disabled(done: &Done, cx: &Cx) -> Result<Reply> {
    let (enrolment_code, enrolment_code_expires_at) = shown(done);
    let shown = MfaDisabled { mfa_enabled: done.enabled, enrolment_code, enrolment_code_expires_at };
    Ok(rest::data(200, &shown, cx)?.with("cache-control", "no-store"))
}

/// What the query says of a reset.
pub(super) fn read(parameters: &mut Parameters<'_>, what: What) -> Reset {
    let reason = parameters.free_text("reason", LONGEST_REASON);
    let deliver = parameters.word("deliver", DELIVERIES).unwrap_or_default();
    Reset { what, deliver, reason }
}

/// The same for the document of the API.
pub(super) fn described(document: Document) -> Document {
    document.query("reason", "Why", text()).query(
        "deliver",
        "How an enrolment code reaches the user: by mail to the last proven address, or shown in the answer; shown where there \
         is no proven address",
        words(&["mail", "show"], Some("mail")),
    )
}

/// What was done; where it is asked for instead, that it is, and where that can be looked at.
///
/// # Errors
/// [`Error::Conflict`] when it is asked for.
pub(super) fn done(outcome: Outcome) -> Result<Done> {
    match outcome {
        Outcome::Done(done) => Ok(done),
        Outcome::Asked(request) => {
            let why = "the tenant wants this considered: nothing changed yet, and a request was made";
            let path = format!("/api/v1/admin/mfa-resets/{}", request.id);
            Err(Error::Conflict(Reason::new("approval_required", why).with("path", path)))
        }
    }
}

/// The code to show, and until when it works.
pub(super) fn shown(done: &Done) -> (Option<String>, Option<String>) {
    done.code.as_ref().map(|code| (code.token.reveal().to_owned(), code.expires.to_string())).unzip()
}
