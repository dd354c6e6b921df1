//! Reminding users of their second factors.

use serde::Serialize;
use utoipa::ToSchema;

use crate::access::MfaPolicyWrite;
use crate::admin::v1::shared::permit;
use crate::directory::people::UnitQuery;
use crate::directory::reports::{self, MOST_REMINDED, Question, Whom, Without};
use crate::error::Result;
use crate::http::rest::body::{boolean, list, text, uuid, word};
use crate::http::rest::{self, Fields};
use crate::http::{Exchange, Reply};

use super::read::{KINDS, LACKS, fragile};

/// Whom to remind: without anything, all who have no second factor.
#[derive(ToSchema)]
#[expect(dead_code, reason = "for the document of the API")]
pub(super) struct MfaReminder {
    /// Those without any factor, or without this one: `any`, `passkey`, `totp`, `sms`, `email`.
    without: Option<String>,
    /// Those whose factors are easily lost: `fragile`, `single_device`, `sms_only`, `no_recovery_codes`.
    kind: Option<String>,
    /// Those of an org unit.
    #[schema(format = "uuid")]
    ou_id: Option<String>,
    /// Those of the org units below it too.
    include_children: Option<bool>,
    /// Those who hold a role, by whatever way.
    #[schema(max_length = 100)]
    role: Option<String>,
    /// Of these users alone.
    #[schema(required = false, max_items = 1000)]
    user_ids: Vec<String>,
}

/// What came of it.
#[derive(Serialize, ToSchema)]
pub(super) struct MfaReminders {
    /// Users who are meant.
    matched: i64,
    /// Mails that are on their way; those are left out whom no mail reaches, or who were reminded within seven days.
    queued: i64,
    /// Whether another request would find more: one reminds 1,000 users at the most.
    more: bool,
}

/// `POST /tenants/{tenant_id}/mfa/reminders`.
pub(super) async fn remind(exchange: Exchange) -> Result<Reply> {
    let permit = permit::<MfaPolicyWrite>(&exchange).await?;
    let mut fields = Fields::of_body(&exchange.body)?;
    let without = fields.nullable("without", word(LACKS)).value();
    let kind = fields.nullable("kind", word(KINDS)).value();
    let include_children = fields.nullable("include_children", boolean).value().unwrap_or_default();
    let unit = fields.nullable("ou_id", uuid).value().map(|unit| UnitQuery { unit, include_children });
    let role = fields.nullable("role", text(1..=100)).value();
    let most = usize::try_from(MOST_REMINDED).unwrap_or_default();
    let users = fields.nullable("user_ids", list(most, uuid)).value();
    fields.finish()?;
    let without = without.or_else(|| kind.is_none().then_some(Without::Any));
    let whom = Whom { question: Question { without, fragile: fragile(kind), unit, role }, users };
    let done = reports::remind(&exchange.services.directory, &permit, &exchange.cx, whom).await?;
    let shown = MfaReminders { matched: done.matched, queued: done.queued, more: done.more };
    rest::data(200, &shown, &exchange.cx)
}
