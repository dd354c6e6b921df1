//! The `session` table: one row for each time that a person signed in. Whether a session still counts is decided above;
//! every request looks it up in `credentials`.

use diesel::prelude::*;

use super::conn::directly;
use super::schema::session;
use super::tx::Tx;
use crate::clock::Instant;
use crate::error::Result;
use crate::ids::{SessionId, UserId};

/// A session as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = session, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Whose it is.
    pub user_id: UserId,
    /// When it began.
    pub created: Instant,
    /// When it was last refreshed.
    pub last_used: Instant,
    /// When it ends at the latest.
    pub expires: Instant,
    /// How long it lives without being refreshed.
    pub idle_seconds: i64,
    /// The user's epoch when it began.
    pub epoch: i64,
    /// How the person proved who they are: words of RFC 8176, with blanks between them.
    pub methods: String,
    /// How strong that was.
    pub strength: String,
    /// When they did.
    pub authenticated: Instant,
    /// What alone it may do.
    pub limited_to: Option<String>,
    /// SHA-256 of the secret that refreshes it.
    pub refresh_hash: Vec<u8>,
    /// That of the one before, or of an equal one when `previous_until` is not set.
    pub previous_hash: Option<Vec<u8>>,
    /// Until when the one before is taken for a retry.
    pub previous_until: Option<Instant>,
    /// From where.
    pub address: Option<String>,
    /// By what.
    pub user_agent: Option<String>,
    /// When it was ended.
    pub revoked: Option<Instant>,
    /// How long its proof counts as fresh for what is sensitive; 0 is as long as it lives.
    pub fresh_seconds: i64,
}

/// Adds a session.
///
/// # Errors
/// When the database cannot be asked.
pub fn insert(tx: &mut Tx<'_>, new: &Session) -> Result<()> {
    diesel::insert_into(session::table).values(new).execute(tx.conn)?;
    Ok(())
}

/// The session of that id. The caller holds its user's lock if it means to change it.
///
/// # Errors
/// When the database cannot be asked.
pub fn find(tx: &mut Tx<'_>, id: SessionId) -> Result<Option<Session>> {
    Ok(session::table.filter(session::id.eq(id)).select(Session::as_select()).get_result(tx.conn).optional()?)
}

/// The sessions of a user that were not ended and whose time is not over, the one used last first.
///
/// # Errors
/// When the database cannot be asked.
pub fn of_user(tx: &mut Tx<'_>, user: UserId, now: Instant) -> Result<Vec<Session>> {
    let living = session::user_id.eq(user).and(session::revoked.is_null()).and(session::expires.gt(now));
    let rows = session::table.filter(living).order((session::last_used.desc(), session::id.desc()));
    Ok(rows.select(Session::as_select()).load(tx.conn)?)
}

/// Writes a session that was refreshed.
///
/// # Errors
/// When the database cannot be asked.
pub fn update(tx: &mut Tx<'_>, changed: &Session) -> Result<()> {
    diesel::update(session::table.filter(session::id.eq(changed.id))).set(changed).execute(tx.conn)?;
    Ok(())
}

/// Writes what a session's person proved anew, and that it may do everything from now on.
///
/// # Errors
/// When the database cannot be asked.
pub fn strengthen(tx: &mut Tx<'_>, id: SessionId, methods: &str, strength: &str, now: Instant) -> Result<()> {
    diesel::update(session::table.filter(session::id.eq(id)))
        .set((
            session::methods.eq(methods),
            session::strength.eq(strength),
            session::authenticated.eq(now),
            session::limited_to.eq(None::<String>),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Ends a session of a user. False when the user has no such session that was not ended.
///
/// # Errors
/// When the database cannot be asked.
pub fn revoke(tx: &mut Tx<'_>, user: UserId, id: SessionId, now: Instant) -> Result<bool> {
    let living = session::id.eq(id).and(session::user_id.eq(user)).and(session::revoked.is_null());
    Ok(diesel::update(session::table.filter(living)).set(session::revoked.eq(Some(now))).execute(tx.conn)? > 0)
}

/// Ends every session of a user.
///
/// # Errors
/// When the database cannot be asked.
pub fn revoke_all(tx: &mut Tx<'_>, user: UserId, now: Instant) -> Result<usize> {
    let living = session::user_id.eq(user).and(session::revoked.is_null());
    Ok(diesel::update(session::table.filter(living)).set(session::revoked.eq(Some(now))).execute(tx.conn)?)
}

/// Deletes sessions that ended by themselves before that time.
///
/// # Errors
/// When the database cannot be asked.
pub fn purge(tx: &mut Tx<'_>, before: Instant) -> Result<usize> {
    Ok(diesel::delete(session::table.filter(session::expires.lt(before))).execute(tx.conn)?)
}

/// What is known of a session's device.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Device {
    /// From which address it was last used.
    pub address: Option<String>,
    /// By what.
    pub user_agent: Option<String>,
    /// When.
    pub last_used: Instant,
}

/// The devices of up to `limit` sessions of a user, ended ones too, the one used last first.
///
/// # Errors
/// When the database cannot be asked.
pub fn devices(tx: &mut Tx<'_>, user: UserId, limit: i64) -> Result<Vec<Device>> {
    let newest = session::table.filter(session::user_id.eq(user)).order(session::last_used.desc()).limit(limit);
    let newest = newest.select((session::address, session::user_agent, session::last_used));
    Ok(directly!(tx.conn, inner => newest.load(inner))?)
}
