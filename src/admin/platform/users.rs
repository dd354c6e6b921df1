//! The users of all tenants.

use crate::access::{MfaReset, PlatformRead, decide_widely};
use crate::directory::factors::{self, What};
use crate::directory::{owners, people, places, suspicions};
use crate::error::Result;
use crate::http::rest::{self, Parameters, present};
use crate::http::{Exchange, Looked, Reply};
use crate::ids::UserId;

use super::super::resets;
use super::shown::{
    MfaRemoved, MfaStatus, SuspiciousActivities, SuspiciousActivity, UserPage, UserResponse, UsersFound, bare,
};

/// Users in a list: when nobody says, and at the most.
const LIST: (i64, i64) = (50, 100);
/// Users that a search finds, likewise.
const SEARCH: (i64, i64) = (10, 50);
/// Alerts that are shown, at the most.
const MOST_SUSPICIONS: i64 = 100;
/// The longest text that is searched for, in characters.
const LONGEST_SEARCH: usize = 254;

/// `GET /users`.
pub(super) async fn list(exchange: Exchange) -> Result<Reply> {
    let permit = decide_widely::<PlatformRead>(exchange.actor()?)?;
    let mut parameters = Parameters::of(&exchange.query);
    let limit = limit(&mut parameters, LIST);
    // A negative one begins at the beginning.
    let offset = parameters.integer("offset", i64::MIN..=i64::MAX).unwrap_or(0).max(0);
    parameters.finish()?;
    let directory = &exchange.services.directory;
    let (users, total) = owners::users(directory, &permit, offset, limit).await?;
    bare(&UserPage { users: users.into_iter().map(UserResponse::of).collect(), total })
}

/// `GET /users/search`.
pub(super) async fn search(exchange: Exchange) -> Result<Reply> {
    let permit = decide_widely::<PlatformRead>(exchange.actor()?)?;
    let mut parameters = Parameters::of(&exchange.query);
    let text = parameters.free_text("q", LONGEST_SEARCH);
    let text = parameters.demand("q", text);
    let limit = limit(&mut parameters, SEARCH);
    parameters.finish()?;
    let found = owners::search(&exchange.services.directory, &permit, &present(text)?, limit).await?;
    bare(&UsersFound(found.into_iter().map(UserResponse::of).collect()))
}

/// `limit`: more than the most is the most.
fn limit(parameters: &mut Parameters<'_>, (usual, most): (i64, i64)) -> i64 {
    parameters.capped("limit", most).unwrap_or(usual)
}

/// `GET /users/{user_id}/mfa/status`.
pub(super) async fn mfa_status(exchange: Exchange) -> Result<Reply> {
    let permit = decide_widely::<PlatformRead>(exchange.actor()?)?;
    let user = rest::id::<UserId>(&exchange, "user_id", "user")?;
    let factors = owners::factors(&exchange.services.directory, &permit, user).await?;
    bare(&MfaStatus { enabled: factors.enabled, has_backup_codes: factors.has_backup_codes })
}

/// `DELETE /users/{user_id}/mfa`.
pub(super) async fn remove_mfa(exchange: Exchange) -> Result<Reply> {
    decide_widely::<MfaReset>(exchange.actor()?)?.everywhere()?;
    let user = rest::id::<UserId>(&exchange, "user_id", "user")?;
    let directory = &exchange.services.directory;
    let permit = people::permit::<MfaReset>(directory, exchange.actor()?, user).await?;
    let mut parameters = Parameters::of(&exchange.query);
    let keep_passkeys = parameters.boolean("keep_passkeys").unwrap_or_default();
    let wanted = resets::read(&mut parameters, What::Factors { keep_passkeys });
    parameters.finish()?;
    let done = resets::done(factors::reset(directory, &permit, &exchange.cx, user, wanted).await?)?;
    let message = "MFA has been force-disabled for the user";
    let (enrolment_code, enrolment_code_expires_at) = resets::shown(&done);
    let shown = MfaRemoved { success: true, message, enrolment_code, enrolment_code_expires_at };
    Ok(bare(&shown)?.with("cache-control", "no-store"))
}

/// `GET /mfa/suspicious-activity`.
pub(super) async fn suspicious_activity(exchange: Exchange) -> Result<Reply> {
    let permit = decide_widely::<PlatformRead>(exchange.actor()?)?;
    permit.everywhere()?;
    let mut parameters = Parameters::of(&exchange.query);
    let tenant = parameters.text("org_id", LONGEST_SEARCH);
    parameters.finish()?;
    let directory = &exchange.services.directory;
    let tenant = match tenant {
        Some(tenant) => Some(places::find(directory, &tenant).await?.tenant),
        None => None,
    };
    let found = suspicions::list_widely(directory, &permit, tenant, MOST_SUSPICIONS).await?;
    exchange.note.looked(Looked { user: None, what: "suspicious activity", count: u64::try_from(found.len()).ok() });
    bare(&SuspiciousActivities(found.into_iter().filter_map(SuspiciousActivity::of).collect()))
}
