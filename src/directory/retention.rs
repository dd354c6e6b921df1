//! How long things are kept: records as long as their tenant says, what has ended a little longer than it could matter.
//! May be run by several processes at once, and be broken off at any time.

use std::collections::HashMap;

use crate::access::Actor;
use crate::clock::Instant;
use crate::error::{Error, Result};
use crate::ids::TenantId;
use crate::notify::MOST_ATTEMPTS;
use crate::store::retention::{self as rows, Kept};
use crate::store::{Tx, mfa_resets, outbox};

use super::Directory;
use super::settings::{Records, Settings};
use super::tenants::operators_only;

/// Rows that are looked at or deleted in one transaction.
const SLICE: i64 = 1000;
const DAY: i64 = 24 * 3600;
/// How long a session or a link that ended stays to be looked at, in seconds.
const ENDED: i64 = 7 * DAY;
/// How long a count of guesses may matter.
const GUESSES: i64 = 2 * DAY;
/// How long what happened may count towards a suspicion.
const FACTS: i64 = 2 * DAY;
/// How long it can be seen that a mail was sent or given up.
const MAILS: i64 = 30 * DAY;
/// How long it can be looked at what became of a request to reset second factors; the journal keeps it longer.
const RESETS: i64 = 90 * DAY;

/// Before when the records of each tenant go.
struct Ends {
    own: HashMap<TenantId, Instant>,
    /// Of tenants that are gone.
    others: Instant,
    /// Whatever is younger stays in every tenant.
    latest: Instant,
}

impl Ends {
    fn of(settings: &[(TenantId, Records)], now: Instant, days: impl Fn(&Records) -> i64) -> Self {
        let end = |records: &Records| now.plus_seconds(-days(records).max(0).saturating_mul(DAY));
        let own: HashMap<_, _> = settings.iter().map(|(tenant, records)| (*tenant, end(records))).collect();
        let others = end(&Records::default());
        let latest = own.values().copied().fold(others, Instant::max);
        Self { own, others, latest }
    }

    fn is_old(&self, record: &rows::Record) -> bool {
        record.at < self.own.get(&record.tenant).copied().unwrap_or(self.others)
    }
}

/// Deletes the records that their tenants keep no longer. Where a tenant says nothing of its provisioning log, that is
/// kept for `log_days`.
///
/// # Errors
/// When the database cannot be asked; what was deleted by then stays so.
pub async fn purge_records(directory: &Directory, actor: &Actor, now: Instant, log_days: i64) -> Result<()> {
    operators_only(actor)?;
    let all = directory.store.read(rows::settings).await?;
    let records = |(tenant, kept)| {
        let settings: Settings = serde_json::from_value(kept).map_err(Error::internal)?;
        Ok((tenant, settings.records))
    };
    let all: Vec<(TenantId, Records)> = all.into_iter().map(records).collect::<Result<_>>()?;
    let values = Ends::of(&all, now, |records| records.journal_values_days);
    purge(directory, Kept::JournalValues, &values).await?;
    purge(directory, Kept::Activity, &Ends::of(&all, now, |records| records.activity_days)).await?;
    purge(directory, Kept::Suspicions, &Ends::of(&all, now, |records| records.suspicions_days)).await?;
    let log = Ends::of(&all, now, |records| records.provisioning_log_days.unwrap_or(log_days));
    purge(directory, Kept::ProvisioningLog, &log).await
}

async fn purge(directory: &Directory, kept: Kept, ends: &Ends) -> Result<()> {
    let mut after = i64::MIN;
    loop {
        let slice = directory.store.scan(move |tx| rows::slice(tx, kept, after, SLICE)).await?;
        let Some(last) = slice.last() else { return Ok(()) };
        after = last.seq;
        let old: Vec<i64> = slice.iter().filter(|record| ends.is_old(record)).map(|record| record.seq).collect();
        if !old.is_empty() {
            directory.store.write(move |tx| rows::delete(tx, kept, &old)).await?;
        }
        if last.at >= ends.latest {
            return Ok(());
        }
    }
}

/// Deletes sessions, links, ceremonies, remembered devices, requests to reset factors, counts of guesses, facts that came to
/// nothing and mails that ended long ago.
///
/// # Errors
/// As [`purge_records`].
pub async fn purge_ended(directory: &Directory, actor: &Actor, now: Instant) -> Result<()> {
    operators_only(actor)?;
    let before = |seconds: i64| now.plus_seconds(-seconds);
    let (ended, guesses, mails) = (before(ENDED), before(GUESSES), before(MAILS));
    in_slices(directory, move |tx| rows::purge_sessions(tx, ended, SLICE)).await?;
    in_slices(directory, move |tx| rows::purge_links(tx, ended, SLICE)).await?;
    in_slices(directory, move |tx| rows::purge_ceremonies(tx, ended, SLICE)).await?;
    in_slices(directory, move |tx| rows::purge_devices(tx, ended, SLICE)).await?;
    in_slices(directory, move |tx| rows::purge_guesses(tx, guesses, SLICE)).await?;
    let resets = before(RESETS);
    in_slices(directory, move |tx| mfa_resets::purge(tx, resets, SLICE)).await?;
    let facts = before(FACTS);
    in_slices(directory, move |tx| rows::purge_facts(tx, facts, SLICE)).await?;
    in_slices(directory, move |tx| outbox::purge(tx, mails, MOST_ATTEMPTS, SLICE)).await
}

/// Runs a deletion again until nothing is left for it.
async fn in_slices<F>(directory: &Directory, delete: F) -> Result<()>
where
    F: Fn(&mut Tx<'_>) -> Result<usize> + Copy + Send + 'static,
{
    while directory.store.write(delete).await? > 0 {}
    Ok(())
}
