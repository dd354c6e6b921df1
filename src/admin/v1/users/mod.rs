//! Users, as platform, partner and tenant administrators run them: below `/admin/users` over all tenants in reach, below
//! `/tenants/{tenant_id}/users` in one.

mod account;
mod attributes;
mod devices;
mod factors;
mod input;
mod lists;
mod noted;
mod passwords;
mod read;
mod security;
mod shown;
mod write;

use crate::access::{Needs, Permission};
use crate::http::document::{flag, nonempty, text, uuid, words};
use crate::http::{BodyRule, Document, Endpoint, Handler, Method};

use account::{UserDeactivation, UserStatusUpdate};
use devices::UserDevice;
use input::{UserCreate, UserUpdate};
use passwords::{AdminPasswordReset, PasswordReset, UserPasswordReset};
use security::UserSecurity;
pub(super) use shown::{IdentitySource, UserListItem, item};
use shown::{UserGroupMembership, UserResponse};

const USERS: &str = "Users";
const READ: Needs = Needs::One(Permission::UsersRead);
const WRITE: Needs = Needs::One(Permission::UsersWrite);
const DELETE: Needs = Needs::One(Permission::UsersDelete);
const STATUS: Needs = Needs::One(Permission::UsersStatus);
const APPROVE: Needs = Needs::One(Permission::UsersApprove);
const UNLOCK: Needs = Needs::One(Permission::UsersUnlock);
const RESET: Needs = Needs::One(Permission::PasswordsReset);
const SET: Needs = Needs::One(Permission::PasswordsSet);
const MFA: Needs = Needs::One(Permission::MfaReset);
const SEE_MFA: Needs = Needs::One(Permission::MfaRead);
/// The longest body, in bytes.
const BODY: BodyRule = BodyRule::Json { limit: 1024 * 1024 };

/// The words that lists are sorted by.
const COLUMNS: &[&str] = &["created_at", "updated_at", "email", "username", "display_name", "last_login_at", "status"];
const STATUSES: &[&str] = &["ACTIVE", "PENDING_EMAIL_VERIFICATION", "PENDING_APPROVAL", "DISABLED", "LOCKED"];

/// The rows of this subject.
pub(super) fn endpoints() -> Vec<Endpoint> {
    [reading(), writing(), deleted(), accounts(), factors::endpoints(), remembered()].into_iter().flatten().collect()
}

fn reading() -> Vec<Endpoint> {
    use Method::Get;
    vec![
        read(Get, "/admin/users", |x| Box::pin(lists::widely(x))).documented(
            listed(Document::new("list_users", "List users with filtering", USERS))
                .query("tenant_id", "Those of a tenant: its id or slug", nonempty())
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

fn writing() -> Vec<Endpoint> {
    use Method::{Delete, Patch, Post};
    const TAKEN: &str = "The user name or the e-mail is in use";
    vec![
        change(Post, "/admin/users", WRITE, BODY, |x| Box::pin(write::create_widely(x))).documented(
            Document::new("create_user", "Create a user", USERS)
                .request::<UserCreate>()
                .data::<UserResponse>(201, "The user")
                .conflict(TAKEN)
                .error(404, "There is no such tenant, org unit or group in reach"),
        ),
        change(Patch, "/admin/users/{user_id}", WRITE, BODY, |x| Box::pin(write::update_widely(x))).documented(
            of_user("update_user", "Update a user")
                .request::<UserUpdate>()
                .data::<UserResponse>(200, "The user")
                .conflict(TAKEN),
        ),
        change(Delete, "/admin/users/{user_id}", DELETE, BodyRule::None, |x| Box::pin(write::remove_widely(x)))
            .documented(
                of_user("delete_user", "Soft delete a user")
                    .empty(204, "The user is deleted")
                    .conflict("The user is the last owner of the platform"),
            ),
        change(Post, "/tenants/{tenant_id}/users", WRITE, BODY, |x| Box::pin(write::create_in_tenant(x))).documented(
            Document::new("create_tenant_user", "Create a user in the tenant directory", USERS)
                .path("tenant_id", "The tenant: its id or slug", text())
                .request::<UserCreate>()
                .data::<UserResponse>(201, "The user")
                .conflict(TAKEN),
        ),
        change(Patch, "/tenants/{tenant_id}/users/{user_id}", WRITE, BODY, |x| Box::pin(write::update_in_tenant(x)))
            .documented(
                of_tenants_user("update_tenant_user", "Update a user's attributes")
                    .request::<UserUpdate>()
                    .data::<UserResponse>(200, "The user")
                    .conflict(TAKEN),
            ),
        change(Delete, "/tenants/{tenant_id}/users/{user_id}", DELETE, BodyRule::None, |x| {
            Box::pin(write::remove_in_tenant(x))
        })
        .documented(
            of_tenants_user("delete_tenant_user", "Delete a user (soft delete)")
                .required_query("confirm_email", "The e-mail of the user, as answers show it", text())
                .empty(204, "The user is deleted")
                .conflict("The user is the last owner of the platform"),
        ),
    ]
}

/// What is done to users who are deleted (IR-19).
fn deleted() -> Vec<Endpoint> {
    const ERASE: Needs = Needs::One(Permission::UsersErase);
    use Method::Post;
    vec![
        change(Post, "/tenants/{tenant_id}/users/{user_id}/restore", DELETE, BodyRule::None, |x| {
            Box::pin(write::restore(x))
        })
        .documented(
            of_tenants_user("restore_tenant_user", "Bring back a deleted user")
                .data::<UserResponse>(200, "The user")
                .conflict("The user is not deleted, or somebody else has the name now"),
        ),
        change(Post, "/tenants/{tenant_id}/users/{user_id}/erase", ERASE, BodyRule::None, |x| {
            Box::pin(write::erase(x))
        })
        .documented(
            of_tenants_user("erase_tenant_user", "Erase what is kept of a deleted user, for ever")
                .empty(204, "Nothing personal is left of the user")
                .conflict("The user is not deleted"),
        ),
    ]
}

fn accounts() -> Vec<Endpoint> {
    use Method::{Post, Put};
    vec![
        change(Put, "/tenants/{tenant_id}/users/{user_id}/status", STATUS, BODY, |x| Box::pin(account::set_status(x)))
            .documented(
                of_tenants_user("set_user_status", "Enable, disable, lock or unlock a user")
                    .request::<UserStatusUpdate>()
                    .data::<UserResponse>(200, "The user")
                    .conflict("The status cannot follow the one that the user has, or its source decides it"),
            ),
        change(Post, "/tenants/{tenant_id}/users/{user_id}/approve", APPROVE, BodyRule::None, |x| {
            Box::pin(account::approve(x))
        })
        .documented(
            of_tenants_user("approve_user", "Approve a user who waits for it")
                .data::<UserResponse>(200, "The user")
                .conflict("The user waits for something else"),
        ),
        change(Post, "/tenants/{tenant_id}/users/{user_id}/deactivate", DELETE, BODY, |x| {
            Box::pin(account::deactivate(x))
        })
        .documented(
            of_tenants_user("deactivate_user", "Deactivate a user for good")
                .optional_request::<UserDeactivation>()
                .data::<UserResponse>(200, "The user")
                .conflict("The user is the last owner of the platform"),
        ),
        change(Post, "/admin/users/{user_id}/unlock", UNLOCK, BodyRule::None, |x| Box::pin(account::unlock(x)))
            .documented(
                of_user("unlock_user", "Unlock a user and forget failed sign-ins")
                    .data::<UserResponse>(200, "The user"),
            ),
        change(Post, "/admin/users/{user_id}/reset-password", SET, BODY, |x| Box::pin(passwords::set(x))).documented(
            of_user("set_user_password", "Set a user's password")
                .request::<AdminPasswordReset>()
                .data::<UserResponse>(200, "The user")
                .conflict("The password is kept by the source of the user"),
        ),
        change(Post, "/tenants/{tenant_id}/users/{user_id}/password/reset", RESET, BODY, |x| {
            Box::pin(passwords::reset(x))
        })
        .documented(
            of_tenants_user("reset_user_password", "Reset a user's password")
                .request::<UserPasswordReset>()
                .data::<PasswordReset>(200, "What was done")
                .conflict("The password is kept by the source of the user, or there is no confirmed e-mail"),
        ),
    ]
}

/// The security of an account, and where it is remembered.
fn remembered() -> Vec<Endpoint> {
    use Method::{Delete, Get};
    let list = of_user("list_user_devices", "See where a user is remembered")
        .data_list::<UserDevice>(200, "The devices, the newest first");
    let security =
        of_user("get_user_security", "See the security of a user's account").data::<UserSecurity>(200, "What there is");
    let one = of_user("delete_user_device", "Forget a remembered device of a user")
        .path_id("device_id", "The device")
        .empty(204, "It is forgotten");
    let all = of_user("delete_user_devices", "Forget every remembered device of a user")
        .empty(204, "No device is remembered now");
    vec![
        Endpoint { needs: SEE_MFA, ..read(Get, "/admin/users/{user_id}/devices", |x| Box::pin(devices::list(x))) }
            .documented(list),
        Endpoint { needs: SEE_MFA, ..read(Get, "/admin/users/{user_id}/security", |x| Box::pin(security::show(x))) }
            .documented(security),
        change(Delete, "/admin/users/{user_id}/devices", MFA, BodyRule::None, |x| Box::pin(devices::forget_all(x)))
            .documented(all),
        change(Delete, "/admin/users/{user_id}/devices/{device_id}", MFA, BodyRule::None, |x| {
            Box::pin(devices::forget_one(x))
        })
        .documented(one),
    ]
}

fn of_user(operation: &'static str, summary: &'static str) -> Document {
    Document::new(operation, summary, USERS).path_id("user_id", "The user")
}

fn of_tenants_user(operation: &'static str, summary: &'static str) -> Document {
    of_user(operation, summary).path("tenant_id", "The tenant: its id or slug", text())
}

fn change(method: Method, path: &'static str, needs: Needs, body: BodyRule, handler: Handler) -> Endpoint {
    Endpoint { method, path, needs, body, change: true, handler, document: None }
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
        .query("role", "Those to whom a role was granted", nonempty())
}
