//! Alerts in words: what a suspicion is told as, by mail and to a webhook. It is read when it is told, so that the outbox holds
//! nothing of a user, and what is gone meanwhile is told to nobody.

use serde_json::{Value, json};

use crate::error::Result;
use crate::ids::{SuspicionId, TenantId};
use crate::store::Tx;
use crate::store::suspicions::{self as rows, Told};

use super::render::Values;

/// A suspicion, and what those are called whom it is about.
pub(super) struct Report(Told);

/// What a message tells of; `None` when nothing is left of it.
pub(super) fn read(tx: &mut Tx<'_>, payload: &Value) -> Result<Option<Report>> {
    let named = |name: &str| payload.get(name).and_then(Value::as_str);
    let tenant = named("of").and_then(|id| id.parse::<TenantId>().ok());
    let id = named("suspicion").and_then(|id| id.parse::<SuspicionId>().ok());
    let (Some(tenant), Some(id)) = (tenant, id) else { return Ok(None) };
    Ok(rows::told(tx, tenant, id)?.map(Report))
}

impl Report {
    /// Fills in what a mail says.
    pub(super) fn fill(&self, values: Values) -> Values {
        let Told { suspicion, user, tenant: (slug, name) } = &self.0;
        let subject = match user {
            Some((Some(email), _)) => email,
            Some((None, user_name)) => user_name,
            // The kind, the tenant, and whom or what it is about.
            None => suspicion.what.rsplit(' ').next().unwrap_or_default(),
        };
        values
            .with("tenant", name.as_deref().unwrap_or(slug))
            .with("severity", &suspicion.severity)
            .with("kind", &suspicion.kind)
            .with("details", &suspicion.details)
            .with("subject", subject)
            .with("first", &suspicion.first_seen.to_string())
            .with("last", &suspicion.last_seen.to_string())
            .with("suspicion", &suspicion.id.to_string())
    }

    /// What is posted to a webhook. The number is that of the message: one that comes twice has the same.
    pub(super) fn body(&self, number: i64) -> Value {
        let Told { suspicion, user, tenant: (slug, _) } = &self.0;
        let (email, user_name) = match user {
            Some((email, user_name)) => (email.as_deref(), Some(user_name)),
            None => (None, None),
        };
        json!({
            "type": "suspicious_activity",
            "delivery": number,
            "id": suspicion.id.to_string(),
            "tenant_id": suspicion.tenant_id.to_string(),
            "tenant": slug,
            "user_id": suspicion.user_id.map(|id| id.to_string()),
            "user_name": user_name,
            "email": email,
            "alert_type": suspicion.kind,
            "severity": suspicion.severity,
            "details": suspicion.details,
            "amount": suspicion.amount,
            "detected_at": suspicion.detected.to_string(),
            "first_seen_at": suspicion.first_seen.to_string(),
            "last_seen_at": suspicion.last_seen.to_string(),
        })
    }
}
