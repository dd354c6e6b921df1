//! The table `alert_webhook`: where the alerts of a tenant are posted to. The secret that signs them is sealed; it is opened
//! by whoever posts.

use diesel::prelude::*;

use super::schema::alert_webhook;
use super::tx::Tx;
use crate::clock::Instant;
use crate::error::Result;
use crate::ids::TenantId;

/// Where alerts are posted to.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = alert_webhook)]
pub struct Webhook {
    /// The tenant.
    pub tenant_id: TenantId,
    /// The URL.
    pub url: String,
    /// The secret, sealed.
    pub sealed: Vec<u8>,
    /// When it was set.
    pub created: Instant,
}

/// That of a tenant.
///
/// # Errors
/// When the database cannot be asked.
pub fn find(tx: &mut Tx<'_>, tenant: TenantId) -> Result<Option<Webhook>> {
    let row = alert_webhook::table.filter(alert_webhook::tenant_id.eq(tenant));
    Ok(row.select(Webhook::as_select()).first(tx.conn).optional()?)
}

/// Writes that of a tenant in place of the one before. The caller holds the tenant's lock.
///
/// # Errors
/// When the database cannot be asked.
pub fn put(tx: &mut Tx<'_>, new: &Webhook) -> Result<()> {
    delete(tx, new.tenant_id)?;
    diesel::insert_into(alert_webhook::table).values(new).execute(tx.conn)?;
    Ok(())
}

/// Deletes that of a tenant. False when there is none.
///
/// # Errors
/// When the database cannot be asked.
pub fn delete(tx: &mut Tx<'_>, tenant: TenantId) -> Result<bool> {
    let row = alert_webhook::table.filter(alert_webhook::tenant_id.eq(tenant));
    Ok(diesel::delete(row).execute(tx.conn)? > 0)
}
