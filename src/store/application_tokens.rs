//! The `application_token` table. Only hashes of secrets are kept; comparing them is the business of `auth`.

use diesel::prelude::*;

use super::schema::application_token;
use super::tx::Tx;
use crate::clock::Instant;
use crate::error::Result;
use crate::ids::ApplicationId;

/// A token of an application as it is kept.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = application_token)]
pub struct ApplicationToken {
    /// The public part, by which it is found.
    pub id: String,
    /// Its application.
    pub application_id: ApplicationId,
    /// What people call it.
    pub name: String,
    /// SHA-256 of the secret part.
    pub secret_hash: Vec<u8>,
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
pub fn insert(tx: &mut Tx<'_>, new: &ApplicationToken) -> Result<()> {
    diesel::insert_into(application_token::table).values(new).execute(tx.conn)?;
    Ok(())
}

/// One page of the tokens of an application, oldest first, and how many there are.
///
/// # Errors
/// When the database cannot be asked.
pub fn page(tx: &mut Tx<'_>, of: ApplicationId, offset: i64, limit: i64) -> Result<(Vec<ApplicationToken>, i64)> {
    let all = || application_token::table.filter(application_token::application_id.eq(of));
    let total = all().count().get_result(tx.conn)?;
    let order = (application_token::created, application_token::id);
    let page = all().order(order).offset(offset).limit(limit).select(ApplicationToken::as_select()).load(tx.conn)?;
    Ok((page, total))
}

/// Ends a token of an application. False when it has no such token that is not revoked yet.
///
/// # Errors
/// When the database cannot be asked.
pub fn revoke(tx: &mut Tx<'_>, of: ApplicationId, id: &str, now: Instant) -> Result<bool> {
    let token = application_token::table
        .filter(application_token::id.eq(id).and(application_token::application_id.eq(of)))
        .filter(application_token::revoked.is_null());
    Ok(diesel::update(token).set(application_token::revoked.eq(Some(now))).execute(tx.conn)? > 0)
}

/// Notes that a token was used.
///
/// # Errors
/// When the database cannot be asked.
pub fn touch(tx: &mut Tx<'_>, id: &str, now: Instant) -> Result<()> {
    diesel::update(application_token::table.filter(application_token::id.eq(id)))
        .set(application_token::last_used.eq(Some(now)))
        .execute(tx.conn)?;
    Ok(())
}
