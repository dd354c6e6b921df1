//! What may you: actors, roles, permissions and permits. Pure: it decides from what it is given and reads nothing.
//!
//! An [`Actor`] is made in `auth` from a credential, or by [`Actor::system`] in the command line and in jobs. A
//! [`Permit`] is made only by [`decide`]; a directory function asks for the permit type it needs, so that a door that
//! forgot the check does not compile.

mod actor;
mod connection;
mod holdings;
mod network;
mod permission;
mod permit;
pub mod rate;
pub mod role;
mod scope;
mod types;

pub use actor::{Actor, ApplicationActor, ConnectionActor, PersonActor};
pub use connection::{Adoption, Connection, Profile, Reach, TokenScope, UnknownWord};
pub use holdings::{Extent, Held, Holdings, Span};
pub use network::client_of;
pub use permission::*;
pub use permit::{Permit, WidePermit, decide, decide_widely};
pub use scope::{Place, Scope, Tier};
pub use types::Types;
