//! Remembered devices of a user.

use serde::Serialize;
use utoipa::ToSchema;

use crate::access::{MfaRead, MfaReset};
use crate::clock::Instant;
use crate::directory::factors::devices::{self, Device};
use crate::directory::people;
use crate::error::Result;
use crate::http::rest;
use crate::http::{Exchange, Reply};
use crate::ids::{DeviceId, UserId};

use super::noted;

/// A device on which a user need not prove a second factor for a while.
#[derive(Serialize, ToSchema)]
pub(super) struct UserDevice {
    #[schema(format = "uuid")]
    id: String,
    /// What the user calls it.
    name: Option<String>,
    /// The method that was proven there, for which alone it stands in.
    method: String,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    expires_at: String,
    /// When it last stood in for the factor.
    #[schema(format = DateTime)]
    last_used_at: Option<String>,
    /// How often it did.
    use_count: i64,
    /// From where it was last used.
    ip_address: Option<String>,
    user_agent: Option<String>,
}

impl UserDevice {
    pub(super) fn of((device, ends): (Device, Instant)) -> Self {
        Self {
            id: device.id.to_string(),
            name: device.name,
            method: device.method,
            created_at: device.created.to_string(),
            expires_at: ends.to_string(),
            last_used_at: device.last_used.map(|at| at.to_string()),
            use_count: device.uses,
            ip_address: device.address,
            user_agent: device.user_agent,
        }
    }
}

/// `GET /admin/users/{user_id}/devices`.
pub(super) async fn list(exchange: Exchange) -> Result<Reply> {
    let id = rest::id::<UserId>(&exchange, "user_id", "user")?;
    let directory = &exchange.services.directory;
    let permit = people::permit::<MfaRead>(directory, exchange.actor()?, id).await?;
    noted::user(&exchange, permit.tenant(), id);
    let found = devices::list(directory, &permit, &exchange.cx, id).await?;
    let shown: Vec<_> = found.into_iter().map(UserDevice::of).collect();
    rest::data(200, &shown, &exchange.cx)
}

/// `DELETE /admin/users/{user_id}/devices`.
pub(super) async fn forget_all(exchange: Exchange) -> Result<Reply> {
    let id = rest::id::<UserId>(&exchange, "user_id", "user")?;
    let directory = &exchange.services.directory;
    let permit = people::permit::<MfaReset>(directory, exchange.actor()?, id).await?;
    devices::forget_for(directory, &permit, &exchange.cx, id, None).await?;
    Ok(Reply::empty(204))
}

/// `DELETE /admin/users/{user_id}/devices/{device_id}`.
pub(super) async fn forget_one(exchange: Exchange) -> Result<Reply> {
    let id = rest::id::<UserId>(&exchange, "user_id", "user")?;
    let directory = &exchange.services.directory;
    let permit = people::permit::<MfaReset>(directory, exchange.actor()?, id).await?;
    let device = rest::id::<DeviceId>(&exchange, "device_id", "device")?;
    devices::forget_for(directory, &permit, &exchange.cx, id, Some(device)).await?;
    Ok(Reply::empty(204))
}
