//! What the command line does to second factors: it needs the machine and the data, not a password (IR-16, IR-18), and waits
//! for nobody.

use crate::access::Actor;
use crate::context::Cx;
use crate::directory::tenants::operators_only;
use crate::directory::{Directory, owners};
use crate::error::{Error, Result};
use crate::journal::Author;
use crate::store::accounts::{self, Account};
use crate::store::{Lock, Tx};

use super::enrolment::{self, Code};
use super::remove::remove_in;
use super::{Event, changed, note_code};

/// Removes the second factors of a user, and makes the code by which the next sign-in may set up another one. Whoever has
/// none gets a code all the same: a policy may ask for it.
///
/// # Errors
/// [`Error::Denied`] for whoever is no operator; [`Error::Conflict`] for the last owner of the platform who can sign in.
pub async fn reset(directory: &Directory, actor: &Actor, cx: &Cx, account: &Account) -> Result<Code> {
    operate(directory, actor, cx, account, true).await
}

/// Makes a code by which a sign-in may set up a factor, and removes nothing.
///
/// # Errors
/// [`Error::Denied`] for whoever is no operator.
pub async fn enrolment_code(directory: &Directory, actor: &Actor, cx: &Cx, account: &Account) -> Result<Code> {
    operate(directory, actor, cx, account, false).await
}

async fn operate(directory: &Directory, actor: &Actor, cx: &Cx, account: &Account, removes: bool) -> Result<Code> {
    operators_only(actor)?;
    let random = directory.sources.random()?;
    let (actor, cx, user, tenant) = (actor.clone(), cx.clone(), account.id, account.tenant_id);
    let work = move |tx: &mut Tx<'_>| {
        tx.lock(Lock::User(user))?;
        let account = accounts::find(tx, tenant, user)?.ok_or(Error::Missing("user"))?;
        let author = Author { actor: &actor, cx: &cx, tenant };
        if removes {
            remove_in(tx, author, &account, (false, None))?;
            owners::keep_one_besides(tx, user)?;
            note_code(tx, author, &account)?;
        } else {
            changed(tx, author, &account, Event::EnrolmentCode)?;
        }
        enrolment::mint(tx, author, &account, random)
    };
    directory.store.write(work).await
}
