//! Changing a password: knowing the present one, in the middle of a sign-in, or by a mailed link. A new password ends all
//! that was issued before.

use std::sync::Arc;

use crate::access::{Actor, PersonActor};
use crate::context::Cx;
use crate::directory::accounts::sends::{self, Kind};
use crate::directory::accounts::{Activated, activate};
use crate::directory::keys;
use crate::directory::passwords::administer::REDIRECT;
use crate::directory::passwords::{self, Chosen};
use crate::error::{Anonymous, Error, Result};
use crate::journal::Author;
use crate::notify::{Purpose as Letter, outbox};
use crate::password::{Hash, Password as Typed};
use crate::store::accounts::{self, Account};
use crate::store::credentials::{self, Home};
use crate::store::one_time_links::{self as links, Link, Purpose};
use crate::store::presence::PresentAccount;
use crate::store::{Lock, Tx, factors as factor_rows, passwords as rows, sessions as session_rows};

use super::attempts;
use super::devices::{self, ToRemember};
use super::service::{Auth, Client, Door, Tokens};
use super::sessions::{self, Draw, Opened, Proven, REMEMBER};
use super::sign_in::home_of;
use super::standing;

/// Links that set a password.
const SETTING: &[Purpose] = &[Purpose::Reset, Purpose::Welcome, Purpose::Invite];

/// Changes the password of whoever asks, and signs them in anew: every session ends with the old password.
///
/// # Errors
/// [`Error::Anonymous`] when the present password is wrong; [`Error::Unprocessable`] for a new one that is not good enough.
pub async fn change(
    auth: &Auth,
    cx: &Cx,
    person: &PersonActor,
    (present, wanted): (Typed, Typed),
    client: &Client,
) -> Result<Tokens> {
    let user = person.user;
    let read = move |tx: &mut Tx<'_>| Ok((credentials::account(tx, user)?, rows::find(tx, user)?));
    let (account, password) = auth.directory().store.read_few(read).await?;
    let (account, home) = account.ok_or(Error::Missing("user"))?;
    let hash = password.and_then(|password| Hash::parse(&password.hash).ok());
    let place = (home.id.to_string(), account.user_name.clone());
    let attempt = attempts::begin(auth, cx, (&place.0, &place.1), client.address, false).await?;
    if !auth.directory().passwords().verify(present, hash).await? {
        return Err(Error::Anonymous(Anonymous::BadLogin));
    }
    auth.directory().store.write(move |tx| attempts::forgive(tx, &attempt)).await?;
    let id = person.session;
    let session = auth.directory().store.read_one(move |tx| session_rows::find(tx, id)).await?;
    // The new session is as strong as the one that ends with the old password, and its proof is no younger.
    let proven = session.as_ref().map_or_else(|| Proven::by_password(cx.now), Proven::of);
    let actor = Actor::Person(person.clone());
    let setting = Setting { actor, account, home, link: None, wanted, place: "new_password" };
    set(auth, cx, setting, (proven, None), client).await
}

/// Chooses the password that a sign-in asked for, and goes on with it: a device that was to be remembered is.
///
/// # Errors
/// [`Error::Anonymous`] when the token does not hold; [`Error::Unprocessable`] for a password that is not good enough: then
/// the token holds on.
pub async fn change_by_token(auth: &Auth, cx: &Cx, token: &str, wanted: Typed, client: &Client) -> Result<Tokens> {
    let (link, account, home) = follow(auth, cx, token, &[Purpose::Change]).await?;
    if !standing::may_sign_in(&account, cx.now)? {
        return Err(Error::Anonymous(Anonymous::BadLogin));
    }
    let actor = auth.as_themselves(&account, &home, cx.now).await?;
    let (proven, remember) = (Proven::read(link.payload(), cx.now), ToRemember::read(&link.payload()[REMEMBER]));
    let setting = Setting { actor, account, home, link: Some(link), wanted, place: "new_password" };
    set(auth, cx, setting, (proven, remember), client).await
}

/// Sets a password by a mailed link. It signs nobody in. Answers where the link leads back to, if it was to lead anywhere.
///
/// # Errors
/// As [`change_by_token`].
pub async fn reset(auth: &Auth, cx: &Cx, token: &str, wanted: Typed) -> Result<Option<String>> {
    let (link, account, home) = follow(auth, cx, token, SETTING).await?;
    let back = link.payload()[REDIRECT].as_str().map(str::to_owned);
    let actor = auth.as_themselves(&account, &home, cx.now).await?;
    let setting = Setting { actor, account, home, link: Some(link), wanted, place: "new_password" };
    setting.run(auth, cx, None).await?;
    Ok(back)
}

/// The user behind a token of one of these purposes.
pub(super) async fn follow(auth: &Auth, cx: &Cx, token: &str, purposes: &[Purpose]) -> Result<(Link, Account, Home)> {
    let refused = || Error::Anonymous(Anonymous::BadLogin);
    let (id, hash) = links::split(token).ok_or_else(refused)?;
    let id = id.to_owned();
    let read = move |tx: &mut Tx<'_>| {
        let Some(link) = credentials::one_time_link(tx, &id)? else { return Ok(None) };
        Ok(credentials::account(tx, link.user_id)?.map(|(account, home)| (link, account, home)))
    };
    let (link, account, home) = auth.directory().store.read_few(read).await?.ok_or_else(refused)?;
    let same: bool = subtle::ConstantTimeEq::ct_eq(link.secret_hash.as_slice(), hash.as_slice()).into();
    let known = purposes.iter().any(|purpose| purpose.as_str() == link.purpose);
    let outlives = purposes.iter().all(|purpose| purpose.outlives_epoch());
    let of_today = outlives || link.epoch == account.epoch;
    let alive = link.used.is_none() && link.expires > cx.now && of_today && !home.suspended;
    if same && known && alive { Ok((link, account, home)) } else { Err(refused()) }
}

struct Setting {
    actor: Actor,
    account: Account,
    home: Home,
    link: Option<Link>,
    wanted: Typed,
    place: &'static str,
}

/// The session that a new password begins with.
struct Begin {
    draw: Draw,
    proven: Proven,
    client: Client,
    remember: Option<ToRemember>,
    device: Draw,
}

/// What begins with a new password: a session, and the token of a device that is remembered.
type Begun = ((Account, Opened), Option<devices::Next>);

/// Sets the password and begins a session.
async fn set(
    auth: &Auth,
    cx: &Cx,
    setting: Setting,
    (proven, remember): (Proven, Option<ToRemember>),
    client: &Client,
) -> Result<Tokens> {
    let sources = &auth.directory().sources;
    let (draw, device) = (Draw::new(sources, client.door)?, Draw::new(sources, Door::Api)?);
    let begin = Begin { draw: draw.clone(), proven, client: client.clone(), remember, device };
    let begun = setting.run(auth, cx, Some(begin)).await?;
    let ((account, opened), device) = begun.ok_or(Error::Anonymous(Anonymous::BadLogin))?;
    let tokens = sessions::tokens(auth, cx, &account, &opened, &draw).await?;
    Ok(Tokens { device, ..tokens })
}

impl Setting {
    async fn run(self, auth: &Auth, cx: &Cx, begin: Option<Begin>) -> Result<Option<Begun>> {
        let chosen =
            passwords::choose(auth.directory(), &self.account, self.wanted.clone(), &["body", self.place]).await?;
        let (work, cx) = (Arc::new(self), cx.clone());
        auth.directory().store.write(move |tx| work.write(tx, &cx, &chosen, begin.as_ref())).await
    }

    fn write(&self, tx: &mut Tx<'_>, cx: &Cx, chosen: &Chosen, begin: Option<&Begin>) -> Result<Option<Begun>> {
        let refused = || Error::Anonymous(Anonymous::BadLogin);
        let user = self.account.id;
        tx.lock(Lock::User(user))?;
        let (account, _) = credentials::account(tx, user)?.ok_or_else(refused)?;
        if account.epoch != self.account.epoch {
            return Err(refused());
        }
        if let Some(link) = &self.link
            && !links::consume(tx, &link.id, cx.now)?
        {
            return Err(refused());
        }
        let author = Author { actor: &self.actor, cx, tenant: self.home.id };
        passwords::put(tx, author, &account, chosen, passwords::Kind::Own)?;
        self.accept(tx, author, &account)?;
        let message = outbox::Message {
            tenant: self.home.id,
            user,
            purpose: Letter::PasswordChanged,
            payload: serde_json::json!({}),
            due: cx.now,
        };
        outbox::put(tx, &message)?;
        let Some(begin) = begin else {
            let record = factor_rows::record(tx, user)?;
            factor_rows::put_record(tx, &factor_rows::Record { mailed_reset: Some(cx.now), ..record })?;
            return Ok(None);
        };
        let (account, _) = credentials::account(tx, user)?.ok_or_else(refused)?;
        let Begin { draw, proven, client, .. } = begin;
        let opened = sessions::open(tx, cx, &account, draw, proven, client)?;
        let begun = (account, opened);
        let device = self.remember(tx, cx, &begun, begin)?;
        Ok(Some((begun, device)))
    }

    /// Remembers the device on which a factor was proven in the sign-in that asked for this password, if that is there still.
    fn remember(
        &self,
        tx: &mut Tx<'_>,
        cx: &Cx,
        begun: &(Account, Opened),
        begin: &Begin,
    ) -> Result<Option<devices::Next>> {
        let (Some(wanted), Some(link)) = (&begin.remember, &self.link) else { return Ok(None) };
        if !wanted.is_there(tx, self.account.id, link.created)? {
            return Ok(None);
        }
        devices::remember(tx, cx, &self.actor, begun, (wanted, &begin.device, &begin.client))
    }

    /// A link proves the address that it was mailed to, and accepts an invitation.
    fn accept(&self, tx: &mut Tx<'_>, author: Author<'_>, account: &Account) -> Result<()> {
        let first = [Purpose::Welcome, Purpose::Invite].map(Purpose::as_str);
        if !self.link.as_ref().is_some_and(|link| first.contains(&link.purpose.as_str())) {
            return Ok(());
        }
        if self.link.as_ref().is_some_and(|link| link.went_to(account.email.as_deref())) {
            accounts::prove_address(tx, author.tenant, account.id)?;
        }
        activate(tx, author, account.id, Activated::BySignIn).map(drop)
    }
}

/// The tenant that is named, or that of whoever signs in like that.
async fn home_named(auth: &Auth, tenant: Option<String>, identifier: String) -> Result<Option<Home>> {
    let default = auth.default_tenant().to_owned();
    let read = move |tx: &mut Tx<'_>| match &tenant {
        Some(tenant) => credentials::home(tx, tenant),
        None => home_of(tx, &identifier, &default),
    };
    auth.directory().store.read_few(read).await
}

/// Mails a link to set a new password, to whom it may go: those whose passwords are ours, at an address that they proved.
/// Nobody hears whether there was one.
///
/// # Errors
/// [`Error::TooFast`] when it is asked for too often.
pub async fn forgot(auth: &Auth, cx: &Cx, tenant: Option<String>, identifier: String, client: &Client) -> Result<()> {
    let home = home_named(auth, tenant.clone(), identifier.clone()).await?;
    // However the tenant is called, it is one.
    let place = home.as_ref().map_or_else(|| tenant.unwrap_or_default(), |home| home.id.to_string());
    attempts::begin(auth, cx, (&format!("forgot {place}"), &identifier), client.address, true).await?;
    let Some(home) = home.filter(|home| !home.suspended) else { return Ok(()) };
    let (now, key) = (cx.now, keys::guesses(auth.directory()).await?.bytes().to_vec());
    let work = move |tx: &mut Tx<'_>| {
        let Some((account, _)) = credentials::login(tx, home.id, &identifier)? else { return Ok(()) };
        if !passwords::are_ours(tx, &account)? {
            return Ok(());
        }
        let proven = account.email_verified || account.verified_email.is_some();
        let open = standing::goes_on(&PresentAccount::from(&account), now)?;
        let purpose = match () {
            () if proven && open => Letter::Reset,
            () if standing::waits_for_its_link(&account, now)? => Letter::Verify,
            () => return Ok(()),
        };
        // Whoever asks from many places floods nobody; and nobody hears of it.
        if sends::count(tx, &key, &account, (Kind::Link, purpose.as_str(), ""), now)?.is_err() {
            return Ok(());
        }
        let payload = serde_json::json!({});
        outbox::put(tx, &outbox::Message { tenant: home.id, user: account.id, purpose, payload, due: now })
    };
    auth.directory().store.write(work).await
}
