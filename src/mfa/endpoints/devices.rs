//! Remembered devices of one's own.

use serde::Serialize;
use utoipa::ToSchema;

use crate::access::Needs;
use crate::clock::Instant;
use crate::directory::factors::devices::{self, Device};
use crate::error::Result;
use crate::http::rest;
use crate::http::{Document, Endpoint, Exchange, Method, Reply};
use crate::ids::DeviceId;

use super::{TAG, change, own, private, row};

/// A device on which you need not prove a second factor for a while.
#[derive(Serialize, ToSchema)]
pub(super) struct DeviceResponse {
    #[schema(format = "uuid")]
    id: String,
    /// What you call it.
    name: Option<String>,
    /// The method that was proven there, for which alone it stands in.
    method: String,
    /// When it was remembered, RFC 3339 in UTC.
    created_at: String,
    /// When it ends.
    expires_at: String,
    /// When it last stood in for the factor.
    last_used_at: Option<String>,
    /// How often it did.
    use_count: i64,
    /// From where it was last used.
    ip_address: Option<String>,
    /// What the client called itself.
    user_agent: Option<String>,
}

impl DeviceResponse {
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

pub(super) fn endpoints() -> Vec<Endpoint> {
    use Method::{Delete, Get};
    let document = |operation, summary| Document::new(operation, summary, TAG);
    let list = document("list_own_devices", "See where you are remembered")
        .data_list::<DeviceResponse>(200, "The devices, the newest first");
    let remove = document("delete_own_device", "Be asked for a second factor again on a device")
        .path_id("device_id", "The device")
        .empty(204, "It is forgotten");
    let remove_all = document("delete_own_devices", "Be asked for a second factor again everywhere")
        .empty(204, "No device is remembered now");
    vec![
        row(Get, "/me/devices", Needs::SignedIn, |x| Box::pin(show_all(x)), list),
        change(row(Delete, "/me/devices", Needs::SignedIn, |x| Box::pin(forget_all(x)), remove_all)),
        change(row(Delete, "/me/devices/{device_id}", Needs::SignedIn, |x| Box::pin(forget_one(x)), remove)),
    ]
}

async fn show_all(exchange: Exchange) -> Result<Reply> {
    let (mfa, person) = own(&exchange)?;
    let found = devices::own(mfa.directory(), &exchange.cx, person).await?;
    let shown: Vec<_> = found.into_iter().map(DeviceResponse::of).collect();
    Ok(private(rest::data(200, &shown, &exchange.cx)?))
}

async fn forget_all(exchange: Exchange) -> Result<Reply> {
    let (mfa, person) = own(&exchange)?;
    devices::forget_own(mfa.directory(), &exchange.cx, person, None).await?;
    Ok(Reply::empty(204))
}

async fn forget_one(exchange: Exchange) -> Result<Reply> {
    let (mfa, person) = own(&exchange)?;
    let id = rest::id::<DeviceId>(&exchange, "device_id", "device")?;
    devices::forget_own(mfa.directory(), &exchange.cx, person, Some(id)).await?;
    Ok(Reply::empty(204))
}
