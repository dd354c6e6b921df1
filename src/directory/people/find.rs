//! One user with its account.

use serde_json::{Map, Value};

use crate::access::{
    Actor, ApplicationUsersRead, Extent, PermissionType, Permit, Place, Span, UsersRead, WidePermit, decide,
};
use crate::clock::Instant;
use crate::context::Cx;
use crate::directory::{Directory, membership, places};
use crate::error::{Error, Result};
use crate::ids::{SubjectId, TenantId, UnitId, UserId};
use crate::store::Tx;
use crate::store::people::{self as rows, Person};

use super::{Details, Include, Listed, Membership};

/// The status of those who may sign in.
const ACTIVE: &str = "ACTIVE";

/// The permit of an actor in the tenant of a user; whoever may not know of the tenant does not learn that there is such a
/// user.
///
/// # Errors
/// [`Error::Missing`] when there is no such user or the actor may not know of its tenant; [`Error::LacksScope`] when it
/// may not do that there.
pub async fn permit<P: PermissionType>(directory: &Directory, actor: &Actor, id: UserId) -> Result<Permit<P>> {
    let place = places::of_user(directory, id).await?;
    let permit = decide(actor, &place).map_err(|error| match error {
        Error::Missing(_) => Error::Missing("user"),
        other => other,
    })?;
    check(directory, &permit, id).await?;
    Ok(permit)
}

/// The one tenant that a permit reaches; `None` when it reaches more or all.
///
/// # Errors
/// When the database cannot be asked.
pub async fn only_tenant<P: PermissionType>(directory: &Directory, permit: &WidePermit<P>) -> Result<Option<Place>> {
    let span = permit.span().clone();
    let reached = directory.store.read_one(move |tx| rows::reached_tenants(tx, &span)).await?;
    match reached.as_deref() {
        Some([tenant]) => Ok(Some(places::find(directory, &tenant.to_string()).await?)),
        _ => Ok(None),
    }
}

/// Asks that the tenant have such an org unit, and that the permit reach it.
///
/// # Errors
/// [`Error::Missing`] when not.
pub async fn check_unit<P: PermissionType>(directory: &Directory, permit: &Permit<P>, id: UnitId) -> Result<()> {
    let (tenant, extent) = (permit.tenant(), permit.extent().clone());
    directory.store.read_one(move |tx| reached_unit(tx, (tenant, &extent), id).map(drop)).await
}

/// The org unit of that id, when it lies in so much of a tenant.
///
/// # Errors
/// [`Error::Missing`] when not.
pub(super) fn reached_unit(tx: &mut Tx<'_>, (tenant, extent): (TenantId, &Extent), id: UnitId) -> Result<rows::Unit> {
    let reaches = |unit: &rows::Unit| match extent {
        Extent::Whole => true,
        Extent::Units(lineages) => lineages.iter().any(|above| unit.lineage.starts_with(&**above)),
    };
    let found = rows::unit(tx, id)?.filter(|unit| unit.tenant == tenant && reaches(unit));
    found.ok_or(Error::Missing("org unit"))
}

/// Asks that there be such a user in reach.
///
/// # Errors
/// [`Error::Missing`] when there is none.
pub async fn check<P: PermissionType>(directory: &Directory, permit: &Permit<P>, id: UserId) -> Result<()> {
    let (span, tenant) = (permit.span(), permit.tenant());
    let found = directory.store.read_few(move |tx| of_tenant(tx, &span, tenant, id).map(|_| ()));
    found.await
}

/// A user. Whoever did something to a user is told what came of it, so the permit may be any.
///
/// # Errors
/// [`Error::Missing`] when there is none that the permit reaches.
pub async fn find<P: PermissionType>(
    directory: &Directory,
    permit: &Permit<P>,
    cx: &Cx,
    id: UserId,
    include: Include,
) -> Result<Details> {
    within(directory, permit.span(), permit.tenant(), cx, id, include).await
}

/// A user whom the permit was just used on, be it that they left its reach by that: what was done is told, not denied.
///
/// # Errors
/// [`Error::Missing`] when the tenant has no such user any more.
pub async fn find_changed<P: PermissionType>(
    directory: &Directory,
    permit: &Permit<P>,
    cx: &Cx,
    id: UserId,
) -> Result<Details> {
    let tenant = permit.tenant();
    let span = Span::Within { partners: Vec::new(), tenants: vec![tenant], units: Vec::new() };
    within(directory, span, tenant, cx, id, Include::default()).await
}

async fn within(
    directory: &Directory,
    span: Span,
    tenant: TenantId,
    cx: &Cx,
    id: UserId,
    include: Include,
) -> Result<Details> {
    let now = cx.now;
    let found = directory.store.read_few(move |tx| {
        let (person, document) = of_tenant(tx, &span, tenant, id)?;
        complete(tx, person, document, include, now)
    });
    found.await
}

/// A user who is assigned to the application that asks, be it through a group, and may sign in (IR-14).
///
/// # Errors
/// [`Error::Missing`] for any other; [`Error::LacksScope`] when no application asks.
pub async fn find_assigned(
    directory: &Directory,
    permit: &Permit<ApplicationUsersRead>,
    cx: &Cx,
    id: UserId,
) -> Result<Details> {
    let Actor::Application(application) = permit.actor() else {
        return Err(Error::LacksScope);
    };
    let (application, span, tenant, now) = (application.application, permit.span(), permit.tenant(), cx.now);
    let found = directory.store.read_few(move |tx| {
        let (person, document) = of_tenant(tx, &span, tenant, id)?;
        let details = complete(tx, person, document, Include::default(), now)?;
        let groups = details.groups.iter().map(|group| SubjectId::from(group.id.uuid()));
        let subjects: Vec<SubjectId> = std::iter::once(SubjectId::from(id.uuid())).chain(groups).collect();
        if details.listed.status != ACTIVE || !rows::assigned(tx, application, &subjects)? {
            return Err(Error::Missing("user"));
        }
        Ok(details)
    });
    found.await
}

/// The groups that a user is in, direct ones first.
///
/// # Errors
/// As [`find`].
pub async fn memberships(directory: &Directory, permit: &Permit<UsersRead>, id: UserId) -> Result<Vec<Membership>> {
    let (span, tenant) = (permit.span(), permit.tenant());
    let found = directory.store.read_few(move |tx| {
        of_tenant(tx, &span, tenant, id)?;
        membership::of_user(tx, tenant, id)
    });
    found.await
}

type Found = (Person, Map<String, Value>);

fn of_tenant(tx: &mut Tx<'_>, span: &Span, tenant: TenantId, id: UserId) -> Result<Found> {
    let found = rows::find(tx, span, id)?.filter(|(person, _)| person.tenant == tenant);
    found.ok_or(Error::Missing("user"))
}

fn complete(
    tx: &mut Tx<'_>,
    person: Person,
    document: Map<String, Value>,
    include: Include,
    now: Instant,
) -> Result<Details> {
    let id = person.id;
    let home = rows::homes(tx, &[id])?.remove(&id);
    Ok(Details {
        user_name: person.user_name.clone(),
        document,
        email_verified: person.email_verified && person.email.is_some(),
        unit: home.as_ref().map(|home| home.unit),
        groups: membership::of_user(tx, person.tenant, id)?,
        created: person.created,
        updated: (person.version > 1).then_some(person.modified),
        password_changed: rows::password_changed(tx, id)?,
        claims: if include.identities { Some(rows::claims(tx, id)?) } else { None },
        sessions: if include.sessions { Some(rows::sessions(tx, id, now)?) } else { None },
        listed: Listed::of(person, home.as_ref(), now),
    })
}
