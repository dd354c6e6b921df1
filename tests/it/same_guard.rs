//! Known fault `same_guard_all_doors`: whatever gives a role or takes one asks the same, by whichever door it is done. And what
//! is done to an account is recorded and holds, by whichever door.

use rollcall::access::Permission::{RolesRead, RolesWrite, UsersRead};
use serde_json::{Value, json};

use crate::client::{Client, id};
use crate::fresh_proofs::{proven, stale};
use crate::program::Place;
use crate::roles::having;
use crate::server::{DEFAULT, Server, for_each_store};
use crate::signed_in::text;

const ADMIN: &str = "admin@example.org";
const TENANT: &str = "/tenants/default";

type Request = (&'static str, String, Option<Value>);

/// Something of the tenant, made by an owner.
fn made(server: &Server, path: &str, body: Value) -> String {
    id(&server.owner().post(&format!("{TENANT}/{path}"), &body).is(201)["data"])
}

fn give(server: &Server, kind: &str, subject: &str, role: &str) {
    let subject = json!({ "type": kind, "id": subject });
    server.owner().post(&format!("{TENANT}/grants"), &json!({ "subject": subject, "role": role })).is(201);
}

/// What gives or takes the role of a group or of an org unit. `new` has neither, `old` has both, and is at home in the unit,
/// which `guest` is in too.
fn doors([new, old, guest]: [&str; 3], group: &str, unit: &str, [plain, nested, below]: [&str; 3]) -> Vec<Request> {
    let (members, units) = (format!("{TENANT}/groups/{group}/members"), format!("{TENANT}/units/{unit}"));
    let user = |id: &str| format!("{TENANT}/users/{id}");
    vec![
        ("POST", members.clone(), Some(json!({ "members": [new] }))),
        ("DELETE", format!("{members}/{old}"), None),
        ("POST", members.clone(), Some(json!({ "members": [plain] }))),
        ("DELETE", format!("{members}/{nested}"), None),
        ("PATCH", user(old), Some(json!({ "ou_id": null }))),
        ("PUT", format!("{units}/members/{new}"), Some(json!({}))),
        ("PATCH", user(new), Some(json!({ "ou_id": unit }))),
        ("DELETE", format!("{units}/members/{guest}"), None),
        ("POST", format!("{TENANT}/users"), Some(json!({ "email": "a@example.org", "group_ids": [group] }))),
        ("POST", format!("{TENANT}/users"), Some(json!({ "email": "b@example.org", "ou_id": unit }))),
        ("PATCH", format!("{TENANT}/units/{below}"), Some(json!({ "parent_id": unit }))),
        ("DELETE", format!("{TENANT}/groups/{group}"), None),
        ("DELETE", format!("{units}?strategy=CASCADE"), None),
    ]
}

#[test]
fn same_guard_all_doors_a_role_is_given_and_taken_by_none_without_a_fresh_proof() {
    for_each_store(|server| {
        server.newcomer(DEFAULT, ADMIN, "tenant_admin");
        let [group, plain, nested] =
            ["Auditors", "Plain", "Nested"].map(|name| made(server, "groups", json!({ "name": name })));
        let [unit, below] = ["Audit", "Below"].map(|name| made(server, "units", json!({ "name": name })));
        let bob = made(server, "users", json!({ "email": "bob@example.org" }));
        let old = json!({ "email": "old@example.org", "ou_id": unit, "group_ids": [group] });
        let old = made(server, "users", old);
        let into = format!("{TENANT}/groups/{group}/members");
        server.owner().post(&into, &json!({ "members": [nested] })).is(204);
        let guest = made(server, "users", json!({ "email": "guest@example.org" }));
        for unit in [&unit, &below] {
            server.owner().put(&format!("{TENANT}/units/{unit}/members/{guest}"), &json!({})).is(204);
        }
        give(server, "group", &group, "viewer");
        give(server, "org_unit", &unit, "viewer");
        let waiting = server.newcomer(DEFAULT, "waiting@example.org", "viewer").id.to_string();
        server.set_user(&waiting, "activation = 'approval', status = 'PENDING_APPROVAL'");
        let admin = stale(server, ADMIN);
        let mut doors = doors([&bob, &old, &guest], &group, &unit, [&plain, &nested, &below]);
        doors.insert(0, ("POST", format!("{TENANT}/users/{waiting}/approve"), None));
        let before = server.journal(DEFAULT).len();
        for (method, path, body) in &doors {
            let refused = admin.send(method, path, &[], body.as_ref());
            assert_eq!(refused.status, 401, "{method} {path}: {}", refused.text);
            assert_eq!(refused.json()["code"], "step_up", "{method} {path}");
        }
        assert_eq!(server.journal(DEFAULT).len(), before, "a refusal writes nothing");
        // What gives nobody anything needs none.
        admin.post(&format!("{TENANT}/groups/{plain}/members"), &json!({ "members": [bob] })).is(204);
        admin.put(&format!("{TENANT}/units/{below}/members/{bob}"), &json!({})).is(204);
        admin.delete(&format!("{TENANT}/groups/{plain}/members/{bob}")).is(204);
        let admin = proven(server, &admin);
        for (method, path, body) in &doors {
            let done = admin.send(method, path, &[], body.as_ref());
            assert!((200..300).contains(&done.status), "{method} {path}: {} {}", done.status, done.text);
        }
    });
}

#[test]
fn same_guard_all_doors_the_roles_of_the_mightier_are_changed_by_none() {
    for_each_store(|server| {
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let owner = server.client().user("owner");
        server.make_owner(&owner);
        let group = made(server, "groups", json!({ "name": "Auditors" }));
        let unit = made(server, "units", json!({ "name": "Audit" }));
        let (into, within) =
            (format!("{TENANT}/groups/{group}/members"), format!("{TENANT}/units/{unit}/members/{owner}"));
        // Where no role comes with it, nothing of theirs changes.
        admin.post(&into, &json!({ "members": [owner] })).is(204);
        admin.delete(&format!("{into}/{owner}")).is(204);
        give(server, "group", &group, "viewer");
        give(server, "org_unit", &unit, "viewer");
        let refused = |answer: crate::client::Answer| assert_eq!(answer.is(403)["code"], "mightier_user");
        refused(admin.post(&into, &json!({ "members": [owner] })));
        refused(admin.put(&within, &json!({})));
        let above = server.owner();
        above.post(&into, &json!({ "members": [owner] })).is(204);
        above.put(&within, &json!({})).is(204);
        refused(admin.delete(&format!("{into}/{owner}")));
        refused(admin.delete(&within));
        // An identity provider says who is in its groups.
        let hr = server.connect(DEFAULT, "hr");
        let (own, boss) = (hr.group("provisioned", &[]), hr.user("boss"));
        give(server, "group", &own, "viewer");
        server.make_owner(&boss);
        let add = json!([{ "op": "add", "path": "members", "value": [{ "value": boss }] }]);
        hr.patch(&format!("/Groups/{own}"), add).is(200);
    });
}

#[test]
fn no_upward_grant_a_role_that_allows_more_is_not_renamed() {
    for_each_store(|server| {
        let role = json!({ "key": "desk", "name": "Desk", "permissions": ["passwords.set"] });
        server.owner().post(&format!("{TENANT}/roles"), &role).is(201);
        let small = having(server, &[UsersRead, RolesRead, RolesWrite]);
        let path = format!("{TENANT}/roles/desk");
        let refused = small.send("PATCH", &path, &[], Some(&json!({ "name": "Harmless" })));
        assert_eq!(refused.is(403)["code"], "upward_grant");
        assert_eq!(server.owner().get(&path).is(200)["data"]["name"], "Desk");
    });
}

fn status(client: &Client, user: &str) -> Value {
    client.get(&format!("{TENANT}/users/{user}")).is(200)["data"]["status"].clone()
}

#[test]
fn ir4_a_source_does_not_lift_what_an_administrator_wished_too() {
    for_each_store(|server| {
        let (admin, hr) = (server.administrator(DEFAULT, "tenant_admin"), server.connect(DEFAULT, "hr"));
        let ann = hr.user("ann");
        let set = |body: Value| admin.put(&format!("{TENANT}/users/{ann}/status"), &body).is(200);
        let active = |value: bool| {
            hr.patch(&format!("/Users/{ann}"), json!([{ "op": "replace", "path": "active", "value": value }])).is(200);
        };
        let rows = || server.journal(DEFAULT).into_iter().filter(|row| row.resource_id == ann).collect::<Vec<_>>();
        active(false);
        assert_eq!(set(json!({ "status": "DISABLED", "reason": "dismissed" }))["data"]["status"], "DISABLED");
        assert_eq!(rows().last().unwrap().reason.as_deref(), Some("dismissed"));
        active(true);
        assert_eq!(status(&admin, &ann), "DISABLED", "what the source lifts is its own");
        // The same wish again is nothing new.
        let before = rows().len();
        set(json!({ "status": "DISABLED" }));
        assert_eq!(rows().len(), before);
        // A suspension for a while becomes one without end, and the other way round.
        let until = |end: &Value| set(json!({ "status": "DISABLED", "until": end }));
        let end = server.cx().now.plus_seconds(60).to_string();
        until(&json!(end));
        until(&Value::Null);
        server.clock.advance(60);
        assert_eq!(status(&admin, &ann), "DISABLED");
    });
}

#[test]
fn s0_24_what_is_done_to_an_account_is_recorded_whole() {
    for_each_store(|server| {
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let unit = made(server, "units", json!({ "name": "Audit" }));
        let ann = id(&admin
            .post(&format!("{TENANT}/users"), &json!({ "email": "ann@example.org", "ou_id": unit }))
            .is(201)["data"]);
        let rows = |user: &str| -> Vec<(Value, Option<String>)> {
            let rows = server.journal(DEFAULT).into_iter().filter(|row| row.resource_id == user);
            rows.map(|row| (row.paths, row.identity_source)).collect()
        };
        let told = |user: &str, path: &str| {
            rows(user).iter().any(|(paths, _)| paths.as_array().unwrap().contains(&json!(path)))
        };
        assert!(told(&ann, "orgUnit"), "{:?}", rows(&ann));
        assert!(rows(&ann).iter().all(|(_, source)| source.as_deref() == Some("LOCAL")));

        // Guesses that are forgotten before they locked anybody out, and none that were not.
        let bob = server.newcomer(DEFAULT, "bob@example.org", "viewer").id.to_string();
        let unlock = || admin.post(&format!("/admin/users/{bob}/unlock"), &json!(null));
        server.log_in(DEFAULT, "bob@example.org", "not the password").is(401);
        unlock().is(200);
        assert!(told(&bob, "failedSignIns"), "{:?}", rows(&bob));
        let before = rows(&bob).len();
        unlock().is(200);
        assert_eq!(rows(&bob).len(), before);

        // Who was in a group that is deleted.
        let group = made(server, "groups", json!({ "name": "Crew" }));
        admin.post(&format!("{TENANT}/groups/{group}/members"), &json!({ "members": [bob] })).is(204);
        admin.delete(&format!("{TENANT}/groups/{group}")).is(204);
        let left = server.journal(DEFAULT).into_iter().rfind(|row| row.resource_id == group && row.members.is_some());
        assert_eq!(left.unwrap().members.unwrap(), json!({ "removed": [bob] }));

        // A code that goes out with what was removed.
        let of = server.database.id(&bob);
        let now = server.database.epoch();
        server.database.execute(&format!(
            "INSERT INTO factor (user_id, kind, sealed, created) VALUES ({of}, 'totp', '00', {now})"
        ));
        admin.post(&format!("/admin/users/{bob}/mfa/disable"), &json!({})).is(200);
        assert!(told(&bob, "mfa.totp") && told(&bob, "mfa.enrolment_code"), "{:?}", rows(&bob));
    });
}

#[test]
fn ir13_what_stands_for_an_e_mail_does_not_become_one() {
    for_each_store(|server| {
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let ann = server.client().user("jdoe78");
        let path = format!("{TENANT}/users/{ann}");
        let shown = admin.get(&path).is(200)["data"]["email"].clone();
        assert_eq!(shown, format!("{ann}@no-email.invalid"));
        let body = json!({ "email": shown, "last_name": "Doe" });
        assert_eq!(admin.send("PATCH", &path, &[], Some(&body)).is(200)["data"]["last_name"], "Doe");
        let scim = server.client().get(&format!("/Users/{ann}")).is(200);
        assert_eq!((scim.get("emails"), &scim["name"]["familyName"]), (None, &json!("Doe")));
        assert!(!server.database.holds("no-email.invalid"));
    });
}

#[test]
fn ir19_reasons_go_with_what_is_erased() {
    for_each_store(|server| {
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let ann = id(&admin.post(&format!("{TENANT}/users"), &json!({ "email": "ann@example.org" })).is(201)["data"]);
        let body = json!({ "status": "DISABLED", "reason": "Zelda Erasmeson left the firm" });
        admin.put(&format!("{TENANT}/users/{ann}/status"), &body).is(200);
        let reasons =
            || server.journal(DEFAULT).into_iter().filter(|row| row.resource_id == ann && row.reason.is_some()).count();
        assert_eq!(reasons(), 1);
        admin.delete(&format!("/admin/users/{ann}")).is(204);
        admin.send("POST", &format!("{TENANT}/users/{ann}/erase"), &[], None).is(204);
        assert_eq!(reasons(), 0);
    });
}

#[test]
fn ir16_commands_are_recorded_under_the_account_that_runs_them() {
    let place = Place::sqlite().with("USER", "mallory").with("LOGNAME", "mallory");
    let server = place.serve();
    place.run(&["tenant", "create", "acme"]).succeeds();
    let account = std::process::Command::new("id").arg("-un").output().unwrap();
    let account = String::from_utf8(account.stdout).unwrap();
    let password = server.lines[4].rsplit(' ').next().unwrap();
    let credentials = json!({ "tenant": "platform", "email": "owner@rollcall.invalid", "password": password });
    let due = server.rest(None).post("/auth/login", &credentials).is(200);
    let chosen = json!({ "change_token": due["change_token"], "new_password": "correct battery staple" });
    let tokens = server.rest(None).post("/auth/password/change", &chosen).is(200);
    let rows = server.rest(Some(text(&tokens, "access_token"))).get("/admin/audit?tenant_id=acme").is(200);
    assert_eq!(rows["data"][0]["actor"]["id"], format!("cli:{}", account.trim()));
    server.stop();
}
