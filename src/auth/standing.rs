//! What the status of an account means for signing in, and how signing in changes it.

use crate::clock::Instant;
use crate::error::Result;
use crate::journal::{self, Author, Change, Diff, Operation};
use crate::store::Tx;
use crate::store::accounts::{self as rows, Account, Restriction, Standing};

/// May sign in.
pub(super) const ACTIVE: &str = "ACTIVE";
/// May not sign in with a password; those who are in go on.
pub(super) const LOCKED: &str = "LOCKED";
/// Waits for its user.
pub(super) const WAITS: &str = "PENDING_EMAIL_VERIFICATION";
/// Waits for its user, who was invited.
pub(super) const INVITED: &str = "invited";

/// The status of an account at a time.
pub(super) fn of(account: &Account, now: Instant) -> &str {
    match (account.status_until, &account.status_after) {
        (Some(until), Some(after)) if until <= now => after,
        _ => &account.status,
    }
}

/// Whether an account may sign in with its password.
pub(super) fn may_sign_in(account: &Account, now: Instant) -> bool {
    match of(account, now) {
        ACTIVE => true,
        WAITS => account.activation == INVITED,
        _ => false,
    }
}

/// Locks an account after too many guesses.
pub(super) fn lock(tx: &mut Tx<'_>, author: Author<'_>, account: &Account, until: Instant) -> Result<()> {
    let restriction = rows::restriction(tx, account.id)?.unwrap_or(Restriction {
        user_id: account.id,
        suspended: false,
        suspended_until: None,
        deactivated: None,
        locked: false,
        locked_until: None,
        reason: None,
        by_kind: None,
        by_id: None,
        parked_email: None,
    });
    rows::set_restriction(tx, &Restriction { locked_until: Some(until), ..restriction })?;
    let locked = Standing {
        status: LOCKED.to_owned(),
        status_until: Some(until),
        status_after: Some(ACTIVE.to_owned()),
        ..as_it_is(account)
    };
    rows::set_standing(tx, account.id, &locked)?;
    record(tx, author, account, "too many failed sign-ins")
}

/// Notes that a user came who was waited for.
pub(super) fn activate(tx: &mut Tx<'_>, author: Author<'_>, account: &Account, why: &str) -> Result<()> {
    let active = Standing {
        status: ACTIVE.to_owned(),
        status_until: None,
        status_after: None,
        activation: "done".to_owned(),
        ..as_it_is(account)
    };
    rows::set_standing(tx, account.id, &active)?;
    record(tx, author, account, why)
}

fn as_it_is(account: &Account) -> Standing {
    Standing {
        status: account.status.clone(),
        status_until: account.status_until,
        status_after: account.status_after.clone(),
        activation: account.activation.clone(),
        source_active: account.source_active,
        active: account.active,
    }
}

fn record(tx: &mut Tx<'_>, author: Author<'_>, account: &Account, why: &str) -> Result<()> {
    let change = Change {
        resource_type: "User",
        resource_id: account.id.to_string(),
        operation: Operation::Update,
        diff: Diff { paths: vec!["status".to_owned()], before: None, after: None },
        identity_source: Some(&account.identity_source),
        reason: Some(why.to_owned()),
    };
    journal::record(tx, author, change)
}
