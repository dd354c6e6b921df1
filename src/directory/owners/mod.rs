//! Who owns the platform: users with the role `platform_owner` over the whole installation. Being an owner is that grant
//! and nothing else. Here stand the rules that every door keeps: who may become one, and that one is always left.

use crate::error::{Error, Result};
use crate::ids::UserId;
use crate::store::{Lock, Tx, owners as rows};

/// Refuses to leave the platform without an owner who can sign in. Called after a change that may have taken one, as the
/// last thing in its transaction: whoever does the same meanwhile waits for its end.
///
/// # Errors
/// [`Error::Denied`] when nobody is left.
pub fn keep_one(tx: &mut Tx<'_>) -> Result<()> {
    tx.lock(Lock::Owners)?;
    if rows::any_able(tx)? {
        return Ok(());
    }
    Err(Error::Denied("this would leave the platform without an owner who can sign in".to_owned()))
}

/// The same after a change of one user, as long as its grants stand: whoever owns nothing cannot be the last owner, and
/// waits for nobody.
///
/// # Errors
/// As [`keep_one`].
pub fn keep_one_besides(tx: &mut Tx<'_>, changed: UserId) -> Result<()> {
    if rows::grant_of(tx, changed)?.is_some() { keep_one(tx) } else { Ok(()) }
}
