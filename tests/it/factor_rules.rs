//! Who may set factors up and give them up, and which count: a fresh and strong proof (IR-18), what the tenant allows (S2-32),
//! and codes and sessions that are somebody else's or have ended.

use rollcall::store::one_time_links::Purpose;
use serde_json::json;

use crate::client::Client;
use crate::mfa::{due, enrol, prove};
use crate::passkeys::{authenticator, begin, finish, register, shown};
use crate::server::{DEFAULT, Server, for_each_store};
use crate::signed_in::{PASSWORD, text};

const ANN: &str = "ann@example.org";

/// What changes how somebody proves who they are: nobody does it by a session that proves too little.
fn refused_without_proof(who: &Client, passkey: &str) {
    let posts = ["/me/mfa/totp", "/me/mfa/email", "/me/passkeys/register/start", "/me/mfa/recovery-codes"];
    let posts = posts.map(|path| (path, who.post(path, &json!({}))));
    let paths = ["/me/mfa/totp".to_owned(), format!("/me/passkeys/{passkey}")];
    let deletes = paths.iter().map(|path| (path.as_str(), who.delete(path)));
    for (path, answer) in posts.into_iter().chain(deletes) {
        assert_eq!(answer.status, 401, "{path}: {}", answer.text);
        assert_eq!(answer.json()["code"], "step_up", "{path}");
    }
}

#[test]
fn ir18_setting_factors_up_and_giving_them_up_ask_for_a_fresh_and_strong_proof() {
    for_each_store(|server| {
        server.newcomer(DEFAULT, ANN, "viewer");
        let (before, ann) = (server.signed_in(DEFAULT, ANN), server.signed_in(DEFAULT, ANN));
        let (codes, mut key) = (enrol(server, &ann), authenticator());
        let made = register(server, &ann, &mut key, "Key");
        let id = text(&made["passkey"], "id");
        // The other session was begun with the password alone, just now: too weak since there is more.
        refused_without_proof(&before, id);
        // So is one that proved the weaker of two factors.
        let by_code = server.log_in_with(&codes, ANN);
        refused_without_proof(&server.rest(Some(text(&by_code, "access_token"))), id);
        // And the strongest proof is none any more after a quarter of an hour.
        let begun = begin(server, ANN);
        let tokens = finish(server, &begun, &shown(server, &mut key, &begun["options"])).is(200);
        server.rest(Some(text(&tokens, "access_token"))).post("/me/mfa/recovery-codes", &json!({})).is(200);
        server.clock.advance(15 * 60);
        let refresh = json!({ "refresh_token": tokens["refresh_token"] });
        let later = server.rest(None).post("/auth/refresh", &refresh).is(200);
        refused_without_proof(&server.rest(Some(text(&later, "access_token"))), id);
    });
}

/// Sets the factors that the tenant allows.
fn allow(server: &Server, methods: &[&str]) {
    let settings = json!({ "mfa": { "methods": methods } });
    server.owner().send("PATCH", "/tenants/default/settings", &[], Some(&settings)).is(200);
}

#[test]
fn s2_32_a_factor_that_the_tenant_does_not_allow_is_neither_set_up_nor_taken() {
    for_each_store(|server| {
        server.newcomer(DEFAULT, ANN, "viewer");
        let (ann, mut key) = (server.signed_in(DEFAULT, ANN), authenticator());
        register(server, &ann, &mut key, "Key");
        let codes = enrol(server, &ann);
        allow(server, &["totp"]);
        for path in ["/me/passkeys/register/start", "/me/mfa/email"] {
            assert_eq!(ann.post(path, &json!({})).is(409)["code"], "not_allowed", "{path}");
        }
        assert_eq!(due(server, ANN)["methods"], json!(["totp", "recovery_code"]));
        let alone = |key: &mut _| {
            let begun = begin(server, ANN);
            finish(server, &begun, &shown(server, key, &begun["options"])).status
        };
        assert_eq!(alone(&mut key), 401);
        allow(server, &["passkey"]);
        assert_eq!(ann.post("/me/mfa/totp", &json!({})).is(409)["code"], "not_allowed");
        let only_key = due(server, ANN);
        assert_eq!(only_key["methods"], json!(["passkey", "recovery_code"]));
        prove(server, &only_key, "totp", &codes.next(server)).is(422);
        assert_eq!(alone(&mut key), 200);
    });
}

#[test]
fn ir17_an_enrolment_code_lets_in_whom_it_was_made_for_alone() {
    for_each_store(|server| {
        let people = [ANN, "bob@example.org"].map(|email| server.newcomer(DEFAULT, email, "viewer"));
        for account in &people {
            enrol(server, &server.signed_in(DEFAULT, &account.user_name));
            server.owner().post(&format!("/admin/users/{}/mfa/disable", account.id), &json!({})).is(200);
        }
        let his = server.link(&server.account(&people[1]), Purpose::Enrol);
        prove(server, &due(server, ANN), "enrolment_code", &his).is(401);
        // A link of another purpose is no such code.
        let reset = server.link(&server.account(&people[0]), Purpose::Reset);
        prove(server, &due(server, ANN), "enrolment_code", &reset).is(401);
        let late = server.link(&server.account(&people[0]), Purpose::Enrol);
        prove(server, &due(server, "bob@example.org"), "enrolment_code", &his).is(200);
        server.clock.advance(24 * 3600);
        prove(server, &due(server, ANN), "enrolment_code", &late).is(401);
    });
}

#[test]
fn flow_steps_server_side_a_step_up_ends_with_its_session() {
    for_each_store(|server| {
        server.newcomer(DEFAULT, ANN, "viewer");
        let tokens = server.tokens_of(DEFAULT, ANN);
        let ann = server.rest(Some(text(&tokens, "access_token")));
        let step_up = ann.post("/auth/step-up", &json!({})).is(200);
        let session = ann.get("/me").is(200)["data"]["session_id"].clone();
        server.signed_in(DEFAULT, ANN).delete(&format!("/auth/sessions/{}", session.as_str().unwrap())).is(204);
        let body = json!({ "mfa_token": step_up["mfa_token"], "method": "password", "password": PASSWORD });
        server.rest(None).post("/auth/mfa/verify", &body).is(401);
        ann.get("/me").is(401);
    });
}
