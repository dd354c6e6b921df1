//! Groups: each owned by the connection that made it, or local; their members are rows.

mod administer;
mod change;
mod create;
mod find;
mod members;
mod remove;

use serde_json::{Map, Value};

use crate::access::{PermissionType, Permit};
use crate::clock::Instant;
use crate::directory::view;
use crate::error::{Error, Reason, Result};
use crate::ids::GroupId;
use crate::store::groups as rows;
use crate::store::members::NamedMember;
use crate::store::{Lock, Tx, members as member_rows};

pub use crate::store::members::{Member, NamedMember as GroupMember};
pub use administer::{Administered, Owned, administered, change_members, check, list_all, members};
pub use change::{Changed, Edit, change};
pub use create::create;
pub use find::{find, list};
pub use remove::remove;

/// A group as whoever looks sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// The id.
    pub id: GroupId,
    /// The resource without `id`, `meta`, `members`, `externalId`.
    pub document: Map<String, Value>,
    /// What its connection calls it.
    pub external_id: Option<String>,
    /// Rises with each change, of members too.
    pub version: i64,
    /// When it was made.
    pub created: Instant,
    /// When it last changed.
    pub modified: Instant,
    /// The members, when they were asked for.
    pub members: Option<Vec<NamedMember>>,
}

/// What a group is to become, but for its members.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// The name.
    pub display_name: String,
    /// The resource without `id`, `meta`, `members`, `externalId`.
    pub document: Map<String, Value>,
    /// What the connection calls it.
    pub external_id: Option<String>,
}

/// Whether and when members are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WantMembers {
    /// Never.
    No,
    /// All of them.
    Yes,
    /// All of them if there are at most so many.
    UpTo(usize),
}

impl Group {
    fn from_row(row: rows::Group) -> Self {
        Self {
            id: row.id,
            document: row.document,
            external_id: row.external_id,
            version: row.version,
            created: row.created,
            modified: row.modified,
            members: None,
        }
    }
}

/// All that a change of the group itself can alter, as one document.
fn recorded(document: &Map<String, Value>, external_id: Option<&str>) -> Map<String, Value> {
    let mut all = document.clone();
    if let Some(external_id) = external_id {
        all.insert("externalId".to_owned(), Value::from(external_id));
    }
    all
}

/// Whether the names of the groups of whoever holds the permit must differ.
fn names_are_unique<P: PermissionType>(permit: &Permit<P>) -> bool {
    permit.connection().is_none_or(|actor| actor.connection.profile.unique_group_names())
}

/// Fills in the members, when they are wanted.
fn complete(tx: &mut Tx<'_>, want: WantMembers, group: &mut Group) -> Result<()> {
    let wanted = match want {
        WantMembers::No => false,
        WantMembers::Yes => true,
        WantMembers::UpTo(most) => {
            let limit = i64::try_from(most).unwrap_or(i64::MAX).saturating_add(1);
            member_rows::count_up_to(tx, group.id, limit)? <= most
        }
    };
    if wanted {
        group.members = Some(member_rows::named(tx, group.id)?);
    }
    Ok(())
}

/// The group of that id, which whoever holds the permit may change. What an identity provider owns, it alone changes;
/// administrators see that it is there.
///
/// # Errors
/// [`Error::Missing`] when there is none; [`Error::Conflict`] with the code `source_locked`.
fn owned<P: PermissionType>(tx: &mut Tx<'_>, permit: &Permit<P>, id: GroupId) -> Result<rows::Group> {
    if let Some(row) = rows::find(tx, view::owner(permit), id)? {
        return Ok(row);
    }
    match (permit.connection(), rows::of_tenant(tx, permit.tenant(), id)?.and_then(|row| row.connection)) {
        (None, Some(connection)) => {
            let detail = "the group belongs to a SCIM connection, which alone changes it";
            let reason = Reason::new("source_locked", detail).with("source", "SCIM");
            Err(Error::Conflict(reason.with("connection_id", connection.to_string())))
        }
        _ => Err(Error::Missing("Group")),
    }
}

/// Refuses the name of another local group to a local group. No index does it, because they have no owner.
///
/// # Errors
/// [`Error::Taken`] when there is one.
fn free_name<P: PermissionType>(tx: &mut Tx<'_>, permit: &Permit<P>, name: &str, of: GroupId) -> Result<()> {
    if permit.connection().is_some() {
        return Ok(());
    }
    tx.lock(Lock::LocalGroups(permit.tenant()))?;
    match rows::local_of_name(tx, permit.tenant(), name)? {
        Some(other) if other != of => Err(Error::Taken(format!("the name `{name}` is in use by another group"))),
        Some(_) | None => Ok(()),
    }
}
