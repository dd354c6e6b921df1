//! One-time links as mails need them: made at the moment in which a mail is, so that nothing that is kept of a mail opens
//! anything. Who makes them hands in how.

use crate::clock::Instant;
use crate::error::{Error, Result};
use crate::ids::{TenantId, UserId};
use crate::secret::Secret;
use crate::store::Tx;

/// What a link is wanted for.
#[derive(Clone, Debug)]
pub struct Wanted<'a> {
    /// The tenant of the user.
    pub tenant: TenantId,
    /// For whom.
    pub user: UserId,
    /// What it proves, as [`super::Purpose::link`] says.
    pub purpose: &'static str,
    /// The payload of the message.
    pub payload: &'a serde_json::Value,
    /// The time now.
    pub now: Instant,
}

/// A link that was made.
#[derive(Clone, Debug)]
pub struct Link {
    /// What follows the public URL, with the token: `/auth/verify?token=...`.
    pub path: Secret,
    /// Until when it works.
    pub expires: Instant,
}

/// Makes one-time links.
pub trait Links: Send + Sync {
    /// Makes a link in the transaction given; an older one of the same purpose ends. `None` when the user needs it no
    /// more.
    ///
    /// # Errors
    /// When the database cannot be asked.
    fn make(&self, tx: &mut Tx<'_>, wanted: &Wanted<'_>) -> Result<Option<Link>>;
}

/// Makes none: mails that bring one wait.
#[derive(Clone, Copy, Debug)]
pub struct NoLinks;

impl Links for NoLinks {
    fn make(&self, _tx: &mut Tx<'_>, _wanted: &Wanted<'_>) -> Result<Option<Link>> {
        Err(Error::unavailable("there is nobody who makes links"))
    }
}
