//! What is refused at the doors of second factors before anything else, and what never comes to pass there (IR-12, IR-16).

use rollcall::access::{Permission, Scope};
use serde_json::{Value, json};

use crate::client::Client;
use crate::mfa::{due, enrol};
use crate::passkeys::{authenticator, register};
use crate::persons::{fresh, holding_only};
use crate::server::{DEFAULT, Server, for_each_store};
use crate::signed_in::text;
use crate::suspicions::{LIST, fail, found};

const ANN: &str = "ann@example.org";

/// Asks for something with what cannot be used.
fn ask(client: &Client, (method, path): (&str, &str), body: Option<&Value>) -> u16 {
    client.send(method, path, &[], body).status
}

#[test]
fn ir12_what_is_not_there_is_404_before_what_is_said_of_it_is_judged() {
    for_each_store(|server| {
        let ann = server.newcomer(DEFAULT, ANN, "viewer");
        let (session, admin) = (server.signed_in(DEFAULT, ANN), server.administrator(DEFAULT, "tenant_admin"));
        let made = register(server, &session, &mut authenticator(), "Key");
        let (known, nobody) = (text(&made["passkey"], "id").to_owned(), fresh().to_string());
        fail(server, ANN, 5);
        let finding = text(&found(server, "")[0], "id").to_owned();
        let (stranger, viewer) =
            (server.administrator("other", "tenant_admin"), server.administrator(DEFAULT, "viewer"));
        let note = json!({ "note": 7 });
        let acknowledge = |id: &str| format!("{LIST}/{id}/acknowledge");
        let take = |id: &str| format!("/admin/users/{}/passkeys/{id}?keep_passkeys=maybe&deliver=pigeon", ann.id);
        let code = format!("/admin/users/{}/mfa/enrolment-code?deliver=pigeon", ann.id);
        for (who, path, status) in [
            (&admin, acknowledge(&nobody), 404),
            (&admin, acknowledge("x"), 404),
            (&stranger, acknowledge(&finding), 404),
            (&viewer, acknowledge(&finding), 403),
            (&admin, acknowledge(&finding), 422),
            (&admin, code.clone(), 422),
            (&stranger, code.clone(), 404),
            (&viewer, code, 403),
        ] {
            assert_eq!(ask(who, ("POST", &path), Some(&note)), status, "{path}");
        }
        for (who, path, status) in [
            (&admin, take(&nobody), 404),
            (&admin, take("x"), 404),
            (&stranger, take(&known), 404),
            (&viewer, take(&known), 403),
            (&admin, take(&known), 422),
        ] {
            assert_eq!(ask(who, ("DELETE", &path), None), status, "{path}");
        }
        for (id, status) in [(&nobody, 404), (&known, 422)] {
            let path = format!("/me/passkeys/{id}");
            assert_eq!(ask(&session, ("PATCH", &path), Some(&json!({ "name": 7 }))), status, "{path}");
        }
        // Who sees numbers and no users hears that, and not what is wrong with the query.
        let tenant = server.tenant(DEFAULT);
        let scope = Scope::Tenant { tenant: tenant.id, partner: tenant.partner_id };
        let counts = server.person(DEFAULT, vec![holding_only(&[Permission::ReportsRead], scope)]);
        for (who, status) in [(&counts, 403), (&admin, 422), (&stranger, 404)] {
            assert_eq!(ask(who, ("GET", "/tenants/default/reports/mfa/users?without=sleep"), None), status);
        }
        assert_eq!(session.get("/me/passkeys").is(200)["data"].as_array().unwrap().len(), 1, "nothing is gone");
    });
}

/// A word that nobody knew was taken for another one.
#[test]
fn unknown_words_are_refused_at_the_doors_of_factors() {
    for_each_store(|server| {
        let ann = server.newcomer(DEFAULT, ANN, "viewer");
        let session = server.signed_in(DEFAULT, ANN);
        enrol(server, &session);
        let before = session.get("/me/mfa").is(200)["data"].clone();
        let rows = server.journal(DEFAULT).len();
        let asked = due(server, ANN);
        let nobody = server.rest(None);
        for word in ["", "TOTP", "all", "reset", "webauthn", "password "] {
            let body = json!({ "mfa_token": asked["mfa_token"], "method": word, "code": "000000" });
            nobody.post("/auth/mfa/verify", &body).is(422);
            nobody.post("/auth/mfa/challenge", &body).is(422);
            session.send("PATCH", "/me/mfa", &[], Some(&json!({ "preferred": word }))).is(422);
        }
        let owner = server.owner();
        for query in ["keep_passkeys=some", "deliver=pigeon", "deliver=SHOW"] {
            owner.post(&format!("/admin/users/{}/mfa/disable?{query}", ann.id), &json!({})).is(422);
            let platform = owner.below(&format!("{}/api/platform", server.url()));
            platform.delete(&format!("/users/{}/mfa?{query}", ann.id)).is(422);
        }
        owner.get("/admin/mfa-resets?status=open").is(422);
        session.send("DELETE", "/me/mfa/webauthn", &[], None).is(404);
        assert_eq!(session.get("/me/mfa").is(200)["data"], before);
        assert_eq!(server.journal(DEFAULT).len(), rows);
    });
}

#[test]
fn ir16_the_last_owner_keeps_the_passkey_that_alone_lets_them_in() {
    for_each_store(|server| {
        let boss = server.newcomer(DEFAULT, "boss@example.org", "viewer");
        let session = server.signed_in(DEFAULT, "boss@example.org");
        let made = register(server, &session, &mut authenticator(), "Key");
        let user = boss.id.to_string();
        let of = server.database.id(&user);
        server.database.execute(&format!("DELETE FROM password WHERE user_id = {of}"));
        server.make_owner(&user);
        server.database.execute(&format!("DELETE FROM password WHERE user_id = {of}"));
        let owner = server.owner();
        let passkey = format!("/admin/users/{user}/passkeys/{}", text(&made["passkey"], "id"));
        let platform = owner.below(&format!("{}/api/platform", server.url()));
        let disable = format!("/admin/users/{user}/mfa/disable");
        assert_eq!(owner.post(&disable, &json!({})).is(409)["code"], "last_owner");
        assert_eq!(owner.delete(&passkey).is(409)["code"], "last_owner");
        assert_eq!(platform.delete(&format!("/users/{user}/mfa")).is(409)["code"], "last_owner");
        let kept =
            |server: &Server| server.database.number(&format!("SELECT count(*) FROM passkey WHERE user_id = {of}"));
        assert_eq!(kept(server), 1);
        owner.post(&format!("{disable}?keep_passkeys=true"), &json!({})).is(200);
        assert_eq!(kept(server), 1);
    });
}
