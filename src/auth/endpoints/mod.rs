//! The endpoints of signing in: `/api/v1/auth/...` and `/api/v1/me`. A handler reads the body, calls one function of
//! `auth` and renders what comes back; who may sign in is decided there.

mod introspect;
mod me;
mod passkeys;
mod passwords;
mod resets;
mod second_step;
mod sessions;
mod sign_in;

use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde_json::Value;

use crate::access::{Actor, Needs, PersonActor};
use crate::auth::{self, Client, Door};
use crate::context::Cx;
use crate::error::{Error, Result};
use crate::http::rest::body::{Read, secret};
use crate::http::rest::{self, Fields, present};
use crate::http::{
    Answered, BodyRule, Carrier, Credential, Document, Endpoint, Exchange, Face, Handler, Method, Reply, Services,
    activity,
};
use crate::password::{MOST_CHARACTERS, Password};
use crate::secret::Secret;

/// The longest body, in bytes.
const BODY: BodyRule = BodyRule::Json { limit: 16 * 1024 };
/// The longest token that is read.
const TOKEN: usize = 8 * 1024;

/// The face.
pub fn face() -> Face {
    Face {
        name: "auth",
        prefix: "/api/v1",
        endpoints: endpoints(),
        carrier: Carrier::Header,
        authenticate,
        refuse: rest::refuse,
        record,
    }
}

fn endpoints() -> Vec<Endpoint> {
    let all = [
        sign_in::endpoints(),
        second_step::endpoints(),
        passkeys::endpoints(),
        passwords::endpoints(),
        resets::endpoints(),
        sessions::endpoints(),
        me::endpoints(),
        introspect::endpoints(),
    ];
    all.into_iter().flatten().collect()
}

/// Finds out who shows a credential: a person by an access token, an application by its own.
fn authenticate(services: Arc<Services>, cx: Cx, credential: Credential) -> BoxFuture<'static, Result<Actor>> {
    async move { auth::authenticate_or_enrolling(&services.auth, &cx, credential.bearer()).await }.boxed()
}

/// What is refused is remembered; sign-ins are where they happen.
fn record(services: &Services, answered: Answered<'_>) {
    activity::record(services, &answered);
}

/// A row of the table.
fn row(
    method: Method,
    path: &'static str,
    needs: Needs,
    change: bool,
    handler: Handler,
    document: Document,
) -> Endpoint {
    let body = if matches!(method, Method::Get | Method::Delete) { BodyRule::None } else { BODY };
    Endpoint { method, path, needs, body, change, handler, document: None }.documented(document)
}

/// Where somebody signs in from.
fn client(exchange: &Exchange) -> Client {
    let user_agent = exchange.headers.get("user-agent").map(str::to_owned);
    Client { address: exchange.address, user_agent, door: Door::Api }
}

/// The person who asks.
fn person(exchange: &Exchange) -> Result<&PersonActor> {
    exchange.actor()?.person().ok_or_else(|| Error::Denied("only a person who signed in may do this".to_owned()))
}

/// A format: a password.
fn password(value: &Value) -> Read<Password> {
    let text = secret(1..=MOST_CHARACTERS)(value)?;
    // It has no more characters than a password may have.
    Password::new(text.reveal()).map_err(|_| Vec::new())
}

/// The one member of a body that is a token.
fn token_of(body: &[u8], name: &str) -> Result<Secret> {
    let mut fields = Fields::of_body(body)?;
    let token = fields.required(name, secret(1..=TOKEN));
    fields.finish()?;
    present(token)
}

/// An answer that nobody may keep.
fn private(reply: Reply) -> Reply {
    reply.with("cache-control", "no-store")
}
