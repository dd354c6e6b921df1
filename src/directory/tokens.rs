//! SCIM tokens: made once and shown once; only a hash of the secret part is kept.
//!
//! A token reads `rc_scim_ID.SECRET`. The id is public and finds the row; the secret is 256 random bits.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::access::{Actor, Connection, TokenScope};
use crate::clock::Instant;
use crate::context::Cx;
use crate::error::{Error, Result};
use crate::ids::TenantId;
use crate::journal::{self, Author, Change, Operation};
use crate::secret::Secret;
use crate::store::tokens as rows;
use crate::store::{Tx, tokens::Token};

use super::Directory;
use super::tenants::operators_only;

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
/// When the database cannot be asked or the machine has no randomness.
pub async fn create(
    directory: &Directory,
    actor: &Actor,
    cx: &Cx,
    connection: &Connection,
    scope: TokenScope,
    expires: Option<Instant>,
) -> Result<NewToken> {
    operators_only(actor)?;
    let (row, minted) = mint(directory, cx, connection, scope, expires)?;
    let (actor, cx, tenant) = (actor.clone(), cx.clone(), connection.tenant);
    directory.store.write(move |tx| add(tx, &actor, &cx, tenant, &row)).await?;
    Ok(minted)
}

/// The tokens of a tenant, oldest first.
///
/// # Errors
/// When the database cannot be asked.
pub async fn list(directory: &Directory, actor: &Actor, tenant: TenantId) -> Result<Vec<TokenSummary>> {
    operators_only(actor)?;
    let found = directory.store.read_one(move |tx| rows::list(tx, tenant)).await?;
    let summary = |(token, connection): (Token, String)| {
        Ok(TokenSummary {
            scope: token.scope()?,
            id: token.id,
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
pub async fn revoke(directory: &Directory, actor: &Actor, cx: &Cx, tenant: TenantId, id: &str) -> Result<()> {
    operators_only(actor)?;
    let (actor, cx, id) = (actor.clone(), cx.clone(), id.to_owned());
    directory
        .store
        .write(move |tx| {
            if !rows::revoke(tx, tenant, &id, cx.now)? {
                return Err(Error::Missing("token"));
            }
            let change = change(&id, Operation::Revoke, Map::new());
            journal::record(tx, Author { actor: &actor, cx: &cx, tenant }, change)
        })
        .await
}

/// Splits a token's text into its public id and the hash of its secret; `None` when it is no SCIM token.
pub fn split(text: &str) -> Option<(&str, Vec<u8>)> {
    split_after(PREFIX, text)
}

/// The same for a token of another kind.
pub(super) fn split_after<'a>(prefix: &str, text: &'a str) -> Option<(&'a str, Vec<u8>)> {
    let (id, secret) = text.strip_prefix(prefix)?.split_once('.')?;
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
