//! Pages that the database cannot decide alone: rows are looked at in memory, slice by slice.

use std::cmp::Ordering;
use std::ops::Range;
use std::time::{Duration, Instant};

use scim_core::evaluate::Condition;

use super::{Page, Place, Query, Source, Start, beside, in_rows, key_of};
use crate::error::{Error, Result};
use crate::store::{Tx, places};

/// Rows in one slice of a search.
const SLICE: i64 = 2000;

/// One page of all that matches, sorted here. Looks at every row, wherever the page begins.
pub(super) fn sorted<S: Source>(
    tx: &mut Tx<'_>,
    source: &S,
    query: &Query<S::Item>,
    time: Duration,
) -> Result<Page<S::Item>> {
    let mut matches = matching(tx, source, query, time)?;
    let compare = |left: &Place, right: &Place| match &query.sort {
        Some((_, order)) => order.compare(left.key.as_ref(), right.key.as_ref()),
        None => Ordering::Equal,
    };
    let compare = |left: &Place, right: &Place| compare(left, right).then(left.number.cmp(&right.number));
    matches.sort_by(compare);
    let window = window(query, &matches, compare);
    let page = matches.get(window.clone()).unwrap_or_default();
    let seqs: Vec<i64> = page.iter().map(|place| place.number).collect();
    let tells_places = query.count > 0 && !matches!(query.start, Start::Position(_));
    let place = |at: Option<&Place>| at.cloned().or_else(|| beside(&query.start)).filter(|_| tells_places);
    Ok(Page {
        total: Some(matches.len() as u64),
        items: source.load(tx, &seqs)?,
        next: place(page.last()).filter(|_| window.end < matches.len()),
        previous: place(page.first()).filter(|_| window.start > 0),
    })
}

/// Which of the sorted matches are on the page.
fn window<Item>(query: &Query<Item>, matches: &[Place], compare: impl Fn(&Place, &Place) -> Ordering) -> Range<usize> {
    let count = usize::try_from(query.count).unwrap_or(usize::MAX);
    let from = |start: usize| start.min(matches.len())..start.saturating_add(count).min(matches.len());
    match &query.start {
        Start::Position(position) => from(usize::try_from(position.saturating_sub(1)).unwrap_or(usize::MAX)),
        Start::Beginning => from(0),
        Start::After(place) => from(matches.partition_point(|one| compare(one, place).is_le())),
        Start::Before(place) => {
            let end = matches.partition_point(|one| compare(one, place).is_lt());
            end.saturating_sub(count)..end
        }
    }
}

/// The place of every item that matches, in creation order.
fn matching<S: Source>(tx: &mut Tx<'_>, source: &S, query: &Query<S::Item>, time: Duration) -> Result<Vec<Place>> {
    let began = Instant::now();
    let mut matches = Vec::new();
    let mut start = places::Start::Offset(0);
    loop {
        let slice = source.slice(tx, query, start, SLICE)?;
        let Some((last, _)) = slice.last() else { return Ok(matches) };
        start = in_rows(&Start::After(Place { key: None, number: *last }));
        for (seq, item) in &slice {
            let resource = (query.view)(item);
            if holds(query.condition.as_ref(), &resource) {
                matches.push(Place { key: key_of(query, &resource), number: *seq });
            }
        }
        if began.elapsed() > time {
            return Err(too_long());
        }
    }
}

/// One page in creation order from a place on, which looks at no more rows than it needs. The first page goes on to the
/// end to count; when the time is over, a page ends where it is and says so by its next place, even if it holds nothing.
pub(super) fn walk<S: Source>(
    tx: &mut Tx<'_>,
    source: &S,
    query: &Query<S::Item>,
    time: Duration,
) -> Result<Page<S::Item>> {
    let walked = look(tx, source, query, time)?;
    let count = usize::try_from(query.count).unwrap_or(usize::MAX);
    let total = (walked.is_whole && query.start == Start::Beginning).then_some(walked.matches);
    if query.count == 0 {
        let total = Some(total.ok_or_else(too_long)?);
        return Ok(Page { total, items: Vec::new(), next: None, previous: None });
    }
    let mut seqs = walked.seqs;
    let is_full = seqs.len() > count;
    seqs.truncate(count);
    let at = |number: i64| Place { key: None, number };
    let goes_on = if is_full { seqs.last().copied().map(at) } else { walked.stopped.map(at) };
    let back = seqs.first().copied().map(at).or_else(|| beside(&query.start));
    let (next, previous) = match query.start {
        Start::Before(_) => {
            seqs.reverse();
            (back, goes_on)
        }
        Start::After(_) => (goes_on, back),
        Start::Position(_) | Start::Beginning => (goes_on, None),
    };
    Ok(Page { total, items: source.load(tx, &seqs)?, next, previous })
}

/// What was seen on the way.
struct Walked {
    /// The first matches, one more than the page holds, in the order of the way.
    seqs: Vec<i64>,
    /// How many matches there were.
    matches: u64,
    /// Whether the way ended where the list does.
    is_whole: bool,
    /// The last row that was looked at when the time was over.
    stopped: Option<i64>,
}

fn look<S: Source>(tx: &mut Tx<'_>, source: &S, query: &Query<S::Item>, time: Duration) -> Result<Walked> {
    let began = Instant::now();
    let count = usize::try_from(query.count).unwrap_or(usize::MAX);
    let mut walked = Walked { seqs: Vec::new(), matches: 0, is_whole: false, stopped: None };
    let mut start = query.start.clone();
    loop {
        let slice = source.slice(tx, query, in_rows(&start), SLICE)?;
        let Some((last, _)) = slice.last() else {
            walked.is_whole = true;
            return Ok(walked);
        };
        for (seq, item) in &slice {
            if holds(query.condition.as_ref(), &(query.view)(item)) {
                walked.matches += 1;
                if walked.seqs.len() <= count {
                    walked.seqs.push(*seq);
                }
            }
        }
        let is_full = walked.seqs.len() > count;
        if began.elapsed() > time {
            walked.stopped = Some(*last);
            return Ok(walked);
        }
        if is_full && query.start != Start::Beginning {
            return Ok(walked);
        }
        let place = Place { key: None, number: *last };
        start = if matches!(start, Start::Before(_)) { Start::Before(place) } else { Start::After(place) };
    }
}

fn holds(condition: Option<&Condition>, resource: &serde_json::Map<String, serde_json::Value>) -> bool {
    condition.is_none_or(|condition| condition.matches(resource))
}

fn too_long() -> Error {
    Error::TooMany("the search takes too long: narrow the filter".to_owned())
}
