//! Queries over all resource types: `GET /` and `POST /.search` (RFC 7644 section 3.4.2.1). Users come before groups, unless sorted.

use std::cmp::Ordering;

use scim_core::Invalid;
use scim_core::evaluate::sort::Order;
use scim_core::evaluate::{SortKey, SortValue, Unknown};
use scim_core::message::SearchRequest;
use scim_core::schema::TypeIndex;
use serde_json::Value;

use crate::directory::list::{Page, Start};
use crate::error::{Error, Result};
use crate::http::{Exchange, Reply};

use super::groups::Groups;
use super::lists::{self, Asked, Keyed};
use super::query::{self, Window};
use super::request::Request;
use super::users::Users;
use super::{answer, record};

/// Resources that a sorted query may reach over all types.
const SORTED_REACH: u64 = 10_000;

/// `GET /`.
pub(super) async fn list(exchange: Exchange) -> Result<Reply> {
    let request = Request::new(exchange);
    let search = query::from_url(&request)?;
    page(&request, &search).await
}

/// `POST /.search`.
pub(super) async fn search(exchange: Exchange) -> Result<Reply> {
    let request = Request::new(exchange);
    let search = query::from_body(&request)?;
    page(&request, &search).await
}

async fn page(request: &Request, search: &SearchRequest) -> Result<Reply> {
    if query::cursor(search)?.is_some() {
        let why = "is not taken here: follow the lists of the resource types instead, such as /Users";
        return Err(Error::Invalid(Invalid::value("cursor", why)));
    }
    let window = query::window(search);
    let (total, resources) = match search.sort_by {
        Some(_) => sorted(request, search, window).await?,
        None => in_turn(request, search, window).await?,
    };
    request.note().did(record::found("resource", search.filter.as_deref(), Some(total), resources.len(), None));
    answer::list(request, total, window.start, resources)
}

/// Users, and where they end, groups.
async fn in_turn(request: &Request, search: &SearchRequest, window: Window) -> Result<(u64, Vec<Value>)> {
    let users = lists::find(&Users, request, asked(search, window, None)).await?;
    let left = Window {
        start: window.start.saturating_sub(counted(&users)).max(1),
        count: window.count - users.items.len() as u64,
    };
    let groups = lists::find(&Groups, request, asked(search, left, None)).await?;
    let total = counted(&users) + counted(&groups);
    Ok((total, users.items.into_iter().chain(groups.items).map(|(_, resource)| resource).collect()))
}

/// Both lists up to the end of the page, merged by the sort key.
async fn sorted(request: &Request, search: &SearchRequest, window: Window) -> Result<(u64, Vec<Value>)> {
    let end = window.start.saturating_sub(1).saturating_add(window.count);
    if end > SORTED_REACH {
        let detail = format!("a sorted query over all resource types reaches {SORTED_REACH} resources");
        return Err(Error::TooMany(detail));
    }
    let directory = request.directory();
    let (of_users, of_groups) =
        (key(request, search, directory.user_type()), key(request, search, directory.group_type()));
    // A type without the attribute has no values to sort by; when neither has it, the query is wrong.
    if let (Err(error), Err(_)) = (&of_users, &of_groups) {
        return Err(Error::Invalid(error.clone()));
    }
    let order = query::direction(search);
    let whole = Window { start: 1, count: end };
    let users = lists::find(&Users, request, asked(search, whole, of_users.ok().map(|key| (key, order)))).await?;
    let groups = lists::find(&Groups, request, asked(search, whole, of_groups.ok().map(|key| (key, order)))).await?;
    let total = counted(&users) + counted(&groups);
    let mut all: Vec<Keyed> = users.items.into_iter().chain(groups.items).collect();
    // Stable, so that ties keep users before groups and creation order.
    all.sort_by(|(left, _), (right, _)| compare(order, left.as_ref(), right.as_ref()));
    let skip = usize::try_from(window.start.saturating_sub(1)).unwrap_or(usize::MAX);
    let take = usize::try_from(window.count).unwrap_or(usize::MAX);
    Ok((total, all.into_iter().skip(skip).take(take).map(|(_, resource)| resource).collect()))
}

fn compare(order: Order, left: Option<&SortValue>, right: Option<&SortValue>) -> Ordering {
    order.compare(left, right)
}

fn key(request: &Request, search: &SearchRequest, index: &TypeIndex) -> std::result::Result<SortKey, Invalid> {
    match query::order(request, search, index) {
        Ok(Some((key, _))) => Ok(key),
        Ok(None) => Err(Invalid::value("sortBy", "is missing")),
        Err(Error::Invalid(invalid)) => Err(invalid),
        Err(error) => Err(Invalid::value("sortBy", error.to_string())),
    }
}

/// What is asked of one of the types. A filter on what the type does not have matches none of its resources.
fn asked(search: &SearchRequest, window: Window, sort: Option<(SortKey, Order)>) -> Asked<'_> {
    let (start, count) = (Start::Position(window.start), window.count);
    Asked { search, start, count, sort, unknown: Unknown::NoValue }
}

/// How many resources match. Pages that begin at a position always count them.
fn counted(page: &Page<Keyed>) -> u64 {
    page.total.unwrap_or_default()
}
