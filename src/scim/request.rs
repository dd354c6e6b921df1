//! What every handler needs of its request: who asks, in which profile, and what the answer is to hold.

use std::sync::Arc;

use bytes::Bytes;
use scim_core::policy::Note as Ignored;
use scim_core::project::Projection;
use scim_core::schema::TypeIndex;
use scim_core::{Policy, json};
use scim_filter_parser::Dialect;
use serde_json::Value;

use crate::access::{Actor, ConnectionActor, PermissionType, Permit, Profile, Types, decide};
use crate::context::Cx;
use crate::directory::{Directory, Precondition};
use crate::error::{Error, Result};
use crate::http::{Exchange, Note, Services};
use crate::sealing::NONCE_BYTES;

use super::PREFIX;
use super::preconditions;
use super::profiles::{self, AnswerType, Manners, Tolerance};

/// A request of the SCIM face.
pub(super) struct Request {
    exchange: Exchange,
    profile: Profile,
    base: String,
}

impl Request {
    /// Takes charge of an exchange. Without a credential the default profile is spoken.
    pub(super) fn new(exchange: Exchange) -> Self {
        let profile = match exchange.actor.as_deref() {
            Some(Actor::Connection(actor)) => actor.connection.profile,
            Some(Actor::Person(_) | Actor::Application(_) | Actor::System(_)) | None => Profile::Tolerant,
        };
        let base = format!("{}{PREFIX}", exchange.services.public_url);
        Self { exchange, profile, base }
    }

    /// One part of the request as a request of its own.
    pub(super) fn part(
        &self,
        parameters: Vec<(&'static str, String)>,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> Exchange {
        self.exchange.part(parameters, headers, body)
    }

    /// Where it says what it does.
    pub(super) fn note(&self) -> &Note {
        &self.exchange.note
    }

    /// What it may use.
    pub(super) fn services(&self) -> &Services {
        &self.exchange.services
    }

    /// The request's id and time.
    pub(super) fn cx(&self) -> &Cx {
        &self.exchange.cx
    }

    /// A nonce that was never used before.
    ///
    /// # Errors
    /// [`Error::Unavailable`] without randomness.
    pub(super) fn nonce(&self) -> Result<[u8; NONCE_BYTES]> {
        Ok(self.exchange.services.sources.random()?)
    }

    /// The directory.
    pub(super) fn directory(&self) -> &Directory {
        &self.exchange.services.directory
    }

    /// The schemas of the connection's tenant; without a credential the built-in ones.
    pub(super) fn types(&self) -> &Arc<Types> {
        match self.exchange.actor.as_deref() {
            Some(Actor::Connection(actor)) => &actor.types,
            Some(Actor::Person(actor)) => &actor.types,
            Some(Actor::Application(_) | Actor::System(_)) | None => self.directory().built_in(),
        }
    }

    /// The compiled schemas of users.
    pub(super) fn user_type(&self) -> &Arc<TypeIndex> {
        &self.types().user
    }

    /// The compiled schemas of groups.
    pub(super) fn group_type(&self) -> &Arc<TypeIndex> {
        &self.types().group
    }

    /// The base URL of every location, without a trailing slash.
    pub(super) fn base(&self) -> &str {
        &self.base
    }

    /// The profile that the connection's requests are read in.
    pub(super) fn profile(&self) -> Profile {
        self.profile
    }

    /// The profile of the connection that asks; `None` when nobody is known.
    pub(super) fn asking(&self) -> Option<Profile> {
        self.exchange.actor.as_ref().map(|_| self.profile)
    }

    /// How that profile reads and answers.
    pub(super) fn manners(&self) -> &'static Manners {
        profiles::manners(self.profile)
    }

    /// How strictly bodies are read.
    pub(super) fn policy(&self) -> &'static Policy {
        &self.manners().policy
    }

    /// How filters and paths are read, given the URNs of the type.
    pub(super) fn dialect<'a>(&self, urns: &'a [String]) -> Dialect<'a> {
        Dialect { urns, lenient: self.manners().lenient_filters }
    }

    /// The id in the path.
    pub(super) fn id(&self) -> &str {
        self.exchange.path.get("id")
    }

    /// A parameter of the path.
    pub(super) fn path(&self, name: &str) -> &str {
        self.exchange.path.get(name)
    }

    /// A parameter of the query.
    ///
    /// # Errors
    /// [`Error::Invalid`] when it is given twice.
    pub(super) fn query(&self, name: &str) -> Result<Option<&str>> {
        self.exchange.query.get(name)
    }

    /// A header; `name` in any case.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.exchange.headers.get(name)
    }

    /// What `If-Match` asks for.
    pub(super) fn precondition(&self) -> Precondition {
        preconditions::if_match(self.header("if-match"))
    }

    /// Whether the client knows this version already.
    pub(super) fn knows(&self, version: i64) -> bool {
        preconditions::is_known(self.header("if-none-match"), version)
    }

    /// Whether the answer is to be `application/json`: the client takes nothing else and its profile goes by the letter.
    pub(super) fn wants_plain_json(&self) -> bool {
        self.manners().answer_type == AnswerType::AsAccepted
            && self.header("accept").is_some_and(|accept| {
                let takes = |wanted: &str| {
                    accept
                        .split(',')
                        .any(|range| range.split(';').next().unwrap_or("").trim().eq_ignore_ascii_case(wanted))
                };
                takes("application/json") && !takes("application/scim+json") && !takes("*/*") && !takes("application/*")
            })
    }

    /// The connection that asks.
    ///
    /// # Errors
    /// [`Error::Denied`] when it is none.
    pub(super) fn connection(&self) -> Result<&ConnectionActor> {
        match self.exchange.actor()? {
            Actor::Connection(actor) => Ok(actor),
            Actor::Person(_) | Actor::Application(_) | Actor::System(_) => {
                Err(Error::Denied("this is for the tokens of SCIM connections".to_owned()))
            }
        }
    }

    /// Asks for a permit in the connection's tenant.
    ///
    /// # Errors
    /// Those of [`decide`].
    pub(super) fn permit<P: PermissionType>(&self) -> Result<Permit<P>> {
        decide(self.exchange.actor()?, &self.connection()?.place())
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// [`Error::Invalid`] with `invalidSyntax`.
    pub(super) fn body(&self) -> Result<Value> {
        Ok(json::parse(&self.exchange.body)?)
    }

    /// What the answer is to hold, from the query.
    ///
    /// # Errors
    /// [`Error::Invalid`] when `attributes` and `excludedAttributes` are both given.
    pub(super) fn projection(&self, index: &TypeIndex) -> Result<Projection> {
        let names =
            |name: &str| Ok::<Vec<&str>, Error>(self.query(name)?.map(split_names).into_iter().flatten().collect());
        self.project(&names("attributes")?, &names("excludedAttributes")?, index)
    }

    /// What an answer is to hold.
    ///
    /// # Errors
    /// As [`Self::projection`].
    pub(super) fn project(&self, attributes: &[&str], excluded: &[&str], index: &TypeIndex) -> Result<Projection> {
        Ok(Projection::parse(attributes, excluded, index, self.manners().ignore_brackets)?)
    }

    /// Whether the query says what the answer is to hold.
    ///
    /// # Errors
    /// [`Error::Invalid`] when a parameter is given twice.
    pub(super) fn names_attributes(&self) -> Result<bool> {
        Ok(self.query("attributes")?.is_some() || self.query("excludedAttributes")?.is_some())
    }

    /// Says what was tolerated and ignored: names of attributes and rules, never values.
    pub(super) fn log_tolerances(&self, fired: &[Tolerance], notes: &[Ignored]) {
        let request_id = &self.cx().request_id;
        for tolerance in fired {
            tracing::info!(request_id, tolerance = %tolerance, "tolerated");
            self.note().tolerated(tolerance.to_string());
        }
        for note in notes {
            tracing::info!(request_id, note = %note, "tolerated");
            self.note().tolerated(note.to_string());
        }
    }
}

/// The names in a comma-separated list. Commas inside brackets belong to a filter, not to the list.
pub(super) fn split_names(names: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_usize;
    let separates = move |character: char| {
        match character {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        character == ',' && depth == 0
    };
    names.split(separates).map(str::trim)
}
