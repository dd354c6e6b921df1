//! IR-1, IR-16: an owner of the platform who can sign in for good is always left, whatever ends by itself or is taken: passwords
//! that work once, passkeys of those who have nothing else, policies under which these open nothing.

use std::sync::Barrier;
use std::thread;

use rollcall::access::Scope;
use rollcall::access::role::PLATFORM_OWNER;
use rollcall::directory::factors;
use rollcall::store::accounts::Account;
use serde_json::{Value, json};

use crate::client::{Answer, Client};
use crate::passkeys::{authenticator, begin, finish, register, shown};
use crate::persons::holding;
use crate::server::{DEFAULT, Server, for_each_store};
use crate::signed_in::{OTHER, PASSWORD, text};

const FIRST: &str = "first@owners.test";
const SECOND: &str = "second@owners.test";

/// Lets the password of a user end by itself, as one does that works once, or not any more.
fn ends(server: &Server, account: &Account, ends: bool) {
    let of = server.database.id(&account.id.to_string());
    let at = if ends { server.database.after_start(24 * 3600) } else { "NULL".to_owned() };
    server.database.execute(&format!("UPDATE password SET expires = {at} WHERE user_id = {of}"));
}

fn reset(by: &Client, of: &Account, body: &Value) -> Answer {
    by.post(&format!("/tenants/default/users/{}/password/reset", of.id), body)
}

fn temporary(by: &Client, of: &Account) -> Answer {
    reset(by, of, &json!({ "method": "TEMPORARY" }))
}

/// What is recorded, and what the password of an owner is.
fn state(server: &Server, of: &Account) -> (usize, i64) {
    let id = server.database.id(&of.id.to_string());
    let lasting = format!("SELECT count(*) FROM password WHERE user_id = {id} AND expires IS NULL");
    (server.journal(DEFAULT).len(), server.database.number(&lasting))
}

#[test]
fn ir1_the_last_owner_who_can_sign_in_gets_no_password_that_ends_by_itself() {
    for_each_store(|server| {
        let owners = [FIRST, SECOND].map(|email| server.newcomer(DEFAULT, email, "platform_owner"));
        let [first, second] = &owners;
        let by_second = server.signed_in(DEFAULT, SECOND);
        ends(server, second, true);
        let before = state(server, first);
        assert_eq!(temporary(&by_second, first).is(409)["code"], "last_owner");
        assert_eq!(state(server, first), before);
        server.log_in(DEFAULT, FIRST, PASSWORD).is(200);
        // Somebody who stays makes it possible; whoever owns nothing is nobody's last hope.
        ends(server, second, false);
        temporary(&by_second, first).is(200);
        let plain = server.newcomer(DEFAULT, "ann@example.org", "tenant_admin");
        temporary(&by_second, &plain).is(200);
    });
}

/// A password that must be changed does not end: its owner changes it by themselves, by whatever policy.
#[test]
fn ir1_a_forced_change_leaves_the_last_owner_a_way_in() {
    for_each_store(|server| {
        let owners = [FIRST, SECOND].map(|email| server.newcomer(DEFAULT, email, "platform_owner"));
        let [first, second] = &owners;
        let by_second = server.signed_in(DEFAULT, SECOND);
        ends(server, second, true);
        reset(&by_second, first, &json!({ "method": "DIRECT", "new_password": OTHER })).is(200);
        let due = server.log_in(DEFAULT, FIRST, OTHER).is(200);
        assert_eq!(due["password_change_required"], true);
        let settings = |passwords: Value| {
            let body = json!({ "passwords": passwords });
            server.owner().send("PATCH", "/tenants/default/settings", &[], Some(&body))
        };
        for impossible in [json!({ "min_length": 129 }), json!({ "min_score": 5 }), json!({ "max_age_days": 0 })] {
            let name = impossible.as_object().unwrap().keys().next().unwrap().clone();
            let refused = settings(impossible.clone()).is(422)["detail"].clone();
            assert_eq!(refused[0]["loc"], json!(["body", "passwords", name]), "{impossible}");
        }
        settings(json!({ "min_length": 40, "min_score": 4, "max_age_days": 1 })).is(200);
        let choose = |password: &str| {
            let body = json!({ "change_token": due["change_token"], "new_password": password });
            server.rest(None).post("/auth/password/change", &body)
        };
        choose("eight other unlikely words").is(422);
        let tokens = choose("eight other unlikely words and some more of them").is(200);
        server.rest(Some(text(&tokens, "access_token"))).get("/me").is(200);
    });
}

/// Two owners give each other such passwords at the same moment: one of them keeps theirs.
#[test]
fn ir1_of_two_owners_who_give_each_other_such_passwords_one_keeps_theirs() {
    for_each_store(|server| {
        let owners = [FIRST, SECOND].map(|email| server.newcomer(DEFAULT, email, "platform_owner"));
        let clients = [FIRST, SECOND].map(|email| server.signed_in(DEFAULT, email));
        let together = Barrier::new(2);
        let statuses: Vec<u16> = thread::scope(|scope| {
            let give = |by: usize| {
                let (client, other, together) = (&clients[by], &owners[1 - by], &together);
                scope.spawn(move || {
                    together.wait();
                    temporary(client, other).status
                })
            };
            let threads: Vec<_> = (0..2).map(give).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
        let left: i64 = owners.iter().map(|owner| state(server, owner).1).sum();
        assert_eq!(left, 1);
    });
}

/// Whoever has nothing but a passkey: none of the doors takes it while no other owner can sign in.
#[test]
fn ir1_the_last_owner_keeps_the_passkey_that_lets_them_in() {
    for_each_store(|server| {
        let owners = [FIRST, SECOND].map(|email| server.newcomer(DEFAULT, email, "platform_owner"));
        let [first, second] = &owners;
        let (own, by_second, mut key) =
            (server.signed_in(DEFAULT, FIRST), server.signed_in(DEFAULT, SECOND), authenticator());
        let made = register(server, &own, &mut key, "Key");
        let passkey = text(&made["passkey"], "id");
        owners.iter().for_each(|owner| ends(server, owner, true));
        let rows = server.journal(DEFAULT).len();
        let of_first = format!("/admin/users/{}", first.id);
        for (door, refused) in [
            ("by its owner", own.delete(&format!("/me/passkeys/{passkey}"))),
            ("by another", by_second.delete(&format!("{of_first}/passkeys/{passkey}"))),
            ("with all factors", by_second.post(&format!("{of_first}/mfa/disable"), &json!({}))),
            (
                "by the platform's door",
                by_second.below(&format!("{}/api/platform", server.url())).delete(&format!("/users/{}/mfa", first.id)),
            ),
        ] {
            assert_eq!(refused.json()["code"], "last_owner", "{door}: {}", refused.text);
        }
        let cx = server.cx();
        let by_command = factors::operate_reset(server.directory(), server.operator(), &cx, first);
        assert!(server.block_on(by_command).unwrap_err().to_string().contains("without an owner"));
        // Nor does a policy under which it opens nothing: whoever it asks about lives elsewhere.
        let elsewhere = server.person("other", vec![holding(PLATFORM_OWNER, Scope::Platform)]);
        let allow = |methods: Value| {
            let body = json!({ "mfa": { "methods": methods } });
            elsewhere.send("PATCH", "/tenants/default/settings", &[], Some(&body))
        };
        assert_eq!(allow(json!(["totp"])).is(409)["code"], "last_owner");
        allow(json!(["totp", "passkey"])).is(200);
        assert_eq!(server.journal(DEFAULT).len(), rows + 1);
        let begun = begin(server, FIRST);
        finish(server, &begun, &shown(server, &mut key, &begun["options"])).is(200);
        // With another who can sign in, it is theirs to give up.
        ends(server, second, false);
        own.delete(&format!("/me/passkeys/{passkey}")).is(204);
    });
}

/// A passkey where the tenant allows none is no way in.
#[test]
fn ir1_a_passkey_that_opens_nothing_does_not_count() {
    for_each_store(|server| {
        let owners = [FIRST, SECOND].map(|email| server.newcomer(DEFAULT, email, "platform_owner"));
        let own = server.signed_in(DEFAULT, FIRST);
        register(server, &own, &mut authenticator(), "Key");
        ends(server, &owners[0], true);
        let elsewhere = server.person("other", vec![holding(PLATFORM_OWNER, Scope::Platform)]);
        let only_codes = json!({ "mfa": { "methods": ["totp"] } });
        elsewhere.send("PATCH", "/tenants/default/settings", &[], Some(&only_codes)).is(200);
        let platform = elsewhere.below(&format!("{}/api/platform", server.url()));
        let demote = || platform.delete(&format!("/owners/{}", owners[1].id));
        assert_eq!(demote().is(400)["code"], "last_owner");
        let any = json!({ "mfa": { "methods": null } });
        elsewhere.send("PATCH", "/tenants/default/settings", &[], Some(&any)).is(200);
        demote().is(200);
    });
}
