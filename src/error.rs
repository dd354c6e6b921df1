//! What can go wrong, in the domain's words. Each face renders these in one exhaustive match; nothing here knows HTTP.
//!
//! The outside message of an error may be shown to whoever asked; the inside cause of [`Error::Internal`] and
//! [`Error::Unavailable`] is for the log alone.

use std::fmt;

use scim_core::error::Invalid;

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
    /// The version the client knows is not the current one.
    Stale,
    /// The actor is known and may not do this; says why.
    Denied(String),
    /// The credential holds, but its scope does not cover this.
    LacksScope,
    /// No credential, or one that does not hold.
    Anonymous(Anonymous),
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
            Self::LacksScope => out.write_str("this token may read, not write"),
            Self::Stale => out.write_str("the resource has changed since the version given"),
            Self::Anonymous(Anonymous::NoCredential) => out.write_str("a bearer token is required"),
            Self::Anonymous(Anonymous::BadCredential) => {
                out.write_str("the bearer token is unknown, expired or revoked")
            }
            Self::TooFast { retry_after } => write!(out, "too many requests: try again in {retry_after} s"),
            Self::Unavailable(_) => out.write_str("the server cannot do this now: try again"),
            Self::Internal(_) => out.write_str("an internal error"),
        }
    }
}

impl std::error::Error for Error {}
