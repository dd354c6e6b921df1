//! What there is to say about the security of one's own account.

use serde::Serialize;
use utoipa::ToSchema;

use crate::access::Needs;
use crate::directory::people::Session;
use crate::error::Result;
use crate::http::rest;
use crate::http::{Document, Endpoint, Exchange, Method, Reply};
use crate::ids::SessionId;
use crate::mfa::security::{self, Security};

use super::devices::DeviceResponse;
use super::passkeys::PasskeyResponse;
use super::shown::MfaResponse;
use super::{TAG, own, private, row};

/// The security of your account.
#[derive(Serialize, ToSchema)]
struct SecurityResponse {
    /// Your second factors, and what is asked of you.
    mfa: MfaResponse,
    passkeys: Vec<PasskeyResponse>,
    /// When a factor was last used, RFC 3339 in UTC.
    factor_last_used_at: Option<String>,
    /// When you last signed in.
    last_login_at: Option<String>,
    /// Where you are signed in.
    sessions: Vec<OwnSession>,
    /// Where you are remembered.
    devices: Vec<DeviceResponse>,
    failures: FailuresResponse,
}

/// A session of yours.
#[derive(Serialize, ToSchema)]
struct OwnSession {
    #[schema(format = "uuid")]
    id: String,
    /// Whether it is the one that asks.
    current: bool,
    /// When it began, RFC 3339 in UTC.
    created_at: String,
    /// When it was last refreshed.
    last_used_at: String,
    /// When it ends at the latest.
    expires_at: String,
    /// From where it was last refreshed.
    ip_address: Option<String>,
    /// What the client called itself.
    user_agent: Option<String>,
}

/// What somebody guessed lately, as far as it counts.
#[derive(Serialize, ToSchema)]
struct FailuresResponse {
    /// Wrong passwords since the last right one, within a quarter of an hour.
    passwords: i32,
    /// When the last of them was.
    last_password_at: Option<String>,
    /// Until when signing in by password is locked because of them.
    locked_until: Option<String>,
    /// Wrong codes since the last right one.
    codes: i32,
    /// Wrong codes within a day.
    codes_today: i32,
}

impl SecurityResponse {
    fn of(found: Security, current: SessionId) -> Self {
        let Security { account, overview, last_used, sessions, devices, failures } = found;
        let session = |session: Session| OwnSession {
            id: session.id.to_string(),
            current: session.id == current,
            created_at: session.created.to_string(),
            last_used_at: session.last_used.to_string(),
            expires_at: session.expires.to_string(),
            ip_address: session.address,
            user_agent: session.user_agent,
        };
        Self {
            passkeys: overview.passkeys.iter().cloned().map(PasskeyResponse::of).collect(),
            mfa: MfaResponse::of(overview),
            factor_last_used_at: last_used.map(|at| at.to_string()),
            last_login_at: account.last_login.map(|at| at.to_string()),
            sessions: sessions.unwrap_or_default().into_iter().map(session).collect(),
            devices: devices.into_iter().map(DeviceResponse::of).collect(),
            failures: FailuresResponse {
                passwords: failures.passwords,
                last_password_at: failures.last_password.map(|at| at.to_string()),
                locked_until: failures.locked_until.map(|at| at.to_string()),
                codes: failures.codes,
                codes_today: failures.codes_today,
            },
        }
    }
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    let show = Document::new("get_own_security", "See the security of your account", TAG)
        .data::<SecurityResponse>(200, "What there is");
    vec![row(Method::Get, "/me/security", Needs::SignedIn, |x| Box::pin(show_own(x)), show)]
}

async fn show_own(exchange: Exchange) -> Result<Reply> {
    let (mfa, person) = own(&exchange)?;
    let found = security::own(mfa, &exchange.cx, person).await?;
    Ok(private(rest::data(200, &SecurityResponse::of(found, person.session), &exchange.cx)?))
}
