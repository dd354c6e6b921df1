//! IR-8: a change of the account's own e-mail shows at once, is confirmed at the new address, and is taken back from the last
//! proven one.

use rollcall::access::Profile;
use rollcall::notify::post::{self, Post};
use rollcall::store::accounts::Account;
use rollcall::store::one_time_links::Purpose;
use serde_json::{Value, json};

use crate::client::{Answer, Client, USER, id};
use crate::server::{DEFAULT, Server, for_each_store};
use crate::signed_in::{OTHER, PASSWORD};

/// The mails that were written since the last time: to whom, and the token of the link, by the word of its purpose.
struct Letters<'a> {
    server: &'a Server,
    folder: tempfile::TempDir,
    seen: std::cell::Cell<usize>,
}

impl<'a> Letters<'a> {
    fn of(server: &'a Server) -> Self {
        let letters = Self { server, folder: tempfile::tempdir().unwrap(), seen: std::cell::Cell::new(0) };
        letters.since_then();
        letters
    }

    fn since_then(&self) -> Vec<(String, String, String)> {
        // Files are named by time.
        self.server.clock.advance(1);
        let post = Post::Folder(self.folder.path().to_owned());
        let worker = self.server.mail_worker(post, "https://x.test");
        while self.server.wait(worker.send_due()).unwrap() > 0 {}
        let all = post::list(self.folder.path()).unwrap();
        let mut new: Vec<_> = all.iter().skip(self.seen.replace(all.len())).map(|mail| self.read(mail)).collect();
        new.sort();
        new
    }

    fn read(&self, mail: &post::Lying) -> (String, String, String) {
        let text = post::show(self.folder.path(), &mail.name).unwrap();
        let Some((_, link)) = text.split_once("/link/") else { return (mail.to.clone(), String::new(), String::new()) };
        let (purpose, token) = link.split_whitespace().next().unwrap().split_once("#token=").unwrap();
        (mail.to.clone(), purpose.to_owned(), token.to_owned())
    }

    /// Asserts to whom and for what the new mails went; gives their tokens.
    #[track_caller]
    fn are(&self, expected: &[(&str, &str)]) -> Vec<String> {
        let new = self.since_then();
        let told: Vec<_> = new.iter().map(|(to, purpose, _)| (to.as_str(), purpose.as_str())).collect();
        assert_eq!(told, expected);
        new.into_iter().map(|(_, _, token)| token).collect()
    }
}

fn move_to(admin: &Client, user: &Account, email: &str) -> Value {
    let body = json!({ "email": email });
    admin.send("PATCH", &format!("/tenants/default/users/{}", user.id), &[], Some(&body)).is(200)["data"].clone()
}

fn by_link(server: &Server, step: &str, token: &str) -> Answer {
    server.rest(None).post(&format!("/auth/email/{step}"), &json!({ "token": token }))
}

fn rows(server: &Server) -> usize {
    server.journal(DEFAULT).len()
}

#[test]
fn ir8_a_change_of_the_e_mail_is_taken_back_from_the_old_address() {
    for_each_store(|server| {
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let (ann, letters) = (server.newcomer(DEFAULT, "ann@old.test", "viewer"), Letters::of(server));
        let inside = server.signed_in(DEFAULT, "ann@old.test");
        let reset = server.link(&server.account(&ann), Purpose::Reset);
        let shown = move_to(&admin, &ann, "ann@new.test");
        assert_eq!((&shown["email"], &shown["email_verified"]), (&json!("ann@new.test"), &json!(false)));
        // What was issued before has ended.
        inside.get("/me").is(401);
        let set = json!({ "token": reset, "new_password": OTHER });
        server.rest(None).post("/auth/password/reset", &set).is(401);
        let tokens = letters.are(&[("ann@new.test", "verify"), ("ann@old.test", "email_change")]);
        // Whoever changed it reads mail at the new address: resets and notices go to the old one all the same.
        server.rest(None).post("/auth/password/forgot", &json!({ "tenant": DEFAULT, "email": "ann@new.test" })).is(202);
        let mailed = letters.are(&[("ann@old.test", "reset")]);
        let set = json!({ "token": mailed[0], "new_password": OTHER });
        server.rest(None).post("/auth/password/reset", &set).is(204);
        letters.are(&[("ann@old.test", "")]);
        // The way back outlives what ends everything else, and works once.
        let thief = server
            .rest(None)
            .post("/auth/login", &json!({ "tenant": DEFAULT, "email": "ann@new.test", "password": OTHER }));
        let thief = server.rest(Some(thief.is(200)["access_token"].as_str().unwrap()));
        let (old, before) = (rows(server), server.account(&ann));
        by_link(server, "verify", &tokens[1]).is(401);
        by_link(server, "revert", &tokens[0]).is(401);
        by_link(server, "revert", &tokens[1]).is(204);
        by_link(server, "revert", &tokens[1]).is(401);
        assert_eq!(rows(server), old + 1);
        let after = server.account(&ann);
        assert_eq!(
            (after.email.as_deref(), after.email_verified, after.verified_email),
            (Some("ann@old.test"), true, None)
        );
        assert!(after.epoch > before.epoch);
        thief.get("/me").is(401);
        by_link(server, "verify", &tokens[0]).is(401);
        server.log_in(DEFAULT, "ann@new.test", OTHER).is(401);
        server.log_in(DEFAULT, "ann@old.test", OTHER).is(200);
        let scim = server.connect(DEFAULT, "hr").get(&format!("/Users/{}", ann.id)).is(200);
        assert_eq!(scim["emails"][0]["value"], "ann@old.test");
        assert_eq!(server.connect(DEFAULT, "hr").find("/Users", "emails.value eq \"ann@old.test\"").len(), 1);
        letters.are(&[]);
    });
}

#[test]
fn ir8_the_new_address_is_confirmed_by_the_link_that_went_there() {
    for_each_store(|server| {
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let (ann, letters) = (server.newcomer(DEFAULT, "ann@old.test", "viewer"), Letters::of(server));
        move_to(&admin, &ann, "one@new.test");
        let first = letters.are(&[("ann@old.test", "email_change"), ("one@new.test", "verify")]);
        move_to(&admin, &ann, "two@new.test");
        let second = letters.are(&[("ann@old.test", "email_change"), ("two@new.test", "verify")]);
        by_link(server, "verify", &first[1]).is(401);
        assert!(!server.account(&ann).email_verified);
        by_link(server, "verify", &second[1]).is(204);
        let now = server.account(&ann);
        assert_eq!((now.email.as_deref(), now.email_verified), (Some("two@new.test"), true));
        // A second change does not end the way back to the first address, however the one between was confirmed.
        move_to(&admin, &ann, "three@new.test");
        letters.are(&[("three@new.test", "verify"), ("two@new.test", "email_change")]);
        by_link(server, "revert", &first[0]).is(401);
        by_link(server, "revert", &second[0]).is(204);
        assert_eq!(server.account(&ann).email.as_deref(), Some("ann@old.test"));
        // Back to the address that was proven, nothing is to be confirmed.
        move_to(&admin, &ann, "four@new.test");
        let late = letters.are(&[("ann@old.test", "email_change"), ("four@new.test", "verify")]);
        assert_eq!(move_to(&admin, &ann, "ann@old.test")["email_verified"], true);
        letters.are(&[]);
        // Seven days.
        server.clock.advance(7 * 24 * 3600);
        by_link(server, "revert", &late[0]).is(401);
    });
}

#[test]
fn ir8_an_address_that_somebody_else_has_by_now_is_not_taken_back() {
    for_each_store(|server| {
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let (ann, letters) = (server.newcomer(DEFAULT, "ann@old.test", "viewer"), Letters::of(server));
        // Under a user name of its own, or nobody could take the address.
        let name = json!({ "username": "ann", "email": "ann@new.test" });
        admin.send("PATCH", &format!("/tenants/default/users/{}", ann.id), &[], Some(&name)).is(200);
        let back = letters.are(&[("ann@new.test", "verify"), ("ann@old.test", "email_change")])[1].clone();
        let bob = server.newcomer(DEFAULT, "ann@old.test", "viewer");
        let before = (rows(server), server.account(&ann));
        assert_eq!(by_link(server, "revert", &back).is(409)["code"], "taken");
        assert_eq!((rows(server), server.account(&ann)), before);
        admin.delete(&format!("/tenants/default/users/{}?confirm_email=ann%40old.test", bob.id)).is(204);
        by_link(server, "revert", &back).is(204);
    });
}

#[test]
fn ir8_who_was_invited_is_invited_at_the_new_address() {
    for_each_store(|server| {
        let (admin, letters) = (server.administrator(DEFAULT, "tenant_admin"), Letters::of(server));
        let made = admin.post("/tenants/default/users", &json!({ "email": "ann@tpyo.test" })).is(201)["data"].clone();
        let wrong = letters.are(&[("ann@tpyo.test", "welcome")]);
        let (path, body) = (format!("/tenants/default/users/{}", id(&made)), json!({ "email": "ann@typo.test" }));
        admin.send("PATCH", &path, &[], Some(&body)).is(200);
        let right = letters.are(&[("ann@typo.test", "welcome")]);
        let set = |token: &str| {
            server.rest(None).post("/auth/password/reset", &json!({ "token": token, "new_password": PASSWORD }))
        };
        set(&wrong[0]).is(401);
        set(&right[0]).is(204);
        let shown = admin.get(&path).is(200)["data"].clone();
        assert_eq!((&shown["email_verified"], &shown["status"]), (&json!(true), &json!("ACTIVE")));
    });
}

/// What a source writes within a domain that the tenant proved ends nothing and needs no way back; a link that went to
/// another address does not prove it.
#[test]
fn ir8_a_source_moves_addresses_within_a_verified_domain() {
    for_each_store(|server| {
        let hr = server.client_of(&server.connection(DEFAULT, "hr", Profile::Tolerant));
        let letters = Letters::of(server);
        let emails = |email: &str| json!([{ "value": email, "primary": true }]);
        let body = json!({ "schemas": [USER], "userName": "ann", "emails": emails("ann@old.test") });
        let ann = id(&hr.post("/Users", &body).is(201));
        let write = |email: &str| {
            let operation = json!([{ "op": "replace", "path": "emails", "value": emails(email) }]);
            hr.patch(&format!("/Users/{ann}"), operation).is(200);
        };
        // Nobody proved an address yet: a source that moves it says nothing to anybody.
        write("ann@other.test");
        letters.are(&[]);
        server.set_user(&ann, "email_verified = true");
        write("ann@free.test");
        let links = letters.are(&[("ann@free.test", "verify"), ("ann@other.test", "email_change")]);
        let account = |server: &Server| {
            let (tenant, user) = (server.tenant(DEFAULT).id, ann.parse().unwrap());
            let found = server.store().read(move |tx| rollcall::store::accounts::find(tx, tenant, user));
            server.block_on(found).unwrap().unwrap()
        };
        crate::accounts::own_domain(server, "own.test");
        let before = account(server).epoch;
        write("ann@own.test");
        assert_eq!(account(server).epoch, before);
        // Before a newer one ends it.
        by_link(server, "verify", &links[0]).is(401);
        assert!(!account(server).email_verified);
        letters.are(&[("ann@own.test", "verify")]);
        by_link(server, "revert", &links[1]).is(204);
        assert_eq!(account(server).email.as_deref(), Some("ann@other.test"));
        // What the source sent is shown as it was sent.
        assert_eq!(hr.get(&format!("/Users/{ann}")).is(200)["emails"][0]["value"], "ann@own.test");
    });
}
