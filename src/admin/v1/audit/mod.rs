//! Who changed what: over all tenants in reach, of a tenant, of a user; as pages, or exported as a whole.

mod export;
pub(super) mod query;
mod read;
mod shown;

use crate::access::{Needs, Permission};
use crate::directory::records::Operation;
use crate::http::document::{nonempty, text, words};
use crate::http::{BodyRule, Document, Endpoint, Handler, Method};

use super::identity::SOURCES;
use shown::ChangePage;

const AUDIT: &str = "Audit";

/// The rows of this subject.
pub(super) fn endpoints() -> Vec<Endpoint> {
    let of_tenant = |document: Document| document.path("tenant_id", "The tenant: its id or slug", text());
    let of_user = |document: Document| document.path_id("user_id", "The user, deleted or not");
    vec![
        row("/admin/audit", |x| Box::pin(read::widely(x))).documented(
            listed(Document::new("list_audit", "List changes, the newest first", AUDIT)).query(
                "tenant_id",
                "Those of a tenant: its id or slug",
                nonempty(),
            ),
        ),
        row("/admin/users/{user_id}/audit", |x| Box::pin(read::of_any_user(x)))
            .documented(listed(of_user(Document::new("list_user_audit", "List changes of a user", AUDIT)))),
        row("/tenants/{tenant_id}/audit", |x| Box::pin(read::of_tenant(x)))
            .documented(listed(of_tenant(Document::new("list_tenant_audit", "List changes in a tenant", AUDIT)))),
        row("/tenants/{tenant_id}/users/{user_id}/audit", |x| Box::pin(read::of_user(x))).documented(listed(of_user(
            of_tenant(Document::new("list_tenant_user_audit", "List changes of a user of a tenant", AUDIT)),
        ))),
    ]
}

fn row(path: &'static str, handler: Handler) -> Endpoint {
    let needs = Needs::One(Permission::AuditRead);
    Endpoint { method: Method::Get, path, needs, body: BodyRule::None, change: false, handler, document: None }
}

fn listed(document: Document) -> Document {
    let sources: Vec<_> = SOURCES.iter().map(|(word, _)| *word).collect();
    super::export::described(query::described(document))
        .query("action", "What was done", words(&Operation::ALL.map(Operation::as_str), None))
        .query("resource_type", "The kind of thing that changed: `User`, `Group` ...", nonempty())
        .query("resource", "The id of the thing that changed", nonempty())
        .query("source", "The identity source of the user that changed", words(&sources, None))
        .bare::<ChangePage>(200, "A page of changes, or all of them in the form asked for")
        .error(404, "There is no such tenant or user in reach")
}
