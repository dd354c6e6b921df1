//! What new users wait for, in tenants that want it so: the approval of an administrator, the confirmation of their e-mail
//! (S4-27). And the ends of an account that only an administrator brings about: for a while, and for good (IR-4).

use rollcall::access::Permission;
use rollcall::directory::log::Wanted;
use rollcall::store::accounts::{self, Account};
use rollcall::store::one_time_links::Purpose;
use serde_json::{Value, json};

use crate::client::{Answer, Client, USER, id, user};
use crate::resets::told;
use crate::roles::having;
use crate::server::{DEFAULT, Server, for_each_store};
use crate::signed_in::PASSWORD;

const USERS: &str = "/tenants/default/users";

/// Sets what new users wait for.
fn rules(server: &Server, rules: Value) {
    let body = json!({ "new_users": rules });
    server.owner().send("PATCH", "/tenants/default/settings", &[], Some(&body)).is(200);
}

fn make(client: &Client, body: Value) -> (String, String) {
    let made = client.post(USERS, &body).is(201)["data"].clone();
    (made["id"].as_str().unwrap().to_owned(), made["status"].as_str().unwrap().to_owned())
}

fn status(client: &Client, user: &str) -> Value {
    client.get(&format!("{USERS}/{user}")).is(200)["data"]["status"].clone()
}

fn approve(client: &Client, user: &str) -> Answer {
    client.send("POST", &format!("{USERS}/{user}/approve"), &[], None)
}

fn set(client: &Client, user: &str, body: Value) -> Answer {
    client.put(&format!("{USERS}/{user}/status"), &body)
}

/// What users were written to about since this was last asked.
fn mails(server: &Server) -> Vec<(String, String)> {
    told(server).into_iter().map(|(word, user, _)| (word, user.to_string())).collect()
}

fn mail(word: &str, user: &str) -> (String, String) {
    (word.to_owned(), user.to_owned())
}

fn account(server: &Server, user: &str) -> Account {
    let (tenant, user) = (server.tenant(DEFAULT).id, user.parse().unwrap());
    server.block_on(server.store().read(move |tx| accounts::find(tx, tenant, user))).unwrap().unwrap()
}

fn held(server: &Server) -> bool {
    let row = server.log(DEFAULT, Wanted::default()).pop().unwrap();
    row.tolerated.is_some_and(|words| words.contains("\"held\""))
}

#[test]
fn s4_27_users_whom_a_connection_makes_wait_for_approval() {
    for_each_store(|server| {
        let (admin, manager) =
            (server.administrator(DEFAULT, "tenant_admin"), server.administrator(DEFAULT, "manager"));
        let hr = server.connect(DEFAULT, "hr");
        let early = hr.user("early");
        assert_eq!((status(&admin, &early), held(server)), (json!("ACTIVE"), false));
        rules(server, json!({ "approve_provisioned": true }));
        // The connection gets what it wrote; the log says that it is not all.
        let made = hr.post("/Users", &json!({ "schemas": [USER], "userName": "ann", "active": true })).is(201);
        let ann = id(&made);
        assert_eq!((&made["active"], held(server)), (&json!(true), true));
        assert_eq!(status(&admin, &ann), "PENDING_APPROVAL");
        let off = json!({ "schemas": [USER], "userName": "off", "active": false });
        let off = id(&hr.post("/Users", &off).is(201));
        assert_eq!((status(&admin, &off), held(server)), (json!("DISABLED"), false));
        // A source that writes `active` again approves nobody.
        hr.patch(&format!("/Users/{ann}"), json!([{ "op": "replace", "path": "active", "value": true }])).is(200);
        assert!(held(server));
        let queue = admin.get(&format!("{USERS}?status=PENDING_APPROVAL")).is(200)["data"].clone();
        assert_eq!((&queue[0]["id"], &queue[1]), (&json!(ann), &Value::Null));

        approve(&manager, &ann).is(403);
        approve(&server.administrator("other", "tenant_admin"), &ann).is(404);
        assert_eq!(approve(&admin, &ann).is(200)["data"]["status"], "ACTIVE");
        approve(&admin, &ann).is(200);
        let approvals = server
            .journal(DEFAULT)
            .into_iter()
            .filter(|row| row.resource_id == ann && row.paths.as_array().unwrap().contains(&json!("activation")));
        assert_eq!(approvals.count(), 1);
        // Whoever signs in elsewhere was not waiting for a mail of ours.
        assert_eq!(mails(server), []);
        // Those whom nobody holds back now are what they are: disabled by the source, then active.
        assert_eq!(approve(&admin, &off).is(200)["data"]["status"], "DISABLED");
        hr.patch(&format!("/Users/{off}"), json!([{ "op": "replace", "path": "active", "value": true }])).is(200);
        assert_eq!((status(&admin, &off), held(server)), (json!("ACTIVE"), false));
        // Administrators make users as before, and so does everybody once the tenant wants it so no more.
        assert_eq!(make(&admin, json!({ "email": "eve@x.test", "send_welcome_email": false })).1, "ACTIVE");
        let bulk = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
            "Operations": [{ "method": "POST", "path": "/Users", "bulkId": "a", "data": user("bulk") }],
        });
        let done = hr.post("/Bulk", &bulk).is(200);
        let location = done["Operations"][0]["location"].as_str().unwrap().to_owned();
        assert_eq!(status(&admin, location.rsplit('/').next().unwrap()), "PENDING_APPROVAL");
        rules(server, json!(null));
        assert_eq!(status(&admin, &hr.user("late")), "ACTIVE");
    });
}

#[test]
fn s4_27_users_made_by_whoever_may_not_approve_wait_for_one_who_may() {
    for_each_store(|server| {
        use Permission::{PasswordsSet, UsersRead, UsersStatus, UsersWrite};
        rules(server, json!({ "approve_made": true }));
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let (manager, clerk) =
            (server.administrator(DEFAULT, "manager"), having(server, &[UsersRead, UsersWrite, PasswordsSet]));
        // One without a password: told how to set one when that is good for something.
        let (ann, waits) = make(&manager, json!({ "email": "ann@x.test" }));
        assert_eq!((waits.as_str(), mails(server)), ("PENDING_APPROVAL", vec![]));
        let shown = server.connect(DEFAULT, "hr").get(&format!("/Users/{ann}")).is(200);
        assert_eq!(shown["active"], false);
        let created = server.journal(DEFAULT).into_iter().find(|row| row.resource_id == ann).unwrap();
        assert_eq!(created.after.unwrap()["active"], false, "the record says what was made");
        assert_eq!(approve(&admin, &ann).is(200)["data"]["status"], "ACTIVE");
        assert_eq!(mails(server), [mail("welcome", &ann)]);

        // One with a password confirms the e-mail meanwhile, and that opens nothing.
        let (bob, waits) = make(&clerk, json!({ "email": "bob@x.test", "password": PASSWORD }));
        assert_eq!((waits.as_str(), mails(server)), ("PENDING_APPROVAL", vec![mail("verify", &bob)]));
        let verify = json!({ "token": server.link(&account(server, &bob), Purpose::Verify) });
        server.rest(None).post("/auth/email/verify", &verify).is(204);
        assert_eq!(status(&admin, &bob), "PENDING_APPROVAL");
        assert_eq!(server.log_in(DEFAULT, "bob@x.test", PASSWORD).status, 401);
        server.rest(None).post("/auth/password/forgot", &json!({ "tenant": DEFAULT, "email": "bob@x.test" })).is(202);
        assert_eq!(mails(server), [], "there is no way around an administrator");
        // The status alone approves nobody.
        let setter = having(server, &[UsersRead, UsersStatus]);
        set(&setter, &bob, json!({ "status": "ACTIVE" })).is(403);
        assert_eq!(set(&setter, &bob, json!({ "status": "DISABLED" })).is(200)["data"]["status"], "DISABLED");
        set(&setter, &bob, json!({ "status": "ACTIVE" })).is(403);
        set(&admin, &bob, json!({ "status": "ACTIVE" })).is(200);
        assert_eq!(mails(server), [mail("approved", &bob)]);
        server.log_in(DEFAULT, "bob@x.test", PASSWORD).is(200);

        // Whoever may approve has done so by making the user, as far as that reaches.
        let sales = server.unit(DEFAULT, "Sales", None);
        let local = server.unit_administrator(DEFAULT, "tenant_admin", &sales);
        assert_eq!(make(&admin, json!({ "email": "a@x.test" })).1, "PENDING_EMAIL_VERIFICATION");
        assert_eq!(make(&local, json!({ "email": "b@x.test", "ou_id": sales.id })).1, "PENDING_EMAIL_VERIFICATION");
        assert_eq!(make(&admin, json!({ "email": "c@x.test", "password": PASSWORD })).1, "ACTIVE");
        // Connections are not meant.
        assert_eq!(status(&admin, &server.connect(DEFAULT, "hr").user("cy")), "ACTIVE");
        // Nor are owners and those whom an operator makes.
        server.newcomer(DEFAULT, "op@x.test", "viewer");
        server.tokens_of(DEFAULT, "op@x.test");
    });
}

#[test]
fn s4_27_users_with_a_password_wait_until_they_confirmed_their_e_mail() {
    for_each_store(|server| {
        rules(server, json!({ "confirm_email": true }));
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let body = json!({ "email": "ann@x.test", "password": PASSWORD, "send_welcome_email": false });
        let (ann, waits) = make(&admin, body);
        assert_eq!((waits.as_str(), mails(server)), ("PENDING_EMAIL_VERIFICATION", vec![mail("verify", &ann)]));
        assert_eq!(server.log_in(DEFAULT, "ann@x.test", PASSWORD).status, 401);
        assert_eq!(approve(&admin, &ann).is(409)["code"], "transition");
        // The link comes again, for whoever asks and for administrators; nothing else does.
        server.rest(None).post("/auth/password/forgot", &json!({ "tenant": DEFAULT, "email": "ann@x.test" })).is(202);
        assert_eq!(mails(server), [mail("verify", &ann)]);
        admin.post(&format!("{USERS}/{ann}/password/reset"), &json!({})).is(200);
        assert_eq!(mails(server), [mail("verify", &ann)]);
        let verify = json!({ "token": server.link(&account(server, &ann), Purpose::Verify) });
        server.rest(None).post("/auth/email/verify", &verify).is(204);
        assert_eq!(status(&admin, &ann), "ACTIVE");
        server.log_in(DEFAULT, "ann@x.test", PASSWORD).is(200);

        // An administrator may do without it.
        let (bob, _) = make(&admin, json!({ "email": "bob@x.test", "password": PASSWORD }));
        set(&admin, &bob, json!({ "status": "ACTIVE" })).is(200);
        server.log_in(DEFAULT, "bob@x.test", PASSWORD).is(200);
        // Who has no password proves the address by setting one; a connection vouches for its users.
        assert_eq!(make(&admin, json!({ "email": "c@x.test", "send_welcome_email": false })).1, "ACTIVE");
        assert_eq!(status(&admin, &server.connect(DEFAULT, "hr").user("cy")), "ACTIVE");
        let settings = admin.get("/tenants/default/settings").is(200)["data"]["new_users"].clone();
        let all = json!({ "approve_provisioned": false, "approve_made": false, "confirm_email": true });
        assert_eq!(settings, all);
    });
}

#[test]
fn ir4_a_suspension_may_have_an_end() {
    for_each_store(|server| {
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let (ann, _) = make(&admin, json!({ "email": "ann@x.test", "send_welcome_email": false }));
        let until = |seconds: i64| server.cx().now.plus_seconds(seconds).to_string();
        let end = until(3600);
        let suspended = json!({ "status": "DISABLED", "until": end, "reason": "leave" });
        assert_eq!(set(&admin, &ann, suspended).is(200)["data"]["status"], "DISABLED");
        let security = || admin.get(&format!("/admin/users/{ann}/security")).is(200)["data"]["status_until"].clone();
        assert_eq!(security(), json!(end));
        server.clock.advance(3600);
        assert_eq!((status(&admin, &ann), security()), (json!("ACTIVE"), Value::Null));
        for (body, place) in [
            (json!({ "status": "DISABLED", "until": until(0) }), "until"),
            (json!({ "status": "DISABLED", "until": until(11 * 365 * 24 * 3600) }), "until"),
            (json!({ "status": "DISABLED", "until": "tomorrow" }), "until"),
            (json!({ "status": "LOCKED", "until": until(60) }), "until"),
            (json!({ "status": "ACTIVE", "until": until(60) }), "until"),
        ] {
            let refused = set(&admin, &ann, body.clone()).is(422);
            assert_eq!(refused["detail"][0]["loc"], json!(["body", place]), "{body}");
            assert_eq!(status(&admin, &ann), "ACTIVE");
        }
    });
}

#[test]
fn ir4_a_user_is_deactivated_for_good() {
    for_each_store(|server| {
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let path = |user: &str| format!("{USERS}/{user}/deactivate");
        server.newcomer(DEFAULT, "ann@x.test", "viewer");
        let session = server.signed_in(DEFAULT, "ann@x.test");
        let ann = session.get("/me").is(200)["data"]["id"].as_str().unwrap().to_owned();
        server.administrator(DEFAULT, "helpdesk").send("POST", &path(&ann), &[], None).is(403);
        server.administrator("other", "tenant_admin").send("POST", &path(&ann), &[], None).is(404);
        admin.post(&path(&ann), &json!({ "reason": 1 })).is(422);
        session.get("/me").is(200);
        let gone = admin.post(&path(&ann), &json!({ "reason": "left the company" })).is(200);
        assert_eq!(gone["data"]["status"], "DISABLED");
        assert_eq!(session.get("/me").status, 401);
        for word in ["ACTIVE", "DISABLED", "LOCKED"] {
            assert_eq!(set(&admin, &ann, json!({ "status": word })).is(409)["code"], "final");
        }
        let rows = server.journal(DEFAULT).into_iter().filter(|row| row.resource_id == ann);
        assert_eq!(rows.filter(|row| row.reason.as_deref() == Some("left the company")).count(), 1);
        // Again is no error, and writes nothing.
        let before = server.journal(DEFAULT).len();
        admin.send("POST", &path(&ann), &[], None).is(200);
        assert_eq!(server.journal(DEFAULT).len(), before);
        // The last owner who can sign in stays.
        let (bob, _) = make(&admin, json!({ "email": "bob@x.test", "send_welcome_email": false }));
        server.make_owner(&bob);
        let refused = server.owner().send("POST", &path(&bob), &[], None);
        assert_eq!(refused.is(409)["code"], "last_owner");
    });
}
