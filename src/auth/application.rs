//! Applications: by which token one asks, and what it may hear of a person's token.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::access::{Actor, ApplicationActor};
use crate::context::Cx;
use crate::error::{Anonymous, Error, Result};
use crate::store::{application_tokens, credentials};

use super::note_use;
use super::person::session_of;
use super::service::Auth;

/// What every token of an application begins with.
pub(super) const PREFIX: &str = "rc_app_";

/// Finds out which application a token belongs to.
pub(super) async fn authenticate(auth: &Auth, cx: &Cx, bearer: &str) -> Result<Actor> {
    let refused = || Error::Anonymous(Anonymous::BadCredential);
    let (id, secret) = bearer.strip_prefix(PREFIX).and_then(|rest| rest.split_once('.')).ok_or_else(refused)?;
    let (hash, id) = (Sha256::digest(secret.as_bytes()), id.to_owned());
    let key = id.clone();
    let found = auth.directory().store.read_one(move |tx| credentials::application_token(tx, &key)).await?;
    let (token, home) = found.ok_or_else(refused)?;
    let same: bool = token.secret_hash.ct_eq(hash.as_slice()).into();
    let alive = token.revoked.is_none() && token.expires.is_none_or(|expires| expires > cx.now);
    if !same || !alive || !token.enabled || home.suspended {
        return Err(refused());
    }
    let key = id.clone();
    note_use(auth.directory(), cx, token.last_used, move |tx, now| application_tokens::touch(tx, &key, now)).await;
    let types = auth.directory().types(home.id, home.schema_version).await?;
    Ok(Actor::Application(ApplicationActor { application: token.application, tenant: home.id, types, token: id }))
}

/// What an application may know of a person's token: whether it lives, and whose it is. Nothing of people of other tenants.
///
/// # Errors
/// When the database cannot be asked.
pub async fn introspect(auth: &Auth, cx: &Cx, application: &ApplicationActor, token: &str) -> Result<Option<Value>> {
    let Some(seen) = session_of(auth, cx, token).await? else { return Ok(None) };
    if seen.tenant.id != application.tenant {
        return Ok(None);
    }
    let Ok(claims) = auth.keys(cx.now).await?.verifier.verify(token, cx.now) else { return Ok(None) };
    Ok(Some(json!({
        "active": true, "sub": claims.sub.to_string(), "username": seen.account.user_name,
        "tenant": claims.tenant.to_string(), "sid": claims.sid.to_string(),
        "iss": claims.iss, "aud": claims.aud, "iat": claims.iat, "exp": claims.exp, "jti": claims.jti,
        "token_type": "Bearer", "auth_time": claims.auth_time, "acr": claims.acr, "amr": claims.amr,
    })))
}
