//! Pages of users: an order's parts one after another, from that end of the list which is nearer.

use diesel::prelude::*;

use super::order::{self, Order, Part};
use super::{Boxed, Filter, Person, Row, counted, visible};
use crate::access::Span;
use crate::clock::Instant;
use crate::error::Result;
use crate::store::tx::Tx;

/// What of a list.
#[derive(Clone, Debug)]
pub struct Window {
    /// The order.
    pub order: Order,
    /// Rows before the first.
    pub offset: i64,
    /// Rows at the most.
    pub limit: i64,
}

/// One page of the users in reach that the filter holds for.
///
/// # Errors
/// When the database cannot be asked.
pub fn page(tx: &mut Tx<'_>, span: &Span, filter: &Filter, window: &Window, now: Instant) -> Result<Vec<Person>> {
    let whom = Whom { span, filter, now };
    let Window { order, offset, limit } = *window;
    let parts = order::parts(order);
    let rows = match from_the_end(tx, whom, (offset, limit))? {
        None => walk(tx, whom, &parts, (offset, limit))?,
        Some(range) => {
            let mut backwards = walk(tx, whom, &order::reversed(&parts), range)?;
            backwards.reverse();
            backwards
        }
    };
    Ok(rows.into_iter().map(Person::from).collect())
}

/// Whose pages are read.
#[derive(Clone, Copy)]
struct Whom<'a> {
    span: &'a Span,
    filter: &'a Filter,
    now: Instant,
}

impl Whom<'_> {
    /// Those who are in a part of an order.
    fn of(self, part: Part) -> Boxed {
        part.among(visible(self.span, self.filter, self.now), self.now)
    }

    /// Rows of a part: so many before them, so many at the most.
    fn rows(self, part: Part, (offset, limit): (i64, i64)) -> Boxed {
        part.sort(self.of(part)).limit(limit).offset(offset)
    }
}

/// The rows before the page and its length as they are from the end, where counters tell how many there are and the end is
/// nearer.
fn from_the_end(tx: &mut Tx<'_>, whom: Whom<'_>, (offset, limit): (i64, i64)) -> Result<Option<(i64, i64)>> {
    // On the first pages there is little to spare.
    if offset <= limit {
        return Ok(None);
    }
    let Some(total) = counted(tx, whom.span, whom.filter)? else { return Ok(None) };
    let left = total.saturating_sub(offset).max(0);
    let length = limit.min(left);
    Ok((left < offset).then_some((left.saturating_sub(length), length)))
}

/// One part after another, up to the rows of a page.
fn walk(tx: &mut Tx<'_>, whom: Whom<'_>, parts: &[Part], (mut offset, limit): (i64, i64)) -> Result<Vec<Row>> {
    let mut rows: Vec<Row> = Vec::new();
    for (place, part) in (1..).zip(parts) {
        let missing = limit.saturating_sub(i64::try_from(rows.len()).unwrap_or(i64::MAX));
        if missing <= 0 {
            break;
        }
        let found: Vec<Row> = whom.rows(*part, (offset, missing)).select(Row::as_select()).load(tx.conn)?;
        // Where nobody is found, the whole part comes before the page; after it how many that are matters no more.
        let passed = match found.is_empty() && offset > 0 && place < parts.len() {
            true => whom.of(*part).count().get_result(tx.conn)?,
            false => offset,
        };
        offset = offset.saturating_sub(passed);
        rows.extend(found);
    }
    Ok(rows)
}

/// The statements for the rows of a page, part by part.
#[cfg(test)]
pub(in crate::store) fn queries(span: &Span, filter: &Filter, window: &Window, now: Instant) -> Vec<Boxed> {
    let whom = Whom { span, filter, now };
    order::parts(window.order).into_iter().map(|part| whom.rows(part, (window.offset, window.limit))).collect()
}
