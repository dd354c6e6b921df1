//! What people change of themselves by `PATCH /api/v1/me`: the same rules as by every other door (IR-7, IR-8, IR-12, IR-13),
//! and a fresh proof for what the account is reached by (IR-18).

use serde_json::{Value, json};

use crate::client::{Answer, Client};
use crate::persons::fresh;
use crate::server::{DEFAULT, Server, for_each_store};
use crate::signed_in::{PASSWORD, text};

const ANN: &str = "ann@example.org";
const NEW: &str = "ann@new.test";

fn update(client: &Client, body: &Value) -> Answer {
    client.send("PATCH", "/me", &[], Some(body))
}

fn waiting(server: &Server, purpose: &str) -> i64 {
    server.database.number(&format!("SELECT count(*) FROM outbox WHERE purpose = '{purpose}'"))
}

#[test]
fn ir13_people_change_their_own_profile() {
    for_each_store(|server| {
        let ann = server.newcomer(DEFAULT, ANN, "viewer");
        let own = server.signed_in(DEFAULT, ANN);
        let body = json!({ "first_name": "Ann", "last_name": "Smith", "display_name": "Ann S.", "phone": "+33123456789",
            "locale": "fr", "timezone": "Europe/Paris", "username": "root", "permissions": ["owners.write"] });
        let shown = update(&own, &body).is(200)["data"].clone();
        for name in ["first_name", "last_name", "display_name", "phone", "locale", "timezone"] {
            assert_eq!(shown[name], body[name], "{name}");
        }
        assert_eq!((&shown["username"], &shown["email"]), (&json!(ANN), &json!(ANN)));
        let me = own.get("/me").is(200)["data"].clone();
        assert_eq!((&me["display_name"], &me["locale"]), (&json!("Ann S."), &json!("fr")));
        // Administrators and provisioners see the same.
        let seen = server.owner().get(&format!("/admin/users/{}", ann.id)).is(200)["data"].clone();
        assert_eq!((&seen["phone"], &seen["last_name"]), (&json!("+33123456789"), &json!("Smith")));
        let row = server.journal(DEFAULT).pop().unwrap();
        assert_eq!((row.actor.1, row.resource_id), (ann.id.to_string(), ann.id.to_string()));
        // The same again writes nothing; null clears.
        let rows = server.journal(DEFAULT).len();
        update(&own, &body).is(200);
        update(&own, &json!({})).is(200);
        assert_eq!(server.journal(DEFAULT).len(), rows);
        let cleared = update(&own, &json!({ "phone": null, "locale": null, "first_name": null })).is(200);
        let cleared = &cleared["data"];
        assert_eq!((&cleared["phone"], &cleared["locale"]), (&Value::Null, &json!("en")));
        assert_eq!((&cleared["first_name"], &cleared["last_name"]), (&Value::Null, &json!("Smith")));
        for (bad, place) in
            [("email", json!(null)), ("email", json!("x")), ("phone", json!("123")), ("locale", json!("?"))]
        {
            let faults = update(&own, &json!({ bad: place })).is(422)["detail"].clone();
            assert_eq!(faults[0]["loc"], json!(["body", bad]), "{faults}");
        }
    });
}

#[test]
fn ir8_people_change_their_own_email_by_the_rules_of_every_door() {
    for_each_store(|server| {
        let ann = server.newcomer(DEFAULT, ANN, "viewer");
        server.newcomer(DEFAULT, "bob@example.org", "viewer");
        let (own, other) = (server.signed_in(DEFAULT, ANN), server.signed_in(DEFAULT, ANN));
        let (rows, before) = (server.journal(DEFAULT).len(), server.account(&ann));
        let taken = update(&own, &json!({ "email": "BOB@example.org", "display_name": "Bob" })).is(409);
        assert_eq!((&taken["code"], server.journal(DEFAULT).len()), (&json!("taken"), rows));
        assert_eq!(server.account(&ann), before);
        let shown = update(&own, &json!({ "email": NEW })).is(200)["data"].clone();
        assert_eq!((&shown["email"], &shown["email_verified"]), (&json!(NEW), &json!(false)));
        let after = server.account(&ann);
        assert_eq!(after.verified_email.as_deref(), Some(ANN), "the last proven one is kept");
        assert!(after.epoch > before.epoch);
        assert_eq!((waiting(server, "email_change"), waiting(server, "email_changed")), (1, 1));
        own.get("/me").is(401);
        other.get("/me").is(401);
        server.log_in(DEFAULT, NEW, PASSWORD).is(200);
        let scim = server.client().get(&format!("/Users/{}", ann.id)).is(200);
        assert_eq!(scim["emails"][0]["value"], NEW);
    });
}

#[test]
fn ir18_what_one_is_reached_by_changes_after_a_fresh_proof_only() {
    for_each_store(|server| {
        server.newcomer(DEFAULT, ANN, "tenant_admin");
        let session = server.tokens_of(DEFAULT, ANN);
        server.clock.advance(15 * 60);
        let refresh = json!({ "refresh_token": text(&session, "refresh_token") });
        let next = server.rest(None).post("/auth/refresh", &refresh).is(200);
        let own = server.rest(Some(text(&next, "access_token")));
        let rows = server.journal(DEFAULT).len();
        for body in [json!({ "email": NEW }), json!({ "phone": "+33123456789" })] {
            let refused = update(&own, &body);
            assert_eq!(refused.is(401)["code"], "step_up", "{body}");
            let challenge = refused.header("www-authenticate").unwrap();
            assert!(challenge.contains("insufficient_user_authentication"), "{challenge}");
        }
        // Nor by an administrator's door.
        let me = own.get("/me").is(200)["data"]["id"].as_str().unwrap().to_owned();
        for (path, body) in [("admin", json!({ "email": NEW })), ("tenants/default", json!({ "username": "ann" }))] {
            let refused = own.send("PATCH", &format!("/{path}/users/{me}"), &[], Some(&body));
            assert_eq!(refused.is(401)["code"], "step_up", "{body}");
        }
        assert_eq!(server.journal(DEFAULT).len(), rows);
        // What nobody is reached by needs none, nor does what stays as it is.
        update(&own, &json!({ "display_name": "Ann", "email": ANN })).is(200);
        let due = own.post("/auth/step-up", &json!({})).is(200);
        let proof = json!({ "mfa_token": due["mfa_token"], "method": "password", "password": PASSWORD });
        let proven = server.rest(None).post("/auth/mfa/verify", &proof).is(200);
        update(&server.rest(Some(text(&proven, "access_token"))), &json!({ "email": NEW })).is(200);
    });
}

#[test]
fn ir6_nobody_has_mails_sent_to_others_without_end() {
    for_each_store(|server| {
        server.newcomer(DEFAULT, ANN, "viewer");
        // The name that one signs in by stays.
        let change = |number: usize| {
            update(&server.signed_in(DEFAULT, ANN), &json!({ "email": format!("victim{number}@new.test") }))
        };
        (0..5).for_each(|number| drop(change(number).is(200)));
        change(5).is(429);
        assert_eq!(waiting(server, "email_change"), 5);
    });
}

#[test]
fn ir12_the_source_keeps_what_is_its_own_from_oneself_too() {
    for_each_store(|server| {
        let ann = server.newcomer(DEFAULT, ANN, "viewer");
        let hr = server.connection(DEFAULT, "hr", rollcall::access::Profile::Tolerant);
        let (database, user) = (&server.database, ann.id.to_string());
        let (link, of, connection) =
            (database.id(&fresh().to_string()), database.id(&user), database.id(&hr.id.to_string()));
        let now = database.epoch();
        database.execute(&format!(
            "INSERT INTO identity (id, user_id, protocol, connection_id, hidden, first_seen, last_seen) \
             VALUES ({link}, {of}, 'SCIM', {connection}, false, {now}, {now})"
        ));
        server.set_user(&user, "identity_source = 'SCIM'");
        let own = server.signed_in(DEFAULT, ANN);
        let lock = |how: &str| {
            let body = json!({ "source_lock": how });
            server.owner().send("PATCH", "/tenants/default/settings", &[], Some(&body)).is(200);
        };
        lock("enforce");
        let rows = server.journal(DEFAULT).len();
        for (body, attribute) in [
            (json!({ "display_name": "Ann" }), "displayName"),
            (json!({ "email": NEW }), "emails"),
            (json!({ "locale": "fr" }), "locale"),
        ] {
            let refused = update(&own, &body).is(409);
            assert_eq!((&refused["code"], &refused["attribute"]), (&json!("source_locked"), &json!(attribute)));
        }
        assert_eq!(server.journal(DEFAULT).len(), rows);
        lock("warn");
        let warned = update(&own, &json!({ "display_name": "Ann" }));
        assert_eq!(warned.is(200)["data"]["display_name"], "Ann");
        assert_eq!(warned.header("x-source-lock").unwrap(), "warn; source=SCIM; attributes=\"displayName\"");
    });
}
