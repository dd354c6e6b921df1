//! Signing in with a password. Whoever may not is refused in the same words and the same time, whether the password was
//! wrong, the user unknown, or the account held back.

use std::sync::Arc;

use crate::access::Actor;
use crate::context::Cx;
use crate::directory::factors::devices::{self as remembered, Device};
use crate::directory::locations::Locations;
use crate::directory::suspicions::Failure;
use crate::directory::{accounts, grants, suspicions};
use crate::error::{Anonymous, Error, Result};
use crate::ids::DeviceId;
use crate::journal::Author;
use crate::lifetimes::Lifetimes;
use crate::mfa::demand::Demand;
use crate::mfa::{Method, demand};
use crate::notify::{Purpose as Letter, outbox};
use crate::password::{Hash, Password as Typed};
use crate::secret::Secret;
use crate::store::accounts::Account;
use crate::store::credentials::{self, Home};
use crate::store::one_time_links::Link;
use crate::store::passwords::{self as rows, Password};
use crate::store::{Lock, Tx};

use super::attempts::{self, Attempt};
use super::complete::{Came, Ending, change_link, complete, note};
use super::devices::{self, Shown};
use super::guessing;
use super::second_step::{self, Due};
use super::service::{Auth, Client, Door, Tokens};
use super::sessions::{self, Draw, Proven};
use super::standing;

/// What records call a sign-in by password on a remembered device.
const ON_DEVICE: &str = "remembered_device";

/// What somebody signs in with.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// The short name or id of the tenant, if they say one.
    pub tenant: Option<String>,
    /// An e-mail address or a user name.
    pub identifier: String,
    /// The password.
    pub password: Typed,
    /// What a remembered device shows.
    pub device: Option<Secret>,
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
    device: Option<Device>,
}

/// Signs somebody in.
///
/// # Errors
/// [`Error::Anonymous`] whatever is wrong; [`Error::TooFast`] when guesses come too fast, or too many at once.
pub async fn sign_in(auth: &Auth, cx: &Cx, request: SignIn, client: &Client) -> Result<SignedIn> {
    let shown = request.device.as_ref().and_then(Shown::read);
    let found = look_up(auth, cx, &request, shown.clone()).await?;
    let place =
        found.home.as_ref().map_or_else(|| request.tenant.clone().unwrap_or_default(), |home| home.id.to_string());
    let locked = found.account.as_ref().map_or(Ok(false), |account| standing::is_locked(account, cx.now))?;
    let attempt = match &found.device {
        Some(device) => attempts::begin_on(auth, cx, device.id, client.address).await?,
        None => attempts::begin(auth, cx, (&place, &request.identifier), client.address, locked).await?,
    };
    // A hash that cannot be read verifies nothing; its user needs a new password.
    let hash = found.password.as_ref().and_then(|password| Hash::parse(&password.hash).ok());
    let right = auth.directory().passwords().verify(request.password.clone(), hash.clone()).await?;
    let failure = Failure {
        tenant: found.home.as_ref().map(|home| home.id),
        user: found.account.as_ref().map(|account| account.id),
        identifier: attempt.identifier(),
        why: if right { "held_back" } else { "wrong_password" },
        origin: client.origin(),
        now: cx.now,
    };
    let Candidate { home: Some(home), account: Some(account), password: Some(password), device } = found else {
        return Err(fail(auth, cx, (attempt, failure), None, client).await);
    };
    let in_time = password.expires.is_none_or(|expires| expires > cx.now);
    let stands = may_come(&account, device.is_some(), cx)?;
    let welcome = stands && !home.suspended && !attempt.locked && in_time;
    if !right || !welcome {
        return Err(fail(auth, cx, (attempt, failure), Some((&account, &home)), client).await);
    }
    let rehashed = match hash.filter(|hash| auth.directory().passwords().is_outdated(hash)) {
        Some(_) => Some(auth.directory().passwords().make(&auth.directory().sources, request.password).await?),
        None => None,
    };
    let actor = auth.as_themselves(&account, &home, cx.now).await?;
    let locations = auth.directory().locations().clone();
    let client = client.clone();
    succeed(auth, cx, Success { actor, account, password, rehashed, attempt, client, locations, shown }).await
}

/// Whether an account may sign in: a lock that strangers caused by guessing does not hold up a remembered device (IR-6).
fn may_come(account: &Account, on_device: bool, cx: &Cx) -> Result<bool> {
    if on_device { standing::may_pass_a_lock(account, cx.now) } else { standing::may_sign_in(account, cx.now) }
}

/// Who is meant. Without a tenant: an owner of the platform by e-mail, else the tenant that proved the address's domain,
/// else the default one.
async fn look_up(auth: &Auth, cx: &Cx, request: &SignIn, shown: Option<Shown>) -> Result<Candidate> {
    let (tenant, identifier) = (request.tenant.clone(), request.identifier.clone());
    let (default, cx) = (auth.default_tenant().to_owned(), cx.clone());
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
        let device = match (&account, &shown) {
            (Some(account), Some(shown)) => devices::recognise(tx, account, shown, &cx)?,
            _ => None,
        };
        Ok(Candidate { home, account, password: password.flatten(), device })
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
    (attempt, failure): (Attempt, Failure),
    known: Option<(&Account, &Home)>,
    client: &Client,
) -> Error {
    if let Some((account, _)) = known {
        note(auth, cx, failure.why, account, Method::Password.as_str(), client);
    }
    let counted = auth.directory().store.write(move |tx| suspicions::sign_in_failed(tx, &failure));
    let done = match lock(auth, cx, attempt, known).await {
        Ok(()) => counted.await,
        failed => failed,
    };
    match done {
        // The tenant went meanwhile.
        Ok(()) | Err(Error::Missing(_)) => Error::Anonymous(Anonymous::BadLogin),
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
    if let Some(device) = attempt.device {
        return forget(auth, cx, (account, home), attempt, device).await;
    }
    let owner = auth.holdings(&account.into(), &home.into(), cx.now).await?.is_platform_owner();
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

/// Forgets a remembered device on which too many guesses were made: it may be in other hands.
async fn forget(
    auth: &Auth,
    cx: &Cx,
    (account, home): (&Account, &Home),
    attempt: Attempt,
    device: DeviceId,
) -> Result<()> {
    let actor = auth.as_themselves(account, home, cx.now).await?;
    let (account, tenant, cx) = (account.clone(), home.id, cx.clone());
    let work = move |tx: &mut Tx<'_>| {
        tx.lock(Lock::User(account.id))?;
        attempts::forgive(tx, &attempt)?;
        remembered::forget(tx, Author { actor: &actor, cx: &cx, tenant }, &account, Some(device)).map(drop)
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
    locations: Locations,
    shown: Option<Shown>,
}

/// What the transaction of a sign-in comes to.
enum First {
    /// The end of it, with the next token of a remembered device.
    Came(Came, Option<devices::Next>),
    Factor(Due),
}

async fn succeed(auth: &Auth, cx: &Cx, success: Success) -> Result<SignedIn> {
    let sources = &auth.directory().sources;
    let (draw, random) = (Draw::new(sources, success.client.door)?, sources.random()?);
    let lifetimes = *auth.directory().lifetimes();
    let next = Next { lifetimes, ceremony: sources.random()?, device: Draw::new(sources, Door::Api)? };
    let success = Arc::new(success);
    let (work, own, drawn) = (Arc::clone(&success), cx.clone(), draw.clone());
    let token = change_link(&success.account, cx, random);
    let link = token.0;
    let came = auth.directory().store.write(move |tx| work.write(tx, &own, &drawn, &link, &next)).await?;
    let account = &success.account;
    let noted = |outcome| note(auth, cx, outcome, account, Method::Password.as_str(), &success.client);
    match came {
        First::Came(Came::TooLate, _) => Err(Error::Anonymous(Anonymous::BadLogin)),
        First::Came(Came::ToChange, _) => {
            noted("password_change_required");
            Ok(SignedIn::PasswordChange(token.1))
        }
        First::Factor(due) => {
            noted("mfa_required");
            Ok(SignedIn::Factor(due))
        }
        First::Came(Came::In(begun), device) => {
            let method = if device.is_some() { ON_DEVICE } else { Method::Password.as_str() };
            note(auth, cx, "success", account, method, &success.client);
            let tokens = sessions::tokens(auth, cx, &begun.0, &begun.1, &draw).await?;
            Ok(SignedIn::Tokens(Tokens { device, ..tokens }))
        }
    }
}

/// What was drawn for what may come of a first step.
#[derive(Clone)]
struct Next {
    lifetimes: Lifetimes,
    ceremony: [u8; 40],
    device: Draw,
}

impl Success {
    fn write(&self, tx: &mut Tx<'_>, cx: &Cx, draw: &Draw, link: &Link, next: &Next) -> Result<First> {
        let too_late = || Ok(First::Came(Came::TooLate, None));
        let user = self.account.id;
        tx.lock(Lock::User(user))?;
        let Some((account, home)) = credentials::account(tx, user)? else { return too_late() };
        let device = self.device(tx, cx, &account)?;
        let same = account.epoch == self.account.epoch && rows::find(tx, user)?.as_ref() == Some(&self.password);
        if !same || home.suspended || !may_come(&account, device.is_some(), cx)? {
            return too_late();
        }
        if self.password.expires.is_some() && !rows::use_up(tx, user, &self.password.hash, cx.now)? {
            return too_late();
        }
        attempts::forgive(tx, &self.attempt)?;
        if let Some(hash) = &self.rehashed {
            rows::exchange(tx, user, &self.password.hash, hash.scheme().as_str(), hash.text())?;
        }
        let holdings = grants::of_user(tx, home.id, user)?;
        let proven_there = device.as_ref().and_then(|device| device.method.parse().ok());
        let demand = demand::read(tx, &account, &holdings, proven_there, cx.now)?;
        let mut proven = Proven::by_password(cx.now);
        let (methods, enrols) = match demand {
            Demand::Nothing | Demand::Remembered => (None, false),
            Demand::Enrol => (None, true),
            Demand::Prove(methods) => (Some(methods), false),
            Demand::ProveAndEnrol(methods) => (Some(methods), true),
        };
        if (methods.is_some() || enrols) && !standing::may_sign_in(&account, cx.now)? {
            // The device alone would have opened a locked account, and it does not do for what is asked.
            return too_late();
        }
        if let Some(methods) = methods {
            let Next { lifetimes, ceremony: random, .. } = *next;
            let begun = second_step::Begun { methods, proven: "pwd", enrols, lifetimes, random };
            suspicions::second_step_begun(tx, &account, &self.client.origin(), cx.now)?;
            return second_step::begin(tx, &account, begun, cx.now).map(First::Factor);
        }
        proven.enrols = enrols;
        let Self { actor, client, locations, .. } = self;
        let ending = Ending { actor, proven: &proven, draw, link, client, locations, remember: None };
        let came = complete(tx, cx, &account, &ending)?;
        let token = match (&came, device, &self.shown) {
            (Came::In(_), Some(device), Some(shown)) => {
                devices::exchange(tx, cx, device, shown, (&next.device, &self.client))?
            }
            _ => None,
        };
        Ok(First::Came(came, token))
    }

    /// The remembered device that is shown, if it counts.
    fn device(&self, tx: &mut Tx<'_>, cx: &Cx, account: &Account) -> Result<Option<Device>> {
        let Some(shown) = &self.shown else { return Ok(None) };
        let author = Author { actor: &self.actor, cx, tenant: account.tenant_id };
        devices::accept(tx, author, account, shown)
    }
}
