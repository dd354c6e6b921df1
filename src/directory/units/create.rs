//! A new org unit.

use scim_core::fold::fold;

use crate::access::{Permit, UnitsWrite};
use crate::context::Cx;
use crate::directory::Directory;
use crate::error::{Error, Result};
use crate::ids::{TenantId, UnitId};
use crate::journal::{Author, Operation};
use crate::store::{Tx, units as rows};

use super::{
    DEEPEST, KIND, MOST, Unit, begin, depth, judge_description, judge_name, judge_word, lineage_of, record,
    unique_name, visible,
};

/// The longest key, in characters.
pub(super) const KEY_LENGTH: usize = 100;
/// The longest kind, in characters.
pub(super) const KIND_LENGTH: usize = 50;

/// What a unit is to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    /// The unit above it; `None` puts it at the root.
    pub parent: Option<UnitId>,
    /// What it is; `department` when nobody says.
    pub kind: Option<String>,
    /// What other systems call it; made from the name when nobody says.
    pub key: Option<String>,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
}

/// Makes a unit.
///
/// # Errors
/// [`Error::Missing`] for a parent that is none; [`Error::Taken`] for a name or key in use; [`Error::Conflict`] when the
/// tree would be too deep or too large; [`Error::Invalid`] for bad input.
pub async fn create(directory: &Directory, permit: &Permit<UnitsWrite>, cx: &Cx, draft: Draft) -> Result<Unit> {
    if draft.parent.is_none() {
        permit.whole()?;
    }
    let id = UnitId::new(cx.now, directory.sources.random()?);
    let fresh = unit(id, permit.tenant(), cx, draft)?;
    let (permit, cx) = (permit.clone(), cx.clone());
    directory.store.write(move |tx| add(tx, &permit, &cx, fresh.clone())).await
}

fn unit(id: UnitId, tenant_id: TenantId, cx: &Cx, draft: Draft) -> Result<Unit> {
    let key = draft.key.map(|key| judge_word("key", &key, KEY_LENGTH)).transpose()?;
    Ok(Unit {
        id,
        tenant_id,
        parent_id: draft.parent,
        kind: judge_word("kind", draft.kind.as_deref().unwrap_or(KIND), KIND_LENGTH)?,
        key: key.unwrap_or_default(),
        name: judge_name(&draft.name)?,
        description: judge_description(draft.description)?,
        lineage: String::new(),
        version: 1,
        created: cx.now,
        modified: cx.now,
    })
}

fn add(tx: &mut Tx<'_>, permit: &Permit<UnitsWrite>, cx: &Cx, mut unit: Unit) -> Result<Unit> {
    begin(tx, permit)?;
    let parent = unit.parent_id.map(|parent| visible(tx, permit, parent)).transpose()?;
    unit.lineage = format!("{}{}/", lineage_of(parent.as_ref()), unit.id);
    judge_depth(depth(&unit.lineage))?;
    if rows::count(tx, unit.tenant_id)? >= MOST {
        return Err(Error::conflict("limit", format!("a tenant has at most {MOST} org units")));
    }
    unique_name(tx, &unit)?;
    if unit.key.is_empty() {
        unit.key = free_key(tx, &unit)?;
    }
    rows::insert(tx, &unit)?;
    let author = Author { actor: permit.actor(), cx, tenant: unit.tenant_id };
    record(tx, author, Operation::Create, None, Some(&unit))?;
    Ok(unit)
}

pub(super) fn judge_depth(depth: usize) -> Result<()> {
    if depth > DEEPEST {
        return Err(Error::conflict("limit", format!("org units are nested at most {DEEPEST} deep")));
    }
    Ok(())
}

/// A key made from the name, that no other unit has.
fn free_key(tx: &mut Tx<'_>, unit: &Unit) -> Result<String> {
    let mut base = String::new();
    for character in fold(&unit.name).chars() {
        if character.is_ascii_alphanumeric() {
            base.push(character);
        } else if !base.is_empty() && !base.ends_with('-') {
            base.push('-');
        }
    }
    base.truncate(KEY_LENGTH / 2);
    let base = base.trim_end_matches('-');
    let base = if base.is_empty() { unit.kind.as_str() } else { base };
    for number in 1..=10 {
        let key = if number == 1 { base.to_owned() } else { format!("{base}-{number}") };
        if !rows::key_in_use(tx, unit.tenant_id, &key)? {
            return Ok(key);
        }
    }
    Ok(format!("{base}-{}", unit.id))
}
