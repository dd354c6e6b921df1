//! Setting factors up and giving them up, by the person whose they are. A factor counts once it was proven; until then it
//! stands in a ceremony. Whoever sets one up has proven not long ago who they are, or is in a session for nothing else.

use crate::access::{Actor, PersonActor};
use crate::context::Cx;
use crate::directory::factors::{self, Event, changed, devices};
use crate::directory::suspicions::Origin;
use crate::directory::{grants, settings, suspicions};
use crate::error::{Error, Result};
use crate::journal::Author;
use crate::sealing::hex;
use crate::store::accounts::{self, Account};
use crate::store::factors::{self as rows, Factor};
use crate::store::{Lock, Tx, recovery_codes, sessions};

use super::ceremony::{self, Begin, Purpose, State};
use super::proof::{seal, unseal_state};
use super::totp::{self, Card, SEED_BYTES};
use super::{ISSUER, Keys, Method, Mfa, budget, recovery};

/// What a person gets who set up a factor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Enrolled {
    /// Recovery codes, when there were none before: shown once.
    pub recovery_codes: Option<Vec<String>>,
}

/// Begins to set up an authenticator: what to scan or type. One that is there goes on until the new one is proven.
///
/// # Errors
/// [`Error::StepUp`] when the person must first prove anew who they are; [`Error::Conflict`] when the tenant does not allow
/// it.
pub async fn start_totp(mfa: &Mfa, cx: &Cx, person: &PersonActor) -> Result<Card> {
    let (keys, sources) = (mfa.keys().await?, &mfa.directory().sources);
    let (seed, nonce, random): ([u8; SEED_BYTES], _, _) = (sources.random()?, sources.random()?, sources.random()?);
    let sealed = seal(&keys, person.user, Method::Totp, nonce, &seed);
    let state = State { sealed: Some(hex(&sealed)), ..State::default() };
    let (own, asker, now, lifetimes) = (person.clone(), person.clone(), cx.now, *mfa.directory().lifetimes());
    let work = move |tx: &mut Tx<'_>| {
        let account = may_set_up(tx, &own, Method::Totp)?;
        let of = Some((account.tenant_id, account.id, account.epoch));
        let (purpose, session, state) = (Purpose::EnrolTotp, Some(own.session), state.clone());
        ceremony::begin(tx, Begin { purpose, of, session, state, now, lifetimes, random }).map(|_| account)
    };
    let account = mfa.directory().store.write(work).await?;
    totp::card(&seed, ISSUER, account.email.as_deref().unwrap_or(&asker.name))
}

/// What to scan or type of the authenticator that a session is setting up, once more.
///
/// # Errors
/// [`Error::Conflict`] when nothing was begun.
pub async fn begun_totp(mfa: &Mfa, cx: &Cx, person: &PersonActor) -> Result<Card> {
    let (keys, own, now) = (mfa.keys().await?, person.clone(), cx.now);
    let read = move |tx: &mut Tx<'_>| {
        let account = accounts::find(tx, own.tenant, own.user)?.ok_or(Error::Missing("user"))?;
        let open = ceremony::of_session(tx, own.session, Purpose::EnrolTotp, now)?.ok_or_else(nothing_begun)?;
        let (seed, _) = unseal_state(&keys, own.user, Method::Totp, &open)?;
        totp::card(&seed, ISSUER, account.email.as_deref().unwrap_or(&own.name))
    };
    mfa.directory().store.read(read).await
}

/// Ends setting up an authenticator: the code proves that it holds the seed.
///
/// # Errors
/// [`Error::Unprocessable`] for a wrong code; [`Error::Conflict`] when nothing was begun; [`Error::TooFast`] when the budget
/// is spent.
pub async fn verify_totp(
    mfa: &Mfa,
    cx: &Cx,
    (person, origin): (&PersonActor, &Origin),
    code: &str,
) -> Result<Enrolled> {
    let (keys, fresh) = (mfa.keys().await?, recovery::draw(&mfa.directory().sources)?);
    let (own, origin, cx, code) = (person.clone(), origin.clone(), cx.clone(), code.to_owned());
    let work = move |tx: &mut Tx<'_>| {
        let account = may_set_up(tx, &own, Method::Totp)?;
        let open = ceremony::of_session(tx, own.session, Purpose::EnrolTotp, cx.now)?.ok_or_else(nothing_begun)?;
        let budget = budget::open(tx, &keys, own.user, Method::Totp, cx.now)??;
        let (seed, sealed) = unseal_state(&keys, own.user, Method::Totp, &open)?;
        let Some(step) = totp::matched_step(&seed, code.trim(), None, cx.now)? else {
            budget.charge(tx, cx.now)?;
            open.count_try(tx)?;
            suspicions::proof_failed(tx, &account, Method::Totp, &origin, cx.now)?;
            return Ok(None);
        };
        budget.forgive(tx)?;
        if !open.consume(tx)? {
            return Err(nothing_begun());
        }
        let (user_id, kind) = (own.user, Method::Totp.as_str().to_owned());
        let (created, last_used, last_step) = (cx.now, Some(cx.now), Some(step));
        rows::put(tx, &Factor { user_id, kind, sealed, hint: None, created, last_used, last_step })?;
        added(tx, &cx, (&own, &account), &keys, Method::Totp, &fresh).map(Some)
    };
    let done = mfa.directory().store.write(work).await?;
    done.ok_or_else(wrong_code)
}

/// Gives up a factor.
///
/// # Errors
/// [`Error::Missing`] when there is none of that kind; [`Error::StepUp`]; [`Error::Conflict`] for the last one that the
/// tenant's policy asks for.
pub async fn give_up(mfa: &Mfa, cx: &Cx, person: &PersonActor, method: Method) -> Result<()> {
    person.fresh()?;
    let (own, cx) = (person.clone(), cx.clone());
    let work = move |tx: &mut Tx<'_>| {
        let account = own_account(tx, &own)?;
        if !rows::delete(tx, own.user, method.as_str())? {
            return Err(Error::Missing("factor"));
        }
        devices::forget_of(tx, own.user, method, None)?;
        removed(tx, &cx, (&own, &account), method)
    };
    mfa.directory().store.write(work).await
}

/// Makes new recovery codes; all before are good for nothing.
///
/// # Errors
/// [`Error::Conflict`] for somebody without a factor, who has nothing to recover; [`Error::StepUp`].
pub async fn regenerate(mfa: &Mfa, cx: &Cx, person: &PersonActor) -> Result<Vec<String>> {
    person.fresh()?;
    let (keys, fresh) = (mfa.keys().await?, recovery::draw(&mfa.directory().sources)?);
    let (own, cx, codes) = (person.clone(), cx.clone(), fresh.clone());
    let work = move |tx: &mut Tx<'_>| {
        let account = own_account(tx, &own)?;
        if !factors::owned(tx, own.user)?.any() {
            return Err(Error::conflict("no_factor", "recovery codes stand in for a factor, and there is none"));
        }
        replace_codes(tx, &keys, &own, &codes, &cx)?;
        noted(tx, &cx, (&own, &account), Event::CodesMade)
    };
    mfa.directory().store.write(work).await?;
    Ok(fresh)
}

/// The account of a person who may set a factor up, locked.
pub(super) fn may_set_up(tx: &mut Tx<'_>, person: &PersonActor, method: Method) -> Result<Account> {
    if !person.enrolling {
        person.fresh()?;
    }
    let account = own_account(tx, person)?;
    if settings::of(tx, person.tenant)?.mfa.allows(method) {
        return Ok(account);
    }
    Err(Error::conflict("not_allowed", format!("the tenant does not allow {method} as a factor")))
}

/// The account of a person, locked.
pub(super) fn own_account(tx: &mut Tx<'_>, person: &PersonActor) -> Result<Account> {
    tx.lock(Lock::User(person.user))?;
    accounts::find(tx, person.tenant, person.user)?.ok_or(Error::Missing("user"))
}

/// Writes what follows from a factor that was proven and is kept: the session is as strong as the proof, the policy asks for
/// nothing more that is there now, and whoever has no recovery codes gets some.
pub(super) fn added(
    tx: &mut Tx<'_>,
    cx: &Cx,
    (person, account): (&PersonActor, &Account),
    keys: &Keys,
    method: Method,
    fresh: &[String],
) -> Result<Enrolled> {
    let record = rows::record(tx, person.user)?;
    rows::put_record(tx, &rows::Record { code_required: false, ..record })?;
    if method != Method::Passkey {
        // The one of that kind before is there no more.
        devices::forget_of(tx, person.user, method, None)?;
    }
    strengthen(tx, person, method, cx)?;
    let lacks_codes = recovery_codes::left(tx, person.user)? == 0;
    if lacks_codes {
        replace_codes(tx, keys, person, fresh, cx)?;
    }
    noted(tx, cx, (person, account), Event::Added(method))?;
    Ok(Enrolled { recovery_codes: lacks_codes.then(|| fresh.to_vec()) })
}

/// Writes what follows from a factor that its owner gave up, unless the policy asks for it.
pub(super) fn removed(
    tx: &mut Tx<'_>,
    cx: &Cx,
    (person, account): (&PersonActor, &Account),
    method: Method,
) -> Result<()> {
    let (policy, owned) = (settings::of(tx, person.tenant)?.mfa, factors::owned(tx, person.user)?);
    let holdings = grants::of_user(tx, person.tenant, person.user)?;
    let asked = policy.asked(holdings.iter().map(|held| &*held.role));
    if policy.is_lacking(&owned, asked) {
        let why = "the tenant asks for a second factor: set up another one first";
        return Err(Error::conflict("last_factor", why));
    }
    let actor = Actor::Person(person.clone());
    suspicions::factor_removed(tx, Author { actor: &actor, cx, tenant: person.tenant }, account, &[method])?;
    noted(tx, cx, (person, account), Event::Removed(method))
}

/// The session's person proved a factor: it is as strong as that from now on, and may do everything.
fn strengthen(tx: &mut Tx<'_>, person: &PersonActor, method: Method, cx: &Cx) -> Result<()> {
    let Some(session) = sessions::find(tx, person.session)? else { return Ok(()) };
    let before: i32 = session.strength.parse().unwrap_or_default();
    let methods = with_method(&session.methods, method);
    sessions::strengthen(tx, session.id, &methods, &before.max(method.strength()).to_string(), cx.now)
}

/// Words of RFC 8176 with that of one method more; several make it `mfa`.
pub fn with_method(methods: &str, method: Method) -> String {
    let mut words: Vec<&str> = methods.split_whitespace().filter(|word| *word != "mfa").collect();
    if !words.contains(&method.reference()) {
        words.push(method.reference());
    }
    if words.len() > 1 {
        words.push("mfa");
    }
    words.join(" ")
}

fn replace_codes(tx: &mut Tx<'_>, keys: &Keys, person: &PersonActor, codes: &[String], cx: &Cx) -> Result<()> {
    let hashes: Vec<_> = codes.iter().map(|code| recovery::hash(keys, person.user, code)).collect();
    recovery_codes::replace(tx, person.user, &hashes, cx.now)
}

/// Records what a person did to factors of their own, and tells them.
pub(super) fn noted(tx: &mut Tx<'_>, cx: &Cx, (person, account): (&PersonActor, &Account), event: Event) -> Result<()> {
    let actor = Actor::Person(person.clone());
    changed(tx, Author { actor: &actor, cx, tenant: account.tenant_id }, account, event)
}

pub(super) fn nothing_begun() -> Error {
    Error::conflict("not_begun", "nothing was begun that this could end: begin anew")
}

pub(super) fn wrong_code() -> Error {
    Error::fault(["body", "code"], "value_error", "is not the code")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_are_words_of_rfc_8176_each_once() {
        assert_eq!(with_method("pwd", Method::Totp), "pwd otp mfa");
        assert_eq!(with_method("pwd otp mfa", Method::Email), "pwd otp mfa");
        assert_eq!(with_method("", Method::Passkey), "hwk");
        assert_eq!(with_method("pwd otp mfa", Method::Passkey), "pwd otp hwk mfa");
    }
}
