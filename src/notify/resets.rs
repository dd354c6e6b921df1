//! Requests to reset second factors, in the words of those who may approve them. A request is read when it is told, so that the
//! outbox holds nothing of its people, and of one that was decided meanwhile nobody hears.

use serde_json::Value;

use crate::clock::Instant;
use crate::error::Result;
use crate::ids::MfaResetId;
use crate::store::mfa_resets::{self as rows, MfaReset, Status};
use crate::store::one_time_links::RESET;
use crate::store::outbox::{self, Recipient};
use crate::store::{Tx, names};

use super::render::Values;
use super::worker::day_and_time;

/// A request that waits for somebody's approval, and what its people are called.
pub(super) struct Pending {
    request: MfaReset,
    user: Recipient,
    by: String,
}

fn find(tx: &mut Tx<'_>, payload: &Value) -> Result<Option<MfaReset>> {
    let id = payload.get(RESET).and_then(Value::as_str).and_then(|id| id.parse::<MfaResetId>().ok());
    id.map_or(Ok(None), |id| rows::find(tx, id))
}

/// The request of a message; `None` when it waits for nobody's approval any more.
pub(super) fn pending(tx: &mut Tx<'_>, payload: &Value, now: Instant) -> Result<Option<Pending>> {
    let waits = |request: &MfaReset| request.status(now) == Status::Pending;
    let Some(request) = find(tx, payload)?.filter(waits) else { return Ok(None) };
    let Some(user) = outbox::recipient(tx, request.tenant_id, request.user_id)? else { return Ok(None) };
    let by = names::users(tx, &[request.requested_by])?.pop();
    let by = by.map_or_else(|| "An administrator".to_owned(), |(_, name)| name);
    Ok(Some(Pending { request, user, by }))
}

/// Until when the request of a message can be objected to; `None` when there is none any more.
pub(super) fn ends(tx: &mut Tx<'_>, payload: &Value) -> Result<Option<Instant>> {
    Ok(find(tx, payload)?.map(|request| request.expires))
}

impl Pending {
    /// Fills in what a mail says.
    pub(super) fn fill(&self, values: Values) -> Values {
        let Self { request, user, by } = self;
        let wanted = match request.what.as_str() {
            "passkey" => "to remove a passkey of",
            "enrolment_code" => "for a code that sets up a second factor of",
            _ => "to remove the second factors of",
        };
        values
            .with("by", by)
            .with("wanted", wanted)
            .with("whom", &user.user_name)
            .with("of", user.tenant_name.as_deref().unwrap_or(&user.tenant_slug))
            .with("due", &day_and_time(request.due))
            .with("expires", &day_and_time(request.expires))
    }
}
