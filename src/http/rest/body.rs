//! Bodies, read member by member: absent, null and a value are three different things, and every fault is noted with
//! its place before the body is refused. Members nobody asks for are ignored.
//!
//! A format is a function from a JSON value to what it means: [`text`], [`email`], [`boolean`], [`word`], [`list`] ...
//! It judges and changes nothing: what is accepted is kept as sent.

use std::ops::RangeInclusive;

use chrono::DateTime;
use email_address::{EmailAddress, Options};
use scim_core::json;
use scim_core::read::format::{is_absolute_uri, is_language_tag, is_time_zone};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::clock::Instant;
use crate::error::{Error, Fault, Result, Segment};

use super::faults::{Faults, wrong};
use super::path;

/// The words of an enumeration and what they mean.
pub type Words<T> = [(&'static str, T)];

/// What a format makes of a value; the places of its faults are written from the value on.
pub type Read<T> = std::result::Result<T, Vec<Fault>>;

/// A member that need not be there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Field<T> {
    /// It is not there: what it stands for stays as it is.
    #[default]
    Absent,
    /// It is `null`: what it stands for is cleared.
    Null,
    /// It has a value.
    Value(T),
}

impl<T> Field<T> {
    /// The value, if it has one.
    pub fn value(self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Null => None,
        }
    }

    /// What the value becomes; absent and null stay what they are.
    pub fn map<U>(self, convert: impl FnOnce(T) -> U) -> Field<U> {
        match self {
            Self::Absent => Field::Absent,
            Self::Null => Field::Null,
            Self::Value(value) => Field::Value(convert(value)),
        }
    }

    /// The same by reference.
    pub fn as_ref(&self) -> Field<&T> {
        match self {
            Self::Absent => Field::Absent,
            Self::Null => Field::Null,
            Self::Value(value) => Field::Value(value),
        }
    }

    /// Whether it is not there.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }
}

/// A reader of an object that collects faults.
pub struct Fields {
    members: Map<String, Value>,
    faults: Faults,
}

impl Fields {
    /// A reader of a body, which must be an object.
    ///
    /// # Errors
    /// [`Error::Unprocessable`] when the body is missing, is not JSON or is not an object.
    pub fn of_body(body: &[u8]) -> Result<Self> {
        if body.trim_ascii().is_empty() {
            return Err(Error::fault(["body"], "missing", "a body is required"));
        }
        let value = json::parse_located(body).map_err(|malformed| {
            let place = [Segment::from("body"), Segment::Index(malformed.offset)];
            Error::fault(place, "json_invalid", malformed.invalid.detail)
        })?;
        match value {
            Value::Object(members) => Ok(Self { members, faults: Faults::below("body") }),
            _ => Err(Error::fault(["body"], "dict_type", "must be an object")),
        }
    }

    /// A reader of a body that may be left out; one that is reads as an empty object.
    ///
    /// # Errors
    /// As [`Fields::of_body`].
    pub fn of_optional_body(body: &[u8]) -> Result<Self> {
        Self::of_body(if body.trim_ascii().is_empty() { b"{}" } else { body })
    }

    /// A member that must be there; `None` when it is not, or is wrong. See [`super::present`].
    pub fn required<T>(&mut self, name: &str, format: impl FnOnce(&Value) -> Read<T>) -> Option<T> {
        let read = match self.members.get(name) {
            Some(value) => format(value),
            None => wrong("missing", "is required"),
        };
        self.faults.take(name, read)
    }

    /// A member that need not be there, and is not `null`; `None` when it is absent or wrong.
    pub fn optional<T>(&mut self, name: &str, format: impl FnOnce(&Value) -> Read<T>) -> Option<T> {
        let read = self.members.get(name).map(format)?;
        self.faults.take(name, read)
    }

    /// A member that need not be there and may be `null`.
    pub fn nullable<T>(&mut self, name: &str, format: impl FnOnce(&Value) -> Read<T>) -> Field<T> {
        match self.members.get(name) {
            None => Field::Absent,
            Some(Value::Null) => Field::Null,
            Some(value) => {
                let read = format(value);
                self.faults.take(name, read).map_or(Field::Absent, Field::Value)
            }
        }
    }

    /// Whether a member is there, be it `null`.
    pub fn has(&self, name: &str) -> bool {
        self.members.contains_key(name)
    }

    /// Notes a fault that the caller found.
    pub fn refuse(&mut self, name: &str, kind: &'static str, message: impl Into<String>) {
        self.faults.of(name, vec![Fault::at(std::iter::empty::<Segment>(), kind, message)]);
    }

    /// Refuses the body if anything was wrong with it.
    ///
    /// # Errors
    /// [`Error::Unprocessable`] with all its faults.
    pub fn finish(self) -> Result<()> {
        self.faults.finish()
    }
}

/// A format: an object whose members `read` takes, noting faults of its own.
pub fn object<T>(read: impl FnOnce(&mut Fields) -> Option<T>) -> impl FnOnce(&Value) -> Read<T> {
    move |value| {
        let Value::Object(members) = value else {
            return wrong("dict_type", "must be an object");
        };
        let mut fields = Fields { members: members.clone(), faults: Faults::below("") };
        let read = read(&mut fields);
        let found = fields.faults.into_found();
        match read {
            Some(read) if found.is_empty() => Ok(read),
            _ => Err(found),
        }
    }
}

/// A format: an object of any members, as it is.
pub fn any_object(value: &Value) -> Read<Map<String, Value>> {
    value.as_object().map_or_else(|| wrong("dict_type", "must be an object"), |members| Ok(members.clone()))
}

/// A format: a list of at most so many values of a format.
pub fn list<T>(most: usize, format: impl Fn(&Value) -> Read<T>) -> impl Fn(&Value) -> Read<Vec<T>> {
    move |value| {
        let Value::Array(elements) = value else {
            return wrong("list_type", "must be a list");
        };
        if elements.len() > most {
            return wrong("too_long", format!("must have at most {most} elements"));
        }
        let mut faults = Faults::below("");
        let mut values = Vec::with_capacity(elements.len());
        for (place, element) in elements.iter().enumerate() {
            match format(element) {
                Ok(value) => values.push(value),
                Err(found) => faults.add(found.into_iter().map(|fault| fault.within(place)).collect()),
            }
        }
        let found = faults.into_found();
        if found.is_empty() { Ok(values) } else { Err(found) }
    }
}

/// A format: a text of so many characters, without control characters.
pub fn text(characters: RangeInclusive<usize>) -> impl Fn(&Value) -> Read<String> {
    move |value| {
        let text = string(value)?;
        check_text(text, characters.clone())?;
        Ok(text.to_owned())
    }
}

/// A format: a secret of at most so many characters, which may be any.
pub fn secret(characters: RangeInclusive<usize>) -> impl Fn(&Value) -> Read<crate::secret::Secret> {
    move |value| {
        let text = string(value)?;
        check_length(text, &characters)?;
        Ok(crate::secret::Secret::new(text.to_owned()))
    }
}

/// A format: an e-mail address without a display name (RFC 5321), at most 254 characters.
pub fn email(value: &Value) -> Read<String> {
    let text = string(value)?;
    check_text(text, 1..=254)?;
    let options = Options::default().without_display_text().without_domain_literal();
    match EmailAddress::parse_with_options(text, options) {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => wrong("value_error", "must be an e-mail address"),
    }
}

/// A format: a language tag (BCP 47): `en`, `pt-BR`.
pub fn locale(value: &Value) -> Read<String> {
    checked(value, 35, is_language_tag, "must be a language tag such as en-US")
}

/// A format: a name in the IANA time zone database: `Europe/Paris`.
pub fn time_zone(value: &Value) -> Read<String> {
    checked(value, 64, is_time_zone, "must be a name in the IANA time zone database such as Europe/Paris")
}

/// A format: a telephone number (E.164): a plus and up to 15 digits.
pub fn phone(value: &Value) -> Read<String> {
    let shape = |text: &str| {
        let digits = text.strip_prefix('+').unwrap_or_default();
        (7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0')
    };
    checked(value, 16, shape, "must be a telephone number with its country code, such as +33123456789")
}

/// A format: a URL of `https` or `http`.
pub fn web_url(value: &Value) -> Read<String> {
    let shape = |text: &str| {
        let lower = text.to_ascii_lowercase();
        is_absolute_uri(text) && (lower.starts_with("https://") || lower.starts_with("http://"))
    };
    checked(value, 2048, shape, "must be a URL that begins with https:// or http://")
}

/// A format: a point in time (RFC 3339), with an offset: `2027-01-31T09:30:00Z`.
pub fn instant(value: &Value) -> Read<Instant> {
    match DateTime::parse_from_rfc3339(string(value)?) {
        Ok(time) => Ok(Instant::from_micros(time.timestamp_micros())),
        Err(_) => wrong("datetime_parsing", "must be a time such as 2027-01-31T09:30:00Z"),
    }
}

/// A format: a UUID.
pub fn uuid<T: From<Uuid>>(value: &Value) -> Read<T> {
    let text = string(value)?;
    path::parse(text).map_or_else(|| wrong("uuid_parsing", "must be a UUID"), |uuid| Ok(T::from(uuid)))
}

/// A format: true or false, and nothing that merely stands for one of them.
pub fn boolean(value: &Value) -> Read<bool> {
    value.as_bool().map_or_else(|| wrong("bool_type", "must be true or false"), Ok)
}

/// A format: a whole number within limits.
pub fn integer(limits: RangeInclusive<i64>) -> impl Fn(&Value) -> Read<i64> {
    move |value| match value {
        Value::Number(number) => match number.as_i64() {
            Some(number) => check_number(number, &limits),
            None => wrong("int_parsing", "must be a whole number"),
        },
        _ => wrong("int_parsing", "must be a whole number"),
    }
}

/// A format: one of some words.
pub fn word<T: Copy>(words: &Words<T>) -> impl Fn(&Value) -> Read<T> {
    move |value| find_word(string(value)?, words)
}

/// What a word means.
pub(super) fn find_word<T: Copy>(text: &str, words: &Words<T>) -> Read<T> {
    if let Some((_, meaning)) = words.iter().find(|(word, _)| *word == text) {
        return Ok(*meaning);
    }
    let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
    wrong("enum", format!("must be one of {}", names.join(", ")))
}

pub(super) fn check_number(number: i64, limits: &RangeInclusive<i64>) -> Read<i64> {
    match number {
        _ if number < *limits.start() => wrong("greater_than_equal", format!("must be at least {}", limits.start())),
        _ if number > *limits.end() => wrong("less_than_equal", format!("must be at most {}", limits.end())),
        _ => Ok(number),
    }
}

/// Judges length and characters of a text.
pub(super) fn check_text(text: &str, characters: RangeInclusive<usize>) -> Read<()> {
    check_length(text, &characters)?;
    match text.chars().any(char::is_control) {
        true => wrong("value_error", "must not contain control characters"),
        false => Ok(()),
    }
}

fn check_length(text: &str, characters: &RangeInclusive<usize>) -> Read<()> {
    let length = text.chars().count();
    match length {
        0 if *characters.start() == 1 => wrong("string_too_short", "must not be empty"),
        _ if length < *characters.start() => {
            wrong("string_too_short", format!("must have at least {} characters", characters.start()))
        }
        _ if length > *characters.end() => {
            wrong("string_too_long", format!("must have at most {} characters", characters.end()))
        }
        _ => Ok(()),
    }
}

fn checked(value: &Value, longest: usize, holds: impl Fn(&str) -> bool, otherwise: &str) -> Read<String> {
    let text = string(value)?;
    check_text(text, 1..=longest)?;
    if holds(text) { Ok(text.to_owned()) } else { wrong("value_error", otherwise) }
}

fn string(value: &Value) -> Read<&str> {
    value.as_str().map_or_else(|| wrong("string_type", "must be a text"), Ok)
}
