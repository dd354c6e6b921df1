//! Taking all second factors from a user: what every administrative door and the command line end in (IR-17).

use serde_json::json;

use crate::access::{MfaReset, Permit, WidePermit};
use crate::context::Cx;
use crate::directory::{Directory, grants, owners, view};
use crate::error::{Error, Result};
use crate::ids::UserId;
use crate::journal::{Author, Diff};
use crate::notify::{Purpose as Letter, outbox};
use crate::store::accounts::{self, Account};
use crate::store::one_time_links::{self as links, Purpose};
use crate::store::{Lock, Tx, factors as rows, passkeys, recovery_codes, sessions, tenants};

use super::{owned, record};

/// How factors are removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Removal {
    /// Why.
    pub reason: Option<String>,
    /// Whether passkeys stay.
    pub keep_passkeys: bool,
    /// Whether the code that sets up another factor is handed over, not mailed.
    pub handed_over: bool,
}

/// Removes the second factors of another user.
///
/// # Errors
/// [`Error::Missing`] when the permit reaches no such user; [`Error::Forbidden`] for oneself; [`Error::Denied`] for one with
/// more permissions.
pub async fn remove(
    directory: &Directory,
    permit: &Permit<MfaReset>,
    cx: &Cx,
    id: UserId,
    removal: Removal,
) -> Result<()> {
    not_oneself(permit.actor(), id)?;
    let (permit, cx) = (permit.clone(), cx.clone());
    let work = move |tx: &mut Tx<'_>| {
        tx.lock(Lock::User(id))?;
        view::user(tx, &permit, id)?;
        grants::touch(tx, &permit, permit.tenant(), id)?;
        let account = accounts::find(tx, permit.tenant(), id)?.ok_or(Error::Missing("user"))?;
        let author = Author { actor: permit.actor(), cx: &cx, tenant: permit.tenant() };
        remove_in(tx, author, &account, &removal)?;
        owners::keep_one_besides(tx, id)
    };
    directory.store.write(work).await
}

/// Removes the second factors of another user of whatever tenant, as an owner of the platform (S1-04).
///
/// # Errors
/// [`Error::Missing`] when there is no such user; [`Error::Forbidden`] for oneself.
pub async fn remove_widely(
    directory: &Directory,
    permit: &WidePermit<MfaReset>,
    cx: &Cx,
    id: UserId,
    removal: Removal,
) -> Result<()> {
    permit.everywhere()?;
    not_oneself(permit.actor(), id)?;
    let (permit, cx) = (permit.clone(), cx.clone());
    let work = move |tx: &mut Tx<'_>| {
        let (tenant, ..) = tenants::place_of_user(tx, id)?.ok_or(Error::Missing("user"))?;
        tx.lock(Lock::User(id))?;
        let account = accounts::find(tx, tenant, id)?.ok_or(Error::Missing("user"))?;
        remove_in(tx, Author { actor: permit.actor(), cx: &cx, tenant }, &account, &removal)?;
        owners::keep_one_besides(tx, id)
    };
    directory.store.write(work).await
}

fn not_oneself(actor: &crate::access::Actor, id: UserId) -> Result<()> {
    if actor.person().is_some_and(|person| person.user == id) {
        return Err(Error::forbidden("oneself", "you cannot remove your own second factors here"));
    }
    Ok(())
}

/// Removes all factors and recovery codes of a user, ends the sessions, and asks for an enrolment code
/// before another factor is set up. False, with nothing done, when there was nothing to remove. The caller holds the user's
/// lock, has asked whether the author may, and asks whether an owner of the platform is left who can sign in.
pub(in crate::directory) fn remove_in(
    tx: &mut Tx<'_>,
    author: Author<'_>,
    account: &Account,
    removal: &Removal,
) -> Result<bool> {
    let (user, had) = (account.id, owned(tx, account.id)?);
    let kept = |method: &super::Method| removal.keep_passkeys && *method == super::Method::Passkey;
    let gone: Vec<_> = had.factors.iter().filter(|method| !kept(method)).copied().collect();
    if gone.is_empty() && had.recovery_codes == 0 {
        return Ok(false);
    }
    for method in &gone {
        rows::delete(tx, user, method.as_str())?;
    }
    if !removal.keep_passkeys {
        passkeys::delete_all(tx, user)?;
    }
    recovery_codes::delete_all(tx, user)?;
    let left = owned(tx, user)?;
    rows::set_strength(tx, user, left.strongest())?;
    links::delete(tx, user, Purpose::Enrol.as_str())?;
    let code_required = !left.any();
    let before = rows::record(tx, user)?;
    rows::put_record(tx, &rows::Record { preferred: None, code_required, ..before })?;
    accounts::raise_epoch(tx, user)?;
    sessions::revoke_all(tx, user, author.cx.now)?;
    tell(tx, author, account, code_required && !removal.handed_over)?;
    let mut diff = Diff::default();
    gone.iter().for_each(|method| diff.tell(&format!("mfa.{method}"), "removed"));
    if had.recovery_codes > 0 {
        diff.tell("mfa.recovery_codes", "removed");
    }
    diff.tell("sessions", "ended");
    record(tx, author, account, diff, removal.reason.clone())?;
    Ok(true)
}

/// The same for somebody who is let in again by what only the machine gives: no code is asked for.
pub(in crate::directory) fn forget_in(tx: &mut Tx<'_>, author: Author<'_>, account: &Account) -> Result<()> {
    let removal = Removal { handed_over: true, ..Removal::default() };
    remove_in(tx, author, account, &removal)?;
    let record = rows::record(tx, account.id)?;
    if record.code_required {
        rows::put_record(tx, &rows::Record { code_required: false, ..record })?;
    }
    Ok(())
}

/// Tells the user, and sends the code that the next sign-in asks for.
fn tell(tx: &mut Tx<'_>, author: Author<'_>, account: &Account, code_required: bool) -> Result<()> {
    let letters = [Some(Letter::FactorsRemoved), code_required.then_some(Letter::Enrol)];
    for purpose in letters.into_iter().flatten() {
        let (tenant, user, due) = (account.tenant_id, account.id, author.cx.now);
        outbox::put(tx, &outbox::Message { tenant, user, purpose, payload: json!({}), due })?;
    }
    Ok(())
}
