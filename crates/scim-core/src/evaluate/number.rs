//! Numbers compared by value, whatever their spelling: `1`, `1.0` and `1e0` are the same.

use std::cmp::Ordering;

/// A finite number. Whole numbers in the range of 64 signed bits are kept exactly.
#[derive(Clone, Copy, Debug)]
pub enum Number {
    /// A whole number.
    Integer(i64),
    /// Any other number.
    Decimal(f64),
}

/// Two to the power of 63, the first number above every [`Number::Integer`].
const INTEGER_END: f64 = 9_223_372_036_854_775_808.0;

impl Number {
    /// Reads a JSON number. `None` when it is none, or too large for 64 bits of floating point.
    pub fn parse(text: &str) -> Option<Self> {
        match text.parse::<i64>() {
            Ok(whole) => Some(Self::Integer(whole)),
            Err(_) => text.parse::<f64>().ok().and_then(Self::from_float),
        }
    }

    /// Reads the number of a JSON value.
    pub fn from_json(number: &serde_json::Number) -> Option<Self> {
        match number.as_i64() {
            Some(whole) => Some(Self::Integer(whole)),
            None => number.as_f64().and_then(Self::from_float),
        }
    }

    /// The number of a float; `None` when it is not finite.
    pub(crate) fn from_float(value: f64) -> Option<Self> {
        let whole = value.fract() == 0.0 && (-INTEGER_END..INTEGER_END).contains(&value);
        match whole {
            // Exact: a whole number within the range of the target.
            true => Some(Self::Integer(value as i64)),
            false => value.is_finite().then_some(Self::Decimal(value)),
        }
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Integer(left), Self::Integer(right)) => left.cmp(right),
            (Self::Decimal(left), Self::Decimal(right)) => left.total_cmp(right),
            (Self::Integer(left), Self::Decimal(right)) => compare_mixed(*left, *right),
            (Self::Decimal(left), Self::Integer(right)) => compare_mixed(*right, *left).reverse(),
        }
    }
}

/// A decimal is never whole within the range of integers, so the two are never equal and its floor decides.
fn compare_mixed(whole: i64, decimal: f64) -> Ordering {
    if decimal >= INTEGER_END {
        return Ordering::Less;
    }
    if decimal < -INTEGER_END {
        return Ordering::Greater;
    }
    match whole.cmp(&(decimal.floor() as i64)) {
        Ordering::Greater => Ordering::Greater,
        Ordering::Less | Ordering::Equal => Ordering::Less,
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Number {}
