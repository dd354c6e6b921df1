//! What may you: actors, permissions and permits. Pure: it decides from what it is given and reads nothing.
//!
//! An [`Actor`] is made in `auth` from a credential, or by [`Actor::system`] in the command line and in jobs. A
//! [`Permit`] is made only by [`decide`]; a directory function asks for the permit type it needs, so that a door that
//! forgot the check does not compile.

mod actor;
mod connection;
mod permission;
mod permit;
pub mod rate;

pub use actor::{Actor, ConnectionActor};
pub use connection::{Adoption, Connection, Profile, Reach, Scope, UnknownWord};
pub use permission::{GroupsRead, GroupsWrite, Needs, Permission, PermissionType, UsersRead, UsersWrite};
pub use permit::{Permit, decide};
