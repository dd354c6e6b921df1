//! Who is told of a suspicion: once in a while for each kind and subject, and not more often in an hour than the tenant wants,
//! so that an attacker fills no mailbox. The messages hold the id of the suspicion and nothing of the user.

use uuid::Uuid;

use crate::access::Tier;
use crate::clock::Instant;
use crate::directory::settings::Alerts;
use crate::error::Result;
use crate::ids::{SubjectId, TenantId};
use crate::notify::outbox::{self, Alert, Told};
use crate::store::holders::{self, Holding};
use crate::store::suspicions::{self as rows, Suspicion};
use crate::store::{Tx, alert_webhooks, grants, owners, people};

use super::Severity;

/// Administrators who are told, at the most.
const MOST_ADMINISTRATORS: usize = 20;
/// Administrators of whom it is looked at whether a mail reaches them, at the most: a role may be granted to very many.
const MOST_LOOKED_AT: i64 = 1_000;
/// The key of the role of those who administer tenants ...
const ADMINISTRATOR: &str = "tenant_admin";
/// ... and of those who administer all of a partner's.
const PARTNER_ADMINISTRATOR: &str = "partner_admin";
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
    let told = told(tx, alerts, tenant, now)?;
    for one in &told {
        outbox::put_alert(tx, &Alert { tenant, to: one.clone(), suspicion: suspicion.id, due: now })?;
    }
    Ok(!told.is_empty())
}

fn told(tx: &mut Tx<'_>, alerts: &Alerts, tenant: TenantId, now: Instant) -> Result<Vec<Told>> {
    let mut told: Vec<Told> = match (alerts.mail, alerts.recipients.is_empty()) {
        (false, _) => Vec::new(),
        (true, false) => alerts.recipients.iter().cloned().map(Told::Address).collect(),
        (true, true) => administrators(tx, tenant, now)?,
    };
    if alert_webhooks::find(tx, tenant)?.is_some() {
        told.push(Told::Webhook);
    }
    Ok(told)
}

/// Those of the tenant who administer all of it, by whatever way they have the role; where there are none, those who do so for
/// its partner; else the owners of the platform. Whom no mail reaches is left out.
fn administrators(tx: &mut Tx<'_>, tenant: TenantId, now: Instant) -> Result<Vec<Told>> {
    let partner = grants::partner_of(tx, tenant)?.flatten();
    let partner = partner.map(|partner| (Tier::Partner, SubjectId::from(partner.uuid())));
    let own = (Tier::Tenant, SubjectId::from(tenant.uuid()));
    let everywhere = (Tier::Platform, SubjectId::from(Uuid::nil()));
    let over = [own, everywhere].into_iter().chain(partner).collect();
    let mut told = reachable(tx, Holding { tenant, roles: vec![ADMINISTRATOR.to_owned()], over: Some(over) }, now)?;
    if let (true, Some((tier, scope))) = (told.is_empty(), partner) {
        for home in grants::tenants_with(tx, tier, scope)? {
            let roles = vec![PARTNER_ADMINISTRATOR.to_owned(), ADMINISTRATOR.to_owned()];
            told.extend(reachable(tx, Holding { tenant: home, roles, over: Some(vec![(tier, scope)]) }, now)?);
        }
        told.truncate(MOST_ADMINISTRATORS);
    }
    if told.is_empty() {
        told.extend(owners::list(tx)?.into_iter().map(|owner| Told::User(owner.tenant, owner.user)));
    }
    Ok(told)
}

/// Those who hold a role and whom a mail reaches, the first made first.
fn reachable(tx: &mut Tx<'_>, holding: Holding, now: Instant) -> Result<Vec<Told>> {
    let tenant = holding.tenant;
    let ids = holders::some(tx, holding, now, MOST_LOOKED_AT)?;
    let most = i64::try_from(MOST_ADMINISTRATORS).unwrap_or(i64::MAX);
    let reached = people::reached_by_mail(tx, &ids, most)?;
    Ok(reached.into_iter().map(|user| Told::User(tenant, user)).collect())
}
