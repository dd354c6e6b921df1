//! The limits of a tenant: what would go beyond one is refused, and nothing of the request is done. A limit that is
//! lowered below what there is refuses growth alone, so that what is there can still be changed and deleted.

use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::ids::{GroupId, TenantId};
use crate::store::limits::{self as rows, Standing};
use crate::store::{Lock, Tx};

pub use crate::store::limits::Limits;

/// The smallest document limit that can be set: smaller documents are let pass unseen.
pub const LEAST_DOCUMENT_BYTES: i64 = 4096;

/// So near to a limit, those who add take turns. Farther off they do not see each other's rows before COMMIT, and so many
/// at once would not reach it either.
const NEAR: i64 = 1000;

/// Room for one more user, before it is added; answers what is known of the tenant.
///
/// # Errors
/// [`Error::Denied`] when there is none.
pub(super) fn one_more_user(tx: &mut Tx<'_>, tenant: TenantId) -> Result<Standing> {
    one_more(tx, tenant, rows::of_users, |limits| limits.max_users, "users")
}

/// Room for one more group, before it is added.
///
/// # Errors
/// [`Error::Denied`] when there is none.
pub(super) fn one_more_group(tx: &mut Tx<'_>, tenant: TenantId) -> Result<Limits> {
    one_more(tx, tenant, rows::of_groups, |limits| limits.max_groups, "groups").map(|found| found.limits)
}

fn one_more(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    standing: fn(&mut Tx<'_>, TenantId) -> Result<Standing>,
    limit: fn(&Limits) -> Option<i64>,
    what: &str,
) -> Result<Standing> {
    let mut found = standing(tx, tenant)?;
    if limit(&found.limits).is_some_and(|limit| found.amount.saturating_add(NEAR) >= limit) {
        tx.lock(Lock::Tenant(tenant))?;
        found = standing(tx, tenant)?;
    }
    match limit(&found.limits) {
        Some(limit) if found.amount >= limit => Err(Error::Denied(format!(
            "this tenant has reached its limit of {limit} {what}: delete some, or have an administrator raise the limit"
        ))),
        _ => Ok(found),
    }
}

/// Room for the members that a group has after it gained some. The caller holds the group's lock.
///
/// # Errors
/// [`Error::Denied`] when they are too many.
pub(super) fn members(tx: &mut Tx<'_>, tenant: TenantId, group: GroupId) -> Result<()> {
    let Standing { limits, amount, .. } = rows::of_members(tx, tenant, group)?;
    match limits.max_members {
        Some(limit) if amount > limit => Err(Error::Denied(format!(
            "a group of this tenant may have {limit} members, and this one would have {amount}"
        ))),
        _ => Ok(()),
    }
}

/// Room for so many attributes, parts included, in all schemas of the tenant's own.
///
/// # Errors
/// [`Error::Denied`] when they are too many.
pub(super) fn attributes(tx: &mut Tx<'_>, tenant: TenantId, amount: usize) -> Result<()> {
    match rows::of_users(tx, tenant)?.limits.max_attributes {
        Some(limit) if i64::try_from(amount).unwrap_or(i64::MAX) > limit => Err(Error::Denied(format!(
            "the schemas of this tenant may have {limit} attributes, parts included, and would have {amount}"
        ))),
        _ => Ok(()),
    }
}

/// Room for a new document in a tenant.
///
/// # Errors
/// [`Error::TooLarge`] when it is too large.
pub(super) fn new_document(tx: &mut Tx<'_>, tenant: TenantId, new: &Map<String, Value>) -> Result<()> {
    document(&rows::of_users(tx, tenant)?.limits, new)
}

/// Room for a new document.
///
/// # Errors
/// [`Error::TooLarge`] when it is too large.
pub(super) fn document(limits: &Limits, document: &Map<String, Value>) -> Result<()> {
    judge(limits, size(document))
}

/// Room for a document that was another before: one that does not grow is never refused.
///
/// # Errors
/// [`Error::TooLarge`] when it is too large.
pub(super) fn changed_document(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    before: &Map<String, Value>,
    after: &Map<String, Value>,
) -> Result<()> {
    let bytes = size(after);
    if bytes <= LEAST_DOCUMENT_BYTES || bytes <= size(before) {
        return Ok(());
    }
    judge(&rows::of_users(tx, tenant)?.limits, bytes)
}

fn judge(limits: &Limits, bytes: i64) -> Result<()> {
    match limits.max_document_bytes {
        Some(limit) if bytes > limit => Err(Error::TooLarge(format!(
            "this tenant keeps resources of up to {limit} bytes, and this one has {bytes}, without members"
        ))),
        _ => Ok(()),
    }
}

/// Bytes of a document as JSON.
fn size(document: &Map<String, Value>) -> i64 {
    struct Counter(i64);
    impl std::io::Write for Counter {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 = self.0.saturating_add(i64::try_from(bytes.len()).unwrap_or(i64::MAX));
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut counter = Counter(0);
    match serde_json::to_writer(&mut counter, document) {
        Ok(()) => counter.0,
        // Nothing that was read as JSON fails to be written as such.
        Err(_) => i64::MAX,
    }
}
