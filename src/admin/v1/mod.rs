//! `/api/v1`: users, and what administrators of tenants look after.

mod users;

use crate::http::Endpoint;

/// Every row below `/api/v1`, subject by subject.
pub(super) fn endpoints() -> Vec<Endpoint> {
    [
        users::endpoints(), //
    ]
    .into_iter()
    .flatten()
    .collect()
}
