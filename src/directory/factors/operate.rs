//! Taking all second factors from a user by the command line: it needs the machine and the data, not a password (IR-16).

use crate::access::Actor;
use crate::context::Cx;
use crate::directory::tenants::operators_only;
use crate::directory::{Directory, owners};
use crate::error::{Error, Result};
use crate::journal::Author;
use crate::secret::Secret;
use crate::store::accounts::{self, Account};
use crate::store::one_time_links::{self as links, New, Purpose};
use crate::store::{Lock, Tx};

use super::remove::{Removal, remove_in};

/// Removes the second factors of a user, and makes the code by which the next sign-in may set up another one. Whoever has
/// none gets a code all the same: a policy may ask for it.
///
/// # Errors
/// [`Error::Denied`] for whoever is no operator; [`Error::Conflict`] for the last owner of the platform who can sign in.
pub async fn reset(directory: &Directory, actor: &Actor, cx: &Cx, account: &Account) -> Result<Secret> {
    operators_only(actor)?;
    let random = directory.sources.random()?;
    let (actor, cx, user, tenant) = (actor.clone(), cx.clone(), account.id, account.tenant_id);
    let handed_over = Removal { handed_over: true, ..Removal::default() };
    let work = move |tx: &mut Tx<'_>| {
        tx.lock(Lock::User(user))?;
        let account = accounts::find(tx, tenant, user)?.ok_or(Error::Missing("user"))?;
        remove_in(tx, Author { actor: &actor, cx: &cx, tenant }, &account, &handed_over)?;
        owners::keep_one_besides(tx, user)?;
        let account = accounts::find(tx, tenant, user)?.ok_or(Error::Missing("user"))?;
        let new = New { purpose: Purpose::Enrol, user, epoch: account.epoch, now: cx.now, random };
        let (link, token) = links::mint(new);
        links::replace(tx, &link)?;
        Ok(token)
    };
    directory.store.write(work).await
}
