//! The SCIM protocol (RFC 7643, RFC 7644): what identity providers push users and groups through.
//!
//! A handler parses, asks for a permit, calls one function of the directory and renders the answer. How a connection's
//! requests are read is its profile's; no rule about users or groups is decided here.

mod answer;
mod bulk;
mod cursors;
mod custom;
mod discovery;
mod documents;
mod endpoints;
mod groups;
mod lists;
mod me;
mod preconditions;
mod profiles;
mod query;
mod record;
mod references;
mod refusal;
mod request;
mod resource;
mod root;
mod unsupported;
mod users;

use futures_util::FutureExt;

use crate::auth;
use crate::http::{Carrier, Face};

/// The path that every SCIM URL begins with.
const PREFIX: &str = "/scim/v2";

/// The SCIM face: its endpoints, who may use them, and how it refuses.
pub fn face() -> Face {
    Face {
        name: "scim",
        prefix: PREFIX,
        endpoints: endpoints::table().into_iter().map(documents::describe).collect(),
        carrier: Carrier::Header,
        authenticate: |services, cx, credential| {
            async move { auth::authenticate_provisioner(&services.auth, &cx, credential.bearer()).await }.boxed()
        },
        refuse: refusal::render,
        record: record::record,
    }
}
