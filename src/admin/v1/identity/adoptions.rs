//! Which users SCIM connections asked to adopt, what administrators say to it, and users shown again to a connection that
//! they are hidden from.

use serde::Serialize;
use utoipa::ToSchema;

use super::super::shared::{done, read, time, whole_permit, write};
use crate::access::{ConnectionsRead, ConnectionsWrite, Permission};
use crate::directory::adoption::{self, APPROVED, MOST_A_CALL, Named, REFUSED, Which};
use crate::error::Result;
use crate::http::document::{uuid, words};
use crate::http::rest::body::{self, Words};
use crate::http::rest::{self, Fields, Page, Parameters, present};
use crate::http::{BodyRule, Document, Endpoint, Exchange, Method, Reply};
use crate::ids::{ConnectionId, UserId};

const TAG: &str = "Adoption";

const PENDING: &str = "pending";

const DECISIONS: &Words<Option<&str>> = &[(PENDING, None), (APPROVED, Some(APPROVED)), (REFUSED, Some(REFUSED))];

/// The two answers to a request, and whether each lets the connection adopt.
const ANSWERS: &Words<bool> = &[("approve", true), ("refuse", false)];

/// What was decided about a request.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "the words of the directory, for the document of the API")]
enum AdoptionDecision {
    Pending,
    Approved,
    Refused,
}

/// What to say to a request.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "read as words; for the document of the API")]
enum AdoptionAnswer {
    Approve,
    Refuse,
}

/// A user that a connection asked to adopt.
#[derive(Serialize, ToSchema)]
struct AdoptionRequest {
    #[schema(format = "uuid")]
    connection_id: String,
    connection_name: String,
    #[schema(format = "uuid")]
    user_id: String,
    user_name: String,
    #[schema(format = DateTime)]
    requested_at: String,
    #[schema(value_type = AdoptionDecision)]
    decision: String,
    #[schema(format = DateTime)]
    decided_at: Option<String>,
    /// Kind and id of who decided it.
    decided_by: Option<String>,
}

/// What to say to requests of a connection.
#[derive(ToSchema)]
#[expect(dead_code, reason = "read member by member; for the document of the API")]
struct AdoptionsDecide {
    #[schema(format = "uuid")]
    connection_id: String,
    /// The users that it asked for, at most 1,000.
    #[schema(required = false)]
    user_ids: Vec<String>,
    /// All that nobody decided about, at most 1,000 a call, in place of `user_ids`.
    #[schema(required = false, default = false)]
    all: bool,
    decision: AdoptionAnswer,
}

/// How many requests were decided.
#[derive(Serialize, ToSchema)]
struct AdoptionsDecided {
    decided: u64,
}

/// The rows of this subject.
pub(super) fn endpoints() -> Vec<Endpoint> {
    use Permission::{ConnectionsRead, ConnectionsWrite};
    vec![
        read(
            "/tenants/{tenant_id}/adoptions",
            ConnectionsRead,
            |x| Box::pin(list(x)),
            Document::new("list_adoptions", "List the users that connections asked to adopt", TAG)
                .query("connection_id", "Those of a connection", uuid())
                .query("decision", "Those with this decision", words(&[PENDING, APPROVED, REFUSED], None))
                .paged()
                .page::<AdoptionRequest>("A page of the requests, the oldest first"),
        ),
        write(
            Method::Post,
            "/tenants/{tenant_id}/adoptions/decide",
            ConnectionsWrite,
            |x| Box::pin(decide(x)),
            Document::new("decide_adoptions", "Let a connection adopt users, or not", TAG)
                .request::<AdoptionsDecide>()
                .data::<AdoptionsDecided>(200, "How many were decided otherwise than before"),
        ),
        Endpoint {
            body: BodyRule::None,
            ..write(
                Method::Post,
                "/tenants/{tenant_id}/connections/{connection_id}/hidden-users/{user_id}/show",
                ConnectionsWrite,
                |x| Box::pin(show(x)),
                Document::new("show_hidden_user", "Show a user to a connection that it is hidden from", TAG)
                    .empty(204, "The connection sees the user again"),
            )
        },
    ]
}

async fn list(exchange: Exchange) -> Result<Reply> {
    let permit = whole_permit::<ConnectionsRead>(&exchange).await?;
    let mut parameters = Parameters::of(&exchange.query);
    let which = Which { connection: parameters.id("connection_id"), decision: parameters.word("decision", DECISIONS) };
    let paging = parameters.paging();
    parameters.finish()?;
    let (offset, limit) = (paging.offset(), paging.per_page.into());
    let (found, total) = adoption::list(&exchange.services.directory, &permit, which, offset, limit).await?;
    rest::page(&Page { items: found.into_iter().map(shown).collect(), total }, paging, &exchange.cx)
}

async fn decide(exchange: Exchange) -> Result<Reply> {
    let permit = whole_permit::<ConnectionsWrite>(&exchange).await?;
    let mut fields = Fields::of_body(&exchange.body)?;
    let connection = fields.required("connection_id", body::uuid::<ConnectionId>);
    let all = fields.optional("all", body::boolean).unwrap_or(false);
    let users: Option<Vec<UserId>> = match all {
        false => fields.required("user_ids", body::list(MOST_A_CALL, body::uuid)),
        true if fields.has("user_ids") => {
            fields.refuse("user_ids", "value_error", "must not be given with all");
            None
        }
        true => None,
    };
    let approve = fields.required("decision", body::word(ANSWERS));
    fields.finish()?;
    let (connection, approve) = (present(connection)?, present(approve)?);
    let directory = &exchange.services.directory;
    let decided = adoption::decide(directory, &permit, &exchange.cx, connection, users, approve).await?;
    rest::data(200, &AdoptionsDecided { decided }, &exchange.cx)
}

async fn show(exchange: Exchange) -> Result<Reply> {
    let permit = whole_permit::<ConnectionsWrite>(&exchange).await?;
    let connection = rest::id::<ConnectionId>(&exchange, "connection_id", "connection")?;
    let user = rest::id::<UserId>(&exchange, "user_id", "user")?;
    adoption::show(&exchange.services.directory, &permit, &exchange.cx, connection, user).await?;
    Ok(done())
}

fn shown(Named { request, connection, user }: Named) -> AdoptionRequest {
    AdoptionRequest {
        connection_id: request.connection_id.to_string(),
        connection_name: connection,
        user_id: request.user_id.to_string(),
        user_name: user,
        requested_at: request.requested.to_string(),
        decision: request.decision.unwrap_or_else(|| PENDING.to_owned()),
        decided_at: time(request.decided),
        decided_by: request.decided_by,
    }
}
