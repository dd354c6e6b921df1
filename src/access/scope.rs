//! How far a grant reaches: the platform, a partner's tenants, a tenant, or an org unit with all below it.

use std::sync::Arc;

use crate::ids::{PartnerId, TenantId, UnitId};

use super::types::Types;

/// The kinds of scope, the widest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// The whole installation.
    Platform,
    /// The tenants of a partner.
    Partner,
    /// One tenant.
    Tenant,
    /// An org unit and those below it.
    Unit,
}

impl Tier {
    /// The word for it in answers and the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Platform => "platform",
            Self::Partner => "partner",
            Self::Tenant => "tenant",
            Self::Unit => "org_unit",
        }
    }

    /// The tier of that word.
    pub fn of(word: &str) -> Option<Self> {
        [Self::Platform, Self::Partner, Self::Tenant, Self::Unit].into_iter().find(|tier| tier.as_str() == word)
    }
}

/// How far something reaches, with all that is needed to tell what lies within.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The whole installation.
    Platform,
    /// The tenants of a partner.
    Partner(PartnerId),
    /// One tenant.
    Tenant {
        /// The tenant.
        tenant: TenantId,
        /// Its partner. A tenant without one lies in no partner's reach.
        partner: Option<PartnerId>,
    },
    /// An org unit and those below it.
    Unit {
        /// Its tenant.
        tenant: TenantId,
        /// The tenant's partner.
        partner: Option<PartnerId>,
        /// The unit.
        unit: UnitId,
        /// The ids from the root of the tree to the unit itself, each followed by a slash.
        lineage: Arc<str>,
    },
}

impl Scope {
    /// Its kind.
    pub fn tier(&self) -> Tier {
        match self {
            Self::Platform => Tier::Platform,
            Self::Partner(_) => Tier::Partner,
            Self::Tenant { .. } => Tier::Tenant,
            Self::Unit { .. } => Tier::Unit,
        }
    }

    /// Its tenant, when it lies in one.
    pub fn tenant(&self) -> Option<TenantId> {
        match self {
            Self::Platform | Self::Partner(_) => None,
            Self::Tenant { tenant, .. } | Self::Unit { tenant, .. } => Some(*tenant),
        }
    }

    /// Whether all that `other` reaches lies within this one.
    pub fn contains(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Platform, _) => true,
            (_, Self::Platform) => false,
            (Self::Partner(own), Self::Partner(other)) => own == other,
            (Self::Partner(own), Self::Tenant { partner, .. } | Self::Unit { partner, .. }) => Some(*own) == *partner,
            (_, Self::Partner(_)) => false,
            (Self::Tenant { tenant: own, .. }, Self::Tenant { tenant, .. } | Self::Unit { tenant, .. }) => {
                own == tenant
            }
            (Self::Unit { .. }, Self::Tenant { .. }) => false,
            (Self::Unit { tenant: own, lineage: above, .. }, Self::Unit { tenant, lineage, .. }) => {
                own == tenant && lineage.starts_with(&**above)
            }
        }
    }
}

/// A tenant as something is done in it: where it belongs, and its schemas.
#[derive(Clone, Debug)]
pub struct Place {
    /// The tenant.
    pub tenant: TenantId,
    /// Its partner.
    pub partner: Option<PartnerId>,
    /// Its schemas.
    pub types: Arc<Types>,
}

impl Place {
    /// The whole tenant as a scope.
    pub fn scope(&self) -> Scope {
        Scope::Tenant { tenant: self.tenant, partner: self.partner }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Instant;

    fn tenant(number: u8, partner: Option<PartnerId>) -> Scope {
        Scope::Tenant { tenant: TenantId::new(Instant::from_micros(0), [number; 10]), partner }
    }

    fn unit(number: u8, partner: Option<PartnerId>, lineage: &str) -> Scope {
        let now = Instant::from_micros(0);
        let tenant = TenantId::new(now, [number; 10]);
        Scope::Unit { tenant, partner, unit: UnitId::new(now, [number; 10]), lineage: lineage.into() }
    }

    /// IR-2: a null partner matches no partner reach.
    #[test]
    fn a_scope_contains_what_lies_below_it_and_nothing_else() {
        let now = Instant::from_micros(0);
        let (mine, theirs) = (PartnerId::new(now, [1; 10]), PartnerId::new(now, [2; 10]));
        let scopes = [
            Scope::Platform,
            Scope::Partner(mine),
            tenant(1, Some(mine)),
            unit(1, Some(mine), "a/"),
            unit(1, Some(mine), "a/b/"),
        ];
        for (number, wide) in scopes.iter().enumerate() {
            for (other, narrow) in scopes.iter().enumerate() {
                assert_eq!(wide.contains(narrow), number <= other, "{wide:?} {narrow:?}");
            }
        }
        assert!(!Scope::Partner(theirs).contains(&tenant(1, Some(mine))));
        assert!(!Scope::Partner(mine).contains(&tenant(1, None)));
        assert!(!Scope::Partner(mine).contains(&Scope::Partner(theirs)));
        assert!(!tenant(1, None).contains(&tenant(2, None)));
        assert!(!tenant(2, None).contains(&unit(1, None, "a/")));
        assert!(!unit(1, None, "a/").contains(&unit(1, None, "b/a/")));
        assert!(!unit(1, None, "a/").contains(&unit(2, None, "a/")));
    }
}
