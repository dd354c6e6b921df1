//! Reports as they are asked for.

use crate::access::{Permit, ReportsRead, UsersRead, decide};
use crate::admin::v1::export::{self, Form};
use crate::admin::v1::shared::{cut, page, permit, window};
use crate::admin::v1::users;
use crate::clock::Instant;
use crate::directory::factors::Method;
use crate::directory::people::UnitQuery;
use crate::directory::reports::{self, Behind, Fragile, Question, Without};
use crate::error::{Fault, Result, Segment};
use crate::http::rest::body::Words;
use crate::http::rest::{self, Meta, Paging, Parameters};
use crate::http::{Exchange, Looked, Reply};
use scim_core::read::date_time;

use super::cursors;
use super::shown::{MfaDay, MfaReport, MfaRoleReport, MfaUnitReport, MfaUserCursors, MfaUserPage};
use super::walk::{Units, Users};

/// The longest key of a role, in characters.
const LONGEST_ROLE: usize = 100;
/// What the cursor of a list of users begins with.
const MARK: char = 'u';
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
    let (paging, form) = paging_or_form(&exchange)?;
    let (directory, cx) = (&exchange.services.directory, &exchange.cx);
    let Some(form) = form else {
        return cut(&exchange, reports::by_role(directory, &permit, cx).await?, paging, MfaRoleReport::of);
    };
    let permit = exported(&exchange, permit)?;
    let found = reports::by_role(directory, &permit, cx).await?;
    let rows: Vec<MfaRoleReport> = found.into_iter().map(MfaRoleReport::of).collect();
    export::at_once(&rows, form, "mfa-roles")
}

/// `GET /tenants/{tenant_id}/reports/mfa/units`.
pub(super) async fn units(exchange: Exchange) -> Result<Reply> {
    let permit = permit::<ReportsRead>(&exchange).await?;
    let (paging, form) = paging_or_form(&exchange)?;
    let (directory, cx) = (&exchange.services.directory, &exchange.cx);
    let Some(form) = form else {
        let found = reports::by_unit(directory, &permit, cx, window(paging)).await?;
        return page(&exchange, found, paging, MfaUnitReport::of);
    };
    let permit = exported(&exchange, permit)?;
    export::answer(Units { directory: directory.clone(), permit, cx: cx.clone() }, None, form, "mfa-units").await
}

fn paging_or_form(exchange: &Exchange) -> Result<(Paging, Option<Form>)> {
    let mut parameters = Parameters::of(&exchange.query);
    let (paging, form) = (parameters.paging(), export::read(&mut parameters, exchange));
    parameters.finish()?;
    Ok((paging, form))
}

/// What of a report may be exported; notes that it is.
fn exported(exchange: &Exchange, permit: Permit<ReportsRead>) -> Result<Permit<ReportsRead>> {
    exchange.note.looked(Looked { user: None, what: "mfa_report export", count: None });
    reports::to_export(permit)
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
    let form = export::read(&mut parameters, &exchange);
    parameters.finish()?;
    let permit = if form.is_some() { exported(&exchange, permit)? } else { permit };
    let found = reports::history(&exchange.services.directory, &permit, (from, to)).await?;
    let shown: Vec<MfaDay> = found.into_iter().map(MfaDay::of).collect();
    match form {
        Some(form) => export::at_once(&shown, form, "mfa-history"),
        None => rest::data(200, &shown, &exchange.cx),
    }
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
    let (after, per_page) = (cursors::read(&mut parameters, behind), cursors::per_page(&mut parameters));
    let without = parameters.word("without", LACKS);
    let fragile = fragile(parameters.word("kind", KINDS));
    let include_children = parameters.boolean("include_children").unwrap_or(false);
    let unit = parameters.id("ou_id").map(|unit| UnitQuery { unit, include_children });
    let question = Question { without, fragile, unit, role: parameters.text("role", LONGEST_ROLE) };
    let form = export::read(&mut parameters, &exchange);
    parameters.finish()?;
    if let Some(form) = form {
        let permit = exported(&exchange, permit)?;
        let users = Users { directory: directory.clone(), permit, cx: exchange.cx.clone(), question };
        return export::answer(users, after, form, "mfa-users").await;
    }
    let _room = directory.room(u64::from(per_page)).await;
    let found = reports::users(directory, &permit, &exchange.cx, &question, (after, per_page)).await?;
    exchange.note.looked(Looked { user: None, what: "mfa_report", count: u64::try_from(found.items.len()).ok() });
    let next_cursor = found.next.map(|next| format!("{MARK}{}.{}", next.marks, next.seq));
    let pagination = MfaUserCursors { per_page, total_items: found.total, next_cursor };
    let data = found.items.into_iter().map(|listed| users::item(listed, false)).collect();
    rest::bare(200, &MfaUserPage { data, pagination, meta: Meta::of(&exchange.cx) })
}

/// What the cursor of a list of users says.
fn behind(cursor: &str) -> Option<Behind> {
    let (marks, seq) = cursor.strip_prefix(MARK)?.split_once('.')?;
    Some(Behind { marks: marks.parse().ok()?, seq: seq.parse().ok()? })
}
