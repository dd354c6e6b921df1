//! Sessions of the pages: a browser holds one token in a cookie, which stands for the same row that the sessions of programs
//! are. So whatever lists, limits or ends sessions holds for it. It is not exchanged at each request, as refresh tokens are,
//! but whenever its person proves anew who they are. Neither opens what the other does: what is kept of a secret tells what
//! it is for (`Draw`).

use subtle::ConstantTimeEq as _;

use crate::access::{Actor, PersonActor};
use crate::clock::Instant;
use crate::context::Cx;
use crate::error::{Anonymous, Error, Result};
use crate::ids::SessionId;
use crate::secret::Secret;
use crate::store::credentials;
use crate::store::sessions::Session;
use crate::store::{Lock, Tx};

use super::person::{actor, lives};
use super::service::{Auth, Door};
use super::sessions::{self, Draw};

/// What every token of a page begins with.
pub(super) const PREFIX: &str = "rc_page_";
/// How old the note of a session's last use may grow before it is written again, in seconds.
const USE_NOTED_EVERY: i64 = 60;

/// Finds out whose session the token of a page stands for, be it one that may do nothing but set up a second factor.
///
/// # Errors
/// [`Error::Anonymous`] for a token that is not ours, has ended or counts no more; nothing tells which.
pub async fn authenticate(auth: &Auth, cx: &Cx, token: &str) -> Result<Actor> {
    let refused = || Error::Anonymous(Anonymous::BadCredential);
    let (id, secret) = sessions::read(PREFIX, token).ok_or_else(refused)?;
    let (id, hash) = (SessionId::from(id), Door::Pages.hash(secret));
    let found = auth.directory().store.read_one(move |tx| credentials::session(tx, id)).await?;
    let seen = found.ok_or_else(refused)?;
    let presence = seen.presence();
    if !takes(&seen.session, &hash, cx.now) || !lives(&presence, cx.now)? || is_over(auth, &seen.session, cx.now) {
        return Err(refused());
    }
    if seen.session.last_used.plus_seconds(USE_NOTED_EVERY) <= cx.now {
        note_use(auth, cx, id).await;
    }
    actor(auth, &presence, cx.now).await
}

/// Whether the secret is the session's, or the one before that was replaced a moment ago: a page may be on its way.
fn takes(session: &Session, hash: &[u8], now: Instant) -> bool {
    let is = |kept: &[u8]| -> bool { kept.ct_eq(hash).into() };
    let late = session.previous_until.is_some_and(|until| now < until);
    is(&session.refresh_hash) || late && session.previous_hash.as_deref().is_some_and(is)
}

/// Whether a session that is for setting up a second factor has had its time: as long as an access token lives.
fn is_over(auth: &Auth, session: &Session, now: Instant) -> bool {
    let ends = session.created.plus_seconds(auth.directory().lifetimes().access_token);
    session.limited_to.is_some() && ends <= now
}

/// Notes that a session is used, at most once a minute. A request does not fail because this could not be written.
async fn note_use(auth: &Auth, cx: &Cx, id: SessionId) {
    let now = cx.now;
    let work = move |tx: &mut Tx<'_>| sessions::note_use(tx, id, now);
    if let Err(error) = auth.directory().store.write(work).await {
        tracing::warn!(request_id = cx.request_id, cause = ?error, "the use of a session was not noted");
    }
}

/// Gives the session of a person another token: what it may do has changed, and nobody shall go on with the old one.
///
/// # Errors
/// [`Error::Anonymous`] when the session has ended meanwhile.
pub async fn renew(auth: &Auth, cx: &Cx, person: &PersonActor) -> Result<Secret> {
    let draw = Draw::new(&auth.directory().sources, Door::Pages)?;
    let (id, user, now, next) = (person.session, person.user, cx.now, draw.clone());
    let work = move |tx: &mut Tx<'_>| {
        tx.lock(Lock::User(user))?;
        let Some(seen) = credentials::session(tx, id)? else { return Ok(false) };
        if !lives(&seen.presence(), now)? {
            return Ok(false);
        }
        sessions::replace(tx, seen, &next, now)?;
        Ok(true)
    };
    if auth.directory().store.write(work).await? {
        return Ok(draw.token(PREFIX, id.uuid()));
    }
    Err(Error::Anonymous(Anonymous::BadCredential))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_of_a_secret_tells_at_which_door_it_opens() {
        assert_ne!(Door::Pages.hash("secret"), Door::Api.hash("secret"));
        let (_, hash) = sessions::split("rc_x_", "rc_x_00000000000000000000000000000000.secret").unwrap();
        assert_eq!(hash, Door::Api.hash("secret"));
    }
}
