//! The domains of a tenant: added, proven by a record in the DNS, taken away.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::{DomainsRead, DomainsWrite, Needs, Permission};
use crate::admin::v1::shared;
use crate::directory::domains::{self, Domain};
use crate::error::Result;
use crate::http::document::text;
use crate::http::rest::{self, Fields, body, present};
use crate::http::{BodyRule, Document, Endpoint, Exchange, Handler, Method, Reply};

const DOMAINS: &str = "Domains";
/// The longest body, in bytes.
const LONGEST_BODY: usize = 16 * 1024;

/// A domain to add.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "it describes the body, which is read member by member")]
struct DomainRequest {
    /// The domain: `example.org`.
    domain: String,
    /// Whether it needs no proof; only owners of the platform may say so.
    #[serde(default)]
    assert: bool,
}

/// A domain of a tenant.
#[derive(Debug, Serialize, ToSchema)]
struct DomainResponse {
    /// The domain.
    domain: String,
    /// `pending` or `verified`.
    status: &'static str,
    /// The name at which the TXT record must stand.
    txt_name: String,
    /// What the record must say.
    txt_value: String,
    /// When it was added.
    created_at: String,
    /// Since when it is proven.
    verified_at: Option<String>,
    /// When the record was last looked for.
    checked_at: Option<String>,
    /// Who said that it needs no proof.
    asserted_by: Option<String>,
}

impl From<&Domain> for DomainResponse {
    fn from(domain: &Domain) -> Self {
        Self {
            domain: domain.name.clone(),
            status: domains::status(domain),
            txt_name: domains::record_name(domain),
            txt_value: domains::record_value(domain),
            created_at: domain.created.to_string(),
            verified_at: shared::time(domain.verified),
            checked_at: shared::time(domain.checked),
            asserted_by: domain.asserted_by.clone(),
        }
    }
}

/// The rows of this subject.
pub(super) fn endpoints() -> Vec<Endpoint> {
    use Method::{Delete, Get, Post};
    let document = |operation, summary| {
        Document::new(operation, summary, DOMAINS)
            .path("tenant_id", "The tenant: its id or slug", text())
            .error(404, "There is no such tenant or domain in reach")
    };
    let of_one = |operation, summary| document(operation, summary).path("domain", "The domain", text());
    vec![
        row(Get, "/tenants/{tenant_id}/domains", |x| Box::pin(list(x))).documented(
            document("list_domains", "List the domains of a tenant").data_list::<DomainResponse>(200, "The domains"),
        ),
        row(Post, "/tenants/{tenant_id}/domains", |x| Box::pin(add(x))).documented(
            document("add_domain", "Add a domain to a tenant")
                .request::<DomainRequest>()
                .data::<DomainResponse>(201, "The domain, and what must be published")
                .conflict("The tenant has the domain already, or it is another's"),
        ),
        row(Post, "/tenants/{tenant_id}/domains/{domain}/verify", |x| Box::pin(verify(x))).documented(
            of_one("verify_domain", "Look for the record that proves a domain")
                .data::<DomainResponse>(200, "The domain is proven")
                .conflict("`unverified`: the record is not there; `taken`: the domain is another's")
                .error(503, "The DNS does not answer"),
        ),
        row(Delete, "/tenants/{tenant_id}/domains/{domain}", |x| Box::pin(remove(x)))
            .documented(of_one("remove_domain", "Take a domain from a tenant").empty(204, "It is taken away")),
    ]
}

fn row(method: Method, path: &'static str, handler: Handler) -> Endpoint {
    let reads = method == Method::Get;
    let needs = Needs::One(if reads { Permission::DomainsRead } else { Permission::DomainsWrite });
    let takes = method == Method::Post && !path.ends_with("/verify");
    let body = if takes { BodyRule::Json { limit: LONGEST_BODY } } else { BodyRule::None };
    Endpoint { method, path, needs, body, change: !reads, handler, document: None }
}

async fn list(exchange: Exchange) -> Result<Reply> {
    let permit = shared::whole_permit::<DomainsRead>(&exchange).await?;
    let found = domains::list(&exchange.services.directory, &permit).await?;
    rest::data(200, &found.iter().map(DomainResponse::from).collect::<Vec<_>>(), &exchange.cx)
}

async fn add(exchange: Exchange) -> Result<Reply> {
    let permit = shared::whole_permit::<DomainsWrite>(&exchange).await?;
    let mut fields = Fields::of_body(&exchange.body)?;
    let name = fields.required("domain", body::text(1..=255));
    let assert = fields.optional("assert", body::boolean);
    fields.finish()?;
    let (directory, name) = (&exchange.services.directory, present(name)?);
    let domain = domains::add(directory, &permit, &exchange.cx, &name, assert.unwrap_or(false)).await?;
    rest::data(201, &DomainResponse::from(&domain), &exchange.cx)
}

async fn verify(exchange: Exchange) -> Result<Reply> {
    let permit = shared::whole_permit::<DomainsWrite>(&exchange).await?;
    let directory = &exchange.services.directory;
    let domain = domains::verify(directory, &permit, &exchange.cx, exchange.path.get("domain")).await?;
    rest::data(200, &DomainResponse::from(&domain), &exchange.cx)
}

async fn remove(exchange: Exchange) -> Result<Reply> {
    let permit = shared::whole_permit::<DomainsWrite>(&exchange).await?;
    domains::remove(&exchange.services.directory, &permit, &exchange.cx, exchange.path.get("domain")).await?;
    Ok(Reply::empty(204))
}
