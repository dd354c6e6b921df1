//! What administrators filter users by, as SQL.

use diesel::dsl::{exists, sql};
use diesel::expression::{BoxableExpression, SqlLiteral};
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::marks::{self, Having};
use crate::clock::Instant;
use crate::ids::{GroupId, PartnerId, TenantId, UnitId, UserId};
use crate::store::conn::MultiBackend;
use crate::store::holders::{Holding, Holds};
use crate::store::schema::{group_member, org_unit, role_grant, tenant, user_mfa, user_org_unit, users};
use crate::store::{search, text};

/// The status of nearly everybody.
const ACTIVE: &str = "ACTIVE";

pub(super) type Sql = Box<dyn BoxableExpression<users::table, MultiBackend, SqlType = Bool>>;

/// What of all users is asked for; what is left out does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Those of a tenant.
    pub tenant: Option<TenantId>,
    /// Those of a partner's tenants.
    pub partner: Option<PartnerId>,
    /// Those with that status now.
    pub status: Option<String>,
    /// Those of an org unit.
    pub unit: Option<UnitFilter>,
    /// Direct members of a group.
    pub group: Option<GroupId>,
    /// Those with or without a confirmed factor.
    pub mfa_enabled: Option<bool>,
    /// Those to whom a role was granted, be it over whatever, and who have it still.
    pub role: Option<String>,
    /// Those whose e-mail, name or user name contains a text.
    pub search: Option<String>,
    /// Those who can sign in and for whose second factors any of these holds.
    pub factors: Option<Vec<Having>>,
    /// Those who hold each of these, by whatever way.
    pub holdings: Vec<Holding>,
    /// Those of whom a policy asks something that they lacked at their last sign-in, since then or longer.
    pub asked_by: Option<Instant>,
    /// Those of these ids.
    pub ids: Option<Vec<UserId>>,
}

/// Users of an org unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnitFilter {
    /// Of the unit itself.
    Only(UnitId),
    /// Of the unit and those below it: its lineage, and the tenant it is of.
    Below(TenantId, String),
}

impl Filter {
    /// The same for users of every status, where it asks for tenants and their active users alone.
    pub(super) fn but_active(&self) -> Option<Self> {
        let all = Self { status: None, ..self.clone() };
        (self.status.as_deref() == Some(ACTIVE) && all.is_only_place()).then_some(all)
    }

    /// Whether it asks for tenants alone.
    pub(super) fn is_only_place(&self) -> bool {
        let Self {
            tenant: _,
            partner: _,
            status,
            unit,
            group,
            mfa_enabled,
            role,
            search,
            factors,
            holdings,
            asked_by,
            ids,
        } = self;
        status.is_none()
            && unit.is_none()
            && group.is_none()
            && mfa_enabled.is_none()
            && role.is_none()
            && search.is_none()
            && factors.is_none()
            && holdings.is_empty()
            && asked_by.is_none()
            && ids.is_none()
    }
}

/// The filter but for its tenant, part by part.
pub(super) fn of(filter: &Filter, now: Instant) -> Vec<Sql> {
    let Filter { tenant: _, partner, status, unit, group, mfa_enabled, role, search, factors, holdings, asked_by, ids } =
        filter;
    let held = holdings.iter().map(|holding| Box::new(Holds::new(holding.clone(), now)) as Sql);
    let parts = [
        partner.map(of_partner),
        status.as_ref().map(|status| has_status(status, now)),
        unit.as_ref().map(of_unit),
        group.map(of_group),
        mfa_enabled.map(|enabled| Box::new(users::mfa_enabled.eq(enabled)) as Sql),
        role.as_ref().map(|role| has_role(role, now)),
        search.as_ref().map(|text| holds_text(text)),
        factors.as_ref().map(|any| marks::any_of(any, now)),
        asked_by.map(asked_until),
        ids.as_ref().map(|ids| Box::new(users::id.eq_any(ids.clone())) as Sql),
    ];
    parts.into_iter().flatten().chain(held).collect()
}

fn of_partner(partner: PartnerId) -> Sql {
    let theirs = tenant::table.filter(tenant::partner_id.eq(partner)).select(tenant::id);
    Box::new(users::tenant_id.eq_any(theirs))
}

/// A timed status ends when it is read: then what comes after it holds. Each side says again what the index that leads to
/// its rows is of; most users are `ACTIVE`, and no index leads to those.
pub(super) fn has_status(status: &str, now: Instant) -> Sql {
    let written = users::status.eq(status.to_owned());
    let written: Sql = match status {
        ACTIVE => Box::new(written),
        _ => Box::new(written.and(other_than_active())),
    };
    let after = users::status_after.assume_not_null().eq(status.to_owned());
    stands_or_follows(written, Box::new(after), now)
}

/// Holds for every user of whom `has_status` does not hold with [`ACTIVE`].
pub(super) fn is_not_active(now: Instant) -> Sql {
    let after = users::status_after.assume_not_null().ne(ACTIVE);
    stands_or_follows(Box::new(other_than_active()), Box::new(after), now)
}

/// As the index says it that leads to such users.
fn other_than_active() -> SqlLiteral<Bool> {
    sql("users.status <> 'ACTIVE'")
}

/// Whether the first holds of the status as it was written and that stands, or the second of what comes after one that ended.
fn stands_or_follows(written: Sql, after: Sql, now: Instant) -> Sql {
    let stands = users::status_until
        .is_null()
        .or(users::status_after.is_null())
        .or(users::status_until.gt(now).assume_not_null());
    let ended = users::status_until.is_not_null().and(users::status_until.assume_not_null().le(now));
    let follows = users::deleted.is_null().and(ended).and(users::status_after.is_not_null().and(after));
    Box::new(users::deleted.is_null().and(written.and(stands)).or(follows))
}

fn of_unit(unit: &UnitFilter) -> Sql {
    match unit {
        UnitFilter::Only(unit) => {
            let of_unit = user_org_unit::table.filter(user_org_unit::unit_id.eq(*unit));
            Box::new(users::id.eq_any(of_unit.select(user_org_unit::user_id)))
        }
        UnitFilter::Below(tenant, lineage) => below(*tenant, lineage),
    }
}

/// Holds for the users of a unit and of those below it.
pub(super) fn below(tenant: TenantId, lineage: &str) -> Sql {
    let end = text::after_prefix(lineage).unwrap_or_default();
    let lineages = org_unit::lineage.ge(lineage.to_owned()).and(org_unit::lineage.lt(end));
    let units = org_unit::table.filter(org_unit::tenant_id.eq(tenant).and(lineages)).select(org_unit::id);
    let of_units = user_org_unit::table.filter(user_org_unit::unit_id.eq_any(units));
    Box::new(users::id.eq_any(of_units.select(user_org_unit::user_id)))
}

fn of_group(group: GroupId) -> Sql {
    let members = group_member::table.filter(group_member::group_id.eq(group).and(group_member::is_group.eq(false)));
    Box::new(users::id.eq_any(members.select(group_member::member_id)))
}

fn has_role(role: &str, now: Instant) -> Sql {
    let living = role_grant::expires.is_null().or(role_grant::expires.assume_not_null().gt(now));
    let granted = role_grant::table
        .filter(role_grant::subject_kind.eq("user").and(role_grant::role.eq(role.to_owned())).and(living))
        .select(role_grant::subject_id);
    Box::new(users::id.eq_any(granted))
}

/// User by user, through their keys: how many are asked for something in other tenants does not matter.
fn asked_until(end: Instant) -> Sql {
    let asked = user_mfa::asked_since.is_not_null().and(user_mfa::asked_since.assume_not_null().le(end));
    Box::new(exists(user_mfa::table.filter(user_mfa::user_id.eq(users::id).and(asked))))
}

/// By the search index, where the text has enough characters for it.
fn holds_text(text: &str) -> Sql {
    let folded = scim_core::fold::fold(text);
    match search::Contains::in_any(&folded) {
        Some(contains) => Box::new(contains),
        None => {
            let pattern = search::pattern_of_short(&folded);
            Box::new(users::search.is_not_null().and(users::search.assume_not_null().like(pattern).escape('\\')))
        }
    }
}
