//! The outbox: what is to be said to whom, put there by the change that it tells of. A message that is put in is sent if
//! the change holds, and not if it does not.

use serde_json::Value;

use crate::clock::Instant;
use crate::error::Result;
use crate::ids::{TenantId, UserId};
use crate::store::{Json, Tx, outbox as rows};

use super::Purpose;

/// A message for a user.
#[derive(Clone, Debug)]
pub struct Message {
    /// The tenant of the user.
    pub tenant: TenantId,
    /// To whom.
    pub user: UserId,
    /// What for.
    pub purpose: Purpose,
    /// What its text needs beside the user, as [`Purpose`] says: an object. No secret.
    pub payload: Value,
    /// When it is to be sent at the earliest.
    pub due: Instant,
}

/// Puts a message into the outbox, in the transaction of the change that it tells of.
///
/// # Errors
/// When the database cannot be asked.
pub fn put(tx: &mut Tx<'_>, message: &Message) -> Result<()> {
    let Message { tenant, user, purpose, due, .. } = *message;
    rows::insert(tx, &rows::New { tenant, user, purpose: purpose.as_str(), payload: Json::of(&message.payload)?, due })
}
