//! Tokens of applications: made once and shown once; only a hash of the secret part is kept.
//!
//! A token reads `rc_app_ID.SECRET`, as those of SCIM connections do.

use serde_json::{Map, json};

use crate::access::{ApplicationsRead, ApplicationsWrite, Permit};
use crate::clock::Instant;
use crate::context::Cx;
use crate::directory::{Directory, tokens as scim_tokens};
use crate::error::{Error, Result};
use crate::journal::{self, Author, Change, Operation};
use crate::secret::Secret;
use crate::store::Tx;
use crate::store::application_tokens::{self as rows, ApplicationToken};
use scim_core::Invalid;

use super::{author, parse, row};

/// What every token of an application begins with.
const PREFIX: &str = "rc_app_";

/// A token at the one moment when its text is known.
#[derive(Clone, Debug)]
pub struct MintedToken {
    /// What may be shown of it later.
    pub summary: TokenSummary,
    /// The whole text.
    pub secret: Secret,
}

/// A token as it may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenSummary {
    /// The public part.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// When it was made.
    pub created: Instant,
    /// When it ends, if ever.
    pub expires: Option<Instant>,
    /// When it was revoked, if it was.
    pub revoked: Option<Instant>,
    /// About when it was last used.
    pub last_used: Option<Instant>,
}

impl From<&ApplicationToken> for TokenSummary {
    fn from(row: &ApplicationToken) -> Self {
        Self {
            id: row.id.clone(),
            name: row.name.clone(),
            created: row.created,
            expires: row.expires,
            revoked: row.revoked,
            last_used: row.last_used,
        }
    }
}

/// Makes a token of an application. Earlier ones stay valid.
///
/// # Errors
/// [`Error::Missing`] when the tenant has no such application; [`Error::Invalid`] for a name that is none or an end that
/// has passed.
pub async fn create_token(
    directory: &Directory,
    permit: &Permit<ApplicationsWrite>,
    cx: &Cx,
    id: &str,
    name: &str,
    expires: Option<Instant>,
) -> Result<MintedToken> {
    permit.whole()?;
    let application_id = parse(id)?;
    let name = name.trim().to_owned();
    if name.is_empty() || name.chars().count() > 100 || name.chars().any(char::is_control) {
        return Err(Error::Invalid(Invalid::value("name", "must be 1 to 100 characters without control characters")));
    }
    if expires.is_some_and(|expires| expires <= cx.now) {
        return Err(Error::Invalid(Invalid::value("expires_at", "must lie in the future")));
    }
    let (id, secret_hash, secret) = scim_tokens::fresh(directory, PREFIX)?;
    let fresh = ApplicationToken {
        id,
        application_id,
        name,
        secret_hash,
        created: cx.now,
        expires,
        revoked: None,
        last_used: None,
    };
    let summary = TokenSummary::from(&fresh);
    let (permit, cx) = (permit.clone(), cx.clone());
    let add = move |tx: &mut Tx<'_>| {
        row(tx, permit.tenant(), application_id)?;
        rows::insert(tx, &fresh)?;
        record(tx, author(&permit, &cx), &fresh, Operation::Create)
    };
    directory.store.write(add).await?;
    Ok(MintedToken { summary, secret })
}

/// One page of the tokens of an application, oldest first, and how many there are.
///
/// # Errors
/// [`Error::Missing`] when the tenant has no such application.
pub async fn tokens(
    directory: &Directory,
    permit: &Permit<ApplicationsRead>,
    id: &str,
    offset: i64,
    limit: i64,
) -> Result<(Vec<TokenSummary>, i64)> {
    permit.whole()?;
    let (id, tenant) = (parse(id)?, permit.tenant());
    directory
        .store
        .read(move |tx| {
            row(tx, tenant, id)?;
            let (found, total) = rows::page(tx, id, offset, limit)?;
            Ok((found.iter().map(TokenSummary::from).collect(), total))
        })
        .await
}

/// Ends a token at once.
///
/// # Errors
/// [`Error::Missing`] when the application has no such living token.
pub async fn revoke_token(
    directory: &Directory,
    permit: &Permit<ApplicationsWrite>,
    cx: &Cx,
    id: &str,
    token: &str,
) -> Result<()> {
    permit.whole()?;
    let (id, token) = (parse(id)?, token.to_owned());
    let (permit, cx) = (permit.clone(), cx.clone());
    directory
        .store
        .write(move |tx| {
            row(tx, permit.tenant(), id)?;
            if !rows::revoke(tx, id, &token, cx.now)? {
                return Err(Error::Missing("token"));
            }
            let change = Change {
                resource_type: "ApplicationToken",
                resource_id: token.clone(),
                operation: Operation::Revoke,
                diff: journal::between(&Map::new(), &Map::new()),
                identity_source: None,
                reason: None,
            };
            journal::record(tx, author(&permit, &cx), change)
        })
        .await
}

fn record(tx: &mut Tx<'_>, author: Author<'_>, token: &ApplicationToken, operation: Operation) -> Result<()> {
    let after = json!({
        "application": token.application_id.to_string(),
        "name": token.name,
        "expires": token.expires.map(|expires| expires.to_string()),
    });
    let change = Change {
        resource_type: "ApplicationToken",
        resource_id: token.id.clone(),
        operation,
        diff: journal::between(&Map::new(), &after.as_object().cloned().unwrap_or_default()),
        identity_source: None,
        reason: None,
    };
    journal::record(tx, author, change)
}
