//! The one place that notes who looked at whom (IR-19). Whether a tenant wants that recorded is not decided here.

use serde_json::{Map, Value, json};

use crate::http::Exchange;
use crate::ids::{TenantId, UserId};
use crate::journal::activity::{Event, Kind};

/// Notes that somebody saw a user.
pub(super) fn user(exchange: &Exchange, tenant: TenantId, user: UserId) {
    note(exchange, tenant, |event| Event { user: Some(user), ..event });
}

/// Notes that somebody saw a list: what was asked for, and how many there are.
pub(super) fn list(exchange: &Exchange, tenant: Option<TenantId>, total: u64) {
    // A list over many tenants is noted where whoever asks is at home.
    let own = exchange.actor.as_ref().and_then(|actor| actor.person()).map(|person| person.tenant);
    let Some(tenant) = tenant.or(own) else { return };
    let query: Map<String, Value> =
        exchange.query.iter().map(|(name, value)| (name.to_owned(), Value::from(value))).collect();
    let detail = json!({ "query": query, "count": total });
    note(exchange, tenant, |event| Event { resource: Some(("User".to_owned(), String::new())), detail, ..event });
}

fn note(exchange: &Exchange, tenant: TenantId, more: impl FnOnce(Event) -> Event) {
    let Some(actor) = &exchange.actor else { return };
    let event = more(Event::new(Kind::Read, "success", tenant, actor, &exchange.cx));
    let user_agent = exchange.headers.get("user-agent").map(str::to_owned);
    let event = Event { address: Some(exchange.address), user_agent, ..event };
    exchange.services.directory.activity().record(event);
}
