//! What users are told of their second factors: by mail of every change, and on every channel that is known of what others
//! did to them.

use serde_json::{Value, json};

use crate::clock::Instant;
use crate::error::Result;
use crate::journal::Author;
use crate::notify::{Purpose as Letter, outbox};
use crate::sealing::hex;
use crate::store::Tx;
use crate::store::accounts::Account;
use crate::store::factors as rows;

use super::{Event, Method};

/// Tells a user what became of a factor: by mail, and on every channel when it was somebody else.
pub(super) fn tell(tx: &mut Tx<'_>, author: Author<'_>, account: &Account, event: Event) -> Result<()> {
    let Some(what) = event.sentence() else { return Ok(()) };
    let themselves = author.actor.journal_name() == ("user", account.id.to_string());
    if themselves {
        return put(tx, author, account, Letter::FactorChanged, json!({ "what": what }));
    }
    let payload = json!({ "what": format!("{what} by an administrator") });
    tell_everywhere(tx, author, account, (Letter::FactorChanged, Letter::FactorChangedText), &payload)
}

/// Tells a user by mail, and where codes go as well: whoever reads the mail of somebody else does not read that too. Called
/// while the factors are still there. The outbox holds addresses sealed, as they are kept.
pub(super) fn tell_everywhere(
    tx: &mut Tx<'_>,
    author: Author<'_>,
    account: &Account,
    (mail, text): (Letter, Letter),
    payload: &Value,
) -> Result<()> {
    put(tx, author, account, mail, payload.clone())?;
    for factor in rows::of_user(tx, account.id)? {
        let letter = match factor.kind.parse() {
            Ok(Method::Sms) => text,
            Ok(Method::Email) => mail,
            _ => continue,
        };
        let mut payload = payload.clone();
        if let Some(members) = payload.as_object_mut() {
            members.insert("sealed".to_owned(), hex(&factor.sealed).into());
            members.insert("method".to_owned(), factor.kind.into());
        }
        put(tx, author, account, letter, payload)?;
    }
    Ok(())
}

/// Whether notices reach a user: at the last address that was proven.
pub(super) fn is_reached(account: &Account) -> bool {
    (account.email_verified && account.email.is_some()) || account.verified_email.is_some()
}

/// `2026-11-21 01:40 UTC`.
pub(super) fn day_and_time(time: Instant) -> String {
    let text = time.to_string().replacen('T', " ", 1);
    format!("{} UTC", text.get(..16).unwrap_or(&text))
}

/// Puts a message for the user into the outbox.
pub(super) fn put(
    tx: &mut Tx<'_>,
    author: Author<'_>,
    account: &Account,
    purpose: Letter,
    payload: Value,
) -> Result<()> {
    let (tenant, user, due) = (account.tenant_id, account.id, author.cx.now);
    outbox::put(tx, &outbox::Message { tenant, user, purpose, payload, due })
}
