//! The way of a request over real sockets, with a face of the tests' own. Names no protocol above HTTP.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use crate::access::rate::Rates;
use crate::access::{
    Actor, Adoption, Connection, ConnectionActor, Needs, Permission, Profile, Reach, TokenScope, Types,
};
use crate::auth::Auth;
use crate::clock::Sources;
use crate::directory::{Directory, Settings};
use crate::error::{Anonymous, Error};
use crate::ids::{ConnectionId, TenantId};
use crate::secret::Secret;

use super::*;

const LIMIT: usize = 1000;

fn row(method: Method, path: &'static str, needs: Needs, body: BodyRule, handler: Handler) -> Endpoint {
    Endpoint { method, path, needs, body, change: false, handler, document: None }
}

/// A face that says what it was given. The token `good` is known.
fn face() -> Face {
    let json = BodyRule::Json { limit: LIMIT };
    let open = Needs::Public("test");
    let write = Needs::One(Permission::UsersWrite);
    Face {
        name: "test",
        prefix: "/test/v1",
        endpoints: vec![
            row(Method::Get, "/open", open, BodyRule::None, |x| {
                Box::pin(async move { Ok(Reply::new(200, "text/plain", format!("known: {}", x.actor.is_some()))) })
            }),
            row(Method::Post, "/echo", write, json, |x| {
                Box::pin(async move { Ok(Reply::new(200, "text/plain", x.body).with("Location", "/test/v1/echo/1")) })
            }),
            row(Method::Get, "/echo/{id}", Needs::SignedIn, BodyRule::None, |x| {
                Box::pin(async move {
                    let text =
                        format!("{}|{:?}|{:?}", x.path.get("id"), x.query.get("q")?, x.headers.get("authorization"));
                    Ok(Reply::new(200, "text/plain", text).with("cache-control", "private"))
                })
            }),
            row(Method::Get, "/panic", open, BodyRule::None, |_| Box::pin(async { panic!("on purpose") })),
            row(Method::Get, "/fault", open, BodyRule::None, |_| {
                Box::pin(async { Err(Error::internal("the inside")) })
            }),
        ],
        carrier: Carrier::Header,
        authenticate: |_, _, credential| {
            Box::pin(async move {
                match credential.bearer() {
                    "good" => Ok(Actor::system("test")),
                    "reader" => Ok(reader()),
                    _ => Err(Error::Anonymous(Anonymous::BadCredential)),
                }
            })
        },
        refuse: |refusal, asked| {
            let status = match &refusal {
                Refusal::Error(Error::Anonymous(_)) => 401,
                Refusal::Error(Error::Invalid(_)) | Refusal::BadPath(_) | Refusal::BadRequest(_) => 400,
                Refusal::Error(Error::Denied(_) | Error::LacksScope) => 403,
                Refusal::NoSuchPath => 404,
                Refusal::WrongMethod { .. } => 405,
                Refusal::Slow => 408,
                Refusal::TooLarge { .. } => 413,
                Refusal::UnsupportedMediaType => 415,
                Refusal::Error(_) | Refusal::Panicked => 500,
            };
            Reply::new(status, "text/refusal", format!("{refusal:?} {}", asked.request_id))
        },
        record: |_, _| {},
    }
}

/// An actor that may read, not write.
fn reader() -> Actor {
    let (time, random) = (crate::clock::Instant::from_micros(0), [0; 10]);
    let connection = Connection {
        id: ConnectionId::new(time, random),
        tenant: TenantId::new(time, random),
        name: "test".to_owned(),
        profile: Profile::Tolerant,
        reach: Reach::All,
        adoption: Adoption::Link,
        rate: None,
    };
    let types = Types::new(0, scim_core::schema::builtin::registry()).unwrap().into();
    Actor::Connection(ConnectionActor { connection, token: "reader".to_owned(), scope: TokenScope::Read, types })
}

struct Server {
    running: Option<Running>,
    address: SocketAddr,
    _place: tempfile::TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            running.stop().unwrap();
        }
    }
}

fn start(metrics_token: Option<&str>) -> Server {
    let place = tempfile::tempdir().unwrap();
    let database_url = format!("sqlite:{}", place.path().join("test.db").display());
    let settings = Settings {
        database_url,
        pg_pool: 1,
        master_key_file: place.path().join("master.key"),
        breached_passwords: None,
        create: true,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let directory = runtime.block_on(Directory::open(settings, Sources::system())).unwrap();
    let services = Services {
        auth: Auth::new(crate::mfa::Mfa::new(directory.clone(), None), "http://localhost", "default"),
        directory,
        sources: Sources::system(),
        public_url: "http://localhost".into(),
        rates: Rates::default(),
    };
    let mut listen = Listen::anywhere().unwrap();
    listen.metrics_token = metrics_token.map(|token| Secret::new(token.to_owned()));
    let running = serve(listen, vec![face()], services).unwrap();
    Server { address: running.address(), running: Some(running), _place: place }
}

/// Writes a whole request, then reads the whole answer.
fn send(server: &Server, head: &str, body: &[u8]) -> String {
    let mut stream = TcpStream::connect(server.address).unwrap();
    stream.write_all(format!("{head}\r\nhost: x\r\nconnection: close\r\n\r\n").as_bytes()).unwrap();
    stream.write_all(body).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn get(server: &Server, path: &str, headers: &str) -> String {
    send(server, &format!("GET {path} HTTP/1.1{headers}"), b"")
}

fn post(server: &Server, headers: &str, body: &[u8]) -> String {
    send(server, &format!("POST /test/v1/echo HTTP/1.1\r\nauthorization: Bearer good{headers}"), body)
}

fn status(answer: &str) -> &str {
    answer.get(9..12).unwrap_or("none")
}

#[test]
fn a_panic_and_a_fault_are_answered_and_the_server_lives_on() {
    let server = start(None);
    let panicked = get(&server, "/test/v1/panic", "");
    assert!(
        status(&panicked) == "500" && panicked.contains("Panicked") && !panicked.contains("on purpose"),
        "{panicked}"
    );
    assert_eq!(status(&get(&server, "/test/v1/fault", "")), "500");
    assert_eq!(status(&get(&server, "/test/v1/open", "")), "200");
}

#[test]
fn a_public_endpoint_judges_a_credential_that_is_shown() {
    let server = start(None);
    assert!(get(&server, "/test/v1/open", "").ends_with("known: false"));
    assert!(get(&server, "/test/v1/open", "\r\nauthorization: bearer good").ends_with("known: true"));
    for bad in ["Bearer bad", "Basic eDp5", "Bearer good\r\nauthorization: Bearer good", ""] {
        let answer = get(&server, "/test/v1/open", &format!("\r\nauthorization: {bad}"));
        assert_eq!(status(&answer), "401", "{bad}");
    }
}

#[test]
fn the_credential_and_its_permission_are_judged_before_the_body() {
    let server = start(None);
    let head = "POST /test/v1/echo HTTP/1.1\r\ncontent-type: text/plain\r\ncontent-length: 2000";
    assert_eq!(status(&send(&server, head, &[b'x'; 2000])), "401");
    for (token, expected) in [("bad", "401"), ("reader", "403"), ("good", "415")] {
        let answer = send(&server, &format!("{head}\r\nauthorization: Bearer {token}"), &[b'x'; 2000]);
        assert_eq!(status(&answer), expected, "{token}");
    }
    assert_eq!(status(&get(&server, "/test/v1/echo/1", "\r\nauthorization: Bearer reader")), "200");
    assert_eq!(status(&get(&server, "/test/v1/echo/1", "")), "401");
}

#[test]
fn bodies_are_read_up_to_the_limit_and_the_rest_is_thrown_away() {
    let server = start(None);
    let exact = vec![b'x'; LIMIT];
    assert_eq!(status(&post(&server, "\r\ncontent-length: 1000", &exact)), "200");
    let mut one_piece = b"3e9\r\n".to_vec();
    one_piece.extend_from_slice(&[b'x'; LIMIT + 1]);
    one_piece.extend_from_slice(b"\r\n0\r\n\r\n");
    assert_eq!(status(&post(&server, "\r\ntransfer-encoding: chunked", &one_piece)), "413");
    // Far more than the sockets' buffers hold: only a server that reads on lets the client finish.
    let huge = vec![b'x'; 20_000_000];
    let began = Instant::now();
    let announced = post(&server, "\r\ncontent-length: 20000000", &huge);
    assert!(status(&announced) == "413" && announced.contains("TooLarge { limit: 1000 }"), "{announced}");
    let mut chunked = b"1312d00\r\n".to_vec();
    chunked.extend_from_slice(&huge);
    chunked.extend_from_slice(b"\r\n0\r\n\r\n");
    let answer = post(&server, "\r\ntransfer-encoding: chunked", &chunked);
    assert!(status(&answer) == "413" && answer.contains("TooLarge"), "{answer}");
    // A server that only lingers would keep both connections until its time is over.
    assert!(began.elapsed() < Duration::from_secs(5), "the end of the body is not noticed: {:?}", began.elapsed());
}

#[test]
fn a_body_in_chunks_is_put_together() {
    let server = start(None);
    let answer = post(&server, "\r\ntransfer-encoding: chunked", b"2\r\nab\r\n1\r\nc\r\n1\r\nd\r\n0\r\n\r\n");
    assert!(answer.ends_with("\r\n\r\nabcd"), "{answer}");
}

#[test]
fn json_types_in_any_form_and_no_type_are_read_and_others_refused() {
    let server = start(None);
    let typed = |value: &str| post(&server, &format!("\r\ncontent-length: 2{value}"), b"{}");
    for good in ["", "\r\ncontent-type: Application/SCIM+json", "\r\ncontent-type: application/json ; charset=utf-8"] {
        assert_eq!(status(&typed(good)), "200", "{good}");
    }
    for bad in ["text/plain", "application/jsonp", "multipart/form-data; boundary=application/json", ""] {
        assert_eq!(status(&typed(&format!("\r\ncontent-type: {bad}"))), "415", "{bad}");
    }
    assert_eq!(status(&typed("\r\ncontent-encoding: gzip")), "415");
}

#[test]
fn answers_carry_what_every_answer_carries() {
    let server = start(None);
    let answer = get(&server, "/test/v1/open", "\r\nx-request-id: a.b_C-1").to_lowercase();
    assert!(answer.contains("x-request-id: a.b_c-1\r\n") && answer.contains("x-content-type-options: nosniff\r\n"));
    assert!(!answer.contains("cache-control"), "{answer}");
    let posted = post(&server, "\r\ncontent-length: 2", b"{}").to_lowercase();
    assert!(
        posted.contains("cache-control: no-store\r\n") && posted.contains("location: /test/v1/echo/1\r\n"),
        "{posted}"
    );
    let own = get(&server, "/test/v1/echo/1", "\r\nauthorization: Bearer good");
    assert!(own.contains("cache-control: private\r\n") && !own.contains("no-store"), "{own}");
    for id in ["a b", &"x".repeat(65), "\u{e9}"] {
        let answer = get(&server, "/test/v1/open", &format!("\r\nx-request-id: {id}"));
        assert!(answer.contains("x-request-id: ") && !answer.contains(&format!("x-request-id: {id}\r\n")), "{answer}");
    }
}

#[test]
fn handlers_see_decoded_values_and_no_credential() {
    let server = start(None);
    let answer = get(&server, "/test/v1//echo/a%20b/?q=c+d&other", "\r\nauthorization: Bearer good");
    assert!(answer.ends_with("a b|Some(\"c d\")|None"), "{answer}");
    let head = "HEAD /test/v1/echo/abc HTTP/1.1\r\nauthorization: Bearer good";
    let headed = send(&server, head, b"");
    assert!(
        status(&headed) == "200" && headed.contains("content-length: 13\r\n") && headed.ends_with("\r\n\r\n"),
        "{headed}"
    );
}

#[test]
fn paths_and_methods_without_a_row_are_refused_by_their_face() {
    let server = start(None);
    let deleted = send(&server, "DELETE /test/v1/open HTTP/1.1", b"");
    assert!(status(&deleted) == "405" && deleted.contains("allow: GET, HEAD, OPTIONS\r\n"), "{deleted}");
    let options = send(&server, "OPTIONS /test/v1/echo HTTP/1.1", b"");
    assert!(status(&options) == "204" && options.contains("allow: POST, OPTIONS\r\n"), "{options}");
    assert!(get(&server, "/test/v9/open", "").contains("NoSuchPath"));
    assert!(get(&server, "/test/v1/echo/%zz", "").contains("BadPath"));
    assert!(get(&server, "/test/v1/open?q=%zz", "").contains("BadRequest"));
    let nobodys = get(&server, "/nobody", "\r\nx-request-id: r1");
    assert!(status(&nobodys) == "404" && nobodys.contains("\"request_id\":\"r1\""), "{nobodys}");
}

#[test]
fn metrics_count_routes_and_are_read_on_this_machine_only() {
    let server = start(None);
    get(&server, "/test/v1/echo/secret-name", "\r\nauthorization: Bearer good");
    let metrics = get(&server, "/metrics", "");
    let line =
        "rollcall_http_requests_total{face=\"test\",method=\"GET\",route=\"/test/v1/echo/{id}\",status=\"200\"} 1";
    assert!(metrics.contains(line) && !metrics.contains("secret-name"), "{metrics}");
    assert_eq!(status(&get(&server, "/metrics", "\r\nx-forwarded-for: 192.0.2.1")), "403");
}

#[test]
fn metrics_with_a_token_need_it() {
    let server = start(Some("a-long-metrics-token"));
    assert_eq!(status(&get(&server, "/metrics", "")), "401");
    assert_eq!(status(&get(&server, "/metrics", "\r\nauthorization: Bearer a-long-metrics-tokem")), "401");
    assert_eq!(status(&get(&server, "/metrics", "\r\nauthorization: Bearer a-long-metrics-token")), "200");
}

#[test]
fn health_tells_alive_from_ready() {
    let server = start(None);
    assert_eq!(status(&get(&server, "/health/live", "")), "200");
    assert_eq!(status(&get(&server, "/health/ready", "")), "200");
}
