//! What stands in other tables because of a user: roles, org units, applications, sessions and links. Rows only: it goes
//! with a user who is deleted, and comes back as far as it still fits.

use diesel::prelude::*;

use super::grants::Grant;
use super::schema::{application, application_assignment, one_time_link, org_unit, role_grant, session, user_org_unit};
use super::tx::Tx;
use crate::clock::Instant;
use crate::error::Result;
use crate::ids::{ApplicationId, SubjectId, TenantId, UnitId, UserId};

/// What a user has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Belongings {
    /// Roles granted to the user itself.
    pub grants: Vec<Grant>,
    /// Org units, each with whether it is the home.
    pub units: Vec<(UnitId, bool)>,
    /// Applications that the user itself is assigned to.
    pub applications: Vec<ApplicationId>,
}

/// Takes from a user all that it has; sessions and links that wait to be followed go for good.
///
/// # Errors
/// When the database cannot be asked.
pub fn take(tx: &mut Tx<'_>, user: UserId) -> Result<Belongings> {
    let subject = SubjectId::from(user.uuid());
    let grants = role_grant::table.filter(role_grant::subject_id.eq(subject));
    let units = user_org_unit::table.filter(user_org_unit::user_id.eq(user));
    let assignments = application_assignment::table.filter(application_assignment::subject_id.eq(subject));
    let taken = Belongings {
        grants: grants.select(Grant::as_select()).load(tx.conn)?,
        units: units.select((user_org_unit::unit_id, user_org_unit::is_home)).load(tx.conn)?,
        applications: assignments.select(application_assignment::application_id).load(tx.conn)?,
    };
    if !taken.grants.is_empty() {
        diesel::delete(grants).execute(tx.conn)?;
    }
    if !taken.units.is_empty() {
        diesel::delete(units).execute(tx.conn)?;
    }
    if !taken.applications.is_empty() {
        diesel::delete(assignments).execute(tx.conn)?;
    }
    diesel::delete(session::table.filter(session::user_id.eq(user))).execute(tx.conn)?;
    diesel::delete(one_time_link::table.filter(one_time_link::user_id.eq(user))).execute(tx.conn)?;
    Ok(taken)
}

/// Gives a user what it had, as far as there still are such units and applications of the tenant.
///
/// # Errors
/// When the database cannot be asked.
pub fn give_back(tx: &mut Tx<'_>, tenant: TenantId, user: UserId, back: &Belongings, now: Instant) -> Result<()> {
    for grant in &back.grants {
        super::grants::insert(tx, grant)?;
    }
    for (unit, is_home) in &back.units {
        let there = org_unit::table.filter(org_unit::id.eq(unit).and(org_unit::tenant_id.eq(tenant)));
        if there.select(org_unit::id).get_result::<UnitId>(tx.conn).optional()?.is_some() {
            let row =
                (user_org_unit::user_id.eq(user), user_org_unit::unit_id.eq(unit), user_org_unit::is_home.eq(is_home));
            diesel::insert_into(user_org_unit::table).values(row).execute(tx.conn)?;
        }
    }
    for id in &back.applications {
        let there = application::table.filter(application::id.eq(id).and(application::tenant_id.eq(tenant)));
        if there.select(application::id).get_result::<ApplicationId>(tx.conn).optional()?.is_some() {
            let row = (
                application_assignment::application_id.eq(id),
                application_assignment::subject_kind.eq("user"),
                application_assignment::subject_id.eq(SubjectId::from(user.uuid())),
                application_assignment::created.eq(now),
            );
            diesel::insert_into(application_assignment::table).values(row).execute(tx.conn)?;
        }
    }
    Ok(())
}
