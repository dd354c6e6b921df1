//! The body of a request: read up to a limit, or thrown away behind an answer that was given without it. Throwing it
//! away matters: a client that writes its whole body before it reads would find a reset connection instead of a 413.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_LENGTH, HeaderMap, TRANSFER_ENCODING};
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt as _};
use tokio::time::{Sleep, sleep, timeout};

/// How long a body that somebody waits for may take.
const READ_TIME: Duration = Duration::from_secs(60);
/// How long, and how many bytes of, a body that nobody wants are thrown away before the connection is closed.
const DRAIN_TIME: Duration = Duration::from_secs(30);
const DRAIN_BYTES: usize = 64 * 1024 * 1024;

/// The body of a request, perhaps not yet read.
pub(super) struct Incoming {
    payload: Payload,
    announced: Option<usize>,
    unread: bool,
}

/// Why a body could not be read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It is longer than allowed.
    TooLarge,
    /// It did not arrive in time.
    Slow,
    /// It ends too early or is not framed as HTTP demands.
    Broken,
}

impl Incoming {
    /// The body that goes with the headers of a request. Only what they announce is a body.
    pub(super) fn new(payload: Payload, headers: &HeaderMap) -> Self {
        let announced = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
        let unread = announced.is_some_and(|length| length > 0) || headers.contains_key(TRANSFER_ENCODING);
        Self { payload, announced, unread }
    }

    /// Reads the whole body.
    pub(super) async fn read(&mut self, limit: usize) -> Result<Bytes, Fault> {
        if !self.unread {
            return Ok(Bytes::new());
        }
        if self.announced.is_some_and(|length| length > limit) {
            return Err(Fault::TooLarge);
        }
        let body = timeout(READ_TIME, self.collect(limit)).await.map_err(|_| Fault::Slow)??;
        self.unread = false;
        Ok(body)
    }

    /// Most bodies come in one piece, which is then not copied.
    async fn collect(&mut self, limit: usize) -> Result<Bytes, Fault> {
        let first = self.piece().await?.unwrap_or_default();
        if first.len() > limit {
            return Err(Fault::TooLarge);
        }
        let Some(second) = self.piece().await? else {
            return Ok(first);
        };
        let mut whole = BytesMut::with_capacity(self.announced.unwrap_or(2 * (first.len() + second.len())).min(limit));
        whole.extend_from_slice(&first);
        let mut next = Some(second);
        while let Some(piece) = next {
            if whole.len() + piece.len() > limit {
                return Err(Fault::TooLarge);
            }
            whole.extend_from_slice(&piece);
            next = self.piece().await?;
        }
        Ok(whole.freeze())
    }

    async fn piece(&mut self) -> Result<Option<Bytes>, Fault> {
        self.payload.next().await.transpose().map_err(|_| Fault::Broken)
    }

    /// An answer's body that is sent at once and then keeps the connection until the rest of the request is thrown
    /// away; `Err` gives the answer back when there is no rest.
    pub(super) fn drain_behind(self, answer: Bytes) -> Result<Draining, Bytes> {
        if !self.unread || answer.is_empty() {
            return Err(answer);
        }
        let size = u64::try_from(answer.len()).unwrap_or(u64::MAX);
        let deadline = Box::pin(sleep(DRAIN_TIME));
        Ok(Draining { answer: Some(answer), size, payload: self.payload, left: DRAIN_BYTES, deadline })
    }
}

/// An answer, and behind it the rest of a request that nobody wants.
pub(super) struct Draining {
    answer: Option<Bytes>,
    size: u64,
    payload: Payload,
    left: usize,
    deadline: Pin<Box<Sleep>>,
}

impl MessageBody for Draining {
    type Error = std::convert::Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.size)
    }

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        if let Some(answer) = self.answer.take() {
            return Poll::Ready(Some(Ok(answer)));
        }
        while self.deadline.as_mut().poll(cx).is_pending() {
            match Pin::new(&mut self.payload).poll_next(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Some(Ok(piece))) if piece.len() < self.left => self.left -= piece.len(),
                Poll::Ready(_) => break,
            }
        }
        Poll::Ready(None)
    }
}
