//! The `scim_token` table. Only hashes of secrets are kept; comparing them is the business of `auth`.

use diesel::prelude::*;

use super::schema::{connection, scim_token};
use super::tx::Tx;
use crate::clock::Instant;
use crate::error::{Error, Result};
use crate::ids::{ConnectionId, TenantId};

/// A token as it is kept.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = scim_token)]
pub struct Token {
    /// The public part, by which it is found.
    pub id: String,
    /// Its connection.
    pub connection_id: ConnectionId,
    /// SHA-256 of the secret part.
    pub secret_hash: Vec<u8>,
    /// What it may do: a word of [`crate::access::TokenScope`].
    pub scope: String,
    /// When it was made.
    pub created: Instant,
    /// When it ends, if ever.
    pub expires: Option<Instant>,
    /// When it was revoked, if it was.
    pub revoked: Option<Instant>,
    /// About when it was last used.
    pub last_used: Option<Instant>,
}

/// Adds a token.
///
/// # Errors
/// When the database cannot be asked.
pub fn insert(tx: &mut Tx<'_>, new: &Token) -> Result<()> {
    diesel::insert_into(scim_token::table).values(new).execute(tx.conn)?;
    Ok(())
}

/// The tokens of a tenant with the names of their connections, oldest first.
///
/// # Errors
/// When the database cannot be asked.
pub fn list(tx: &mut Tx<'_>, tenant: TenantId) -> Result<Vec<(Token, String)>> {
    Ok(scim_token::table
        .inner_join(connection::table)
        .filter(connection::tenant_id.eq(tenant))
        .order((scim_token::created, scim_token::id))
        .select((Token::as_select(), connection::name))
        .load(tx.conn)?)
}

/// Ends a token of a tenant. False when the tenant has no such token that is not revoked yet.
///
/// # Errors
/// When the database cannot be asked.
pub fn revoke(tx: &mut Tx<'_>, tenant: TenantId, id: &str, now: Instant) -> Result<bool> {
    let connections = connection::table.filter(connection::tenant_id.eq(tenant)).select(connection::id);
    let tokens = scim_token::table
        .filter(scim_token::id.eq(id).and(scim_token::revoked.is_null()))
        .filter(scim_token::connection_id.eq_any(connections));
    Ok(diesel::update(tokens).set(scim_token::revoked.eq(Some(now))).execute(tx.conn)? > 0)
}

/// Notes that a token was used.
///
/// # Errors
/// When the database cannot be asked.
pub fn touch(tx: &mut Tx<'_>, id: &str, now: Instant) -> Result<()> {
    diesel::update(scim_token::table.filter(scim_token::id.eq(id)))
        .set(scim_token::last_used.eq(Some(now)))
        .execute(tx.conn)?;
    Ok(())
}

impl Token {
    /// The scope as a type.
    ///
    /// # Errors
    /// [`Error::Internal`] when the row holds an unknown word.
    pub fn scope(&self) -> Result<crate::access::TokenScope> {
        self.scope.parse().map_err(Error::internal)
    }
}
