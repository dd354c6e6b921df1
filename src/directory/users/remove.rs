//! A user deleted, or its link with a connection.

use std::sync::Arc;

use serde_json::Map;

use crate::access::{Connection, Permit, Types, UsersDelete, role};
use crate::context::Cx;
use crate::directory::{Directory, Precondition, accounts, grants, owners, view};
use crate::error::{Error, Result};
use crate::ids::{GroupId, UserId};
use crate::journal::{self, Author, Change, Diff, Operation};
use crate::store::users::{self as rows, Seen, Viewer};
use crate::store::{Lock, Tx, belongings, groups, identities, login_ids, members, schemas, tombstones, unique};

use super::User;
use super::had::Had;

/// Deletes a user, as far as that is the connection's to do: one that it created and alone claims becomes a tombstone; of
/// one that others claim too, or that it adopted, only the link goes, and the user is hidden from it.
///
/// # Errors
/// [`Error::Missing`] when there is no such user in reach; [`Error::Stale`] for another version than expected;
/// [`Error::Denied`] for a user that the connection has no link with.
pub async fn remove(
    directory: &Directory,
    permit: &Permit<UsersDelete>,
    cx: &Cx,
    id: &str,
    precondition: Precondition,
) -> Result<()> {
    let id: UserId = id.parse().map_err(|_| Error::Missing("User"))?;
    let work = Work {
        types: Arc::clone(permit.types()),
        permit: permit.clone(),
        cx: cx.clone(),
        viewer: view::viewer(permit),
    };
    directory
        .store
        .write(move |tx| {
            schemas::keep(tx, work.viewer.tenant, work.types.version)?;
            tx.lock(Lock::User(id))?;
            let seen = view::user(tx, &work.permit, id)?;
            precondition.check(seen.user.version)?;
            grants::touch(tx, &work.permit, work.viewer.tenant, id)?;
            work.remove(tx, &seen)
        })
        .await
}

struct Work {
    types: Arc<Types>,
    permit: Permit<UsersDelete>,
    cx: Cx,
    viewer: Viewer,
}

impl Work {
    fn author(&self) -> Author<'_> {
        Author { actor: self.permit.actor(), cx: &self.cx, tenant: self.viewer.tenant }
    }

    fn remove(&self, tx: &mut Tx<'_>, seen: &Seen) -> Result<()> {
        let Some(connection) = self.permit.connection().map(|actor| &actor.connection) else {
            return self.entomb(tx, seen);
        };
        if seen.link.is_none() {
            return Err(Error::Denied("this connection has no link with the user and so cannot delete it".to_owned()));
        }
        let created_here = seen.user.created_by == Some(connection.id);
        let alone = identities::of(tx, seen.user.id)?.iter().all(|claim| claim.connection_id == Some(connection.id));
        if created_here && alone { self.entomb(tx, seen) } else { self.unlink(tx, seen, connection, created_here) }
    }

    fn entomb(&self, tx: &mut Tx<'_>, seen: &Seen) -> Result<()> {
        let user = &seen.user;
        // First the user, then its memberships: whoever adds it to a group meanwhile waits for the former.
        tombstones::entomb(tx, user, self.cx.now)?;
        unique::delete(tx, user.id.uuid())?;
        login_ids::delete_all(tx, user.id)?;
        let had = Had {
            groups: self.leave_groups(tx, user.id, None)?,
            links: identities::of(tx, user.id)?,
            belongings: belongings::take(tx, user.id)?,
        };
        identities::delete_all(tx, user.id)?;
        accounts::end_everything(tx, user.id)?;
        if had.belongings.grants.iter().any(|grant| grant.role == role::PLATFORM_OWNER) {
            owners::keep_one(tx)?;
        }
        let diff = journal::between(&User::from_seen(seen.clone()).recorded(), &Map::new());
        let mut diff = diff.without_values_of(self.types.user.secrets());
        diff.and(Diff::lost(had.recorded()?));
        self.record(tx, user, Operation::Delete, diff)
    }

    fn unlink(&self, tx: &mut Tx<'_>, seen: &Seen, connection: &Connection, created_here: bool) -> Result<()> {
        identities::hide(tx, seen.user.id, connection.id, self.cx.now)?;
        self.leave_groups(tx, seen.user.id, Some(connection))?;
        let mut diff = Diff::default();
        if !created_here {
            let before = User::from_seen(seen.clone());
            let after = User { active: Some(false), ..before.clone() };
            diff = journal::between(&before.recorded(), &after.recorded());
            if !diff.is_empty() {
                let (version, modified) = (seen.user.version + 1, self.cx.now);
                rows::update(tx, &rows::User { active: Some(false), version, modified, ..seen.user.clone() })?;
            }
            accounts::disable(tx, self.author(), seen.user.id, &mut diff)?;
        }
        self.record(tx, &seen.user, Operation::Unlink, diff)
    }

    /// Takes a user out of groups, each of which is another version afterwards.
    fn leave_groups(&self, tx: &mut Tx<'_>, user: UserId, of: Option<&Connection>) -> Result<Vec<GroupId>> {
        let left: Vec<GroupId> =
            members::delete_everywhere(tx, self.viewer.tenant, of.map(|connection| connection.id), user.uuid())?;
        if !left.is_empty() {
            groups::touch(tx, self.viewer.tenant, &left, self.cx.now)?;
        }
        for group in &left {
            journal::record_members(tx, self.author(), group, &[], &[user.uuid()])?;
        }
        Ok(left)
    }

    fn record(&self, tx: &mut Tx<'_>, user: &rows::User, operation: Operation, diff: Diff) -> Result<()> {
        let change = Change {
            resource_type: "User",
            resource_id: user.id.to_string(),
            operation,
            diff,
            identity_source: Some(&user.identity_source),
            reason: None,
        };
        journal::record(tx, self.author(), change)
    }
}
