//! Resources that carry values of an extension, and all users one slice after the other: what a change of schemas looks at
//! and rewrites. Every function names the tenant.

use diesel::dsl::{exists, select, sql};
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::schema::{groups, resource, users};
use super::seams;
use super::text::like_literal;
use super::tx::{Lock, Tx};
use super::{groups as group_rows, resources as resource_rows, users as user_rows};
use crate::error::Result;
use crate::ids::{GroupId, ResourceId, TenantId, UserId};

/// A document as text. The name of a member stands in it as `"name":`, which no value can.
fn document(column: &str) -> SqlLiteral<Text> {
    sql::<Text>(&format!("CAST({column} AS TEXT)"))
}

fn member(urn: &str) -> String {
    format!("%\"{}\":%", like_literal(urn))
}

/// Whether any resource of the type carries values of the extension; without a URN, whether there is any at all.
///
/// # Errors
/// When the database cannot be asked.
pub fn any(tx: &mut Tx<'_>, tenant: TenantId, resource_type: &str, urn: Option<&str>) -> Result<bool> {
    let name = member(urn.unwrap_or_default());
    let found = match (resource_type, urn) {
        ("User", _) => {
            let living = users::table.filter(users::tenant_id.eq(tenant).and(users::deleted.is_null()));
            select(exists(living.filter(document("users.doc").like(name).escape('\\')))).get_result(tx.conn)
        }
        ("Group", _) => {
            let of_tenant = groups::table.filter(groups::tenant_id.eq(tenant));
            select(exists(of_tenant.filter(document("groups.doc").like(name).escape('\\')))).get_result(tx.conn)
        }
        (name_of_type, urn) => {
            let of_type = resource::table
                .filter(resource::tenant_id.eq(tenant).and(resource::resource_type.eq(name_of_type.to_owned())));
            match urn {
                Some(_) => {
                    select(exists(of_type.filter(document("resource.doc").like(name).escape('\\')))).get_result(tx.conn)
                }
                None => select(exists(of_type)).get_result(tx.conn),
            }
        }
    };
    Ok(found?)
}

/// Up to `limit` living users after a number, all or those that carry the extension, oldest first. Nothing else writes to
/// them before the transaction ends.
///
/// # Errors
/// When the database cannot be asked.
pub fn users(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    urn: Option<&str>,
    after: i64,
    limit: i64,
) -> Result<Vec<user_rows::User>> {
    let mut query = users::table
        .filter(users::tenant_id.eq(tenant).and(users::deleted.is_null()).and(users::seq.gt(after)))
        .order(users::seq)
        .select(users::id)
        .limit(limit)
        .into_boxed::<super::conn::MultiBackend>();
    if let Some(urn) = urn {
        query = query.filter(document("users.doc").like(member(urn)).escape('\\'));
    }
    let ids: Vec<UserId> = query.load(tx.conn)?;
    let kept = seams::living_users_kept(tx.conn, tenant, &ids)?;
    let rows = users::table
        .filter(users::id.eq_any(kept))
        .order(users::seq)
        .select(user_rows::Row::as_select())
        .load(tx.conn)?;
    Ok(rows.into_iter().map(user_rows::User::from).collect())
}

/// Up to `limit` groups after a number that carry the extension, whoever owns them, likewise.
///
/// # Errors
/// When the database cannot be asked.
pub fn groups(tx: &mut Tx<'_>, tenant: TenantId, urn: &str, after: i64, limit: i64) -> Result<Vec<group_rows::Group>> {
    let ids: Vec<GroupId> = groups::table
        .filter(groups::tenant_id.eq(tenant).and(groups::seq.gt(after)))
        .filter(document("groups.doc").like(member(urn)).escape('\\'))
        .order(groups::seq)
        .select(groups::id)
        .limit(limit)
        .load(tx.conn)?;
    for id in &ids {
        tx.lock(Lock::Group(*id))?;
    }
    let rows = groups::table
        .filter(groups::id.eq_any(ids))
        .order(groups::seq)
        .select(group_rows::Row::as_select())
        .load(tx.conn)?;
    Ok(rows.into_iter().map(group_rows::Group::from).collect())
}

/// Up to `limit` resources of a custom type after a number, all or those that carry the extension, likewise.
///
/// # Errors
/// When the database cannot be asked.
pub fn resources(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    resource_type: &str,
    urn: Option<&str>,
    after: i64,
    limit: i64,
) -> Result<Vec<resource_rows::Resource>> {
    let mut query = resource::table
        .filter(resource::tenant_id.eq(tenant).and(resource::seq.gt(after)))
        .filter(resource::resource_type.eq(resource_type.to_owned()))
        .order(resource::seq)
        .select(resource::id)
        .limit(limit)
        .into_boxed::<super::conn::MultiBackend>();
    if let Some(urn) = urn {
        query = query.filter(document("resource.doc").like(member(urn)).escape('\\'));
    }
    let ids: Vec<ResourceId> = query.load(tx.conn)?;
    for id in &ids {
        tx.lock(Lock::Resource(*id))?;
    }
    let rows = resource::table
        .filter(resource::id.eq_any(ids))
        .order(resource::seq)
        .select(resource_rows::Row::as_select())
        .load(tx.conn)?;
    Ok(rows.into_iter().map(resource_rows::Resource::from).collect())
}
