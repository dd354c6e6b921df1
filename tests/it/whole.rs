//! What is done in several steps is done whole or not at all, by operators too; and what operators do is what administrators
//! do.

use rollcall::access::Permission::{MembersWrite, UsersRead, UsersWrite};
use rollcall::directory::operators::{self, NewUser};
use rollcall::directory::owners;
use rollcall::password::Password;
use serde_json::json;

use crate::program::for_each_place;
use crate::roles::having;
use crate::server::{DEFAULT, Server, for_each_store};
use crate::signed_in::{PASSWORD, text};

/// Does something while a table is out of the way.
fn without(server: &Server, table: &str, work: impl FnOnce()) {
    server.database.execute(&format!("ALTER TABLE {table} RENAME TO away"));
    work();
    server.database.execute(&format!("ALTER TABLE away RENAME TO {table}"));
}

fn left(server: &Server, name: &str) -> i64 {
    let of = |table: &str, column: &str| {
        server.database.number(&format!("SELECT count(*) FROM {table} WHERE {column} = '{name}'"))
    };
    of("users", "user_name") + of("login_id", "value_folded")
}

#[test]
fn a_user_that_an_operator_makes_is_made_whole_or_not_at_all() {
    for_each_store(|server| {
        let tenant = server.tenant(DEFAULT);
        let make = || {
            let (email, role) = ("ann@example.org".to_owned(), "viewer".to_owned());
            let new = NewUser { email, role, password: Password::new(PASSWORD).unwrap() };
            server.block_on(operators::create(server.directory(), server.operator(), &server.cx(), &tenant, new))
        };
        let rows = server.journal(DEFAULT).len();
        for table in ["password", "role_grant"] {
            without(server, table, || drop(make().unwrap_err()));
            assert_eq!((left(server, "ann@example.org"), server.journal(DEFAULT).len()), (0, rows), "{table}");
        }
        let made = make().unwrap();
        assert_eq!((made.email_verified, made.status.as_str()), (true, "ACTIVE"));
        server.signed_in(DEFAULT, "ann@example.org").get("/me").is(200);
    });
}

#[test]
fn an_owner_is_made_whole_or_not_at_all() {
    for_each_store(|server| {
        let make = || {
            let (directory, cx) = (server.directory(), server.cx());
            server.block_on(owners::create(directory, server.operator(), &cx, "root@example.org"))
        };
        for table in ["password", "role_grant"] {
            without(server, table, || drop(make().unwrap_err()));
            assert_eq!(left(server, "root@example.org"), 0, "{table}");
        }
        let made = make().unwrap();
        assert_eq!(left(server, "root@example.org"), 2);
        // One who is there already is let in again, not made.
        assert!(make().unwrap_err().to_string().contains("owner recover"));
        let ensured = server.block_on(owners::ensure(server.directory(), server.operator(), &server.cx(), "b@x.test"));
        assert!(ensured.unwrap().is_none());
        assert_eq!((left(server, "b@x.test"), made.email.as_str()), (0, "root@example.org"));
    });
}

#[test]
fn s4_15_a_change_with_a_new_home_is_made_whole_or_not_at_all() {
    for_each_store(|server| {
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let body = json!({ "email": "ann@x.test", "send_welcome_email": false });
        let made = admin.post("/tenants/default/users", &body).is(201)["data"]["id"].clone();
        let path = format!("/tenants/default/users/{}", made.as_str().unwrap());
        let (free, guarded) = (server.unit(DEFAULT, "Free", None), server.unit(DEFAULT, "Guarded", None));
        server.grant_to_unit(DEFAULT, &guarded.id, "auditor");
        let small = having(server, &[UsersRead, UsersWrite, MembersWrite]);
        let before = (admin.get(&path).is(200)["data"].clone(), server.journal(DEFAULT).len());
        let change = |unit: &str| {
            let body = json!({ "display_name": "Ann", "email": "new@x.test", "ou_id": unit });
            small.send("PATCH", &path, &[], Some(&body))
        };
        assert_eq!(change(&guarded.id).is(403)["code"], "upward_grant");
        change(&crate::persons::fresh().to_string()).is(404);
        assert_eq!((admin.get(&path).is(200)["data"].clone(), server.journal(DEFAULT).len()), before);
        let changed = change(&free.id).is(200)["data"].clone();
        assert_eq!((&changed["display_name"], &changed["ou_path"]), (&json!("Ann"), &json!("/Free")));
        assert_eq!(server.journal(DEFAULT).len(), before.1 + 2);
        // And the other way: what cannot be written leaves the home where it is.
        let taken = json!({ "email": "bob@x.test", "send_welcome_email": false });
        admin.post("/tenants/default/users", &taken).is(201);
        let body = json!({ "email": "bob@x.test", "ou_id": null });
        small.send("PATCH", &path, &[], Some(&body)).is(409);
        assert_eq!(admin.get(&path).is(200)["data"]["ou_path"], "/Free");
        small.send("PATCH", &path, &[], Some(&json!({ "ou_id": null }))).is(200);
        assert_eq!(admin.get(&path).is(200)["data"]["ou_id"], serde_json::Value::Null);
    });
}

/// IR-16: nothing holds an owner back who is recovered, and the journal says what did.
#[test]
fn ir16_recovering_ends_what_holds_an_owner_back() {
    for_each_store(|server| {
        let (root, other) = (server.new_owner("root@example.org"), server.new_owner("other@example.org"));
        let of = server.database.id(&root.id.to_string());
        server.set_user(&root.id.to_string(), "status = 'DISABLED', source_active = false");
        server
            .database
            .execute(&format!("INSERT INTO user_restriction (user_id, suspended, locked) VALUES ({of}, true, true)"));
        server.database.execute("DELETE FROM outbox");
        let (directory, cx) = (server.directory(), server.cx());
        let again = owners::recover(directory, server.operator(), &cx, "ROOT@example.org");
        let again = server.block_on(again).unwrap();
        let number = |sql: &str| server.database.number(&format!("SELECT count(*) FROM {sql} = {of}"));
        assert_eq!(number("user_restriction WHERE user_id"), 0);
        assert_eq!(number("users WHERE status = 'ACTIVE' AND id"), 1);
        let paths: Vec<_> = server.journal("platform").into_iter().map(|row| row.paths.to_string()).collect();
        assert!(paths.last().unwrap().contains("suspended"), "{paths:?}");
        assert_eq!(server.mails("owner_changed"), [other.id]);
        let body = json!({ "email": "root@example.org", "password": again.password.reveal() });
        text(&server.rest(None).post("/auth/login", &body).is(200), "change_token");
    });
}

#[test]
fn ir16_operators_do_by_command_what_administrators_do() {
    for_each_place(|place| {
        let server = place.serve();
        let badge = "urn:example:schemas:2.0:Badge";
        let schema = json!({ "id": badge, "name": "Badge", "attributes": [{ "name": "code" }] });
        std::fs::write(place.path().join("badge.json"), schema.to_string()).unwrap();
        // A tenant with schemas of its own is a tenant like others.
        place.run(&["schema", "add", "--tenant", "default", "badge.json"]).succeeds();
        place.run(&["resource-type", "extend", "--tenant", "default", "User", badge]).succeeds();
        let create = ["user", "create", "--tenant", "default", "--email", "ann@x.test", "--role", "viewer"];
        place.typed(&[&create[..], &["--password-stdin"]].concat(), PASSWORD).succeeds();
        let log_in = || {
            let body = json!({ "tenant": "default", "email": "ann@x.test", "password": PASSWORD });
            server.rest(None).post("/auth/login", &body).status
        };
        assert_eq!(log_in(), 200);
        let user = |command: &str| place.run(&["user", command, "--tenant", "default", "ann@x.test"]);
        user("disable").succeeds();
        assert_eq!(log_in(), 401);
        // Unlocking ends a lock, not a suspension.
        user("unlock").succeeds();
        assert_eq!(log_in(), 401);
        server.stop();
    });
}
