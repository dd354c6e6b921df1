//! Guards of accounts that stand alone, as in `lone_guards`: grants that end, links and steps of those who are held back.

use rollcall::store::one_time_links::Purpose;
use serde_json::json;

use crate::server::{DEFAULT, Server, for_each_store};
use crate::signed_in::{OTHER, PASSWORD, text};

const ANN: &str = "ann@example.org";

/// A user who administers the tenant for five minutes more.
fn ann_for_five_minutes(server: &Server) {
    let ann = server.newcomer(DEFAULT, ANN, "viewer");
    let subject = json!({ "type": "user", "id": ann.id.to_string() });
    let ends = server.cx().now.plus_seconds(300).to_string();
    let grant = json!({ "subject": subject, "role": "tenant_admin", "expires_at": ends });
    server.owner().post("/tenants/default/grants", &grant).is(201);
}

/// What a grant gave is gone from the moment on at which it ends, for whoever is signed in too.
#[test]
fn ir3_ir5_a_grant_that_has_ended_gives_nothing_at_the_next_request() {
    for_each_store(|server| {
        ann_for_five_minutes(server);
        let own = server.signed_in(DEFAULT, ANN);
        own.get("/tenants/default/settings").is(200);
        server.clock.advance(299);
        own.get("/tenants/default/settings").is(200);
        server.clock.advance(1);
        assert_eq!(own.get("/tenants/default/settings").is(403)["code"], "insufficient_scope");
        own.get("/tenants/default/users").is(200);
    });
}

/// The same for whoever has not asked for anything before: nothing is remembered then of what they hold.
#[test]
fn ir3_ir5_a_grant_that_ended_before_the_first_request_gives_nothing() {
    for_each_store(|server| {
        ann_for_five_minutes(server);
        server.clock.advance(300);
        let own = server.signed_in(DEFAULT, ANN);
        assert_eq!(own.get("/tenants/default/settings").is(403)["code"], "insufficient_scope");
        own.get("/tenants/default/users").is(200);
    });
}

/// Mailed links open nothing while their tenant is suspended, and are not used up by it.
#[test]
fn ir9_links_of_a_suspended_tenant_wait() {
    for_each_store(|server| {
        server.tenant("other");
        let ann = server.newcomer("other", ANN, "viewer");
        let link = server.link(&server.account(&ann), Purpose::Reset);
        let reset = || {
            let body = json!({ "token": link, "new_password": OTHER });
            server.rest(None).post("/auth/password/reset", &body)
        };
        let suspend = |suspended: bool| {
            let body = json!({ "suspended": suspended });
            server.owner().send("PATCH", "/tenants/other", &[], Some(&body)).is(200)
        };
        suspend(true);
        reset().is(401);
        suspend(false);
        reset().is(204);
    });
}

/// A sign-in that came as far as the change of a password ends there for whoever is locked meanwhile: a lock throws nobody
/// out, and lets nobody in.
#[test]
fn ir4_who_is_locked_in_the_middle_of_a_sign_in_does_not_end_it() {
    for_each_store(|server| {
        let ann = server.newcomer(DEFAULT, ANN, "viewer");
        let of = server.database.id(&ann.id.to_string());
        server.database.execute(&format!("UPDATE password SET must_change = true WHERE user_id = {of}"));
        let due = server.log_in(DEFAULT, ANN, PASSWORD).is(200);
        let body = json!({ "change_token": text(&due, "change_token"), "new_password": OTHER });
        let path = format!("/tenants/default/users/{}/status", ann.id);
        let owner = server.owner();
        owner.put(&path, &json!({ "status": "LOCKED" })).is(200);
        server.rest(None).post("/auth/password/change", &body).is(401);
        owner.put(&path, &json!({ "status": "ACTIVE" })).is(200);
        server.rest(None).post("/auth/password/change", &body).is(200);
    });
}

/// Whoever is disabled gets no link to set a password, and nobody hears that.
#[test]
fn ir8_a_disabled_user_is_mailed_no_link() {
    for_each_store(|server| {
        let ann = server.newcomer(DEFAULT, ANN, "viewer");
        let path = format!("/tenants/default/users/{}/status", ann.id);
        server.owner().put(&path, &json!({ "status": "DISABLED" })).is(200);
        let body = json!({ "tenant": DEFAULT, "email": ANN });
        let waiting = || server.database.number("SELECT count(*) FROM outbox WHERE purpose = 'reset'");
        server.rest(None).post("/auth/password/forgot", &body).is(202);
        assert_eq!(waiting(), 0);
        server.owner().put(&path, &json!({ "status": "ACTIVE" })).is(200);
        server.rest(None).post("/auth/password/forgot", &body).is(202);
        assert_eq!(waiting(), 1);
    });
}
