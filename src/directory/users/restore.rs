//! A deleted user brought back, and the end of what is kept of one.

use std::sync::Arc;

use scim_core::unique_values;
use serde_json::Map;

use crate::access::{Actor, Permit, UsersDelete, UsersErase};
use crate::clock::Instant;
use crate::context::Cx;
use crate::directory::settings::Settings;
use crate::directory::tenants::operators_only;
use crate::directory::{Directory, accounts, grants, limits, owners};
use crate::error::{Error, Result};
use crate::ids::{GroupId, TenantId, UserId};
use crate::journal::{self, Author, Change, Diff, Operation};
use crate::store::accounts as account_rows;
use crate::store::members::{self, Member};
use crate::store::tombstones as rows;
use crate::store::users::{self, Seen};
use crate::store::{
    Lock, Tx, belongings, connections, groups, identities, journal as journal_rows, retention, schemas, unique,
};

use super::had::Had;
use super::{User, index_of};

/// Deleted users that are looked at in one transaction.
const BATCH: i64 = 200;

/// Brings back a deleted user, with the groups, roles, org units, applications and links that there still are.
///
/// # Errors
/// [`Error::Missing`] when the tenant has no such user, or nothing is left of it; [`Error::Conflict`] with `not_deleted` for
/// one who lives; [`Error::Taken`] when its name was taken meanwhile, or the e-mail of an owner of the platform by another;
/// [`Error::Forbidden`] when it would have permissions that whoever asks does not have.
pub async fn restore(directory: &Directory, permit: &Permit<UsersDelete>, cx: &Cx, id: &str) -> Result<User> {
    let id: UserId = id.parse().map_err(|_| Error::Missing("User"))?;
    permit.whole()?;
    let work = Restoration { permit: permit.clone(), cx: cx.clone() };
    directory.store.write(move |tx| work.restore(tx, id)).await
}

struct Restoration {
    permit: Permit<UsersDelete>,
    cx: Cx,
}

impl Restoration {
    fn restore(&self, tx: &mut Tx<'_>, id: UserId) -> Result<User> {
        let (tenant, types) = (self.permit.tenant(), Arc::clone(self.permit.types()));
        limits::one_more_user(tx, tenant)?;
        schemas::keep(tx, tenant, types.version)?;
        tx.lock(Lock::User(id))?;
        let buried = buried(tx, tenant, id)?;
        let user = users::User {
            version: buried.version + 1,
            modified: self.cx.now.max(buried.modified.plus_micros(1)),
            ..buried
        };
        rows::revive(tx, &user)?;
        users::replace_index(tx, user.seq, &index_of(&types.user, user.seq, &user.document))?;
        unique::replace(tx, "User", id.uuid(), &unique_values::values(&types.user, &user.document), true)?;
        let email = user.email.clone();
        let logins = accounts::logins(tenant, id, &user.user_name, email.as_deref());
        let user = if accounts::reserve(tx, &logins, &user.user_name)? {
            user
        } else {
            accounts::park_taken(tx, id, email.as_deref().unwrap_or_default())?;
            users::User { email: None, ..user }
        };
        self.give_back(tx, id)?;
        // Whoever brings back an administrator gives what that one holds.
        grants::touch(tx, &self.permit, tenant, id)?;
        accounts::end_everything(tx, id)?;
        let user = User::from_seen(Seen { user, link: None });
        let diff = journal::between(&Map::new(), &user.recorded()).without_values_of(types.user.secrets());
        record(tx, self.author(), &user, Operation::Restore, diff)?;
        owners::keep_email_apart(tx, id, user.email.as_deref())?;
        Ok(user)
    }

    fn author(&self) -> Author<'_> {
        Author { actor: self.permit.actor(), cx: &self.cx, tenant: self.permit.tenant() }
    }

    /// Gives a user what it had when it was deleted, as far as that is still there.
    fn give_back(&self, tx: &mut Tx<'_>, id: UserId) -> Result<()> {
        let tenant = self.permit.tenant();
        let had = had(tx, tenant, id)?;
        for link in &had.links {
            if let Some(connection) = link.connection_id
                && connections::is_of(tx, tenant, connection)?
            {
                identities::insert(tx, link)?;
            }
        }
        belongings::give_back(tx, tenant, id, &had.belongings, self.cx.now)?;
        for group in had.groups {
            self.rejoin(tx, id, group)?;
        }
        Ok(())
    }

    fn rejoin(&self, tx: &mut Tx<'_>, id: UserId, group: GroupId) -> Result<()> {
        let tenant = self.permit.tenant();
        tx.lock(Lock::Group(group))?;
        if groups::of_tenant(tx, tenant, group)?.is_none() {
            return Ok(());
        }
        members::insert(tx, group, &[Member { id: id.uuid(), is_group: false }])?;
        limits::members(tx, tenant, group)?;
        groups::touch(tx, tenant, &[group], self.cx.now)?;
        journal::record_members(tx, self.author(), &group, &[id.uuid()], &[])
    }
}

/// Erases what is kept of a deleted user: the document, names and addresses, links, factors, and the values that the
/// journal kept. That there was a user, and what was done to it when, stays.
///
/// # Errors
/// [`Error::Missing`] when the tenant has no such user, or nothing is left of it; [`Error::Conflict`] with `not_deleted` for
/// one who lives; [`Error::Forbidden`] when it had permissions that whoever asks does not have.
pub async fn erase(directory: &Directory, permit: &Permit<UsersErase>, cx: &Cx, id: &str) -> Result<()> {
    let id: UserId = id.parse().map_err(|_| Error::Missing("User"))?;
    permit.whole()?;
    let (permit, cx) = (permit.clone(), cx.clone());
    let erase = move |tx: &mut Tx<'_>| {
        let author = Author { actor: permit.actor(), cx: &cx, tenant: permit.tenant() };
        tx.lock(Lock::User(id))?;
        buried(tx, author.tenant, id)?;
        // Whoever is erased does not come back: that is not for those who could not have deleted them.
        let held = had(tx, author.tenant, id)?.holdings(tx, author.tenant)?;
        grants::outrank(author.actor, &held)?;
        erase_one(tx, author, id).map(drop)
    };
    directory.store.write(erase).await
}

/// The deleted user of that id.
fn buried(tx: &mut Tx<'_>, tenant: TenantId, id: UserId) -> Result<users::User> {
    if let Some(user) = rows::find(tx, tenant, id)? {
        return Ok(user);
    }
    match account_rows::find(tx, tenant, id)? {
        Some(_) => Err(Error::conflict("not_deleted", "this user is not deleted")),
        None => Err(Error::Missing("user")),
    }
}

/// What a deleted user had.
fn had(tx: &mut Tx<'_>, tenant: TenantId, id: UserId) -> Result<Had> {
    let kept = journal_rows::last_values(tx, tenant, &id.to_string(), Operation::Delete.as_str())?;
    Ok(kept.map_or_else(Had::default, |kept| Had::read(&kept, tenant, id)))
}

/// Erases what is kept of users who were deleted longer ago than their tenants keep them; answers how many. For a job.
///
/// # Errors
/// When the database cannot be asked; what was erased until then stays so.
pub async fn erase_old(directory: &Directory, actor: &Actor, cx: &Cx) -> Result<u64> {
    operators_only(actor)?;
    let mut erased = 0;
    for (tenant, kept) in directory.store.read(retention::settings).await? {
        let settings: Settings = serde_json::from_value(kept).map_err(Error::internal)?;
        let end = cx.now.plus_seconds(-settings.records.deleted_users_days.max(0).saturating_mul(24 * 3600));
        erased += erase_before(directory, actor, cx, tenant, end).await?;
    }
    Ok(erased)
}

async fn erase_before(directory: &Directory, actor: &Actor, cx: &Cx, tenant: TenantId, end: Instant) -> Result<u64> {
    let mut erased = 0;
    loop {
        let due = directory.store.read(move |tx| rows::deleted_before(tx, tenant, end, BATCH)).await?;
        if due.is_empty() {
            return Ok(erased);
        }
        for id in due {
            let (actor, cx) = (actor.clone(), cx.clone());
            let erase = move |tx: &mut Tx<'_>| erase_one(tx, Author { actor: &actor, cx: &cx, tenant }, id);
            erased += u64::from(directory.store.write(erase).await?);
        }
    }
}

fn erase_one(tx: &mut Tx<'_>, author: Author<'_>, id: UserId) -> Result<bool> {
    tx.lock(Lock::User(id))?;
    let Some(user) = rows::find(tx, author.tenant, id)? else { return Ok(false) };
    rows::erase(tx, &user)?;
    journal_rows::erase_values(tx, &id.to_string())?;
    let nothing = users::User { document: Map::new(), ..user };
    let user = User::from_seen(Seen { user: nothing, link: None });
    let mut diff = Diff::default();
    diff.tell("values", "erased");
    record(tx, author, &user, Operation::Erase, diff)?;
    Ok(true)
}

fn record(tx: &mut Tx<'_>, author: Author<'_>, user: &User, operation: Operation, diff: Diff) -> Result<()> {
    let change = Change {
        resource_type: "User",
        resource_id: user.id.to_string(),
        operation,
        diff,
        identity_source: Some(&user.identity_source),
        reason: None,
    };
    journal::record(tx, author, change)
}
