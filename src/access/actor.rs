//! Who acts.

use std::sync::Arc;

use super::connection::{Connection, Scope};
use super::permission::Permission;
use super::types::Types;

/// Who acts: known, but not yet allowed anything.
#[derive(Clone, Debug)]
pub enum Actor {
    /// An identity provider, by a token of one of a tenant's connections.
    Connection(ConnectionActor),
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
    pub scope: Scope,
    /// The schemas of its tenant.
    pub types: Arc<Types>,
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
            Self::Connection(actor) => match permission {
                Permission::UsersRead | Permission::GroupsRead | Permission::ResourcesRead => true,
                Permission::UsersWrite | Permission::GroupsWrite | Permission::ResourcesWrite => {
                    actor.scope == Scope::Write
                }
            },
        }
    }

    /// How the journal names the actor: kind and id.
    pub fn journal_name(&self) -> (&'static str, String) {
        match self {
            Self::Connection(actor) => ("connection", actor.connection.id.to_string()),
            Self::System(name) => ("system", name.clone()),
        }
    }
}
