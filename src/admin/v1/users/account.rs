//! What is done to the account of a user: its status.

use utoipa::ToSchema;

use crate::access::{UsersApprove, UsersDelete, UsersStatus, UsersUnlock, decide};
use crate::admin::v1::shared;
use crate::directory::accounts::status::Status;
use crate::directory::accounts::{self, StatusChange};
use crate::directory::people::{self, Include};
use crate::directory::places;
use crate::error::Result;
use crate::http::profile::warned;
use crate::http::rest::body::{Words, boolean, instant, text, word};
use crate::http::rest::{self, Fields, present};
use crate::http::{Exchange, Reply};
use crate::ids::UserId;

use super::read::answer;
use super::shown::{Shown, UserStatus};

/// The longest reason, in characters.
const LONGEST_REASON: usize = 1_000;
/// The longest suspension that ends by itself, in seconds: ten years.
const LONGEST_SUSPENSION: i64 = 10 * 365 * 24 * 3600;

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
    /// When `DISABLED` is to end by itself, at the latest in ten years.
    #[schema(format = DateTime)]
    until: Option<String>,
}

/// Schema for deactivating a user for good.
#[derive(ToSchema)]
#[expect(dead_code, reason = "for the document of the API")]
pub(super) struct UserDeactivation {
    #[schema(max_length = 1000)]
    reason: Option<String>,
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
    let reason = reason(&mut fields);
    let terminate_sessions = fields.optional("terminate_sessions", boolean).unwrap_or(false);
    let until = fields.nullable("until", instant).value();
    if until.is_some_and(|end| end <= cx.now || end > cx.now.plus_seconds(LONGEST_SUSPENSION)) {
        fields.refuse("until", "value_error", "must be in the future, and at most ten years away");
    }
    if until.is_some() && status.is_some_and(|status| status != Status::Disabled) {
        fields.refuse("until", "value_error", "goes with DISABLED alone");
    }
    fields.finish()?;
    let change = StatusChange { status: present(status)?, reason, until, terminate_sessions };
    let changed = accounts::set_status(directory, &permit, cx, id, change).await?;
    let reply = answer(&exchange, &permit, 200, id, Include::default(), Shown::USUAL).await?;
    Ok(if changed.overruled { warned(reply, "SCIM", "active") } else { reply })
}

fn reason(fields: &mut Fields) -> Option<String> {
    fields.nullable("reason", text(0..=LONGEST_REASON)).value().filter(|reason| !reason.is_empty())
}

/// `POST /tenants/{tenant_id}/users/{user_id}/approve` (S4-27).
pub(super) async fn approve(exchange: Exchange) -> Result<Reply> {
    let permit = shared::permit::<UsersApprove>(&exchange).await?;
    let id = rest::id::<UserId>(&exchange, "user_id", "user")?;
    accounts::approve(&exchange.services.directory, &permit, &exchange.cx, id).await?;
    answer(&exchange, &permit, 200, id, Include::default(), Shown::USUAL).await
}

/// `POST /tenants/{tenant_id}/users/{user_id}/deactivate` (IR-4).
pub(super) async fn deactivate(exchange: Exchange) -> Result<Reply> {
    let (directory, cx) = (&exchange.services.directory, &exchange.cx);
    let permit = shared::permit::<UsersDelete>(&exchange).await?;
    let id = rest::id::<UserId>(&exchange, "user_id", "user")?;
    people::check(directory, &permit, id).await?;
    let mut fields = Fields::of_optional_body(&exchange.body)?;
    let reason = reason(&mut fields);
    fields.finish()?;
    accounts::deactivate(directory, &permit, cx, id, reason).await?;
    answer(&exchange, &permit, 200, id, Include::default(), Shown::USUAL).await
}

/// `POST /admin/users/{user_id}/unlock`.
pub(super) async fn unlock(exchange: Exchange) -> Result<Reply> {
    let id = rest::id::<UserId>(&exchange, "user_id", "user")?;
    let directory = &exchange.services.directory;
    let permit = people::permit::<UsersUnlock>(directory, exchange.actor()?, id).await?;
    accounts::unlock(directory, &permit, &exchange.cx, id).await?;
    answer(&exchange, &permit, 200, id, Include::default(), Shown::WIDELY).await
}
