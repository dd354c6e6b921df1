//! How many wrong codes a user may give, over all doors and challenges together (IR-6): counted in rows, so that every
//! process shares them and parallel requests count one after the other. It slows down and never locks for good, so that an
//! attacker who guesses keeps nobody out for long. Passkeys cannot be guessed and cost nothing.

use crate::clock::Instant;
use crate::directory::accounts::guesses;
use crate::error::{Error, Result};
use crate::ids::UserId;
use crate::store::Tx;
use crate::store::guesses::{self as rows, Guess};

use super::{Keys, Method};

/// Wrong codes in a row that cost nothing.
pub const FREE: u32 = 5;
/// The first wait, in seconds; each later one is twice as long.
pub const FIRST_WAIT: i64 = 30;
/// The longest wait, in seconds.
pub const LONGEST_WAIT: i64 = 15 * 60;
/// Wrong codes in a day.
pub const A_DAY: u32 = 20;
/// A day, in seconds.
const DAY: i64 = 24 * 3600;

/// The counts of a user's wrong codes, kept from others until the transaction ends.
#[derive(Clone, Debug)]
pub struct Budget {
    in_a_row: Guess,
    today: Guess,
}

/// The budget of a user for a method; recovery codes have one of their own.
///
/// # Errors
/// [`Error::TooFast`] when it is spent: then nothing is counted, and nothing may be tried.
pub fn open(tx: &mut Tx<'_>, keys: &Keys, user: UserId, method: Method, now: Instant) -> Result<Result<Budget>> {
    let (in_a_row, today) = names(keys, user, method);
    let in_a_row = rows::keep(tx, &in_a_row, now)?;
    let mut today = rows::keep(tx, &today, now)?;
    if today.first.plus_seconds(DAY) <= now {
        today = Guess { failures: 0, first: now, ..today };
    }
    let waits = [
        too_early(wait(counted(&in_a_row)), in_a_row.last, now),
        (counted(&today) >= A_DAY).then(|| now.seconds_until(today.first.plus_seconds(DAY))),
    ];
    match waits.into_iter().flatten().max() {
        Some(retry_after) => Ok(Err(Error::TooFast { retry_after })),
        None => Ok(Ok(Budget { in_a_row, today })),
    }
}

fn names(keys: &Keys, user: UserId, method: Method) -> (Vec<u8>, Vec<u8>) {
    let of = if method == Method::RecoveryCode { "recovery" } else { "codes" };
    let user = user.to_string();
    let name = |part: &str| guesses::name(keys.guesses.bytes(), &[of, part, &user]);
    (name("in a row"), name("today"))
}

/// How many wrong codes a user gave in a row and within a day, recovery codes among them.
///
/// # Errors
/// When the database cannot be asked.
pub fn spent(tx: &mut Tx<'_>, keys: &Keys, user: UserId, now: Instant) -> Result<(i32, i32)> {
    let mut spent = (0_i32, 0_i32);
    for method in [Method::Totp, Method::RecoveryCode] {
        let (in_a_row, today) = names(keys, user, method);
        let failures = |guess: Option<Guess>| guess.map_or(0, |guess| guess.failures);
        spent.0 = spent.0.saturating_add(failures(rows::find(tx, &in_a_row)?));
        let today = rows::find(tx, &today)?.filter(|guess| guess.first.plus_seconds(DAY) > now);
        spent.1 = spent.1.saturating_add(failures(today));
    }
    Ok(spent)
}

impl Budget {
    /// Counts a wrong code.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub fn charge(self, tx: &mut Tx<'_>, now: Instant) -> Result<()> {
        for guess in [self.in_a_row, self.today] {
            rows::update(tx, &Guess { failures: guess.failures.saturating_add(1), last: now, ..guess })?;
        }
        Ok(())
    }

    /// A code was right: the next wrong one is the first in a row. The day's count stays.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub fn forgive(self, tx: &mut Tx<'_>) -> Result<()> {
        rows::update(tx, &Guess { failures: 0, ..self.in_a_row })
    }
}

/// Seconds to wait after so many wrong codes in a row.
fn wait(failures: u32) -> i64 {
    match failures.checked_sub(FREE) {
        None => 0,
        Some(over) => FIRST_WAIT.saturating_mul(1_i64.checked_shl(over.min(16)).unwrap_or(i64::MAX)).min(LONGEST_WAIT),
    }
}

fn too_early(wait: i64, last: Instant, now: Instant) -> Option<u32> {
    // The clock may have been set back: nobody waits longer than he was told.
    let until = last.plus_seconds(wait).min(now.plus_seconds(wait));
    (until > now).then(|| now.seconds_until(until))
}

fn counted(guess: &Guess) -> u32 {
    u32::try_from(guess.failures).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = Instant::from_micros(1_700_000_000_000_000);

    #[test]
    fn ir6_five_codes_are_free_then_the_wait_doubles_to_fifteen_minutes() {
        let waits: Vec<i64> = (0..13).map(wait).collect();
        assert_eq!(waits, [0, 0, 0, 0, 0, 30, 60, 120, 240, 480, 900, 900, 900]);
        assert_eq!(wait(u32::MAX), LONGEST_WAIT);
    }

    #[test]
    fn ir6_a_code_is_too_early_until_its_wait_is_over() {
        assert_eq!(too_early(0, NOW, NOW), None);
        assert_eq!(too_early(30, NOW, NOW), Some(30));
        assert_eq!(too_early(30, NOW, NOW.plus_micros(29_000_001)), Some(1));
        assert_eq!(too_early(30, NOW, NOW.plus_seconds(30)), None);
        assert_eq!(too_early(30, NOW.plus_seconds(1_000), NOW), Some(30), "the clock was set back");
    }
}
