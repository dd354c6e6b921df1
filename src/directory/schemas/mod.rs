//! What a tenant adds to the built-in schemas: schemas, resource types and extensions.

mod registries;

use scim_core::schema::TypeIndex;
use scim_core::unique_values;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::error::Result;
use crate::store::{Tx, unique};

pub(super) use registries::Registries;

/// Writes the values of a resource that no other one of its type may have.
pub(super) fn write_unique(
    tx: &mut Tx<'_>,
    index: &TypeIndex,
    resource: Uuid,
    document: &Map<String, Value>,
    new: bool,
) -> Result<()> {
    if !index.keeps_unique() {
        return Ok(());
    }
    unique::replace(tx, &index.resource_type().name, resource, &unique_values::values(index, document), new)
}
