//! Objecting to a reset of one's second factors by a mailed link.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::access::Needs;
use crate::auth::resets;
use crate::error::Result;
use crate::http::{Document, Endpoint, Exchange, Method, Reply};

use super::{row, token_of};

/// The token of the link in the notice of a reset.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "it describes the body, which is read member by member")]
struct ObjectRequest {
    /// The token in the link that was mailed.
    token: String,
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    const LINK: Needs = Needs::Public("the mailed token is the credential");
    let object =
        Document::new("object_to_mfa_reset", "Object to a reset of your second factors by a mailed link", "auth")
            .described(
                "Works once, as long as nothing was decided. Whoever is signed in objects among their own requests.",
            )
            .request::<ObjectRequest>()
            .empty(204, "Nothing becomes of the reset");
    vec![row(Method::Post, "/auth/mfa-resets/object", LINK, true, |x| Box::pin(object_by_link(x)), object)]
}

async fn object_by_link(exchange: Exchange) -> Result<Reply> {
    let token = token_of(&exchange.body, "token")?;
    resets::object(&exchange.services.auth, &exchange.cx, token.reveal()).await?;
    Ok(Reply::empty(204))
}
