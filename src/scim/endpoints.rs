//! The rows of the endpoint table (RFC 7644 section 3.2).

use crate::access::{Needs, Permission};
use crate::http::{BodyRule, Endpoint, Handler, Method};

use super::groups::{self, Groups};
use super::users::{self, Users};
use super::{bulk, custom, discovery, lists, me, root, unsupported};

/// The longest body, in bytes.
const BODY: BodyRule = BodyRule::Json { limit: 1024 * 1024 };
/// The longest body where member lists are sent, in bytes.
pub(super) const LONG_BODY: usize = 16 * 1024 * 1024;
const MEMBERS_BODY: BodyRule = BodyRule::Json { limit: LONG_BODY };

const DISCOVERY: Needs = Needs::Public("clients read how the server works before they have a credential");
const USERS_READ: Needs = Needs::One(Permission::UsersRead);
const USERS_WRITE: Needs = Needs::One(Permission::UsersWrite);
const USERS_DELETE: Needs = Needs::One(Permission::UsersDelete);
const GROUPS_READ: Needs = Needs::One(Permission::GroupsRead);
const GROUPS_WRITE: Needs = Needs::One(Permission::GroupsWrite);
const RESOURCES_READ: Needs = Needs::One(Permission::ResourcesRead);
const RESOURCES_WRITE: Needs = Needs::One(Permission::ResourcesWrite);

/// Every endpoint of the SCIM face.
pub(super) fn table() -> Vec<Endpoint> {
    use Method::{Delete, Get, Patch, Post, Put};
    vec![
        read(Get, "/Users", USERS_READ, BodyRule::None, |x| Box::pin(lists::list(Users, x))),
        change(Post, "/Users", USERS_WRITE, BODY, |x| Box::pin(users::create(x))),
        read(Post, "/Users/.search", USERS_READ, BODY, |x| Box::pin(lists::search(Users, x))),
        read(Get, "/Users/{id}", USERS_READ, BodyRule::None, |x| Box::pin(users::find(x))),
        change(Put, "/Users/{id}", USERS_WRITE, BODY, |x| Box::pin(users::replace(x))),
        change(Patch, "/Users/{id}", USERS_WRITE, BODY, |x| Box::pin(users::patch(x))),
        change(Delete, "/Users/{id}", USERS_DELETE, BodyRule::None, |x| Box::pin(users::remove(x))),
        read(Get, "/Groups", GROUPS_READ, BodyRule::None, |x| Box::pin(lists::list(Groups, x))),
        change(Post, "/Groups", GROUPS_WRITE, MEMBERS_BODY, |x| Box::pin(groups::create(x))),
        read(Post, "/Groups/.search", GROUPS_READ, BODY, |x| Box::pin(lists::search(Groups, x))),
        read(Get, "/Groups/{id}", GROUPS_READ, BodyRule::None, |x| Box::pin(groups::find(x))),
        change(Put, "/Groups/{id}", GROUPS_WRITE, MEMBERS_BODY, |x| Box::pin(groups::replace(x))),
        change(Patch, "/Groups/{id}", GROUPS_WRITE, MEMBERS_BODY, |x| Box::pin(groups::patch(x))),
        change(Delete, "/Groups/{id}", GROUPS_WRITE, BodyRule::None, |x| Box::pin(groups::remove(x))),
        read(Get, "/", Needs::ByEffect("users and groups are asked for one by one"), BodyRule::None, |x| {
            Box::pin(root::list(x))
        }),
        read(Post, "/.search", Needs::ByEffect("users and groups are asked for one by one"), BODY, |x| {
            Box::pin(root::search(x))
        }),
        read(Get, "/ServiceProviderConfig", DISCOVERY, BodyRule::None, |x| Box::pin(discovery::configuration(x))),
        read(Get, "/ResourceTypes", DISCOVERY, BodyRule::None, |x| Box::pin(discovery::resource_types(x))),
        read(Get, "/ResourceTypes/{name}", DISCOVERY, BodyRule::None, |x| Box::pin(discovery::resource_type(x))),
        read(Get, "/Schemas", DISCOVERY, BodyRule::None, |x| Box::pin(discovery::schemas(x))),
        read(Get, "/Schemas/{urn}", DISCOVERY, BodyRule::None, |x| Box::pin(discovery::schema(x))),
        change(Post, "/Bulk", Needs::ByEffect("each operation asks for what it does"), MEMBERS_BODY, |x| {
            Box::pin(bulk::run(x))
        }),
        Endpoint { handler: |x| Box::pin(me::find(x)), ..unsupported_row(Get, "/Me") },
        unsupported_row(Post, "/Me"),
        unsupported_row(Put, "/Me"),
        unsupported_row(Patch, "/Me"),
        unsupported_row(Delete, "/Me"),
        // Behind all others: a literal segment wins over a parameter, so these are what a tenant added or nothing.
        read(Get, "/{type}", RESOURCES_READ, BodyRule::None, |x| Box::pin(custom::list(x))),
        change(Post, "/{type}", RESOURCES_WRITE, BODY, |x| Box::pin(custom::create(x))),
        read(Post, "/{type}/.search", RESOURCES_READ, BODY, |x| Box::pin(custom::search(x))),
        read(Get, "/{type}/{id}", RESOURCES_READ, BodyRule::None, |x| Box::pin(custom::find(x))),
        change(Put, "/{type}/{id}", RESOURCES_WRITE, BODY, |x| Box::pin(custom::replace(x))),
        change(Patch, "/{type}/{id}", RESOURCES_WRITE, BODY, |x| Box::pin(custom::patch(x))),
        change(Delete, "/{type}/{id}", RESOURCES_WRITE, BodyRule::None, |x| Box::pin(custom::remove(x))),
    ]
}

fn read(method: Method, path: &'static str, needs: Needs, body: BodyRule, handler: Handler) -> Endpoint {
    Endpoint { method, path, needs, body, change: false, handler, document: None }
}

fn change(method: Method, path: &'static str, needs: Needs, body: BodyRule, handler: Handler) -> Endpoint {
    Endpoint { method, path, needs, body, change: true, handler, document: None }
}

/// What the protocol names and this server does not offer: 501 for whoever is known.
fn unsupported_row(method: Method, path: &'static str) -> Endpoint {
    read(method, path, Needs::SignedIn, BodyRule::None, |x| Box::pin(unsupported::refuse(x)))
}
