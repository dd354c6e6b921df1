//! Who signed in, who was refused, and who looked at what: over all tenants in reach, and the logins of a user.

mod read;
mod shown;

use crate::access::{Needs, Permission};
use crate::http::document::{nonempty, text, uuid, words};
use crate::http::{BodyRule, Document, Endpoint, Handler, Method};

use super::audit::query;
use shown::EventPage;

const ACTIVITY: &str = "Activity";

/// The rows of this subject.
pub(super) fn endpoints() -> Vec<Endpoint> {
    let of_tenant = |document: Document| document.path("tenant_id", "The tenant: its id or slug", text());
    vec![
        row("/admin/activity", |x| Box::pin(read::widely(x))).documented(
            of_kinds(listed(Document::new("list_activity", "List what happened, the newest first", ACTIVITY))).query(
                "tenant_id",
                "What happened in a tenant: its id or slug",
                nonempty(),
            ),
        ),
        row("/tenants/{tenant_id}/activity", |x| Box::pin(read::of_tenant(x))).documented(of_kinds(listed(of_tenant(
            Document::new("list_tenant_activity", "List what happened in a tenant", ACTIVITY),
        )))),
        row("/tenants/{tenant_id}/users/{user_id}/logins", |x| Box::pin(read::logins(x))).documented(listed(
            of_tenant(Document::new("list_logins", "List how a user signed in, or failed to", ACTIVITY))
                .path_id("user_id", "The user, deleted or not"),
        )),
    ]
}

fn row(path: &'static str, handler: Handler) -> Endpoint {
    let needs = Needs::One(Permission::AuditRead);
    Endpoint { method: Method::Get, path, needs, body: BodyRule::None, change: false, handler, document: None }
}

fn listed(document: Document) -> Document {
    query::described(document)
        .query("outcome", "`success`, `denied`, or why somebody could not sign in", nonempty())
        .bare::<EventPage>(200, "A page of what happened")
        .error(404, "There is no such tenant or user in reach")
}

fn of_kinds(document: Document) -> Document {
    document.query("kind", "What kind of thing happened", words(&["sign_in", "denied", "read"], None)).query(
        "user_id",
        "What happened to a user",
        uuid(),
    )
}
