//! The table `recovery_code`: keyed hashes of codes, each good for one use.

use diesel::prelude::*;

use super::factors;
use super::schema::recovery_code;
use super::tx::Tx;
use crate::clock::Instant;
use crate::error::Result;
use crate::ids::UserId;

#[derive(Insertable)]
#[diesel(table_name = recovery_code)]
struct New<'a> {
    user_id: UserId,
    hash: &'a [u8],
    created: Instant,
}

/// Gives a user these codes in place of all before.
///
/// # Errors
/// When the database cannot be asked.
pub fn replace(tx: &mut Tx<'_>, user: UserId, hashes: &[Vec<u8>], now: Instant) -> Result<()> {
    delete_all(tx, user)?;
    for hash in hashes {
        let new = New { user_id: user, hash, created: now };
        diesel::insert_into(recovery_code::table).values(&new).execute(tx.conn)?;
    }
    Ok(())
}

/// Uses up a code. False when the user has no such one that is unused.
///
/// # Errors
/// When the database cannot be asked.
pub fn use_up(tx: &mut Tx<'_>, user: UserId, hash: &[u8], now: Instant) -> Result<bool> {
    let unused = recovery_code::user_id.eq(user).and(recovery_code::hash.eq(hash)).and(recovery_code::used.is_null());
    let used = recovery_code::used.eq(Some(now));
    let was_unused = diesel::update(recovery_code::table.filter(unused)).set(used).execute(tx.conn)? > 0;
    if was_unused {
        factors::note_codes(tx, user)?;
    }
    Ok(was_unused)
}

/// How many codes a user has left.
///
/// # Errors
/// When the database cannot be asked.
pub fn left(tx: &mut Tx<'_>, user: UserId) -> Result<i64> {
    let unused = recovery_code::user_id.eq(user).and(recovery_code::used.is_null());
    Ok(recovery_code::table.filter(unused).count().get_result(tx.conn)?)
}

/// Takes all codes from a user; answers how many there were.
///
/// # Errors
/// When the database cannot be asked.
pub fn delete_all(tx: &mut Tx<'_>, user: UserId) -> Result<usize> {
    Ok(diesel::delete(recovery_code::table.filter(recovery_code::user_id.eq(user))).execute(tx.conn)?)
}
