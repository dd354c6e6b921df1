//! Endpoints that the protocol names and this server does not offer: 501, as ServiceProviderConfig says.

use crate::error::Result;
use crate::http::{Exchange, Reply};

use super::answer;

/// 501.
pub(super) async fn refuse(_exchange: Exchange) -> Result<Reply> {
    Ok(answer::error(501, None, "this endpoint is not offered: see ServiceProviderConfig".to_owned()))
}
