//! Users made, changed and deleted by REST, and what is done to their accounts. Tests are named by what they hold.

use serde_json::{Value, json};

use crate::client::{Client, encode};
use crate::server::{DEFAULT, Server, for_each_store, start};

const USERS: &str = "/tenants/default/users";
const PASSWORD: &str = "four quite unlikely words";

/// Makes a user by REST and gives its id.
fn make(client: &Client, email: &str) -> String {
    let made = client.post(USERS, &json!({ "email": email, "send_welcome_email": false })).is(201);
    made["data"]["id"].as_str().unwrap().to_owned()
}

fn update(client: &Client, path: &str, body: Value) -> crate::client::Answer {
    client.send("PATCH", path, &[], Some(&body))
}

fn places(answer: &Value) -> Vec<String> {
    answer["detail"].as_array().unwrap().iter().map(|fault| fault["loc"].to_string()).collect()
}

/// Text of the first column of what a statement finds.
fn journal_of(server: &Server, user: &str) -> usize {
    server.journal(DEFAULT).iter().filter(|row| row.resource_id == user).count()
}

#[test]
fn s4_12_and_s4_23_a_user_is_made_with_its_account() {
    for_each_store(|server| {
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let sales = server.unit(DEFAULT, "Sales", None);
        let body = json!({
            "email": "Ann@x.test", "username": "ann", "first_name": "Ann", "last_name": "Smith", "display_name": "Ann S",
            "phone": "+33123456789", "locale": "de-DE", "timezone": "Europe/Berlin", "password": PASSWORD,
            "ou_id": sales.id, "send_welcome_email": false,
        });
        let data = admin.post(USERS, &body).is(201)["data"].clone();
        for (name, value) in body.as_object().unwrap() {
            if !["password", "send_welcome_email"].contains(&name.as_str()) {
                assert_eq!(data[name], *value, "{name}");
            }
        }
        assert_eq!((&data["status"], &data["identity_source"]), (&json!("ACTIVE"), &json!("LOCAL")));
        assert_eq!((&data["email_verified"], &data["ou_path"]), (&json!(false), &json!("/Sales")));
        assert!(data["password_changed_at"].is_string() && data.get("tenant_id").is_none(), "{data}");
        let id = data["id"].as_str().unwrap();
        assert_eq!(admin.get(&format!("{USERS}/{id}")).is(200)["data"], data);
        assert!(!server.database.holds(PASSWORD));
        // The same user, seen through SCIM.
        let scim = server.connect(DEFAULT, "hr").get(&format!("/Users/{id}")).is(200);
        assert_eq!(scim["emails"], json!([{ "value": "Ann@x.test", "primary": true }]));
        assert_eq!((&scim["name"]["givenName"], &scim["active"]), (&json!("Ann"), &json!(true)));
        assert_eq!(scim["phoneNumbers"][0]["value"], "+33123456789");
    });
}

#[test]
fn s4_23_defaults_are_as_stated() {
    for_each_store(|server| {
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let data = admin.post(USERS, &json!({ "email": "ann@x.test" })).is(201)["data"].clone();
        assert_eq!(
            (&data["username"], &data["locale"], &data["timezone"]),
            (&json!("ann@x.test"), &json!("en"), &json!("UTC"))
        );
        assert_eq!((&data["groups"], &data["status"]), (&json!([]), &json!("PENDING_EMAIL_VERIFICATION")));
        assert!(server.database.holds("welcome"), "a link to set the first password is mailed");
        let data =
            admin.post(USERS, &json!({ "email": "bob@x.test", "send_welcome_email": false })).is(201)["data"].clone();
        assert_eq!(data["status"], "ACTIVE");
    });
}

#[test]
fn s4_12_a_new_user_is_in_its_groups() {
    for_each_store(|server| {
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let hr = server.connect(DEFAULT, "hr");
        let group = hr.group("local", &[]);
        let (id, none) = (server.database.id(&group), "connection_id = NULL");
        server.database.execute(&format!("UPDATE groups SET {none} WHERE id = {id}"));
        let body = json!({ "email": "ann@x.test", "group_ids": [group] });
        let data = admin.post(USERS, &body).is(201)["data"].clone();
        assert_eq!(data["groups"], json!([{ "group_id": group, "name": "local", "membership_type": "DIRECT" }]));
        let unknown = json!({ "email": "bob@x.test", "group_ids": ["0190163d-8694-739b-aea5-966c26f8ad91"] });
        admin.post(USERS, &unknown).is(404);
        assert_eq!(admin.get(&format!("{USERS}?search=bob")).is(200)["pagination"]["total_items"], 0);
        let manager = server.administrator(DEFAULT, "helpdesk");
        manager.post(USERS, &body).is(403);
    });
}

#[test]
fn s4_02_the_tenant_is_named_unless_there_is_one_alone() {
    for_each_store(|server| {
        server.tenant("other");
        let (owner, admin) = (server.owner(), server.administrator(DEFAULT, "tenant_admin"));
        assert_eq!(
            places(&owner.post("/admin/users", &json!({ "email": "a@x.test" })).is(422)),
            [r#"["body","tenant_id"]"#]
        );
        let made = owner.post("/admin/users/", &json!({ "email": "a@x.test", "tenant_id": "other" })).is(201);
        assert_eq!(made["data"]["tenant_id"], server.tenant("other").id.to_string());
        let made = admin.post("/admin/users", &json!({ "email": "a@x.test" })).is(201);
        assert_eq!(made["data"]["tenant_id"], server.tenant(DEFAULT).id.to_string());
        admin.post("/admin/users", &json!({ "email": "b@x.test", "tenant_id": "other" })).is(404);
        owner.post("/admin/users", &json!({ "email": "b@x.test", "tenant_id": "nobodys" })).is(404);
    });
}

#[test]
fn s4_12_names_and_logins_are_taken_once() {
    for_each_store(|server| {
        let admin = server.administrator(DEFAULT, "tenant_admin");
        make(&admin, "ann@x.test");
        for body in [
            json!({ "email": "ANN@x.test" }),
            json!({ "email": "b@x.test", "username": "Ann@X.test" }),
            json!({ "email": "ann@x.test", "username": "other" }),
        ] {
            let refused = admin.post(USERS, &body).is(409);
            assert_eq!(refused["code"], "taken", "{body}: {refused}");
        }
    });
}

#[test]
fn s4_20_faults_of_the_body_come_all_at_once() {
    let server = start();
    let admin = server.administrator(DEFAULT, "tenant_admin");
    let body = json!({ "email": "ann", "phone": "1", "locale": "?", "timezone": "x", "ou_id": "1", "group_ids": ["1"],
        "custom_attributes": 1, "require_password_change": "yes", "send_welcome_email": null });
    let mut found = places(&admin.post(USERS, &body).is(422));
    found.sort();
    let expected = [
        "custom_attributes",
        "email",
        "group_ids\",0",
        "locale",
        "ou_id",
        "phone",
        "require_password_change",
        "send_welcome_email",
        "timezone",
    ];
    let expected = expected.map(|name| {
        if name.ends_with('0') { format!("[\"body\",\"{name}]") } else { format!("[\"body\",\"{name}\"]") }
    });
    assert_eq!(found, expected);
    assert_eq!(places(&admin.post(USERS, &json!({})).is(422)), [r#"["body","email"]"#]);
    let weak = admin.post(USERS, &json!({ "email": "a@x.test", "password": "short" })).is(422);
    assert_eq!(places(&weak), [r#"["body","password"]"#]);
    let invisible = admin.post(USERS, &json!({ "email": "a@x.test", "username": "a\u{200b}" })).is(422);
    assert_eq!(places(&invisible), [r#"["body","username"]"#]);
    assert_eq!(admin.get(USERS).is(200)["pagination"]["total_items"], 0);
}

#[test]
fn s4_15_and_s4_26_absent_keeps_and_null_clears() {
    for_each_store(|server| {
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let body = json!({ "email": "ann@x.test", "username": "ann", "first_name": "Ann", "phone": "+33123456789",
            "locale": "de", "timezone": "Europe/Berlin", "display_name": "Ann", "send_welcome_email": false });
        let made = admin.post(USERS, &body).is(201)["data"].clone();
        let path = format!("{USERS}/{}", made["id"].as_str().unwrap());
        let rows = journal_of(server, made["id"].as_str().unwrap());
        assert_eq!(update(&admin, &path, json!({})).is(200)["data"], made, "nothing changed");
        assert_eq!(journal_of(server, made["id"].as_str().unwrap()), rows);
        let cleared = json!({ "username": null, "first_name": null, "phone": null, "locale": null, "timezone": null, "display_name": null });
        let after = update(&admin, &path, cleared).is(200)["data"].clone();
        for (name, value) in [
            ("username", json!("ann@x.test")),
            ("first_name", Value::Null),
            ("phone", Value::Null),
            ("locale", json!("en")),
            ("timezone", json!("UTC")),
            ("display_name", Value::Null),
            ("email", json!("ann@x.test")),
        ] {
            assert_eq!(after[name], value, "{name}");
        }
        assert_eq!(places(&update(&admin, &path, json!({ "email": null })).is(422)), [r#"["body","email"]"#]);
        let moved = update(&admin, &path, json!({ "email": "new@x.test" })).is(200)["data"].clone();
        assert_eq!((&moved["email"], &moved["email_verified"]), (&json!("new@x.test"), &json!(false)));
        assert_eq!(moved["username"], "ann@x.test");
    });
}

#[test]
fn s4_06_everywhere_the_same_user_is_changed() {
    for_each_store(|server| {
        let owner = server.owner();
        let id = make(&server.administrator(DEFAULT, "tenant_admin"), "ann@x.test");
        let changed = update(&owner, &format!("/admin/users/{id}"), json!({ "display_name": "Ann" })).is(200);
        assert_eq!((&changed["data"]["display_name"], &changed["data"]["id"]), (&json!("Ann"), &json!(id)));
        assert_eq!(changed["data"]["tenant_id"], server.tenant(DEFAULT).id.to_string());
        let taken = make(&server.administrator(DEFAULT, "tenant_admin"), "bob@x.test");
        let refused = update(&owner, &format!("/admin/users/{taken}"), json!({ "email": "ann@x.test" }));
        assert_eq!(refused.is(409)["code"], "taken");
        update(&owner, "/admin/users/0190163d-8694-739b-aea5-966c26f8ad91", json!({ "email": 1 })).is(404);
    });
}

#[test]
fn s4_15_the_home_unit_moves() {
    for_each_store(|server| {
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let id = make(&admin, "ann@x.test");
        let (sales, other) = (server.unit(DEFAULT, "Sales", None), server.unit(DEFAULT, "Other", None));
        let path = format!("{USERS}/{id}");
        let move_to = |unit: Value| update(&admin, &path, json!({ "ou_id": unit }));
        assert_eq!(move_to(json!(sales.id)).is(200)["data"]["ou_path"], "/Sales");
        assert_eq!(move_to(json!(other.id)).is(200)["data"]["ou_id"], other.id);
        move_to(json!(id)).is(404);
        assert_eq!(move_to(Value::Null).is(200)["data"]["ou_id"], Value::Null);
    });
}

#[test]
fn s4_13_a_deletion_is_confirmed_by_the_e_mail() {
    for_each_store(|server| {
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let id = make(&admin, "Ann@x.test");
        let path = format!("{USERS}/{id}");
        for query in ["", "?confirm_email=", "?confirm_email=bob%40x.test"] {
            assert_eq!(places(&admin.delete(&format!("{path}{query}")).is(422)), [r#"["query","confirm_email"]"#]);
        }
        server.administrator(DEFAULT, "manager").delete(&path).is(403);
        admin.delete(&format!("{path}?confirm_email={}", encode("ANN@X.test"))).is(204);
        admin.get(&path).is(404);
        admin.delete(&path).is(404);
        let nameless = server.connect(DEFAULT, "hr").user("bob");
        let confirm = encode(&format!("{nameless}@no-email.invalid"));
        admin.delete(&format!("{USERS}/{nameless}?confirm_email={confirm}")).is(204);
    });
}

#[test]
fn s4_04_an_owner_deletes_without_confirmation() {
    for_each_store(|server| {
        let id = make(&server.administrator(DEFAULT, "tenant_admin"), "ann@x.test");
        let owner = server.owner();
        assert_eq!(owner.delete(&format!("/admin/users/{id}")).is(204), Value::Null);
        owner.get(&format!("/admin/users/{id}")).is(404);
        owner.delete(&format!("/admin/users/{id}")).is(404);
        // Nobody's name any more.
        make(&server.administrator(DEFAULT, "tenant_admin"), "ann@x.test");
    });
}

#[test]
fn s4_17_the_status_follows_its_table() {
    for_each_store(|server| {
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let path = format!("{USERS}/{}/status", make(&admin, "ann@x.test"));
        let set = |body: Value| admin.send("PUT", &path, &[], Some(&body));
        for status in ["DISABLED", "ACTIVE", "LOCKED", "LOCKED", "ACTIVE"] {
            assert_eq!(set(json!({ "status": status, "reason": "test" })).is(200)["data"]["status"], status);
        }
        assert_eq!(set(json!({ "status": "PENDING_APPROVAL" })).is(409)["code"], "transition");
        assert_eq!(places(&set(json!({ "status": "active" })).is(422)), [r#"["body","status"]"#]);
        assert_eq!(places(&set(json!({ "reason": 1 })).is(422)), [r#"["body","status"]"#, r#"["body","reason"]"#]);
        server.administrator(DEFAULT, "helpdesk").send("PUT", &path, &[], Some(&json!({ "status": "ACTIVE" }))).is(403);
    });
}

#[test]
fn s4_10_a_locked_user_is_unlocked() {
    for_each_store(|server| {
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let id = make(&admin, "ann@x.test");
        admin.send("PUT", &format!("{USERS}/{id}/status"), &[], Some(&json!({ "status": "LOCKED" }))).is(200);
        let helpdesk = server.administrator(DEFAULT, "helpdesk");
        let unlocked = helpdesk.send("POST", &format!("/admin/users/{id}/unlock"), &[], None).is(200);
        assert_eq!((&unlocked["data"]["status"], &unlocked["data"]["id"]), (&json!("ACTIVE"), &json!(id)));
        helpdesk.send("POST", &format!("/admin/users/{id}/unlock"), &[], None).is(200);
    });
}

#[test]
fn s4_08_second_factors_are_removed_be_there_any_or_not() {
    for_each_store(|server| {
        let id = make(&server.administrator(DEFAULT, "tenant_admin"), "ann@x.test");
        let disable =
            |client: &Client, id: &str| client.send("POST", &format!("/admin/users/{id}/mfa/disable"), &[], None);
        assert_eq!(disable(&server.owner(), &id).is(200)["data"], json!({ "mfa_enabled": false }));
        disable(&server.administrator(DEFAULT, "viewer"), &id).is(403);
        server.grant(server.tenant(DEFAULT).id, &id, "tenant_admin", None);
        disable(&server.administrator(DEFAULT, "helpdesk"), &id).is(403);
        disable(&server.owner(), "0190163d-8694-739b-aea5-966c26f8ad91").is(404);
    });
}

#[test]
fn ir2_an_administrator_of_an_org_unit_changes_nobody_else() {
    for_each_store(|server| {
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let unit = server.unit(DEFAULT, "Sales", None);
        let (inside, outside) = (make(&admin, "in@x.test"), make(&admin, "out@x.test"));
        server.put_into(&inside, &unit, true);
        let own = server.unit_administrator(DEFAULT, "tenant_admin", &unit);
        let rows = server.journal(DEFAULT).len();
        let send = |method: &str, path: &str, body: Option<Value>| own.send(method, path, &[], body.as_ref());
        for (method, path, body) in [
            ("PATCH", format!("/admin/users/{outside}"), Some(json!({ "display_name": "x" }))),
            ("PATCH", format!("{USERS}/{outside}"), Some(json!({ "display_name": "x" }))),
            ("PATCH", format!("{USERS}/{outside}"), Some(json!({ "email": 1 }))),
            ("DELETE", format!("/admin/users/{outside}"), None),
            ("DELETE", format!("{USERS}/{outside}"), None),
            ("PUT", format!("{USERS}/{outside}/status"), Some(json!({ "status": "DISABLED" }))),
            ("POST", format!("/admin/users/{outside}/unlock"), None),
            ("POST", format!("/admin/users/{outside}/mfa/disable"), None),
        ] {
            assert_eq!(send(method, &path, body).is(404)["code"], "missing", "{method} {path}");
        }
        assert_eq!(server.journal(DEFAULT).len(), rows);
        send("PATCH", &format!("{USERS}/{inside}"), Some(json!({ "display_name": "x" }))).is(200);
        send("POST", USERS, Some(json!({ "email": "new@x.test" }))).is(403);
        send("POST", USERS, Some(json!({ "email": "new@x.test", "ou_id": unit.id }))).is(201);
        send("DELETE", &format!("/admin/users/{inside}"), None).is(204);
    });
}

#[test]
fn s4_16_a_password_is_reset_by_the_way_that_is_asked_for() {
    for_each_store(|server| {
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let id = make(&admin, "ann@x.test");
        let reset = |body: Value| admin.post(&format!("{USERS}/{id}/password/reset"), &body);
        assert_eq!(reset(json!({})).is(409)["code"], "unverified_email");
        server.set_user(&id, "email_verified = true");
        assert_eq!(reset(json!({})).is(200)["data"], json!({ "method": "EMAIL" }));
        assert!(server.database.holds("reset"), "a link waits to be mailed");
        assert_eq!(places(&reset(json!({ "redirect_uri": "https://x.test" })).is(422)), [r#"["body","redirect_uri"]"#]);
        let uris = json!({ "name": "Wiki", "redirect_uris": ["https://wiki.test/back"] });
        let application = admin.post("/tenants/default/applications", &uris).is(201);
        reset(json!({ "redirect_uri": "https://wiki.test/back" })).is(200);
        let path = format!("/tenants/default/applications/{}", application["data"]["id"].as_str().unwrap());
        admin.send("PATCH", &path, &[], Some(&json!({ "enabled": false }))).is(200);
        reset(json!({ "redirect_uri": "https://wiki.test/back" })).is(422);
        assert_eq!(places(&reset(json!({ "method": "SMS" })).is(422)), [r#"["body","method"]"#]);
        assert_eq!(places(&reset(json!({ "method": "DIRECT" })).is(422)), [r#"["body","new_password"]"#]);
        let direct = |password: &str| reset(json!({ "method": "DIRECT", "new_password": password }));
        assert_eq!(places(&direct("short").is(422)), [r#"["body","new_password"]"#]);
        assert_eq!(direct(PASSWORD).is(200)["data"], json!({ "method": "DIRECT" }));
        assert_eq!(places(&direct(PASSWORD).is(422)), [r#"["body","new_password"]"#], "it was the last one");
        let temporary = reset(json!({ "method": "TEMPORARY" })).is(200)["data"].clone();
        assert!(temporary["temporary_password"].as_str().unwrap().len() >= 12 && temporary["expires_at"].is_string());
        assert!(!server.database.holds(temporary["temporary_password"].as_str().unwrap()));
        let helpdesk = server.administrator(DEFAULT, "helpdesk");
        helpdesk.post(&format!("{USERS}/{id}/password/reset"), &json!({})).is(200);
        helpdesk.post(&format!("{USERS}/{id}/password/reset"), &json!({ "method": "TEMPORARY" })).is(403);
        let foreign = server.connect(DEFAULT, "hr").user("bob@x.test");
        let of_foreign = json!({ "method": "DIRECT", "new_password": PASSWORD });
        let reset = || admin.post(&format!("{USERS}/{foreign}/password/reset"), &of_foreign);
        assert_eq!(reset().is(409)["code"], "source_locked");
        let settings = json!({ "provisioned_passwords": true });
        server.owner().send("PATCH", "/tenants/default/settings", &[], Some(&settings)).is(200);
        reset().is(200);
        let body = json!({ "tenant": DEFAULT, "username": "bob@x.test", "password": PASSWORD });
        assert_eq!(server.rest(None).post("/auth/login", &body).is(200)["password_change_required"], json!(true));
    });
}

#[test]
fn s4_09_an_administrator_sets_a_password() {
    for_each_store(|server| {
        let id = make(&server.administrator(DEFAULT, "tenant_admin"), "ann@x.test");
        let path = format!("/admin/users/{id}/reset-password");
        let owner = server.owner();
        assert_eq!(places(&owner.post(&path, &json!({})).is(422)), [r#"["body","new_password"]"#]);
        let set = owner.post(&path, &json!({ "new_password": PASSWORD })).is(200);
        assert!(set["data"]["password_changed_at"].is_string() && set["data"]["tenant_id"].is_string(), "{set}");
        assert!(!server.database.holds(PASSWORD));
        server.administrator(DEFAULT, "helpdesk").post(&path, &json!({ "new_password": PASSWORD })).is(403);
        server.grant(server.tenant(DEFAULT).id, &id, "tenant_admin", None);
        let unlike = server.person(
            DEFAULT,
            vec![crate::persons::holding_only(
                &[rollcall::access::Permission::PasswordsSet],
                rollcall::access::Scope::Tenant { tenant: server.tenant(DEFAULT).id, partner: None },
            )],
        );
        assert_eq!(unlike.post(&path, &json!({ "new_password": PASSWORD })).is(403)["code"], "mightier_user");
    });
}
