//! Who may use an application: active users, assigned themselves or by a group.

use crate::access::{Actor, ApplicationUsersRead, ApplicationsRead, Permit};
use crate::context::Cx;
use crate::directory::Directory;
use crate::error::{Error, Result};
use crate::ids::{ApplicationId, TenantId};
use crate::store::application_users as rows;

use super::{EffectiveUser, parse, row};

/// One page of those who may use an application, for administrators.
///
/// # Errors
/// [`Error::Missing`] when the tenant has no such application.
pub async fn users(
    directory: &Directory,
    permit: &Permit<ApplicationsRead>,
    cx: &Cx,
    id: &str,
    offset: i64,
    limit: i64,
) -> Result<(Vec<EffectiveUser>, i64)> {
    permit.whole()?;
    page(directory, permit.tenant(), cx, parse(id)?, offset, limit).await
}

/// One page of those who may use the application that asks.
///
/// # Errors
/// [`Error::Missing`] when it asks for another.
pub async fn own_users(
    directory: &Directory,
    permit: &Permit<ApplicationUsersRead>,
    cx: &Cx,
    id: &str,
    offset: i64,
    limit: i64,
) -> Result<(Vec<EffectiveUser>, i64)> {
    let id = parse(id)?;
    if own(permit)? != id {
        return Err(Error::Missing("application"));
    }
    page(directory, permit.tenant(), cx, id, offset, limit).await
}

fn own(permit: &Permit<ApplicationUsersRead>) -> Result<ApplicationId> {
    match permit.actor() {
        Actor::Application(actor) => Ok(actor.application),
        Actor::Connection(_) | Actor::Person(_) | Actor::System(_) => Err(Error::Missing("application")),
    }
}

async fn page(
    directory: &Directory,
    tenant: TenantId,
    cx: &Cx,
    id: ApplicationId,
    offset: i64,
    limit: i64,
) -> Result<(Vec<EffectiveUser>, i64)> {
    let now = cx.now;
    directory
        .store
        .scan(move |tx| {
            row(tx, tenant, id)?;
            rows::page(tx, tenant, id, now, offset, limit)
        })
        .await
}
