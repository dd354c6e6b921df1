//! The `guess` table: failed guesses, by a keyed hash of what was guessed at and from where. Whether that exists is not
//! known here, and how many are too many is decided above.

use diesel::prelude::*;

use super::schema::guess;
use super::seams;
use super::tx::Tx;
use crate::clock::Instant;
use crate::error::Result;

/// A count of guesses.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = guess, treat_none_as_default_value = false)]
pub struct Guess {
    /// What was guessed at, by a keyed hash.
    pub what: Vec<u8>,
    /// How often it failed.
    pub failures: i32,
    /// When the first of them was.
    pub first: Instant,
    /// When the last of them was.
    pub last: Instant,
    /// Until when none is heard.
    pub blocked_until: Option<Instant>,
}

/// The count of guesses at something, made when there is none, and kept from others until the transaction ends.
///
/// # Errors
/// When the database cannot be asked.
pub fn keep(tx: &mut Tx<'_>, what: &[u8], now: Instant) -> Result<Guess> {
    let new = Guess { what: what.to_vec(), failures: 0, first: now, last: now, blocked_until: None };
    seams::insert_guess_if_new(tx.conn, &new)?;
    // A write, so that whoever comes next waits for the row and then sees what became of it.
    let row = guess::table.filter(guess::what.eq(what));
    diesel::update(row).set(guess::failures.eq(guess::failures)).execute(tx.conn)?;
    Ok(row.select(Guess::as_select()).get_result(tx.conn)?)
}

/// When something last happened to the count of that name; `None` when there is none.
///
/// # Errors
/// When the database cannot be asked.
pub fn last(tx: &mut Tx<'_>, what: &[u8]) -> Result<Option<Instant>> {
    Ok(guess::table.filter(guess::what.eq(what)).select(guess::last).first(tx.conn).optional()?)
}

/// The count of guesses at something, if there is one.
///
/// # Errors
/// When the database cannot be asked.
pub fn find(tx: &mut Tx<'_>, what: &[u8]) -> Result<Option<Guess>> {
    Ok(guess::table.filter(guess::what.eq(what)).select(Guess::as_select()).get_result(tx.conn).optional()?)
}

/// Writes a count that was kept.
///
/// # Errors
/// When the database cannot be asked.
pub fn update(tx: &mut Tx<'_>, changed: &Guess) -> Result<()> {
    diesel::update(guess::table.filter(guess::what.eq(&changed.what)))
        .set((
            guess::failures.eq(changed.failures),
            guess::first.eq(changed.first),
            guess::last.eq(changed.last),
            guess::blocked_until.eq(changed.blocked_until),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Forgets the guesses at something.
///
/// # Errors
/// When the database cannot be asked.
pub fn delete(tx: &mut Tx<'_>, what: &[u8]) -> Result<bool> {
    Ok(diesel::delete(guess::table.filter(guess::what.eq(what))).execute(tx.conn)? > 0)
}

/// Forgets counts that nothing was added to since that time.
///
/// # Errors
/// When the database cannot be asked.
pub fn purge(tx: &mut Tx<'_>, before: Instant) -> Result<usize> {
    Ok(diesel::delete(guess::table.filter(guess::last.lt(before))).execute(tx.conn)?)
}
