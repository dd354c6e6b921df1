//! How guessing of passwords is slowed down. Pure: the counts come from rows, which every process shares, and the time is
//! handed in.
//!
//! Two counts work side by side. For an identifier from one address, some tries are free, then each costs a wait that
//! doubles. For an identifier from wherever, too many failures in a short time lock the account for a while; tries while it
//! is locked do not make it longer, so that an attacker cannot keep the owner out for good.

use crate::clock::Instant;

/// Failures from one address that cost nothing.
pub const FREE: u32 = 5;
/// The longest wait between two tries, in seconds.
pub const LONGEST_WAIT: i64 = 15 * 60;
/// Failures on an identifier, from wherever, that lock the account ...
pub const LOCKING: u32 = 10;
/// ... when they happen within so many seconds.
pub const WINDOW: i64 = 15 * 60;
/// How long the account is locked, in seconds.
pub const LOCKED: i64 = 15 * 60;

/// Seconds to wait after so many failures.
pub fn wait(failures: u32) -> i64 {
    match failures.checked_sub(FREE) {
        None => 0,
        Some(over) => 1_i64.checked_shl(over.min(32)).unwrap_or(i64::MAX).min(LONGEST_WAIT),
    }
}

/// Whole seconds until the next try is heard, when it is too early for one.
pub fn too_early(failures: u32, last: Instant, now: Instant) -> Option<u32> {
    let wait = wait(failures);
    // The clock may have been set back: nobody waits longer than he was told.
    let until = last.plus_seconds(wait).min(now.plus_seconds(wait));
    (until > now).then(|| now.seconds_until(until))
}

/// Until when the account is locked after a failure at `now`, which was the `failures`-th within [`WINDOW`]. `locked` is
/// until when it is locked already: that is never prolonged. A platform owner is never locked out, only slowed down.
pub fn locked_until(failures: u32, locked: Option<Instant>, platform_owner: bool, now: Instant) -> Option<Instant> {
    match locked.filter(|until| *until > now) {
        Some(until) => Some(until),
        None if failures >= LOCKING && !platform_owner => Some(now.plus_seconds(LOCKED)),
        None => None,
    }
}

/// Whether a count whose last failure was then goes on. It does as long as no [`WINDOW`] passes without a failure: a count
/// that ended a window after its first would let almost twice as many through around its end.
pub fn goes_on(last: Instant, now: Instant) -> bool {
    now < last.plus_seconds(WINDOW)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = Instant::from_micros(1_700_000_000_000_000);

    #[test]
    fn five_tries_are_free_then_the_wait_doubles_to_fifteen_minutes() {
        let waits: Vec<i64> = (0..18).map(wait).collect();
        assert_eq!(waits, [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]);
        assert_eq!(wait(u32::MAX), LONGEST_WAIT);
    }

    #[test]
    fn a_try_is_too_early_until_its_wait_is_over() {
        assert_eq!(too_early(4, NOW, NOW), None);
        assert_eq!(too_early(8, NOW, NOW), Some(8));
        assert_eq!(too_early(8, NOW, NOW.plus_micros(7_000_001)), Some(1));
        assert_eq!(too_early(8, NOW, NOW.plus_seconds(8)), None);
        assert_eq!(too_early(8, NOW.plus_seconds(1_000_000), NOW), Some(8), "the clock was set back");
    }

    #[test]
    fn ten_failures_lock_for_fifteen_minutes_and_more_do_not_prolong_it() {
        assert_eq!(locked_until(9, None, false, NOW), None);
        let until = locked_until(10, None, false, NOW);
        assert_eq!(until, Some(NOW.plus_seconds(900)));
        assert_eq!(locked_until(500, until, false, NOW.plus_seconds(899)), until);
        assert_eq!(locked_until(0, until, false, NOW.plus_seconds(900)), None);
        assert_eq!(locked_until(500, None, true, NOW), None, "a platform owner");
    }

    #[test]
    fn failures_count_together_for_fifteen_minutes() {
        assert!(goes_on(NOW, NOW.plus_seconds(899)) && !goes_on(NOW, NOW.plus_seconds(900)));
    }
}
