//! Permissions and the roles of a tenant.

use crate::access::{Permission, PermissionSet, RolesRead, RolesWrite};
use crate::directory::roles::{self, Draft, RoleChange};
use crate::error::Result;
use crate::http::rest::body::{self, Read};
use crate::http::rest::{self, Fields, Parameters, present};
use crate::http::{Exchange, Reply};
use serde_json::Value;

use super::permit;
use super::shown::{ComparisonResponse, PermissionResponse, RoleResponse};
use crate::admin::v1::shared::whole_permit;

/// The longest name, key or description, in characters.
const NAME: std::ops::RangeInclusive<usize> = 1..=100;
const KEY: std::ops::RangeInclusive<usize> = 1..=63;
const DESCRIPTION: std::ops::RangeInclusive<usize> = 1..=500;
/// Roles that one inherits from, at the most.
const PARENTS: usize = 20;

/// `GET /permissions`.
pub(super) async fn permissions(exchange: Exchange) -> Result<Reply> {
    let all: Vec<PermissionResponse> = Permission::ALL.iter().copied().map(PermissionResponse::of).collect();
    rest::data(200, &all, &exchange.cx)
}

/// `GET /tenants/{tenant_id}/roles`.
pub(super) async fn list(exchange: Exchange) -> Result<Reply> {
    let permit = permit::<RolesRead>(&exchange).await?;
    let mut parameters = Parameters::of(&exchange.query);
    let paging = parameters.paging();
    parameters.finish()?;
    let roles = roles::list(&exchange.services.directory, &permit).await?;
    let total = roles.len() as u64;
    let (before, most) = (usize::try_from(paging.offset()).unwrap_or(usize::MAX), paging.per_page as usize);
    let items = roles.into_iter().skip(before).take(most).map(RoleResponse::of).collect();
    rest::page(&rest::Page { items, total }, paging, &exchange.cx)
}

/// `GET /tenants/{tenant_id}/roles/{role}`.
pub(super) async fn find(exchange: Exchange) -> Result<Reply> {
    let permit = permit::<RolesRead>(&exchange).await?;
    let role = roles::find(&exchange.services.directory, &permit, exchange.path.get("role")).await?;
    rest::data(200, &RoleResponse::of(role), &exchange.cx)
}

/// `GET /tenants/{tenant_id}/roles/compare`.
pub(super) async fn compare(exchange: Exchange) -> Result<Reply> {
    let permit = permit::<RolesRead>(&exchange).await?;
    let mut parameters = Parameters::of(&exchange.query);
    let (from, to) = (parameters.free_text("from", *KEY.end()), parameters.free_text("to", *KEY.end()));
    let (from, to) = (parameters.demand("from", from), parameters.demand("to", to));
    parameters.finish()?;
    let (from, to) = (present(from)?, present(to)?);
    let comparison = roles::compare(&exchange.services.directory, &permit, &from, &to).await?;
    rest::data(200, &ComparisonResponse::of(from, to, &comparison), &exchange.cx)
}

/// `POST /tenants/{tenant_id}/roles`.
pub(super) async fn create(exchange: Exchange) -> Result<Reply> {
    let permit = whole_permit::<RolesWrite>(&exchange).await?;
    let mut fields = Fields::of_body(&exchange.body)?;
    let key = fields.required("key", body::text(KEY));
    let name = fields.required("name", body::text(NAME));
    let description = fields.nullable("description", body::text(DESCRIPTION)).value();
    let permissions = fields.optional("permissions", body::list(Permission::ALL.len(), permission));
    let inherits = fields.optional("inherits", body::list(PARENTS, body::text(KEY)));
    fields.finish()?;
    let draft = Draft {
        key: present(key)?,
        name: present(name)?,
        description,
        permissions: PermissionSet::of(permissions.unwrap_or_default()),
        inherits: inherits.unwrap_or_default(),
    };
    let made = roles::create(&exchange.services.directory, &permit, &exchange.cx, draft).await?;
    rest::data(201, &RoleResponse::of(made), &exchange.cx)
}

/// `PATCH /tenants/{tenant_id}/roles/{role}`.
pub(super) async fn change(exchange: Exchange) -> Result<Reply> {
    let permit = whole_permit::<RolesWrite>(&exchange).await?;
    let mut fields = Fields::of_body(&exchange.body)?;
    let description = fields.nullable("description", body::text(DESCRIPTION));
    let change = RoleChange {
        name: fields.optional("name", body::text(NAME)),
        description: if description.is_absent() { None } else { Some(description.value()) },
        permissions: fields
            .optional("permissions", body::list(Permission::ALL.len(), permission))
            .map(PermissionSet::of),
        inherits: fields.optional("inherits", body::list(PARENTS, body::text(KEY))),
    };
    fields.finish()?;
    let (directory, key) = (&exchange.services.directory, exchange.path.get("role"));
    let changed = roles::change(directory, &permit, &exchange.cx, key, change).await?;
    rest::data(200, &RoleResponse::of(changed), &exchange.cx)
}

/// `DELETE /tenants/{tenant_id}/roles/{role}`.
pub(super) async fn remove(exchange: Exchange) -> Result<Reply> {
    let permit = whole_permit::<RolesWrite>(&exchange).await?;
    let mut parameters = Parameters::of(&exchange.query);
    let force = parameters.boolean("force").unwrap_or(false);
    parameters.finish()?;
    let (directory, key) = (&exchange.services.directory, exchange.path.get("role"));
    roles::remove(directory, &permit, &exchange.cx, key, force).await?;
    Ok(Reply::empty(204))
}

/// A format: the word of a permission.
fn permission(value: &Value) -> Read<Permission> {
    let words: Vec<(&str, Permission)> =
        Permission::ALL.iter().map(|permission| (permission.as_str(), *permission)).collect();
    body::word(&words)(value)
}
