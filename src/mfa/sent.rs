//! Factors that are addresses: a telephone or a mailbox that codes are sent to. An address counts once a code that went there
//! came back. How often codes go out is limited, whoever asks: every message costs money, and annoys.

use crate::access::PersonActor;
use crate::clock::Instant;
use crate::context::Cx;
use crate::directory::accounts::is_address;
use crate::directory::accounts::sends::{self, Kind};
use crate::directory::suspicions::{self, Origin};
use crate::error::{Error, Result};
use crate::notify::{Purpose as Letter, outbox};
use crate::sealing::hex;
use crate::store::accounts::Account;
use crate::store::factors::{self as rows, Factor};
use crate::store::{Lock, Tx};

use super::ceremony::{self, Begin, Open, Purpose, Sent, State};
use super::enrol::{Enrolled, added, may_set_up, nothing_begun, wrong_code};
use super::proof::{Proof, judge, seal, unseal_state};
use super::{Keys, Method, Mfa, recovery};

/// Seconds after which another code may be asked for.
pub const PAUSE: u32 = 30;

/// That a code is on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnItsWay {
    /// What people see of the address.
    pub to: String,
}

fn purpose_of(method: Method) -> Purpose {
    if method == Method::Sms { Purpose::EnrolSms } else { Purpose::EnrolEmail }
}

/// Begins to set up an address: a code goes there. Without an address, the account's own e-mail is meant.
///
/// # Errors
/// [`Error::TooFast`] when codes were sent too often; [`Error::Unprocessable`] when there is no address; [`Error::StepUp`];
/// [`Error::Conflict`] when the tenant does not allow it.
pub async fn start(
    mfa: &Mfa,
    cx: &Cx,
    person: &PersonActor,
    (method, address): (Method, Option<String>),
) -> Result<OnItsWay> {
    let (keys, sources) = (mfa.keys().await?, &mfa.directory().sources);
    let (nonce, random) = (sources.random()?, sources.random()?);
    let (own, now, lifetimes) = (person.clone(), cx.now, *mfa.directory().lifetimes());
    let work = move |tx: &mut Tx<'_>| {
        let account = may_set_up(tx, &own, method)?;
        let address = address.clone().or_else(|| account.email.clone().filter(|_| method == Method::Email));
        let address = address.filter(|address| method == Method::Sms || is_address(address));
        let address = address.ok_or_else(|| Error::fault(["body", method.as_str()], "value_error", "is no address"))?;
        sends::count(tx, keys.guesses.bytes(), &account, (Kind::Code, method.as_str(), &address), now)??;
        let (sealed, hint) = (seal(&keys, own.user, method, nonce, address.as_bytes()), hint(&address));
        let sent = [(method, Sent::default())].into();
        let state = State { sent, sealed: Some(hex(&sealed)), hint: Some(hint.clone()), ..State::default() };
        let of = Some((account.tenant_id, account.id, account.epoch));
        let (purpose, session) = (purpose_of(method), Some(own.session));
        ceremony::begin(tx, Begin { purpose, of, session, state, now, lifetimes, random })?;
        let begun = ceremony::of_session(tx, own.session, purpose, now)?.ok_or_else(nothing_begun)?;
        post(tx, &begun, &account, method, now)?;
        Ok(OnItsWay { to: hint })
    };
    mfa.directory().store.write(work).await
}

/// Ends setting up an address: the code that went there came back.
///
/// # Errors
/// [`Error::Unprocessable`] for a wrong code; [`Error::Conflict`] when nothing was begun; [`Error::TooFast`] when the budget
/// is spent.
pub async fn verify(
    mfa: &Mfa,
    cx: &Cx,
    (person, origin): (&PersonActor, &Origin),
    (method, code): (Method, &str),
) -> Result<Enrolled> {
    let (keys, fresh) = (mfa.keys().await?, recovery::draw(&mfa.directory().sources)?);
    let (own, origin, cx, code) = (person.clone(), origin.clone(), cx.clone(), code.to_owned());
    let work = move |tx: &mut Tx<'_>| {
        let account = may_set_up(tx, &own, method)?;
        let found = ceremony::of_session(tx, own.session, purpose_of(method), cx.now)?;
        let mut open = found.ok_or_else(nothing_begun)?;
        match judge(tx, &keys, (&mut open, own.user), (method, &code), cx.now)? {
            Proof::Right => {}
            Proof::Wrong => {
                suspicions::proof_failed(tx, &account, method, &origin, cx.now)?;
                return Ok(Err(wrong_code()));
            }
            Proof::TooFast(refusal) => return Ok(Err(refusal)),
        }
        let (_, sealed) = unseal_state(&keys, own.user, method, &open)?;
        if !open.consume(tx)? {
            return Err(nothing_begun());
        }
        let (user_id, kind, hint) = (own.user, method.as_str().to_owned(), open.state.hint.clone());
        let (created, last_used) = (cx.now, Some(cx.now));
        rows::put(tx, &Factor { user_id, kind, sealed, hint, created, last_used, last_step: None })?;
        added(tx, &cx, (&own, &account), &keys, method, &fresh).map(Ok)
    };
    mfa.directory().store.write(work).await?
}

/// Sends a code in the course of a sign-in or a step-up, in its transaction.
///
/// # Errors
/// The outer one is the database's; the inner one is [`Error::TooFast`] when codes were sent too often.
pub fn send(
    tx: &mut Tx<'_>,
    keys: &Keys,
    (open, account): (&mut Open, &Account),
    method: Method,
    now: Instant,
) -> Result<Result<OnItsWay>> {
    tx.lock(Lock::User(account.id))?;
    let Some(factor) = rows::find(tx, account.id, method.as_str())? else { return Ok(Err(Error::Missing("factor"))) };
    let hint = factor.hint.unwrap_or_default();
    let count = (Kind::Code, method.as_str(), hint.as_str());
    if let Err(refusal) = sends::count(tx, keys.guesses.bytes(), account, count, now)? {
        return Ok(Err(refusal));
    }
    if open.state.sent.insert(method, Sent::default()).is_some() {
        suspicions::sent_again(tx, account, now)?;
    }
    open.keep(tx)?;
    post(tx, open, account, method, now)?;
    Ok(Ok(OnItsWay { to: hint }))
}

fn post(tx: &mut Tx<'_>, open: &Open, account: &Account, method: Method, now: Instant) -> Result<()> {
    let purpose = if method == Method::Sms { Letter::CodeText } else { Letter::Code };
    let payload = serde_json::json!({ "ceremony": open.row.id, "method": method });
    let (tenant, user) = (account.tenant_id, account.id);
    outbox::put(tx, &outbox::Message { tenant, user, purpose, payload, due: now })
}

/// What people see of an address: enough to know it, too little to use it.
fn hint(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((local, domain)) => format!("{}•••@{domain}", local.chars().take(1).collect::<String>()),
        None => {
            let end: String = address.chars().rev().take(2).collect::<Vec<_>>().into_iter().rev().collect();
            format!("•••{end}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s0_12_s0_13_a_hint_tells_its_owner_and_nobody_else() {
        assert_eq!(hint("ann.example@example.org"), "a•••@example.org");
        assert_eq!(hint("+4915112345678"), "•••78");
        assert_eq!(hint("é"), "•••é");
    }
}
