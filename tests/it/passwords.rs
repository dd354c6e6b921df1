//! Passwords that are changed, reset and forgotten, links that work once, and the way back in for owners (IR-8, IR-9, IR-12,
//! IR-16).

use rollcall::store::one_time_links::Purpose;
use serde_json::json;

use crate::program::for_each_place;
use crate::server::{DEFAULT, for_each_store};
use crate::signed_in::{OTHER, PASSWORD, text};

#[test]
fn a_password_is_changed_by_who_knows_it_and_every_session_ends() {
    for_each_store(|server| {
        server.newcomer(DEFAULT, "ann@example.org", "viewer");
        let (one, two) = (server.signed_in(DEFAULT, "ann@example.org"), server.signed_in(DEFAULT, "ann@example.org"));
        let change = |current: &str, new: &str| json!({ "current_password": current, "new_password": new });
        assert_eq!(
            text(&one.post("/auth/password/change", &change(OTHER, OTHER)).is(401), "code"),
            "invalid_credentials"
        );
        for bad in ["short", "passwordpassword", PASSWORD, "ann@example.org1"] {
            let faults = one.post("/auth/password/change", &change(PASSWORD, bad)).is(422)["detail"].clone();
            assert_eq!(faults[0]["loc"], json!(["body", "new_password"]), "{faults}");
        }
        let tokens = one.post("/auth/password/change", &change(PASSWORD, OTHER)).is(200);
        one.get("/me").is(401);
        two.get("/me").is(401);
        let own = server.rest(Some(text(&tokens, "access_token")));
        own.get("/me").is(200);
        server.log_in(DEFAULT, "ann@example.org", PASSWORD).is(401);
        server.log_in(DEFAULT, "ann@example.org", OTHER).is(200);
        own.post("/auth/password/change", &change(OTHER, PASSWORD)).is(422);
        assert!(server.journal(DEFAULT).iter().any(|row| row.paths == json!(["password"])));
        server.rest(None).post("/auth/password/change", &change(OTHER, PASSWORD)).is(401);
    });
}

#[test]
fn single_use() {
    for_each_store(|server| {
        let ann = server.newcomer(DEFAULT, "ann@example.org", "viewer");
        let inside = server.signed_in(DEFAULT, "ann@example.org");
        let reset = |token: &str, new: &str| {
            server.rest(None).post("/auth/password/reset", &json!({ "token": token, "new_password": new }))
        };
        let old = server.link(&server.account(&ann), Purpose::Reset);
        let link = server.link(&server.account(&ann), Purpose::Reset);
        reset(&old, OTHER).is(401);
        reset(&link, "short").is(422);
        let (id, _) = link.split_once('.').unwrap();
        reset(&format!("{id}.x"), OTHER).is(401);
        assert_eq!(reset(&link, OTHER).is(204), serde_json::Value::Null);
        reset(&link, "eight other unlikely words").is(401);
        inside.get("/me").is(401);
        server.log_in(DEFAULT, "ann@example.org", OTHER).is(200);
        let late = server.link(&server.account(&ann), Purpose::Reset);
        server.clock.advance(3600);
        reset(&late, PASSWORD).is(401);
    });
}

#[test]
fn flow_steps_server_side() {
    for_each_store(|server| {
        let ann = server.newcomer(DEFAULT, "ann@example.org", "viewer");
        let of = server.database.id(&ann.id.to_string());
        server.database.execute(&format!("UPDATE password SET must_change = true WHERE user_id = {of}"));
        let answer = server.log_in(DEFAULT, "ann@example.org", PASSWORD).is(200);
        assert_eq!((answer.as_object().unwrap().len(), &answer["password_change_required"]), (2, &json!(true)));
        let token = text(&answer, "change_token");
        server.rest(Some(token)).get("/me").is(401);
        for (path, body) in [
            ("/auth/refresh", json!({ "refresh_token": token })),
            ("/auth/password/reset", json!({ "token": token, "new_password": OTHER })),
            ("/auth/email/verify", json!({ "token": token })),
            ("/auth/email/revert", json!({ "token": token })),
            ("/auth/mfa-resets/object", json!({ "token": token })),
        ] {
            server.rest(None).post(path, &body).is(401);
        }
        // A link for something else does not end the step either.
        let verify = server.link(&server.account(&ann), Purpose::Verify);
        let change = |token: &str, new: &str| {
            server.rest(None).post("/auth/password/change", &json!({ "change_token": token, "new_password": new }))
        };
        change(&verify, OTHER).is(401);
        change(token, PASSWORD).is(422);
        let tokens = change(token, OTHER).is(200);
        server.rest(Some(text(&tokens, "access_token"))).get("/me").is(200);
        change(token, "eight other unlikely words").is(401);
        server.log_in(DEFAULT, "ann@example.org", OTHER).is(200);
    });
}

#[test]
fn ir8_forgot_says_nothing_and_mails_those_who_proved_their_address() {
    for_each_store(|server| {
        let ann = server.newcomer(DEFAULT, "ann@example.org", "viewer");
        let bob = server.newcomer(DEFAULT, "bob@example.org", "viewer");
        let eve = server.newcomer(DEFAULT, "eve@example.org", "viewer");
        let execute = |statement: &str, user: &str| {
            let user = server.database.id(user);
            server.database.execute(&format!("UPDATE users SET {statement} WHERE id = {user}"));
        };
        execute("email_verified = false, verified_email = NULL", &bob.id.to_string());
        execute("identity_source = 'OIDC'", &eve.id.to_string());
        for email in ["ann@example.org", "bob@example.org", "eve@example.org", "nobody@example.org"] {
            let answer = server.rest(None).post("/auth/password/forgot", &json!({ "tenant": DEFAULT, "email": email }));
            assert_eq!((answer.status, answer.text.as_str()), (202, ""), "{email}");
        }
        assert_eq!(server.mails("reset"), [ann.id]);
        // Where the tenant gives users of other sources passwords too, they get the mail as well.
        let settings = json!({ "provisioned_passwords": true });
        server.owner().send("PATCH", "/tenants/default/settings", &[], Some(&settings)).is(200);
        let again = json!({ "tenant": DEFAULT, "email": "eve@example.org" });
        server.rest(None).post("/auth/password/forgot", &again).is(202);
        assert_eq!(server.mails("reset"), [eve.id]);
    });
}

/// However the tenant is called, the same e-mail is asked for again only so often (IR-6).
#[test]
fn ir6_a_tenant_by_another_name_is_no_other_tenant_to_whoever_forgot() {
    for_each_store(|server| {
        server.newcomer(DEFAULT, "ann@example.org", "viewer");
        let id = server.tenant(DEFAULT).id.to_string();
        let forgot = |tenant: Option<&str>| {
            let body = json!({ "tenant": tenant, "email": "ann@example.org" });
            server.rest(None).post("/auth/password/forgot", &body).status
        };
        let names = [Some(DEFAULT), Some(id.as_str()), None];
        let asked: Vec<u16> = (0..8).map(|turn| forgot(names[turn % names.len()])).collect();
        assert_eq!(asked, [202, 202, 202, 202, 202, 429, 429, 429]);
    });
}

/// Whoever asks waits by address; the mailbox is spared however many ask.
#[test]
fn ir6_links_for_who_forgot_are_few_however_often_they_are_asked_for() {
    for_each_store(|server| {
        server.newcomer(DEFAULT, "ann@example.org", "viewer");
        let forgot = || {
            let body = json!({ "tenant": DEFAULT, "email": "ann@example.org" });
            server.rest(None).post("/auth/password/forgot", &body).is(202);
        };
        let mails = |times: usize, pause: i64| -> usize {
            (0..times)
                .map(|_| {
                    forgot();
                    let sent = crate::resets::told(server).iter().filter(|(word, ..)| word == "reset").count();
                    server.clock.advance(pause);
                    sent
                })
                .sum()
        };
        assert_eq!(mails(2, 1), 1, "one in half a minute");
        server.clock.advance(60);
        assert_eq!(mails(8, 60), 4, "five in an hour");
        server.clock.advance(3600);
        assert_eq!(mails(6, 1200), 5, "ten in a day");
        server.clock.advance(24 * 3600);
        assert_eq!(mails(1, 0), 1);
    });
}

#[test]
fn ir9_a_mailed_link_proves_the_address() {
    for_each_store(|server| {
        let ann = server.newcomer(DEFAULT, "ann@example.org", "viewer");
        let of = server.database.id(&ann.id.to_string());
        server.database.execute(&format!(
            "UPDATE users SET email_verified = false, verified_email = NULL, activation = 'unverified',
             status = 'PENDING_EMAIL_VERIFICATION' WHERE id = {of}"
        ));
        server.log_in(DEFAULT, "ann@example.org", PASSWORD).is(401);
        let link = server.link(&server.account(&ann), Purpose::Verify);
        server.rest(None).post("/auth/email/verify", &json!({ "token": link })).is(204);
        let now = server.account(&ann);
        assert_eq!((now.email_verified, now.status.as_str(), now.activation.as_str()), (true, "ACTIVE", "done"));
        server.rest(None).post("/auth/email/verify", &json!({ "token": link })).is(401);
        server.log_in(DEFAULT, "ann@example.org", PASSWORD).is(200);
    });
}

#[test]
fn ir16_an_owners_first_password_works_once_and_for_a_day() {
    for_each_store(|server| {
        let owner = server.new_owner("root@example.org");
        let body = |password: &str| json!({ "email": "root@example.org", "password": password });
        let log_in = |password: &str| server.rest(None).post("/auth/login", &body(password));
        let answer = log_in(owner.password.reveal()).is(200);
        log_in(owner.password.reveal()).is(401);
        let change = json!({ "change_token": text(&answer, "change_token"), "new_password": OTHER });
        let tokens = server.rest(None).post("/auth/password/change", &change).is(200);
        let me = server.rest(Some(text(&tokens, "access_token"))).get("/me").is(200)["data"].clone();
        assert_eq!((text(&me, "tenant"), &me["roles"][0]["scope"]), ("platform", &json!("platform")));
        log_in(OTHER).is(200);
        let late = server.new_owner("late@example.org");
        server.clock.advance(24 * 3600);
        let body = json!({ "email": "late@example.org", "password": late.password.reveal() });
        server.rest(None).post("/auth/login", &body).is(401);
        assert_eq!(server.mails("owner_changed"), [owner.id]);
    });
}

#[test]
fn ir16_owners_and_users_are_let_in_again_by_command() {
    for_each_place(|place| {
        let server = place.serve();
        let listed = place.run(&["owner", "list"]).succeeds();
        assert!(listed.contains("\towner@rollcall.invalid\tACTIVE\t") && listed.lines().count() == 1, "{listed}");
        let password = place.run(&["owner", "create", "--email", "two@example.org"]).succeeds();
        assert_eq!(password.trim().len(), 27, "{password}");
        assert!(place.run(&["owner", "create", "--email", "two@example.org"]).fails().contains("owner recover"));
        let again = place.run(&["owner", "recover", "--email", "TWO@example.org"]).succeeds();
        assert_ne!(password, again);
        assert!(place.run(&["owner", "recover", "--email", "three@example.org"]).fails().contains("not found"));
        let rest = server.rest(None);
        let log_in =
            |email: &str, password: &str| rest.post("/auth/login", &json!({ "email": email, "password": password }));
        log_in("two@example.org", password.trim()).is(401);
        text(&log_in("two@example.org", again.trim()).is(200), "change_token");

        let create = [
            "user",
            "create",
            "--tenant",
            "default",
            "--email",
            "ann@example.org",
            "--role",
            "viewer",
            "--password-stdin",
        ];
        assert!(place.typed(&create, "short\n").fails().contains("at least 12 characters"));
        let id = place.typed(&create, &format!("{PASSWORD}\r\n")).succeeds();
        assert!(place.typed(&create, PASSWORD).fails().contains("ann@example.org"));
        let tokens = log_in("ann@example.org", PASSWORD).is(200);
        let ann = server.rest(Some(text(&tokens, "access_token")));
        ann.get("/me").is(200);
        place.run(&["user", "sign-out", "--tenant", "default", id.trim()]).succeeds();
        ann.get("/me").is(401);
        place.run(&["user", "disable", "--tenant", "default", "ann@example.org"]).succeeds();
        log_in("ann@example.org", PASSWORD).is(401);
        assert!(place.run(&["user", "unlock", "--tenant", "default", "bob@example.org"]).fails().contains("not found"));
        assert!(place.run(&["tenant", "create", "platform"]).fails().contains("platform"));
        let key = place.run(&["key", "rotate", "--signing"]).succeeds();
        assert_eq!(key.trim().len(), 16);
        drop((rest, ann));
        server.stop();
    });
}
