//! What a tenant may hold at the most, kept with the tenant, and what there is of it. Whether that is too much is
//! decided above.

use diesel::prelude::*;

use super::conn::directly;
use super::counters::Kind;
use super::schema::{counter, tenant};
use super::tx::Tx;
use super::types::Document;
use crate::error::Result;
use crate::ids::{GroupId, TenantId};

/// What a tenant may hold at the most; `None` is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = tenant, treat_none_as_null = true)]
pub struct Limits {
    /// Users.
    pub max_users: Option<i64>,
    /// Groups, of all owners together.
    pub max_groups: Option<i64>,
    /// Members of a group.
    pub max_members: Option<i64>,
    /// Attributes of all schemas of the tenant's own, parts included.
    pub max_attributes: Option<i64>,
    /// Bytes of a resource as it is kept.
    pub max_document_bytes: Option<i64>,
}

impl Default for Limits {
    /// Those of a tenant that nobody set any for.
    fn default() -> Self {
        Self {
            max_users: None,
            max_groups: None,
            max_members: Some(200_000),
            max_attributes: Some(500),
            max_document_bytes: Some(256 * 1024),
        }
    }
}

/// A tenant's limits, and how much there is of one thing.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// The limits.
    pub limits: Limits,
    /// How much there is.
    pub amount: i64,
    /// The settings of the tenant, as they are kept: whoever adds something may have to ask them.
    pub settings: serde_json::Value,
}

/// A tenant's limits and its users.
///
/// # Errors
/// When the database cannot be asked.
pub fn of_users(tx: &mut Tx<'_>, tenant: TenantId) -> Result<Standing> {
    standing(tx, tenant, tenant, Kind::Users)
}

/// A tenant's limits and its groups.
///
/// # Errors
/// When the database cannot be asked.
pub fn of_groups(tx: &mut Tx<'_>, tenant: TenantId) -> Result<Standing> {
    standing(tx, tenant, tenant, Kind::Groups)
}

/// A tenant's limits and the members of a group.
///
/// # Errors
/// When the database cannot be asked.
pub fn of_members(tx: &mut Tx<'_>, tenant: TenantId, group: GroupId) -> Result<Standing> {
    standing(tx, tenant, TenantId::from(group.uuid()), Kind::Members)
}

/// All in one statement: a create waits for it.
fn standing(tx: &mut Tx<'_>, id: TenantId, owner: TenantId, kind: Kind) -> Result<Standing> {
    let on = counter::owner_id.eq(owner).and(counter::kind.eq(kind.as_str()));
    let found = tenant::table.left_join(counter::table.on(on)).filter(tenant::id.eq(id));
    let rows: Vec<(Limits, Document, Option<i64>)> = directly!(
        tx.conn,
        inner => found.select((Limits::as_select(), tenant::settings, counter::amount.nullable())).load(inner)
    )?;
    let amount = rows.iter().filter_map(|(.., amount)| *amount).sum();
    let first = rows.into_iter().next();
    let (limits, settings) = first.map_or_else(Default::default, |(limits, Document(settings), _)| (limits, settings));
    Ok(Standing { limits, amount, settings })
}

/// Writes a tenant's limits.
///
/// # Errors
/// When the database cannot be asked.
pub fn update(tx: &mut Tx<'_>, id: TenantId, limits: Limits) -> Result<()> {
    diesel::update(tenant::table.filter(tenant::id.eq(id))).set(limits).execute(tx.conn)?;
    Ok(())
}
