//! Queries (RFC 7644 section 3.4.2): filter, order, page and projection, from a query string or the body of `.search`.

use scim_core::evaluate::sort::{self, Order};
use scim_core::evaluate::{self, Condition, Leniency, SortKey, Unknown};
use scim_core::message::{SearchRequest, SortOrder};
use scim_core::project::Projection;
use scim_core::schema::TypeIndex;
use scim_core::{Invalid, Kind};
use scim_filter_parser::{Error as ParseError, parse_attribute_path, parse_filter};

use crate::error::{Error, Result};

use super::profiles;
use super::request::{Request, split_names};

/// Resources in one answer when the client names no number.
pub(super) const DEFAULT_COUNT: u64 = 100;
/// Resources in one answer at the most.
pub(super) const MOST: u64 = 1000;

/// Which page, by its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    /// The position of the first resource, from 1.
    pub start: u64,
    /// Resources at the most.
    pub count: u64,
}

/// Reads the query string of a list.
pub(super) fn from_url(request: &Request) -> Result<SearchRequest> {
    let text = |name: &str| Ok::<_, Error>(request.query(name)?.map(str::to_owned));
    let cursor = text("cursor")?;
    let integer = |name: &str| match request.query(name)? {
        None => Ok(None),
        Some(text) => text.parse::<i64>().map(Some).map_err(|_| {
            // With a cursor, what is wrong with the page size has a keyword of its own (RFC 9865 section 2.1).
            let by_cursor = name == "count" && cursor.is_some();
            let kind = if by_cursor { Kind::InvalidCount } else { Kind::InvalidValue };
            Error::Invalid(Invalid::at(kind, name, "must be a whole number"))
        }),
    };
    let names =
        |name: &str| Ok::<_, Error>(request.query(name)?.map(|names| split_names(names).map(str::to_owned).collect()));
    Ok(SearchRequest {
        attributes: names("attributes")?,
        excluded_attributes: names("excludedAttributes")?,
        filter: text("filter")?,
        sort_by: text("sortBy")?,
        sort_order: request.query("sortOrder")?.map(SortOrder::parse).transpose()?,
        start_index: integer("startIndex")?,
        count: integer("count")?,
        cursor,
    })
}

/// Reads the body of `.search`.
pub(super) fn from_body(request: &Request) -> Result<SearchRequest> {
    let mut body = request.body()?;
    let mut fired = Vec::new();
    profiles::mend_search(request.profile(), &mut body, &mut fired);
    let search = SearchRequest::read(body, request.policy())?;
    request.log_tolerances(&fired, &[]);
    Ok(search)
}

/// The page that a query asks for: what is out of range is brought into it (RFC 7644 section 3.4.2.4).
pub(super) fn window(search: &SearchRequest) -> Window {
    let start = search.start_index.and_then(|start| u64::try_from(start).ok()).map_or(1, |start| start.max(1));
    Window { start, count: count(search) }
}

/// The size of the page that a query asks for, brought into its range.
pub(super) fn count(search: &SearchRequest) -> u64 {
    search.count.map_or(DEFAULT_COUNT, |count| u64::try_from(count).unwrap_or(0).min(MOST))
}

/// The cursor of a query that pages by cursors; empty for the first page.
///
/// # Errors
/// `invalidValue` for a query that names a position as well.
pub(super) fn cursor(search: &SearchRequest) -> Result<Option<&str>> {
    match (&search.cursor, search.start_index) {
        (Some(_), Some(_)) => Err(Error::Invalid(Invalid::value("startIndex", "cannot be given with cursor"))),
        (cursor, _) => Ok(cursor.as_deref()),
    }
}

/// The condition of a query.
pub(super) fn condition(
    request: &Request,
    search: &SearchRequest,
    index: &TypeIndex,
    unknown: Unknown,
) -> Result<Option<Condition>> {
    let Some(filter) = &search.filter else { return Ok(None) };
    let filter = parse_filter(filter, &request.dialect(index.urns()))
        .map_err(|error| refused(Kind::InvalidFilter, filter, &error))?;
    let leniency = Leniency { coerce_booleans: request.manners().lenient_filters };
    Ok(Some(evaluate::compile(index, &filter, leniency, unknown)?))
}

/// The order of a query.
pub(super) fn order(request: &Request, search: &SearchRequest, index: &TypeIndex) -> Result<Option<(SortKey, Order)>> {
    let Some(path) = &search.sort_by else { return Ok(None) };
    let path = parse_attribute_path(path, &request.dialect(index.urns()))
        .map_err(|error| refused(Kind::InvalidPath, path, &error))?;
    Ok(Some((sort::compile(index, &path)?, direction(search))))
}

/// The direction of a query's order.
pub(super) fn direction(search: &SearchRequest) -> Order {
    match search.sort_order {
        Some(SortOrder::Descending) => Order::Descending,
        Some(SortOrder::Ascending) | None => Order::Ascending,
    }
}

/// What the answer to a `.search` is to hold.
pub(super) fn projection(request: &Request, search: &SearchRequest, index: &TypeIndex) -> Result<Projection> {
    let attributes: Vec<&str> = search.attributes.iter().flatten().map(String::as_str).collect();
    let excluded: Vec<&str> = search.excluded_attributes.iter().flatten().map(String::as_str).collect();
    request.project(&attributes, &excluded, index)
}

/// What is wrong with a text, and the word at which it is wrong: a name, never what stands in quotes.
fn refused(kind: Kind, text: &str, error: &ParseError) -> Error {
    let behind = text.get(error.offset..).unwrap_or_default();
    let word: String = behind.chars().take_while(char::is_ascii_alphanumeric).take(20).collect();
    let detail = if word.is_empty() { error.to_string() } else { format!("{error}, not `{word}`") };
    Error::Invalid(Invalid::new(kind, detail))
}
