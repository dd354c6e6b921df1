//! What goes when it is old, whatever table it stands in. How old that is, is decided above; rows are looked at in slices,
//! oldest first, and deleted by their keys.

use diesel::prelude::*;
use serde_json::Value;

use super::schema::{
    activity, ceremony, device, guess, journal, journal_value, one_time_link, provisioning_log, session, suspicion,
    suspicious_fact, tenant,
};
use super::tx::Tx;
use super::types::Document;
use crate::clock::Instant;
use crate::error::Result;
use crate::ids::{DeviceId, SessionId, TenantId};

/// Records that tenants keep for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// Values before and after changes, with the names beside them.
    JournalValues,
    /// Sign-ins, refusals, reads.
    Activity,
    /// Requests of connections.
    ProvisioningLog,
    /// What looked like an attack, with its evidence.
    Suspicions,
}

/// Where a record stands, and how old it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Queryable)]
pub struct Record {
    /// Its position.
    pub seq: i64,
    /// Its tenant, which may be gone.
    pub tenant: TenantId,
    /// When it was made.
    pub at: Instant,
}

/// The settings of all tenants, as they are kept.
///
/// # Errors
/// When the database cannot be asked.
pub fn settings(tx: &mut Tx<'_>) -> Result<Vec<(TenantId, Value)>> {
    let all: Vec<(TenantId, Document)> = tenant::table.select((tenant::id, tenant::settings)).load(tx.conn)?;
    Ok(all.into_iter().map(|(id, settings)| (id, settings.0)).collect())
}

/// Up to `limit` records behind `after`, oldest first.
///
/// # Errors
/// When the database cannot be asked.
pub fn slice(tx: &mut Tx<'_>, kept: Kept, after: i64, limit: i64) -> Result<Vec<Record>> {
    Ok(match kept {
        Kept::JournalValues => journal_value::table
            .inner_join(journal::table.on(journal::seq.eq(journal_value::journal_seq)))
            .filter(journal_value::journal_seq.gt(after))
            .order(journal_value::journal_seq)
            .limit(limit)
            .select((journal::seq, journal::tenant_id, journal::at))
            .load(tx.conn)?,
        Kept::Activity => activity::table
            .filter(activity::seq.gt(after))
            .order(activity::seq)
            .limit(limit)
            .select((activity::seq, activity::tenant_id, activity::at))
            .load(tx.conn)?,
        Kept::ProvisioningLog => provisioning_log::table
            .filter(provisioning_log::seq.gt(after))
            .order(provisioning_log::seq)
            .limit(limit)
            .select((provisioning_log::seq, provisioning_log::tenant_id, provisioning_log::at))
            .load(tx.conn)?,
        Kept::Suspicions => suspicion::table
            .filter(suspicion::seq.gt(after))
            .order(suspicion::seq)
            .limit(limit)
            .select((suspicion::seq, suspicion::tenant_id, suspicion::last_seen))
            .load(tx.conn)?,
    })
}

/// Deletes records by their positions. Of the journal the values go, and the rows stay.
///
/// # Errors
/// When the database cannot be asked.
pub fn delete(tx: &mut Tx<'_>, kept: Kept, seqs: &[i64]) -> Result<()> {
    match kept {
        Kept::JournalValues => {
            diesel::delete(journal_value::table.filter(journal_value::journal_seq.eq_any(seqs))).execute(tx.conn)?
        }
        Kept::Activity => diesel::delete(activity::table.filter(activity::seq.eq_any(seqs))).execute(tx.conn)?,
        Kept::ProvisioningLog => {
            diesel::delete(provisioning_log::table.filter(provisioning_log::seq.eq_any(seqs))).execute(tx.conn)?
        }
        Kept::Suspicions => diesel::delete(suspicion::table.filter(suspicion::seq.eq_any(seqs))).execute(tx.conn)?,
    };
    Ok(())
}

/// Deletes up to `limit` sessions that ended before `end`. How many it deleted.
///
/// # Errors
/// When the database cannot be asked.
pub fn purge_sessions(tx: &mut Tx<'_>, end: Instant, limit: i64) -> Result<usize> {
    let old: Vec<SessionId> =
        session::table.filter(session::expires.lt(end)).limit(limit).select(session::id).load(tx.conn)?;
    Ok(diesel::delete(session::table.filter(session::id.eq_any(old))).execute(tx.conn)?)
}

/// Deletes up to `limit` one-time links that ended before `end`. How many it deleted.
///
/// # Errors
/// When the database cannot be asked.
pub fn purge_links(tx: &mut Tx<'_>, end: Instant, limit: i64) -> Result<usize> {
    let old: Vec<String> = one_time_link::table
        .filter(one_time_link::expires.lt(end))
        .limit(limit)
        .select(one_time_link::id)
        .load(tx.conn)?;
    Ok(diesel::delete(one_time_link::table.filter(one_time_link::id.eq_any(old))).execute(tx.conn)?)
}

/// Deletes up to `limit` ceremonies that ended before `end`. How many it deleted.
///
/// # Errors
/// When the database cannot be asked.
pub fn purge_ceremonies(tx: &mut Tx<'_>, end: Instant, limit: i64) -> Result<usize> {
    let old: Vec<String> =
        ceremony::table.filter(ceremony::expires.lt(end)).limit(limit).select(ceremony::id).load(tx.conn)?;
    Ok(diesel::delete(ceremony::table.filter(ceremony::id.eq_any(old))).execute(tx.conn)?)
}

/// Deletes up to `limit` remembered devices that ended before `end`. How many it deleted.
///
/// # Errors
/// When the database cannot be asked.
pub fn purge_devices(tx: &mut Tx<'_>, end: Instant, limit: i64) -> Result<usize> {
    let old: Vec<DeviceId> =
        device::table.filter(device::expires.lt(end)).limit(limit).select(device::id).load(tx.conn)?;
    Ok(diesel::delete(device::table.filter(device::id.eq_any(old))).execute(tx.conn)?)
}

/// Deletes up to `limit` counts of guesses, the last of which was before `end`. How many it deleted.
///
/// # Errors
/// When the database cannot be asked.
pub fn purge_guesses(tx: &mut Tx<'_>, end: Instant, limit: i64) -> Result<usize> {
    let old: Vec<Vec<u8>> = guess::table.filter(guess::last.lt(end)).limit(limit).select(guess::what).load(tx.conn)?;
    Ok(diesel::delete(guess::table.filter(guess::what.eq_any(old))).execute(tx.conn)?)
}

/// Deletes up to `limit` facts from before `end` that are evidence of nothing. How many it deleted.
///
/// # Errors
/// When the database cannot be asked.
pub fn purge_facts(tx: &mut Tx<'_>, end: Instant, limit: i64) -> Result<usize> {
    let old: Vec<i64> = suspicious_fact::table
        .filter(suspicious_fact::suspicion_seq.is_null().and(suspicious_fact::at.lt(end)))
        .limit(limit)
        .select(suspicious_fact::seq)
        .load(tx.conn)?;
    Ok(diesel::delete(suspicious_fact::table.filter(suspicious_fact::seq.eq_any(old))).execute(tx.conn)?)
}
