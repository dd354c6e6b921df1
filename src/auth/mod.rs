//! Who are you: from a credential to an actor. What an actor may do is decided in `access`.

pub mod addresses;
pub mod endpoints;
pub mod guessing;
pub mod jwt;
pub mod pages;
pub mod passwords;
pub mod profile;
pub mod refresh;
pub mod resets;
pub mod sessions;

mod application;
mod attempts;
mod complete;
pub mod devices;
pub mod passkey;
mod person;
mod rolling;
pub mod second_step;
mod service;
mod sign_in;
mod standing;

pub use application::introspect;
pub use person::{account, authenticate_enrolling, authenticate_person};
pub use service::{Auth, Client, Door, Held, Tokens};
pub use sign_in::{SignIn, SignedIn, sign_in};

use subtle::ConstantTimeEq;

use crate::access::{Actor, ConnectionActor};
use crate::clock::Instant;
use crate::context::Cx;
use crate::directory::{Directory, tokens};
use crate::error::{Anonymous, Error, Result};
use crate::store::{Tx, credentials, tokens as token_rows};

/// How old the note of a token's last use may grow before it is written again, in seconds.
const USE_NOTED_EVERY: i64 = 60;

/// Finds out who shows a bearer token of the REST API: an application by its own token, else a person.
///
/// # Errors
/// [`Error::Anonymous`] for a token that does not hold; nothing tells why.
pub async fn authenticate(auth: &Auth, cx: &Cx, bearer: &str) -> Result<Actor> {
    if bearer.starts_with(application::PREFIX) {
        return application::authenticate(auth, cx, bearer).await;
    }
    authenticate_person(auth, cx, bearer).await
}

/// The same where people may come in a session that is for setting up a second factor.
///
/// # Errors
/// [`Error::Anonymous`] for a token that does not hold; nothing tells why.
pub async fn authenticate_or_enrolling(auth: &Auth, cx: &Cx, bearer: &str) -> Result<Actor> {
    if bearer.starts_with(application::PREFIX) {
        return application::authenticate(auth, cx, bearer).await;
    }
    authenticate_enrolling(auth, cx, bearer).await
}

/// Finds out who shows a bearer token of the SCIM protocol: a connection by its own token, else a person, who may see what
/// is theirs.
///
/// # Errors
/// [`Error::Anonymous`] for a token that does not hold; nothing tells why.
pub async fn authenticate_provisioner(auth: &Auth, cx: &Cx, bearer: &str) -> Result<Actor> {
    if tokens::split(bearer).is_some() {
        return authenticate_connection(auth.directory(), cx, bearer).await;
    }
    authenticate_person(auth, cx, bearer).await
}

/// Finds out which connection a bearer token belongs to. Revocation and expiry take effect at the next request.
///
/// # Errors
/// [`Error::Anonymous`] for a token that is unknown, expired or revoked; nothing tells which.
pub async fn authenticate_connection(directory: &Directory, cx: &Cx, bearer: &str) -> Result<Actor> {
    let refused = Error::Anonymous(Anonymous::BadCredential);
    let Some((id, secret_hash)) = tokens::split(bearer) else {
        return Err(refused);
    };
    let id = id.to_owned();
    let found = directory.store.read_one(move |tx| credentials::scim_token(tx, &id)).await?;
    let Some((token, connection, schema_version)) = found else {
        return Err(refused);
    };
    let same_secret: bool = token.secret_hash.ct_eq(&secret_hash).into();
    let expired = token.expires.is_some_and(|expires| expires <= cx.now);
    if !same_secret || expired || token.revoked.is_some() {
        return Err(refused);
    }
    let id = token.id.clone();
    note_use(directory, cx, token.last_used, move |tx, now| token_rows::touch(tx, &id, now)).await;
    let scope = token.scope()?;
    let types = directory.types(connection.tenant, schema_version).await?;
    Ok(Actor::Connection(ConnectionActor { connection, token: token.id, scope, types }))
}

/// Notes that a token is used, at most once a minute. A request does not fail because this could not be written.
async fn note_use(
    directory: &Directory,
    cx: &Cx,
    last_used: Option<Instant>,
    touch: impl Fn(&mut Tx<'_>, Instant) -> Result<()> + Send + 'static,
) {
    let now = cx.now;
    let noted = last_used.is_some_and(|last| last.plus_seconds(USE_NOTED_EVERY) > now);
    if noted {
        return;
    }
    if let Err(error) = directory.store.write(move |tx| touch(tx, now)).await {
        tracing::warn!(request_id = cx.request_id, cause = ?error, "the use of a token was not noted");
    }
}
