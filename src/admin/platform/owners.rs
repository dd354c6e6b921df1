//! Owners made and unmade.

use crate::access::{OwnersWrite, PlatformRead, decide_widely};
use crate::directory::owners;
use crate::error::Result;
use crate::http::rest::{self, Fields, body, present};
use crate::http::{Exchange, Reply};
use crate::ids::UserId;

use super::answered;
use super::shown::{UserResponse, bare};

/// `POST /owners`.
pub(super) async fn promote(exchange: Exchange) -> Result<Reply> {
    let permit = decide_widely::<OwnersWrite>(exchange.actor()?)?;
    let mut fields = Fields::of_body(&exchange.body)?;
    let user = fields.required("user_id", body::uuid::<UserId>);
    fields.finish()?;
    let user = present(user)?;
    let done = owners::promote(&exchange.services.directory, &permit, &exchange.cx, user).await;
    let reply = match done {
        Ok(()) => answer(&exchange, user).await,
        Err(error) => Err(error),
    };
    answered(&exchange, reply)
}

/// `DELETE /owners/{user_id}`.
pub(super) async fn demote(exchange: Exchange) -> Result<Reply> {
    let permit = decide_widely::<OwnersWrite>(exchange.actor()?)?;
    let user = rest::id::<UserId>(&exchange, "user_id", "user")?;
    let done = owners::demote(&exchange.services.directory, &permit, &exchange.cx, user).await;
    let reply = match done {
        Ok(()) => answer(&exchange, user).await,
        Err(error) => Err(error),
    };
    answered(&exchange, reply)
}

async fn answer(exchange: &Exchange, user: UserId) -> Result<Reply> {
    let permit = decide_widely::<PlatformRead>(exchange.actor()?)?;
    let user = owners::find(&exchange.services.directory, &permit, user).await?;
    bare(&UserResponse::of(user))
}
