//! What the database keeps twice, held against each other, for whoever looks after the installation. Changes nothing.

use crate::access::Actor;
use crate::error::Result;
use crate::store::counters::{self, Difference};
use crate::store::search_index;

pub use crate::store::search_index::State as Search;

use super::Directory;
use super::tenants::operators_only;

/// The counters that do not say what there is, a line each: none, unless rows were written past the triggers that keep
/// the counters. Counts every row.
///
/// # Errors
/// When the database cannot be asked.
pub async fn wrong_counters(directory: &Directory, actor: &Actor) -> Result<Vec<String>> {
    operators_only(actor)?;
    let found = directory.store.read(counters::differences).await?;
    let line = |Difference { owner, kind, counted, there }| {
        format!("the counter of {kind} of {owner} says {counted}, but there are {there}")
    };
    Ok(found.into_iter().map(line).collect())
}

/// What searches for parts of texts have to go by.
///
/// # Errors
/// When the database cannot be asked.
pub async fn search(directory: &Directory, actor: &Actor) -> Result<Search> {
    operators_only(actor)?;
    directory.store.read(search_index::state).await
}
