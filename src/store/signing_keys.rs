//! The `signing_key` table: the keys that sign access tokens, sealed. What is in a sealed row is not known here.

use diesel::prelude::*;

use super::schema::signing_key;
use super::tx::Tx;
use super::types::Document;
use crate::clock::Instant;
use crate::error::Result;

/// A key as it is kept.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = signing_key, treat_none_as_default_value = false)]
pub struct SigningKey {
    /// Its id, which tokens carry.
    pub id: String,
    /// The private key, sealed with the master key.
    pub sealed: Vec<u8>,
    /// What everybody may know of it.
    pub public_key: Document,
    /// When it was made.
    pub created: Instant,
    /// When it first signs.
    pub usable_from: Instant,
    /// When it stopped signing.
    pub retired: Option<Instant>,
}

impl SigningKey {
    /// A key that is not retired.
    pub fn new(id: String, sealed: Vec<u8>, public_key: serde_json::Value, created: Instant, usable: Instant) -> Self {
        Self { id, sealed, public_key: Document(public_key), created, usable_from: usable, retired: None }
    }

    /// What everybody may know of it.
    pub fn public(&self) -> &serde_json::Value {
        &self.public_key.0
    }
}

/// Every key, the newest first.
///
/// # Errors
/// When the database cannot be asked.
pub fn all(tx: &mut Tx<'_>) -> Result<Vec<SigningKey>> {
    let rows = signing_key::table.order((signing_key::usable_from.desc(), signing_key::id));
    Ok(rows.select(SigningKey::as_select()).load(tx.conn)?)
}

/// Adds a key.
///
/// # Errors
/// When the database cannot be asked.
pub fn insert(tx: &mut Tx<'_>, new: &SigningKey) -> Result<()> {
    diesel::insert_into(signing_key::table).values(new).execute(tx.conn)?;
    Ok(())
}

/// Notes that the keys which sign until then sign no longer from then on.
///
/// # Errors
/// When the database cannot be asked.
pub fn retire(tx: &mut Tx<'_>, but: &str, at: Instant) -> Result<()> {
    diesel::update(signing_key::table.filter(signing_key::id.ne(but).and(signing_key::retired.is_null())))
        .set(signing_key::retired.eq(Some(at)))
        .execute(tx.conn)?;
    Ok(())
}

/// Forgets the keys that were retired before that time.
///
/// # Errors
/// When the database cannot be asked.
pub fn purge(tx: &mut Tx<'_>, before: Instant) -> Result<usize> {
    Ok(diesel::delete(signing_key::table.filter(signing_key::retired.lt(before))).execute(tx.conn)?)
}

/// Seals a key anew.
///
/// # Errors
/// When the database cannot be asked.
pub fn seal_again(tx: &mut Tx<'_>, id: &str, sealed: &[u8]) -> Result<()> {
    diesel::update(signing_key::table.find(id)).set(signing_key::sealed.eq(sealed)).execute(tx.conn)?;
    Ok(())
}
