//! Org units, one, a list or the tree.

use crate::access::{PermissionType, Permit, UnitsRead};
use crate::directory::Directory;
use crate::error::{Error, Result};
use crate::ids::UnitId;
use crate::store::units::{self as rows, Wanted};

use super::{Unit, limits, reached, visible};

/// Which units a list has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Below {
    /// All of the tenant.
    #[default]
    All,
    /// Those at the root.
    Root,
    /// Those directly below this one.
    Unit(UnitId),
}

/// A unit with those below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// The unit.
    pub unit: Unit,
    /// Those directly below it, by name.
    pub children: Vec<Branch>,
}

/// The unit of that id.
///
/// # Errors
/// [`Error::Missing`] when there is none that the permit reaches.
pub async fn find(directory: &Directory, permit: &Permit<UnitsRead>, id: &str) -> Result<Unit> {
    let id: UnitId = id.parse().map_err(|_| Error::Missing("org unit"))?;
    let permit = permit.clone();
    directory.store.read_one(move |tx| visible(tx, &permit, id)).await
}

/// Asks that there is a unit that the permit reaches.
///
/// # Errors
/// [`Error::Missing`] when there is none.
pub async fn check<P: PermissionType>(directory: &Directory, permit: &Permit<P>, id: &str) -> Result<()> {
    let id: UnitId = id.parse().map_err(|_| Error::Missing("org unit"))?;
    let tenant = permit.tenant();
    let found = directory.store.read_one(move |tx| rows::find(tx, tenant, id)).await?;
    reached(permit, found).map(drop)
}

/// One page of the units, by name, and how many there are.
///
/// # Errors
/// [`Error::Missing`] when the unit that they are to lie below is none.
pub async fn list(
    directory: &Directory,
    permit: &Permit<UnitsRead>,
    below: Below,
    offset: i64,
    limit: i64,
) -> Result<(Vec<Unit>, i64)> {
    let permit = permit.clone();
    directory
        .store
        .read(move |tx| {
            let parent = match below {
                Below::All => None,
                Below::Root => Some(None),
                Below::Unit(id) => Some(Some(visible(tx, &permit, id)?.id)),
            };
            rows::page(tx, permit.tenant(), &Wanted { within: limits(&permit), parent }, offset, limit)
        })
        .await
}

/// The whole tree, as far as the permit reaches: what lies at its root is by name.
///
/// # Errors
/// When the database cannot be asked.
pub async fn tree(directory: &Directory, permit: &Permit<UnitsRead>) -> Result<Vec<Branch>> {
    let permit = permit.clone();
    let which = Wanted { within: limits(&permit), parent: None };
    let all = directory.store.read(move |tx| rows::all(tx, permit.tenant(), &which)).await?;
    Ok(grow(all))
}

/// Makes branches of units that come each before those below it: what is finished is put below what is open.
fn grow(all: Vec<Unit>) -> Vec<Branch> {
    let (mut roots, mut open): (Vec<Branch>, Vec<Branch>) = (Vec::new(), Vec::new());
    for unit in all {
        while open.last().is_some_and(|above| !unit.lineage.starts_with(&above.unit.lineage)) {
            close(&mut roots, &mut open);
        }
        open.push(Branch { unit, children: Vec::new() });
    }
    while !open.is_empty() {
        close(&mut roots, &mut open);
    }
    by_name(&mut roots);
    roots
}

fn close(roots: &mut Vec<Branch>, open: &mut Vec<Branch>) {
    let Some(mut done) = open.pop() else { return };
    by_name(&mut done.children);
    match open.last_mut() {
        Some(above) => above.children.push(done),
        None => roots.push(done),
    }
}

fn by_name(branches: &mut [Branch]) {
    branches.sort_by_cached_key(|branch| (scim_core::fold::fold(&branch.unit.name), branch.unit.id));
}
