//! Partners, for administrators of the platform.

use serde::Serialize;
use utoipa::ToSchema;

use crate::access::{PartnersRead, PartnersWrite, Permission, decide_widely};
use crate::directory::partners::{self, Partner};
use crate::error::Result;
use crate::http::rest::{self, Fields, body, present};
use crate::http::{Document, Endpoint, Exchange, Method, Reply};

use super::shared::{done, once_there, page, paging, read, window, write};

const TAG: &str = "Partners";

/// The rows of this subject.
pub(super) fn endpoints() -> Vec<Endpoint> {
    use Method::{Delete, Patch, Post};
    use Permission::{PartnersRead, PartnersWrite};
    let one = "/partners/{partner_id}";
    vec![
        read(
            "/partners",
            PartnersRead,
            |x| Box::pin(list(x)),
            Document::new("list_partners", "List partners", TAG)
                .paged()
                .page::<PartnerResponse>("A page of the partners, by slug"),
        ),
        write(
            Post,
            "/partners",
            PartnersWrite,
            |x| Box::pin(create(x)),
            Document::new("create_partner", "Make a partner", TAG)
                .request::<PartnerCreate>()
                .data::<PartnerResponse>(201, "The partner")
                .conflict("The slug is in use"),
        ),
        read(
            one,
            PartnersRead,
            |x| Box::pin(find(x)),
            Document::new("get_partner", "Get a partner", TAG).data::<PartnerResponse>(200, "The partner"),
        ),
        write(
            Patch,
            one,
            PartnersWrite,
            |x| Box::pin(change(x)),
            Document::new("update_partner", "Rename a partner", TAG)
                .request::<PartnerUpdate>()
                .data::<PartnerResponse>(200, "The partner"),
        ),
        write(
            Delete,
            one,
            PartnersWrite,
            |x| Box::pin(remove(x)),
            Document::new("delete_partner", "Delete a partner", TAG)
                .empty(204, "The partner is gone")
                .conflict("The partner looks after tenants"),
        ),
    ]
}

/// A partner.
#[derive(Serialize, ToSchema)]
struct PartnerResponse {
    #[schema(format = "uuid")]
    id: String,
    /// The short name, unique over the installation.
    slug: String,
    name: String,
    #[schema(format = DateTime)]
    created_at: String,
}

/// A partner to make.
#[derive(ToSchema)]
#[expect(dead_code, reason = "for the document of the API")]
struct PartnerCreate {
    /// 1 to 63 of a-z, 0-9 and -.
    slug: String,
    name: String,
}

/// What is to change of a partner.
#[derive(ToSchema)]
#[expect(dead_code, reason = "for the document of the API")]
struct PartnerUpdate {
    #[schema(required = false, nullable = false)]
    name: Option<String>,
}

fn shown(partner: Partner) -> PartnerResponse {
    PartnerResponse {
        id: partner.id.to_string(),
        slug: partner.slug,
        name: partner.name,
        created_at: partner.created.to_string(),
    }
}

async fn list(exchange: Exchange) -> Result<Reply> {
    let permit = decide_widely::<PartnersRead>(exchange.actor()?)?;
    let paging = paging(&exchange)?;
    let (offset, limit) = window(paging);
    let found = partners::list(&exchange.services.directory, &permit, offset, limit).await?;
    page(&exchange, found, paging, shown)
}

async fn create(exchange: Exchange) -> Result<Reply> {
    let permit = decide_widely::<PartnersWrite>(exchange.actor()?)?;
    let mut fields = Fields::of_body(&exchange.body)?;
    let (slug, name) = (fields.required("slug", body::text(1..=63)), fields.required("name", body::text(1..=200)));
    fields.finish()?;
    let (slug, name) = (present(slug)?, present(name)?);
    let made = partners::create(&exchange.services.directory, &permit, &exchange.cx, &slug, &name).await?;
    rest::data(201, &shown(made), &exchange.cx)
}

async fn find(exchange: Exchange) -> Result<Reply> {
    let permit = decide_widely::<PartnersRead>(exchange.actor()?)?;
    let id = rest::id(&exchange, "partner_id", "partner")?;
    let found = partners::find(&exchange.services.directory, &permit, id).await?;
    rest::data(200, &shown(found), &exchange.cx)
}

async fn change(exchange: Exchange) -> Result<Reply> {
    let permit = decide_widely::<PartnersWrite>(exchange.actor()?)?;
    let id = rest::id(&exchange, "partner_id", "partner")?;
    let directory = &exchange.services.directory;
    let there = partners::check(directory, &permit, id);
    let name = once_there(name(&exchange), there).await?;
    let changed = partners::rename(directory, &permit, &exchange.cx, id, name.as_deref()).await?;
    rest::data(200, &shown(changed), &exchange.cx)
}

fn name(exchange: &Exchange) -> Result<Option<String>> {
    let mut fields = Fields::of_body(&exchange.body)?;
    let name = fields.optional("name", body::text(1..=200));
    fields.finish()?;
    Ok(name)
}

async fn remove(exchange: Exchange) -> Result<Reply> {
    let permit = decide_widely::<PartnersWrite>(exchange.actor()?)?;
    let id = rest::id(&exchange, "partner_id", "partner")?;
    partners::remove(&exchange.services.directory, &permit, &exchange.cx, id).await?;
    Ok(done())
}
