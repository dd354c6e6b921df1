//! Who shows an access token: its signature, remembered, and one read of the session with its user and tenant. Whatever
//! ended meanwhile ends here, whatever the token says.

use std::sync::Arc;

use crate::access::{Actor, PersonActor};
use crate::clock::Instant;
use crate::context::Cx;
use crate::directory::factors::ONE_FACTOR;
use crate::error::{Anonymous, Error, Result, StepUp};
use crate::store::accounts::Account;
use crate::store::credentials::{self, Home};
use crate::store::presence::{self, Presence};

use super::service::Auth;
use super::standing;

/// Whether a session still counts: not ended, in time, of its user's epoch, and neither user nor tenant held back. A lock
/// after too many guesses blocks signing in, not those who are in.
pub(super) fn lives(seen: &Presence, now: Instant) -> Result<bool> {
    let Presence { session, account, tenant, .. } = seen;
    let in_time = session.expires > now && session.last_used.plus_seconds(session.idle_seconds) > now;
    let unbroken = session.revoked.is_none() && session.epoch == account.epoch && !tenant.suspended;
    Ok(in_time && unbroken && standing::goes_on(account, now)?)
}

/// Finds out which person an access token belongs to. Revocation takes effect at the next request, on every process.
///
/// # Errors
/// [`Error::Anonymous`] for a token that is not ours, has ended or counts no more; nothing tells which.
pub async fn authenticate_person(auth: &Auth, cx: &Cx, bearer: &str) -> Result<Actor> {
    let actor = authenticate_enrolling(auth, cx, bearer).await?;
    if actor.is_enrolling() { Err(Error::Anonymous(Anonymous::BadCredential)) } else { Ok(actor) }
}

/// The same, be it of a session that may do nothing but set up a second factor: such a person holds nothing.
///
/// # Errors
/// As [`authenticate_person`].
pub async fn authenticate_enrolling(auth: &Auth, cx: &Cx, bearer: &str) -> Result<Actor> {
    let seen = living(auth, cx, bearer).await?.ok_or(Error::Anonymous(Anonymous::BadCredential))?;
    actor(auth, &seen, cx.now).await
}

/// The person of a living session; who may do nothing but set up a second factor holds nothing.
pub(super) async fn actor(auth: &Auth, seen: &Presence, now: Instant) -> Result<Actor> {
    let enrolling = seen.session.limited_to.is_some();
    let holdings = if enrolling { Arc::default() } else { auth.holdings(&seen.account, &seen.tenant, now).await? };
    let types = auth.directory().types(seen.tenant.id, seen.tenant.schema_version).await?;
    Ok(Actor::Person(PersonActor {
        user: seen.account.id,
        tenant: seen.tenant.id,
        partner: seen.tenant.partner_id,
        types,
        name: seen.account.user_name.as_str().into(),
        session: seen.id,
        holdings,
        authenticated: seen.session.authenticated,
        methods: seen.session.methods.as_str().into(),
        step_up: lacking(seen, now),
        enrolling,
    }))
}

/// What somebody would have to prove anew before something sensitive is done: by the strongest factor that they have, and
/// not too long ago (IR-18).
fn lacking(seen: &Presence, now: Instant) -> Option<StepUp> {
    let Presence { session, account, .. } = seen;
    let strength = account.strongest_factor.max(ONE_FACTOR);
    let strong = session.strength.parse::<i32>().is_ok_and(|proven| proven >= strength);
    let max_age = session.fresh_seconds;
    if max_age == 0 {
        return None;
    }
    let fresh = session.authenticated.plus_seconds(max_age) > now;
    (!strong || !fresh).then_some(StepUp { strength, max_age })
}

/// The living session of an access token, with its user and tenant, of a session that may do everything.
pub(super) async fn session_of(auth: &Auth, cx: &Cx, bearer: &str) -> Result<Option<Presence>> {
    let found = living(auth, cx, bearer).await?;
    // A session for one step of signing in opens nothing else.
    Ok(found.filter(|seen| seen.session.limited_to.is_none()))
}

async fn living(auth: &Auth, cx: &Cx, bearer: &str) -> Result<Option<Presence>> {
    let keys = auth.keys(cx.now).await?;
    // Which key a token names is looked at last: nearly every one was verified before.
    let claims = match keys.verifier.verify(bearer, cx.now) {
        Err(_) if keys.verifier.lacks_key_of(bearer) => auth.newest_keys(cx.now).await?.verifier.verify(bearer, cx.now),
        verified => verified,
    };
    let Ok(claims) = claims else { return Ok(None) };
    let id = claims.sid;
    let found = auth.directory().store.read_one(move |tx| presence::find(tx, id)).await?;
    let Some(seen) = found else { return Ok(None) };
    let same = seen.account.epoch == claims.epoch && seen.account.id == claims.sub;
    Ok((same && lives(&seen, cx.now)?).then_some(seen))
}

/// The account of a person, with its tenant.
///
/// # Errors
/// [`Error::Missing`] when it was deleted this very moment.
pub async fn account(auth: &Auth, person: &PersonActor) -> Result<(Account, Home)> {
    let user = person.user;
    let found = auth.directory().store.read_one(move |tx| credentials::account(tx, user)).await?;
    found.ok_or(Error::Missing("user"))
}
