//! SCIM connections of a tenant: an identity provider each, with how its requests are read and what it may reach.

use serde_json::{Map, Value, json};

use crate::access::{Actor, Adoption, Connection, ConnectionsRead, ConnectionsWrite, Permit, Profile, Reach, rate};
use crate::context::Cx;
use crate::error::{Error, Result};
use crate::ids::{ConnectionId, TenantId};
use crate::journal::{self, Author, Change, Operation};
use crate::store::{Tx, connections as rows};

use super::Directory;
use super::tenants::not_platform;
use scim_core::error::Invalid;

/// The longest name of a connection, in characters.
const NAME_LENGTH: usize = 100;

/// Settings to change; `None` leaves one as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ConnectionChange {
    /// How its requests are read.
    pub profile: Option<Profile>,
    /// Which users it sees.
    pub reach: Option<Reach>,
    /// What its first write to a foreign user does.
    pub adoption: Option<Adoption>,
    /// Requests a second that it may send; `Some(None)` is no limit.
    pub rate: Option<Option<u32>>,
}

/// The tenant's connection of that name, made with the profile when there is none. An existing one must have the profile.
///
/// # Errors
/// [`Error::Taken`] when the existing one has another profile; [`Error::Invalid`] for a bad name; [`Error::Conflict`] in
/// the tenant of the platform.
pub async fn ensure(
    directory: &Directory,
    permit: &Permit<ConnectionsWrite>,
    cx: &Cx,
    name: &str,
    profile: Profile,
) -> Result<Connection> {
    permit.whole()?;
    let fresh = new(directory, cx, permit.tenant(), name, profile)?;
    let (actor, cx) = (permit.actor().clone(), cx.clone());
    directory
        .store
        .write(move |tx| match rows::find(tx, fresh.tenant, &fresh.name)? {
            Some(found) if found.profile == profile => Ok(found),
            Some(found) => Err(Error::Taken(format!(
                "the connection `{}` has the profile {}: change it by `rollcall connection set`",
                found.name, found.profile
            ))),
            None => {
                not_platform(tx, fresh.tenant)?;
                add(tx, &actor, &cx, &fresh).map(|()| fresh.clone())
            }
        })
        .await
}

/// Makes a connection with these settings.
///
/// # Errors
/// [`Error::Taken`] for a name in use; as [`ensure`] and [`set`].
pub async fn create(
    directory: &Directory,
    permit: &Permit<ConnectionsWrite>,
    cx: &Cx,
    name: &str,
    settings: ConnectionChange,
) -> Result<Connection> {
    permit.whole()?;
    settings.judge()?;
    let fresh = settings.applied(&new(directory, cx, permit.tenant(), name, Profile::Tolerant)?);
    let (actor, cx) = (permit.actor().clone(), cx.clone());
    directory
        .store
        .write(move |tx| {
            not_platform(tx, fresh.tenant)?;
            add(tx, &actor, &cx, &fresh).map(|()| fresh.clone())
        })
        .await
}

/// The connection of that id.
///
/// # Errors
/// [`Error::Missing`] when the tenant has none.
pub async fn find(directory: &Directory, permit: &Permit<ConnectionsRead>, id: ConnectionId) -> Result<Connection> {
    let all = list(directory, permit).await?;
    all.into_iter().find(|connection| connection.id == id).ok_or(Error::Missing("connection"))
}

/// The tenant's connections, by name.
///
/// # Errors
/// When the database cannot be asked.
pub async fn list(directory: &Directory, permit: &Permit<ConnectionsRead>) -> Result<Vec<Connection>> {
    permit.whole()?;
    let tenant = permit.tenant();
    directory.store.read_one(move |tx| rows::list(tx, tenant)).await
}

/// Changes the settings of a connection.
///
/// # Errors
/// [`Error::Missing`] when the tenant has none of that name; [`Error::Invalid`] for a rate that is out of range.
pub async fn set(
    directory: &Directory,
    permit: &Permit<ConnectionsWrite>,
    cx: &Cx,
    name: &str,
    change: ConnectionChange,
) -> Result<Connection> {
    permit.whole()?;
    change.judge()?;
    let (permit, cx, name) = (permit.clone(), cx.clone(), name.to_owned());
    directory
        .store
        .write(move |tx| {
            let before = rows::find(tx, permit.tenant(), &name)?.ok_or(Error::Missing("connection"))?;
            let after = change.applied(&before);
            if after != before {
                rows::update(tx, &after)?;
                record(tx, permit.actor(), &cx, Operation::Update, Some(&before), Some(&after))?;
            }
            Ok(after)
        })
        .await
}

/// Removes a connection with its tokens and links. Its users stay; its groups become local ones.
///
/// # Errors
/// [`Error::Missing`] when the tenant has none of that name.
pub async fn remove(directory: &Directory, permit: &Permit<ConnectionsWrite>, cx: &Cx, name: &str) -> Result<()> {
    permit.whole()?;
    let (permit, cx, name) = (permit.clone(), cx.clone(), name.to_owned());
    directory
        .store
        .write(move |tx| {
            let connection = rows::find(tx, permit.tenant(), &name)?.ok_or(Error::Missing("connection"))?;
            rows::delete(tx, permit.tenant(), connection.id)?;
            record(tx, permit.actor(), &cx, Operation::Delete, Some(&connection), None)
        })
        .await
}

impl ConnectionChange {
    fn judge(self) -> Result<()> {
        if self.rate.flatten().is_some_and(|rate| !(rate::LEAST..=rate::MOST).contains(&rate)) {
            let detail = format!("must be {} to {} requests a second, or none", rate::LEAST, rate::MOST);
            return Err(Error::Invalid(Invalid::value("rate", detail)));
        }
        Ok(())
    }

    fn applied(self, before: &Connection) -> Connection {
        Connection {
            profile: self.profile.unwrap_or(before.profile),
            reach: self.reach.unwrap_or(before.reach),
            adoption: self.adoption.unwrap_or(before.adoption),
            rate: self.rate.unwrap_or(before.rate),
            ..before.clone()
        }
    }
}

pub(super) fn new(
    directory: &Directory,
    cx: &Cx,
    tenant: TenantId,
    name: &str,
    profile: Profile,
) -> Result<Connection> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > NAME_LENGTH || name.chars().any(char::is_control) {
        return Err(Error::Invalid(Invalid::value("name", "must be 1 to 100 characters without control characters")));
    }
    Ok(Connection {
        id: ConnectionId::new(cx.now, directory.sources.random()?),
        tenant,
        name: name.to_owned(),
        profile,
        reach: Reach::All,
        adoption: Adoption::Link,
        rate: None,
    })
}

pub(super) fn add(tx: &mut Tx<'_>, actor: &Actor, cx: &Cx, connection: &Connection) -> Result<()> {
    rows::insert(tx, connection, cx.now)?;
    record(tx, actor, cx, Operation::Create, None, Some(connection))
}

fn record(
    tx: &mut Tx<'_>,
    actor: &Actor,
    cx: &Cx,
    operation: Operation,
    before: Option<&Connection>,
    after: Option<&Connection>,
) -> Result<()> {
    let Some(subject) = before.or(after) else { return Ok(()) };
    let change = Change {
        resource_type: "Connection",
        resource_id: subject.id.to_string(),
        operation,
        diff: journal::between(&settings(before), &settings(after)),
        identity_source: None,
        reason: None,
    };
    journal::record(tx, Author { actor, cx, tenant: subject.tenant }, change)
}

fn settings(connection: Option<&Connection>) -> Map<String, Value> {
    let Some(connection) = connection else {
        return Map::new();
    };
    let settings = json!({
        "name": connection.name,
        "profile": connection.profile.as_str(),
        "reach": connection.reach.as_str(),
        "adoption": connection.adoption.as_str(),
    });
    let mut settings = settings.as_object().cloned().unwrap_or_default();
    if let Some(rate) = connection.rate {
        settings.insert("rate".to_owned(), json!(rate));
    }
    settings
}
