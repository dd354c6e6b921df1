//! The second factors of users, as administrators take them away (IR-17).

use crate::access::{MfaReset, Permit};
use crate::error::{Error, Result};
use crate::ids::UserId;

use super::{Directory, grants, view};

/// Removes the second factors of another user. There are none to remove yet, so nothing changes.
///
/// # Errors
/// [`Error::Missing`] when the permit reaches no such user; [`Error::Forbidden`] for oneself; [`Error::Denied`] for one with
/// more permissions.
pub async fn remove(directory: &Directory, permit: &Permit<MfaReset>, id: UserId) -> Result<()> {
    if permit.actor().person().is_some_and(|person| person.user == id) {
        return Err(Error::forbidden("oneself", "you cannot remove your own second factors here"));
    }
    let permit = permit.clone();
    let work = directory.store.read_few(move |tx| {
        view::user(tx, &permit, id)?;
        grants::touch(tx, &permit, permit.tenant(), id)
    });
    work.await
}
