//! How suspicious activity looks in an answer.

use serde::Serialize;
use utoipa::ToSchema;

use crate::admin::v1::audit::query::Cursors;
use crate::admin::v1::shared::time;
use crate::directory::suspicions::{Detail, Evidence, Found};
use crate::http::rest::Meta;

/// A page of suspicious activity.
#[derive(Serialize, ToSchema)]
pub(super) struct SuspicionPage {
    /// The newest first.
    pub(super) data: Vec<SuspicionResponse>,
    /// Where the next page begins.
    pub(super) pagination: Cursors,
    /// Of the answer.
    pub(super) meta: Meta,
}

/// Something that looks like an attack.
#[derive(Serialize, ToSchema)]
pub(super) struct SuspicionResponse {
    #[schema(format = "uuid")]
    id: String,
    #[schema(format = "uuid")]
    tenant_id: String,
    /// Whom it is about; null for an attack on many.
    #[schema(format = "uuid")]
    user_id: Option<String>,
    /// The e-mail that stands for the user.
    email: Option<String>,
    /// `MultipleFailures`, `PasswordSpray`, `MfaFatigue`, `NewDevice`, `ImpossibleTravel`, `RecoveryCodeUse`, `FactorRemoved`.
    alert_type: String,
    /// `Low`, `Medium`, `High`, `Critical`.
    severity: String,
    /// What happened, in words.
    details: String,
    /// How often.
    amount: i64,
    #[schema(format = DateTime)]
    detected_at: String,
    #[schema(format = DateTime)]
    first_seen_at: String,
    #[schema(format = DateTime)]
    last_seen_at: String,
    /// When somebody was last told of it.
    #[schema(format = DateTime)]
    alerted_at: Option<String>,
    /// When somebody saw to it.
    #[schema(format = DateTime)]
    acknowledged_at: Option<String>,
    /// Who: kind and id.
    acknowledged_by: Option<String>,
    /// What they said.
    note: Option<String>,
}

/// The same with what happened.
#[derive(Serialize, ToSchema)]
pub(super) struct DetailResponse {
    #[serde(flatten)]
    found: SuspicionResponse,
    /// What happened, the oldest first; of very much only a part.
    evidence: Vec<EvidenceResponse>,
}

/// Something that happened.
#[derive(Serialize, ToSchema)]
struct EvidenceResponse {
    #[schema(format = DateTime)]
    at: String,
    /// What, in a word or some.
    happened: String,
    /// The user it happened to.
    #[schema(format = "uuid")]
    user_id: Option<String>,
    /// From which address.
    address: Option<String>,
    /// By which client.
    user_agent: Option<String>,
}

/// That something was seen to.
#[derive(ToSchema)]
#[expect(dead_code, reason = "for the document of the API")]
pub(super) struct Acknowledgement {
    /// What was found out or done.
    note: Option<String>,
}

impl SuspicionResponse {
    pub(super) fn of(found: Found) -> Self {
        let Found { suspicion, user: _, email } = found;
        Self {
            id: suspicion.id.to_string(),
            tenant_id: suspicion.tenant_id.to_string(),
            user_id: suspicion.user_id.map(|id| id.to_string()),
            email,
            alert_type: suspicion.kind,
            severity: suspicion.severity,
            details: suspicion.details,
            amount: suspicion.amount,
            detected_at: suspicion.detected.to_string(),
            first_seen_at: suspicion.first_seen.to_string(),
            last_seen_at: suspicion.last_seen.to_string(),
            alerted_at: time(suspicion.alerted),
            acknowledged_at: time(suspicion.acknowledged),
            acknowledged_by: suspicion.acknowledged_by,
            note: suspicion.note,
        }
    }
}

impl DetailResponse {
    pub(super) fn of(detail: Detail) -> Self {
        let Detail { found, evidence } = detail;
        Self { found: SuspicionResponse::of(found), evidence: evidence.into_iter().map(EvidenceResponse::of).collect() }
    }
}

impl EvidenceResponse {
    fn of(evidence: Evidence) -> Self {
        Self {
            at: evidence.at.to_string(),
            happened: evidence.happened,
            user_id: evidence.user_id.map(|id| id.to_string()),
            address: evidence.address,
            user_agent: evidence.user_agent,
        }
    }
}
