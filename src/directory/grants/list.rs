//! Who has which roles: in a tenant, and what one user has by whatever way.

use std::collections::HashMap;

use crate::access::{PermissionSet, Permit, RolesRead};
use crate::clock::Instant;
use crate::directory::Directory;
use crate::error::{Error, Result};
use crate::ids::UserId;
use crate::store::grants::{self as rows, Filter, Grant};
use crate::store::{Tx, roles};

use super::{Subject, holdings, in_reach};

/// A grant as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The grant.
    pub grant: Grant,
    /// The name of whoever has it.
    pub subject_name: Option<String>,
    /// Whether it has not ended.
    pub active: bool,
}

/// What a user has by a grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effective {
    /// The grant.
    pub grant: Grant,
    /// The group or unit that it comes by; `None` for the user's own.
    pub through: Option<(Subject, String)>,
    /// What it allows.
    pub permissions: PermissionSet,
}

/// A page of the grants that concern a tenant: those of its users, groups and units, and those over it or a unit of it. And
/// how many there are.
///
/// # Errors
/// [`Error::Denied`] when the permit does not reach the whole tenant.
pub async fn list(
    directory: &Directory,
    permit: &Permit<RolesRead>,
    now: Instant,
    filter: Filter,
    (offset, limit): (i64, i64),
) -> Result<(Vec<Listed>, i64)> {
    permit.whole()?;
    let tenant = permit.tenant();
    directory
        .store
        .read(move |tx| {
            let (grants, total) = rows::page(tx, tenant, &filter, offset, limit)?;
            let mut names = HashMap::new();
            let mut listed = Vec::with_capacity(grants.len());
            for grant in grants {
                let subject_name = name(tx, &mut names, &grant)?;
                let active = grant.expires.is_none_or(|expires| expires > now);
                listed.push(Listed { grant, subject_name, active });
            }
            Ok((listed, total))
        })
        .await
}

fn name(
    tx: &mut Tx<'_>,
    names: &mut HashMap<crate::ids::SubjectId, Option<String>>,
    grant: &Grant,
) -> Result<Option<String>> {
    if let Some(known) = names.get(&grant.subject_id) {
        return Ok(known.clone());
    }
    let found = rows::subject_name(tx, grant.tenant_id, &grant.subject_kind, grant.subject_id)?;
    names.insert(grant.subject_id, found.clone());
    Ok(found)
}

/// What a user has now, by its own grants and by its groups and org units.
///
/// # Errors
/// [`Error::Missing`] when there is no such user in reach.
pub async fn effective(
    directory: &Directory,
    permit: &Permit<RolesRead>,
    now: Instant,
    user: UserId,
) -> Result<Vec<Effective>> {
    let permit = permit.clone();
    directory
        .store
        .read(move |tx| {
            let tenant = permit.tenant();
            rows::subject_name(tx, tenant, "user", user.uuid().into())?.ok_or(Error::Missing("user"))?;
            in_reach(tx, &permit, user)?;
            let own = roles::list(tx, tenant)?;
            let mut names = HashMap::new();
            let mut effective = Vec::new();
            for grant in rows::of_user(tx, tenant, user)? {
                if grant.expires.is_some_and(|expires| expires <= now) {
                    continue;
                }
                let through = match Subject::of(&grant) {
                    Subject::User(_) => None,
                    other => Some((other, name(tx, &mut names, &grant)?.unwrap_or_default())),
                };
                let permissions = holdings::permissions(&own, &grant.role);
                effective.push(Effective { grant, through, permissions });
            }
            effective.sort_by_key(|one| (one.through.is_some(), one.grant.created, one.grant.id));
            Ok(effective)
        })
        .await
}
