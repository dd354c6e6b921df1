//! Who may do what: permissions, roles and grants, below `/permissions`, `/tenants/{tenant_id}/roles` and
//! `/tenants/{tenant_id}/grants`.

mod grants;
mod roles;
mod shown;

use crate::access::{Needs, Permission, PermissionType, Permit, decide};
use crate::directory::places;
use crate::error::Result;
use crate::http::document::{flag, nonempty, text, uuid, words};
use crate::http::{BodyRule, Document, Endpoint, Exchange, Handler, Method};

use shown::{
    ComparisonResponse, EffectiveGrantResponse, GrantCreate, GrantResponse, PermissionResponse, RoleCreate,
    RoleResponse, RoleUpdate,
};

const ACCESS: &str = "Roles and grants";
const READ: Needs = Needs::One(Permission::RolesRead);
const ROLES: Needs = Needs::One(Permission::RolesWrite);
const GRANTS: Needs = Needs::One(Permission::GrantsWrite);
const BODY: BodyRule = BodyRule::Json { limit: 64 * 1024 };
const SCOPES: &[&str] = &["platform", "partner", "tenant", "org_unit"];

/// The rows of this subject.
pub(super) fn endpoints() -> Vec<Endpoint> {
    roles_rows().into_iter().chain(grants_rows()).collect()
}

fn roles_rows() -> Vec<Endpoint> {
    use Method::{Delete, Get, Patch, Post};
    let document = |operation, summary| Document::new(operation, summary, ACCESS);
    let of_tenant = |operation, summary| document(operation, summary).path("tenant_id", TENANT, text());
    let of_role = |operation, summary| of_tenant(operation, summary).path("role", "The key of the role", text());
    vec![
        read(Get, "/permissions", Needs::SignedIn, |x| Box::pin(roles::permissions(x))).documented(
            document("list_permissions", "List every permission there is")
                .data_list::<PermissionResponse>(200, "The permissions, each with a sentence"),
        ),
        read(Get, "/tenants/{tenant_id}/roles", READ, |x| Box::pin(roles::list(x))).documented(
            of_tenant("list_roles", "List the roles of a tenant")
                .paged()
                .page::<RoleResponse>("The built-in roles, then those that the tenant made"),
        ),
        change(Post, "/tenants/{tenant_id}/roles", ROLES, BODY, |x| Box::pin(roles::create(x))).documented(
            of_tenant("create_role", "Make a role")
                .request::<RoleCreate>()
                .data::<RoleResponse>(201, "The role")
                .conflict("The key is in use, or there are too many roles"),
        ),
        read(Get, "/tenants/{tenant_id}/roles/compare", READ, |x| Box::pin(roles::compare(x))).documented(
            of_tenant("compare_roles", "Tell what another role allows more and less")
                .required_query("from", "The key of the role that somebody has", text())
                .required_query("to", "The key of the role that it would become", text())
                .data::<ComparisonResponse>(200, "What is gained and what is lost"),
        ),
        read(Get, "/tenants/{tenant_id}/roles/{role}", READ, |x| Box::pin(roles::find(x)))
            .documented(of_role("get_role", "Get a role").data::<RoleResponse>(200, "The role")),
        change(Patch, "/tenants/{tenant_id}/roles/{role}", ROLES, BODY, |x| Box::pin(roles::change(x))).documented(
            of_role("update_role", "Change a role that the tenant made")
                .request::<RoleUpdate>()
                .data::<RoleResponse>(200, "The role")
                .conflict("The role is built in"),
        ),
        change(Delete, "/tenants/{tenant_id}/roles/{role}", ROLES, BodyRule::None, |x| Box::pin(roles::remove(x)))
            .documented(
                of_role("delete_role", "Delete a role that the tenant made")
                    .query("force", "Delete it with its grants, and from what inherits from it", flag(Some(false)))
                    .empty(204, "It is gone")
                    .conflict("The role is in use, or built in"),
            ),
    ]
}

const TENANT: &str = "The tenant: its id or slug";

fn grants_rows() -> Vec<Endpoint> {
    use Method::{Delete, Get, Post};
    let of_tenant = |operation, summary| Document::new(operation, summary, ACCESS).path("tenant_id", TENANT, text());
    vec![
        read(Get, "/tenants/{tenant_id}/grants", READ, |x| Box::pin(grants::list(x))).documented(
            of_tenant("list_grants", "List who has which roles in a tenant")
                .paged()
                .query("subject_id", "Those of a user, group or org unit", uuid())
                .query("role", "Those of a role", nonempty())
                .query("scope_type", "Those over a kind of scope, together with scope_id", words(SCOPES, None))
                .query("scope_id", "Those over a partner, tenant or org unit", uuid())
                .page::<GrantResponse>("A page of the grants"),
        ),
        change(Post, "/tenants/{tenant_id}/grants", GRANTS, BODY, |x| Box::pin(grants::create(x))).documented(
            of_tenant("create_grant", "Grant a role")
                .request::<GrantCreate>()
                .data::<GrantResponse>(201, "The grant")
                .conflict("It is granted already, or the user may not own the platform"),
        ),
        change(Delete, "/tenants/{tenant_id}/grants/{grant_id}", GRANTS, BodyRule::None, |x| {
            Box::pin(grants::remove(x))
        })
        .documented(
            of_tenant("delete_grant", "Take a role back")
                .path_id("grant_id", "The grant")
                .empty(204, "It is gone")
                .conflict("It is the last owner's, or one's own"),
        ),
        read(Get, "/tenants/{tenant_id}/users/{user_id}/grants", READ, |x| Box::pin(grants::of_user(x))).documented(
            of_tenant("list_grants_of_user", "List what a user has by whatever way")
                .path_id("user_id", "The user")
                .data_list::<EffectiveGrantResponse>(200, "The user's own grants, then those of groups and org units"),
        ),
    ]
}

fn read(method: Method, path: &'static str, needs: Needs, handler: Handler) -> Endpoint {
    Endpoint { method, path, needs, body: BodyRule::None, change: false, handler, document: None }
}

fn change(method: Method, path: &'static str, needs: Needs, body: BodyRule, handler: Handler) -> Endpoint {
    Endpoint { method, path, needs, body, change: true, handler, document: None }
}

/// The permit of whoever asks, in the tenant of the path.
async fn permit<P: PermissionType>(exchange: &Exchange) -> Result<Permit<P>> {
    let place = places::find(&exchange.services.directory, exchange.path.get("tenant_id")).await?;
    decide(exchange.actor()?, &place)
}
