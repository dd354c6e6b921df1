//! Through whose eyes the directory is looked at, and which version a client expects.

use crate::access::{PermissionType, Permit, Reach};
use crate::error::{Error, Result};
use crate::ids::UserId;
use crate::store::groups::Owner;
use crate::store::users::{self as user_rows, Seen, Viewer};
use crate::store::{Tx, people};

/// Which versions of a resource a change may meet (RFC 7644 section 3.14).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Precondition {
    /// Whichever it is.
    #[default]
    None,
    /// One of these.
    OneOf(Vec<i64>),
}

impl Precondition {
    /// Holds the version against what the client expects.
    ///
    /// # Errors
    /// [`Error::Stale`] when it expects another.
    pub(super) fn check(&self, version: i64) -> Result<()> {
        match self {
            Self::OneOf(versions) if !versions.contains(&version) => Err(Error::Stale),
            Self::None | Self::OneOf(_) => Ok(()),
        }
    }
}

/// Which users whoever holds the permit sees.
pub(super) fn viewer<P: PermissionType>(permit: &Permit<P>) -> Viewer {
    let connection = permit.connection().map(|actor| &actor.connection);
    Viewer {
        tenant: permit.tenant(),
        connection: connection.map(|connection| connection.id),
        own_only: connection.is_some_and(|connection| connection.reach == Reach::Own),
    }
}

/// Whose groups whoever holds the permit sees.
pub(super) fn owner<P: PermissionType>(permit: &Permit<P>) -> Owner {
    Owner { tenant: permit.tenant(), connection: permit.connection().map(|actor| actor.connection.id) }
}

/// Whether the viewer may know of the user.
pub(super) fn is_visible(viewer: Viewer, seen: &Seen) -> bool {
    match &seen.link {
        Some(link) => !link.hidden,
        None => !viewer.own_only,
    }
}

/// The user of that id, when whoever holds the permit may know of it: it is not hidden from them, and belongs to the org
/// units that the permit reaches.
///
/// # Errors
/// [`Error::Missing`] otherwise.
pub(super) fn user<P: PermissionType>(tx: &mut Tx<'_>, permit: &Permit<P>, id: UserId) -> Result<Seen> {
    let viewer = viewer(permit);
    let seen = user_rows::find(tx, viewer, id)?.filter(|seen| is_visible(viewer, seen));
    match seen {
        Some(seen) if people::within(tx, &permit.span(), viewer.tenant, id)? => Ok(seen),
        Some(_) | None => Err(Error::Missing("User")),
    }
}
