//! Rules of accounts that only show when several endpoints are asked one after the other: where somebody signs in, who
//! is let in after what, and what an application hears of it. Tests are named by what they hold.

use rollcall::access::role::BUILT_IN;
use rollcall::access::{Permission, PermissionSet};
use serde_json::{Value, json};

use crate::client::{Answer, id};
use crate::server::{DEFAULT, Server, for_each_store};
use crate::signed_in::{OTHER, PASSWORD, text};

/// Signs in without saying where.
fn sign_in(server: &Server, email: &str, password: &str) -> Answer {
    server.rest(None).post("/auth/login", &json!({ "email": email, "password": password }))
}

/// Makes a user by REST; gives the id.
fn made(server: &Server, body: &Value) -> String {
    let admin = server.administrator(DEFAULT, "tenant_admin");
    id(&admin.post("/tenants/default/users", body).is(201)["data"])
}

/// The tenant to which the tokens of a sign-in belong.
fn tenant_of(server: &Server, answer: &Answer) -> String {
    let tokens = answer.is(200);
    let me = server.rest(Some(text(&tokens, "access_token"))).get("/me").is(200);
    text(&me["data"], "tenant").to_owned()
}

#[test]
fn ir1_without_a_tenant_owners_come_first_then_the_domain_then_the_default_tenant() {
    for_each_store(|server| {
        let email = "ann@acme.rollcall-tests.org";
        server.tenant("acme");
        server.tenant("boss");
        server.newcomer(DEFAULT, email, "viewer");
        assert_eq!(tenant_of(server, &sign_in(server, email, PASSWORD)), DEFAULT);
        server.newcomer("acme", email, "viewer");
        assert_eq!(tenant_of(server, &sign_in(server, email, PASSWORD)), DEFAULT, "nobody proved the domain");
        let domain = json!({ "domain": "acme.rollcall-tests.org", "assert": true });
        server.owner().post("/tenants/acme/domains", &domain).is(201);
        assert_eq!(tenant_of(server, &sign_in(server, email, PASSWORD)), "acme");
        // The tenant of the domain answers for it, be the user elsewhere.
        server.newcomer(DEFAULT, "eve@acme.rollcall-tests.org", "viewer");
        assert_eq!(sign_in(server, "eve@acme.rollcall-tests.org", PASSWORD).is(401)["code"], "invalid_credentials");
        server.newcomer("boss", email, "platform_owner");
        assert_eq!(tenant_of(server, &sign_in(server, email, PASSWORD)), "boss");
        assert_eq!(sign_in(server, "nobody@nowhere.example", PASSWORD).is(401)["code"], "invalid_credentials");
    });
}

#[test]
fn ir14_an_application_hears_whether_a_token_of_its_tenant_lives() {
    for_each_store(|server| {
        let ann = server.newcomer(DEFAULT, "ann@example.org", "viewer");
        server.tenant("other");
        server.newcomer("other", "bob@example.org", "viewer");
        let access = |slug: &str, email: &str| text(&server.tokens_of(slug, email), "access_token").to_owned();
        let (own, foreign) = (access(DEFAULT, "ann@example.org"), access("other", "bob@example.org"));
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let wiki = id(&admin.post("/tenants/default/applications", &json!({ "name": "Wiki" })).is(201)["data"]);
        let token =
            admin.post(&format!("/tenants/default/applications/{wiki}/tokens"), &json!({ "name": "ci" })).is(201);
        let application = server.rest(Some(text(&token["data"], "token")));
        let json_type = [("content-type", "application/json")];
        let ask = |token: &str| {
            application.send("POST", "/auth/introspect", &json_type, Some(&json!({ "token": token }))).is(200)
        };
        let dead = json!({ "active": false });
        let alive = ask(&own);
        assert_eq!((&alive["active"], text(&alive, "sub")), (&json!(true), ann.id.to_string().as_str()));
        assert_eq!((text(&alive, "username"), text(&alive, "token_type")), ("ann@example.org", "Bearer"));
        assert!(alive["exp"].is_i64() && alive.get("roles").is_none(), "{alive}");
        let form = [("content-type", "application/x-www-form-urlencoded")];
        let by_form = application.attempt("POST", "/auth/introspect", &form, Some(format!("token={own}").as_bytes()));
        assert_eq!(by_form.unwrap().is(200), alive);
        // Of other tenants' people, and of what is no token, it hears the same.
        assert_eq!([ask(&foreign), ask("x"), ask(&server.token)], [dead.clone(), dead.clone(), dead.clone()]);
        let of_own = json!({ "token": own });
        server.rest(Some(&own)).send("POST", "/auth/introspect", &json_type, Some(&of_own)).is(403);
        server.rest(None).send("POST", "/auth/introspect", &json_type, Some(&of_own)).is(401);
        application.send("POST", "/auth/introspect", &json_type, Some(&json!({}))).is(422);
        // At once, whatever the token's own end.
        let disabled = json!({ "status": "DISABLED" });
        admin.put(&format!("/tenants/default/users/{}/status", ann.id), &disabled).is(200);
        assert_eq!(ask(&own), dead);
        let id = text(&token["data"], "id");
        admin.delete(&format!("/tenants/default/applications/{wiki}/tokens/{id}")).is(204);
        application.send("POST", "/auth/introspect", &json_type, Some(&of_own)).is(401);
    });
}

#[test]
fn s4_10_s2_34_unlocking_forgets_failed_sign_ins() {
    for_each_store(|server| {
        let ann = server.newcomer(DEFAULT, "ann@example.org", "viewer");
        let wrong = || server.log_in(DEFAULT, "ann@example.org", OTHER);
        while server.account(&ann).status != "LOCKED" {
            let answer = wrong();
            if answer.status == 429 {
                server.clock.advance(answer.header("retry-after").unwrap().parse().unwrap());
            }
        }
        let admin = server.administrator(DEFAULT, "tenant_admin");
        server.clock.advance(1);
        let unlocked = admin.send("POST", &format!("/admin/users/{}/unlock", ann.id), &[], None).is(200);
        assert_eq!(unlocked["data"]["status"], "ACTIVE");
        // As if nobody had tried: five are free again.
        (0..5).for_each(|_| drop(wrong().is(401)));
        wrong().is(429);
        server.clock.advance(1);
        wrong().is(401);
        wrong().is(429);
        // Who is not locked yet need not wait either.
        server.clock.advance(1);
        admin.send("POST", &format!("/admin/users/{}/unlock", ann.id), &[], None).is(200);
        server.log_in(DEFAULT, "ann@example.org", PASSWORD).is(200);
    });
}

#[test]
fn s4_27_who_is_made_is_welcomed_proves_the_address_and_changes_a_given_password() {
    for_each_store(|server| {
        let admin = server.administrator(DEFAULT, "tenant_admin");
        // Without a password: a link to set the first one is mailed, and nobody signs in before.
        let welcomed = made(server, &json!({ "email": "ann@example.org" }));
        assert_eq!(server.mails("welcome").iter().map(ToString::to_string).collect::<Vec<_>>(), [welcomed.as_str()]);
        let shown = admin.get(&format!("/tenants/default/users/{welcomed}")).is(200);
        assert_eq!(shown["data"]["status"], "PENDING_EMAIL_VERIFICATION");
        made(server, &json!({ "email": "silent@example.org", "send_welcome_email": false }));
        assert!(server.mails("welcome").len() <= 1, "nobody is welcomed who was not to be");
        // With one that must be changed: it opens nothing but that.
        let body = json!({ "email": "bob@example.org", "password": PASSWORD, "require_password_change": true });
        let bob = made(server, &body);
        let change = server.log_in(DEFAULT, "bob@example.org", PASSWORD).is(200);
        assert_eq!(change["password_change_required"], true);
        assert!(change.get("access_token").is_none(), "{change}");
        let chosen = json!({ "change_token": change["change_token"], "new_password": OTHER });
        let tokens = server.rest(None).post("/auth/password/change", &chosen).is(200);
        server.rest(Some(text(&tokens, "access_token"))).get("/me").is(200);
        assert!(server.log_in(DEFAULT, "bob@example.org", OTHER).is(200)["access_token"].is_string());
        // A new address is not proven until its link says so.
        let path = format!("/tenants/default/users/{bob}");
        assert_eq!(admin.get(&path).is(200)["data"]["email_verified"], false);
        assert_eq!(server.mails("verify").len(), 1);
    });
}

#[test]
fn s4_27_who_waits_is_approved_by_those_who_may() {
    for_each_store(|server| {
        let user = made(server, &json!({ "email": "ann@example.org", "send_welcome_email": false }));
        server.set_user(&user, "activation = 'approval', status = 'PENDING_APPROVAL'");
        let path = format!("/tenants/default/users/{user}/status");
        let approve = json!({ "status": "ACTIVE" });
        let small = crate::roles::having(server, &[Permission::UsersRead, Permission::UsersStatus]);
        small.put(&path, &approve).is(403);
        let waiting = server.owner().get("/tenants/default/users?status=PENDING_APPROVAL").is(200);
        assert_eq!(waiting["pagination"]["total_items"], 1);
        let admin = server.administrator(DEFAULT, "tenant_admin");
        assert_eq!(admin.put(&path, &approve).is(200)["data"]["status"], "ACTIVE");
    });
}

#[test]
fn ir3_the_built_in_roles_allow_what_is_said_of_them() {
    use Permission::{
        ApplicationUsersRead, AuditRead, ExportsMake, GroupsRead, MembersWrite, MfaReset, OwnersWrite, PartnersRead,
        PartnersWrite, PasswordsReset, PlatformRead, ReportsRead, TenantsRead, TenantsWrite, UnitsRead, UsersRead,
        UsersUnlock, UsersWrite,
    };
    let of = |key: &str| rollcall::access::role::built_in(key).unwrap().permissions();
    let set = |permissions: &[Permission]| PermissionSet::of(permissions.iter().copied());
    let reads = Permission::ALL.iter().copied().filter(|permission| permission.only_reads());
    let platforms = [TenantsRead, TenantsWrite, PartnersRead, PartnersWrite, PlatformRead, OwnersWrite];
    let tenants = Permission::ALL.iter().copied().filter(|permission| !platforms.contains(permission));
    let tenants = PermissionSet::of(tenants);
    assert_eq!(of("viewer"), set(&[UsersRead, GroupsRead]));
    assert_eq!(of("analyst"), of("viewer").and(set(&[ReportsRead])));
    assert_eq!(of("investigator"), of("analyst").and(set(&[AuditRead])));
    let every_read = PermissionSet::of(reads.filter(|permission| !platforms.contains(permission)));
    assert!(of("auditor").covers(set(&[ExportsMake])) && every_read.and(set(&[ExportsMake])).covers(of("auditor")));
    assert!(
        of("auditor").covers(of("investigator"))
            && of("auditor").iter().all(|one| one.only_reads() || one == ExportsMake)
    );
    assert_eq!(of("helpdesk"), set(&[UsersRead, PasswordsReset, UsersUnlock, MfaReset]));
    assert_eq!(of("manager"), set(&[UsersRead, UsersWrite, GroupsRead, MembersWrite, UnitsRead]));
    assert!(tenants.covers(of("tenant_admin")) && of("tenant_admin").covers(of("auditor")));
    assert_eq!(of("partner_admin"), of("tenant_admin").and(set(&[TenantsRead, TenantsWrite])));
    let all = Permission::ALL.iter().copied().filter(|one| *one != ApplicationUsersRead);
    assert_eq!(of("platform_owner"), PermissionSet::of(all));
    assert!(BUILT_IN.iter().all(|role| of("platform_owner").covers(role.permissions())));
}

#[test]
fn ir17_removing_factors_that_are_not_there_changes_nothing_and_nobody_removes_their_own() {
    for_each_store(|server| {
        let ann = server.newcomer(DEFAULT, "ann@example.org", "platform_owner");
        let bob = server.newcomer(DEFAULT, "bob@example.org", "viewer");
        let (owner, inside) =
            (server.signed_in(DEFAULT, "ann@example.org"), server.signed_in(DEFAULT, "bob@example.org"));
        let platform = owner.below(&format!("{}/api/platform", server.url()));
        let rows = server.journal(DEFAULT).len();
        platform.delete(&format!("/users/{}/mfa", bob.id)).is(200);
        let disabled = owner.send("POST", &format!("/admin/users/{}/mfa/disable", bob.id), &[], None).is(200);
        assert_eq!(disabled["data"], json!({ "mfa_enabled": false }));
        inside.get("/me").is(200);
        server.log_in(DEFAULT, "bob@example.org", PASSWORD).is(200);
        assert_eq!(platform.delete(&format!("/users/{}/mfa", ann.id)).is(403)["code"], "oneself");
        let own = owner.send("POST", &format!("/admin/users/{}/mfa/disable", ann.id), &[], None);
        assert_eq!(own.is(403)["code"], "oneself");
        assert_eq!(server.journal(DEFAULT).len(), rows);
    });
}
