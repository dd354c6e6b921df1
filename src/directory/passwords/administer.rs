//! Passwords of users as administrators reset them: by a mailed link, by a new one, by one that works once. Users whom
//! another source provisions get none of them: their passwords are that source's.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use crate::access::{PasswordsReset, PasswordsSet, PermissionType, Permit};
use crate::clock::Instant;
use crate::context::Cx;
use crate::directory::{Directory, applications, grants, owners, settings, source_lock, view};
use crate::error::{Error, Result};
use crate::ids::{TenantId, UserId};
use crate::journal::Author;
use crate::notify::{Purpose, outbox};
use crate::password::Password as Typed;
use crate::secret::Secret;
use crate::store::accounts::{self, Account};
use crate::store::{Lock, Tx};

use super::kept::{self, Chosen, Kind};

/// The member of a link's payload that says where it leads back to.
pub const REDIRECT: &str = "redirect_uri";
/// How long a temporary password works, in seconds.
const TEMPORARY_SECONDS: i64 = 24 * 3600;

/// A password that works once.
#[derive(Clone, Debug)]
pub struct Temporary {
    /// The password, to be shown once.
    pub password: Secret,
    /// Until when it works.
    pub expires: Instant,
}

/// Mails a user a link to set a password. It goes to an address that was proven; to whoever was invited and did not come
/// yet, the invitation goes again, and to whoever waits for the e-mail to be confirmed, the link for that.
///
/// # Errors
/// [`Error::Missing`] when the permit reaches no such user; [`Error::Denied`] for one with more permissions;
/// [`Error::Conflict`] with `source_locked` or `unverified_email`; [`Error::Unprocessable`] for a place to lead back to
/// that the tenant does not know.
pub async fn mail(
    directory: &Directory,
    permit: &Permit<PasswordsReset>,
    cx: &Cx,
    id: UserId,
    redirect_uri: Option<String>,
) -> Result<()> {
    let (permit, cx) = (permit.clone(), cx.clone());
    let work = move |tx: &mut Tx<'_>| {
        let account = judged(tx, &permit, id)?;
        let payload = match &redirect_uri {
            Some(uri) if leads_back(tx, permit.tenant(), uri)? => json!({ REDIRECT: uri }),
            Some(_) => {
                let why = "is none of the places that the tenant or an application of it lets links lead back to";
                return Err(Error::fault(["body", "redirect_uri"], "value_error", why));
            }
            None => json!({}),
        };
        let purpose = purpose(&account)?;
        outbox::put(tx, &outbox::Message { tenant: permit.tenant(), user: id, purpose, payload, due: cx.now })?;
        let author = Author { actor: permit.actor(), cx: &cx, tenant: permit.tenant() };
        kept::record(tx, author, &account, "passwordResetMailed", None)
    };
    directory.store.write(work).await
}

/// Whether a mailed link of a tenant may lead there, once it was used: the tenant or one of its applications says so (IR-9).
fn leads_back(tx: &mut Tx<'_>, tenant: TenantId, uri: &str) -> Result<bool> {
    if settings::of(tx, tenant)?.redirect_uris.iter().any(|known| known == uri) {
        return Ok(true);
    }
    applications::lead_back_to(tx, tenant, uri)
}

fn purpose(account: &Account) -> Result<Purpose> {
    let proven = (account.email_verified && account.email.is_some()) || account.verified_email.is_some();
    match account.activation.as_str() {
        "invited" if account.email.is_some() => Ok(Purpose::Welcome),
        "unverified" if account.email.is_some() => Ok(Purpose::Verify),
        _ if proven => Ok(Purpose::Reset),
        _ => Err(Error::conflict("unverified_email", "the user has no confirmed e-mail that a link could be sent to")),
    }
}

/// Gives a user a new password; `must_change` makes the user choose another one at the next sign-in. `place` is where the
/// input stands that it came from.
///
/// # Errors
/// As [`mail`]; [`Error::Unprocessable`] for a password that is not good enough; [`Error::Forbidden`] for oneself, because
/// whoever changes their own password shows the present one.
pub async fn set(
    directory: &Directory,
    permit: &Permit<PasswordsSet>,
    cx: &Cx,
    id: UserId,
    (password, must_change): (Typed, bool),
    place: &[&'static str],
) -> Result<()> {
    let account = look(directory, permit, id).await?;
    let chosen = kept::choose(directory, &account, password, place).await?;
    give(directory, permit, cx, id, chosen, if must_change { Kind::Given } else { Kind::Set }).await
}

/// Gives a user a password that works once, and until tomorrow.
///
/// # Errors
/// As [`set`]; [`Error::Conflict`] with `last_owner` for the last owner of the platform who can sign in: if nobody used it in
/// time, none could.
pub async fn set_temporary(
    directory: &Directory,
    permit: &Permit<PasswordsSet>,
    cx: &Cx,
    id: UserId,
) -> Result<Temporary> {
    look(directory, permit, id).await?;
    let text = URL_SAFE_NO_PAD.encode(directory.sources.random::<12>()?);
    let typed = Typed::new(&text).map_err(Error::internal)?;
    let chosen = kept::made(directory, typed).await?;
    let expires = cx.now.plus_seconds(TEMPORARY_SECONDS);
    give(directory, permit, cx, id, chosen, Kind::Temporary(expires)).await?;
    Ok(Temporary { password: Secret::new(text), expires })
}

/// What is cheap to refuse, before a hash is computed.
async fn look(directory: &Directory, permit: &Permit<PasswordsSet>, id: UserId) -> Result<Account> {
    if permit.actor().person().is_some_and(|person| person.user == id) {
        return Err(Error::forbidden("oneself", "to change your own password, show the present one"));
    }
    let permit = permit.clone();
    directory.store.read_few(move |tx| judged(tx, &permit, id)).await
}

async fn give(
    directory: &Directory,
    permit: &Permit<PasswordsSet>,
    cx: &Cx,
    id: UserId,
    chosen: Chosen,
    kind: Kind,
) -> Result<()> {
    let (permit, cx) = (permit.clone(), cx.clone());
    let work = move |tx: &mut Tx<'_>| {
        tx.lock(Lock::User(id))?;
        let account = judged(tx, &permit, id)?;
        let author = Author { actor: permit.actor(), cx: &cx, tenant: permit.tenant() };
        kept::put(tx, author, &account, &chosen, kind)?;
        let (tenant, purpose, payload) = (permit.tenant(), Purpose::PasswordChanged, json!({}));
        outbox::put(tx, &outbox::Message { tenant, user: id, purpose, payload, due: cx.now })?;
        owners::keep_one_besides(tx, id)
    };
    directory.store.write(work).await
}

/// The account of a user whose password whoever holds the permit may reset.
fn judged<P: PermissionType>(tx: &mut Tx<'_>, permit: &Permit<P>, id: UserId) -> Result<Account> {
    view::user(tx, permit, id)?;
    grants::touch(tx, permit, permit.tenant(), id)?;
    let account = accounts::find(tx, permit.tenant(), id)?.ok_or(Error::Missing("User"))?;
    if kept::are_ours(tx, &account)? {
        return Ok(account);
    }
    Err(Error::Conflict(source_lock::refusal(&account.identity_source, "password")))
}
