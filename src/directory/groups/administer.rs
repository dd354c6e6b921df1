//! Groups as administrators see and run them: those of all owners, of which they change the local ones.

use std::sync::Arc;

use scim_core::patch::MemberChange;

use crate::access::{Extent, GroupsRead, MembersWrite, PermissionType, Permit};
use crate::clock::Instant;
use crate::context::Cx;
use crate::directory::{Directory, view};
use crate::error::{Error, Result};
use crate::ids::{ConnectionId, GroupId, UserId};
use crate::journal::{self, Author};
use crate::store::groups as rows;
use crate::store::{Lock, Tx, members as member_rows, schemas, unit_members};

use super::members::Scope;
use super::{GroupMember, owned};

/// Who owns a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owned {
    /// Nobody but the tenant.
    Locally,
    /// A SCIM connection, which alone changes it.
    By(ConnectionId),
}

/// A group as administrators see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Administered {
    /// The id.
    pub id: GroupId,
    /// The name.
    pub name: String,
    /// Who owns it.
    pub owner: Owned,
    /// What its connection calls it.
    pub external_id: Option<String>,
    /// When it was made.
    pub created: Instant,
    /// When it last changed.
    pub modified: Instant,
}

impl From<rows::Group> for Administered {
    fn from(row: rows::Group) -> Self {
        Self {
            id: row.id,
            name: row.display_name,
            owner: row.connection.map_or(Owned::Locally, Owned::By),
            external_id: row.external_id,
            created: row.created,
            modified: row.modified,
        }
    }
}

/// One page of the groups of all owners, by name, and how many there are.
///
/// # Errors
/// When the database cannot be asked.
pub async fn list_all(
    directory: &Directory,
    permit: &Permit<GroupsRead>,
    part_of_name: Option<&str>,
    offset: i64,
    limit: i64,
) -> Result<(Vec<Administered>, i64)> {
    let (tenant, part) = (permit.tenant(), part_of_name.map(str::to_owned));
    let list = move |tx: &mut Tx<'_>| {
        let (found, total) = rows::of_all_owners(tx, tenant, part.as_deref(), offset, limit)?;
        Ok((found.into_iter().map(Administered::from).collect(), total))
    };
    directory.store.scan(list).await
}

/// The group of that id, whoever owns it.
///
/// # Errors
/// [`Error::Missing`] when the tenant has none.
pub async fn administered(directory: &Directory, permit: &Permit<GroupsRead>, id: GroupId) -> Result<Administered> {
    let tenant = permit.tenant();
    let find = move |tx: &mut Tx<'_>| rows::of_tenant(tx, tenant, id)?.ok_or(Error::Missing("Group"));
    directory.store.read_one(find).await.map(Administered::from)
}

/// Asks that the tenant has a group of that id, whoever owns it.
///
/// # Errors
/// [`Error::Missing`] when it has none.
pub async fn check<P: PermissionType>(directory: &Directory, permit: &Permit<P>, id: GroupId) -> Result<()> {
    let tenant = permit.tenant();
    directory.store.read_one(move |tx| rows::of_tenant(tx, tenant, id)?.map(drop).ok_or(Error::Missing("Group"))).await
}

/// One page of the direct members of a group, and how many there are.
///
/// # Errors
/// [`Error::Missing`] when the tenant has no such group; [`Error::Denied`] when the permit reaches some org units only.
pub async fn members(
    directory: &Directory,
    permit: &Permit<GroupsRead>,
    id: GroupId,
    offset: i64,
    limit: i64,
) -> Result<(Vec<GroupMember>, i64)> {
    permit.whole()?;
    let tenant = permit.tenant();
    directory
        .store
        .read(move |tx| {
            rows::of_tenant(tx, tenant, id)?.ok_or(Error::Missing("Group"))?;
            member_rows::page(tx, id, offset, limit)
        })
        .await
}

/// Adds members to a local group, or takes them out. Whether anything changed.
///
/// # Errors
/// [`Error::Missing`] when the tenant has no such group; [`Error::Conflict`] when it is a connection's; [`Error::Invalid`]
/// for a member that is none or is out of reach.
pub async fn change_members(
    directory: &Directory,
    permit: &Permit<MembersWrite>,
    cx: &Cx,
    id: GroupId,
    changes: Vec<MemberChange>,
) -> Result<bool> {
    let work = (directory.clone(), permit.clone(), cx.clone());
    directory
        .store
        .write(move |tx| {
            let (directory, permit, cx) = &work;
            schemas::keep(tx, permit.tenant(), permit.types().version)?;
            tx.lock(Lock::Group(id))?;
            let row = owned(tx, permit, id)?;
            for change in &changes {
                within_reach(tx, permit, change)?;
            }
            let author = Author { actor: permit.actor(), cx, tenant: permit.tenant() };
            let (viewer, owner) = (view::viewer(permit), view::owner(permit));
            let scope = Scope { directory, author, connection: None, viewer, owner, group: id };
            let net = scope.apply(tx, &changes)?;
            if net.is_empty() {
                return Ok(false);
            }
            rows::touch(tx, permit.tenant(), &[id], cx.now.max(row.modified.plus_micros(1)))?;
            journal::record_members(tx, author, &id, &net.added(), &net.removed())?;
            Ok(true)
        })
        .await
}

/// Whoever may change members in some org units only, changes only users of those.
fn within_reach(tx: &mut Tx<'_>, permit: &Permit<MembersWrite>, change: &MemberChange) -> Result<()> {
    let Extent::Units(lineages) = permit.extent() else { return Ok(()) };
    let lineages: Vec<String> = lineages.iter().map(Arc::as_ref).map(str::to_owned).collect();
    let (MemberChange::Add(ids) | MemberChange::Remove(ids)) = change else { return permit.whole() };
    for id in ids {
        let user: UserId = id.parse().map_err(|_| Error::Missing("user"))?;
        if !unit_members::stands(tx, permit.tenant(), user, Some(&lineages))? {
            return Err(Error::Missing("user"));
        }
    }
    Ok(())
}
