//! Reports on second factors: how many users of a tenant have which, by role and org unit and day by day, who has none, and
//! whose are easily lost (S0-18 to S0-20). Counts come from marks that every change of a user's factors writes at the user;
//! those who cannot sign in or are for testing count nowhere. Whoever looks after an org unit sees what is theirs.

mod days;
mod remind;

use crate::access::{Permit, ReportsRead, UsersRead, decide};
use crate::clock::Instant;
use crate::context::Cx;
use crate::directory::people::{self, Page, Query, UnitQuery};
use crate::directory::units::limits;
use crate::directory::{Directory, factors::Method};
use crate::error::{Error, Result};
use crate::ids::{TenantId, UnitId};
use crate::store::factors::Marks;
use crate::store::people::{self as rows, Filter, Having, UnitFilter};
use crate::store::{Tx, mfa_days, units};

pub use days::{Day, history, keep, number_of, purge, written};
pub use remind::{MOST as MOST_REMINDED, Reminded, Whom, remind};

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

    fn holds(self, marks: Marks) -> bool {
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

/// Which users are asked for; without anything, all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Question {
    /// Those who lack this.
    pub without: Option<Without>,
    /// Those whose factors are fragile in one of these ways; none does not matter.
    pub fragile: Vec<Fragile>,
}

impl Question {
    /// The same in marks.
    fn having(&self) -> Vec<Having> {
        let lacks = |marks: &Marks| match self.without {
            None => true,
            Some(Without::Any) => !marks.any(),
            Some(Without::Factor(method)) => !marks.has(mark_of(method)),
        };
        let of = |holds: &dyn Fn(Marks) -> bool| -> Vec<Marks> {
            Marks::every().filter(|marks| lacks(marks) && holds(*marks)).collect()
        };
        if self.fragile.is_empty() {
            return vec![Having { marks: of(&|_| true), administrators: false }];
        }
        let each = self
            .fragile
            .iter()
            .map(|way| Having { marks: of(&|marks| way.holds(marks)), administrators: *way == Fragile::SmsOnly });
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

/// How many users have which factors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Users in all.
    pub users: i64,
    /// Those with any factor.
    pub enabled: i64,
    /// Those with a passkey.
    pub passkey: i64,
    /// Those with an authenticator.
    pub totp: i64,
    /// Those with a telephone.
    pub sms: i64,
    /// Those with a mailbox.
    pub email: i64,
    /// Those with one passkey that never leaves its device, and nothing else.
    pub single_device: i64,
    /// Those with a factor and no recovery code.
    pub no_recovery_codes: i64,
}

impl Counts {
    fn of(rows: &[(Marks, i64)]) -> Self {
        let sum = |holds: &dyn Fn(Marks) -> bool| {
            rows.iter().filter(|(marks, _)| holds(*marks)).map(|(_, amount)| amount).sum::<i64>()
        };
        let with = |mark: Marks| sum(&|marks| marks.has(mark));
        Self {
            users: sum(&|_| true),
            enabled: sum(&Marks::any),
            passkey: with(Marks::PASSKEY),
            totp: with(Marks::TOTP),
            sms: with(Marks::SMS),
            email: with(Marks::EMAIL),
            single_device: sum(&|marks| Fragile::SingleDevice.holds(marks)),
            no_recovery_codes: sum(&|marks| Fragile::NoRecoveryCodes.holds(marks)),
        }
    }
}

/// What a report says of the users in reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Adoption {
    /// How many have which factors.
    pub counts: Counts,
    /// Administrators who have nothing but text messages.
    pub sms_only_administrators: i64,
}

fn counted(tx: &mut Tx<'_>, permit: &Permit<ReportsRead>, filter: &Filter, now: Instant) -> Result<Counts> {
    rows::by_marks(tx, &permit.span(), filter, now).map(|found| Counts::of(&found))
}

fn all_of(tenant: TenantId, question: &Question) -> Filter {
    Filter { tenant: Some(tenant), factors: Some(question.having()), ..Filter::default() }
}

/// How many users have which factors, as far as the permit reaches.
///
/// # Errors
/// [`Error::TooMany`] when it takes too long.
pub async fn adoption(directory: &Directory, permit: &Permit<ReportsRead>, cx: &Cx) -> Result<Adoption> {
    let (permit, now) = (permit.clone(), cx.now);
    let work = move |tx: &mut Tx<'_>| {
        let weak = Question { fragile: vec![Fragile::SmsOnly], ..Question::default() };
        Ok(Adoption {
            counts: counted(tx, &permit, &all_of(permit.tenant(), &Question::default()), now)?,
            sms_only_administrators: counted(tx, &permit, &all_of(permit.tenant(), &weak), now)?.users,
        })
    };
    directory.store.scan(work).await
}

/// The same by the roles that are granted to users.
///
/// # Errors
/// As [`adoption`].
pub async fn by_role(directory: &Directory, permit: &Permit<ReportsRead>, cx: &Cx) -> Result<Vec<(String, Counts)>> {
    let (permit, now) = (permit.clone(), cx.now);
    let work = move |tx: &mut Tx<'_>| {
        let all = all_of(permit.tenant(), &Question::default());
        let mut found = Vec::new();
        for role in mfa_days::roles(tx, permit.tenant())? {
            let counts = counted(tx, &permit, &Filter { role: Some(role.clone()), ..all.clone() }, now)?;
            if counts.users > 0 {
                found.push((role, counts));
            }
        }
        Ok(found)
    };
    directory.store.scan(work).await
}

/// An org unit, and how many of its own users have which factors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfUnit {
    /// The unit.
    pub id: UnitId,
    /// Its name.
    pub name: String,
    /// Its users.
    pub counts: Counts,
}

/// The same by org units, a page of them by name, and how many units there are.
///
/// # Errors
/// As [`adoption`].
pub async fn by_unit(
    directory: &Directory,
    permit: &Permit<ReportsRead>,
    cx: &Cx,
    (offset, limit): (i64, i64),
) -> Result<(Vec<OfUnit>, i64)> {
    let (permit, now) = (permit.clone(), cx.now);
    let work = move |tx: &mut Tx<'_>| {
        let which = units::Wanted { within: limits(&permit), parent: None };
        let (page, total) = units::page(tx, permit.tenant(), &which, offset, limit)?;
        let all = all_of(permit.tenant(), &Question::default());
        let mut found = Vec::with_capacity(page.len());
        for unit in page {
            let filter = Filter { unit: Some(UnitFilter::Only(unit.id)), ..all.clone() };
            found.push(OfUnit { id: unit.id, name: unit.name, counts: counted(tx, &permit, &filter, now)? });
        }
        Ok((found, total))
    };
    directory.store.scan(work).await
}

/// One page of the users of whom a question holds. Whoever asks must see users too, and sees those whom both permissions
/// reach.
///
/// # Errors
/// [`Error::LacksScope`] without the permission to see users; else as [`people::list`].
pub async fn users(
    directory: &Directory,
    permit: &Permit<ReportsRead>,
    cx: &Cx,
    question: &Question,
    query: Query,
) -> Result<Page> {
    let seeing = decide::<UsersRead>(permit.actor(), permit.place())?;
    let mut query = query;
    query.wanted.factors = Some(question.having());
    query.wanted.within = Some(permit.span());
    people::list(directory, &seeing, cx, query).await
}

/// The unit of a question, as far as the tenant has it.
fn unit_filter(tx: &mut Tx<'_>, tenant: TenantId, query: UnitQuery) -> Result<UnitFilter> {
    let found = rows::unit(tx, query.unit)?.filter(|unit| unit.tenant == tenant).ok_or(Error::Missing("org unit"))?;
    Ok(match query.include_children {
        true => UnitFilter::Below(found.tenant, found.lineage),
        false => UnitFilter::Only(query.unit),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn users_of(question: &Question) -> Vec<i32> {
        question.having().into_iter().flat_map(|having| having.marks).map(|marks| marks.0).collect()
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

    #[test]
    fn s0_19_counts_add_up() {
        let rows = [(Marks(0), 7), (Marks(1), 2), (Marks(8 + 32), 3), (Marks(8 + 16), 4), (Marks(2 + 16), 1)];
        let counts = Counts::of(&rows);
        assert_eq!((counts.users, counts.enabled, counts.passkey, counts.totp, counts.sms), (17, 10, 7, 2, 1));
        assert_eq!((counts.single_device, counts.no_recovery_codes, counts.email), (3, 5, 0));
    }
}
