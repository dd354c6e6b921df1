//! A face: the endpoints of one protocol under one prefix, how its clients prove who they are, and how its refusals
//! look. Everything that goes wrong before a handler runs is answered in the face's own form.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::access::Actor;
use crate::context::Cx;
use crate::error::{Error, Result};

use super::credential::Credential;
use super::endpoint::{Endpoint, Method, Reply};
use super::note::Answered;
use super::services::Services;

/// The endpoints of one protocol and its manners.
pub struct Face {
    /// Its name in logs and metrics.
    pub name: &'static str,
    /// What its paths begin with: `/scim/v2`. Unknown paths that share its first segment are refused in its form.
    pub prefix: &'static str,
    /// Its rows of the endpoint table.
    pub endpoints: Vec<Endpoint>,
    /// Where its clients show their credential.
    pub carrier: Carrier,
    /// Finds out who shows a credential.
    pub authenticate: fn(Arc<Services>, Cx, Credential) -> BoxFuture<'static, Result<Actor>>,
    /// Renders whatever is not done.
    pub refuse: fn(Refusal<'_>, &Asked) -> Reply,
    /// Is told of every answer to an actor that is known, refusals too. Must not wait for anything.
    pub record: fn(&Services, Answered<'_>),
}

/// Where the credential of a request stands. It is looked for there and nowhere else.
#[derive(Clone, Copy, Debug)]
pub enum Carrier {
    /// In the `Authorization` header, as a bearer token. Cookies are not read.
    Header,
    /// In a cookie, whose name follows from the public URL. Browsers send it by themselves, so one that does not hold any
    /// more is no obstacle where none is needed.
    Cookie(fn(&str) -> &'static str),
}

/// Why a request is not served.
#[derive(Debug)]
pub enum Refusal<'a> {
    /// The handler, or who was asked before it, said no.
    Error(&'a Error),
    /// No row has this path: 404.
    NoSuchPath,
    /// The path has rows, for other methods: 405. The `Allow` header is added by the server.
    WrongMethod {
        /// The methods that it has rows for.
        allowed: &'a [Method],
    },
    /// The body is longer than its row takes: 413.
    TooLarge {
        /// The longest body, in bytes.
        limit: usize,
    },
    /// The body has a type or an encoding that is not read here: 415.
    UnsupportedMediaType,
    /// The path cannot be read; says why without quoting it: 400, or 404 where a path is only a name.
    BadPath(&'a str),
    /// The rest of the request cannot be read; says why without quoting it: 400.
    BadRequest(&'a str),
    /// The body did not arrive in time: 408.
    Slow,
    /// The handler failed in a way it should not: 500.
    Panicked,
}

/// What a refusal needs to know of the request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// The request's id.
    pub request_id: String,
    /// Its `Accept` header.
    pub accept: Option<String>,
    /// The path and the query of a GET, as they were sent: where somebody goes on who must sign in first.
    pub wanted: Option<String>,
    /// What clients reach the server by.
    pub public_url: Arc<str>,
}
