//! Guards that stand alone: where one of these is missing, no other rule refuses the request in its place. Each test is the
//! one that tells.

use rollcall::access::Permission::{GrantsWrite, GroupsRead, RolesRead, UsersRead, UsersWrite};
use rollcall::directory::operators;
use rollcall::store::one_time_links::Purpose;
use serde_json::json;

use crate::client::{Answer, id};
use crate::mfa::enrol;
use crate::program::Place;
use crate::roles::having;
use crate::server::{DEFAULT, Server, for_each_store};
use crate::signed_in::{OTHER, PASSWORD, text};

const ANN: &str = "ann@example.org";
const BOB: &str = "bob@example.org";

fn reset(server: &Server, link: &str) -> Answer {
    server.rest(None).post("/auth/password/reset", &json!({ "token": link, "new_password": OTHER }))
}

/// Whoever reaches two tenants finds a user in their own one alone, whatever the path says.
#[test]
fn ir2_a_user_is_not_there_below_another_tenant() {
    for_each_store(|server| {
        server.tenant("other");
        let ann = server.newcomer(DEFAULT, ANN, "viewer").id.to_string();
        let (owner, rows) = (server.owner(), server.journal(DEFAULT).len());
        let path = format!("/tenants/other/users/{ann}");
        for (method, path, body) in [
            ("GET", path.clone(), None),
            ("PATCH", path.clone(), Some(json!({ "display_name": "Ann" }))),
            ("PUT", format!("{path}/status"), Some(json!({ "status": "LOCKED" }))),
            ("POST", format!("{path}/password/reset"), Some(json!({}))),
            ("DELETE", format!("{path}?confirm_email={ANN}"), None),
        ] {
            assert_eq!(owner.send(method, &path, &[], body.as_ref()).status, 404, "{method} {path}");
        }
        assert_eq!(server.journal(DEFAULT).len(), rows);
        owner.get(&format!("/tenants/default/users/{ann}")).is(200);
    });
}

#[test]
fn ir1_an_owner_of_the_platform_is_one_without_an_end() {
    for_each_store(|server| {
        let ann = server.newcomer(DEFAULT, ANN, "viewer").id.to_string();
        let body = json!({
            "subject": { "type": "user", "id": ann }, "role": "platform_owner", "scope": { "type": "platform" },
            "expires_at": "2037-01-31T09:00:00Z",
        });
        let refused = server.owner().post("/tenants/default/grants", &body).is(422);
        assert_eq!(refused["detail"][0]["loc"], json!(["body", "expires_at"]));
    });
}

/// What a group or an org unit gives is taken back, and given to somebody new, by those alone who hold it.
#[test]
fn ir3_what_groups_and_units_give_is_not_for_those_who_hold_less() {
    for_each_store(|server| {
        let owner = server.owner();
        let group = server.client().group("crew", &[]);
        let body = json!({ "subject": { "type": "group", "id": group }, "role": "tenant_admin" });
        let grant = id(&owner.post("/tenants/default/grants", &body).is(201)["data"]);
        let small = having(server, &[GrantsWrite, RolesRead, GroupsRead, UsersRead, UsersWrite]);
        let path = format!("/tenants/default/grants/{grant}");
        assert_eq!(small.delete(&path).is(403)["code"], "upward_grant");
        owner.delete(&path).is(204);
        let unit = server.unit(DEFAULT, "Board", None);
        server.grant_to_unit(DEFAULT, &unit.id, "tenant_admin");
        let new = json!({ "email": "new@example.org", "ou_id": unit.id, "send_welcome_email": false });
        assert_eq!(small.post("/tenants/default/users", &new).is(403)["code"], "upward_grant");
        owner.post("/tenants/default/users", &new).is(201);
    });
}

/// A tenant that is suspended lets nobody in, and nobody who is in go on, until it is one no more.
#[test]
fn ir5_the_sessions_of_a_suspended_tenant_do_not_go_on() {
    for_each_store(|server| {
        server.tenant("other");
        server.newcomer("other", ANN, "viewer");
        let tokens = server.tokens_of("other", ANN);
        let ann = server.rest(Some(text(&tokens, "access_token")));
        let suspend = |suspended: bool| {
            let body = json!({ "suspended": suspended });
            server.owner().send("PATCH", "/tenants/other", &[], Some(&body)).is(200)
        };
        ann.get("/me").is(200);
        suspend(true);
        ann.get("/me").is(401);
        let refresh = json!({ "refresh_token": text(&tokens, "refresh_token") });
        server.rest(None).post("/auth/refresh", &refresh).is(401);
        server.log_in("other", ANN, PASSWORD).is(401);
        suspend(false);
        ann.get("/me").is(200);
    });
}

#[test]
fn ir5_s2_33_nobody_ends_the_session_of_somebody_else() {
    for_each_store(|server| {
        for email in [ANN, BOB] {
            server.newcomer(DEFAULT, email, "viewer");
        }
        let (ann, bob) = (server.signed_in(DEFAULT, ANN), server.signed_in(DEFAULT, BOB));
        let session = ann.get("/me").is(200)["data"]["session_id"].as_str().unwrap().to_owned();
        bob.delete(&format!("/auth/sessions/{session}")).is(404);
        ann.get("/me").is(200);
        ann.delete(&format!("/auth/sessions/{session}")).is(204);
        ann.get("/me").is(401);
    });
}

/// Sessions are ended row by row as well, and links are deleted with their user; what else was issued ends by the epoch alone.
#[test]
fn ir5_links_end_with_the_factors_with_signing_out_everywhere_and_with_the_user() {
    for_each_store(|server| {
        let ann = server.newcomer(DEFAULT, ANN, "viewer");
        enrol(server, &server.signed_in(DEFAULT, ANN));
        let (owner, cx) = (server.owner(), server.cx());
        let path = format!("/admin/users/{}", ann.id);
        let link = server.link(&server.account(&ann), Purpose::Reset);
        owner.post(&format!("{path}/mfa/disable"), &json!({})).is(200);
        reset(server, &link).is(401);
        let link = server.link(&server.account(&ann), Purpose::Reset);
        let account = server.account(&ann);
        server.block_on(operators::sign_out(server.directory(), server.operator(), &cx, &account)).unwrap();
        reset(server, &link).is(401);
        let link = server.link(&server.account(&ann), Purpose::Reset);
        owner.delete(&path).is(204);
        owner.send("POST", &format!("/tenants/default/users/{}/restore", ann.id), &[], None).is(200);
        reset(server, &link).is(401);
        let link = server.link(&server.account(&ann), Purpose::Reset);
        reset(server, &link).is(204);
    });
}

/// A request about oneself is for others to decide, be one an administrator.
#[test]
fn ir17_nobody_agrees_to_a_reset_of_their_own_factors_nor_carries_it_out() {
    for_each_store(|server| {
        let ann = server.newcomer(DEFAULT, ANN, "tenant_admin");
        server.newcomer(DEFAULT, BOB, "tenant_admin");
        let (own, bob) = (server.signed_in(DEFAULT, ANN), server.signed_in(DEFAULT, BOB));
        enrol(server, &own);
        let settings = json!({ "mfa": { "reset": { "approver_required": true } } });
        server.owner().send("PATCH", "/tenants/default/settings", &[], Some(&settings)).is(200);
        let asked = bob.post(&format!("/admin/users/{}/mfa/disable", ann.id), &json!({})).is(409);
        let path = text(&asked, "path").strip_prefix("/api/v1").unwrap().to_owned();
        for word in ["approve", "execute"] {
            assert_eq!(own.post(&format!("{path}/{word}"), &json!({})).is(403)["code"], "oneself", "{word}");
        }
        assert_eq!(bob.get(&path).is(200)["data"]["status"], "pending");
    });
}

/// Nine failures and a tenth a quarter of an hour later are not ten in a quarter of an hour.
#[test]
fn ir6_failures_that_are_far_apart_do_not_lock() {
    for_each_store(|server| {
        let ann = server.newcomer(DEFAULT, ANN, "viewer");
        let fail = || {
            let mut answer = server.log_in(DEFAULT, ANN, OTHER);
            while answer.status == 429 {
                server.clock.advance(answer.header("retry-after").unwrap().parse().unwrap());
                answer = server.log_in(DEFAULT, ANN, OTHER);
            }
            answer.is(401);
        };
        (0..9).for_each(|_| fail());
        server.clock.advance(15 * 60);
        fail();
        assert_eq!(server.account(&ann).status, "ACTIVE");
    });
}

/// Wherever a password is asked for, guesses are counted; so are links that are asked for.
#[test]
fn ir6_every_door_that_asks_for_a_password_counts_guesses() {
    for_each_store(|server| {
        for email in [ANN, BOB] {
            server.newcomer(DEFAULT, email, "viewer");
        }
        let ann = server.signed_in(DEFAULT, ANN);
        let change = |current: &str| {
            let body = json!({ "current_password": current, "new_password": OTHER });
            ann.post("/auth/password/change", &body)
        };
        (0..5).for_each(|_| drop(change("not the present one").is(401)));
        change(PASSWORD).is(429);
        let bob = server.signed_in(DEFAULT, BOB);
        let step_up = |password: &str| {
            let due = bob.post("/auth/step-up", &json!({})).is(200);
            let body = json!({ "mfa_token": due["mfa_token"], "method": "password", "password": password });
            server.rest(None).post("/auth/mfa/verify", &body)
        };
        (0..5).for_each(|_| drop(step_up("not the present one").is(401)));
        step_up(PASSWORD).is(429);
        for email in [ANN, "nobody@example.org"] {
            let body = json!({ "tenant": DEFAULT, "email": email });
            let forgot = || server.rest(None).post("/auth/password/forgot", &body);
            for _ in 0..5 {
                forgot().is(202);
            }
            forgot().is(429);
        }
    });
}

/// Whoever guesses from one address makes nobody wait who comes from another.
#[test]
fn ir6_a_wait_is_that_of_the_address_it_was_earned_at() {
    let place = Place::sqlite().with("ROLLCALL_TRUSTED_PROXIES", "127.0.0.1");
    let server = place.serve();
    let arguments = ["user", "create", "--tenant", DEFAULT, "--email", ANN, "--role", "viewer", "--password-stdin"];
    place.typed(&arguments, PASSWORD).succeeds();
    let log_in = |address: &str, password: &str| {
        let body = json!({ "tenant": DEFAULT, "email": ANN, "password": password });
        server.rest(None).send("POST", "/auth/login", &[("x-forwarded-for", address)], Some(&body))
    };
    (0..5).for_each(|_| drop(log_in("203.0.113.1", OTHER).is(401)));
    log_in("203.0.113.1", PASSWORD).is(429);
    log_in("203.0.113.2", PASSWORD).is(200);
    server.stop();
}

/// A token of an application opens nothing once it has ended, by its own end, its application's or its tenant's.
#[test]
fn ir14_a_token_of_an_application_holds_as_long_as_all_that_it_stands_on() {
    for_each_store(|server| {
        server.tenant("other");
        let owner = server.owner();
        let wiki = id(&owner.post("/tenants/other/applications", &json!({ "name": "Wiki" })).is(201)["data"]);
        let path = format!("/tenants/other/applications/{wiki}");
        let ends = server.cx().now.plus_seconds(3600).to_string();
        let made = owner.post(&format!("{path}/tokens"), &json!({ "name": "ci", "expires_at": ends })).is(201);
        let token = text(&made["data"], "token");
        let look = |token: &str| server.rest(Some(token)).get(&format!("{path}/effective-users")).status;
        assert_eq!(look(token), 200);
        let (public, _) = token.split_once('.').unwrap();
        assert_eq!(look(&format!("{public}.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")), 401, "another secret");
        for (path, member, holds) in [(path.as_str(), "enabled", true), ("/tenants/other", "suspended", false)] {
            let set = |value: bool| owner.send("PATCH", path, &[], Some(&json!({ member: value }))).is(200);
            set(!holds);
            assert_eq!(look(token), 401, "{member}");
            set(holds);
            assert_eq!(look(token), 200, "{member}");
        }
        server.clock.advance(3600);
        assert_eq!(look(token), 401, "its time is over");
    });
}

/// Whoever changes their own password shows the present one, be they an administrator.
#[test]
fn ir13_nobody_sets_their_own_password_as_an_administrator() {
    for_each_store(|server| {
        let ann = server.newcomer(DEFAULT, ANN, "tenant_admin");
        let own = server.signed_in(DEFAULT, ANN);
        let path = format!("/tenants/default/users/{}/password/reset", ann.id);
        for (path, body) in [
            (format!("/admin/users/{}/reset-password", ann.id), json!({ "new_password": OTHER })),
            (path.clone(), json!({ "method": "DIRECT", "new_password": OTHER })),
            (path, json!({ "method": "TEMPORARY" })),
        ] {
            assert_eq!(own.post(&path, &body).is(403)["code"], "oneself", "{body}");
        }
        server.log_in(DEFAULT, ANN, PASSWORD).is(200);
    });
}

#[test]
fn ir19_nothing_of_the_passwords_of_erased_users_is_left() {
    for_each_store(|server| {
        let ann = server.newcomer(DEFAULT, ANN, "viewer");
        let own = server.signed_in(DEFAULT, ANN);
        let change = json!({ "current_password": PASSWORD, "new_password": OTHER });
        own.post("/auth/password/change", &change).is(200);
        let (owner, of) = (server.owner(), server.database.id(&ann.id.to_string()));
        let provider = json!({ "protocol": "OIDC", "name": "somewhere" });
        let provider = id(&owner.post("/tenants/default/identity-providers", &provider).is(201)["data"]);
        let path = format!("/tenants/default/users/{}", ann.id);
        owner.post(&format!("{path}/identities"), &json!({ "provider_id": provider, "subject": "ann" })).is(201);
        let account = server.account(&ann);
        server.link(&account, Purpose::Reset);
        owner.delete(&format!("/admin/users/{}", ann.id)).is(204);
        // One that was being mailed meanwhile.
        server.link(&account, Purpose::Change);
        owner.send("POST", &format!("{path}/erase"), &[], None).is(204);
        for table in ["password", "password_history", "session", "one_time_link", "identity", "login_id"] {
            let left = server.database.number(&format!("SELECT count(*) FROM {table} WHERE user_id = {of}"));
            assert_eq!(left, 0, "{table}");
        }
    });
}

/// Units that move up keep their names apart from those that are there: nothing is moved then.
#[test]
fn ir15_units_that_would_have_one_name_do_not_move_up() {
    for_each_store(|server| {
        let owner = server.owner();
        let make = |name: &str, parent: Option<&str>| {
            let body = json!({ "name": name, "parent_id": parent });
            id(&owner.post("/tenants/default/units", &body).is(201)["data"])
        };
        let above = make("Sales", None);
        make("Europe", None);
        let below = make("Europe", Some(&above));
        let path = format!("/tenants/default/units/{above}");
        assert_eq!(owner.delete(&format!("{path}?strategy=MOVE_UP")).is(409)["code"], "in_use");
        let shown = owner.get(&format!("/tenants/default/units/{below}")).is(200);
        assert_eq!(shown["data"]["parent_id"], json!(above));
    });
}
