//! What people do with their own second factors: `/api/v1/me/mfa/...`. A handler reads the body, calls one function of `mfa`
//! and renders what comes back. Whoever is in a session for setting up a factor may do that here, and nothing else.

mod addresses;
mod devices;
mod factors;
mod passkeys;
mod resets;
mod security;
mod shown;

use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use crate::access::{Actor, Needs, PersonActor};
use crate::auth;
use crate::context::Cx;
use crate::directory::suspicions::Origin;
use crate::error::{Error, Result};
use crate::http::{
    Answered, BodyRule, Carrier, Credential, Document, Endpoint, Exchange, Face, Handler, Method, Reply, Services, rest,
};
use crate::mfa::Mfa;

/// The longest body, in bytes.
const BODY: BodyRule = BodyRule::Json { limit: 64 * 1024 };
const TAG: &str = "mfa";

/// The face.
pub fn face() -> Face {
    Face {
        name: "mfa",
        prefix: "/api/v1",
        endpoints: [
            factors::endpoints(),
            addresses::endpoints(),
            passkeys::endpoints(),
            devices::endpoints(),
            resets::endpoints(),
            security::endpoints(),
        ]
        .into_iter()
        .flatten()
        .collect(),
        carrier: Carrier::Header,
        authenticate,
        refuse: rest::refuse,
        record: |_, _: Answered<'_>| {},
    }
}

/// Only people have factors of their own.
fn authenticate(services: Arc<Services>, cx: Cx, credential: Credential) -> BoxFuture<'static, Result<Actor>> {
    async move { auth::authenticate_or_enrolling(&services.auth, &cx, credential.bearer()).await }.boxed()
}

/// A row of the table.
fn row(method: Method, path: &'static str, needs: Needs, handler: Handler, document: Document) -> Endpoint {
    let body = if matches!(method, Method::Get | Method::Delete) { BodyRule::None } else { BODY };
    Endpoint { method, path, needs, body, change: false, handler, document: None }.documented(document)
}

/// A row whose effect is a change that the journal tells of.
fn change(row: Endpoint) -> Endpoint {
    Endpoint { change: true, ..row }
}

/// A row that takes no body.
fn bodiless(row: Endpoint) -> Endpoint {
    Endpoint { body: BodyRule::None, ..row }
}

/// The person who asks, and what factors work with.
fn own(exchange: &Exchange) -> Result<(&Mfa, &PersonActor)> {
    let person = exchange.actor()?.person();
    let person = person.ok_or_else(|| Error::Denied("only a person who signed in may do this".to_owned()))?;
    Ok((exchange.services.auth.mfa(), person))
}

/// From where they ask.
fn origin(exchange: &Exchange) -> Origin {
    let user_agent = exchange.headers.get("user-agent").map(str::to_owned);
    Origin { address: Some(exchange.address), user_agent }
}

/// An answer that nobody may keep.
fn private(reply: Reply) -> Reply {
    reply.with("cache-control", "no-store")
}
