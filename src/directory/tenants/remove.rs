//! A tenant deleted with all that is in it.

use crate::access::{Permit, TenantsWrite};
use crate::context::Cx;
use crate::directory::{Directory, grants, owners};
use crate::error::{Error, Reason, Result};
use crate::journal::{Author, Operation};
use crate::store::{Lock, tenants as rows};

use super::{not_reserved, record};

/// Deletes a tenant. One that has users or groups is deleted only when its slug is said once more.
///
/// # Errors
/// [`Error::Conflict`] when it is not empty and not confirmed, and for the tenant of the platform;
/// [`Error::Unprocessable`] for another slug than its own; [`Error::Denied`] when it would leave the platform without an
/// owner.
pub async fn remove(
    directory: &Directory,
    permit: &Permit<TenantsWrite>,
    cx: &Cx,
    confirm_slug: Option<&str>,
) -> Result<()> {
    permit.whole()?;
    let (permit, cx, confirmed) = (permit.clone(), cx.clone(), confirm_slug.map(str::to_owned));
    directory
        .store
        .write(move |tx| {
            tx.lock(Lock::Tenant(permit.tenant()))?;
            let tenant = rows::of_id(tx, permit.tenant())?.ok_or(Error::Missing("tenant"))?;
            not_reserved(&tenant)?;
            match &confirmed {
                Some(slug) if *slug != tenant.slug => {
                    let why = "must be the slug of the tenant";
                    return Err(Error::fault(["query", "confirm_slug"], "value_error", why));
                }
                Some(_) => {}
                None => {
                    let (users, groups) = rows::contents(tx, tenant.id)?;
                    if users > 0 || groups > 0 {
                        let detail = "the tenant is not empty: confirm with its slug, as confirm_slug";
                        let reason = Reason::new("not_empty", detail).with("users", users).with("groups", groups);
                        return Err(Error::Conflict(reason));
                    }
                }
            }
            let had_owner = owners::any_able(tx)?;
            grants::forget_tenant(tx, permit.actor(), &cx, tenant.id)?;
            rows::delete(tx, tenant.id)?;
            if had_owner {
                owners::keep_one(tx)?;
            }
            // The record stays where its author can look it up.
            let home = permit.actor().person().map_or(tenant.id, |person| person.tenant);
            let author = Author { actor: permit.actor(), cx: &cx, tenant: home };
            record(tx, author, Operation::Delete, Some(&tenant), None)
        })
        .await
}
