//! The second factors of a user: taking them all, its passkeys, and the code by which it sets up another one.

use serde::Serialize;
use utoipa::ToSchema;

use crate::access::{MfaRead, MfaReset, Needs, Permission, Permit};
use crate::admin::v1::shared::once_there;
use crate::directory::factors::{self, Done, Passkey, Reset, What};
use crate::directory::people;
use crate::error::Result;
use crate::http::document::flag;
use crate::http::rest::{self, Parameters};
use crate::http::{BodyRule, Document, Endpoint, Exchange, Method, Reply};
use crate::ids::{PasskeyId, UserId};

use super::super::super::resets::{self, MfaDisabled};
use super::{change, noted, of_user};

const RESET: Needs = Needs::One(Permission::MfaReset);

/// The rows of this subject.
pub(super) fn endpoints() -> Vec<Endpoint> {
    use Method::{Delete, Get, Post};
    let reset = |document: Document| resets::described(document).conflict(resets::CONFLICT);
    vec![
        change(Post, "/admin/users/{user_id}/mfa/disable", RESET, BodyRule::None, |x| Box::pin(disable(x))).documented(
            reset(of_user("disable_user_mfa", "Remove the second factors of a user"))
                .query("keep_passkeys", "Whether passkeys stay", flag(Some(false)))
                .data::<MfaDisabled>(200, "What is left"),
        ),
        change(Post, "/admin/users/{user_id}/mfa/enrolment-code", RESET, BodyRule::None, |x| Box::pin(give_code(x)))
            .documented(
                reset(of_user("create_enrolment_code", "Let a user set up a second factor once"))
                    .described("The code works once within 24 hours, behind the password, where a sign-in asks for it.")
                    .data::<EnrolmentCode>(200, "The code is on its way, or here"),
            ),
        Endpoint {
            needs: Needs::One(Permission::MfaRead),
            ..super::read(Get, "/admin/users/{user_id}/passkeys", |x| Box::pin(list_passkeys(x))).documented(
                of_user("list_user_passkeys", "See the passkeys of a user")
                    .data_list::<UserPasskey>(200, "The oldest first"),
            )
        },
        change(Delete, "/admin/users/{user_id}/passkeys/{passkey_id}", RESET, BodyRule::None, |x| {
            Box::pin(remove_passkey(x))
        })
        .documented(
            reset(of_user("delete_user_passkey", "Take a passkey from a user"))
                .path_id("passkey_id", "The passkey")
                .data::<MfaDisabled>(200, "What is left"),
        ),
    ]
}

/// A code that lets a user set up a second factor.
#[derive(Serialize, ToSchema)]
struct EnrolmentCode {
    /// `mail` or `show`.
    delivered: &'static str,
    /// The code, when it is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    enrolment_code: Option<String>,
    /// Until when it works.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    enrolment_code_expires_at: Option<String>,
}

/// A passkey of a user.
#[derive(Serialize, ToSchema)]
pub(super) struct UserPasskey {
    #[schema(format = "uuid")]
    id: String,
    /// What its user calls it.
    name: String,
    /// The model of the authenticator, as far as it says.
    aaguid: Option<String>,
    /// Whether it never leaves its device.
    device_bound: bool,
    /// Whether it is backed up elsewhere.
    backed_up: bool,
    /// How often it was used.
    use_count: i64,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    last_used_at: Option<String>,
}

impl UserPasskey {
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

/// The user of the path, and the permit to let people past its factors.
async fn reached(exchange: &Exchange) -> Result<(UserId, Permit<MfaReset>)> {
    let id = rest::id::<UserId>(exchange, "user_id", "user")?;
    let permit = people::permit(&exchange.services.directory, exchange.actor()?, id).await?;
    Ok((id, permit))
}

/// What the query asks for.
fn wanted(exchange: &Exchange, what: impl FnOnce(&mut Parameters<'_>) -> What) -> Result<Reset> {
    let mut parameters = Parameters::of(&exchange.query);
    let what = what(&mut parameters);
    let wanted = resets::read(&mut parameters, what);
    parameters.finish()?;
    Ok(wanted)
}

async fn reset(exchange: &Exchange, (id, permit): (UserId, Permit<MfaReset>), wanted: Reset) -> Result<Done> {
    resets::done(factors::reset(&exchange.services.directory, &permit, &exchange.cx, id, wanted).await?)
}

/// `POST /admin/users/{user_id}/mfa/disable`.
async fn disable(exchange: Exchange) -> Result<Reply> {
    let reached = reached(&exchange).await?;
    let keep = |query: &mut Parameters<'_>| query.boolean("keep_passkeys").unwrap_or_default();
    let wanted = wanted(&exchange, |query| What::Factors { keep_passkeys: keep(query) })?;
    resets::disabled(&reset(&exchange, reached, wanted).await?, &exchange.cx)
}

/// `DELETE /admin/users/{user_id}/passkeys/{passkey_id}`.
async fn remove_passkey(exchange: Exchange) -> Result<Reply> {
    let (id, permit) = reached(&exchange).await?;
    let passkey = rest::id::<PasskeyId>(&exchange, "passkey_id", "passkey")?;
    let there = factors::check_passkey(&exchange.services.directory, &permit, id, passkey);
    let wanted = once_there(wanted(&exchange, |_| What::Passkey(passkey)), there).await?;
    resets::disabled(&reset(&exchange, (id, permit), wanted).await?, &exchange.cx)
}

/// `POST /admin/users/{user_id}/mfa/enrolment-code`.
async fn give_code(exchange: Exchange) -> Result<Reply> {
    let reached = reached(&exchange).await?;
    let wanted = wanted(&exchange, |_| What::EnrolmentCode)?;
    let done = reset(&exchange, reached, wanted).await?;
    let (enrolment_code, enrolment_code_expires_at) = resets::shown(&done);
    let delivered = if enrolment_code.is_some() { "show" } else { "mail" };
    let shown = EnrolmentCode { delivered, enrolment_code, enrolment_code_expires_at };
    Ok(rest::data(200, &shown, &exchange.cx)?.with("cache-control", "no-store"))
}

/// `GET /admin/users/{user_id}/passkeys`.
async fn list_passkeys(exchange: Exchange) -> Result<Reply> {
    let id = rest::id::<UserId>(&exchange, "user_id", "user")?;
    let directory = &exchange.services.directory;
    let permit = people::permit::<MfaRead>(directory, exchange.actor()?, id).await?;
    noted::user(&exchange, permit.tenant(), id);
    let found = factors::passkeys(directory, &permit, id).await?;
    rest::data(200, &found.into_iter().map(UserPasskey::of).collect::<Vec<_>>(), &exchange.cx)
}
