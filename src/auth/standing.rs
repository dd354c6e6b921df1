//! What the status of an account means for signing in.

use crate::clock::Instant;
use crate::directory::accounts::status::Status;
use crate::directory::accounts::{read_status, status_of};
use crate::error::Result;
use crate::store::accounts::Account;
use crate::store::presence::PresentAccount;

/// The activation of a user who was invited and did not come yet.
const INVITED: &str = "invited";
/// The activation of a user whose e-mail must be confirmed first.
const UNVERIFIED: &str = "unverified";

/// Whether an account may sign in with its password.
pub(super) fn may_sign_in(account: &Account, now: Instant) -> Result<bool> {
    Ok(match status_of(account, now)? {
        Status::Active => true,
        // Whoever was invited accepts by signing in.
        Status::PendingEmailVerification => account.activation == INVITED,
        Status::PendingApproval | Status::Disabled | Status::Locked => false,
    })
}

/// Whether an account may sign in where a lock after too many guesses does not count: without the password, or on a
/// remembered device. Such a lock ends by itself.
pub(super) fn may_pass_a_lock(account: &Account, now: Instant) -> Result<bool> {
    let guessed_at = status_of(account, now)? == Status::Locked && account.status_until.is_some();
    Ok(guessed_at || may_sign_in(account, now)?)
}

/// Whether those who are in go on: a lock after too many guesses keeps out, and throws nobody out.
pub(super) fn goes_on(account: &PresentAccount, now: Instant) -> Result<bool> {
    let ends = (account.status_until, account.status_after.as_deref());
    Ok(matches!(read_status(&account.status, ends, now)?, Status::Active | Status::Locked))
}

/// Whether an account waits for nothing but the link that was mailed to its user.
pub(super) fn waits_for_its_link(account: &Account, now: Instant) -> Result<bool> {
    Ok(status_of(account, now)? == Status::PendingEmailVerification && account.activation == UNVERIFIED)
}

/// Whether an account is locked.
pub(super) fn is_locked(account: &Account, now: Instant) -> Result<bool> {
    Ok(status_of(account, now)? == Status::Locked)
}
