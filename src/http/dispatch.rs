//! The way of one request: route, method, credential, media type, body, handler, answer. Every step that says no is
//! answered in the form of the face that owns the path.

use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method as HttpMethod;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use bytes::Bytes;
use futures_util::FutureExt as _;

use crate::access::{Actor, Needs};
use crate::context::Cx;
use crate::error::{Anonymous, Error};
use crate::secret::Secret;

use super::caller::{Caller, Client};
use super::credential::{self, Shown};
use super::endpoint::{BodyRule, Endpoint, Exchange, Method, PathParameters, Reply};
use super::envelope::{self, Outcome};
use super::face::{Asked, Carrier, Face, Refusal};
use super::incoming::{Fault, Incoming};
use super::metrics::Metrics;
use super::note::{Answered, Note};
use super::query::Query;
use super::router::{Found, Router, Row};
use super::services::Services;

/// The number of the system face, which answers for paths that no face owns and knows no actors.
pub(super) const SYSTEM: usize = 0;

/// Where proxies write whom they serve.
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Everything that requests share.
pub(super) struct Site {
    pub(super) router: Router,
    pub(super) services: Arc<Services>,
    pub(super) metrics: Arc<Metrics>,
    pub(super) metrics_token: Option<Secret>,
    pub(super) trusted_proxies: Vec<IpAddr>,
    pub(super) openapi: Bytes,
}

/// What the steps found out about a request, for the face's record of it.
struct Seen {
    cx: Cx,
    actor: Option<Arc<Actor>>,
    body: Bytes,
    note: Note,
}

impl Seen {
    fn new(cx: Cx) -> Self {
        Self { cx, actor: None, body: Bytes::new(), note: Note::default() }
    }
}

/// A step that ended a request before its handler could answer.
enum Ended {
    Refused(Error),
    BadRequest(&'static str),
    UnsupportedMediaType,
    TooLarge(usize),
    Slow,
}

impl From<Error> for Ended {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

/// Serves one request.
pub(super) async fn answer(site: Arc<Site>, request: ServiceRequest) -> ServiceResponse {
    let (http, payload) = request.into_parts();
    let now = site.services.sources.clock.now();
    let asked = envelope::asked(&site.services, &http, now);
    let mut incoming = Incoming::new(payload, http.headers());
    let outcome = match site.router.find(http.uri().path(), envelope::method(http.method())) {
        Found::Row(row, path) => {
            let mut seen = Seen::new(Cx { request_id: asked.request_id.clone(), now });
            let reply = serve(&site, row, path, &mut seen, &http, &mut incoming, &asked).await;
            record(&site, row, seen, &http, &reply);
            let private = http.headers().contains_key(header::AUTHORIZATION);
            Outcome { face: row.face, row: Some(row), reply, private }
        }
        elsewhere => refuse(&site, &elsewhere, &http, &asked),
    };
    envelope::note(&site, &outcome, http.method(), &asked, now);
    let response = envelope::respond(outcome.reply, asked.request_id, outcome.private, incoming);
    ServiceResponse::new(http, response)
}

/// Answers a request that has no row, in the form of the face that owns its path.
fn refuse(site: &Site, found: &Found<'_>, http: &HttpRequest, asked: &Asked) -> Outcome<'static> {
    let number = site.router.owner(http.uri().path());
    let in_form =
        |refusal| site.router.face(number).map_or_else(|| Reply::empty(500), |face| (face.refuse)(refusal, asked));
    let reply = match *found {
        Found::OtherMethods(methods) if *http.method() == HttpMethod::OPTIONS => {
            Reply::empty(204).with("allow", Method::allow(methods))
        }
        Found::OtherMethods(allowed) => in_form(Refusal::WrongMethod { allowed }).with("allow", Method::allow(allowed)),
        Found::Unreadable(why) => in_form(Refusal::BadPath(why)),
        Found::Nothing | Found::Row(..) => in_form(Refusal::NoSuchPath),
    };
    Outcome { face: number, row: None, reply, private: false }
}

/// Runs a row's steps, catching a panic in any of them, and renders what went wrong.
async fn serve(
    site: &Site,
    row: &Row,
    path: PathParameters,
    seen: &mut Seen,
    http: &HttpRequest,
    incoming: &mut Incoming,
    asked: &Asked,
) -> Reply {
    let Some((face, endpoint)) = site.router.endpoint(row) else {
        return Reply::empty(500);
    };
    let steps = steps(site, (row.face, face, endpoint), path, seen, http, incoming);
    let refusal = match AssertUnwindSafe(steps).catch_unwind().await {
        Ok(Ok(reply)) => return reply,
        Ok(Err(Ended::Refused(ref error))) => {
            log_cause(error, asked);
            return (face.refuse)(Refusal::Error(error), asked);
        }
        Ok(Err(Ended::BadRequest(why))) => Refusal::BadRequest(why),
        Ok(Err(Ended::UnsupportedMediaType)) => Refusal::UnsupportedMediaType,
        Ok(Err(Ended::TooLarge(limit))) => Refusal::TooLarge { limit },
        Ok(Err(Ended::Slow)) => Refusal::Slow,
        Err(_) => {
            tracing::error!(request_id = asked.request_id, route = row.pattern, "the handler panicked");
            Refusal::Panicked
        }
    };
    (face.refuse)(refusal, asked)
}

/// Tells the face how a request of a known actor went.
fn record(site: &Site, row: &Row, seen: Seen, http: &HttpRequest, reply: &Reply) {
    let (Some((face, endpoint)), Some(actor)) = (site.router.endpoint(row), &seen.actor) else { return };
    let needs = endpoint.needs;
    let micros = site.services.sources.clock.now().micros().saturating_sub(seen.cx.now.micros());
    let answered = Answered {
        cx: &seen.cx,
        actor,
        address: client(site, http).address,
        needs,
        method: row.method.as_str(),
        path: http.uri().path(),
        query: http.uri().query(),
        user_agent: http.headers().get(header::USER_AGENT).and_then(|value| value.to_str().ok()),
        body: seen.body,
        said: seen.note.take(),
        reply,
        micros,
    };
    (face.record)(&site.services, answered);
}

/// The causes of our own faults go to the log, where the request's id finds them; never to the client.
fn log_cause(error: &Error, asked: &Asked) {
    match error {
        Error::Internal(cause) => tracing::error!(request_id = asked.request_id, cause, "internal error"),
        Error::Unavailable(unavailable) => {
            tracing::warn!(request_id = asked.request_id, cause = unavailable.cause, "unavailable");
        }
        _ => {}
    }
}

/// Everything between the table's row and its handler's answer, in order.
async fn steps(
    site: &Site,
    (number, face, endpoint): (usize, &Face, &Endpoint),
    path: PathParameters,
    seen: &mut Seen,
    http: &HttpRequest,
    incoming: &mut Incoming,
) -> Result<Reply, Ended> {
    let headers = http.headers();
    let shown = match face.carrier {
        Carrier::Header => credential::read(headers.get_all(header::AUTHORIZATION).map(HeaderValue::as_bytes)),
        Carrier::Cookie(name) => {
            let lines = headers.get_all(header::COOKIE).map(HeaderValue::as_bytes);
            credential::read_cookie(lines, name(&site.services.public_url))
        }
    };
    let (actor, caller) = if number == SYSTEM {
        (None, Some(caller(site, http, shown)))
    } else {
        (identify(site, face, endpoint.needs, &seen.cx, shown).await?.map(Arc::new), None)
    };
    seen.actor.clone_from(&actor);
    let address = client(site, http).address;
    if let Some(Actor::Connection(known)) = actor.as_deref() {
        site.services.rates.admit(&known.connection, seen.cx.now)?;
    }
    permitted(endpoint.needs, actor.as_deref())?;
    let query = Query::parse(http.uri().query().unwrap_or_default()).map_err(Ended::BadRequest)?;
    seen.body = body(endpoint.body, headers, incoming).await?;
    let (services, headers) = (Arc::clone(&site.services), envelope::headers(headers));
    let (cx, body, note) = (seen.cx.clone(), seen.body.clone(), seen.note.clone());
    let is_head = *http.method() == HttpMethod::HEAD;
    Ok((endpoint.handler)(Exchange { cx, actor, is_head, services, path, query, headers, address, body, note, caller })
        .await?)
}

/// Finds out who asks. A credential that does not hold is refused even where none is needed: its owner believes to be
/// known. A cookie was sent by a browser, whose owner believes nothing: where none is needed, a bad one is none.
async fn identify(site: &Site, face: &Face, needs: Needs, cx: &Cx, shown: Shown) -> Result<Option<Actor>, Error> {
    let open = matches!(needs, Needs::Public(_));
    match (shown, needs) {
        (Shown::Nothing, Needs::Public(_)) => Ok(None),
        (Shown::Nothing, _) => Err(Error::Anonymous(Anonymous::NoCredential)),
        (Shown::Unusable(why), _) => Err(Error::Anonymous(why)),
        (Shown::Bearer(credential), _) => {
            match (face.authenticate)(Arc::clone(&site.services), cx.clone(), credential).await {
                Err(Error::Anonymous(_)) if open && matches!(face.carrier, Carrier::Cookie(_)) => Ok(None),
                found => found.map(Some),
            }
        }
    }
}

/// Whether the actor may go on to the body; where the permission reaches is decided at the effect.
fn permitted(needs: Needs, actor: Option<&Actor>) -> Result<(), Error> {
    match (needs, actor) {
        (Needs::Public(_) | Needs::Enrolling, Some(_)) => Ok(()),
        (_, Some(actor)) if actor.is_enrolling() => {
            Err(Error::forbidden("enrolment_required", "this session may only set up a second factor"))
        }
        (Needs::Public(_), _) | (Needs::SignedIn | Needs::ByEffect(_), Some(_)) => Ok(()),
        (_, None) => Err(Error::Anonymous(Anonymous::NoCredential)),
        (Needs::One(permission), Some(actor)) if actor.holds(permission) => Ok(()),
        (Needs::One(_), Some(_)) => Err(Error::LacksScope),
    }
}

/// What the system face is told of where a request comes from.
fn caller(site: &Site, http: &HttpRequest, shown: Shown) -> Caller {
    Caller {
        local: client(site, http).is_local(),
        credential: if let Shown::Bearer(credential) = shown { Some(credential) } else { None },
        metrics_token: site.metrics_token.clone(),
        metrics: Arc::clone(&site.metrics),
        openapi: site.openapi.clone(),
    }
}

/// Where a request comes from.
fn client(site: &Site, http: &HttpRequest) -> Client {
    let peer = http.peer_addr().map(|address| address.ip());
    let lines = |name| http.headers().get_all(name).map(|value: &HeaderValue| value.to_str().unwrap_or("unreadable"));
    let (addresses, forwarded) =
        (lines(X_FORWARDED_FOR).collect::<Vec<_>>(), lines(header::FORWARDED).collect::<Vec<_>>());
    Client::of(peer, &addresses, &forwarded, &site.trusted_proxies)
}

/// Reads the body that a row takes.
async fn body(rule: BodyRule, headers: &HeaderMap, incoming: &mut Incoming) -> Result<Bytes, Ended> {
    let (limit, types) = match rule {
        BodyRule::None => return Ok(Bytes::new()),
        BodyRule::Json { limit } => (limit, JSON),
        BodyRule::Form { limit } => (limit, FORM),
    };
    if !is_one_of(headers, types) {
        return Err(Ended::UnsupportedMediaType);
    }
    incoming.read(limit).await.map_err(|fault| match fault {
        Fault::TooLarge => Ended::TooLarge(limit),
        Fault::Slow => Ended::Slow,
        Fault::Broken => Ended::BadRequest("the body is cut short or not framed as HTTP demands"),
    })
}

/// The types of JSON: SCIM's and the plain one.
const JSON: &[&[u8]] = &[b"application/scim+json", b"application/json"];
/// The types of a form, or of JSON in its place.
const FORM: &[&[u8]] = &[b"application/x-www-form-urlencoded", b"application/json"];

/// Whether the body is, by its headers, of one of these types in any case and with any parameters, or of no type at all;
/// and not compressed.
fn is_one_of(headers: &HeaderMap, types: &[&[u8]]) -> bool {
    let encoding = headers.get(header::CONTENT_ENCODING);
    let plain = encoding.is_none_or(|value| value.as_bytes().eq_ignore_ascii_case(b"identity"));
    let Some(value) = headers.get(header::CONTENT_TYPE) else {
        return plain;
    };
    let essence = value.as_bytes().split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    plain && types.iter().any(|known| essence.eq_ignore_ascii_case(known))
}
