//! Attribute definitions, schemas and resource types as data (RFC 7643 sections 2, 6 and 7).
//!
//! One table of definitions drives discovery, validation, projection, filter operands, PATCH targets, sorting and which
//! values are indexed. Nothing here reads a resource.

use serde::{Deserialize, Serialize};

/// The type of an attribute's values (RFC 7643 section 2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Type {
    /// Unicode text.
    String,
    /// `true` or `false`.
    Boolean,
    /// A real number.
    Decimal,
    /// A whole number, without fraction or exponent.
    Integer,
    /// An `xsd:dateTime`.
    DateTime,
    /// Base64 or base64url, padding optional.
    Binary,
    /// A URI, absolute or relative.
    Reference,
    /// A set of sub-attributes.
    Complex,
}

/// Who may write an attribute, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Mutability {
    /// Only the service provider.
    ReadOnly,
    /// Anybody who may write the resource.
    ReadWrite,
    /// Set once, never changed.
    Immutable,
    /// Written, never read.
    WriteOnly,
}

/// When an attribute is part of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Returned {
    /// Whatever `attributes` and `excludedAttributes` say.
    Always,
    /// In no answer.
    Never,
    /// Unless it is excluded or other attributes are asked for.
    Default,
    /// Only when it is asked for, or in the answer to the request that wrote it.
    Request,
}

/// Where a value may occur only once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Uniqueness {
    /// Nowhere: it may repeat.
    None,
    /// Within the endpoint of a tenant.
    Server,
    /// Everywhere; enforced as `Server`.
    Global,
}

/// The definition of one attribute or sub-attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// The name, in the spelling that answers use.
    pub name: String,
    /// The type of its values.
    pub kind: Type,
    /// Whether it holds a list of values.
    pub multi_valued: bool,
    /// One sentence for people.
    pub description: String,
    /// Whether a resource must have it.
    pub required: bool,
    /// Whether comparison distinguishes upper and lower case.
    pub case_exact: bool,
    /// Who may write it.
    pub mutability: Mutability,
    /// When it is part of an answer.
    pub returned: Returned,
    /// Where a value may occur only once.
    pub uniqueness: Uniqueness,
    /// Suggested values, such as `work` and `home`; others are accepted.
    pub canonical_values: Vec<String>,
    /// What a reference may point to: resource type names, `external` or `uri`.
    pub reference_types: Vec<String>,
    /// The parts of a complex attribute; empty otherwise.
    pub sub_attributes: Vec<Attribute>,
    /// Set when its values are kept in index rows, under this number. For a complex multi-valued attribute its `value`
    /// is what is indexed, with the element's `type` beside it. Numbers under 1,000 belong to the built-in schemas.
    pub indexed: Option<i32>,
    /// Whether every stored resource has its index rows. Until then they are written, and searches do without them.
    pub index_filled: bool,
    /// Set when its values are kept apart by rows of their own, under this number: how `uniqueness` is enforced where no
    /// column does it.
    pub kept_unique: Option<i32>,
}

impl Attribute {
    /// The number under which searches find its values.
    pub fn searched(&self) -> Option<i32> {
        self.indexed.filter(|_| self.index_filled)
    }

    /// Whether its values are for nobody to read.
    pub fn is_secret(&self) -> bool {
        self.mutability == Mutability::WriteOnly
            || self.returned == Returned::Never
            || self.sub_attributes.iter().any(Self::is_secret)
    }

    /// Whether text is compared as it stands, without folding. References and binaries always are (RFC 7643 sections
    /// 2.3.6 and 2.3.7).
    pub fn compares_exactly(&self) -> bool {
        self.case_exact || matches!(self.kind, Type::Reference | Type::Binary)
    }

    /// Whether the service provider fills this sub-attribute in, whatever clients write: a `$ref` beside `value` that
    /// points to resources (RFC 7643 section 2.4).
    pub fn fills_in(&self, sub: &Attribute) -> bool {
        let outside = |target: &String| target == "external" || target == "uri";
        sub.name == "$ref"
            && sub.kind == Type::Reference
            && !sub.reference_types.iter().any(outside)
            && self.sub_attributes.iter().any(|other| other.name == "value")
    }
}

/// A schema: a URN and its attributes (RFC 7643 section 7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema {
    /// The URN, in the spelling that answers use.
    pub id: String,
    /// A short name for people.
    pub name: String,
    /// One sentence for people.
    pub description: String,
    /// The attributes.
    pub attributes: Vec<Attribute>,
}

impl Schema {
    /// The attribute or sub-attribute of that path, such as `badge` or `badge.code`, whatever its case.
    pub fn attribute_mut(&mut self, path: &str) -> Option<&mut Attribute> {
        let (name, sub) = path.split_once('.').map_or((path, None), |(name, sub)| (name, Some(sub)));
        let attribute = self.attributes.iter_mut().find(|attribute| attribute.name.eq_ignore_ascii_case(name))?;
        match sub {
            None => Some(attribute),
            Some(sub) => attribute.sub_attributes.iter_mut().find(|part| part.name.eq_ignore_ascii_case(sub)),
        }
    }

    /// The paths of the attributes and sub-attributes that fulfil a condition.
    pub fn paths(&self, holds: impl Fn(&Attribute) -> bool) -> Vec<String> {
        let mut found = Vec::new();
        for attribute in &self.attributes {
            if holds(attribute) {
                found.push(attribute.name.clone());
            }
            let parts = attribute.sub_attributes.iter().filter(|part| holds(part));
            found.extend(parts.map(|part| format!("{}.{}", attribute.name, part.name)));
        }
        found
    }
}

/// A resource type: an endpoint, its base schema and its extensions (RFC 7643 section 6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceType {
    /// The name, which is also its id and the value of `meta.resourceType`.
    pub name: String,
    /// One sentence for people.
    pub description: String,
    /// The path below the base URL, with a leading slash.
    pub endpoint: String,
    /// The URN of the base schema.
    pub schema: String,
    /// The extensions.
    pub extensions: Vec<Extension>,
}

/// An extension of a resource type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// The URN of the extension's schema.
    pub schema: String,
    /// Whether a resource must carry it.
    pub required: bool,
}
