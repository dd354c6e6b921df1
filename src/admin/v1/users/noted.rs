//! The one place that says who was looked at (IR-19). Whether a tenant wants that recorded is not decided here.

use crate::http::{Exchange, Looked};
use crate::ids::{TenantId, UserId};

/// Says that a user was seen.
pub(super) fn user(exchange: &Exchange, tenant: TenantId, user: UserId) {
    exchange.note.within(tenant);
    exchange.note.looked(Looked { user: Some(user), what: "user", count: None });
}

/// Says that a list was seen, of a tenant or over many, and how many there are.
pub(super) fn list(exchange: &Exchange, tenant: Option<TenantId>, total: u64) {
    if let Some(tenant) = tenant {
        exchange.note.within(tenant);
    }
    exchange.note.looked(Looked { user: None, what: "users", count: Some(total) });
}
