//! What a tenant adds to the built-in schemas: the `custom_schema`, `custom_type`, `type_extension`, `attribute_path` and
//! `schema_purge` tables. Rows only: how they make a registry, and what may change, is the directory's.

use diesel::prelude::*;
use serde_json::Value;

use super::schema::{attribute_path, custom_schema, custom_type, schema_purge, tenant, type_extension};
use super::seams;
use super::tx::Tx;
use super::types::Document;
use crate::clock::Instant;
use crate::error::{Error, Result};
use crate::ids::TenantId;

/// A resource type, without its extensions.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = custom_type)]
pub struct CustomType {
    /// Its name.
    pub name: String,
    /// One sentence for people.
    pub description: String,
    /// Its path below the base URL.
    pub endpoint: String,
    /// The URN of its base schema.
    pub schema_urn: String,
}

/// An extension of a resource type.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = type_extension)]
pub struct TypeExtension {
    /// The name of the type.
    pub resource_type: String,
    /// The folded URN of the schema.
    pub urn_folded: String,
    /// Whether a resource must carry it.
    pub required: bool,
}

/// An attribute that has rows of its own.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = attribute_path)]
pub struct AttributePath {
    /// What its number is made of.
    pub seq: i64,
    /// The folded URN of its schema.
    pub urn_folded: String,
    /// Its name, or two with a dot.
    pub path: String,
    /// Whether its values are in index rows.
    pub indexed: bool,
    /// Whether no two resources may have the same value.
    pub kept_unique: bool,
    /// Whether the index rows of all users are there.
    pub filled: bool,
    /// The number of the last user whose index rows are there.
    pub filled_to: i64,
}

impl AttributePath {
    /// Its number, above those of the built-in attributes.
    ///
    /// # Errors
    /// [`Error::Internal`] when there are more numbers than fit.
    pub fn number(&self) -> Result<i32> {
        i32::try_from(self.seq.saturating_add(999)).map_err(Error::internal)
    }
}

/// Something hidden that is still to be deleted.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = schema_purge)]
pub struct Purge {
    /// Its row.
    pub seq: i64,
    /// The type whose resources have it.
    pub resource_type: String,
    /// The URN of the extension; empty for the resources themselves.
    pub urn: String,
    /// The number of the last resource that is done.
    pub done_to: i64,
}

/// Everything that a tenant adds.
#[derive(Clone, Debug, Default)]
pub struct Added {
    /// The version that all of it is.
    pub version: i64,
    /// Schema resources, oldest first.
    pub schemas: Vec<Value>,
    /// Resource types, oldest first.
    pub types: Vec<CustomType>,
    /// Extensions, oldest first.
    pub extensions: Vec<TypeExtension>,
    /// Attributes with rows of their own.
    pub paths: Vec<AttributePath>,
}

/// Everything that a tenant adds to the built-in schemas.
///
/// # Errors
/// [`Error::Missing`] when there is no such tenant.
pub fn load(tx: &mut Tx<'_>, of: TenantId) -> Result<Added> {
    let version = tenant::table.filter(tenant::id.eq(of)).select(tenant::schema_version).first(tx.conn).optional()?;
    let schemas = custom_schema::table
        .filter(custom_schema::tenant_id.eq(of))
        .order(custom_schema::seq)
        .select(custom_schema::definition)
        .load::<Document>(tx.conn)?;
    Ok(Added {
        version: version.ok_or(Error::Missing("tenant"))?,
        schemas: schemas.into_iter().map(|document| document.0).collect(),
        types: custom_type::table
            .filter(custom_type::tenant_id.eq(of))
            .order(custom_type::seq)
            .select(CustomType::as_select())
            .load(tx.conn)?,
        extensions: type_extension::table
            .filter(type_extension::tenant_id.eq(of))
            .order(type_extension::seq)
            .select(TypeExtension::as_select())
            .load(tx.conn)?,
        paths: attribute_path::table
            .filter(attribute_path::tenant_id.eq(of))
            .order(attribute_path::seq)
            .select(AttributePath::as_select())
            .load(tx.conn)?,
    })
}

/// Begins a change of a tenant's schemas: whatever writes by the old version has been committed, and nothing will be.
///
/// # Errors
/// When the database cannot be asked.
pub fn begin_change(tx: &mut Tx<'_>, of: TenantId) -> Result<()> {
    diesel::update(tenant::table.filter(tenant::id.eq(of)))
        .set(tenant::schema_version.eq(tenant::schema_version + 1))
        .execute(tx.conn)?;
    Ok(())
}

/// Keeps the tenant's schemas as they are until the transaction ends, if they are those of this version.
///
/// # Errors
/// [`Error::Unavailable`] when they have changed: what was read by the old ones must be read again.
pub fn keep(tx: &mut Tx<'_>, of: TenantId, version: i64) -> Result<()> {
    match seams::schema_version_kept(tx.conn, of)? {
        current if current == Some(version) => Ok(()),
        _ => Err(Error::unavailable("the tenant's schemas changed while the request was served")),
    }
}

/// Adds a schema.
///
/// # Errors
/// When the database cannot be asked.
pub fn insert_schema(tx: &mut Tx<'_>, of: TenantId, urn_folded: &str, definition: Value, now: Instant) -> Result<()> {
    diesel::insert_into(custom_schema::table)
        .values((
            custom_schema::tenant_id.eq(of),
            custom_schema::urn_folded.eq(urn_folded),
            custom_schema::definition.eq(Document(definition)),
            custom_schema::created.eq(now),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Removes a schema. Its numbers stay until nothing uses them.
///
/// # Errors
/// When the database cannot be asked.
pub fn delete_schema(tx: &mut Tx<'_>, of: TenantId, urn_folded: &str) -> Result<()> {
    let row =
        custom_schema::table.filter(custom_schema::tenant_id.eq(of)).filter(custom_schema::urn_folded.eq(urn_folded));
    diesel::delete(row).execute(tx.conn)?;
    Ok(())
}

/// Adds a resource type.
///
/// # Errors
/// When the database cannot be asked.
pub fn insert_type(tx: &mut Tx<'_>, of: TenantId, new: &CustomType, name_folded: &str, now: Instant) -> Result<()> {
    diesel::insert_into(custom_type::table)
        .values((
            custom_type::tenant_id.eq(of),
            custom_type::name.eq(&new.name),
            custom_type::name_folded.eq(name_folded),
            custom_type::description.eq(&new.description),
            custom_type::endpoint.eq(&new.endpoint),
            custom_type::schema_urn.eq(&new.schema_urn),
            custom_type::created.eq(now),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Removes a resource type and its list of extensions.
///
/// # Errors
/// When the database cannot be asked.
pub fn delete_type(tx: &mut Tx<'_>, of: TenantId, name: &str) -> Result<()> {
    let row = custom_type::table.filter(custom_type::tenant_id.eq(of)).filter(custom_type::name.eq(name));
    diesel::delete(row).execute(tx.conn)?;
    let extensions =
        type_extension::table.filter(type_extension::tenant_id.eq(of)).filter(type_extension::resource_type.eq(name));
    diesel::delete(extensions).execute(tx.conn)?;
    Ok(())
}

/// Adds an extension to a type.
///
/// # Errors
/// When the database cannot be asked.
pub fn insert_extension(tx: &mut Tx<'_>, of: TenantId, new: &TypeExtension) -> Result<()> {
    diesel::insert_into(type_extension::table)
        .values((
            type_extension::tenant_id.eq(of),
            type_extension::resource_type.eq(&new.resource_type),
            type_extension::urn_folded.eq(&new.urn_folded),
            type_extension::required.eq(new.required),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Says anew whether a resource must carry an extension.
///
/// # Errors
/// When the database cannot be asked.
pub fn update_extension(tx: &mut Tx<'_>, of: TenantId, extension: &TypeExtension) -> Result<()> {
    let row = type_extension::table
        .filter(type_extension::tenant_id.eq(of))
        .filter(type_extension::resource_type.eq(&extension.resource_type))
        .filter(type_extension::urn_folded.eq(&extension.urn_folded));
    diesel::update(row).set(type_extension::required.eq(extension.required)).execute(tx.conn)?;
    Ok(())
}

/// Removes an extension of a type.
///
/// # Errors
/// When the database cannot be asked.
pub fn delete_extension(tx: &mut Tx<'_>, of: TenantId, resource_type: &str, urn_folded: &str) -> Result<()> {
    let row = type_extension::table
        .filter(type_extension::tenant_id.eq(of))
        .filter(type_extension::resource_type.eq(resource_type))
        .filter(type_extension::urn_folded.eq(urn_folded));
    diesel::delete(row).execute(tx.conn)?;
    Ok(())
}

/// Gives an attribute a number.
///
/// # Errors
/// When the database cannot be asked.
pub fn insert_path(
    tx: &mut Tx<'_>,
    of: TenantId,
    urn_folded: &str,
    path: &str,
    (indexed, kept_unique, filled): (bool, bool, bool),
) -> Result<()> {
    diesel::insert_into(attribute_path::table)
        .values((
            attribute_path::tenant_id.eq(of),
            attribute_path::urn_folded.eq(urn_folded),
            attribute_path::path.eq(path),
            attribute_path::indexed.eq(indexed),
            attribute_path::kept_unique.eq(kept_unique),
            attribute_path::filled.eq(filled),
            attribute_path::filled_to.eq(0_i64),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Writes what is known of an attribute's index rows.
///
/// # Errors
/// When the database cannot be asked.
pub fn update_path(tx: &mut Tx<'_>, path: &AttributePath) -> Result<()> {
    diesel::update(attribute_path::table.filter(attribute_path::seq.eq(path.seq)))
        .set((
            attribute_path::indexed.eq(path.indexed),
            attribute_path::filled.eq(path.filled),
            attribute_path::filled_to.eq(path.filled_to),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Takes back the numbers of a schema's attributes.
///
/// # Errors
/// When the database cannot be asked.
pub fn delete_paths(tx: &mut Tx<'_>, of: TenantId, urn_folded: &str) -> Result<()> {
    let rows = attribute_path::table
        .filter(attribute_path::tenant_id.eq(of))
        .filter(attribute_path::urn_folded.eq(urn_folded));
    diesel::delete(rows).execute(tx.conn)?;
    Ok(())
}

/// Notes that something is to be deleted.
///
/// # Errors
/// When the database cannot be asked.
pub fn insert_purge(tx: &mut Tx<'_>, of: TenantId, resource_type: &str, urn: &str) -> Result<()> {
    diesel::insert_into(schema_purge::table)
        .values((
            schema_purge::tenant_id.eq(of),
            schema_purge::resource_type.eq(resource_type),
            schema_purge::urn.eq(urn),
            schema_purge::done_to.eq(0_i64),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// What of a tenant is still to be deleted.
///
/// # Errors
/// When the database cannot be asked.
pub fn purges(tx: &mut Tx<'_>, of: TenantId) -> Result<Vec<Purge>> {
    Ok(schema_purge::table
        .filter(schema_purge::tenant_id.eq(of))
        .order(schema_purge::seq)
        .select(Purge::as_select())
        .load(tx.conn)?)
}

/// Notes how far a deletion has come.
///
/// # Errors
/// When the database cannot be asked.
pub fn update_purge(tx: &mut Tx<'_>, seq: i64, done_to: i64) -> Result<()> {
    diesel::update(schema_purge::table.filter(schema_purge::seq.eq(seq)))
        .set(schema_purge::done_to.eq(done_to))
        .execute(tx.conn)?;
    Ok(())
}

/// Notes that a deletion is done.
///
/// # Errors
/// When the database cannot be asked.
pub fn delete_purge(tx: &mut Tx<'_>, seq: i64) -> Result<()> {
    diesel::delete(schema_purge::table.filter(schema_purge::seq.eq(seq))).execute(tx.conn)?;
    Ok(())
}
