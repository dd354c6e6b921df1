//! How strictly requests are read, and notes about what was tolerated.
//!
//! The switches are neutral: no client is named here. Mending malformed requests is the caller's business.

use std::fmt;

use crate::error::clip;

/// What happens to an attribute that no schema of the type defines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnknownAttributes {
    /// It is left out and noted.
    Ignore,
    /// The request is refused (`invalidSyntax`).
    Refuse,
}

/// What happens to a PATCH operation whose path names an undefined attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnknownPaths {
    /// The operation is skipped and noted.
    Skip,
    /// The request is refused (`invalidPath`).
    Refuse,
}

/// What happens to a second `primary: true` in one list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecondPrimary {
    /// The first one stays primary, the flag of the others becomes false.
    KeepFirst,
    /// The request is refused (`invalidValue`).
    Refuse,
}

/// What a PATCH `replace` does when its value path selects no element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MissingElement {
    /// It creates the element that the filter describes.
    Create,
    /// It fails (`noTarget`).
    NoTarget,
}

/// How the `schemas` member of a body is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schemas {
    /// It may be missing or name URNs that the type does not have; the resource's data decides.
    Infer,
    /// It must be there, with the base URN and without unknown ones.
    Require,
}

/// How strictly requests are read. Read-only members of a body are ignored under every policy (RFC 7644 section 3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Attributes that no schema defines.
    pub unknown_attributes: UnknownAttributes,
    /// PATCH paths that no schema defines.
    pub unknown_paths: UnknownPaths,
    /// A second primary value in a list.
    pub second_primary: SecondPrimary,
    /// Whether formats beyond the type are checked: URIs, base64, countries, certificates, locales, time zones.
    pub check_formats: bool,
    /// A PATCH `replace` of an element that is not there.
    pub missing_element: MissingElement,
    /// The `schemas` member.
    pub schemas: Schemas,
    /// Whether keys of a PATCH value without a path may themselves be paths: `name.givenName`, a URN and a name.
    pub path_keys: bool,
}

impl Policy {
    /// The letter of RFC 7643 and RFC 7644.
    pub fn strict() -> Self {
        Self {
            unknown_attributes: UnknownAttributes::Refuse,
            unknown_paths: UnknownPaths::Refuse,
            second_primary: SecondPrimary::Refuse,
            check_formats: true,
            missing_element: MissingElement::NoTarget,
            schemas: Schemas::Require,
            path_keys: false,
        }
    }

    /// Accepts whatever has one sensible meaning.
    pub fn tolerant() -> Self {
        Self {
            unknown_attributes: UnknownAttributes::Ignore,
            unknown_paths: UnknownPaths::Skip,
            second_primary: SecondPrimary::KeepFirst,
            check_formats: false,
            missing_element: MissingElement::Create,
            schemas: Schemas::Infer,
            path_keys: true,
        }
    }
}

/// Something that was tolerated or ignored, with the attribute's path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// No schema of the type defines the attribute.
    UnknownAttributeIgnored(String),
    /// No schema of the type defines what the PATCH path names; the operation was skipped.
    UnknownPathSkipped(String),
    /// Clients cannot write the attribute.
    ReadOnlyIgnored(String),
    /// Another element is primary already.
    SecondPrimaryDropped(String),
    /// An equal element came before.
    DuplicateDropped(String),
    /// The element held nothing but its type, display or primary flag.
    EmptyElementDropped(String),
    /// `schemas` named a URN that the type does not have.
    UnknownSchemaIgnored(String),
    /// `schemas` was missing or left out a URN whose data is there.
    SchemaInferred(String),
    /// A PATCH path selected no element, so the one it describes was created.
    ElementCreated(String),
}

impl Note {
    /// Adds a note unless there are a hundred already: a hostile body must not fill the log. The path is made only when
    /// it is kept.
    pub fn push(notes: &mut Vec<Self>, note: fn(String) -> Self, path: impl fmt::Display) {
        const MOST: usize = 100;
        if notes.len() < MOST {
            notes.push(note(clip(&without_values(&path.to_string())).to_owned()));
        }
    }
}

/// A path without what its filter compares with: notes are logged, and values may be personal. Positions stay.
fn without_values(path: &str) -> String {
    let is_position = |inside: &str| !inside.is_empty() && inside.bytes().all(|byte| byte.is_ascii_digit());
    let (mut kept, mut rest) = (String::with_capacity(path.len()), path);
    while let Some((before, behind)) = rest.split_once('[') {
        kept.push_str(before);
        match behind.split_once(']') {
            Some((inside, after)) if is_position(inside) => {
                kept.extend(["[", inside, "]"]);
                rest = after;
            }
            // A filter may hold brackets in its values, so it ends at the last one.
            _ => {
                kept.push_str("[...]");
                rest = behind.rsplit_once(']').map_or("", |(_, after)| after);
            }
        }
    }
    kept.push_str(rest);
    match kept.find(['"', ' ']) {
        Some(value) => format!("{}...", kept.get(..value).unwrap_or_default()),
        None => kept,
    }
}

impl fmt::Display for Note {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownAttributeIgnored(path) => {
                write!(formatter, "{path} is no attribute of this type and was ignored")
            }
            Self::UnknownPathSkipped(path) => {
                write!(formatter, "the operation on {path}, which is no attribute of this type, was skipped")
            }
            Self::ReadOnlyIgnored(path) => write!(formatter, "{path} is read-only and was ignored"),
            Self::SecondPrimaryDropped(path) => {
                write!(formatter, "{path} is not primary because an earlier element is")
            }
            Self::DuplicateDropped(path) => write!(formatter, "{path} repeats an earlier element and was left out"),
            Self::EmptyElementDropped(path) => write!(formatter, "{path} holds no value and was left out"),
            Self::UnknownSchemaIgnored(urn) => write!(formatter, "{urn} is no schema of this type and was ignored"),
            Self::SchemaInferred(urn) => write!(formatter, "{urn} was missing from schemas and was added"),
            Self::ElementCreated(path) => write!(formatter, "{path} selected no element, so one was created"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_carry_no_values() {
        let mut notes = Vec::new();
        for path in
            ["emails[value eq \"ann@x\"].type", "emails[0].value", "x \"ann@x\"", "emails[value eq \"ann@x", "title"]
        {
            Note::push(&mut notes, Note::ReadOnlyIgnored, path);
        }
        let shown: Vec<String> = notes
            .into_iter()
            .map(|note| match note {
                Note::ReadOnlyIgnored(path) => path,
                other => other.to_string(),
            })
            .collect();
        assert_eq!(shown, ["emails[...].type", "emails[0].value", "x...", "emails[...]", "title"]);
    }
}
