//! Who is told of a suspicion: once in a while for each kind and subject, and not more often in an hour than the tenant wants,
//! so that an attacker fills no mailbox. The messages hold the id of the suspicion and nothing of the user.

use crate::access::Tier;
use crate::clock::Instant;
use crate::directory::settings::Alerts;
use crate::error::Result;
use crate::ids::{SubjectId, TenantId, UserId};
use crate::notify::outbox::{self, Alert, Told};
use crate::store::grants::{self, Filter};
use crate::store::suspicions::{self as rows, Suspicion};
use crate::store::{Tx, alert_webhooks, owners};

use super::Severity;

/// Administrators who are told, at the most.
const MOST_ADMINISTRATORS: i64 = 20;
const HOUR: i64 = 3600;

/// Puts the alerts of a suspicion into the outbox, unless it is too early or nobody wants them. Whether there were any.
pub(super) fn send(
    tx: &mut Tx<'_>,
    alerts: &Alerts,
    suspicion: &Suspicion,
    severity: Severity,
    now: Instant,
) -> Result<bool> {
    let pause = alerts.pause_minutes.saturating_mul(60);
    let too_early = suspicion.alerted.is_some_and(|alerted| alerted.plus_seconds(pause) > now);
    if severity < alerts.min_severity || too_early {
        return Ok(false);
    }
    let tenant = suspicion.tenant_id;
    if rows::alerted_since(tx, tenant, now.plus_seconds(-HOUR))? >= alerts.most_per_hour {
        return Ok(false);
    }
    let told = told(tx, alerts, tenant)?;
    for one in &told {
        outbox::put_alert(tx, &Alert { tenant, to: one.clone(), suspicion: suspicion.id, due: now })?;
    }
    Ok(!told.is_empty())
}

fn told(tx: &mut Tx<'_>, alerts: &Alerts, tenant: TenantId) -> Result<Vec<Told>> {
    let mut told: Vec<Told> = match (alerts.mail, alerts.recipients.is_empty()) {
        (false, _) => Vec::new(),
        (true, false) => alerts.recipients.iter().cloned().map(Told::Address).collect(),
        (true, true) => administrators(tx, tenant)?,
    };
    if alert_webhooks::find(tx, tenant)?.is_some() {
        told.push(Told::Webhook);
    }
    Ok(told)
}

/// Those who administer the whole tenant by a grant of their own; the owners of the platform where there are none.
fn administrators(tx: &mut Tx<'_>, tenant: TenantId) -> Result<Vec<Told>> {
    let scope = Some((Tier::Tenant, SubjectId::from(tenant.uuid())));
    let filter = Filter { role: Some("tenant_admin".to_owned()), scope, ..Filter::default() };
    let (granted, _) = grants::page(tx, tenant, &filter, 0, MOST_ADMINISTRATORS)?;
    let users = granted.iter().filter(|grant| grant.subject_kind == "user" && grant.tenant_id == tenant);
    let told: Vec<Told> = users.map(|grant| Told::User(tenant, UserId::from(grant.subject_id.uuid()))).collect();
    if !told.is_empty() {
        return Ok(told);
    }
    Ok(owners::list(tx)?.into_iter().map(|owner| Told::User(owner.tenant, owner.user)).collect())
}
