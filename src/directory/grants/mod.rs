//! Who holds what: grants of roles, what they come to, and the rules that nobody grants or touches more than they hold.

mod holdings;

use crate::access::{Actor, PermissionType, Permit};
use crate::error::{Error, Result};
use crate::ids::{TenantId, UserId};
use crate::store::Tx;

pub use holdings::of_user;

/// Refuses to touch what only the mightier may: a credential, a login, the status, the sessions, the roles of another
/// user (IR-3). Everybody may touch themselves, as far as their permits go.
///
/// # Errors
/// [`Error::Denied`] when the user holds something that whoever holds the permit does not.
pub fn touch<P: PermissionType>(tx: &mut Tx<'_>, permit: &Permit<P>, tenant: TenantId, user: UserId) -> Result<()> {
    let refused = || Error::Denied("this user has permissions that you do not have".to_owned());
    match permit.actor() {
        Actor::System(_) => Ok(()),
        Actor::Person(person) if person.user == user => Ok(()),
        Actor::Person(person) if person.holdings.covers(&of_user(tx, tenant, user)?) => Ok(()),
        Actor::Person(_) => Err(refused()),
        Actor::Connection(_) | Actor::Application(_) if of_user(tx, tenant, user)?.is_empty() => Ok(()),
        Actor::Connection(_) | Actor::Application(_) => Err(refused()),
    }
}
