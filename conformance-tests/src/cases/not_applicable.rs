//! Rows that say something about a client and nothing that a server could be asked, each with the reason.

/// A row that no case checks.
#[derive(Clone, Copy, Debug)]
pub struct NotApplicable {
    /// The row's name.
    pub id: &'static str,
    /// What it says.
    pub fact: &'static str,
    /// Why no case checks it.
    pub reason: &'static str,
}

const fn row(id: &'static str, fact: &'static str, reason: &'static str) -> NotApplicable {
    NotApplicable { id, fact, reason }
}

/// The rows, with reasons.
pub const NOT_APPLICABLE: &[NotApplicable] = &[
    row("W-1", "Google has no generic SCIM client", "a fact about the client: nothing is sent"),
    row("W-5", "Google synchronises late", "a fact about the client's timing; late requests are ordinary ones"),
    row("W-6", "Google Cloud Identity as a service provider", "describes another server"),
    row(
        "P-2",
        "Ping's ways to authenticate",
        "needs more credentials than one token; the token's own way is used by every case",
    ),
    row("R-4", "CyberArk runs SCIM inside a SAML application", "no request of it is known"),
    row("X-3", "WSO2 moved from PUT to PATCH", "a fact about the client; both methods have cases"),
    row("X-5", "Cloudflare may send active false instead of DELETE", "the same requests as O-U5 and E-U28"),
    row("Y-7", "rauthy deletes only when configured, else unlinks", "a fact about the client; unlinking is Y-3"),
    row("7644-7-01", "TLS is required", "TLS may end at a proxy in front of the server"),
    row("7644-7-02", "Tokens must expire", "expiry is optional here; the server's doctor command warns"),
];
