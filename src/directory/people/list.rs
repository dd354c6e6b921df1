//! Lists of users, over one tenant or as far as somebody reaches.

use crate::access::{Actor, PermissionType, Permit, Span, UsersRead, WidePermit, decide};
use crate::clock::Instant;
use crate::context::Cx;
use crate::directory::{Directory, places};
use crate::error::{Error, Result};
use crate::ids::{GroupId, PartnerId, TenantId, UnitId, UserId};
use crate::store::Tx;
use crate::store::people::{self as rows, Column, Filter, Order, Person, UnitFilter, Window};

use super::Listed;
use super::find::reached_unit;

/// Pages that begin behind so many users are counted off in the lane for long reads.
const DEEP: u64 = 1_000;

/// What users are asked for; what is left out does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Those with that status now.
    pub status: Option<String>,
    /// Over one tenant: those of an org unit.
    pub unit: Option<UnitQuery>,
    /// Direct members of a group.
    pub group: Option<GroupId>,
    /// Those with or without a confirmed factor.
    pub mfa_enabled: Option<bool>,
    /// Those to whom a role was granted.
    pub role: Option<String>,
    /// Those whose e-mail, name or user name contains a text.
    pub search: Option<String>,
    /// Over many tenants: those of a tenant, by its id or slug.
    pub tenant: Option<String>,
    /// Over many tenants: those of a partner's tenants.
    pub partner: Option<String>,
}

/// Users of an org unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnitQuery {
    /// The unit.
    pub unit: UnitId,
    /// Whether those of the units below it are meant too.
    pub include_children: bool,
}

/// A question for a list.
#[derive(Clone, Debug)]
pub struct Query {
    /// Which users.
    pub wanted: Wanted,
    /// In which order.
    pub order: Order,
    /// How many come before the page.
    pub offset: u64,
    /// How many the page has at most.
    pub limit: u64,
}

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The users of the page.
    pub items: Vec<Listed>,
    /// How many there are on all pages.
    pub total: u64,
}

/// One page of the users of a tenant, as far as the permit reaches.
///
/// # Errors
/// [`Error::Missing`] when the query names an org unit out of reach or a group that the tenant does not have;
/// [`Error::TooMany`] when it takes too long.
pub async fn list(directory: &Directory, permit: &Permit<UsersRead>, cx: &Cx, query: Query) -> Result<Page> {
    run(directory, permit.span(), Some(permit.clone()), None, cx.now, query).await
}

/// One page of all users that the permit reaches.
///
/// # Errors
/// [`Error::Missing`] when the query names a tenant or a partner out of reach (IR-2), else as [`list`].
pub async fn list_widely(directory: &Directory, permit: &WidePermit<UsersRead>, cx: &Cx, query: Query) -> Result<Page> {
    let only = match &query.wanted.tenant {
        Some(name) => Some(in_tenant(directory, permit.actor(), name).await?),
        None => None,
    };
    let span = only.as_ref().map_or_else(|| permit.span().clone(), Permit::span);
    let partner = match &query.wanted.partner {
        Some(partner) => Some(in_reach(directory, permit.span(), partner).await?),
        None => None,
    };
    run(directory, span, only, partner, cx.now, query).await
}

/// The permit in one tenant; whoever has none there does not learn whether the tenant exists.
async fn in_tenant(directory: &Directory, actor: &Actor, name: &str) -> Result<Permit<UsersRead>> {
    let place = places::find(directory, name).await?;
    decide(actor, &place).map_err(|error| match error {
        Error::LacksScope => Error::Missing("tenant"),
        other => other,
    })
}

async fn in_reach(directory: &Directory, span: &Span, partner: &str) -> Result<PartnerId> {
    let missing = || Error::Missing("partner");
    let id: PartnerId = partner.parse().map_err(|_| missing())?;
    let known = match span {
        Span::Everywhere => directory.store.read_one(move |tx| rows::partner_exists(tx, id)).await?,
        Span::Within { partners, .. } => partners.contains(&id),
    };
    if known { Ok(id) } else { Err(missing()) }
}

async fn run(
    directory: &Directory,
    span: Span,
    only: Option<Permit<UsersRead>>,
    partner: Option<PartnerId>,
    now: Instant,
    query: Query,
) -> Result<Page> {
    let short = is_short(&span, only.as_ref().map(Permit::tenant), &query);
    let work = move |tx: &mut Tx<'_>| {
        let filter = filter(tx, &query.wanted, only.as_ref(), partner)?;
        page(tx, &span, &filter, &query, now)
    };
    if short { directory.store.read(work).await } else { directory.store.scan(work).await }
}

/// Whether an index leads to the page, and a counter tells how many there are.
fn is_short(span: &Span, tenant: Option<TenantId>, query: &Query) -> bool {
    let Wanted { tenant: _, partner, status, unit, group, mfa_enabled, role, search } = &query.wanted;
    let unfiltered = partner.is_none()
        && status.is_none()
        && unit.is_none()
        && group.is_none()
        && mfa_enabled.is_none()
        && role.is_none()
        && search.is_none();
    let whole = match span {
        Span::Everywhere => true,
        Span::Within { tenants, .. } => tenant.is_some_and(|tenant| tenants.contains(&tenant)),
    };
    let indexed = query.order.column != Column::Status;
    unfiltered && whole && tenant.is_some() && indexed && query.offset <= DEEP
}

fn filter(
    tx: &mut Tx<'_>,
    wanted: &Wanted,
    only: Option<&Permit<UsersRead>>,
    partner: Option<PartnerId>,
) -> Result<Filter> {
    let (tenant, unit) = (only.map(Permit::tenant), wanted.unit);
    let unit = unit.map(|query| in_unit(tx, only.ok_or(Error::Missing("org unit"))?, query)).transpose()?;
    if let (Some(group), Some(tenant)) = (wanted.group, tenant)
        && !rows::has_group(tx, tenant, group)?
    {
        return Err(Error::Missing("group"));
    }
    Ok(Filter {
        tenant,
        partner,
        status: wanted.status.clone(),
        unit,
        group: wanted.group,
        mfa_enabled: wanted.mfa_enabled,
        role: wanted.role.clone(),
        search: wanted.search.clone(),
        ..Filter::default()
    })
}

/// The users of an org unit, which must be in reach: an empty answer would tell that it is there.
///
/// # Errors
/// [`Error::Missing`] when the tenant has no such unit that the permit reaches.
pub(in crate::directory) fn in_unit<P: PermissionType>(
    tx: &mut Tx<'_>,
    permit: &Permit<P>,
    query: UnitQuery,
) -> Result<UnitFilter> {
    let found = reached_unit(tx, (permit.tenant(), permit.extent()), query.unit)?;
    Ok(match query.include_children {
        true => UnitFilter::Below(found.tenant, found.lineage),
        false => UnitFilter::Only(query.unit),
    })
}

fn page(tx: &mut Tx<'_>, span: &Span, filter: &Filter, query: &Query, now: Instant) -> Result<Page> {
    let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let window = Window { order: query.order, offset: number(query.offset), limit: number(query.limit) };
    let people = rows::page(tx, span, filter, &window, now)?;
    let found = people.len() as u64;
    // A page that is neither full nor empty ends the list, so its end is the total.
    let total = if found > 0 && found < query.limit {
        query.offset.saturating_add(found)
    } else {
        u64::try_from(rows::count(tx, span, filter, now)?).unwrap_or(0)
    };
    Ok(Page { items: listed(tx, people, now)?, total })
}

/// Users as a list shows them.
///
/// # Errors
/// When the database cannot be asked.
pub(in crate::directory) fn listed(tx: &mut Tx<'_>, people: Vec<Person>, now: Instant) -> Result<Vec<Listed>> {
    let ids: Vec<UserId> = people.iter().map(|person| person.id).collect();
    let homes = rows::homes(tx, &ids)?;
    let listed = people.into_iter().map(|person| {
        let home = homes.get(&person.id);
        Listed::of(person, home, now)
    });
    Ok(listed.collect())
}
