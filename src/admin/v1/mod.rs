//! `/api/v1`: users, and what administrators of tenants look after.

mod activity;
mod audit;
mod domains;
mod users;

use crate::http::Endpoint;

/// Every row below `/api/v1`, subject by subject.
pub(super) fn endpoints() -> Vec<Endpoint> {
    [activity::endpoints(), audit::endpoints(), domains::endpoints(), users::endpoints()]
        .into_iter()
        .flatten()
        .collect()
}
