//! What lets somebody past the second factors of another user, as administrators do it: taking all factors, taking one
//! passkey, giving out an enrolment code (IR-17, IR-18). One function for all of them, so that none forgets a rule.

use crate::access::{MfaRead, MfaReset, Permit};
use crate::context::Cx;
use crate::directory::{Directory, grants, owners, settings, view};
use crate::error::{Error, Result};
use crate::ids::{MfaResetId, PasskeyId, UserId};
use crate::journal::Author;
use crate::store::accounts::{self, Account};
use crate::store::mfa_resets::MfaReset as Request;
use crate::store::{Lock, Tx, passkeys as rows};

use super::enrolment::{self, Code, Deliver};
use super::remove::{Came, remove_in, remove_passkey_in};
use super::requests::Asker;
use super::{Event, Method, changed, note_code, owned, requests};

pub use crate::store::passkeys::Passkey;

/// What lets somebody past the factors of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// All factors and recovery codes go.
    Factors {
        /// Whether passkeys stay.
        keep_passkeys: bool,
    },
    /// One passkey goes.
    Passkey(PasskeyId),
    /// A code is given out that lets the user set up a factor.
    EnrolmentCode,
}

/// What is to be done, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reset {
    /// What.
    pub what: What,
    /// How an enrolment code reaches the user, where one is needed.
    pub deliver: Deliver,
    /// Why.
    pub reason: Option<String>,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Done {
    /// Whether the user has a factor still.
    pub enabled: bool,
    /// The enrolment code, when it is to be shown.
    pub code: Option<Code>,
}

/// What came of asking for it.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// It was done.
    Done(Done),
    /// The tenant wants it considered: nothing changed, and it is asked for.
    Asked(Box<Request>),
}

/// Does it to another user, or asks for it where the tenant's policy says so. Programs and the command line are nobody whom
/// anybody could ask.
///
/// # Errors
/// [`Error::Missing`] when the permit reaches no such user, or the user has no such passkey; [`Error::Forbidden`] for
/// oneself, and for one with more permissions; [`Error::Conflict`] for the last owner of the platform who can sign in.
pub async fn reset(
    directory: &Directory,
    permit: &Permit<MfaReset>,
    cx: &Cx,
    id: UserId,
    wanted: Reset,
) -> Result<Outcome> {
    let (random, id_of_request) = (directory.sources.random()?, MfaResetId::new(cx.now, directory.sources.random()?));
    let (permit, cx) = (permit.clone(), cx.clone());
    let work = move |tx: &mut Tx<'_>| {
        let account = judged(tx, &permit, id)?;
        let author = Author { actor: permit.actor(), cx: &cx, tenant: permit.tenant() };
        let policy = settings::of(tx, permit.tenant())?.mfa.reset;
        match permit.actor().person() {
            Some(person) if policy.asks() && is_anything(tx, &account, wanted.what)? => {
                let asker = Asker { author, person, place: permit.place() };
                let asked = requests::ask(tx, asker, &account, (&policy, &wanted), id_of_request)?;
                Ok(Outcome::Asked(Box::new(asked)))
            }
            _ => carry_out(tx, author, &account, &wanted, random).map(Outcome::Done),
        }
    };
    directory.store.write(work).await
}

/// The account of somebody else past whose factors whoever holds the permit may let people, locked.
fn judged(tx: &mut Tx<'_>, permit: &Permit<MfaReset>, id: UserId) -> Result<Account> {
    if permit.actor().person().is_some_and(|person| person.user == id) {
        return Err(Error::forbidden("oneself", "you cannot do this to your own second factors"));
    }
    tx.lock(Lock::User(id))?;
    view::user(tx, permit, id)?;
    grants::touch(tx, permit, permit.tenant(), id)?;
    accounts::find(tx, permit.tenant(), id)?.ok_or(Error::Missing("user"))
}

/// Whether there is anything to do.
fn is_anything(tx: &mut Tx<'_>, account: &Account, what: What) -> Result<bool> {
    let owned = owned(tx, account.id)?;
    match what {
        What::EnrolmentCode => Ok(true),
        What::Passkey(id) => rows::find(tx, account.id, id)?.map(|_| true).ok_or(Error::Missing("passkey")),
        What::Factors { keep_passkeys } => {
            let goes = |method: &Method| !(keep_passkeys && *method == Method::Passkey);
            Ok(owned.recovery_codes > 0 || owned.factors.iter().any(goes))
        }
    }
}

/// Does what was asked for. The caller holds the user's lock and has asked whether the author may.
pub(super) fn carry_out(
    tx: &mut Tx<'_>,
    author: Author<'_>,
    account: &Account,
    wanted: &Reset,
    random: [u8; 40],
) -> Result<Done> {
    let reason = wanted.reason.clone();
    let came = match wanted.what {
        What::Factors { keep_passkeys } => remove_in(tx, author, account, (keep_passkeys, reason))?,
        What::Passkey(id) => remove_passkey_in(tx, author, account, (id, reason))?,
        What::EnrolmentCode => {
            changed(tx, author, account, Event::EnrolmentCode)?;
            Came::Removed { code_required: true }
        }
    };
    owners::keep_one_besides(tx, account.id)?;
    let code = match came {
        Came::Removed { code_required: true } => {
            if wanted.what != What::EnrolmentCode {
                note_code(tx, author, account)?;
            }
            enrolment::issue(tx, author, account, wanted.deliver, random)?
        }
        Came::Nothing | Came::Removed { code_required: false } => None,
    };
    Ok(Done { enabled: owned(tx, account.id)?.any(), code })
}

/// Refuses a passkey that the user does not have, before what is asked for beside it is judged (IR-12).
///
/// # Errors
/// [`Error::Missing`] when the permit reaches no such user, or the user has no such passkey.
pub async fn check_passkey(
    directory: &Directory,
    permit: &Permit<MfaReset>,
    user: UserId,
    passkey: PasskeyId,
) -> Result<()> {
    let permit = permit.clone();
    let read = move |tx: &mut Tx<'_>| {
        view::user(tx, &permit, user)?;
        rows::find(tx, user, passkey)?.map(drop).ok_or(Error::Missing("passkey"))
    };
    directory.store.read(read).await
}

/// The passkeys of a user, the oldest first (S0-17, S0-18).
///
/// # Errors
/// [`Error::Missing`] when the permit reaches no such user.
pub async fn passkeys(directory: &Directory, permit: &Permit<MfaRead>, id: UserId) -> Result<Vec<Passkey>> {
    let permit = permit.clone();
    let read = move |tx: &mut Tx<'_>| {
        view::user(tx, &permit, id)?;
        rows::of_user(tx, id)
    };
    directory.store.read(read).await
}
