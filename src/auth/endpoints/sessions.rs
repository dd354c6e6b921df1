//! The sessions of whoever asks.

use serde::Serialize;
use utoipa::ToSchema;

use crate::access::Needs;
use crate::auth::sessions;
use crate::error::Result;
use crate::http::rest;
use crate::http::{Document, Endpoint, Exchange, Method, Reply};

use super::{person, private, row};

/// A session.
#[derive(Serialize, ToSchema)]
struct SessionResponse {
    /// Its id.
    id: String,
    /// Whether it is the one that asks.
    current: bool,
    /// When it began, RFC 3339 in UTC.
    created_at: String,
    /// When it was last refreshed.
    last_used_at: String,
    /// When it ends at the latest.
    expires_at: String,
    /// How the person proved who they are: words of RFC 8176.
    methods: Vec<String>,
    /// From where it was last refreshed.
    ip_address: Option<String>,
    /// What the client called itself.
    user_agent: Option<String>,
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    let list = Document::new("list_own_sessions", "List your sessions", "auth")
        .data_list::<SessionResponse>(200, "The sessions, the one used last first");
    let end = Document::new("end_own_session", "End one of your sessions", "auth")
        .path_id("session_id", "The session")
        .empty(204, "It has ended");
    vec![
        row(Method::Get, "/auth/sessions", Needs::SignedIn, false, |x| Box::pin(list_own(x)), list),
        row(Method::Delete, "/auth/sessions/{session_id}", Needs::SignedIn, false, |x| Box::pin(end_own(x)), end),
    ]
}

async fn list_own(exchange: Exchange) -> Result<Reply> {
    let person = person(&exchange)?;
    let found = sessions::list(&exchange.services.auth, &exchange.cx, person).await?;
    let response = |session: sessions::Session| SessionResponse {
        id: session.id.to_string(),
        current: session.id == person.session,
        created_at: session.created.to_string(),
        last_used_at: session.last_used.to_string(),
        expires_at: session.expires.to_string(),
        methods: session.methods.split_whitespace().map(str::to_owned).collect(),
        ip_address: session.address,
        user_agent: session.user_agent,
    };
    let found: Vec<SessionResponse> = found.into_iter().map(response).collect();
    Ok(private(rest::data(200, &found, &exchange.cx)?))
}

async fn end_own(exchange: Exchange) -> Result<Reply> {
    let id = rest::id(&exchange, "session_id", "session")?;
    sessions::end(&exchange.services.auth, &exchange.cx, person(&exchange)?, id).await?;
    Ok(Reply::empty(204))
}
