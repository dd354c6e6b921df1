//! Passwords of users, as administrators reset them.

use serde::Serialize;
use utoipa::ToSchema;

use crate::access::{PasswordsReset, PasswordsSet, Permit, decide};
use crate::directory::passwords::administer;
use crate::directory::people::{self, Include};
use crate::directory::places;
use crate::error::{Error, Result};
use crate::http::rest::body::{Words, boolean, secret, text, word};
use crate::http::rest::{self, Fields, present};
use crate::http::{Exchange, Reply};
use crate::ids::UserId;
use crate::password::MOST_CHARACTERS;

use super::input;
use super::read::answer;
use super::shown::Shown;

/// The longest URL that a link leads back to, in characters.
const LONGEST_URL: usize = 2_048;

/// How a password is reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Method {
    Email,
    Direct,
    Temporary,
}

const METHODS: &Words<Method> =
    &[("EMAIL", Method::Email), ("DIRECT", Method::Direct), ("TEMPORARY", Method::Temporary)];

/// Schema for password reset request.
#[derive(ToSchema)]
#[expect(dead_code, reason = "for the document of the API")]
pub(super) struct UserPasswordReset {
    /// `EMAIL` mails a link, `DIRECT` sets `new_password`, `TEMPORARY` answers a password that works once.
    #[schema(default = "EMAIL", required = false, pattern = "^(EMAIL|DIRECT|TEMPORARY)$")]
    method: String,
    #[schema(max_length = 128)]
    new_password: Option<String>,
    /// Where the link leads back to: one of the tenant's list.
    #[schema(max_length = 2048)]
    redirect_uri: Option<String>,
}

/// A new password, set by an administrator.
#[derive(ToSchema)]
#[expect(dead_code, reason = "for the document of the API")]
pub(super) struct AdminPasswordReset {
    #[schema(min_length = 1, max_length = 128)]
    new_password: String,
    /// Whether the user must choose another one at the next sign-in.
    #[schema(default = true, required = false)]
    require_password_change: bool,
}

/// What became of a reset.
#[derive(Serialize, ToSchema)]
pub(super) struct PasswordReset {
    method: &'static str,
    /// Shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    temporary_password: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    expires_at: Option<String>,
}

/// `POST /tenants/{tenant_id}/users/{user_id}/password/reset`.
pub(super) async fn reset(exchange: Exchange) -> Result<Reply> {
    let directory = &exchange.services.directory;
    let place = places::find(directory, exchange.path.get("tenant_id")).await?;
    let permit = decide::<PasswordsReset>(exchange.actor()?, &place)?;
    let id = rest::id::<UserId>(&exchange, "user_id", "user")?;
    people::check(directory, &permit, id).await?;
    let mut fields = Fields::of_body(&exchange.body)?;
    let method = fields.optional("method", word(METHODS)).unwrap_or(Method::Email);
    let password = fields.nullable("new_password", secret(1..=MOST_CHARACTERS)).value();
    let redirect_uri = fields.nullable("redirect_uri", text(1..=LONGEST_URL)).value();
    if method == Method::Direct && password.is_none() && !fields.has("new_password") {
        fields.refuse("new_password", "missing", "is required for DIRECT");
    }
    fields.finish()?;
    let cx = &exchange.cx;
    let mut reset = PasswordReset { method: "EMAIL", temporary_password: None, expires_at: None };
    match method {
        Method::Email => administer::mail(directory, &permit, cx, id, redirect_uri).await?,
        Method::Direct => {
            let missing = || Error::fault(["body", "new_password"], "missing", "is required for DIRECT");
            let typed = input::typed(&password.ok_or_else(missing)?, "new_password")?;
            let permit = may_set(&permit)?;
            administer::set(directory, &permit, cx, id, (typed, true), &["body", "new_password"]).await?;
            reset.method = "DIRECT";
        }
        Method::Temporary => {
            let temporary = administer::set_temporary(directory, &may_set(&permit)?, cx, id).await?;
            reset = PasswordReset {
                method: "TEMPORARY",
                temporary_password: Some(temporary.password.reveal().to_owned()),
                expires_at: Some(temporary.expires.to_string()),
            };
        }
    }
    rest::data(200, &reset, cx)
}

/// Who may mail links need not be allowed to set passwords.
fn may_set(permit: &Permit<PasswordsReset>) -> Result<Permit<PasswordsSet>> {
    decide(permit.actor(), permit.place())
}

/// `POST /admin/users/{user_id}/reset-password`.
pub(super) async fn set(exchange: Exchange) -> Result<Reply> {
    let id = rest::id::<UserId>(&exchange, "user_id", "user")?;
    let (directory, cx) = (&exchange.services.directory, &exchange.cx);
    let permit = people::permit::<PasswordsSet>(directory, exchange.actor()?, id).await?;
    let mut fields = Fields::of_body(&exchange.body)?;
    let password = fields.required("new_password", secret(1..=MOST_CHARACTERS));
    let must_change = fields.optional("require_password_change", boolean).unwrap_or(true);
    fields.finish()?;
    let typed = input::typed(&present(password)?, "new_password")?;
    administer::set(directory, &permit, cx, id, (typed, must_change), &["body", "new_password"]).await?;
    answer(&exchange, &permit, 200, id, Include::default(), Shown::WIDELY).await
}
