//! Requests for what lets somebody past the second factors of a user, where the tenant wants that considered: seen, approved,
//! rejected, carried out.

use std::collections::HashMap;

use serde::Serialize;
use utoipa::ToSchema;

use crate::access::{MfaReset, Needs, Permission, Permit, decide_widely};
use crate::directory::factors::requests::{self, Named, Status, Wanted};
use crate::error::Result;
use crate::http::document::{nonempty, text, uuid, words};
use crate::http::rest::{self, Parameters};
use crate::http::{BodyRule, Document, Endpoint, Exchange, Handler, Method, Reply};
use crate::ids::{MfaResetId, UserId};

use super::super::resets::{self, MfaDisabled};
use super::shared::{page, time, window};

const TAG: &str = "Users";
/// The longest slug or id of a tenant, and the longest reason, in characters.
const LONGEST_NAME: usize = 100;
const LONGEST_REASON: usize = 1_000;
const CLOSED: &str = "Nothing can become of the request any more";

/// A request for what lets somebody past the second factors of a user.
#[derive(Serialize, ToSchema)]
struct MfaResetRequest {
    #[schema(format = "uuid")]
    id: String,
    #[schema(format = "uuid")]
    tenant_id: String,
    #[schema(format = "uuid")]
    user_id: String,
    user_name: Option<String>,
    /// `factors`, `passkey` or `enrolment_code`.
    what: String,
    #[schema(format = "uuid")]
    passkey_id: Option<String>,
    keep_passkeys: bool,
    /// How an enrolment code reaches the user: `mail` or `show`.
    deliver: String,
    reason: Option<String>,
    /// `reason_missing`, `pending`, `waiting`, `ready`, `expired`, `rejected`, `cancelled` or `done`.
    status: &'static str,
    approver_required: bool,
    requested_by: MfaResetPerson,
    #[schema(format = DateTime)]
    requested_at: String,
    /// When it may be carried out at the earliest.
    #[schema(format = DateTime)]
    due_at: String,
    /// From when on it may not.
    #[schema(format = DateTime)]
    expires_at: String,
    approved_by: Option<MfaResetPerson>,
    #[schema(format = DateTime)]
    approved_at: Option<String>,
    /// Who rejected it, objected to it or carried it out.
    closed_by: Option<MfaResetPerson>,
    #[schema(format = DateTime)]
    closed_at: Option<String>,
}

/// Somebody who had to do with a request.
#[derive(Serialize, ToSchema)]
struct MfaResetPerson {
    #[schema(format = "uuid")]
    id: String,
    user_name: Option<String>,
}

/// The rows of this subject.
pub(super) fn endpoints() -> Vec<Endpoint> {
    const STATUSES: &[&str] =
        &["reason_missing", "pending", "waiting", "ready", "expired", "rejected", "cancelled", "done"];
    let document = |operation, summary| Document::new(operation, summary, TAG);
    let of_one = |operation, summary| document(operation, summary).path_id("reset_id", "The request");
    let list_all = document("list_mfa_resets", "List the requests to reset second factors")
        .query("status", "Those with this status", words(STATUSES, None))
        .query("tenant_id", "Those of a tenant: its id or slug", nonempty())
        .query("user_id", "Those about a user", uuid())
        .paged()
        .page::<MfaResetRequest>("A page of the requests about users in reach, the latest first")
        .error(404, "The tenant is not in reach");
    let show =
        of_one("get_mfa_reset", "See a request to reset second factors").data::<MfaResetRequest>(200, "The request");
    let agree = of_one("approve_mfa_reset", "Approve a request to reset second factors")
        .described("Not by whoever asked, nor by the user. One approval is enough.")
        .data::<MfaResetRequest>(200, "The request")
        .conflict("It lacks its reason, or nothing can become of it any more");
    let refuse = of_one("reject_mfa_reset", "Reject a request to reset second factors")
        .query("reason", "Why", text())
        .data::<MfaResetRequest>(200, "The request")
        .conflict(CLOSED);
    let carry_out = of_one("execute_mfa_reset", "Carry out a request to reset second factors")
        .described("Works once, when its status is `ready`. Not by whoever approved it, nor by the user.")
        .data::<MfaDisabled>(200, "What is left, and the enrolment code when it was to be shown")
        .conflict("It lacks its reason or an approval that holds, its time has not come, or nothing can become of it any more");
    vec![
        row(Method::Get, "/admin/mfa-resets", |x| Box::pin(list(x)), list_all),
        row(Method::Get, "/admin/mfa-resets/{reset_id}", |x| Box::pin(find(x)), show),
        row(Method::Post, "/admin/mfa-resets/{reset_id}/approve", |x| Box::pin(approve(x)), agree),
        row(Method::Post, "/admin/mfa-resets/{reset_id}/reject", |x| Box::pin(reject(x)), refuse),
        row(Method::Post, "/admin/mfa-resets/{reset_id}/execute", |x| Box::pin(execute(x)), carry_out),
    ]
}

fn row(method: Method, path: &'static str, handler: Handler, document: Document) -> Endpoint {
    let (needs, change) = (Needs::One(Permission::MfaReset), method == Method::Post);
    Endpoint { method, path, needs, body: BodyRule::None, change, handler, document: None }.documented(document)
}

async fn list(exchange: Exchange) -> Result<Reply> {
    let permit = decide_widely::<MfaReset>(exchange.actor()?)?;
    let mut parameters = Parameters::of(&exchange.query);
    let wanted = Wanted {
        status: parameters.word("status", &Status::WORDS),
        tenant: parameters.text("tenant_id", LONGEST_NAME),
        user: parameters.id::<UserId>("user_id"),
    };
    let paging = parameters.paging();
    parameters.finish()?;
    let directory = &exchange.services.directory;
    let found = requests::list(directory, &permit, &exchange.cx, wanted, window(paging)).await?;
    page(&exchange, found, paging, shown)
}

/// The request of the path, and the permit for its user.
async fn reached(exchange: &Exchange) -> Result<(MfaResetId, Permit<MfaReset>)> {
    let id = rest::id::<MfaResetId>(exchange, "reset_id", "request")?;
    let permit = requests::permit(&exchange.services.directory, exchange.actor()?, id).await?;
    exchange.note.within(permit.tenant());
    Ok((id, permit))
}

async fn answer(exchange: &Exchange, permit: &Permit<MfaReset>, id: MfaResetId) -> Result<Reply> {
    let found = requests::find(&exchange.services.directory, permit, &exchange.cx, id).await?;
    rest::data(200, &shown(found), &exchange.cx)
}

async fn find(exchange: Exchange) -> Result<Reply> {
    let (id, permit) = reached(&exchange).await?;
    answer(&exchange, &permit, id).await
}

async fn approve(exchange: Exchange) -> Result<Reply> {
    let (id, permit) = reached(&exchange).await?;
    requests::approve(&exchange.services.directory, &permit, &exchange.cx, id).await?;
    answer(&exchange, &permit, id).await
}

async fn reject(exchange: Exchange) -> Result<Reply> {
    let (id, permit) = reached(&exchange).await?;
    let mut parameters = Parameters::of(&exchange.query);
    let reason = parameters.free_text("reason", LONGEST_REASON);
    parameters.finish()?;
    requests::reject(&exchange.services.directory, &permit, &exchange.cx, (id, reason)).await?;
    answer(&exchange, &permit, id).await
}

async fn execute(exchange: Exchange) -> Result<Reply> {
    let (id, permit) = reached(&exchange).await?;
    let done = requests::execute(&exchange.services.directory, &permit, &exchange.cx, id).await?;
    resets::disabled(&done, &exchange.cx)
}

fn shown(Named { request, status, names }: Named) -> MfaResetRequest {
    let person = |id: UserId| MfaResetPerson { id: id.to_string(), user_name: name(&names, id) };
    MfaResetRequest {
        id: request.id.to_string(),
        tenant_id: request.tenant_id.to_string(),
        user_id: request.user_id.to_string(),
        user_name: name(&names, request.user_id),
        what: request.what,
        passkey_id: request.passkey_id.map(|id| id.to_string()),
        keep_passkeys: request.keep_passkeys,
        deliver: request.deliver,
        reason: request.reason,
        status: status.as_str(),
        approver_required: request.approver_required,
        requested_by: person(request.requested_by),
        requested_at: request.requested.to_string(),
        due_at: request.due.to_string(),
        expires_at: request.expires.to_string(),
        approved_by: request.approved_by.map(person),
        approved_at: time(request.approved),
        closed_by: request.closed_by.map(person),
        closed_at: time(request.closed),
    }
}

fn name(names: &HashMap<UserId, String>, id: UserId) -> Option<String> {
    names.get(&id).cloned()
}
