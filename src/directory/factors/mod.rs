//! The second factors of users: which there are, how strong they make a user, and every change of them. How a factor is
//! proven is a matter of `mfa`; here stands what follows from having one or having it no more, with its row in the journal.

pub mod devices;
mod enrolment;
mod event;
mod method;
mod notices;
mod operate;
mod remove;
pub mod requests;
mod reset;

use std::collections::BTreeSet;

use crate::error::Result;
use crate::ids::UserId;
use crate::journal::{self, Author, Change, Diff, Operation};
use crate::store::accounts::Account;
use crate::store::{Tx, factors as rows, recovery_codes};

pub use enrolment::{Code, Deliver};
pub use event::Event;
pub use method::{Method, ONE_FACTOR, PHISHING_RESISTANT, TWO_FACTORS, UnknownMethod};
pub use operate::{enrolment_code, reset as operate_reset};
pub(super) use remove::forget_in;
pub use reset::{Done, Outcome, Passkey, Reset, What, check_passkey, passkeys, reset};

/// What a user has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owned {
    /// The factors that are confirmed.
    pub factors: BTreeSet<Method>,
    /// Recovery codes that are left.
    pub recovery_codes: i64,
}

impl Owned {
    /// Whether any factor is confirmed. Recovery codes alone are none.
    pub fn any(&self) -> bool {
        !self.factors.is_empty()
    }

    /// How strong the strongest factor is; 0 without any.
    pub fn strongest(&self) -> i32 {
        self.factors.iter().map(|method| method.strength()).max().unwrap_or_default()
    }
}

/// What a user has.
///
/// # Errors
/// When the database cannot be asked.
pub fn owned(tx: &mut Tx<'_>, user: UserId) -> Result<Owned> {
    let factors = rows::kinds(tx, user)?.iter().filter_map(|kind| kind.parse().ok()).collect();
    Ok(Owned { factors, recovery_codes: recovery_codes::left(tx, user)? })
}

/// Notes what follows from a change of a user's factors, records it and tells the user: every change of factors ends here or
/// in a removal. Recovery codes without a factor are of no use and go. The caller holds the user's lock.
///
/// # Errors
/// When the database cannot be asked.
pub fn changed(tx: &mut Tx<'_>, author: Author<'_>, account: &Account, event: Event) -> Result<()> {
    let owned = owned(tx, account.id)?;
    if !owned.any() {
        recovery_codes::delete_all(tx, account.id)?;
    }
    rows::set_strength(tx, account.id, owned.strongest())?;
    let ((path, word), mut diff) = (event.recorded(), Diff::default());
    diff.tell(&path, &word);
    record(tx, author, account, diff, None)?;
    notices::tell(tx, author, account, event)
}

/// Records that a code was given out together with what else was done, of which the user is told.
fn note_code(tx: &mut Tx<'_>, author: Author<'_>, account: &Account) -> Result<()> {
    let ((path, word), mut diff) = (Event::EnrolmentCode.recorded(), Diff::default());
    diff.tell(&path, &word);
    record(tx, author, account, diff, None)
}

fn record(tx: &mut Tx<'_>, author: Author<'_>, account: &Account, diff: Diff, reason: Option<String>) -> Result<()> {
    let change = Change {
        resource_type: "User",
        resource_id: account.id.to_string(),
        operation: Operation::Update,
        diff,
        identity_source: Some(&account.identity_source),
        reason,
    };
    journal::record(tx, author, change)
}
