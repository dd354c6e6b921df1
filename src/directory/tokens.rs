//! SCIM tokens: made once and shown once; only a hash of the secret part is kept.
//!
//! A token reads `rc_scim_ID.SECRET`. The id is public and finds the row; the secret is 256 random bits.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::access::{Actor, Connection, ConnectionsRead, Permit, ScimTokensWrite, TokenScope};
use crate::clock::Instant;
use crate::context::Cx;
use crate::error::{Error, Result};
use crate::ids::{ConnectionId, TenantId};
use crate::journal::{self, Author, Change, Operation};
use crate::secret::Secret;
use crate::store::tokens as rows;
use crate::store::{Tx, tokens::Token};

use super::Directory;
use scim_core::Invalid;

/// What every SCIM token begins with.
const PREFIX: &str = "rc_scim_";

/// A token at the one moment when its text is known.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// The public part.
    pub id: String,
    /// The whole text.
    pub secret: Secret,
    /// When it ends, if ever.
    pub expires: Option<Instant>,
}

/// A token as it may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenSummary {
    /// The public part.
    pub id: String,
    /// Its connection.
    pub connection_id: ConnectionId,
    /// The name of its connection.
    pub connection: String,
    /// What it may do.
    pub scope: TokenScope,
    /// When it was made.
    pub created: Instant,
    /// When it ends, if ever.
    pub expires: Option<Instant>,
    /// When it was revoked, if it was.
    pub revoked: Option<Instant>,
    /// About when it was last used.
    pub last_used: Option<Instant>,
}

/// Makes a token of a connection. Earlier ones stay valid.
///
/// # Errors
/// [`Error::Missing`] for a connection of another tenant; [`Error::Invalid`] for an end that has passed.
pub async fn create(
    directory: &Directory,
    permit: &Permit<ScimTokensWrite>,
    cx: &Cx,
    connection: &Connection,
    scope: TokenScope,
    expires: Option<Instant>,
) -> Result<NewToken> {
    permit.whole()?;
    if connection.tenant != permit.tenant() {
        return Err(Error::Missing("connection"));
    }
    if expires.is_some_and(|expires| expires <= cx.now) {
        return Err(Error::Invalid(Invalid::value("expires_at", "must lie in the future")));
    }
    let (row, minted) = mint(directory, cx, connection, scope, expires)?;
    let (actor, cx, tenant) = (permit.actor().clone(), cx.clone(), connection.tenant);
    directory.store.write(move |tx| add(tx, &actor, &cx, tenant, &row)).await?;
    Ok(minted)
}

/// The tokens of a tenant, oldest first.
///
/// # Errors
/// When the database cannot be asked.
pub async fn list(directory: &Directory, permit: &Permit<ConnectionsRead>) -> Result<Vec<TokenSummary>> {
    permit.whole()?;
    let tenant = permit.tenant();
    let found = directory.store.read_one(move |tx| rows::list(tx, tenant)).await?;
    let summary = |(token, connection): (Token, String)| {
        Ok(TokenSummary {
            scope: token.scope()?,
            id: token.id,
            connection_id: token.connection_id,
            connection,
            created: token.created,
            expires: token.expires,
            revoked: token.revoked,
            last_used: token.last_used,
        })
    };
    found.into_iter().map(summary).collect()
}

/// Ends a token at once.
///
/// # Errors
/// [`Error::Missing`] when the tenant has no such living token.
pub async fn revoke(directory: &Directory, permit: &Permit<ScimTokensWrite>, cx: &Cx, id: &str) -> Result<()> {
    permit.whole()?;
    let (permit, cx, id) = (permit.clone(), cx.clone(), id.to_owned());
    directory
        .store
        .write(move |tx| {
            if !rows::revoke(tx, permit.tenant(), &id, cx.now)? {
                return Err(Error::Missing("token"));
            }
            let change = change(&id, Operation::Revoke, Map::new());
            journal::record(tx, Author { actor: permit.actor(), cx: &cx, tenant: permit.tenant() }, change)
        })
        .await
}

/// Splits a token's text into its public id and the hash of its secret; `None` when it is no SCIM token.
pub fn split(text: &str) -> Option<(&str, Vec<u8>)> {
    let (id, secret) = text.strip_prefix(PREFIX)?.split_once('.')?;
    Some((id, hash(secret)))
}

/// A new token of a kind: its public id, the hash of its secret, and its text.
pub(super) fn fresh(directory: &Directory, prefix: &str) -> Result<(String, Vec<u8>, Secret)> {
    let id = u64::from_be_bytes(directory.sources.random()?);
    let id = format!("{id:016x}");
    let secret = URL_SAFE_NO_PAD.encode(directory.sources.random::<32>()?);
    let text = Secret::new(format!("{prefix}{id}.{secret}"));
    Ok((id, hash(&secret), text))
}

fn hash(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}

pub(super) fn mint(
    directory: &Directory,
    cx: &Cx,
    connection: &Connection,
    scope: TokenScope,
    expires: Option<Instant>,
) -> Result<(Token, NewToken)> {
    let (id, secret_hash, secret) = fresh(directory, PREFIX)?;
    let row = Token {
        id: id.clone(),
        connection_id: connection.id,
        secret_hash,
        scope: scope.to_string(),
        created: cx.now,
        expires,
        revoked: None,
        last_used: None,
    };
    Ok((row, NewToken { id, secret, expires }))
}

pub(super) fn add(tx: &mut Tx<'_>, actor: &Actor, cx: &Cx, tenant: TenantId, token: &Token) -> Result<()> {
    rows::insert(tx, token)?;
    let after = json!({
        "connection": token.connection_id.to_string(),
        "scope": token.scope,
        "expires": token.expires.map(|expires| expires.to_string()),
    });
    let change = change(&token.id, Operation::Create, after.as_object().cloned().unwrap_or_default());
    journal::record(tx, Author { actor, cx, tenant }, change)
}

fn change(id: &str, operation: Operation, after: Map<String, Value>) -> Change<'static> {
    Change {
        resource_type: "Token",
        resource_id: id.to_owned(),
        operation,
        diff: journal::between(&Map::new(), &after),
        identity_source: None,
        reason: None,
    }
}
