//! What administrators do about the second factors of others, and what their users are told: passkeys seen and taken,
//! enrolment codes, notices (S0-17, S0-18, IR-17, IR-18).

use rollcall::access::{Scope, role};
use rollcall::directory::factors;
use rollcall::ids::UserId;
use rollcall::store::{Tx, outbox};
use serde_json::{Value, json};

use crate::client::Client;
use crate::mfa::{due, enrol, prove};
use crate::passkeys::{authenticator, register};
use crate::persons::holding;
use crate::sent_codes::{Sink, set_up};
use crate::server::{DEFAULT, Server, for_each_store};
use crate::signed_in::{PASSWORD, text};

const ANN: &str = "ann@example.org";

/// What users wait to be told: for what, whom, and of what; alerts, which go to administrators, aside. Each is given once.
pub(crate) fn told(server: &Server) -> Vec<(String, UserId, Value)> {
    let now = server.cx().now;
    let claim = move |tx: &mut Tx<'_>| outbox::claim(tx, now, now.plus_seconds(1_000_000_000), 1000, 1000);
    let waiting = server.wait(server.store().write(claim)).unwrap();
    let about_themselves = waiting.into_iter().filter(|message| message.purpose != "alert");
    about_themselves.filter_map(|message| Some((message.purpose, message.user?, message.payload))).collect()
}

/// The sentences of notices about factors.
fn sentences(server: &Server) -> Vec<String> {
    let of_factors = told(server).into_iter().filter(|(purpose, ..)| purpose == "factor_changed");
    of_factors.map(|(.., payload)| text(&payload, "what").to_owned()).collect()
}

/// Somebody who stands above the tenant, whom its policy does not concern.
pub(crate) fn above(server: &Server) -> Client {
    server.person("other", vec![holding(role::PLATFORM_OWNER, Scope::Platform)])
}

#[test]
fn s0_10_every_change_of_factors_is_told_to_their_user() {
    for_each_store(|server| {
        let ann = server.newcomer(DEFAULT, ANN, "viewer");
        let session = server.signed_in(DEFAULT, ANN);
        let authenticator_app = enrol(server, &session);
        assert_eq!(sentences(server), ["An authenticator was added"]);
        let mut key = authenticator();
        let made = register(server, &session, &mut key, "Laptop");
        let path = format!("/me/passkeys/{}", text(&made["passkey"], "id"));
        assert_eq!(sentences(server), ["A passkey was added"]);
        session.send("PATCH", &path, &[], Some(&json!({ "name": "Other" }))).is(200);
        session.send("PATCH", "/me/mfa", &[], Some(&json!({ "preferred": "totp" }))).is(200);
        assert!(told(server).is_empty());
        prove(server, &due(server, ANN), "recovery_code", &authenticator_app.recovery_codes[0]).is(200);
        assert_eq!(sentences(server), ["A recovery code was used to sign in"]);
        prove(server, &due(server, ANN), "recovery_code", &authenticator_app.recovery_codes[0]).is(401);
        assert!(told(server).is_empty());
        session.post("/me/mfa/recovery-codes", &json!({})).is(200);
        session.delete(&path).is(204);
        session.delete("/me/mfa/totp").is(204);
        let sentences = sentences(server);
        assert_eq!(sentences.len(), 3, "{sentences:?}");
        assert!(sentences[0].starts_with("New recovery codes were made"), "{sentences:?}");
        assert_eq!(sentences[1..], ["A passkey was removed", "An authenticator was removed"]);
        let sink = Sink::new(server);
        set_up(server, &sink, &session, "sms", "sms");
        let mails = sink.messages(server, "mail");
        assert_eq!(mails.len(), 1, "{mails:?}");
        assert!(mails[0].starts_with(&format!("To: {ANN}\n")), "{}", mails[0]);
        assert!(mails[0].contains("A telephone that codes are sent to was added."), "{}", mails[0]);
        assert!(server.account(&ann).mfa_enabled);
    });
}

#[test]
fn s0_17_administrators_take_one_passkey_and_after_the_last_a_code_is_asked_for() {
    for_each_store(|server| {
        let ann = server.newcomer(DEFAULT, ANN, "viewer");
        let session = server.signed_in(DEFAULT, ANN);
        let ids = ["One", "Two"].map(|name| {
            let made = register(server, &session, &mut authenticator(), name);
            server.clock.advance(1);
            text(&made["passkey"], "id").to_owned()
        });
        told(server);
        let (owner, path) = (server.owner(), format!("/admin/users/{}/passkeys", ann.id));
        let listed = owner.get(&path).is(200)["data"].clone();
        assert_eq!((&listed[0]["name"], &listed[1]["id"]), (&json!("One"), &json!(ids[1])), "{listed}");
        server.administrator(DEFAULT, "helpdesk").get(&path).is(403);
        server.administrator("other", "tenant_admin").get(&path).is(404);
        server.administrator("other", "tenant_admin").delete(&format!("{path}/{}", ids[0])).is(404);
        let taken = owner.delete(&format!("{path}/{}?reason=lost", ids[0])).is(200)["data"].clone();
        assert_eq!(taken, json!({ "mfa_enabled": true }));
        session.get("/me").is(401);
        let notice = told(server);
        assert_eq!(notice.len(), 1, "{notice:?}");
        assert_eq!(notice[0].2["what"], "A passkey was removed by an administrator");
        assert_eq!(due(server, ANN)["methods"], json!(["passkey", "recovery_code"]));
        owner.delete(&format!("{path}/{}", ids[0])).is(404);
        let taken = owner.delete(&format!("{path}/{}?deliver=show", ids[1])).is(200)["data"].clone();
        assert_eq!(taken["mfa_enabled"], false);
        assert!(told(server).iter().all(|(purpose, ..)| purpose != "enrol"), "shown, not mailed");
        let asked = due(server, ANN);
        assert_eq!(asked["methods"], json!(["enrolment_code"]));
        let limited = prove(server, &asked, "enrolment_code", text(&taken, "enrolment_code")).is(200);
        assert_eq!(limited["enrolment_required"], true);
        let rows = server.journal(DEFAULT);
        assert!(rows.iter().any(|row| row.reason.as_deref() == Some("lost")), "why stands in the journal");
    });
}

#[test]
fn ir3_nobody_takes_a_passkey_from_the_mightier_nor_from_themselves() {
    for_each_store(|server| {
        let boss = server.newcomer(DEFAULT, "boss@example.org", "tenant_admin");
        let own = server.signed_in(DEFAULT, "boss@example.org");
        let made = register(server, &own, &mut authenticator(), "Key");
        let path = format!("/admin/users/{}/passkeys/{}", boss.id, text(&made["passkey"], "id"));
        let code = format!("/admin/users/{}/mfa/enrolment-code", boss.id);
        let helpdesk = server.administrator(DEFAULT, "helpdesk");
        assert_eq!(helpdesk.delete(&path).is(403)["code"], "mightier_user");
        assert_eq!(helpdesk.post(&code, &json!({})).is(403)["code"], "mightier_user");
        assert_eq!(own.delete(&path).is(403)["code"], "oneself");
        assert_eq!(own.post(&code, &json!({})).is(403)["code"], "oneself");
        server.clock.advance(15 * 60);
        let tokens = server.tokens_of(DEFAULT, "boss@example.org");
        assert_eq!(tokens["methods"], json!(["passkey", "recovery_code"]), "nothing is gone");
    });
}

#[test]
fn ir17_a_reset_is_told_on_every_channel_and_its_code_is_mailed_or_shown() {
    for_each_store(|server| {
        let ann = server.newcomer(DEFAULT, ANN, "viewer");
        let (session, sink) = (server.signed_in(DEFAULT, ANN), Sink::new(server));
        set_up(server, &sink, &session, "sms", "sms");
        session.post("/me/mfa/email", &json!({ "email": "private@example.net" })).is(200);
        sink.messages(server, "sms");
        let mailed =
            sink.messages(server, "mail").into_iter().find(|mail| mail.contains("private@example.net")).unwrap();
        let digits = |word: &&str| word.len() == 6 && word.bytes().all(|byte| byte.is_ascii_digit());
        let code = mailed.split_whitespace().find(digits).unwrap().to_owned();
        session.post("/me/mfa/email/verify", &json!({ "code": code })).is(200);
        sink.messages(server, "mail");
        let path = format!("/admin/users/{}/mfa/disable", ann.id);
        let answer = server.owner().post(&path, &json!({})).is(200)["data"].clone();
        assert_eq!(answer, json!({ "mfa_enabled": false }), "the code is mailed");
        assert!(!server.database.holds("private@example.net"), "addresses are sealed in the outbox too");
        let texts = sink.messages(server, "sms");
        assert_eq!(texts.len(), 1, "{texts:?}");
        assert!(texts[0].contains("were removed") && texts[0].contains("+4915112345678"), "{}", texts[0]);
        let mut mails = sink.messages(server, "mail");
        mails.sort();
        assert_eq!(mails.len(), 3, "{mails:?}");
        let link = mails.iter().find(|mail| mail.contains("/link/enrol#token=")).unwrap();
        assert!(link.starts_with(&format!("To: {ANN}\n")), "{link}");
        assert!(
            mails.iter().any(|mail| mail.starts_with("To: private@example.net\n") && mail.contains("were removed"))
        );
        let (_, code) = link.split_once("#token=").unwrap();
        let code = code.split_whitespace().next().unwrap();
        let limited = prove(server, &due(server, ANN), "enrolment_code", code).is(200);
        let limited = server.rest(Some(text(&limited, "access_token")));
        enrol(server, &limited);
        // Where no address is proven there is nobody to mail it to.
        server.set_user(&ann.id.to_string(), "email_verified = false, verified_email = NULL");
        let shown = server.owner().post(&path, &json!({})).is(200)["data"].clone();
        prove(server, &due(server, ANN), "enrolment_code", text(&shown, "enrolment_code")).is(200);
    });
}

#[test]
fn ir18_after_the_grace_a_role_that_must_resist_phishing_comes_in_by_a_code_of_another_administrator() {
    for_each_store(|server| {
        let ann = server.newcomer(DEFAULT, ANN, "tenant_admin");
        enrol(server, &server.signed_in(DEFAULT, ANN));
        let above = above(server);
        let policy = json!({ "mfa": { "roles": { "tenant_admin": "phishing_resistant" }, "grace_days": 0 } });
        above.send("PATCH", "/tenants/default/settings", &[], Some(&policy)).is(200);
        let asked = due(server, ANN);
        assert_eq!(asked["methods"], json!(["enrolment_code"]), "what may be phished does not count any more");
        let path = format!("/admin/users/{}/mfa/enrolment-code", ann.id);
        server.administrator(DEFAULT, "viewer").post(&path, &json!({})).is(403);
        server.administrator("other", "tenant_admin").post(&path, &json!({})).is(404);
        told(server);
        let first = above.post(&format!("{path}?deliver=show"), &json!({})).is(200)["data"].clone();
        assert_eq!(first["delivered"], "show");
        let second = above.post(&format!("{path}?deliver=show"), &json!({})).is(200)["data"].clone();
        assert!(sentences(server)[0].ends_with("was given out by an administrator"));
        prove(server, &asked, "enrolment_code", text(&first, "enrolment_code")).is(401);
        let limited = prove(server, &asked, "enrolment_code", text(&second, "enrolment_code")).is(200);
        prove(server, &due(server, ANN), "enrolment_code", text(&second, "enrolment_code")).is(401);
        let limited = server.rest(Some(text(&limited, "access_token")));
        assert_eq!(limited.get("/me").is(403)["code"], "enrolment_required");
        register(server, &limited, &mut authenticator(), "Key");
        limited.get("/me").is(200);
        assert_eq!(due(server, ANN)["methods"], json!(["passkey"]));
        let mailed = above.post(&path, &json!({})).is(200)["data"].clone();
        assert_eq!(mailed, json!({ "delivered": "mail" }));
        // The command line gives one out as well; it works for a day.
        let bob = server.newcomer(DEFAULT, "bob@example.org", "tenant_admin");
        let operated = || {
            let cx = server.cx();
            server.wait(factors::enrolment_code(server.directory(), server.operator(), &cx, &bob)).unwrap()
        };
        let code = operated();
        let asked = |server: &Server| due(server, "bob@example.org");
        server.clock.advance(24 * 3600 - 60);
        assert_eq!(asked(server)["methods"], json!(["enrolment_code"]));
        prove(server, &asked(server), "enrolment_code", code.token.reveal()).is(200);
        let code = operated();
        server.clock.advance(24 * 3600);
        prove(server, &asked(server), "enrolment_code", code.token.reveal()).is(401);
        assert!(server.log_in(DEFAULT, "bob@example.org", PASSWORD).is(200)["mfa_required"] == true);
    });
}
