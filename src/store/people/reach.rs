//! The reach of a permit as SQL: the one helper that every query of users by people goes through (IR-2).

use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::condition::{Filter, Sql, below};
use crate::access::Span;
use crate::error::Result;
use crate::ids::TenantId;
use crate::store::schema::{tenant, users};
use crate::store::tx::Tx;

/// Holds for the users in reach; `None` holds for all. Where one tenant is looked at, that it is this tenant must be asked
/// beside it, and what reaches other tenants is left out.
pub(super) fn holds(span: &Span, only: Option<TenantId>) -> Option<Sql> {
    let Span::Within { partners, tenants, units } = span else {
        return None;
    };
    if only.is_some_and(|only| tenants.contains(&only)) {
        return None;
    }
    let mut any: Vec<Sql> = Vec::new();
    if !tenants.is_empty() && only.is_none() {
        any.push(Box::new(users::tenant_id.eq_any(tenants.clone())));
    }
    if !partners.is_empty() {
        // A tenant without a partner is equal to none, so it lies in no partner's reach.
        let theirs = tenant::table.filter(tenant::partner_id.eq_any(partners.clone())).select(tenant::id);
        any.push(Box::new(users::tenant_id.eq_any(theirs)));
    }
    for (tenant, lineage) in units.iter().filter(|(tenant, _)| only.is_none_or(|only| only == *tenant)) {
        any.push(Box::new(users::tenant_id.eq(*tenant).and(below(*tenant, lineage))));
    }
    let nobody: Sql = Box::new(diesel::dsl::sql::<Bool>("1 = 0"));
    Some(any.into_iter().reduce(|one, other| Box::new(one.or(other))).unwrap_or(nobody))
}

/// The tenants that are in reach as a whole and that the filter is about; `Some(None)` is all there are, `None` that some
/// are in reach in part.
///
/// # Errors
/// When the database cannot be asked.
pub(super) fn whole_tenants(tx: &mut Tx<'_>, span: &Span, filter: &Filter) -> Result<Option<Option<Vec<TenantId>>>> {
    let reached = match span {
        Span::Everywhere => None,
        Span::Within { units, .. } if !units.is_empty() => return Ok(None),
        Span::Within { partners, tenants, .. } => {
            let mut reached: Vec<TenantId> =
                tenant::table.filter(tenant::partner_id.eq_any(partners.clone())).select(tenant::id).load(tx.conn)?;
            reached.extend(tenants);
            Some(reached)
        }
    };
    let wanted: Option<Vec<TenantId>> = match (filter.tenant, filter.partner) {
        (None, None) => return Ok(Some(reached)),
        (Some(tenant), None) => Some(vec![tenant]),
        (tenant, Some(partner)) => {
            let theirs: Vec<TenantId> =
                tenant::table.filter(tenant::partner_id.eq(partner)).select(tenant::id).load(tx.conn)?;
            Some(theirs.into_iter().filter(|id| tenant.is_none_or(|tenant| tenant == *id)).collect())
        }
    };
    let both = |wanted: Vec<TenantId>| match &reached {
        None => wanted,
        Some(reached) => wanted.into_iter().filter(|tenant| reached.contains(tenant)).collect(),
    };
    Ok(Some(wanted.map(both)))
}

/// The tenants that are in reach, as a whole or in part; `None` is all there are.
///
/// # Errors
/// When the database cannot be asked.
pub fn reached_tenants(tx: &mut Tx<'_>, span: &Span) -> Result<Option<Vec<TenantId>>> {
    let Span::Within { partners, tenants, units } = span else { return Ok(None) };
    let theirs = tenant::table.filter(tenant::partner_id.eq_any(partners.clone())).select(tenant::id);
    let mut reached: Vec<TenantId> = if partners.is_empty() { Vec::new() } else { theirs.load(tx.conn)? };
    reached.extend(tenants.iter().chain(units.iter().map(|(tenant, _)| tenant)));
    reached.sort_unstable();
    reached.dedup();
    Ok(Some(reached))
}
