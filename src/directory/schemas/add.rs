//! Schemas, resource types and extensions added.

use scim_core::schema::{ResourceType, Schema, Uniqueness, builtin, discovery, fold_name, judge, parse};
use scim_core::{Invalid, Kind};
use serde_json::{Map, Value, json};

use crate::access::{Permit, SchemasWrite, Types};
use crate::context::Cx;
use crate::directory::{Directory, limits};
use crate::error::{Error, Result};
use crate::ids::TenantId;
use crate::store::Tx;
use crate::store::schemas::{self as rows, CustomType, TypeExtension};

use super::{Current, author, change, finish, indexable, record, recorded};

/// Schemas that a tenant may add.
const MOST_SCHEMAS: usize = 100;
/// Resource types that a tenant may add.
const MOST_TYPES: usize = 50;
/// Extensions of one type.
const MOST_EXTENSIONS: usize = 30;

/// Adds a schema, with index rows for the attributes named; answers its URN.
///
/// # Errors
/// [`Error::Invalid`] for a document that is no schema or clashes with one; [`Error::TooMany`] when there are too many.
pub async fn add(
    directory: &Directory,
    permit: &Permit<SchemasWrite>,
    cx: &Cx,
    document: &Value,
    index: &[String],
) -> Result<String> {
    let tenant = permit.tenant();
    let schema = parse::schema(document)?;
    let indexed = indexable(&schema, index)?;
    finish(directory, permit, cx).await?;
    let urn = schema.id.clone();
    let (by, cx) = (permit.actor().clone(), cx.clone());
    change(directory, permit, move |tx, current| {
        judge::schema(&current.types.registry, &schema)?;
        within(current.added.schemas.len(), MOST_SCHEMAS, "schemas")?;
        limits::attributes(tx, tenant, attributes_of(&current.types) + schema.paths(|_| true).len())?;
        refuse_unfinished(tx, tenant, |purge| purge.urn.eq_ignore_ascii_case(&schema.id))?;
        let definition = recorded(discovery::schema(&schema, ""));
        rows::insert_schema(tx, tenant, &fold_name(&schema.id), Value::Object(definition.clone()), cx.now)?;
        number(tx, tenant, &schema, &indexed)?;
        let mut after = definition;
        if !indexed.is_empty() {
            after.insert("indexed".to_owned(), json!(indexed));
        }
        record(tx, author(&by, &cx, tenant), ("Schema", &schema.id), &Map::new(), &after)
    })
    .await?;
    Ok(urn)
}

/// How many attributes, parts included, the tenant's own schemas have.
fn attributes_of(types: &Types) -> usize {
    let built_in = builtin::registry();
    let own = types.registry.schemas.iter().filter(|schema| built_in.schema(&schema.id).is_none());
    own.map(|schema| schema.paths(|_| true).len()).sum()
}

/// Gives numbers to the attributes that have rows of their own. No resource has values yet, so nothing is to be filled.
fn number(tx: &mut Tx<'_>, tenant: TenantId, schema: &Schema, indexed: &[String]) -> Result<()> {
    let unique = schema.paths(|attribute| attribute.uniqueness != Uniqueness::None);
    let mut paths: Vec<&String> = unique.iter().chain(indexed).collect();
    paths.sort();
    paths.dedup();
    for path in paths {
        let kinds = (indexed.contains(path), unique.contains(path), true);
        rows::insert_path(tx, tenant, &fold_name(&schema.id), path, kinds)?;
    }
    Ok(())
}

/// Gives index rows to more attributes of a schema, and fills them from the users that are there.
///
/// # Errors
/// [`Error::Missing`] when the tenant has no such schema; [`Error::Invalid`] for attributes that cannot have them.
pub async fn add_index(
    directory: &Directory,
    permit: &Permit<SchemasWrite>,
    cx: &Cx,
    urn: &str,
    names: &[String],
) -> Result<()> {
    let tenant = permit.tenant();
    let (by, of, urn, names) = (permit.actor().clone(), cx.clone(), fold_name(urn), names.to_vec());
    change(directory, permit, move |tx, current| {
        let schema = current.types.registry.schema(&urn).filter(|schema| !judge::is_builtin(&schema.id));
        let schema = schema.ok_or(Error::Missing("schema"))?;
        let mut new = Vec::new();
        for name in indexable(&schema, &names)? {
            let known = current.added.paths.iter().find(|path| path.urn_folded == urn && path.path == name);
            match known {
                Some(path) if path.indexed => continue,
                Some(path) => {
                    let begun = rows::AttributePath { indexed: true, filled: false, filled_to: 0, ..path.clone() };
                    rows::update_path(tx, &begun)?;
                }
                None => rows::insert_path(tx, tenant, &urn, &name, (true, false, false))?,
            }
            new.push(name);
        }
        if new.is_empty() {
            return Ok(());
        }
        let mut after = Map::new();
        after.insert("indexed".to_owned(), json!(new));
        let before = Map::from_iter([("indexed".to_owned(), json!([]))]);
        record(tx, author(&by, &of, tenant), ("Schema", &schema.id), &before, &after)
    })
    .await?;
    finish(directory, permit, cx).await
}

/// Adds a resource type with its extensions; answers its name.
///
/// # Errors
/// [`Error::Invalid`] for a document that is no resource type or clashes with one; [`Error::TooMany`] when there are too
/// many.
pub async fn add_type(
    directory: &Directory,
    permit: &Permit<SchemasWrite>,
    cx: &Cx,
    document: &Value,
) -> Result<String> {
    let tenant = permit.tenant();
    let new = parse::resource_type(document)?;
    finish(directory, permit, cx).await?;
    let name = new.name.clone();
    let (by, cx) = (permit.actor().clone(), cx.clone());
    change(directory, permit, move |tx, current| {
        judge::resource_type(&current.types.registry, &new)?;
        within(current.added.types.len(), MOST_TYPES, "resource types")?;
        within(new.extensions.len(), MOST_EXTENSIONS + 1, "extensions of one type")?;
        refuse_unfinished(tx, tenant, |purge| purge.resource_type.eq_ignore_ascii_case(&new.name))?;
        let registered = registered(current, &new);
        let row = CustomType {
            name: registered.name.clone(),
            description: registered.description.clone(),
            endpoint: registered.endpoint.clone(),
            schema_urn: registered.schema.clone(),
        };
        rows::insert_type(tx, tenant, &row, &fold_name(&row.name), cx.now)?;
        for extension in &registered.extensions {
            rows::insert_extension(
                tx,
                tenant,
                &extension_row(&registered.name, &extension.schema, extension.required),
            )?;
        }
        let after = recorded(discovery::resource_type(&registered, ""));
        record(tx, author(&by, &cx, tenant), ("ResourceType", &registered.name), &Map::new(), &after)
    })
    .await?;
    Ok(name)
}

/// The type with its URNs as they are registered.
fn registered(current: &Current, new: &ResourceType) -> ResourceType {
    let spelled =
        |urn: &str| current.types.registry.schema(urn).map_or_else(|| urn.to_owned(), |schema| schema.id.clone());
    let mut registered = new.clone();
    registered.schema = spelled(&new.schema);
    for extension in &mut registered.extensions {
        extension.schema = spelled(&extension.schema);
    }
    registered
}

fn extension_row(resource_type: &str, urn: &str, required: bool) -> TypeExtension {
    TypeExtension { resource_type: resource_type.to_owned(), urn_folded: fold_name(urn), required }
}

/// Adds an extension to a type, a built-in one or not; or says anew whether a resource must carry it.
///
/// # Errors
/// [`Error::Missing`] when there is no such type; [`Error::Invalid`] when there is no such schema or it redefines an
/// attribute.
pub async fn extend(
    directory: &Directory,
    permit: &Permit<SchemasWrite>,
    cx: &Cx,
    (type_name, urn): (&str, &str),
    required: bool,
) -> Result<()> {
    let tenant = permit.tenant();
    finish(directory, permit, cx).await?;
    let (by, cx) = (permit.actor().clone(), cx.clone());
    let (type_name, urn) = (type_name.to_owned(), urn.to_owned());
    change(directory, permit, move |tx, current| {
        let index = current.index(&type_name)?;
        let before = index.resource_type().clone();
        let mut after = before.clone();
        let row = extension_row(&before.name, &urn, required);
        let known = current.added.extensions.contains(&TypeExtension { required: !required, ..row.clone() });
        if known {
            rows::update_extension(tx, tenant, &row)?;
            let of_urn = |extension: &&mut scim_core::schema::Extension| extension.schema.eq_ignore_ascii_case(&urn);
            if let Some(changed) = after.extensions.iter_mut().find(of_urn) {
                changed.required = required;
            }
        } else {
            let schema = judge::extension(&current.types.registry, index, &urn)?;
            within(before.extensions.len(), MOST_EXTENSIONS, "extensions of one type")?;
            refuse_unfinished(tx, tenant, |purge| {
                purge.resource_type == before.name && purge.urn.eq_ignore_ascii_case(&schema)
            })?;
            rows::insert_extension(tx, tenant, &row)?;
            after.extensions.push(scim_core::schema::Extension { schema, required });
        }
        let [before, after] = [before, after].map(|kind| recorded(discovery::resource_type(&kind, "")));
        record(tx, author(&by, &cx, tenant), ("ResourceType", &index.resource_type().name), &before, &after)
    })
    .await
}

fn within(there: usize, most: usize, what: &str) -> Result<()> {
    match there < most {
        true => Ok(()),
        false => Err(Error::TooMany(format!("there are {most} {what} already, and no more can be added"))),
    }
}

/// Refuses what was removed and is not wholly deleted yet: old values would come back as new ones.
fn refuse_unfinished(tx: &mut Tx<'_>, tenant: TenantId, concerns: impl Fn(&rows::Purge) -> bool) -> Result<()> {
    match rows::purges(tx, tenant)?.iter().any(concerns) {
        true => Err(Error::Invalid(Invalid::new(
            Kind::Uniqueness,
            "what had this name is still being deleted: try again when that is done",
        ))),
        false => Ok(()),
    }
}
