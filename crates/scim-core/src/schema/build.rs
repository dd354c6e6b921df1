//! Writing definitions as tables: one short expression an attribute, RFC 7643 section 2.2's defaults for the rest.
//!
//! It checks nothing; definitions that come from outside are validated by whoever reads them.

use super::definition::{Attribute, Extension, Mutability, ResourceType, Returned, Schema, Type, Uniqueness};

impl Attribute {
    /// A single-valued attribute with the default characteristics. References and binaries are case exact.
    pub fn new(name: &str, kind: Type, description: &str) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            multi_valued: false,
            description: description.to_owned(),
            required: false,
            case_exact: matches!(kind, Type::Reference | Type::Binary),
            mutability: Mutability::ReadWrite,
            returned: Returned::Default,
            uniqueness: Uniqueness::None,
            canonical_values: Vec::new(),
            reference_types: Vec::new(),
            sub_attributes: Vec::new(),
            indexed: None,
            index_filled: true,
            kept_unique: None,
        }
    }

    /// A list of values.
    #[must_use]
    pub fn many(self) -> Self {
        Self { multi_valued: true, ..self }
    }

    /// A resource must have it.
    #[must_use]
    pub fn required(self) -> Self {
        Self { required: true, ..self }
    }

    /// Upper and lower case differ.
    #[must_use]
    pub fn exact(self) -> Self {
        Self { case_exact: true, ..self }
    }

    /// Who may write it. A complex attribute's sub-attributes keep their own.
    #[must_use]
    pub fn mutability(self, mutability: Mutability) -> Self {
        Self { mutability, ..self }
    }

    /// When it is part of an answer.
    #[must_use]
    pub fn returned(self, returned: Returned) -> Self {
        Self { returned, ..self }
    }

    /// Where a value may occur only once.
    #[must_use]
    pub fn unique(self, uniqueness: Uniqueness) -> Self {
        Self { uniqueness, ..self }
    }

    /// Suggested values.
    #[must_use]
    pub fn canonical(self, values: &[&str]) -> Self {
        Self { canonical_values: owned(values), ..self }
    }

    /// What a reference may point to.
    #[must_use]
    pub fn refers_to(self, types: &[&str]) -> Self {
        Self { reference_types: owned(types), ..self }
    }

    /// The parts of a complex attribute.
    #[must_use]
    pub fn with(self, sub_attributes: Vec<Attribute>) -> Self {
        Self { sub_attributes, ..self }
    }

    /// The number of its index rows.
    #[must_use]
    pub fn indexed(self, path_id: i32) -> Self {
        Self { indexed: Some(path_id), ..self }
    }

    /// It and all its parts are written by the service provider only.
    #[must_use]
    pub fn read_only(mut self) -> Self {
        self.mutability = Mutability::ReadOnly;
        self.sub_attributes = self.sub_attributes.into_iter().map(Self::read_only).collect();
        self
    }
}

fn owned(values: &[&str]) -> Vec<String> {
    values.iter().map(|value| (*value).to_owned()).collect()
}

/// A string attribute.
pub fn string(name: &str, description: &str) -> Attribute {
    Attribute::new(name, Type::String, description)
}

/// A boolean attribute.
pub fn boolean(name: &str, description: &str) -> Attribute {
    Attribute::new(name, Type::Boolean, description)
}

/// An integer attribute.
pub fn integer(name: &str, description: &str) -> Attribute {
    Attribute::new(name, Type::Integer, description)
}

/// A dateTime attribute.
pub fn date_time(name: &str, description: &str) -> Attribute {
    Attribute::new(name, Type::DateTime, description)
}

/// A binary attribute.
pub fn binary(name: &str, description: &str) -> Attribute {
    Attribute::new(name, Type::Binary, description)
}

/// A reference to resources of the given types, or `external` or `uri`.
pub fn reference(name: &str, types: &[&str], description: &str) -> Attribute {
    Attribute::new(name, Type::Reference, description).refers_to(types)
}

/// A complex attribute.
pub fn complex(name: &str, description: &str, sub_attributes: Vec<Attribute>) -> Attribute {
    Attribute::new(name, Type::Complex, description).with(sub_attributes)
}

/// A schema.
pub fn schema(id: &str, name: &str, description: &str, attributes: Vec<Attribute>) -> Schema {
    Schema { id: id.to_owned(), name: name.to_owned(), description: description.to_owned(), attributes }
}

/// A resource type with optional extensions.
pub fn resource_type(name: &str, endpoint: &str, schema: &str, extensions: &[&str], description: &str) -> ResourceType {
    ResourceType {
        name: name.to_owned(),
        description: description.to_owned(),
        endpoint: endpoint.to_owned(),
        schema: schema.to_owned(),
        extensions: extensions.iter().map(|urn| Extension { schema: (*urn).to_owned(), required: false }).collect(),
    }
}
