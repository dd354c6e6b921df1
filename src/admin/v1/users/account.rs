//! What is done to the account of a user: its status.

use utoipa::ToSchema;

use crate::access::{UsersStatus, UsersUnlock, decide};
use crate::directory::accounts::status::Status;
use crate::directory::accounts::{self, StatusChange};
use crate::directory::people::{self, Include};
use crate::directory::places;
use crate::error::Result;
use crate::http::profile::warned;
use crate::http::rest::body::{Words, boolean, text, word};
use crate::http::rest::{self, Fields, present};
use crate::http::{Exchange, Reply};
use crate::ids::UserId;

use super::read::answer;
use super::shown::{Shown, UserStatus};

/// The longest reason, in characters.
const LONGEST_REASON: usize = 1_000;

const STATUSES: &Words<Status> = &[
    ("ACTIVE", Status::Active),
    ("PENDING_EMAIL_VERIFICATION", Status::PendingEmailVerification),
    ("PENDING_APPROVAL", Status::PendingApproval),
    ("DISABLED", Status::Disabled),
    ("LOCKED", Status::Locked),
];

/// Schema for updating user status.
#[derive(ToSchema)]
#[expect(dead_code, reason = "for the document of the API")]
pub(super) struct UserStatusUpdate {
    status: UserStatus,
    #[schema(max_length = 1000)]
    reason: Option<String>,
    /// Whether sessions end; they always do when the account is disabled.
    #[schema(default = false, required = false)]
    terminate_sessions: bool,
}

/// `PUT /tenants/{tenant_id}/users/{user_id}/status`.
pub(super) async fn set_status(exchange: Exchange) -> Result<Reply> {
    let (directory, cx) = (&exchange.services.directory, &exchange.cx);
    let place = places::find(directory, exchange.path.get("tenant_id")).await?;
    let permit = decide::<UsersStatus>(exchange.actor()?, &place)?;
    let id = rest::id::<UserId>(&exchange, "user_id", "user")?;
    people::check(directory, &permit, id).await?;
    let mut fields = Fields::of_body(&exchange.body)?;
    let status = fields.required("status", word(STATUSES));
    let reason = fields.nullable("reason", text(0..=LONGEST_REASON)).value().filter(|reason| !reason.is_empty());
    let terminate_sessions = fields.optional("terminate_sessions", boolean).unwrap_or(false);
    fields.finish()?;
    let change = StatusChange { status: present(status)?, reason, until: None, terminate_sessions };
    let changed = accounts::set_status(directory, &permit, cx, id, change).await?;
    let reply = answer(&exchange, &permit, 200, id, Include::default(), Shown::USUAL).await?;
    Ok(if changed.overruled { warned(reply, "SCIM", "active") } else { reply })
}

/// `POST /admin/users/{user_id}/unlock`.
pub(super) async fn unlock(exchange: Exchange) -> Result<Reply> {
    let id = rest::id::<UserId>(&exchange, "user_id", "user")?;
    let directory = &exchange.services.directory;
    let permit = people::permit::<UsersUnlock>(directory, exchange.actor()?, id).await?;
    accounts::unlock(directory, &permit, &exchange.cx, id).await?;
    answer(&exchange, &permit, 200, id, Include::default(), Shown::WIDELY).await
}
