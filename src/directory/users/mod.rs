//! Users: who they are to a tenant and to whoever provisions them.

mod beginning;
mod change;
mod create;
mod find;
mod had;
mod remove;
mod restore;
mod take_back;

use scim_core::index_rows;
use scim_core::schema::TypeIndex;
use scim_core::schema::builtin::ENTERPRISE_USER;
use serde_json::{Map, Value};

use crate::clock::Instant;
use crate::error::{Error, Result};
use crate::ids::{ConnectionId, GrantId, GroupId, UnitId, UserId};
use crate::notify::Purpose;
use crate::store::Tx;
use crate::store::users::{self as rows, IndexRow, Seen, Viewer};

use super::accounts::status::Activation;
use super::accounts::{Email, Note};
use super::grants::Reaching;
use super::membership;
pub use super::membership::Membership;
use super::passwords::{Chosen, Kind as PasswordKind};
use super::source_lock::Overruled;
pub use change::{Edit, change, change_and_move, change_oneself};
pub use create::create;
pub use find::{find, list, oneself};
pub use remove::remove;
pub use restore::{erase, erase_old, restore};
pub use take_back::take_back_email;

/// A user as whoever looks sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct User {
    /// The id.
    pub id: UserId,
    /// The resource without `id`, `meta`, `groups`, `externalId`, `active`, `password`.
    pub document: Map<String, Value>,
    /// What the viewer's connection calls the user.
    pub external_id: Option<String>,
    /// What SCIM shows as `active`; `None` leaves it out.
    pub active: Option<bool>,
    /// Where the user comes from: LOCAL, OIDC, SAML, SCIM or LDAP.
    pub identity_source: String,
    /// The connection that created the user.
    pub created_by: Option<ConnectionId>,
    /// Rises with each change.
    pub version: i64,
    /// When it was made.
    pub created: Instant,
    /// When it last changed.
    pub modified: Instant,
    /// The account's own e-mail.
    pub email: Option<String>,
    /// The groups it is in, when they were asked for.
    pub groups: Vec<Membership>,
    /// The manager, when the document names one that exists.
    pub manager: Option<Manager>,
}

/// A user after a change.
#[derive(Clone, Debug)]
pub struct Changed {
    /// The user.
    pub user: User,
    /// Whether anything differs from before.
    pub changed: bool,
    /// What was asked for and is not so.
    pub notes: Vec<Note>,
    /// What was written although the user's source owns it.
    pub overruled: Option<Overruled>,
}

/// A manager that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manager {
    /// The user.
    pub id: UserId,
    /// Its display name.
    pub display_name: Option<String>,
}

/// What a user is to become.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// The name.
    pub user_name: String,
    /// The resource without `id`, `meta`, `groups`, `externalId`, `active`, `password`.
    pub document: Map<String, Value>,
    /// What the connection calls the user.
    pub external_id: Option<String>,
    /// What SCIM is to show as `active`; `None` leaves it out. Only a provisioner says so: of users without a link it
    /// follows from the account.
    pub active: Option<bool>,
    /// Whether the request says anything of `active`, be it what was there.
    pub writes_active: bool,
    /// The account's own e-mail.
    pub email: Email,
}

impl Draft {
    /// One that changes nothing.
    pub fn keeping(user: &User) -> Self {
        Self {
            user_name: user.user_name().to_owned(),
            document: user.document.clone(),
            external_id: user.external_id.clone(),
            active: user.active,
            writes_active: false,
            email: Email::Is(user.email.clone()),
        }
    }
}

/// How a new user begins, beside what its draft says.
#[derive(Clone, Debug)]
pub struct Beginning {
    /// How far the account is.
    pub activation: Activation,
    /// The org unit it is at home in.
    pub home_unit: Option<UnitId>,
    /// The groups that it is a member of.
    pub groups: Vec<GroupId>,
    /// Its first password.
    pub password: Option<(Chosen, PasswordKind)>,
    /// Whether its e-mail counts as proven. Only operators say so.
    pub proven: bool,
    /// The role that an operator grants it.
    pub grant: Option<FirstGrant>,
    /// What it is written to about.
    pub mail: Option<Purpose>,
}

/// A role that a new user has from the start.
#[derive(Clone, Debug)]
pub struct FirstGrant {
    /// The id of the grant.
    pub id: GrantId,
    /// The key of the role.
    pub role: String,
    /// How far it reaches.
    pub scope: Reaching,
    /// Whether the user is made only if nobody owns the platform yet.
    pub only_first_owner: bool,
}

impl Default for Beginning {
    fn default() -> Self {
        Self {
            activation: Activation::Done,
            home_unit: None,
            groups: Vec::new(),
            password: None,
            proven: false,
            grant: None,
            mail: None,
        }
    }
}

/// What else of a user is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Want {
    /// The groups it is in.
    pub groups: bool,
}

impl User {
    fn from_seen(seen: Seen) -> Self {
        let Seen { user, link } = seen;
        Self {
            id: user.id,
            document: user.document,
            external_id: link.and_then(|link| link.external_id),
            active: user.active,
            identity_source: user.identity_source,
            created_by: user.created_by,
            version: user.version,
            created: user.created,
            modified: user.modified,
            email: user.email,
            groups: Vec::new(),
            manager: None,
        }
    }

    /// The name.
    fn user_name(&self) -> &str {
        self.document.get("userName").and_then(Value::as_str).unwrap_or_default()
    }

    /// All that a change can alter, as one document for comparison and the journal.
    fn recorded(&self) -> Map<String, Value> {
        recorded(&self.document, self.external_id.as_deref(), self.active)
    }
}

fn recorded(document: &Map<String, Value>, external_id: Option<&str>, active: Option<bool>) -> Map<String, Value> {
    let mut all = document.clone();
    if let Some(external_id) = external_id {
        all.insert("externalId".to_owned(), Value::from(external_id));
    }
    if let Some(active) = active {
        all.insert("active".to_owned(), Value::from(active));
    }
    all
}

/// The `manager.value` of a document.
fn manager_value(document: &Map<String, Value>) -> Option<&str> {
    document.get(ENTERPRISE_USER)?.get("manager")?.get("value")?.as_str()
}

/// Fills in what is kept elsewhere: the groups when they are wanted, and the managers.
fn complete(tx: &mut Tx<'_>, viewer: Viewer, want: Want, users: &mut [User]) -> Result<()> {
    let managers: Vec<UserId> = users.iter().filter_map(|user| manager_value(&user.document)?.parse().ok()).collect();
    if !managers.is_empty() {
        let known: std::collections::HashMap<_, _> = rows::display_names(tx, viewer, &managers)?.into_iter().collect();
        for user in users.iter_mut() {
            let id = manager_value(&user.document).and_then(|value| value.parse().ok());
            user.manager = id.and_then(|id: UserId| {
                known.get(&id).map(|display_name| Manager { id, display_name: display_name.clone() })
            });
        }
    }
    if want.groups {
        let owner = crate::store::groups::Owner { tenant: viewer.tenant, connection: viewer.connection };
        let ids: Vec<UserId> = users.iter().map(|user| user.id).collect();
        let mut memberships = membership::of_users(tx, owner, &ids)?;
        for user in users.iter_mut() {
            user.groups = memberships.remove(&user.id).unwrap_or_default();
        }
    }
    Ok(())
}

/// The manager whose id this is, if the viewer sees one.
fn manager_of(tx: &mut Tx<'_>, viewer: Viewer, value: Option<&str>) -> Result<Option<Manager>> {
    let Some(id) = value.and_then(|value| value.parse::<UserId>().ok()) else { return Ok(None) };
    let names = rows::display_names(tx, viewer, &[id])?;
    Ok(names.into_iter().next().map(|(id, display_name)| Manager { id, display_name }))
}

/// Fills in one user.
fn completed(tx: &mut Tx<'_>, viewer: Viewer, want: Want, mut user: User) -> Result<User> {
    complete(tx, viewer, want, std::slice::from_mut(&mut user))?;
    Ok(user)
}

/// Refuses a manager that does not exist, where that is asked for.
fn judge_manager(tx: &mut Tx<'_>, viewer: Viewer, value: Option<&str>) -> Result<()> {
    let Some(value) = value else { return Ok(()) };
    if manager_of(tx, viewer, Some(value))?.is_some() {
        return Ok(());
    }
    Err(Error::Invalid(scim_core::Invalid::value(
        format!("{ENTERPRISE_USER}:manager.value"),
        format!("names no user: `{}`", scim_core::error::clip(value)),
    )))
}

/// The index rows of a document.
fn index_of(index: &TypeIndex, user_seq: i64, document: &Map<String, Value>) -> Vec<IndexRow> {
    let values = index_rows::values(index, document);
    rows::index_rows(user_seq, values.into_iter().map(|row| (row.path_id, row.value, row.kind)))
}
