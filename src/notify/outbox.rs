//! The outbox: what is to be said to whom, put there by the change that it tells of. A message that is put in is sent if
//! the change holds, and not if it does not.

use serde_json::{Value, json};

use crate::clock::Instant;
use crate::error::Result;
use crate::ids::{SuspicionId, TenantId, UserId};
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
    let user = Some(user);
    rows::insert(tx, &rows::New { tenant, user, purpose: purpose.as_str(), payload: Json::of(&message.payload)?, due })
}

/// What alerts that are posted to a webhook are called.
pub(super) const WEBHOOK: &str = "alert_webhook";

/// Whom an alert goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// A user, of a tenant.
    User(TenantId, UserId),
    /// An address.
    Address(String),
    /// The webhook of the tenant.
    Webhook,
}

/// An alert: word of a suspicion. It names that alone, so that nothing of a user who is erased waits here.
#[derive(Clone, Debug)]
pub struct Alert {
    /// The tenant.
    pub tenant: TenantId,
    /// Whom it goes to.
    pub to: Told,
    /// The suspicion.
    pub suspicion: SuspicionId,
    /// When it is to be sent at the earliest.
    pub due: Instant,
}

/// Puts an alert into the outbox, in the transaction that finds the suspicion.
///
/// # Errors
/// When the database cannot be asked.
pub fn put_alert(tx: &mut Tx<'_>, alert: &Alert) -> Result<()> {
    let (suspicion, of) = (alert.suspicion.to_string(), alert.tenant.to_string());
    let (tenant, user, purpose, to) = match &alert.to {
        Told::User(tenant, user) => (*tenant, Some(*user), Purpose::Alert.as_str(), None),
        Told::Webhook => (alert.tenant, None, WEBHOOK, None),
        Told::Address(address) => (alert.tenant, None, Purpose::Alert.as_str(), Some(address)),
    };
    let payload = json!({ "suspicion": suspicion, "of": of, "to": to });
    rows::insert(tx, &rows::New { tenant, user, purpose, payload: Json::of(&payload)?, due: alert.due })
}
