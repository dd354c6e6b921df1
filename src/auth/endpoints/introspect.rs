//! Whether a person's token still lives, for applications (RFC 7662).

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::access::{Actor, Needs};
use crate::auth;
use crate::error::{Error, Result};
use crate::http::{BodyRule, Document, Endpoint, Exchange, Method, Query, Reply};
use crate::secret::Secret;

use super::sign_in::json as reply;
use super::token_of;

/// A token, as a form or as JSON.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "it describes the body, which is read member by member")]
struct IntrospectRequest {
    /// A person's access token.
    token: String,
}

/// What is known of a token; of one that does not live, only that.
#[derive(Serialize, ToSchema)]
struct IntrospectResponse {
    /// Whether it lives.
    active: bool,
    /// The user.
    sub: Option<String>,
    /// The user name.
    username: Option<String>,
    /// When it ends, in seconds since 1970.
    exp: Option<i64>,
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    let document = Document::new("introspect", "Ask whether a person's token lives", "auth")
        .request::<IntrospectRequest>()
        .bare::<IntrospectResponse>(200, "Whether it lives, and whose it is");
    let needs = Needs::ByEffect("only applications may ask, and about people of their tenant");
    let body = BodyRule::Form { limit: 16 * 1024 };
    let (method, path) = (Method::Post, "/auth/introspect");
    vec![
        Endpoint { method, path, needs, body, change: false, handler: |x| Box::pin(introspect(x)), document: None }
            .documented(document),
    ]
}

async fn introspect(exchange: Exchange) -> Result<Reply> {
    let Actor::Application(application) = exchange.actor()? else {
        return Err(Error::LacksScope);
    };
    let token = if exchange.headers.get("content-type").is_some_and(is_form) {
        token_of_form(&exchange.body)?
    } else {
        token_of(&exchange.body, "token")?
    };
    let found = auth::introspect(&exchange.services.auth, &exchange.cx, application, token.reveal()).await?;
    reply(200, &found.unwrap_or_else(|| json!({ "active": false })))
}

fn is_form(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

fn token_of_form(body: &[u8]) -> Result<Secret> {
    let wrong = |why: &str| Error::fault(["body", "token"], "missing", why);
    let text = std::str::from_utf8(body).map_err(|_| wrong("the body is not UTF-8"))?;
    let form = Query::parse(text).map_err(wrong)?;
    let token = form.get("token")?.filter(|token| !token.is_empty()).ok_or_else(|| wrong("is required"))?;
    Ok(Secret::new(token.to_owned()))
}
