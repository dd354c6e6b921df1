//! What becomes of a request: somebody else agrees or does not, the user objects, it is carried out. Each of them looks at the
//! request again behind the user's lock, so that of two who act at once one is refused.

use std::sync::Arc;

use crate::access::{Actor, Extent, MfaReset, Permission, Permit, PersonActor, Place, Span};
use crate::context::Cx;
use crate::directory::factors::reset::{Done, carry_out};
use crate::directory::{Directory, grants, view};
use crate::error::{Error, Result};
use crate::ids::{MfaResetId, TenantId, UserId};
use crate::journal::Author;
use crate::store::accounts::{self, Account};
use crate::store::mfa_resets::{self as rows, CANCELLED, DONE, MfaReset as Request, REJECTED, Status};
use crate::store::one_time_links::{self as links, Link, RESET};
use crate::store::{Lock, Tx, people};

use super::{missing, note, refused, wanted};

/// Agrees to a request, so that it may be carried out by another when its time has come.
///
/// # Errors
/// [`Error::Forbidden`] for whoever asked, for the user, and for who has fewer permissions than the user;
/// [`Error::Conflict`] when nothing can become of the request, or it lacks its reason.
pub async fn approve(directory: &Directory, permit: &Permit<MfaReset>, cx: &Cx, id: MfaResetId) -> Result<()> {
    let (permit, cx) = (permit.clone(), cx.clone());
    let work = move |tx: &mut Tx<'_>| {
        let person = person(&permit)?;
        let (request, account) = open(tx, &permit, &cx, id)?;
        if person.user == request.requested_by {
            return Err(Error::forbidden("requester", "whoever asked for it cannot approve it"));
        }
        judge_touch(tx, &permit, &request)?;
        if request.status(cx.now) == Status::ReasonMissing {
            return Err(refused(&request, cx.now));
        }
        // One approval is enough, as long as whoever gave it may still give it.
        if is_approved(tx, permit.place(), &request, &cx)? {
            return Ok(());
        }
        rows::approve(tx, id, (person.user, person.tenant), cx.now)?;
        let author = Author { actor: permit.actor(), cx: &cx, tenant: permit.tenant() };
        note(tx, author, &account, (&request, "approved", None))
    };
    directory.store.write(work).await
}

/// Refuses a request for good, as an administrator; whoever asked may take it back like this too.
///
/// # Errors
/// [`Error::Conflict`] when nothing can become of the request any more.
pub async fn reject(
    directory: &Directory,
    permit: &Permit<MfaReset>,
    cx: &Cx,
    (id, reason): (MfaResetId, Option<String>),
) -> Result<()> {
    let (permit, cx) = (permit.clone(), cx.clone());
    let work = move |tx: &mut Tx<'_>| {
        let person = person(&permit)?;
        let (request, account) = open(tx, &permit, &cx, id)?;
        if !rows::close(tx, id, REJECTED, person.user, cx.now)? {
            return Err(refused(&request, cx.now));
        }
        let author = Author { actor: permit.actor(), cx: &cx, tenant: permit.tenant() };
        note(tx, author, &account, (&request, "rejected", reason.clone()))
    };
    directory.store.write(work).await
}

/// Objects to a request about oneself.
///
/// # Errors
/// [`Error::Missing`] when there is no such request about the person; [`Error::Conflict`] when nothing can become of it any
/// more.
pub async fn object(directory: &Directory, person: &PersonActor, cx: &Cx, id: MfaResetId) -> Result<()> {
    let (person, cx) = (person.clone(), cx.clone());
    let work = move |tx: &mut Tx<'_>| {
        tx.lock(Lock::User(person.user))?;
        let own = |found: &Request| found.user_id == person.user;
        let request = rows::find(tx, id)?.filter(own).ok_or_else(missing)?;
        let account = accounts::find(tx, person.tenant, person.user)?.ok_or(Error::Missing("user"))?;
        let actor = Actor::Person(person.clone());
        let author = Author { actor: &actor, cx: &cx, tenant: person.tenant };
        if withdraw(tx, author, &account, &request)? { Ok(()) } else { Err(refused(&request, cx.now)) }
    };
    directory.store.write(work).await
}

/// Objects to the request that a mailed link is about, which is used up with it. False when the link or the request is over:
/// then nothing changed.
///
/// # Errors
/// When the database cannot be asked.
pub fn object_by_link(tx: &mut Tx<'_>, author: Author<'_>, account: &Account, link: &Link) -> Result<bool> {
    tx.lock(Lock::User(account.id))?;
    let id = link.payload().get(RESET).and_then(|id| id.as_str()?.parse::<MfaResetId>().ok());
    let Some(id) = id else { return Ok(false) };
    let own = |found: &Request| found.user_id == account.id;
    let Some(request) = rows::find(tx, id)?.filter(own) else { return Ok(false) };
    let goes = request.status(author.cx.now).is_open() && links::consume(tx, &link.id, author.cx.now)?;
    Ok(goes && withdraw(tx, author, account, &request)?)
}

/// Closes a request that its user objects to; false when nothing can become of it any more. The caller holds the user's lock.
fn withdraw(tx: &mut Tx<'_>, author: Author<'_>, account: &Account, request: &Request) -> Result<bool> {
    let now = author.cx.now;
    let goes = request.status(now).is_open() && rows::close(tx, request.id, CANCELLED, account.id, now)?;
    if goes {
        note(tx, author, account, (request, "cancelled", None))?;
    }
    Ok(goes)
}

/// Carries a request out, once: closing it and what it asks for are one transaction. Who does it must be able to reset the
/// user's factors now, and whoever approved it must be so too; both are other people than the user and than each other.
///
/// # Errors
/// [`Error::Forbidden`] for the user, for whoever approved it, and for who has fewer permissions than the user;
/// [`Error::Conflict`] when its time has not come, when an approval is lacking or does not hold any more, and when nothing can
/// become of it any more.
pub async fn execute(directory: &Directory, permit: &Permit<MfaReset>, cx: &Cx, id: MfaResetId) -> Result<Done> {
    let random = directory.sources.random()?;
    let (permit, cx) = (permit.clone(), cx.clone());
    let work = move |tx: &mut Tx<'_>| {
        let person = person(&permit)?;
        let (request, account) = open(tx, &permit, &cx, id)?;
        judge_touch(tx, &permit, &request)?;
        if request.status(cx.now) != Status::Ready {
            return Err(refused(&request, cx.now));
        }
        if request.approver_required {
            if request.approved_by == Some(person.user) {
                return Err(Error::forbidden("approver", "whoever approved it cannot carry it out as well"));
            }
            if !is_approved(tx, permit.place(), &request, &cx)? {
                let why = "whoever approved it may not do so any more: another administrator must approve it";
                return Err(Error::conflict("approval_lapsed", why));
            }
        }
        if !rows::close(tx, id, DONE, person.user, cx.now)? {
            return Err(refused(&request, cx.now));
        }
        let author = Author { actor: permit.actor(), cx: &cx, tenant: permit.tenant() };
        note(tx, author, &account, (&request, "carried out", request.reason.clone()))?;
        carry_out(tx, author, &account, &wanted(&request), random)
    };
    directory.store.write(work).await
}

/// The person who acts: programs and the command line wait for nobody, and decide about nobody's request.
fn person(permit: &Permit<MfaReset>) -> Result<&PersonActor> {
    permit.actor().person().ok_or_else(|| Error::Denied("only a person who signed in may do this".to_owned()))
}

/// A request of which something can still become, about a user whom the permit reaches and who is locked from now on.
fn open(tx: &mut Tx<'_>, permit: &Permit<MfaReset>, cx: &Cx, id: MfaResetId) -> Result<(Request, Account)> {
    let seen = rows::find(tx, id)?.filter(|found| found.tenant_id == permit.tenant()).ok_or_else(missing)?;
    tx.lock(Lock::User(seen.user_id))?;
    // Whoever held the lock before may have closed it.
    let request = rows::find(tx, id)?.ok_or_else(missing)?;
    view::user(tx, permit, request.user_id).map_err(|error| match error {
        Error::Missing(_) => missing(),
        other => other,
    })?;
    let account = accounts::find(tx, permit.tenant(), request.user_id)?.ok_or_else(missing)?;
    if request.status(cx.now).is_open() { Ok((request, account)) } else { Err(refused(&request, cx.now)) }
}

/// Refuses the user, and whoever has fewer permissions than the user has by now.
fn judge_touch(tx: &mut Tx<'_>, permit: &Permit<MfaReset>, request: &Request) -> Result<()> {
    if permit.actor().person().is_some_and(|person| person.user == request.user_id) {
        return Err(Error::forbidden("oneself", "you cannot do this to your own second factors"));
    }
    grants::touch(tx, permit, permit.tenant(), request.user_id)
}

/// Whether somebody approved the request who could do so now: an active user who may reset the factors of this one.
fn is_approved(tx: &mut Tx<'_>, place: &Place, request: &Request, cx: &Cx) -> Result<bool> {
    match request.approved_by.zip(request.approver_tenant) {
        Some(approver) => is_able(tx, place, request, approver, cx),
        None => Ok(false),
    }
}

/// Whether somebody could approve the request now.
pub(super) fn is_able(
    tx: &mut Tx<'_>,
    place: &Place,
    request: &Request,
    (user, tenant): (UserId, TenantId),
    cx: &Cx,
) -> Result<bool> {
    let account = accounts::find(tx, tenant, user)?;
    if account.is_none_or(|account| account.status_at(cx.now) != "ACTIVE") {
        return Ok(false);
    }
    let holdings = Arc::new(grants::of_user(tx, tenant, user)?).at(cx.now);
    let reaches = match holdings.extent(Permission::MfaReset, place) {
        None => false,
        Some(Extent::Whole) => true,
        Some(Extent::Units(lineages)) => {
            let units = lineages.into_iter().map(|lineage| (place.tenant, lineage)).collect();
            let span = Span::Within { partners: Vec::new(), tenants: Vec::new(), units };
            people::within(tx, &span, place.tenant, request.user_id)?
        }
    };
    Ok(reaches && holdings.covers(&grants::of_user(tx, place.tenant, request.user_id)?))
}
