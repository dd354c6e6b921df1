//! What somebody holds: permissions, each as far as the grant reaches that gives them.

use std::sync::Arc;

use crate::clock::Instant;
use crate::ids::{PartnerId, TenantId};

use super::permission::{Permission, PermissionSet};
use super::scope::{Place, Scope, Tier};

/// What one grant gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The key of the role.
    pub role: Arc<str>,
    /// What the role allows.
    pub permissions: PermissionSet,
    /// How far it reaches.
    pub scope: Scope,
    /// When it ends.
    pub expires: Option<Instant>,
}

/// All that somebody holds, by whatever grant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holdings(Vec<Held>);

/// How much of a tenant a permission reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Extent {
    /// All of it.
    Whole,
    /// The users of these org units, and of those below them: their lineages.
    Units(Vec<Arc<str>>),
}

impl Extent {
    /// What both reach; `None` is nothing.
    pub(super) fn within(&self, other: &Self) -> Option<Self> {
        let (own, others) = match (self, other) {
            (Self::Whole, both) | (both, Self::Whole) => return Some(both.clone()),
            (Self::Units(own), Self::Units(others)) => (own, others),
        };
        // Of two units, one of which lies below the other, the lower one.
        let lower = |one: &Arc<str>, all: &[Arc<str>]| all.iter().any(|above| one.starts_with(&**above));
        let mut both: Vec<Arc<str>> = own.iter().filter(|one| lower(one, others)).cloned().collect();
        both.extend(others.iter().filter(|one| lower(one, own)).cloned());
        both.sort_unstable();
        both.dedup();
        (!both.is_empty()).then_some(Self::Units(both))
    }
}

/// Which tenants a permission reaches, for what goes over many of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Span {
    /// All.
    Everywhere,
    /// Those of these partners, these whole tenants, and the org units of these lineages in these tenants.
    Within {
        /// Partners.
        partners: Vec<PartnerId>,
        /// Whole tenants.
        tenants: Vec<TenantId>,
        /// Org units.
        units: Vec<(TenantId, Arc<str>)>,
    },
}

impl Holdings {
    /// These grants.
    pub fn new(held: Vec<Held>) -> Self {
        Self(held)
    }

    /// Each grant.
    pub fn iter(&self) -> impl Iterator<Item = &Held> {
        self.0.iter()
    }

    /// What of it has not ended yet.
    #[must_use]
    pub fn at(self: Arc<Self>, now: Instant) -> Arc<Self> {
        let ended = |held: &Held| held.expires.is_some_and(|expires| expires <= now);
        if !self.0.iter().any(ended) {
            return self;
        }
        Arc::new(Self(self.0.iter().filter(|held| !ended(held)).cloned().collect()))
    }

    /// Whether a permission is held anywhere.
    pub fn holds(&self, permission: Permission) -> bool {
        self.0.iter().any(|held| held.permissions.contains(permission))
    }

    /// Whether a permission is held over all of a scope.
    pub fn holds_over(&self, permission: Permission, scope: &Scope) -> bool {
        self.0.iter().any(|held| held.permissions.contains(permission) && held.scope.contains(scope))
    }

    /// Whether all these permissions are held over all of a scope, be it by several grants.
    pub fn covers_set(&self, permissions: PermissionSet, scope: &Scope) -> bool {
        let over = self.0.iter().filter(|held| held.scope.contains(scope));
        over.fold(PermissionSet::NONE, |all, held| all.and(held.permissions)).covers(permissions)
    }

    /// Whether everything that `other` holds is held too, as far as it reaches (IR-3).
    pub fn covers(&self, other: &Self) -> bool {
        other.0.iter().all(|held| self.covers_set(held.permissions, &held.scope))
    }

    /// How much of a tenant a permission reaches; `None` is nothing of it.
    pub fn extent(&self, permission: Permission, place: &Place) -> Option<Extent> {
        let whole = place.scope();
        let with = || self.0.iter().filter(|held| held.permissions.contains(permission));
        if with().any(|held| held.scope.contains(&whole)) {
            return Some(Extent::Whole);
        }
        let lineages: Vec<Arc<str>> = with()
            .filter_map(|held| match &held.scope {
                Scope::Unit { tenant, lineage, .. } if *tenant == place.tenant => Some(Arc::clone(lineage)),
                _ => None,
            })
            .collect();
        (!lineages.is_empty()).then_some(Extent::Units(lineages))
    }

    /// Which tenants a permission reaches.
    pub fn span(&self, permission: Permission) -> Span {
        let (mut partners, mut tenants, mut units) = (Vec::new(), Vec::new(), Vec::new());
        for held in self.0.iter().filter(|held| held.permissions.contains(permission)) {
            match &held.scope {
                Scope::Platform => return Span::Everywhere,
                Scope::Partner(partner) => partners.push(*partner),
                Scope::Tenant { tenant, .. } => tenants.push(*tenant),
                Scope::Unit { tenant, lineage, .. } => units.push((*tenant, Arc::clone(lineage))),
            }
        }
        Span::Within { partners, tenants, units }
    }

    /// Whether anything in this tenant is held: then its existence is no secret.
    pub fn knows(&self, place: &Place) -> bool {
        let whole = place.scope();
        self.0.iter().any(|held| held.scope.contains(&whole) || held.scope.tenant() == Some(place.tenant))
    }

    /// Whether the holder is an administrator above tenants, whom only their like may touch (IR-1).
    pub fn is_protected(&self) -> bool {
        self.0.iter().any(|held| matches!(held.scope.tier(), Tier::Platform | Tier::Partner))
    }

    /// Whether the holder owns the platform.
    pub fn is_platform_owner(&self) -> bool {
        self.0.iter().any(|held| &*held.role == super::role::PLATFORM_OWNER && held.scope == Scope::Platform)
    }

    /// Whether nothing is held.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether anything held changes something, for rules about those who can.
    pub fn can_write(&self) -> bool {
        self.0.iter().any(|held| held.permissions.iter().any(|permission| !permission.only_reads()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ir2_what_two_permissions_reach_is_what_lies_in_both() {
        let units = |lineages: &[&str]| Extent::Units(lineages.iter().map(|lineage| Arc::from(*lineage)).collect());
        let (sales, both) = (units(&["a/"]), units(&["a/b/", "c/d/"]));
        assert_eq!(Extent::Whole.within(&sales), Some(sales.clone()));
        assert_eq!(sales.within(&Extent::Whole), Some(sales.clone()));
        assert_eq!(sales.within(&both), Some(units(&["a/b/"])));
        assert_eq!(both.within(&units(&["a/", "c/d/e/"])), Some(units(&["a/b/", "c/d/e/"])));
        assert_eq!(sales.within(&sales), Some(sales.clone()));
        assert_eq!(sales.within(&units(&["b/"])), None);
    }
}
