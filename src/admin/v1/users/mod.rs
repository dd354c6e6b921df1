//! Users, as platform, partner and tenant administrators run them: below `/admin/users` over all tenants in reach, below
//! `/tenants/{tenant_id}/users` in one.

use crate::http::Endpoint;

/// The rows of this subject.
pub(super) fn endpoints() -> Vec<Endpoint> {
    Vec::new()
}
