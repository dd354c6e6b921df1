//! Federated identities of a user: by which subject of which provider it is known. A link is a credential: whoever makes or
//! removes one must be allowed to touch the user, and everything that was issued to the user ends.

use serde_json::{Map, Value};

use crate::access::{IdentitiesRead, IdentitiesWrite, PermissionType, Permit};
use crate::context::Cx;
use crate::directory::{Directory, grants};
use crate::error::{Error, Reason, Result};
use crate::ids::{IdentityId, ProviderId, UserId};
use crate::journal::{self, Author, Change, Operation};
use crate::notify::{Purpose, outbox};
use crate::store::identities::{self as rows, Identity};
use crate::store::{Lock, Tx, accounts, people, providers};

/// A federated identity, or the link of a connection, with the name of what stands behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Federated {
    /// The link as it is kept.
    pub identity: Identity,
    /// The name of its provider.
    pub provider: Option<String>,
}

/// By whom a user is known.
///
/// # Errors
/// [`Error::Missing`] when there is no such user in reach.
pub async fn linked(directory: &Directory, permit: &Permit<IdentitiesRead>, user: UserId) -> Result<Vec<Federated>> {
    let permit = permit.clone();
    directory
        .store
        .read_few(move |tx| {
            within(tx, &permit, user)?;
            let names = providers::list(tx, permit.tenant())?;
            let federated = |identity: Identity| {
                let provider = names.iter().find(|provider| Some(provider.id) == identity.provider_id);
                Federated { provider: provider.map(|provider| provider.name.clone()), identity }
            };
            Ok(rows::of(tx, user)?.into_iter().map(federated).collect())
        })
        .await
}

/// Links a user with a subject of a provider. Said by an administrator, it opens nothing until the provider confirms it.
///
/// # Errors
/// [`Error::Missing`] when there is no such user in reach or no such provider; [`Error::Taken`] when the subject is linked
/// already; [`Error::Denied`] for a user with permissions that the actor does not hold.
pub async fn link(
    directory: &Directory,
    permit: &Permit<IdentitiesWrite>,
    cx: &Cx,
    user: UserId,
    provider: ProviderId,
    subject: &str,
) -> Result<Federated> {
    let id = IdentityId::new(cx.now, directory.sources.random()?);
    let (permit, cx, subject) = (permit.clone(), cx.clone(), subject.to_owned());
    directory
        .store
        .write(move |tx| {
            begin(tx, &permit, user)?;
            let provider =
                providers::find(tx, permit.tenant(), provider)?.ok_or(Error::Missing("identity provider"))?;
            let new = Identity {
                id,
                user_id: user,
                protocol: provider.protocol.clone(),
                connection_id: None,
                subject: Some(subject.clone()),
                hidden: false,
                first_seen: cx.now,
                last_seen: cx.now,
                provider_id: Some(provider.id),
                asserted: true,
            };
            rows::insert_federated(tx, &new)?;
            accounts::raise_epoch(tx, user)?;
            record(tx, &permit, &cx, Operation::Link, &new)?;
            let payload = serde_json::json!({ "provider": provider.name });
            let (tenant, purpose) = (permit.tenant(), Purpose::IdentityLinked);
            outbox::put(tx, &outbox::Message { tenant, user, purpose, payload, due: cx.now })?;
            Ok(Federated { identity: new, provider: Some(provider.name) })
        })
        .await
}

/// Removes a federated identity of a user. The link of a connection is the connection's.
///
/// # Errors
/// [`Error::Missing`] when there is no such user in reach or no such identity; [`Error::Conflict`] for the link of a
/// connection; [`Error::Denied`] for a user with permissions that the actor does not hold.
pub async fn unlink(
    directory: &Directory,
    permit: &Permit<IdentitiesWrite>,
    cx: &Cx,
    user: UserId,
    id: IdentityId,
) -> Result<()> {
    let (permit, cx) = (permit.clone(), cx.clone());
    directory
        .store
        .write(move |tx| {
            begin(tx, &permit, user)?;
            let found = rows::of(tx, user)?.into_iter().find(|identity| identity.id == id);
            let found = found.ok_or(Error::Missing("identity"))?;
            if found.connection_id.is_some() {
                let detail = "this is the link of a SCIM connection, which it removes when it deletes the user";
                return Err(Error::Conflict(Reason::new("scim_link", detail)));
            }
            rows::delete(tx, user, id)?;
            accounts::raise_epoch(tx, user)?;
            record(tx, &permit, &cx, Operation::Unlink, &found)
        })
        .await
}

fn begin(tx: &mut Tx<'_>, permit: &Permit<IdentitiesWrite>, user: UserId) -> Result<()> {
    tx.lock(Lock::User(user))?;
    within(tx, permit, user)?;
    grants::touch(tx, permit, permit.tenant(), user)
}

fn within<P: PermissionType>(tx: &mut Tx<'_>, permit: &Permit<P>, user: UserId) -> Result<()> {
    let there = rows::suspect(tx, permit.tenant(), user)?.is_some();
    if there && people::within(tx, &permit.span(), permit.tenant(), user)? {
        return Ok(());
    }
    Err(Error::Missing("user"))
}

fn record(
    tx: &mut Tx<'_>,
    permit: &Permit<IdentitiesWrite>,
    cx: &Cx,
    operation: Operation,
    identity: &Identity,
) -> Result<()> {
    let subject = Map::from_iter([
        ("provider".to_owned(), Value::from(identity.provider_id.map(|id| id.to_string()))),
        ("subject".to_owned(), Value::from(identity.subject.clone())),
    ]);
    let diff = match operation {
        Operation::Unlink => journal::between(&subject, &Map::new()),
        _ => journal::between(&Map::new(), &subject),
    };
    let change = Change {
        resource_type: "User",
        resource_id: identity.user_id.to_string(),
        operation,
        diff,
        identity_source: Some(&identity.protocol),
        reason: None,
    };
    journal::record(tx, Author { actor: permit.actor(), cx, tenant: permit.tenant() }, change)
}
