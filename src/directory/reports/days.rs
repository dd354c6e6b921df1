//! Adoption over time (S0-20): a row a day of each tenant. Any server writes it, once, at the first look on a day; a day on
//! which no server ran has none.

use crate::access::{Actor, Permit, ReportsRead, Span};
use crate::clock::Instant;
use crate::directory::Directory;
use crate::directory::tenants::operators_only;
use crate::error::Result;
use crate::ids::TenantId;
use crate::store::mfa_days as rows;
use crate::store::people;

use super::{Counts, all_of};

pub use crate::store::mfa_days::Day;

/// A day, in microseconds.
const MICROS: i64 = 24 * 3600 * 1_000_000;
/// Tenants that are looked up at once.
const AT_ONCE: i64 = 100;
/// Days that are kept.
const KEPT: i64 = 3 * 366;

/// The number of the day of an instant, counted from 1970.
pub fn number_of(at: Instant) -> i64 {
    at.micros().div_euclid(MICROS)
}

/// A day as people write it: `2026-01-31`.
pub fn written(day: i64) -> String {
    Instant::from_micros(day.saturating_mul(MICROS)).to_string().chars().take(10).collect()
}

/// The days of the tenant from one to another, the oldest first.
///
/// # Errors
/// [`crate::error::Error::Denied`] for a permit that does not reach the whole tenant.
pub async fn history(directory: &Directory, permit: &Permit<ReportsRead>, (from, to): (i64, i64)) -> Result<Vec<Day>> {
    permit.whole()?;
    let tenant = permit.tenant();
    directory.store.read_few(move |tx| rows::between(tx, tenant, from, to)).await
}

/// Writes today's row of each tenant that has none.
///
/// # Errors
/// When the database cannot be asked; what was written by then stays.
pub async fn keep(directory: &Directory, actor: &Actor, now: Instant) -> Result<()> {
    operators_only(actor)?;
    let day = number_of(now);
    loop {
        let lacking = directory.store.scan(move |tx| rows::lacking(tx, day, AT_ONCE)).await?;
        if lacking.is_empty() {
            return Ok(());
        }
        for tenant in lacking {
            keep_one(directory, tenant, day, now).await?;
        }
    }
}

async fn keep_one(directory: &Directory, tenant: TenantId, day: i64, now: Instant) -> Result<()> {
    let filter = all_of(tenant);
    let found = directory.store.scan(move |tx| people::by_marks(tx, &Span::Everywhere, &filter, now)).await?;
    let Counts { users, enabled, passkey, totp, sms, email, single_device, no_recovery_codes } = Counts::of(&found);
    let new =
        Day { tenant_id: tenant, day, users, enabled, passkey, totp, sms, email, single_device, no_recovery_codes };
    directory.store.write(move |tx| rows::insert_if_new(tx, &new).map(drop)).await
}

/// Deletes the days that are kept no longer.
///
/// # Errors
/// When the database cannot be asked.
pub async fn purge(directory: &Directory, actor: &Actor, now: Instant) -> Result<()> {
    operators_only(actor)?;
    let before = number_of(now) - KEPT;
    directory.store.write(move |tx| rows::purge(tx, before).map(drop)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s0_20_a_day_is_a_day_of_utc() {
        let day = number_of(Instant::from_micros(1_767_225_599_999_999));
        assert_eq!((written(day), written(day + 1)), ("2025-12-31".to_owned(), "2026-01-01".to_owned()));
        assert_eq!(number_of(Instant::from_micros(-1)), -1);
    }
}
