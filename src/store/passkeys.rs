//! The table `passkey`: what authenticators showed when they were registered. What a ceremony must prove is decided above.

use diesel::prelude::*;

use super::schema::passkey;
use super::tx::{Tx, is_taken};
use super::types::Document;
use crate::clock::Instant;
use crate::error::{Error, Result};
use crate::ids::{PasskeyId, UserId};

/// A passkey.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = passkey, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Passkey {
    /// Its id.
    pub id: PasskeyId,
    /// Whose it is.
    pub user_id: UserId,
    /// What the authenticator calls it.
    pub credential_id: Vec<u8>,
    /// The public key and what else is needed to verify it.
    pub credential: Document,
    /// The relying party that it was made for.
    pub rp_id: String,
    /// What the user calls it.
    pub name: String,
    /// The model of the authenticator, as far as it says.
    pub aaguid: Option<String>,
    /// Whether it never leaves its device.
    pub device_bound: bool,
    /// Whether it is backed up elsewhere.
    pub backed_up: bool,
    /// When it was registered.
    pub created: Instant,
    /// When it last proved something.
    pub last_used: Option<Instant>,
    /// How often it did.
    pub uses: i64,
}

/// The passkeys of a user, the oldest first.
///
/// # Errors
/// When the database cannot be asked.
pub fn of_user(tx: &mut Tx<'_>, user: UserId) -> Result<Vec<Passkey>> {
    let rows = passkey::table.filter(passkey::user_id.eq(user)).order((passkey::created, passkey::id));
    Ok(rows.select(Passkey::as_select()).load(tx.conn)?)
}

/// The passkey of a user.
///
/// # Errors
/// When the database cannot be asked.
pub fn find(tx: &mut Tx<'_>, user: UserId, id: PasskeyId) -> Result<Option<Passkey>> {
    let row = passkey::table.filter(passkey::id.eq(id).and(passkey::user_id.eq(user)));
    Ok(row.select(Passkey::as_select()).get_result(tx.conn).optional()?)
}

/// Adds a passkey.
///
/// # Errors
/// [`Error::Taken`] when the authenticator is registered already.
pub fn insert(tx: &mut Tx<'_>, new: &Passkey) -> Result<()> {
    match diesel::insert_into(passkey::table).values(new).execute(tx.conn) {
        Ok(_) => Ok(()),
        Err(error) if is_taken(&error) => Err(Error::Taken("the passkey is registered already".to_owned())),
        Err(error) => Err(error.into()),
    }
}

/// Writes a passkey that was used or renamed.
///
/// # Errors
/// When the database cannot be asked.
pub fn update(tx: &mut Tx<'_>, changed: &Passkey) -> Result<()> {
    diesel::update(passkey::table.filter(passkey::id.eq(changed.id))).set(changed).execute(tx.conn)?;
    Ok(())
}

/// Takes a passkey from a user. False when the user has no such one.
///
/// # Errors
/// When the database cannot be asked.
pub fn delete(tx: &mut Tx<'_>, user: UserId, id: PasskeyId) -> Result<bool> {
    let same = passkey::id.eq(id).and(passkey::user_id.eq(user));
    Ok(diesel::delete(passkey::table.filter(same)).execute(tx.conn)? > 0)
}

/// Takes every passkey from a user; answers how many.
///
/// # Errors
/// When the database cannot be asked.
pub fn delete_all(tx: &mut Tx<'_>, user: UserId) -> Result<usize> {
    Ok(diesel::delete(passkey::table.filter(passkey::user_id.eq(user))).execute(tx.conn)?)
}

/// A relying party that passkeys were made for other than this one, if there is any.
///
/// # Errors
/// When the database cannot be asked.
pub fn other_relying_party(tx: &mut Tx<'_>, rp_id: &str) -> Result<Option<String>> {
    let row = passkey::table.filter(passkey::rp_id.ne(rp_id)).select(passkey::rp_id);
    Ok(row.first(tx.conn).optional()?)
}
