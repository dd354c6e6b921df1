//! Signing in with a passkey alone: it proves two things at once, that somebody has it and who they are. Nobody hears whether
//! a user name is known or has passkeys: for one that has none, one is made up that nobody has.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::access::Actor;
use crate::context::Cx;
use crate::directory::accounts::guesses;
use crate::directory::locations::Locations;
use crate::directory::settings::{self, Requirement};
use crate::directory::{grants, keys, suspicions};
use crate::error::{Anonymous, Error, Result};
use crate::mfa::Method;
use crate::mfa::ceremony::{self, Begin, Open, Purpose, State};
use crate::mfa::passkey::{self, Asked, Shown};
use crate::secret::Secret;
use crate::store::accounts::Account;
use crate::store::credentials::{self, Home};
use crate::store::one_time_links::Link;
use crate::store::passkeys::{self as rows, Passkey};
use crate::store::{Lock, Tx, text};

use super::complete::{Came, Ending, change_link, complete, note};
use super::devices::{self, Remember, ToRemember};
use super::service::{Auth, Client, Door, Tokens};
use super::sessions::{self, Draw, Proven};
use super::sign_in::{SignedIn, home_of};
use super::standing;

/// A sign-in with a passkey that was begun.
#[derive(Clone, Debug)]
pub struct Started {
    /// What the end of it is allowed by.
    pub token: Secret,
    /// The options for `navigator.credentials.get`.
    pub options: Value,
}

/// Begins to sign in with a passkey: with one of a user's, or with whichever the browser finds.
///
/// # Errors
/// [`Error::Conflict`] where there are no passkeys.
pub async fn start(auth: &Auth, cx: &Cx, named: Option<(Option<String>, String)>) -> Result<Started> {
    let Asked { options, kept } = match &named {
        None => passkey::ask_anybody(auth.mfa())?,
        Some(named) => ask(auth, named.clone()).await?,
    };
    let state = State { webauthn: Some(kept), ..State::default() };
    let (purpose, now, random) = (Purpose::PasskeySignIn, cx.now, auth.directory().sources.random()?);
    let lifetimes = *auth.directory().lifetimes();
    let begin = Begin { purpose, of: None, session: None, state, now, lifetimes, random };
    let token = auth.directory().store.write(move |tx| ceremony::begin(tx, begin.clone())).await?;
    Ok(Started { token, options })
}

/// Asks for the passkeys of a user name.
async fn ask(auth: &Auth, (tenant, identifier): (Option<String>, String)) -> Result<Asked> {
    let (default, wanted, named) =
        (auth.default_tenant().to_owned(), identifier.clone(), tenant.map(|name| name.to_lowercase()));
    let read = move |tx: &mut Tx<'_>| {
        let home = match &named {
            Some(tenant) => credentials::home(tx, tenant)?,
            None => home_of(tx, &wanted, &default)?,
        };
        let place = home.as_ref().map_or_else(|| named.clone().unwrap_or_default(), |home| home.id.to_string());
        let found = home.map(|home| credentials::login(tx, home.id, &wanted)).transpose()?.flatten();
        let known = found.map_or(Ok(Vec::new()), |(account, _)| rows::of_user(tx, account.id))?;
        Ok((place, known))
    };
    let (place, known) = auth.directory().store.read_few(read).await?;
    if !known.is_empty() {
        return passkey::ask(auth.mfa(), &known);
    }
    let mut asked = passkey::ask_anybody(auth.mfa())?;
    let key = keys::guesses(auth.directory()).await?;
    // As a real one would be: the same however the name is written, and another one in another tenant.
    let made_up = guesses::name(key.bytes(), &["passkey", &place, &text::key(&identifier)]);
    if let Some(options) = asked.options.pointer_mut("/publicKey").and_then(Value::as_object_mut) {
        let nobodys = json!([{ "type": "public-key", "id": URL_SAFE_NO_PAD.encode(made_up) }]);
        options.insert("allowCredentials".to_owned(), nobodys);
        options.remove("extensions");
    }
    if let Some(options) = asked.options.as_object_mut() {
        options.remove("mediation");
    }
    Ok(asked)
}

/// Ends a sign-in with what the authenticator showed.
///
/// # Errors
/// [`Error::Anonymous`] when the token or the passkey does not hold, or its user may not sign in.
pub async fn finish(
    auth: &Auth,
    cx: &Cx,
    token: &Secret,
    (credential, remember): (&Value, Option<Remember>),
    client: &Client,
) -> Result<SignedIn> {
    let shown = Shown::read(credential)?;
    let (open, known, account, home) = look_up(auth, cx, token, &shown).await?;
    let kept = open.state.webauthn.clone().unwrap_or_default();
    let Some(used) = passkey::judge(auth.mfa(), &shown, kept, &known, cx.now)? else {
        note(auth, cx, "wrong_passkey", &account, Method::Passkey.as_str(), client);
        let (origin, now) = (client.origin(), cx.now);
        let count = move |tx: &mut Tx<'_>| {
            tx.lock(Lock::User(account.id))?;
            suspicions::proof_failed(tx, &account, Method::Passkey, &origin, now)
        };
        auth.directory().store.write(count).await?;
        return Err(refused());
    };
    let sources = &auth.directory().sources;
    let (draw, link) = (Draw::new(sources, client.door)?, change_link(&account, cx, sources.random()?));
    let actor = auth.as_themselves(&account, &home, cx.now).await?;
    let (own, next, token) = (cx.clone(), (draw.clone(), Draw::new(sources, Door::Api)?), link.0);
    let locations = auth.directory().locations().clone();
    let ending = Arc::new(Finish { open, used, actor, client: client.clone(), locations, remember });
    let work = move |tx: &mut Tx<'_>| ending.write(tx, &own, &next, &token);
    let came = auth.directory().store.write(work).await;
    if came.is_err() {
        note(auth, cx, "held_back", &account, Method::Passkey.as_str(), client);
    }
    match came? {
        (Came::TooLate, _) => Err(refused()),
        (Came::ToChange, _) => Ok(SignedIn::PasswordChange(link.1)),
        (Came::In(begun), device) => {
            note(auth, cx, "success", &account, Method::Passkey.as_str(), client);
            let tokens = sessions::tokens(auth, cx, &begun.0, &begun.1, &draw).await?;
            Ok(SignedIn::Tokens(Tokens { device, ..tokens }))
        }
    }
}

fn refused() -> Error {
    Error::Anonymous(Anonymous::BadLogin)
}

/// The ceremony of a token, and whose passkey is shown.
async fn look_up(auth: &Auth, cx: &Cx, token: &Secret, shown: &Shown) -> Result<(Open, Passkey, Account, Home)> {
    let (token, id, named, now) = (token.clone(), shown.credential_id(), shown.user(), cx.now);
    let read = move |tx: &mut Tx<'_>| {
        let Some(open) = ceremony::follow(tx, token.reveal(), &[Purpose::PasskeySignIn], now)? else {
            return Ok(None);
        };
        let Some(known) = credentials::passkey(tx, &id)? else { return Ok(None) };
        if named.is_some_and(|user| user != known.user_id) {
            return Ok(None);
        }
        let found = credentials::account(tx, known.user_id)?;
        Ok(found.map(|(account, home)| (open, known, account, home)))
    };
    auth.directory().store.read_few(read).await?.ok_or_else(refused)
}

/// A sign-in that ends, with all that its transaction needs.
struct Finish {
    open: Open,
    used: Passkey,
    actor: Actor,
    client: Client,
    locations: Locations,
    remember: Option<Remember>,
}

impl Finish {
    /// Uses the ceremony up, begins the session, and remembers the device if that is wanted. A lock after too many wrong
    /// passwords does not keep out who has the passkey.
    fn write(
        &self,
        tx: &mut Tx<'_>,
        cx: &Cx,
        drawn: &(Draw, Draw),
        link: &Link,
    ) -> Result<(Came, Option<devices::Next>)> {
        let Self { open, used, actor, client, locations, remember } = self;
        let (draw, device) = drawn;
        tx.lock(Lock::User(used.user_id))?;
        let Some((account, home)) = credentials::account(tx, used.user_id)? else { return Ok((Came::TooLate, None)) };
        let policy = settings::of(tx, home.id)?.mfa;
        let holdings = grants::of_user(tx, home.id, account.id)?;
        let asked = policy.asked(holdings.iter().map(|held| &*held.role));
        let allowed = policy.allows(Method::Passkey) || asked == Requirement::Off;
        let welcome = standing::may_pass_a_lock(&account, cx.now)? && !home.suspended;
        if !(allowed && welcome && passkey::note_use(tx, used)? && open.consume(tx)?) {
            return Err(refused());
        }
        let (methods, strength) = (Method::Passkey.reference().to_owned(), Method::Passkey.strength());
        let proven = Proven { methods, strength, at: cx.now, enrols: false };
        let wanted = remember.clone();
        let wanted = wanted.map(|wanted| ToRemember { method: Method::Passkey, passkey: Some(used.id), wanted });
        let (proven, remember) = (&proven, wanted.as_ref());
        let came = complete(tx, cx, &account, &Ending { actor, proven, draw, link, client, locations, remember })?;
        let (Came::In(begun), Some(wanted)) = (&came, remember) else { return Ok((came, None)) };
        let token = devices::remember(tx, cx, actor, begun, (wanted, device, client))?;
        Ok((came, token))
    }
}
