//! The enrolment code: what lets somebody set up a factor who lost every one (IR-17), or who should have a passkey and has
//! none (IR-18). It works once, within a day, behind the password, and ends with all that was issued to the user: another
//! password or e-mail, signing out everywhere, being disabled (IR-5). It is mailed as a link whose token is the code, or shown
//! once to whoever asked for it, who hands it over.

use crate::clock::Instant;
use crate::error::{Error, Result};
use crate::journal::Author;
use crate::notify::Purpose as Letter;
use crate::secret::Secret;
use crate::store::accounts::{self, Account};
use crate::store::one_time_links::{self as links, ENROL_SECONDS, New, Purpose};
use crate::store::{Lock, Tx};

use super::notices;

/// How an enrolment code reaches its user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Deliver {
    /// By mail, to the last address that was proven; to whoever has none as [`Deliver::Show`].
    #[default]
    Mail,
    /// By whoever asks for it, who is shown it once.
    Show,
}

impl Deliver {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Show => "show",
        }
    }

    /// The way of that word.
    pub fn of(word: &str) -> Self {
        if word == Self::Show.as_str() { Self::Show } else { Self::Mail }
    }
}

/// A code, to be shown once.
#[derive(Clone, Debug)]
pub struct Code {
    /// The code.
    pub token: Secret,
    /// Until when it works.
    pub expires: Instant,
}

/// Gives a user a code in place of any before; what comes back is to be shown. The caller holds the user's lock and records
/// it.
pub(super) fn issue(
    tx: &mut Tx<'_>,
    author: Author<'_>,
    account: &Account,
    deliver: Deliver,
    random: [u8; 40],
) -> Result<Option<Code>> {
    if deliver == Deliver::Mail && notices::is_reached(account) {
        links::delete(tx, account.id, Purpose::Enrol.as_str())?;
        let epoch = today(tx, account)?.epoch;
        notices::put(tx, author, account, Letter::Enrol, serde_json::json!({ "epoch": epoch }))?;
        return Ok(None);
    }
    mint(tx, author, account, random).map(Some)
}

/// The account with the epoch of by now: what came before may have raised it.
fn today(tx: &mut Tx<'_>, account: &Account) -> Result<Account> {
    accounts::find(tx, account.tenant_id, account.id)?.ok_or(Error::Missing("user"))
}

/// Makes a code that is shown.
pub(super) fn mint(tx: &mut Tx<'_>, author: Author<'_>, account: &Account, random: [u8; 40]) -> Result<Code> {
    tx.lock(Lock::User(account.id))?;
    let account = today(tx, account)?;
    let now = author.cx.now;
    let (purpose, expires) = (Purpose::Enrol, now.plus_seconds(ENROL_SECONDS));
    let new = New { purpose, user: account.id, epoch: account.epoch, now, expires, random };
    let (link, token) = links::mint(new);
    links::replace(tx, &link)?;
    Ok(Code { token, expires: link.expires })
}
