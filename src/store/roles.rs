//! The `role` table: the roles that tenants made. The built-in ones stand in the program.

use diesel::prelude::*;
use serde_json::Value;

use super::conn::directly;
use super::schema::{role, role_grant};
use super::tx::{Tx, is_taken};
use super::types::{Document, Json};
use crate::access::PermissionSet;
use crate::clock::Instant;
use crate::error::{Error, Result};
use crate::ids::{RoleId, TenantId};

/// A role that a tenant made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Its id.
    pub id: RoleId,
    /// Its key, by which grants name it.
    pub key: String,
    /// Its name for people.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// What it allows by itself. A word that this version of the program does not know allows nothing.
    pub permissions: PermissionSet,
    /// Keys of the roles that it inherits from.
    pub inherits: Vec<String>,
    /// Rises with each change.
    pub version: i64,
    /// When it was made.
    pub created: Instant,
    /// When it last changed.
    pub modified: Instant,
}

type Row = (RoleId, String, String, Option<String>, Document, Document, i64, Instant, Instant);

impl From<Row> for Role {
    fn from((id, key, name, description, permissions, inherits, version, created, modified): Row) -> Self {
        let permissions = PermissionSet::of(words(&permissions.0).filter_map(|word| word.parse().ok()));
        let inherits = words(&inherits.0).map(str::to_owned).collect();
        Self { id, key, name, description, permissions, inherits, version, created, modified }
    }
}

fn words(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str)
}

/// The roles that a tenant made, by key.
///
/// # Errors
/// When the database cannot be asked.
pub fn list(tx: &mut Tx<'_>, of: TenantId) -> Result<Vec<Role>> {
    let columns = (
        role::id,
        role::key,
        role::name,
        role::description,
        role::permissions,
        role::inherits,
        role::version,
        role::created,
        role::modified,
    );
    let roles = role::table.filter(role::tenant_id.eq(of)).order(role::key).select(columns);
    Ok(directly!(tx.conn, inner => roles.load::<Row>(inner))?.into_iter().map(Role::from).collect())
}

/// Adds a role.
///
/// # Errors
/// [`Error::Taken`] when the tenant has one of that key.
pub fn insert(tx: &mut Tx<'_>, of: TenantId, new: &Role) -> Result<()> {
    let values = (
        role::id.eq(new.id),
        role::tenant_id.eq(of),
        role::key.eq(&new.key),
        role::name.eq(&new.name),
        role::description.eq(new.description.as_deref()),
        role::permissions.eq(texts(new.permissions)?),
        role::inherits.eq(Json::of(&new.inherits)?),
        role::version.eq(new.version),
        role::created.eq(new.created),
        role::modified.eq(new.modified),
    );
    match directly!(tx.conn, inner => diesel::insert_into(role::table).values(values).execute(inner)) {
        Ok(_) => Ok(()),
        Err(error) if is_taken(&error) => Err(Error::Taken(format!("there is a role `{}` already", new.key))),
        Err(error) => Err(error.into()),
    }
}

/// Writes what can change of a role.
///
/// # Errors
/// When the database cannot be asked.
pub fn update(tx: &mut Tx<'_>, changed: &Role) -> Result<()> {
    let values = (
        role::name.eq(&changed.name),
        role::description.eq(changed.description.as_deref()),
        role::permissions.eq(texts(changed.permissions)?),
        role::inherits.eq(Json::of(&changed.inherits)?),
        role::version.eq(changed.version),
        role::modified.eq(changed.modified),
    );
    diesel::update(role::table.filter(role::id.eq(changed.id))).set(values).execute(tx.conn)?;
    Ok(())
}

/// Deletes a role. Its grants are the caller's to take back first.
///
/// # Errors
/// When the database cannot be asked.
pub fn delete(tx: &mut Tx<'_>, gone: &Role) -> Result<()> {
    diesel::delete(role::table.filter(role::id.eq(gone.id))).execute(tx.conn)?;
    Ok(())
}

/// How many grants of a role a tenant's subjects have.
///
/// # Errors
/// When the database cannot be asked.
pub fn grants(tx: &mut Tx<'_>, of: TenantId, key: &str) -> Result<i64> {
    let grants = role_grant::table.filter(role_grant::tenant_id.eq(of).and(role_grant::role.eq(key)));
    Ok(grants.count().get_result(tx.conn)?)
}

fn texts(permissions: PermissionSet) -> Result<Json> {
    Json::of(&permissions.iter().map(|permission| permission.as_str()).collect::<Vec<_>>())
}
