//! Second factors over HTTP: setting up an authenticator, signing in with it, recovery codes, proving anew who one is, and
//! what is asked of those who lost what they had (S0-11, S1-08, S2-44, IR-6, IR-17, IR-18).

use rollcall::directory::{owners, users};
use rollcall::store::one_time_links::Purpose;
use serde_json::{Value, json};
use totp_rs::{Builder, Secret, Totp};

use crate::client::{Answer, Client};
use crate::server::{DEFAULT, Server, for_each_store};
use crate::signed_in::{OTHER, PASSWORD, text};

const ANN: &str = "ann@example.org";

/// An authenticator that was set up, and who has it.
pub(crate) struct Authenticator {
    totp: Totp,
    pub(crate) recovery_codes: Vec<String>,
}

impl Authenticator {
    /// The code of now.
    pub(crate) fn code(&self, server: &Server) -> String {
        let seconds = u64::try_from(server.cx().now.micros() / 1_000_000).unwrap();
        self.totp.generate(seconds).to_string()
    }

    /// A code that was not used yet: half a minute passes.
    pub(crate) fn next(&self, server: &Server) -> String {
        server.clock.advance(30);
        self.code(server)
    }
}

/// The code of now of a secret that an authenticator was shown.
pub(crate) fn code_of(server: &Server, card: &Value) -> String {
    let secret = Secret::try_from_base32(text(card, "secret")).unwrap();
    let totp = Builder::new().with_secret(secret).build().unwrap();
    Authenticator { totp, recovery_codes: Vec::new() }.code(server)
}

/// Sets up an authenticator for whoever is signed in.
pub(crate) fn enrol(server: &Server, who: &Client) -> Authenticator {
    let card = who.post("/me/mfa/totp", &json!({})).is(200)["data"].clone();
    let secret = Secret::try_from_base32(text(&card, "secret")).unwrap();
    let totp = Builder::new().with_secret(secret).build().unwrap();
    let mut made = Authenticator { totp, recovery_codes: Vec::new() };
    let done = who.post("/me/mfa/totp/verify", &json!({ "code": made.code(server) })).is(200)["data"].clone();
    let codes = done["recovery_codes"].as_array().map(Vec::as_slice).unwrap_or_default();
    made.recovery_codes = codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect();
    made
}

/// Answers the second step of a sign-in.
pub(crate) fn prove(server: &Server, due: &Value, method: &str, code: &str) -> Answer {
    let body = json!({ "mfa_token": text(due, "mfa_token"), "method": method, "code": code });
    server.rest(None).post("/auth/mfa/verify", &body)
}

/// The first step of a sign-in that asks for a second one.
pub(crate) fn due(server: &Server, email: &str) -> Value {
    let due = server.log_in(DEFAULT, email, PASSWORD).is(200);
    assert_eq!(due["mfa_required"], true, "{due}");
    due
}

#[test]
fn s0_11_an_authenticator_is_set_up_and_asked_for_from_then_on() {
    for_each_store(|server| {
        let account = server.newcomer(DEFAULT, ANN, "viewer");
        let ann = server.signed_in(DEFAULT, ANN);
        let before = ann.get("/me/mfa").is(200)["data"].clone();
        assert_eq!((&before["enabled"], &before["recovery_codes_left"]), (&json!(false), &json!(0)));
        let card = ann.post("/me/mfa/totp", &json!({})).is(200)["data"].clone();
        assert!(text(&card, "otpauth_uri").starts_with("otpauth://totp/rollcall:ann%40example.org?secret="), "{card}");
        assert!(text(&card, "qr_svg").contains("<svg") && text(&card, "qr_png").starts_with("data:image/png;base64,"));
        let wrong = ann.post("/me/mfa/totp/verify", &json!({ "code": "000000" })).is(422);
        assert_eq!(wrong["detail"][0]["loc"], json!(["body", "code"]));
        assert!(server.log_in(DEFAULT, ANN, PASSWORD).is(200)["access_token"].is_string(), "not proven yet");
        let authenticator = enrol(server, &ann);
        assert_eq!(authenticator.recovery_codes.len(), 10);
        let after = ann.get("/me/mfa").is(200)["data"].clone();
        assert_eq!((&after["enabled"], &after["factors"][0]["method"]), (&json!(true), &json!("totp")));
        assert!(server.account(&account).mfa_enabled);
        assert!(!server.database.holds(text(&card, "secret")), "the seed is sealed");
        assert!(!server.database.holds(&authenticator.recovery_codes[0]), "codes are hashed");

        let due = due(server, ANN);
        assert_eq!(due["methods"], json!(["totp", "recovery_code"]));
        assert_eq!(due.as_object().unwrap().len(), 3, "{due}");
        let token = text(&due, "mfa_token");
        server.rest(Some(token)).get("/me").is(401);
        let tokens = prove(server, &due, "totp", &authenticator.next(server)).is(200);
        let me = server.rest(Some(text(&tokens, "access_token"))).get("/me").is(200)["data"].clone();
        assert_eq!(me["methods"], json!(["pwd", "otp", "mfa"]));
        prove(server, &due, "totp", &authenticator.next(server)).is(401);
    });
}

#[test]
fn s2_44_a_code_works_once_over_all_challenges() {
    for_each_store(|server| {
        server.newcomer(DEFAULT, ANN, "viewer");
        let authenticator = enrol(server, &server.signed_in(DEFAULT, ANN));
        let (first, second) = (due(server, ANN), due(server, ANN));
        let code = authenticator.next(server);
        prove(server, &first, "totp", &code).is(200);
        prove(server, &second, "totp", &code).is(401);
        prove(server, &second, "totp", &authenticator.next(server)).is(200);
    });
}

#[test]
fn s1_08_a_recovery_code_works_once_and_new_ones_end_the_old() {
    for_each_store(|server| {
        server.newcomer(DEFAULT, ANN, "viewer");
        let authenticator = enrol(server, &server.signed_in(DEFAULT, ANN));
        let code = &authenticator.recovery_codes[3];
        let tokens = prove(server, &due(server, ANN), "recovery_code", &code.to_uppercase()).is(200);
        prove(server, &due(server, ANN), "recovery_code", code).is(401);
        let ann = server.rest(Some(text(&tokens, "access_token")));
        assert_eq!(ann.get("/me/mfa").is(200)["data"]["recovery_codes_left"], 9);
        let fresh = ann.post("/me/mfa/recovery-codes", &json!({})).is(200)["data"]["recovery_codes"].clone();
        assert_eq!(fresh.as_array().unwrap().len(), 10);
        prove(server, &due(server, ANN), "recovery_code", &authenticator.recovery_codes[4]).is(401);
        prove(server, &due(server, ANN), "recovery_code", fresh[0].as_str().unwrap()).is(200);
    });
}

#[test]
fn flow_steps_server_side_a_second_step_is_tried_five_times_within_five_minutes() {
    for_each_store(|server| {
        server.newcomer(DEFAULT, ANN, "viewer");
        let authenticator = enrol(server, &server.signed_in(DEFAULT, ANN));
        let tried = due(server, ANN);
        for _ in 0..4 {
            prove(server, &tried, "totp", "000000").is(401);
        }
        prove(server, &tried, "totp", &authenticator.next(server)).is(200);
        let spent = due(server, ANN);
        for _ in 0..5 {
            prove(server, &spent, "totp", "000000").is(401);
        }
        prove(server, &spent, "totp", &authenticator.next(server)).is(401);
        let late = due(server, ANN);
        server.clock.advance(5 * 60);
        prove(server, &late, "totp", &authenticator.code(server)).is(401);
        let offered = due(server, ANN);
        for method in ["sms", "email", "password", "enrolment_code"] {
            let body =
                json!({ "mfa_token": offered["mfa_token"], "method": method, "code": "1", "password": PASSWORD });
            let refused = server.rest(None).post("/auth/mfa/verify", &body).is(422);
            assert_eq!(refused["detail"][0]["loc"], json!(["body", "method"]), "{method}");
        }
    });
}

#[test]
fn otp_guess_budget_counts_over_all_challenges_and_doors() {
    for_each_store(|server| {
        server.newcomer(DEFAULT, ANN, "viewer");
        let ann = server.signed_in(DEFAULT, ANN);
        let authenticator = enrol(server, &ann);
        for _ in 0..5 {
            prove(server, &due(server, ANN), "totp", "000000").is(401);
        }
        let refused = prove(server, &due(server, ANN), "totp", &authenticator.next(server));
        // Half a minute has passed with the code; then the next guess is heard.
        refused.is(200);
        for _ in 0..5 {
            prove(server, &due(server, ANN), "totp", "000000").is(401);
        }
        let refused = prove(server, &due(server, ANN), "totp", &authenticator.code(server));
        refused.is(429);
        assert_eq!(refused.header("retry-after"), Some("30"));
        for _ in 0..10 {
            server.clock.advance(900);
            prove(server, &due(server, ANN), "totp", "000000").is(401);
        }
        server.clock.advance(900);
        let spent = prove(server, &due(server, ANN), "totp", &authenticator.code(server));
        spent.is(429);
        let wait: i64 = spent.header("retry-after").unwrap().parse().unwrap();
        assert!(wait > 15 * 60, "{wait}");
        prove(server, &due(server, ANN), "recovery_code", &authenticator.recovery_codes[0]).is(200);
        server.clock.advance(wait);
        prove(server, &due(server, ANN), "totp", &authenticator.code(server)).is(200);
    });
}

#[test]
fn ir18_what_is_sensitive_asks_for_a_fresh_proof_by_the_strongest_factor() {
    for_each_store(|server| {
        server.newcomer(DEFAULT, ANN, "tenant_admin");
        let bob = server.newcomer(DEFAULT, "bob@example.org", "viewer");
        let path = format!("/admin/users/{}", bob.id);
        let authenticator = enrol(server, &server.signed_in(DEFAULT, ANN));
        let session = server.log_in_with(&authenticator, ANN);
        let again = server.rest(Some(text(&session, "access_token")));
        again.get(&path).is(200);
        let refresh = json!({ "refresh_token": text(&session, "refresh_token") });
        server.clock.advance(15 * 60);
        let next = server.rest(None).post("/auth/refresh", &refresh).is(200);
        let again = server.rest(Some(text(&next, "access_token")));
        let refused = again.delete(&path);
        let problem = refused.is(401);
        assert_eq!((&problem["code"], &problem["acr_values"]), (&json!("step_up"), &json!("2")));
        let challenge = refused.header("www-authenticate").unwrap();
        assert!(
            challenge.contains("insufficient_user_authentication") && challenge.contains("max_age=900"),
            "{challenge}"
        );
        again.get(&path).is(200);
        let due = again.post("/auth/step-up", &json!({})).is(200);
        assert_eq!(due["methods"], json!(["totp"]));
        let proven = prove(server, &due, "totp", &authenticator.next(server)).is(200);
        again.delete(&path).is(204);
        server.rest(Some(text(&proven, "access_token"))).get(&path).is(404);
    });
}

#[test]
fn ir18_who_has_no_factor_steps_up_by_the_password() {
    for_each_store(|server| {
        server.newcomer(DEFAULT, ANN, "viewer");
        let ann = server.signed_in(DEFAULT, ANN);
        let due = ann.post("/auth/step-up", &json!({})).is(200);
        assert_eq!(due["methods"], json!(["password"]));
        let step = |password: &str| {
            let body = json!({ "mfa_token": due["mfa_token"], "method": "password", "password": password });
            server.rest(None).post("/auth/mfa/verify", &body)
        };
        step(OTHER).is(401);
        step(PASSWORD).is(200);
        step(PASSWORD).is(401);
    });
}

#[test]
fn ir17_after_a_reset_the_enrolment_code_opens_a_session_that_only_sets_up_a_factor() {
    for_each_store(|server| {
        let ann = server.newcomer(DEFAULT, ANN, "viewer");
        let session = server.signed_in(DEFAULT, ANN);
        let lost = enrol(server, &session);
        let owner = server.owner();
        let path = format!("/admin/users/{}/mfa/disable", ann.id);
        assert_eq!(owner.post(&path, &json!({})).is(200)["data"]["mfa_enabled"], false);
        session.get("/me").is(401);
        assert!(!server.account(&ann).mfa_enabled);
        let asked = due(server, ANN);
        assert_eq!(asked["methods"], json!(["enrolment_code"]));
        prove(server, &asked, "enrolment_code", "rc_link_0000000000000000.x").is(401);
        let code = server.link(&server.account(&ann), Purpose::Enrol);
        let limited = prove(server, &asked, "enrolment_code", &code).is(200);
        assert_eq!(limited["enrolment_required"], true);
        let limited = server.rest(Some(text(&limited, "access_token")));
        assert_eq!(limited.get("/me").is(403)["code"], "enrolment_required");
        limited.get("/tenants/default/users").is(401);
        limited.get("/me/mfa").is(200);
        enrol(server, &limited);
        limited.get("/me").is(200);
        prove(server, &due(server, ANN), "totp", &lost.next(server)).is(401);
        prove(server, &due(server, ANN), "enrolment_code", &code).is(422);
    });
}

#[test]
fn ir17_nothing_changes_where_there_was_nothing_and_nobody_removes_their_own() {
    for_each_store(|server| {
        let ann = server.newcomer(DEFAULT, ANN, "tenant_admin");
        let session = server.signed_in(DEFAULT, ANN);
        let owner = server.owner();
        owner.post(&format!("/admin/users/{}/mfa/disable", ann.id), &json!({})).is(200);
        session.get("/me").is(200);
        session.post(&format!("/admin/users/{}/mfa/disable", ann.id), &json!({})).is(403);
        assert!(server.log_in(DEFAULT, ANN, PASSWORD).is(200)["access_token"].is_string());
    });
}

#[test]
fn single_use_setting_up_is_bound_to_its_session() {
    for_each_store(|server| {
        server.newcomer(DEFAULT, ANN, "viewer");
        let (here, there) = (server.signed_in(DEFAULT, ANN), server.signed_in(DEFAULT, ANN));
        let card = here.post("/me/mfa/totp", &json!({})).is(200)["data"].clone();
        let code = json!({ "code": code_of(server, &card) });
        assert_eq!(there.post("/me/mfa/totp/verify", &code).is(409)["code"], "not_begun");
        here.post("/me/mfa/totp/verify", &code).is(200);
        assert_eq!(here.post("/me/mfa/totp/verify", &code).is(409)["code"], "not_begun");
        here.delete("/me/mfa/totp").is(204);
        here.delete("/me/mfa/totp").is(404);
        assert_eq!(here.get("/me/mfa").is(200)["data"]["recovery_codes_left"], 0);
        assert!(server.log_in(DEFAULT, ANN, PASSWORD).is(200)["access_token"].is_string());
    });
}

impl Server {
    /// Signs in with password and authenticator; gives the tokens.
    pub(crate) fn log_in_with(&self, authenticator: &Authenticator, email: &str) -> Value {
        prove(self, &due(self, email), "totp", &authenticator.next(self)).is(200)
    }
}

#[test]
fn s2_32_a_policy_is_kept_and_one_that_locks_everybody_out_is_refused() {
    for_each_store(|server| {
        server.newcomer(DEFAULT, ANN, "tenant_admin");
        server.newcomer(DEFAULT, "bob@example.org", "viewer");
        let ann = server.signed_in(DEFAULT, ANN);
        let set = |policy: Value| ann.send("PATCH", "/tenants/default/settings", &[], Some(&json!({ "mfa": policy })));
        let refused = set(json!({ "requirement": "required", "grace_days": 0 })).is(409);
        assert_eq!((&refused["code"], refused["user_ids"].is_array()), (&json!("locks_out"), true), "{refused}");
        for (policy, member) in [
            (json!({ "requirement": "sometimes" }), "requirement"),
            (json!({ "grace_days": -1 }), "grace_days"),
            (json!({ "requirement": "phishing_resistant", "methods": ["totp"] }), "methods"),
            (json!({ "methods": ["password"] }), "methods"),
        ] {
            let faults = set(policy).is(422)["detail"].clone();
            assert_eq!(faults[0]["loc"], json!(["body", "mfa", member]), "{faults}");
        }
        let authenticator = enrol(server, &ann);
        set(json!({ "requirement": "required", "grace_days": 0, "roles": { "tenant_admin": "required" } })).is(200);
        // The grace begins with the first sign-in that lacks something; with none it is over at once.
        let limited = server.log_in(DEFAULT, "bob@example.org", PASSWORD).is(200);
        assert_eq!(limited["enrolment_required"], true, "{limited}");
        let bob = server.rest(Some(text(&limited, "access_token")));
        assert_eq!(bob.get("/me").is(403)["code"], "enrolment_required");
        enrol(server, &bob);
        bob.get("/me").is(200);
        assert_eq!(bob.delete("/me/mfa/totp").is(409)["code"], "last_factor");
        assert_eq!(bob.get("/me/mfa").is(200)["data"]["requirement"], "required");
        prove(server, &due(server, ANN), "totp", &authenticator.next(server)).is(200);
        let other = server.administrator(DEFAULT, "viewer");
        other.send("PATCH", "/tenants/default/settings", &[], Some(&json!({ "mfa": { "grace_days": 1 } }))).is(403);
    });
}

#[test]
fn ir16_an_owner_who_lost_everything_comes_back_by_the_machine_alone() {
    for_each_store(|server| {
        let owner = server.new_owner("boss@example.org");
        let signs_in = |password: &str, next: &str| {
            let answer = server.log_in("platform", "boss@example.org", password).is(200);
            let body = json!({ "change_token": text(&answer, "change_token"), "new_password": next });
            server.rest(None).post("/auth/password/change", &body).is(200)
        };
        let session = server.rest(Some(text(&signs_in(owner.password.reveal(), OTHER), "access_token")));
        enrol(server, &session);
        let (directory, operator, cx) = (server.directory(), server.operator(), server.cx());
        let recovered = owners::recover(directory, operator, &cx, "boss@example.org");
        let recovered = server.wait(recovered).unwrap();
        session.get("/me").is(401);
        let tokens = signs_in(recovered.password.reveal(), PASSWORD);
        let again = server.rest(Some(text(&tokens, "access_token")));
        assert_eq!(again.get("/me/mfa").is(200)["data"]["enabled"], false);
    });
}

#[test]
fn ir19_nothing_of_the_factors_of_erased_users_is_left() {
    for_each_store(|server| {
        let ann = server.newcomer(DEFAULT, ANN, "viewer");
        enrol(server, &server.signed_in(DEFAULT, ANN));
        due(server, ANN);
        let owner = server.owner();
        owner.delete(&format!("/admin/users/{}", ann.id)).is(204);
        let (permit, cx) = (server.permit(DEFAULT), server.cx());
        server.wait(users::erase(server.directory(), &permit, &cx, &ann.id.to_string())).unwrap();
        for table in ["factor", "recovery_code", "user_mfa", "ceremony", "passkey", "mfa_reset", "device"] {
            assert_eq!(server.database.number(&format!("SELECT count(*) FROM {table}")), 0, "{table}");
        }
    });
}
