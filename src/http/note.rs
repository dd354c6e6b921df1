//! What is said of a request beside its answer: by the handler, what it did; by the server, how it went. For the face's
//! own record; no answer depends on it.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

use crate::access::{Actor, Needs};
use crate::context::Cx;
use crate::ids::{TenantId, UserId};

use super::endpoint::Reply;

/// What a handler says of what it does, also when it then fails. Clones share what was said.
#[derive(Clone, Debug, Default)]
pub struct Note(Arc<Mutex<Said>>);

/// What a handler said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// What was done, in words.
    pub did: String,
    /// What was tolerated.
    pub tolerated: Vec<String>,
    /// The kind and id of the resource it was about.
    pub resource: Option<(String, String)>,
    /// In which tenant it was, where that is not the actor's own.
    pub tenant: Option<TenantId>,
    /// Whose data was looked at.
    pub looked: Option<Looked>,
}

/// Whose data was looked at, for the activity of the tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Looked {
    /// The user, when it is one.
    pub user: Option<UserId>,
    /// What was looked at: `user`, `users`, `audit`, `export` ...
    pub what: &'static str,
    /// How many there were, of a list.
    pub count: Option<u64>,
}

impl Note {
    /// Says in which tenant it is.
    pub fn within(&self, tenant: TenantId) {
        self.with(|said| said.tenant = Some(tenant));
    }

    /// Says whose data was looked at.
    pub fn looked(&self, looked: Looked) {
        self.with(|said| said.looked = Some(looked));
    }

    /// Says what was done; the last word counts.
    pub fn did(&self, words: impl Into<String>) {
        self.with(|said| said.did = words.into());
    }

    /// Says which resource it is about.
    pub fn about(&self, kind: impl Into<String>, id: impl Into<String>) {
        self.with(|said| said.resource = Some((kind.into(), id.into())));
    }

    /// Says what was tolerated.
    pub fn tolerated(&self, what: impl Into<String>) {
        self.with(|said| said.tolerated.push(what.into()));
    }

    /// Takes out what was said.
    pub fn take(&self) -> Said {
        self.with(std::mem::take)
    }

    fn with<R>(&self, work: impl FnOnce(&mut Said) -> R) -> R {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A request of a known actor and how it went.
pub struct Answered<'a> {
    /// Its id and time.
    pub cx: &'a Cx,
    /// Who asked.
    pub actor: &'a Actor,
    /// From which address, as far as that can be known.
    pub address: IpAddr,
    /// What the endpoint needs.
    pub needs: Needs,
    /// The method, as the table knows it.
    pub method: &'static str,
    /// The path, as it was sent.
    pub path: &'a str,
    /// The query, as it was sent.
    pub query: Option<&'a str>,
    /// What the client calls itself.
    pub user_agent: Option<&'a str>,
    /// The body, as far as it was read.
    pub body: Bytes,
    /// What the handler said.
    pub said: Said,
    /// The answer.
    pub reply: &'a Reply,
    /// How long it took, in microseconds.
    pub micros: i64,
}
