//! Lengths of time as they are typed: `90d`. Pure.

use std::fmt;
use std::str::FromStr;

/// A length of time in seconds, more than none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span(pub(super) i64);

/// The text is no length of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NotASpan;

impl fmt::Display for NotASpan {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("must be a number of at least 1 with d, h or m behind it, such as 90d")
    }
}

impl std::error::Error for NotASpan {}

/// A century: nobody means more, and times stay within what every database stores.
const LONGEST: i64 = 100 * 366 * 86_400;

impl FromStr for Span {
    type Err = NotASpan;

    fn from_str(text: &str) -> Result<Self, NotASpan> {
        let units = [('d', 86_400), ('h', 3_600), ('m', 60)];
        let found = units.iter().find_map(|(unit, seconds)| Some((text.strip_suffix(*unit)?, *seconds)));
        let (digits, seconds) = found.ok_or(NotASpan)?;
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(NotASpan);
        }
        let total = digits.parse::<i64>().ok().and_then(|number| number.checked_mul(seconds)).ok_or(NotASpan)?;
        if (1..=LONGEST).contains(&total) { Ok(Self(total)) } else { Err(NotASpan) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_numbers_with_a_unit() {
        assert_eq!("90d".parse(), Ok(Span(7_776_000)));
        assert_eq!("1h".parse(), Ok(Span(3_600)));
        assert_eq!("30m".parse(), Ok(Span(1_800)));
        for bad in ["", "d", "90", "0d", "-1d", "+1d", "1.5d", "1y", "99999999999999999999d", "9999999d", "9 d", "1D"] {
            assert_eq!(bad.parse::<Span>(), Err(NotASpan), "{bad}");
        }
    }
}
