//! Adoption that an administrator must approve: what connections asked for, and what was decided. The decision itself is
//! taken where the connection writes; here it is asked for, given, and looked at.

use serde_json::{Map, Value};

use crate::access::{ConnectionsRead, ConnectionsWrite, Permit};
use crate::context::Cx;
use crate::error::{Error, Result, Unadopted};
use crate::ids::{ConnectionId, TenantId, UserId};
use crate::journal::{self, Author, Change, Operation};
use crate::store::adoption_requests as rows;
use crate::store::{Lock, Tx, connections, identities};

use super::{Directory, grants};

pub use crate::store::adoption_requests::{APPROVED, Named, REFUSED, Request, Which};

/// Requests that one call decides at the most.
pub const MOST_A_CALL: usize = 1000;

/// Passes a result on, and when a connection may not adopt users before somebody approves, notes that it asked: its next
/// try finds the decision.
///
/// # Errors
/// Those of the result; [`Error::Denied`] for [`Error::Unadopted`].
pub(super) async fn noted<T>(directory: &Directory, cx: &Cx, result: Result<T>) -> Result<T> {
    let Err(Error::Unadopted(Unadopted { connection, users, detail })) = result else { return result };
    for user in users {
        let request = Request {
            connection_id: connection,
            user_id: user,
            requested: cx.now,
            decision: None,
            decided: None,
            decided_by: None,
        };
        match directory.store.write(move |tx| rows::insert(tx, &request).map(drop)).await {
            // Another request of the connection noted it meanwhile.
            Ok(()) | Err(Error::Taken(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Err(Error::Denied(detail))
}

/// Whether an administrator decided that a connection may adopt a user; `None` while nobody did.
pub(super) fn decided(tx: &mut Tx<'_>, connection: ConnectionId, user: UserId) -> Result<Option<bool>> {
    let decision = rows::find(tx, connection, user)?.and_then(|request| request.decision);
    Ok(decision.map(|decision| decision == APPROVED))
}

/// Forgets a request that was fulfilled.
pub(super) fn fulfilled(tx: &mut Tx<'_>, connection: ConnectionId, user: UserId) -> Result<()> {
    rows::delete(tx, connection, user)
}

/// A page of the requests of the tenant, the oldest first, and how many there are.
///
/// # Errors
/// [`Error::Denied`] when the permit holds in some org units only.
pub async fn list(
    directory: &Directory,
    permit: &Permit<ConnectionsRead>,
    which: Which,
    offset: u64,
    limit: u64,
) -> Result<(Vec<Named>, u64)> {
    permit.whole()?;
    let tenant = permit.tenant();
    let (offset, limit) = (i64::try_from(offset).unwrap_or(i64::MAX), i64::try_from(limit).unwrap_or(i64::MAX));
    directory
        .store
        .scan(move |tx| {
            let total = u64::try_from(rows::count(tx, tenant, which)?).unwrap_or(0);
            Ok((rows::list(tx, tenant, which, offset, limit)?, total))
        })
        .await
}

/// Lets a connection adopt users that it asked for, or not: these, or all that nobody decided about. Answers how many were
/// decided; each is a row of the journal.
///
/// # Errors
/// [`Error::Missing`] when the tenant has no such connection, or it did not ask for one of them; [`Error::Denied`] for a user with permissions that
/// the actor does not hold: then nothing is decided.
pub async fn decide(
    directory: &Directory,
    permit: &Permit<ConnectionsWrite>,
    cx: &Cx,
    connection: ConnectionId,
    users: Option<Vec<UserId>>,
    approve: bool,
) -> Result<u64> {
    permit.whole()?;
    let (permit, cx) = (permit.clone(), cx.clone());
    directory
        .store
        .write(move |tx| {
            known(tx, permit.tenant(), connection)?;
            let most = i64::try_from(MOST_A_CALL).unwrap_or(i64::MAX);
            let undecided = Which { connection: Some(connection), decision: Some(None) };
            let asked = match &users {
                None => rows::list(tx, permit.tenant(), undecided, 0, most)?
                    .into_iter()
                    .map(|named| named.request)
                    .collect(),
                Some(users) => requests(tx, &permit, connection, users)?,
            };
            let mut decided = 0;
            for request in asked {
                decided += u64::from(decide_one(tx, &permit, &cx, request, approve)?);
            }
            Ok(decided)
        })
        .await
}

/// Refuses a connection that the tenant does not have.
fn known(tx: &mut Tx<'_>, tenant: TenantId, connection: ConnectionId) -> Result<()> {
    let known = connections::list(tx, tenant)?.into_iter().any(|own| own.id == connection);
    known.then_some(()).ok_or(Error::Missing("connection"))
}

fn requests(
    tx: &mut Tx<'_>,
    permit: &Permit<ConnectionsWrite>,
    connection: ConnectionId,
    users: &[UserId],
) -> Result<Vec<Request>> {
    let mut found = Vec::with_capacity(users.len());
    for user in users {
        // The user must be the tenant's, and so is then the connection that asked for it.
        identities::suspect(tx, permit.tenant(), *user)?.ok_or(Error::Missing("adoption request"))?;
        found.push(rows::find(tx, connection, *user)?.ok_or(Error::Missing("adoption request"))?);
    }
    Ok(found)
}

fn decide_one(
    tx: &mut Tx<'_>,
    permit: &Permit<ConnectionsWrite>,
    cx: &Cx,
    request: Request,
    approve: bool,
) -> Result<bool> {
    tx.lock(Lock::User(request.user_id))?;
    grants::touch(tx, permit, permit.tenant(), request.user_id)?;
    let word = if approve { APPROVED } else { REFUSED };
    if request.decision.as_deref() == Some(word) {
        return Ok(false);
    }
    let (kind, id) = permit.actor().journal_name();
    let before = named(request.connection_id, request.decision.as_deref());
    let after = Request {
        decision: Some(word.to_owned()),
        decided: Some(cx.now),
        decided_by: Some(format!("{kind}:{id}")),
        ..request
    };
    rows::decide(tx, &after)?;
    record(tx, permit, cx, after.user_id, &before, &named(after.connection_id, Some(word)))?;
    Ok(true)
}

/// Shows a user to a connection again that it is hidden from, because the connection deleted it and others claim it.
///
/// # Errors
/// [`Error::Missing`] when the tenant has no such connection, or the user is not hidden from it.
pub async fn show(
    directory: &Directory,
    permit: &Permit<ConnectionsWrite>,
    cx: &Cx,
    connection: ConnectionId,
    user: UserId,
) -> Result<()> {
    permit.whole()?;
    let (permit, cx) = (permit.clone(), cx.clone());
    directory
        .store
        .write(move |tx| {
            let tenant = permit.tenant();
            known(tx, tenant, connection)?;
            if identities::suspect(tx, tenant, user)?.is_none() {
                return Err(Error::Missing("hidden user"));
            }
            grants::touch(tx, &permit, tenant, user)?;
            if !identities::show(tx, user, connection)? {
                return Err(Error::Missing("hidden user"));
            }
            let hidden = Map::from_iter([("hiddenFrom".to_owned(), Value::from(connection.to_string()))]);
            record(tx, &permit, &cx, user, &hidden, &Map::new())
        })
        .await
}

fn named(connection: ConnectionId, decision: Option<&str>) -> Map<String, Value> {
    let Some(decision) = decision else { return Map::new() };
    let adoption = serde_json::json!({ "connection": connection.to_string(), "decision": decision });
    Map::from_iter([("adoption".to_owned(), adoption)])
}

fn record(
    tx: &mut Tx<'_>,
    permit: &Permit<ConnectionsWrite>,
    cx: &Cx,
    user: UserId,
    before: &Map<String, Value>,
    after: &Map<String, Value>,
) -> Result<()> {
    let change = Change {
        resource_type: "User",
        resource_id: user.to_string(),
        operation: Operation::Update,
        diff: journal::between(before, after),
        identity_source: None,
        reason: None,
    };
    journal::record(tx, Author { actor: permit.actor(), cx, tenant: permit.tenant() }, change)
}
