//! Lists of resources: `GET` of a collection and `.search` below it, once for every resource type. A type says what it
//! lists ([`Listed`]); no type has a list of its own.

use std::sync::Arc;

use scim_core::cursor::Side;
use scim_core::evaluate::sort::Order;
use scim_core::evaluate::{SortKey, SortValue, Unknown};
use scim_core::message::{ListResponse, SearchRequest};
use scim_core::project::Projection;
use scim_core::schema::TypeIndex;
use serde_json::{Map, Value};

use crate::directory::keys;
use crate::directory::list::{Page, Place, Query, Start};
use crate::error::{Error, Result};
use crate::http::{Exchange, Reply};

use super::cursors::Cursors;
use super::query;
use super::request::Request;
use super::{answer, record};

/// A resource type that is listed.
pub(super) trait Listed: Send + Sync {
    /// One of its resources, as the directory knows it.
    type Item: Send + 'static;

    /// The compiled schemas.
    fn index(&self, request: &Request) -> Arc<TypeIndex>;
    /// An item as a whole resource.
    fn resource(index: &TypeIndex, item: &Self::Item, base: &str) -> Map<String, Value>;
    /// Asks the directory, with what a projection wants of the items.
    fn find(
        &self,
        request: &Request,
        query: Query<Self::Item>,
        projection: &Projection,
    ) -> impl Future<Output = Result<Page<Self::Item>>> + Send;
}

/// `GET` of a collection.
pub(super) async fn list(listed: impl Listed, exchange: Exchange) -> Result<Reply> {
    list_in(&listed, &Request::new(exchange)).await
}

/// The same for a type that the request itself says.
pub(super) async fn list_in(listed: &impl Listed, request: &Request) -> Result<Reply> {
    let search = query::from_url(request)?;
    page(listed, request, &search).await
}

/// `POST` of `.search` below a collection.
pub(super) async fn search(listed: impl Listed, exchange: Exchange) -> Result<Reply> {
    search_in(&listed, &Request::new(exchange)).await
}

/// The same for a type that the request itself says.
pub(super) async fn search_in(listed: &impl Listed, request: &Request) -> Result<Reply> {
    let search = query::from_body(request)?;
    page(listed, request, &search).await
}

async fn page(listed: &impl Listed, request: &Request, search: &SearchRequest) -> Result<Reply> {
    let _room = request.directory().room(query::count(search)).await;
    match query::cursor(search)? {
        Some(cursor) => by_cursor(listed, request, search, cursor).await,
        None => by_position(listed, request, search).await,
    }
}

async fn by_position(listed: &impl Listed, request: &Request, search: &SearchRequest) -> Result<Reply> {
    let window = query::window(search);
    let page = find(listed, request, asked(listed, request, search, Start::Position(window.start))?).await?;
    record::list(request, &listed.index(request).resource_type().name, search, page.total, &page.items);
    let start_index = Some(window.start);
    answer::page(request, ListResponse { start_index, ..response(page.items, page.total) })
}

/// Pages by cursors (RFC 9865).
async fn by_cursor(listed: &impl Listed, request: &Request, search: &SearchRequest, cursor: &str) -> Result<Reply> {
    let key = keys::cursors(request.directory()).await?;
    let (index, count, now) = (listed.index(request), query::count(search), request.cx().now);
    let cursors = Cursors::new(key, request.connection()?, &index.resource_type().name, search, count, now);
    let page = find(listed, request, asked(listed, request, search, cursors.start(cursor)?)?).await?;
    record::list(request, &index.resource_type().name, search, page.total, &page.items);
    let text = |side, place: Option<Place>| {
        place.map(|place| Ok::<_, Error>(cursors.text(request.nonce()?, side, place))).transpose()
    };
    let (next_cursor, previous_cursor) = (text(Side::After, page.next)?, text(Side::Before, page.previous)?);
    answer::page(request, ListResponse { next_cursor, previous_cursor, ..response(page.items, page.total) })
}

fn response(items: Vec<Keyed>, total_results: Option<u64>) -> ListResponse {
    let resources = items.into_iter().map(|(_, resource)| resource).collect();
    ListResponse { total_results, resources, ..ListResponse::default() }
}

fn asked<'a>(listed: &impl Listed, request: &Request, search: &'a SearchRequest, start: Start) -> Result<Asked<'a>> {
    let sort = query::order(request, search, &listed.index(request))?;
    Ok(Asked { search, start, count: query::count(search), sort, unknown: Unknown::Refuse })
}

/// What is asked of one resource type.
pub(super) struct Asked<'a> {
    /// Filter and projection.
    pub search: &'a SearchRequest,
    /// Where the page begins.
    pub start: Start,
    /// Resources at the most.
    pub count: u64,
    /// The order; `None` is creation order.
    pub sort: Option<(SortKey, Order)>,
    /// What a filter on attributes that the type does not have comes to.
    pub unknown: Unknown,
}

/// A resource as the answer shows it, with what it is sorted by.
pub(super) type Keyed = (Option<SortValue>, Value);

/// One page of one resource type.
pub(super) async fn find<L: Listed>(listed: &L, request: &Request, asked: Asked<'_>) -> Result<Page<Keyed>> {
    let index = listed.index(request);
    let projection = query::projection(request, asked.search, &index)?;
    let condition = query::condition(request, asked.search, &index, asked.unknown)?;
    let (of_view, base) = (Arc::clone(&index), request.base().to_owned());
    let query = Query {
        condition,
        sort: asked.sort.clone(),
        start: asked.start,
        count: asked.count,
        view: Arc::new(move |item| L::resource(&of_view, item, &base)),
    };
    let page = listed.find(request, query, &projection).await?;
    // Each item is given back as soon as it is rendered: a page need not stand in memory twice.
    let keyed = |item: L::Item| {
        let whole = L::resource(&index, &item, request.base());
        let key = asked.sort.as_ref().and_then(|(key, _)| key.of(&whole));
        (key, Value::Object(projection.apply(&index, whole, None)))
    };
    let Page { total, items, next, previous } = page;
    Ok(Page { total, items: items.into_iter().map(keyed).collect(), next, previous })
}
