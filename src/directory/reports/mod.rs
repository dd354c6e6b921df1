//! Reports on second factors: how many users of a tenant have which, by role and org unit and day by day, who has none, whose
//! are easily lost, and the same over many tenants (S0-18 to S0-20). Counts come from marks that every change of a user's
//! factors writes at the user; those who cannot sign in or are for testing count nowhere. A role is held by whatever way, as
//! `grants::of_user` says. Whoever looks after an org unit sees what is theirs.

mod counts;
mod days;
mod question;
mod remind;
mod tenants;
mod users;

use crate::access::{ExportsMake, Permit, ReportsRead, decide};
use crate::clock::Instant;
use crate::context::Cx;
use crate::directory::Directory;
use crate::directory::units::limits;
use crate::error::Result;
use crate::ids::UnitId;
use crate::store::people::{self as rows, Filter, UnitFilter};
use crate::store::{Tx, holders, units};
use question::{all_of, holding};

pub use counts::Counts;
pub use days::{Day, history, keep, number_of, purge, written};
pub use question::{Fragile, Question, Without};
pub use remind::{MOST as MOST_REMINDED, Reminded, Whom, remind};
pub use tenants::{OfTenant, Reach, by_tenant, over_tenants};
pub use users::{Behind, Page, users};

/// What of a report may be exported.
///
/// # Errors
/// [`crate::error::Error::LacksScope`] when it is nothing.
pub fn to_export(permit: Permit<ReportsRead>) -> Result<Permit<ReportsRead>> {
    let making = decide::<ExportsMake>(permit.actor(), permit.place())?;
    permit.within(&making)
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

/// How many users have which factors, as far as the permit reaches.
///
/// # Errors
/// [`crate::error::Error::TooMany`] when it takes too long.
pub async fn adoption(directory: &Directory, permit: &Permit<ReportsRead>, cx: &Cx) -> Result<Adoption> {
    let (permit, now) = (permit.clone(), cx.now);
    let work = move |tx: &mut Tx<'_>| {
        let weak = Question { fragile: vec![Fragile::SmsOnly], ..Question::default() };
        let weak = weak.filter(tx, &permit)?;
        Ok(Adoption {
            counts: counted(tx, &permit, &all_of(permit.tenant()), now)?,
            sms_only_administrators: counted(tx, &permit, &weak, now)?.users,
        })
    };
    directory.store.scan(work).await
}

/// The same by the roles that users in reach hold, by whatever way: one question for each role that was ever granted.
///
/// # Errors
/// As [`adoption`].
pub async fn by_role(directory: &Directory, permit: &Permit<ReportsRead>, cx: &Cx) -> Result<Vec<(String, Counts)>> {
    let (permit, now) = (permit.clone(), cx.now);
    let work = move |tx: &mut Tx<'_>| {
        let all = all_of(permit.tenant());
        let mut found = Vec::new();
        for role in holders::roles(tx, permit.tenant())? {
            let holdings = vec![holding(permit.tenant(), vec![role.clone()])];
            let counts = counted(tx, &permit, &Filter { holdings, ..all.clone() }, now)?;
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
        Ok((of_units(tx, &permit, page, now)?, total))
    };
    directory.store.scan(work).await
}

/// The same of up to `limit` org units whose lineages come behind one, each before those below it; and behind which the rest
/// comes.
///
/// # Errors
/// As [`adoption`].
pub async fn by_unit_behind(
    directory: &Directory,
    permit: &Permit<ReportsRead>,
    cx: &Cx,
    (after, limit): (String, i64),
) -> Result<(Vec<OfUnit>, Option<String>)> {
    let (permit, now) = (permit.clone(), cx.now);
    let work = move |tx: &mut Tx<'_>| {
        let which = units::Wanted { within: limits(&permit), parent: None };
        let some = units::behind(tx, permit.tenant(), &which, &after, limit)?;
        let full = i64::try_from(some.len()).is_ok_and(|found| found == limit);
        let last = some.last().map(|unit| unit.lineage.clone()).filter(|_| full);
        Ok((of_units(tx, &permit, some, now)?, last))
    };
    directory.store.scan(work).await
}

fn of_units(
    tx: &mut Tx<'_>,
    permit: &Permit<ReportsRead>,
    some: Vec<units::Unit>,
    now: Instant,
) -> Result<Vec<OfUnit>> {
    let all = all_of(permit.tenant());
    let mut found = Vec::with_capacity(some.len());
    for unit in some {
        let filter = Filter { unit: Some(UnitFilter::Only(unit.id)), ..all.clone() };
        found.push(OfUnit { id: unit.id, name: unit.name, counts: counted(tx, permit, &filter, now)? });
    }
    Ok(found)
}
