//! Adoption: what the first write of a connection to a user that it did not create comes to.

use crate::access::{Adoption, Connection};
use crate::context::Cx;
use crate::error::{Error, Result, Unadopted};
use crate::ids::{IdentityId, UserId};
use crate::journal::{self, Author, Change, Diff, Operation};
use crate::store::accounts as rows;
use crate::store::identities::{self, Identity};
use crate::store::{Tx, users};

use super::{Directory, accounts, adoption};

/// Whether a connection may claim a user that it has no link with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Leave {
    /// It may.
    Given,
    /// An administrator must say so; why, in words that help to find out what to do.
    Asked(&'static str),
    /// It may not.
    Refused(&'static str),
}

/// Decides whether a connection may claim a user that it has no link with. `claimed` says that somebody else does;
/// `decided` is what an administrator said of just this connection and this user.
pub(super) fn decide_adoption(setting: Adoption, claimed: bool, decided: Option<bool>) -> Leave {
    let refused = Leave::Refused("this connection may not adopt users that it did not create");
    match (setting, decided) {
        (Adoption::Refuse, _) => refused,
        (_, Some(true)) => Leave::Given,
        (_, Some(false)) => Leave::Refused("an administrator decided that this connection may not adopt the user"),
        (Adoption::Link, None) if !claimed => Leave::Given,
        (_, None) if claimed => {
            Leave::Asked("another source manages this user: an administrator must let this connection adopt it")
        }
        (_, None) => Leave::Asked("this connection did not create the user: an administrator must let it adopt it"),
    }
}

/// A fresh link of a user and a connection.
pub(super) fn new(
    directory: &Directory,
    cx: &Cx,
    user: UserId,
    connection: &Connection,
    external_id: Option<String>,
) -> Result<Identity> {
    Ok(Identity {
        id: IdentityId::new(cx.now, directory.sources.random()?),
        user_id: user,
        protocol: identities::SCIM.to_owned(),
        connection_id: Some(connection.id),
        subject: external_id,
        hidden: false,
        first_seen: cx.now,
        last_seen: cx.now,
        provider_id: None,
        asserted: false,
    })
}

/// Links these users, which the connection has no link with, if it may. A row of the journal tells of each.
///
/// # Errors
/// [`Error::Denied`] when it may not, [`Error::Unadopted`] when an administrator must say so: nothing is linked then.
pub(super) fn adopt(
    tx: &mut Tx<'_>,
    directory: &Directory,
    author: Author<'_>,
    connection: &Connection,
    users: &[UserId],
) -> Result<()> {
    let claimed = identities::claimed(tx, users)?;
    let mut unadopted: Option<Unadopted> = None;
    for user in users {
        if !accounts::living_holdings(tx, author, *user)?.is_empty() {
            return Err(Error::Denied("administrators are not adopted by provisioning".to_owned()));
        }
        // What is shown as `active` from here on is what it is now.
        accounts::settle_one(tx, author, *user)?;
        let claimed = claimed.contains(user) || rows::has_local_password(tx, *user)?;
        let decided = adoption::decided(tx, connection.id, *user)?;
        match decide_adoption(connection.adoption, claimed, decided) {
            Leave::Refused(why) => return Err(Error::Denied(why.to_owned())),
            Leave::Asked(why) => {
                let wanted = || Unadopted { connection: connection.id, users: Vec::new(), detail: why.to_owned() };
                unadopted.get_or_insert_with(wanted).users.push(*user);
            }
            Leave::Given => {
                identities::insert(tx, &new(directory, author.cx, *user, connection, None)?)?;
                adoption::fulfilled(tx, connection.id, *user)?;
                record(tx, author, *user)?;
            }
        }
    }
    unadopted.map_or(Ok(()), |unadopted| Err(Error::Unadopted(unadopted)))
}

fn record(tx: &mut Tx<'_>, author: Author<'_>, user: UserId) -> Result<()> {
    let viewer = users::Viewer { tenant: author.tenant, connection: None, own_only: false };
    let source = users::find(tx, viewer, user)?.map(|seen| seen.user.identity_source);
    let change = Change {
        resource_type: "User",
        resource_id: user.to_string(),
        operation: Operation::Link,
        diff: Diff::default(),
        identity_source: source.as_deref(),
        reason: None,
    };
    journal::record(tx, author, change)
}

/// Why a name is taken that the viewer cannot find.
pub(super) fn describe_holder(viewer: users::Viewer, holder: &users::Seen, user_name: &str) -> Option<String> {
    match &holder.link {
        Some(link) if link.hidden => Some(format!(
            "userName `{user_name}` belongs to a user that this connection deleted but may not remove: it is hidden \
             from it until an administrator shows it again"
        )),
        None if viewer.own_only => {
            Some(format!("userName `{user_name}` belongs to a user outside of this connection's reach"))
        }
        _ => None,
    }
}
