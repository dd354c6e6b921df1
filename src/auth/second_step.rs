//! The second step of a sign-in, and proving anew who one is. A ceremony says who it is about and what may be proven; what is
//! given here opens nothing but its next step.

use std::sync::Arc;

use serde_json::Value;

use crate::access::{Actor, PersonActor};
use crate::clock::Instant;
use crate::context::Cx;
use crate::directory::factors::{self, Event};
use crate::directory::locations::Locations;
use crate::directory::suspicions;
use crate::error::{Anonymous, Error, Result};
use crate::ids::UserId;
use crate::journal::Author;
use crate::lifetimes::Lifetimes;
use crate::mfa::ceremony::{self, Begin, Open, Purpose, State};
use crate::mfa::enrol::with_method;
use crate::mfa::passkey::{self, Shown};
use crate::mfa::proof::{self, Proof};
use crate::mfa::sent::{self, OnItsWay};
use crate::mfa::{Keys, Method, demand};
use crate::password::{Hash, Password as Typed};
use crate::secret::Secret;
use crate::store::accounts::Account;
use crate::store::credentials::{self, Home};
use crate::store::one_time_links::Link;
use crate::store::passkeys::{self, Passkey};
use crate::store::{Lock, Tx, passwords};

use super::attempts;
use super::complete::{Came, Ending, change_link, complete, note};
use super::devices::{self, Remember, ToRemember};
use super::person::lives;
use super::service::{Auth, Client, Door, Tokens};
use super::sessions::{self, Draw, Opened, Proven};
use super::sign_in::SignedIn;
use super::standing;

/// What must be proven next.
#[derive(Clone, Debug)]
pub struct Due {
    /// What the next step is allowed by; it opens nothing else.
    pub token: Secret,
    /// How it may be proven, the best way first.
    pub methods: Vec<Method>,
}

/// What somebody answers.
#[derive(Clone, Debug)]
pub enum Answer {
    /// A code.
    Code(Method, Secret),
    /// What an authenticator showed.
    Passkey(Box<Shown>),
    /// The password, for who has nothing stronger to prove anew.
    Password(Typed),
}

/// What a method needs before it can be answered.
#[derive(Clone, Debug)]
pub enum Challenge {
    /// The options for `navigator.credentials.get`.
    Passkey(Value),
    /// A code is on its way.
    Sent(OnItsWay),
}

/// Judges the answer to a second step or a step-up, and goes on when it is right.
///
/// # Errors
/// [`Error::Anonymous`] when the token does not hold or the answer is wrong: then the token holds on, for five answers in
/// all; [`Error::TooFast`] when too many wrong codes were given; [`Error::Unprocessable`] for a method that was not offered.
pub async fn verify(
    auth: &Auth,
    cx: &Cx,
    token: &Secret,
    (answer, remember): (Answer, Option<Remember>),
    client: &Client,
) -> Result<SignedIn> {
    let checked = match &answer {
        Answer::Code(..) => Checked::InTransaction,
        Answer::Passkey(shown) => Checked::Passkey(passkey_of(auth, cx, token, shown).await?.map(Box::new)),
        Answer::Password(typed) => Checked::Password(password_is(auth, cx, token, typed.clone(), client).await?),
    };
    let step = Step::prepare(auth, cx, token, (answer, remember), checked, client).await?;
    let (draw, link, account) = (step.draw.clone(), step.link.1.clone(), step.account.clone());
    let (step, own) = (Arc::new(step), cx.clone());
    let method = step.method();
    let work = {
        let step = Arc::clone(&step);
        move |tx: &mut Tx<'_>| step.write(tx, &own)
    };
    match auth.directory().store.write(work).await? {
        Verdict::Refused(error) => {
            note(auth, cx, "wrong_code", &account, method.as_str(), client);
            Err(error)
        }
        Verdict::TooLate => Err(refused()),
        Verdict::ToChange => Ok(SignedIn::PasswordChange(link)),
        Verdict::In(begun, device) => {
            note(auth, cx, "success", &account, method.as_str(), client);
            let tokens = sessions::tokens(auth, cx, &begun.0, &begun.1, &draw).await?;
            Ok(SignedIn::Tokens(Tokens { device, ..tokens }))
        }
        Verdict::SteppedUp(begun, device) => {
            let tokens = sessions::tokens(auth, cx, &begun.0, &begun.1, &draw).await?;
            Ok(SignedIn::Tokens(Tokens { device, ..tokens }))
        }
    }
}

/// Asks for a method that must be asked for: with the options of a passkey, or by sending a code.
///
/// # Errors
/// [`Error::Anonymous`] when the token does not hold; [`Error::Unprocessable`] for a method that was not offered, or needs no
/// asking for; [`Error::TooFast`] when codes were sent too often.
pub async fn challenge(auth: &Auth, cx: &Cx, token: &Secret, method: Method) -> Result<Challenge> {
    let (open, account, _) = look_up(auth, token, cx.now).await?;
    if !open.state.methods.contains(&method) {
        return Err(not_offered());
    }
    match method {
        Method::Passkey => ask_for_passkey(auth, cx, token, &account).await.map(Challenge::Passkey),
        Method::Sms | Method::Email => send_code(auth, cx, token, &account, method).await.map(Challenge::Sent),
        _ => Err(Error::fault(["body", "method"], "value_error", "needs no asking for: give the code")),
    }
}

/// What may still be proven by a token, so that whoever gave a wrong answer can give another one.
///
/// # Errors
/// [`Error::Anonymous`] when the token does not hold, or not any more.
pub async fn due(auth: &Auth, cx: &Cx, token: &Secret) -> Result<Due> {
    let (open, ..) = look_up(auth, token, cx.now).await?;
    Ok(Due { token: token.clone(), methods: open.state.methods })
}

async fn ask_for_passkey(auth: &Auth, cx: &Cx, token: &Secret, account: &Account) -> Result<Value> {
    let user = account.id;
    let known = auth.directory().store.read_few(move |tx| passkeys::of_user(tx, user)).await?;
    let asked = passkey::ask(auth.mfa(), &known)?;
    let (token, now) = (token.clone(), cx.now);
    let work = move |tx: &mut Tx<'_>| {
        tx.lock(Lock::User(user))?;
        let (mut open, ..) = open(tx, &token, now)?.ok_or_else(refused)?;
        open.state.webauthn = Some(asked.kept.clone());
        open.keep(tx)?;
        Ok(asked.options.clone())
    };
    auth.directory().store.write(work).await
}

async fn send_code(auth: &Auth, cx: &Cx, token: &Secret, account: &Account, method: Method) -> Result<OnItsWay> {
    let (keys, token, now, user) = (auth.mfa().keys().await?, token.clone(), cx.now, account.id);
    let work = move |tx: &mut Tx<'_>| {
        tx.lock(Lock::User(user))?;
        let (mut open, account, _) = open(tx, &token, now)?.ok_or_else(refused)?;
        sent::send(tx, &keys, (&mut open, &account), method, now)
    };
    auth.directory().store.write(work).await?
}

/// The passkey that was shown, as it is to be kept, when it answers what the ceremony asked.
async fn passkey_of(auth: &Auth, cx: &Cx, token: &Secret, shown: &Shown) -> Result<Option<Passkey>> {
    let (open, account, _) = look_up(auth, token, cx.now).await?;
    let Some(kept) = open.state.webauthn else { return Ok(None) };
    let id = shown.credential_id();
    let known = auth.directory().store.read_one(move |tx| credentials::passkey(tx, &id)).await?;
    match known.filter(|known| known.user_id == account.id) {
        Some(known) => passkey::judge(auth.mfa(), shown, kept, &known, cx.now),
        None => Ok(None),
    }
}

/// Begins to prove anew who somebody is, by the strongest that they have.
///
/// # Errors
/// When the database cannot be asked.
pub async fn begin_step_up(auth: &Auth, cx: &Cx, person: &PersonActor) -> Result<Due> {
    let (person, now, random) = (person.clone(), cx.now, auth.directory().sources.random()?);
    let lifetimes = *auth.directory().lifetimes();
    let work = move |tx: &mut Tx<'_>| {
        tx.lock(Lock::User(person.user))?;
        let (account, _) = credentials::account(tx, person.user)?.ok_or(Error::Missing("user"))?;
        let methods = demand::strongest(tx, &account)?;
        let state = State { methods: methods.clone(), ..State::default() };
        let of = Some((account.tenant_id, account.id, account.epoch));
        let (purpose, session) = (Purpose::StepUp, Some(person.session));
        let begin = Begin { purpose, of, session, state, now, lifetimes, random };
        Ok(Due { token: ceremony::begin(tx, begin)?, methods })
    };
    auth.directory().store.write(work).await
}

/// Begins the second step of a sign-in whose first one was proven, in its transaction.
pub(super) fn begin(tx: &mut Tx<'_>, account: &Account, due: Begun, now: Instant) -> Result<Due> {
    let Begun { methods, proven, enrols, lifetimes, random } = due;
    let proven = proven.split_whitespace().map(str::to_owned).collect();
    let state = State { methods: methods.clone(), proven, enrols, ..State::default() };
    let of = Some((account.tenant_id, account.id, account.epoch));
    let begin = Begin { purpose: Purpose::SignIn, of, session: None, state, now, lifetimes, random };
    Ok(Due { token: ceremony::begin(tx, begin)?, methods })
}

/// A second step that begins.
pub(super) struct Begun {
    pub(super) methods: Vec<Method>,
    pub(super) proven: &'static str,
    pub(super) enrols: bool,
    pub(super) lifetimes: Lifetimes,
    pub(super) random: [u8; 40],
}

fn refused() -> Error {
    Error::Anonymous(Anonymous::BadLogin)
}

/// The ceremony of a token, and whose it is.
pub(super) async fn look_up(auth: &Auth, token: &Secret, now: Instant) -> Result<(Open, Account, Home)> {
    let token = token.clone();
    let read = move |tx: &mut Tx<'_>| open(tx, &token, now);
    auth.directory().store.read_few(read).await?.ok_or_else(refused)
}

/// The ceremony of a token that holds: of a user who may go on, in the epoch in which it began.
fn open(tx: &mut Tx<'_>, token: &Secret, now: Instant) -> Result<Option<(Open, Account, Home)>> {
    let Some(open) = ceremony::follow(tx, token.reveal(), &[Purpose::SignIn, Purpose::StepUp], now)? else {
        return Ok(None);
    };
    let Some((_, user, epoch)) = open.of() else { return Ok(None) };
    let Some((account, home)) = credentials::account(tx, user)? else { return Ok(None) };
    let goes_on = match open.row.session_id {
        None => standing::may_sign_in(&account, now)?,
        Some(session) => match credentials::session(tx, session)? {
            Some(seen) => lives(&seen.presence(), now)? && seen.session.limited_to.is_none(),
            None => false,
        },
    };
    let holds = account.epoch == epoch && !home.suspended && goes_on;
    Ok(holds.then_some((open, account, home)))
}

/// Whether a typed password is the one of a ceremony's user. Guesses count as those of a sign-in do.
async fn password_is(auth: &Auth, cx: &Cx, token: &Secret, typed: Typed, client: &Client) -> Result<bool> {
    let (open, account, home) = look_up(auth, token, cx.now).await?;
    if !open.state.methods.contains(&Method::Password) {
        return Err(not_offered());
    }
    let user = account.id;
    let password = auth.directory().store.read_one(move |tx| passwords::find(tx, user)).await?;
    let hash = password.and_then(|password| Hash::parse(&password.hash).ok());
    let place = home.id.to_string();
    let attempt = attempts::begin(auth, cx, (&place, &account.user_name), client.address, false).await?;
    let right = auth.directory().passwords().verify(typed, hash).await?;
    if right {
        auth.directory().store.write(move |tx| attempts::forgive(tx, &attempt)).await?;
    }
    Ok(right)
}

fn not_offered() -> Error {
    Error::fault(["body", "method"], "value_error", "is none of the methods that were offered")
}

/// A step, with all that its transaction needs.
struct Step {
    token: Secret,
    answer: Answer,
    checked: Checked,
    keys: Keys,
    actor: Actor,
    account: Account,
    draw: Draw,
    link: (Link, Secret),
    client: Client,
    remember: Option<Remember>,
    device: Draw,
    locations: Locations,
}

/// What was found before the transaction, where checking takes time.
enum Checked {
    /// Nothing: codes are judged in it.
    InTransaction,
    /// Whether the password is right.
    Password(bool),
    /// The passkey, when it is right, as it is to be kept.
    Passkey(Option<Box<Passkey>>),
}

/// What a step comes to.
enum Verdict {
    Refused(Error),
    TooLate,
    ToChange,
    /// A session, and the token of a device that is remembered.
    In(Box<(Account, Opened)>, Option<devices::Next>),
    SteppedUp(Box<(Account, Opened)>, Option<devices::Next>),
}

impl Step {
    async fn prepare(
        auth: &Auth,
        cx: &Cx,
        token: &Secret,
        (answer, remember): (Answer, Option<Remember>),
        checked: Checked,
        client: &Client,
    ) -> Result<Self> {
        let (_, account, home) = look_up(auth, token, cx.now).await?;
        let sources = &auth.directory().sources;
        let link = change_link(&account, cx, sources.random()?);
        let actor = auth.as_themselves(&account, &home, cx.now).await?;
        let (token, keys, draw) = (token.clone(), auth.mfa().keys().await?, Draw::new(sources, client.door)?);
        let (client, device) = (client.clone(), Draw::new(sources, Door::Api)?);
        let locations = auth.directory().locations().clone();
        Ok(Self { token, answer, checked, keys, actor, account, draw, link, client, locations, remember, device })
    }

    fn method(&self) -> Method {
        match &self.answer {
            Answer::Code(method, _) => *method,
            Answer::Passkey(_) => Method::Passkey,
            Answer::Password(_) => Method::Password,
        }
    }

    fn write(&self, tx: &mut Tx<'_>, cx: &Cx) -> Result<Verdict> {
        let user: UserId = self.account.id;
        tx.lock(Lock::User(user))?;
        let Some((mut open, account, _)) = open(tx, &self.token, cx.now)? else {
            return Ok(Verdict::TooLate);
        };
        let method = self.method();
        if !open.state.methods.contains(&method) {
            return Err(not_offered());
        }
        if let Some(refusal) = self.judge(tx, &mut open, cx)? {
            return Ok(Verdict::Refused(refusal));
        }
        if account.id != user || !open.consume(tx)? {
            return Ok(Verdict::TooLate);
        }
        if method == Method::RecoveryCode {
            let author = Author { actor: &self.actor, cx, tenant: account.tenant_id };
            factors::changed(tx, author, &account, Event::CodeUsed)?;
        }
        suspicions::second_step_done(tx, &account, method, &self.client.origin(), cx.now)?;
        if let Some(session) = open.row.session_id {
            return self.step_up(tx, cx, session, method);
        }
        let proven = open.state.proven.join(" ");
        let methods = if method == Method::EnrolmentCode { proven } else { with_method(&proven, method) };
        let proven = Proven { methods, strength: method.strength(), at: cx.now, enrols: open.state.enrols };
        let Self { actor, draw, client, locations, link: (link, _), .. } = self;
        let wanted = self.to_remember();
        let remember = wanted.as_ref();
        let ending = Ending { actor, proven: &proven, draw, link, client, locations, remember };
        Ok(match complete(tx, cx, &account, &ending)? {
            Came::TooLate => Verdict::TooLate,
            Came::ToChange => Verdict::ToChange,
            Came::In(begun) => {
                let device = self.remember(tx, cx, &begun)?;
                Verdict::In(begun, device)
            }
        })
    }

    /// The device with what was proven there, if it is to be remembered.
    fn to_remember(&self) -> Option<ToRemember> {
        let passkey = match &self.checked {
            Checked::Passkey(Some(used)) => Some(used.id),
            _ => None,
        };
        self.remember.clone().map(|wanted| ToRemember { method: self.method(), passkey, wanted })
    }

    /// Remembers the device if that is wanted.
    fn remember(&self, tx: &mut Tx<'_>, cx: &Cx, begun: &(Account, Opened)) -> Result<Option<devices::Next>> {
        let Some(wanted) = self.to_remember() else { return Ok(None) };
        devices::remember(tx, cx, &self.actor, begun, (&wanted, &self.device, &self.client))
    }

    /// What refuses the answer, if anything does; a wrong one is counted.
    fn judge(&self, tx: &mut Tx<'_>, open: &mut Open, cx: &Cx) -> Result<Option<Error>> {
        let proof = match (&self.answer, &self.checked) {
            (Answer::Code(method, code), _) => {
                proof::judge(tx, &self.keys, (open, self.account.id), (*method, code.reveal()), cx.now)?
            }
            (Answer::Password(_), Checked::Password(true)) => Proof::Right,
            (Answer::Passkey(_), Checked::Passkey(Some(used))) if passkey::note_use(tx, used)? => Proof::Right,
            (Answer::Password(_) | Answer::Passkey(_), _) => {
                open.count_try(tx)?;
                Proof::Wrong
            }
        };
        Ok(match proof {
            Proof::Right => None,
            Proof::Wrong => {
                suspicions::proof_failed(tx, &self.account, self.method(), &self.client.origin(), cx.now)?;
                Some(refused())
            }
            Proof::TooFast(refusal) => Some(refusal),
        })
    }

    fn step_up(&self, tx: &mut Tx<'_>, cx: &Cx, id: crate::ids::SessionId, method: Method) -> Result<Verdict> {
        let Some(seen) = credentials::session(tx, id)? else { return Ok(Verdict::TooLate) };
        let before: i32 = seen.session.strength.parse().unwrap_or_default();
        let proven = Proven {
            methods: with_method(&seen.session.methods, method),
            strength: before.max(method.strength()),
            at: cx.now,
            enrols: false,
        };
        let (seen, opened) = sessions::prove(tx, seen, &proven, &self.draw, &self.client, cx.now)?;
        let begun = Box::new((seen.account, opened));
        let device = self.remember(tx, cx, &begun)?;
        Ok(Verdict::SteppedUp(begun, device))
    }
}
