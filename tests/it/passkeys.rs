//! Passkeys over HTTP, with the software authenticator of webauthn-rs in the browser's place: registering, signing in with a
//! passkey alone and as the second step, renaming, giving up, and what does not hold (S0-14 to S0-17, S2-43).

use serde_json::{Value, json};
use webauthn_authenticator_rs::WebauthnAuthenticator as _;
use webauthn_authenticator_rs::prelude::Url;
use webauthn_authenticator_rs::softpasskey::SoftPasskey;

use crate::client::{Answer, Client};
use crate::database::{Database, Kind};
use crate::program::Place;
use crate::server::{DEFAULT, Server, for_each_store};
use crate::signed_in::{PASSWORD, text};

const ANN: &str = "ann@example.org";

/// A software authenticator that has verified its user.
pub(crate) fn authenticator() -> SoftPasskey {
    SoftPasskey::new(true)
}

fn origin(server: &Server) -> Url {
    Url::parse(&server.public_url().replace("127.0.0.1", "localhost")).unwrap()
}

/// What a browser makes of the options of a registration.
pub(crate) fn made(server: &Server, authenticator: &mut SoftPasskey, options: &Value) -> Value {
    let options = serde_json::from_value(options.clone()).unwrap();
    serde_json::to_value(authenticator.do_registration(origin(server), options).unwrap()).unwrap()
}

/// What a browser shows for the options of a sign-in.
pub(crate) fn shown(server: &Server, authenticator: &mut SoftPasskey, options: &Value) -> Value {
    shown_at(origin(server), authenticator, options)
}

fn shown_at(origin: Url, authenticator: &mut SoftPasskey, options: &Value) -> Value {
    let options = serde_json::from_value(options.clone()).unwrap();
    serde_json::to_value(authenticator.do_authentication(origin, options).unwrap()).unwrap()
}

/// Registers a passkey for whoever is signed in; gives its id.
pub(crate) fn register(server: &Server, who: &Client, authenticator: &mut SoftPasskey, name: &str) -> Value {
    let options = who.post("/me/passkeys/register/start", &json!({})).is(200)["data"]["options"].clone();
    assert_eq!(options["publicKey"]["authenticatorSelection"]["residentKey"], "preferred", "{options}");
    let body = json!({ "credential": made(server, authenticator, &options), "name": name });
    who.post("/me/passkeys/register/finish", &body).is(201)["data"].clone()
}

/// Begins to sign in with a passkey of a user name.
pub(crate) fn begin(server: &Server, email: &str) -> Value {
    server.rest(None).post("/auth/passkeys/start", &json!({ "tenant": DEFAULT, "email": email })).is(200)
}

pub(crate) fn finish(server: &Server, begun: &Value, credential: &Value) -> Answer {
    let body = json!({ "passkey_token": text(begun, "passkey_token"), "credential": credential });
    server.rest(None).post("/auth/passkeys/finish", &body)
}

#[test]
fn s0_14_a_passkey_alone_signs_in_and_is_phishing_resistant() {
    for_each_store(|server| {
        let account = server.newcomer(DEFAULT, ANN, "viewer");
        let (ann, mut key) = (server.signed_in(DEFAULT, ANN), authenticator());
        let made = register(server, &ann, &mut key, "Laptop");
        assert_eq!(made["recovery_codes"].as_array().unwrap().len(), 10);
        assert_eq!(text(&made["passkey"], "name"), "Laptop");
        assert!(server.account(&account).mfa_enabled);
        let begun = begin(server, ANN);
        let credential = shown(server, &mut key, &begun["options"]);
        let tokens = finish(server, &begun, &credential).is(200);
        let me = server.rest(Some(text(&tokens, "access_token"))).get("/me").is(200)["data"].clone();
        assert_eq!(me["methods"], json!(["hwk"]));
        // The ceremony is over, and so is the answer to it.
        finish(server, &begun, &credential).is(401);
        let used = ann.get("/me/passkeys").is(200)["data"][0].clone();
        assert_eq!((&used["use_count"], used["last_used_at"].is_string()), (&json!(1), true), "{used}");
        // What a passkey user does next needs nothing more.
        let fresh = server.rest(Some(text(&tokens, "access_token")));
        fresh.post("/me/mfa/recovery-codes", &json!({})).is(200);
    });
}

#[test]
fn s2_43_a_passkey_is_a_second_step_and_a_step_up() {
    for_each_store(|server| {
        server.newcomer(DEFAULT, ANN, "viewer");
        let mut key = authenticator();
        register(server, &server.signed_in(DEFAULT, ANN), &mut key, "Key");
        let due = server.log_in(DEFAULT, ANN, PASSWORD).is(200);
        assert_eq!(due["methods"], json!(["passkey", "recovery_code"]));
        let challenge = |due: &Value, method: &str| {
            let body = json!({ "mfa_token": text(due, "mfa_token"), "method": method });
            server.rest(None).post("/auth/mfa/challenge", &body)
        };
        let verify = |due: &Value, credential: &Value| {
            let body = json!({ "mfa_token": text(due, "mfa_token"), "method": "passkey", "credential": credential });
            server.rest(None).post("/auth/mfa/verify", &body)
        };
        challenge(&due, "totp").is(422);
        let first = challenge(&due, "passkey").is(200);
        let stale = shown(server, &mut key, &first["options"]);
        let second = challenge(&due, "passkey").is(200);
        verify(&due, &stale).is(401);
        let tokens = verify(&due, &shown(server, &mut key, &second["options"])).is(200);
        let ann = server.rest(Some(text(&tokens, "access_token")));
        assert_eq!(ann.get("/me").is(200)["data"]["methods"], json!(["pwd", "hwk", "mfa"]));
        server.clock.advance(599);
        let due = ann.post("/auth/step-up", &json!({})).is(200);
        assert_eq!(due["methods"], json!(["passkey"]));
        let asked = challenge(&due, "passkey").is(200);
        verify(&due, &shown(server, &mut key, &asked["options"])).is(200);
        verify(&due, &stale).is(401);
    });
}

#[test]
fn s0_15_s0_17_passkeys_are_named_listed_and_given_up() {
    for_each_store(|server| {
        server.newcomer(DEFAULT, ANN, "viewer");
        server.newcomer(DEFAULT, "bob@example.org", "viewer");
        let (ann, bob) = (server.signed_in(DEFAULT, ANN), server.signed_in(DEFAULT, "bob@example.org"));
        let mut key = authenticator();
        let made = register(server, &ann, &mut key, "Old")["passkey"].clone();
        let path = format!("/me/passkeys/{}", text(&made, "id"));
        assert_eq!(ann.send("PATCH", &path, &[], Some(&json!({ "name": "New" }))).is(200)["data"]["name"], "New");
        ann.send("PATCH", &path, &[], Some(&json!({ "name": "" }))).is(422);
        ann.send("PATCH", &path, &[], Some(&json!({ "name": "x".repeat(65) }))).is(422);
        bob.send("PATCH", &path, &[], Some(&json!({ "name": "Mine" }))).is(404);
        bob.delete(&path).is(404);
        assert_eq!(ann.get("/me/passkeys").is(200)["data"].as_array().unwrap().len(), 1);
        ann.delete(&path).is(204);
        ann.delete(&path).is(404);
        assert_eq!(ann.get("/me/mfa").is(200)["data"]["enabled"], false);
        assert!(server.log_in(DEFAULT, ANN, PASSWORD).is(200)["access_token"].is_string());
    });
}

#[test]
fn badexample_com_and_foreign_answers_open_nothing() {
    for_each_store(|server| {
        server.newcomer(DEFAULT, ANN, "viewer");
        let bob = server.newcomer(DEFAULT, "bob@example.org", "viewer");
        let (mut hers, mut his) = (authenticator(), authenticator());
        register(server, &server.signed_in(DEFAULT, ANN), &mut hers, "Hers");
        register(server, &server.signed_in(DEFAULT, &bob.user_name), &mut his, "His");
        let (for_ann, for_bob) = (begin(server, ANN), begin(server, &bob.user_name));
        let credential = shown(server, &mut his, &for_bob["options"]);
        finish(server, &for_ann, &credential).is(401);
        let begun = begin(server, ANN);
        let mut options = begun["options"].clone();
        options["publicKey"]["rpId"] = json!("badlocalhost");
        let elsewhere = Url::parse("https://badlocalhost").unwrap();
        finish(server, &begun, &shown_at(elsewhere, &mut hers, &options)).is(401);
        let begun = begin(server, ANN);
        let good = shown(server, &mut hers, &begun["options"]);
        server.clock.advance(300);
        finish(server, &begun, &good).is(401);
        finish(server, &begin(server, ANN), &json!({ "id": "x" })).is(422);
    });
}

#[test]
fn s0_14_nobody_hears_whether_a_user_has_passkeys() {
    for_each_store(|server| {
        server.newcomer(DEFAULT, ANN, "viewer");
        let mut key = authenticator();
        register(server, &server.signed_in(DEFAULT, ANN), &mut key, "Key");
        server.newcomer(DEFAULT, "bob@example.org", "viewer");
        let shape = |email: &str| {
            let options = begin(server, email)["options"]["publicKey"].clone();
            let ids = options["allowCredentials"].as_array().unwrap().clone();
            let mut members: Vec<String> = options.as_object().unwrap().keys().cloned().collect();
            members.sort();
            (ids.len(), text(&ids[0], "id").len(), members)
        };
        let known = shape(ANN);
        assert_eq!(shape("bob@example.org"), known);
        assert_eq!(shape("nobody@example.org"), known);
        let twice = [begin(server, "nobody@example.org"), begin(server, "nobody@example.org")];
        let ids = twice.map(|begun| begun["options"]["publicKey"]["allowCredentials"].clone());
        assert_eq!(ids[0], ids[1], "what is made up stays the same");
    });
}

#[test]
fn s0_17_a_disabled_user_has_no_use_of_a_passkey_and_a_guessed_at_one_has() {
    for_each_store(|server| {
        let ann = server.newcomer(DEFAULT, ANN, "viewer");
        let mut key = authenticator();
        register(server, &server.signed_in(DEFAULT, ANN), &mut key, "Key");
        let owner = server.owner();
        let path = format!("/tenants/default/users/{}/status", ann.id);
        for _ in 0..10 {
            server.clock.advance(60);
            server.log_in(DEFAULT, ANN, "wrong words entirely here").is(401);
        }
        assert_eq!(server.account(&ann).status, "LOCKED");
        server.clock.advance(60);
        server.log_in(DEFAULT, ANN, PASSWORD).is(401);
        let begun = begin(server, ANN);
        finish(server, &begun, &shown(server, &mut key, &begun["options"])).is(200);
        owner.put(&path, &json!({ "status": "DISABLED" })).is(200);
        let begun = begin(server, ANN);
        finish(server, &begun, &shown(server, &mut key, &begun["options"])).is(401);
    });
}

#[test]
fn ir18_a_server_that_is_another_relying_party_does_not_start_while_there_are_passkeys() {
    for kind in Kind::all() {
        let database = Database::new(kind);
        let place = || Place::sqlite().with("ROLLCALL_DATABASE_URL", &database.url());
        let first = place();
        first.serve().stop();
        let key = first.data().join("master.key").display().to_string();
        let place = || place().with("ROLLCALL_MASTER_KEY_FILE", &key);
        let (id, now) = (database.id(&crate::persons::fresh().to_string()), database.epoch());
        let credential = if kind == Kind::Sqlite { "x'00'" } else { "'\\x00'" };
        database.execute(&format!(
            "INSERT INTO passkey
               (id, user_id, credential_id, credential, rp_id, name, device_bound, backed_up, created, uses)
             SELECT {id}, id, {credential}, '{{}}', 'elsewhere.test', 'Key', true, false, {now}, 0 FROM users LIMIT 1"
        ));
        // It would go on for ever if it started.
        let serve = std::panic::AssertUnwindSafe(|| place().serve().stop());
        let refused = std::panic::catch_unwind(serve).unwrap_err();
        let why = refused.downcast_ref::<String>().unwrap();
        assert!(why.contains("elsewhere.test") && why.contains("localhost") && why.contains("rp_accept"), "{why}");
        place().with("ROLLCALL_RP_ACCEPT", "true").serve().stop();
        // By an address there are no passkeys, and none to lose.
        place().with("ROLLCALL_PUBLIC_URL", "http://127.0.0.1:1").serve().stop();
    }
}
