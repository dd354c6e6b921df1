//! What a request comes to in the activity of a tenant: a refusal, or a look at people's data. For faces that people and
//! applications use; what connections do stands in the provisioning log.

use serde_json::{Map, Value};

use crate::access::{Actor, Needs, Permission};
use crate::ids::TenantId;
use crate::journal::activity::{Event, Kind};

use super::note::{Answered, Looked};
use super::services::Services;

/// Whoever may this looks at people's data by it.
const LOOKS: [Permission; 6] = [
    Permission::UsersRead,
    Permission::AuditRead,
    Permission::PlatformRead,
    Permission::ConnectionsRead,
    Permission::ApplicationUsersRead,
    Permission::IdentitiesRead,
];

/// Records what is to be remembered of a request. A look at people's data is one when the handler says so, or when the
/// endpoint needs a permission that is for looking at them, or decides by itself who may look.
pub fn record(services: &Services, answered: &Answered<'_>) {
    let Some(own) = tenant(answered.actor) else { return };
    let event = match answered.reply.status {
        403 => Some(denied(answered, own)),
        200..300 if answered.method == "GET" || answered.said.looked.is_some() => read(answered, own),
        _ => None,
    };
    if let Some(event) = event {
        let user_agent = answered.user_agent.map(str::to_owned);
        services.directory.activity().record(Event { address: Some(answered.address), user_agent, ..event });
    }
}

fn tenant(actor: &Actor) -> Option<TenantId> {
    match actor {
        Actor::Person(person) => Some(person.tenant),
        Actor::Application(application) => Some(application.tenant),
        Actor::Connection(_) | Actor::System(_) => None,
    }
}

fn denied(answered: &Answered<'_>, tenant: TenantId) -> Event {
    let detail = Map::from_iter([
        ("method".to_owned(), Value::from(answered.method)),
        ("path".to_owned(), Value::from(answered.path)),
    ]);
    let event = Event::new(Kind::Denied, "denied", tenant, answered.actor, answered.cx);
    Event { detail: Value::Object(detail), resource: answered.said.resource.clone(), ..event }
}

fn read(answered: &Answered<'_>, own: TenantId) -> Option<Event> {
    let user = || answered.path.split('/').skip_while(|segment| *segment != "users").nth(1)?.parse().ok();
    let looked = match (&answered.said.looked, answered.needs) {
        (Some(looked), _) => looked.clone(),
        (None, Needs::One(permission)) if !LOOKS.contains(&permission) => return None,
        (None, Needs::One(_) | Needs::ByEffect(_)) => Looked { user: user(), what: "path", count: None },
        (None, _) => return None,
    };
    let mut detail = Map::from_iter([
        ("what".to_owned(), Value::from(looked.what)),
        ("path".to_owned(), Value::from(answered.path)),
    ]);
    let query = answered.query.filter(|query| !query.is_empty());
    detail.extend(query.map(|query| ("query".to_owned(), Value::from(query))));
    detail.extend(looked.count.map(|count| ("count".to_owned(), Value::from(count))));
    let tenant = answered.said.tenant.unwrap_or(own);
    let event = Event::new(Kind::Read, "success", tenant, answered.actor, answered.cx);
    Some(Event { detail: Value::Object(detail), user: looked.user, ..event })
}
