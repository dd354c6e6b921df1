//! Suspicious activity in a tenant, what was seen to, and where alerts are posted to.

mod shown;
mod webhook;

use crate::access::{AlertsWrite, AuditRead, Permission};
use crate::directory::suspicions::{self, Filter, Kind, Severity};
use crate::error::Result;
use crate::http::document::{flag, integer, text, uuid, words};
use crate::http::rest::body::{self, Words};
use crate::http::rest::{self, Fields, Meta, PER_PAGE, Parameters};
use crate::http::{Document, Endpoint, Exchange, Looked, Method, Reply};
use crate::ids::SuspicionId;

use super::audit::query::{self, Asked, Cursors};
use super::shared::{once_there, permit, read, write};
use shown::{Acknowledgement, DetailResponse, SuspicionPage, SuspicionResponse};

const TAG: &str = "Suspicious activity";
const KINDS: &Words<Kind> = &[
    ("MultipleFailures", Kind::MultipleFailures),
    ("PasswordSpray", Kind::PasswordSpray),
    ("MfaFatigue", Kind::MfaFatigue),
    ("NewDevice", Kind::NewDevice),
    ("ImpossibleTravel", Kind::ImpossibleTravel),
    ("RecoveryCodeUse", Kind::RecoveryCodeUse),
    ("FactorRemoved", Kind::FactorRemoved),
];
const SEVERITIES: &Words<Severity> =
    &[("Low", Severity::Low), ("Medium", Severity::Medium), ("High", Severity::High), ("Critical", Severity::Critical)];
/// The longest note, in characters.
const LONGEST_NOTE: usize = 1000;

/// The rows of this subject.
pub(super) fn endpoints() -> Vec<Endpoint> {
    let one = "/tenants/{tenant_id}/suspicious-activity/{suspicion_id}";
    let rows = vec![
        read("/tenants/{tenant_id}/suspicious-activity", Permission::AuditRead, |x| Box::pin(list(x)), listed()),
        read(
            one,
            Permission::AuditRead,
            |x| Box::pin(find(x)),
            Document::new("get_suspicious_activity", "Get suspicious activity with its evidence", TAG)
                .data::<DetailResponse>(200, "What was found, and what happened"),
        ),
        write(
            Method::Post,
            "/tenants/{tenant_id}/suspicious-activity/{suspicion_id}/acknowledge",
            Permission::AlertsWrite,
            |x| Box::pin(acknowledge(x)),
            Document::new("acknowledge_suspicious_activity", "Say that suspicious activity was seen to", TAG)
                .described("What happens from now on is counted anew. What somebody saw to already stays as it is.")
                .request::<Acknowledgement>()
                .data::<SuspicionResponse>(200, "What was seen to"),
        ),
    ];
    rows.into_iter().chain(webhook::endpoints()).collect()
}

fn listed() -> Document {
    Document::new("list_tenant_suspicious_activity", "List the suspicious activity in a tenant", TAG)
        .query("kind", "Of this kind", words(&Kind::ALL.map(Kind::as_str), None))
        .query("severity", "Of this severity", words(&["Low", "Medium", "High", "Critical"], None))
        .query("user_id", "About this user", uuid())
        .query("from", "Found not before this time, RFC 3339", text())
        .query("to", "Found before this time, RFC 3339", text())
        .query("acknowledged", "Whether somebody saw to it", flag(None))
        .query("cursor", "Where the page begins: `next_cursor` of the page before it", text())
        .query(
            "per_page",
            "How many items a page has; more than 100 gives 100, 20 when nobody says",
            integer(Some(i64::from(PER_PAGE))),
        )
        .bare::<SuspicionPage>(200, "A page of what was found, the newest first")
}

async fn list(exchange: Exchange) -> Result<Reply> {
    let permit = permit::<AuditRead>(&exchange).await?;
    let mut parameters = Parameters::of(&exchange.query);
    let asked = query::read(&mut parameters);
    let filter = Filter {
        kind: parameters.word("kind", KINDS),
        severity: parameters.word("severity", SEVERITIES),
        user: parameters.id("user_id"),
        from: asked.filter.from,
        to: asked.filter.to,
        acknowledged: parameters.boolean("acknowledged"),
    };
    parameters.finish()?;
    let Asked { before, per_page, .. } = asked;
    let page = suspicions::list(&exchange.services.directory, &permit, filter, before, per_page).await?;
    let count = u64::try_from(page.items.len()).ok();
    exchange.note.looked(Looked { user: filter.user, what: "suspicious activity", count });
    let pagination = Cursors::of(&asked, page.next);
    let data = page.items.into_iter().map(SuspicionResponse::of).collect();
    rest::bare(200, &SuspicionPage { data, pagination, meta: Meta::of(&exchange.cx) })
}

async fn find(exchange: Exchange) -> Result<Reply> {
    let permit = permit::<AuditRead>(&exchange).await?;
    let found = suspicions::find(&exchange.services.directory, &permit, id(&exchange)?).await?;
    exchange.note.looked(Looked { user: found.found.user, what: "suspicious activity", count: None });
    rest::data(200, &DetailResponse::of(found), &exchange.cx)
}

async fn acknowledge(exchange: Exchange) -> Result<Reply> {
    let permit = permit::<AlertsWrite>(&exchange).await?;
    let id = id(&exchange)?;
    let directory = &exchange.services.directory;
    let note = once_there(note(&exchange), suspicions::check(directory, &permit, id)).await?;
    let done = suspicions::acknowledge(directory, &permit, &exchange.cx, id, note).await?;
    rest::data(200, &SuspicionResponse::of(done), &exchange.cx)
}

/// What was found out or done.
fn note(exchange: &Exchange) -> Result<Option<String>> {
    let mut fields = Fields::of_body(&exchange.body)?;
    let note = fields.nullable("note", body::text(0..=LONGEST_NOTE)).value();
    fields.finish()?;
    Ok(note)
}

fn id(exchange: &Exchange) -> Result<SuspicionId> {
    rest::id(exchange, "suspicion_id", "suspicious activity")
}
