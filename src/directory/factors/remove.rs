//! Taking second factors from a user: what every administrative door and the command line end in (IR-17). Sessions end, the
//! user hears of it wherever that is possible, and whoever has no factor left needs an enrolment code for the next.

use serde_json::json;

use crate::directory::suspicions;
use crate::error::{Error, Result};
use crate::ids::PasskeyId;
use crate::journal::{Author, Diff};
use crate::notify::Purpose as Letter;
use crate::store::accounts::{self, Account};
use crate::store::one_time_links::{self as links, Purpose};
use crate::store::{Tx, devices, factors as rows, passkeys, recovery_codes, sessions};

use super::{Event, Method, notices, owned, record};

/// What a removal came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::directory) enum Came {
    /// There was nothing to remove, and nothing changed.
    Nothing,
    /// Something is gone.
    Removed {
        /// Whether no factor is left, so that an enrolment code is asked for.
        code_required: bool,
    },
}

/// Removes all factors and recovery codes of a user, passkeys too unless they are kept. The caller holds the user's lock,
/// has asked whether the author may, and asks whether an owner of the platform is left who can sign in.
pub(in crate::directory) fn remove_in(
    tx: &mut Tx<'_>,
    author: Author<'_>,
    account: &Account,
    (keep_passkeys, reason): (bool, Option<String>),
) -> Result<Came> {
    let (user, had) = (account.id, owned(tx, account.id)?);
    let kept = |method: &Method| keep_passkeys && *method == Method::Passkey;
    let gone: Vec<_> = had.factors.iter().filter(|method| !kept(method)).copied().collect();
    if gone.is_empty() && had.recovery_codes == 0 {
        return Ok(Came::Nothing);
    }
    notices::tell_everywhere(tx, author, account, (Letter::FactorsRemoved, Letter::FactorsRemovedText), &json!({}))?;
    for method in &gone {
        rows::delete(tx, user, method.as_str())?;
    }
    if !keep_passkeys {
        passkeys::delete_all(tx, user)?;
    }
    let codes = recovery_codes::delete_all(tx, user)?;
    devices::delete_all(tx, user)?;
    suspicions::factor_removed(tx, author, account, &gone)?;
    let mut diff = Diff::default();
    gone.iter().for_each(|method| diff.tell(&format!("mfa.{method}"), "removed"));
    if codes > 0 {
        diff.tell("mfa.recovery_codes", "removed");
    }
    let before = rows::record(tx, user)?;
    rows::put_record(tx, &rows::Record { preferred: None, ..before })?;
    end(tx, author, account, (diff, reason))
}

/// Removes one passkey of a user; what else there is stays. The caller as for [`remove_in`].
///
/// # Errors
/// [`Error::Missing`] when the user has no such passkey.
pub(super) fn remove_passkey_in(
    tx: &mut Tx<'_>,
    author: Author<'_>,
    account: &Account,
    (id, reason): (PasskeyId, Option<String>),
) -> Result<Came> {
    if !passkeys::delete(tx, account.id, id)? {
        return Err(Error::Missing("passkey"));
    }
    notices::tell(tx, author, account, Event::Removed(Method::Passkey))?;
    suspicions::factor_removed(tx, author, account, &[Method::Passkey])?;
    let mut diff = Diff::default();
    diff.tell("mfa.passkey", "removed");
    if !owned(tx, account.id)?.any() && recovery_codes::delete_all(tx, account.id)? > 0 {
        diff.tell("mfa.recovery_codes", "removed");
    }
    end(tx, author, account, (diff, reason))
}

/// What follows from a removal: what was issued to the user ends, and whoever has nothing left needs a code.
fn end(
    tx: &mut Tx<'_>,
    author: Author<'_>,
    account: &Account,
    (mut diff, reason): (Diff, Option<String>),
) -> Result<Came> {
    let (user, left) = (account.id, owned(tx, account.id)?);
    let code_required = !left.any();
    rows::set_strength(tx, user, left.strongest())?;
    links::delete(tx, user, Purpose::Enrol.as_str())?;
    let before = rows::record(tx, user)?;
    rows::put_record(tx, &rows::Record { code_required, ..before })?;
    accounts::raise_epoch(tx, user)?;
    sessions::revoke_all(tx, user, author.cx.now)?;
    diff.tell("sessions", "ended");
    record(tx, author, account, diff, reason)?;
    Ok(Came::Removed { code_required })
}

/// The same for somebody who is let in again by what only the machine gives: no code is asked for.
pub(in crate::directory) fn forget_in(tx: &mut Tx<'_>, author: Author<'_>, account: &Account) -> Result<()> {
    remove_in(tx, author, account, (false, None))?;
    let record = rows::record(tx, account.id)?;
    if record.code_required {
        rows::put_record(tx, &rows::Record { code_required: false, ..record })?;
    }
    Ok(())
}
