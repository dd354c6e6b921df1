//! Reads what is asked for, asks for permits, and answers with a page.

use crate::access::{AuditRead, decide, decide_widely};
use crate::admin::v1::audit::query::{self, Asked, Cursors};
use crate::directory::places;
use crate::directory::records::{self, Reach};
use crate::error::Result;
use crate::http::rest::body::Words;
use crate::http::rest::{self, Meta, Parameters};
use crate::http::{Exchange, Looked, Reply};
use crate::ids::{TenantId, UserId};

use super::shown::{ActivityEntry, EventPage};

const KINDS: &Words<&str> = &[("sign_in", SIGN_IN), ("denied", "denied"), ("read", "read")];
const SIGN_IN: &str = "sign_in";

/// `GET /admin/activity`.
pub(super) async fn widely(exchange: Exchange) -> Result<Reply> {
    let mut parameters = Parameters::of(&exchange.query);
    let tenant = query::word(&mut parameters, "tenant_id");
    let asked = asked(parameters)?;
    let directory = &exchange.services.directory;
    if let Some(tenant) = &tenant {
        let place = places::find(directory, tenant).await?;
        let reach = records::in_tenant(&decide::<AuditRead>(exchange.actor()?, &place)?)?;
        return answer(&exchange, &reach, (Some(place.tenant), None), &asked).await;
    }
    let reach = records::widely(directory, &decide_widely::<AuditRead>(exchange.actor()?)?).await?;
    answer(&exchange, &reach, (None, None), &asked).await
}

/// `GET /tenants/{tenant_id}/activity`.
pub(super) async fn of_tenant(exchange: Exchange) -> Result<Reply> {
    let place = places::find(&exchange.services.directory, exchange.path.get("tenant_id")).await?;
    let reach = records::in_tenant(&decide::<AuditRead>(exchange.actor()?, &place)?)?;
    answer(&exchange, &reach, (Some(place.tenant), None), &asked(Parameters::of(&exchange.query))?).await
}

/// `GET /tenants/{tenant_id}/users/{user_id}/logins`.
pub(super) async fn logins(exchange: Exchange) -> Result<Reply> {
    let directory = &exchange.services.directory;
    let place = places::find(directory, exchange.path.get("tenant_id")).await?;
    let permit = decide::<AuditRead>(exchange.actor()?, &place)?;
    let id = rest::id::<UserId>(&exchange, "user_id", "user")?;
    let reach = records::of_user(directory, &permit, id).await?;
    let mut asked = asked(Parameters::of(&exchange.query))?;
    asked.filter.action = Some(SIGN_IN.to_owned());
    answer(&exchange, &reach, (Some(place.tenant), Some(id)), &asked).await
}

fn asked(mut parameters: Parameters<'_>) -> Result<Asked> {
    let mut asked = query::read(&mut parameters);
    asked.filter.actor = query::word(&mut parameters, "actor");
    asked.filter.action = parameters.word("kind", KINDS).map(str::to_owned);
    asked.filter.outcome = query::word(&mut parameters, "outcome");
    asked.filter.resource = parameters.id::<UserId>("user_id").map(|id| id.to_string());
    parameters.finish()?;
    Ok(asked)
}

async fn answer(
    exchange: &Exchange,
    reach: &Reach,
    (tenant, user): (Option<TenantId>, Option<UserId>),
    asked: &Asked,
) -> Result<Reply> {
    let directory = &exchange.services.directory;
    let page = records::events(directory, reach, &asked.filter, asked.before, asked.per_page).await?;
    let count = u64::try_from(page.items.len()).ok();
    if let Some(tenant) = tenant {
        exchange.note.within(tenant);
    }
    exchange.note.looked(Looked { user, what: "activity", count });
    let pagination = Cursors::of(asked, page.next);
    let data = page.items.into_iter().map(ActivityEntry::from).collect();
    rest::bare(200, &EventPage { data, pagination, meta: Meta::of(&exchange.cx) })
}
