//! Signing in, going on, and signing out.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::access::Needs;
use crate::auth::{self, Held, SignIn, SignedIn, Tokens, refresh, sessions};
use crate::error::{Error, Result};
use crate::http::rest::body::{secret, text};
use crate::http::rest::{Fields, present};
use crate::http::{BodyRule, Document, Endpoint, Exchange, Method, Reply};

use super::second_step::{self, MfaRequiredResponse};
use super::{client, password, person, private, row, token_of};

/// The longest identifier, in characters.
const IDENTIFIER: usize = 254;

/// What somebody signs in with: one of `email` and `username`.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "it describes the body, which is read member by member")]
struct LoginRequest {
    /// The short name or id of the tenant; found out from the identifier when it is left out.
    tenant: Option<String>,
    /// The e-mail address.
    email: Option<String>,
    /// The user name.
    username: Option<String>,
    /// The password.
    password: String,
    /// What a remembered device was given: where it holds, no second factor is asked for.
    device_token: Option<String>,
}

/// A refresh token.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "it describes the body, which is read member by member")]
struct RefreshRequest {
    /// The refresh token that was given last.
    refresh_token: String,
}

/// The tokens of a session.
#[derive(Serialize, ToSchema)]
pub(super) struct TokenResponse {
    /// Shown as a bearer token with every request.
    access_token: String,
    /// Gets the next tokens, once.
    refresh_token: String,
    /// `Bearer`.
    token_type: &'static str,
    /// Seconds until the access token ends.
    expires_in: i64,
    /// True when they open nothing but setting up a second factor, which is due.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    enrolment_required: bool,
    /// What a remembered device shows at the next sign-in by password, once; a new one comes with each.
    #[serde(skip_serializing_if = "Option::is_none")]
    device_token: Option<String>,
}

/// The password must be changed before anything else.
#[derive(Serialize, ToSchema)]
pub(super) struct PasswordChangeResponse {
    /// True.
    password_change_required: bool,
    /// What `/auth/password/change` asks for.
    change_token: String,
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    const LOGIN: Needs = Needs::Public("whoever signs in is not known yet");
    const REFRESH: Needs = Needs::Public("the refresh token is the credential");
    let login = Document::new("login", "Sign in with a password", "auth")
        .request::<LoginRequest>()
        .bare::<TokenResponse>(200, "The tokens, or what must be done first")
        .or::<MfaRequiredResponse>()
        .or::<PasswordChangeResponse>();
    let refresh = Document::new("refresh", "Get the next tokens", "auth")
        .request::<RefreshRequest>()
        .bare::<TokenResponse>(200, "The tokens");
    let logout = Document::new("logout", "Sign out", "auth").empty(204, "The session has ended");
    let everywhere = Document::new("logout_all", "Sign out everywhere", "auth").empty(204, "All sessions have ended");
    vec![
        row(Method::Post, "/auth/login", LOGIN, false, |x| Box::pin(log_in(x)), login),
        row(Method::Post, "/auth/refresh", REFRESH, false, |x| Box::pin(refresh_tokens(x)), refresh),
        bodiless(row(Method::Post, "/auth/logout", Needs::Enrolling, false, |x| Box::pin(log_out(x)), logout)),
        bodiless(row(
            Method::Post,
            "/auth/logout-all",
            Needs::SignedIn,
            false,
            |x| Box::pin(log_out_everywhere(x)),
            everywhere,
        )),
    ]
}

/// A row that takes no body.
fn bodiless(row: Endpoint) -> Endpoint {
    Endpoint { body: BodyRule::None, ..row }
}

async fn log_in(exchange: Exchange) -> Result<Reply> {
    let mut fields = Fields::of_body(&exchange.body)?;
    let tenant = fields.nullable("tenant", text(1..=63)).value();
    let identifier = identifier(&mut fields);
    let password = fields.required("password", password);
    let device = fields.nullable("device_token", token).value();
    fields.finish()?;
    let request = SignIn { tenant, identifier: present(identifier)?, password: present(password)?, device };
    came(auth::sign_in(&exchange.services.auth, &exchange.cx, request, &client(&exchange)).await?)
}

/// What a step of signing in came to.
pub(super) fn came(came: SignedIn) -> Result<Reply> {
    match came {
        SignedIn::Tokens(given) => tokens(&given),
        SignedIn::Factor(due) => second_step::due(due),
        SignedIn::PasswordChange(token) => {
            let change_token = token.reveal().to_owned();
            json(200, &PasswordChangeResponse { password_change_required: true, change_token })
        }
    }
}

/// The one of `email` and `username` that is there.
pub(super) fn identifier(fields: &mut Fields) -> Option<String> {
    let email = fields.nullable("email", text(1..=IDENTIFIER)).value();
    let username = fields.nullable("username", text(1..=IDENTIFIER)).value();
    match (email, username) {
        (Some(one), None) | (None, Some(one)) => Some(one),
        (None, None) => {
            fields.refuse("email", "missing", "email or username is required");
            None
        }
        (Some(_), Some(_)) => {
            fields.refuse("username", "value_error", "must not be given beside email");
            None
        }
    }
}

async fn refresh_tokens(exchange: Exchange) -> Result<Reply> {
    let token = token_of(&exchange.body, "refresh_token")?;
    let auth = &exchange.services.auth;
    tokens(&refresh::exchange(auth, &exchange.cx, token.reveal(), &client(&exchange)).await?)
}

async fn log_out(exchange: Exchange) -> Result<Reply> {
    sessions::log_out(&exchange.services.auth, &exchange.cx, person(&exchange)?).await?;
    Ok(Reply::empty(204))
}

async fn log_out_everywhere(exchange: Exchange) -> Result<Reply> {
    sessions::log_out_everywhere(&exchange.services.auth, &exchange.cx, person(&exchange)?).await?;
    Ok(Reply::empty(204))
}

/// The answer that carries tokens.
pub(super) fn tokens(given: &Tokens) -> Result<Reply> {
    let Held::Bearer { access, refresh, expires_in } = &given.held else {
        return Err(Error::internal("a program was given the token of a page"));
    };
    let body = TokenResponse {
        access_token: access.reveal().to_owned(),
        refresh_token: refresh.reveal().to_owned(),
        token_type: "Bearer",
        expires_in: *expires_in,
        enrolment_required: given.enrolling,
        device_token: given.device.as_ref().map(|next| next.token.reveal().to_owned()),
    };
    json(200, &body)
}

/// A bare answer that nobody may keep.
pub(super) fn json(status: u16, body: &impl Serialize) -> Result<Reply> {
    let body: Value = serde_json::to_value(body).map_err(Error::internal)?;
    Ok(private(Reply::new(status, "application/json", body.to_string())))
}

/// A format: a token.
pub(super) fn token(value: &Value) -> crate::http::rest::body::Read<crate::secret::Secret> {
    secret(1..=super::TOKEN)(value)
}
