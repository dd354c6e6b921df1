//! Under which names failed guesses are counted, so that a user who is unlocked begins anew.

use crate::error::Result;
use crate::ids::{TenantId, UserId};
use crate::sealing::keyed_hash;
use crate::store::{Tx, guesses as rows, login_ids};

/// The keyed hash of what is guessed at.
pub fn name(key: &[u8], parts: &[&str]) -> Vec<u8> {
    keyed_hash(key, parts)
}

/// The name of guesses at a folded identifier, from wherever.
pub fn anywhere(key: &[u8], tenant: &str, identifier: &str) -> Vec<u8> {
    name(key, &["anywhere", tenant, identifier])
}

/// Forgets the guesses at all that a user signs in with.
pub(super) fn forget(tx: &mut Tx<'_>, key: &[u8], tenant: TenantId, user: UserId) -> Result<()> {
    let tenant = tenant.to_string();
    for login in login_ids::of(tx, user)? {
        rows::delete(tx, &anywhere(key, &tenant, &login.value_folded))?;
    }
    Ok(())
}
