//! `/api/v1`: users, and what administrators of tenants look after.

mod access;
mod activity;
mod applications;
mod audit;
mod connections;
mod domains;
mod export;
mod groups;
mod identity;
mod mfa_resets;
mod partners;
mod reports;
mod shared;
mod suspicions;
mod tenants;
mod units;
mod users;

use crate::http::Endpoint;

/// Every row below `/api/v1`, subject by subject.
pub(super) fn endpoints() -> Vec<Endpoint> {
    [
        users::endpoints(),
        mfa_resets::endpoints(),
        tenants::endpoints(),
        partners::endpoints(),
        units::endpoints(),
        groups::endpoints(),
        connections::endpoints(),
        applications::endpoints(),
        access::endpoints(),
        domains::endpoints(),
        audit::endpoints(),
        activity::endpoints(),
        suspicions::endpoints(),
        identity::endpoints(),
        reports::endpoints(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
