//! Where a page of a sorted list begins: so many rows from the beginning, or at a place, which costs the same however deep
//! it lies. A place is what a row is sorted by and the row's number, which decides between equal keys; the row itself may be
//! gone.

use crate::clock::Instant;
use crate::error::{Error, Result};

/// Where a page begins.
#[derive(Clone, Debug, PartialEq)]
pub enum Start {
    /// So many rows from the beginning.
    Offset(i64),
    /// Behind a place.
    After(Place),
    /// Before a place: the rows nearest to it, which come out from there backwards.
    Before(Place),
}

/// What of a list that can be sorted by `Order`.
#[derive(Clone, Debug)]
pub struct Window<Order> {
    /// The order.
    pub order: Order,
    /// Whether it runs backwards.
    pub descending: bool,
    /// Where it begins.
    pub start: Start,
    /// Rows at the most.
    pub limit: i64,
}

/// The orders of a list that the database knows by time alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByTime {
    /// Creation order.
    Creation,
    /// By time of creation.
    Created,
    /// By time of the last change.
    Modified,
}

/// A place in an order.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// What the row is sorted by; `None` in creation order.
    pub key: Option<Key>,
    /// The row's number.
    pub seq: i64,
}

/// What a row is sorted by.
#[derive(Clone, Debug, PartialEq)]
pub enum Key {
    /// A text, folded and cut as an index key.
    Text(String),
    /// An instant.
    Instant(Instant),
}

impl Start {
    pub(super) fn offset(&self) -> i64 {
        match self {
            Self::Offset(offset) => *offset,
            Self::After(_) | Self::Before(_) => 0,
        }
    }

    pub(super) fn place(&self) -> Option<&Place> {
        match self {
            Self::Offset(_) => None,
            Self::After(place) | Self::Before(place) => Some(place),
        }
    }

    /// Whether the rows come out in the list's order.
    pub(super) fn is_forward(&self) -> bool {
        !matches!(self, Self::Before(_))
    }
}

impl Place {
    pub(super) fn text(&self) -> Result<String> {
        match &self.key {
            Some(Key::Text(text)) => Ok(text.clone()),
            _ => Err(Error::internal("a place in another order than the list's")),
        }
    }

    pub(super) fn instant(&self) -> Result<Instant> {
        match &self.key {
            Some(Key::Instant(instant)) => Ok(*instant),
            _ => Err(Error::internal("a place in another order than the list's")),
        }
    }
}

/// Orders a query by its rows' numbers, from where the window starts.
macro_rules! by_number {
    ($query:expr, $window:expr, $seq:expr) => {{
        // Backwards in one way only: the order itself, or the way through it.
        let rising = $window.descending != $window.start.is_forward();
        let query = match $window.start.place() {
            None => $query,
            Some(place) if rising => $query.filter($seq.gt(place.seq)),
            Some(place) => $query.filter($seq.lt(place.seq)),
        };
        if rising { query.order($seq.asc()) } else { query.order($seq.desc()) }
    }};
}

/// Orders a query by a column and then its rows' numbers, from where the window starts; `read` is how the place's key is
/// read. The first half of each condition says nothing that the second does not, but leads an index to the place.
macro_rules! by_column {
    ($query:expr, $window:expr, $column:expr, $seq:expr, $read:ident) => {{
        let forward = $window.start.is_forward();
        let rising = $window.descending != forward;
        let query = match $window.start.place() {
            None => $query,
            Some(place) => {
                let (key, seq) = (place.$read()?, place.seq);
                match (rising, forward) {
                    (true, true) => $query.filter($column.ge(key.clone()).and($column.gt(key).or($seq.gt(seq)))),
                    (true, false) => $query.filter($column.ge(key.clone()).and($column.gt(key).or($seq.lt(seq)))),
                    (false, true) => $query.filter($column.le(key.clone()).and($column.lt(key).or($seq.gt(seq)))),
                    (false, false) => $query.filter($column.le(key.clone()).and($column.lt(key).or($seq.lt(seq)))),
                }
            }
        };
        match (rising, forward) {
            (true, true) => query.order(($column.asc(), $seq.asc())),
            (true, false) => query.order(($column.asc(), $seq.desc())),
            (false, true) => query.order(($column.desc(), $seq.asc())),
            (false, false) => query.order(($column.desc(), $seq.desc())),
        }
    }};
}

pub(super) use {by_column, by_number};
