//! Pages that the database decides alone.

use scim_core::evaluate::sort::Order;

use super::{Page, Place, Query, Source, Start, beside, in_rows, key_of};
use crate::error::Result;
use crate::store::Tx;

/// An order that the database knows; `None` is creation order.
type Known<S> = Option<(<S as Source>::Column, Order)>;

/// One page.
pub(super) fn page<S: Source>(
    tx: &mut Tx<'_>,
    source: &S,
    query: &Query<S::Item>,
    order: Known<S>,
) -> Result<Page<S::Item>> {
    match query.start {
        Start::Position(position) => by_position(tx, source, query, order, position),
        Start::Beginning | Start::After(_) | Start::Before(_) => by_place(tx, source, query, order),
    }
}

fn by_position<S: Source>(
    tx: &mut Tx<'_>,
    source: &S,
    query: &Query<S::Item>,
    order: Known<S>,
    position: u64,
) -> Result<Page<S::Item>> {
    let condition = query.condition.as_ref();
    let limit = i64::try_from(query.count).unwrap_or(i64::MAX);
    let seqs = if limit == 0 { Vec::new() } else { source.page(tx, condition, order, in_rows(&query.start), limit)? };
    let found = seqs.len() as u64;
    // A page that is neither full nor empty ends the list, so its end is the total.
    let total = if found > 0 && found < query.count {
        position.saturating_sub(1) + found
    } else {
        u64::try_from(source.count(tx, condition)?).unwrap_or(0)
    };
    Ok(Page { total: Some(total), items: source.load(tx, &seqs)?, next: None, previous: None })
}

fn by_place<S: Source>(tx: &mut Tx<'_>, source: &S, query: &Query<S::Item>, order: Known<S>) -> Result<Page<S::Item>> {
    let condition = query.condition.as_ref();
    let backwards = matches!(query.start, Start::Before(_));
    // One more than asked for tells whether the list goes on.
    let limit = i64::try_from(query.count).unwrap_or(i64::MAX).saturating_add(1);
    let mut seqs = source.page(tx, condition, order, in_rows(&query.start), limit)?;
    let goes_on = seqs.len() as u64 > query.count;
    seqs.truncate(usize::try_from(query.count).unwrap_or(usize::MAX));
    if backwards {
        seqs.reverse();
    }
    let total = match query.start {
        Start::Beginning if !goes_on => seqs.len() as u64,
        _ => u64::try_from(source.count(tx, condition)?).unwrap_or(0),
    };
    let items = source.load(tx, &seqs)?;
    if query.count == 0 {
        return Ok(Page { total: Some(total), items, next: None, previous: None });
    }
    let place = |at: Option<(&i64, &S::Item)>| match at {
        Some((seq, item)) => Some(Place { key: key_of(query, &(query.view)(item)), number: *seq }),
        None => beside(&query.start),
    };
    let (first, last) = (place(seqs.first().zip(items.first())), place(seqs.last().zip(items.last())));
    let mut exists = |start: Option<Start>| match start {
        Some(start) => Ok(!source.page(tx, condition, order, in_rows(&start), 1)?.is_empty()),
        None => Ok::<_, crate::error::Error>(false),
    };
    let (behind, in_front) = match query.start {
        Start::Before(_) => (exists(last.clone().map(Start::After))?, goes_on),
        Start::After(_) => (goes_on, exists(first.clone().map(Start::Before))?),
        Start::Position(_) | Start::Beginning => (goes_on, false),
    };
    Ok(Page { total: Some(total), items, next: last.filter(|_| behind), previous: first.filter(|_| in_front) })
}
