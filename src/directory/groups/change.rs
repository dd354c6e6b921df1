//! A group changed: its own attributes and its members, in one transaction.

use std::sync::Arc;

use scim_core::patch::MemberChange;

use crate::access::{GroupsWrite, Permit, Types};
use crate::context::Cx;
use crate::directory::schemas::write_unique;
use crate::directory::{Directory, Precondition, adoption, limits, names, view};
use crate::error::{Error, Result};
use crate::ids::GroupId;
use crate::journal::{self, Author, Change, Diff, Operation};
use crate::store::groups as rows;
use crate::store::{Lock, Tx, schemas};

use super::members::{Net, Scope};
use super::{Draft, Group, WantMembers, complete, free_name, names_are_unique, owned, recorded};

/// Makes the draft of a changed group from what it is, without its members. May be called more than once.
pub type Edit = Arc<dyn Fn(&Group) -> Result<Draft> + Send + Sync>;

/// A group after a change.
#[derive(Clone, Debug)]
pub struct Changed {
    /// The group.
    pub group: Group,
    /// Whether anything differs from before.
    pub changed: bool,
}

/// Changes a group.
///
/// # Errors
/// [`Error::Missing`] when the owner has no such group; [`Error::Stale`] for another version than expected;
/// [`Error::Taken`] for a name in use; [`Error::Invalid`] for a member that is none; those of `edit`.
#[expect(clippy::too_many_arguments, reason = "each says something that the others do not")]
pub async fn change(
    directory: &Directory,
    permit: &Permit<GroupsWrite>,
    cx: &Cx,
    id: &str,
    precondition: Precondition,
    want: WantMembers,
    edit: Edit,
    members: Vec<MemberChange>,
) -> Result<Changed> {
    permit.whole()?;
    let id: GroupId = id.parse().map_err(|_| Error::Missing("Group"))?;
    let work = Work {
        types: Arc::clone(permit.types()),
        directory: directory.clone(),
        permit: permit.clone(),
        cx: cx.clone(),
    };
    let noted = cx.clone();
    let written = directory
        .store
        .write(move |tx| {
            schemas::keep(tx, work.permit.tenant(), work.types.version)?;
            tx.lock(Lock::Group(id))?;
            let row = owned(tx, &work.permit, id)?;
            precondition.check(row.version)?;
            let (row, changed) = work.apply(tx, row, &edit, &members)?;
            let mut group = Group::from_row(row);
            complete(tx, want, &mut group)?;
            Ok(Changed { group, changed })
        })
        .await;
    adoption::noted(directory, &noted, written).await
}

struct Work {
    types: Arc<Types>,
    directory: Directory,
    permit: Permit<GroupsWrite>,
    cx: Cx,
}

impl Work {
    fn apply(
        &self,
        tx: &mut Tx<'_>,
        row: rows::Group,
        edit: &Edit,
        members: &[MemberChange],
    ) -> Result<(rows::Group, bool)> {
        let before = Group::from_row(row.clone());
        let draft = edit(&before)?;
        judge(&row, &draft)?;
        limits::changed_document(tx, self.permit.tenant(), &row.document, &draft.document)?;
        let diff = journal::between(
            &recorded(&row.document, row.external_id.as_deref()),
            &recorded(&draft.document, draft.external_id.as_deref()),
        )
        .without_values_of(self.types.group.secrets());
        let net = self.scope(row.id).apply(tx, members)?;
        if diff.is_empty() && net.is_empty() {
            return Ok((row, false));
        }
        let changed = rows::Group {
            display_name: draft.display_name,
            document: draft.document,
            external_id: draft.external_id,
            version: row.version + 1,
            modified: self.cx.now.max(row.modified.plus_micros(1)),
            ..row
        };
        if !diff.is_empty() {
            free_name(tx, &self.permit, &changed.display_name, changed.id)?;
        }
        rows::update(tx, &changed, names_are_unique(&self.permit))?;
        if !diff.is_empty() {
            write_unique(tx, &self.types.group, changed.id.uuid(), &changed.document, false)?;
        }
        self.record(tx, &changed, diff, &net)?;
        Ok((changed, true))
    }

    fn author(&self) -> Author<'_> {
        Author { actor: self.permit.actor(), cx: &self.cx, tenant: self.permit.tenant() }
    }

    fn scope(&self, group: GroupId) -> Scope<'_> {
        Scope {
            directory: &self.directory,
            author: self.author(),
            connection: self.permit.connection().map(|actor| &actor.connection),
            viewer: view::viewer(&self.permit),
            owner: view::owner(&self.permit),
            group,
        }
    }

    fn record(&self, tx: &mut Tx<'_>, row: &rows::Group, diff: Diff, net: &Net) -> Result<()> {
        let author = self.author();
        if !diff.is_empty() {
            let change = Change {
                resource_type: "Group",
                resource_id: row.id.to_string(),
                operation: Operation::Update,
                diff,
                identity_source: None,
                reason: None,
            };
            journal::record(tx, author, change)?;
        }
        journal::record_members(tx, author, &row.id, &net.added(), &net.removed())
    }
}

/// Judges what the draft changes; what stays as it was is never refused.
fn judge(row: &rows::Group, draft: &Draft) -> Result<()> {
    if row.display_name != draft.display_name {
        names::judge_group_name(&draft.display_name)?;
    }
    if row.external_id != draft.external_id {
        names::judge_external_id(draft.external_id.as_deref())?;
    }
    Ok(())
}
