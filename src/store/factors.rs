//! The tables `factor` and `user_mfa`, and the columns of `users` that say how strong a user's factors are. Secrets are
//! sealed above; which factor is good for what is decided there too.

use diesel::prelude::*;

use super::schema::{factor, passkey, user_mfa, users};
use super::tx::Tx;
use crate::clock::Instant;
use crate::error::Result;
use crate::ids::UserId;

/// A factor that is a secret or an address.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = factor, primary_key(user_id, kind), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Factor {
    /// Whose it is.
    pub user_id: UserId,
    /// `totp`, `sms` or `email`.
    pub kind: String,
    /// The seed or the address, sealed.
    pub sealed: Vec<u8>,
    /// What people see of an address.
    pub hint: Option<String>,
    /// When it was confirmed.
    pub created: Instant,
    /// When it last proved something.
    pub last_used: Option<Instant>,
    /// The step of the last code of an authenticator.
    pub last_step: Option<i64>,
}

/// What else is known of a user's factors.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = user_mfa, primary_key(user_id), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Record {
    /// Whose it is.
    pub user_id: UserId,
    /// The method that the user likes best.
    pub preferred: Option<String>,
    /// Since when a policy asks for a factor that the user lacks.
    pub asked_since: Option<Instant>,
    /// Whether an enrolment code is asked for before another factor may be set up.
    pub code_required: bool,
    /// When the password was last set by a mailed link.
    pub mailed_reset: Option<Instant>,
}

impl Record {
    /// Of a user of whom nothing is known.
    pub fn none(user: UserId) -> Self {
        Self { user_id: user, preferred: None, asked_since: None, code_required: false, mailed_reset: None }
    }
}

/// The factors of a user, passkeys and recovery codes aside.
///
/// # Errors
/// When the database cannot be asked.
pub fn of_user(tx: &mut Tx<'_>, user: UserId) -> Result<Vec<Factor>> {
    let rows = factor::table.filter(factor::user_id.eq(user)).order(factor::kind);
    Ok(rows.select(Factor::as_select()).load(tx.conn)?)
}

/// The factor of a kind of a user.
///
/// # Errors
/// When the database cannot be asked.
pub fn find(tx: &mut Tx<'_>, user: UserId, kind: &str) -> Result<Option<Factor>> {
    let row = factor::table.filter(factor::user_id.eq(user).and(factor::kind.eq(kind)));
    Ok(row.select(Factor::as_select()).get_result(tx.conn).optional()?)
}

/// Gives a user a factor in place of the one of its kind. The caller holds the user's lock.
///
/// # Errors
/// When the database cannot be asked.
pub fn put(tx: &mut Tx<'_>, new: &Factor) -> Result<()> {
    let same = factor::table.filter(factor::user_id.eq(new.user_id).and(factor::kind.eq(&new.kind)));
    if diesel::update(same).set(new).execute(tx.conn)? == 0 {
        diesel::insert_into(factor::table).values(new).execute(tx.conn)?;
    }
    Ok(())
}

/// Takes a factor from a user. False when there is none of that kind.
///
/// # Errors
/// When the database cannot be asked.
pub fn delete(tx: &mut Tx<'_>, user: UserId, kind: &str) -> Result<bool> {
    let same = factor::user_id.eq(user).and(factor::kind.eq(kind));
    Ok(diesel::delete(factor::table.filter(same)).execute(tx.conn)? > 0)
}

/// What else is known of a user's factors.
///
/// # Errors
/// When the database cannot be asked.
pub fn record(tx: &mut Tx<'_>, user: UserId) -> Result<Record> {
    let row = user_mfa::table.filter(user_mfa::user_id.eq(user)).select(Record::as_select());
    Ok(row.get_result(tx.conn).optional()?.unwrap_or_else(|| Record::none(user)))
}

/// Writes what else is known. The caller holds the user's lock.
///
/// # Errors
/// When the database cannot be asked.
pub fn put_record(tx: &mut Tx<'_>, new: &Record) -> Result<()> {
    let same = user_mfa::table.filter(user_mfa::user_id.eq(new.user_id));
    if diesel::update(same).set(new).execute(tx.conn)? == 0 {
        diesel::insert_into(user_mfa::table).values(new).execute(tx.conn)?;
    }
    Ok(())
}

/// The kinds of factors that a user has, `passkey` among them.
///
/// # Errors
/// When the database cannot be asked.
pub fn kinds(tx: &mut Tx<'_>, user: UserId) -> Result<Vec<String>> {
    let mut kinds: Vec<String> =
        factor::table.filter(factor::user_id.eq(user)).order(factor::kind).select(factor::kind).load(tx.conn)?;
    let passkeys: i64 = passkey::table.filter(passkey::user_id.eq(user)).count().get_result(tx.conn)?;
    if passkeys > 0 {
        kinds.push("passkey".to_owned());
    }
    Ok(kinds)
}

/// Notes at the user how strong the factors are, so that lists and every request know.
///
/// # Errors
/// When the database cannot be asked.
pub fn set_strength(tx: &mut Tx<'_>, user: UserId, strongest: i32) -> Result<()> {
    diesel::update(users::table.filter(users::id.eq(user)))
        .set((users::strongest_factor.eq(strongest), users::mfa_enabled.eq(strongest > 0)))
        .execute(tx.conn)?;
    Ok(())
}
