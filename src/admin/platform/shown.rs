//! How things look below `/api/platform`: in no envelope.

use serde::Serialize;
use utoipa::ToSchema;

use crate::directory::owners::PlatformUser;
use crate::directory::suspicions::Found;
use crate::error::{Error, Result};
use crate::http::Reply;

/// A user of the platform.
#[derive(Serialize, ToSchema)]
#[schema(as = PlatformUser)]
pub(super) struct UserResponse {
    #[schema(format = "uuid")]
    id: String,
    /// The account's e-mail, or what stands for it.
    email: String,
    is_platform_owner: bool,
    #[schema(format = DateTime)]
    created_at: String,
}

/// Some users, and how many there are.
#[derive(Serialize, ToSchema)]
#[schema(as = PlatformUserPage)]
pub(super) struct UserPage {
    pub(super) users: Vec<UserResponse>,
    pub(super) total: i64,
}

/// The users that a search found.
#[derive(Serialize, ToSchema)]
#[schema(as = PlatformUsersFound)]
pub(super) struct UsersFound(pub(super) Vec<UserResponse>);

/// Which second factors a user has.
#[derive(Serialize, ToSchema)]
#[schema(as = PlatformMfaStatus)]
pub(super) struct MfaStatus {
    /// Any that is confirmed, passkeys included.
    pub(super) enabled: bool,
    /// A recovery code that is not used yet.
    pub(super) has_backup_codes: bool,
}

/// Says that the factors are gone.
#[derive(Serialize, ToSchema)]
#[schema(as = PlatformMfaRemoved)]
pub(super) struct MfaRemoved {
    pub(super) success: bool,
    pub(super) message: &'static str,
    /// The code that sets up another factor, once, when it was to be shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) enrolment_code: Option<String>,
    /// Until when it works.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub(super) enrolment_code_expires_at: Option<String>,
}

/// Who is to own the platform.
#[derive(ToSchema)]
#[expect(dead_code, reason = "read member by member; for the document of the API")]
pub(super) struct OwnerCreate {
    /// The user to promote.
    #[schema(format = "uuid")]
    user_id: String,
}

/// An alert.
#[derive(Serialize, ToSchema)]
pub(super) struct SuspiciousActivity {
    /// Whom it is about; of an attack on many, the last of them.
    #[schema(format = "uuid")]
    user_id: String,
    email: String,
    /// `MultipleFailures`, `PasswordSpray`, `MfaFatigue`, `NewDevice`, `ImpossibleTravel`, `RecoveryCodeUse`, `FactorRemoved`.
    alert_type: String,
    /// `Low`, `Medium`, `High`, `Critical`.
    severity: String,
    details: String,
    #[schema(format = DateTime)]
    detected_at: String,
}

impl SuspiciousActivity {
    /// `None` when it is about nobody.
    pub(super) fn of(found: Found) -> Option<Self> {
        let (user, suspicion) = (found.user?, found.suspicion);
        Some(Self {
            user_id: user.to_string(),
            email: found.email.unwrap_or_default(),
            alert_type: suspicion.kind,
            severity: suspicion.severity,
            details: suspicion.details,
            detected_at: suspicion.detected.to_string(),
        })
    }
}

/// Alerts, the latest first.
#[derive(Serialize, ToSchema)]
pub(super) struct SuspiciousActivities(pub(super) Vec<SuspiciousActivity>);

impl UserResponse {
    pub(super) fn of(user: PlatformUser) -> Self {
        Self {
            id: user.id.to_string(),
            email: user.email,
            is_platform_owner: user.is_owner,
            created_at: user.created.to_string(),
        }
    }
}

/// An answer that is the thing itself.
pub(super) fn bare<T: Serialize>(thing: &T) -> Result<Reply> {
    let body = serde_json::to_vec(thing).map_err(Error::internal)?;
    Ok(Reply::new(200, "application/json", body))
}
