//! Which client a request comes from, for the record alone: nothing is answered otherwise because of it. One table; what a
//! client calls itself counts before its habits, because habits are imitated.

/// What a request shows of its client.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Signs<'a> {
    /// What it calls itself.
    pub(crate) user_agent: &'a str,
    /// The query as it was sent, with `?`; empty without one.
    pub(crate) query: &'a str,
    /// The body as it was sent.
    pub(crate) body: &'a [u8],
}

/// A client and how it is known.
struct Client {
    name: &'static str,
    /// It calls itself something that holds one of these, in lower case.
    agents: &'static [&'static str],
    habits: &'static [Habit],
}

/// What only one client is known to do.
enum Habit {
    /// The query holds this.
    Query(&'static str),
    /// The query ends so: nothing else sends an empty parameter.
    QueryEnd(&'static str),
    /// The beginning of the body holds this.
    Body(&'static str),
}

/// How much of a body is looked at, in bytes.
const LOOKED_AT: usize = 1024;
/// The longest name that is read.
const AGENT: usize = 256;

#[rustfmt::skip]
const CLIENTS: &[Client] = &[
    // The flag is one that its administrators put behind the URL; the operations are those it sends without it.
    Client { name: "Entra", agents: &["azure", "microsoft", "entra"], habits: &[
        Habit::Query("aadOptscim"), Habit::Body("\"op\":\"Add\""), Habit::Body("\"op\":\"Replace\""), Habit::Body("\"op\":\"Remove\""),
        Habit::Body("\"op\": \"Add\""), Habit::Body("\"op\": \"Replace\""), Habit::Body("\"op\": \"Remove\""),
    ] },
    Client { name: "Okta", agents: &["okta"], habits: &[] },
    Client { name: "OneLogin", agents: &["onelogin"], habits: &[Habit::QueryEnd("&"), Habit::Body("\"urn:scim:schemas:core:2.0\"")] },
    Client { name: "JumpCloud", agents: &["jumpcloud"], habits: &[] },
    Client { name: "Ping", agents: &["pingfederate", "pingone", "ping identity", "pingidentity"], habits: &[] },
    Client { name: "Google", agents: &["google"], habits: &[Habit::Body("\"urn:scim:schemas:core:1.0\"")] },
    Client { name: "authentik", agents: &["authentik"], habits: &[] },
    Client { name: "Keycloak", agents: &["keycloak"], habits: &[Habit::Body("\"$ref\":\"Users/")] },
    Client { name: "rauthy", agents: &["rauthy"], habits: &[] },
    Client { name: "Canaille", agents: &["canaille"], habits: &[] },
    Client { name: "SailPoint", agents: &["sailpoint"], habits: &[] },
    Client { name: "Rippling", agents: &["rippling"], habits: &[] },
    Client { name: "scim2", agents: &["scim2"], habits: &[] },
    Client { name: "Postman", agents: &["postman"], habits: &[] },
    Client { name: "curl", agents: &["curl/"], habits: &[] },
    Client { name: "Wget", agents: &["wget/"], habits: &[] },
    Client { name: "Python", agents: &["python-", "python/", "httpx", "aiohttp"], habits: &[] },
    Client { name: "Go", agents: &["go-http-client"], habits: &[] },
    Client { name: "Java", agents: &["java/", "java-http-client", "apache-httpclient", "okhttp"], habits: &[] },
];

/// The client's name; `None` when nothing tells.
pub(crate) fn recognise(signs: Signs<'_>) -> Option<&'static str> {
    let agent: String = signs.user_agent.chars().take(AGENT).map(|character| character.to_ascii_lowercase()).collect();
    let named = CLIENTS.iter().find(|client| client.agents.iter().any(|name| agent.contains(name)));
    let found = named.or_else(|| CLIENTS.iter().find(|client| client.habits.iter().any(|habit| habit.shows_in(signs))));
    found.map(|client| client.name)
}

impl Habit {
    fn shows_in(&self, signs: Signs<'_>) -> bool {
        match self {
            Self::Query(part) => signs.query.contains(part),
            Self::QueryEnd(end) => signs.query.ends_with(end),
            Self::Body(part) => {
                let looked_at = signs.body.get(..LOOKED_AT).unwrap_or(signs.body);
                looked_at.windows(part.len()).any(|window| window == part.as_bytes())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_client_calls_itself_counts_first() {
        let add = br#"{"Operations":[{"op":"Add","path":"members"}]}"#;
        for (user_agent, query, body, name) in [
            ("Okta SCIM Client 1.0.0", "", &b""[..], Some("Okta")),
            ("Okta SCIM Client 1.0.0", "?a=1&", add, Some("Okta")),
            ("goauthentik.io/2026.8.1", "", b"", Some("authentik")),
            ("curl/8.5.0", "", b"", Some("curl")),
            ("python-httpx/0.28.1", "", b"", Some("Python")),
            ("scim2-client/0.7", "", b"", Some("scim2")),
            ("PingFederate/12", "", b"", Some("Ping")),
            ("", "", add, Some("Entra")),
            ("", "?aadOptscim062020", b"", Some("Entra")),
            ("", "?filter=userName+eq+%22x%22&", b"", Some("OneLogin")),
            ("", "", br#"{"schemas":["urn:scim:schemas:core:2.0"]}"#, Some("OneLogin")),
            ("", "", br#"{"members":[{"value":"1","$ref":"Users/1"}]}"#, Some("Keycloak")),
            ("", "", br#"{"Operations":[{"op":"add"}]}"#, None),
            ("Something/1.0", "?filter=x", b"{}", None),
            ("", "", b"", None),
        ] {
            assert_eq!(recognise(Signs { user_agent, query, body }), name, "{user_agent} {query}");
        }
    }

    #[test]
    fn only_the_beginning_of_a_body_is_looked_at() {
        let mut body = vec![b' '; LOOKED_AT];
        body.extend(br#""op":"Add""#);
        assert_eq!(recognise(Signs { body: &body, ..Signs::default() }), None);
    }
}
