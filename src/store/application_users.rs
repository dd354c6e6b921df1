//! Who may use an application: the active users assigned to it, themselves or by a group, with the groups in it.

use diesel::prelude::*;

use super::conn::MultiBackend;
use super::members::CHUNK;
use super::schema::{application_assignment, group_member, groups, users};
use super::tx::Tx;
use crate::clock::Instant;
use crate::error::{Error, Result};
use crate::ids::{ApplicationId, GroupId, SubjectId, TenantId, UserId};

/// Groups of an application, at the most: what both stores take as parameters, with room to spare.
const MOST_GROUPS: usize = 10_000;

/// A user as an application sees it in a list.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct EffectiveUser {
    /// The id.
    pub id: UserId,
    /// The name to sign in with.
    pub user_name: String,
    /// The name for people.
    pub display_name: Option<String>,
    /// The e-mail address of the account.
    pub email: Option<String>,
    /// Whether that is confirmed.
    pub email_verified: bool,
}

/// One page of the active users who may use an application, in the order of their creation, and how many there are.
///
/// # Errors
/// [`Error::TooMany`] when more groups are assigned to it than can be looked at.
pub fn page(
    tx: &mut Tx<'_>,
    of: TenantId,
    application: ApplicationId,
    now: Instant,
    offset: i64,
    limit: i64,
) -> Result<(Vec<EffectiveUser>, i64)> {
    let groups = groups_of(tx, of, application)?;
    let total = allowed(of, application, &groups, now).count().get_result(tx.conn)?;
    let columns = (users::id, users::user_name, users::display_name, users::email, users::email_verified);
    let page = allowed(of, application, &groups, now)
        .order(users::seq)
        .offset(offset)
        .limit(limit)
        .select(columns)
        .load(tx.conn)?;
    Ok((page, total))
}

type Boxed = users::BoxedQuery<'static, MultiBackend>;

fn allowed(of: TenantId, application: ApplicationId, groups: &[GroupId], now: Instant) -> Boxed {
    let direct = application_assignment::table
        .filter(application_assignment::application_id.eq(application))
        .filter(application_assignment::subject_kind.eq("user"))
        .select(application_assignment::subject_id);
    let members = group_member::table
        .filter(group_member::group_id.eq_any(groups.to_vec()).and(group_member::is_group.eq(false)))
        .select(group_member::member_id);
    // A status that ends by itself has ended when its time has come, written or not.
    let stays = users::status_until.is_null().or(users::status_until.gt(now));
    let ended = users::status_until.le(now).and(users::status_after.eq("ACTIVE"));
    let active = users::status.eq("ACTIVE").and(stays).or(ended);
    let assigned = users::id.eq_any(direct).or(users::id.eq_any(members));
    users::table
        .into_boxed::<MultiBackend>()
        .filter(users::tenant_id.eq(of).and(users::deleted.is_null()))
        .filter(active.assume_not_null())
        .filter(assigned)
}

/// The groups assigned to an application, and those in them, however deep. Circles end: no group is asked for twice.
fn groups_of(tx: &mut Tx<'_>, of: TenantId, application: ApplicationId) -> Result<Vec<GroupId>> {
    let assigned: Vec<SubjectId> = application_assignment::table
        .filter(application_assignment::application_id.eq(application))
        .filter(application_assignment::subject_kind.eq("group"))
        .select(application_assignment::subject_id)
        .load(tx.conn)?;
    let mut next: Vec<GroupId> = assigned.into_iter().map(|subject| GroupId::from(subject.uuid())).collect();
    let mut all = std::collections::BTreeSet::new();
    while !next.is_empty() {
        next.retain(|group| all.insert(*group));
        if all.len() > MOST_GROUPS {
            return Err(Error::TooMany(format!("more than {MOST_GROUPS} groups are assigned to this application")));
        }
        let mut below = Vec::new();
        for some in next.chunks(CHUNK) {
            let nested = group_member::table
                .inner_join(groups::table.on(groups::id.eq(group_member::member_id)))
                .filter(groups::tenant_id.eq(of).and(group_member::is_group.eq(true)))
                .filter(group_member::group_id.eq_any(some.to_vec()));
            below.extend(nested.select(groups::id).load::<GroupId>(tx.conn)?);
        }
        next = below;
    }
    Ok(all.into_iter().collect())
}
