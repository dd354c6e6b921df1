//! The `role_grant` table: who has which role, and how far it reaches; and the roles that tenants made.

use diesel::prelude::*;
use uuid::Uuid;

use super::conn::directly;
use super::members::CHUNK;
use super::schema::{group_member, org_unit, role, role_grant, tenant, user_org_unit, users};
use super::tx::{Tx, is_taken};
use super::types::Document;
use crate::access::Tier;
use crate::clock::Instant;
use crate::error::{Error, Result};
use crate::ids::{GrantId, GroupId, PartnerId, SubjectId, TenantId, UnitId, UserId};

/// How deep groups in groups are followed.
const DEEPEST: usize = 64;

/// A grant.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = role_grant, treat_none_as_default_value = false)]
pub struct Grant {
    /// Its id.
    pub id: GrantId,
    /// The tenant of the subject.
    pub tenant_id: TenantId,
    /// `user`, `group` or `org_unit`.
    pub subject_kind: String,
    /// Who has the role.
    pub subject_id: SubjectId,
    /// The key of a built-in role, or of one that the tenant made.
    pub role: String,
    /// A word of [`crate::access::Tier`].
    pub scope_kind: String,
    /// The partner, tenant or unit; for the platform the nil id.
    pub scope_id: SubjectId,
    /// Where it comes from: `direct`, `bootstrap`, `mapping` ...
    pub origin: String,
    /// When it was made.
    pub created: Instant,
    /// By whom: kind and id.
    pub created_by: String,
    /// When it ends.
    pub expires: Option<Instant>,
}

/// A role that a tenant made, as far as it decides.
#[derive(Clone, Debug, PartialEq)]
pub struct Role {
    /// Its key.
    pub key: String,
    /// Words of permissions.
    pub permissions: serde_json::Value,
    /// Keys of roles whose permissions it has too.
    pub inherits: serde_json::Value,
}

/// Adds a grant.
///
/// # Errors
/// [`Error::Taken`] when the subject has the role with that scope already.
pub fn insert(tx: &mut Tx<'_>, new: &Grant) -> Result<()> {
    match diesel::insert_into(role_grant::table).values(new).execute(tx.conn) {
        Ok(_) => Ok(()),
        Err(error) if is_taken(&error) => Err(Error::Taken("the role is granted already".to_owned())),
        Err(error) => Err(error.into()),
    }
}

/// Every grant that gives a user something: its own, those of the groups it is in, however deep, and those of its org
/// units and the units above them.
///
/// # Errors
/// When the database cannot be asked.
pub fn of_user(tx: &mut Tx<'_>, of: TenantId, user: UserId) -> Result<Vec<Grant>> {
    let mut subjects = vec![SubjectId::from(user.uuid())];
    let kinds = role_grant::table.filter(role_grant::tenant_id.eq(of).and(role_grant::subject_kind.ne("user")));
    let kinds = kinds.select(role_grant::subject_kind).distinct();
    let kinds: Vec<String> = directly!(tx.conn, inner => kinds.load(inner))?;
    // Mostly only users have roles; then nobody asks for groups and units.
    if kinds.iter().any(|kind| kind == "group") {
        subjects.extend(groups_above(tx, user.uuid())?);
    }
    if kinds.iter().any(|kind| kind == "org_unit") {
        subjects.extend(units_of(tx, user)?);
    }
    of_subjects(tx, of, &subjects)
}

/// Every grant that the members of a group have by it: its own, and those of the groups that it is in, however deep.
///
/// # Errors
/// When the database cannot be asked.
pub fn of_group(tx: &mut Tx<'_>, of: TenantId, group: GroupId) -> Result<Vec<Grant>> {
    let mut subjects = vec![SubjectId::from(group.uuid())];
    subjects.extend(groups_above(tx, group.uuid())?);
    of_subjects(tx, of, &subjects)
}

/// Every grant that the users of a unit have by it: its own, and those of the units above it.
///
/// # Errors
/// When the database cannot be asked.
pub fn of_unit(tx: &mut Tx<'_>, of: TenantId, id: UnitId) -> Result<Vec<Grant>> {
    let Some((_, _, lineage)) = unit(tx, id)? else { return Ok(Vec::new()) };
    let subjects: Vec<SubjectId> = ids_of(&lineage).collect();
    of_subjects(tx, of, &subjects)
}

/// The grants that these have themselves.
fn of_subjects(tx: &mut Tx<'_>, of: TenantId, subjects: &[SubjectId]) -> Result<Vec<Grant>> {
    let mut found = Vec::new();
    for some in subjects.chunks(CHUNK) {
        let grants = role_grant::table.filter(role_grant::tenant_id.eq(of));
        let grants = grants.filter(role_grant::subject_id.eq_any(some.to_vec())).select(Grant::as_select());
        found.extend(grants.load::<Grant>(tx.conn)?);
    }
    Ok(found)
}

/// The groups that a user or a group is in, however deep.
fn groups_above(tx: &mut Tx<'_>, member: Uuid) -> Result<Vec<SubjectId>> {
    let (mut all, mut last): (Vec<GroupId>, Vec<GroupId>) = (Vec::new(), vec![GroupId::from(member)]);
    for _ in 0..DEEPEST {
        let mut above = Vec::new();
        for some in last.chunks(CHUNK) {
            let groups = group_member::table.filter(group_member::member_id.eq_any(some.to_vec()));
            above.extend(groups.select(group_member::group_id).load::<GroupId>(tx.conn)?);
        }
        above.retain(|group| !all.contains(group));
        above.sort_unstable();
        above.dedup();
        if above.is_empty() {
            break;
        }
        all.extend(&above);
        last = above;
    }
    Ok(all.into_iter().map(|group| SubjectId::from(group.uuid())).collect())
}

/// The org units of a user, and those above them.
fn units_of(tx: &mut Tx<'_>, user: UserId) -> Result<Vec<SubjectId>> {
    let lineages = user_org_unit::table.inner_join(org_unit::table.on(org_unit::id.eq(user_org_unit::unit_id)));
    let lineages: Vec<String> =
        lineages.filter(user_org_unit::user_id.eq(user)).select(org_unit::lineage).load(tx.conn)?;
    Ok(lineages.iter().flat_map(|lineage| ids_of(lineage)).collect())
}

/// The units of a lineage.
fn ids_of(lineage: &str) -> impl Iterator<Item = SubjectId> {
    lineage.split('/').filter_map(|id| id.parse().ok())
}

/// The roles that a tenant made.
///
/// # Errors
/// When the database cannot be asked.
pub fn roles(tx: &mut Tx<'_>, of: TenantId) -> Result<Vec<Role>> {
    let found: Vec<(String, Document, Document)> = role::table
        .filter(role::tenant_id.eq(of))
        .order(role::key)
        .select((role::key, role::permissions, role::inherits))
        .load(tx.conn)?;
    let role = |(key, permissions, inherits): (String, Document, Document)| Role {
        key,
        permissions: permissions.0,
        inherits: inherits.0,
    };
    Ok(found.into_iter().map(role).collect())
}

/// The partner of a tenant; `None` when there is no such tenant.
///
/// # Errors
/// When the database cannot be asked.
pub fn partner_of(tx: &mut Tx<'_>, of: TenantId) -> Result<Option<Option<PartnerId>>> {
    let found = tenant::table.filter(tenant::id.eq(of)).select(tenant::partner_id);
    Ok(directly!(tx.conn, inner => found.get_result(inner)).optional()?)
}

/// The tenant of a unit, that tenant's partner, and the unit's lineage.
///
/// # Errors
/// When the database cannot be asked.
pub fn unit(tx: &mut Tx<'_>, id: UnitId) -> Result<Option<(TenantId, Option<PartnerId>, String)>> {
    Ok(org_unit::table
        .inner_join(tenant::table.on(tenant::id.eq(org_unit::tenant_id)))
        .filter(org_unit::id.eq(id))
        .select((org_unit::tenant_id, tenant::partner_id, org_unit::lineage))
        .get_result(tx.conn)
        .optional()?)
}

/// Makes a user's grants be read anew.
///
/// # Errors
/// When the database cannot be asked.
pub fn raise_version(tx: &mut Tx<'_>, user: UserId) -> Result<()> {
    diesel::update(users::table.filter(users::id.eq(user)))
        .set(users::grants_version.eq(users::grants_version + 1))
        .execute(tx.conn)?;
    Ok(())
}

/// The tenants with subjects that have something over a scope.
///
/// # Errors
/// When the database cannot be asked.
pub fn tenants_with(tx: &mut Tx<'_>, tier: Tier, scope: SubjectId) -> Result<Vec<TenantId>> {
    let over = role_grant::table.filter(role_grant::scope_kind.eq(tier.as_str()).and(role_grant::scope_id.eq(scope)));
    Ok(over.select(role_grant::tenant_id).distinct().order(role_grant::tenant_id).load(tx.conn)?)
}

/// Deletes the grants of a subject; answers how many there were.
///
/// # Errors
/// When the database cannot be asked.
pub fn delete_of(tx: &mut Tx<'_>, of: TenantId, subject: SubjectId) -> Result<usize> {
    let own = role_grant::table.filter(role_grant::tenant_id.eq(of).and(role_grant::subject_id.eq(subject)));
    Ok(diesel::delete(own).execute(tx.conn)?)
}

/// Deletes the grants over a scope.
///
/// # Errors
/// When the database cannot be asked.
pub fn delete_over(tx: &mut Tx<'_>, tier: Tier, scope: SubjectId) -> Result<()> {
    let over = role_grant::table.filter(role_grant::scope_kind.eq(tier.as_str()).and(role_grant::scope_id.eq(scope)));
    diesel::delete(over).execute(tx.conn)?;
    Ok(())
}
