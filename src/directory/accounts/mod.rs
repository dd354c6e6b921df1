//! Accounts: whether users may sign in, and where they are reached. Each change of that is one function here, with its
//! rule and its row in the journal; what is known is kept in rows, and [`status`] decides what it comes to.

mod change;
mod email;
pub mod guesses;
mod provisioned;
pub mod sends;
pub mod status;

use serde_json::{Map, Value};

use crate::access::{Actor, PermissionType, Permit};
use crate::clock::Instant;
use crate::error::{Error, Result};
use crate::ids::{TenantId, UserId};
use crate::journal::{self, Author, Change, Diff, Operation};
use crate::store::accounts::{self as rows, Account, Restriction};
use crate::store::{Lock, Tx, identities, people};

pub use change::{
    Activated, Changed, StatusChange, activate, approve, deactivate, lock_until, set_status, settle, unlock,
};
pub(super) use change::{readmit, settle_one};
pub use email::{Email, is_address};
pub(super) use email::{email_taken, logins, primary, reserve, restore};
pub(super) use provisioned::{Outcome, Rewritten, disable, living_holdings, park_taken};
use status::{Activation, Facts, Hold, Standing, Status};

/// An account and what holds it back, as it stands before a change.
pub(super) struct Loaded {
    pub(super) account: Account,
    pub(super) restriction: Option<Restriction>,
    pub(super) facts: Facts,
}

/// What a provisioner asked for and did not get, though the request succeeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note {
    /// `active` is true, and something else holds the account back.
    Held,
    /// The account's own e-mail stays what it was.
    EmailParked,
}

impl Note {
    /// The word for it in the provisioning log.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::EmailParked => "email_parked",
        }
    }
}

/// Who holds an account back, and why.
#[derive(Clone, Copy)]
pub(super) struct Why<'a> {
    pub(super) actor: &'a Actor,
    pub(super) reason: Option<&'a str>,
}

/// The account of a living user. The caller holds the user's lock, if it is to change it.
pub(super) fn load(tx: &mut Tx<'_>, tenant: TenantId, user: UserId) -> Result<Loaded> {
    let account = rows::find(tx, tenant, user)?.ok_or(Error::Missing("User"))?;
    let restriction = rows::restriction(tx, user)?;
    let facts = facts(&account, restriction.as_ref())?;
    Ok(Loaded { account, restriction, facts })
}

/// The account of a living user whom the permit reaches, locked for a change.
fn load_reached<P: PermissionType>(tx: &mut Tx<'_>, permit: &Permit<P>, user: UserId) -> Result<Loaded> {
    tx.lock(Lock::User(user))?;
    let loaded = load(tx, permit.tenant(), user)?;
    judge_reach(tx, permit, user)?;
    Ok(loaded)
}

/// Refuses a user whom the permit does not reach as if there were none.
pub(super) fn judge_reach<P: PermissionType>(tx: &mut Tx<'_>, permit: &Permit<P>, user: UserId) -> Result<()> {
    if people::within(tx, &permit.span(), permit.tenant(), user)? { Ok(()) } else { Err(Error::Missing("User")) }
}

/// What is known of an account.
fn facts(account: &Account, restriction: Option<&Restriction>) -> Result<Facts> {
    let activation = account.activation.parse().map_err(|_| unknown("activation", &account.activation))?;
    let mut facts = Facts { activation, source_active: account.source_active, ..Facts::default() };
    if let Some(row) = restriction {
        let hold = |endless: bool, until: Option<Instant>| match (endless, until) {
            (true, _) => Hold::Endless,
            (false, Some(end)) => Hold::Until(end),
            (false, None) => Hold::None,
        };
        facts.suspended = hold(row.suspended && row.suspended_until.is_none(), row.suspended_until);
        facts.locked = hold(row.locked, row.locked_until);
        facts.deactivated = row.deactivated;
    }
    Ok(facts)
}

fn unknown(what: &str, word: &str) -> Error {
    Error::internal(format!("unknown {what} `{word}`"))
}

/// The status of an account at a time, from its row.
///
/// # Errors
/// [`Error::Internal`] for a word that was never written.
pub fn status_of(account: &Account, now: Instant) -> Result<Status> {
    read_status(&account.status, (account.status_until, account.status_after.as_deref()), now)
}

/// The status at a time: a word, until when it stands if it ends by itself, and the word for what it is then.
///
/// # Errors
/// [`Error::Internal`] for a word that was never written.
pub fn read_status(word: &str, (until, after): (Option<Instant>, Option<&str>), now: Instant) -> Result<Status> {
    let read = |word: &str| word.parse::<Status>().map_err(|_| unknown("status", word));
    let ends = until.zip(after.map(read).transpose()?);
    Ok(Standing { status: read(word)?, ends }.at(now))
}

impl Loaded {
    /// Writes the facts that are to hold from now on; answers what they come to, and what differs from before. `shown` is
    /// what SCIM shows as `active` where a provisioner says so. Users of whom it shows whether they may sign in, because
    /// no connection says so, get a new version when that changes.
    fn write(
        &self,
        tx: &mut Tx<'_>,
        after: &Facts,
        shown: Option<Option<bool>>,
        why: Why<'_>,
        now: Instant,
    ) -> Result<(Standing, Diff)> {
        let (id, standing) = (self.account.id, after.standing(now));
        let active = match shown {
            Some(shown) => shown,
            None if is_linked(tx, id)? => self.account.active,
            None => Some(standing.status.shows_active()),
        };
        let written = rows::Standing { active, ..row_of(after, standing) };
        rows::set_standing(tx, id, &written)?;
        if shown.is_none() && active != self.account.active {
            rows::touch(tx, id, now)?;
        }
        let holds = |facts: &Facts| (facts.suspended, facts.locked, facts.deactivated);
        if holds(after) != holds(&self.facts) {
            self.write_restriction(tx, after, why)?;
        }
        Ok((standing, journal::between(&recorded(&self.facts, now), &recorded(after, now))))
    }

    fn write_restriction(&self, tx: &mut Tx<'_>, after: &Facts, why: Why<'_>) -> Result<()> {
        let old = self.restriction.as_ref();
        let (by_kind, by_id) = why.actor.journal_name();
        let new = Restriction {
            user_id: self.account.id,
            suspended: after.suspended != Hold::None,
            suspended_until: after.suspended.end(),
            deactivated: after.deactivated,
            locked: after.locked == Hold::Endless,
            locked_until: after.locked.end(),
            reason: why.reason.map(str::to_owned),
            by_kind: Some(by_kind.to_owned()),
            by_id: Some(by_id),
            parked_email: old.and_then(|row| row.parked_email.clone()),
        };
        let holds = new.suspended || new.deactivated.is_some() || new.locked || new.locked_until.is_some();
        match old {
            Some(_) if !holds && new.parked_email.is_none() => rows::delete_restriction(tx, new.user_id),
            None if !holds => Ok(()),
            _ if !holds => rows::set_restriction(tx, &Restriction { reason: None, by_kind: None, by_id: None, ..new }),
            _ => rows::set_restriction(tx, &new),
        }
    }
}

/// The columns of what an account comes to. What SCIM shows is left as it would be of a user without a link.
fn row_of(facts: &Facts, standing: Standing) -> rows::Standing {
    rows::Standing {
        status: standing.status.to_string(),
        status_until: standing.ends.map(|(end, _)| end),
        status_after: standing.ends.map(|(_, after)| after.to_string()),
        activation: facts.activation.to_string(),
        source_active: facts.source_active,
        active: Some(standing.status.shows_active()),
    }
}

/// Whether any connection provisions the user: then it says what SCIM shows as `active`.
fn is_linked(tx: &mut Tx<'_>, user: UserId) -> Result<bool> {
    Ok(identities::of(tx, user)?.iter().any(|claim| claim.protocol == identities::SCIM))
}

/// The facts as the journal compares them.
fn recorded(facts: &Facts, now: Instant) -> Map<String, Value> {
    let mut all = Map::new();
    all.insert("status".to_owned(), Value::from(facts.status(now).as_str()));
    for (name, hold) in [("suspended", facts.suspended), ("locked", facts.locked)] {
        match hold {
            Hold::None => {}
            Hold::Until(end) => drop(all.insert(name.to_owned(), Value::from(end.to_string()))),
            Hold::Endless => drop(all.insert(name.to_owned(), Value::from(true))),
        }
    }
    if let Some(since) = facts.deactivated {
        all.insert("deactivated".to_owned(), Value::from(since.to_string()));
    }
    if facts.activation != Activation::Done {
        all.insert("activation".to_owned(), Value::from(facts.activation.as_str()));
    }
    all
}

/// Ends all that was issued to a user, from the next request on: sessions and their tokens, links, remembered devices.
///
/// # Errors
/// When the database cannot be asked.
pub fn end_everything(tx: &mut Tx<'_>, user: UserId) -> Result<()> {
    rows::raise_epoch(tx, user)
}

/// Records a change of an account.
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
