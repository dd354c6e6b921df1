//! Facts counted towards a suspicion, in the transaction of whatever happened: a fact is written, the facts of the last minutes
//! are counted, and when they are too many one suspicion is open that holds them. Whoever counts the same waits, so that two
//! servers find one and the same. Every look-up goes by an index and reads some hundred rows at the most.

use crate::clock::Instant;
use crate::directory::settings::{self, Alerts, Limit};
use crate::error::{Error, Result};
use crate::ids::{SuspicionId, TenantId, UserId};
use crate::sealing::keyed_hash;
use crate::store::Tx;
use crate::store::suspicions::{self as rows, Fact, New, Suspicion};

use super::alert;
use super::kind::Kind;
use super::{Origin, Severity};

/// A suspicion that counted so many keeps no more evidence: what happens then is counted.
const MOST_EVIDENCE: i64 = 200;

/// Something that happened.
pub(super) struct Signal<'a> {
    /// What it counts for.
    pub(super) kind: Kind,
    /// In which tenant; in none that there is, nothing is ever found.
    pub(super) tenant: Option<TenantId>,
    /// Whom or what it is counted by: a user, an address.
    pub(super) subject: &'a str,
    /// The user it happened to, when there is one.
    pub(super) user: Option<UserId>,
    /// What it was, in a word or some.
    pub(super) happened: &'a str,
    /// By what it must differ from those before it to count.
    pub(super) distinct_by: Option<&'a str>,
    /// From where it came.
    pub(super) origin: &'a Origin,
    /// When.
    pub(super) now: Instant,
}

impl Signal<'_> {
    fn what(&self) -> String {
        what(self.kind, self.tenant, self.subject)
    }

    fn fact(&self, what: String) -> Fact {
        Fact {
            what: Some(what),
            user_id: self.user,
            at: self.now,
            happened: self.happened.to_owned(),
            address: self.origin.address.map(|address| address.to_string()),
            user_agent: self.origin.user_agent.clone(),
            distinct_by: self.distinct_by.map(str::to_owned),
        }
    }

    /// Whom a suspicion would be about; `None` when it would be about nobody there is.
    fn about(&self) -> Option<(TenantId, Option<UserId>)> {
        let tenant = self.tenant?;
        match self.kind {
            Kind::PasswordSpray => Some((tenant, None)),
            _ => self.user.map(|user| (tenant, Some(user))),
        }
    }
}

/// What facts are counted under.
fn what(kind: Kind, tenant: Option<TenantId>, subject: &str) -> String {
    let tenant = tenant.map_or_else(|| "-".to_owned(), |tenant| tenant.to_string());
    format!("{kind} {tenant} {subject}")
}

/// What a tenant decided about alerts; the defaults where there is no tenant.
pub(super) fn alerts(tx: &mut Tx<'_>, tenant: Option<TenantId>) -> Result<Alerts> {
    tenant.map_or_else(|| Ok(Alerts::default()), |tenant| Ok(settings::of(tx, tenant)?.security.alerts))
}

/// Counts something that happened.
pub(super) fn note(tx: &mut Tx<'_>, alerts: &Alerts, signal: &Signal<'_>) -> Result<()> {
    let limit = alerts.limit(signal.kind);
    if limit.count <= 0 {
        return Ok(());
    }
    let what = signal.what();
    rows::lock(tx, &what)?;
    let since = signal.now.plus_seconds(-limit.minutes.saturating_mul(60));
    rows::forget_until(tx, &what, since)?;
    if let Some(distinct_by) = signal.distinct_by
        && rows::knows(tx, &what, since, distinct_by)?
    {
        return Ok(());
    }
    let mut recent = rows::count(tx, &what, since)?;
    if recent < settings::MOST_FACTS {
        rows::add(tx, &signal.fact(what.clone()))?;
        recent += 1;
    }
    match signal.about() {
        Some(about) if recent >= limit.count => raise(tx, alerts, (signal, limit), about, &what),
        _ => Ok(()),
    }
}

/// What happened until now counts no more for this.
pub(super) fn release(tx: &mut Tx<'_>, kind: Kind, tenant: TenantId, user: UserId) -> Result<()> {
    let what = what(kind, Some(tenant), &user.to_string());
    rows::lock(tx, &what)?;
    rows::release(tx, &what)
}

/// Counts the suspicion that is open up, or opens one, and tells those who are to be told.
fn raise(
    tx: &mut Tx<'_>,
    alerts: &Alerts,
    (signal, limit): (&Signal<'_>, Limit),
    about: (TenantId, Option<UserId>),
    what: &str,
) -> Result<()> {
    let (before, open) = match rows::open(tx, what)? {
        Some(open) => (open.amount, open),
        None => (0, begin(tx, signal, about, what)?),
    };
    let attached = if before < MOST_EVIDENCE { rows::attach(tx, what, open.seq)? } else { 0 };
    let amount = before.saturating_add(i64::try_from(attached).unwrap_or(i64::MAX).max(1));
    let severity = signal.kind.severity_of(amount, limit.count);
    // What got worse does not get better by itself: a limit may have been raised since.
    let severity = open.severity.parse::<Severity>().map_or(severity, |known| known.max(severity));
    let last_seen = open.last_seen.max(signal.now);
    let mut changed = Suspicion {
        severity: severity.as_str().to_owned(),
        details: signal.kind.details(amount, last_seen.micros().saturating_sub(open.first_seen.micros())),
        amount,
        last_seen,
        ..open
    };
    if alert::send(tx, alerts, &changed, severity, signal.now)? {
        changed.alerted = Some(signal.now);
    }
    rows::update(tx, &changed)
}

/// Opens a suspicion.
fn begin(
    tx: &mut Tx<'_>,
    signal: &Signal<'_>,
    (tenant, user): (TenantId, Option<UserId>),
    what: &str,
) -> Result<Suspicion> {
    let now = signal.now;
    let (place, alerted) = rows::last(tx, what)?.unwrap_or_default();
    // Each of one subject has an id of its own, also within a microsecond.
    let hash = keyed_hash(b"suspicion", &[what, &place.to_string(), &now.micros().to_string()]);
    let random = hash.first_chunk().copied().unwrap_or_default();
    let new = New {
        id: SuspicionId::new(now, random),
        tenant_id: tenant,
        user_id: user,
        kind: signal.kind.as_str().to_owned(),
        what: what.to_owned(),
        severity: Severity::Low.as_str().to_owned(),
        details: String::new(),
        amount: 0,
        detected: now,
        first_seen: rows::first_loose(tx, what)?.unwrap_or(now),
        last_seen: now,
        alerted,
    };
    rows::insert(tx, &new)?;
    rows::open(tx, what)?.ok_or_else(|| Error::internal("a suspicion came and went"))
}
