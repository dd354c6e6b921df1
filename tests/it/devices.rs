//! Remembered devices: where a second factor was proven it is not asked for again for a while, and nowhere else (IR-5, IR-6,
//! IR-17, S2-32, S2-33).

use rollcall::access::{Scope, role};
use serde_json::{Value, json};

use crate::client::{Answer, Client};
use crate::mfa::{Authenticator, due, enrol};
use crate::passkeys::{self, register, shown};
use crate::persons::holding;
use crate::server::{DEFAULT, Server, for_each_store};
use crate::signed_in::{OTHER, PASSWORD, text};

const ANN: &str = "ann@example.org";
const BOB: &str = "bob@example.org";
const DAY: i64 = 24 * 3600;

/// Proves an authenticator where the device is to be remembered.
fn verify(server: &Server, due: &Value, code: &str) -> Value {
    let body = json!({
        "mfa_token": text(due, "mfa_token"), "method": "totp", "code": code,
        "remember_device": true, "device_name": "Laptop",
    });
    server.rest(None).post("/auth/mfa/verify", &body).is(200)
}

/// The token of a device on which somebody proves an authenticator.
fn remembered(server: &Server, authenticator: &Authenticator, email: &str) -> String {
    let tokens = verify(server, &due(server, email), &authenticator.next(server));
    text(&tokens, "device_token").to_owned()
}

/// Signs in with the password on a device.
fn on_device(server: &Server, (slug, email, password): (&str, &str, &str), device: &str) -> Answer {
    let body = json!({ "tenant": slug, "email": email, "password": password, "device_token": device });
    server.rest(None).post("/auth/login", &body)
}

fn ann_on(server: &Server, device: &str) -> Value {
    on_device(server, (DEFAULT, ANN, PASSWORD), device).is(200)
}

/// The next token of a device that is still remembered.
#[track_caller]
fn goes_on(server: &Server, device: &str) -> String {
    text(&ann_on(server, device), "device_token").to_owned()
}

/// That a device is asked for the factor like any other.
#[track_caller]
fn is_forgotten(server: &Server, device: &str) {
    let due = ann_on(server, device);
    assert_eq!((&due["mfa_required"], &due["device_token"]), (&json!(true), &Value::Null), "{due}");
}

/// A user with an authenticator.
fn ann(server: &Server, role: &str) -> (Client, Authenticator, String) {
    let account = server.newcomer(DEFAULT, ANN, role);
    let session = server.signed_in(DEFAULT, ANN);
    let authenticator = enrol(server, &session);
    (session, authenticator, account.id.to_string())
}

#[test]
fn ir5_a_remembered_device_is_not_asked_for_the_factor_and_says_the_truth_about_it() {
    for_each_store(|server| {
        let (session, authenticator, _) = ann(server, "tenant_admin");
        let device = remembered(server, &authenticator, ANN);
        assert!(device.starts_with("rc_device_"), "{device}");
        let secret = device.split_once('.').unwrap().1;
        assert!(!server.database.holds(secret), "only a hash is kept");
        due(server, ANN);
        let tokens = ann_on(server, &device);
        let on = server.rest(Some(text(&tokens, "access_token")));
        assert_eq!(on.get("/me").is(200)["data"]["methods"], json!(["pwd"]), "one factor was proven");
        // What is sensitive still asks for the factor.
        let bob = server.newcomer(DEFAULT, BOB, "viewer");
        let refused = on.delete(&format!("/admin/users/{}", bob.id)).is(401);
        assert_eq!((&refused["code"], &refused["acr_values"]), (&json!("step_up"), &json!("2")));
        let listed = session.get("/me/devices").is(200)["data"].clone();
        assert_eq!(listed.as_array().unwrap().len(), 1);
        let shown = &listed[0];
        assert_eq!((&shown["name"], &shown["method"]), (&json!("Laptop"), &json!("totp")), "{shown}");
        assert_eq!((&shown["use_count"], shown["last_used_at"].is_string()), (&json!(1), true), "{shown}");
        // The password is asked for all the same.
        on_device(server, (DEFAULT, ANN, OTHER), text(&tokens, "device_token")).is(401);
        goes_on(server, text(&tokens, "device_token"));
    });
}

#[test]
fn ir5_a_device_that_was_copied_is_forgotten_when_its_old_token_comes() {
    for_each_store(|server| {
        let (session, authenticator, _) = ann(server, "viewer");
        let first = remembered(server, &authenticator, ANN);
        let second = goes_on(server, &first);
        // An answer that was lost is given once more.
        let equal = goes_on(server, &first);
        is_forgotten(server, &first);
        is_forgotten(server, &second);
        is_forgotten(server, &equal);
        let stolen = remembered(server, &authenticator, ANN);
        let thiefs = goes_on(server, &stolen);
        server.clock.advance(30);
        is_forgotten(server, &stolen);
        is_forgotten(server, &thiefs);
        assert_eq!(session.get("/me/devices").is(200)["data"], json!([]));
    });
}

#[test]
fn ir5_a_device_stands_for_one_user_of_one_tenant() {
    for_each_store(|server| {
        let (session, authenticator, _) = ann(server, "viewer");
        let device = remembered(server, &authenticator, ANN);
        server.newcomer(DEFAULT, BOB, "viewer");
        let bobs = enrol(server, &server.signed_in(DEFAULT, BOB));
        let of_bob = remembered(server, &bobs, BOB);
        is_forgotten(server, &of_bob);
        assert_eq!(on_device(server, (DEFAULT, BOB, PASSWORD), &device).is(200)["mfa_required"], true);
        // The same person's name in another tenant.
        server.newcomer("other", ANN, "viewer");
        enrol(server, &server.signed_in("other", ANN));
        assert_eq!(on_device(server, ("other", ANN, PASSWORD), &device).is(200)["mfa_required"], true);
        let (altered, of_session) = (device.replace('.', ".x"), device.replace("rc_device_", "rc_refresh_"));
        for nonsense in ["x", "rc_device_x.y", &*altered, &*of_session] {
            assert_eq!(
                on_device(server, (DEFAULT, ANN, PASSWORD), nonsense).is(200)["mfa_required"],
                true,
                "{nonsense}"
            );
        }
        // Nobody ends another's device.
        let bob = server.log_in_with(&bobs, BOB);
        let device = remembered(server, &authenticator, ANN);
        let path = format!("/me/devices/{}", text(&session.get("/me/devices").is(200)["data"][0], "id"));
        server.rest(Some(text(&bob, "access_token"))).delete(&path).is(404);
        goes_on(server, &device);
    });
}

#[test]
fn ir5_a_device_ends_with_its_time_which_the_tenant_sets() {
    for_each_store(|server| {
        let (_, authenticator, _) = ann(server, "viewer");
        let set = |days: i64| {
            let body = json!({ "mfa": { "remember_days": days } });
            server.owner().send("PATCH", "/tenants/default/settings", &[], Some(&body)).is(200);
        };
        let device = remembered(server, &authenticator, ANN);
        server.clock.advance(15 * DAY);
        let device = goes_on(server, &device);
        set(16);
        server.clock.advance(DAY - 60);
        let device = goes_on(server, &device);
        server.clock.advance(60);
        is_forgotten(server, &device);
        set(30);
        server.clock.advance(14 * DAY - 61);
        let device = goes_on(server, &device);
        // Its use prolongs nothing.
        server.clock.advance(61);
        is_forgotten(server, &device);
        set(0);
        let tokens = verify(server, &due(server, ANN), &authenticator.next(server));
        assert_eq!(tokens["device_token"], Value::Null);
    });
}

#[test]
fn ir5_a_recovery_code_is_no_reason_to_remember() {
    for_each_store(|server| {
        let (_, authenticator, _) = ann(server, "viewer");
        let body = json!({
            "mfa_token": text(&due(server, ANN), "mfa_token"), "method": "recovery_code",
            "code": authenticator.recovery_codes[0], "remember_device": true,
        });
        assert_eq!(server.rest(None).post("/auth/mfa/verify", &body).is(200)["device_token"], Value::Null);
    });
}

/// Chooses the password that a sign-in asked for.
fn choose(server: &Server, asked: &Value, password: &str) -> Value {
    assert_eq!((&asked["password_change_required"], &asked["device_token"]), (&json!(true), &Value::Null), "{asked}");
    let body = json!({ "change_token": text(asked, "change_token"), "new_password": password });
    server.rest(None).post("/auth/password/change", &body).is(200)
}

#[test]
fn ir5_a_device_is_remembered_when_a_password_that_was_due_is_changed() {
    const NEXT: &str = "eight other unlikely words";
    const LAST: &str = "ten truly different unlikely words";
    for_each_store(|server| {
        let (_, authenticator, id) = ann(server, "viewer");
        let give = |password: &str| {
            let body = json!({ "new_password": password, "require_password_change": true });
            server.owner().post(&format!("/admin/users/{id}/reset-password"), &body).is(200);
            server.log_in(DEFAULT, ANN, password).is(200)
        };
        let asked = verify(server, &give(OTHER), &authenticator.next(server));
        let tokens = choose(server, &asked, NEXT);
        let next = on_device(server, (DEFAULT, ANN, NEXT), text(&tokens, "device_token")).is(200);
        let weak = server.rest(Some(text(&next, "access_token")));
        let listed = weak.get("/me/devices").is(200)["data"].clone();
        assert_eq!((&listed[0]["name"], &listed[0]["method"]), (&json!("Laptop"), &json!("totp")), "{listed}");
        assert_eq!(listed.as_array().unwrap().len(), 1);
        // With a passkey as the second step too, which the device ends with.
        let (strong, mut key) = (server.rest(Some(text(&tokens, "access_token"))), passkeys::authenticator());
        let made = register(server, &strong, &mut key, "Key");
        let due = give("nine still more unlikely words");
        let body = json!({ "mfa_token": text(&due, "mfa_token"), "method": "passkey" });
        let options = server.rest(None).post("/auth/mfa/challenge", &body).is(200)["options"].clone();
        let mut body = json!({ "mfa_token": text(&due, "mfa_token"), "method": "passkey", "remember_device": true });
        body["credential"] = shown(server, &mut key, &options);
        let asked = server.rest(None).post("/auth/mfa/verify", &body).is(200);
        let tokens = choose(server, &asked, LAST);
        let on = |device: &str| on_device(server, (DEFAULT, ANN, LAST), device).is(200);
        let device = text(&on(text(&tokens, "device_token")), "device_token").to_owned();
        let strong = server.rest(Some(text(&tokens, "access_token")));
        strong.delete(&format!("/me/passkeys/{}", text(&made["passkey"], "id"))).is(204);
        assert_eq!(on(&device)["mfa_required"], true);
    });
}

#[test]
fn ir5_a_change_of_the_password_remembers_nothing_that_nobody_asked_for_or_proved() {
    for_each_store(|server| {
        let (session, authenticator, id) = ann(server, "viewer");
        let passwords = [PASSWORD, OTHER, "eight other unlikely words", "nine still more unlikely words"];
        let of = server.database.id(&id);
        let due = |password: &str| {
            server.database.execute(&format!("UPDATE password SET must_change = true WHERE user_id = {of}"));
            server.log_in(DEFAULT, ANN, password).is(200)
        };
        // Not asked for.
        let body = |due: &Value, code: &str| json!({ "mfa_token": due["mfa_token"], "method": "totp", "code": code });
        let asked = body(&due(passwords[0]), &authenticator.next(server));
        let tokens = choose(server, &server.rest(None).post("/auth/mfa/verify", &asked).is(200), passwords[1]);
        assert_eq!(tokens["device_token"], Value::Null);
        session.get("/me").is(401);
        // The factor went meanwhile, or another one is in its place.
        let own = server.rest(Some(text(&tokens, "access_token")));
        let asked = verify(server, &due(passwords[1]), &authenticator.next(server));
        server.clock.advance(1);
        let replaced = enrol(server, &own);
        let tokens = choose(server, &asked, passwords[2]);
        assert_eq!(tokens["device_token"], Value::Null, "another authenticator");
        let own = server.rest(Some(text(&tokens, "access_token")));
        let asked = verify(server, &due(passwords[2]), &replaced.next(server));
        own.delete("/me/mfa/totp").is(204);
        let tokens = choose(server, &asked, passwords[3]);
        assert_eq!(tokens["device_token"], Value::Null, "no authenticator");
        // Whoever may only set up a factor is remembered nowhere.
        server.database.execute(&format!("UPDATE user_mfa SET code_required = true WHERE user_id = {of}"));
        let path = format!("/admin/users/{id}/mfa/enrolment-code?deliver=show");
        let code = server.owner().post(&path, &json!({})).is(200)["data"].clone();
        let body = json!({
            "mfa_token": due(passwords[3])["mfa_token"], "method": "enrolment_code",
            "code": code["enrolment_code"], "remember_device": true,
        });
        let last = "ten truly different unlikely words";
        let tokens = choose(server, &server.rest(None).post("/auth/mfa/verify", &body).is(200), last);
        assert_eq!((&tokens["enrolment_required"], &tokens["device_token"]), (&json!(true), &Value::Null));
        assert_eq!(server.database.number("SELECT count(*) FROM device"), 0);
    });
}

#[test]
fn ir6_strangers_who_guess_do_not_hold_a_remembered_device_up() {
    for_each_store(|server| {
        let (session, authenticator, id) = ann(server, "viewer");
        let device = remembered(server, &authenticator, ANN);
        for _ in 0..10 {
            let mut answer = server.log_in(DEFAULT, ANN, OTHER);
            while answer.status == 429 {
                server.clock.advance(answer.header("retry-after").unwrap().parse().unwrap());
                answer = server.log_in(DEFAULT, ANN, OTHER);
            }
        }
        let locked = || server.owner().get(&format!("/admin/users/{id}")).is(200)["data"]["status"].clone();
        assert_eq!(locked(), "LOCKED");
        assert_ne!(server.log_in(DEFAULT, ANN, PASSWORD).status, 200);
        // From the address of the guesses, whose waits it does not share.
        let device = goes_on(server, &device);
        session.get("/me").is(200);
        assert_eq!(locked(), "LOCKED", "the lock stays for all others");
        // Guesses on the device count there, and end it.
        for _ in 0..10 {
            let mut answer = on_device(server, (DEFAULT, ANN, OTHER), &device);
            while answer.status == 429 {
                server.clock.advance(answer.header("retry-after").unwrap().parse().unwrap());
                answer = on_device(server, (DEFAULT, ANN, OTHER), &device);
            }
            answer.is(401);
        }
        assert_ne!(on_device(server, (DEFAULT, ANN, PASSWORD), &device).status, 200, "locked like all others");
        assert_eq!(session.get("/me/devices").is(200)["data"], json!([]));
    });
}

#[test]
fn ir6_a_lock_by_an_administrator_holds_on_every_device() {
    for_each_store(|server| {
        let (_, authenticator, id) = ann(server, "viewer");
        let device = remembered(server, &authenticator, ANN);
        let path = format!("/tenants/default/users/{id}/status");
        server.owner().put(&path, &json!({ "status": "LOCKED" })).is(200);
        on_device(server, (DEFAULT, ANN, PASSWORD), &device).is(401);
    });
}

#[test]
fn ir18_where_phishing_is_to_be_resisted_only_a_device_of_a_passkey_stands_in() {
    for_each_store(|server| {
        let (session, authenticator, _) = ann(server, "viewer");
        let by_code = remembered(server, &authenticator, ANN);
        let mut key = passkeys::authenticator();
        register(server, &session, &mut key, "Key");
        let begun = passkeys::begin(server, ANN);
        let body = json!({
            "passkey_token": text(&begun, "passkey_token"),
            "credential": shown(server, &mut key, &begun["options"]),
            "remember_device": true,
        });
        let tokens = server.rest(None).post("/auth/passkeys/finish", &body).is(200);
        let by_passkey = text(&tokens, "device_token").to_owned();
        let by_code = goes_on(server, &by_code);
        // Whoever stands above the tenant may ask for what nobody in it has.
        let above = server.person("other", vec![holding(role::PLATFORM_OWNER, Scope::Platform)]);
        let ask = |requirement: &str| {
            let policy = json!({ "mfa": { "requirement": requirement } });
            above.send("PATCH", "/tenants/default/settings", &[], Some(&policy)).is(200);
        };
        ask("phishing_resistant");
        assert_eq!(ann_on(server, &by_code)["methods"], json!(["passkey"]));
        let by_passkey = goes_on(server, &by_passkey);
        // It ends with its passkey, and the other one does not.
        let strong = server.rest(Some(text(&tokens, "access_token")));
        ask("optional");
        let own = text(&strong.get("/me/passkeys").is(200)["data"][0], "id").to_owned();
        strong.delete(&format!("/me/passkeys/{own}")).is(204);
        is_forgotten(server, &by_passkey);
        goes_on(server, &by_code);
    });
}

#[test]
fn ir5_whatever_raises_the_epoch_or_takes_the_factor_ends_devices() {
    for_each_store(|server| {
        let (session, authenticator, id) = ann(server, "viewer");
        let owner = server.owner();
        // A factor that is replaced is another one.
        let device = remembered(server, &authenticator, ANN);
        let authenticator = enrol(server, &session);
        is_forgotten(server, &device);
        // Signing out everywhere.
        let device = remembered(server, &authenticator, ANN);
        session.post("/auth/logout-all", &json!({})).is(204);
        is_forgotten(server, &device);
        // Another e-mail (IR-8).
        let device = remembered(server, &authenticator, ANN);
        let path = format!("/admin/users/{id}");
        owner.send("PATCH", &path, &[], Some(&json!({ "email": "anna@example.org" }))).is(200);
        let body = json!({ "tenant": DEFAULT, "username": ANN, "password": PASSWORD, "device_token": device });
        assert_eq!(server.rest(None).post("/auth/login", &body).is(200)["mfa_required"], true);
        owner.send("PATCH", &path, &[], Some(&json!({ "email": ANN }))).is(200);
        // Being disabled, be it for a moment.
        let device = remembered(server, &authenticator, ANN);
        for status in ["DISABLED", "ACTIVE"] {
            owner.put(&format!("/tenants/default/users/{id}/status"), &json!({ "status": status })).is(200);
        }
        is_forgotten(server, &device);
        // Another password.
        let device = remembered(server, &authenticator, ANN);
        let body = json!({ "new_password": OTHER, "require_password_change": false });
        owner.post(&format!("/admin/users/{id}/reset-password"), &body).is(200);
        let asked = on_device(server, (DEFAULT, ANN, OTHER), &device).is(200);
        assert_eq!(asked["mfa_required"], true);
        let device = text(&verify(server, &asked, &authenticator.next(server)), "device_token").to_owned();
        // Being deleted, and once more when brought back: whatever was issued between the two ends as well.
        let epoch =
            || server.database.number(&format!("SELECT epoch FROM users WHERE id = {}", server.database.id(&id)));
        let before = epoch();
        owner.delete(&path).is(204);
        let deleted = epoch();
        owner.send("POST", &format!("/tenants/default/users/{id}/restore"), &[], None).is(200);
        assert!(before < deleted && deleted < epoch());
        let asked = on_device(server, (DEFAULT, ANN, OTHER), &device).is(200);
        assert_eq!((&asked["mfa_required"], &asked["device_token"]), (&json!(true), &Value::Null), "{asked}");
        // A reset of the factors.
        let device = text(&verify(server, &asked, &authenticator.next(server)), "device_token").to_owned();
        assert!(server.database.number("SELECT count(*) FROM device") > 0);
        owner.post(&format!("/admin/users/{id}/mfa/disable"), &json!({})).is(200);
        assert_eq!(on_device(server, (DEFAULT, ANN, OTHER), &device).is(200)["methods"], json!(["enrolment_code"]));
        assert_eq!(server.database.number("SELECT count(*) FROM device"), 0);
    });
}

#[test]
fn ir5_a_user_who_is_deactivated_by_scim_is_remembered_nowhere() {
    for_each_store(|server| {
        let scim = server.client();
        let user = scim.user("ann");
        server.set_user(&user, &format!("email = '{ANN}', email_verified = true, identity_source = 'LOCAL'"));
        let body = json!({ "new_password": PASSWORD, "require_password_change": false });
        server.owner().post(&format!("/admin/users/{user}/reset-password"), &body).is(200);
        let log_in = |device: Option<&str>| {
            let body = json!({ "tenant": DEFAULT, "username": "ann", "password": PASSWORD, "device_token": device });
            server.rest(None).post("/auth/login", &body)
        };
        let session = server.rest(Some(text(&log_in(None).is(200), "access_token")));
        let authenticator = enrol(server, &session);
        let tokens = verify(server, &log_in(None).is(200), &authenticator.next(server));
        let device = text(&tokens, "device_token").to_owned();
        let set = |active: bool| {
            scim.patch(&format!("/Users/{user}"), json!([{ "op": "replace", "path": "active", "value": active }]))
                .is(200);
        };
        set(false);
        log_in(Some(&device)).is(401);
        set(true);
        assert_eq!(log_in(Some(&device)).is(200)["mfa_required"], true);
    });
}

#[test]
fn s2_33_people_and_administrators_see_and_end_devices() {
    for_each_store(|server| {
        let (session, authenticator, id) = ann(server, "viewer");
        let first = remembered(server, &authenticator, ANN);
        let second = remembered(server, &authenticator, ANN);
        let ids = || -> Vec<String> {
            let listed = session.get("/me/devices").is(200)["data"].clone();
            listed.as_array().unwrap().iter().map(|device| text(device, "id").to_owned()).collect()
        };
        let before = ids();
        assert_eq!(before.len(), 2);
        session.delete(&format!("/me/devices/{}", before[1])).is(204);
        session.delete(&format!("/me/devices/{}", before[1])).is(404);
        is_forgotten(server, &first);
        let second = goes_on(server, &second);
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let path = format!("/admin/users/{id}/devices");
        let seen = admin.get(&path).is(200)["data"].clone();
        // Both views call everything the same, as they do of sessions.
        assert_eq!(seen, session.get("/me/devices").is(200)["data"]);
        let security = admin.get(&format!("/admin/users/{id}/security")).is(200)["data"].clone();
        for of in [&seen, &security["devices"], &security["sessions"]] {
            assert_eq!((&of[0]["ip_address"], &of[0]["address"]), (&json!("127.0.0.1"), &Value::Null), "{of}");
        }
        assert_eq!((seen.as_array().unwrap().len(), text(&seen[0], "id")), (1, before[0].as_str()));
        server.administrator("other", "tenant_admin").delete(&format!("{path}/{}", before[0])).is(404);
        server.administrator(DEFAULT, "viewer").get(&path).is(403);
        let rows = server.database.number("SELECT count(*) FROM journal");
        admin.delete(&format!("{path}/{}", before[0])).is(204);
        assert_eq!(server.database.number("SELECT count(*) FROM journal"), rows + 1);
        admin.delete(&format!("{path}/{}", before[0])).is(404);
        is_forgotten(server, &second);
        remembered(server, &authenticator, ANN);
        admin.delete(&path).is(204);
        admin.delete(&path).is(204);
        assert_eq!(server.database.number("SELECT count(*) FROM journal"), rows + 3, "nothing was there twice");
        remembered(server, &authenticator, ANN);
        session.delete("/me/devices").is(204);
        assert_eq!(ids(), Vec::<String>::new());
        // Whoever holds more is not touched by whoever holds less.
        server.grant(server.tenant(DEFAULT).id, &id, "tenant_admin", None);
        server.administrator(DEFAULT, "helpdesk").delete(&path).is(403);
    });
}

#[test]
fn s2_33_the_oldest_of_too_many_devices_is_forgotten() {
    for_each_store(|server| {
        let (_, authenticator, id) = ann(server, "viewer");
        let first = remembered(server, &authenticator, ANN);
        for _ in 0..20 {
            remembered(server, &authenticator, ANN);
        }
        // The sessions that began before have ended: there are no more of them either.
        let listed = server.owner().get(&format!("/admin/users/{id}/devices")).is(200);
        assert_eq!(listed["data"].as_array().unwrap().len(), 20);
        is_forgotten(server, &first);
    });
}
