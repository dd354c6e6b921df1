//! `/Me` (RFC 7644 section 3.11): the user who asks, for people who signed in. A connection is nobody's user: it is answered
//! 501, as for what is not offered.

use crate::access::Actor;
use crate::directory::users as directory;
use crate::error::Result;
use crate::http::{Exchange, Reply};

use super::request::Request;
use super::{unsupported, users};

/// `GET /Me`: the user's own resource; `Location` is its permanent URL.
pub(super) async fn find(exchange: Exchange) -> Result<Reply> {
    let Actor::Person(person) = exchange.actor()?.clone() else {
        return unsupported::refuse(exchange).await;
    };
    let request = Request::new(exchange);
    let projection = request.projection(request.user_type())?;
    let user = directory::oneself(request.directory(), &person, users::want(&projection)).await?;
    users::shown(&request, &projection, &user)
}
