//! Passkeys of one's own.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::access::Needs;
use crate::error::Result;
use crate::http::rest::body::{any_object, text};
use crate::http::rest::{self, Fields, present};
use crate::http::{Document, Endpoint, Exchange, Method, Reply};
use crate::ids::PasskeyId;
use crate::mfa::passkey::{self, LONGEST_NAME, Passkey};

use super::{TAG, bodiless, change, origin, own, private, row};

/// The options for `navigator.credentials.create`; bytes are base64url.
#[derive(Serialize, ToSchema)]
struct PasskeyOptions {
    #[schema(value_type = Object)]
    options: Value,
}

/// What the browser made.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "it describes the body, which is read member by member")]
struct PasskeyCreate {
    /// The credential of `navigator.credentials.create`; bytes are base64url.
    #[schema(value_type = Object)]
    credential: Value,
    /// What you call it.
    name: Option<String>,
}

/// Another name.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "it describes the body, which is read member by member")]
struct PasskeyUpdate {
    /// What you call it.
    name: String,
}

/// A passkey.
#[derive(Serialize, ToSchema)]
pub(super) struct PasskeyResponse {
    #[schema(format = "uuid")]
    id: String,
    /// What you call it.
    name: String,
    /// The model of the authenticator, as far as it says.
    aaguid: Option<String>,
    /// Whether it never leaves its device.
    device_bound: bool,
    /// Whether it is backed up elsewhere.
    backed_up: bool,
    /// How often it was used.
    use_count: i64,
    /// When it was registered, RFC 3339 in UTC.
    created_at: String,
    /// When it was last used.
    last_used_at: Option<String>,
}

impl PasskeyResponse {
    pub(super) fn of(passkey: Passkey) -> Self {
        Self {
            id: passkey.id.to_string(),
            name: passkey.name,
            aaguid: passkey.aaguid,
            device_bound: passkey.device_bound,
            backed_up: passkey.backed_up,
            use_count: passkey.uses,
            created_at: passkey.created.to_string(),
            last_used_at: passkey.last_used.map(|at| at.to_string()),
        }
    }
}

/// A passkey that was registered.
#[derive(Serialize, ToSchema)]
struct PasskeyRegistered {
    /// The passkey.
    passkey: PasskeyResponse,
    /// Recovery codes, when they are new: shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    recovery_codes: Option<Vec<String>>,
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    use Method::{Delete, Get, Patch, Post};
    let document = |operation, summary| Document::new(operation, summary, TAG);
    let of_one = |operation, summary| document(operation, summary).path_id("passkey_id", "The passkey");
    let start = document("start_passkey", "Begin to register a passkey")
        .data::<PasskeyOptions>(200, "What the browser needs")
        .conflict("The tenant does not allow it, there are too many, or no passkeys at an address");
    let finish = document("finish_passkey", "Register a passkey")
        .request::<PasskeyCreate>()
        .data::<PasskeyRegistered>(201, "The passkey")
        .conflict("Nothing was begun, or it is registered already");
    let list = document("list_passkeys", "See your passkeys").data_list::<PasskeyResponse>(200, "The oldest first");
    let rename = of_one("update_passkey", "Rename a passkey")
        .request::<PasskeyUpdate>()
        .data::<PasskeyResponse>(200, "The passkey");
    let remove = of_one("delete_passkey", "Give up a passkey")
        .empty(204, "It is gone")
        .conflict("The tenant asks for a factor, and it is the last one");
    vec![
        bodiless(row(Post, "/me/passkeys/register/start", Needs::Enrolling, |x| Box::pin(start_one(x)), start)),
        change(row(Post, "/me/passkeys/register/finish", Needs::Enrolling, |x| Box::pin(finish_one(x)), finish)),
        row(Get, "/me/passkeys", Needs::SignedIn, |x| Box::pin(show_all(x)), list),
        change(row(Patch, "/me/passkeys/{passkey_id}", Needs::SignedIn, |x| Box::pin(rename_one(x)), rename)),
        change(row(Delete, "/me/passkeys/{passkey_id}", Needs::SignedIn, |x| Box::pin(give_up(x)), remove)),
    ]
}

async fn start_one(exchange: Exchange) -> Result<Reply> {
    let (mfa, person) = own(&exchange)?;
    let options = passkey::start_registration(mfa, &exchange.cx, person).await?;
    Ok(private(rest::data(200, &PasskeyOptions { options }, &exchange.cx)?))
}

async fn finish_one(exchange: Exchange) -> Result<Reply> {
    let (mfa, person) = own(&exchange)?;
    let mut fields = Fields::of_body(&exchange.body)?;
    let credential = fields.required("credential", any_object);
    let name = fields.nullable("name", text(1..=LONGEST_NAME)).value();
    fields.finish()?;
    let made = (Value::Object(present(credential)?), name);
    let (passkey, enrolled) =
        passkey::finish_registration(mfa, &exchange.cx, (person, &origin(&exchange)), made).await?;
    let shown = PasskeyRegistered { passkey: PasskeyResponse::of(passkey), recovery_codes: enrolled.recovery_codes };
    Ok(private(rest::data(201, &shown, &exchange.cx)?))
}

async fn show_all(exchange: Exchange) -> Result<Reply> {
    let (mfa, person) = own(&exchange)?;
    let passkeys: Vec<_> = passkey::list(mfa, person).await?.into_iter().map(PasskeyResponse::of).collect();
    Ok(private(rest::data(200, &passkeys, &exchange.cx)?))
}

async fn rename_one(exchange: Exchange) -> Result<Reply> {
    let (mfa, person) = own(&exchange)?;
    let id = rest::id::<PasskeyId>(&exchange, "passkey_id", "passkey")?;
    let name = new_name(&exchange);
    if name.is_err() {
        // Faults are told only when what they are about is there (IR-12).
        passkey::check(mfa, person, id).await?;
    }
    let renamed = passkey::rename(mfa, &exchange.cx, person, id, name?).await?;
    Ok(private(rest::data(200, &PasskeyResponse::of(renamed), &exchange.cx)?))
}

fn new_name(exchange: &Exchange) -> Result<String> {
    let mut fields = Fields::of_body(&exchange.body)?;
    let name = fields.required("name", text(1..=LONGEST_NAME));
    fields.finish()?;
    present(name)
}

async fn give_up(exchange: Exchange) -> Result<Reply> {
    let (mfa, person) = own(&exchange)?;
    let id = rest::id::<PasskeyId>(&exchange, "passkey_id", "passkey")?;
    passkey::give_up(mfa, &exchange.cx, person, id).await?;
    Ok(Reply::empty(204))
}
