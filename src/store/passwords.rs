//! The tables `password` and `password_history`: hashes only. What they are made of and which is good enough is decided
//! above.

use diesel::prelude::*;

use super::conn::directly;
use super::schema::{password, password_history};
use super::tx::Tx;
use crate::clock::Instant;
use crate::error::Result;
use crate::ids::UserId;

/// The password of a user.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = password, primary_key(user_id), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Password {
    /// Whose it is.
    pub user_id: UserId,
    /// How the hash was made: a word of [`crate::password::Scheme`].
    pub scheme: String,
    /// The hash.
    pub hash: String,
    /// When the password was chosen.
    pub changed: Instant,
    /// Whether another one must be chosen at the next sign-in.
    pub must_change: bool,
    /// When it ends by itself; such a one works once.
    pub expires: Option<Instant>,
    /// Whether a connection that syncs passwords wrote it.
    pub synced: bool,
}

/// The password of a user, if it has one.
///
/// # Errors
/// When the database cannot be asked.
pub fn find(tx: &mut Tx<'_>, user: UserId) -> Result<Option<Password>> {
    let row = password::table.filter(password::user_id.eq(user));
    Ok(directly!(tx.conn, inner => row.select(Password::as_select()).get_result(inner)).optional()?)
}

/// Gives a user a password in place of the one it may have. The caller holds the user's lock.
///
/// # Errors
/// When the database cannot be asked.
pub fn put(tx: &mut Tx<'_>, new: &Password) -> Result<()> {
    let of_user = password::table.filter(password::user_id.eq(new.user_id));
    if diesel::update(of_user).set(new).execute(tx.conn)? == 0 {
        diesel::insert_into(password::table).values(new).execute(tx.conn)?;
    }
    Ok(())
}

/// Exchanges the hash of a password that stays the same, unless it was changed meanwhile.
///
/// # Errors
/// When the database cannot be asked.
pub fn exchange(tx: &mut Tx<'_>, user: UserId, old: &str, scheme: &str, hash: &str) -> Result<()> {
    diesel::update(password::table.filter(password::user_id.eq(user).and(password::hash.eq(old))))
        .set((password::scheme.eq(scheme), password::hash.eq(hash)))
        .execute(tx.conn)?;
    Ok(())
}

/// Uses up a password that works once. False when it is not that one any more.
///
/// # Errors
/// When the database cannot be asked.
pub fn use_up(tx: &mut Tx<'_>, user: UserId, hash: &str, now: Instant) -> Result<bool> {
    let living = password::user_id.eq(user).and(password::hash.eq(hash)).and(password::expires.gt(now));
    Ok(diesel::update(password::table.filter(living)).set(password::expires.eq(Some(now))).execute(tx.conn)? > 0)
}

/// Takes a user's password away.
///
/// # Errors
/// When the database cannot be asked.
pub fn delete(tx: &mut Tx<'_>, user: UserId) -> Result<()> {
    diesel::delete(password::table.filter(password::user_id.eq(user))).execute(tx.conn)?;
    Ok(())
}

/// The hashes of a user's earlier passwords, newest first.
///
/// # Errors
/// When the database cannot be asked.
pub fn history(tx: &mut Tx<'_>, user: UserId, most: i64) -> Result<Vec<String>> {
    let rows = password_history::table.filter(password_history::user_id.eq(user));
    Ok(rows.order(password_history::seq.desc()).limit(most).select(password_history::hash).load(tx.conn)?)
}

/// Remembers a password that was replaced, and forgets all but the newest ones.
///
/// # Errors
/// When the database cannot be asked.
pub fn remember(tx: &mut Tx<'_>, old: &Password, now: Instant, most: i64) -> Result<()> {
    diesel::insert_into(password_history::table)
        .values((
            password_history::user_id.eq(old.user_id),
            password_history::scheme.eq(&old.scheme),
            password_history::hash.eq(&old.hash),
            password_history::replaced.eq(now),
        ))
        .execute(tx.conn)?;
    let of_user = || password_history::table.filter(password_history::user_id.eq(old.user_id));
    let kept: Vec<i64> =
        of_user().order(password_history::seq.desc()).limit(most).select(password_history::seq).load(tx.conn)?;
    if let Some(oldest) = kept.last() {
        diesel::delete(of_user().filter(password_history::seq.lt(*oldest))).execute(tx.conn)?;
    }
    Ok(())
}
