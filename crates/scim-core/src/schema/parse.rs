//! Schema and ResourceType resources as JSON, read into definitions (RFC 7643 sections 6 and 7).
//!
//! Judged here is one document alone: names, types and characteristics that fit together. How it stands to other schemas
//! is [`super::judge`]'s. What is accepted comes back from [`super::discovery`] as it was sent, with what was left out
//! stated.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::builtin::{RESOURCE_TYPE, SCHEMA};
use super::definition::{Attribute, Extension, Mutability, ResourceType, Returned, Schema, Type, Uniqueness};
use crate::error::{Invalid, clip};

/// Attributes and sub-attributes of one schema, at the most.
pub const MOST_ATTRIBUTES: usize = 250;
/// The longest Schema or ResourceType resource, in bytes of JSON.
pub const LONGEST_DOCUMENT: usize = 256 * 1024;
/// The longest name of an attribute or a resource type, in bytes.
const LONGEST_NAME: usize = 64;
/// The longest URN, in bytes.
const LONGEST_URN: usize = 255;
/// The longest description or canonical value, in bytes.
const LONGEST_TEXT: usize = 4096;
/// Values in one list, at the most.
const LONGEST_LIST: usize = 250;

/// What an attribute definition may say.
const CHARACTERISTICS: &[&str] = &[
    "name",
    "type",
    "multiValued",
    "description",
    "required",
    "canonicalValues",
    "caseExact",
    "mutability",
    "returned",
    "uniqueness",
    "referenceTypes",
    "subAttributes",
];

/// Reads a Schema resource.
///
/// # Errors
/// `invalidValue` or `invalidSyntax`, naming the attribute and the characteristic that is wrong.
pub fn schema(document: &Value) -> Result<Schema, Invalid> {
    let document = Members::of(document, "the schema")?;
    document.allow(&["schemas", "id", "name", "description", "attributes", "meta"])?;
    document.is_a(SCHEMA)?;
    let id = document.text("id")?.ok_or_else(|| document.missing("id"))?;
    judge_urn(&document.path("id"), id)?;
    let name = document.text("name")?.ok_or_else(|| document.missing("name"))?;
    let description = document.text("description")?.unwrap_or(name);
    let mut left = MOST_ATTRIBUTES;
    let attributes = attributes(&document, "attributes", None, &mut left)?;
    if attributes.is_empty() {
        return Err(document.missing("attributes"));
    }
    Ok(Schema { id: id.to_owned(), name: name.to_owned(), description: description.to_owned(), attributes })
}

/// Reads a ResourceType resource.
///
/// # Errors
/// `invalidValue` or `invalidSyntax`, naming the member that is wrong.
pub fn resource_type(document: &Value) -> Result<ResourceType, Invalid> {
    let document = Members::of(document, "the resource type")?;
    document.allow(&["schemas", "id", "name", "description", "endpoint", "schema", "schemaExtensions", "meta"])?;
    document.is_a(RESOURCE_TYPE)?;
    let name = document.text("name")?.ok_or_else(|| document.missing("name"))?;
    judge_name(&document.path("name"), name)?;
    if document.text("id")?.is_some_and(|id| id != name) {
        return Err(Invalid::value(document.path("id"), "must be the name of the resource type, or be left out"));
    }
    let endpoint = document.text("endpoint")?.ok_or_else(|| document.missing("endpoint"))?;
    let segment = endpoint.strip_prefix('/').unwrap_or_default();
    if !is_name(segment) {
        let detail = "must be a slash and a name of letters, digits, - and _, such as /Devices";
        return Err(Invalid::value(document.path("endpoint"), detail));
    }
    let schema = document.text("schema")?.ok_or_else(|| document.missing("schema"))?;
    judge_urn(&document.path("schema"), schema)?;
    Ok(ResourceType {
        name: name.to_owned(),
        description: document.text("description")?.unwrap_or(name).to_owned(),
        endpoint: endpoint.to_owned(),
        schema: schema.to_owned(),
        extensions: extensions(&document)?,
    })
}

fn extensions(document: &Members<'_>) -> Result<Vec<Extension>, Invalid> {
    let mut read: Vec<Extension> = Vec::new();
    for (at, element) in document.list("schemaExtensions")?.iter().enumerate() {
        let extension = Members::of(element, &format!("schemaExtensions[{at}]"))?;
        extension.allow(&["schema", "required"])?;
        let schema = extension.text("schema")?.ok_or_else(|| extension.missing("schema"))?;
        judge_urn(&extension.path("schema"), schema)?;
        if read.iter().any(|other| other.schema.eq_ignore_ascii_case(schema)) {
            return Err(Invalid::value(extension.path("schema"), "names a schema that is listed already"));
        }
        read.push(Extension { schema: schema.to_owned(), required: extension.flag("required")?.unwrap_or(false) });
    }
    Ok(read)
}

/// Reads a list of attribute definitions: those of a schema, or with `parent` those of a complex attribute.
fn attributes(
    holder: &Members<'_>,
    member: &str,
    parent: Option<&str>,
    left: &mut usize,
) -> Result<Vec<Attribute>, Invalid> {
    let mut read: Vec<Attribute> = Vec::new();
    for (at, element) in holder.list(member)?.iter().enumerate() {
        *left = left.checked_sub(1).ok_or_else(|| {
            Invalid::value(member, format!("are too many: a schema has at most {MOST_ATTRIBUTES}, parts included"))
        })?;
        let place = match parent {
            None => format!("{member}[{at}]"),
            Some(parent) => format!("{parent}.{member}[{at}]"),
        };
        let attribute = attribute(element, &place, parent, left)?;
        if read.iter().any(|other| other.name.eq_ignore_ascii_case(&attribute.name)) {
            return Err(Invalid::value(place, format!("is a second attribute of the name {}", attribute.name)));
        }
        read.push(attribute);
    }
    Ok(read)
}

fn attribute(element: &Value, place: &str, parent: Option<&str>, left: &mut usize) -> Result<Attribute, Invalid> {
    let definition = Members::of(element, place)?;
    let name = definition.text("name")?.ok_or_else(|| definition.missing("name"))?;
    if !(parent.is_some() && name == "$ref") {
        judge_name(&definition.path("name"), name)?;
    }
    let path = parent.map_or_else(|| name.to_owned(), |parent| format!("{parent}.{name}"));
    // From here on the attribute is called by its name.
    let definition = Members { place: path.clone(), ..definition };
    definition.allow(CHARACTERISTICS)?;
    let kind = definition.word("type", TYPES)?.unwrap_or(Type::String);
    let mut read = Attribute::new(name, kind, definition.text("description")?.unwrap_or_default());
    read.multi_valued = definition.flag("multiValued")?.unwrap_or(false);
    read.required = definition.flag("required")?.unwrap_or(false);
    read.case_exact = definition.flag("caseExact")?.unwrap_or(read.case_exact);
    read.mutability = definition.word("mutability", MUTABILITIES)?.unwrap_or(Mutability::ReadWrite);
    let returned = definition.word("returned", RETURNED)?;
    // What cannot be read is never returned, said or not.
    let unless_said = if read.mutability == Mutability::WriteOnly { Returned::Never } else { Returned::Default };
    read.returned = returned.unwrap_or(unless_said);
    read.uniqueness = definition.word("uniqueness", UNIQUENESS)?.unwrap_or(Uniqueness::None);
    read.canonical_values = definition.texts("canonicalValues")?;
    read.reference_types = definition.texts("referenceTypes")?;
    if kind == Type::Complex && parent.is_none() {
        read.sub_attributes = attributes(&definition, "subAttributes", Some(&path), left)?;
    }
    judge(&definition, &read, parent.is_some())?;
    Ok(read)
}

/// Judges how the characteristics of one attribute fit together.
fn judge(definition: &Members<'_>, read: &Attribute, is_part: bool) -> Result<(), Invalid> {
    let complex = read.kind == Type::Complex;
    let text = matches!(read.kind, Type::String | Type::Reference | Type::Binary);
    let faults = [
        (complex && is_part, "type", "must not be complex: a complex attribute has no complex parts"),
        (complex && read.sub_attributes.is_empty(), "subAttributes", "are required for a complex attribute"),
        (!complex && definition.get("subAttributes").is_some(), "subAttributes", "belong to complex attributes only"),
        (
            read.mutability == Mutability::WriteOnly && read.returned != Returned::Never,
            "returned",
            "must be never, because mutability is writeOnly",
        ),
        (
            !text
                && read.kind != Type::Integer
                && read.kind != Type::Decimal
                && read.kind != Type::DateTime
                && read.uniqueness != Uniqueness::None,
            "uniqueness",
            "must be none for this type",
        ),
        (!text && read.case_exact, "caseExact", "is for texts only"),
        (read.kind != Type::String && !read.canonical_values.is_empty(), "canonicalValues", "belong to strings only"),
        (
            read.kind == Type::Reference && read.reference_types.is_empty(),
            "referenceTypes",
            "are required for a reference: names of resource types, external or uri",
        ),
        (
            read.kind != Type::Reference && !read.reference_types.is_empty(),
            "referenceTypes",
            "belong to references only",
        ),
        (
            !read.reference_types.iter().all(|name| is_name(name)),
            "referenceTypes",
            "must be names of resource types, external or uri",
        ),
    ];
    match faults.into_iter().find(|(wrong, ..)| *wrong) {
        Some((_, member, why)) => Err(Invalid::value(definition.path(member), why)),
        None => Ok(()),
    }
}

const TYPES: &str = "string, boolean, decimal, integer, dateTime, reference, binary or complex";
const MUTABILITIES: &str = "readOnly, readWrite, immutable or writeOnly";
const RETURNED: &str = "always, never, default or request";
const UNIQUENESS: &str = "none, server or global";

/// RFC 7643 section 2.1: a letter, then letters, digits, `-`, `_`. `$` is kept for `$ref`.
fn is_name(name: &str) -> bool {
    name.len() <= LONGEST_NAME
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

fn judge_name(path: &str, name: &str) -> Result<(), Invalid> {
    match is_name(name) {
        true => Ok(()),
        false => Err(Invalid::value(
            path,
            format!("must be a letter and up to {} letters, digits, - and _", LONGEST_NAME - 1),
        )),
    }
}

/// Whether a text is a URN (RFC 8141) that can stand in a filter: `urn:`, a namespace, and something in it.
fn is_urn(text: &str) -> bool {
    let mut parts = text.splitn(3, ':');
    let scheme = parts.next().is_some_and(|scheme| scheme.eq_ignore_ascii_case("urn"));
    let namespace = parts.next().is_some_and(|name| {
        (2..=32).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    });
    let specific = parts.next().is_some_and(|rest| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'.' | b'-' | b'_');
        rest.starts_with(|first: char| first.is_ascii_alphanumeric())
            && rest.ends_with(|last: char| last.is_ascii_alphanumeric())
            && rest.bytes().all(allowed)
    });
    scheme && namespace && specific && text.len() <= LONGEST_URN
}

fn judge_urn(path: &str, urn: &str) -> Result<(), Invalid> {
    match is_urn(urn) {
        true => Ok(()),
        false => Err(Invalid::value(
            path,
            "must be a URN of letters, digits, -, _, . and :, such as urn:example:schemas:2.0:Badge",
        )),
    }
}

/// The members of a JSON object, found whatever the case of their names; what is null is not there.
struct Members<'a> {
    place: String,
    members: &'a Map<String, Value>,
}

impl<'a> Members<'a> {
    fn of(value: &'a Value, place: &str) -> Result<Self, Invalid> {
        match value {
            Value::Object(members) => Ok(Self { place: place.to_owned(), members }),
            _ => Err(Invalid::syntax(format!("{place} must be a JSON object"))),
        }
    }

    fn path(&self, member: &str) -> String {
        // The document itself needs no name before its members.
        if self.place.contains(' ') { member.to_owned() } else { format!("{}.{member}", self.place) }
    }

    fn missing(&self, member: &str) -> Invalid {
        Invalid::value(self.path(member), "is required")
    }

    fn get(&self, name: &str) -> Option<&'a Value> {
        let found = self.members.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value).filter(|value| !value.is_null())
    }

    /// Refuses members of other names, and the same name twice: whoever mistypes a characteristic is told so.
    fn allow(&self, names: &[&str]) -> Result<(), Invalid> {
        let is_known = |key: &str| names.iter().any(|name| name.eq_ignore_ascii_case(key));
        for (at, key) in self.members.keys().enumerate() {
            if !is_known(key) {
                return Err(Invalid::syntax(format!("{} is not known here", self.path(clip(key)))));
            }
            if self.members.keys().take(at).any(|other| other.eq_ignore_ascii_case(key)) {
                return Err(Invalid::syntax(format!("{} is given twice", self.path(key))));
            }
        }
        Ok(())
    }

    /// Refuses a document that says to be something else.
    fn is_a(&self, urn: &str) -> Result<(), Invalid> {
        let given = self.texts("schemas")?;
        match given.is_empty() || given.iter().any(|given| given.eq_ignore_ascii_case(urn)) {
            true => Ok(()),
            false => Err(Invalid::value("schemas", format!("must contain {urn}"))),
        }
    }

    fn text(&self, member: &str) -> Result<Option<&'a str>, Invalid> {
        match self.get(member) {
            None => Ok(None),
            Some(Value::String(text)) if text.trim().is_empty() => Ok(None),
            Some(Value::String(text)) if text.len() > LONGEST_TEXT => {
                Err(Invalid::value(self.path(member), format!("is longer than {LONGEST_TEXT} bytes")))
            }
            Some(Value::String(text)) if text.contains('\0') => {
                Err(Invalid::value(self.path(member), "must not contain the character U+0000"))
            }
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Invalid::value(self.path(member), "must be a string")),
        }
    }

    fn flag(&self, member: &str) -> Result<Option<bool>, Invalid> {
        match self.get(member) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(_) => Err(Invalid::value(self.path(member), "must be true or false")),
        }
    }

    fn list(&self, member: &str) -> Result<&'a [Value], Invalid> {
        match self.get(member) {
            None => Ok(&[]),
            Some(Value::Array(elements)) => Ok(elements),
            Some(_) => Err(Invalid::value(self.path(member), "must be a list")),
        }
    }

    fn texts(&self, member: &str) -> Result<Vec<String>, Invalid> {
        let elements = self.list(member)?;
        let usable = |element: &&str| !element.is_empty() && element.len() <= LONGEST_TEXT && !element.contains('\0');
        let texts: Vec<String> = elements.iter().filter_map(Value::as_str).filter(usable).map(str::to_owned).collect();
        match texts.len() == elements.len() && texts.len() <= LONGEST_LIST {
            true => Ok(texts),
            false => {
                Err(Invalid::value(self.path(member), format!("must be a list of at most {LONGEST_LIST} strings")))
            }
        }
    }

    /// A word of a characteristic. Its case does not matter; `expected` lists the words.
    fn word<T: DeserializeOwned>(&self, member: &str, expected: &str) -> Result<Option<T>, Invalid> {
        let Some(given) = self.text(member)? else { return Ok(None) };
        let words = expected.split([',', ' ']).filter(|word| !word.is_empty());
        let known = words.into_iter().find(|word| *word != "or" && word.eq_ignore_ascii_case(given));
        let read = known.and_then(|word| T::deserialize(Value::from(word)).ok());
        match read {
            Some(read) => Ok(Some(read)),
            None => Err(Invalid::value(self.path(member), format!("must be {expected}"))),
        }
    }
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
