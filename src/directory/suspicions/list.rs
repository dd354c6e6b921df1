//! Suspicious activity as administrators see it: the newest first, by pages, as far as they reach; and what they say that was
//! seen to.

use crate::access::{AlertsWrite, AuditRead, Extent, PermissionType, Permit, PlatformRead, WidePermit};
use crate::clock::Instant;
use crate::context::Cx;
use crate::directory::Directory;
use crate::directory::people::shown_email;
use crate::error::{Error, Result};
use crate::ids::{SuspicionId, TenantId, UserId};
use crate::journal::{self, Author, Change, Diff, Operation};
use crate::store::suspicions::{self as rows, Evidence, Suspicion, Wanted};
use crate::store::{Lock, Tx, people};

use super::{Kind, Severity};

/// Rows that are read at once where only some are in reach.
const SLICE: i64 = 200;

/// Something that looks like an attack, and whom it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The suspicion.
    pub suspicion: Suspicion,
    /// The user: whom it is about, or in a list of all tenants the last one of many.
    pub user: Option<UserId>,
    /// The e-mail that stands for the user.
    pub email: Option<String>,
}

/// The same with its evidence, the oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detail {
    /// What was found.
    pub found: Found,
    /// What happened.
    pub evidence: Vec<Evidence>,
}

/// What is asked for; what is left out does not matter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of this kind.
    pub kind: Option<Kind>,
    /// Of this severity.
    pub severity: Option<Severity>,
    /// About this user.
    pub user: Option<UserId>,
    /// Found not before this.
    pub from: Option<Instant>,
    /// Found before this.
    pub to: Option<Instant>,
    /// Those that somebody saw to, or those that nobody did.
    pub acknowledged: Option<bool>,
}

/// Some of it, and where the rest begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// What was found.
    pub items: Vec<Found>,
    /// The position before which the next page begins; `None` when there is none.
    pub next: Option<i64>,
}

/// What was found in a tenant, the newest first. Who reaches some org units only sees what is about their users.
///
/// # Errors
/// When the database cannot be asked.
pub async fn list(
    directory: &Directory,
    permit: &Permit<AuditRead>,
    filter: Filter,
    before: Option<i64>,
    limit: u32,
) -> Result<Page> {
    let permit = permit.clone();
    let work = move |tx: &mut Tx<'_>| {
        let wanted = Wanted {
            tenant: Some(permit.tenant()),
            kind: filter.kind.map(Kind::as_str),
            severity: filter.severity.map(Severity::as_str),
            user: filter.user,
            from: filter.from,
            to: filter.to,
            acknowledged: filter.acknowledged,
            before,
        };
        let most = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut all = in_reach(tx, &permit, wanted, most.saturating_add(1))?;
        let more = all.len() > most;
        all.truncate(most);
        let next = all.last().map(|last| last.seq).filter(|_| more);
        Ok(Page { items: shown(tx, all)?, next })
    };
    directory.store.scan(work).await
}

/// Up to `most` of what is asked for that is in reach.
fn in_reach(tx: &mut Tx<'_>, permit: &Permit<AuditRead>, mut wanted: Wanted, most: usize) -> Result<Vec<Suspicion>> {
    if *permit.extent() == Extent::Whole {
        return rows::newest(tx, &wanted, i64::try_from(most).unwrap_or(i64::MAX));
    }
    let mut found = Vec::new();
    loop {
        let slice = rows::newest(tx, &wanted, SLICE)?;
        let Some(last) = slice.last() else { return Ok(found) };
        wanted.before = Some(last.seq);
        let users: Vec<UserId> = slice.iter().filter_map(|one| one.user_id).collect();
        let reached = people::reached(tx, &permit.span(), permit.tenant(), &users)?;
        found.extend(slice.into_iter().filter(|one| one.user_id.is_some_and(|user| reached.contains(&user))));
        if found.len() >= most {
            found.truncate(most);
            return Ok(found);
        }
    }
}

/// What nobody saw to yet, in one tenant or in all of them, the newest first (S1-07). What is about nobody at all is left out.
///
/// # Errors
/// [`Error::LacksScope`] when the permit does not reach everywhere.
pub async fn list_widely(
    directory: &Directory,
    permit: &WidePermit<PlatformRead>,
    tenant: Option<TenantId>,
    limit: i64,
) -> Result<Vec<Found>> {
    permit.everywhere()?;
    let work = move |tx: &mut Tx<'_>| {
        let wanted = Wanted { tenant, acknowledged: Some(false), ..Wanted::default() };
        let newest = rows::newest(tx, &wanted, limit)?;
        let mut all = shown(tx, newest)?;
        for found in all.iter_mut().filter(|found| found.user.is_none()) {
            found.user = rows::last_user(tx, found.suspicion.seq)?;
        }
        name(tx, &mut all)?;
        all.retain(|found| found.user.is_some());
        Ok(all)
    };
    directory.store.scan(work).await
}

/// One of them, with its evidence.
///
/// # Errors
/// [`Error::Missing`] when there is none in reach.
pub async fn find(directory: &Directory, permit: &Permit<AuditRead>, id: SuspicionId) -> Result<Detail> {
    let permit = permit.clone();
    let work = move |tx: &mut Tx<'_>| {
        let suspicion = reached(tx, &permit, id)?;
        let evidence = rows::evidence(tx, suspicion.seq)?;
        Ok(Detail { found: one(tx, suspicion)?, evidence })
    };
    directory.store.read(work).await
}

/// Refuses what is not there, before what is said of it is judged (IR-12).
///
/// # Errors
/// [`Error::Missing`] when there is none in reach.
pub async fn check(directory: &Directory, permit: &Permit<AlertsWrite>, id: SuspicionId) -> Result<()> {
    let permit = permit.clone();
    directory.store.read(move |tx| reached(tx, &permit, id).map(drop)).await
}

/// Says that it was seen to. What happens from now on is counted anew. One that somebody saw to already stays as it is.
///
/// # Errors
/// [`Error::Missing`] when there is none in reach.
pub async fn acknowledge(
    directory: &Directory,
    permit: &Permit<AlertsWrite>,
    cx: &Cx,
    id: SuspicionId,
    note: Option<String>,
) -> Result<Found> {
    let (permit, cx) = (permit.clone(), cx.clone());
    let work = move |tx: &mut Tx<'_>| {
        let known = reached(tx, &permit, id)?;
        if let Some(user) = known.user_id {
            tx.lock(Lock::User(user))?;
        }
        rows::lock(tx, &known.what)?;
        let known = reached(tx, &permit, id)?;
        if known.acknowledged.is_some() {
            return one(tx, known);
        }
        let (kind, by) = permit.actor().journal_name();
        let seen_to = Suspicion {
            acknowledged: Some(cx.now),
            acknowledged_by: Some(format!("{kind}:{by}")),
            note: note.clone(),
            ..known
        };
        rows::update(tx, &seen_to)?;
        rows::release(tx, &seen_to.what)?;
        record(tx, Author { actor: permit.actor(), cx: &cx, tenant: permit.tenant() }, &seen_to)?;
        one(tx, seen_to)
    };
    directory.store.write(work).await
}

/// A suspicion that the permit reaches.
fn reached<P: PermissionType>(tx: &mut Tx<'_>, permit: &Permit<P>, id: SuspicionId) -> Result<Suspicion> {
    let missing = || Error::Missing("suspicious activity");
    let known = rows::find(tx, permit.tenant(), id)?.ok_or_else(missing)?;
    let in_reach = match (permit.extent(), known.user_id) {
        (Extent::Whole, _) => true,
        (Extent::Units(_), Some(user)) => people::within(tx, &permit.span(), permit.tenant(), user)?,
        (Extent::Units(_), None) => false,
    };
    if in_reach { Ok(known) } else { Err(missing()) }
}

fn one(tx: &mut Tx<'_>, suspicion: Suspicion) -> Result<Found> {
    shown(tx, vec![suspicion])?.pop().ok_or_else(|| Error::internal("one became none"))
}

fn shown(tx: &mut Tx<'_>, all: Vec<Suspicion>) -> Result<Vec<Found>> {
    let found = |suspicion: Suspicion| Found { user: suspicion.user_id, suspicion, email: None };
    let mut all: Vec<Found> = all.into_iter().map(found).collect();
    name(tx, &mut all)?;
    Ok(all)
}

/// Puts in by which e-mail users are known.
fn name(tx: &mut Tx<'_>, all: &mut [Found]) -> Result<()> {
    let users: Vec<UserId> = all.iter().filter_map(|found| found.user).collect();
    let names = rows::names(tx, &users)?;
    for found in all {
        let named = names.iter().find(|(id, ..)| Some(*id) == found.user);
        found.email = named.map(|(id, email, user_name)| shown_email(email.as_deref(), user_name, *id));
    }
    Ok(())
}

/// The note stands in the suspicion alone, which goes with its user.
fn record(tx: &mut Tx<'_>, author: Author<'_>, suspicion: &Suspicion) -> Result<()> {
    let mut diff = Diff::default();
    diff.tell("acknowledged", &suspicion.kind);
    let change = Change {
        resource_type: "SuspiciousActivity",
        resource_id: suspicion.id.to_string(),
        operation: Operation::Update,
        diff,
        identity_source: None,
        reason: None,
    };
    journal::record(tx, author, change)
}
