//! What the status of an account means for signing in. How signing in changes it lies in the directory.

use crate::clock::Instant;
use crate::store::accounts::Account;

/// May sign in.
pub(super) const ACTIVE: &str = "ACTIVE";
/// May not sign in with a password; those who are in go on.
pub(super) const LOCKED: &str = "LOCKED";
/// Held back.
const DISABLED: &str = "DISABLED";
/// Waits for its user.
pub(super) const WAITS: &str = "PENDING_EMAIL_VERIFICATION";
/// Waits for its user, who was invited.
pub(super) const INVITED: &str = "invited";

/// The status of an account at a time.
pub(super) fn of(account: &Account, now: Instant) -> &str {
    let status = match (account.status_until, &account.status_after) {
        (Some(until), Some(after)) if until <= now => after,
        _ => &account.status,
    };
    // What the source wrote counts even where the status was not written with it.
    if status == ACTIVE && account.active == Some(false) && account.source_active { DISABLED } else { status }
}

/// Whether an account may sign in with its password.
pub(super) fn may_sign_in(account: &Account, now: Instant) -> bool {
    match of(account, now) {
        ACTIVE => true,
        WAITS => account.activation == INVITED,
        _ => false,
    }
}
