//! What the users of a tenant have to prove who they are with, all of them at once, and who has a role by whatever way: what
//! it is told by what a policy would do. It reads the whole tenant, in the lane for long reads.

use std::collections::BTreeSet;

use diesel::prelude::*;

use super::members::CHUNK;
use super::schema::{factor, group_member, org_unit, passkey, role_grant, user_mfa, user_org_unit, users};
use super::tx::Tx;
use super::{grants, text};
use crate::clock::Instant;
use crate::error::Result;
use crate::ids::{GroupId, SubjectId, TenantId, UnitId, UserId};

/// How deep groups in groups are followed.
const DEEPEST: usize = 64;

/// The living users of a tenant who are not disabled, in the order in which they were made, and since when a policy asks them
/// for something that they lack.
///
/// # Errors
/// When the database cannot be asked.
pub fn people(tx: &mut Tx<'_>, tenant: TenantId) -> Result<Vec<(UserId, Option<Instant>)>> {
    let living = users::table
        .left_join(user_mfa::table.on(user_mfa::user_id.eq(users::id)))
        .filter(users::tenant_id.eq(tenant).and(users::deleted.is_null()).and(users::status.ne("DISABLED")))
        .order(users::seq);
    Ok(living.select((users::id, user_mfa::asked_since.nullable())).load(tx.conn)?)
}

/// The kinds of factors that the users of a tenant have, `passkey` among them.
///
/// # Errors
/// When the database cannot be asked.
pub fn kinds(tx: &mut Tx<'_>, tenant: TenantId) -> Result<Vec<(UserId, String)>> {
    let of_tenant = || users::table.filter(users::tenant_id.eq(tenant)).select(users::id);
    let factors = factor::table.filter(factor::user_id.eq_any(of_tenant()));
    let mut all: Vec<(UserId, String)> = factors.select((factor::user_id, factor::kind)).load(tx.conn)?;
    let passkeys = passkey::table.filter(passkey::user_id.eq_any(of_tenant())).select(passkey::user_id).distinct();
    let passkeys: Vec<UserId> = passkeys.load(tx.conn)?;
    all.extend(passkeys.into_iter().map(|user| (user, "passkey".to_owned())));
    Ok(all)
}

/// What users are called: name, display name and e-mail.
pub type Called = (UserId, String, Option<String>, Option<String>);

/// What these users are called.
///
/// # Errors
/// When the database cannot be asked.
pub fn called(tx: &mut Tx<'_>, ids: &[UserId]) -> Result<Vec<Called>> {
    let these = users::table.filter(users::id.eq_any(ids.to_vec()));
    Ok(these.select((users::id, users::user_name, users::display_name, users::email)).load(tx.conn)?)
}

/// The grants to users, groups and org units of a tenant that have not ended.
///
/// # Errors
/// When the database cannot be asked.
pub fn living_grants(tx: &mut Tx<'_>, tenant: TenantId, now: Instant) -> Result<Vec<grants::Grant>> {
    let living = role_grant::expires.is_null().or(role_grant::expires.assume_not_null().gt(now));
    let rows = role_grant::table.filter(role_grant::tenant_id.eq(tenant).and(living));
    Ok(rows.select(grants::Grant::as_select()).load(tx.conn)?)
}

/// The users who have what is granted to a user, a group or an org unit.
///
/// # Errors
/// When the database cannot be asked.
pub fn holders(tx: &mut Tx<'_>, kind: &str, id: SubjectId) -> Result<BTreeSet<UserId>> {
    match kind {
        "user" => Ok(BTreeSet::from([UserId::from(id.uuid())])),
        "group" => members(tx, GroupId::from(id.uuid())),
        _ => of_unit(tx, UnitId::from(id.uuid())),
    }
}

/// The users in a group, however deep.
fn members(tx: &mut Tx<'_>, group: GroupId) -> Result<BTreeSet<UserId>> {
    let (mut all, mut seen, mut last) = (BTreeSet::new(), BTreeSet::from([group]), vec![group]);
    for _ in 0..DEEPEST {
        let mut below = Vec::new();
        for some in last.chunks(CHUNK) {
            let rows = group_member::table.filter(group_member::group_id.eq_any(some.to_vec()));
            let rows: Vec<(UserId, bool)> =
                rows.select((group_member::member_id, group_member::is_group)).load(tx.conn)?;
            for (member, is_group) in rows {
                if !is_group {
                    all.insert(member);
                } else if seen.insert(GroupId::from(member.uuid())) {
                    below.push(GroupId::from(member.uuid()));
                }
            }
        }
        if below.is_empty() {
            break;
        }
        last = below;
    }
    Ok(all)
}

/// The users of an org unit and of those below it.
fn of_unit(tx: &mut Tx<'_>, id: UnitId) -> Result<BTreeSet<UserId>> {
    let Some((tenant, _, lineage)) = grants::unit(tx, id)? else { return Ok(BTreeSet::new()) };
    let end = text::after_prefix(&lineage).unwrap_or_default();
    let units = org_unit::table
        .filter(org_unit::tenant_id.eq(tenant).and(org_unit::lineage.ge(lineage)).and(org_unit::lineage.lt(end)))
        .select(org_unit::id);
    let of_units = user_org_unit::table.filter(user_org_unit::unit_id.eq_any(units)).select(user_org_unit::user_id);
    Ok(of_units.load::<UserId>(tx.conn)?.into_iter().collect())
}
