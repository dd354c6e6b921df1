//! What a tenant's schemas and resource types are, for people.

use scim_core::schema::{discovery, fold_name};
use serde_json::Value;

use crate::access::{PermissionType, Permit, SchemasRead};
use crate::directory::Directory;
use crate::error::{Error, Result};
use crate::store::schemas as rows;

use super::registries;

/// A schema that a tenant added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Its URN.
    pub urn: String,
    /// Its name.
    pub name: String,
    /// How many attributes it has, parts not counted.
    pub attributes: usize,
    /// The resource types that have it, as base schema or extension.
    pub types: Vec<String>,
    /// The attributes with index rows.
    pub indexed: Vec<String>,
}

/// A resource type of a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeSummary {
    /// Its name.
    pub name: String,
    /// Its path below the base URL.
    pub endpoint: String,
    /// Its base schema.
    pub schema: String,
    /// Its extensions, each with whether a resource must carry it.
    pub extensions: Vec<(String, bool)>,
}

async fn load<P: PermissionType>(
    directory: &Directory,
    permit: &Permit<P>,
) -> Result<(rows::Added, crate::access::Types)> {
    permit.whole()?;
    let tenant = permit.tenant();
    let added = directory.store.read(move |tx| rows::load(tx, tenant)).await?;
    Ok((added.clone(), registries::compile(added)?))
}

/// The schemas that the tenant added, oldest first.
///
/// # Errors
/// When the database cannot be asked.
pub async fn list(directory: &Directory, permit: &Permit<SchemasRead>) -> Result<Vec<Summary>> {
    let (added, types) = load(directory, permit).await?;
    let own = types.registry.schemas.iter().skip(directory.built_in().registry.schemas.len());
    let summary = |schema: &std::sync::Arc<scim_core::schema::Schema>| {
        let urn = fold_name(&schema.id);
        let has = |index: &&std::sync::Arc<scim_core::schema::TypeIndex>| index.urns().contains(&schema.id);
        let paths = added.paths.iter().filter(|path| path.urn_folded == urn && path.indexed);
        Summary {
            urn: schema.id.clone(),
            name: schema.name.clone(),
            attributes: schema.attributes.len(),
            types: types.registry.types.iter().filter(has).map(|index| index.resource_type().name.clone()).collect(),
            indexed: paths.map(|path| path.path.clone()).collect(),
        }
    };
    Ok(own.map(summary).collect())
}

/// A schema as a Schema resource, be it built in.
///
/// # Errors
/// [`Error::Missing`] when there is none of that URN.
pub async fn show(directory: &Directory, permit: &Permit<SchemasRead>, urn: &str) -> Result<Value> {
    let (_, types) = load(directory, permit).await?;
    let schema = types.registry.schema(urn).ok_or(Error::Missing("schema"))?;
    Ok(Value::Object(super::recorded(discovery::schema(&schema, ""))))
}

/// The resource types, built-in ones first.
///
/// # Errors
/// When the database cannot be asked.
pub async fn list_types(directory: &Directory, permit: &Permit<SchemasRead>) -> Result<Vec<TypeSummary>> {
    let (_, types) = load(directory, permit).await?;
    let summary = |index: &std::sync::Arc<scim_core::schema::TypeIndex>| {
        let kind = index.resource_type();
        let extensions = kind.extensions.iter().map(|extension| (extension.schema.clone(), extension.required));
        TypeSummary {
            name: kind.name.clone(),
            endpoint: kind.endpoint.clone(),
            schema: kind.schema.clone(),
            extensions: extensions.collect(),
        }
    };
    Ok(types.registry.types.iter().map(summary).collect())
}

/// Asks that there is a resource type of that name, whatever its case.
///
/// # Errors
/// [`Error::Missing`] when there is none of that name.
pub async fn check_type<P: PermissionType>(directory: &Directory, permit: &Permit<P>, name: &str) -> Result<()> {
    let (_, types) = load(directory, permit).await?;
    let mut names = types.registry.types.iter().map(|index| &index.resource_type().name);
    names.any(|other| other.eq_ignore_ascii_case(name)).then_some(()).ok_or(Error::Missing("resource type"))
}

/// A resource type as a ResourceType resource, be it built in.
///
/// # Errors
/// [`Error::Missing`] when there is none of that name.
pub async fn show_type(directory: &Directory, permit: &Permit<SchemasRead>, name: &str) -> Result<Value> {
    let (_, types) = load(directory, permit).await?;
    let index = types.registry.index(name).ok_or(Error::Missing("resource type"))?;
    Ok(Value::Object(super::recorded(discovery::resource_type(index.resource_type(), ""))))
}
