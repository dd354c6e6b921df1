//! Guards of second factors that stand alone: where one of these is missing, no other rule refuses the request in its place.

use rollcall::access::Permission::{MfaPolicyWrite, SettingsRead, SettingsWrite};
use rollcall::access::{Scope, role};
use serde_json::{Value, json};

use crate::client::{Answer, id};
use crate::mfa::{due, enrol, prove};
use crate::passkeys::{authenticator, begin, register, shown};
use crate::persons::holding;
use crate::roles::having;
use crate::server::{DEFAULT, Server, for_each_store};
use crate::signed_in::{PASSWORD, text};

const ANN: &str = "ann@example.org";

/// Tries to sign in on a device that is remembered.
fn on_device(server: &Server, device: &Value) -> Answer {
    let body = json!({ "tenant": DEFAULT, "email": ANN, "password": PASSWORD, "device_token": device });
    server.rest(None).post("/auth/login", &body)
}

#[test]
fn s2_32_the_policy_for_second_factors_has_a_permission_of_its_own() {
    for_each_store(|server| {
        let without = having(server, &[SettingsRead, SettingsWrite]);
        let with = having(server, &[SettingsRead, SettingsWrite, MfaPolicyWrite]);
        let (policy, sessions) = (json!({ "mfa": { "grace_days": 3 } }), json!({ "sessions": { "idle": 600 } }));
        let rows = server.journal(DEFAULT).len();
        let refused = without.send("PATCH", "/tenants/default/settings", &[], Some(&policy));
        assert_eq!(refused.is(403)["code"], "insufficient_scope");
        assert_eq!(server.journal(DEFAULT).len(), rows);
        without.send("PATCH", "/tenants/default/settings", &[], Some(&sessions)).is(200);
        with.send("PATCH", "/tenants/default/settings", &[], Some(&policy)).is(200);
    });
}

#[test]
fn flow_steps_server_side_a_second_step_waits_while_its_tenant_is_suspended() {
    for_each_store(|server| {
        server.tenant("other");
        server.newcomer("other", ANN, "viewer");
        let codes = enrol(server, &server.signed_in("other", ANN));
        let suspend = |suspended: bool| {
            let body = json!({ "suspended": suspended });
            server.owner().send("PATCH", "/tenants/other", &[], Some(&body)).is(200)
        };
        let begun = server.log_in("other", ANN, PASSWORD).is(200);
        let code = codes.next(server);
        suspend(true);
        prove(server, &begun, "totp", &code).is(401);
        suspend(false);
        prove(server, &begun, "totp", &code).is(200);
    });
}

/// A session that may only set a factor up is none to those who ask whether somebody is signed in.
#[test]
fn ir14_ir17_an_application_takes_nobody_for_signed_in_who_may_only_set_a_factor_up() {
    for_each_store(|server| {
        let ann = server.newcomer(DEFAULT, ANN, "viewer");
        enrol(server, &server.signed_in(DEFAULT, ANN));
        let owner = server.owner();
        let path = format!("/admin/users/{}/mfa/disable?deliver=show", ann.id);
        let done = owner.post(&path, &json!({})).is(200)["data"].clone();
        let code = text(&done, "enrolment_code");
        let limited = prove(server, &due(server, ANN), "enrolment_code", code).is(200);
        assert_eq!(limited["enrolment_required"], true);
        let wiki = id(&owner.post("/tenants/default/applications", &json!({ "name": "Wiki" })).is(201)["data"]);
        let made = owner.post(&format!("/tenants/default/applications/{wiki}/tokens"), &json!({ "name": "ci" }));
        let application = server.rest(Some(text(&made.is(201)["data"], "token")));
        let headers = [("content-type", "application/json")];
        let body = json!({ "token": limited["access_token"] });
        let heard = application.send("POST", "/auth/introspect", &headers, Some(&body)).is(200);
        assert_eq!(heard, json!({ "active": false }));
        // Nor does such a session go on by itself.
        let refresh = json!({ "refresh_token": limited["refresh_token"] });
        server.rest(None).post("/auth/refresh", &refresh).is(401);
    });
}

/// A device of a passkey is one of that passkey, be there others.
#[test]
fn ir5_a_device_goes_with_the_passkey_that_was_proven_there() {
    for_each_store(|server| {
        server.newcomer(DEFAULT, ANN, "viewer");
        let (own, mut first, mut second) = (server.signed_in(DEFAULT, ANN), authenticator(), authenticator());
        let made = register(server, &own, &mut first, "First");
        register(server, &own, &mut second, "Second");
        let begun = begin(server, ANN);
        let credential = shown(server, &mut first, &begun["options"]);
        let body =
            json!({ "passkey_token": begun["passkey_token"], "credential": credential, "remember_device": true });
        let tokens = server.rest(None).post("/auth/passkeys/finish", &body).is(200);
        let tokens = on_device(server, &tokens["device_token"]).is(200);
        assert!(tokens["access_token"].is_string(), "the device stands in: {tokens}");
        own.delete(&format!("/me/passkeys/{}", text(&made["passkey"], "id"))).is(204);
        assert_eq!(on_device(server, &tokens["device_token"]).is(200)["mfa_required"], true);
    });
}

/// A device passes a lock that strangers caused. Where it does not do for what is asked, nobody hears that the password was
/// right.
#[test]
fn ir6_a_device_that_does_not_do_says_nothing_of_a_locked_account() {
    for_each_store(|server| {
        let ann = server.newcomer(DEFAULT, ANN, "viewer");
        let codes = enrol(server, &server.signed_in(DEFAULT, ANN));
        let begun = due(server, ANN);
        let body = json!({
            "mfa_token": begun["mfa_token"], "method": "totp", "code": codes.next(server), "remember_device": true,
        });
        let tokens = server.rest(None).post("/auth/mfa/verify", &body).is(200);
        let until = server.database.after_start(3600);
        let locked = format!("status = 'LOCKED', status_until = {until}, status_after = 'ACTIVE'");
        server.set_user(&ann.id.to_string(), &locked);
        let tokens = on_device(server, &tokens["device_token"]).is(200);
        assert!(tokens["access_token"].is_string(), "the device passes the lock: {tokens}");
        let elsewhere = server.person("other", vec![holding(role::PLATFORM_OWNER, Scope::Platform)]);
        let strict = json!({ "mfa": { "requirement": "phishing_resistant" } });
        elsewhere.send("PATCH", "/tenants/default/settings", &[], Some(&strict)).is(200);
        on_device(server, &tokens["device_token"]).is(401);
    });
}
