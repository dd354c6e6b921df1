//! What administrators asked for that lets somebody past one's own factors, and objecting to it.

use serde::Serialize;
use utoipa::ToSchema;

use crate::access::Needs;
use crate::directory::factors::requests::{self, Named};
use crate::error::Result;
use crate::http::rest;
use crate::http::{Document, Endpoint, Exchange, Method, Reply};
use crate::ids::MfaResetId;

use super::{TAG, bodiless, change, own, private, row};

/// A request for what lets somebody past your second factors.
#[derive(Serialize, ToSchema)]
struct OwnMfaReset {
    #[schema(format = "uuid")]
    id: String,
    /// `factors`, `passkey` or `enrolment_code`.
    what: String,
    /// `reason_missing`, `pending`, `waiting` or `ready`.
    status: &'static str,
    reason: Option<String>,
    /// When it was asked for, RFC 3339 in UTC.
    requested_at: String,
    /// When it may be carried out at the earliest.
    due_at: String,
    /// From when on it may not.
    expires_at: String,
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    let list = Document::new("list_own_mfa_resets", "See what was asked for that lets somebody past your factors", TAG)
        .data_list::<OwnMfaReset>(200, "What is open, the oldest first");
    let cancel = Document::new("cancel_own_mfa_reset", "Object to a reset of your second factors", TAG)
        .path_id("reset_id", "The request")
        .empty(204, "Nothing becomes of it")
        .conflict("Nothing can become of it any more");
    vec![
        row(Method::Get, "/me/mfa/resets", Needs::SignedIn, |x| Box::pin(show(x)), list),
        bodiless(change(row(
            Method::Post,
            "/me/mfa/resets/{reset_id}/cancel",
            Needs::SignedIn,
            |x| Box::pin(object(x)),
            cancel,
        ))),
    ]
}

async fn show(exchange: Exchange) -> Result<Reply> {
    let (mfa, person) = own(&exchange)?;
    let found = requests::own(mfa.directory(), person, &exchange.cx).await?;
    Ok(private(rest::data(200, &found.into_iter().map(shown).collect::<Vec<_>>(), &exchange.cx)?))
}

async fn object(exchange: Exchange) -> Result<Reply> {
    let (mfa, person) = own(&exchange)?;
    let id = rest::id::<MfaResetId>(&exchange, "reset_id", "request")?;
    requests::object(mfa.directory(), person, &exchange.cx, id).await?;
    Ok(Reply::empty(204))
}

fn shown(Named { request, status, .. }: Named) -> OwnMfaReset {
    OwnMfaReset {
        id: request.id.to_string(),
        what: request.what,
        status: status.as_str(),
        reason: request.reason,
        requested_at: request.requested.to_string(),
        due_at: request.due.to_string(),
        expires_at: request.expires.to_string(),
    }
}
