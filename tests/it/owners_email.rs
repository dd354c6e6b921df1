//! IR-1: no two owners of the platform have one e-mail, by which they sign in without saying where; by whatever door an
//! e-mail comes to an account.

use std::collections::BTreeMap;
use std::sync::Barrier;
use std::thread;

use rollcall::directory::owners;
use rollcall::error::Error;
use rollcall::store::one_time_links::Purpose;
use serde_json::{Value, json};

use crate::client::Client;
use crate::server::{DEFAULT, Server, for_each_store};
use crate::signed_in::{PASSWORD, text};

const FIRST: &str = "first@owners.test";

/// The e-mail of an account, as the platform's owners see it.
fn email(server: &Server, user: &str) -> String {
    server.owner().get(&format!("/admin/users/{user}")).is(200)["data"]["email"].as_str().unwrap().to_owned()
}

fn moves(client: &Client, path: &str, to: &str) -> u16 {
    client.send("PATCH", path, &[], Some(&json!({ "email": to }))).status
}

/// An owner of the tenant `default` whom a provisioner made.
fn provisioned(server: &Server, scim: &Client, name: &str) -> String {
    let user = scim.user(name);
    server.make_owner(&user);
    user
}

/// Without a tenant an owner is found by e-mail; a user name that is somebody else's e-mail leads nobody astray.
#[test]
fn ir1_the_user_name_of_an_owner_is_no_email() {
    for_each_store(|server| {
        server.tenant("boss");
        let boss = server.newcomer("boss", "boss@owners.test", "platform_owner");
        let name = json!({ "username": "ann@example.org" });
        server.owner().send("PATCH", &format!("/admin/users/{}", boss.id), &[], Some(&name)).is(200);
        server.newcomer(DEFAULT, "ann@example.org", "viewer");
        for (email, tenant) in [("ann@example.org", "default"), ("BOSS@owners.test", "boss")] {
            let body = json!({ "email": email, "password": PASSWORD });
            let tokens = server.rest(None).post("/auth/login", &body).is(200);
            let me = server.rest(Some(text(&tokens, "access_token"))).get("/me").is(200);
            assert_eq!(me["data"]["tenant"], tenant, "{email}");
        }
    });
}

#[test]
fn ir1_no_owner_gets_the_email_of_another_by_whatever_door() {
    for_each_store(|server| {
        server.tenant("boss");
        server.newcomer("boss", FIRST, "platform_owner");
        let (scim, owner) = (server.client(), server.owner());
        let second = provisioned(server, &scim, "second");
        let (own, plain) = (email(server, &second), scim.user("plain"));
        let person = server.newcomer(DEFAULT, "third@owners.test", "platform_owner");
        let signed_in = server.signed_in(DEFAULT, "third@owners.test");
        let rows = server.journal(DEFAULT).len();
        for path in [format!("/admin/users/{second}"), format!("/tenants/default/users/{second}")] {
            let refused = owner.send("PATCH", &path, &[], Some(&json!({ "email": "FIRST@owners.test" }))).is(409);
            assert_eq!(refused["code"], "taken", "{path}");
        }
        assert_eq!(moves(&signed_in, "/me", FIRST), 409);
        assert_eq!((server.journal(DEFAULT).len(), email(server, &second)), (rows, own.clone()));
        // Provisioning parks it, as whatever else it says of the e-mail of an administrator.
        let path = json!([{ "op": "replace", "path": "emails", "value": [{ "value": FIRST, "primary": true }] }]);
        scim.patch(&format!("/Users/{second}"), path).is(200);
        assert_eq!(email(server, &second), own);
        // By the machine alone it is no other.
        let made = server.block_on(owners::create(server.directory(), server.operator(), &server.cx(), FIRST));
        assert!(matches!(made, Err(Error::Taken(_))), "{made:?}");
        // One that came to be before this was held is not confirmed.
        server.set_user(&person.id.to_string(), &format!("email = '{FIRST}', email_verified = false"));
        let link = server.link(&server.account(&person), Purpose::Verify);
        let verify = server.rest(None).post("/auth/email/verify", &json!({ "token": link })).is(409);
        assert_eq!((&verify["code"], server.account(&person).email_verified), (&json!("taken"), false));
        // Whoever owns nothing may have it in another tenant.
        assert_eq!(moves(&owner, &format!("/admin/users/{plain}"), FIRST), 200);
    });
}

#[test]
fn ir1_an_owner_comes_back_to_an_email_only_if_no_other_owner_has_it() {
    for_each_store(|server| {
        server.tenant("boss");
        let first = server.newcomer("boss", FIRST, "platform_owner");
        let back = server.newcomer(DEFAULT, "back@owners.test", "platform_owner");
        let (owner, scim) = (server.owner(), server.client());
        let [first, of_back] = [&first, &back].map(|account| format!("/admin/users/{}", account.id));
        // By the link that takes a change back.
        assert_eq!(moves(&owner, &of_back, "elsewhere@owners.test"), 200);
        let of = server.database.id(&back.id.to_string());
        let link = server.link(&server.account(&back), Purpose::EmailChange);
        let to = json!({ "to": "back@owners.test" });
        server.database.execute(&format!("UPDATE one_time_link SET payload = '{to}' WHERE user_id = {of}"));
        assert_eq!(moves(&owner, &first, "back@owners.test"), 200);
        let revert = || server.rest(None).post("/auth/email/revert", &json!({ "token": link }));
        assert_eq!(revert().is(409)["code"], "taken");
        assert_eq!(email(server, &back.id.to_string()), "elsewhere@owners.test");
        assert_eq!(moves(&owner, &first, FIRST), 200);
        revert().is(204);
        // And by being brought back.
        let gone = provisioned(server, &scim, "gone");
        owner.delete(&format!("/admin/users/{gone}")).is(204);
        assert_eq!(moves(&owner, &first, &format!("{gone}@x.test")), 200);
        let restore = || owner.send("POST", &format!("/tenants/default/users/{gone}/restore"), &[], None);
        let rows = server.journal(DEFAULT).len();
        assert_eq!(restore().is(409)["code"], "taken");
        assert_eq!(server.journal(DEFAULT).len(), rows);
        assert_eq!(moves(&owner, &first, FIRST), 200);
        restore().is(200);
    });
}

#[test]
fn ir1_of_many_owners_who_take_one_email_at_once_one_gets_it() {
    const WAYS: usize = 32;
    for_each_store(|server| {
        let owners: Vec<String> = (0..WAYS)
            .map(|number| {
                let slug = format!("t{number}");
                let user = server.connect(&slug, "hr").user("owner");
                server.make_owner(&user);
                format!("/tenants/{slug}/users/{user}")
            })
            .collect();
        let (client, together) = (server.owner(), Barrier::new(WAYS));
        let statuses: Vec<u16> = thread::scope(|scope| {
            let change = |path: &'_ String| {
                let (client, together, path) = (&client, &together, path.clone());
                scope.spawn(move || {
                    together.wait();
                    moves(client, &path, "one@owners.test")
                })
            };
            let threads: Vec<_> = owners.iter().map(change).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let mut counts = BTreeMap::new();
        statuses.into_iter().for_each(|status| *counts.entry(status).or_insert(0) += 1);
        assert_eq!(counts, BTreeMap::from([(200, 1), (409, WAYS - 1)]));
        let having: Vec<Value> = owners.iter().map(|path| client.get(path).is(200)["data"]["email"].clone()).collect();
        assert_eq!(having.iter().filter(|email| *email == "one@owners.test").count(), 1);
    });
}
