//! Resources of custom types, one or a list.

use scim_core::evaluate::sort::Order;
use scim_core::evaluate::{Condition, Place as FieldPlace, SortKey};

use crate::access::{Permit, ResourcesRead};
use crate::directory::Directory;
use crate::directory::list::{self, Ability, Page, Query, Source};
use crate::error::{Error, Result};
use crate::ids::ResourceId;
use crate::store::resources::{self as rows, Resource, Shelf, Window};
use crate::store::{Tx, places};

use super::shelf;

/// The resource of that id.
///
/// # Errors
/// [`Error::Missing`] when the tenant has none of that type.
pub async fn find(
    directory: &Directory,
    permit: &Permit<ResourcesRead>,
    type_name: &str,
    id: &str,
) -> Result<Resource> {
    let id: ResourceId = id.parse().map_err(|_| Error::Missing("resource"))?;
    let shelf = shelf(permit, type_name);
    let found = directory.store.read_one(move |tx| rows::find(tx, &shelf, id)).await?;
    found.ok_or(Error::Missing("resource"))
}

/// One page of the resources of a type that match.
///
/// # Errors
/// [`Error::TooMany`] when the search takes too long.
pub async fn list(
    directory: &Directory,
    permit: &Permit<ResourcesRead>,
    type_name: &str,
    query: Query<Resource>,
) -> Result<Page<Resource>> {
    list::run(&directory.store, Resources { shelf: shelf(permit, type_name) }, query).await
}

/// The resources of a type.
#[derive(Clone)]
struct Resources {
    shelf: Shelf,
}

impl Source for Resources {
    type Item = Resource;
    type Column = rows::Order;

    fn ability(&self, condition: Option<&Condition>) -> Ability {
        let prepared = rows::prepare(condition);
        Ability { exact: prepared.exact, indexed: prepared.indexed }
    }

    fn column(&self, key: &SortKey) -> Option<rows::Order> {
        match (&key.field.place, key.field.name.as_str(), key.field.sub.as_deref()) {
            (FieldPlace::Core, "meta", Some("created")) => Some(rows::Order::Created),
            (FieldPlace::Core, "meta", Some("lastModified")) => Some(rows::Order::Modified),
            _ => None,
        }
    }

    fn count(&self, tx: &mut Tx<'_>, condition: Option<&Condition>) -> Result<i64> {
        rows::count(tx, &self.shelf, rows::prepare(condition))
    }

    fn page(
        &self,
        tx: &mut Tx<'_>,
        condition: Option<&Condition>,
        order: Option<(rows::Order, Order)>,
        start: places::Start,
        limit: i64,
    ) -> Result<Vec<i64>> {
        let window = Window {
            order: order.map_or(rows::Order::Creation, |(column, _)| column),
            descending: matches!(order, Some((_, Order::Descending))),
            start,
            limit,
        };
        rows::page(tx, &self.shelf, rows::prepare(condition), &window)
    }

    fn slice(
        &self,
        tx: &mut Tx<'_>,
        query: &Query<Resource>,
        start: places::Start,
        limit: i64,
    ) -> Result<Vec<(i64, Resource)>> {
        let window = Window { order: rows::Order::Creation, descending: false, start, limit };
        let seqs = rows::page(tx, &self.shelf, rows::prepare(query.condition.as_ref()), &window)?;
        Ok(rows::load(tx, &self.shelf, &seqs)?.into_iter().map(|found| (found.seq, found)).collect())
    }

    fn load(&self, tx: &mut Tx<'_>, seqs: &[i64]) -> Result<Vec<Resource>> {
        rows::load(tx, &self.shelf, seqs)
    }
}
