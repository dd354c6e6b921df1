//! Signing in with a passkey alone.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::access::Needs;
use crate::auth::passkey::{self, Started};
use crate::error::Result;
use crate::http::rest::body::{any_object, secret, text};
use crate::http::rest::{Fields, present};
use crate::http::{Document, Endpoint, Exchange, Method, Reply};

use super::second_step::remember;
use super::sign_in::{TokenResponse, came, json};
use super::{TOKEN, client, row};

/// Who signs in; nobody is named where the browser is to find the passkey.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "it describes the body, which is read member by member")]
struct PasskeySignInStart {
    /// The short name or id of the tenant.
    tenant: Option<String>,
    /// The e-mail address.
    email: Option<String>,
    /// The user name.
    username: Option<String>,
}

/// What the browser needs.
#[derive(Serialize, ToSchema)]
struct PasskeySignInOptions {
    /// What the end of it asks for, for five minutes (`ceremony_minutes`).
    passkey_token: String,
    /// The options for `navigator.credentials.get`; bytes are base64url.
    #[schema(value_type = Object)]
    options: Value,
}

/// What the browser gave.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "it describes the body, which is read member by member")]
struct PasskeySignInFinish {
    /// What the start gave.
    passkey_token: String,
    /// The credential of `navigator.credentials.get`; bytes are base64url.
    #[schema(value_type = Object)]
    credential: Value,
    /// Whether the device is to be remembered: `device_token` then stands in for the passkey at later sign-ins by password.
    remember_device: Option<bool>,
    /// What you call the device.
    #[schema(max_length = 64)]
    device_name: Option<String>,
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    const START: Needs = Needs::Public("whoever signs in is not known yet");
    const FINISH: Needs = Needs::Public("the passkey is the credential");
    const NONE: &str = "There are no passkeys where the server is reached by an address";
    let start = Document::new("passkey_sign_in_start", "Begin to sign in with a passkey", "auth")
        .optional_request::<PasskeySignInStart>()
        .bare::<PasskeySignInOptions>(200, "What the browser needs")
        .conflict(NONE);
    let finish = Document::new("passkey_sign_in_finish", "Sign in with a passkey", "auth")
        .request::<PasskeySignInFinish>()
        .bare::<TokenResponse>(200, "The tokens")
        .conflict(NONE);
    vec![
        row(Method::Post, "/auth/passkeys/start", START, false, |x| Box::pin(start_sign_in(x)), start),
        row(Method::Post, "/auth/passkeys/finish", FINISH, false, |x| Box::pin(finish_sign_in(x)), finish),
    ]
}

async fn start_sign_in(exchange: Exchange) -> Result<Reply> {
    let mut fields = Fields::of_optional_body(&exchange.body)?;
    let tenant = fields.nullable("tenant", text(1..=63)).value();
    let named = fields.has("email") || fields.has("username");
    let identifier = if named { super::sign_in::identifier(&mut fields) } else { None };
    fields.finish()?;
    let named = identifier.map(|identifier| (tenant, identifier));
    let Started { token, options } = passkey::start(&exchange.services.auth, &exchange.cx, named).await?;
    json(200, &PasskeySignInOptions { passkey_token: token.reveal().to_owned(), options })
}

async fn finish_sign_in(exchange: Exchange) -> Result<Reply> {
    let mut fields = Fields::of_body(&exchange.body)?;
    let (token, credential) =
        (fields.required("passkey_token", secret(1..=TOKEN)), fields.required("credential", any_object));
    let remember = remember(&mut fields);
    fields.finish()?;
    let (token, credential) = (present(token)?, Value::Object(present(credential)?));
    let auth = &exchange.services.auth;
    came(passkey::finish(auth, &exchange.cx, &token, (&credential, remember), &client(&exchange)).await?)
}
