//! A group deleted.

use std::sync::Arc;

use serde_json::Map;

use crate::access::{GroupsWrite, Permit};
use crate::context::Cx;
use crate::directory::grants::{self, Subject};
use crate::directory::{Directory, Precondition};
use crate::error::{Error, Result};
use crate::ids::GroupId;
use crate::journal::{self, Author, Change, Operation};
use crate::store::groups as rows;
use crate::store::{Lock, applications, members, schemas, unique};

use super::{owned, recorded};

/// Deletes a group. Its member rows go with it, and it leaves the groups that it was a member of.
///
/// # Errors
/// [`Error::Missing`] when the owner has no such group; [`Error::Stale`] for another version than expected.
pub async fn remove(
    directory: &Directory,
    permit: &Permit<GroupsWrite>,
    cx: &Cx,
    id: &str,
    precondition: Precondition,
) -> Result<()> {
    permit.whole()?;
    let id: GroupId = id.parse().map_err(|_| Error::Missing("Group"))?;
    let (types, permit, cx) = (Arc::clone(permit.types()), permit.clone(), cx.clone());
    directory
        .store
        .write(move |tx| {
            schemas::keep(tx, permit.tenant(), types.version)?;
            tx.lock(Lock::Group(id))?;
            let row = owned(tx, &permit, id)?;
            precondition.check(row.version)?;
            // With the group everybody leaves it.
            grants::leave(tx, permit.actor(), permit.tenant(), id, &[id.uuid()])?;
            let author = Author { actor: permit.actor(), cx: &cx, tenant: permit.tenant() };
            grants::forget(tx, author, Subject::Group(id))?;
            let gone: Vec<_> = members::all(tx, id)?.into_iter().map(|member| member.id).collect();
            journal::record_members(tx, author, &id, &[], &gone)?;
            rows::delete(tx, &row)?;
            applications::unassign_everywhere(tx, id.uuid().into())?;
            unique::delete(tx, id.uuid())?;
            let left = members::delete_everywhere(tx, permit.tenant(), None, id.uuid())?;
            if !left.is_empty() {
                rows::touch(tx, permit.tenant(), &left, cx.now)?;
            }
            for group in &left {
                journal::record_members(tx, author, group, &[], &[id.uuid()])?;
            }
            let change = Change {
                resource_type: "Group",
                resource_id: id.to_string(),
                operation: Operation::Delete,
                diff: journal::between(&recorded(&row.document, row.external_id.as_deref()), &Map::new())
                    .without_values_of(types.group.secrets()),
                identity_source: None,
                reason: None,
            };
            journal::record(tx, author, change)
        })
        .await
}
