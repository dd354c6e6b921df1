//! The names of the tolerances, for the log.

use std::fmt;

/// A tolerance that fired: the mending of that name changed the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Tolerance {
    /// `"True"` or `"False"` where a boolean is asked for.
    BooleanAsText,
    /// `"7"` where a number is asked for.
    NumberAsText,
    /// The `value` alone where an object is asked for.
    ScalarForComplex,
    /// A list around the only value of what is no list.
    ListForSingleValue,
    /// One value where a list is asked for.
    SingleValueForList,
    /// `displayName` where `display` is defined.
    DisplayNameForDisplay,
    /// A role as JSON text within its own `value`.
    JsonTextInValue,
    /// Names separated by commas where a list is asked for.
    NamesInOneText,
}

impl Tolerance {
    /// Adds it to those that fired, unless it did before: a large body must not fill the log.
    pub(super) fn note(self, fired: &mut Vec<Self>) {
        if !fired.contains(&self) {
            fired.push(self);
        }
    }
}

impl fmt::Display for Tolerance {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::BooleanAsText => "boolean as text",
            Self::NumberAsText => "number as text",
            Self::ScalarForComplex => "scalar for complex",
            Self::ListForSingleValue => "list for single value",
            Self::SingleValueForList => "single value for list",
            Self::DisplayNameForDisplay => "display name for display",
            Self::JsonTextInValue => "json text in value",
            Self::NamesInOneText => "names in one text",
        })
    }
}
