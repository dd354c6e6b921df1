//! A resource type's schemas compiled for look-up: folded name to definition.
//!
//! Compiled once and shared; every reader of requests and resources goes through it. It judges names only, never values.

use std::collections::HashMap;
use std::sync::Arc;

use scim_filter_parser::ast::AttributePath;

use super::definition::{Attribute, ResourceType, Schema};

/// Where an attribute stands in a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Home<'a> {
    /// At the top level: common attributes and those of the base schema.
    Core,
    /// Inside the object of the extension with this URN (in its registered spelling).
    Extension(&'a str),
}

/// An attribute path that was found.
#[derive(Clone, Copy, Debug)]
pub struct Resolved<'a> {
    /// Where it stands.
    pub home: Home<'a>,
    /// The attribute.
    pub attribute: &'a Attribute,
    /// The sub-attribute, when the path names one.
    pub sub: Option<&'a Attribute>,
}

/// The compiled schemas of one resource type.
#[derive(Debug)]
pub struct TypeIndex {
    resource_type: ResourceType,
    /// Common attributes, then those of the base schema.
    core: AttributeSet,
    base: Arc<Schema>,
    extensions: Vec<(Arc<Schema>, AttributeSet, bool)>,
    urns: Vec<String>,
    secrets: Vec<String>,
    keeps_unique: bool,
}

/// Attributes in their order of definition, found by name.
#[derive(Debug)]
struct AttributeSet {
    attributes: Vec<Attribute>,
    /// Positions by registered spelling, the one that most requests use; other spellings are searched for.
    by_name: HashMap<String, usize>,
}

impl AttributeSet {
    fn new(attributes: Vec<Attribute>) -> Self {
        let by_name = attributes.iter().enumerate().map(|(at, a)| (a.name.clone(), at)).collect();
        Self { attributes, by_name }
    }

    fn find(&self, name: &str) -> Option<&Attribute> {
        match self.by_name.get(name) {
            Some(at) => self.attributes.get(*at),
            None => self.attributes.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name)),
        }
    }
}

fn secrets(core: &AttributeSet, extensions: &[(Arc<Schema>, AttributeSet, bool)]) -> Vec<String> {
    let names = |set: &AttributeSet, prefix: &str| -> Vec<String> {
        let secret = set.attributes.iter().filter(|attribute| attribute.is_secret());
        secret.map(|attribute| format!("{prefix}{}", attribute.name)).collect()
    };
    let of_extensions = extensions.iter().flat_map(|(schema, set, _)| names(set, &format!("{}:", schema.id)));
    names(core, "").into_iter().chain(of_extensions).collect()
}

/// Attribute names and URNs are ASCII and compared without regard to case (RFC 7643 section 2.1).
pub fn fold_name(name: &str) -> String {
    name.to_ascii_lowercase()
}

impl Attribute {
    /// The sub-attribute of that name, whatever its case.
    pub fn sub(&self, name: &str) -> Option<&Attribute> {
        self.sub_attributes.iter().find(|sub| sub.name.eq_ignore_ascii_case(name))
    }
}

impl TypeIndex {
    /// Compiles a resource type. `common` are the attributes of every resource (`schemas`, `id`, `externalId`, `meta`); they
    /// win over attributes of the base schema with the same name (RFC 7643 section 3.1), and extensions whose schema is not given are left out.
    pub fn compile(
        resource_type: ResourceType,
        common: &[Attribute],
        base: Arc<Schema>,
        extensions: &[Arc<Schema>],
    ) -> Self {
        let is_common =
            |attribute: &&Attribute| common.iter().any(|other| other.name.eq_ignore_ascii_case(&attribute.name));
        let own = base.attributes.iter().filter(|attribute| !is_common(attribute));
        let core = AttributeSet::new(common.iter().chain(own).cloned().collect());
        let extensions: Vec<_> = resource_type
            .extensions
            .iter()
            .filter_map(|extension| {
                let schema = extensions.iter().find(|schema| schema.id.eq_ignore_ascii_case(&extension.schema))?;
                Some((Arc::clone(schema), AttributeSet::new(schema.attributes.clone()), extension.required))
            })
            .collect();
        let urns =
            std::iter::once(base.id.clone()).chain(extensions.iter().map(|(schema, ..)| schema.id.clone())).collect();
        let secrets = secrets(&core, &extensions);
        let all =
            || std::iter::once(&core).chain(extensions.iter().map(|(_, set, _)| set)).flat_map(|set| &set.attributes);
        let keeps_unique = all().any(|attribute| {
            attribute.kept_unique.is_some() || attribute.sub_attributes.iter().any(|part| part.kept_unique.is_some())
        });
        Self { resource_type, core, base, extensions, urns, secrets, keeps_unique }
    }

    /// The resource type.
    pub fn resource_type(&self) -> &ResourceType {
        &self.resource_type
    }

    /// The URNs a parser must know: the base schema's, then the extensions'.
    pub fn urns(&self) -> &[String] {
        &self.urns
    }

    /// The attributes whose values nobody may read, and so no record of a change may hold; those of extensions after
    /// their URN and a colon.
    pub fn secrets(&self) -> &[String] {
        &self.secrets
    }

    /// Whether any of its values are kept apart by rows of their own.
    pub fn keeps_unique(&self) -> bool {
        self.keeps_unique
    }

    /// The base schema.
    pub fn base(&self) -> &Schema {
        &self.base
    }

    /// The extensions: schema, and whether a resource must carry it.
    pub fn extensions(&self) -> impl Iterator<Item = (&Schema, bool)> {
        self.extensions.iter().map(|(schema, _, required)| (schema.as_ref(), *required))
    }

    /// The attributes at the top level, in order: the common ones, then those of the base schema.
    pub fn core_attributes(&self) -> &[Attribute] {
        &self.core.attributes
    }

    /// A top-level attribute by name, whatever its case.
    pub fn core(&self, name: &str) -> Option<&Attribute> {
        self.core.find(name)
    }

    /// The extension of that URN, whatever its case.
    pub fn extension(&self, urn: &str) -> Option<&Schema> {
        self.extensions.iter().map(|(schema, ..)| schema.as_ref()).find(|schema| schema.id.eq_ignore_ascii_case(urn))
    }

    /// The attributes of an extension, in order.
    pub fn extension_attributes(&self, urn: &str) -> &[Attribute] {
        self.extension(urn).map_or(&[], |schema| schema.attributes.as_slice())
    }

    /// An attribute of an extension, whatever the case of either name.
    pub fn in_extension(&self, urn: &str, name: &str) -> Option<(&str, &Attribute)> {
        let (schema, set, _) = self.extensions.iter().find(|(schema, ..)| schema.id.eq_ignore_ascii_case(urn))?;
        set.find(name).map(|attribute| (schema.id.as_str(), attribute))
    }

    /// The only extension that has an attribute of that name, for clients that leave the URN out (`manager`).
    pub fn unqualified(&self, name: &str) -> Option<(&str, &Attribute)> {
        let mut found =
            self.extensions.iter().filter_map(|(schema, set, _)| set.find(name).map(|a| (schema.id.as_str(), a)));
        let first = found.next()?;
        found.next().is_none().then_some(first)
    }

    /// Finds what a path names. The base schema's URN before a name changes nothing; a bare name of an extension's
    /// attribute is found when it is the only one.
    pub fn resolve(&self, path: &AttributePath) -> Option<Resolved<'_>> {
        let (home, attribute) = match &path.schema {
            None => match self.core.find(&path.name) {
                Some(attribute) => (Home::Core, attribute),
                None => self.unqualified(&path.name).map(|(urn, attribute)| (Home::Extension(urn), attribute))?,
            },
            Some(urn) if urn.eq_ignore_ascii_case(&self.base.id) => (Home::Core, self.core.find(&path.name)?),
            Some(urn) => {
                self.in_extension(urn, &path.name).map(|(urn, attribute)| (Home::Extension(urn), attribute))?
            }
        };
        let sub = match &path.sub {
            Some(name) => Some(attribute.sub(name)?),
            None => None,
        };
        Some(Resolved { home, attribute, sub })
    }
}
