//! Numbers that look random and are the same in every run, and how many of them a run takes.

/// A generator (xorshift64*).
pub(crate) struct Dice(u64);

impl Dice {
    /// Equal seeds give equal rolls.
    pub(crate) fn new(seed: u64) -> Self {
        // Neighbouring seeds must not begin alike, and zero would stay zero.
        let mut dice = Self((seed ^ 0x9E37_79B9_7F4A_7C15).wrapping_mul(0xBF58_476D_1CE4_E5B9) | 1);
        dice.roll(2);
        dice
    }

    /// A number below `sides`.
    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize;
        high % sides
    }

    /// Once in so many times.
    pub(crate) fn once_in(&mut self, times: usize) -> bool {
        self.roll(times) == 0
    }

    /// One of these.
    pub(crate) fn pick<'a, Item: ?Sized>(&mut self, items: &[&'a Item]) -> &'a Item {
        items[self.roll(items.len())]
    }
}

/// The seeds of a run: from `ROLLCALL_TEST_SEED`, as many as `ROLLCALL_TEST_CASES`, else those that every run takes.
pub(crate) fn seeds(usual: u64) -> std::ops::Range<u64> {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let first = number("ROLLCALL_TEST_SEED").unwrap_or(1);
    first..first + number("ROLLCALL_TEST_CASES").unwrap_or(usual)
}
