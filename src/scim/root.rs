//! Queries over all resource types: `GET /` and `POST /.search` (RFC 7644 section 3.4.2.1). Users come before groups, unless sorted.

use std::cmp::Ordering;

use scim_core::evaluate::sort::Order;
use scim_core::evaluate::{Condition, SortKey, SortValue, Unknown};
use scim_core::message::SearchRequest;
use scim_core::schema::TypeIndex;
use serde_json::Value;

use crate::access::{GroupsRead, UsersRead};
use crate::directory::list::{Page, Query, View};
use crate::directory::{groups as group_directory, users as user_directory};
use crate::error::{Error, Result};
use crate::http::{Exchange, Reply};

use super::query::{self, Window};
use super::request::Request;
use super::{answer, groups, record, users};

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
    let window = query::window(search);
    let (total, resources) = match search.sort_by {
        Some(_) => sorted(request, search, window).await?,
        None => in_turn(request, search, window).await?,
    };
    request.note().did(record::found("resource", search.filter.as_deref(), total, resources.len(), None));
    answer::list(request, total, window.start, resources)
}

/// Users, and where they end, groups.
async fn in_turn(request: &Request, search: &SearchRequest, window: Window) -> Result<(u64, Vec<Value>)> {
    let users = list_users(request, search, window, None).await?;
    let left = Window {
        start: window.start.saturating_sub(users.total).max(1),
        count: window.count - users.items.len() as u64,
    };
    let groups = list_groups(request, search, left, None).await?;
    let total = users.total + groups.total;
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
    let users = list_users(request, search, whole, of_users.ok().map(|key| (key, order))).await?;
    let groups = list_groups(request, search, whole, of_groups.ok().map(|key| (key, order))).await?;
    let total = users.total + groups.total;
    let mut all: Vec<Keyed> = users.items.into_iter().chain(groups.items).collect();
    // Stable, so that ties keep users before groups and creation order.
    all.sort_by(|(left, _), (right, _)| compare(order, left.as_ref(), right.as_ref()));
    let skip = usize::try_from(window.start.saturating_sub(1)).unwrap_or(usize::MAX);
    let take = usize::try_from(window.count).unwrap_or(usize::MAX);
    Ok((total, all.into_iter().skip(skip).take(take).map(|(_, resource)| resource).collect()))
}

/// A resource with what it is sorted by.
type Keyed = (Option<SortValue>, Value);

fn compare(order: Order, left: Option<&SortValue>, right: Option<&SortValue>) -> Ordering {
    order.compare(left, right)
}

fn key(
    request: &Request,
    search: &SearchRequest,
    index: &TypeIndex,
) -> std::result::Result<SortKey, scim_core::Invalid> {
    match query::order(request, search, index) {
        Ok(Some((key, _))) => Ok(key),
        Ok(None) => Err(scim_core::Invalid::value("sortBy", "is missing")),
        Err(Error::Invalid(invalid)) => Err(invalid),
        Err(error) => Err(scim_core::Invalid::value("sortBy", error.to_string())),
    }
}

async fn list_users(
    request: &Request,
    search: &SearchRequest,
    window: Window,
    sort: Option<(SortKey, Order)>,
) -> Result<Page<Keyed>> {
    let index = request.directory().user_type();
    let projection = query::projection(request, search, index)?;
    let condition = query::condition(request, search, index, Unknown::NoValue)?;
    let view = users::view(request);
    let asked = asked(condition, sort.clone(), window, View::clone(&view));
    let permit = request.permit::<UsersRead>()?;
    let page = user_directory::list(request.directory(), &permit, asked, users::want(&projection)).await?;
    let keyed = |user: &user_directory::User| {
        let value = sort.as_ref().and_then(|(key, _)| key.of(&view(user)));
        (value, Value::Object(users::render(request, &projection, user)))
    };
    Ok(Page { total: page.total, items: page.items.iter().map(keyed).collect() })
}

async fn list_groups(
    request: &Request,
    search: &SearchRequest,
    window: Window,
    sort: Option<(SortKey, Order)>,
) -> Result<Page<Keyed>> {
    let index = request.directory().group_type();
    let projection = query::projection(request, search, index)?;
    let condition = query::condition(request, search, index, Unknown::NoValue)?;
    let view = groups::view(request);
    let asked = asked(condition, sort.clone(), window, View::clone(&view));
    let permit = request.permit::<GroupsRead>()?;
    let page = group_directory::list(request.directory(), &permit, asked, groups::want(&projection)).await?;
    let keyed = |group: &group_directory::Group| {
        let value = sort.as_ref().and_then(|(key, _)| key.of(&view(group)));
        (value, Value::Object(groups::render(request, &projection, group)))
    };
    Ok(Page { total: page.total, items: page.items.iter().map(keyed).collect() })
}

fn asked<Item>(
    condition: Option<Condition>,
    sort: Option<(SortKey, Order)>,
    window: Window,
    view: View<Item>,
) -> Query<Item> {
    Query { condition, sort, start: window.start, count: window.count, view }
}
