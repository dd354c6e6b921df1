//! Passwords that are forgotten, reset and changed, and e-mail addresses that are proven.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::access::Needs;
use crate::auth::{addresses, passwords};
use crate::error::{Anonymous, Error, Result};
use crate::http::rest::body::text;
use crate::http::rest::{Fields, present};
use crate::http::{Document, Endpoint, Exchange, Method, Reply};

use super::sign_in::{TokenResponse, identifier, token, tokens};
use super::{client, password, row, token_of};

/// Who forgot a password: one of `email` and `username`.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "it describes the body, which is read member by member")]
struct ForgotRequest {
    /// The short name or id of the tenant.
    tenant: Option<String>,
    /// The e-mail address.
    email: Option<String>,
    /// The user name.
    username: Option<String>,
}

/// A new password and the token that was mailed.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "it describes the body, which is read member by member")]
struct ResetRequest {
    /// The token in the link that was mailed.
    token: String,
    /// The new password.
    new_password: String,
}

/// A new password and the proof that it may be set: the present one, or what the sign-in gave.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "it describes the body, which is read member by member")]
struct ChangeRequest {
    /// What the sign-in answered, when it asked for another password.
    change_token: Option<String>,
    /// The present password of whoever is signed in.
    current_password: Option<String>,
    /// The new password.
    new_password: String,
}

/// The token of a mailed link.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "it describes the body, which is read member by member")]
struct VerifyRequest {
    /// The token in the link that was mailed.
    token: String,
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    const LOST: Needs =
        Needs::Public("whoever lost a password cannot sign in; nobody hears whether there is such a user");
    const LINK: Needs = Needs::Public("the mailed token is the credential");
    const CHANGE: Needs =
        Needs::Public("the change token is the credential, or the present password of who is signed in");
    let forgot = Document::new("forgot_password", "Ask for a link to set a new password", "auth")
        .request::<ForgotRequest>()
        .empty(202, "A link is mailed if there is such a user");
    let reset = Document::new("reset_password", "Set a new password by a mailed link", "auth")
        .request::<ResetRequest>()
        .empty(204, "The password is set; nobody is signed in");
    let change = Document::new("change_password", "Choose another password", "auth")
        .request::<ChangeRequest>()
        .bare::<TokenResponse>(200, "The tokens of a new session; all others have ended");
    let verify = Document::new("verify_email", "Prove an e-mail address by a mailed link", "auth")
        .request::<VerifyRequest>()
        .empty(204, "The address is proven")
        .conflict("Another owner of the platform has the address");
    let revert = Document::new("revert_email", "Take the change of an e-mail address back by a mailed link", "auth")
        .request::<VerifyRequest>()
        .empty(204, "The earlier address is the account's again; all sessions and links have ended")
        .conflict("somebody else has the address now");
    vec![
        row(Method::Post, "/auth/password/forgot", LOST, false, |x| Box::pin(forgotten(x)), forgot),
        row(Method::Post, "/auth/password/reset", LINK, true, |x| Box::pin(reset_by_link(x)), reset),
        row(Method::Post, "/auth/password/change", CHANGE, true, |x| Box::pin(change_password(x)), change),
        row(Method::Post, "/auth/email/verify", LINK, true, |x| Box::pin(verify_address(x)), verify),
        row(Method::Post, "/auth/email/revert", LINK, true, |x| Box::pin(revert_address(x)), revert),
    ]
}

async fn forgotten(exchange: Exchange) -> Result<Reply> {
    let mut fields = Fields::of_body(&exchange.body)?;
    let tenant = fields.nullable("tenant", text(1..=63)).value();
    let identifier = identifier(&mut fields);
    fields.finish()?;
    let (auth, client) = (&exchange.services.auth, client(&exchange));
    passwords::forgot(auth, &exchange.cx, tenant, present(identifier)?, &client).await?;
    Ok(Reply::empty(202))
}

async fn reset_by_link(exchange: Exchange) -> Result<Reply> {
    let mut fields = Fields::of_body(&exchange.body)?;
    let (token, wanted) = (fields.required("token", token), fields.required("new_password", password));
    fields.finish()?;
    let (token, wanted) = (present(token)?, present(wanted)?);
    passwords::reset(&exchange.services.auth, &exchange.cx, token.reveal(), wanted).await?;
    Ok(Reply::empty(204))
}

async fn change_password(exchange: Exchange) -> Result<Reply> {
    let mut fields = Fields::of_body(&exchange.body)?;
    let token = fields.nullable("change_token", token).value();
    let current = fields.nullable("current_password", password).value();
    let wanted = fields.required("new_password", password);
    if token.is_none() == current.is_none() {
        fields.refuse("change_token", "missing", "either change_token or current_password is required");
    }
    fields.finish()?;
    let (auth, cx, client, wanted) = (&exchange.services.auth, &exchange.cx, client(&exchange), present(wanted)?);
    if let Some(token) = token {
        return tokens(&passwords::change_by_token(auth, cx, token.reveal(), wanted, &client).await?);
    }
    let person = exchange.actor.as_deref().and_then(crate::access::Actor::person);
    let person = person.ok_or(Error::Anonymous(Anonymous::NoCredential))?;
    tokens(&passwords::change(auth, cx, person, (present(current)?, wanted), &client).await?)
}

async fn verify_address(exchange: Exchange) -> Result<Reply> {
    let token = token_of(&exchange.body, "token")?;
    addresses::verify(&exchange.services.auth, &exchange.cx, token.reveal()).await?;
    Ok(Reply::empty(204))
}

async fn revert_address(exchange: Exchange) -> Result<Reply> {
    let token = token_of(&exchange.body, "token")?;
    addresses::take_back(&exchange.services.auth, &exchange.cx, token.reveal()).await?;
    Ok(Reply::empty(204))
}
