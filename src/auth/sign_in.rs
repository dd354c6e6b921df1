//! Signing in with a password. Whoever may not is refused in the same words and the same time, whether the password was
//! wrong, the user unknown, or the account held back.

use std::sync::Arc;

use crate::access::Actor;
use crate::context::Cx;
use crate::directory::{accounts, grants};
use crate::error::{Anonymous, Error, Result};
use crate::journal::Author;
use crate::mfa::demand::Demand;
use crate::mfa::{Method, demand};
use crate::notify::{Purpose as Letter, outbox};
use crate::password::{Hash, Password as Typed};
use crate::secret::Secret;
use crate::store::accounts::Account;
use crate::store::credentials::{self, Home};
use crate::store::one_time_links::{self as links, Purpose};
use crate::store::passwords::{self as rows, Password};
use crate::store::{Lock, Tx};

use super::attempts::{self, Attempt};
use super::complete::{Came, Ending, complete, note};
use super::guessing;
use super::second_step::{self, Due};
use super::service::{Auth, Client, Tokens};
use super::sessions::{self, Draw, Proven};
use super::standing;

/// What somebody signs in with.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// The short name or id of the tenant, if they say one.
    pub tenant: Option<String>,
    /// An e-mail address or a user name.
    pub identifier: String,
    /// The password.
    pub password: Typed,
}

/// What comes of a sign-in.
#[derive(Clone, Debug)]
pub enum SignedIn {
    /// A session.
    Tokens(Tokens),
    /// A second factor must be proven.
    Factor(Due),
    /// Another password must be chosen first; this token allows it once.
    PasswordChange(Secret),
}

/// Somebody who was looked for, and what was found.
struct Candidate {
    home: Option<Home>,
    account: Option<Account>,
    password: Option<Password>,
}

/// Signs somebody in.
///
/// # Errors
/// [`Error::Anonymous`] whatever is wrong; [`Error::TooFast`] when guesses come too fast, or too many at once.
pub async fn sign_in(auth: &Auth, cx: &Cx, request: SignIn, client: &Client) -> Result<SignedIn> {
    let found = look_up(auth, &request).await?;
    let place =
        found.home.as_ref().map_or_else(|| request.tenant.clone().unwrap_or_default(), |home| home.id.to_string());
    let locked = found.account.as_ref().map_or(Ok(false), |account| standing::is_locked(account, cx.now))?;
    let attempt = attempts::begin(auth, cx, (&place, &request.identifier), client.address, locked).await?;
    // A hash that cannot be read verifies nothing; its user needs a new password.
    let hash = found.password.as_ref().and_then(|password| Hash::parse(&password.hash).ok());
    let right = auth.directory().passwords().verify(request.password.clone(), hash.clone()).await?;
    let Candidate { home: Some(home), account: Some(account), password: Some(password) } = found else {
        return Err(fail(auth, cx, attempt, None, client).await);
    };
    let in_time = password.expires.is_none_or(|expires| expires > cx.now);
    let welcome = standing::may_sign_in(&account, cx.now)? && !home.suspended && !attempt.locked && in_time;
    if !right || !welcome {
        return Err(fail(auth, cx, attempt, Some((&account, &home, right)), client).await);
    }
    let rehashed = match hash.filter(|hash| auth.directory().passwords().is_outdated(hash)) {
        Some(_) => Some(auth.directory().passwords().make(&auth.directory().sources, request.password).await?),
        None => None,
    };
    let actor = auth.as_themselves(&account, &home, cx.now).await?;
    succeed(auth, cx, Success { actor, account, password, rehashed, attempt, client: client.clone() }).await
}

/// Who is meant. Without a tenant: an owner of the platform by e-mail, else the tenant that proved the address's domain,
/// else the default one.
async fn look_up(auth: &Auth, request: &SignIn) -> Result<Candidate> {
    let (tenant, identifier) = (request.tenant.clone(), request.identifier.clone());
    let default = auth.default_tenant().to_owned();
    let work = move |tx: &mut Tx<'_>| {
        let home = match &tenant {
            Some(tenant) => credentials::home(tx, tenant)?,
            None => home_of(tx, &identifier, &default)?,
        };
        let found = match &home {
            Some(home) => credentials::login(tx, home.id, &identifier)?,
            None => None,
        };
        let (account, password) = found.unzip();
        Ok(Candidate { home, account, password: password.flatten() })
    };
    auth.directory().store.read_few(work).await
}

/// The tenant that is meant by an identifier alone.
pub(super) fn home_of(tx: &mut Tx<'_>, identifier: &str, default: &str) -> Result<Option<Home>> {
    if let Some((_, domain)) = identifier.rsplit_once('@') {
        if let Some(home) = credentials::home_of_owner(tx, identifier)? {
            return Ok(Some(home));
        }
        if let Some(home) = credentials::home_of_domain(tx, &domain.to_lowercase())? {
            return Ok(Some(home));
        }
    }
    credentials::home(tx, default)
}

/// Refuses; after too many failures the account is locked, or the identifier that nobody has.
async fn fail(
    auth: &Auth,
    cx: &Cx,
    attempt: Attempt,
    known: Option<(&Account, &Home, bool)>,
    client: &Client,
) -> Error {
    if let Some((account, _, right)) = known {
        let outcome = if right { "held_back" } else { "wrong_password" };
        note(auth, cx, outcome, account, Method::Password.as_str(), client);
    }
    match lock(auth, cx, attempt, known.map(|(account, home, _)| (account, home))).await {
        Ok(()) => Error::Anonymous(Anonymous::BadLogin),
        Err(error) => error,
    }
}

async fn lock(auth: &Auth, cx: &Cx, attempt: Attempt, known: Option<(&Account, &Home)>) -> Result<()> {
    if attempt.failures < guessing::LOCKING || attempt.locked {
        return Ok(());
    }
    let Some((account, home)) = known else {
        let now = cx.now;
        return auth.directory().store.write(move |tx| attempts::block(tx, &attempt, now)).await;
    };
    let owner = auth.holdings(account, home, cx.now).await?.is_platform_owner();
    let Some(until) = guessing::locked_until(attempt.failures, None, owner, cx.now) else { return Ok(()) };
    let actor = auth.as_themselves(account, home, cx.now).await?;
    let (tenant, user, cx) = (home.id, account.id, cx.clone());
    let work = move |tx: &mut Tx<'_>| {
        tx.lock(Lock::User(user))?;
        if !accounts::lock_until(tx, Author { actor: &actor, cx: &cx, tenant }, user, until)? {
            return Ok(());
        }
        let payload = serde_json::json!({});
        outbox::put(tx, &outbox::Message { tenant, user, purpose: Letter::Locked, payload, due: cx.now })
    };
    auth.directory().store.write(work).await
}

struct Success {
    actor: Actor,
    account: Account,
    password: Password,
    rehashed: Option<Hash>,
    attempt: Attempt,
    client: Client,
}

/// What the transaction of a sign-in comes to.
enum First {
    Came(Came),
    Factor(Due),
}

async fn succeed(auth: &Auth, cx: &Cx, success: Success) -> Result<SignedIn> {
    let sources = &auth.directory().sources;
    let (draw, random, next) = (Draw::new(sources)?, sources.random()?, sources.random()?);
    let success = Arc::new(success);
    let (work, own, drawn) = (Arc::clone(&success), cx.clone(), draw.clone());
    let token = links::mint(links::New {
        purpose: Purpose::Change,
        user: success.account.id,
        epoch: success.account.epoch,
        now: cx.now,
        random,
    });
    let link = token.0;
    let came = auth.directory().store.write(move |tx| work.write(tx, &own, &drawn, &link, next)).await?;
    let account = &success.account;
    let noted = |outcome| note(auth, cx, outcome, account, Method::Password.as_str(), &success.client);
    match came {
        First::Came(Came::TooLate) => Err(Error::Anonymous(Anonymous::BadLogin)),
        First::Came(Came::ToChange) => {
            noted("password_change_required");
            Ok(SignedIn::PasswordChange(token.1))
        }
        First::Factor(due) => {
            noted("mfa_required");
            Ok(SignedIn::Factor(due))
        }
        First::Came(Came::In(begun)) => {
            noted("success");
            sessions::tokens(auth, cx, &begun.0, &begun.1, &draw).await.map(SignedIn::Tokens)
        }
    }
}

impl Success {
    fn write(&self, tx: &mut Tx<'_>, cx: &Cx, draw: &Draw, link: &links::Link, random: [u8; 40]) -> Result<First> {
        let user = self.account.id;
        tx.lock(Lock::User(user))?;
        let Some((account, home)) = credentials::account(tx, user)? else { return Ok(First::Came(Came::TooLate)) };
        let same = account.epoch == self.account.epoch && rows::find(tx, user)?.as_ref() == Some(&self.password);
        if !same || home.suspended || !standing::may_sign_in(&account, cx.now)? {
            return Ok(First::Came(Came::TooLate));
        }
        if self.password.expires.is_some() && !rows::use_up(tx, user, &self.password.hash, cx.now)? {
            return Ok(First::Came(Came::TooLate));
        }
        attempts::forgive(tx, &self.attempt)?;
        if let Some(hash) = &self.rehashed {
            rows::exchange(tx, user, &self.password.hash, hash.scheme().as_str(), hash.text())?;
        }
        let holdings = grants::of_user(tx, home.id, user)?;
        let demand = demand::read(tx, &account, &holdings, cx.now)?;
        let mut proven = Proven::by_password(cx.now);
        let (methods, enrols) = match demand {
            Demand::Nothing => (None, false),
            Demand::Enrol => (None, true),
            Demand::Prove(methods) => (Some(methods), false),
            Demand::ProveAndEnrol(methods) => (Some(methods), true),
        };
        if let Some(methods) = methods {
            let begun = second_step::Begun { methods, proven: "pwd", enrols, random };
            return second_step::begin(tx, &account, begun, cx.now).map(First::Factor);
        }
        proven.enrols = enrols;
        let ending = Ending { actor: &self.actor, proven: &proven, draw, link, client: &self.client };
        complete(tx, cx, &account, &ending).map(First::Came)
    }
}
