//! SCIM connections of a tenant, their tokens, and the schemas that the tenant added.

mod schemas;
mod tokens;

use serde::Serialize;
use utoipa::ToSchema;

use crate::access::{Connection, ConnectionsRead, ConnectionsWrite, Permission, rate};
use crate::directory::connections::{self, ConnectionChange};
use crate::error::Result;
use crate::http::rest::{self, Fields, body, present};
use crate::http::{Document, Endpoint, Exchange, Method, Reply};
use crate::ids::ConnectionId;

use super::shared::{cut, done, named, paging, permit, read, whole_permit, write};
use super::tenants::cleared;

const TAG: &str = "SCIM connections";

/// The rows of this subject.
pub(super) fn endpoints() -> Vec<Endpoint> {
    [themselves(), tokens::endpoints(), schemas::endpoints()].into_iter().flatten().collect()
}

fn themselves() -> Vec<Endpoint> {
    use Method::{Delete, Patch, Post};
    use Permission::{ConnectionsRead, ConnectionsWrite};
    let (all, one) = ("/tenants/{tenant_id}/connections", "/tenants/{tenant_id}/connections/{connection_id}");
    vec![
        read(
            all,
            ConnectionsRead,
            |x| Box::pin(list(x)),
            Document::new("list_connections", "List SCIM connections", TAG)
                .paged()
                .page::<ConnectionResponse>("A page of the connections, by name"),
        ),
        write(
            Post,
            all,
            ConnectionsWrite,
            |x| Box::pin(create(x)),
            Document::new("create_connection", "Make a SCIM connection", TAG)
                .request::<ConnectionCreate>()
                .data::<ConnectionResponse>(201, "The connection")
                .conflict("The name is in use, or the tenant is reserved"),
        ),
        read(
            one,
            ConnectionsRead,
            |x| Box::pin(find(x)),
            Document::new("get_connection", "Get a SCIM connection", TAG)
                .data::<ConnectionResponse>(200, "The connection"),
        ),
        write(
            Patch,
            one,
            ConnectionsWrite,
            |x| Box::pin(change(x)),
            Document::new("update_connection", "Change a SCIM connection", TAG)
                .request::<ConnectionUpdate>()
                .data::<ConnectionResponse>(200, "The connection"),
        ),
        write(
            Delete,
            one,
            ConnectionsWrite,
            |x| Box::pin(remove(x)),
            Document::new("delete_connection", "Delete a SCIM connection with its tokens and links", TAG)
                .empty(204, "The connection is gone; its users stay, its groups are local ones"),
        ),
    ]
}

/// A SCIM connection.
#[derive(Serialize, ToSchema)]
struct ConnectionResponse {
    #[schema(format = "uuid")]
    id: String,
    name: String,
    /// How its requests are read.
    profile: &'static str,
    /// Which users it sees: `all` or `own`.
    reach: &'static str,
    /// What its first write to a user of others does: `link`, `ask` or `refuse`.
    adoption: &'static str,
    /// Requests a second that it may send; null is no limit.
    rate: Option<u32>,
}

/// A SCIM connection to make.
#[derive(ToSchema)]
#[expect(dead_code, reason = "for the document of the API")]
struct ConnectionCreate {
    name: String,
    #[schema(nullable = false)]
    profile: Option<String>,
    #[schema(nullable = false)]
    reach: Option<String>,
    #[schema(nullable = false)]
    adoption: Option<String>,
    rate: Option<u32>,
}

/// What is to change of a SCIM connection.
#[derive(ToSchema)]
#[expect(dead_code, reason = "for the document of the API")]
struct ConnectionUpdate {
    #[schema(nullable = false)]
    profile: Option<String>,
    #[schema(nullable = false)]
    reach: Option<String>,
    #[schema(nullable = false)]
    adoption: Option<String>,
    rate: Option<u32>,
}

fn shown(connection: Connection) -> ConnectionResponse {
    ConnectionResponse {
        id: connection.id.to_string(),
        name: connection.name,
        profile: connection.profile.as_str(),
        reach: connection.reach.as_str(),
        adoption: connection.adoption.as_str(),
        rate: connection.rate,
    }
}

fn settings(fields: &mut Fields) -> ConnectionChange {
    let rate = fields.nullable("rate", body::integer(i64::from(rate::LEAST)..=i64::from(rate::MOST)));
    ConnectionChange {
        profile: fields.optional("profile", named),
        reach: fields.optional("reach", named),
        adoption: fields.optional("adoption", named),
        rate: cleared(rate.map(|rate| u32::try_from(rate).unwrap_or(rate::MOST))),
    }
}

async fn list(exchange: Exchange) -> Result<Reply> {
    let permit = permit::<ConnectionsRead>(&exchange).await?;
    let paging = paging(&exchange)?;
    let found = connections::list(&exchange.services.directory, &permit).await?;
    cut(&exchange, found, paging, shown)
}

async fn create(exchange: Exchange) -> Result<Reply> {
    let permit = whole_permit::<ConnectionsWrite>(&exchange).await?;
    let mut fields = Fields::of_body(&exchange.body)?;
    let name = fields.required("name", body::text(1..=100));
    let settings = settings(&mut fields);
    fields.finish()?;
    let directory = &exchange.services.directory;
    let made = connections::create(directory, &permit, &exchange.cx, &present(name)?, settings).await?;
    rest::data(201, &shown(made), &exchange.cx)
}

/// The connection in the path.
async fn connection(exchange: &Exchange) -> Result<Connection> {
    let permit = permit::<ConnectionsRead>(exchange).await?;
    let id = rest::id::<ConnectionId>(exchange, "connection_id", "connection")?;
    connections::find(&exchange.services.directory, &permit, id).await
}

async fn find(exchange: Exchange) -> Result<Reply> {
    rest::data(200, &shown(connection(&exchange).await?), &exchange.cx)
}

async fn change(exchange: Exchange) -> Result<Reply> {
    let permit = whole_permit::<ConnectionsWrite>(&exchange).await?;
    let name = connection(&exchange).await?.name;
    let mut fields = Fields::of_body(&exchange.body)?;
    let settings = settings(&mut fields);
    fields.finish()?;
    let changed = connections::set(&exchange.services.directory, &permit, &exchange.cx, &name, settings).await?;
    rest::data(200, &shown(changed), &exchange.cx)
}

async fn remove(exchange: Exchange) -> Result<Reply> {
    let permit = whole_permit::<ConnectionsWrite>(&exchange).await?;
    let name = connection(&exchange).await?.name;
    connections::remove(&exchange.services.directory, &permit, &exchange.cx, &name).await?;
    Ok(done())
}
