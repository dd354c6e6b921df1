//! Secrets that each use exchanges for the next one: those of sessions and of remembered devices. The one before is taken
//! once more within half a minute, because answers get lost: it gets an equal beside the one that was given already. Any
//! other use of an old one means that two have it. Pure.

use subtle::ConstantTimeEq as _;

use crate::clock::Instant;

/// Seconds that the secret before is taken for a retry.
const RETRY_SECONDS: i64 = 30;

/// What is kept of a secret: hashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rolling {
    /// Of the one that was given last.
    pub(super) current: Vec<u8>,
    /// Of the one before, or of an equal one when `until` is not set.
    pub(super) previous: Option<Vec<u8>>,
    /// Until when the one before is taken for a retry.
    pub(super) until: Option<Instant>,
}

impl Rolling {
    /// What is kept once the secret that was shown is exchanged for the next one; `None` when it is an old one, or none.
    pub(super) fn exchange(&self, shown: &[u8], next: Vec<u8>, now: Instant) -> Option<Self> {
        let is = |kept: &[u8]| -> bool { kept.ct_eq(shown).into() };
        let (current, previous) = (is(&self.current), self.previous.as_deref().is_some_and(is));
        match self.until {
            _ if current => Some(self.given(next, now)),
            // Two equal ones were given, and the other comes first.
            None if previous => Some(Self { previous: self.previous.clone(), ..self.given(next, now) }),
            Some(end) if previous && now < end => {
                Some(Self { current: next, previous: Some(self.current.clone()), until: None })
            }
            _ => None,
        }
    }

    /// What is kept once the next one is given to whoever proved more than the secret.
    pub(super) fn given(&self, next: Vec<u8>, now: Instant) -> Self {
        Self { current: next, previous: Some(self.current.clone()), until: Some(now.plus_seconds(RETRY_SECONDS)) }
    }

    /// Whether the secret that was shown would be taken.
    pub(super) fn takes(&self, shown: &[u8], now: Instant) -> bool {
        self.exchange(shown, Vec::new(), now).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = Instant::from_micros(1_700_000_000_000_000);

    fn hash(byte: u8) -> Vec<u8> {
        vec![byte; 32]
    }

    #[test]
    fn each_secret_is_good_for_one_use_and_one_retry() {
        let first = Rolling { current: hash(1), previous: None, until: None };
        assert!(first.exchange(&hash(9), hash(2), NOW).is_none());
        let second = first.exchange(&hash(1), hash(2), NOW).unwrap();
        assert!(second.takes(&hash(1), NOW.plus_seconds(29)) && !second.takes(&hash(1), NOW.plus_seconds(30)));
        let equal = second.exchange(&hash(1), hash(3), NOW.plus_seconds(1)).unwrap();
        assert!(equal.takes(&hash(2), NOW.plus_seconds(9999)) && equal.takes(&hash(3), NOW.plus_seconds(9999)));
        assert!(!equal.takes(&hash(1), NOW.plus_seconds(2)), "the retry was used");
        let on = equal.exchange(&hash(2), hash(4), NOW.plus_seconds(60)).unwrap();
        assert!(on.takes(&hash(4), NOW.plus_seconds(61)) && !on.takes(&hash(3), NOW.plus_seconds(61)));
    }
}
