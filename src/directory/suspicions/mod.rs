//! Suspicious activity (S1-07, S2-35): what happens to users is counted where it happens, in its own transaction, and what is
//! too much becomes a suspicion with its evidence. Administrators see it, say that it was seen to, and are told by mail and by
//! a webhook. Nobody is kept out by it: that is a matter of guessing and of administrators.

mod alert;
mod count;
mod kind;
mod list;
#[cfg(test)]
mod tests;
pub mod webhook;

use std::net::IpAddr;

use crate::access::client_of;
use crate::clock::Instant;
use crate::error::Result;
use crate::ids::{TenantId, UserId};
use crate::journal::Author;
use crate::store::Tx;
use crate::store::accounts::Account;
use crate::store::sessions::{self, Device};

use super::factors::Method;
use super::locations::{self, Locations};
use super::settings::{Alerts, Travel};
use count::{Signal, alerts, note, release};

pub use crate::store::suspicions::Evidence;
pub use kind::{Kind, Severity, UnknownSeverity};
pub use list::{Detail, Filter, Found, Page, acknowledge, check, find, list, list_widely};

/// Sessions that are looked at to know a device, at the most.
const SESSIONS: i64 = 50;

/// Characters of a user agent that sessions keep.
const CUT: usize = 256;

/// From where something came.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// The address.
    pub address: Option<IpAddr>,
    /// What the client calls itself.
    pub user_agent: Option<String>,
}

impl Origin {
    /// What stands for the client: its address, or its network.
    fn client(&self) -> String {
        self.address.map(client_of).unwrap_or_default()
    }
}

/// A sign-in with a password that failed.
#[derive(Clone, Debug)]
pub struct Failure {
    /// In which tenant, if there is one.
    pub tenant: Option<TenantId>,
    /// Whose it would have been, if anybody's.
    pub user: Option<UserId>,
    /// What stands for the name that was given, unreadable.
    pub identifier: String,
    /// Why it failed, in a word.
    pub why: &'static str,
    /// From where it came.
    pub origin: Origin,
    /// When.
    pub now: Instant,
}

/// Counts a sign-in with a password that failed. Names that nobody has are counted as those of users are, in the same time.
///
/// # Errors
/// When the database cannot be asked.
pub fn sign_in_failed(tx: &mut Tx<'_>, failure: &Failure) -> Result<()> {
    let Failure { tenant, user, identifier, why, origin, now } = failure;
    let alerts = alerts(tx, *tenant)?;
    let subject = user.map_or_else(|| identifier.clone(), |user| user.to_string());
    let signal = Signal {
        kind: Kind::MultipleFailures,
        tenant: *tenant,
        subject: &subject,
        user: *user,
        happened: why,
        distinct_by: None,
        origin,
        now: *now,
    };
    note(tx, &alerts, &signal)?;
    let (client, distinct_by) = (origin.client(), Some(identifier.as_str()));
    note(tx, &alerts, &Signal { kind: Kind::PasswordSpray, subject: &client, distinct_by, ..signal })
}

/// Something that a user did, or that was done in the user's name.
fn of_user<'a>(
    kind: Kind,
    account: &Account,
    subject: &'a str,
    happened: &'a str,
    (origin, now): (&'a Origin, Instant),
) -> Signal<'a> {
    let (tenant, user) = (Some(account.tenant_id), Some(account.id));
    Signal { kind, tenant, subject, user, happened, distinct_by: None, origin, now }
}

/// Counts what a user did, or what was done in the user's name.
fn note_of_user(
    tx: &mut Tx<'_>,
    kind: Kind,
    account: &Account,
    happened: &str,
    (origin, now): (&Origin, Instant),
) -> Result<()> {
    let alerts = alerts(tx, Some(account.tenant_id))?;
    let subject = account.id.to_string();
    note(tx, &alerts, &of_user(kind, account, &subject, happened, (origin, now)))
}

/// Counts a code or passkey that did not prove what it should. The caller holds the user's lock.
///
/// # Errors
/// When the database cannot be asked.
pub fn proof_failed(tx: &mut Tx<'_>, account: &Account, method: Method, origin: &Origin, now: Instant) -> Result<()> {
    note_of_user(tx, Kind::MultipleFailures, account, &format!("wrong_{method}"), (origin, now))
}

/// Counts a second step that was asked for, with the right password. The caller holds the user's lock.
///
/// # Errors
/// When the database cannot be asked.
pub fn second_step_begun(tx: &mut Tx<'_>, account: &Account, origin: &Origin, now: Instant) -> Result<()> {
    note_of_user(tx, Kind::MfaFatigue, account, "second_step", (origin, now))
}

/// Counts a code that was sent once more in the course of a second step. The caller holds the user's lock.
///
/// # Errors
/// When the database cannot be asked.
pub fn sent_again(tx: &mut Tx<'_>, account: &Account, now: Instant) -> Result<()> {
    note_of_user(tx, Kind::MfaFatigue, account, "sent_again", (&Origin::default(), now))
}

/// Notes that a second step was finished, by what: the ones that were not count no more. The caller holds the user's lock.
///
/// # Errors
/// When the database cannot be asked.
pub fn second_step_done(tx: &mut Tx<'_>, account: &Account, by: Method, origin: &Origin, now: Instant) -> Result<()> {
    release(tx, Kind::MfaFatigue, account.tenant_id, account.id)?;
    if by == Method::RecoveryCode {
        note_of_user(tx, Kind::RecoveryCodeUse, account, by.as_str(), (origin, now))?;
    }
    Ok(())
}

/// Counts second factors that were removed, by whoever. The caller holds the user's lock.
///
/// # Errors
/// When the database cannot be asked.
pub fn factor_removed(tx: &mut Tx<'_>, author: Author<'_>, account: &Account, methods: &[Method]) -> Result<()> {
    if methods.is_empty() {
        return Ok(());
    }
    let (kind, id) = author.actor.journal_name();
    let methods: Vec<&str> = methods.iter().map(|method| method.as_str()).collect();
    let happened = format!("removed {} by {kind}:{id}", methods.join(", "));
    note_of_user(tx, Kind::FactorRemoved, account, &happened, (&Origin::default(), author.cx.now))
}

/// Looks at from where a user signs in, before the session begins: whether from a device that none of the user's sessions
/// knows, and whether from where nobody can be that soon. The caller holds the user's lock.
///
/// # Errors
/// When the database cannot be asked.
pub fn signed_in(
    tx: &mut Tx<'_>,
    locations: &Locations,
    account: &Account,
    (origin, now): (&Origin, Instant),
) -> Result<()> {
    let known = sessions::devices(tx, account.id, SESSIONS)?;
    let Some(last) = known.first() else { return Ok(()) };
    let journey = if locations.any() { journey(locations, last, origin, now) } else { None };
    let client = origin.client();
    let is_new = !known.iter().any(|device| is_same(device, &client, origin.user_agent.as_deref()));
    if !is_new && journey.is_none() {
        return Ok(());
    }
    let alerts = alerts(tx, Some(account.tenant_id))?;
    let subject = account.id.to_string();
    if is_new {
        note(tx, &alerts, &of_user(Kind::NewDevice, account, &subject, "new_device", (origin, now)))?;
    }
    match journey.filter(|journey| journey.is_impossible(&alerts)) {
        Some(journey) => {
            let happened = journey.to_string();
            note(tx, &alerts, &of_user(Kind::ImpossibleTravel, account, &subject, &happened, (origin, now)))
        }
        None => Ok(()),
    }
}

/// Whether a session was used from there.
fn is_same(device: &Device, client: &str, user_agent: Option<&str>) -> bool {
    let address = device.address.as_deref().and_then(|address| address.parse().ok());
    // Of a long one the beginning is kept.
    let same = |kept: &str, given: &str| kept == given || kept.chars().count() >= CUT && given.starts_with(kept);
    let same_agent = match (device.user_agent.as_deref(), user_agent) {
        (Some(kept), Some(given)) => same(kept, given),
        (kept, given) => kept == given,
    };
    same_agent && address.map(client_of).as_deref() == Some(client)
}

/// From one sign-in to the next.
struct Journey {
    kilometres: f64,
    hours: f64,
    from: String,
}

fn journey(locations: &Locations, last: &Device, origin: &Origin, now: Instant) -> Option<Journey> {
    let from: IpAddr = last.address.as_deref()?.parse().ok()?;
    let places = (locations.locate(from)?, locations.locate(origin.address?)?);
    let micros = now.micros().saturating_sub(last.last_used.micros()).max(0);
    let hours = micros as f64 / 3_600_000_000.0;
    Some(Journey { kilometres: locations::kilometres(places.0, places.1), hours, from: from.to_string() })
}

impl Journey {
    fn is_impossible(&self, alerts: &Alerts) -> bool {
        let Travel { speed_kmh, distance_km } = alerts.impossible_travel;
        let (speed, distance) = (speed_kmh as f64, distance_km as f64);
        speed_kmh > 0 && self.kilometres > distance && self.kilometres > speed * self.hours
    }
}

impl std::fmt::Display for Journey {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{:.0} km from {} in {:.1} hours", self.kilometres, self.from, self.hours)
    }
}
