//! A tenant changed: its name, whether it lets anybody in, who looks after it, what it may hold.

use crate::access::{Permit, TenantsWrite, Tier};
use crate::context::Cx;
use crate::directory::limits::{LEAST_DOCUMENT_BYTES, Limits};
use crate::directory::{Directory, grants, owners};
use crate::error::{Error, Result};
use crate::ids::{PartnerId, SubjectId};
use crate::journal::{Author, Operation};
use crate::store::{Lock, Tx, limits as limit_rows, tenants as rows};
use scim_core::error::Invalid;

use super::{Tenant, judge_name, not_reserved, platform_only, record, stands};

/// What is to change; `None` leaves it as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TenantChange {
    /// Its name for people; the inner `None` takes it away.
    pub name: Option<Option<String>>,
    /// Whether it lets nobody in.
    pub suspended: Option<bool>,
    /// The partner who looks after it. Only the platform's administrators decide that.
    pub partner: Option<Option<PartnerId>>,
}

/// Changes a tenant.
///
/// # Errors
/// [`Error::Conflict`] for the tenant of the platform; [`Error::LacksScope`] for a change of the partner by anybody but an
/// administrator of the platform; [`Error::Denied`] when it would leave the platform without an owner.
pub async fn change(
    directory: &Directory,
    permit: &Permit<TenantsWrite>,
    cx: &Cx,
    wanted: TenantChange,
) -> Result<Tenant> {
    permit.whole()?;
    if wanted.partner.is_some() {
        platform_only(permit)?;
    }
    let name = wanted.name.map(|name| name.as_deref().map(judge_name).transpose()).transpose()?;
    let wanted = TenantChange { name, ..wanted };
    let (permit, cx) = (permit.clone(), cx.clone());
    directory.store.write(move |tx| apply(tx, &permit, &cx, &wanted)).await
}

fn apply(tx: &mut Tx<'_>, permit: &Permit<TenantsWrite>, cx: &Cx, wanted: &TenantChange) -> Result<Tenant> {
    tx.lock(Lock::Tenant(permit.tenant()))?;
    let before = rows::of_id(tx, permit.tenant())?.ok_or(Error::Missing("tenant"))?;
    let after = Tenant {
        name: wanted.name.clone().unwrap_or_else(|| before.name.clone()),
        suspended: wanted.suspended.unwrap_or(before.suspended),
        partner_id: wanted.partner.unwrap_or(before.partner_id),
        ..before.clone()
    };
    if after == before {
        return Ok(before);
    }
    not_reserved(&before)?;
    let had_owner = after.suspended && owners::any_able(tx)?;
    stands(tx, after.partner_id)?;
    rows::update(tx, &after)?;
    if had_owner {
        owners::keep_one(tx)?;
    }
    if after.partner_id != before.partner_id {
        grants::all_changed(tx, after.id)?;
        grants::scope_changed(tx, Tier::Tenant, SubjectId::from(after.id.uuid()))?;
    }
    let author = Author { actor: permit.actor(), cx, tenant: after.id };
    record(tx, author, Operation::Update, Some(&before), Some(&after))?;
    Ok(after)
}

/// Limits to change; the outer `None` leaves one as it is, the inner lifts it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LimitsChange {
    /// Users.
    pub users: Option<Option<i64>>,
    /// Groups.
    pub groups: Option<Option<i64>>,
    /// Members of a group.
    pub members: Option<Option<i64>>,
    /// Attributes of all schemas of the tenant's own, parts included.
    pub attributes: Option<Option<i64>>,
    /// Bytes of a resource as it is kept.
    pub document_bytes: Option<Option<i64>>,
}

impl LimitsChange {
    fn of(self, before: Limits) -> Limits {
        Limits {
            max_users: self.users.unwrap_or(before.max_users),
            max_groups: self.groups.unwrap_or(before.max_groups),
            max_members: self.members.unwrap_or(before.max_members),
            max_attributes: self.attributes.unwrap_or(before.max_attributes),
            max_document_bytes: self.document_bytes.unwrap_or(before.max_document_bytes),
        }
    }
}

/// Changes what a tenant may hold. What it holds already stays, be it more. Only those of the platform may.
///
/// # Errors
/// [`Error::Invalid`] for a limit that is none.
pub async fn set_limits(
    directory: &Directory,
    permit: &Permit<TenantsWrite>,
    cx: &Cx,
    change: LimitsChange,
) -> Result<Tenant> {
    platform_only(permit)?;
    judge(change)?;
    let (permit, cx) = (permit.clone(), cx.clone());
    directory
        .store
        .write(move |tx| {
            // Those who are about to add wait, and then see the new limits.
            tx.lock(Lock::Tenant(permit.tenant()))?;
            let before = rows::of_id(tx, permit.tenant())?.ok_or(Error::Missing("tenant"))?;
            let after = Tenant { limits: change.of(before.limits), ..before.clone() };
            if after != before {
                limit_rows::update(tx, after.id, after.limits)?;
                let author = Author { actor: permit.actor(), cx: &cx, tenant: after.id };
                record(tx, author, Operation::Update, Some(&before), Some(&after))?;
            }
            Ok(after)
        })
        .await
}

fn judge(change: LimitsChange) -> Result<()> {
    let counts = [change.users, change.groups, change.members, change.attributes];
    if counts.into_iter().flatten().flatten().any(|limit| limit < 0) {
        return Err(Error::Invalid(Invalid::value("limit", "must be a number from 0 on, or none")));
    }
    match change.document_bytes.flatten() {
        Some(limit) if limit < LEAST_DOCUMENT_BYTES => Err(Error::Invalid(Invalid::value(
            "max-document-bytes",
            format!("must be a number from {LEAST_DOCUMENT_BYTES} on, or none"),
        ))),
        _ => Ok(()),
    }
}
