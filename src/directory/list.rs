//! Lists of users and groups: filtered, sorted, one page.
//!
//! What the database can decide it decides. The rest is evaluated in memory over slices of rows, in the lane for long
//! reads, within a time limit: such a search ends in [`Error::TooMany`], never in an incomplete answer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use scim_core::evaluate::sort::Order;
use scim_core::evaluate::{Condition, Place as FieldPlace, SortKey, SortValue};
use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::store::{Store, Tx};

/// Rows in one slice of a search.
const SLICE: i64 = 2000;
/// How long a search in memory may take.
const TIME: Duration = Duration::from_secs(5);

/// How an item looks as a resource, for what is evaluated in memory.
pub type View<Item> = Arc<dyn Fn(&Item) -> Map<String, Value> + Send + Sync>;

/// A question for a list.
pub struct Query<Item> {
    /// What matches; `None` is everything.
    pub condition: Option<Condition>,
    /// The order; `None` is creation order.
    pub sort: Option<(SortKey, Order)>,
    /// The position of the first item, from 1.
    pub start: u64,
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
            start: self.start,
            count: self.count,
            view: Arc::clone(&self.view),
        }
    }
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<Item> {
    /// How many items match in all.
    pub total: u64,
    /// The items of the page.
    pub items: Vec<Item>,
}

/// What the database can do with a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ability {
    /// It decides the condition alone.
    pub exact: bool,
    /// An index leads to the rows.
    pub indexed: bool,
}

/// A place in an order that the database knows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// Rows before it.
    pub offset: i64,
    /// Rows at the most.
    pub limit: i64,
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
    /// The numbers of the items of a page; `None` is creation order.
    fn page(
        &self,
        tx: &mut Tx<'_>,
        condition: Option<&Condition>,
        order: Option<(Self::Column, Order)>,
        place: Place,
    ) -> Result<Vec<i64>>;
    /// Items after a number, in creation order, with all that the condition and the key look at.
    fn slice(
        &self,
        tx: &mut Tx<'_>,
        query: &Query<Self::Item>,
        after: i64,
        limit: i64,
    ) -> Result<Vec<(i64, Self::Item)>>;
    /// The items of these numbers, complete.
    fn load(&self, tx: &mut Tx<'_>, seqs: &[i64]) -> Result<Vec<Self::Item>>;
}

/// Answers a query.
pub(super) async fn run<S: Source>(store: &Store, source: S, query: Query<S::Item>) -> Result<Page<S::Item>> {
    let ability = source.ability(query.condition.as_ref());
    let column = query.sort.as_ref().map(|(key, order)| (source.column(key), *order));
    match column {
        Some((None, _)) => store.scan(move |tx| in_memory(tx, &source, &query)).await,
        _ if !ability.exact => {
            let search = move |tx: &mut Tx<'_>| in_memory(tx, &source, &query);
            if ability.indexed { store.read(search).await } else { store.scan(search).await }
        }
        column => {
            let order = column.and_then(|(column, order)| Some((column?, order)));
            let answer = move |tx: &mut Tx<'_>| in_database(tx, &source, &query, order);
            if ability.indexed { store.read(answer).await } else { store.scan(answer).await }
        }
    }
}

fn in_database<S: Source>(
    tx: &mut Tx<'_>,
    source: &S,
    query: &Query<S::Item>,
    order: Option<(S::Column, Order)>,
) -> Result<Page<S::Item>> {
    let condition = query.condition.as_ref();
    let offset = i64::try_from(query.start.saturating_sub(1)).unwrap_or(i64::MAX);
    let limit = i64::try_from(query.count).unwrap_or(i64::MAX);
    let seqs = if limit == 0 { Vec::new() } else { source.page(tx, condition, order, Place { offset, limit })? };
    let found = i64::try_from(seqs.len()).unwrap_or(i64::MAX);
    // A page that is neither full nor empty ends the list, so its end is the total.
    let total = if found > 0 && found < limit { offset + found } else { source.count(tx, condition)? };
    Ok(Page { total: u64::try_from(total).unwrap_or(0), items: source.load(tx, &seqs)? })
}

fn in_memory<S: Source>(tx: &mut Tx<'_>, source: &S, query: &Query<S::Item>) -> Result<Page<S::Item>> {
    let mut matches = matching(tx, source, query)?;
    if let Some((_, order)) = &query.sort {
        // Stable, so that ties keep creation order.
        matches.sort_by(|(left, _), (right, _)| order.compare(left.as_ref(), right.as_ref()));
    }
    let start = usize::try_from(query.start.saturating_sub(1)).unwrap_or(usize::MAX);
    let count = usize::try_from(query.count).unwrap_or(usize::MAX);
    let seqs: Vec<i64> = matches.iter().skip(start).take(count).map(|(_, seq)| *seq).collect();
    Ok(Page { total: matches.len() as u64, items: source.load(tx, &seqs)? })
}

/// The sort value and number of every item that matches, in creation order.
fn matching<S: Source>(tx: &mut Tx<'_>, source: &S, query: &Query<S::Item>) -> Result<Vec<(Option<SortValue>, i64)>> {
    let began = Instant::now();
    let condition = query.condition.as_ref();
    let mut matches = Vec::new();
    let mut after = 0;
    loop {
        let slice = source.slice(tx, query, after, SLICE)?;
        let Some((last, _)) = slice.last() else {
            return Ok(matches);
        };
        after = *last;
        for (seq, item) in &slice {
            let resource = (query.view)(item);
            if condition.is_none_or(|condition| condition.matches(&resource)) {
                matches.push((query.sort.as_ref().and_then(|(key, _)| key.of(&resource)), *seq));
            }
        }
        if began.elapsed() > TIME {
            return Err(Error::TooMany("the search takes too long: narrow the filter".to_owned()));
        }
    }
}

impl<Item> Query<Item> {
    /// Whether the condition or the key looks at an attribute of the core.
    pub(super) fn mentions(&self, name: &str) -> bool {
        let key = self.sort.as_ref().map(|(key, _)| &key.field);
        key.is_some_and(|field| field.place == FieldPlace::Core && field.name == name)
            || self.condition.as_ref().is_some_and(|condition| mentions(condition, name))
    }
}

/// Whether a condition looks at an attribute of the core.
fn mentions(condition: &Condition, name: &str) -> bool {
    match condition {
        Condition::Constant(_) => false,
        Condition::And(parts) | Condition::Or(parts) => parts.iter().any(|part| mentions(part, name)),
        Condition::Not(part) => mentions(part, name),
        Condition::Leaf(leaf) => {
            let (scim_core::evaluate::Leaf::Value { field, .. } | scim_core::evaluate::Leaf::Element { field, .. }) =
                leaf;
            field.name == name
        }
    }
}
