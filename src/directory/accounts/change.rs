//! Changes of a status: by administrators, by those who sign in, and by time.

use crate::access::{Actor, PermissionType, Permit, UsersApprove, UsersDelete, UsersStatus, UsersUnlock, decide, role};
use crate::clock::Instant;
use crate::context::Cx;
use crate::directory::settings::{self, SourceLock};
use crate::directory::source_lock::{self, Overruled};
use crate::directory::{Directory, grants, keys, owners, passwords};
use crate::error::{Error, Result};
use crate::ids::{TenantId, UserId};
use crate::journal::{Author, Diff};
use crate::notify::{Purpose, outbox};
use crate::store::accounts::{self as rows, Account};
use crate::store::identities::SCIM;
use crate::store::{Lock, Tx};

use super::status::{Activation, Facts, Hold, Refusal, Standing, Status, Verdict, Wish};
use super::{Loaded, Why, end_everything, guesses, load, load_reached, record};

/// Accounts whose time has come that are written in one transaction.
const BATCH: i64 = 200;

/// What an administrator asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusChange {
    /// The status.
    pub status: Status,
    /// Why.
    pub reason: Option<String>,
    /// Up to when, for a suspension that ends by itself.
    pub until: Option<Instant>,
    /// Whether sessions end with it. They always do when the account is disabled.
    pub terminate_sessions: bool,
}

/// What became of a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Changed {
    /// What it is now.
    pub standing: Standing,
    /// Whether anything was written.
    pub changed: bool,
    /// Whether it goes against what the user's source says, in a tenant that warns of that.
    pub overruled: bool,
}

/// Gives an account another status.
///
/// # Errors
/// [`Error::Missing`] when the permit reaches no such user; [`Error::Denied`] for one with more permissions;
/// [`Error::Conflict`] with `final`, `transition` or `source_locked`; [`Error::LacksScope`] when somebody who waits for
/// approval would be approved without the permission for it.
pub async fn set_status(
    directory: &Directory,
    permit: &Permit<UsersStatus>,
    cx: &Cx,
    user: UserId,
    change: StatusChange,
) -> Result<Changed> {
    let work = Work { permit: permit.clone(), cx: cx.clone() };
    let key = keys::guesses(directory).await?.bytes().to_vec();
    directory.store.write(move |tx| work.set_status(tx, user, &change, &key)).await
}

/// Ends what locked an account: too many guesses, or an administrator.
///
/// # Errors
/// As [`set_status`].
pub async fn unlock(directory: &Directory, permit: &Permit<UsersUnlock>, cx: &Cx, user: UserId) -> Result<Changed> {
    let work = Work { permit: permit.clone(), cx: cx.clone() };
    let key = keys::guesses(directory).await?.bytes().to_vec();
    let change = move |tx: &mut Tx<'_>| {
        let changed = work.change(tx, user, None, |facts| match facts.locked {
            Hold::None => Ok(None),
            _ => Ok(Some(Facts { locked: Hold::None, ..*facts })),
        })?;
        let forgotten = guesses::forget(tx, &key, work.permit.tenant(), user, work.cx.now)?;
        if forgotten && !changed.changed {
            let account = load(tx, work.permit.tenant(), user)?.account;
            let mut diff = Diff::default();
            diff.tell("failedSignIns", "forgotten");
            record(tx, work.author(), &account, diff, None)?;
        }
        Ok(changed)
    };
    directory.store.write(change).await
}

/// Approves a user who waits for it.
///
/// # Errors
/// As [`set_status`]; [`Error::Conflict`] with `transition` for one who waits for something else, `final` for one who was
/// deactivated.
pub async fn approve(directory: &Directory, permit: &Permit<UsersApprove>, cx: &Cx, user: UserId) -> Result<Changed> {
    let work = Work { permit: permit.clone(), cx: cx.clone() };
    let change = move |tx: &mut Tx<'_>| {
        let changed = work.change(tx, user, None, |facts| match facts.activation {
            _ if facts.deactivated.is_some() => Err(refused(Refusal::Final)),
            Activation::Done => Ok(None),
            Activation::Approval => Ok(Some(Facts { activation: Activation::Done, ..*facts })),
            Activation::Invited | Activation::Unverified => Err(refused(Refusal::Transition)),
        })?;
        if changed.changed {
            may_approve(tx, work.permit.actor(), work.permit.tenant(), user)?;
        }
        Ok(changed)
    };
    directory.store.write(change).await
}

/// Deactivates an account for good: as a deletion, but that the user stays to be seen.
///
/// # Errors
/// [`Error::Missing`] when the permit reaches no such user; [`Error::Denied`] for one with more permissions;
/// [`Error::Conflict`] with `last_owner`.
pub async fn deactivate(
    directory: &Directory,
    permit: &Permit<UsersDelete>,
    cx: &Cx,
    user: UserId,
    reason: Option<String>,
) -> Result<Changed> {
    let work = Work { permit: permit.clone(), cx: cx.clone() };
    let now = cx.now;
    let change = move |tx: &mut Tx<'_>| {
        work.change(tx, user, reason.as_deref(), |facts| match facts.deactivated {
            Some(_) => Ok(None),
            None => Ok(Some(Facts { deactivated: Some(now), ..*facts })),
        })
    };
    directory.store.write(change).await
}

struct Work<P> {
    permit: Permit<P>,
    cx: Cx,
}

impl<P: PermissionType> Work<P> {
    fn author(&self) -> Author<'_> {
        Author { actor: self.permit.actor(), cx: &self.cx, tenant: self.permit.tenant() }
    }

    /// Makes other facts of those that are, unless nothing is to change.
    fn change(
        &self,
        tx: &mut Tx<'_>,
        user: UserId,
        reason: Option<&str>,
        make: impl FnOnce(&Facts) -> Result<Option<Facts>>,
    ) -> Result<Changed> {
        let before = load_reached(tx, &self.permit, user)?;
        grants::touch(tx, &self.permit, self.permit.tenant(), user)?;
        match make(&before.facts)? {
            None => Ok(Changed::not(before.facts.standing(self.cx.now))),
            Some(after) => {
                let standing = apply(tx, self.author(), &before, &after, reason, false)?;
                Ok(Changed { standing, changed: true, overruled: false })
            }
        }
    }
}

impl Work<UsersStatus> {
    fn set_status(&self, tx: &mut Tx<'_>, user: UserId, change: &StatusChange, key: &[u8]) -> Result<Changed> {
        let (now, tenant) = (self.cx.now, self.permit.tenant());
        let before = load_reached(tx, &self.permit, user)?;
        grants::touch(tx, &self.permit, tenant, user)?;
        let says_no = !before.facts.source_active;
        let lock = if says_no { settings::of(tx, tenant)?.source_lock } else { SourceLock::Off };
        let wish = Wish { status: change.status, until: change.until, source_locked: lock == SourceLock::Enforce };
        let (after, verdict) = before.facts.changed(wish, now).map_err(refused)?;
        if verdict == Verdict::Same {
            return Ok(Changed::not(before.facts.standing(now)));
        }
        if verdict == Verdict::Approves {
            let permit = decide::<UsersApprove>(self.permit.actor(), self.permit.place())?;
            super::judge_reach(tx, &permit, user).map_err(|_| Error::LacksScope)?;
            may_approve(tx, permit.actor(), tenant, user)?;
        }
        if before.facts.locked != Hold::None && after.locked == Hold::None {
            guesses::forget(tx, key, tenant, user, now)?;
        }
        let overruled = lock == SourceLock::Warn && after.source_active;
        let warning = overruled.then(|| Overruled::of(SCIM, "active").reason());
        let reasons: Vec<String> = change.reason.iter().cloned().chain(warning).collect();
        let reason = Some(reasons.join("; ")).filter(|reason| !reason.is_empty());
        let standing = apply(tx, self.author(), &before, &after, reason.as_deref(), change.terminate_sessions)?;
        Ok(Changed { standing, changed: true, overruled })
    }
}

impl Changed {
    fn not(standing: Standing) -> Self {
        Self { standing, changed: false, overruled: false }
    }
}

/// Writes other facts, with all that follows from them: what was issued ends when the account is disabled, an owner who
/// can sign in remains, and the journal tells of it.
pub(super) fn apply(
    tx: &mut Tx<'_>,
    author: Author<'_>,
    before: &Loaded,
    after: &Facts,
    reason: Option<&str>,
    ends_sessions: bool,
) -> Result<Standing> {
    let now = author.cx.now;
    let (standing, mut diff) = before.write(tx, after, None, Why { actor: author.actor, reason }, now)?;
    let disabled = standing.status == Status::Disabled && before.facts.status(now) != Status::Disabled;
    if disabled || ends_sessions {
        end_everything(tx, before.account.id)?;
        diff.tell("sessions", "ended");
    }
    if standing.status != Status::Active {
        owners::keep_one_besides(tx, before.account.id)?;
    }
    // Who is suspended still may choose a password meanwhile.
    if before.facts.activation == Activation::Approval && after.activation == Activation::Done {
        tell_approved(tx, author, &before.account)?;
    }
    record(tx, author, &before.account, diff, reason.map(str::to_owned))?;
    Ok(standing)
}

/// Approving is giving whatever the user holds (IR-3).
fn may_approve(tx: &mut Tx<'_>, actor: &Actor, tenant: TenantId, user: UserId) -> Result<()> {
    let held = grants::of_user(tx, tenant, user)?;
    grants::may_give(tx, actor, &held)
}

/// Writes to somebody who was approved: how to set the first password, where there is none yet. Whoever signs in elsewhere
/// was not waiting for word of ours.
fn tell_approved(tx: &mut Tx<'_>, author: Author<'_>, account: &Account) -> Result<()> {
    if !passwords::are_ours(tx, account)? {
        return Ok(());
    }
    let purpose = if rows::has_local_password(tx, account.id)? { Purpose::Approved } else { Purpose::Welcome };
    let (tenant, user, payload, due) = (author.tenant, account.id, serde_json::json!({}), author.cx.now);
    outbox::put(tx, &outbox::Message { tenant, user, purpose, payload, due })
}

fn refused(refusal: Refusal) -> Error {
    match refusal {
        Refusal::Final => Error::conflict("final", "the account was deactivated for good"),
        Refusal::Transition => Error::conflict("transition", "the account cannot get this status from the one it has"),
        Refusal::SourceLocked => Error::Conflict(source_lock::refusal(SCIM, "active")),
    }
}

/// What activates an account that waits for its user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activated {
    /// A sign-in, by whatever method.
    BySignIn,
    /// Accepting the invitation.
    ByAccepting,
    /// The link that was mailed to the address.
    ByLink,
}

impl Activated {
    fn reason(self) -> &'static str {
        match self {
            Self::BySignIn => "signed in after an invitation",
            Self::ByAccepting => "accepted the invitation",
            Self::ByLink => "confirmed the e-mail address",
        }
    }
}

/// Notes that a user who was waited for came; answers whether that activated the account. In the transaction of the
/// sign-in or of the link.
///
/// # Errors
/// When the database cannot be asked.
pub fn activate(tx: &mut Tx<'_>, author: Author<'_>, user: UserId, by: Activated) -> Result<bool> {
    tx.lock(Lock::User(user))?;
    let before = load(tx, author.tenant, user)?;
    let activates = match before.facts.activation {
        Activation::Invited => true,
        Activation::Unverified => by == Activated::ByLink,
        Activation::Done | Activation::Approval => false,
    };
    if activates {
        let after = Facts { activation: Activation::Done, ..before.facts };
        apply(tx, author, &before, &after, Some(by.reason()), false)?;
    }
    Ok(activates)
}

/// Locks an account after too many guesses; answers whether it did. One that is locked already is not locked longer, and
/// an owner of the platform never is. In the transaction that counts the guess.
///
/// # Errors
/// When the database cannot be asked.
pub fn lock_until(tx: &mut Tx<'_>, author: Author<'_>, user: UserId, until: Instant) -> Result<bool> {
    tx.lock(Lock::User(user))?;
    let before = load(tx, author.tenant, user)?;
    if before.facts.status(author.cx.now) != Status::Active || is_platform_owner(tx, author.tenant, user)? {
        return Ok(false);
    }
    let after = Facts { locked: Hold::Until(until), ..before.facts };
    apply(tx, author, &before, &after, Some("too many failed sign-ins"), false)?;
    Ok(true)
}

/// Ends whatever holds an account back, for good too: the way back in that only the machine gives. In the transaction of it;
/// `key` is that of the guesses, which are forgotten.
///
/// # Errors
/// When the database cannot be asked.
pub(in crate::directory) fn readmit(tx: &mut Tx<'_>, author: Author<'_>, user: UserId, key: &[u8]) -> Result<()> {
    tx.lock(Lock::User(user))?;
    let before = load(tx, author.tenant, user)?;
    guesses::forget(tx, key, author.tenant, user, author.cx.now)?;
    if before.facts == Facts::default() {
        return Ok(());
    }
    apply(tx, author, &before, &Facts::default(), Some("let in again by an operator"), false).map(drop)
}

fn is_platform_owner(tx: &mut Tx<'_>, tenant: TenantId, user: UserId) -> Result<bool> {
    let holdings = grants::of_user(tx, tenant, user)?;
    Ok(holdings.iter().any(|held| &*held.role == role::PLATFORM_OWNER))
}

/// Writes the status of accounts whose time has come, so that lists and filters say what reading one says. For a job.
///
/// # Errors
/// When the database cannot be asked; what was written until then stays.
pub async fn settle(directory: &Directory, actor: &Actor, cx: &Cx) -> Result<u64> {
    let mut settled = 0;
    loop {
        let now = cx.now;
        let due = directory.store.read(move |tx| rows::due(tx, now, BATCH)).await?;
        if due.is_empty() {
            return Ok(settled);
        }
        for (tenant, user) in due {
            let (actor, cx) = (actor.clone(), cx.clone());
            let write = move |tx: &mut Tx<'_>| settle_one(tx, Author { actor: &actor, cx: &cx, tenant }, user);
            directory.store.write(write).await?;
            settled += 1;
        }
    }
}

/// Writes the status of an account whose time has come. In the transaction of what goes by what is written.
pub(in crate::directory) fn settle_one(tx: &mut Tx<'_>, author: Author<'_>, user: UserId) -> Result<()> {
    tx.lock(Lock::User(user))?;
    let Some(account) = rows::find(tx, author.tenant, user)? else { return Ok(()) };
    let now = author.cx.now;
    if account.status_until.is_none_or(|end| end > now) {
        return Ok(());
    }
    let before = load(tx, author.tenant, user)?;
    let lasting = |hold: Hold| if hold.end().is_some_and(|end| end <= now) { Hold::None } else { hold };
    let facts = before.facts;
    let after = Facts { suspended: lasting(facts.suspended), locked: lasting(facts.locked), ..facts };
    apply(tx, author, &before, &after, None, false).map(drop)
}
