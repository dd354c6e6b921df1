//! A tenant's policy for second factors, looked at before it is set.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::access::{MfaPolicyWrite, Permission};
use crate::directory::settings::{self, Preview, Short};
use crate::error::Result;
use crate::http::rest::{self, Meta, Pagination};
use crate::http::{Document, Endpoint, Exchange, Method, Reply};

use super::super::shared::{object, paging, time, whole_permit, write};
use super::TAG;

/// The members of a policy for second factors that are to change; what is left out stays as it is.
#[derive(ToSchema)]
#[schema(value_type = Object)]
#[expect(dead_code, reason = "for the document of the API")]
struct MfaPolicy(Value);

/// Somebody who lacks what the policy asks for.
#[derive(Serialize, ToSchema)]
struct MfaPolicyShort {
    #[schema(format = "uuid")]
    user_id: String,
    user_name: String,
    display_name: Option<String>,
    email: Option<String>,
    /// What is asked of them: `optional`, `required` or `phishing_resistant`.
    requirement: &'static str,
    /// `must_enrol`: signing in leads to setting up a factor; `locked_out`: it needs an enrolment code from another
    /// administrator.
    effect: &'static str,
    /// Whether that is so at the next sign-in; else when the grace is over, which begins with that sign-in.
    at_once: bool,
    /// When the grace is over, where it runs already.
    #[schema(format = DateTime)]
    due_at: Option<String>,
    /// Whether they could take the policy back.
    administrator: bool,
}

/// How many people a policy concerns, and how.
#[derive(Serialize, ToSchema)]
struct MfaPolicySummary {
    /// People who were looked at: living, and not disabled.
    people: usize,
    must_enrol_at_once: usize,
    must_enrol_after_grace: usize,
    locked_out_at_once: usize,
    locked_out_after_grace: usize,
    /// The administrators among all of them.
    #[schema(format = "uuid")]
    administrator_ids: Vec<String>,
    /// Whether the policy would be refused with `locks_out`: nobody who could take it back meets it.
    refused: bool,
}

/// What a policy would do, and a page of those whom it concerns.
#[derive(Serialize, ToSchema)]
struct MfaPolicyPreview {
    data: Vec<MfaPolicyShort>,
    pagination: Pagination,
    summary: MfaPolicySummary,
    meta: Meta,
}

/// The row of this subject.
pub(super) fn endpoint() -> Endpoint {
    let row = write(
        Method::Post,
        "/tenants/{tenant_id}/mfa-policy/preview",
        Permission::MfaPolicyWrite,
        |x| Box::pin(preview(x)),
        Document::new("preview_mfa_policy", "See what a policy for second factors would do", TAG)
            .described("Nothing changes. The body has the members of `mfa` among the tenant's settings.")
            .paged()
            .request::<MfaPolicy>()
            .bare::<MfaPolicyPreview>(200, "Who lacks what it asks for, and what becomes of them")
            .conflict("No method that it allows has a channel"),
    );
    Endpoint { change: false, ..row }
}

async fn preview(exchange: Exchange) -> Result<Reply> {
    let permit = whole_permit::<MfaPolicyWrite>(&exchange).await?;
    let paging = paging(&exchange)?;
    let wanted = object(&exchange)?;
    let window = (usize::try_from(paging.offset()).unwrap_or(usize::MAX), paging.per_page as usize);
    let directory = &exchange.services.directory;
    let found = settings::preview_mfa(directory, &permit, &exchange.cx, wanted, window).await?;
    let pagination = Pagination::of(paging, found.total as u64);
    let body = MfaPolicyPreview {
        summary: summary(&found),
        data: found.page.into_iter().map(shown).collect(),
        pagination,
        meta: Meta::of(&exchange.cx),
    };
    rest::bare(200, &body)
}

fn summary(preview: &Preview) -> MfaPolicySummary {
    MfaPolicySummary {
        people: preview.people,
        must_enrol_at_once: preview.must_enrol_at_once,
        must_enrol_after_grace: preview.must_enrol_later,
        locked_out_at_once: preview.locked_out_at_once,
        locked_out_after_grace: preview.locked_out_later,
        administrator_ids: preview.administrators.iter().map(ToString::to_string).collect(),
        refused: preview.refused,
    }
}

fn shown(short: Short) -> MfaPolicyShort {
    let Short { concerned, user_name, display_name, email } = short;
    MfaPolicyShort {
        user_id: concerned.user.to_string(),
        user_name,
        display_name,
        email,
        requirement: concerned.asked.as_str(),
        effect: concerned.effect.as_str(),
        at_once: concerned.at_once,
        due_at: time(concerned.due),
        administrator: concerned.administrator,
    }
}
