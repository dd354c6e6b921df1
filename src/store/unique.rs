//! The `unique_value` table: values that no other resource of a type may have. The primary key decides who is first, so
//! that of two requests at once one is refused.

use diesel::prelude::*;
use scim_core::unique_values::UniqueValue;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::schema::unique_value;
use super::tx::{Tx, is_taken};
use crate::error::{Error, Result};
use crate::ids::ResourceId;

/// What a resource holds: the number of the attribute and the value's hash, which an index can hold however long the
/// value is.
type Held = (i32, Vec<u8>);

fn held(value: &UniqueValue) -> Held {
    (value.path_id, Sha256::digest(value.value.as_bytes()).to_vec())
}

/// Makes the unique values of a resource what they must be; those that stay are not touched.
///
/// # Errors
/// [`Error::Taken`] when another resource of the type has one of them.
pub fn replace(tx: &mut Tx<'_>, resource_type: &str, resource: Uuid, values: &[UniqueValue], new: bool) -> Result<()> {
    let stored: Vec<Held> = if new { Vec::new() } else { of(tx, resource)? };
    let wanted: Vec<(Held, &UniqueValue)> = values.iter().map(|value| (held(value), value)).collect();
    for (path_id, hash) in stored.iter().filter(|one| !wanted.iter().any(|(other, _)| other == *one)) {
        let row = unique_value::table
            .filter(unique_value::path_id.eq(path_id).and(unique_value::resource_type.eq(resource_type)))
            .filter(unique_value::value_hash.eq(hash));
        diesel::delete(row).execute(tx.conn)?;
    }
    // In one order everywhere, so that two requests do not wait for each other.
    let mut added: Vec<_> = wanted.into_iter().filter(|(one, _)| !stored.contains(one)).collect();
    added.sort_by(|(left, _), (right, _)| left.cmp(right));
    for ((path_id, hash), value) in added {
        insert(tx, resource_type, resource, path_id, hash).map_err(|error| match error {
            Error::Taken(_) => {
                Error::Taken(format!("{} has a value that is in use by another {resource_type}", value.path))
            }
            other => other,
        })?;
    }
    Ok(())
}

fn of(tx: &mut Tx<'_>, resource: Uuid) -> Result<Vec<Held>> {
    Ok(unique_value::table
        .filter(unique_value::resource_id.eq(ResourceId::from(resource)))
        .select((unique_value::path_id, unique_value::value_hash))
        .load(tx.conn)?)
}

fn insert(tx: &mut Tx<'_>, resource_type: &str, resource: Uuid, path_id: i32, hash: Vec<u8>) -> Result<()> {
    let row = (
        unique_value::path_id.eq(path_id),
        unique_value::resource_type.eq(resource_type),
        unique_value::value_hash.eq(hash),
        unique_value::resource_id.eq(ResourceId::from(resource)),
    );
    match diesel::insert_into(unique_value::table).values(row).execute(tx.conn) {
        Ok(_) => Ok(()),
        Err(error) if is_taken(&error) => Err(Error::Taken(String::new())),
        Err(error) => Err(error.into()),
    }
}

/// Frees every value of a resource.
///
/// # Errors
/// When the database cannot be asked.
pub fn delete(tx: &mut Tx<'_>, resource: Uuid) -> Result<()> {
    diesel::delete(unique_value::table.filter(unique_value::resource_id.eq(ResourceId::from(resource))))
        .execute(tx.conn)?;
    Ok(())
}
