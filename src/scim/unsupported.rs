//! Endpoints that the protocol names and this server does not offer: 501, as ServiceProviderConfig says.

use crate::error::Result;
use crate::http::{Exchange, Reply};

use super::refusal;

/// 501.
pub(super) async fn refuse(exchange: Exchange) -> Result<Reply> {
    let detail = "this endpoint is not offered: see ServiceProviderConfig";
    Ok(refusal::error(501, None, detail, &exchange.cx.request_id))
}
