//! What the handlers of every subject share: a permit for the tenant in the path, rows of the endpoint table, pages.

use std::str::FromStr;

use serde::Serialize;

use crate::access::{Needs, Permission, PermissionType, Permit, UnknownWord, decide};
use crate::clock::Instant;
use crate::directory::places;
use crate::error::{Error, Fault, Result, Segment};
use crate::http::document::text;
use crate::http::rest::{self, Fields, Paging, Parameters};
use crate::http::{BodyRule, Document, Endpoint, Exchange, Handler, Method, Reply};
use scim_core::json;
use scim_core::read::date_time;
use serde_json::{Map, Value};

/// The longest body, in bytes.
const BODY: BodyRule = BodyRule::Json { limit: 1024 * 1024 };

/// A row that looks.
pub(super) fn read(path: &'static str, needs: Permission, handler: Handler, document: Document) -> Endpoint {
    let row = Endpoint {
        method: Method::Get,
        path,
        needs: Needs::One(needs),
        body: BodyRule::None,
        change: false,
        handler,
        document: None,
    };
    row.documented(in_tenant(path, document))
}

/// A row that changes something.
pub(super) fn write(
    method: Method,
    path: &'static str,
    needs: Permission,
    handler: Handler,
    document: Document,
) -> Endpoint {
    let body = if method == Method::Delete { BodyRule::None } else { BODY };
    let row = Endpoint { method, path, needs: Needs::One(needs), body, change: true, handler, document: None };
    row.documented(in_tenant(path, document))
}

fn in_tenant(path: &str, document: Document) -> Document {
    let with = |document: Document, name: &'static str, what: &'static str| match path.contains(name) {
        true => document.path_id(name.trim_matches(['{', '}']), what),
        false => document,
    };
    let document = match path.contains("{tenant_id}") {
        true => document.path("tenant_id", "The tenant: its id or slug", text()),
        false => document,
    };
    [
        ("{partner_id}", "The partner"),
        ("{unit_id}", "The org unit"),
        ("{user_id}", "The user"),
        ("{group_id}", "The group"),
        ("{member_id}", "The user or group"),
        ("{connection_id}", "The SCIM connection"),
        ("{application_id}", "The application"),
        ("{subject_id}", "The user or group"),
        ("{suspicion_id}", "The suspicious activity"),
    ]
    .into_iter()
    .fold(document, |document, (name, what)| with(document, name, what))
}

/// The permit for the tenant in the path.
pub(super) async fn permit<P: PermissionType>(exchange: &Exchange) -> Result<Permit<P>> {
    let place = places::find(&exchange.services.directory, exchange.path.get("tenant_id")).await?;
    exchange.note.within(place.tenant);
    decide(exchange.actor()?, &place)
}

/// The same, for what belongs to the tenant and to no org unit; asked before a body is judged (IR-12).
pub(super) async fn whole_permit<P: PermissionType>(exchange: &Exchange) -> Result<Permit<P>> {
    let permit = permit(exchange).await?;
    permit.whole()?;
    Ok(permit)
}

/// The id in the path under a name, as the directory spells ids.
pub(super) fn id(exchange: &Exchange, name: &str, what: &'static str) -> Result<String> {
    rest::id::<uuid::Uuid>(exchange, name, what).map(|id| id.hyphenated().to_string())
}

/// `page` and `per_page` alone.
pub(super) fn paging(exchange: &Exchange) -> Result<Paging> {
    let mut parameters = Parameters::of(&exchange.query);
    let paging = parameters.paging();
    parameters.finish()?;
    Ok(paging)
}

/// Where a page begins, and how many items it has.
pub(super) fn window(paging: Paging) -> (i64, i64) {
    (i64::try_from(paging.offset()).unwrap_or(i64::MAX), i64::from(paging.per_page))
}

/// A page of what the directory gave.
pub(super) fn page<T, U: Serialize>(
    exchange: &Exchange,
    (items, total): (Vec<T>, i64),
    paging: Paging,
    show: impl Fn(T) -> U,
) -> Result<Reply> {
    let items = items.into_iter().map(show).collect();
    rest::page(&rest::Page { items, total: u64::try_from(total).unwrap_or_default() }, paging, &exchange.cx)
}

/// All of a list that is short, cut into pages.
pub(super) fn cut<T, U: Serialize>(
    exchange: &Exchange,
    items: Vec<T>,
    paging: Paging,
    show: impl Fn(T) -> U,
) -> Result<Reply> {
    let total = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let offset = usize::try_from(paging.offset()).unwrap_or(usize::MAX);
    let some: Vec<T> = items.into_iter().skip(offset).take(paging.per_page as usize).collect();
    page(exchange, (some, total), paging, show)
}

/// A format: a point in time, RFC 3339.
pub(super) fn instant(value: &Value) -> std::result::Result<Instant, Vec<Fault>> {
    let wrong = |kind, message: &str| vec![Fault::at(std::iter::empty::<Segment>(), kind, message)];
    let text = value.as_str().ok_or_else(|| wrong("string_type", "must be a text"))?;
    let micros = date_time::microseconds(text);
    let micros =
        micros.ok_or_else(|| wrong("datetime_parsing", "must be a date and time such as 2030-01-31T12:00:00Z"))?;
    Ok(Instant::from_micros(micros))
}

/// A format: one of the words of a setting.
pub(super) fn named<T: FromStr<Err = UnknownWord>>(value: &Value) -> std::result::Result<T, Vec<Fault>> {
    let wrong = |kind, message: String| vec![Fault::at(std::iter::empty::<Segment>(), kind, message)];
    let text = value.as_str().ok_or_else(|| wrong("string_type", "must be a text".to_owned()))?;
    text.parse().map_err(|unknown: UnknownWord| wrong("enum", format!("must be one of {}", unknown.expected)))
}

/// What was read of a body. Its faults are told only when what it is for is there (IR-12).
pub(super) async fn once_there<T>(read: Result<T>, there: impl Future<Output = Result<()>>) -> Result<T> {
    if read.is_err() {
        there.await?;
    }
    read
}

/// The answer to what leaves nothing to say.
pub(super) fn done() -> Reply {
    Reply::empty(204)
}

/// A time as answers have it.
pub(super) fn time(instant: Option<Instant>) -> Option<String> {
    instant.map(|instant| instant.to_string())
}

/// The body as it is, which must be an object.
pub(super) fn object(exchange: &Exchange) -> Result<Map<String, Value>> {
    Fields::of_body(&exchange.body)?;
    match json::parse(&exchange.body)? {
        Value::Object(members) => Ok(members),
        _ => Err(Error::internal("a body that was read as an object is none")),
    }
}
