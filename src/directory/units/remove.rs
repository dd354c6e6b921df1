//! An org unit deleted, and what becomes of what is in its way.

use crate::access::{Permit, Tier, UnitsWrite};
use crate::context::Cx;
use crate::directory::{Directory, belonging, grants};
use crate::error::{Error, Reason, Result};
use crate::ids::{SubjectId, UnitId};
use crate::journal::{Author, Operation};
use crate::store::grants::Grant;
use crate::store::{Tx, inherited_grants, unit_members, units as rows};

use super::displaced::Displaced;
use super::{Unit, begin, lineage_of, record, visible};

/// What becomes of the units below a deleted one, and of the users in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strategy {
    /// Nothing is deleted while there are any, or roles of the unit or one below it, or over one of them.
    #[default]
    Block,
    /// They go to the unit above; users of a unit at the root are in none then.
    MoveUp,
    /// The units below are deleted too. Users lose the membership, nothing else.
    Cascade,
}

/// Deletes a unit. Roles that it had, or that somebody had over it, go with it.
///
/// # Errors
/// [`Error::Missing`] when there is none that the permit reaches; [`Error::Conflict`] with what is in the way.
pub async fn remove(
    directory: &Directory,
    permit: &Permit<UnitsWrite>,
    cx: &Cx,
    id: &str,
    strategy: Strategy,
) -> Result<()> {
    let id: UnitId = id.parse().map_err(|_| Error::Missing("org unit"))?;
    let (permit, cx) = (permit.clone(), cx.clone());
    directory.store.write(move |tx| Work { permit: &permit, cx: &cx }.run(tx, id, strategy)).await
}

struct Work<'a> {
    permit: &'a Permit<UnitsWrite>,
    cx: &'a Cx,
}

impl Work<'_> {
    fn run(&self, tx: &mut Tx<'_>, id: UnitId, strategy: Strategy) -> Result<()> {
        begin(tx, self.permit)?;
        let unit = visible(tx, self.permit, id)?;
        let all = rows::subtree(tx, unit.tenant_id, &unit.lineage)?;
        if strategy == Strategy::Block {
            self.nothing_in_the_way(tx, &unit, &all)?;
        }
        // Whether they go or move: what somebody has over them reaches something else now.
        rows::raise_versions_over(tx, &all.iter().map(|unit| unit.id).collect::<Vec<_>>())?;
        let gone = match strategy {
            Strategy::Cascade => all,
            Strategy::Block | Strategy::MoveUp => vec![unit.clone()],
        };
        self.take_roles(tx, &gone)?;
        let displaced = Displaced::from(tx, &gone)?;
        if strategy == Strategy::MoveUp {
            self.move_up(tx, &unit)?;
        }
        rows::delete(tx, unit.tenant_id, &unit.lineage)?;
        displaced.record(tx, self.author())?;
        for unit in gone.iter().rev() {
            record(tx, self.author(), Operation::Delete, Some(unit), None)?;
        }
        Ok(())
    }

    fn author(&self) -> Author<'_> {
        Author { actor: self.permit.actor(), cx: self.cx, tenant: self.permit.tenant() }
    }

    /// Refuses a unit that is not empty, with all that is in it and below it.
    fn nothing_in_the_way(&self, tx: &mut Tx<'_>, unit: &Unit, subtree: &[Unit]) -> Result<()> {
        let below = subtree.len().saturating_sub(1);
        let members = unit_members::count(tx, unit.tenant_id, &unit.lineage)?;
        let grants = grants_about(tx, subtree)?.len();
        if below == 0 && members == 0 && grants == 0 {
            return Ok(());
        }
        let detail = "the org unit is in use: choose MOVE_UP or CASCADE, or empty it first";
        let reason = Reason::new("in_use", detail).with("units", below).with("members", members);
        Err(Error::Conflict(reason.with("grants", grants)))
    }

    /// Takes away the roles of units, and those over them.
    fn take_roles(&self, tx: &mut Tx<'_>, gone: &[Unit]) -> Result<()> {
        let subjects: Vec<SubjectId> = gone.iter().map(|unit| SubjectId::from(unit.id.uuid())).collect();
        belonging::changes(tx, self.permit, &subjects)?;
        let grants = grants_about(tx, gone)?;
        belonging::covered(tx, self.permit, grants.clone())?;
        for unit in gone {
            let id = SubjectId::from(unit.id.uuid());
            if grants.iter().any(|grant| grant.subject_id == id || grant.scope_id == id) {
                grants::forget(tx, self.author(), grants::Subject::Unit(unit.id))?;
                grants::forget_scope(tx, self.permit.actor(), self.cx, Tier::Unit, id)?;
            }
        }
        Ok(())
    }

    fn move_up(&self, tx: &mut Tx<'_>, unit: &Unit) -> Result<()> {
        let parent = unit.parent_id.map(|parent| rows::find(tx, unit.tenant_id, parent)).transpose()?.flatten();
        let children = rows::Wanted { within: None, parent: Some(Some(unit.id)) };
        for child in rows::all(tx, unit.tenant_id, &children)? {
            let moved = Unit { parent_id: unit.parent_id, ..child.clone() };
            let other = rows::sibling(tx, unit.tenant_id, unit.parent_id, &moved.name)?;
            if other.is_some_and(|other| other != unit.id) {
                let detail = format!("the name `{}` is in use above: rename one of the two first", moved.name);
                return Err(Error::Conflict(Reason::new("in_use", detail).with("unit", moved.id.to_string())));
            }
            let lineage = format!("{}{}/", lineage_of(parent.as_ref()), child.id);
            rows::relocate(tx, unit.tenant_id, &child.lineage, &lineage)?;
            record(tx, self.author(), Operation::Update, Some(&child), Some(&moved))?;
        }
        rows::reparent(tx, unit.tenant_id, unit.id, unit.parent_id, self.cx.now)?;
        if let Some(parent) = &parent {
            unit_members::move_all(tx, unit.id, parent.id)?;
        }
        Ok(())
    }
}

/// The grants to these units, and those over them.
fn grants_about(tx: &mut Tx<'_>, units: &[Unit]) -> Result<Vec<Grant>> {
    let Some(tenant) = units.first().map(|unit| unit.tenant_id) else { return Ok(Vec::new()) };
    let ids: Vec<SubjectId> = units.iter().map(|unit| SubjectId::from(unit.id.uuid())).collect();
    let mut grants = inherited_grants::to(tx, tenant, &ids)?;
    let over = inherited_grants::over_units(tx, &ids)?;
    grants.extend(over.into_iter().filter(|grant| !ids.contains(&grant.subject_id)));
    Ok(grants)
}
