//! The table `device`: where a user need not prove a second factor anew for a while. Whether a device still counts, and for
//! what, is decided above.

use diesel::prelude::*;

use super::schema::device;
use super::tx::Tx;
use crate::clock::Instant;
use crate::error::Result;
use crate::ids::{DeviceId, PasskeyId, UserId};

/// A remembered device as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = device, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Device {
    /// Its id.
    pub id: DeviceId,
    /// Whose it is.
    pub user_id: UserId,
    /// What the user calls it.
    pub name: Option<String>,
    /// What was proven there.
    pub method: String,
    /// By which passkey, if it was one.
    pub passkey_id: Option<PasskeyId>,
    /// The user's epoch when it was remembered; a later one ends it.
    pub epoch: i64,
    /// SHA-256 of the secret in its token.
    pub secret_hash: Vec<u8>,
    /// That of the one before, or of an equal one when `previous_until` is not set.
    pub previous_hash: Option<Vec<u8>>,
    /// Until when the one before is taken for a retry.
    pub previous_until: Option<Instant>,
    /// When it was remembered.
    pub created: Instant,
    /// When it ends at the latest.
    pub expires: Instant,
    /// When it last stood in for the factor.
    pub last_used: Option<Instant>,
    /// How often it did.
    pub uses: i64,
    /// From where it was last used.
    pub address: Option<String>,
    /// What the client called itself then.
    pub user_agent: Option<String>,
}

/// Adds a device.
///
/// # Errors
/// When the database cannot be asked.
pub fn insert(tx: &mut Tx<'_>, new: &Device) -> Result<()> {
    diesel::insert_into(device::table).values(new).execute(tx.conn)?;
    Ok(())
}

/// Writes a device that was used.
///
/// # Errors
/// When the database cannot be asked.
pub fn update(tx: &mut Tx<'_>, changed: &Device) -> Result<()> {
    diesel::update(device::table.filter(device::id.eq(changed.id))).set(changed).execute(tx.conn)?;
    Ok(())
}

/// A device of a user, ended or not.
///
/// # Errors
/// When the database cannot be asked.
pub fn find(tx: &mut Tx<'_>, user: UserId, id: DeviceId) -> Result<Option<Device>> {
    let row = device::table.filter(device::id.eq(id).and(device::user_id.eq(user)));
    Ok(row.select(Device::as_select()).get_result(tx.conn).optional()?)
}

/// The devices of a user, ended or not, the newest first.
///
/// # Errors
/// When the database cannot be asked.
pub fn of_user(tx: &mut Tx<'_>, user: UserId) -> Result<Vec<Device>> {
    let rows = device::table.filter(device::user_id.eq(user)).order((device::created.desc(), device::id.desc()));
    Ok(rows.select(Device::as_select()).load(tx.conn)?)
}

/// Forgets a device. False when the user has no such one.
///
/// # Errors
/// When the database cannot be asked.
pub fn delete(tx: &mut Tx<'_>, user: UserId, id: DeviceId) -> Result<bool> {
    let same = device::id.eq(id).and(device::user_id.eq(user));
    Ok(diesel::delete(device::table.filter(same)).execute(tx.conn)? > 0)
}

/// Forgets every device of a user.
///
/// # Errors
/// When the database cannot be asked.
pub fn delete_all(tx: &mut Tx<'_>, user: UserId) -> Result<usize> {
    Ok(diesel::delete(device::table.filter(device::user_id.eq(user))).execute(tx.conn)?)
}

/// Forgets the devices of a user on which that was proven.
///
/// # Errors
/// When the database cannot be asked.
pub fn delete_of(tx: &mut Tx<'_>, user: UserId, method: &str, passkey: Option<PasskeyId>) -> Result<usize> {
    let of_method = device::user_id.eq(user).and(device::method.eq(method.to_owned()));
    let gone = match passkey {
        Some(passkey) => {
            diesel::delete(device::table.filter(of_method.and(device::passkey_id.eq(passkey)))).execute(tx.conn)?
        }
        None => diesel::delete(device::table.filter(of_method)).execute(tx.conn)?,
    };
    Ok(gone)
}
