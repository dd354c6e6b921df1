//! From the grants of a user to what they hold: roles become permissions, scopes get what tells what lies within.

use std::collections::HashMap;
use std::sync::Arc;

use crate::access::{Held, Holdings, PermissionSet, Scope, Tier, role};
use crate::error::{Error, Result};
use crate::ids::{GroupId, PartnerId, TenantId, UnitId, UserId};
use crate::store::Tx;
use crate::store::grants::{self as rows, Grant};
use crate::store::roles::{self, Role};

/// How long a chain of roles that inherit from each other may be.
const LONGEST_CHAIN: usize = 32;

/// What a user holds, be it by grants that have ended: who asks cuts those ([`Holdings::at`]).
///
/// # Errors
/// When the database cannot be asked.
pub fn of_user(tx: &mut Tx<'_>, tenant: TenantId, user: UserId) -> Result<Holdings> {
    let grants = rows::of_user(tx, tenant, user)?;
    of_grants(tx, tenant, grants)
}

/// What whoever becomes a member of a group comes to hold by it: by the group's grants, and by those of every group that
/// it is in.
///
/// # Errors
/// When the database cannot be asked.
pub fn given_by_group(tx: &mut Tx<'_>, tenant: TenantId, group: GroupId) -> Result<Holdings> {
    let grants = rows::of_group(tx, tenant, group)?;
    of_grants(tx, tenant, grants)
}

/// What whoever comes to belong to an org unit comes to hold by it: by its grants, and by those of every unit above it.
///
/// # Errors
/// When the database cannot be asked.
pub fn given_by_unit(tx: &mut Tx<'_>, tenant: TenantId, unit: UnitId) -> Result<Holdings> {
    let grants = rows::of_unit(tx, tenant, unit)?;
    of_grants(tx, tenant, grants)
}

/// What these grants come to.
///
/// # Errors
/// When the database cannot be asked.
pub fn of_grants(tx: &mut Tx<'_>, tenant: TenantId, grants: Vec<Grant>) -> Result<Holdings> {
    let has_own = grants.iter().any(|grant| role::built_in(&grant.role).is_none());
    let roles = if has_own { roles::list(tx, tenant)? } else { Vec::new() };
    let mut scopes = HashMap::new();
    let mut held = Vec::with_capacity(grants.len());
    for grant in grants {
        let key = (grant.scope_kind.clone(), grant.scope_id);
        if !scopes.contains_key(&key) {
            scopes.insert(key.clone(), scope(tx, &grant)?);
        }
        // What was granted over something that is gone reaches nothing.
        let Some(scope) = scopes.get(&key).cloned().flatten() else { continue };
        let permissions = permissions(&roles, &grant.role);
        held.push(Held { role: Arc::from(grant.role), permissions, scope, expires: grant.expires });
    }
    Ok(Holdings::new(held))
}

/// What a role of a tenant allows, with all that it inherits. A role that is gone allows nothing.
pub(in crate::directory) fn permissions(roles: &[Role], key: &str) -> PermissionSet {
    let (mut all, mut seen, mut next) = (PermissionSet::NONE, Vec::new(), vec![key.to_owned()]);
    while let Some(key) = next.pop() {
        if seen.contains(&key) || seen.len() >= LONGEST_CHAIN {
            continue;
        }
        if let Some(built_in) = role::built_in(&key) {
            all = all.and(built_in.permissions());
        } else if let Some(own) = roles.iter().find(|role| role.key == key) {
            all = all.and(own.permissions);
            next.extend(own.inherits.iter().cloned());
        }
        seen.push(key);
    }
    all
}

/// The keys of the roles of a tenant, built-in ones too, that change something.
///
/// # Errors
/// When the database cannot be asked.
pub(in crate::directory) fn changing(tx: &mut Tx<'_>, tenant: TenantId) -> Result<Vec<String>> {
    let own = roles::list(tx, tenant)?;
    let keys = role::BUILT_IN.iter().map(|role| role.key).chain(own.iter().map(|role| &*role.key));
    Ok(keys.filter(|key| role::changes(permissions(&own, key))).map(str::to_owned).collect())
}

/// What a grant reaches; `None` when it is gone.
pub(super) fn scope(tx: &mut Tx<'_>, grant: &Grant) -> Result<Option<Scope>> {
    let id = grant.scope_id.uuid();
    let tier = Tier::of(&grant.scope_kind);
    Ok(match tier.ok_or_else(|| Error::internal(format!("unknown scope `{}`", grant.scope_kind)))? {
        Tier::Platform => Some(Scope::Platform),
        Tier::Partner => Some(Scope::Partner(PartnerId::from(id))),
        Tier::Tenant => {
            let tenant = TenantId::from(id);
            rows::partner_of(tx, tenant)?.map(|partner| Scope::Tenant { tenant, partner })
        }
        Tier::Unit => {
            let unit = UnitId::from(id);
            let found = rows::unit(tx, unit)?;
            found.map(|(tenant, partner, lineage)| Scope::Unit { tenant, partner, unit, lineage: lineage.into() })
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Permission::{AuditRead, DomainsRead};
    use crate::clock::Instant;
    use crate::ids::RoleId;

    fn role(key: &str, permissions: PermissionSet, inherits: &[&str]) -> Role {
        let now = Instant::from_micros(0);
        Role {
            id: RoleId::new(now, [0; 10]),
            key: key.to_owned(),
            name: key.to_owned(),
            description: None,
            permissions,
            inherits: inherits.iter().map(|key| (*key).to_owned()).collect(),
            version: 1,
            created: now,
            modified: now,
        }
    }

    #[test]
    fn roles_hold_what_they_inherit_even_in_circles() {
        let roles = [
            role("lead", PermissionSet::of([AuditRead]), &["desk", "gone"]),
            role("desk", PermissionSet::of([DomainsRead]), &["helpdesk", "lead"]),
        ];
        let lead = permissions(&roles, "lead");
        let helpdesk = role::built_in("helpdesk").map(|role| role.permissions()).unwrap_or_default();
        assert_eq!(lead, PermissionSet::of([AuditRead, DomainsRead]).and(helpdesk));
        assert_eq!(permissions(&roles, "desk"), lead);
        assert!(permissions(&roles, "gone").is_empty());
    }
}
