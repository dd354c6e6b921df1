//! Who acts.

use std::sync::Arc;

use crate::clock::Instant;
use crate::error::{Error, Result, StepUp};
use crate::ids::{ApplicationId, PartnerId, SessionId, TenantId, UserId};

use super::connection::{Connection, TokenScope};
use super::holdings::{Extent, Holdings};
use super::permission::Permission;
use super::scope::Place;
use super::types::Types;

/// Who acts: known, but not yet allowed anything.
#[derive(Clone, Debug)]
pub enum Actor {
    /// An identity provider, by a token of one of a tenant's connections.
    Connection(ConnectionActor),
    /// A person who signed in, by an access token.
    Person(PersonActor),
    /// An application, by a token of its own.
    Application(ApplicationActor),
    /// The command line or a job.
    System(String),
}

/// An identity provider that showed a valid token.
#[derive(Clone, Debug)]
pub struct ConnectionActor {
    /// The token's connection.
    pub connection: Connection,
    /// The public id of the token.
    pub token: String,
    /// What the token may do.
    pub scope: TokenScope,
    /// The schemas of its tenant.
    pub types: Arc<Types>,
}

/// A person with a living session.
#[derive(Clone, Debug)]
pub struct PersonActor {
    /// The user.
    pub user: UserId,
    /// The user's tenant.
    pub tenant: TenantId,
    /// The tenant's partner.
    pub partner: Option<PartnerId>,
    /// The schemas of that tenant.
    pub types: Arc<Types>,
    /// The user's name, for records that people read.
    pub name: Arc<str>,
    /// The session.
    pub session: SessionId,
    /// What the person holds now.
    pub holdings: Arc<Holdings>,
    /// When the person last proved who they are.
    pub authenticated: Instant,
    /// By which methods: words of RFC 8176, a space between two.
    pub methods: Arc<str>,
    /// What must be proven anew before something sensitive is done; nothing when the proof is fresh and strong enough.
    pub step_up: Option<StepUp>,
    /// Whether the session may do nothing but set up a second factor.
    pub enrolling: bool,
}

/// An application that showed a valid token.
#[derive(Clone, Debug)]
pub struct ApplicationActor {
    /// The application.
    pub application: ApplicationId,
    /// Its tenant.
    pub tenant: TenantId,
    /// The schemas of that tenant.
    pub types: Arc<Types>,
    /// The public id of the token.
    pub token: String,
}

impl PersonActor {
    /// The person's own tenant.
    pub fn place(&self) -> Place {
        Place { tenant: self.tenant, partner: self.partner, types: Arc::clone(&self.types) }
    }

    /// Asks that the person proved not long ago, and as strongly as they can, who they are.
    ///
    /// # Errors
    /// [`Error::StepUp`] says what is lacking.
    pub fn fresh(&self) -> Result<()> {
        self.step_up.map_or(Ok(()), |lacking| Err(Error::StepUp(lacking)))
    }
}

impl Actor {
    /// The command line or a job, by its name. Only those two may call this.
    pub fn system(name: impl Into<String>) -> Self {
        Self::System(name.into())
    }

    /// Whether the actor holds a permission at all; where it reaches is the permit's matter.
    pub fn holds(&self, permission: Permission) -> bool {
        match self {
            Self::System(_) => true,
            Self::Connection(actor) => actor.holds(permission),
            Self::Person(actor) => actor.holdings.holds(permission),
            Self::Application(_) => permission == Permission::ApplicationUsersRead,
        }
    }

    /// How much of a tenant a permission of the actor reaches; `None` is nothing.
    pub(super) fn extent(&self, permission: Permission, place: &Place) -> Option<Extent> {
        let whole = |holds: bool| holds.then_some(Extent::Whole);
        match self {
            Self::System(_) => Some(Extent::Whole),
            Self::Connection(actor) => whole(actor.connection.tenant == place.tenant && actor.holds(permission)),
            Self::Person(actor) => actor.holdings.extent(permission, place),
            Self::Application(actor) => whole(actor.tenant == place.tenant && self.holds(permission)),
        }
    }

    /// Whether the actor may know that a tenant exists.
    pub(super) fn knows(&self, place: &Place) -> bool {
        match self {
            Self::System(_) => true,
            Self::Connection(actor) => actor.connection.tenant == place.tenant,
            Self::Person(actor) => actor.tenant == place.tenant || actor.holdings.knows(place),
            Self::Application(actor) => actor.tenant == place.tenant,
        }
    }

    /// The person who acts, when it is one.
    pub fn person(&self) -> Option<&PersonActor> {
        match self {
            Self::Person(actor) => Some(actor),
            Self::Connection(_) | Self::Application(_) | Self::System(_) => None,
        }
    }

    /// Asks that a person proved anew who they are where the permission is a sensitive one. Programs have nothing to prove
    /// anew.
    pub(super) fn proven_for(&self, permission: Permission) -> Result<()> {
        match self.person() {
            Some(person) if permission.is_sensitive() => person.fresh(),
            _ => Ok(()),
        }
    }

    /// Whether it is a person whose session may do nothing but set up a second factor.
    pub fn is_enrolling(&self) -> bool {
        self.person().is_some_and(|person| person.enrolling)
    }

    /// What people call the actor, when that is another name than the journal's id.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Connection(actor) => Some(&actor.connection.name),
            Self::Person(actor) => Some(&actor.name),
            Self::Application(_) | Self::System(_) => None,
        }
    }

    /// How the journal names the actor: kind and id.
    pub fn journal_name(&self) -> (&'static str, String) {
        match self {
            Self::Connection(actor) => ("connection", actor.connection.id.to_string()),
            Self::Person(actor) => ("user", actor.user.to_string()),
            Self::Application(actor) => ("application", actor.application.to_string()),
            Self::System(name) => ("system", name.clone()),
        }
    }
}

impl ConnectionActor {
    fn holds(&self, permission: Permission) -> bool {
        use Permission::{
            GroupsRead, GroupsWrite, MembersWrite, ResourcesRead, ResourcesWrite, UsersDelete, UsersRead, UsersWrite,
        };
        match permission {
            UsersRead | GroupsRead | ResourcesRead => true,
            UsersWrite | UsersDelete | GroupsWrite | MembersWrite | ResourcesWrite => self.scope == TokenScope::Write,
            _ => false,
        }
    }

    /// The connection's tenant.
    pub fn place(&self) -> Place {
        Place { tenant: self.connection.tenant, partner: None, types: Arc::clone(&self.types) }
    }
}
