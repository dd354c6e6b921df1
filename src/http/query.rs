//! The query of a request and percent-decoding. Decodes once and strictly; knows no parameter by name.

use std::borrow::Cow;

use scim_core::error::Invalid;

use crate::error::{Error, Result};

/// The parameters of a query, decoded; names are case-sensitive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Reads a query as it stands after the `?`: `+` is a space and `%2B` a plus. Empty segments are ignored; a
    /// segment without `=` is a parameter with an empty value.
    ///
    /// # Errors
    /// A sentence when the percent-encoding is broken or does not give UTF-8 without NUL.
    pub fn parse(raw: &str) -> std::result::Result<Self, &'static str> {
        let segments = raw.split('&').filter(|segment| !segment.is_empty());
        let pairs = segments.map(|segment| {
            let (name, value) = segment.split_once('=').unwrap_or((segment, ""));
            Ok((decode(name, Plus::Space)?.into_owned(), decode(value, Plus::Space)?.into_owned()))
        });
        pairs.collect::<std::result::Result<_, _>>().map(Self)
    }

    /// The value of a parameter; `Some("")` when it is given without one.
    ///
    /// # Errors
    /// [`Error::Invalid`] when it is given more than once: which one counts would be a guess.
    pub fn get(&self, name: &str) -> Result<Option<&str>> {
        let mut values = self.iter().filter(|(key, _)| *key == name).map(|(_, value)| value);
        let first = values.next();
        match values.next() {
            None => Ok(first),
            Some(_) => Err(Error::Invalid(Invalid::syntax(format!("the query parameter `{name}` is given twice")))),
        }
    }

    /// Every parameter in the order given.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl FromIterator<(String, String)> for Query {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}

/// What a plus sign stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Plus {
    /// A space, in a query.
    Space,
    /// Itself, in a path.
    Plus,
}

/// Decodes percent-encoding once.
pub(super) fn decode(raw: &str, plus: Plus) -> std::result::Result<Cow<'_, str>, &'static str> {
    if !raw.bytes().any(|byte| byte == b'%' || byte == b'+' || byte == 0) {
        return Ok(Cow::Borrowed(raw));
    }
    let mut decoded = Vec::with_capacity(raw.len());
    let mut bytes = raw.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => hex(bytes.next())? * 16 + hex(bytes.next())?,
            b'+' if plus == Plus::Space => b' ',
            other => other,
        });
    }
    if decoded.contains(&0) {
        return Err("the URL contains a NUL");
    }
    String::from_utf8(decoded).map(Cow::Owned).map_err(|_| "the URL is not UTF-8 after percent-decoding")
}

fn hex(digit: Option<u8>) -> std::result::Result<u8, &'static str> {
    let value = digit.and_then(|digit| char::from(digit).to_digit(16)).and_then(|value| u8::try_from(value).ok());
    value.ok_or("the URL has a broken percent-encoding")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(raw: &str, name: &str) -> Option<String> {
        Query::parse(raw).unwrap().get(name).unwrap().map(str::to_owned)
    }

    #[test]
    fn plus_is_a_space_and_is_decoded_once() {
        assert_eq!(value("filter=userName+eq%20%22a%2Bb@x%22", "filter").as_deref(), Some("userName eq \"a+b@x\""));
        assert_eq!(value("a=%252B", "a").as_deref(), Some("%2B"));
        assert_eq!(value("a=1=2", "a").as_deref(), Some("1=2"));
    }

    #[test]
    fn names_are_case_sensitive_and_empty_segments_are_nothing() {
        assert_eq!(value("&&Filter=x&", "filter"), None);
        assert_eq!(value("", "filter"), None);
        assert_eq!(value("filter", "filter").as_deref(), Some(""));
        assert_eq!(value("filter=", "filter").as_deref(), Some(""));
    }

    #[test]
    fn a_parameter_given_twice_is_an_error_only_for_who_asks_for_it() {
        let query = Query::parse("x=1&x=1&count=2").unwrap();
        assert!(matches!(query.get("x"), Err(Error::Invalid(_))));
        assert_eq!(query.get("count").unwrap(), Some("2"));
    }

    #[test]
    fn broken_encodings_are_refused() {
        for raw in ["a=%", "a=%2", "a=%zz", "a=%+1", "%ff=1", "a=%c3", "a=%00"] {
            assert!(Query::parse(raw).is_err(), "{raw}");
        }
    }
}
