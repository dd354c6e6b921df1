//! Tokens of a SCIM connection: the text of one is told once.

use serde::Serialize;
use utoipa::ToSchema;

use crate::access::{ConnectionsRead, Permission, ScimTokensWrite, TokenScope};
use crate::directory::tokens::{self, TokenSummary};
use crate::error::{Error, Result};
use crate::http::document::text;
use crate::http::rest::{self, Fields};
use crate::http::{Document, Endpoint, Exchange, Method, Reply};

use super::{TAG, connection};
use crate::admin::v1::shared::{cut, done, instant, named, paging, permit, read, time, write};

/// The rows of tokens.
pub(super) fn endpoints() -> Vec<Endpoint> {
    use Method::{Delete, Post};
    use Permission::{ConnectionsRead, ScimTokensWrite};
    let all = "/tenants/{tenant_id}/connections/{connection_id}/tokens";
    let one = "/tenants/{tenant_id}/connections/{connection_id}/tokens/{token_id}";
    vec![
        read(
            all,
            ConnectionsRead,
            |x| Box::pin(list(x)),
            Document::new("list_connection_tokens", "List the tokens of a SCIM connection", TAG)
                .paged()
                .page::<ScimTokenResponse>("A page of the tokens, oldest first"),
        ),
        write(
            Post,
            all,
            ScimTokensWrite,
            |x| Box::pin(create(x)),
            Document::new("create_connection_token", "Make a token of a SCIM connection", TAG)
                .optional_request::<ScimTokenCreate>()
                .data::<ScimTokenMinted>(201, "The token, shown this once"),
        ),
        write(
            Delete,
            one,
            ScimTokensWrite,
            |x| Box::pin(remove(x)),
            Document::new("revoke_connection_token", "Revoke a token of a SCIM connection", TAG)
                .path("token_id", "The public part of the token", text())
                .empty(204, "The token opens nothing any more"),
        ),
    ]
}

/// A token of a SCIM connection.
#[derive(Serialize, ToSchema)]
struct ScimTokenResponse {
    /// The public part.
    id: String,
    /// `write` or `read`.
    scope: &'static str,
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
struct ScimTokenMinted {
    /// The public part.
    id: String,
    /// The whole text.
    token: String,
    /// `write` or `read`.
    scope: &'static str,
    #[schema(format = DateTime)]
    expires_at: Option<String>,
}

/// A token to make.
#[derive(ToSchema)]
#[expect(dead_code, reason = "for the document of the API")]
struct ScimTokenCreate {
    /// `write` when it is left out.
    #[schema(nullable = false)]
    scope: Option<String>,
    #[schema(format = DateTime)]
    expires_at: Option<String>,
}

fn shown(token: TokenSummary) -> ScimTokenResponse {
    ScimTokenResponse {
        id: token.id,
        scope: token.scope.as_str(),
        created_at: token.created.to_string(),
        expires_at: time(token.expires),
        revoked_at: time(token.revoked),
        last_used_at: time(token.last_used),
    }
}

async fn of_connection(exchange: &Exchange) -> Result<Vec<TokenSummary>> {
    let permit = permit::<ConnectionsRead>(exchange).await?;
    let connection = connection(exchange).await?;
    let mut all = tokens::list(&exchange.services.directory, &permit).await?;
    all.retain(|token| token.connection_id == connection.id);
    Ok(all)
}

async fn list(exchange: Exchange) -> Result<Reply> {
    let found = of_connection(&exchange).await?;
    let paging = paging(&exchange)?;
    cut(&exchange, found, paging, shown)
}

async fn create(exchange: Exchange) -> Result<Reply> {
    let permit = permit::<ScimTokensWrite>(&exchange).await?;
    let connection = connection(&exchange).await?;
    let mut fields = Fields::of_optional_body(&exchange.body)?;
    let scope = fields.optional("scope", named).unwrap_or(TokenScope::Write);
    let expires = fields.nullable("expires_at", instant).value();
    fields.finish()?;
    let directory = &exchange.services.directory;
    let made = tokens::create(directory, &permit, &exchange.cx, &connection, scope, expires).await?;
    let token = made.secret.reveal().to_owned();
    let minted = ScimTokenMinted { id: made.id, token, scope: scope.as_str(), expires_at: time(made.expires) };
    rest::data(201, &minted, &exchange.cx)
}

async fn remove(exchange: Exchange) -> Result<Reply> {
    let permit = permit::<ScimTokensWrite>(&exchange).await?;
    let id = exchange.path.get("token_id").to_owned();
    if !of_connection(&exchange).await?.iter().any(|token| token.id == id) {
        return Err(Error::Missing("token"));
    }
    tokens::revoke(&exchange.services.directory, &permit, &exchange.cx, &id).await?;
    Ok(done())
}
