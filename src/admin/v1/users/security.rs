//! The security information of a user.

use serde::Serialize;
use utoipa::ToSchema;

use crate::access::MfaRead;
use crate::directory::people;
use crate::error::Result;
use crate::http::rest;
use crate::http::{Exchange, Reply};
use crate::ids::UserId;
use crate::mfa::security::{self, Security};

use super::devices::UserDevice;
use super::factors::UserPasskey;
use super::noted;
use super::shown::{UserSession, session};

/// What there is to say about the security of an account.
#[derive(Serialize, ToSchema)]
pub(super) struct UserSecurity {
    #[schema(format = "uuid")]
    user_id: String,
    #[schema(value_type = super::shown::UserStatus)]
    status: String,
    /// When it ends by itself: a lock after too many guesses, a suspension that has an end.
    #[schema(format = DateTime)]
    status_until: Option<String>,
    /// Whether any factor is confirmed.
    mfa_enabled: bool,
    /// The method that is offered first.
    preferred: Option<&'static str>,
    /// Factors that are secrets or addresses.
    factors: Vec<UserFactor>,
    passkeys: Vec<UserPasskey>,
    recovery_codes_left: i64,
    /// What is asked of the user: `off`, `optional`, `required` or `phishing_resistant`.
    requirement: &'static str,
    /// Whether the user lacks nothing that is asked for.
    meets_policy: bool,
    /// Until when something must be set up that is lacking.
    #[schema(format = DateTime)]
    enrol_by: Option<String>,
    /// When a factor was last used.
    #[schema(format = DateTime)]
    factor_last_used_at: Option<String>,
    #[schema(format = DateTime)]
    last_login_at: Option<String>,
    /// The living sessions, for those who may see sessions.
    #[serde(skip_serializing_if = "Option::is_none")]
    sessions: Option<Vec<UserSession>>,
    /// Where the user is remembered.
    devices: Vec<UserDevice>,
    failures: UserFailures,
}

/// A factor.
#[derive(Serialize, ToSchema)]
pub(super) struct UserFactor {
    /// `totp`, `sms` or `email`.
    method: String,
    /// What is shown of the address that codes go to.
    hint: Option<String>,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    last_used_at: Option<String>,
}

/// What somebody guessed lately, as far as it counts.
#[derive(Serialize, ToSchema)]
pub(super) struct UserFailures {
    /// Wrong passwords since the last right one, within a quarter of an hour.
    passwords: i32,
    /// When the last of them was.
    #[schema(format = DateTime)]
    last_password_at: Option<String>,
    /// Until when the account is locked because of them.
    #[schema(format = DateTime)]
    locked_until: Option<String>,
    /// Wrong codes since the last right one.
    codes: i32,
    /// Wrong codes within a day.
    codes_today: i32,
}

impl UserSecurity {
    fn of(found: Security, now: crate::clock::Instant) -> Self {
        let Security { account, overview, last_used, sessions, devices, failures } = found;
        let text = |at: Option<crate::clock::Instant>| at.map(|at| at.to_string());
        let factor = |factor: crate::mfa::overview::Factor| UserFactor {
            method: factor.kind,
            hint: factor.hint,
            created_at: factor.created.to_string(),
            last_used_at: text(factor.last_used),
        };
        Self {
            user_id: account.id.to_string(),
            status: account.status_at(now).to_owned(),
            status_until: text(account.status_until.filter(|end| *end > now)),
            mfa_enabled: overview.enabled,
            preferred: overview.preferred.map(crate::mfa::Method::as_str),
            factors: overview.factors.into_iter().map(factor).collect(),
            passkeys: overview.passkeys.into_iter().map(UserPasskey::of).collect(),
            recovery_codes_left: overview.recovery_codes,
            requirement: overview.asked.as_str(),
            meets_policy: !overview.lacking,
            enrol_by: text(overview.due),
            factor_last_used_at: text(last_used),
            last_login_at: text(account.last_login),
            sessions: sessions.map(|sessions| sessions.into_iter().map(session).collect()),
            devices: devices.into_iter().map(UserDevice::of).collect(),
            failures: UserFailures {
                passwords: failures.passwords,
                last_password_at: text(failures.last_password),
                locked_until: text(failures.locked_until),
                codes: failures.codes,
                codes_today: failures.codes_today,
            },
        }
    }
}

/// `GET /admin/users/{user_id}/security`.
pub(super) async fn show(exchange: Exchange) -> Result<Reply> {
    let id = rest::id::<UserId>(&exchange, "user_id", "user")?;
    let directory = &exchange.services.directory;
    let permit = people::permit::<MfaRead>(directory, exchange.actor()?, id).await?;
    noted::user(&exchange, permit.tenant(), id);
    let found = security::of(exchange.services.auth.mfa(), &permit, &exchange.cx, id).await?;
    rest::data(200, &UserSecurity::of(found, exchange.cx.now), &exchange.cx)
}
