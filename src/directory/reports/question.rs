//! Which users a report is asked for: what they lack, whose factors are easily lost, of which org unit, with which role.

use crate::access::{PermissionType, Permit};
use crate::directory::factors::Method;
use crate::directory::grants::holdings::changing;
use crate::directory::people::{UnitQuery, in_unit};
use crate::error::Result;
use crate::ids::TenantId;
use crate::store::Tx;
use crate::store::factors::Marks;
use crate::store::holders::Holding;
use crate::store::people::{Filter, Having};

/// A way in which second factors are easily lost or got round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fragile {
    /// One passkey that never leaves its device, and nothing else.
    SingleDevice,
    /// Nothing but text messages, of somebody who may change something by a role.
    SmsOnly,
    /// A factor, and no recovery code for the day when it is not at hand.
    NoRecoveryCodes,
}

impl Fragile {
    /// Every way.
    pub const ALL: [Self; 3] = [Self::SingleDevice, Self::SmsOnly, Self::NoRecoveryCodes];

    pub(super) fn holds(self, marks: Marks) -> bool {
        match self {
            Self::SingleDevice => marks.factors() == Marks::PASSKEY && marks.has(Marks::ONE_BOUND_PASSKEY),
            Self::SmsOnly => marks.factors() == Marks::SMS,
            Self::NoRecoveryCodes => marks.any() && !marks.has(Marks::RECOVERY_CODES),
        }
    }
}

/// What users lack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Without {
    /// Any factor.
    Any,
    /// This one.
    Factor(Method),
}

/// Which users are asked for; without anything, all who can sign in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Question {
    /// Those who lack this.
    pub without: Option<Without>,
    /// Those whose factors are fragile in one of these ways; none does not matter.
    pub fragile: Vec<Fragile>,
    /// Those of an org unit.
    pub unit: Option<UnitQuery>,
    /// Those who hold this role, by whatever way.
    pub role: Option<String>,
}

impl Question {
    /// The same as the store is asked it.
    ///
    /// # Errors
    /// [`crate::error::Error::Missing`] for an org unit that the tenant does not have, or that the permit does not reach.
    pub(super) fn filter<P: PermissionType>(&self, tx: &mut Tx<'_>, permit: &Permit<P>) -> Result<Filter> {
        let tenant = permit.tenant();
        let administrators = match self.fragile.contains(&Fragile::SmsOnly) {
            true => changing(tx, tenant)?,
            false => Vec::new(),
        };
        let holdings = self.role.iter().map(|role| holding(tenant, vec![role.clone()])).collect();
        let unit = self.unit.map(|query| in_unit(tx, permit, query)).transpose()?;
        Ok(Filter { unit, holdings, ..everybody(tenant, self.having(&holding(tenant, administrators))) })
    }

    /// What it says of second factors, in marks; administrators are those who hold one of these roles.
    fn having(&self, administrators: &Holding) -> Vec<Having> {
        let lacks = |marks: &Marks| match self.without {
            None => true,
            Some(Without::Any) => !marks.any(),
            Some(Without::Factor(method)) => !marks.has(mark_of(method)),
        };
        let of = |holds: &dyn Fn(Marks) -> bool| -> Vec<Marks> {
            Marks::every().filter(|marks| lacks(marks) && holds(*marks)).collect()
        };
        if self.fragile.is_empty() {
            return vec![Having { marks: of(&|_| true), holding: None }];
        }
        let each = self.fragile.iter().map(|way| Having {
            marks: of(&|marks| way.holds(marks)),
            holding: (*way == Fragile::SmsOnly).then(|| administrators.clone()),
        });
        each.collect()
    }
}

fn mark_of(method: Method) -> Marks {
    match method {
        Method::Totp => Marks::TOTP,
        Method::Sms => Marks::SMS,
        Method::Email => Marks::EMAIL,
        Method::Passkey => Marks::PASSKEY,
        Method::RecoveryCode | Method::EnrolmentCode | Method::Password => Marks::RECOVERY_CODES,
    }
}

/// Who holds one of these roles, over whatever.
pub(super) fn holding(tenant: TenantId, roles: Vec<String>) -> Holding {
    Holding { tenant, roles, over: None }
}

/// The users of a tenant who can sign in and for whose factors any of these holds.
pub(super) fn everybody(tenant: TenantId, factors: Vec<Having>) -> Filter {
    Filter { tenant: Some(tenant), factors: Some(factors), ..Filter::default() }
}

/// All users of a tenant who can sign in.
pub(super) fn all_of(tenant: TenantId) -> Filter {
    everybody(tenant, vec![Having { marks: Marks::every().collect(), holding: None }])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn users_of(question: &Question) -> Vec<i32> {
        let administrators = holding(TenantId::from(uuid::Uuid::nil()), Vec::new());
        question.having(&administrators).into_iter().flat_map(|having| having.marks).map(|marks| marks.0).collect()
    }

    #[test]
    fn s0_19_fragile_is_what_one_loss_takes_away() {
        let fragile = |way| users_of(&Question { fragile: vec![way], ..Question::default() });
        assert_eq!(fragile(Fragile::SmsOnly), [2, 18, 34, 50]);
        assert_eq!(fragile(Fragile::SingleDevice), [40, 56]);
        let without_codes = fragile(Fragile::NoRecoveryCodes);
        assert!(without_codes.contains(&1) && without_codes.contains(&9));
        assert!(!without_codes.contains(&0) && !without_codes.contains(&17));
    }

    #[test]
    fn s0_19_who_lacks_everything_has_no_factor_whatever_codes_are_left() {
        let lacking = |what| users_of(&Question { without: Some(what), ..Question::default() });
        assert_eq!(lacking(Without::Any), [0, 16, 32, 48]);
        assert!(lacking(Without::Factor(Method::Passkey)).iter().all(|marks| marks & 8 == 0));
        assert_eq!(users_of(&Question::default()).len(), 64);
    }
}
