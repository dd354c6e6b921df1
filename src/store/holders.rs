//! Who holds roles by whatever way: by grants of their own, of a group that they are in, however deep, or of one of their org
//! units or a unit above it. The same as [`super::grants::of_user`] says of one user, as one question about all of them; what
//! reports count and whom alerts are told. It decides nothing about what a role allows.

use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Bool, Text};

use super::conn::{Conn, MultiBackend};
use super::schema::{role_grant, users};
use super::tx::Tx;
use super::types::sql;
use crate::access::Tier;
use crate::clock::Instant;
use crate::error::Result;
use crate::ids::{SubjectId, TenantId, UserId};

/// Roles that somebody may hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holding {
    /// The tenant of the users, and so of the groups and units that they hold something by.
    pub tenant: TenantId,
    /// The keys of the roles, any of which counts.
    pub roles: Vec<String>,
    /// Over one of these scopes; `None` is over whatever.
    pub over: Option<Vec<(Tier, SubjectId)>>,
}

/// The ids of those who hold a role at a time, as a query within another. Some may come twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Holders {
    holding: Holding,
    now: Instant,
}

/// The grants that count; then those groups whose members have what one of these has. What was granted over something that is
/// gone reaches nothing.
const GRANTS: [&str; 4] = [
    "WITH RECURSIVE held (kind, id) AS (\
     SELECT role_grant.subject_kind, role_grant.subject_id FROM role_grant WHERE role_grant.tenant_id = ",
    " AND role_grant.role IN (NULL",
    ") AND (role_grant.expires IS NULL OR role_grant.expires > ",
    ") AND (role_grant.scope_kind NOT IN ('tenant', 'org_unit') \
     OR EXISTS (SELECT 1 FROM tenant WHERE tenant.id = role_grant.scope_id) \
     OR EXISTS (SELECT 1 FROM org_unit WHERE org_unit.id = role_grant.scope_id))",
];

/// Equal to an `IN` with the same id twice: for `=`, SQLite would first read all members of all groups into a filter. A lineage
/// goes on with an id, in which no `g` stands.
const USERS: &str = "), \
    held_group (id) AS (SELECT held.id FROM held WHERE held.kind = 'group' \
    UNION SELECT group_member.member_id FROM held_group CROSS JOIN group_member \
    WHERE group_member.group_id IN (held_group.id, held_group.id) AND group_member.is_group) \
    SELECT held.id AS id FROM held WHERE held.kind = 'user' \
    UNION ALL SELECT group_member.member_id FROM group_member \
    WHERE group_member.group_id IN (SELECT held_group.id FROM held_group) AND NOT group_member.is_group \
    UNION ALL SELECT user_org_unit.user_id FROM user_org_unit WHERE user_org_unit.unit_id IN (\
    SELECT below.id FROM held CROSS JOIN org_unit AS above CROSS JOIN org_unit AS below \
    WHERE held.kind = 'org_unit' AND above.id = held.id AND below.tenant_id = above.tenant_id \
    AND below.lineage >= above.lineage AND below.lineage < above.lineage || 'g')";

impl QueryFragment<MultiBackend> for Holders {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        let [of_tenant, of_roles, living, standing] = GRANTS;
        out.unsafe_to_cache_prepared();
        out.push_sql(of_tenant);
        out.push_bind_param::<sql::Id, _>(&self.holding.tenant)?;
        out.push_sql(of_roles);
        for role in &self.holding.roles {
            out.push_sql(", ");
            out.push_bind_param::<Text, _>(role)?;
        }
        out.push_sql(living);
        out.push_bind_param::<sql::Instant, _>(&self.now)?;
        out.push_sql(standing);
        if let Some(over) = &self.holding.over {
            out.push_sql(" AND (1 = 0");
            for (tier, scope) in over {
                // The words of tiers are ours.
                out.push_sql(" OR role_grant.scope_kind = '");
                out.push_sql(tier.as_str());
                out.push_sql("' AND role_grant.scope_id = ");
                out.push_bind_param::<sql::Id, _>(scope)?;
            }
            out.push_sql(")");
        }
        out.push_sql(USERS);
        Ok(())
    }
}

/// Holds for the users who hold a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Holds(Holders);

impl Holds {
    pub(super) fn new(holding: Holding, now: Instant) -> Self {
        Self(Holders { holding, now })
    }
}

impl Expression for Holds {
    type SqlType = Bool;
}

impl AppearsOnTable<users::table> for Holds {}
impl SelectableExpression<users::table> for Holds {}

impl ValidGrouping<()> for Holds {
    type IsAggregate = is_aggregate::No;
}

impl QueryId for Holds {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl QueryFragment<MultiBackend> for Holds {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        out.push_sql("users.id IN (");
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(")");
        Ok(())
    }
}

/// Some of those who hold a role, each once.
#[derive(Clone, Debug)]
struct Listed {
    holders: Holders,
    most: i64,
}

impl QueryId for Listed {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Listed {
    type SqlType = sql::Id;
}

impl RunQueryDsl<Conn> for Listed {}

impl QueryFragment<MultiBackend> for Listed {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        out.push_sql("SELECT DISTINCT holder.id FROM (");
        self.holders.walk_ast(out.reborrow())?;
        out.push_sql(") AS holder LIMIT ");
        out.push_bind_param::<BigInt, _>(&self.most)
    }
}

/// Up to `most` of the users who hold a role, deleted ones too.
///
/// # Errors
/// When the database cannot be asked.
pub fn some(tx: &mut Tx<'_>, holding: Holding, now: Instant, most: i64) -> Result<Vec<UserId>> {
    Ok(Listed { holders: Holders { holding, now }, most }.load::<UserId>(tx.conn)?)
}

/// The keys of the roles that were granted in a tenant to anybody, be it until a time that has passed, sorted.
///
/// # Errors
/// When the database cannot be asked.
pub fn roles(tx: &mut Tx<'_>, of: TenantId) -> Result<Vec<String>> {
    let granted = role_grant::table.filter(role_grant::tenant_id.eq(of)).select(role_grant::role).distinct();
    let mut roles: Vec<String> = granted.load(tx.conn)?;
    roles.sort_unstable();
    Ok(roles)
}
