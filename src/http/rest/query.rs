//! Parameters of the query. What nobody asks for is ignored; what is asked for must be given once and make sense.

use std::fmt::Display;
use std::ops::RangeInclusive;

use uuid::Uuid;

use crate::error::{Error, Fault, Result};
use crate::http::Query;

use super::body::{self, Words};
use super::faults::{Faults, wrong};
use super::path;

/// How many items a page has when nobody says.
pub const PER_PAGE: u32 = 20;
/// How many items a page has at most.
pub const MOST_PER_PAGE: u32 = 100;

/// A reader of the query that collects faults.
pub struct Parameters<'a> {
    query: &'a Query,
    faults: Faults,
}

/// Which page of a list is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paging {
    /// The page, from 1.
    pub page: u32,
    /// How many items a page has, at most 100.
    pub per_page: u32,
}

impl Default for Paging {
    fn default() -> Self {
        Self { page: 1, per_page: PER_PAGE }
    }
}

impl Paging {
    /// How many items lie before the page.
    pub fn offset(self) -> u64 {
        u64::from(self.page.saturating_sub(1)) * u64::from(self.per_page)
    }
}

/// How a list is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort<T> {
    /// By what.
    pub by: T,
    /// Which way.
    pub order: Order,
}

/// Which way a list is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The smallest first.
    Ascending,
    /// The largest first.
    Descending,
}

const ORDERS: &Words<Order> = &[("asc", Order::Ascending), ("desc", Order::Descending)];
const FLAGS: &Words<bool> = &[
    ("true", true),
    ("false", false),
    ("1", true),
    ("0", false),
    ("yes", true),
    ("no", false),
    ("on", true),
    ("off", false),
];

type Read<T> = std::result::Result<T, Vec<Fault>>;

impl<'a> Parameters<'a> {
    /// A reader of a query.
    pub fn of(query: &'a Query) -> Self {
        Self { query, faults: Faults::below("query") }
    }

    /// A parameter read by a function of its text; `None` when it is absent or wrong.
    pub fn read<T>(&mut self, name: &str, read: impl FnOnce(&str) -> Read<T>) -> Option<T> {
        let read = match self.query.get(name) {
            Ok(value) => value.map(read).transpose(),
            Err(_) => wrong("value_error", "must be given once"),
        };
        self.faults.take(name, read).flatten()
    }

    /// A text of at most so many characters. One without any is refused: whoever names a tenant, a role or an action by an
    /// empty text does not mean all of them.
    pub fn text(&mut self, name: &str, longest: usize) -> Option<String> {
        self.read(name, |text| body::check_text(text, 1..=longest).map(|()| text.to_owned()))
    }

    /// The same where nobody is surprised that one without any characters counts as absent: words to search for, a reason, a
    /// confirmation, the cursor of a first page. It narrows no list by what it names.
    pub fn free_text(&mut self, name: &str, longest: usize) -> Option<String> {
        let text = self.read(name, |text| body::check_text(text, 0..=longest).map(|()| text.to_owned()));
        text.filter(|text| !text.is_empty())
    }

    /// One of some words.
    pub fn word<T: Copy>(&mut self, name: &str, words: &Words<T>) -> Option<T> {
        self.read(name, |text| body::find_word(text, words))
    }

    /// `true` or `false`, or what else is read as one of them.
    pub fn boolean(&mut self, name: &str) -> Option<bool> {
        self.read(name, |text| {
            let flag = FLAGS.iter().find(|(word, _)| text.eq_ignore_ascii_case(word));
            flag.map_or_else(|| wrong("bool_parsing", "must be true or false"), |(_, flag)| Ok(*flag))
        })
    }

    /// A UUID.
    pub fn id<T: From<Uuid>>(&mut self, name: &str) -> Option<T> {
        self.read(name, |text| {
            path::parse(text).map_or_else(|| wrong("uuid_parsing", "must be a UUID"), |uuid| Ok(T::from(uuid)))
        })
    }

    /// A whole number within limits.
    pub fn integer(&mut self, name: &str, limits: RangeInclusive<i64>) -> Option<i64> {
        self.read(name, |text| match text.parse::<i64>() {
            Ok(number) => body::check_number(number, &limits),
            Err(_) => wrong("int_parsing", "must be a whole number"),
        })
    }

    /// A whole number from 1 on. More than the most, however long it is written, is the most.
    pub fn capped(&mut self, name: &str, most: i64) -> Option<i64> {
        let number = self.read(name, |text| body::check_number(saturated(text)?, &(1..=i64::MAX)));
        number.map(|number| number.min(most))
    }

    /// How many items a page has. Asking for more than it may have gives as many as it may have.
    pub fn per_page(&mut self) -> u32 {
        let asked = self.capped("per_page", MOST_PER_PAGE.into());
        asked.and_then(|number| u32::try_from(number).ok()).unwrap_or(PER_PAGE)
    }

    /// `page` and `per_page`.
    pub fn paging(&mut self) -> Paging {
        let page = self.integer("page", 1..=u32::MAX.into()).and_then(|number| u32::try_from(number).ok());
        Paging { page: page.unwrap_or(1), per_page: self.per_page() }
    }

    /// `sort_by` and `sort_order`: what may be sorted by, and what stands in for each that is not given.
    pub fn sort<T: Copy>(&mut self, columns: &Words<T>, otherwise: Sort<T>) -> Sort<T> {
        let (by, order) = (self.word("sort_by", columns), self.word("sort_order", ORDERS));
        Sort { by: by.unwrap_or(otherwise.by), order: order.unwrap_or(otherwise.order) }
    }

    /// A parameter that must be there; notes its absence.
    pub fn demand<T>(&mut self, name: &str, value: Option<T>) -> Option<T> {
        if value.is_none() && self.query.get(name).is_ok_and(|given| given.is_none_or(str::is_empty)) {
            self.refuse(name, "missing", "is required");
        }
        value
    }

    /// Notes a fault that the caller found.
    pub fn refuse(&mut self, name: &str, kind: &'static str, message: impl Display) {
        self.faults.of(name, vec![Fault::at(std::iter::empty::<&str>(), kind, message.to_string())]);
    }

    /// Refuses the request if any of the parameters was wrong.
    ///
    /// # Errors
    /// [`Error::Unprocessable`] with all their faults.
    pub fn finish(self) -> Result<()> {
        self.faults.finish()
    }
}

/// A whole number; one that is too long for its type is the last of its side.
fn saturated(text: &str) -> Read<i64> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    // Asked here, since whoever parses a number stops reading where it becomes too long.
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return wrong("int_parsing", "must be a whole number");
    }
    Ok(text.parse().unwrap_or(if text.starts_with('-') { i64::MIN } else { i64::MAX }))
}

/// The value of something that [`Parameters::finish`] or [`super::Fields::finish`] found no fault with.
///
/// # Errors
/// [`Error::Internal`] when it is not there all the same.
pub fn present<T>(value: Option<T>) -> Result<T> {
    value.ok_or_else(|| Error::internal("a required value is missing and no fault was noted"))
}
