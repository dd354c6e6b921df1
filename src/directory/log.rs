//! The provisioning log as operators read it. Who writes it is [`crate::journal::activity`].

pub use crate::store::journal::Read as Changed;
pub use crate::store::provisioning_log::{Row, Wanted};

use crate::access::Actor;
use crate::error::Result;
use crate::ids::TenantId;
use crate::store::{journal, provisioning_log as rows};

use super::Directory;
use super::tenants::operators_only;

/// The newest `limit` entries of a tenant with their positions, the newest last.
///
/// # Errors
/// When the database cannot be asked.
pub async fn newest(
    directory: &Directory,
    actor: &Actor,
    tenant: TenantId,
    wanted: Wanted,
    limit: i64,
) -> Result<Vec<(i64, Row)>> {
    operators_only(actor)?;
    directory.store.read(move |tx| rows::newest(tx, tenant, &wanted, limit)).await
}

/// What the journal says that an entry's request changed in the resource it was about.
///
/// # Errors
/// When the database cannot be asked.
pub async fn changes(directory: &Directory, actor: &Actor, row: &Row) -> Result<Vec<Changed>> {
    operators_only(actor)?;
    let Some(resource) = row.resource_id.clone() else { return Ok(Vec::new()) };
    let (tenant, request) = (row.tenant_id, row.request_id.clone());
    directory.store.read(move |tx| journal::of_request(tx, tenant, &resource, &request)).await
}
