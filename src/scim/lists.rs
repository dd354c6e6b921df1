//! Lists of resources: `GET` of a collection and `.search` below it, once for every resource type. A type says what it
//! lists ([`Listed`]); no type has a list of its own.

use std::sync::Arc;

use scim_core::evaluate::sort::Order;
use scim_core::evaluate::{SortKey, SortValue, Unknown};
use scim_core::message::SearchRequest;
use scim_core::project::Projection;
use scim_core::schema::TypeIndex;
use serde_json::{Map, Value};

use crate::directory::list::{Page, Query};
use crate::error::Result;
use crate::http::{Exchange, Reply};

use super::query::{self, Window};
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
    let request = Request::new(exchange);
    let search = query::from_url(&request)?;
    page(&listed, &request, &search).await
}

/// `POST` of `.search` below a collection.
pub(super) async fn search(listed: impl Listed, exchange: Exchange) -> Result<Reply> {
    let request = Request::new(exchange);
    let search = query::from_body(&request)?;
    page(&listed, &request, &search).await
}

async fn page(listed: &impl Listed, request: &Request, search: &SearchRequest) -> Result<Reply> {
    let window = query::window(search);
    let sort = query::order(request, search, &listed.index(request))?;
    let asked = Asked { search, window, sort, unknown: Unknown::Refuse };
    let page = find(listed, request, asked).await?;
    let resources: Vec<Value> = page.items.into_iter().map(|(_, resource)| resource).collect();
    record::list(request, &listed.index(request).resource_type().name, search, page.total, &resources);
    answer::list(request, page.total, window.start, resources)
}

/// What is asked of one resource type.
pub(super) struct Asked<'a> {
    /// Filter and projection.
    pub search: &'a SearchRequest,
    /// Which page.
    pub window: Window,
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
        start: asked.window.start,
        count: asked.window.count,
        view: Arc::new(move |item| L::resource(&of_view, item, &base)),
    };
    let page = listed.find(request, query, &projection).await?;
    // Each item is given back as soon as it is rendered: a page need not stand in memory twice.
    let keyed = |item: L::Item| {
        let whole = L::resource(&index, &item, request.base());
        let key = asked.sort.as_ref().and_then(|(key, _)| key.of(&whole));
        (key, Value::Object(projection.apply(&index, whole, None)))
    };
    Ok(Page { total: page.total, items: page.items.into_iter().map(keyed).collect() })
}
