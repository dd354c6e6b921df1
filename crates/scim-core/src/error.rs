//! Why a request cannot be served: the error keyword, where, and a sentence for an administrator.
//!
//! It must not carry values that a client sent, only names and places: details end up in logs.

use std::fmt;

/// The error keywords of RFC 7644 section 3.12 (table 9) and RFC 9865 section 2.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The filter is malformed, or its comparison is not supported.
    InvalidFilter,
    /// The filter yields more than the server is willing to compute.
    TooMany,
    /// A value is already in use or reserved.
    Uniqueness,
    /// The modification is not compatible with the attribute's mutability.
    Mutability,
    /// The body is not the JSON that the request needs.
    InvalidSyntax,
    /// The PATCH path is malformed or names nothing.
    InvalidPath,
    /// The PATCH path selects no element.
    NoTarget,
    /// A required value is missing, or a value does not fit its attribute.
    InvalidValue,
    /// The protocol version is not supported.
    InvalidVersion,
    /// The request would put sensitive data into a URL.
    Sensitive,
    /// The cursor is not one of ours.
    InvalidCursor,
    /// The cursor is too old.
    ExpiredCursor,
    /// The page size is invalid or differs from the first page's.
    InvalidCount,
}

impl Kind {
    /// The value of `scimType` in an error message.
    pub fn scim_type(self) -> &'static str {
        match self {
            Self::InvalidFilter => "invalidFilter",
            Self::TooMany => "tooMany",
            Self::Uniqueness => "uniqueness",
            Self::Mutability => "mutability",
            Self::InvalidSyntax => "invalidSyntax",
            Self::InvalidPath => "invalidPath",
            Self::NoTarget => "noTarget",
            Self::InvalidValue => "invalidValue",
            Self::InvalidVersion => "invalidVers",
            Self::Sensitive => "sensitive",
            Self::InvalidCursor => "invalidCursor",
            Self::ExpiredCursor => "expiredCursor",
            Self::InvalidCount => "invalidCount",
        }
    }

    /// The `status` that goes with it: 409 for a value in use, 403 for sensitive data (erratum 6893), else 400.
    pub fn status(self) -> u16 {
        match self {
            Self::Uniqueness => 409,
            Self::Sensitive => 403,
            _ => 400,
        }
    }
}

/// A refused request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// The error keyword.
    pub kind: Kind,
    /// The attribute concerned, such as `emails[0].value`, when there is one.
    pub path: Option<String>,
    /// What is wrong, in words that follow the path: `must be a string`.
    pub detail: String,
}

impl Invalid {
    /// An error of the whole request.
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self { kind, path: None, detail: detail.into() }
    }

    /// An error at one attribute.
    pub fn at(kind: Kind, path: impl fmt::Display, detail: impl Into<String>) -> Self {
        Self { kind, path: Some(path.to_string()), detail: detail.into() }
    }

    /// A malformed request.
    pub fn syntax(detail: impl Into<String>) -> Self {
        Self::new(Kind::InvalidSyntax, detail)
    }

    /// A value that does not fit its attribute.
    pub fn value(path: impl fmt::Display, detail: impl Into<String>) -> Self {
        Self::at(Kind::InvalidValue, path, detail)
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.path {
            Some(path) => write!(formatter, "{path} {}", self.detail),
            None => formatter.write_str(&self.detail),
        }
    }
}

impl std::error::Error for Invalid {}

/// The beginning of a name that a client sent, short enough for a message.
pub fn clip(name: &str) -> &str {
    const LONGEST: usize = 120;
    if name.len() <= LONGEST {
        return name;
    }
    let end = (0..=LONGEST).rev().find(|at| name.is_char_boundary(*at)).unwrap_or(0);
    name.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_is_cut_between_characters() {
        let name = "a".repeat(119) + "éé";
        assert_eq!(clip(&name), "a".repeat(119));
        assert_eq!(clip("short"), "short");
    }

    #[test]
    fn the_path_precedes_the_detail() {
        assert_eq!(
            Invalid::value("emails[0].value", "must be a string").to_string(),
            "emails[0].value must be a string"
        );
        assert_eq!(Invalid::syntax("the body is empty").to_string(), "the body is empty");
    }
}
