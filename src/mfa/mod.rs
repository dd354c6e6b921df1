//! Second factors: how each is set up and proven, what a sign-in asks for beside the password, and what is under way.
//!
//! A sign-in, a step-up or an enrolment is a ceremony: a row that is used once and bound to tenant, user and session. What
//! follows from having a factor is the directory's; who signs in with it is for `auth` to say. Nothing here opens a session.

pub mod budget;
pub mod ceremony;
pub mod demand;
pub mod endpoints;
pub mod enrol;
pub mod overview;
pub mod passkey;
pub mod proof;
pub mod recovery;
pub mod relying_party;
pub mod security;
pub mod sent;
pub mod totp;

use std::sync::Arc;

use crate::directory::{Directory, keys};
use crate::error::{Error, Result};
use crate::sealing::Key;

pub use crate::directory::factors::Method;
pub use relying_party::RelyingParty;

/// What authenticators show beside the account.
pub const ISSUER: &str = "rollcall";

/// What factors work with: the directory, and what people see of us. Cheap to clone.
#[derive(Clone)]
pub struct Mfa(Arc<Inner>);

struct Inner {
    directory: Directory,
    /// None where we are reached by an address.
    relying_party: Option<RelyingParty>,
}

/// The keys that a transaction about factors needs.
#[derive(Clone)]
pub struct Keys {
    /// Seals seeds and addresses.
    pub(crate) sealing: Key,
    /// Makes codes unreadable.
    pub(crate) codes: Key,
    /// Names what is guessed at.
    pub(crate) guesses: Key,
}

impl Mfa {
    /// For the directory, with passkeys where there is a relying party.
    pub fn new(directory: Directory, relying_party: Option<RelyingParty>) -> Self {
        Self(Arc::new(Inner { directory, relying_party }))
    }

    /// Who we are to authenticators.
    ///
    /// # Errors
    /// [`Error::Conflict`] where there are no passkeys.
    pub fn relying_party(&self) -> Result<&RelyingParty> {
        let off = || Error::conflict("no_passkeys", "there are no passkeys where the server is reached by an address");
        self.0.relying_party.as_ref().ok_or_else(off)
    }

    /// The directory.
    pub fn directory(&self) -> &Directory {
        &self.0.directory
    }

    /// The keys, read once.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn keys(&self) -> Result<Keys> {
        let directory = self.directory();
        Ok(Keys {
            sealing: keys::factors(directory).await?.clone(),
            codes: keys::codes(directory).await?.clone(),
            guesses: keys::guesses(directory).await?.clone(),
        })
    }
}
