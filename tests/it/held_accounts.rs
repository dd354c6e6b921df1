//! What holds an account back goes on doing so, whatever else happens to it; and what strangers are told of it is nothing.

use serde_json::{Value, json};

use crate::client::{Client, id};
use crate::passkeys::{authenticator, register};
use crate::resets::told;
use crate::server::{DEFAULT, Server, for_each_store};
use crate::signed_in::PASSWORD;

const USERS: &str = "/tenants/default/users";

fn make(client: &Client, body: Value) -> String {
    id(&client.post(USERS, &body).is(201)["data"])
}

fn status(client: &Client, user: &str) -> Value {
    client.get(&format!("{USERS}/{user}")).is(200)["data"]["status"].clone()
}

fn settings(server: &Server, body: Value) -> crate::client::Answer {
    server.owner().send("PATCH", "/tenants/default/settings", &[], Some(&body))
}

#[test]
fn ir4_whoever_comes_back_without_their_e_mail_is_held_as_before() {
    for_each_store(|server| {
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let (put, post) = (
            |user: &str, status: &str| admin.put(&format!("{USERS}/{user}/status"), &json!({ "status": status })),
            |user: &str, what: &str| admin.send("POST", &format!("{USERS}/{user}/{what}"), &[], None),
        );
        for what in ["deactivated", "suspended"] {
            let email = format!("{what}@x.test");
            let body = |name: &str| json!({ "email": email, "username": name, "password": PASSWORD });
            let user = make(&admin, body(what));
            match what {
                "deactivated" => post(&user, "deactivate").is(200),
                _ => put(&user, "DISABLED").is(200),
            };
            admin.delete(&format!("/admin/users/{user}")).is(204);
            make(&admin, body(&format!("other {what}")));
            post(&user, "restore").is(200);
            assert_eq!(status(&admin, &user), "DISABLED");
            if what == "deactivated" {
                for status in ["LOCKED", "ACTIVE"] {
                    assert_eq!(put(&user, status).is(409)["code"], "final");
                }
                assert_eq!(server.log_in(DEFAULT, what, PASSWORD).status, 401);
            } else {
                assert_eq!(put(&user, "ACTIVE").is(200)["data"]["status"], "ACTIVE");
                server.log_in(DEFAULT, what, PASSWORD).is(200);
            }
        }
    });
}

#[test]
fn ir4_a_hold_that_has_ended_is_not_what_an_adopting_source_is_taken_to_have_said() {
    for_each_store(|server| {
        let (admin, hr) = (server.administrator(DEFAULT, "tenant_admin"), server.connect(DEFAULT, "hr"));
        let ann = make(&admin, json!({ "email": "ann@x.test", "send_welcome_email": false }));
        let until = server.cx().now.plus_seconds(60).to_string();
        admin.put(&format!("{USERS}/{ann}/status"), &json!({ "status": "DISABLED", "until": until })).is(200);
        server.clock.advance(60);
        let named = json!([{ "op": "replace", "path": "displayName", "value": "Ann" }]);
        assert_eq!(hr.patch(&format!("/Users/{ann}"), named).is(200)["active"], true);
    });
}

#[test]
fn ir4_whoever_is_deactivated_is_not_approved() {
    for_each_store(|server| {
        settings(server, json!({ "new_users": { "approve_made": true } })).is(200);
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let post = |user: &str, what: &str| admin.send("POST", &format!("{USERS}/{user}/{what}"), &[], None);
        let manager = server.administrator(DEFAULT, "manager");
        let ann = make(&manager, json!({ "email": "ann@x.test" }));
        post(&ann, "deactivate").is(200);
        let rows = server.journal(DEFAULT).len();
        assert_eq!(post(&ann, "approve").is(409)["code"], "final");
        assert_eq!(server.journal(DEFAULT).len(), rows);
        // Who is approved while suspended gets the link to set the first password all the same.
        let bob = make(&manager, json!({ "email": "bob@x.test" }));
        admin.put(&format!("{USERS}/{bob}/status"), &json!({ "status": "DISABLED" })).is(200);
        told(server);
        assert_eq!(post(&bob, "approve").is(200)["data"]["status"], "DISABLED");
        assert_eq!(told(server).into_iter().map(|(word, ..)| word).collect::<Vec<_>>(), ["welcome"]);
    });
}

#[test]
fn ir6_ten_failures_lock_whenever_the_first_of_them_was() {
    for_each_store(|server| {
        let ann = server.newcomer(DEFAULT, "ann@x.test", "viewer").id.to_string();
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let fail = || server.log_in(DEFAULT, "ann@x.test", "not the password").is(401);
        fail();
        server.clock.advance(800);
        for _ in 0..8 {
            fail();
            server.clock.advance(20);
        }
        assert_eq!(status(&admin, &ann), "ACTIVE");
        fail();
        assert_eq!(status(&admin, &ann), "LOCKED");
        // A quarter of an hour without any begins anew.
        let bob = server.newcomer(DEFAULT, "bob@x.test", "viewer").id.to_string();
        for pause in [0, 0, 0, 0, 900, 20, 20, 20, 20, 0] {
            server.log_in(DEFAULT, "bob@x.test", "not the password").is(401);
            server.clock.advance(pause);
        }
        assert_eq!(status(&admin, &bob), "ACTIVE");
    });
}

#[test]
fn user_enumeration_passkeys_made_up_for_a_name_are_as_real_ones() {
    for_each_store(|server| {
        server.newcomer(DEFAULT, "ann@x.test", "viewer");
        register(server, &server.signed_in(DEFAULT, "ann@x.test"), &mut authenticator(), "Key");
        server.tenant("other");
        let asked = |tenant: &str, name: &str| {
            let body = json!({ "tenant": tenant, "email": name });
            let options = server.rest(None).post("/auth/passkeys/start", &body).is(200)["options"].clone();
            options["publicKey"]["allowCredentials"][0]["id"].as_str().unwrap().to_owned()
        };
        for (name, written_otherwise) in
            [("ann@x.test", "\u{ff21}nn@x.test"), ("nobody@x.test", "\u{ff2e}obody@x.test")]
        {
            assert_eq!(asked(DEFAULT, name), asked(DEFAULT, written_otherwise), "{name}");
            assert_eq!(asked(DEFAULT, name), asked(&server.tenant(DEFAULT).id.to_string(), name), "{name}");
            assert_ne!(asked(DEFAULT, name), asked("other", name), "{name}");
        }
    });
}

#[test]
fn s2_33_no_token_outlives_the_time_in_which_it_must_be_renewed() {
    for_each_store(|server| {
        settings(server, json!({ "sessions": { "idle": 60 } })).is(200);
        server.newcomer(DEFAULT, "ann@x.test", "viewer");
        let tokens = server.tokens_of(DEFAULT, "ann@x.test");
        assert_eq!(tokens["expires_in"], 60);
    });
}

#[test]
fn ir18_a_policy_names_roles_that_there_are() {
    for_each_store(|server| {
        let ask = |role: &str| settings(server, json!({ "mfa": { "roles": { role: "optional" } } }));
        let refused = ask("tenant_admn").is(422);
        assert_eq!(refused["detail"][0]["loc"], json!(["body", "mfa", "roles", "tenant_admn"]));
        ask("tenant_admin").is(200);
        let own = json!({ "key": "own", "name": "Own" });
        server.owner().post("/tenants/default/roles", &own).is(201);
        ask("own").is(200);
        // What was said of a role that is gone stays until it is taken back.
        server.owner().delete("/tenants/default/roles/own?force=true").is(204);
        ask("tenant_admin").is(200);
    });
}
