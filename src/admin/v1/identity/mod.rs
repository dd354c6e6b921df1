//! Where users come from: identity providers, by which of their subjects users are known, which users connections asked to
//! adopt, and users whose recorded source and links differ.

mod adoptions;
mod links;
mod mismatches;
mod providers;

use utoipa::ToSchema;

use crate::access::{Needs, Permission};
use crate::http::document::{flag, nonempty, text, uuid};
use crate::http::{BodyRule, Document, Endpoint, Handler, Method};

pub(super) use mismatches::SOURCES;

use links::{IdentityCreate, IdentityLink};
use mismatches::{MismatchFix, MismatchReport};
use providers::{IdentityProvider, IdentityProviderCreate, IdentityProviderUpdate};

/// The longest body of these endpoints, in bytes.
const BODY: BodyRule = BodyRule::Json { limit: 256 * 1024 };

/// How a provider speaks.
#[derive(ToSchema)]
#[schema(rename_all = "UPPERCASE")]
#[expect(dead_code, reason = "the words of the directory, for the document of the API")]
pub(super) enum Protocol {
    Oidc,
    Saml,
    Ldap,
}

/// The rows of this subject.
pub(super) fn endpoints() -> Vec<Endpoint> {
    [of_mismatches(), of_providers(), of_links(), adoptions::endpoints()].into_iter().flatten().collect()
}

fn of_mismatches() -> Vec<Endpoint> {
    const TAG: &str = "Identity sources";
    let either = "finding needs identities.read, correcting identity_source.fix as well";
    vec![
        row(Method::Get, "/admin/users/identity-source/mismatches", Needs::ByEffect(either), |x| {
            Box::pin(mismatches::find(x))
        })
        .documented(
            Document::new("get_identity_source_mismatches", "Get identity source mismatches", TAG)
                .described(
                    "Find users whose recorded identity source and links differ. With fix=true those that one other \
                     source alone claims are corrected, at most 1,000 a call.",
                )
                .query("tenant_id", "Those of a tenant: its id or slug; otherwise of all in reach", nonempty())
                .query("fix", "Whether to correct them", flag(Some(false)))
                .query("include_explained", "Whether to list those that one authority explains", flag(Some(false)))
                .paged()
                .bare::<MismatchReport>(200, "The users, and how many there are of each kind")
                .error(404, "The tenant is not in reach"),
        ),
        changing(Method::Post, "/admin/users/identity-source/mismatches/fix", Permission::IdentitySourceFix, |x| {
            Box::pin(mismatches::fix(x))
        })
        .documented(
            Document::new("fix_identity_source_mismatches", "Correct the identity source of chosen users", TAG)
                .request::<MismatchFix>()
                .bare::<MismatchReport>(200, "The users that were looked at, and what was corrected")
                .error(404, "The tenant or a user is not in reach"),
        ),
    ]
}

fn of_providers() -> Vec<Endpoint> {
    use Permission::{ConnectionsWrite, ProvidersRead, ProvidersWrite};
    const ALL: &str = "/tenants/{tenant_id}/identity-providers";
    const ONE: &str = "/tenants/{tenant_id}/identity-providers/{provider_id}";
    const CONNECTION: &str = "/tenants/{tenant_id}/identity-providers/{provider_id}/connections/{connection_id}";
    let document = |operation, summary| {
        Document::new(operation, summary, "Identity providers").path("tenant_id", "The tenant: its id or slug", text())
    };
    let one = |operation, summary| document(operation, summary).path_id("provider_id", "The provider");
    let connection = |operation, summary| one(operation, summary).path_id("connection_id", "The SCIM connection");
    vec![
        row(Method::Get, ALL, Needs::One(ProvidersRead), |x| Box::pin(providers::list(x))).documented(
            document("list_identity_providers", "List identity providers")
                .data_list::<IdentityProvider>(200, "The providers, by name"),
        ),
        changing(Method::Post, ALL, ProvidersWrite, |x| Box::pin(providers::create(x))).documented(
            document("create_identity_provider", "Create an identity provider")
                .request::<IdentityProviderCreate>()
                .data::<IdentityProvider>(201, "The provider")
                .conflict("The name is taken, or the tenant takes no providers"),
        ),
        row(Method::Get, ONE, Needs::One(ProvidersRead), |x| Box::pin(providers::find(x))).documented(
            one("get_identity_provider", "Get an identity provider").data::<IdentityProvider>(200, "The provider"),
        ),
        changing(Method::Patch, ONE, ProvidersWrite, |x| Box::pin(providers::change(x))).documented(
            one("update_identity_provider", "Change an identity provider")
                .request::<IdentityProviderUpdate>()
                .data::<IdentityProvider>(200, "The provider")
                .conflict("The name is taken"),
        ),
        Endpoint {
            body: BodyRule::None,
            ..changing(Method::Delete, ONE, ProvidersWrite, |x| Box::pin(providers::remove(x)))
        }
        .documented(
            one("delete_identity_provider", "Delete an identity provider")
                .empty(204, "It is gone, with its identities"),
        ),
        Endpoint {
            body: BodyRule::None,
            ..changing(Method::Put, CONNECTION, ConnectionsWrite, |x| Box::pin(providers::provision_for(x)))
        }
        .documented(
            connection("provision_for_identity_provider", "Say that a connection provisions for a provider")
                .empty(204, "Both are one authority"),
        ),
        Endpoint {
            body: BodyRule::None,
            ..changing(Method::Delete, CONNECTION, ConnectionsWrite, |x| Box::pin(providers::provision_for_none(x)))
        }
        .documented(
            connection("provision_for_no_identity_provider", "Say that a connection provisions for no provider")
                .empty(204, "Each speaks for itself"),
        ),
    ]
}

fn of_links() -> Vec<Endpoint> {
    use Permission::{IdentitiesRead, IdentitiesWrite};
    const ALL: &str = "/tenants/{tenant_id}/users/{user_id}/identities";
    let document = |operation, summary| {
        Document::new(operation, summary, "Identities")
            .path("tenant_id", "The tenant: its id or slug", text())
            .path_id("user_id", "The user")
    };
    vec![
        row(Method::Get, ALL, Needs::One(IdentitiesRead), |x| Box::pin(links::list(x))).documented(
            document("list_identities", "List by which providers a user is known")
                .data_list::<IdentityLink>(200, "The identities, the oldest first"),
        ),
        changing(Method::Post, ALL, IdentitiesWrite, |x| Box::pin(links::link(x))).documented(
            document("create_identity", "Link a user with a subject of a provider")
                .request::<IdentityCreate>()
                .data::<IdentityLink>(201, "The identity")
                .conflict("The subject is linked already"),
        ),
        Endpoint {
            body: BodyRule::None,
            ..changing(
                Method::Delete,
                "/tenants/{tenant_id}/users/{user_id}/identities/{identity_id}",
                IdentitiesWrite,
                |x| Box::pin(links::unlink(x)),
            )
        }
        .documented(
            document("delete_identity", "Remove an identity of a user")
                .path("identity_id", "The identity", uuid())
                .empty(204, "It is gone")
                .conflict("It is the link of a SCIM connection"),
        ),
    ]
}

fn row(method: Method, path: &'static str, needs: Needs, handler: Handler) -> Endpoint {
    Endpoint { method, path, needs, body: BodyRule::None, change: false, handler, document: None }
}

fn changing(method: Method, path: &'static str, permission: Permission, handler: Handler) -> Endpoint {
    Endpoint { body: BODY, change: true, ..row(method, path, Needs::One(permission), handler) }
}
