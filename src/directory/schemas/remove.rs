//! Schemas, resource types and extensions removed. What resources still use stays, unless it is forced: then their values
//! are hidden at once and deleted in slices.

use scim_core::schema::{discovery, fold_name, judge};
use serde_json::Map;

use crate::access::{Permit, SchemasWrite};
use crate::context::Cx;
use crate::directory::Directory;
use crate::error::{Error, Result};
use crate::ids::TenantId;
use crate::store::schemas as rows;
use crate::store::{Tx, carriers};

use super::{Current, author, change, finish, record, recorded};

/// Removes a schema, and it from the types that it extends.
///
/// # Errors
/// [`Error::Missing`] when the tenant has none of that URN; [`Error::Denied`] for a built-in one, for the base schema of a
/// type, and, unless forced, for one that resources carry values of.
pub async fn remove(
    directory: &Directory,
    permit: &Permit<SchemasWrite>,
    cx: &Cx,
    urn: &str,
    force: bool,
) -> Result<()> {
    let tenant = permit.tenant();
    if judge::is_builtin(urn) {
        return Err(Error::Denied(format!("{urn} is built in and stays")));
    }
    let (by, of, urn) = (permit.actor().clone(), cx.clone(), urn.to_owned());
    change(directory, permit, move |tx, current| {
        let schema = current.types.registry.schema(&urn).ok_or(Error::Missing("schema"))?;
        if let Some(kind) = current.added.types.iter().find(|kind| kind.schema_urn.eq_ignore_ascii_case(&urn)) {
            let detail = format!("{} is the base schema of {}: remove that resource type first", schema.id, kind.name);
            return Err(Error::Denied(detail));
        }
        let mut kept_paths = false;
        for type_name in current.extended_by(&urn) {
            kept_paths |= detach(tx, tenant, &type_name, &schema.id, force)?;
        }
        let folded = fold_name(&schema.id);
        rows::delete_schema(tx, tenant, &folded)?;
        // Numbers of values that are still to be deleted are not given back yet.
        if !kept_paths {
            rows::delete_paths(tx, tenant, &folded)?;
        }
        let before = recorded(discovery::schema(&schema, ""));
        record(tx, author(&by, &of, tenant), ("Schema", &schema.id), &before, &Map::new())
    })
    .await?;
    finish(directory, permit, cx).await
}

/// Takes an extension off a type; whether there are values to delete.
fn detach(tx: &mut Tx<'_>, tenant: TenantId, type_name: &str, urn: &str, force: bool) -> Result<bool> {
    let used = carriers::any(tx, tenant, type_name, Some(urn))?;
    if used && !force {
        let detail = format!("resources of the type {type_name} carry values of {urn}: only --force deletes them");
        return Err(Error::Denied(detail));
    }
    rows::delete_extension(tx, tenant, type_name, &fold_name(urn))?;
    if used {
        rows::insert_purge(tx, tenant, type_name, urn)?;
    }
    Ok(used)
}

/// Takes an extension off a type.
///
/// # Errors
/// [`Error::Missing`] when the type has none of that URN, or only a built-in one; [`Error::Denied`], unless forced, when
/// resources carry values of it.
pub async fn unextend(
    directory: &Directory,
    permit: &Permit<SchemasWrite>,
    cx: &Cx,
    (type_name, urn): (&str, &str),
    force: bool,
) -> Result<()> {
    let tenant = permit.tenant();
    let (by, of) = (permit.actor().clone(), cx.clone());
    let (type_name, urn) = (type_name.to_owned(), urn.to_owned());
    change(directory, permit, move |tx, current| {
        let before = current.index(&type_name)?.resource_type().clone();
        if !current.extended_by(&urn).contains(&before.name) {
            return Err(Error::Missing("extension"));
        }
        let schema = current.types.registry.schema(&urn).ok_or(Error::Missing("schema"))?;
        detach(tx, tenant, &before.name, &schema.id, force)?;
        let mut after = before.clone();
        after.extensions.retain(|extension| extension.schema != schema.id);
        let name = before.name.clone();
        let [before, after] = [before, after].map(|kind| recorded(discovery::resource_type(&kind, "")));
        record(tx, author(&by, &of, tenant), ("ResourceType", &name), &before, &after)
    })
    .await?;
    finish(directory, permit, cx).await
}

/// Removes a resource type. Its schemas stay.
///
/// # Errors
/// [`Error::Missing`] when the tenant has none of that name; [`Error::Denied`] for a built-in one and, unless forced, when
/// there are resources of it.
pub async fn remove_type(
    directory: &Directory,
    permit: &Permit<SchemasWrite>,
    cx: &Cx,
    name: &str,
    force: bool,
) -> Result<()> {
    let tenant = permit.tenant();
    let (by, of, name) = (permit.actor().clone(), cx.clone(), name.to_owned());
    change(directory, permit, move |tx, current| {
        let before = custom(current, &name)?;
        let used = carriers::any(tx, tenant, &before.name, None)?;
        if used && !force {
            let detail = format!("there are resources of the type {}: only --force deletes them", before.name);
            return Err(Error::Denied(detail));
        }
        rows::delete_type(tx, tenant, &before.name)?;
        if used {
            rows::insert_purge(tx, tenant, &before.name, "")?;
        }
        let name = before.name.clone();
        let before = recorded(discovery::resource_type(&before, ""));
        record(tx, author(&by, &of, tenant), ("ResourceType", &name), &before, &Map::new())
    })
    .await?;
    finish(directory, permit, cx).await
}

fn custom(current: &Current, name: &str) -> Result<scim_core::schema::ResourceType> {
    let kind = current.index(name)?.resource_type().clone();
    match current.added.types.iter().any(|row| row.name == kind.name) {
        true => Ok(kind),
        false => Err(Error::Denied(format!("{} is built in and stays", kind.name))),
    }
}
