//! Rows that one token over HTTP cannot show, each with the reason.

use crate::cases::Level;
use crate::rows::{CUSTOM_SCHEMA, Excused, excused};

const TENANT: &str = "needs a second tenant with a token of its own";
const TOKENS: &str = "needs more tokens, of different rights";
const PERSON: &str = "needs a token that stands for a person";
const OPERATION: &str = "a matter of the server's configuration, not of one answer over HTTP";
const OUTSIDE: &str = "needs a URL outside the base URL, which the server under test may not own";
const LOAD: &str = "needs load, or a limit set for the token";

/// The rows, with reasons.
pub const EXCUSED: &[Excused] = &[
    excused("RFC 7644 1", Level::MustNot, "7644-1-03", "the base URL has no query", OPERATION),
    excused("RFC 7644 2", Level::Must, "7644-2-03", "each client has an access policy", TOKENS),
    excused("RFC 7644 2", Level::Should, "7644-2-04", "subject and resource both count", TOKENS),
    excused(
        "RFC 7644 2",
        Level::May,
        "7644-2-05",
        "TLS client certificates as credentials",
        "needs a client certificate that the server knows",
    ),
    excused("RFC 7644 2", Level::ShouldNot, "7644-2-06", "no tokens from weak sign-in", OPERATION),
    excused("RFC 7644 2", Level::Should, "7644-2-08", "scopes are weighed against local rules", TOKENS),
    excused("RFC 7644 3.4.2.2", Level::Implied, "7644-3.4.2.2o-03", "eq on numbers goes by value", CUSTOM_SCHEMA),
    excused("RFC 7644 3.4.2.2", Level::Implied, "7644-3.4.2.2o-14", "order on numbers is by value", CUSTOM_SCHEMA),
    excused("RFC 7644 3.4.2.2", Level::Implied, "7644-3.4.2.2o-26", "what may not be read cannot be probed", TOKENS),
    excused(
        "RFC 7644 3.5.1",
        Level::Should,
        "7644-3.5.1-06",
        "an immutable value must be the one that is there",
        CUSTOM_SCHEMA,
    ),
    excused(
        "RFC 7644 3.5.2",
        Level::May,
        "7644-3.5.2-12",
        "an immutable value may be added where there is none",
        CUSTOM_SCHEMA,
    ),
    excused(
        "RFC 7644 3.6",
        Level::May,
        "7644-3.6-05",
        "deleted resources may be kept inside",
        "shown by the server's own administration, not by SCIM",
    ),
    excused("RFC 7644 3.7", Level::Implied, "7644-3.7-17", "operations are authorised one by one", TOKENS),
    excused(
        "RFC 7644 3.9",
        Level::Implied,
        "7644-3.9-08",
        "what is returned on request comes only when named",
        CUSTOM_SCHEMA,
    ),
    excused("RFC 7644 3.11", Level::Must, "7644-3.11-03", "/Me names the permanent URL", PERSON),
    excused("RFC 7644 3.11", Level::Implied, "7644-3.11-04", "/Me changes the person's own resource", PERSON),
    excused(
        "RFC 7644 3.12",
        Level::Should,
        "7644-3.12-05",
        "a server fault helps and leaks nothing",
        "needs a fault inside the server",
    ),
    excused("RFC 7644 3.13", Level::Must, "7644-3.13-02", "another version is used or refused", OUTSIDE),
    excused("RFC 7644 3.13", Level::Should, "7644-3.13-03", "without a version the newest answers", OUTSIDE),
    excused("RFC 7644 4", Level::Implied, "7644-4-08", "discovery follows the tenant's settings", TENANT),
    excused("RFC 7644 5", Level::Must, "7644-5-02", "passwords are prepared before they are compared", PERSON),
    excused("RFC 7644 6", Level::May, "7644-6-01", "several tenants", TENANT),
    excused("RFC 7644 6", Level::Should, "7644-6-02", "no use of another tenant's resources", TENANT),
    excused("RFC 7644 6", Level::Should, "7644-6-03", "two tenants named in one request", TENANT),
    excused("RFC 7644 6", Level::May, "7644-6-04", "ids across tenants", TENANT),
    excused("RFC 7644 6", Level::Implied, "7644-6-05", "names are unique within a tenant only", TENANT),
    excused("RFC 7644 6", Level::Implied, "7644-6-06", "references stay within a tenant", TENANT),
    excused("RFC 7644 6", Level::Implied, "7644-6-07", "cursors and versions belong to a tenant", TENANT),
    excused("RFC 7644 7", Level::Must, "7644-7-01", "TLS is required", "TLS may end at a proxy in front of the server"),
    excused(
        "RFC 7644 7",
        Level::Must,
        "7644-7-02",
        "tokens are strong and expire",
        "how tokens are made, and whether they must expire, is not seen over HTTP",
    ),
    excused(
        "RFC 7644 7",
        Level::Should,
        "7644-7-03",
        "cookies end with the session",
        "SCIM uses no cookies; they belong to the administration",
    ),
    excused(
        "RFC 7644 7",
        Level::Should,
        "7644-7-04",
        "sensitive filters by GET may be refused",
        "a policy of the tenant, off by default",
    ),
    excused(
        "RFC 7644 7",
        Level::Implied,
        "7644-7-05",
        "logs hold no query strings",
        "the server's logs are not seen over HTTP",
    ),
    excused(
        "RFC 7644 7",
        Level::May,
        "7644-7-06",
        "anonymous creation is guarded",
        "anonymous creation is not offered; 7644-2-10 checks that",
    ),
    excused(
        "RFC 7644 7",
        Level::Should,
        "7644-7-07",
        "guessing is slowed down",
        "a matter of sign-in by people, which SCIM has not",
    ),
    excused("RFC 7644 7", Level::Should, "7644-7-08", "access by application and by person", TOKENS),
    excused(
        "RFC 7644 7",
        Level::Implied,
        "7644-7-10",
        "overload is a 429",
        "needs load, or a rate limit set for the token",
    ),
    excused(
        "RFC 9865 2.1",
        Level::Should,
        "9865-2.1-02",
        "an expired cursor is expiredCursor",
        "needs the server's clock beyond cursorTimeout",
    ),
    excused("RFC 9865 2.3", Level::May, "9865-2.3-01", "cursors only", OPERATION),
    excused("RFC 9865 5", Level::Should, "9865-5-02", "cursors end with the rights", TOKENS),
    excused("RFC 9865 5", Level::Should, "9865-5-05", "open cursors cost nothing", LOAD),
];
