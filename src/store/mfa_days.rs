//! The table `mfa_day`: how many users of a tenant had which second factors, a row a day. Rows are added and never changed.

use diesel::prelude::*;

use super::schema::{mfa_day, tenant};
use super::seams;
use super::tx::Tx;
use crate::error::Result;
use crate::ids::TenantId;

/// A day of a tenant.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = mfa_day)]
pub struct Day {
    /// The tenant.
    pub tenant_id: TenantId,
    /// The day, counted from 1970.
    pub day: i64,
    /// Users who could sign in.
    pub users: i64,
    /// Those with any factor.
    pub enabled: i64,
    /// Those with a passkey, which no other site can ask for.
    pub passkey: i64,
    /// Those with an authenticator.
    pub totp: i64,
    /// Those with a telephone.
    pub sms: i64,
    /// Those with a mailbox.
    pub email: i64,
    /// Those with one passkey that never leaves its device, and nothing else.
    pub single_device: i64,
    /// Those with a factor and no recovery code.
    pub no_recovery_codes: i64,
}

/// Up to `limit` tenants that have no row of that day.
///
/// # Errors
/// When the database cannot be asked.
pub fn lacking(tx: &mut Tx<'_>, day: i64, limit: i64) -> Result<Vec<TenantId>> {
    let have = mfa_day::table.filter(mfa_day::day.eq(day)).select(mfa_day::tenant_id);
    Ok(tenant::table.filter(tenant::id.ne_all(have)).order(tenant::id).limit(limit).select(tenant::id).load(tx.conn)?)
}

/// Adds a day, unless it is there: whichever server comes first counts.
///
/// # Errors
/// When the database cannot be asked.
pub fn insert_if_new(tx: &mut Tx<'_>, new: &Day) -> Result<bool> {
    Ok(seams::insert_mfa_day_if_new(tx.conn, new)? > 0)
}

/// The days of a tenant from one to another, the oldest first.
///
/// # Errors
/// When the database cannot be asked.
pub fn between(tx: &mut Tx<'_>, tenant: TenantId, from: i64, to: i64) -> Result<Vec<Day>> {
    let rows = mfa_day::table.filter(mfa_day::tenant_id.eq(tenant).and(mfa_day::day.between(from, to)));
    Ok(rows.order(mfa_day::day).select(Day::as_select()).load(tx.conn)?)
}

/// Deletes the days before one. How many it deleted.
///
/// # Errors
/// When the database cannot be asked.
pub fn purge(tx: &mut Tx<'_>, before: i64) -> Result<usize> {
    Ok(diesel::delete(mfa_day::table.filter(mfa_day::day.lt(before))).execute(tx.conn)?)
}
