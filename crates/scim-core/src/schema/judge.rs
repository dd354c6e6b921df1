//! How definitions from outside stand to those that are there: no name, URN or endpoint twice, and no extension that
//! redefines what the resource has already.
//!
//! It judges and changes nothing; each document alone has been judged by [`super::parse`].

use super::builtin::{self, common};
use super::definition::{Attribute, ResourceType, Schema};
use super::index::TypeIndex;
use super::registry::Registry;
use crate::error::Invalid;

/// First segments of paths that the protocol itself uses (RFC 7644 section 3.2).
const RESERVED: &[&str] = &["Users", "Groups", "Me", "ServiceProviderConfig", "ResourceTypes", "Schemas", "Bulk"];
/// Names that resources of the protocol have.
const RESERVED_TYPES: &[&str] =
    &["User", "Group", "Schema", "ResourceType", "ServiceProviderConfig", "external", "uri"];
/// What the URNs of messages begin with.
const MESSAGES: &str = "urn:ietf:params:scim:api:";

/// Whether a schema is one of the built-in ones, which nobody changes.
pub fn is_builtin(urn: &str) -> bool {
    builtin::registry().schema(urn).is_some()
}

/// Judges a schema that is to be added.
///
/// # Errors
/// `uniqueness` for a URN in use, `invalidValue` for one that is reserved or for an attribute that every resource has.
pub fn schema(registry: &Registry, new: &Schema) -> Result<(), Invalid> {
    let reserved = |prefix: &str| new.id.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
    if is_builtin(&new.id) || reserved(MESSAGES) {
        return Err(Invalid::value("id", format!("{} is reserved", new.id)));
    }
    if registry.schema(&new.id).is_some() {
        return Err(taken("id", format!("there is a schema {} already", new.id)));
    }
    // A URN that continues another one could not be told from an attribute of it in a filter.
    let continues = |long: &str, short: &str| {
        long.get(..short.len()).is_some_and(|start| start.eq_ignore_ascii_case(short))
            && long.get(short.len()..).is_some_and(|rest| rest.starts_with(':'))
    };
    let near = registry.schemas.iter().find(|other| continues(&new.id, &other.id) || continues(&other.id, &new.id));
    if let Some(near) = near {
        return Err(Invalid::value("id", format!("{} cannot be told from {} in paths", new.id, near.id)));
    }
    match new.attributes.iter().find(|attribute| named(&common(), &attribute.name)) {
        Some(attribute) => Err(Invalid::value(&attribute.name, "is an attribute that every resource has already")),
        None => Ok(()),
    }
}

/// Judges a resource type that is to be added, and its extensions.
///
/// # Errors
/// `uniqueness` for a name or an endpoint in use; `invalidValue` for reserved ones and for schemas that are not there.
pub fn resource_type(registry: &Registry, new: &ResourceType) -> Result<(), Invalid> {
    let segment = new.endpoint.trim_start_matches('/');
    if RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(segment)) {
        return Err(Invalid::value("endpoint", format!("{} is reserved", new.endpoint)));
    }
    if RESERVED_TYPES.iter().any(|reserved| reserved.eq_ignore_ascii_case(&new.name)) {
        return Err(Invalid::value("name", format!("{} is reserved", new.name)));
    }
    let types = || registry.types.iter().map(|index| index.resource_type());
    if types().any(|other| other.name.eq_ignore_ascii_case(&new.name)) {
        return Err(taken("name", format!("there is a resource type {} already", new.name)));
    }
    if let Some(other) = types().find(|other| other.endpoint.eq_ignore_ascii_case(&new.endpoint)) {
        return Err(taken("endpoint", format!("{} is the endpoint of {} already", new.endpoint, other.name)));
    }
    let base = own(registry, "schema", &new.schema)?;
    for added in &new.extensions {
        let schema = own(registry, "schemaExtensions", &added.schema)?;
        judge_names(&base.id, &base.attributes, schema.as_ref())?;
    }
    Ok(())
}

/// Judges an extension that is to be added to a type; the schema as it is registered.
///
/// # Errors
/// `invalidValue` for a schema that is not there or redefines an attribute; `uniqueness` for one that the type has.
pub fn extension(registry: &Registry, of: &TypeIndex, urn: &str) -> Result<String, Invalid> {
    let schema = own(registry, "schema", urn)?;
    if of.extension(urn).is_some() {
        return Err(taken("schema", format!("{} has the extension {} already", of.resource_type().name, schema.id)));
    }
    judge_names(&of.base().id, &of.base().attributes, &schema)?;
    Ok(schema.id.clone())
}

/// The schema of that URN, which must not be a built-in one.
fn own(registry: &Registry, path: &str, urn: &str) -> Result<std::sync::Arc<Schema>, Invalid> {
    match registry.schema(urn) {
        Some(_) if is_builtin(urn) => Err(Invalid::value(path, format!("{urn} is built in and stays where it is"))),
        Some(schema) => Ok(schema),
        None => Err(Invalid::value(path, format!("there is no schema {urn}"))),
    }
}

/// Extensions do not redefine core attributes (RFC 7643 section 3.3), and are not the base schema once more.
fn judge_names(base: &str, core: &[Attribute], extension: &Schema) -> Result<(), Invalid> {
    if extension.id.eq_ignore_ascii_case(base) {
        return Err(Invalid::value("schema", format!("{base} is the base schema of the type")));
    }
    match extension.attributes.iter().find(|attribute| named(core, &attribute.name)) {
        Some(attribute) => Err(Invalid::value(
            format!("{}:{}", extension.id, attribute.name),
            format!("redefines an attribute of {base}"),
        )),
        None => Ok(()),
    }
}

fn named(attributes: &[Attribute], name: &str) -> bool {
    attributes.iter().any(|attribute| attribute.name.eq_ignore_ascii_case(name))
}

fn taken(path: &str, detail: String) -> Invalid {
    Invalid::at(crate::error::Kind::Uniqueness, path, detail)
}
