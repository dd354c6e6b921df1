//! An org unit changed, or moved with all below it.

use crate::access::{Permit, UnitsWrite};
use crate::context::Cx;
use crate::directory::{Directory, belonging};
use crate::error::{Error, Result};
use crate::ids::UnitId;
use crate::journal::{Author, Operation};
use crate::store::{Tx, inherited_grants, units as rows};

use super::create::{KEY_LENGTH, KIND_LENGTH, judge_depth};
use super::{
    Unit, begin, depth, judge_description, judge_name, judge_word, lineage_of, record, subjects, unique_name, visible,
};

/// What is to change; `None` leaves it as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnitChange {
    /// The unit above it; the inner `None` is the root.
    pub parent: Option<Option<UnitId>>,
    /// What it is.
    pub kind: Option<String>,
    /// What other systems call it.
    pub key: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// What it is for.
    pub description: Option<Option<String>>,
}

/// Changes a unit. Moved, it takes all below it along.
///
/// # Errors
/// [`Error::Missing`] for a unit or parent that is none; [`Error::Taken`] for a name or key in use; [`Error::Conflict`]
/// when a unit would lie below itself, or the tree be too deep; [`Error::Denied`] when that would give permissions that
/// the actor lacks.
pub async fn change(
    directory: &Directory,
    permit: &Permit<UnitsWrite>,
    cx: &Cx,
    id: &str,
    wanted: UnitChange,
) -> Result<Unit> {
    let id: UnitId = id.parse().map_err(|_| Error::Missing("org unit"))?;
    let wanted = judged(wanted)?;
    let (permit, cx) = (permit.clone(), cx.clone());
    directory.store.write(move |tx| apply(tx, &permit, &cx, id, &wanted)).await
}

fn judged(wanted: UnitChange) -> Result<UnitChange> {
    Ok(UnitChange {
        parent: wanted.parent,
        kind: wanted.kind.map(|kind| judge_word("kind", &kind, KIND_LENGTH)).transpose()?,
        key: wanted.key.map(|key| judge_word("key", &key, KEY_LENGTH)).transpose()?,
        name: wanted.name.map(|name| judge_name(&name)).transpose()?,
        description: wanted.description.map(judge_description).transpose()?,
    })
}

fn apply(tx: &mut Tx<'_>, permit: &Permit<UnitsWrite>, cx: &Cx, id: UnitId, wanted: &UnitChange) -> Result<Unit> {
    begin(tx, permit)?;
    let before = visible(tx, permit, id)?;
    let wanted = wanted.clone();
    let mut after = Unit {
        parent_id: wanted.parent.unwrap_or(before.parent_id),
        kind: wanted.kind.unwrap_or_else(|| before.kind.clone()),
        key: wanted.key.unwrap_or_else(|| before.key.clone()),
        name: wanted.name.unwrap_or_else(|| before.name.clone()),
        description: wanted.description.unwrap_or_else(|| before.description.clone()),
        ..before.clone()
    };
    if after == before {
        return Ok(before);
    }
    after.version += 1;
    after.modified = cx.now.max(before.modified.plus_micros(1));
    unique_name(tx, &after)?;
    rows::update(tx, &after)?;
    if after.parent_id != before.parent_id {
        after.lineage = relocate(tx, permit, &before, after.parent_id)?;
    }
    let author = Author { actor: permit.actor(), cx, tenant: permit.tenant() };
    record(tx, author, Operation::Update, Some(&before), Some(&after))?;
    Ok(after)
}

/// Moves a unit and all below it, and answers its new lineage.
fn relocate(tx: &mut Tx<'_>, permit: &Permit<UnitsWrite>, unit: &Unit, parent: Option<UnitId>) -> Result<String> {
    let parent = match parent {
        Some(parent) => Some(visible(tx, permit, parent)?),
        None => {
            permit.whole()?;
            None
        }
    };
    let above = lineage_of(parent.as_ref());
    if above.starts_with(&unit.lineage) {
        return Err(Error::conflict("circle", "an org unit cannot be moved below itself"));
    }
    let below = rows::subtree(tx, unit.tenant_id, &unit.lineage)?;
    let deepest = below.iter().map(|unit| depth(&unit.lineage)).max().unwrap_or_default();
    judge_depth(depth(above) + 1 + deepest - depth(&unit.lineage))?;
    moves_rights(tx, permit, unit, above, &below)?;
    let lineage = format!("{above}{}/", unit.id);
    rows::relocate(tx, unit.tenant_id, &unit.lineage, &lineage)?;
    Ok(lineage)
}

/// What a move gives and takes: the roles of the units above, to all who are moved; and rights over the moved, to all who
/// have them over the units above.
fn moves_rights(tx: &mut Tx<'_>, permit: &Permit<UnitsWrite>, unit: &Unit, above: &str, below: &[Unit]) -> Result<()> {
    let (left, entered) = (subjects(&unit.lineage), subjects(above));
    let differing = left.iter().filter(|id| !entered.contains(id) && id.uuid() != unit.id.uuid());
    let differing = differing.chain(entered.iter().filter(|id| !left.contains(id))).copied().collect::<Vec<_>>();
    belonging::changes(tx, permit, &differing)?;
    let over = inherited_grants::over_units(tx, &differing)?;
    if !over.is_empty() {
        belonging::covered(tx, permit, over)?;
    }
    let moved: Vec<UnitId> = below.iter().map(|unit| unit.id).collect();
    rows::raise_versions_over(tx, &moved)
}
