//! The `role_grant` table: who has which role, and how far it reaches.

use diesel::prelude::*;
use uuid::Uuid;

use super::conn::MultiBackend;
use super::conn::directly;
use super::members::CHUNK;
use super::schema::{group_member, groups, org_unit, partner, role_grant, tenant, user_org_unit, users};
use super::tx::{Tx, is_taken};
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
    // Mostly only users have roles; then nobody asks for groups and units.
    let kinds = kinds(tx, of)?;
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
    if !kinds(tx, of)?.iter().any(|kind| kind == "group") {
        return Ok(Vec::new());
    }
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

/// The kinds of subjects other than users that have a role in a tenant.
fn kinds(tx: &mut Tx<'_>, of: TenantId) -> Result<Vec<String>> {
    let kinds = role_grant::table.filter(role_grant::tenant_id.eq(of).and(role_grant::subject_kind.ne("user")));
    let kinds = kinds.select(role_grant::subject_kind).distinct();
    Ok(directly!(tx.conn, inner => kinds.load(inner))?)
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
    Ok(lineages_of(tx, user)?.iter().flat_map(|lineage| ids_of(lineage)).collect())
}

/// The lineages of the org units of a user.
///
/// # Errors
/// When the database cannot be asked.
pub fn lineages_of(tx: &mut Tx<'_>, user: UserId) -> Result<Vec<String>> {
    let lineages = user_org_unit::table.inner_join(org_unit::table.on(org_unit::id.eq(user_org_unit::unit_id)));
    Ok(lineages.filter(user_org_unit::user_id.eq(user)).select(org_unit::lineage).load(tx.conn)?)
}

/// Up to `most` of the grants of these roles that have not ended and reach a user of a tenant, whoever has them: over the
/// platform, the tenant's partner, the tenant, and the user's org units and those above them.
///
/// # Errors
/// When the database cannot be asked.
pub fn reaching(
    tx: &mut Tx<'_>,
    (of, partner, user): (TenantId, Option<PartnerId>, UserId),
    roles: &[String],
    now: Instant,
    most: i64,
) -> Result<Vec<Grant>> {
    let mut scopes = units_of(tx, user)?;
    scopes.push(SubjectId::from(of.uuid()));
    scopes.extend(partner.map(|partner| SubjectId::from(partner.uuid())));
    let over = role_grant::scope_kind.eq(Tier::Platform.as_str()).or(role_grant::scope_id.eq_any(scopes));
    let living = role_grant::expires.is_null().or(role_grant::expires.assume_not_null().gt(now));
    let rows = role_grant::table.filter(role_grant::role.eq_any(roles.to_vec()).and(over).and(living));
    let rows = rows.order((role_grant::created, role_grant::id)).limit(most);
    Ok(rows.select(Grant::as_select()).load(tx.conn)?)
}

/// The units of a lineage.
fn ids_of(lineage: &str) -> impl Iterator<Item = SubjectId> {
    lineage.split('/').filter_map(|id| id.parse().ok())
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

/// Makes a user's grants be read anew; answers whether there is such a user.
///
/// # Errors
/// When the database cannot be asked.
pub fn raise_version(tx: &mut Tx<'_>, user: UserId) -> Result<bool> {
    let of_user = diesel::update(users::table.filter(users::id.eq(user)));
    Ok(of_user.set(users::grants_version.eq(users::grants_version + 1)).execute(tx.conn)? > 0)
}

/// The tenants with subjects that have something over a scope.
///
/// # Errors
/// When the database cannot be asked.
pub fn tenants_with(tx: &mut Tx<'_>, tier: Tier, scope: SubjectId) -> Result<Vec<TenantId>> {
    let over = role_grant::table.filter(role_grant::scope_kind.eq(tier.as_str()).and(role_grant::scope_id.eq(scope)));
    Ok(over.select(role_grant::tenant_id).distinct().order(role_grant::tenant_id).load(tx.conn)?)
}

/// Up to `most` of the grants of a subject, the oldest first.
///
/// # Errors
/// When the database cannot be asked.
pub fn some_of(tx: &mut Tx<'_>, of: TenantId, subject: SubjectId, most: i64) -> Result<Vec<Grant>> {
    let own = role_grant::table.filter(role_grant::tenant_id.eq(of).and(role_grant::subject_id.eq(subject)));
    Ok(own.order(role_grant::id).limit(most).select(Grant::as_select()).load(tx.conn)?)
}

/// Up to `most` of the grants over a scope, whoever has them, the oldest first.
///
/// # Errors
/// When the database cannot be asked.
pub fn some_over(tx: &mut Tx<'_>, tier: Tier, scope: SubjectId, most: i64) -> Result<Vec<Grant>> {
    let over = role_grant::table.filter(role_grant::scope_kind.eq(tier.as_str()).and(role_grant::scope_id.eq(scope)));
    Ok(over.order(role_grant::id).limit(most).select(Grant::as_select()).load(tx.conn)?)
}

/// The org units of a tenant over which somebody of another tenant has a grant.
///
/// # Errors
/// When the database cannot be asked.
pub fn units_with_strangers(tx: &mut Tx<'_>, of: TenantId) -> Result<Vec<SubjectId>> {
    let units = org_unit::table.filter(org_unit::tenant_id.eq(of)).select(org_unit::id);
    let over = role_grant::scope_kind.eq(Tier::Unit.as_str()).and(role_grant::scope_id.eq_any(units));
    let strangers = role_grant::table.filter(over.and(role_grant::tenant_id.ne(of)));
    Ok(strangers.select(role_grant::scope_id).distinct().order(role_grant::scope_id).load(tx.conn)?)
}

/// Up to `most` of the grants of a role that a tenant's subjects have, the oldest first.
///
/// # Errors
/// When the database cannot be asked.
pub fn some_with(tx: &mut Tx<'_>, of: TenantId, role: &str, most: i64) -> Result<Vec<Grant>> {
    let having = role_grant::table.filter(role_grant::tenant_id.eq(of).and(role_grant::role.eq(role)));
    Ok(having.order(role_grant::id).limit(most).select(Grant::as_select()).load(tx.conn)?)
}

/// Which grants of a tenant; what is left out does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Those of a subject.
    pub subject: Option<SubjectId>,
    /// Those of a role.
    pub role: Option<String>,
    /// Those over a scope.
    pub scope: Option<(Tier, SubjectId)>,
}

/// The grants that concern a tenant: those of its users, groups and units, and those over it or a unit of it, whoever has
/// them.
fn concerning(of: TenantId) -> role_grant::BoxedQuery<'static, MultiBackend> {
    let over_tenant = role_grant::scope_kind.eq(Tier::Tenant.as_str());
    let over_tenant = over_tenant.and(role_grant::scope_id.eq(SubjectId::from(of.uuid())));
    let units = org_unit::table.filter(org_unit::tenant_id.eq(of)).select(org_unit::id);
    let over_unit = role_grant::scope_kind.eq(Tier::Unit.as_str()).and(role_grant::scope_id.eq_any(units));
    role_grant::table.filter(role_grant::tenant_id.eq(of).or(over_tenant).or(over_unit)).into_boxed()
}

fn filtered(of: TenantId, filter: &Filter) -> role_grant::BoxedQuery<'static, MultiBackend> {
    let mut query = concerning(of);
    if let Some(subject) = filter.subject {
        query = query.filter(role_grant::subject_id.eq(subject));
    }
    if let Some(role) = &filter.role {
        query = query.filter(role_grant::role.eq(role.clone()));
    }
    if let Some((tier, scope)) = filter.scope {
        query = query.filter(role_grant::scope_kind.eq(tier.as_str()).and(role_grant::scope_id.eq(scope)));
    }
    query
}

/// A page of the grants that concern a tenant, the oldest first, and how many there are.
///
/// # Errors
/// When the database cannot be asked.
pub fn page(tx: &mut Tx<'_>, of: TenantId, filter: &Filter, offset: i64, limit: i64) -> Result<(Vec<Grant>, i64)> {
    let total = filtered(of, filter).count().get_result(tx.conn)?;
    let rows = filtered(of, filter).order((role_grant::created, role_grant::id)).offset(offset).limit(limit);
    Ok((rows.select(Grant::as_select()).load(tx.conn)?, total))
}

/// A grant that concerns a tenant.
///
/// # Errors
/// When the database cannot be asked.
pub fn find(tx: &mut Tx<'_>, of: TenantId, id: GrantId) -> Result<Option<Grant>> {
    Ok(concerning(of).filter(role_grant::id.eq(id)).select(Grant::as_select()).first(tx.conn).optional()?)
}

/// The grant that gives the same to the same subject, when there is one.
///
/// # Errors
/// When the database cannot be asked.
pub fn same(tx: &mut Tx<'_>, new: &Grant) -> Result<Option<Grant>> {
    let same = role_grant::table
        .filter(role_grant::subject_id.eq(new.subject_id).and(role_grant::role.eq(&new.role)))
        .filter(role_grant::scope_kind.eq(&new.scope_kind).and(role_grant::scope_id.eq(new.scope_id)));
    Ok(same.select(Grant::as_select()).first(tx.conn).optional()?)
}

/// Deletes a grant. False when there is none.
///
/// # Errors
/// When the database cannot be asked.
pub fn delete(tx: &mut Tx<'_>, id: GrantId) -> Result<bool> {
    Ok(diesel::delete(role_grant::table.filter(role_grant::id.eq(id))).execute(tx.conn)? > 0)
}

/// The name of a living user, group or unit of a tenant, which the transaction keeps; `None` when there is none.
///
/// # Errors
/// When the database cannot be asked.
pub fn subject_name(tx: &mut Tx<'_>, of: TenantId, kind: &str, id: SubjectId) -> Result<Option<String>> {
    let id = id.uuid();
    let name = match kind {
        "user" => users::table
            .filter(users::id.eq(UserId::from(id)).and(users::tenant_id.eq(of)).and(users::deleted.is_null()))
            .select(users::user_name)
            .first(tx.conn),
        "group" => groups::table
            .filter(groups::id.eq(GroupId::from(id)).and(groups::tenant_id.eq(of)))
            .select(groups::display_name)
            .first(tx.conn),
        _ => org_unit::table
            .filter(org_unit::id.eq(UnitId::from(id)).and(org_unit::tenant_id.eq(of)))
            .select(org_unit::name)
            .first(tx.conn),
    };
    Ok(name.optional()?)
}

/// Whether there is a partner of that id.
///
/// # Errors
/// When the database cannot be asked.
pub fn partner_exists(tx: &mut Tx<'_>, id: PartnerId) -> Result<bool> {
    let found: Option<PartnerId> =
        partner::table.filter(partner::id.eq(id)).select(partner::id).first(tx.conn).optional()?;
    Ok(found.is_some())
}
