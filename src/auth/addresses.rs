//! E-mail addresses: proven by the link that was mailed to them, and changes of them taken back.

use crate::context::Cx;
use crate::directory::accounts::{Activated, activate};
use crate::directory::{owners, passwords, users};
use crate::error::{Anonymous, Error, Result};
use crate::journal::Author;
use crate::store::one_time_links::{self as links, Purpose};
use crate::store::{Lock, Tx, accounts, credentials};

use super::passwords::follow;
use super::service::Auth;

/// Proves an e-mail address by the link that was mailed to it.
///
/// # Errors
/// [`Error::Anonymous`] when the token does not hold; [`Error::Taken`] when it is an owner's of the platform and another
/// owner has it.
pub async fn verify(auth: &Auth, cx: &Cx, token: &str) -> Result<()> {
    let (link, account, home) = follow(auth, cx, token, &[Purpose::Verify]).await?;
    let actor = auth.as_themselves(&account, &home, cx.now).await?;
    let cx = cx.clone();
    let work = move |tx: &mut Tx<'_>| {
        tx.lock(Lock::User(account.id))?;
        let now = credentials::account(tx, account.id)?.map(|(account, _)| account);
        let Some(now) = now.filter(|now| now.epoch == account.epoch) else {
            return Err(Error::Anonymous(Anonymous::BadLogin));
        };
        // It proves the address that it was mailed to and no other.
        if !link.went_to(now.email.as_deref()) || !links::consume(tx, &link.id, cx.now)? {
            return Err(Error::Anonymous(Anonymous::BadLogin));
        }
        accounts::prove_address(tx, home.id, now.id)?;
        let author = Author { actor: &actor, cx: &cx, tenant: home.id };
        if !activate(tx, author, now.id, Activated::ByLink)? {
            passwords::record(tx, author, &now, "emailVerified", None)?;
        }
        owners::keep_email_apart(tx, now.id, now.email.as_deref())
    };
    auth.directory().store.write(work).await
}

/// Takes the change of an e-mail back by the link that went to the last proven address: that one is the account's again,
/// and all that was issued meanwhile ends.
///
/// # Errors
/// [`Error::Anonymous`] when the token does not hold; [`Error::Taken`] when somebody else has the address now.
pub async fn take_back(auth: &Auth, cx: &Cx, token: &str) -> Result<()> {
    let (link, account, home) = follow(auth, cx, token, &[Purpose::EmailChange]).await?;
    let refused = || Error::Anonymous(Anonymous::BadLogin);
    let email = link.payload().get("to").and_then(|to| to.as_str()).ok_or_else(refused)?.to_owned();
    let actor = auth.as_themselves(&account, &home, cx.now).await?;
    let types = auth.directory().types(home.id, home.schema_version).await?;
    let cx = cx.clone();
    let work = move |tx: &mut Tx<'_>| {
        let author = Author { actor: &actor, cx: &cx, tenant: home.id };
        users::take_back_email(tx, author, &types, &link, &email)
    };
    if auth.directory().store.write(work).await? { Ok(()) } else { Err(refused()) }
}
