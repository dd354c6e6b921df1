//! Resets of second factors as their user meets them without signing in: objecting by the link in the notice of one.

use crate::context::Cx;
use crate::directory::factors::requests;
use crate::error::{Anonymous, Error, Result};
use crate::journal::Author;
use crate::store::Tx;
use crate::store::one_time_links::Purpose;

use super::passwords::follow;
use super::service::Auth;

/// Objects to the reset of one's second factors that the token of a mailed link is about: nothing becomes of it any more
/// (IR-17). It works once, as long as nothing was decided, whatever else was issued to the user has ended.
///
/// # Errors
/// [`Error::Anonymous`] when the token does not hold, or the request was decided or ran out; nothing tells which.
pub async fn object(auth: &Auth, cx: &Cx, token: &str) -> Result<()> {
    let (link, account, home) = follow(auth, cx, token, &[Purpose::Object]).await?;
    let actor = auth.as_themselves(&account, &home, cx.now).await?;
    let cx = cx.clone();
    let work = move |tx: &mut Tx<'_>| {
        let author = Author { actor: &actor, cx: &cx, tenant: home.id };
        requests::object_by_link(tx, author, &account, &link)
    };
    if auth.directory().store.write(work).await? { Ok(()) } else { Err(Error::Anonymous(Anonymous::BadLogin)) }
}
