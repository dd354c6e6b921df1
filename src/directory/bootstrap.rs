//! What the first start of an empty installation makes.

use crate::access::{Actor, Connection, Profile, TokenScope};
use crate::context::Cx;
use crate::error::Result;
use crate::store::tenants as rows;

use super::{Directory, NewToken, connections, tenants, tokens};

/// How long the first token lives, in seconds: 30 days.
const TOKEN_SECONDS: i64 = 30 * 24 * 3600;

/// Makes the tenant `default` with a connection and a token when there is no tenant at all; `None` otherwise. Two processes
/// that start at once make one.
///
/// # Errors
/// When the database cannot be asked.
pub async fn bootstrap(directory: &Directory, actor: &Actor, cx: &Cx) -> Result<Option<NewToken>> {
    if directory.store.read_one(rows::any).await? {
        return Ok(None);
    }
    let tenant = tenants::new(directory, cx, "default")?;
    let connection: Connection = connections::new(directory, cx, tenant.id, "tolerant", Profile::Tolerant)?;
    let (token, minted) =
        tokens::mint(directory, cx, &connection, TokenScope::Write, Some(cx.now.plus_seconds(TOKEN_SECONDS)))?;
    let (actor, cx) = (actor.clone(), cx.clone());
    let made = directory
        .store
        .write(move |tx| {
            if rows::any(tx)? {
                return Ok(false);
            }
            tenants::add(tx, &actor, &cx, &tenant)?;
            connections::add(tx, &actor, &cx, &connection)?;
            tokens::add(tx, &actor, &cx, tenant.id, &token)?;
            Ok(true)
        })
        .await;
    match made {
        // The other process was first: its transaction took the slug.
        Err(crate::error::Error::Taken(_)) | Ok(false) => Ok(None),
        Ok(true) => Ok(Some(minted)),
        Err(error) => Err(error),
    }
}
