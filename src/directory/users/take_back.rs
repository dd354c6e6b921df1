//! The change of an e-mail taken back by the link that went to the last proven address (IR-8).

use serde_json::{Map, Value};

use crate::access::Types;
use crate::directory::{accounts, owners};
use crate::error::{Error, Result};
use crate::journal::{self, Author, Change, Operation};
use crate::store::accounts as account_rows;
use crate::store::one_time_links::{self, Link};
use crate::store::users::{self as rows, Viewer};
use crate::store::{Lock, Tx, schemas};

use super::index_of;

/// The source of users whose document says what is decided here.
const LOCAL: &str = "LOCAL";

/// Gives a user the earlier e-mail again, and ends all that was issued meanwhile. False when the link was used already.
///
/// # Errors
/// [`Error::Missing`] when there is no such user any more; [`Error::Taken`] when somebody else has the e-mail now.
pub fn take_back_email(tx: &mut Tx<'_>, author: Author<'_>, types: &Types, link: &Link, email: &str) -> Result<bool> {
    let user = link.user_id;
    schemas::keep(tx, author.tenant, types.version)?;
    tx.lock(Lock::User(user))?;
    if !one_time_links::consume(tx, &link.id, author.cx.now)? {
        return Ok(false);
    }
    let account = account_rows::find(tx, author.tenant, user)?.ok_or(Error::Missing("User"))?;
    let viewer = Viewer { tenant: author.tenant, connection: None, own_only: false };
    let row = rows::find(tx, viewer, user)?.ok_or(Error::Missing("User"))?.user;
    accounts::restore(tx, &account, email, author.cx.now)?;
    let mut document = row.document.clone();
    // What a provisioner sent is shown as it was sent.
    if account.identity_source == LOCAL {
        exchange(&mut document, account.email.as_deref(), email);
    }
    let mut diff = journal::between(&row.document, &document);
    diff.and(journal::between(&named(account.email.as_deref()), &named(Some(email))));
    diff.tell("sessions", "ended");
    let changed = rows::User {
        document,
        email: Some(email.to_owned()),
        version: row.version + 1,
        modified: author.cx.now.max(row.modified.plus_micros(1)),
        ..row
    };
    rows::update(tx, &changed)?;
    rows::replace_index(tx, changed.seq, &index_of(&types.user, changed.seq, &changed.document))?;
    let change = Change {
        resource_type: "User",
        resource_id: user.to_string(),
        operation: Operation::Update,
        diff,
        identity_source: Some(&account.identity_source),
        reason: Some("the change of the e-mail was taken back by its owner".to_owned()),
    };
    journal::record(tx, author, change)?;
    owners::keep_email_apart(tx, user, Some(email))?;
    Ok(true)
}

/// Puts one address in the place of another.
fn exchange(document: &mut Map<String, Value>, from: Option<&str>, to: &str) {
    let Some(Value::Array(emails)) = document.get_mut("emails") else { return };
    let is_it = |email: &&mut Value| email.get("value").and_then(Value::as_str) == from;
    if let Some(Value::Object(email)) = emails.iter_mut().find(is_it) {
        email.insert("value".to_owned(), to.into());
        email.shift_remove("display");
    }
}

fn named(email: Option<&str>) -> Map<String, Value> {
    email.map(|email| ("email".to_owned(), Value::from(email))).into_iter().collect()
}
