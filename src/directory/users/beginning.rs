//! What a new user has from the start beside its row: its org unit and its groups, which may give permissions, so that
//! nobody hands out more in this way than they have; its password, and what it is written to about.

use crate::access::role::PLATFORM_OWNER;
use crate::access::{Extent, MembersWrite, Permit, UsersApprove, UsersWrite, decide};
use crate::directory::accounts::status::Activation;
use crate::directory::settings::NewUsers;
use crate::directory::tenants::operators_only;
use crate::directory::units::record_first;
use crate::directory::{accounts, grants, limits, owners, passwords};
use crate::error::{Error, Result};
use crate::ids::{GroupId, UserId};
use crate::journal::{self, Author};
use crate::notify::{Purpose, outbox};
use crate::store::accounts as account_rows;
use crate::store::groups::{self, Owner};
use crate::store::members::{self, Member};
use crate::store::{Lock, Tx, unit_members, units};

use super::{Beginning, FirstGrant};

/// Refuses what the permit cannot be good for, before anything is written.
///
/// # Errors
/// [`Error::Denied`] for a user outside of the org units that the permit reaches; [`Error::LacksScope`] when groups are
/// given and members may not be added to any.
pub(super) fn judge(permit: &Permit<UsersWrite>, beginning: &Beginning) -> Result<()> {
    if beginning.home_unit.is_none() && matches!(permit.extent(), Extent::Units(_)) {
        return Err(Error::Denied("a new user must be in one of the org units that you look after".to_owned()));
    }
    if beginning.proven || beginning.grant.is_some() {
        operators_only(permit.actor())?;
    }
    if !beginning.groups.is_empty() {
        decide::<MembersWrite>(permit.actor(), permit.place())?;
    }
    Ok(())
}

/// What a new user waits for, and what it is written to about until then, in a tenant that lets new users wait (S4-27);
/// nothing for one who begins as wished.
pub(super) fn waits(
    rules: NewUsers,
    permit: &Permit<UsersWrite>,
    beginning: &Beginning,
) -> Option<(Activation, Option<Purpose>)> {
    if beginning.proven || beginning.grant.is_some() {
        return None;
    }
    let provisioned = permit.connection().is_some();
    let asks =
        if provisioned { rules.approve_provisioned } else { rules.approve_made && !may_approve(permit, beginning) };
    let has_password = beginning.password.is_some();
    if asks {
        // The link to set the first password goes out when it is good for something.
        return Some((Activation::Approval, Some(Purpose::Verify).filter(|_| has_password)));
    }
    (rules.confirm_email && has_password && !provisioned).then_some((Activation::Unverified, Some(Purpose::Verify)))
}

/// Whether whoever makes a user might as well approve it: what they may is for the whole tenant, or they make it in an org
/// unit of their own to approve in.
fn may_approve(permit: &Permit<UsersWrite>, beginning: &Beginning) -> bool {
    let Ok(approver) = decide::<UsersApprove>(permit.actor(), permit.place()) else { return false };
    match (approver.extent(), permit.extent()) {
        (Extent::Whole, _) => true,
        (Extent::Units(approved), Extent::Units(made)) => beginning.home_unit.is_some() && approved == made,
        (Extent::Units(_), Extent::Whole) => false,
    }
}

/// Puts a new user where it belongs.
///
/// # Errors
/// [`Error::Missing`] for a unit or group that is none, or out of reach; [`Error::Denied`] when it gives more permissions
/// than whoever makes the user has, or makes a group too large.
pub(super) fn write(
    tx: &mut Tx<'_>,
    permit: &Permit<UsersWrite>,
    author: Author<'_>,
    user: UserId,
    beginning: &Beginning,
) -> Result<()> {
    if let Some(unit) = beginning.home_unit {
        units::find(tx, author.tenant, unit)?.ok_or(Error::Missing("org unit"))?;
        unit_members::insert(tx, user, unit, true)?;
        accounts::judge_reach(tx, permit, user).map_err(|_| Error::Missing("org unit"))?;
        let given = grants::given_by_unit(tx, author.tenant, unit)?;
        grants::may_give(tx, permit.actor(), &given)?;
        record_first(tx, author, user, unit)?;
    }
    let mut groups = beginning.groups.clone();
    groups.sort_unstable();
    groups.dedup();
    for group in &groups {
        join(tx, author, user, *group)?;
    }
    if let Some((chosen, kind)) = &beginning.password {
        let account = account_rows::find(tx, author.tenant, user)?.ok_or(Error::Missing("User"))?;
        passwords::put(tx, author, &account, chosen, *kind)?;
    }
    if beginning.proven {
        account_rows::prove_address(tx, author.tenant, user)?;
    }
    if let Some(grant) = &beginning.grant {
        first_grant(tx, author, user, grant)?;
    }
    let Some(purpose) = beginning.mail else { return Ok(()) };
    let payload = serde_json::json!({});
    outbox::put(tx, &outbox::Message { tenant: author.tenant, user, purpose, payload, due: author.cx.now })
}

/// Grants a new user the role that an operator wants it to have.
fn first_grant(tx: &mut Tx<'_>, author: Author<'_>, user: UserId, grant: &FirstGrant) -> Result<()> {
    if grant.role == PLATFORM_OWNER {
        return owners::install(tx, author, grant.id, user, grant.only_first_owner);
    }
    let subject = grants::Subject::User(user);
    let (role, scope) = (grant.role.clone(), grant.scope);
    let draft = grants::Draft { subject, role, scope, expires: None, origin: "direct" };
    grants::install(tx, author, grant.id, &draft)
}

/// Makes a user a member of a local group. The groups of a connection are its own to fill.
fn join(tx: &mut Tx<'_>, author: Author<'_>, user: UserId, group: GroupId) -> Result<()> {
    tx.lock(Lock::Group(group))?;
    let owner = Owner { tenant: author.tenant, connection: None };
    groups::find(tx, owner, group)?.ok_or(Error::Missing("group"))?;
    members::insert(tx, group, &[Member { id: user.uuid(), is_group: false }])?;
    limits::members(tx, author.tenant, group)?;
    grants::join(tx, author.actor, author.tenant, group, &[user.uuid()])?;
    groups::touch(tx, author.tenant, &[group], author.cx.now)?;
    journal::record_members(tx, author, &group, &[user.uuid()], &[])
}
