//! Which users and groups are assigned to an application.

use serde_json::{Map, Value};

use crate::access::{ApplicationsRead, ApplicationsWrite, Permit};
use crate::context::Cx;
use crate::directory::Directory;
use crate::error::{Error, Result};
use crate::ids::{GroupId, SubjectId, TenantId, UserId};
use crate::journal::{self, Operation};
use crate::store::{Tx, applications as rows, people, unit_members};

use super::{author, parse, record, row};

/// What is assigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubjectKind {
    /// A user.
    User,
    /// A group, with all in it, however deep.
    Group,
}

impl SubjectKind {
    /// The word for it in answers and the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
        }
    }
}

/// Who is assigned.
pub use crate::store::applications::Assignment as Subject;

/// One page of the assignments, oldest first, and how many there are.
///
/// # Errors
/// [`Error::Missing`] when the tenant has no such application.
pub async fn assignments(
    directory: &Directory,
    permit: &Permit<ApplicationsRead>,
    id: &str,
    offset: i64,
    limit: i64,
) -> Result<(Vec<Subject>, i64)> {
    permit.whole()?;
    let (id, tenant) = (parse(id)?, permit.tenant());
    directory
        .store
        .read(move |tx| {
            row(tx, tenant, id)?;
            rows::assignments(tx, id, offset, limit)
        })
        .await
}

/// Assigns a user or a group. False when it was assigned already.
///
/// # Errors
/// [`Error::Missing`] when the tenant has no such application, user or group.
pub async fn assign(
    directory: &Directory,
    permit: &Permit<ApplicationsWrite>,
    cx: &Cx,
    id: &str,
    kind: SubjectKind,
    subject: &str,
) -> Result<bool> {
    permit.whole()?;
    let (id, subject): (_, SubjectId) = (parse(id)?, subject.parse().map_err(|_| Error::Missing("user or group"))?);
    let (permit, cx) = (permit.clone(), cx.clone());
    directory
        .store
        .write(move |tx| {
            row(tx, permit.tenant(), id)?;
            stands(tx, permit.tenant(), kind, subject)?;
            if !rows::assign(tx, id, kind.as_str(), subject, cx.now)? {
                return Ok(false);
            }
            let diff = journal::between(&Map::new(), &assigned(kind.as_str(), subject));
            record(tx, author(&permit, &cx), id, Operation::Update, diff)?;
            Ok(true)
        })
        .await
}

/// Takes an assignment back.
///
/// # Errors
/// [`Error::Missing`] when there is none.
pub async fn unassign(
    directory: &Directory,
    permit: &Permit<ApplicationsWrite>,
    cx: &Cx,
    id: &str,
    subject: &str,
) -> Result<()> {
    permit.whole()?;
    let (id, subject): (_, SubjectId) = (parse(id)?, subject.parse().map_err(|_| Error::Missing("assignment"))?);
    let (permit, cx) = (permit.clone(), cx.clone());
    directory
        .store
        .write(move |tx| {
            row(tx, permit.tenant(), id)?;
            let kind = rows::unassign(tx, id, subject)?.ok_or(Error::Missing("assignment"))?;
            let diff = journal::between(&assigned(&kind, subject), &Map::new());
            record(tx, author(&permit, &cx), id, Operation::Update, diff)
        })
        .await
}

/// Asks that the tenant has the user or group, whoever owns the group.
fn stands(tx: &mut Tx<'_>, tenant: TenantId, kind: SubjectKind, subject: SubjectId) -> Result<()> {
    let (there, what) = match kind {
        SubjectKind::User => (unit_members::stands(tx, tenant, UserId::from(subject.uuid()), None)?, "user"),
        SubjectKind::Group => (people::has_group(tx, tenant, GroupId::from(subject.uuid()))?, "group"),
    };
    if there { Ok(()) } else { Err(Error::Missing(what)) }
}

fn assigned(kind: &str, subject: SubjectId) -> Map<String, Value> {
    Map::from_iter([("assignment".to_owned(), Value::from(format!("{kind} {subject}")))])
}
