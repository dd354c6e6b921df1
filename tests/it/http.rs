//! HTTP as a client sees it, beneath any protocol: methods, types, limits, paths, credentials. Speaks raw TCP, because
//! what is tested is what libraries mend on the way.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::server::{Server, start};

/// An answer, its head in lower case.
struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    /// Asserts that this is an error in SCIM's form with a status.
    fn is_scim_error(&self, status: u16) {
        let error: serde_json::Value = serde_json::from_str(&self.body).unwrap();
        assert_eq!(self.status, status, "{}", self.body);
        assert_eq!(error["schemas"], serde_json::json!(["urn:ietf:params:scim:api:messages:2.0:Error"]));
        assert_eq!(error["status"], status.to_string());
        assert!(error["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{error}");
        let content_type = self.header("content-type").unwrap();
        assert!(content_type.starts_with("application/scim+json"), "{content_type}");
    }
}

/// Writes a whole request and only then reads the answer up to its end.
fn send(server: &Server, method: &str, path: &str, headers: &[&str], body: &[u8]) -> Answer {
    let authority = server.base.trim_start_matches("http://").split('/').next().unwrap();
    let mut stream = TcpStream::connect(authority).unwrap();
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n");
    for header in headers {
        head.push_str(header);
        head.push_str("\r\n");
    }
    stream.write_all(format!("{head}\r\n").as_bytes()).unwrap();
    stream.write_all(body).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer { status, head: head.to_lowercase(), body: body.to_owned() }
}

fn authorization(server: &Server) -> String {
    format!("Authorization: Bearer {}", server.token)
}

/// A request with the server's token.
fn known(server: &Server, method: &str, path: &str, headers: &[&str], body: &[u8]) -> Answer {
    let authorization = authorization(server);
    let headers: Vec<&str> = std::iter::once(authorization.as_str()).chain(headers.iter().copied()).collect();
    send(server, method, path, &headers, body)
}

const USERS: &str = "/scim/v2/Users";

#[test]
fn a_wrong_method_is_405_and_names_the_right_ones() {
    let server = start();
    let answer = known(&server, "DELETE", USERS, &[], b"");
    answer.is_scim_error(405);
    let mut allow: Vec<_> = answer.header("allow").unwrap().split(", ").collect();
    allow.sort_unstable();
    assert_eq!(allow, ["get", "head", "options", "post"]);
    known(&server, "BREW", USERS, &[], b"").is_scim_error(405);
}

#[test]
fn options_names_the_methods_without_a_credential() {
    let server = start();
    let answer = send(&server, "OPTIONS", USERS, &[], b"");
    assert_eq!((answer.status, answer.body.as_str()), (204, ""));
    assert!(answer.header("allow").unwrap().contains("post"));
}

#[test]
fn an_unknown_path_is_404_in_the_form_of_who_owns_it() {
    let server = start();
    for path in ["/scim/v2/Nothing", "/scim/v1/Users", "/scim/v3", "/scim", "/scim/v2/users"] {
        known(&server, "GET", path, &[], b"").is_scim_error(404);
    }
    let other = send(&server, "GET", "/nothing", &["X-Request-Id: abc"], b"");
    assert_eq!((other.status, other.header("content-type")), (404, Some("application/json")));
    let problem: serde_json::Value = serde_json::from_str(&other.body).unwrap();
    assert_eq!(problem["request_id"], "abc");
}

#[test]
fn a_body_beyond_the_limit_is_413_also_for_a_client_that_writes_first() {
    let server = start();
    let began = Instant::now();
    let body = vec![b' '; 20 * 1024 * 1024];
    let length = format!("Content-Length: {}", body.len());
    known(&server, "POST", USERS, &[&length], &body).is_scim_error(413);
    let mut chunked = format!("{:x}\r\n", body.len()).into_bytes();
    chunked.extend_from_slice(&body);
    chunked.extend_from_slice(b"\r\n0\r\n\r\n");
    known(&server, "POST", USERS, &["Transfer-Encoding: chunked"], &chunked).is_scim_error(413);
    // The end of the body is noticed, not waited out.
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
}

#[test]
fn another_media_type_is_415() {
    let server = start();
    for header in ["Content-Type: text/plain", "Content-Type: application/xml; x=json", "Content-Encoding: gzip"] {
        known(&server, "POST", USERS, &["Content-Length: 2", header], b"{}").is_scim_error(415);
    }
    for header in ["Content-Type: APPLICATION/JSON; charset=utf-8", "Content-Type: application/scim+json", "X-None: 1"]
    {
        // It is read, and refused for what it says.
        known(&server, "POST", USERS, &["Content-Length: 2", header], b"[]").is_scim_error(400);
    }
}

#[test]
fn anything_but_one_bearer_token_is_401() {
    let server = start();
    let token = authorization(&server);
    let basic = token.replace("Bearer", "Basic");
    let broken = format!("{token}, {}", server.token);
    let other = format!("{token}x");
    let attempts: [&[&str]; 6] = [&[], &["Authorization:"], &[&token, &token], &[&basic], &[&broken], &[&other]];
    for headers in attempts {
        let answer = send(&server, "GET", USERS, headers, b"");
        answer.is_scim_error(401);
        assert!(answer.header("www-authenticate").unwrap().starts_with("bearer"), "{headers:?}");
    }
    assert_eq!(send(&server, "GET", USERS, &[&token.replace("Bearer", "bEARER")], b"").status, 200);
}

#[test]
fn the_credential_is_judged_before_the_body() {
    let server = start();
    let body = vec![b' '; 3 * 1024 * 1024];
    let headers = ["Content-Type: text/plain", &format!("Content-Length: {}", body.len())];
    send(&server, "POST", USERS, &headers, &body).is_scim_error(401);
}

#[test]
fn broken_percent_encoding_is_400() {
    let server = start();
    for path in ["/scim/v2/Users/%zz", "/scim/v2/Users/%ff", "/scim/v2/Users/a%00", "/scim/v2/Users?filter=%2"] {
        known(&server, "GET", path, &[], b"").is_scim_error(400);
    }
}

#[test]
fn slashes_too_many_and_empty_query_segments_do_no_harm() {
    let server = start();
    for path in
        ["/scim/v2/Users/", "/scim/v2//Users", "//scim//v2/Users/?", "/scim/v2/Users?&&unknown=1&", "/scim/v2/%55sers"]
    {
        assert_eq!(known(&server, "GET", path, &[], b"").status, 200, "{path}");
    }
}

#[test]
fn head_is_get_without_the_body() {
    let server = start();
    let path = "/scim/v2/ServiceProviderConfig";
    let got = send(&server, "GET", path, &[], b"");
    let headed = send(&server, "HEAD", path, &[], b"");
    assert_eq!((headed.status, headed.body.as_str()), (200, ""));
    assert_eq!(headed.header("content-length"), got.header("content-length"));
    assert_eq!(headed.header("content-length"), Some(got.body.len().to_string().as_str()));
}

#[test]
fn a_sane_request_id_is_echoed_and_another_replaced() {
    let server = start();
    let echoed = |header: &str| {
        let answer = known(&server, "GET", USERS, &[header], b"");
        answer.header("x-request-id").unwrap().to_owned()
    };
    assert_eq!(echoed("X-Request-Id: 0a.b_c-1"), "0a.b_c-1");
    let too_long = "a".repeat(65);
    for id in ["a b", "a\"b", too_long.as_str(), ""] {
        let own = echoed(&format!("X-Request-Id: {id}"));
        assert!(own != id && (1..=64).contains(&own.len()), "{own}");
    }
    assert_ne!(echoed("Accept: */*"), echoed("Accept: */*"));
}

#[test]
fn answers_to_a_credential_are_not_kept() {
    let server = start();
    let answer = known(&server, "GET", USERS, &[], b"");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
}

#[test]
fn health_and_metrics_need_no_credential_on_this_machine() {
    let server = start();
    for path in ["/health/live", "/health/ready", "/metrics"] {
        assert_eq!(send(&server, "GET", path, &[], b"").status, 200, "{path}");
    }
    known(&server, "GET", "/scim/v2/Users/not-an-id", &[], b"").is_scim_error(404);
    let metrics = send(&server, "GET", "/metrics", &[], b"").body;
    assert!(metrics.contains("route=\"/scim/v2/Users/{id}\",status=\"404\""), "{metrics}");
    assert!(!metrics.contains("not-an-id"));
    assert_eq!(send(&server, "GET", "/metrics", &["X-Forwarded-For: 127.0.0.1"], b"").status, 403);
}

#[test]
fn a_page_elsewhere_is_given_nothing() {
    let server = start();
    let token = server.token.clone();
    let cookie = format!("Cookie: session={token}; token={token}; Authorization=Bearer {token}");
    for path in ["/scim/v2/Users", "/api/v1/me", "/api/platform/users", "/api/v1/auth/sessions"] {
        let answer = send(&server, "GET", path, &["Origin: https://evil.test", &cookie], b"");
        assert_eq!(answer.status, 401, "{path}: a cookie is no credential");
        let asked = ["Origin: https://evil.test", "Access-Control-Request-Method: GET"];
        let preflight = send(&server, "OPTIONS", path, &asked, b"");
        for answer in [answer, preflight] {
            assert!(!answer.head.to_lowercase().contains("access-control-"), "{path}: {}", answer.head);
        }
    }
}
