//! Who owns the platform: users with the role `platform_owner` over the whole installation. Being an owner is that grant
//! and nothing else. Here stand the rules that every door keeps: who may become one, and that one is always left.

mod make;
mod users;

use crate::access::role::PLATFORM_OWNER;
use crate::access::{OwnersWrite, WidePermit};
use crate::context::Cx;
use crate::error::{Error, Result};
use crate::ids::{GrantId, TenantId, UserId};
use crate::journal::Author;
use crate::notify::{Purpose, outbox};
use crate::store::accounts::{self, Account};
use crate::store::{Lock, Tx, owners as rows, tenants, text};

pub use crate::store::owners::Owner;
pub use make::{NewOwner, create, ensure, recover};
pub use users::{Factors, PlatformUser, factors, find, list as users, search};

use super::factors::Method;
use super::grants::{self, Draft, Reaching, Subject};
use super::{Directory, settings};

/// Refuses to leave the platform without an owner who can sign in. Called after a change that may have taken one, as the
/// last thing in its transaction: whoever does the same meanwhile waits for its end.
///
/// # Errors
/// [`Error::Conflict`] when nobody is left.
pub fn keep_one(tx: &mut Tx<'_>) -> Result<()> {
    tx.lock(Lock::Owners)?;
    if any_able(tx)? {
        return Ok(());
    }
    Err(Error::conflict("last_owner", "this would leave the platform without an owner who can sign in"))
}

/// Whether there is an owner who can sign in for good: active, in a tenant that is not suspended, with a password that does
/// not end by itself, or with a passkey where the tenant lets people sign in by one. A password that must be changed counts:
/// its owner changes it by themselves.
///
/// # Errors
/// When the database cannot be asked.
pub(in crate::directory) fn any_able(tx: &mut Tx<'_>) -> Result<bool> {
    let active = rows::active(tx)?;
    let users: Vec<UserId> = active.iter().map(|(user, _)| *user).collect();
    if rows::any_with_lasting_password(tx, &users)? {
        return Ok(true);
    }
    let with_passkeys = rows::with_passkeys(tx, &users)?;
    for (_, tenant) in active.iter().filter(|(user, _)| with_passkeys.contains(user)) {
        if settings::of(tx, *tenant)?.mfa.allows(Method::Passkey) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The same after a change of one user, as long as its grants stand: whoever owns nothing cannot be the last owner, and
/// waits for nobody.
///
/// # Errors
/// As [`keep_one`].
pub fn keep_one_besides(tx: &mut Tx<'_>, changed: UserId) -> Result<()> {
    if is_one(tx, changed)? { keep_one(tx) } else { Ok(()) }
}

/// Whether a user is an owner.
///
/// # Errors
/// When the database cannot be asked.
pub fn is_one(tx: &mut Tx<'_>, user: UserId) -> Result<bool> {
    Ok(rows::grant_of(tx, user)?.is_some())
}

/// Every owner, the first one first.
///
/// # Errors
/// [`Error::LacksScope`] when the permit does not reach everywhere.
pub async fn list(directory: &Directory, permit: &WidePermit<OwnersWrite>) -> Result<Vec<Owner>> {
    permit.everywhere()?;
    directory.store.read(rows::list).await
}

/// Makes a user an owner.
///
/// # Errors
/// [`Error::Missing`] when there is no such user; [`Error::Conflict`] for one who is an owner already or may not become
/// one.
pub async fn promote(directory: &Directory, permit: &WidePermit<OwnersWrite>, cx: &Cx, user: UserId) -> Result<()> {
    permit.everywhere()?;
    let id = GrantId::new(cx.now, directory.sources.random()?);
    let (permit, cx) = (permit.clone(), cx.clone());
    directory
        .store
        .write(move |tx| {
            let account = account(tx, user)?;
            if rows::grant_of(tx, user)?.is_some() {
                return Err(Error::conflict("already_owner", "this user is an owner of the platform already"));
            }
            let author = Author { actor: permit.actor(), cx: &cx, tenant: account.tenant_id };
            grants::give(tx, author, id, &draft(user, "direct")).map(drop)
        })
        .await
}

/// Takes a user the ownership away.
///
/// # Errors
/// [`Error::Missing`] when there is no such user; [`Error::Conflict`] for oneself, for one who is no owner, and for the
/// last one.
pub async fn demote(directory: &Directory, permit: &WidePermit<OwnersWrite>, cx: &Cx, user: UserId) -> Result<()> {
    permit.everywhere()?;
    let (permit, cx) = (permit.clone(), cx.clone());
    directory
        .store
        .write(move |tx| {
            let account = account(tx, user)?;
            let grant = rows::grant_of(tx, user)?;
            let grant = grant.ok_or_else(|| Error::conflict("not_owner", "this user is no owner of the platform"))?;
            let author = Author { actor: permit.actor(), cx: &cx, tenant: account.tenant_id };
            grants::take(tx, author, &grant)
        })
        .await
}

/// Makes a user an owner whom the installation makes one, not another owner; in a transaction that is open.
///
/// # Errors
/// [`Error::Taken`] when another owner has the e-mail, when the user is one already, or when there is any and only the
/// first one is wanted.
pub(in crate::directory) fn install(
    tx: &mut Tx<'_>,
    author: Author<'_>,
    id: GrantId,
    user: UserId,
    only_first: bool,
) -> Result<()> {
    tx.lock(Lock::Owners)?;
    if only_first && !rows::list(tx)?.is_empty() {
        return Err(Error::Taken("the platform has an owner already".to_owned()));
    }
    let account = accounts::find(tx, author.tenant, user)?.ok_or(Error::Missing("user"))?;
    judge_email(tx, user, account.email.as_deref().unwrap_or_default())?;
    grants::install(tx, author, id, &draft(user, "bootstrap"))?;
    tell(tx, author, "made", user)
}

/// Tells the owners that something became of one of them, or of who was one (IR-16).
///
/// # Errors
/// When the database cannot be asked.
pub(in crate::directory) fn tell(tx: &mut Tx<'_>, author: Author<'_>, what: &str, of: UserId) -> Result<()> {
    let owner = accounts::find(tx, author.tenant, of)?.and_then(|account| account.email);
    for other in rows::list(tx)?.iter().filter(|other| other.user != of) {
        let payload = serde_json::json!({ "what": what, "owner": owner.as_deref().unwrap_or("somebody") });
        let (tenant, user, purpose) = (other.tenant, other.user, Purpose::OwnerChanged);
        outbox::put(tx, &outbox::Message { tenant, user, purpose, payload, due: author.cx.now })?;
    }
    Ok(())
}

/// What makes a user an owner.
fn draft(user: UserId, origin: &'static str) -> Draft {
    Draft {
        subject: Subject::User(user),
        role: PLATFORM_OWNER.to_owned(),
        scope: Reaching::Platform,
        expires: None,
        origin,
    }
}

/// Refuses whoever may not become an owner: only an active user with a confirmed e-mail that no other owner has. By that
/// e-mail owners sign in. The first owner is made by the installation itself, whom there is nobody to ask for.
pub(super) fn judge(tx: &mut Tx<'_>, author: Author<'_>, draft: &Draft) -> Result<()> {
    let Subject::User(user) = draft.subject else {
        return Err(Error::fault(["body", "subject"], "value_error", "only a user owns the platform"));
    };
    if draft.expires.is_some() {
        return Err(Error::fault(["body", "expires_at"], "value_error", "an owner is one until somebody demotes them"));
    }
    tx.lock(Lock::Owners)?;
    let account = accounts::find(tx, author.tenant, user)?.ok_or(Error::Missing("user"))?;
    if account.status_at(author.cx.now) != "ACTIVE" {
        return Err(Error::conflict("not_active", "only an active user can become an owner of the platform"));
    }
    let email = account.email.as_deref().filter(|_| account.email_verified);
    let email = email.ok_or_else(|| {
        Error::conflict("email_not_verified", "only a user with a confirmed e-mail can become an owner of the platform")
    })?;
    judge_email(tx, user, email)
}

fn judge_email(tx: &mut Tx<'_>, user: UserId, email: &str) -> Result<()> {
    let same = |owner: &Owner| owner.email.as_deref().is_some_and(|other| text::key(other) == text::key(email));
    if rows::list(tx)?.iter().any(|owner| owner.user != user && same(owner)) {
        return Err(Error::Taken("another owner of the platform has this e-mail".to_owned()));
    }
    Ok(())
}

/// Refuses an owner an e-mail that another owner has: by it they sign in (IR-1). Asked by whatever gives an account an
/// e-mail, last in its transaction; whoever owns nothing waits for nobody.
///
/// # Errors
/// [`Error::Taken`] when another owner has it.
pub fn keep_email_apart(tx: &mut Tx<'_>, user: UserId, email: Option<&str>) -> Result<()> {
    let Some(email) = email else { return Ok(()) };
    if !is_one(tx, user)? {
        return Ok(());
    }
    tx.lock(Lock::Owners)?;
    judge_email(tx, user, email)
}

/// The account of a living user of whatever tenant, locked.
fn account(tx: &mut Tx<'_>, user: UserId) -> Result<Account> {
    let (tenant, _, _): (TenantId, _, _) = tenants::place_of_user(tx, user)?.ok_or(Error::Missing("user"))?;
    tx.lock(Lock::User(user))?;
    accounts::find(tx, tenant, user)?.ok_or(Error::Missing("user"))
}
