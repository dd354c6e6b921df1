//! Queries over all resource types: `GET /` and `POST /.search` (RFC 7644 section 3.4.2.1). Users come before groups, unless sorted.

use std::cmp::Ordering;
use std::sync::Arc;

use scim_core::Invalid;
use scim_core::evaluate::sort::Order;
use scim_core::evaluate::{SortKey, SortValue, Unknown};
use scim_core::message::SearchRequest;
use scim_core::schema::TypeIndex;
use serde_json::Value;

use crate::directory::list::{Page, Start};
use crate::error::{Error, Result};
use crate::http::{Exchange, Reply};

use super::custom::Custom;
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
    let _room = request.directory().room(window.count).await;
    let (total, resources) = match search.sort_by {
        Some(_) => sorted(request, search, window).await?,
        None => in_turn(request, search, window).await?,
    };
    request.note().did(record::found("resource", search.filter.as_deref(), Some(total), resources.len(), None));
    answer::list(request, total, window.start, resources)
}

/// The resource types in the order in which they are listed: users, groups, and what the tenant added.
fn types(request: &Request) -> Vec<Arc<TypeIndex>> {
    let types = request.types();
    [&types.user, &types.group].into_iter().chain(types.custom()).cloned().collect()
}

/// One page of one of the types.
async fn find(index: &Arc<TypeIndex>, request: &Request, asked: Asked<'_>) -> Result<Page<Keyed>> {
    match index.resource_type().name.as_str() {
        "User" => lists::find(&Users, request, asked).await,
        "Group" => lists::find(&Groups, request, asked).await,
        _ => lists::find(&Custom(Arc::clone(index)), request, asked).await,
    }
}

/// Users, and where they end, groups, and so on.
async fn in_turn(request: &Request, search: &SearchRequest, window: Window) -> Result<(u64, Vec<Value>)> {
    let (mut total, mut resources, mut left) = (0, Vec::new(), window);
    for index in types(request) {
        let page = find(&index, request, asked(search, left, None)).await?;
        left.start = left.start.saturating_sub(counted(&page)).max(1);
        left.count = left.count.saturating_sub(page.items.len() as u64);
        total += counted(&page);
        resources.extend(page.items.into_iter().map(|(_, resource)| resource));
    }
    Ok((total, resources))
}

/// All lists up to the end of the page, merged by the sort key.
async fn sorted(request: &Request, search: &SearchRequest, window: Window) -> Result<(u64, Vec<Value>)> {
    let end = window.start.saturating_sub(1).saturating_add(window.count);
    if end > SORTED_REACH {
        let detail = format!("a sorted query over all resource types reaches {SORTED_REACH} resources");
        return Err(Error::TooMany(detail));
    }
    let types = types(request);
    let keys: Vec<_> = types.iter().map(|index| key(request, search, index)).collect();
    // A type without the attribute has no values to sort by; when none has it, the query is wrong.
    if let (Some(Err(error)), true) = (keys.first(), keys.iter().all(std::result::Result::is_err)) {
        return Err(Error::Invalid(error.clone()));
    }
    let order = query::direction(search);
    let whole = Window { start: 1, count: end };
    let (mut total, mut all) = (0, Vec::new());
    for (index, key) in types.iter().zip(keys) {
        let page = find(index, request, asked(search, whole, key.ok().map(|key| (key, order)))).await?;
        total += counted(&page);
        all.extend(page.items);
    }
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
