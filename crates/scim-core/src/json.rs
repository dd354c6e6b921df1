//! Parsing request bodies: JSON without the liberties that a general parser takes.
//!
//! One pass and no recursion beyond a fixed depth. It knows no schema: names that differ only in case are judged by
//! [`crate::read`].

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::error::{Invalid, clip};

/// How many lists and objects may lie inside one another.
pub const MAX_DEPTH: usize = 64;

/// Why a body is not acceptable, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// The byte at which it stops making sense, from 0.
    pub offset: usize,
    /// Why.
    pub invalid: Invalid,
}

/// Parses a body. Beyond what JSON demands, it refuses duplicate member names, nesting deeper
/// than [`MAX_DEPTH`], and numbers out of range. A byte order mark is ignored (RFC 8259 section 8.1).
///
/// # Errors
/// `invalidSyntax`, with line and column.
pub fn parse(bytes: &[u8]) -> Result<Value, Invalid> {
    parse_located(bytes).map_err(|malformed| malformed.invalid)
}

/// As [`parse`], for callers that say where.
///
/// # Errors
/// As [`parse`].
pub fn parse_located(bytes: &[u8]) -> Result<Value, Malformed> {
    let malformed = |offset, why: String| Malformed { offset, invalid: Invalid::syntax(why) };
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let offset = error.valid_up_to();
        malformed(offset, format!("the body is not UTF-8 from byte {offset} on"))
    })?;
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    if text.trim_ascii().is_empty() {
        return Err(malformed(0, "the body is empty".to_owned()));
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let refused = |error: serde_json::Error| {
        let offset = bytes.len() - text.len() + offset_of(text, error.line(), error.column());
        malformed(offset, format!("the body is not acceptable JSON: {error}"))
    };
    let value = Strict { depth: 0 }.deserialize(&mut deserializer).map_err(refused)?;
    deserializer.end().map_err(refused)?;
    Ok(value)
}

/// The byte at a line and a column, both from 1; the column counts bytes.
fn offset_of(text: &str, line: usize, column: usize) -> usize {
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    (before + column.saturating_sub(1)).min(text.len())
}

/// Builds a value that lies inside `depth` lists and objects.
#[derive(Clone, Copy)]
struct Strict {
    depth: usize,
}

impl Strict {
    fn deeper<E: Error>(self) -> Result<Self, E> {
        match self.depth < MAX_DEPTH {
            true => Ok(Self { depth: self.depth + 1 }),
            false => Err(E::custom(format_args!("more than {MAX_DEPTH} levels of nesting"))),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number out of range"))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut elements = Vec::new();
        while let Some(element) = access.next_element_seed(inner)? {
            elements.push(element);
        }
        Ok(Value::Array(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut members = Map::new();
        while let Some(name) = access.next_key::<String>()? {
            match members.entry(name) {
                serde_json::map::Entry::Vacant(entry) => drop(entry.insert(access.next_value_seed(inner)?)),
                serde_json::map::Entry::Occupied(entry) => {
                    return Err(A::Error::custom(format_args!("the member {:?} is given twice", clip(entry.key()))));
                }
            }
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::error::Kind;

    fn detail(bytes: &[u8]) -> String {
        let error = parse(bytes).unwrap_err();
        assert_eq!(error.kind, Kind::InvalidSyntax);
        error.detail
    }

    #[test]
    fn what_is_no_acceptable_json_is_named() {
        let cases: [(&[u8], &str); 10] = [
            (b"", "empty"),
            (b" \n", "empty"),
            (b"{\"a\":\"\xFF\"}", "UTF-8 from byte 6"),
            (b"{} x", "trailing characters at line 1 column 4"),
            (b"{\"a\":1,\"a\":1}", "\"a\" is given twice"),
            (b"[{\"a\":{\"b\":1,\"b\":null}}]", "\"b\" is given twice"),
            (br#"{"a":"\ud800"}"#, "hex escape"),
            (br#"{"a":"\ud800\u0041"}"#, "surrogate"),
            (b"1e999", "number out of range"),
            (b"{\"a\":1", "EOF"),
        ];
        for (body, expected) in cases {
            assert!(detail(body).contains(expected), "{} lacks {expected}", detail(body));
        }
    }

    #[test]
    fn the_place_of_the_fault_is_a_byte() {
        let offset = |text: &str| parse_located(text.as_bytes()).unwrap_err().offset;
        assert_eq!(offset("{} x"), 3);
        assert_eq!(offset("{\n\"a\": x}"), 7);
        assert_eq!(offset("{\"é\": x}"), 7);
        assert_eq!(offset("\u{FEFF}x"), 3);
        assert_eq!(offset(""), 0);
    }

    #[test]
    fn nesting_ends_at_the_limit() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(parse(nested(MAX_DEPTH).as_bytes()).is_ok());
        assert!(detail(nested(MAX_DEPTH + 1).as_bytes()).contains("64 levels"));
        assert!(detail("[".repeat(1_000_000).as_bytes()).contains("64 levels"));
        assert!(detail("{\"a\":".repeat(1_000_000).as_bytes()).contains("64 levels"));
    }

    #[test]
    fn escapes_and_a_byte_order_mark_are_read() {
        assert_eq!(parse("\u{FEFF}{\"a\":\"\\ud83d\\ude00\"}".as_bytes()).unwrap(), json!({ "a": "😀" }));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), text in r#"[\[\]{}:,"\\u0-9aeE+. -]{0,60}"#) {
            let _ = parse(&bytes);
            // Whatever is accepted is what the general parser reads.
            if let Ok(value) = parse(text.as_bytes()) {
                prop_assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
            }
        }
    }
}
