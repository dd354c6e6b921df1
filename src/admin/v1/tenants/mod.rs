//! Tenants and what administrators decide for them.

mod preview;

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::access::{Permission, SettingsRead, SettingsWrite, TenantsRead, TenantsWrite, decide_widely};
use crate::directory::settings;
use crate::directory::tenants::{self, Draft, Tenant, TenantChange};
use crate::error::Result;
use crate::http::document::text;
use crate::http::rest::{self, Field, Fields, Parameters, body, present};
use crate::http::{Document, Endpoint, Exchange, Method, Reply};

use super::shared::{done, page, paging, permit, read, whole_permit, window, write};

const TAG: &str = "Tenants";

/// The rows of this subject.
pub(super) fn endpoints() -> Vec<Endpoint> {
    use Method::{Delete, Patch, Post};
    use Permission::{SettingsRead, SettingsWrite, TenantsRead, TenantsWrite};
    let one = "/tenants/{tenant_id}";
    vec![
        read(
            "/tenants",
            TenantsRead,
            |x| Box::pin(list(x)),
            Document::new("list_tenants", "List the tenants in reach", TAG)
                .paged()
                .page::<TenantResponse>("A page of the tenants, by slug"),
        ),
        write(
            Post,
            "/tenants",
            TenantsWrite,
            |x| Box::pin(create(x)),
            Document::new("create_tenant", "Make a tenant", TAG)
                .request::<TenantCreate>()
                .data::<TenantResponse>(201, "The tenant")
                .error(404, "There is no such partner in reach")
                .conflict("The slug is in use"),
        ),
        read(
            one,
            TenantsRead,
            |x| Box::pin(find(x)),
            Document::new("get_tenant", "Get a tenant", TAG).data::<TenantResponse>(200, "The tenant"),
        ),
        write(
            Patch,
            one,
            TenantsWrite,
            |x| Box::pin(change(x)),
            Document::new("update_tenant", "Change a tenant", TAG)
                .request::<TenantUpdate>()
                .data::<TenantResponse>(200, "The tenant")
                .conflict("The tenant of the platform is reserved"),
        ),
        write(
            Delete,
            one,
            TenantsWrite,
            |x| Box::pin(remove(x)),
            Document::new("delete_tenant", "Delete a tenant with all that is in it", TAG)
                .query("confirm_slug", "The slug once more, for a tenant that is not empty", text())
                .empty(204, "The tenant is gone")
                .conflict("The tenant is not empty and not confirmed, or reserved"),
        ),
        read(
            "/tenants/{tenant_id}/settings",
            SettingsRead,
            |x| Box::pin(show_settings(x)),
            Document::new("get_tenant_settings", "Get the settings of a tenant", TAG)
                .data::<TenantSettings>(200, "The settings, defaults filled in"),
        ),
        write(
            Patch,
            "/tenants/{tenant_id}/settings",
            SettingsWrite,
            |x| Box::pin(change_settings(x)),
            Document::new("update_tenant_settings", "Change settings of a tenant", TAG)
                .described("What the body leaves out stays; null brings a default back.")
                .request::<TenantSettings>()
                .data::<TenantSettings>(200, "The settings, defaults filled in")
                .conflict(
                    "Nobody who administers the tenant meets the policy for second factors, or it has no channel",
                ),
        ),
        preview::endpoint(),
    ]
}

/// A tenant.
#[derive(Serialize, ToSchema)]
struct TenantResponse {
    #[schema(format = "uuid")]
    id: String,
    /// The short name, unique over the installation.
    slug: String,
    /// The name for people.
    name: Option<String>,
    /// The partner who looks after it.
    #[schema(format = "uuid")]
    partner_id: Option<String>,
    /// Whether it lets nobody in.
    suspended: bool,
    limits: TenantLimits,
    #[schema(format = DateTime)]
    created_at: String,
}

/// What a tenant may hold; null is no limit.
#[derive(Serialize, ToSchema)]
struct TenantLimits {
    users: Option<i64>,
    groups: Option<i64>,
    members: Option<i64>,
    attributes: Option<i64>,
    document_bytes: Option<i64>,
}

/// A tenant to make.
#[derive(ToSchema)]
#[expect(dead_code, reason = "for the document of the API")]
struct TenantCreate {
    /// 1 to 63 of a-z, 0-9 and -.
    slug: String,
    name: Option<String>,
    /// Left out by whoever may make tenants of one partner alone.
    #[schema(format = "uuid")]
    partner_id: Option<String>,
}

/// What is to change of a tenant.
#[derive(ToSchema)]
#[expect(dead_code, reason = "for the document of the API")]
struct TenantUpdate {
    name: Option<String>,
    suspended: Option<bool>,
    /// Only administrators of the platform change it.
    #[schema(format = "uuid")]
    partner_id: Option<String>,
}

/// What administrators decide for a tenant.
#[derive(ToSchema)]
#[schema(value_type = Object)]
#[expect(dead_code, reason = "for the document of the API")]
struct TenantSettings(Value);

fn shown(tenant: Tenant) -> TenantResponse {
    let limits = tenant.limits;
    TenantResponse {
        id: tenant.id.to_string(),
        slug: tenant.slug,
        name: tenant.name,
        partner_id: tenant.partner_id.map(|partner| partner.to_string()),
        suspended: tenant.suspended,
        limits: TenantLimits {
            users: limits.max_users,
            groups: limits.max_groups,
            members: limits.max_members,
            attributes: limits.max_attributes,
            document_bytes: limits.max_document_bytes,
        },
        created_at: tenant.created.to_string(),
    }
}

async fn list(exchange: Exchange) -> Result<Reply> {
    let permit = decide_widely::<TenantsRead>(exchange.actor()?)?;
    let paging = paging(&exchange)?;
    let (offset, limit) = window(paging);
    let found = tenants::list(&exchange.services.directory, &permit, offset, limit).await?;
    page(&exchange, found, paging, shown)
}

async fn create(exchange: Exchange) -> Result<Reply> {
    let permit = decide_widely::<TenantsWrite>(exchange.actor()?)?;
    let mut fields = Fields::of_body(&exchange.body)?;
    let slug = fields.required("slug", body::text(1..=63));
    let name = fields.nullable("name", body::text(1..=200));
    let partner = fields.nullable("partner_id", body::uuid);
    fields.finish()?;
    let draft = Draft { slug: present(slug)?, name: name.value(), partner: partner.value() };
    let made = tenants::create(&exchange.services.directory, &permit, &exchange.cx, draft).await?;
    rest::data(201, &shown(made), &exchange.cx)
}

async fn find(exchange: Exchange) -> Result<Reply> {
    let permit = permit::<TenantsRead>(&exchange).await?;
    let found = tenants::find(&exchange.services.directory, &permit).await?;
    rest::data(200, &shown(found), &exchange.cx)
}

async fn change(exchange: Exchange) -> Result<Reply> {
    let permit = permit::<TenantsWrite>(&exchange).await?;
    let mut fields = Fields::of_body(&exchange.body)?;
    let name = fields.nullable("name", body::text(1..=200));
    let suspended = fields.optional("suspended", body::boolean);
    let partner = fields.nullable("partner_id", body::uuid);
    fields.finish()?;
    let wanted = TenantChange { name: cleared(name), suspended, partner: cleared(partner) };
    let changed = tenants::change(&exchange.services.directory, &permit, &exchange.cx, wanted).await?;
    rest::data(200, &shown(changed), &exchange.cx)
}

async fn remove(exchange: Exchange) -> Result<Reply> {
    let permit = permit::<TenantsWrite>(&exchange).await?;
    let mut parameters = Parameters::of(&exchange.query);
    let confirmed = parameters.free_text("confirm_slug", 63);
    parameters.finish()?;
    tenants::remove(&exchange.services.directory, &permit, &exchange.cx, confirmed.as_deref()).await?;
    Ok(done())
}

async fn show_settings(exchange: Exchange) -> Result<Reply> {
    let permit = permit::<SettingsRead>(&exchange).await?;
    let found = settings::show(&exchange.services.directory, &permit).await?;
    rest::data(200, &found, &exchange.cx)
}

async fn change_settings(exchange: Exchange) -> Result<Reply> {
    let permit = whole_permit::<SettingsWrite>(&exchange).await?;
    let wanted = super::shared::object(&exchange)?;
    let changed = settings::change(&exchange.services.directory, &permit, &exchange.cx, wanted).await?;
    rest::data(200, &changed, &exchange.cx)
}

/// Absent leaves it, null clears it.
pub(super) fn cleared<T>(field: Field<T>) -> Option<Option<T>> {
    match field {
        Field::Absent => None,
        Field::Null => Some(None),
        Field::Value(value) => Some(Some(value)),
    }
}
