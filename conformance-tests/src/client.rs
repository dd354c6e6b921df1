//! A small blocking HTTP client that sends exactly what a case says and hands back whatever came.
//!
//! It adds no header of its own choice beyond the credential, follows no redirect, and turns neither a 4xx nor a broken
//! connection into an error: both are answers that a case can judge. It knows nothing of SCIM but the media type.

use serde_json::Value;
use std::fmt::Write as _;
use std::time::{Duration, Instant};
use ureq::http;

/// The media type of SCIM (RFC 7644 section 8.1).
pub const SCIM_JSON: &str = "application/scim+json";
/// Longest body that a recorded exchange shows, in characters.
const SHOWN: usize = 3000;

/// What a request carries in `Authorization`.
#[derive(Clone, Debug, Default)]
pub enum Credential {
    /// `Bearer` and the token the client was made with.
    #[default]
    Own,
    /// This text as the header's value.
    Raw(String),
    /// No header.
    Nobody,
}

/// One request, not yet sent.
#[derive(Clone, Debug)]
pub struct Request {
    /// Any method name.
    pub method: String,
    /// Path and query after the base URL, already encoded, for example `/Users?count=1`.
    pub target: String,
    /// Header names and values in order.
    pub headers: Vec<(String, String)>,
    /// The body as bytes; without one no Content-Length and no Content-Type are sent.
    pub body: Option<Vec<u8>>,
    /// Who asks.
    pub credential: Credential,
}

impl Request {
    /// A request without headers and body, with the client's own credential.
    #[must_use]
    pub fn new(method: &str, target: &str) -> Self {
        Self {
            method: method.to_owned(),
            target: target.to_owned(),
            headers: Vec::new(),
            body: None,
            credential: Credential::Own,
        }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets the body without saying its type.
    #[must_use]
    pub fn bytes(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// Sets the body to JSON text labelled as SCIM.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.header("Content-Type", SCIM_JSON).bytes(body.to_string())
    }

    /// Sends no credential.
    #[must_use]
    pub fn anonymous(mut self) -> Self {
        self.credential = Credential::Nobody;
        self
    }

    /// Sends this value of `Authorization`.
    #[must_use]
    pub fn authorization(mut self, value: &str) -> Self {
        self.credential = Credential::Raw(value.to_owned());
        self
    }
}

type Headers = Vec<(String, String)>;

/// What came back. A transport fault has status 0 and the fault as its text.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status, or 0 when no answer came.
    pub status: u16,
    /// Header names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The body as text.
    pub text: String,
    /// The body as JSON, `Null` when it is none.
    pub json: Value,
    /// From the first byte sent to the last byte read.
    pub elapsed: Duration,
    /// The request and this answer as text for a report. The credential is not in it.
    pub exchange: String,
}

impl Answer {
    /// The first value of a header, by its name in lower case; empty when it is missing.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str())
    }
}

/// Sends requests to one base URL with one token. Cheap to clone; may be used from many threads.
#[derive(Clone, Debug)]
pub struct Client {
    agent: ureq::Agent,
    base: String,
    token: String,
}

impl Client {
    /// A client for a base URL such as `https://host/scim/v2`; one trailing slash of it is cut off.
    #[must_use]
    pub fn new(base: &str, token: &str) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent("")
            .accept("")
            .accept_encoding("")
            .allow_non_standard_methods(true)
            .timeout_global(Some(Duration::from_secs(60)))
            .max_idle_connections_per_host(16)
            // A connection that the server is about to close would look like a fault of the server.
            .max_idle_age(Duration::from_secs(2))
            .build();
        let base = base.strip_suffix('/').unwrap_or(base).to_owned();
        Self { agent: config.new_agent(), base, token: token.to_owned() }
    }

    /// Sends one request and reads the whole answer, up to 64 MiB.
    #[must_use]
    pub fn send(&self, request: &Request) -> Answer {
        let started = Instant::now();
        match self.exchange(request) {
            Ok((status, headers, text)) => answer(request, status, headers, text, started.elapsed()),
            Err(fault) => answer(request, 0, Vec::new(), format!("no answer: {fault}"), started.elapsed()),
        }
    }

    fn exchange(&self, request: &Request) -> Result<(u16, Headers, String), String> {
        let mut builder =
            http::Request::builder().method(request.method.as_str()).uri(format!("{}{}", self.base, request.target));
        for (name, value) in &request.headers {
            builder = builder.header(name.as_str(), value.as_str());
        }
        match &request.credential {
            Credential::Own => builder = builder.header("Authorization", format!("Bearer {}", self.token)),
            Credential::Raw(value) => builder = builder.header("Authorization", value.as_str()),
            Credential::Nobody => {}
        }
        let answered = match &request.body {
            Some(body) => {
                let whole = builder.body(body.as_slice()).map_err(|fault| fault.to_string())?;
                self.agent.run(whole)
            }
            None => self.agent.run(builder.body(()).map_err(|fault| fault.to_string())?),
        };
        let mut response = answered.map_err(|fault| fault.to_string())?;
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        let body =
            response.body_mut().with_config().limit(64 << 20).read_to_vec().map_err(|fault| fault.to_string())?;
        Ok((response.status().as_u16(), headers, String::from_utf8_lossy(&body).into_owned()))
    }
}

fn answer(request: &Request, status: u16, headers: Vec<(String, String)>, text: String, elapsed: Duration) -> Answer {
    let json = serde_json::from_str(&text).unwrap_or(Value::Null);
    let mut exchange = format!("{} {}", request.method, request.target);
    for (name, value) in &request.headers {
        let _ = write!(exchange, "\n{name}: {value}");
    }
    if let Some(body) = &request.body {
        let _ = write!(exchange, "\n{}", shorten(&String::from_utf8_lossy(body)));
    }
    let _ = write!(exchange, "\n=> {status}");
    for (name, value) in &headers {
        if matches!(name.as_str(), "content-type" | "location" | "etag" | "www-authenticate" | "allow") {
            let _ = write!(exchange, "\n{name}: {value}");
        }
    }
    let _ = write!(exchange, "\n{}", shorten(&text));
    Answer { status, headers, text, json, elapsed, exchange }
}

fn shorten(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN).collect();
    if shown.len() < text.len() {
        let _ = write!(shown, " ... ({} bytes in all)", text.len());
    }
    shown
}

/// Percent-encodes text for one value of a query or one segment of a path (RFC 3986 section 2.3).
#[must_use]
pub fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::{Client, Request, encode};

    #[test]
    fn a_dead_port_is_an_answer_and_no_panic() {
        let answer = Client::new("http://127.0.0.1:9/", "t").send(&Request::new("GET", "/Users"));
        assert_eq!(answer.status, 0);
        assert!(answer.exchange.contains("GET /Users"), "{}", answer.exchange);
        assert!(!answer.exchange.contains("Bearer"), "the credential is never recorded");
    }

    #[test]
    fn encoding_leaves_only_unreserved_characters() {
        assert_eq!(encode("userName eq \"a+b\u{e9}\""), "userName%20eq%20%22a%2Bb%C3%A9%22");
    }
}
