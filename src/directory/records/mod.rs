//! What was changed and what happened, as administrators read it: the newest first, by pages, as far as they reach. It
//! writes nothing; who records is `journal`.

mod names;

use crate::access::{Actor, AuditRead, ExportsMake, Extent, Permit, Place, Span, WidePermit, decide, decide_widely};
use crate::error::{Error, Result};
use crate::ids::{TenantId, UserId};
use crate::store::activity::{self as events, Wanted as WantedEvents};
use crate::store::journal::{self, Wanted as WantedChanges};
use crate::store::names as known;

pub use crate::clock::Instant;
pub use crate::journal::Operation;
pub use crate::store::activity::Read as Event;
pub use crate::store::journal::Read as Change;

use super::Directory;
use super::{people, places};

/// What may be read: proof that it was asked for.
#[derive(Clone, Debug)]
pub struct Reach {
    /// `None` is every tenant.
    tenants: Option<Vec<TenantId>>,
    /// One user only.
    user: Option<UserId>,
}

/// What is asked for; what is left out does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// By the actor of this id.
    pub actor: Option<String>,
    /// Of this kind: of changes `create`, `update` ..., of events `sign_in`, `denied`, `read`.
    pub action: Option<String>,
    /// Of this kind of thing.
    pub resource_type: Option<String>,
    /// Of this thing.
    pub resource: Option<String>,
    /// Of users of this identity source.
    pub source: Option<String>,
    /// With this outcome.
    pub outcome: Option<String>,
    /// Not before this.
    pub from: Option<Instant>,
    /// Before this.
    pub to: Option<Instant>,
}

/// Some of the records, the newest first, and where those behind them begin.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The records.
    pub items: Vec<T>,
    /// The position before which the next page begins; `None` when there is none.
    pub next: Option<i64>,
}

/// All of a tenant.
///
/// # Errors
/// [`Error::Denied`] when the permit holds in some org units only: records are of whole tenants.
pub fn in_tenant(permit: &Permit<AuditRead>) -> Result<Reach> {
    permit.whole()?;
    Ok(Reach { tenants: Some(vec![permit.tenant()]), user: None })
}

/// All tenants that the permit reaches as a whole.
///
/// # Errors
/// [`Error::LacksScope`] when it reaches none.
pub async fn widely(directory: &Directory, permit: &WidePermit<AuditRead>) -> Result<Reach> {
    Ok(Reach { tenants: tenants(directory, permit.span()).await?, user: None })
}

/// The whole tenants of a span; `None` is all there are.
async fn tenants(directory: &Directory, span: &Span) -> Result<Option<Vec<TenantId>>> {
    match span {
        Span::Everywhere => Ok(None),
        Span::Within { partners, tenants, .. } if partners.is_empty() && tenants.is_empty() => Err(Error::LacksScope),
        Span::Within { partners, tenants, .. } => {
            let (partners, own) = (partners.clone(), tenants.clone());
            let theirs = directory.store.read_one(move |tx| known::tenants_of(tx, &partners)).await?;
            Ok(Some(theirs.into_iter().chain(own).collect()))
        }
    }
}

/// The permit of an actor in the tenant of a user, deleted or not; whoever may not know of the tenant does not learn that
/// there is such a user. Whether it reaches the user is asked by [`of_user`].
///
/// # Errors
/// [`Error::Missing`] when there is no such user or the actor may not know of its tenant; [`Error::LacksScope`] when it
/// may not read records there.
pub async fn permit_of_user(directory: &Directory, actor: &Actor, user: UserId) -> Result<Permit<AuditRead>> {
    let place = places::of_user(directory, user).await?;
    decide(actor, &place).map_err(|error| match error {
        Error::Missing(_) => Error::Missing("user"),
        other => other,
    })
}

/// What concerns one user, deleted or not; in some org units only, one who is in them.
///
/// # Errors
/// [`Error::Missing`] when there is no such user in reach.
pub async fn of_user(directory: &Directory, permit: &Permit<AuditRead>, user: UserId) -> Result<Reach> {
    match permit.extent() {
        Extent::Units(_) => people::check(directory, permit, user).await?,
        Extent::Whole if places::of_user(directory, user).await?.tenant == permit.tenant() => {}
        Extent::Whole => return Err(Error::Missing("user")),
    }
    Ok(Reach { tenants: Some(vec![permit.tenant()]), user: Some(user) })
}

/// What of a reach may be exported.
///
/// # Errors
/// [`Error::LacksScope`] or [`Error::Denied`] when it is nothing.
pub async fn for_export(directory: &Directory, actor: &Actor, place: Option<&Place>, reach: Reach) -> Result<Reach> {
    let Some(place) = place else {
        let exported = tenants(directory, decide_widely::<ExportsMake>(actor)?.span()).await?;
        let both = match (reach.tenants, exported) {
            (Some(mut read), Some(exported)) => {
                read.retain(|tenant| exported.contains(tenant));
                Some(read)
            }
            (read, exported) => read.or(exported),
        };
        return Ok(Reach { tenants: both, ..reach });
    };
    let permit = decide::<ExportsMake>(actor, place)?;
    match (permit.extent(), reach.user) {
        (Extent::Units(_), Some(user)) => people::check(directory, &permit, user).await?,
        _ => permit.whole()?,
    }
    Ok(reach)
}

/// Changes, the newest first, with names as they were, or as they are where none was kept.
///
/// # Errors
/// When the database cannot be asked.
pub async fn changes(
    directory: &Directory,
    reach: &Reach,
    filter: &Filter,
    before: Option<i64>,
    limit: u32,
) -> Result<Page<Change>> {
    let user = reach.user.map(|user| user.to_string());
    if user.is_some() && filter.resource.is_some() && filter.resource != user {
        return Ok(Page { items: Vec::new(), next: None });
    }
    let Filter { actor, action, resource_type, resource, source, outcome: _, from, to } = filter.clone();
    let wanted = WantedChanges {
        tenants: reach.tenants.clone(),
        actor,
        operation: action,
        resource_type,
        resource: user.or(resource),
        source,
        request: None,
        from,
        to,
        after: None,
        before,
    };
    let work = move |tx: &mut crate::store::Tx<'_>| {
        let mut found = journal::newest(tx, &wanted, i64::from(limit) + 1)?;
        let page = cut(&mut found, limit, |change| change.seq);
        names::complete(tx, &mut found)?;
        Ok(Page { items: found, next: page })
    };
    directory.store.scan(work).await
}

/// Events, the newest first.
///
/// # Errors
/// When the database cannot be asked.
pub async fn events(
    directory: &Directory,
    reach: &Reach,
    filter: &Filter,
    before: Option<i64>,
    limit: u32,
) -> Result<Page<Event>> {
    let wanted = WantedEvents {
        tenants: reach.tenants.clone(),
        kind: filter.action.clone(),
        outcome: filter.outcome.clone(),
        actor: filter.actor.clone(),
        user: reach.user.or(filter.resource.as_deref().and_then(|id| id.parse().ok())),
        from: filter.from,
        to: filter.to,
        before,
    };
    let found = directory.store.scan(move |tx| events::newest(tx, &wanted, i64::from(limit) + 1)).await;
    let mut items = found?;
    let next = cut(&mut items, limit, |event| event.seq);
    Ok(Page { items, next })
}

/// Leaves a page of what was found; the position that the next one begins before.
fn cut<T>(found: &mut Vec<T>, limit: u32, seq: impl Fn(&T) -> i64) -> Option<i64> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = found.len() > limit;
    found.truncate(limit);
    found.last().map(seq).filter(|_| more)
}
