//! What the provisioning log says of a request of this face. It reads what was asked and answered, and changes neither.

use bytes::Bytes;
use scim_core::message::SearchRequest;
use serde_json::Value;

use crate::access::{Actor, ConnectionActor};
use crate::context::Cx;
use crate::http::{Answered, Query, Reply, Said, Services};
use crate::journal::activity::Entry;
use crate::journal::redact;

use super::lists::Keyed;
use super::profiles::{Signs, recognise};
use super::refusal;
use super::request::Request;

/// Parameters whose values name attributes and positions, never people.
const OPEN_PARAMETERS: [&str; 6] = ["attributes", "excludedAttributes", "sortBy", "sortOrder", "startIndex", "count"];

/// Hands a request of a connection to the log.
pub(super) fn record(services: &Services, answered: Answered<'_>) {
    let Actor::Connection(who) = answered.actor else { return };
    let query = answered.query.map(|query| format!("?{query}"));
    let signs = Signs {
        user_agent: answered.user_agent.unwrap_or_default(),
        query: query.as_deref().unwrap_or_default(),
        body: &answered.body,
    };
    let asked = Asked {
        part: None,
        client: recognise(signs),
        user_agent: answered.user_agent.map(str::to_owned),
        method: answered.method.to_owned(),
        path: answered.path.to_owned(),
        query: answered.query.filter(|query| !query.is_empty()).map(without_values),
        body: answered.body,
    };
    hand_over(services, who, answered.cx, asked, answered.said, answered.reply, answered.micros);
}

/// What was asked.
pub(super) struct Asked {
    /// The number of the operation in a bulk request.
    pub(super) part: Option<i32>,
    /// The client, as far as it was recognised.
    pub(super) client: Option<&'static str>,
    /// What it calls itself.
    pub(super) user_agent: Option<String>,
    /// The method.
    pub(super) method: String,
    /// The path.
    pub(super) path: String,
    /// The query without its values.
    pub(super) query: Option<String>,
    /// The body.
    pub(super) body: Bytes,
}

/// Hands a request, or an operation of one, to the log.
pub(super) fn hand_over(
    services: &Services,
    who: &ConnectionActor,
    cx: &Cx,
    asked: Asked,
    said: Said,
    reply: &Reply,
    micros: i64,
) {
    let detail = detail(reply, &cx.request_id);
    let did = match reply.status {
        status @ 400.. => refused(status).to_owned(),
        304 => "not changed since the client read it".to_owned(),
        _ if said.did.is_empty() => "answered".to_owned(),
        _ => said.did,
    };
    services.directory.activity().record(Entry {
        who: who.clone(),
        cx: cx.clone(),
        part: asked.part,
        client: asked.client,
        user_agent: asked.user_agent,
        method: asked.method,
        path: asked.path,
        query: asked.query,
        status: reply.status,
        micros,
        did,
        tolerated: said.tolerated,
        resource: said.resource,
        detail,
        body: asked.body,
    });
}

/// What a refusal comes to, in words.
fn refused(status: u16) -> &'static str {
    match status {
        400 => "refused: the request is wrong",
        401 => "refused: nobody is known",
        403 => "refused: not allowed",
        404 => "refused: there is no such thing",
        408 => "refused: the body did not arrive",
        409 => "refused: in conflict with what is there",
        412 => "refused: the version is another",
        413 => "refused: too large",
        415 => "refused: not JSON by its type",
        429 => "held off: too many requests",
        501 => "refused: not offered",
        _ => "failed",
    }
}

/// What an error's answer says, without the request's id, which has its own place.
fn detail(reply: &Reply, request_id: &str) -> Option<String> {
    if reply.status < 400 {
        return None;
    }
    let error: Value = serde_json::from_slice(&reply.body).ok()?;
    let detail = error.get("detail")?.as_str()?;
    let detail = detail.strip_suffix(refusal::finds_it(request_id).as_str()).unwrap_or(detail);
    Some(match error.get("scimType").and_then(Value::as_str) {
        Some(kind) => format!("{kind}: {detail}"),
        None => detail.to_owned(),
    })
}

/// A query with the names of its parameters, and values only where they cannot be personal.
fn without_values(raw: &str) -> String {
    let Ok(query) = Query::parse(raw) else { return "(unreadable)".to_owned() };
    let shown = query.iter().map(|(name, value)| match name {
        _ if OPEN_PARAMETERS.contains(&name) && value.len() <= 200 => format!("{name}={value}"),
        "filter" => format!("filter={}", redact::filter(value)),
        _ if value.is_empty() => name.to_owned(),
        _ => format!("{name}=..."),
    });
    shown.collect::<Vec<_>>().join("&")
}

/// Says what a list of a resource type found, and which one where it is the only one.
pub(super) fn list(request: &Request, name: &str, search: &SearchRequest, total: Option<u64>, items: &[Keyed]) {
    let only = items.first().filter(|_| total == Some(1)).and_then(|(_, resource)| resource.get("id")?.as_str());
    let what = name.to_ascii_lowercase();
    request.note().did(found(&what, search.filter.as_deref(), total, items.len(), only));
    if let Some(id) = only {
        request.note().about(name, id);
    }
}

/// What a list found, in words: `shown` of `total`, and which one where it is the only one.
pub(super) fn found(what: &str, filter: Option<&str>, total: Option<u64>, shown: usize, only: Option<&str>) -> String {
    match (filter, total, only) {
        (None, Some(total), _) => format!("listed {shown} of {total} {what}s"),
        (None, None, _) => format!("listed {shown} {what}s"),
        (Some(filter), Some(0), _) => format!("matched no {what} by {}", names(filter)),
        (Some(filter), Some(1), Some(id)) => format!("matched {what} {id} by {}", names(filter)),
        (Some(filter), Some(total), _) => format!("matched {total} {what}s by {}, showed {shown}", names(filter)),
        (Some(filter), None, _) => format!("matched {what}s by {}, showed {shown}", names(filter)),
    }
}

/// The attributes that a filter names.
fn names(filter: &str) -> String {
    let shown = redact::filter(filter);
    let words: Vec<&str> = shown.split(' ').collect();
    let named = words.windows(2).filter_map(|pair| match pair {
        [name, operator] if redact::is_operator(operator) => name.trim_start_matches('(').split('[').next(),
        _ => None,
    });
    let mut names: Vec<&str> = named.filter(|name| name.starts_with(char::is_alphabetic)).collect();
    names.dedup();
    if names.is_empty() { "a filter".to_owned() } else { names.join(" and ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_keeps_names_and_loses_values() {
        for (given, shown) in [
            ("filter=userName+eq+%22ann%22&count=2", "filter=userName eq \"...\"&count=2"),
            (
                "attributes=userName,emails&cursor=xyz&startIndex=1",
                "attributes=userName,emails&cursor=...&startIndex=1",
            ),
            ("filter=%zz", "(unreadable)"),
            ("aadOptscim062020&", "aadOptscim062020"),
        ] {
            assert_eq!(without_values(given), shown);
        }
    }

    #[test]
    fn what_was_found_is_said_in_words() {
        let by_name = Some("userName eq \"ann\"");
        assert_eq!(found("user", by_name, Some(1), 1, Some("7")), "matched user 7 by userName");
        assert_eq!(found("user", by_name, Some(0), 0, None), "matched no user by userName");
        assert_eq!(found("user", None, Some(300), 100, None), "listed 100 of 300 users");
        let mixed = Some("(emails[type eq \"work\"].value eq \"a@b\") or externalId eq 7");
        assert_eq!(found("user", mixed, Some(2), 2, None), "matched 2 users by emails and externalId, showed 2");
        assert_eq!(found("group", Some("ann"), Some(0), 0, None), "matched no group by a filter");
    }
}
