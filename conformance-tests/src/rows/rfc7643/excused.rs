//! The rows that no request with one token can settle, each with the reason.

use crate::cases::Level::{Implied, Must, MustNot};
use crate::rows::{Excused, excused};

const STORE: &str = "needs a look into the store, which HTTP does not show";
const TENANTS: &str = "needs a second tenant, and this run has one token";

/// The rows, with reasons.
pub const EXCUSED: &[Excused] = &[
    excused("RFC 7643 3.1", Must, "7643-3.1-10", "externalId belongs to the tenant or client", TENANTS),
    excused(
        "RFC 7643 4.1.1",
        Implied,
        "7643-4.1.1-11",
        "a user that is not active cannot sign in",
        "needs a person who signs in, and this run has a provisioning token",
    ),
    excused("RFC 7643 4.1.1", MustNot, "7643-4.1.1-13", "a password is not stored in clear", STORE),
    excused(
        "RFC 7643 4.1.1",
        Must,
        "7643-4.1.1-16",
        "a password that is passed on goes over a secured channel",
        "what the server sends to other systems is not seen from here",
    ),
    excused("RFC 7643 9", MustNot, "7643-9-01", "passwords are not stored in clear", STORE),
    excused(
        "RFC 7643 9",
        Implied,
        "7643-9-03",
        "a narrow token sees only what it may",
        "needs a token with fewer rights, and this run has one token",
    ),
    excused("RFC 7643 9", Implied, "7643-9-04", "one person has different ids in two tenants", TENANTS),
    excused(
        "RFC 7643 9",
        Implied,
        "7643-9-05",
        "one client does not see another's externalId",
        "needs a second client of the tenant, and this run has one token",
    ),
];
