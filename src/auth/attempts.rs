//! Guesses, counted in rows before they are judged: whoever tries many at once finds them counted already. The count is
//! taken back when the guess was right. Unknown identifiers are counted as known ones are, under a keyed hash.

use std::net::IpAddr;

use crate::access::client_of;
use crate::clock::Instant;
use crate::context::Cx;
use crate::directory::accounts::guesses;
use crate::directory::keys;
use crate::error::{Error, Result};
use crate::ids::DeviceId;
use crate::sealing::hex;
use crate::store::guesses::{self as rows, Guess};
use crate::store::{Tx, text};

use super::guessing;
use super::service::Auth;

/// One guess: the rows that count it.
#[derive(Clone, Debug)]
pub(super) struct Attempt {
    /// The identifier from this address.
    here: Vec<u8>,
    /// The identifier from wherever.
    anywhere: Vec<u8>,
    /// Which failure this is on the identifier, should it be one.
    pub(super) failures: u32,
    /// Whether an identifier that nobody has is locked, as an account would be.
    pub(super) locked: bool,
    /// The remembered device that it was made on: it is counted there alone.
    pub(super) device: Option<DeviceId>,
}

impl Attempt {
    /// What stands for the identifier and its tenant, unreadable.
    pub(super) fn identifier(&self) -> String {
        hex(&self.anywhere)
    }
}

/// Counts a guess. That of an account that is locked counts for the wait alone.
///
/// # Errors
/// [`Error::TooFast`] when it is too early for another one: then it is not counted.
pub(super) async fn begin(
    auth: &Auth,
    cx: &Cx,
    (tenant, identifier): (&str, &str),
    address: IpAddr,
    locked: bool,
) -> Result<Attempt> {
    let key = keys::guesses(auth.directory()).await?.bytes().to_vec();
    let identifier = text::key(identifier);
    let anywhere = guesses::anywhere(&key, tenant, &identifier);
    let here = guesses::name(&key, &["here", tenant, &identifier, &client_of(address)]);
    let forgotten = guesses::forgotten(&key, tenant, &identifier);
    let now = cx.now;
    auth.directory().store.write(move |tx| count(tx, (&anywhere, &here, &forgotten), locked, now)).await?
}

/// Counts a guess on a remembered device, apart from all others: strangers can neither slow it down nor lock it out, and
/// whoever guesses there locks nobody out (IR-6).
///
/// # Errors
/// As [`begin`].
pub(super) async fn begin_on(auth: &Auth, cx: &Cx, device: DeviceId, address: IpAddr) -> Result<Attempt> {
    let key = keys::guesses(auth.directory()).await?.bytes().to_vec();
    let (id, client, now) = (device.to_string(), client_of(address), cx.now);
    let name = |parts: &[&str]| guesses::name(&key, parts);
    let (anywhere, here) = (name(&["device", &id]), name(&["device here", &id, &client]));
    let forgotten = name(&["device forgotten", &id]);
    let counted = auth.directory().store.write(move |tx| count(tx, (&anywhere, &here, &forgotten), false, now)).await?;
    counted.map(|attempt| Attempt { device: Some(device), ..attempt })
}

/// The outer error is the database's; the inner one refuses, with nothing counted.
fn count(
    tx: &mut Tx<'_>,
    (anywhere, here, forgotten): (&[u8], &[u8], &[u8]),
    locked: bool,
    now: Instant,
) -> Result<Result<Attempt>> {
    let mut all = rows::keep(tx, anywhere, now)?;
    let mut own = rows::keep(tx, here, now)?;
    if rows::last(tx, forgotten)?.is_some_and(|at| own.last < at) {
        own.failures = 0;
    }
    if let Some(retry_after) = guessing::too_early(counted(&own), own.last, now) {
        return Ok(Err(Error::TooFast { retry_after }));
    }
    own = Guess { failures: own.failures.saturating_add(1), last: now, ..own };
    rows::update(tx, &own)?;
    let blocked = all.blocked_until.is_some_and(|until| until > now);
    if !locked && !blocked {
        all = if guessing::goes_on(all.last, now) { all } else { Guess { failures: 0, first: now, ..all } };
        all = Guess { failures: all.failures.saturating_add(1), last: now, blocked_until: None, ..all };
        rows::update(tx, &all)?;
    }
    let (here, anywhere) = (here.to_vec(), anywhere.to_vec());
    Ok(Ok(Attempt { here, anywhere, failures: counted(&all), locked: blocked, device: None }))
}

/// Locks an identifier that nobody has, as an account would be.
pub(super) fn block(tx: &mut Tx<'_>, attempt: &Attempt, now: Instant) -> Result<()> {
    let all = rows::keep(tx, &attempt.anywhere, now)?;
    let blocked_until = guessing::locked_until(counted(&all), all.blocked_until, false, now);
    rows::update(tx, &Guess { blocked_until, ..all })
}

/// Forgets the guesses: this one was right.
pub(super) fn forgive(tx: &mut Tx<'_>, attempt: &Attempt) -> Result<()> {
    rows::delete(tx, &attempt.anywhere)?;
    rows::delete(tx, &attempt.here).map(drop)
}

fn counted(guess: &Guess) -> u32 {
    u32::try_from(guess.failures).unwrap_or(0)
}
