//! What can go wrong, in the domain's words. Each face renders these in one exhaustive match; nothing here knows HTTP.
//!
//! The outside message of an error may be shown to whoever asked; the inside cause of [`Error::Internal`] and
//! [`Error::Unavailable`] is for the log alone.

use std::fmt;

use scim_core::error::Invalid;
use serde_json::{Map, Value};

use crate::ids::{ConnectionId, UserId};

/// The result of whatever a service does.
pub type Result<T> = std::result::Result<T, Error>;

/// Why something was not done. Nothing was changed.
#[derive(Debug)]
pub enum Error {
    /// There is no such thing, or the actor may not know of it.
    Missing(&'static str),
    /// A value that must be unique is in use; says which and by what.
    Taken(String),
    /// The input breaks a rule of the schema or the protocol.
    Invalid(Invalid),
    /// The input cannot be used; says everything that is wrong with it, each with its place.
    Unprocessable(Vec<Fault>),
    /// What is stored does not allow it; the code tells programs why.
    Conflict(Reason),
    /// The version the client knows is not the current one.
    Stale,
    /// The actor is known and may not do this; says why.
    Denied(String),
    /// The actor is known and may not do this; the code tells programs why.
    Forbidden(Reason),
    /// A connection may not adopt these users before an administrator says so; the directory notes that it asked.
    Unadopted(Unadopted),
    /// The credential holds, but its scope does not cover this.
    LacksScope,
    /// No credential, or one that does not hold.
    Anonymous(Anonymous),
    /// The actor may do this after proving anew who they are (RFC 9470).
    StepUp(StepUp),
    /// Too many requests; try again after so many seconds.
    TooFast {
        /// Seconds to wait.
        retry_after: u32,
    },
    /// A search would look at more than it is allowed to.
    TooMany(String),
    /// A resource is larger than may be kept; says by how much.
    TooLarge(String),
    /// The server cannot do it now; what was asked may be asked again.
    Unavailable(Unavailable),
    /// A fault of ours; the text is for the log.
    Internal(String),
}

/// Why nobody is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anonymous {
    /// The request carries no credential, or not exactly one.
    NoCredential,
    /// The credential is unknown, expired or revoked.
    BadCredential,
    /// Identifier and password, or what else was given to sign in with, do not open anything.
    BadLogin,
}

/// How somebody must prove anew who they are before something sensitive is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepUp {
    /// How strong the proof must be: what tokens say as `acr`.
    pub strength: i32,
    /// How old it may be, in seconds; 0 when only the strength is lacking.
    pub max_age: i64,
}

/// What a connection wanted to adopt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unadopted {
    /// The connection.
    pub connection: ConnectionId,
    /// The users.
    pub users: Vec<UserId>,
    /// Why it may not, in a sentence for people.
    pub detail: String,
}

/// A no with a code of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Reason {
    /// One word for programs: `source_locked`.
    pub code: &'static str,
    /// A sentence for people.
    pub detail: String,
    /// What else a program needs to go on.
    pub members: Map<String, Value>,
}

impl Reason {
    /// A reason without members.
    pub fn new(code: &'static str, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), members: Map::new() }
    }

    /// The same with one member more.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.members.insert(name.to_owned(), value.into());
        self
    }
}

/// One thing that is wrong with the input. It carries names and places, never values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where: `body`, `emails`, `0`, `value`.
    pub location: Vec<Segment>,
    /// What is wrong, in a sentence.
    pub message: String,
    /// The kind of fault in a word: `missing`, `string_type`.
    pub kind: &'static str,
}

/// One step of the way to a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// A member or a parameter.
    Name(String),
    /// A place in a list, from 0; in malformed JSON the byte where it stops making sense.
    Index(usize),
}

impl Segment {
    /// The steps of a path as SCIM writes it, `emails[0].value`. What stands in an extension begins with its URN, which is
    /// one step with the attribute's name whatever dots it has: `urn:example:2.0:User:badge`.
    pub fn of_path(path: &str) -> Vec<Self> {
        let in_extension = path.rfind(':').map_or(0, |colon| colon + 1);
        let (urn, rest) = path.split_at_checked(in_extension).unwrap_or(("", path));
        if !urn.is_empty() && !rest.starts_with(|first: char| first.is_ascii_alphabetic()) {
            return vec![Self::from(path)];
        }
        let mut steps = rest.split(['.', '[', ']']).filter(|step| !step.is_empty());
        let first = steps.next().map(|name| Self::Name(format!("{urn}{name}")));
        let step = |step: &str| step.parse().map_or_else(|_| Self::from(step), Self::Index);
        first.into_iter().chain(steps.map(step)).collect()
    }
}

impl From<&str> for Segment {
    fn from(name: &str) -> Self {
        Self::Name(name.to_owned())
    }
}

impl From<usize> for Segment {
    fn from(place: usize) -> Self {
        Self::Index(place)
    }
}

impl Fault {
    /// A fault at a place; the place is written from the outside in.
    pub fn at(
        location: impl IntoIterator<Item = impl Into<Segment>>,
        kind: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self { location: location.into_iter().map(Into::into).collect(), message: message.into(), kind }
    }

    /// The same, seen from further outside.
    #[must_use]
    pub fn within(mut self, outer: impl Into<Segment>) -> Self {
        self.location.insert(0, outer.into());
        self
    }
}

impl fmt::Display for Fault {
    /// `emails[0].value: must be a text`, without the `body` or `query` that every place begins with.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (step, segment) in self.location.iter().skip(1).enumerate() {
            match segment {
                Segment::Name(name) if step == 0 => out.write_str(name)?,
                Segment::Name(name) => write!(out, ".{name}")?,
                Segment::Index(place) => write!(out, "[{place}]")?,
            }
        }
        let separator = if self.location.len() > 1 { ": " } else { "" };
        write!(out, "{separator}{}", self.message)
    }
}

/// Why the server cannot do something now.
#[derive(Debug)]
pub struct Unavailable {
    /// For the log.
    pub cause: String,
    /// What the store may do about it before the caller hears of it.
    pub remedy: Remedy,
}

/// Whether running a transaction again can help. Only the store acts on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Nothing: tell the caller.
    None,
    /// Run the same transaction again: it lost against another one.
    RunAgain,
    /// Open a new connection and run it again: the old one was lost before the commit was sent.
    Reconnect,
}

impl Error {
    /// A fault of ours with its cause.
    pub fn internal(cause: impl fmt::Display) -> Self {
        Self::Internal(cause.to_string())
    }

    /// A conflict with what is stored, with a code of its own.
    pub fn conflict(code: &'static str, detail: impl Into<String>) -> Self {
        Self::Conflict(Reason::new(code, detail))
    }

    /// Something the actor may not do, with a code of its own.
    pub fn forbidden(code: &'static str, detail: impl Into<String>) -> Self {
        Self::Forbidden(Reason::new(code, detail))
    }

    /// Input with one thing wrong with it: the place is written from the outside in, `["body", "email"]`.
    pub fn fault(
        location: impl IntoIterator<Item = impl Into<Segment>>,
        kind: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self::Unprocessable(vec![Fault::at(location, kind, message)])
    }

    /// Something the server cannot do now, which running it again here would not mend.
    pub fn unavailable(cause: impl fmt::Display) -> Self {
        Self::Unavailable(Unavailable { cause: cause.to_string(), remedy: Remedy::None })
    }

    /// What the store may do about it.
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::Unavailable(unavailable) => unavailable.remedy,
            _ => Remedy::None,
        }
    }
}

impl From<Invalid> for Error {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}

impl From<crate::clock::NoEntropy> for Error {
    fn from(error: crate::clock::NoEntropy) -> Self {
        Self::unavailable(error.0)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(what) => write!(out, "{what} not found"),
            Self::Taken(what) | Self::Denied(what) | Self::TooMany(what) | Self::TooLarge(what) => out.write_str(what),
            Self::Invalid(invalid) => write!(out, "{}", invalid.detail),
            Self::Unprocessable(faults) => write_faults(faults, out),
            Self::Conflict(reason) | Self::Forbidden(reason) => out.write_str(&reason.detail),
            Self::Unadopted(unadopted) => out.write_str(&unadopted.detail),
            Self::LacksScope => out.write_str("this needs a permission that you do not hold"),
            Self::Stale => out.write_str("the resource has changed since the version given"),
            Self::Anonymous(Anonymous::NoCredential) => out.write_str("a bearer token is required"),
            Self::Anonymous(Anonymous::BadCredential) => {
                out.write_str("the bearer token is unknown, expired or revoked")
            }
            Self::Anonymous(Anonymous::BadLogin) => out.write_str("what was given does not sign in"),
            Self::StepUp(_) => out.write_str("prove anew who you are, and ask again"),
            Self::TooFast { retry_after } => write!(out, "too many requests: try again in {retry_after} s"),
            Self::Unavailable(_) => out.write_str("the server cannot do this now: try again"),
            Self::Internal(_) => out.write_str("an internal error"),
        }
    }
}

impl std::error::Error for Error {}

fn write_faults(faults: &[Fault], out: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (place, fault) in faults.iter().enumerate() {
        let separator = if place == 0 { "" } else { "; " };
        write!(out, "{separator}{fault}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_urn_of_an_extension_is_one_step_of_a_path() {
        let name = |name: &str| Segment::from(name);
        for (path, steps) in [
            ("emails[0].value", vec![name("emails"), Segment::Index(0), name("value")]),
            ("userName", vec![name("userName")]),
            ("urn:example:2.0:User:badge", vec![name("urn:example:2.0:User:badge")]),
            ("urn:e.x:2.0:User:a[1].b", vec![name("urn:e.x:2.0:User:a"), Segment::Index(1), name("b")]),
            ("urn:example:2.0:User", vec![name("urn:example:2.0:User")]),
            ("urn:example:2.0", vec![name("urn:example:2.0")]),
            ("", vec![]),
        ] {
            assert_eq!(Segment::of_path(path), steps, "{path}");
        }
    }

    #[test]
    fn faults_read_as_places_and_sentences() {
        let inner = Fault::at(["value"], "string_type", "must be a text").within(0).within("emails").within("body");
        let whole = Fault::at(["body"], "missing", "a body is needed");
        assert_eq!(
            Error::Unprocessable(vec![inner, whole]).to_string(),
            "emails[0].value: must be a text; a body is needed"
        );
    }
}
