//! Lists of users: of a tenant, and over all tenants in reach.

use crate::access::{UsersRead, decide, decide_widely};
use crate::directory::people::{self, Column, Listed, Order, Query, UnitQuery, Wanted};
use crate::directory::places;
use crate::error::Result;
use crate::http::rest::body::Words;
use crate::http::rest::{self, Order as Direction, Paging, Parameters, Sort};
use crate::http::{Exchange, Reply};

use super::noted;
use super::shown::{self, UserListItem};

/// The longest text that is searched for, in characters.
const LONGEST_SEARCH: usize = 200;
/// The longest key of a role, in characters.
const LONGEST_ROLE: usize = 100;
/// The longest slug or id in a query, in characters.
const LONGEST_NAME: usize = 100;

/// The words of statuses, each for itself: the directory knows them by the same.
pub(super) const STATUSES: &Words<&str> = &[
    ("ACTIVE", "ACTIVE"),
    ("PENDING_EMAIL_VERIFICATION", "PENDING_EMAIL_VERIFICATION"),
    ("PENDING_APPROVAL", "PENDING_APPROVAL"),
    ("DISABLED", "DISABLED"),
    ("LOCKED", "LOCKED"),
];

const COLUMNS: &Words<Column> = &[
    ("created_at", Column::Created),
    ("updated_at", Column::Modified),
    ("email", Column::Email),
    ("username", Column::UserName),
    ("display_name", Column::DisplayName),
    ("last_login_at", Column::LastLogin),
    ("status", Column::Status),
];

/// `GET /tenants/{tenant_id}/users`.
pub(super) async fn of_tenant(exchange: Exchange) -> Result<Reply> {
    let directory = &exchange.services.directory;
    let place = places::find(directory, exchange.path.get("tenant_id")).await?;
    let permit = decide::<UsersRead>(exchange.actor()?, &place)?;
    let mut parameters = Parameters::of(&exchange.query);
    let (mut query, paging) = read(&mut parameters);
    let include_children = parameters.boolean("include_children").unwrap_or(false);
    query.wanted.unit = parameters.id("ou_id").map(|unit| UnitQuery { unit, include_children });
    query.wanted.group = parameters.id("group_id");
    parameters.finish()?;
    let _room = directory.room(query.limit).await;
    let page = people::list(directory, &permit, &exchange.cx, query).await?;
    noted::list(&exchange, Some(permit.tenant()), page.total);
    answer(&exchange, page, paging, false)
}

/// `GET /admin/users`.
pub(super) async fn widely(exchange: Exchange) -> Result<Reply> {
    let directory = &exchange.services.directory;
    let permit = decide_widely::<UsersRead>(exchange.actor()?)?;
    let mut parameters = Parameters::of(&exchange.query);
    let (mut query, paging) = read(&mut parameters);
    query.wanted.tenant = parameters.text("tenant_id", LONGEST_NAME);
    query.wanted.partner = parameters.text("partner_id", LONGEST_NAME);
    parameters.finish()?;
    let _room = directory.room(query.limit).await;
    let page = people::list_widely(directory, &permit, &exchange.cx, query).await?;
    noted::list(&exchange, None, page.total);
    answer(&exchange, page, paging, true)
}

/// What both lists take.
fn read(parameters: &mut Parameters<'_>) -> (Query, Paging) {
    let paging = parameters.paging();
    let otherwise = Sort { by: Column::Created, order: Direction::Descending };
    let sort = parameters.sort(COLUMNS, otherwise);
    let wanted = Wanted {
        status: parameters.word("status", STATUSES).map(str::to_owned),
        mfa_enabled: parameters.boolean("mfa_enabled"),
        role: parameters.text("role", LONGEST_ROLE),
        search: parameters.free_text("search", LONGEST_SEARCH),
        ..Wanted::default()
    };
    let order = Order { column: sort.by, descending: sort.order == Direction::Descending };
    let query = Query { wanted, order, offset: paging.offset(), limit: u64::from(paging.per_page) };
    (query, paging)
}

fn answer(exchange: &Exchange, page: people::Page, paging: Paging, with_tenant: bool) -> Result<Reply> {
    let item = |listed: Listed| shown::item(listed, with_tenant);
    let items: Vec<UserListItem> = page.items.into_iter().map(item).collect();
    rest::page(&rest::Page { items, total: page.total }, paging, &exchange.cx)
}
