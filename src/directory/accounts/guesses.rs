//! Under which names failed guesses are counted, so that a user who is unlocked begins anew.

use crate::clock::Instant;
use crate::error::Result;
use crate::ids::{TenantId, UserId};
use crate::sealing::keyed_hash;
use crate::store::guesses::{self as rows, Guess};
use crate::store::{Tx, login_ids};

/// The keyed hash of what is guessed at.
pub fn name(key: &[u8], parts: &[&str]) -> Vec<u8> {
    keyed_hash(key, parts)
}

/// The name of guesses at a folded identifier, from wherever.
pub fn anywhere(key: &[u8], tenant: &str, identifier: &str) -> Vec<u8> {
    name(key, &["anywhere", tenant, identifier])
}

/// The name under which stands when the guesses at a folded identifier were forgotten: those from some address, whose
/// names nobody can list, count no more if they are older.
pub fn forgotten(key: &[u8], tenant: &str, identifier: &str) -> Vec<u8> {
    name(key, &["forgotten", tenant, identifier])
}

/// Forgets the guesses at all that a user signs in with; answers whether there were any.
pub(super) fn forget(tx: &mut Tx<'_>, key: &[u8], tenant: TenantId, user: UserId, now: Instant) -> Result<bool> {
    let (tenant, mut any) = (tenant.to_string(), false);
    for login in login_ids::of(tx, user)? {
        any |= rows::delete(tx, &anywhere(key, &tenant, &login.value_folded))?;
        let mark = rows::keep(tx, &forgotten(key, &tenant, &login.value_folded), now)?;
        rows::update(tx, &Guess { last: now, ..mark })?;
    }
    Ok(any)
}
