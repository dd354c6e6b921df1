//! A small HTTP/1.1 client for closed loops over loopback: it must cost little, since it shares the machine with what it
//! measures. It reads only answers with a `Content-Length`.

use std::cell::{Cell, RefCell};
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::Outcome;

/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// Where requests go.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// The server.
    pub(crate) address: SocketAddr,
    /// What stands before each path.
    pub(crate) base: &'static str,
    /// The bearer token; empty for who has none.
    pub(crate) token: String,
    /// The media type of bodies and of answers.
    pub(crate) media: &'static str,
}

/// One request.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// The method.
    pub(crate) method: &'static str,
    /// The path below the base, with its query, encoded.
    pub(crate) path: String,
    /// The body, which a GET has not.
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// A GET.
    pub(crate) fn get(path: impl Into<String>) -> Self {
        let (path, body) = (path.into(), Vec::new());
        Self { method: "GET", path, body }
    }

    /// A request with a body.
    pub(crate) fn with(method: &'static str, path: impl Into<String>, body: Vec<u8>) -> Self {
        let path = path.into();
        Self { method, path, body }
    }
}

/// One answer.
pub(crate) struct Answer<'a> {
    /// Its status.
    pub(crate) status: u16,
    /// Its body.
    pub(crate) body: &'a [u8],
}

impl Answer<'_> {
    /// Refuses an answer that is no success.
    ///
    /// # Errors
    /// It is none.
    pub(crate) fn succeeded(&self) -> Outcome<()> {
        if (200..300).contains(&self.status) {
            return Ok(());
        }
        let body: String = String::from_utf8_lossy(self.body).chars().take(500).collect();
        Err(format!("an answer with status {}: {body}", self.status))
    }

    /// Whether the body holds a text.
    pub(crate) fn holds(&self, text: &str) -> bool {
        text.is_empty() || self.body.windows(text.len()).any(|part| part == text.as_bytes())
    }
}

/// What a closed loop came to.
pub(crate) struct Driven {
    /// From the first request to the last answer.
    pub(crate) elapsed: Duration,
    /// How long each answer took, shortest first.
    pub(crate) latencies: Vec<Duration>,
}

/// How much a closed loop sends.
#[derive(Clone, Copy)]
pub(crate) struct Load {
    /// Connections, each of which sends its next request when it has the answer to the last.
    pub(crate) clients: usize,
    /// Requests in all.
    pub(crate) requests: usize,
    /// No request begins later than this after the first.
    pub(crate) time: Duration,
}

impl Load {
    /// A load that goes on however long it takes.
    pub(crate) fn all(clients: usize, requests: usize) -> Self {
        let time = Duration::MAX;
        Self { clients, requests, time }
    }
}

/// Sends requests in a closed loop. Connections are opened before the clock starts.
///
/// # Errors
/// A connection breaks, or `check` refuses an answer.
pub(crate) async fn drive(
    target: &Target,
    load: Load,
    make: &dyn Fn(usize) -> Request,
    check: &dyn Fn(usize, &Answer<'_>) -> Outcome<()>,
) -> Outcome<Driven> {
    let connections = try_join_all((0..load.clients.min(load.requests)).map(|_| Connection::open(target))).await?;
    let next = Cell::new(0);
    let began = Instant::now();
    let loops = connections.into_iter().map(|connection| repeat(connection, load, &next, make, check));
    let latencies = try_join_all(loops).await?;
    let elapsed = began.elapsed();
    let mut latencies = latencies.concat();
    latencies.sort_unstable();
    Ok(Driven { elapsed, latencies })
}

/// The answer to one request, which must be a success.
///
/// # Errors
/// It is none, or no JSON.
pub(crate) async fn answer(target: &Target, request: &Request) -> Outcome<Value> {
    let kept = RefCell::new(Value::Null);
    let keep = |_, answer: &Answer<'_>| {
        answer.succeeded()?;
        if !answer.body.is_empty() {
            kept.replace(serde_json::from_slice(answer.body).map_err(|error| format!("no JSON: {error}"))?);
        }
        Ok(())
    };
    drive(target, Load::all(1, 1), &|_| request.clone(), &keep).await?;
    Ok(kept.into_inner())
}

async fn repeat(
    mut connection: Connection,
    load: Load,
    next: &Cell<usize>,
    make: &dyn Fn(usize) -> Request,
    check: &dyn Fn(usize, &Answer<'_>) -> Outcome<()>,
) -> Outcome<Vec<Duration>> {
    let mut latencies = Vec::new();
    let start = Instant::now();
    loop {
        let n = next.get();
        if n >= load.requests || start.elapsed() > load.time {
            return Ok(latencies);
        }
        next.set(n + 1);
        let request = make(n);
        let began = Instant::now();
        let exchanged = tokio::time::timeout(PATIENCE, connection.exchange(&request)).await;
        let failed = |reason: String| format!("{} {}: {reason}", request.method, request.path);
        let answer = exchanged.map_err(|_| failed("no answer".to_owned()))?.map_err(failed)?;
        latencies.push(began.elapsed());
        check(n, &answer).map_err(failed)?;
    }
}

/// One kept-alive connection.
struct Connection {
    stream: TcpStream,
    /// The part of a request's head that never changes.
    headers: String,
    base: &'static str,
    media: &'static str,
    outgoing: Vec<u8>,
    incoming: Vec<u8>,
}

impl Connection {
    async fn open(target: &Target) -> Outcome<Self> {
        let failed = |error: std::io::Error| format!("cannot connect to {}: {error}", target.address);
        let stream = TcpStream::connect(target.address).await.map_err(failed)?;
        stream.set_nodelay(true).map_err(failed)?;
        let (port, token) = (target.address.port(), &target.token);
        // Whoever signs in has no token yet, and an empty one is refused.
        let bearer = if token.is_empty() { String::new() } else { format!("Authorization: Bearer {token}\r\n") };
        Ok(Self {
            stream,
            headers: format!(" HTTP/1.1\r\nHost: localhost:{port}\r\n{bearer}Accept: {}\r\n", target.media),
            base: target.base,
            media: target.media,
            outgoing: Vec::new(),
            incoming: Vec::new(),
        })
    }

    async fn exchange(&mut self, request: &Request) -> Outcome<Answer<'_>> {
        let mut head = format!("{} {}{}{}", request.method, self.base, request.path, self.headers);
        if request.method != "GET" {
            let (length, media) = (request.body.len(), self.media);
            let _to_memory = write!(head, "Content-Type: {media}\r\nContent-Length: {length}\r\n");
        }
        head.push_str("\r\n");
        self.outgoing.clear();
        self.outgoing.extend_from_slice(head.as_bytes());
        self.outgoing.extend_from_slice(&request.body);
        self.stream.write_all(&self.outgoing).await.map_err(|error| error.to_string())?;
        self.receive().await
    }

    async fn receive(&mut self) -> Outcome<Answer<'_>> {
        self.incoming.clear();
        let head = loop {
            self.read_more().await?;
            if let Some(head) = Head::parse(&self.incoming)? {
                break head;
            }
        };
        let end = head.length + head.body;
        while self.incoming.len() < end {
            self.read_more().await?;
        }
        if self.incoming.len() > end {
            return Err("an answer is longer than it says".to_owned());
        }
        let body = self.incoming.get(head.length..).unwrap_or_default();
        Ok(Answer { status: head.status, body })
    }

    async fn read_more(&mut self) -> Outcome<()> {
        match self.stream.read_buf(&mut self.incoming).await {
            Ok(0) => Err("the connection was closed".to_owned()),
            Ok(_) => Ok(()),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// What an answer's head says.
#[derive(Debug, PartialEq, Eq)]
struct Head {
    status: u16,
    /// The length of the head.
    length: usize,
    /// The length of the body.
    body: usize,
}

impl Head {
    /// `None` when there is not yet all of it.
    fn parse(bytes: &[u8]) -> Outcome<Option<Self>> {
        let Some(end) = bytes.windows(4).position(|part| part == b"\r\n\r\n") else {
            return Ok(None);
        };
        let text = String::from_utf8_lossy(bytes.get(..end).unwrap_or_default());
        let mut lines = text.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
        let status: u16 = status.ok_or_else(|| format!("not an answer: {text}"))?;
        let named = lines.filter_map(|line| line.split_once(':'));
        let length = named
            .filter(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            .find_map(|(_, value)| value.trim().parse().ok());
        let body = match (status, length) {
            (204 | 304, _) => 0,
            (_, Some(length)) => length,
            (_, None) => return Err(format!("an answer without Content-Length: {text}")),
        };
        let length = end + 4;
        Ok(Some(Self { status, length, body }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_when_it_is_whole() {
        let answer = b"HTTP/1.1 201 Created\r\ncontent-length:  3\r\nETag: x\r\n\r\n{}\n";
        for cut in 0..answer.len() - 3 {
            assert_eq!(Head::parse(&answer[..cut]), Ok(None), "{cut}");
        }
        let length = answer.len() - 3;
        assert_eq!(Head::parse(answer), Ok(Some(Head { status: 201, length, body: 3 })));
        let none = b"HTTP/1.1 204 No Content\r\n\r\n";
        assert_eq!(Head::parse(none), Ok(Some(Head { status: 204, length: none.len(), body: 0 })));
    }

    #[test]
    fn what_cannot_be_read_is_an_error() {
        assert!(Head::parse(b"nonsense\r\n\r\n").is_err());
        assert!(Head::parse(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").is_err());
    }
}
