//! Whether a code proves what it should: one function for every door, under one budget. Passkeys are proven elsewhere.

use subtle::ConstantTimeEq as _;

use crate::clock::Instant;
use crate::error::{Error, Result};
use crate::ids::UserId;
use crate::sealing::{bond, unhex};
use crate::store::factors::{self as rows, Factor};
use crate::store::one_time_links::{self as links, Purpose as Link};
use crate::store::{Tx, credentials, recovery_codes};

use super::ceremony::{self, Open};
use super::{Keys, Method, budget, totp};

/// Wrong answers after which a sent code is good for nothing.
const TRIES_OF_SENT: u32 = 5;

/// What became of a code.
#[derive(Debug)]
pub enum Proof {
    /// It is right, and used up.
    Right,
    /// It is wrong, and counted.
    Wrong,
    /// It was not looked at: the budget is spent.
    TooFast(Error),
}

/// Judges a code that a user gives in a ceremony, and writes what follows: a right one is used up, a wrong one counted. The
/// transaction must be committed whatever comes of it. The caller holds the user's lock.
///
/// # Errors
/// When the database cannot be asked.
pub fn judge(
    tx: &mut Tx<'_>,
    keys: &Keys,
    (open, user): (&mut Open, UserId),
    (method, code): (Method, &str),
    now: Instant,
) -> Result<Proof> {
    let budget = match budget::open(tx, keys, user, method, now)? {
        Ok(budget) => budget,
        Err(refusal) => return Ok(Proof::TooFast(refusal)),
    };
    let right = match method {
        Method::Totp => authenticator(tx, keys, user, code, now)?,
        Method::Sms | Method::Email => sent(tx, keys, open, (method, user), code, now)?,
        Method::RecoveryCode => {
            let hash = super::recovery::hash(keys, user, code);
            recovery_codes::use_up(tx, user, &hash, now)?
        }
        Method::EnrolmentCode => enrolment(tx, open, user, code, now)?,
        Method::Passkey | Method::Password => false,
    };
    if right {
        budget.forgive(tx)?;
        return Ok(Proof::Right);
    }
    budget.charge(tx, now)?;
    open.count_try(tx)?;
    Ok(Proof::Wrong)
}

fn authenticator(tx: &mut Tx<'_>, keys: &Keys, user: UserId, code: &str, now: Instant) -> Result<bool> {
    let Some(factor) = rows::find(tx, user, Method::Totp.as_str())? else { return Ok(false) };
    let seed = unseal(keys, user, Method::Totp, &factor.sealed)?;
    let Some(step) = totp::matched_step(&seed, code.trim(), factor.last_step, now)? else { return Ok(false) };
    rows::put(tx, &Factor { last_step: Some(step), last_used: Some(now), ..factor })?;
    Ok(true)
}

/// A code that was sent in the course of the ceremony, good for one use.
fn sent(
    tx: &mut Tx<'_>,
    keys: &Keys,
    open: &mut Open,
    (method, user): (Method, UserId),
    code: &str,
    now: Instant,
) -> Result<bool> {
    let Some(sent) = open.state.sent.get_mut(&method) else { return Ok(false) };
    let given = ceremony::hash(keys, &open.row.id, method, code.trim());
    let same = sent.hash.as_ref().is_some_and(|hash| hash.as_bytes().ct_eq(given.as_bytes()).into());
    if same && sent.tries < TRIES_OF_SENT {
        open.state.sent.remove(&method);
        open.keep(tx)?;
        if let Some(factor) = rows::find(tx, user, method.as_str())? {
            rows::put(tx, &Factor { last_used: Some(now), ..factor })?;
        }
        return Ok(true);
    }
    sent.tries += 1;
    open.keep(tx)?;
    Ok(false)
}

/// The code that an administrator let somebody have who lost every factor. It is of the epoch of the ceremony, which is that of
/// the account: what ends all that was issued to the user ends the code too (IR-5).
fn enrolment(tx: &mut Tx<'_>, open: &Open, user: UserId, code: &str, now: Instant) -> Result<bool> {
    let Some((id, hash)) = links::split(code.trim()) else { return Ok(false) };
    let Some(link) = credentials::one_time_link(tx, id)? else { return Ok(false) };
    let same: bool = link.secret_hash.as_slice().ct_eq(&hash).into();
    let alive = link.used.is_none() && link.expires > now && link.user_id == user;
    let meant = link.purpose == Link::Enrol.as_str() && open.row.epoch == Some(link.epoch);
    Ok(same && alive && meant && links::consume(tx, id, now)?)
}

/// Seals the seed or address of a factor, bound to its user and kind.
pub(super) fn seal(keys: &Keys, user: UserId, kind: Method, nonce: [u8; 24], plain: &[u8]) -> Vec<u8> {
    keys.sealing.seal(nonce, &bond(&["factor", &user.to_string(), kind.as_str()]), plain)
}

/// Opens what [`seal`] made.
///
/// # Errors
/// [`Error::Unavailable`] when it was sealed with another key.
pub(super) fn unseal(keys: &Keys, user: UserId, kind: Method, sealed: &[u8]) -> Result<Vec<u8>> {
    let opened = keys.sealing.open(&bond(&["factor", &user.to_string(), kind.as_str()]), sealed);
    opened.ok_or_else(|| Error::unavailable(format!("the {kind} factor of user {user} is not sealed with our key")))
}

/// Opens what a ceremony keeps of a factor that is being set up.
///
/// # Errors
/// As [`unseal`].
pub(super) fn unseal_state(keys: &Keys, user: UserId, kind: Method, open: &Open) -> Result<(Vec<u8>, Vec<u8>)> {
    let sealed = open.state.sealed.as_deref().and_then(unhex);
    let sealed = sealed.ok_or_else(|| Error::internal("a ceremony of enrolment keeps nothing"))?;
    Ok((unseal(keys, user, kind, &sealed)?, sealed))
}
