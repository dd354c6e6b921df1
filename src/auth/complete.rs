//! The end of every sign-in, however it was proven: the account is activated if it waited for that, a password that is due
//! is asked for, and a session begins.

use crate::access::Actor;
use crate::context::Cx;
use crate::directory::accounts::{self, Activated};
use crate::directory::locations::Locations;
use crate::directory::{settings, suspicions};
use crate::error::Result;
use crate::journal::Author;
use crate::journal::activity::{Event, Kind};
use crate::secret::Secret;
use crate::store::accounts::Account;
use crate::store::credentials;
use crate::store::one_time_links::{self as links, CHANGE_SECONDS, Link, New, Purpose};
use crate::store::{Tx, passwords as rows};

use super::devices::ToRemember;
use super::service::{Auth, Client};
use super::sessions::{self, Draw, Opened, Proven};

/// What a sign-in comes to.
pub(super) enum Came {
    /// A session has begun.
    In(Box<(Account, Opened)>),
    /// Another password must be chosen first.
    ToChange,
    /// The account went meanwhile.
    TooLate,
}

/// What a sign-in that was proven needs to end.
pub(super) struct Ending<'a> {
    /// Who signs in, as an actor.
    pub(super) actor: &'a Actor,
    /// How it was proven.
    pub(super) proven: &'a Proven,
    /// What a session is made of.
    pub(super) draw: &'a Draw,
    /// What a change of the password is allowed by.
    pub(super) link: &'a Link,
    /// From where.
    pub(super) client: &'a Client,
    /// Where that is.
    pub(super) locations: &'a Locations,
    /// The device, when it is to be remembered: where another password comes first, once that is chosen.
    pub(super) remember: Option<&'a ToRemember>,
}

/// What lets somebody choose the password that is due, should one be, and its token.
pub(super) fn change_link(account: &Account, cx: &Cx, random: [u8; 40]) -> (Link, Secret) {
    let (now, expires) = (cx.now, cx.now.plus_seconds(CHANGE_SECONDS));
    links::mint(New { purpose: Purpose::Change, user: account.id, epoch: account.epoch, now, expires, random })
}

/// Ends a sign-in of a user whose lock is held.
pub(super) fn complete(tx: &mut Tx<'_>, cx: &Cx, account: &Account, ending: &Ending<'_>) -> Result<Came> {
    let author = Author { actor: ending.actor, cx, tenant: account.tenant_id };
    accounts::activate(tx, author, account.id, Activated::BySignIn)?;
    let policy = settings::of(tx, account.tenant_id)?.passwords;
    let password = rows::find(tx, account.id)?;
    // Who came by a passkey alone is not held up by a password.
    let by_password = ending.proven.methods.split_whitespace().any(|word| word == "pwd");
    let due = |password: rows::Password| password.must_change || policy.expired(password.changed, cx.now);
    if by_password && password.is_some_and(due) {
        let kept = ending.remember.map(ToRemember::document);
        links::replace(tx, &ending.link.clone().with(ending.proven.document(kept)))?;
        return Ok(Came::ToChange);
    }
    let Some((account, _)) = credentials::account(tx, account.id)? else { return Ok(Came::TooLate) };
    suspicions::signed_in(tx, ending.locations, &account, (&ending.client.origin(), cx.now))?;
    let opened = sessions::open(tx, cx, &account, ending.draw, ending.proven, ending.client)?;
    Ok(Came::In(Box::new((account, opened))))
}

/// Notes what came of a sign-in in the tenant's activity.
pub(super) fn note(auth: &Auth, cx: &Cx, outcome: &'static str, account: &Account, method: &str, client: &Client) {
    let event = Event::anonymous(Kind::SignIn, outcome, account.tenant_id, cx);
    auth.directory().activity().record(Event {
        actor: ("user", account.id.to_string()),
        user: Some(account.id),
        detail: serde_json::json!({ "method": method }),
        address: Some(client.address),
        user_agent: client.user_agent.clone(),
        ..event
    });
}
