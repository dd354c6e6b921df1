//! Reports as they are asked for.

use crate::access::{ReportsRead, UsersRead, decide};
use crate::admin::v1::shared::{cut, page, paging, permit, window};
use crate::admin::v1::users;
use crate::clock::Instant;
use crate::directory::factors::Method;
use crate::directory::people::{Column, Order, Query, UnitQuery, Wanted};
use crate::directory::reports::{self, Fragile, Question, Without};
use crate::error::{Fault, Result, Segment};
use crate::http::rest::body::Words;
use crate::http::rest::{self, Parameters};
use crate::http::{Exchange, Looked, Reply};
use scim_core::read::date_time;

use super::shown::{MfaDay, MfaReport, MfaRoleReport, MfaUnitReport};

/// The longest key of a role, in characters.
const LONGEST_ROLE: usize = 100;
/// Days of a history when nobody says.
const USUAL_DAYS: i64 = 90;
/// Days of a history at the most.
const MOST_DAYS: i64 = 400;

pub(super) const LACKS: &Words<Without> = &[
    ("any", Without::Any),
    ("passkey", Without::Factor(Method::Passkey)),
    ("totp", Without::Factor(Method::Totp)),
    ("sms", Without::Factor(Method::Sms)),
    ("email", Without::Factor(Method::Email)),
];
pub(super) const KINDS: &Words<Option<Fragile>> = &[
    ("fragile", None),
    ("single_device", Some(Fragile::SingleDevice)),
    ("sms_only", Some(Fragile::SmsOnly)),
    ("no_recovery_codes", Some(Fragile::NoRecoveryCodes)),
];

/// What a kind of fragile factors means.
pub(super) fn fragile(kind: Option<Option<Fragile>>) -> Vec<Fragile> {
    match kind {
        None => Vec::new(),
        Some(None) => Fragile::ALL.to_vec(),
        Some(Some(way)) => vec![way],
    }
}

/// `GET /tenants/{tenant_id}/reports/mfa`.
pub(super) async fn whole(exchange: Exchange) -> Result<Reply> {
    let permit = permit::<ReportsRead>(&exchange).await?;
    let found = reports::adoption(&exchange.services.directory, &permit, &exchange.cx).await?;
    rest::data(200, &MfaReport::of(found), &exchange.cx)
}

/// `GET /tenants/{tenant_id}/reports/mfa/roles`.
pub(super) async fn roles(exchange: Exchange) -> Result<Reply> {
    let permit = permit::<ReportsRead>(&exchange).await?;
    let paging = paging(&exchange)?;
    let found = reports::by_role(&exchange.services.directory, &permit, &exchange.cx).await?;
    cut(&exchange, found, paging, MfaRoleReport::of)
}

/// `GET /tenants/{tenant_id}/reports/mfa/units`.
pub(super) async fn units(exchange: Exchange) -> Result<Reply> {
    let permit = permit::<ReportsRead>(&exchange).await?;
    let paging = paging(&exchange)?;
    let found = reports::by_unit(&exchange.services.directory, &permit, &exchange.cx, window(paging)).await?;
    page(&exchange, found, paging, MfaUnitReport::of)
}

/// `GET /tenants/{tenant_id}/reports/mfa/history`.
pub(super) async fn days(exchange: Exchange) -> Result<Reply> {
    let permit = permit::<ReportsRead>(&exchange).await?;
    permit.whole()?;
    let mut parameters = Parameters::of(&exchange.query);
    let today = reports::number_of(exchange.cx.now);
    let to = parameters.read("to", day).unwrap_or(today);
    let from = parameters.read("from", day).unwrap_or(to - USUAL_DAYS + 1);
    if from > to || to - from >= MOST_DAYS {
        parameters.refuse("from", "value_error", format!("must be at most {MOST_DAYS} days before the last day"));
    }
    parameters.finish()?;
    let found = reports::history(&exchange.services.directory, &permit, (from, to)).await?;
    let shown: Vec<MfaDay> = found.into_iter().map(MfaDay::of).collect();
    rest::data(200, &shown, &exchange.cx)
}

/// A day such as `2026-01-31`.
fn day(text: &str) -> std::result::Result<i64, Vec<Fault>> {
    let micros = (text.len() == 10).then(|| date_time::microseconds(&format!("{text}T00:00:00Z"))).flatten();
    let day = micros.map(|micros| reports::number_of(Instant::from_micros(micros)));
    let message = "must be a day such as 2026-01-31";
    day.ok_or_else(|| vec![Fault::at(std::iter::empty::<Segment>(), "date_parsing", message)])
}

/// `GET /tenants/{tenant_id}/reports/mfa/users`.
pub(super) async fn users(exchange: Exchange) -> Result<Reply> {
    let permit = permit::<ReportsRead>(&exchange).await?;
    // Who may not see users does not hear what is wrong with the query (IR-12).
    decide::<UsersRead>(permit.actor(), permit.place())?;
    let directory = &exchange.services.directory;
    let mut parameters = Parameters::of(&exchange.query);
    let paging = parameters.paging();
    let without = parameters.word("without", LACKS);
    let question = Question { without, fragile: fragile(parameters.word("kind", KINDS)) };
    let include_children = parameters.boolean("include_children").unwrap_or(false);
    let unit = parameters.id("ou_id").map(|unit| UnitQuery { unit, include_children });
    let wanted = Wanted { unit, role: parameters.text("role", LONGEST_ROLE), ..Wanted::default() };
    parameters.finish()?;
    let order = Order { column: Column::Created, descending: true };
    let query = Query { wanted, order, offset: paging.offset(), limit: u64::from(paging.per_page) };
    let _room = directory.room(query.limit).await;
    let found = reports::users(directory, &permit, &exchange.cx, &question, query).await?;
    exchange.note.looked(Looked { user: None, what: "mfa_report", count: Some(found.total) });
    let items = found.items.into_iter().map(|listed| users::item(listed, false)).collect();
    rest::page(&rest::Page { items, total: found.total }, paging, &exchange.cx)
}
