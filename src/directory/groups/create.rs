//! A new group.

use std::sync::Arc;

use scim_core::patch::MemberChange;
use serde_json::Map;

use crate::access::{GroupsWrite, Permit};
use crate::context::Cx;
use crate::directory::schemas::write_unique;
use crate::directory::{Directory, adoption, limits, names, view};
use crate::error::Result;
use crate::ids::GroupId;
use crate::journal::{self, Author, Change, Operation};
use crate::store::groups as rows;
use crate::store::schemas;

use super::members::Scope;
use super::{Draft, Group, WantMembers, complete, free_name, names_are_unique, recorded};

/// Makes a group with these members. It belongs to the connection that makes it.
///
/// # Errors
/// [`crate::error::Error::Taken`] when the name must be unique among the owner's groups and is in use;
/// [`crate::error::Error::Invalid`] for a member that is none.
pub async fn create(
    directory: &Directory,
    permit: &Permit<GroupsWrite>,
    cx: &Cx,
    draft: Draft,
    members: Vec<String>,
    want: WantMembers,
) -> Result<Group> {
    permit.whole()?;
    names::judge_group_name(&draft.display_name)?;
    names::judge_external_id(draft.external_id.as_deref())?;
    let (viewer, owner, unique) = (view::viewer(permit), view::owner(permit), names_are_unique(permit));
    let row = rows::Group {
        seq: 0,
        id: GroupId::new(cx.now, directory.sources.random()?),
        connection: owner.connection,
        display_name: draft.display_name,
        external_id: draft.external_id,
        version: 1,
        document: draft.document,
        created: cx.now,
        modified: cx.now,
    };
    let changes = [MemberChange::Add(members)];
    let types = Arc::clone(permit.types());
    let (work, permit, cx) = (directory.clone(), permit.clone(), cx.clone());
    let noted = cx.clone();
    let written = directory
        .store
        .write(move |tx| {
            // First what may take the tenant's row for itself alone: who shares it already could wait for another such.
            limits::document(&limits::one_more_group(tx, owner.tenant)?, &row.document)?;
            schemas::keep(tx, owner.tenant, types.version)?;
            free_name(tx, &permit, &row.display_name, row.id)?;
            rows::insert(tx, owner.tenant, &row, unique)?;
            write_unique(tx, &types.group, row.id.uuid(), &row.document, true)?;
            let connection = permit.connection().map(|actor| &actor.connection);
            let author = Author { actor: permit.actor(), cx: &cx, tenant: owner.tenant };
            let scope = Scope { directory: &work, author, connection, viewer, owner, group: row.id };
            let net = scope.apply(tx, &changes)?;
            let change = Change {
                resource_type: "Group",
                resource_id: row.id.to_string(),
                operation: Operation::Create,
                diff: journal::between(&Map::new(), &recorded(&row.document, row.external_id.as_deref()))
                    .without_values_of(types.group.secrets()),
                identity_source: None,
                reason: None,
            };
            journal::record(tx, author, change)?;
            journal::record_members(tx, author, &row.id, &net.added(), &[])?;
            let mut group = Group::from_row(row.clone());
            complete(tx, want, &mut group)?;
            Ok(group)
        })
        .await;
    adoption::noted(directory, &noted, written).await
}
