//! The `installation` and `sealed_key` tables: which master key the database is sealed with, and what it seals. What is in a
//! sealed row is not known here.

use diesel::prelude::*;

use super::schema::{installation, sealed_key};
use super::tx::{Tx, is_taken};
use crate::clock::Instant;
use crate::error::{Error, Result};

/// The number of the one row of `installation`.
const THE_ROW: i64 = 1;

/// Which master key the database is sealed with.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = installation)]
pub struct Installation {
    /// What the key is called.
    pub key_id: String,
    /// Something that only this key opens.
    pub key_check: Vec<u8>,
    /// When it was recorded.
    pub created: Instant,
}

/// A key, sealed.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = sealed_key)]
pub struct SealedKey {
    /// What the key is for.
    pub name: String,
    /// The key, sealed with the master key.
    pub sealed: Vec<u8>,
    /// When it was made.
    pub created: Instant,
}

/// The installation, when it is recorded.
///
/// # Errors
/// When the database cannot be asked.
pub fn installation(tx: &mut Tx<'_>) -> Result<Option<Installation>> {
    Ok(installation::table.find(THE_ROW).select(Installation::as_select()).first(tx.conn).optional()?)
}

/// Records the installation.
///
/// # Errors
/// [`Error::Taken`] when it is recorded already.
pub fn record(tx: &mut Tx<'_>, new: &Installation) -> Result<()> {
    match diesel::insert_into(installation::table).values((installation::id.eq(THE_ROW), new)).execute(tx.conn) {
        Ok(_) => Ok(()),
        Err(error) if is_taken(&error) => Err(Error::Taken("the installation is recorded already".to_owned())),
        Err(error) => Err(error.into()),
    }
}

/// The key of that name.
///
/// # Errors
/// When the database cannot be asked.
pub fn find(tx: &mut Tx<'_>, name: &str) -> Result<Option<SealedKey>> {
    Ok(sealed_key::table.find(name).select(SealedKey::as_select()).first(tx.conn).optional()?)
}

/// Adds a key.
///
/// # Errors
/// [`Error::Taken`] when there is one of that name.
pub fn insert(tx: &mut Tx<'_>, new: &SealedKey) -> Result<()> {
    match diesel::insert_into(sealed_key::table).values(new).execute(tx.conn) {
        Ok(_) => Ok(()),
        Err(error) if is_taken(&error) => Err(Error::Taken(format!("there is a key `{}` already", new.name))),
        Err(error) => Err(error.into()),
    }
}
