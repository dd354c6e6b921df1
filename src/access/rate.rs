//! How fast a connection may ask: a bucket for each, which fills at its rate and holds twice of it. Time is handed in.
//! Kept in this process alone; what a connection's rate is stands in its row.
//!
//! A bucket is one point in time, when it will be full again (the generic cell rate algorithm). It may be overdrawn: how
//! much a request costs can be known only after it was let in.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::Connection;
use crate::clock::Instant;
use crate::error::{Error, Result};
use crate::ids::ConnectionId;

/// The lowest rate that can be set: what the largest client asks every server to take.
pub const LEAST: u32 = 25;
/// The highest rate that can be set: more is no limit.
pub const MOST: u32 = 100_000;

/// A bucket holds what the rate gives in this time.
const BURST_MICROS: i64 = 2_000_000;
/// However much was overdrawn, the bucket is full again after this time.
const LONGEST_MICROS: i64 = 60_000_000;
/// Buckets kept at the most.
const BUCKETS: usize = 10_000;

/// The buckets of all connections. Cheap to clone; every clone shares them.
#[derive(Clone, Debug, Default)]
pub struct Rates {
    full_again: Arc<Mutex<HashMap<ConnectionId, Instant>>>,
}

impl Rates {
    /// Takes one request out of a connection's bucket.
    ///
    /// # Errors
    /// [`Error::TooFast`] when there is none in it; then nothing is taken.
    pub fn admit(&self, connection: &Connection, now: Instant) -> Result<()> {
        let Some(rate) = connection.rate else { return Ok(()) };
        let full_again = self.take(connection.id, rate, 1, now, true);
        let over = full_again.micros().saturating_sub(now.micros()).saturating_sub(BURST_MICROS);
        if over <= 0 {
            return Ok(());
        }
        Err(Error::TooFast { retry_after: u32::try_from(over.saturating_add(999_999) / 1_000_000).unwrap_or(1).max(1) })
    }

    /// Takes more out of it, for a request that was let in and costs more than one.
    pub fn charge(&self, connection: &Connection, more: usize, now: Instant) {
        if let Some(rate) = connection.rate {
            self.take(connection.id, rate, i64::try_from(more).unwrap_or(i64::MAX), now, false);
        }
    }

    /// When the bucket is full again after taking `count`. With `only_what_is_there` nothing more than it holds is taken.
    fn take(&self, id: ConnectionId, rate: u32, count: i64, now: Instant, only_what_is_there: bool) -> Instant {
        let mut buckets = self.full_again.lock().unwrap_or_else(PoisonError::into_inner);
        let latest = now.plus_micros(LONGEST_MICROS);
        // The clock may have been set back.
        let before = buckets.get(&id).copied().unwrap_or(now).clamp(now, latest);
        let after = before.plus_micros(count.saturating_mul(1_000_000) / i64::from(rate.max(1)));
        let refused = only_what_is_there && after > now.plus_micros(BURST_MICROS);
        make_room(&mut buckets, id, now);
        buckets.insert(id, if refused { before } else { after.min(latest) });
        after
    }
}

/// Forgets full buckets when there are too many, and if all are in use, the one that is full again first.
fn make_room(buckets: &mut HashMap<ConnectionId, Instant>, id: ConnectionId, now: Instant) {
    if buckets.len() < BUCKETS || buckets.contains_key(&id) {
        return;
    }
    buckets.retain(|_, full_again| *full_again > now);
    if buckets.len() >= BUCKETS
        && let Some(first) = buckets.iter().min_by_key(|(_, full_again)| **full_again).map(|(id, _)| *id)
    {
        buckets.remove(&first);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Adoption, Profile, Reach};
    use super::*;
    use crate::ids::TenantId;

    fn connection(number: u16, rate: Option<u32>) -> Connection {
        let mut random = [0; 10];
        random[8..].copy_from_slice(&number.to_be_bytes());
        Connection {
            id: ConnectionId::new(Instant::from_micros(0), random),
            tenant: TenantId::new(Instant::from_micros(0), [0; 10]),
            name: "test".to_owned(),
            profile: Profile::Tolerant,
            reach: Reach::All,
            adoption: Adoption::Link,
            rate,
        }
    }

    fn at(millis: i64) -> Instant {
        Instant::from_micros(1_800_000_000_000_000 + millis * 1000)
    }

    fn admitted(rates: &Rates, connection: &Connection, now: Instant) -> usize {
        (0..1000).take_while(|_| rates.admit(connection, now).is_ok()).count()
    }

    #[test]
    fn a_bucket_holds_twice_the_rate_and_fills_at_it() {
        let (rates, slow) = (Rates::default(), connection(1, Some(25)));
        assert_eq!(admitted(&rates, &slow, at(0)), 50);
        assert_eq!(admitted(&rates, &slow, at(0)), 0, "a refused request takes nothing");
        assert_eq!(admitted(&rates, &slow, at(39)), 0);
        assert_eq!(admitted(&rates, &slow, at(40)), 1);
        assert_eq!(admitted(&rates, &slow, at(1040)), 25);
        assert_eq!(admitted(&rates, &slow, at(60_000)), 50);
        assert_eq!(admitted(&rates, &connection(2, Some(30)), at(0)), 60, "every connection has its own");
        assert_eq!(admitted(&rates, &connection(3, None), at(0)), 1000);
    }

    #[test]
    fn who_is_refused_is_told_whole_seconds_to_wait() {
        let (rates, slow) = (Rates::default(), connection(1, Some(25)));
        rates.charge(&slow, 50, at(0));
        assert!(matches!(rates.admit(&slow, at(0)), Err(Error::TooFast { retry_after: 1 })));
        rates.charge(&slow, 100, at(0));
        assert!(matches!(rates.admit(&slow, at(0)), Err(Error::TooFast { retry_after: 5 })));
        assert!(rates.admit(&slow, at(5000)).is_ok());
    }

    #[test]
    fn a_changed_rate_holds_at_once_and_no_debt_lasts() {
        let rates = Rates::default();
        assert_eq!(admitted(&rates, &connection(1, Some(25)), at(0)), 50);
        assert_eq!(admitted(&rates, &connection(1, Some(100)), at(500)), 50);
        rates.charge(&connection(1, Some(25)), usize::MAX, at(0));
        assert!(rates.admit(&connection(1, Some(25)), at(1000)).is_err());
        assert!(rates.admit(&connection(1, Some(25)), at(58_000)).is_err());
        assert!(rates.admit(&connection(1, Some(25)), at(59_000)).is_ok());
    }

    #[test]
    fn a_clock_that_is_set_back_locks_nobody_out() {
        let (rates, slow) = (Rates::default(), connection(1, Some(25)));
        assert_eq!(admitted(&rates, &slow, at(3_600_000)), 50);
        assert!(rates.admit(&slow, at(0)).is_err());
        assert_eq!(admitted(&rates, &slow, at(60_000)), 50);
    }

    #[test]
    fn the_number_of_buckets_is_bounded() {
        let rates = Rates::default();
        for number in 0..u16::try_from(BUCKETS).unwrap() + 100 {
            rates.admit(&connection(number, Some(25)), at(0)).unwrap();
        }
        assert_eq!(rates.full_again.lock().unwrap().len(), BUCKETS);
        rates.admit(&connection(60_000, Some(25)), at(10_000)).unwrap();
        assert_eq!(rates.full_again.lock().unwrap().len(), 1);
    }
}
