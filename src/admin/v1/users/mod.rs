//! Users, as platform, partner and tenant administrators run them: below `/admin/users` over all tenants in reach, below
//! `/tenants/{tenant_id}/users` in one.

mod attributes;
mod input;
mod lists;
mod read;
mod shown;

use crate::access::{Needs, Permission};
use crate::http::document::{flag, text, uuid, words};
use crate::http::{BodyRule, Document, Endpoint, Handler, Method};

use shown::{UserGroupMembership, UserListItem, UserResponse};

const USERS: &str = "Users";
const READ: Needs = Needs::One(Permission::UsersRead);

/// The words that lists are sorted by.
const COLUMNS: &[&str] = &["created_at", "updated_at", "email", "username", "display_name", "last_login_at", "status"];
const STATUSES: &[&str] = &["ACTIVE", "PENDING_EMAIL_VERIFICATION", "PENDING_APPROVAL", "DISABLED", "LOCKED"];

/// The rows of this subject.
pub(super) fn endpoints() -> Vec<Endpoint> {
    [reading()].into_iter().flatten().collect()
}

fn reading() -> Vec<Endpoint> {
    use Method::Get;
    vec![
        read(Get, "/admin/users", |x| Box::pin(lists::widely(x))).documented(
            listed(Document::new("list_users", "List users with filtering", USERS))
                .query("tenant_id", "Those of a tenant: its id or slug", text())
                .query("partner_id", "Those of all tenants of a partner", uuid())
                .page::<UserListItem>("A page of the users in reach")
                .error(404, "The tenant or partner is not in reach"),
        ),
        read(Get, "/admin/users/{user_id}", |x| Box::pin(read::widely(x))).documented(
            Document::new("get_user", "Get a user by ID", USERS)
                .path_id("user_id", "The user")
                .data::<UserResponse>(200, "The user"),
        ),
        read(Get, "/admin/users/{user_id}/groups", |x| Box::pin(read::groups(x))).documented(
            Document::new("list_groups_of_user", "Get all groups a user belongs to", USERS)
                .path_id("user_id", "The user")
                .data_list::<UserGroupMembership>(200, "The groups, direct ones first"),
        ),
        read(Get, "/tenants/{tenant_id}/users", |x| Box::pin(lists::of_tenant(x))).documented(
            listed(Document::new("list_tenant_users", "List users in the tenant directory", USERS))
                .path("tenant_id", "The tenant: its id or slug", text())
                .query("ou_id", "Those of an org unit", uuid())
                .query("include_children", "Those of the org units below it too", flag(Some(false)))
                .query("group_id", "Direct members of a group", uuid())
                .page::<UserListItem>("A page of the users in reach")
                .error(404, "There is no such tenant, org unit or group in reach"),
        ),
        Endpoint {
            needs: Needs::ByEffect("administrators see users in their reach, applications those assigned to them"),
            ..read(Get, "/tenants/{tenant_id}/users/{user_id}", |x| Box::pin(read::of_tenant(x))).documented(
                Document::new("get_tenant_user", "Get a user by ID", USERS)
                    .path("tenant_id", "The tenant: its id or slug", text())
                    .path_id("user_id", "The user")
                    .query("include", "What else is wanted, separated by commas: groups, custom_attributes, identities, mfa, sessions", text())
                    .data::<UserResponse>(200, "The user"),
            )
        },
    ]
}

fn read(method: Method, path: &'static str, handler: Handler) -> Endpoint {
    Endpoint { method, path, needs: READ, body: BodyRule::None, change: false, handler, document: None }
}

/// What both lists take.
fn listed(document: Document) -> Document {
    document
        .paged()
        .sorted(COLUMNS, "created_at", "desc")
        .query("search", "A part of the e-mail, the name or the user name, whatever its case", text())
        .query("status", "Those with that status now", words(STATUSES, None))
        .query("mfa_enabled", "Those with or without a second factor", flag(None))
        .query("role", "Those to whom a role was granted", text())
}
