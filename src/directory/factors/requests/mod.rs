//! Requests for what lets somebody past the second factors of a user, where the tenant wants that considered: it asks for a
//! reason, for somebody else to agree, or for time in which the user can object (IR-17).
//!
//! A request is carried out by an administrator when its time has come, never by itself: what is shown once goes to whoever
//! asks for it then, and what everybody may is judged again at that moment. Nothing here removes a factor.

mod approvers;
mod decide;

use std::collections::HashMap;

use crate::access::{Actor, MfaReset, Permit, PersonActor, Place, WidePermit};
use crate::clock::Instant;
use crate::context::Cx;
use crate::directory::settings::ResetPolicy;
use crate::directory::{Directory, people, places};
use crate::error::{Error, Reason, Result};
use crate::ids::{MfaResetId, UserId};
use crate::journal::{Author, Diff};
use crate::notify::Purpose as Letter;
use crate::store::accounts::Account;
use crate::store::mfa_resets::{self as rows, MfaReset as Request};
use crate::store::one_time_links::RESET;
use crate::store::{Tx, names};

use super::enrolment::Deliver;
use super::reset::{Reset, What};
use super::{notices, record};

pub use crate::store::mfa_resets::Status;
pub use decide::{approve, execute, object, object_by_link, reject};

/// How long a request can be carried out once its time has come, in seconds.
const OPEN: i64 = 7 * 24 * 3600;
const HOUR: i64 = 3600;

/// A request with what its people are called.
#[derive(Clone, Debug)]
pub struct Named {
    /// The request.
    pub request: Request,
    /// How far it is.
    pub status: Status,
    /// The names of whom it is about, of who asked and of who agreed, as long as they live.
    pub names: HashMap<UserId, String>,
}

/// Which requests are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Those of a status.
    pub status: Option<Status>,
    /// Those of a tenant: its id or slug.
    pub tenant: Option<String>,
    /// Those about a user.
    pub user: Option<UserId>,
}

/// What is kept of what is asked for.
fn parts(what: What) -> (&'static str, Option<crate::ids::PasskeyId>, bool) {
    match what {
        What::Factors { keep_passkeys } => ("factors", None, keep_passkeys),
        What::Passkey(id) => ("passkey", Some(id), false),
        What::EnrolmentCode => ("enrolment_code", None, false),
    }
}

/// What a request asks for.
fn wanted(request: &Request) -> Reset {
    let what = match (request.what.as_str(), request.passkey_id) {
        ("passkey", Some(id)) => What::Passkey(id),
        ("enrolment_code", _) => What::EnrolmentCode,
        _ => What::Factors { keep_passkeys: request.keep_passkeys },
    };
    Reset { what, deliver: Deliver::of(&request.deliver), reason: request.reason.clone() }
}

/// What people are told that is asked for.
fn sentence(request: &Request) -> &'static str {
    match request.what.as_str() {
        "passkey" => "to remove one of your passkeys",
        "enrolment_code" => "for a code by which a second factor can be set up",
        _ => "to remove your second factors",
    }
}

/// Who asks for something, and where.
#[derive(Clone, Copy)]
pub(super) struct Asker<'a> {
    pub(super) author: Author<'a>,
    pub(super) person: &'a PersonActor,
    pub(super) place: &'a Place,
}

/// Asks for something. What is asked for already, by whomever, is asked for once; whoever did not say why may say so later.
/// The caller holds the user's lock and has asked whether the author may.
pub(super) fn ask(
    tx: &mut Tx<'_>,
    asker: Asker<'_>,
    account: &Account,
    (policy, wanted): (&ResetPolicy, &Reset),
    id: MfaResetId,
) -> Result<Request> {
    let Asker { author, person, .. } = asker;
    let (now, (what, passkey_id, keep_passkeys)) = (author.cx.now, parts(wanted.what));
    let same = |other: &Request| other.what == what && other.passkey_id == passkey_id;
    if let Some(known) = rows::open_of(tx, account.id, now)?.into_iter().find(same) {
        return explain(tx, asker, account, (known, wanted));
    }
    let due = now.plus_seconds(policy.wait_hours.saturating_mul(HOUR));
    let request = Request {
        id,
        tenant_id: account.tenant_id,
        user_id: account.id,
        what: what.to_owned(),
        passkey_id,
        keep_passkeys,
        deliver: wanted.deliver.as_str().to_owned(),
        reason: wanted.reason.clone(),
        reason_required: policy.reason_required,
        approver_required: policy.approver_required,
        requested_by: person.user,
        requested: now,
        due,
        expires: due.plus_seconds(OPEN),
        approved_by: None,
        approver_tenant: None,
        approved: None,
        outcome: None,
        closed_by: None,
        closed: None,
    };
    rows::insert(tx, &request)?;
    note(tx, author, account, (&request, "requested", request.reason.clone()))?;
    let (what, reset) = (sentence(&request), request.id.to_string());
    let payload = serde_json::json!({ "what": what, "due": notices::day_and_time(due), RESET: reset });
    notices::tell_everywhere(tx, author, account, (Letter::ResetRequested, Letter::ResetRequestedText), &payload)?;
    approvers::tell(tx, asker, &request)?;
    Ok(request)
}

/// Says why of a request that does not, when whoever made it says so.
fn explain(
    tx: &mut Tx<'_>,
    asker: Asker<'_>,
    account: &Account,
    (known, wanted): (Request, &Reset),
) -> Result<Request> {
    let Asker { author, person, .. } = asker;
    match &wanted.reason {
        Some(reason) if known.reason.is_none() && known.requested_by == person.user => {
            rows::set_reason(tx, known.id, reason)?;
            note(tx, author, account, (&known, "explained", Some(reason.clone())))?;
            let explained = Request { reason: Some(reason.clone()), ..known };
            approvers::tell(tx, asker, &explained)?;
            Ok(explained)
        }
        _ => Ok(known),
    }
}

/// Records what became of a request.
fn note(
    tx: &mut Tx<'_>,
    author: Author<'_>,
    account: &Account,
    (request, word, reason): (&Request, &str, Option<String>),
) -> Result<()> {
    let mut diff = Diff::default();
    diff.tell(&format!("mfa.reset.{}", request.what), word);
    record(tx, author, account, diff, reason)
}

/// The permit of an actor for the user whom a request is about; whoever may not know of the user does not learn that there is
/// such a request.
///
/// # Errors
/// [`Error::Missing`] when there is none in reach; [`Error::LacksScope`]; [`Error::StepUp`].
pub async fn permit(directory: &Directory, actor: &Actor, id: MfaResetId) -> Result<Permit<MfaReset>> {
    let found = directory.store.read_one(move |tx| rows::find(tx, id)).await?.ok_or_else(missing)?;
    people::permit(directory, actor, found.user_id).await.map_err(|error| match error {
        Error::Missing(_) => missing(),
        other => other,
    })
}

/// A request.
///
/// # Errors
/// [`Error::Missing`] when there is none about a user whom the permit reaches.
pub async fn find(directory: &Directory, permit: &Permit<MfaReset>, cx: &Cx, id: MfaResetId) -> Result<Named> {
    let (tenant, now) = (permit.tenant(), cx.now);
    let read = move |tx: &mut Tx<'_>| {
        let found = rows::find(tx, id)?.filter(|found| found.tenant_id == tenant).ok_or_else(missing)?;
        named(tx, vec![found], now)?.pop().ok_or_else(missing)
    };
    directory.store.read(read).await
}

/// A page of the requests about users in reach, the latest first, and how many there are.
///
/// # Errors
/// [`Error::Missing`] when a tenant is named that is not in reach.
pub async fn list(
    directory: &Directory,
    permit: &WidePermit<MfaReset>,
    cx: &Cx,
    wanted: Wanted,
    window: (i64, i64),
) -> Result<(Vec<Named>, i64)> {
    let (mut span, mut tenant, now) = (permit.span().clone(), None, cx.now);
    if let Some(name) = &wanted.tenant {
        let place = places::find(directory, name).await?;
        let narrowed = crate::access::decide::<MfaReset>(permit.actor(), &place).map_err(|error| match error {
            Error::LacksScope => Error::Missing("tenant"),
            other => other,
        })?;
        (span, tenant) = (narrowed.span(), Some(narrowed.tenant()));
    }
    let which = rows::Which { status: wanted.status, tenant, user: wanted.user };
    let read = move |tx: &mut Tx<'_>| {
        let (found, total) = rows::page(tx, &span, which, now, window)?;
        Ok((named(tx, found, now)?, total))
    };
    directory.store.read(read).await
}

/// The open requests about a person, whom they tell what is about to happen.
///
/// # Errors
/// When the database cannot be asked.
pub async fn own(directory: &Directory, person: &PersonActor, cx: &Cx) -> Result<Vec<Named>> {
    let (user, now) = (person.user, cx.now);
    let read = move |tx: &mut Tx<'_>| {
        let found = rows::open_of(tx, user, now)?;
        named(tx, found, now)
    };
    directory.store.read(read).await
}

fn named(tx: &mut Tx<'_>, found: Vec<Request>, now: Instant) -> Result<Vec<Named>> {
    let people = found.iter().flat_map(|request| {
        let others = [Some(request.requested_by), request.approved_by, request.closed_by];
        std::iter::once(request.user_id).chain(others.into_iter().flatten())
    });
    let people: Vec<UserId> = people.collect();
    let names: HashMap<UserId, String> = names::users(tx, &people)?.into_iter().collect();
    let one = |request: Request| Named { status: request.status(now), names: names.clone(), request };
    Ok(found.into_iter().map(one).collect())
}

fn missing() -> Error {
    Error::Missing("request")
}

/// Refuses what cannot be done to a request as it is.
fn refused(request: &Request, now: Instant) -> Error {
    let status = request.status(now);
    let (code, why) = match status {
        Status::ReasonMissing => ("reason_missing", "the tenant wants a reason: ask again with one"),
        Status::Pending => ("approval_required", "another administrator must approve the request first"),
        Status::Waiting => ("too_early", "the waiting time is not over"),
        _ => ("closed", "nothing can become of this request any more"),
    };
    let reason = Reason::new(code, why).with("status", status.as_str());
    Error::Conflict(if status == Status::Waiting { reason.with("due_at", request.due.to_string()) } else { reason })
}
