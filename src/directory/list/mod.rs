//! Lists of users and groups: filtered, sorted, one page.
//!
//! What the database can decide it decides. The rest is evaluated in memory over slices of rows, in the lane for long
//! reads, within a time limit: such a search ends in [`crate::error::Error::TooMany`], never in an incomplete answer.
//!
//! A page begins at a position or at a place. Places hold whatever is made or deleted meanwhile: behind a place stand
//! exactly the items that are sorted behind it.

mod database;
mod memory;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use scim_core::evaluate::sort::Order;
use scim_core::evaluate::{Condition, Place as FieldPlace, SortKey, SortValue};
use serde_json::{Map, Value};

pub use scim_core::cursor::Place;

use crate::clock::Instant;
use crate::error::Result;
use crate::store::{Store, Tx, places, text};

/// How long a search in memory may take.
const TIME: Duration = Duration::from_secs(5);

/// How an item looks as a resource, for what is evaluated in memory.
pub type View<Item> = Arc<dyn Fn(&Item) -> Map<String, Value> + Send + Sync>;

/// Where a page begins.
#[derive(Clone, Debug, PartialEq)]
pub enum Start {
    /// At the position of its first item, from 1. Such a page tells no places.
    Position(u64),
    /// At the beginning of the list.
    Beginning,
    /// Behind a place.
    After(Place),
    /// Before a place, where it ends.
    Before(Place),
}

/// A question for a list.
pub struct Query<Item> {
    /// What matches; `None` is everything.
    pub condition: Option<Condition>,
    /// The order; `None` is creation order.
    pub sort: Option<(SortKey, Order)>,
    /// Where the page begins.
    pub start: Start,
    /// Items at the most.
    pub count: u64,
    /// How items look.
    pub view: View<Item>,
}

impl<Item> Clone for Query<Item> {
    fn clone(&self) -> Self {
        Self {
            condition: self.condition.clone(),
            sort: self.sort.clone(),
            start: self.start.clone(),
            count: self.count,
            view: Arc::clone(&self.view),
        }
    }
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<Item> {
    /// How many items match in all; `None` when a page that begins at a place does not count them.
    pub total: Option<u64>,
    /// The items of the page.
    pub items: Vec<Item>,
    /// The page behind is the one after this place; `None` when there is none.
    pub next: Option<Place>,
    /// The page in front is the one before this place; `None` when there is none.
    pub previous: Option<Place>,
}

/// What the database can do with a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ability {
    /// It decides the condition alone.
    pub exact: bool,
    /// An index leads to the rows.
    pub indexed: bool,
}

/// Where the items of a list come from.
pub(super) trait Source: Clone + Send + 'static {
    /// What is listed.
    type Item: Send + 'static;
    /// An order that the database knows.
    type Column: Copy + Send;

    /// What the database can do with the condition.
    fn ability(&self, condition: Option<&Condition>) -> Ability;
    /// The column that a sort key is, if it is one.
    fn column(&self, key: &SortKey) -> Option<Self::Column>;
    /// How many items match, as far as the database decides.
    fn count(&self, tx: &mut Tx<'_>, condition: Option<&Condition>) -> Result<i64>;
    /// The numbers of up to `limit` items from a start, backwards before a place; `None` is creation order.
    fn page(
        &self,
        tx: &mut Tx<'_>,
        condition: Option<&Condition>,
        order: Option<(Self::Column, Order)>,
        start: places::Start,
        limit: i64,
    ) -> Result<Vec<i64>>;
    /// The same in creation order, with all that the condition and the key look at.
    fn slice(
        &self,
        tx: &mut Tx<'_>,
        query: &Query<Self::Item>,
        start: places::Start,
        limit: i64,
    ) -> Result<Vec<(i64, Self::Item)>>;
    /// The items of these numbers, complete.
    fn load(&self, tx: &mut Tx<'_>, seqs: &[i64]) -> Result<Vec<Self::Item>>;
}

/// Answers a query.
pub(super) async fn run<S: Source>(store: &Store, source: S, query: Query<S::Item>) -> Result<Page<S::Item>> {
    let ability = source.ability(query.condition.as_ref());
    let column = query.sort.as_ref().map(|(key, order)| (source.column(key), *order));
    let by_place = !matches!(query.start, Start::Position(_));
    match column {
        Some((None, _)) => store.scan(move |tx| memory::sorted(tx, &source, &query, TIME)).await,
        column if !ability.exact => {
            let walk = column.is_none() && by_place;
            let search = move |tx: &mut Tx<'_>| {
                if walk { memory::walk(tx, &source, &query, TIME) } else { memory::sorted(tx, &source, &query, TIME) }
            };
            if ability.indexed { store.read(search).await } else { store.scan(search).await }
        }
        column => {
            let order = column.and_then(|(column, order)| Some((column?, order)));
            let answer = move |tx: &mut Tx<'_>| database::page(tx, &source, &query, order);
            if ability.indexed { store.read(answer).await } else { store.scan(answer).await }
        }
    }
}

/// What an item is sorted by. Of a text only as much as an index key holds, so that the database and the memory agree and
/// a place stays short.
fn key_of<Item>(query: &Query<Item>, resource: &Map<String, Value>) -> Option<SortValue> {
    let (key, _) = query.sort.as_ref()?;
    Some(match key.of(resource)? {
        SortValue::Text(text) => SortValue::Text(text::cut(text)),
        other => other,
    })
}

/// The place next to the start of a page that turned out empty, from where what stands on the other side is found.
fn beside(start: &Start) -> Option<Place> {
    let moved = |place: &Place, number| Some(Place { key: place.key.clone(), number });
    match start {
        Start::Position(_) | Start::Beginning => None,
        Start::After(place) => moved(place, place.number.saturating_add(1)),
        Start::Before(place) => moved(place, place.number.saturating_sub(1)),
    }
}

/// A start as the store knows it.
fn in_rows(start: &Start) -> places::Start {
    match start {
        Start::Position(position) => {
            places::Start::Offset(i64::try_from(position.saturating_sub(1)).unwrap_or(i64::MAX))
        }
        Start::Beginning => places::Start::Offset(0),
        Start::After(place) => places::Start::After(place_in_rows(place)),
        Start::Before(place) => places::Start::Before(place_in_rows(place)),
    }
}

fn place_in_rows(place: &Place) -> places::Place {
    let key = match &place.key {
        Some(SortValue::Text(text)) => Some(places::Key::Text(text.clone())),
        Some(SortValue::Instant(micros)) => Some(places::Key::Instant(Instant::from_micros(*micros))),
        // The database knows no order by these.
        Some(SortValue::Boolean(_) | SortValue::Number(_)) | None => None,
    };
    places::Place { key, seq: place.number }
}

impl<Item> Query<Item> {
    /// Whether the condition or the key looks at an attribute of the core.
    pub(super) fn mentions(&self, name: &str) -> bool {
        let key = self.sort.as_ref().map(|(key, _)| &key.field);
        key.is_some_and(|field| field.place == FieldPlace::Core && field.name == name)
            || self.condition.as_ref().is_some_and(|condition| condition_mentions(condition, name))
    }
}

/// Whether a condition looks at an attribute of the core.
fn condition_mentions(condition: &Condition, name: &str) -> bool {
    match condition {
        Condition::Constant(_) => false,
        Condition::And(parts) | Condition::Or(parts) => parts.iter().any(|part| condition_mentions(part, name)),
        Condition::Not(part) => condition_mentions(part, name),
        Condition::Leaf(leaf) => {
            let (scim_core::evaluate::Leaf::Value { field, .. } | scim_core::evaluate::Leaf::Element { field, .. }) =
                leaf;
            field.name == name
        }
    }
}
