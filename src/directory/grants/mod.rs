//! Who holds what: grants of roles, what they come to, and the rules that nobody grants or touches more than they hold.

mod forget;
mod give;
pub(in crate::directory) mod holdings;
mod list;

use uuid::Uuid;

use crate::access::{Actor, Holdings, PermissionType, Permit, Tier};
use crate::error::{Error, Result};
use crate::ids::{GroupId, SubjectId, TenantId, UnitId, UserId};
use crate::store::grants as rows;
use crate::store::{Lock, Tx, people, tenants as tenant_rows};

pub use crate::store::grants::{Filter, Grant};
pub use forget::{forget, forget_role, forget_scope, forget_tenant};
pub use give::{Draft, Reaching, grant, revoke};
pub(in crate::directory) use give::{give, install, take};
pub use holdings::{given_by_group, given_by_unit, of_grants, of_user};
pub use list::{Effective, Listed, effective, list};

/// Whose grants change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A user's own.
    User(UserId),
    /// Those of all that are in a group.
    Group(GroupId),
    /// Those of all that belong to an org unit, or to one below it.
    Unit(UnitId),
}

impl Subject {
    /// Whose a grant is.
    pub fn of(grant: &Grant) -> Self {
        let id = grant.subject_id.uuid();
        match grant.subject_kind.as_str() {
            "user" => Self::User(id.into()),
            "group" => Self::Group(id.into()),
            _ => Self::Unit(id.into()),
        }
    }

    /// The kind and the id that a row has for it.
    pub fn parts(self) -> (&'static str, SubjectId) {
        match self {
            Self::User(id) => ("user", id.uuid().into()),
            Self::Group(id) => ("group", id.uuid().into()),
            Self::Unit(id) => ("org_unit", id.uuid().into()),
        }
    }

    fn missing(self) -> Error {
        Error::Missing(match self {
            Self::User(_) => "user",
            Self::Group(_) => "group",
            Self::Unit(_) => "org unit",
        })
    }

    /// Waits for whoever writes to it, so that nothing is granted to what is being deleted. Nothing locks a unit: its
    /// tenant is locked when it goes.
    fn keep(self, tx: &mut Tx<'_>) -> Result<()> {
        match self {
            Self::User(id) => tx.lock(Lock::User(id)),
            Self::Group(id) => tx.lock(Lock::Group(id)),
            Self::Unit(_) => Ok(()),
        }
    }
}

/// Refuses a user who is not in the permit's reach.
fn in_reach<P: PermissionType>(tx: &mut Tx<'_>, permit: &Permit<P>, user: UserId) -> Result<()> {
    let reached = people::within(tx, &permit.span(), permit.tenant(), user)?;
    if reached { Ok(()) } else { Err(Error::Missing("user")) }
}

/// Refuses to touch what only the mightier may: a credential, a login, the status, the sessions, the roles of another
/// user (IR-3). Everybody may touch themselves, as far as their permits go.
///
/// # Errors
/// [`Error::Forbidden`] when the user holds something that whoever holds the permit does not.
pub fn touch<P: PermissionType>(tx: &mut Tx<'_>, permit: &Permit<P>, tenant: TenantId, user: UserId) -> Result<()> {
    touch_by(tx, permit.actor(), tenant, user)
}

/// The same of an actor, be it without a permit: one who changes themselves.
///
/// # Errors
/// As [`touch`].
pub(in crate::directory) fn touch_by(tx: &mut Tx<'_>, actor: &Actor, tenant: TenantId, user: UserId) -> Result<()> {
    match actor {
        Actor::System(_) => Ok(()),
        Actor::Person(person) if person.user == user => Ok(()),
        Actor::Person(_) | Actor::Connection(_) | Actor::Application(_) => outrank(actor, &of_user(tx, tenant, user)?),
    }
}

/// Refuses to touch somebody who holds, or held when they were deleted, what the actor does not.
///
/// # Errors
/// As [`touch`].
pub(in crate::directory) fn outrank(actor: &Actor, held: &Holdings) -> Result<()> {
    if holds_all(actor, held) {
        return Ok(());
    }
    Err(Error::forbidden("mightier_user", "this user has permissions that you do not have"))
}

fn holds_all(actor: &Actor, what: &Holdings) -> bool {
    match actor {
        Actor::System(_) => true,
        Actor::Person(person) => person.holdings.covers(what),
        Actor::Connection(_) | Actor::Application(_) => what.is_empty(),
    }
}

/// Refuses to give what the actor does not hold, as far as it would reach (IR-3): asked by every effect that gives
/// permissions, be it by a grant, a membership, a place in the tree of org units, or an edit of a role; in the transaction
/// of the effect, where nothing else comes between. Connections and applications hold none, and so give none. Whatever door a
/// role is given or taken by, a person proves anew who they are (IR-18).
///
/// # Errors
/// [`Error::Forbidden`] when something of it is not the actor's; [`Error::StepUp`] for who must first prove anew who they are.
pub fn may_give(_: &mut Tx<'_>, actor: &Actor, what: &Holdings) -> Result<()> {
    if !holds_all(actor, what) {
        return Err(Error::forbidden("upward_grant", "this would give permissions that you do not have"));
    }
    match actor.person() {
        Some(person) if !what.is_empty() => person.fresh(),
        _ => Ok(()),
    }
}

/// Lets members join a group (IR-3): refuses it to whoever does not hold what they come to hold by that, and makes it be
/// read anew. Asked by every door that adds a member, be it a user or a group.
///
/// An identity provider only ever changes groups of its own. Whether such a group has roles an administrator decided, who
/// knew that its members are the provider's to say; nobody comes to reach beyond the tenant by it all the same.
///
/// # Errors
/// [`Error::Forbidden`] as [`may_give`].
pub fn join(tx: &mut Tx<'_>, actor: &Actor, tenant: TenantId, group: GroupId, members: &[Uuid]) -> Result<()> {
    let given = given_by_group(tx, tenant, group)?;
    if !matches!(actor, Actor::Connection(_)) || given.is_protected() {
        may_give(tx, actor, &given)?;
    }
    if given.is_empty() { Ok(()) } else { moved(tx, actor, tenant, members) }
}

/// Lets members leave a group: what they held by it is gone at once. Whoever is an administrator takes away only what is
/// theirs too; an identity provider may always take its users out of its groups.
///
/// # Errors
/// [`Error::Forbidden`] as [`may_give`].
pub fn leave(tx: &mut Tx<'_>, actor: &Actor, tenant: TenantId, group: GroupId, members: &[Uuid]) -> Result<()> {
    let given = given_by_group(tx, tenant, group)?;
    if actor.person().is_some() {
        may_give(tx, actor, &given)?;
    }
    if given.is_empty() { Ok(()) } else { moved(tx, actor, tenant, members) }
}

/// What members hold becomes another: an administrator does that to those alone whom a grant of their own could be given to,
/// and it is read anew. An identity provider says who is in its groups, whatever else they hold.
fn moved(tx: &mut Tx<'_>, actor: &Actor, tenant: TenantId, members: &[Uuid]) -> Result<()> {
    for member in members {
        if actor.person().is_some() {
            touch_by(tx, actor, tenant, UserId::from(*member))?;
        }
        if !rows::raise_version(tx, UserId::from(*member))? {
            // No user, so a group: whoever is in it.
            return all_changed(tx, tenant);
        }
    }
    Ok(())
}

/// Makes what somebody holds be read anew, after a change of their grants, memberships or org units. Nobody is signed out
/// by it.
///
/// # Errors
/// When the database cannot be asked.
pub fn changed(tx: &mut Tx<'_>, tenant: TenantId, subject: Subject) -> Result<()> {
    match subject {
        Subject::User(user) => rows::raise_version(tx, user).map(drop),
        Subject::Group(_) | Subject::Unit(_) => all_changed(tx, tenant),
    }
}

/// The same after a change that concerns many users of a tenant: of a role, a nesting, a unit's place.
///
/// # Errors
/// When the database cannot be asked.
pub fn all_changed(tx: &mut Tx<'_>, tenant: TenantId) -> Result<()> {
    tenant_rows::raise_grants_version(tx, tenant)
}

/// The same after a scope became another: a unit that moved, a tenant that went to another partner. Who holds something
/// over it may be a user of any tenant.
///
/// # Errors
/// When the database cannot be asked.
pub fn scope_changed(tx: &mut Tx<'_>, tier: Tier, id: SubjectId) -> Result<()> {
    for tenant in rows::tenants_with(tx, tier, id)? {
        all_changed(tx, tenant)?;
    }
    Ok(())
}
