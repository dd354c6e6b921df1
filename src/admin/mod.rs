//! The administrators' REST API: what people run the directory by. One face for each prefix; each folder brings the rows
//! of its subject.
//!
//! A handler reads, asks for a permit, calls one function of the directory and renders the answer. No rule about users or
//! what belongs to them is decided here.

mod platform;
mod resets;
mod v1;

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use crate::access::Actor;
use crate::auth;
use crate::context::Cx;
use crate::error::Result;
use crate::http::{Answered, Carrier, Credential, Face, Services, activity, rest};

/// The faces of the API.
pub fn faces() -> Vec<Face> {
    [("admin", "/api/v1", v1::endpoints()), ("platform", "/api/platform", platform::endpoints())]
        .into_iter()
        .map(|(name, prefix, endpoints)| Face {
            name,
            prefix,
            endpoints,
            carrier: Carrier::Header,
            authenticate,
            refuse: rest::refuse,
            record,
        })
        .collect()
}

/// Finds out who shows a credential: a person by an access token, an application by its own.
fn authenticate(services: Arc<Services>, cx: Cx, credential: Credential) -> BoxFuture<'static, Result<Actor>> {
    async move { auth::authenticate(&services.auth, &cx, credential.bearer()).await }.boxed()
}

fn record(services: &Services, answered: Answered<'_>) {
    activity::record(services, &answered);
}
