//! The schemas and resource types of a tenant, in the forms of RFC 7643.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::access::{Permission, SchemasRead, SchemasWrite};
use crate::directory::schemas::{self, Summary, TypeSummary};
use crate::error::Result;
use crate::http::document::{flag, text};
use crate::http::rest::{self, Fields, Parameters, body};
use crate::http::{Document, Endpoint, Exchange, Method, Reply};

use crate::admin::v1::shared::{cut, done, object, once_there, paging, permit, read, whole_permit, write};

const TAG: &str = "Schemas";

/// The rows of schemas.
pub(super) fn endpoints() -> Vec<Endpoint> {
    [of_schemas(), of_types()].into_iter().flatten().collect()
}

fn of_schemas() -> Vec<Endpoint> {
    use Method::{Delete, Post};
    use Permission::{SchemasRead, SchemasWrite};
    let (all, one) = ("/tenants/{tenant_id}/schemas", "/tenants/{tenant_id}/schemas/{urn}");
    vec![
        read(
            all,
            SchemasRead,
            |x| Box::pin(list(x)),
            Document::new("list_schemas", "List the schemas that a tenant added", TAG)
                .paged()
                .page::<SchemaSummary>("A page of the schemas, oldest first"),
        ),
        write(
            Post,
            all,
            SchemasWrite,
            |x| Box::pin(add(x)),
            Document::new("add_schema", "Add a schema", TAG)
                .described("The body is a Schema resource of RFC 7643.")
                .query("index", "Attributes that get an index, separated by commas", text())
                .request::<SchemaDocument>()
                .data::<SchemaAdded>(201, "The schema's URN"),
        ),
        read(
            one,
            SchemasRead,
            |x| Box::pin(show(x)),
            Document::new("get_schema", "Get a schema", TAG)
                .path("urn", "The URN of the schema", text())
                .data::<SchemaDocument>(200, "The Schema resource"),
        ),
        write(
            Delete,
            one,
            SchemasWrite,
            |x| Box::pin(remove(x)),
            Document::new("delete_schema", "Remove a schema that the tenant added", TAG)
                .path("urn", "The URN of the schema", text())
                .query("force", "Also when resources carry its values, which are deleted", flag(Some(false)))
                .empty(204, "The schema is gone"),
        ),
    ]
}

fn of_types() -> Vec<Endpoint> {
    use Method::{Delete, Post, Put};
    use Permission::{SchemasRead, SchemasWrite};
    let (all, one) = ("/tenants/{tenant_id}/resource-types", "/tenants/{tenant_id}/resource-types/{name}");
    let extension = "/tenants/{tenant_id}/resource-types/{name}/extensions/{urn}";
    vec![
        read(
            all,
            SchemasRead,
            |x| Box::pin(list_types(x)),
            Document::new("list_resource_types", "List resource types", TAG)
                .paged()
                .page::<ResourceTypeSummary>("A page of the resource types, built-in ones first"),
        ),
        write(
            Post,
            all,
            SchemasWrite,
            |x| Box::pin(add_type(x)),
            Document::new("add_resource_type", "Add a resource type", TAG)
                .described("The body is a ResourceType resource of RFC 7643.")
                .request::<SchemaDocument>()
                .data::<ResourceTypeAdded>(201, "The resource type's name"),
        ),
        read(
            one,
            SchemasRead,
            |x| Box::pin(show_type(x)),
            Document::new("get_resource_type", "Get a resource type", TAG)
                .path("name", "The name of the resource type", text())
                .data::<SchemaDocument>(200, "The ResourceType resource"),
        ),
        write(
            Delete,
            one,
            SchemasWrite,
            |x| Box::pin(remove_type(x)),
            Document::new("delete_resource_type", "Remove a resource type that the tenant added", TAG)
                .path("name", "The name of the resource type", text())
                .query("force", "Also when there are resources of it, which are deleted", flag(Some(false)))
                .empty(204, "The resource type is gone"),
        ),
        write(
            Put,
            extension,
            SchemasWrite,
            |x| Box::pin(extend(x)),
            Document::new("extend_resource_type", "Extend a resource type by a schema", TAG)
                .path("name", "The name of the resource type", text())
                .path("urn", "The URN of the schema", text())
                .optional_request::<ExtensionUpdate>()
                .empty(204, "Resources of the type may carry values of the schema"),
        ),
        write(
            Delete,
            extension,
            SchemasWrite,
            |x| Box::pin(unextend(x)),
            Document::new("unextend_resource_type", "Take an extension off a resource type", TAG)
                .path("name", "The name of the resource type", text())
                .path("urn", "The URN of the schema", text())
                .query("force", "Also when resources carry its values, which are deleted", flag(Some(false)))
                .empty(204, "The extension is off"),
        ),
    ]
}

/// A schema that a tenant added.
#[derive(Serialize, ToSchema)]
struct SchemaSummary {
    /// Its URN.
    id: String,
    name: String,
    /// How many attributes it has, parts not counted.
    attributes: usize,
    /// The resource types that have it.
    resource_types: Vec<String>,
    /// The attributes with an index.
    indexed: Vec<String>,
}

/// The URN of a schema that was added.
#[derive(Serialize, ToSchema)]
struct SchemaAdded {
    id: String,
}

/// The name of a resource type that was added.
#[derive(Serialize, ToSchema)]
struct ResourceTypeAdded {
    name: String,
}

/// A resource type.
#[derive(Serialize, ToSchema)]
struct ResourceTypeSummary {
    name: String,
    /// Its path below the base URL of SCIM.
    endpoint: String,
    /// The URN of its base schema.
    schema: String,
    /// The URNs of its extensions.
    extensions: Vec<String>,
}

/// A Schema or ResourceType resource.
#[derive(ToSchema)]
#[schema(value_type = Object)]
#[expect(dead_code, reason = "for the document of the API")]
struct SchemaDocument(Value);

/// How a resource type is extended.
#[derive(ToSchema)]
#[expect(dead_code, reason = "for the document of the API")]
struct ExtensionUpdate {
    /// Whether each resource must carry values of it; false when it is left out.
    #[schema(nullable = false)]
    required: Option<bool>,
}

fn summary(schema: Summary) -> SchemaSummary {
    let Summary { urn, name, attributes, types, indexed } = schema;
    SchemaSummary { id: urn, name, attributes, resource_types: types, indexed }
}

fn type_summary(kind: TypeSummary) -> ResourceTypeSummary {
    let extensions = kind.extensions.into_iter().map(|(urn, _)| urn).collect();
    ResourceTypeSummary { name: kind.name, endpoint: kind.endpoint, schema: kind.schema, extensions }
}

fn force(exchange: &Exchange) -> Result<bool> {
    let mut parameters = Parameters::of(&exchange.query);
    let force = parameters.boolean("force").unwrap_or(false);
    parameters.finish()?;
    Ok(force)
}

async fn list(exchange: Exchange) -> Result<Reply> {
    let permit = permit::<SchemasRead>(&exchange).await?;
    let paging = paging(&exchange)?;
    let found = schemas::list(&exchange.services.directory, &permit).await?;
    cut(&exchange, found, paging, summary)
}

async fn add(exchange: Exchange) -> Result<Reply> {
    let permit = whole_permit::<SchemasWrite>(&exchange).await?;
    let mut parameters = Parameters::of(&exchange.query);
    let index = parameters.free_text("index", 2000).unwrap_or_default();
    parameters.finish()?;
    let index: Vec<String> = index.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect();
    let document = Value::Object(object(&exchange)?);
    let id = schemas::add(&exchange.services.directory, &permit, &exchange.cx, &document, &index).await?;
    rest::data(201, &SchemaAdded { id }, &exchange.cx)
}

async fn show(exchange: Exchange) -> Result<Reply> {
    let permit = permit::<SchemasRead>(&exchange).await?;
    let found = schemas::show(&exchange.services.directory, &permit, exchange.path.get("urn")).await?;
    rest::data(200, &found, &exchange.cx)
}

async fn remove(exchange: Exchange) -> Result<Reply> {
    let permit = whole_permit::<SchemasWrite>(&exchange).await?;
    let (urn, force) = (exchange.path.get("urn"), force(&exchange)?);
    schemas::remove(&exchange.services.directory, &permit, &exchange.cx, urn, force).await?;
    Ok(done())
}

async fn list_types(exchange: Exchange) -> Result<Reply> {
    let permit = permit::<SchemasRead>(&exchange).await?;
    let paging = paging(&exchange)?;
    let found = schemas::list_types(&exchange.services.directory, &permit).await?;
    cut(&exchange, found, paging, type_summary)
}

async fn add_type(exchange: Exchange) -> Result<Reply> {
    let permit = whole_permit::<SchemasWrite>(&exchange).await?;
    let document = Value::Object(object(&exchange)?);
    let name = schemas::add_type(&exchange.services.directory, &permit, &exchange.cx, &document).await?;
    rest::data(201, &ResourceTypeAdded { name }, &exchange.cx)
}

async fn show_type(exchange: Exchange) -> Result<Reply> {
    let permit = permit::<SchemasRead>(&exchange).await?;
    let found = schemas::show_type(&exchange.services.directory, &permit, exchange.path.get("name")).await?;
    rest::data(200, &found, &exchange.cx)
}

async fn remove_type(exchange: Exchange) -> Result<Reply> {
    let permit = whole_permit::<SchemasWrite>(&exchange).await?;
    let (name, force) = (exchange.path.get("name"), force(&exchange)?);
    schemas::remove_type(&exchange.services.directory, &permit, &exchange.cx, name, force).await?;
    Ok(done())
}

async fn extend(exchange: Exchange) -> Result<Reply> {
    let permit = whole_permit::<SchemasWrite>(&exchange).await?;
    let what = (exchange.path.get("name"), exchange.path.get("urn"));
    let there = schemas::check_type(&exchange.services.directory, &permit, what.0);
    let required = once_there(required(&exchange), there).await?;
    schemas::extend(&exchange.services.directory, &permit, &exchange.cx, what, required).await?;
    Ok(done())
}

fn required(exchange: &Exchange) -> Result<bool> {
    let mut fields = Fields::of_optional_body(&exchange.body)?;
    let required = fields.optional("required", body::boolean).unwrap_or(false);
    fields.finish()?;
    Ok(required)
}

async fn unextend(exchange: Exchange) -> Result<Reply> {
    let permit = whole_permit::<SchemasWrite>(&exchange).await?;
    let (what, force) = ((exchange.path.get("name"), exchange.path.get("urn")), force(&exchange)?);
    schemas::unextend(&exchange.services.directory, &permit, &exchange.cx, what, force).await?;
    Ok(done())
}
