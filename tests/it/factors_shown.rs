//! What people and administrators see of second factors, and how administrators take them away (S0-10, S0-16, S0-18, S1-03,
//! S1-04).

use serde_json::json;

use crate::client::Client;
use crate::mfa::{due, enrol, prove};
use crate::passkeys::{authenticator, begin, finish, register, shown};
use crate::server::{DEFAULT, Server, for_each_store};
use crate::signed_in::{PASSWORD, text};

const ANN: &str = "ann@example.org";

/// An owner of the platform, at the face of its owners.
fn platform(server: &Server) -> Client {
    let owner = server.newcomer(DEFAULT, "owner@example.org", "platform_owner");
    server.platform(&owner.id.to_string())
}

#[test]
fn s0_10_several_methods_are_set_up_and_the_one_that_is_liked_best_is_offered_first() {
    for_each_store(|server| {
        server.newcomer(DEFAULT, ANN, "viewer");
        let ann = server.signed_in(DEFAULT, ANN);
        let prefer =
            |method: serde_json::Value| ann.send("PATCH", "/me/mfa", &[], Some(&json!({ "preferred": method })));
        assert_eq!(prefer(json!("totp")).is(422)["detail"][0]["loc"], json!(["body", "preferred"]));
        enrol(server, &ann);
        register(server, &ann, &mut authenticator(), "Key");
        assert_eq!(due(server, ANN)["methods"], json!(["passkey", "totp", "recovery_code"]));
        assert_eq!(prefer(json!("totp")).is(200)["data"]["preferred"], "totp");
        assert_eq!(due(server, ANN)["methods"], json!(["totp", "passkey", "recovery_code"]));
        let rows = server.journal(DEFAULT).len();
        prefer(json!("totp")).is(200);
        assert_eq!(server.journal(DEFAULT).len(), rows, "nothing changed and nothing is written");
        for wrong in [json!("sms"), json!("password"), json!("recovery_code"), json!("enrolment_code"), json!(7)] {
            assert_eq!(prefer(wrong.clone()).status, 422, "{wrong}");
        }
        assert_eq!(prefer(json!(null)).is(200)["data"]["preferred"], json!(null));
        assert_eq!(due(server, ANN)["methods"], json!(["passkey", "totp", "recovery_code"]));
        let seen = ann.get("/me/mfa").is(200)["data"].clone();
        assert_eq!((&seen["passkeys"], &seen["factors"][0]["method"]), (&json!(1), &json!("totp")));
        assert_eq!(seen["allowed"].as_array().unwrap().len(), 4, "{seen}");
    });
}

#[test]
fn s0_16_the_use_of_a_passkey_is_counted_and_dated() {
    for_each_store(|server| {
        server.newcomer(DEFAULT, ANN, "viewer");
        let (ann, mut key) = (server.signed_in(DEFAULT, ANN), authenticator());
        let made = register(server, &ann, &mut key, "Key")["passkey"].clone();
        assert_eq!((&made["use_count"], &made["last_used_at"]), (&json!(0), &json!(null)), "{made}");
        let seen = || ann.get("/me/passkeys").is(200)["data"][0].clone();
        let mut before = String::new();
        for uses in 1..=2 {
            server.clock.advance(60);
            let begun = begin(server, ANN);
            finish(server, &begun, &shown(server, &mut key, &begun["options"])).is(200);
            let now = seen();
            assert_eq!(now["use_count"], uses, "{now}");
            assert!(text(&now, "last_used_at") > before.as_str(), "{now}");
            text(&now, "last_used_at").clone_into(&mut before);
        }
        // What opened nothing was no use.
        let begun = begin(server, ANN);
        let credential = shown(server, &mut key, &begun["options"]);
        server.clock.advance(300);
        finish(server, &begun, &credential).is(401);
        assert_eq!((seen()["use_count"].clone(), text(&seen(), "last_used_at")), (json!(2), before.as_str()));
    });
}

#[test]
fn s1_03_s0_18_any_factor_counts_and_recovery_codes_do_while_one_is_left() {
    for_each_store(|server| {
        let platform = platform(server);
        let status = |user: &str| platform.get(&format!("/users/{user}/mfa/status")).is(200);
        let seen = |enabled: bool, codes: bool| json!({ "enabled": enabled, "has_backup_codes": codes });
        let by_code = server.newcomer(DEFAULT, ANN, "viewer").id.to_string();
        assert_eq!(status(&by_code), seen(false, false));
        let codes = enrol(server, &server.signed_in(DEFAULT, ANN)).recovery_codes;
        assert_eq!(status(&by_code), seen(true, true));
        let owner = server.owner();
        let shown = owner.get(&format!("/tenants/default/users/{by_code}?include=mfa")).is(200);
        assert_eq!(shown["data"]["mfa"]["enabled"], true, "{shown}");
        for (place, code) in codes.iter().enumerate() {
            assert_eq!(status(&by_code), seen(true, true), "{place} are used");
            prove(server, &due(server, ANN), "recovery_code", code).is(200);
        }
        assert_eq!(status(&by_code), seen(true, false));
        let by_key = server.newcomer(DEFAULT, "bob@example.org", "viewer");
        register(server, &server.signed_in(DEFAULT, &by_key.user_name), &mut authenticator(), "Key");
        assert_eq!(status(&by_key.id.to_string()), seen(true, true));
    });
}

#[test]
fn s1_04_s4_08_all_factors_are_taken_away_by_either_door_and_passkeys_stay_when_that_is_asked_for() {
    for_each_store(|server| {
        type Door<'a> = &'a dyn Fn(&str, &str) -> u16;
        let (platform, owner) = (platform(server), server.owner());
        let doors: [(&str, Door<'_>); 2] = [
            ("platform", &|user, query| platform.delete(&format!("/users/{user}/mfa{query}")).status),
            ("admin", &|user, query| owner.post(&format!("/admin/users/{user}/mfa/disable{query}"), &json!({})).status),
        ];
        for (name, remove) in doors {
            for keep in [false, true] {
                let email = format!("{name}-{keep}@example.org");
                let account = server.newcomer(DEFAULT, &email, "viewer");
                let id = account.id.to_string();
                let (session, mut key) = (server.signed_in(DEFAULT, &email), authenticator());
                let codes = enrol(server, &session);
                register(server, &session, &mut key, "Key");
                let half = due(server, &email);
                assert_eq!(remove(&id, if keep { "?keep_passkeys=true" } else { "" }), 200);
                session.get("/me").is(401);
                prove(server, &half, "totp", &codes.next(server)).is(401);
                let status = platform.get(&format!("/users/{id}/mfa/status")).is(200);
                assert_eq!(status, json!({ "enabled": keep, "has_backup_codes": false }), "{name}");
                let begun = begin(server, &email);
                let methods = &due(server, &email)["methods"];
                if keep {
                    assert_eq!(*methods, json!(["passkey"]));
                    finish(server, &begun, &shown(server, &mut key, &begun["options"])).is(200);
                } else {
                    assert_eq!(*methods, json!(["enrolment_code"]));
                }
                assert!(server.mails("factors_removed").contains(&account.id), "{name}");
                assert_eq!(server.log_in(DEFAULT, &email, PASSWORD).is(200)["mfa_required"], true);
            }
        }
    });
}
