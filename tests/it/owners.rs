//! The owners of the platform: what they see, and who becomes and stays one. Tests are named by what they hold.

use std::collections::BTreeMap;
use std::sync::Barrier;
use std::thread;

use serde_json::{Value, json};

use crate::client::{Client, USER, id};
use crate::server::{DEFAULT, Server, for_each_store};

const NOBODY: &str = "0190163d-8694-739b-aea5-966c26f8ad91";

/// A user with a confirmed e-mail.
fn person(server: &Server, client: &Client, name: &str) -> String {
    let user = client.user(name);
    server.set_user(&user, &format!("email = '{name}@x.test', email_verified = true"));
    user
}

/// Two owners and a client of the first.
fn owners(server: &Server) -> (Client, [String; 2]) {
    let client = server.client();
    let made = ["first", "second"].map(|name| person(server, &client, name));
    made.iter().for_each(|user| server.make_owner(user));
    (server.platform(&made[0]), made)
}

fn emails(users: &Value) -> Vec<&str> {
    users.as_array().unwrap().iter().map(|user| user["email"].as_str().unwrap()).collect()
}

#[test]
fn s1_01_users_of_all_tenants_are_listed_in_the_stated_shape() {
    for_each_store(|server| {
        let (platform, [first, _]) = owners(server);
        server.connect("other", "hr").user("cy@x.test");
        let all = platform.get("/users").is(200);
        assert_eq!(all.as_object().unwrap().len(), 2);
        assert_eq!(all["total"], 3);
        let users = all["users"].as_array().unwrap();
        assert_eq!(users[0].as_object().unwrap().len(), 4, "{all}");
        assert_eq!((users[0]["id"].as_str().unwrap(), &users[0]["is_platform_owner"]), (&*first, &json!(true)));
        assert!(users[0]["created_at"].as_str().unwrap().ends_with('Z'));
        assert_eq!((&users[2]["email"], &users[2]["is_platform_owner"]), (&json!("cy@x.test"), &json!(false)));
        let page = |query: &str| platform.get(&format!("/users?{query}")).is(200);
        assert_eq!(emails(&page("limit=1&offset=2")["users"]), ["cy@x.test"]);
        // Over the maximum is capped, a negative offset begins at the beginning.
        assert_eq!(page("limit=1000&offset=-5")["users"].as_array().unwrap().len(), 3);
        assert_eq!(page("offset=3"), json!({ "users": [], "total": 3 }));
        assert_eq!(page("limit=99999999999999999999999")["users"].as_array().unwrap().len(), 3);
        for wrong in ["limit=0", "limit=x", "limit=99999999999999999999999x", "offset=1.5"] {
            platform.get(&format!("/users?{wrong}")).is(422);
        }
    });
}

#[test]
fn s1_01_lists_are_capped_as_stated() {
    for_each_store(|server| {
        let (platform, _) = owners(server);
        server.client().many_users("extra", 120);
        assert_eq!(platform.get("/users").is(200)["users"].as_array().unwrap().len(), 50);
        assert_eq!(platform.get("/users?limit=101").is(200)["users"].as_array().unwrap().len(), 100);
        assert_eq!(platform.get("/users/search?q=extra").is(200).as_array().unwrap().len(), 10);
        assert_eq!(platform.get("/users/search?q=extra&limit=51").is(200).as_array().unwrap().len(), 50);
    });
}

#[test]
fn s1_02_search_finds_what_it_is_then_what_begins_then_what_contains() {
    for_each_store(|server| {
        let (platform, [first, _]) = owners(server);
        let client = server.client();
        for name in ["x-john@x.test", "johnny@x.test", "john"] {
            client.user(name);
        }
        let display = json!({ "schemas": [USER], "userName": "other", "displayName": "John" });
        client.post("/Users", &display).is(201);
        let find = |query: &str| platform.get(&format!("/users/search?q={query}")).is(200);
        let found = find("JOHN");
        let emails = emails(&found);
        assert!(emails[0].ends_with("@no-email.invalid"), "{found}");
        assert_eq!(emails[1..], ["johnny@x.test", "x-john@x.test"], "a display name is none of it");
        assert_eq!(find("jo").as_array().unwrap().len(), 3, "too short for the index");
        assert_eq!(find(&first)[0]["id"], first);
        assert_eq!(find(&first).as_array().unwrap().len(), 1);
        assert_eq!(find("%25"), json!([]), "no wildcard");
        let missing = platform.get("/users/search").is(422);
        assert_eq!(missing["detail"][0]["loc"], json!(["query", "q"]));
    });
}

#[test]
fn s1_03_s1_04_who_has_no_factors_has_none_to_take_away() {
    for_each_store(|server| {
        let (platform, [first, second]) = owners(server);
        let status = json!({ "enabled": false, "has_backup_codes": false });
        assert_eq!(platform.get(&format!("/users/{second}/mfa/status")).is(200), status);
        let gone = json!({ "success": true, "message": "MFA has been force-disabled for the user" });
        assert_eq!(platform.delete(&format!("/users/{second}/mfa")).is(200), gone);
        assert_eq!(platform.delete(&format!("/users/{first}/mfa")).is(403)["code"], "oneself");
        for path in [format!("/users/{NOBODY}/mfa"), "/users/x/mfa".to_owned()] {
            platform.delete(&path).is(404);
            platform.get(&format!("{path}/status")).is(404);
        }
    });
}

#[test]
fn s1_05_who_becomes_an_owner_is_active_confirmed_and_the_only_one_of_the_e_mail() {
    for_each_store(|server| {
        let (platform, _) = owners(server);
        let client = server.client();
        let user = person(server, &client, "ann");
        let promote = |user: &str| platform.post("/owners", &json!({ "user_id": user }));
        let rows = server.journal(DEFAULT).len();
        for (wrong, code) in [
            ("status = 'DISABLED'", "not_active"),
            ("status = 'ACTIVE', email_verified = false", "email_not_verified"),
            ("email_verified = true, email = NULL", "email_not_verified"),
        ] {
            server.set_user(&user, wrong);
            assert_eq!(promote(&user).is(409)["code"], code);
        }
        let taken = promote_with_email_of_first(server, &user, &promote);
        assert_eq!(taken["code"], "taken");
        server.set_user(&user, "email = 'ann@x.test'");
        assert_eq!(server.journal(DEFAULT).len(), rows, "a refusal writes nothing");
        let promoted = promote(&user).is(200);
        assert_eq!((&promoted["id"], &promoted["is_platform_owner"]), (&json!(user), &json!(true)));
        assert_eq!(server.journal(DEFAULT).last().unwrap().resource_type, "Grant");
        assert_eq!(promote(&user).is(400)["code"], "already_owner");
        promote(NOBODY).is(404);
        assert_eq!(promote("x").is(422)["detail"][0]["loc"], json!(["body", "user_id"]));
        assert_eq!(platform.post("/owners", &json!({})).is(422)["detail"][0]["type"], "missing");
    });
}

fn promote_with_email_of_first(server: &Server, user: &str, promote: &dyn Fn(&str) -> crate::client::Answer) -> Value {
    let first = server.client().find("/Users", "userName eq \"first\"").remove(0);
    server.set_user(user, &format!("email = '{}@X.test'", first.to_uppercase()));
    promote(user).is(409)
}

#[test]
fn s1_06_nobody_demotes_themselves_or_the_last_owner() {
    for_each_store(|server| {
        let (platform, [first, second]) = owners(server);
        assert_eq!(platform.delete(&format!("/owners/{first}")).is(400)["code"], "self_demotion");
        let demoted = platform.delete(&format!("/owners/{second}")).is(200);
        assert_eq!((&demoted["id"], &demoted["is_platform_owner"]), (&json!(second), &json!(false)));
        assert_eq!(platform.delete(&format!("/owners/{second}")).is(400)["code"], "not_owner");
        platform.delete(&format!("/owners/{NOBODY}")).is(404);
        // The other one still holds a token of the day when they were an owner.
        let rows = server.journal(DEFAULT).len();
        assert_eq!(server.platform(&second).delete(&format!("/owners/{first}")).is(400)["code"], "last_owner");
        assert_eq!(server.journal(DEFAULT).len(), rows);
        assert_eq!(platform.get(&format!("/users/search?q={first}")).is(200)[0]["is_platform_owner"], true);
    });
}

#[test]
fn ir16_the_owners_are_told_of_who_becomes_and_ceases_to_be_one() {
    for_each_store(|server| {
        let (platform, [first, second]) = owners(server);
        let client = server.client();
        let user = person(server, &client, "ann");
        server.set_user(&user, "email = 'ann@x.test', email_verified = true");
        let told = || {
            let mut all: Vec<String> = server.mails("owner_changed").iter().map(ToString::to_string).collect();
            all.sort();
            server.database.execute("DELETE FROM outbox");
            all
        };
        let mut both = [first.clone(), second.clone()];
        both.sort();
        told();
        platform.post("/owners", &json!({ "user_id": user })).is(200);
        assert_eq!(told(), both);
        platform.delete(&format!("/owners/{user}")).is(200);
        assert_eq!(told(), both);
    });
}

/// IR-1: only who can sign in counts.
#[test]
fn ir1_an_owner_who_cannot_sign_in_does_not_count() {
    for_each_store(|server| {
        let (platform, [_, second]) = owners(server);
        let first = server.client().find("/Users", "userName eq \"first\"").remove(0);
        let of = server.database.id(&first);
        for (unable, able) in [
            (
                format!("UPDATE users SET status = 'LOCKED' WHERE id = {of}"),
                format!("UPDATE users SET status = 'ACTIVE' WHERE id = {of}"),
            ),
            (
                format!("UPDATE password SET expires = {} WHERE user_id = {of}", server.database.after_start(60)),
                format!("UPDATE password SET expires = NULL WHERE user_id = {of}"),
            ),
        ] {
            server.database.execute(&unable);
            assert_eq!(platform.delete(&format!("/owners/{second}")).is(400)["code"], "last_owner");
            server.database.execute(&able);
        }
        platform.delete(&format!("/owners/{second}")).is(200);
    });
}

/// Thirty-two owners each demote the next one at once: one is left, who can sign in.
#[test]
fn ir1_one_owner_is_left_of_many_who_demote_each_other() {
    const WAYS: usize = 32;
    for_each_store(|server| {
        let client = server.client();
        let users: Vec<String> = (0..WAYS).map(|number| person(server, &client, &format!("o{number}"))).collect();
        users.iter().for_each(|user| server.make_owner(user));
        let clients: Vec<Client> = users.iter().map(|user| server.platform(user)).collect();
        let together = Barrier::new(WAYS);
        let statuses: Vec<u16> = thread::scope(|scope| {
            let demote = |number: usize| {
                let (client, next, together) = (&clients[number], &users[(number + 1) % WAYS], &together);
                scope.spawn(move || {
                    together.wait();
                    client.delete(&format!("/owners/{next}")).status
                })
            };
            let threads: Vec<_> = (0..WAYS).map(demote).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let mut counts = BTreeMap::new();
        statuses.into_iter().for_each(|status| *counts.entry(status).or_insert(0) += 1);
        assert_eq!(counts, BTreeMap::from([(200, WAYS - 1), (400, 1)]));
        let all = clients[0].get("/users?limit=100").is(200);
        let left = all["users"].as_array().unwrap().iter().filter(|user| user["is_platform_owner"] == true).count();
        assert_eq!(left, 1);
    });
}

#[test]
fn the_last_owner_stays_by_every_door() {
    for_each_store(|server| {
        let client = server.client();
        let only = person(server, &client, "only");
        server.make_owner(&only);
        let before = (client.get(&format!("/Users/{only}")).text, server.journal(DEFAULT).len());
        let grants = server.owner().get(&format!("/tenants/default/users/{only}/grants")).is(200);
        let grant = id(&grants["data"][0]);
        assert_eq!(server.owner().delete(&format!("/tenants/default/grants/{grant}")).is(409)["code"], "last_owner");
        let owner = server.owner();
        for (method, path, body) in [
            ("PUT", format!("/tenants/default/users/{only}/status"), Some(json!({ "status": "DISABLED" }))),
            ("PUT", format!("/tenants/default/users/{only}/status"), Some(json!({ "status": "LOCKED" }))),
            ("DELETE", format!("/admin/users/{only}"), None),
            ("DELETE", format!("/tenants/default/users/{only}?confirm_email={only}@x.test"), None),
            ("PATCH", "/tenants/default".to_owned(), Some(json!({ "suspended": true }))),
            ("DELETE", "/tenants/default?confirm_slug=default".to_owned(), None),
        ] {
            let refused = owner.send(method, &path, &[], body.as_ref()).is(409);
            assert_eq!(refused["code"], "last_owner", "{method} {path}");
        }
        // Not even the connection that made the user.
        let off = json!([{ "op": "replace", "path": "active", "value": false }]);
        let refused = client.patch(&format!("/Users/{only}"), off).status;
        assert!(matches!(refused, 403 | 409), "{refused}");
        client.delete(&format!("/Users/{only}")).refuses(403);
        let one = json!([{ "method": "DELETE", "path": format!("/Users/{only}") }]);
        let bulk = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": one });
        assert_eq!(client.post("/Bulk", &bulk).is(200)["Operations"][0]["status"], "403");
        assert_eq!((client.get(&format!("/Users/{only}")).text, server.journal(DEFAULT).len()), before);
    });
}
