//! Suspicious activity as it is found: nothing below a limit, one finding at it, and a count beyond it
//! (S1-07, S2-34, S2-35).

use std::net::IpAddr;

use rollcall::directory::locations::{Locate, Locations, Place};
use rollcall::directory::suspicions::{Origin, second_step_begun};
use rollcall::directory::users;
use serde_json::{Value, json};

use crate::client::Answer;
use crate::mfa::{due, enrol, prove};
use crate::passkeys::{authenticator, made};
use crate::server::{DEFAULT, Server, for_each_store};
use crate::signed_in::{OTHER, PASSWORD, text};

const ANN: &str = "ann@example.org";
pub(crate) const LIST: &str = "/tenants/default/suspicious-activity";

/// Where the addresses of tests are.
pub(crate) struct SetPlaces;

impl Locate for SetPlaces {
    fn locate(&self, address: IpAddr) -> Option<Place> {
        let place = |latitude, longitude| Some(Place { latitude, longitude });
        match address.to_string().as_str() {
            "127.0.0.1" => place(52.5, 13.4),
            // Hamburg, Lisbon.
            "203.0.113.1" => place(53.55, 10.0),
            "203.0.113.2" => place(38.7, -9.1),
            _ => None,
        }
    }
}

/// What was found, the newest first.
pub(crate) fn found(server: &Server, query: &str) -> Vec<Value> {
    let admin = server.administrator(DEFAULT, "tenant_admin");
    admin.get(&format!("{LIST}{query}")).is(200)["data"].as_array().unwrap().clone()
}

fn found_of(server: &Server, kind: &str) -> Vec<Value> {
    found(server, &format!("?kind={kind}"))
}

pub(crate) fn set(server: &Server, alerts: Value) {
    let body = json!({ "security": { "alerts": alerts } });
    let admin = server.administrator(DEFAULT, "tenant_admin");
    admin.send("PATCH", "/tenants/default/settings", &[], Some(&body)).is(200);
}

pub(crate) fn evidence(server: &Server, found: &Value) -> Vec<Value> {
    let admin = server.administrator(DEFAULT, "tenant_admin");
    let path = format!("{LIST}/{}", text(found, "id"));
    admin.get(&path).is(200)["data"]["evidence"].as_array().unwrap().clone()
}

/// Signs in by a client of that name.
fn log_in_by(server: &Server, email: &str, user_agent: &str) -> Answer {
    let body = json!({ "tenant": DEFAULT, "email": email, "password": PASSWORD });
    server.rest(None).send("POST", "/auth/login", &[("user-agent", user_agent)], Some(&body))
}

/// Fails to sign in so often.
pub(crate) fn fail(server: &Server, email: &str, times: usize) {
    for _ in 0..times {
        let mut answer = server.log_in(DEFAULT, email, OTHER);
        while answer.status == 429 {
            server.clock.advance(answer.header("retry-after").unwrap().parse().unwrap());
            answer = server.log_in(DEFAULT, email, OTHER);
        }
        answer.is(401);
    }
}

#[test]
fn s1_07_failures_are_found_once_counted_and_shown_in_the_stated_form() {
    for_each_store(|server| {
        let ann = server.newcomer(DEFAULT, ANN, "viewer");
        server.tenant("other");
        fail(server, ANN, 4);
        assert_eq!(found(server, ""), Vec::<Value>::new(), "four are not too many");
        fail(server, ANN, 1);
        let one = found(server, "").remove(0);
        assert_eq!((&one["alert_type"], &one["severity"]), (&json!("MultipleFailures"), &json!("Medium")));
        assert_eq!((&one["amount"], &one["user_id"]), (&json!(5), &json!(ann.id.to_string())));
        fail(server, ANN, 5);
        let more = found(server, "");
        assert_eq!((more.len(), &more[0]["amount"], &more[0]["severity"]), (1, &json!(10), &json!("High")));
        assert!(more[0]["last_seen_at"].as_str() > more[0]["first_seen_at"].as_str(), "{}", more[0]);
        let evidence = evidence(server, &one);
        assert_eq!(evidence.len(), 10);
        assert_eq!(
            (&evidence[0]["happened"], &evidence[0]["address"]),
            (&json!("wrong_password"), &json!("127.0.0.1"))
        );
        assert!(evidence[0]["user_agent"].is_string(), "{}", evidence[0]);

        let platform = server.platform(&ann.id.to_string());
        let stated = platform.get("/mfa/suspicious-activity").is(200);
        let members: Vec<_> = stated[0].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(members, ["user_id", "email", "alert_type", "severity", "details", "detected_at"]);
        assert_eq!((&stated[0]["email"], &stated[0]["severity"]), (&json!(ANN), &json!("High")));
        assert!(text(&stated[0], "details").starts_with("10 failed sign-ins in "), "{stated}");
        assert_eq!(platform.get("/mfa/suspicious-activity?org_id=default").is(200), stated);
        assert_eq!(platform.get("/mfa/suspicious-activity?org_id=other").is(200), json!([]));
        platform.get("/mfa/suspicious-activity?org_id=nobodys").is(404);
    });
}

#[test]
fn s2_34_failures_that_are_far_apart_and_names_that_nobody_has_are_not_found() {
    for_each_store(|server| {
        server.newcomer(DEFAULT, ANN, "viewer");
        for _ in 0..3 {
            fail(server, ANN, 2);
            server.clock.advance(15 * 60);
        }
        fail(server, "nobody@example.org", 8);
        assert_eq!(found(server, ""), Vec::<Value>::new());
        assert!(!server.database.holds("nobody@example.org"));
        // Who waited until it was over is counted again.
        fail(server, ANN, 5);
        assert_eq!(found(server, "")[0]["amount"], 5);
    });
}

#[test]
fn s2_34_wrong_codes_count_with_wrong_passwords() {
    for_each_store(|server| {
        server.newcomer(DEFAULT, ANN, "viewer");
        let authenticator = enrol(server, &server.signed_in(DEFAULT, ANN));
        set(server, json!({ "mfa_fatigue": { "count": 0 } }));
        let second = due(server, ANN);
        (0..3).for_each(|_| drop(prove(server, &second, "totp", "000000").is(401)));
        fail(server, ANN, 2);
        let one = found(server, "").remove(0);
        let happened: Vec<_> = evidence(server, &one).iter().map(|fact| fact["happened"].clone()).collect();
        assert_eq!(happened, ["wrong_totp", "wrong_totp", "wrong_totp", "wrong_password", "wrong_password"]);
        prove(server, &second, "totp", &authenticator.next(server)).is(200);
        assert_eq!(found(server, "").len(), 1);
    });
}

#[test]
fn s2_34_what_is_wrong_while_a_factor_is_set_up_counts_too() {
    for_each_store(|server| {
        server.newcomer(DEFAULT, ANN, "viewer");
        let session = server.signed_in(DEFAULT, ANN);
        session.post("/me/mfa/totp", &json!({})).is(200);
        session.post("/me/mfa/email", &json!({})).is(200);
        let wrong = |door: &str| drop(session.post(door, &json!({ "code": "000000" })).is(422));
        wrong("/me/mfa/totp/verify");
        wrong("/me/mfa/email/verify");
        let options = || session.post("/me/passkeys/register/start", &json!({})).is(200)["data"]["options"].clone();
        // It answers what was asked before.
        let credential = made(server, &mut authenticator(), &options());
        options();
        let finish = || session.post("/me/passkeys/register/finish", &json!({ "credential": credential }));
        (0..2).for_each(|_| drop(finish().is(422)));
        assert_eq!(found(server, ""), Vec::<Value>::new(), "four are not too many");
        // What cannot be read was tried by nobody.
        session.post("/me/passkeys/register/finish", &json!({ "credential": {} })).is(422);
        assert_eq!(found(server, ""), Vec::<Value>::new());
        wrong("/me/mfa/totp/verify");
        let one = found(server, "").remove(0);
        assert_eq!((&one["alert_type"], &one["amount"]), (&json!("MultipleFailures"), &json!(5)));
        let evidence = evidence(server, &one);
        let happened: Vec<_> = evidence.iter().map(|fact| fact["happened"].clone()).collect();
        assert_eq!(happened, ["wrong_totp", "wrong_email", "wrong_passkey", "wrong_passkey", "wrong_totp"]);
        for fact in &evidence {
            assert_eq!((&fact["address"], fact["user_agent"].is_string()), (&json!("127.0.0.1"), true), "{fact}");
        }
        // A registration ends after five wrong answers, as every ceremony does.
        (2..5).for_each(|_| drop(finish().is(422)));
        assert_eq!(finish().is(409)["code"], "not_begun");
    });
}

#[test]
fn s2_35_one_address_that_guesses_at_many_names_is_found() {
    for_each_store(|server| {
        let ann = server.newcomer(DEFAULT, ANN, "viewer");
        set(server, json!({ "password_spray": { "count": 4 } }));
        fail(server, ANN, 3);
        for name in ["a", "b"] {
            fail(server, &format!("{name}@example.org"), 1);
        }
        assert_eq!(found_of(server, "PasswordSpray"), Vec::<Value>::new(), "three names");
        fail(server, "c@example.org", 1);
        let one = found_of(server, "PasswordSpray").remove(0);
        assert_eq!((&one["severity"], &one["amount"], &one["user_id"]), (&json!("High"), &json!(4), &Value::Null));
        fail(server, "d@example.org", 2);
        assert_eq!(found_of(server, "PasswordSpray")[0]["amount"], 5, "a name counts once");
        let users: Vec<_> = evidence(server, &one).iter().map(|fact| fact["user_id"].clone()).collect();
        assert_eq!(users[0], ann.id.to_string());
        assert_eq!(users[1..], [Value::Null, Value::Null, Value::Null, Value::Null]);
        let stated = server.platform(&ann.id.to_string()).get("/mfa/suspicious-activity").is(200);
        assert_eq!((&stated[0]["alert_type"], &stated[0]["email"]), (&json!("PasswordSpray"), &json!(ANN)));
    });
}

#[test]
fn s2_35_second_steps_that_are_asked_for_again_and_again_are_found() {
    for_each_store(|server| {
        server.newcomer(DEFAULT, ANN, "viewer");
        let authenticator = enrol(server, &server.signed_in(DEFAULT, ANN));
        // Whoever finishes one is not counted.
        for _ in 0..6 {
            prove(server, &due(server, ANN), "totp", &authenticator.next(server)).is(200);
        }
        (0..4).for_each(|_| drop(due(server, ANN)));
        assert_eq!(found(server, ""), Vec::<Value>::new());
        due(server, ANN);
        let one = found(server, "").remove(0);
        assert_eq!(
            (&one["alert_type"], &one["severity"], &one["amount"]),
            (&json!("MfaFatigue"), &json!("High"), &json!(5))
        );
        due(server, ANN);
        assert_eq!((found(server, "").len(), &found(server, "")[0]["amount"]), (1, &json!(6)));
        prove(server, &due(server, ANN), "totp", &authenticator.next(server)).is(200);
        due(server, ANN);
        assert_eq!(found(server, "")[0]["amount"], 7, "what was finished ended the count");
    });
}

#[test]
fn s2_35_a_burst_of_new_devices_is_found() {
    for_each_store(|server| {
        server.newcomer(DEFAULT, ANN, "viewer");
        for name in ["one", "one", "two", "two", "three", "one"] {
            log_in_by(server, ANN, name).is(200);
        }
        assert_eq!(found(server, ""), Vec::<Value>::new(), "the first is no new one, and two are not many");
        log_in_by(server, ANN, "four").is(200);
        let one = found(server, "").remove(0);
        assert_eq!((&one["alert_type"], &one["amount"]), (&json!("NewDevice"), &json!(3)));
        let agents: Vec<_> = evidence(server, &one).iter().map(|fact| fact["user_agent"].clone()).collect();
        assert_eq!(agents, ["two", "three", "four"]);
        log_in_by(server, ANN, "five").is(200);
        log_in_by(server, ANN, "five").is(200);
        assert_eq!(found(server, "")[0]["amount"], 4);
    });
}

#[test]
fn s2_35_journeys_that_nobody_makes_are_found() {
    for_each_store(|server| {
        let ann = server.newcomer(DEFAULT, ANN, "viewer");
        let was_at = |address: &str| {
            let of = server.database.id(&ann.id.to_string());
            server.database.execute(&format!("UPDATE session SET address = '{address}' WHERE user_id = {of}"));
        };
        let log_in = || server.log_in(DEFAULT, ANN, PASSWORD).is(200);
        set(server, json!({ "new_device": { "count": 0 } }));
        log_in();
        for near in ["203.0.113.1", "203.0.113.9"] {
            was_at(near);
            log_in();
            assert_eq!(found(server, ""), Vec::<Value>::new(), "{near}");
        }
        was_at("203.0.113.2");
        server.clock.advance(3 * 3600);
        log_in();
        assert_eq!(found(server, ""), Vec::<Value>::new(), "there is a flight");
        was_at("203.0.113.2");
        server.clock.advance(2 * 3600);
        log_in();
        let one = found(server, "").remove(0);
        assert_eq!(
            (&one["alert_type"], &one["severity"], &one["amount"]),
            (&json!("ImpossibleTravel"), &json!("High"), &json!(1))
        );
        let evidence = evidence(server, &one);
        assert_eq!(evidence[0]["happened"], "2310 km from 203.0.113.2 in 2.0 hours");
        was_at("203.0.113.2");
        set(server, json!({ "impossible_travel": { "speed_kmh": 0 } }));
        log_in();
        assert_eq!(found(server, "")[0]["amount"], 1, "switched off");
    });
    let nowhere = Locations::default();
    assert!(!nowhere.any() && nowhere.locate("203.0.113.2".parse().unwrap()).is_none());
}

#[test]
fn s2_35_recovery_codes_and_removed_factors_are_found() {
    for_each_store(|server| {
        let ann = server.newcomer(DEFAULT, ANN, "viewer");
        let authenticator = enrol(server, &server.signed_in(DEFAULT, ANN));
        prove(server, &due(server, ANN), "recovery_code", "no such code").is(401);
        assert_eq!(found_of(server, "RecoveryCodeUse"), Vec::<Value>::new());
        let tokens = prove(server, &due(server, ANN), "recovery_code", &authenticator.recovery_codes[0]).is(200);
        let used = found(server, "").remove(0);
        assert_eq!((&used["alert_type"], &used["severity"]), (&json!("RecoveryCodeUse"), &json!("Low")));
        prove(server, &due(server, ANN), "recovery_code", &authenticator.recovery_codes[1]).is(200);
        assert_eq!(found(server, "?severity=Medium")[0]["amount"], 2);

        server.rest(Some(text(&tokens, "access_token"))).delete("/me/mfa/totp").is(204);
        let removed = found_of(server, "FactorRemoved").remove(0);
        assert_eq!((&removed["severity"], &removed["amount"]), (&json!("Medium"), &json!(1)));
        enrol(server, &server.signed_in(DEFAULT, ANN));
        let path = format!("/admin/users/{}/mfa/disable", ann.id);
        server.owner().post(&path, &json!({})).is(200);
        server.owner().post(&path, &json!({})).is(200);
        let removed = found_of(server, "FactorRemoved");
        assert_eq!((removed.len(), &removed[0]["amount"]), (1, &json!(2)), "nothing was left to remove");
        let evidence = evidence(server, &removed[0]);
        assert_eq!(evidence[0]["happened"], format!("removed totp by user:{}", ann.id));
    });
}

#[test]
fn s2_35_two_bursts_at_once_are_one_finding() {
    for_each_store(|server| {
        server.newcomer(DEFAULT, ANN, "viewer");
        for address in ["a", "b", "c", "d"] {
            server.newcomer(DEFAULT, &format!("{address}@example.org"), "viewer");
        }
        set(server, json!({ "password_spray": { "count": 4 } }));
        // Guesses at one name are heard five at once; those at others meanwhile.
        let names = ["ann", "ann", "ann", "ann", "ann", "a", "b", "c", "d", "a", "b", "c", "d"];
        let body =
            |name: &&str| json!({ "tenant": DEFAULT, "email": format!("{name}@example.org"), "password": OTHER });
        let tries: Vec<_> = names.iter().map(|name| (server.rest(None), body(name))).collect();
        std::thread::scope(|scope| {
            for (client, body) in tries {
                scope.spawn(move || client.post("/auth/login", &body).is(401));
            }
        });
        let mut all: Vec<_> =
            found(server, "").iter().map(|one| (text(one, "alert_type").to_owned(), one["amount"].clone())).collect();
        all.sort_by(|one, other| one.0.cmp(&other.0));
        let expected = [("MultipleFailures", 5), ("PasswordSpray", 5)];
        assert_eq!(all, expected.map(|(kind, amount)| (kind.to_owned(), json!(amount))));
    });
}

#[test]
fn ir19_evidence_outlives_the_activity_and_goes_with_its_user() {
    for_each_store(|server| {
        let ann = server.newcomer(DEFAULT, ANN, "viewer");
        server.newcomer(DEFAULT, "bob@example.org", "viewer");
        set(server, json!({ "password_spray": { "count": 2 } }));
        fail(server, ANN, 5);
        fail(server, "bob@example.org", 1);
        server.clock.advance(100 * 24 * 3600);
        server.purge_records(30);
        assert_eq!(server.database.number("SELECT count(*) FROM activity"), 0);
        let of_ann = found_of(server, "MultipleFailures").remove(0);
        assert_eq!(evidence(server, &of_ann).len(), 5);
        let owner = server.owner();
        owner.delete(&format!("/admin/users/{}", ann.id)).is(204);
        let (permit, cx) = (server.permit(DEFAULT), server.cx());
        server.wait(users::erase(server.directory(), &permit, &cx, &ann.id.to_string())).unwrap();
        let left = found(server, "");
        assert_eq!((left.len(), &left[0]["alert_type"]), (1, &json!("PasswordSpray")));
        assert_eq!(evidence(server, &left[0]).len(), 1, "that of others stays");
        let of = server.database.id(&ann.id.to_string());
        assert_eq!(server.database.number(&format!("SELECT count(*) FROM suspicious_fact WHERE user_id = {of}")), 0);
        server.clock.advance(400 * 24 * 3600);
        server.purge_records(30);
        assert_eq!(found(server, ""), Vec::<Value>::new());
        assert_eq!(server.database.number("SELECT count(*) FROM suspicious_fact WHERE suspicion_seq IS NOT NULL"), 0);
    });
}

#[test]
fn s2_35_what_comes_to_nothing_goes_and_a_flood_fills_nothing() {
    for_each_store(|server| {
        let ann = server.newcomer(DEFAULT, ANN, "viewer");
        fail(server, ANN, 3);
        fail(server, "nobody@example.org", 3);
        server.clock.advance(3 * 24 * 3600);
        let job = rollcall::access::Actor::system("job:retention");
        let purge = rollcall::directory::retention::purge_ended(server.directory(), &job, server.cx().now);
        server.wait(purge).unwrap();
        assert_eq!(server.database.number("SELECT count(*) FROM suspicious_fact"), 0);
        // More than a suspicion keeps evidence of.
        set(server, json!({ "mfa_fatigue": { "count": 2 } }));
        let now = server.cx().now;
        let flood = move |tx: &mut rollcall::store::Tx<'_>| {
            (0..230).try_for_each(|_| second_step_begun(tx, &ann, &Origin::default(), now))
        };
        server.wait(server.store().write(flood)).unwrap();
        let one = found_of(server, "MfaFatigue").remove(0);
        assert_eq!((&one["amount"], &one["severity"]), (&json!(230), &json!("Critical")));
        assert_eq!(server.database.number("SELECT count(*) FROM suspicious_fact"), 100);
    });
}
