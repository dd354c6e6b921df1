//! Reads what is asked for, asks for permits, and answers with a page or an export.

use crate::access::{AuditRead, Permit, Place, decide, decide_widely};
use crate::admin::v1::export::{self, Form};
use crate::admin::v1::identity::SOURCES;
use crate::directory::places;
use crate::directory::records::{self, Operation, Reach};
use crate::error::Result;
use crate::http::rest::{self, Meta, Parameters};
use crate::http::{Exchange, Looked, Reply};
use crate::ids::UserId;

use super::export::Changes;
use super::query::{self, Asked, Cursors};
use super::shown::{AuditEntry, ChangePage};

/// `GET /admin/audit`.
pub(super) async fn widely(exchange: Exchange) -> Result<Reply> {
    let mut parameters = Parameters::of(&exchange.query);
    let tenant = query::word(&mut parameters, "tenant_id");
    let (asked, form) = asked(&exchange, parameters)?;
    let directory = &exchange.services.directory;
    if let Some(tenant) = &tenant {
        let place = places::find(directory, tenant).await?;
        let reach = records::in_tenant(&decide::<AuditRead>(exchange.actor()?, &place)?)?;
        return answer(&exchange, reach, Some(&place), None, asked, form).await;
    }
    let reach = records::widely(directory, &decide_widely::<AuditRead>(exchange.actor()?)?).await?;
    answer(&exchange, reach, None, None, asked, form).await
}

/// `GET /tenants/{tenant_id}/audit`.
pub(super) async fn of_tenant(exchange: Exchange) -> Result<Reply> {
    let place = places::find(&exchange.services.directory, exchange.path.get("tenant_id")).await?;
    let reach = records::in_tenant(&decide::<AuditRead>(exchange.actor()?, &place)?)?;
    let (asked, form) = asked(&exchange, Parameters::of(&exchange.query))?;
    answer(&exchange, reach, Some(&place), None, asked, form).await
}

/// `GET /tenants/{tenant_id}/users/{user_id}/audit`.
pub(super) async fn of_user(exchange: Exchange) -> Result<Reply> {
    let place = places::find(&exchange.services.directory, exchange.path.get("tenant_id")).await?;
    let permit = decide::<AuditRead>(exchange.actor()?, &place)?;
    user(&exchange, &place, &permit).await
}

/// `GET /admin/users/{user_id}/audit`.
pub(super) async fn of_any_user(exchange: Exchange) -> Result<Reply> {
    let id = rest::id::<UserId>(&exchange, "user_id", "user")?;
    let permit = records::permit_of_user(&exchange.services.directory, exchange.actor()?, id).await?;
    user(&exchange, permit.place(), &permit).await
}

async fn user(exchange: &Exchange, place: &Place, permit: &Permit<AuditRead>) -> Result<Reply> {
    let id = rest::id::<UserId>(exchange, "user_id", "user")?;
    let reach = records::of_user(&exchange.services.directory, permit, id).await?;
    let (asked, form) = asked(exchange, Parameters::of(&exchange.query))?;
    answer(exchange, reach, Some(place), Some(id), asked, form).await
}

fn asked(exchange: &Exchange, mut parameters: Parameters<'_>) -> Result<(Asked, Option<Form>)> {
    let mut asked = query::read(&mut parameters);
    asked.filter.actor = query::word(&mut parameters, "actor");
    let actions = Operation::ALL.map(|action| (action.as_str(), action.as_str()));
    asked.filter.action = parameters.word("action", &actions).map(str::to_owned);
    asked.filter.resource_type = query::word(&mut parameters, "resource_type");
    asked.filter.resource = query::word(&mut parameters, "resource");
    asked.filter.source = parameters.word("source", SOURCES).map(str::to_owned);
    let form = export::read(&mut parameters, exchange);
    parameters.finish()?;
    Ok((asked, form))
}

async fn answer(
    exchange: &Exchange,
    reach: Reach,
    place: Option<&Place>,
    user: Option<UserId>,
    asked: Asked,
    form: Option<Form>,
) -> Result<Reply> {
    let directory = &exchange.services.directory;
    if let Some(place) = place {
        exchange.note.within(place.tenant);
    }
    if let Some(form) = form {
        let reach = records::for_export(directory, exchange.actor()?, place, reach).await?;
        exchange.note.looked(Looked { user, what: "audit export", count: None });
        let changes = Changes { directory: directory.clone(), reach, filter: asked.filter };
        return export::answer(changes, asked.before, form, "audit").await;
    }
    let page = records::changes(directory, &reach, &asked.filter, asked.before, asked.per_page).await?;
    let count = u64::try_from(page.items.len()).ok();
    exchange.note.looked(Looked { user, what: "audit", count });
    let pagination = Cursors::of(&asked, page.next);
    let data = page.items.into_iter().map(AuditEntry::from).collect();
    rest::bare(200, &ChangePage { data, pagination, meta: Meta::of(&exchange.cx) })
}
