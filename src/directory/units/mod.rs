//! Org units: the tree of a tenant's departments, accounts and the like, and which users are in them.
//!
//! Roles can be granted to a unit, for all in it and below it, and over a unit. So moving a unit or putting a user into
//! one gives permissions, and who does it must hold them.

mod change;
mod create;
mod displaced;
mod find;
mod members;
mod remove;

use serde_json::{Map, Value, json};

use crate::access::{Extent, PermissionType, Permit};
use crate::error::{Error, Result};
use crate::ids::{SubjectId, UnitId};
use crate::journal::{self, Author, Change, Operation};
use crate::store::{Lock, Tx, units as rows};
use scim_core::Invalid;

use super::belonging;

pub use crate::store::unit_members::Member;
pub use crate::store::units::Unit;
pub use change::{UnitChange, change};
pub use create::{Draft, create};
pub use find::{Below, Branch, check, find, list, tree};
pub(in crate::directory) use members::record_first;
pub use members::{Rehoming, enter, leave, members, of_user};
pub use remove::{Strategy, remove};

/// How deep the tree may be.
const DEEPEST: usize = 32;
/// How many units a tenant may have.
const MOST: i64 = 10_000;
/// What a unit is when nobody says.
const KIND: &str = "department";

/// The unit of that id, when whoever holds the permit may know of it.
fn visible<P: PermissionType>(tx: &mut Tx<'_>, permit: &Permit<P>, id: UnitId) -> Result<Unit> {
    reached(permit, rows::find(tx, permit.tenant(), id)?)
}

/// The same for a unit of the tenant that was found.
fn reached<P: PermissionType>(permit: &Permit<P>, found: Option<Unit>) -> Result<Unit> {
    let within = |unit: &Unit| match permit.extent() {
        Extent::Whole => true,
        Extent::Units(lineages) => lineages.iter().any(|above| unit.lineage.starts_with(&**above)),
    };
    found.filter(within).ok_or(Error::Missing("org unit"))
}

/// The lineages that the permit is limited to.
pub(super) fn limits<P: PermissionType>(permit: &Permit<P>) -> Option<Vec<String>> {
    match permit.extent() {
        Extent::Whole => None,
        Extent::Units(lineages) => Some(lineages.iter().map(|lineage| lineage.to_string()).collect()),
    }
}

/// Begins a transaction that changes the tree or who is in it.
fn begin<P: PermissionType>(tx: &mut Tx<'_>, permit: &Permit<P>) -> Result<()> {
    belonging::begin(tx, permit)?;
    tx.lock(Lock::Units(permit.tenant()))
}

/// The lineage of the unit above; empty above the root.
fn lineage_of(parent: Option<&Unit>) -> &str {
    parent.map_or("", |parent| parent.lineage.as_str())
}

/// How many units a lineage names.
fn depth(lineage: &str) -> usize {
    lineage.matches('/').count()
}

/// The units that a lineage names: the unit itself and those above it.
fn subjects(lineage: &str) -> Vec<SubjectId> {
    lineage.split('/').filter_map(|id| id.parse().ok()).collect()
}

/// Refuses a name that another unit of the same parent has.
fn unique_name(tx: &mut Tx<'_>, unit: &Unit) -> Result<()> {
    match rows::sibling(tx, unit.tenant_id, unit.parent_id, &unit.name)? {
        Some(other) if other != unit.id => {
            Err(Error::Taken(format!("the name `{}` is in use by another org unit here", unit.name)))
        }
        Some(_) | None => Ok(()),
    }
}

fn judge_name(name: &str) -> Result<String> {
    judge_text("name", name, 200)
}

fn judge_text(member: &str, text: &str, longest: usize) -> Result<String> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > longest || text.chars().any(char::is_control) {
        let detail = format!("must be 1 to {longest} characters without control characters");
        return Err(Error::Invalid(Invalid::value(member, detail)));
    }
    Ok(text.to_owned())
}

fn judge_word(member: &str, word: &str, longest: usize) -> Result<String> {
    let allowed = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.');
    if word.is_empty() || word.len() > longest || !word.chars().all(allowed) {
        let detail = format!("must be 1 to {longest} letters, digits, -, _ and .");
        return Err(Error::Invalid(Invalid::value(member, detail)));
    }
    Ok(word.to_owned())
}

fn judge_description(description: Option<String>) -> Result<Option<String>> {
    match description {
        Some(text) if text.chars().count() > 2000 => {
            Err(Error::Invalid(Invalid::value("description", "must have at most 2000 characters")))
        }
        other => Ok(other.filter(|text| !text.is_empty())),
    }
}

fn recorded(unit: &Unit) -> Map<String, Value> {
    let all = json!({
        "parent": unit.parent_id.map(|parent| parent.to_string()),
        "kind": unit.kind,
        "key": unit.key,
        "name": unit.name,
        "description": unit.description,
    });
    let mut all = all.as_object().cloned().unwrap_or_default();
    all.retain(|_, value| !value.is_null());
    all
}

fn record(
    tx: &mut Tx<'_>,
    author: Author<'_>,
    operation: Operation,
    before: Option<&Unit>,
    after: Option<&Unit>,
) -> Result<()> {
    let Some(subject) = before.or(after) else { return Ok(()) };
    let values = |unit: Option<&Unit>| unit.map(recorded).unwrap_or_default();
    let change = Change {
        resource_type: "OrgUnit",
        resource_id: subject.id.to_string(),
        operation,
        diff: journal::between(&values(before), &values(after)),
        identity_source: None,
        reason: None,
    };
    journal::record(tx, author, change)
}
