//! The table `ceremony`: sign-ins, step-ups and enrolments that are under way. A ceremony is found by its token, and is gone
//! when it was finished; of the token only a hash is kept.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use diesel::prelude::*;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::schema::ceremony;
use super::tx::Tx;
use super::types::Document;
use crate::clock::Instant;
use crate::error::Result;
use crate::ids::{SessionId, TenantId, UserId};
use crate::secret::Secret;

/// What every token of a ceremony begins with.
const PREFIX: &str = "rc_mfa_";

/// A ceremony as it is kept.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = ceremony, treat_none_as_default_value = false)]
pub struct Ceremony {
    /// The public part of its token.
    pub id: String,
    /// SHA-256 of the secret part.
    pub secret_hash: Vec<u8>,
    /// What it is for.
    pub purpose: String,
    /// The tenant, once known.
    pub tenant_id: Option<TenantId>,
    /// The user, once known.
    pub user_id: Option<UserId>,
    /// The session that began it.
    pub session_id: Option<SessionId>,
    /// The user's epoch when it began; a later one ends it.
    pub epoch: Option<i64>,
    /// When it began.
    pub created: Instant,
    /// When it ends.
    pub expires: Instant,
    /// Wrong answers so far.
    pub tries: i32,
    /// What its next step needs.
    pub state: Document,
}

/// Makes the id, the token and the hash of its secret half from unpredictable bytes.
pub fn mint(random: [u8; 40]) -> (String, Secret, Vec<u8>) {
    let (id, secret) = random.split_at(8);
    let id: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
    let secret = URL_SAFE_NO_PAD.encode(secret);
    let hash = Sha256::digest(secret.as_bytes()).to_vec();
    (id.clone(), Secret::new(format!("{PREFIX}{id}.{secret}")), hash)
}

/// Adds a ceremony.
///
/// # Errors
/// When the database cannot be asked.
pub fn insert(tx: &mut Tx<'_>, new: &Ceremony) -> Result<()> {
    diesel::insert_into(ceremony::table).values(new).execute(tx.conn)?;
    Ok(())
}

/// The ceremony of a token that is under way.
///
/// # Errors
/// When the database cannot be asked.
pub fn find(tx: &mut Tx<'_>, token: &str, now: Instant) -> Result<Option<Ceremony>> {
    let Some((id, secret)) = token.strip_prefix(PREFIX).and_then(|token| token.split_once('.')) else {
        return Ok(None);
    };
    let found = by_id(tx, id, now)?;
    let hash = Sha256::digest(secret.as_bytes());
    Ok(found.filter(|found| found.secret_hash.as_slice().ct_eq(hash.as_slice()).into()))
}

/// The ceremony of an id that is under way, for what is sent in its course.
///
/// # Errors
/// When the database cannot be asked.
pub fn by_id(tx: &mut Tx<'_>, id: &str, now: Instant) -> Result<Option<Ceremony>> {
    let living = ceremony::table.filter(ceremony::id.eq(id).and(ceremony::expires.gt(now)));
    Ok(living.select(Ceremony::as_select()).get_result(tx.conn).optional()?)
}

/// The latest ceremony of a purpose that a session began and that is under way.
///
/// # Errors
/// When the database cannot be asked.
pub fn of_session(tx: &mut Tx<'_>, session: SessionId, purpose: &str, now: Instant) -> Result<Option<Ceremony>> {
    let living = ceremony::session_id.eq(session).and(ceremony::purpose.eq(purpose)).and(ceremony::expires.gt(now));
    let row = ceremony::table.filter(living).order((ceremony::created.desc(), ceremony::id));
    Ok(row.select(Ceremony::as_select()).first(tx.conn).optional()?)
}

/// Writes the state of a ceremony that goes on.
///
/// # Errors
/// When the database cannot be asked.
pub fn set_state(tx: &mut Tx<'_>, id: &str, state: &Document) -> Result<()> {
    diesel::update(ceremony::table.filter(ceremony::id.eq(id))).set(ceremony::state.eq(state)).execute(tx.conn)?;
    Ok(())
}

/// Keeps the hash of a code that is sent in the course of a ceremony, in place of the one before.
///
/// # Errors
/// When the database cannot be asked.
pub fn set_sent(tx: &mut Tx<'_>, ceremony: Ceremony, method: &str, hash: &str) -> Result<()> {
    let Document(mut state) = ceremony.state;
    if let Some(sent) = state.get_mut("sent").and_then(serde_json::Value::as_object_mut) {
        sent.insert(method.to_owned(), serde_json::json!({ "hash": hash, "tries": 0 }));
    }
    set_state(tx, &ceremony.id, &Document(state))
}

/// Counts a wrong answer.
///
/// # Errors
/// When the database cannot be asked.
pub fn count_try(tx: &mut Tx<'_>, id: &str) -> Result<()> {
    let row = ceremony::table.filter(ceremony::id.eq(id));
    diesel::update(row).set(ceremony::tries.eq(ceremony::tries + 1)).execute(tx.conn)?;
    Ok(())
}

/// Ends a ceremony. False when it has ended already: whoever is answered true may act on it, and nobody else.
///
/// # Errors
/// When the database cannot be asked.
pub fn consume(tx: &mut Tx<'_>, id: &str) -> Result<bool> {
    Ok(diesel::delete(ceremony::table.filter(ceremony::id.eq(id))).execute(tx.conn)? > 0)
}

/// Ends the ceremonies of a purpose that a session began.
///
/// # Errors
/// When the database cannot be asked.
pub fn end_of_session(tx: &mut Tx<'_>, session: SessionId, purpose: &str) -> Result<()> {
    let same = ceremony::session_id.eq(session).and(ceremony::purpose.eq(purpose));
    diesel::delete(ceremony::table.filter(same)).execute(tx.conn)?;
    Ok(())
}
