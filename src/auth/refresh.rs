//! Refresh tokens: each is used once and gives the next tokens; an old one ends its session, one that nobody was given ends
//! nothing. How a session goes on is the session's to say.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use crate::clock::Instant;
use crate::context::Cx;
use crate::directory::keys;
use crate::error::{Anonymous, Error, Result};
use crate::ids::SessionId;
use crate::sealing::keyed_hash;
use crate::secret::Secret;
use crate::store::credentials::{self, Seen};
use crate::store::sessions as rows;
use crate::store::{Lock, Tx};

use super::person::lives;
use super::service::{Auth, Client, Door, Tokens};
use super::sessions::{self, Draw, Opened};

/// What every refresh token begins with.
const PREFIX: &str = "rc_refresh_";
/// Characters of the secret in a refresh token, behind which stands its mark.
const SECRET: usize = 43;
/// Bytes of such a mark.
const MARK_BYTES: usize = 16;

/// The refresh token of a session whose secret was drawn.
pub(super) async fn token(auth: &Auth, id: Uuid, draw: &Draw) -> Result<Secret> {
    let mark = mark(auth, id, draw.secret()).await?;
    Ok(Secret::new(format!("{}{mark}", draw.token(PREFIX, id).reveal())))
}

/// The next tokens for a refresh token.
///
/// # Errors
/// [`Error::Anonymous`] when it does not hold; when it is an old one, its session has ended.
pub async fn exchange(auth: &Auth, cx: &Cx, token: &str, client: &Client) -> Result<Tokens> {
    let refused = || Error::Anonymous(Anonymous::BadLogin);
    let shown = Shown::read(auth, token).await?.ok_or_else(refused)?;
    let draw = Draw::new(&auth.directory().sources, Door::Api)?;
    let (next, address, now) = (draw.clone(), client.address.to_string(), cx.now);
    let work = move |tx: &mut Tx<'_>| turn(tx, &shown, &next, &address, now);
    let (seen, opened) = auth.directory().store.write(work).await?.ok_or_else(refused)?;
    sessions::tokens(auth, cx, &seen.account, &opened, &draw).await
}

/// A refresh token as somebody shows it.
struct Shown {
    id: SessionId,
    hash: Vec<u8>,
    /// Whether it is marked: one that was given once, if it is none of the present ones.
    ours: bool,
}

impl Shown {
    /// Reads a token; `None` for what is none.
    async fn read(auth: &Auth, token: &str) -> Result<Option<Self>> {
        let parts = sessions::read(PREFIX, token).and_then(|(id, rest)| Some((id, rest.split_at_checked(SECRET)?)));
        let Some((id, (secret, shown))) = parts else { return Ok(None) };
        let ours = mark(auth, id, secret).await?.as_bytes().ct_eq(shown.as_bytes()).into();
        Ok(Some(Self { id: id.into(), hash: Door::Api.hash(secret), ours }))
    }
}

/// What stands behind the secret of a refresh token: only we can make it, and for that session alone. Ids of sessions are no
/// secret, and whoever knows one must not end the session with a token that nobody was given.
async fn mark(auth: &Auth, id: Uuid, secret: &str) -> Result<String> {
    let key = keys::tokens(auth.directory()).await?;
    let hash = keyed_hash(key.bytes(), &["refresh", &id.simple().to_string(), secret]);
    Ok(URL_SAFE_NO_PAD.encode(hash.get(..MARK_BYTES).unwrap_or_default()))
}

/// Exchanges the secret of a session; `None` when that is refused.
fn turn(
    tx: &mut Tx<'_>,
    &Shown { id, ref hash, ours }: &Shown,
    next: &Draw,
    address: &str,
    now: Instant,
) -> Result<Option<(Seen, Opened)>> {
    let Some(found) = credentials::session(tx, id)? else { return Ok(None) };
    tx.lock(Lock::User(found.account.id))?;
    let Some(seen) = credentials::session(tx, id)? else { return Ok(None) };
    if !lives(&seen.presence(), now)? || seen.session.limited_to.is_some() {
        return Ok(None);
    }
    let Some(secrets) = sessions::secrets(&seen.session).exchange(hash, next.hash(), now) else {
        if ours {
            rows::revoke(tx, seen.account.id, id, now)?;
        }
        return Ok(None);
    };
    let turned = sessions::with(seen.session.clone(), secrets);
    sessions::written(tx, seen, turned, address, now).map(Some)
}
