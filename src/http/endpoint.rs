//! Rows of the endpoint table, and what a handler is given and gives back. Names no HTTP library: a face is written
//! and tested without one.

use std::fmt;
use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::Stream;
use futures_util::stream::BoxStream;

use crate::access::{Actor, Needs};
use crate::context::Cx;
use crate::error::{Error, Result};

use super::caller::Caller;
use super::document::Document;
use super::note::Note;
use super::query::Query;
use super::services::Services;

/// One row of the endpoint table: a route and everything that is decided before its handler runs.
pub struct Endpoint {
    /// The method; a `Get` row serves HEAD too.
    pub method: Method,
    /// The path below the face's prefix, with parameters in braces: `/Users/{id}`. A literal segment wins over a
    /// parameter.
    pub path: &'static str,
    /// What the actor must hold; checked before the body is read.
    pub needs: Needs,
    /// What body it takes.
    pub body: BodyRule,
    /// Whether its declared effect is a change, which the journal must show.
    pub change: bool,
    /// What answers it.
    pub handler: Handler,
    /// What the OpenAPI document says of it.
    pub document: Option<Box<Document>>,
}

impl Endpoint {
    /// The same row with its description.
    #[must_use]
    pub fn documented(mut self, document: Document) -> Self {
        self.document = Some(Box::new(document));
        self
    }
}

/// A request method. OPTIONS is answered from the table, HEAD by the `Get` row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// GET, and HEAD.
    Get,
    /// POST.
    Post,
    /// PUT.
    Put,
    /// PATCH.
    Patch,
    /// DELETE.
    Delete,
}

impl Method {
    /// The method's name in a request line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    /// The value of an `Allow` header for a path that has rows for these methods.
    pub fn allow(methods: &[Self]) -> String {
        let mut allow = String::with_capacity(40);
        for method in methods {
            allow.push_str(method.as_str());
            allow.push_str(if *method == Self::Get { ", HEAD, " } else { ", " });
        }
        allow.push_str("OPTIONS");
        allow
    }
}

impl fmt::Display for Method {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// What body an endpoint takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyRule {
    /// None: whatever is sent is read and thrown away, and its type does not matter.
    None,
    /// JSON: `application/scim+json`, `application/json` or no type at all. Whether it is JSON is the handler's matter.
    Json {
        /// The longest body, in bytes; a longer one is answered 413.
        limit: usize,
    },
    /// The same, or a form as browsers send it: `application/x-www-form-urlencoded`.
    Form {
        /// The longest body, in bytes; a longer one is answered 413.
        limit: usize,
    },
}

/// What answers an endpoint: `|exchange| Box::pin(create(exchange))`.
pub type Handler = fn(Exchange) -> Answering;

/// An answer in the making.
pub type Answering = Pin<Box<dyn Future<Output = Result<Reply>> + Send>>;

/// One request that has passed everything its row asks for.
pub struct Exchange {
    /// Its id and time.
    pub cx: Cx,
    /// Who asks; `None` only at a public endpoint without a credential.
    pub actor: Option<Arc<Actor>>,
    /// Whether only the head of the answer is asked for: then nothing may be changed.
    pub is_head: bool,
    /// What it may use.
    pub services: Arc<Services>,
    /// The values of the path's parameters, decoded.
    pub path: PathParameters,
    /// The query, decoded.
    pub query: Query,
    /// The headers, without the credential.
    pub headers: Headers,
    /// The client's address, as far as the connection and trusted proxies tell.
    pub address: IpAddr,
    /// The whole body; empty when there is none.
    pub body: Bytes,
    /// What the handler says of what it does.
    pub note: Note,
    /// What is known of the connection; filled for the system face alone.
    pub(super) caller: Option<Caller>,
}

impl Exchange {
    /// Who asks, at an endpoint that is not public.
    ///
    /// # Errors
    /// [`Error::Anonymous`] when nobody is known, which only a public endpoint lets happen.
    pub fn actor(&self) -> Result<&Actor> {
        self.actor.as_deref().ok_or(Error::Anonymous(crate::error::Anonymous::NoCredential))
    }
}

impl Exchange {
    /// One part of this request as a request of its own: the same client, the same id and time, its own path, headers
    /// and body. What the part needs is decided where its effect is.
    pub fn part(&self, parameters: Vec<(&'static str, String)>, headers: &[(&str, &str)], body: Bytes) -> Self {
        let mut own = Headers::with_capacity(headers.len());
        for (name, value) in headers {
            own.push(name, value);
        }
        Self {
            cx: self.cx.clone(),
            actor: self.actor.clone(),
            services: Arc::clone(&self.services),
            path: PathParameters(parameters),
            query: Query::default(),
            headers: own,
            address: self.address,
            body,
            note: Note::default(),
            is_head: self.is_head,
            caller: None,
        }
    }
}

/// The values of a path's parameters, each decoded once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PathParameters(pub(super) Vec<(&'static str, String)>);

impl PathParameters {
    /// The value of the parameter that the row's path names; empty when the path names none such, and an empty text
    /// is nobody's id.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| *key == name).map_or("", |(_, value)| value)
    }
}

/// The headers of a request in one buffer; values that are not UTF-8 are left out, and so is the
/// credential. They print nothing: a cookie may be among them.
#[derive(Clone, Default)]
pub struct Headers {
    text: String,
    ends: Vec<(usize, usize)>,
}

impl Headers {
    pub(super) fn with_capacity(headers: usize) -> Self {
        Self { text: String::with_capacity(headers * 40), ends: Vec::with_capacity(headers) }
    }

    /// Adds a header; `name` is in lower case.
    pub(super) fn push(&mut self, name: &str, value: &str) {
        self.text.push_str(name);
        let name_end = self.text.len();
        self.text.push_str(value);
        self.ends.push((name_end, self.text.len()));
    }

    /// The first value of a header; `name` in any case.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Every header in the order given, names in lower case.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let starts = std::iter::once(0).chain(self.ends.iter().map(|(_, end)| *end));
        starts.zip(&self.ends).filter_map(|(start, (name_end, end))| {
            Some((self.text.get(start..*name_end)?, self.text.get(*name_end..*end)?))
        })
    }
}

/// A body that is made while it is sent, piece by piece, so that it never stands in memory as a whole.
#[derive(Clone)]
pub struct Pieces(Arc<Mutex<Option<BoxStream<'static, Result<Bytes>>>>>);

impl Pieces {
    /// Takes the pieces in the order in which they are sent. An error breaks the answer off.
    pub fn new(pieces: impl Stream<Item = Result<Bytes>> + Send + 'static) -> Self {
        Self(Arc::new(Mutex::new(Some(Box::pin(pieces)))))
    }

    /// The pieces, for the first who asks.
    pub(super) fn take(&self) -> Option<BoxStream<'static, Result<Bytes>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl fmt::Debug for Pieces {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Pieces")
    }
}

impl PartialEq for Pieces {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Pieces {}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// Headers beside those that every answer carries (`X-Request-Id`, `Content-Length` and the like).
    pub headers: Vec<(&'static str, String)>,
    /// The body; for HEAD only its length is sent.
    pub body: Bytes,
    /// A body that is made while it is sent, in place of the other.
    pub pieces: Option<Pieces>,
}

impl Reply {
    /// An answer without a body.
    pub fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Bytes::new(), pieces: None }
    }

    /// An answer with a body of a media type.
    pub fn new(status: u16, content_type: impl Into<String>, body: impl Into<Bytes>) -> Self {
        Self { status, headers: vec![("content-type", content_type.into())], body: body.into(), pieces: None }
    }

    /// An answer whose body is made while it is sent.
    pub fn in_pieces(status: u16, content_type: impl Into<String>, pieces: Pieces) -> Self {
        Self { pieces: Some(pieces), ..Self::new(status, content_type, Bytes::new()) }
    }

    /// The same with one header more.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The value of a header; `name` in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_found_in_any_case_and_the_first_wins() {
        let mut headers = Headers::with_capacity(2);
        headers.push("if-match", "W/\"1\"");
        headers.push("accept", "");
        headers.push("if-match", "W/\"2\"");
        assert_eq!(headers.get("If-Match"), Some("W/\"1\""));
        assert_eq!(headers.get("ACCEPT"), Some(""));
        assert_eq!(headers.get("if-matc"), None);
        assert_eq!(headers.iter().count(), 3);
    }

    #[test]
    fn allow_names_head_with_get_and_always_options() {
        assert_eq!(Method::allow(&[Method::Get, Method::Delete]), "GET, HEAD, DELETE, OPTIONS");
        assert_eq!(Method::allow(&[]), "OPTIONS");
    }
}
