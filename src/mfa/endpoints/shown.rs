//! How people see their second factors.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::mfa::Method;
use crate::mfa::overview::Overview;

/// What you have to prove who you are with, and what is asked of you.
#[derive(Serialize, ToSchema)]
pub(super) struct MfaResponse {
    /// Whether any factor is set up.
    enabled: bool,
    /// The method that is offered first.
    preferred: Option<&'static str>,
    /// Factors that are secrets or addresses.
    factors: Vec<FactorResponse>,
    /// How many passkeys there are.
    passkeys: usize,
    /// How many recovery codes are left.
    recovery_codes_left: i64,
    /// What the tenant asks of you: `off`, `optional`, `required` or `phishing_resistant`.
    requirement: &'static str,
    /// Until when something must be set up that is asked for and lacking, RFC 3339 in UTC.
    enrol_by: Option<String>,
    /// The methods that the tenant allows.
    allowed: Vec<&'static str>,
}

/// A factor.
#[derive(Serialize, ToSchema)]
pub(super) struct FactorResponse {
    /// `totp`, `sms` or `email`.
    method: String,
    /// What is shown of the address that codes go to.
    hint: Option<String>,
    /// When it was set up, RFC 3339 in UTC.
    created_at: String,
    /// When it was last used.
    last_used_at: Option<String>,
}

impl MfaResponse {
    pub(super) fn of(overview: Overview) -> Self {
        let factors = overview.factors.into_iter().map(|factor| FactorResponse {
            method: factor.kind,
            hint: factor.hint,
            created_at: factor.created.to_string(),
            last_used_at: factor.last_used.map(|at| at.to_string()),
        });
        Self {
            enabled: overview.enabled,
            preferred: overview.preferred.map(Method::as_str),
            factors: factors.collect(),
            passkeys: overview.passkeys.len(),
            recovery_codes_left: overview.recovery_codes,
            requirement: overview.asked.as_str(),
            enrol_by: overview.due.map(|due| due.to_string()),
            allowed: overview.allowed.into_iter().map(Method::as_str).collect(),
        }
    }
}

/// What to change.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "it describes the body, which is read member by member")]
pub(super) struct MfaUpdate {
    /// The method that is to be offered first, of those that are set up; null for none.
    preferred: Option<String>,
}

/// What an authenticator needs.
#[derive(Serialize, ToSchema)]
pub(super) struct TotpResponse {
    /// The secret in base32, to be typed.
    pub(super) secret: String,
    /// The same as a URI.
    pub(super) otpauth_uri: String,
    /// The URI as a QR code, in SVG.
    pub(super) qr_svg: String,
    /// The same as a PNG, in a `data:` URI.
    pub(super) qr_png: String,
}

/// A code.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "it describes the body, which is read member by member")]
pub(super) struct CodeRequest {
    /// The code.
    code: String,
}

/// That a factor is set up.
#[derive(Serialize, ToSchema)]
pub(super) struct EnrolledResponse {
    /// True.
    pub(super) enabled: bool,
    /// Recovery codes, when they are new: shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) recovery_codes: Option<Vec<String>>,
}

/// Recovery codes, shown this once.
#[derive(Serialize, ToSchema)]
pub(super) struct RecoveryCodesResponse {
    /// The codes.
    pub(super) recovery_codes: Vec<String>,
}

/// A telephone that codes are to be sent to.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "it describes the body, which is read member by member")]
pub(super) struct SmsCreate {
    /// Its number with the country code: `+33123456789`.
    phone: String,
}

/// A mailbox that codes are to be sent to.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "it describes the body, which is read member by member")]
pub(super) struct EmailCreate {
    /// Its address; the account's own e-mail when it is left out.
    email: Option<String>,
}

/// That a code is on its way.
#[derive(Serialize, ToSchema)]
pub(super) struct CodeSentResponse {
    /// What is shown of the address.
    pub(super) sent_to: String,
    /// Seconds after which another one may be asked for.
    pub(super) retry_after: u32,
}
