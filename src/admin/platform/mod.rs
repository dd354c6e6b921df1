//! `/api/platform`: what the owners of the platform do over all tenants. The paths, fields and defaults are stated
//! elsewhere and do not change; so are the refusals that are a 400 here and nowhere else.

mod owners;
mod shown;
mod users;

use crate::access::{Needs, Permission};
use crate::error::{Error, Result};
use crate::http::document::{flag, integer, nonempty, text};
use crate::http::{Asked, BodyRule, Document, Endpoint, Exchange, Handler, Method, Refusal, Reply, rest};

use shown::{MfaRemoved, MfaStatus, OwnerCreate, SuspiciousActivities, UserPage, UserResponse, UsersFound};

const PLATFORM: &str = "Platform";
const READ: Needs = Needs::One(Permission::PlatformRead);
const OWNERS: Needs = Needs::One(Permission::OwnersWrite);
const RESET: Needs = Needs::One(Permission::MfaReset);
const BODY: BodyRule = BodyRule::Json { limit: 64 * 1024 };

/// Every row below `/api/platform`.
pub(super) fn endpoints() -> Vec<Endpoint> {
    use Method::{Delete, Get, Post};
    let document = |operation, summary| Document::new(operation, summary, PLATFORM);
    let of_user = |operation, summary| document(operation, summary).path_id("user_id", "The user");
    vec![
        read(Get, "/users", |x| Box::pin(users::list(x))).documented(
            document("list_platform_users", "List all users")
                .query("limit", "How many at most; more than 100 gives 100", integer(Some(50)))
                .query("offset", "How many to leave out; a negative number leaves out none", integer(Some(0)))
                .bare::<UserPage>(200, "Some users in creation order, and how many there are"),
        ),
        read(Get, "/users/search", |x| Box::pin(users::search(x))).documented(
            document("search_platform_users", "Search users by e-mail or id")
                .required_query("q", "An id, or a part of an e-mail or user name", text())
                .query("limit", "How many at most; more than 50 gives 50", integer(Some(10)))
                .bare::<UsersFound>(200, "Those that it is, then those that begin with it, then those that hold it"),
        ),
        read(Get, "/users/{user_id}/mfa/status", |x| Box::pin(users::mfa_status(x))).documented(
            of_user("get_platform_mfa_status", "Get user MFA status").bare::<MfaStatus>(200, "What factors there are"),
        ),
        change(Delete, "/users/{user_id}/mfa", RESET, BodyRule::None, |x| Box::pin(users::remove_mfa(x))).documented(
            super::resets::described(of_user("disable_platform_mfa", "Force disable MFA"))
                .query("keep_passkeys", "Whether passkeys stay", flag(Some(false)))
                .bare::<MfaRemoved>(200, "There are no factors now")
                .conflict(super::resets::CONFLICT),
        ),
        change(Post, "/owners", OWNERS, BODY, |x| Box::pin(owners::promote(x))).documented(
            document("promote_owner", "Promote to platform owner")
                .request::<OwnerCreate>()
                .bare::<UserResponse>(200, "The user")
                .error(400, "The user is an owner already")
                .error(404, "There is no such user")
                .conflict("The user is not active, or has no confirmed e-mail that no other owner has"),
        ),
        change(Delete, "/owners/{user_id}", OWNERS, BodyRule::None, |x| Box::pin(owners::demote(x))).documented(
            of_user("demote_owner", "Demote platform owner")
                .bare::<UserResponse>(200, "The user")
                .error(400, "The user is no owner, the last one, or oneself"),
        ),
        read(Get, "/mfa/suspicious-activity", |x| Box::pin(users::suspicious_activity(x))).documented(
            document("list_suspicious_activity", "Get suspicious activity")
                .query("org_id", "That of a tenant: its id or slug", nonempty())
                .bare::<SuspiciousActivities>(200, "Alerts that nobody acknowledged, the latest first, at most 100")
                .error(404, "There is no such tenant"),
        ),
    ]
}

fn read(method: Method, path: &'static str, handler: Handler) -> Endpoint {
    Endpoint { method, path, needs: READ, body: BodyRule::None, change: false, handler, document: None }
}

fn change(method: Method, path: &'static str, needs: Needs, body: BodyRule, handler: Handler) -> Endpoint {
    Endpoint { method, path, needs, body, change: true, handler, document: None }
}

/// The codes whose refusals are a 400 here; elsewhere they are a 409.
const BAD_REQUESTS: &[&str] = &["already_owner", "not_owner", "last_owner", "self_demotion"];

/// An answer, with the refusals that are a 400 here made so.
fn answered(exchange: &Exchange, result: Result<Reply>) -> Result<Reply> {
    match result {
        Err(Error::Conflict(reason)) if BAD_REQUESTS.contains(&reason.code) => {
            let asked = Asked { request_id: exchange.cx.request_id.clone(), ..Asked::default() };
            let reply = rest::refuse(Refusal::Error(&Error::Conflict(reason)), &asked);
            Ok(Reply { status: 400, ..reply })
        }
        other => other,
    }
}
