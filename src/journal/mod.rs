//! The journal: one row for each change, written in the change's own transaction, and nothing else that records one.
//!
//! Changed paths and member ids stand in the row; values before and after lie beside it, where retention and erasure can
//! blank them. Secrets are never among them. A write that changed nothing has nothing to record.

pub mod activity;
pub mod redact;

mod diff;

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use uuid::Uuid;

use crate::access::Actor;
use crate::context::Cx;
use crate::error::Result;
use crate::ids::TenantId;
use crate::store::{Json, Tx, journal};

pub use diff::{Diff, between};

/// Member ids in one row, at the most.
const MEMBERS_A_ROW: usize = 1000;
/// The longest name beside an id, in characters.
const LONGEST_NAME: usize = 200;

/// What was done to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// It was made.
    Create,
    /// It was changed.
    Update,
    /// It was deleted, or its link was.
    Delete,
    /// A connection began to claim it.
    Link,
    /// A connection claims it no more.
    Unlink,
    /// Its members changed.
    Members,
    /// A credential ended.
    Revoke,
    /// What was deleted is back.
    Restore,
    /// Nothing is left of what was deleted.
    Erase,
}

impl Operation {
    /// Every one: no record has another.
    pub const ALL: [Self; 9] = [
        Self::Create,
        Self::Update,
        Self::Delete,
        Self::Link,
        Self::Unlink,
        Self::Members,
        Self::Revoke,
        Self::Restore,
        Self::Erase,
    ];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Link => "link",
            Self::Unlink => "unlink",
            Self::Members => "members",
            Self::Revoke => "revoke",
            Self::Restore => "restore",
            Self::Erase => "erase",
        }
    }
}

/// Who changed something, when, in which request and where.
#[derive(Clone, Copy)]
pub struct Author<'a> {
    /// Who.
    pub actor: &'a Actor,
    /// When and in which request.
    pub cx: &'a Cx,
    /// In which tenant.
    pub tenant: TenantId,
}

/// What changed.
pub struct Change<'a> {
    /// The kind of thing: `User`, `Group`, `Connection` ...
    pub resource_type: &'a str,
    /// Which one.
    pub resource_id: String,
    /// What was done.
    pub operation: Operation,
    /// The paths that changed, with their values.
    pub diff: Diff,
    /// The identity source of the user it is about.
    pub identity_source: Option<&'a str>,
    /// Why, where that is known.
    pub reason: Option<String>,
}

/// A record of a change, ready to be written: for a change that is known before its transaction begins.
pub struct Record(journal::Entry);

impl Record {
    /// Makes the record.
    ///
    /// # Errors
    /// When a value has no text.
    pub fn of(author: Author<'_>, change: Change<'_>) -> Result<Self> {
        let json = |values: &Option<Map<String, Value>>| values.as_ref().map(Json::of).transpose();
        let diff = &change.diff;
        let values = if diff.is_empty() { None } else { Some((json(&diff.before)?, json(&diff.after)?)) };
        let paths = Json::of(&diff.paths)?;
        let resource_name = name_of(diff);
        let entry = entry(author, change.resource_type, change.resource_id, change.operation, paths);
        let identity_source = change.identity_source.map(str::to_owned);
        Ok(Self(journal::Entry { identity_source, reason: change.reason, values, resource_name, ..entry }))
    }

    /// Writes it, in the transaction of the change.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub fn write(&self, tx: &mut Tx<'_>) -> Result<()> {
        journal::append(tx, &self.0)
    }
}

/// Records a change.
///
/// # Errors
/// When the database cannot be asked.
pub fn record(tx: &mut Tx<'_>, author: Author<'_>, change: Change<'_>) -> Result<()> {
    Record::of(author, change)?.write(tx)
}

/// Records members that were added to and removed from a group: as many rows as it takes.
///
/// # Errors
/// When the database cannot be asked.
pub fn record_members(
    tx: &mut Tx<'_>,
    author: Author<'_>,
    group: &impl std::fmt::Display,
    added: &[Uuid],
    removed: &[Uuid],
) -> Result<()> {
    let rows = added.chunks(MEMBERS_A_ROW).map(|ids| ("added", ids));
    for (what, ids) in rows.chain(removed.chunks(MEMBERS_A_ROW).map(|ids| ("removed", ids))) {
        let entry = entry(author, "Group", group.to_string(), Operation::Members, Json::of(&["members"])?);
        let members = Json::of(&BTreeMap::from([(what, ids)]))?;
        journal::append(tx, &journal::Entry { members: Some(members), ..entry })?;
    }
    Ok(())
}

/// The attributes that hold what a thing is called, the best first.
const NAMES: [&str; 4] = ["displayName", "userName", "name", "slug"];

/// What the thing is called, as far as the change tells.
fn name_of(diff: &Diff) -> Option<String> {
    let values = [&diff.after, &diff.before].into_iter().flatten();
    let names = values.flat_map(|values| NAMES.iter().filter_map(|name| values.get(*name)?.as_str()));
    let name = names.into_iter().next()?;
    Some(name.chars().take(LONGEST_NAME).collect())
}

fn entry(
    author: Author<'_>,
    resource_type: &str,
    resource_id: String,
    operation: Operation,
    paths: Json,
) -> journal::Entry {
    let (actor_kind, actor_id) = author.actor.journal_name();
    journal::Entry {
        tenant: author.tenant,
        at: author.cx.now,
        actor_kind,
        actor_id,
        request_id: author.cx.request_id.clone(),
        resource_type: resource_type.to_owned(),
        resource_id,
        operation: operation.as_str(),
        paths,
        members: None,
        identity_source: None,
        reason: None,
        values: None,
        actor_name: author.actor.name().map(str::to_owned),
        resource_name: None,
    }
}
