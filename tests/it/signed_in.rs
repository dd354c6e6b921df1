//! People who sign in, for tests of what they then do: users with passwords, owners, links, and a REST client of each.

use rollcall::directory::operators::{self, NewUser};
use rollcall::directory::owners::{self, NewOwner};
use rollcall::ids::UserId;
use rollcall::notify::Worker;
use rollcall::notify::post::Post;
use rollcall::notify::text_messages::Texts;
use rollcall::password::Password;
use rollcall::store::accounts::Account;
use rollcall::store::one_time_links::{self, New, Purpose};
use serde_json::{Value, json};

use crate::client::{Answer, Client};
use crate::server::Server;

/// A password that every policy takes.
pub(crate) const PASSWORD: &str = "four quite unlikely words";
/// Another one.
pub(crate) const OTHER: &str = "seven more unlikely words";

impl Server {
    /// A user of a tenant with a role and [`PASSWORD`].
    pub(crate) fn newcomer(&self, slug: &str, email: &str, role: &str) -> Account {
        let (tenant, cx) = (self.tenant(slug), self.cx());
        let password = Password::new(PASSWORD).unwrap();
        let new = NewUser { email: email.to_owned(), role: role.to_owned(), password };
        self.block_on(operators::create(self.directory(), self.operator(), &cx, &tenant, new)).unwrap()
    }

    /// A new owner of the platform.
    pub(crate) fn new_owner(&self, email: &str) -> NewOwner {
        self.block_on(owners::create(self.directory(), self.operator(), &self.cx(), email)).unwrap()
    }

    /// A client of the REST API.
    pub(crate) fn rest(&self, token: Option<&str>) -> Client {
        Client::new(&format!("{}/api/v1", self.url()), token)
    }

    /// Tries to sign in.
    pub(crate) fn log_in(&self, slug: &str, email: &str, password: &str) -> Answer {
        self.rest(None).post("/auth/login", &json!({ "tenant": slug, "email": email, "password": password }))
    }

    /// Signs in and gives the tokens.
    pub(crate) fn tokens_of(&self, slug: &str, email: &str) -> Value {
        self.log_in(slug, email, PASSWORD).is(200)
    }

    /// A client of somebody who signed in with [`PASSWORD`].
    pub(crate) fn signed_in(&self, slug: &str, email: &str) -> Client {
        self.rest(Some(text(&self.tokens_of(slug, email), "access_token")))
    }

    /// What sends mails there, and text messages nowhere.
    pub(crate) fn mail_worker(&self, post: Post, url: &str) -> Worker {
        let nowhere = Texts::Folder("nowhere".into());
        self.block_on(self.directory().mail_worker(post, nowhere, url)).unwrap()
    }

    /// The token of a link that was just mailed.
    pub(crate) fn link(&self, account: &Account, purpose: Purpose) -> String {
        let mut random = [0; 40];
        for part in random.chunks_mut(16) {
            part.copy_from_slice(&crate::persons::fresh().as_bytes()[..part.len()]);
        }
        let now = self.cx().now;
        let expires = now.plus_seconds(purpose.seconds(self.directory().lifetimes()));
        let new = New { purpose, user: account.id, epoch: account.epoch, now, expires, random };
        let (link, token) = one_time_links::mint(new);
        let store = self.store();
        self.block_on(store.write(move |tx| one_time_links::replace(tx, &link))).unwrap();
        token.reveal().to_owned()
    }

    /// Who is to be mailed for a purpose, in order.
    pub(crate) fn mails(&self, purpose: &'static str) -> Vec<UserId> {
        let now = self.cx().now;
        let claim = move |tx: &mut rollcall::store::Tx<'_>| {
            rollcall::store::outbox::claim(tx, now, now.plus_seconds(60), 1000, 1000)
        };
        let waiting = self.block_on(self.store().write(claim)).unwrap();
        waiting.into_iter().filter(|message| message.purpose == purpose).filter_map(|message| message.user).collect()
    }

    /// The account as it is now.
    pub(crate) fn account(&self, account: &Account) -> Account {
        let (tenant, user) = (account.tenant_id, account.id);
        let store = self.store();
        self.block_on(store.read(move |tx| rollcall::store::accounts::find(tx, tenant, user))).unwrap().unwrap()
    }
}

/// A member that is a text.
#[track_caller]
pub(crate) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("{name} in {value}"))
}
