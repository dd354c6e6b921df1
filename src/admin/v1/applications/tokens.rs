//! Tokens of an application: the text of one is told once.

use serde::Serialize;
use utoipa::ToSchema;

use crate::access::{ApplicationsRead, ApplicationsWrite, Permission};
use crate::clock::Instant;
use crate::directory::applications::{self, TokenSummary};
use crate::error::Result;
use crate::http::document::text;
use crate::http::rest::{self, Fields, body, present};
use crate::http::{Document, Endpoint, Exchange, Method, Reply};

use super::TAG;
use crate::admin::v1::shared::{done, id, instant, once_there, page, paging, permit, read, time, window, write};

/// The rows of tokens.
pub(super) fn endpoints() -> Vec<Endpoint> {
    use Method::{Delete, Post};
    use Permission::{ApplicationsRead, ApplicationsWrite};
    let all = "/tenants/{tenant_id}/applications/{application_id}/tokens";
    let one = "/tenants/{tenant_id}/applications/{application_id}/tokens/{token_id}";
    vec![
        read(
            all,
            ApplicationsRead,
            |x| Box::pin(list(x)),
            Document::new("list_application_tokens", "List the tokens of an application", TAG)
                .paged()
                .page::<ApplicationTokenResponse>("A page of the tokens, oldest first"),
        ),
        write(
            Post,
            all,
            ApplicationsWrite,
            |x| Box::pin(create(x)),
            Document::new("create_application_token", "Make a token of an application", TAG)
                .request::<ApplicationTokenCreate>()
                .data::<ApplicationTokenMinted>(201, "The token, shown this once"),
        ),
        write(
            Delete,
            one,
            ApplicationsWrite,
            |x| Box::pin(remove(x)),
            Document::new("revoke_application_token", "Revoke a token of an application", TAG)
                .path("token_id", "The public part of the token", text())
                .empty(204, "The token opens nothing any more"),
        ),
    ]
}

/// A token of an application.
#[derive(Serialize, ToSchema)]
struct ApplicationTokenResponse {
    /// The public part.
    id: String,
    name: String,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    expires_at: Option<String>,
    #[schema(format = DateTime)]
    revoked_at: Option<String>,
    #[schema(format = DateTime)]
    last_used_at: Option<String>,
}

/// A token at the one moment when its text is known.
#[derive(Serialize, ToSchema)]
struct ApplicationTokenMinted {
    /// The public part.
    id: String,
    name: String,
    /// The whole text.
    token: String,
    #[schema(format = DateTime)]
    expires_at: Option<String>,
}

/// A token to make.
#[derive(ToSchema)]
#[expect(dead_code, reason = "for the document of the API")]
struct ApplicationTokenCreate {
    name: String,
    #[schema(format = DateTime)]
    expires_at: Option<String>,
}

fn shown(token: TokenSummary) -> ApplicationTokenResponse {
    ApplicationTokenResponse {
        id: token.id,
        name: token.name,
        created_at: token.created.to_string(),
        expires_at: time(token.expires),
        revoked_at: time(token.revoked),
        last_used_at: time(token.last_used),
    }
}

async fn list(exchange: Exchange) -> Result<Reply> {
    let permit = permit::<ApplicationsRead>(&exchange).await?;
    let application = id(&exchange, "application_id", "application")?;
    let paging = paging(&exchange)?;
    let (offset, limit) = window(paging);
    let found = applications::tokens(&exchange.services.directory, &permit, &application, offset, limit).await?;
    page(&exchange, found, paging, shown)
}

async fn create(exchange: Exchange) -> Result<Reply> {
    let permit = permit::<ApplicationsWrite>(&exchange).await?;
    let application = id(&exchange, "application_id", "application")?;
    let directory = &exchange.services.directory;
    let there = applications::check(directory, &permit, &application);
    let (name, expires) = once_there(wanted(&exchange), there).await?;
    let made = applications::create_token(directory, &permit, &exchange.cx, &application, &name, expires).await?;
    let minted = ApplicationTokenMinted {
        token: made.secret.reveal().to_owned(),
        expires_at: time(made.summary.expires),
        id: made.summary.id,
        name: made.summary.name,
    };
    rest::data(201, &minted, &exchange.cx)
}

fn wanted(exchange: &Exchange) -> Result<(String, Option<Instant>)> {
    let mut fields = Fields::of_body(&exchange.body)?;
    let name = fields.required("name", body::text(1..=100));
    let expires = fields.nullable("expires_at", instant).value();
    fields.finish()?;
    Ok((present(name)?, expires))
}

async fn remove(exchange: Exchange) -> Result<Reply> {
    let permit = permit::<ApplicationsWrite>(&exchange).await?;
    let application = id(&exchange, "application_id", "application")?;
    let token = exchange.path.get("token_id");
    applications::revoke_token(&exchange.services.directory, &permit, &exchange.cx, &application, token).await?;
    Ok(done())
}
