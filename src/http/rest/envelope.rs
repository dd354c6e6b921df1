//! What answers are wrapped in: the data, how many there are of it, and the request they belong to.

use serde::Serialize;
use utoipa::ToSchema;

use crate::context::Cx;
use crate::error::{Error, Result};
use crate::http::Reply;

use super::query::Paging;

/// Metadata of an answer.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = MetaResponse)]
pub struct Meta {
    /// The request's id, which finds it in the logs.
    #[schema(required = false)]
    pub request_id: String,
    /// When it was asked, RFC 3339 in UTC.
    #[schema(required = false, format = DateTime)]
    pub timestamp: String,
}

impl Meta {
    /// The metadata of an answer to a request.
    pub fn of(cx: &Cx) -> Self {
        Self { request_id: cx.request_id.clone(), timestamp: cx.now.to_string() }
    }
}

/// Which part of a list an answer holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = PaginationMeta)]
pub struct Pagination {
    /// The page, from 1.
    pub page: u32,
    /// How many items a page has.
    pub per_page: u32,
    /// How many items there are on all pages.
    pub total_items: u64,
    /// How many pages there are.
    pub total_pages: u64,
}

impl Pagination {
    /// What a page of so many items amounts to.
    pub fn of(paging: Paging, total_items: u64) -> Self {
        let total_pages = total_items.div_ceil(u64::from(paging.per_page.max(1)));
        Self { page: paging.page, per_page: paging.per_page, total_items, total_pages }
    }
}

/// A page of a list as directory functions give it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The items of the page.
    pub items: Vec<T>,
    /// How many there are on all pages.
    pub total: u64,
}

#[derive(Serialize)]
struct Data<'a, T> {
    data: &'a T,
    meta: Meta,
}

#[derive(Serialize)]
struct Paginated<'a, T> {
    data: &'a [T],
    pagination: Pagination,
    meta: Meta,
}

/// An answer that holds one thing: `{data, meta}`.
///
/// # Errors
/// [`Error::Internal`] when the thing cannot be written as JSON.
pub fn data<T: Serialize>(status: u16, data: &T, cx: &Cx) -> Result<Reply> {
    bare(status, &Data { data, meta: Meta::of(cx) })
}

/// An answer that holds a page of a list: `{data, pagination, meta}`.
///
/// # Errors
/// As [`data`].
pub fn page<T: Serialize>(page: &Page<T>, paging: Paging, cx: &Cx) -> Result<Reply> {
    let pagination = Pagination::of(paging, page.total);
    bare(200, &Paginated { data: &page.items, pagination, meta: Meta::of(cx) })
}

/// An answer that is the thing itself, in no envelope.
///
/// # Errors
/// As [`data`].
pub fn bare<T: Serialize>(status: u16, body: &T) -> Result<Reply> {
    let body = serde_json::to_vec(body).map_err(Error::internal)?;
    Ok(Reply::new(status, "application/json", body))
}
