//! Faults that other servers of this kind had with people's accounts, each a test here under the name that we gave the
//! fault.

use rollcall::access::{Adoption, Profile};
use rollcall::directory::connections::ConnectionChange;
use rollcall::notify::post::{self, Post};
use rollcall::store::accounts::Account;
use rollcall::store::one_time_links::Purpose;
use serde_json::{Value, json};

use crate::client::{Answer, USER, id, patch, values};
use crate::identity::{identities, local, provider};
use crate::server::{DEFAULT, Server, for_each_store};
use crate::signed_in::{OTHER, PASSWORD, text};

/// Users that a connection meets and did not make, and what is asked before it adopts them.
const CLAIMED: [&str; 5] = ["nobody's", "with a local password", "a provider's", "another connection's", "with a role"];

fn claimed(server: &Server, how: &str, name: &str) -> String {
    let admin = server.administrator(DEFAULT, "tenant_admin");
    match how {
        "another connection's" => server.connect(DEFAULT, "other").user(name),
        "with a local password" => {
            let body = json!({ "email": format!("{name}@x.test"), "password": PASSWORD, "send_welcome_email": false });
            id(&admin.post("/tenants/default/users", &body).is(201)["data"])
        }
        _ => {
            let user = local(&admin, name);
            if how == "a provider's" {
                let body = json!({ "provider_id": provider(&admin, "OIDC", name), "subject": name });
                admin.post(&identities(&user), &body).is(201);
            }
            if how == "with a role" {
                server.grant(server.tenant(DEFAULT).id, &user, "viewer", None);
            }
            user
        }
    }
}

/// An account was linked with whoever claimed its e-mail, by a source that was switched off, or whose word on the e-mail
/// nobody had checked. Here links are made by a connection's write, by an administrator, and by nothing else.
#[test]
fn linking_matrix() {
    for_each_store(|server| {
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let mut turn = 0;
        for setting in [Adoption::Link, Adoption::Ask, Adoption::Refuse] {
            let connection = server.connection(DEFAULT, &format!("hr {setting}"), Profile::Tolerant);
            let change = ConnectionChange { adoption: Some(setting), ..ConnectionChange::default() };
            server.set_connection(&connection, change);
            let client = server.client_of(&connection);
            let crew = client.group("crew", &[]);
            for how in CLAIMED {
                for door in ["POST", "PATCH", "PUT", "Bulk", "group"] {
                    turn += 1;
                    let name = format!("user{turn}");
                    let user = claimed(server, how, &name);
                    let path = format!("/Users/{user}");
                    let before = admin.get(&identities(&user)).is(200)["data"].as_array().unwrap().len();
                    let title = json!([{ "op": "replace", "path": "title", "value": "Dr" }]);
                    let status = match door {
                        // By its name nobody is linked: neither user name nor e-mail.
                        "POST" => {
                            let emails = json!([{ "value": format!("{name}@x.test"), "primary": true }]);
                            let shown = admin.get(&format!("/tenants/default/users/{user}")).is(200);
                            let own = shown["data"]["username"].clone();
                            client
                                .post("/Users", &json!({ "schemas": [USER], "userName": own, "emails": emails }))
                                .status
                        }
                        "PATCH" => client.patch(&path, title).status,
                        "PUT" => {
                            let shown = admin.get(&format!("/tenants/default/users/{user}")).is(200);
                            let own = shown["data"]["username"].clone();
                            client.put(&path, &json!({ "schemas": [USER], "userName": own, "title": "Dr" })).status
                        }
                        "Bulk" => {
                            let operation = json!({ "method": "PATCH", "path": path, "data": patch(title) });
                            let bulk = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
                                "Operations": [operation] });
                            let answer = client.post("/Bulk", &bulk).is(200);
                            answer["Operations"][0]["status"].as_str().unwrap().parse().unwrap()
                        }
                        _ => {
                            let add = json!([{ "op": "add", "path": "members", "value": values(&[&user]) }]);
                            client.patch(&format!("/Groups/{crew}"), add).status
                        }
                    };
                    let links = setting == Adoption::Link && how == "nobody's" && door != "POST";
                    let what = format!("{setting}: {how} by {door}");
                    let expected = if door == "POST" {
                        409
                    } else if links {
                        200
                    } else {
                        403
                    };
                    assert_eq!(status, expected, "{what}");
                    let after = admin.get(&identities(&user)).is(200)["data"].as_array().unwrap().len();
                    assert_eq!(after, before + usize::from(links), "{what}");
                }
            }
        }
    });
}

/// What a provider that is switched off, and one that is not, would be asked: what an administrator asserted opens nothing,
/// be the e-mail proven here or not.
#[test]
fn linking_matrix_of_providers() {
    for_each_store(|server| {
        let admin = server.administrator(DEFAULT, "tenant_admin");
        for (turn, (enabled, proven)) in [(true, true), (true, false), (false, true), (false, false)].iter().enumerate()
        {
            let user = local(&admin, &format!("user{turn}"));
            server.set_user(&user, &format!("email_verified = {proven}"));
            let of = provider(&admin, "OIDC", &format!("Login {turn}"));
            let switch = json!({ "enabled": enabled });
            admin.send("PATCH", &format!("{}/{of}", crate::identity::PROVIDERS), &[], Some(&switch)).is(200);
            let body = json!({ "provider_id": of, "subject": format!("user{turn}@x.test") });
            let made = admin.post(&identities(&user), &body).is(201)["data"].clone();
            assert_eq!(made["asserted"], true);
            for identifier in [format!("user{turn}@x.test"), format!("user{turn}")] {
                server.log_in(DEFAULT, &identifier, "").is(422);
                server.log_in(DEFAULT, &identifier, PASSWORD).is(401);
            }
            let shown = admin.get(&format!("/tenants/default/users/{user}")).is(200)["data"].clone();
            assert_eq!((&shown["email_verified"], &shown["identity_source"]), (&json!(proven), &json!("LOCAL")));
        }
    });
}

/// Every step of a flow can be skipped, repeated, and taken by the key of another.
#[test]
fn flow_steps_server_side_of_links() {
    const DOORS: [&str; 5] = [
        "/auth/email/verify",
        "/auth/email/revert",
        "/auth/password/reset",
        "/auth/password/change",
        "/auth/mfa-resets/object",
    ];
    const OPENS: [(Purpose, &str); 8] = [
        (Purpose::Verify, "/auth/email/verify"),
        (Purpose::Reset, "/auth/password/reset"),
        (Purpose::Welcome, "/auth/password/reset"),
        (Purpose::Invite, "/auth/password/reset"),
        (Purpose::Change, "/auth/password/change"),
        // It needs the address that it leads back to, which a mail gives it.
        (Purpose::EmailChange, ""),
        (Purpose::Enrol, ""),
        // It needs the request that it is about.
        (Purpose::Object, ""),
    ];
    for_each_store(|server| {
        for (turn, (purpose, own)) in OPENS.iter().enumerate() {
            let ann = server.newcomer(DEFAULT, &format!("ann{turn}@example.org"), "viewer");
            let token = server.link(&server.account(&ann), *purpose);
            let ask = |door: &str| {
                let member = if door == "/auth/password/change" { "change_token" } else { "token" };
                server.rest(None).post(door, &json!({ member: token, "new_password": OTHER }))
            };
            let rows = server.journal(DEFAULT).len();
            for door in DOORS.iter().filter(|door| *door != own) {
                assert_eq!(ask(door).status, 401, "{purpose:?} at {door}");
            }
            assert_eq!(server.journal(DEFAULT).len(), rows, "{purpose:?}");
            if !own.is_empty() {
                assert!(ask(own).status < 300, "{purpose:?}");
                assert_eq!(ask(own).status, 401, "{purpose:?} again");
            }
        }
    });
}

/// Something that ends all that was issued to a user.
type Ending = (&'static str, fn(&Server, &Account));

const ENDINGS: &[Ending] = &[
    ("disabling", |server, user| {
        let path = format!("/tenants/default/users/{}/status", user.id);
        server.owner().put(&path, &json!({ "status": "DISABLED" })).is(200);
        server.owner().put(&path, &json!({ "status": "ACTIVE" })).is(200);
    }),
    ("a password set", |server, user| {
        let body = json!({ "new_password": OTHER, "require_password_change": false });
        server.owner().post(&format!("/admin/users/{}/reset-password", user.id), &body).is(200);
    }),
    ("an e-mail changed", |server, user| {
        let body = json!({ "email": "new@example.org" });
        server.owner().send("PATCH", &format!("/admin/users/{}", user.id), &[], Some(&body)).is(200);
    }),
    ("a provider linked", |server, user| {
        let of = provider(&server.owner(), "OIDC", "Login");
        let body = json!({ "provider_id": of, "subject": "1" });
        server.owner().post(&identities(&user.id.to_string()), &body).is(201);
    }),
    ("a locked account whose sessions end", |server, user| {
        let path = format!("/tenants/default/users/{}/status", user.id);
        server.owner().put(&path, &json!({ "status": "LOCKED", "terminate_sessions": true })).is(200);
        server.owner().put(&path, &json!({ "status": "ACTIVE" })).is(200);
    }),
];

/// A refresh token survived the change of what it stood for.
#[test]
fn epoch_kills_everything_whatever_raises_it() {
    for_each_store(|server| {
        for (turn, (what, end)) in ENDINGS.iter().enumerate() {
            let email = format!("ann{turn}@example.org");
            let ann = server.newcomer(DEFAULT, &email, "viewer");
            let tokens = server.tokens_of(DEFAULT, &email);
            let now = server.account(&ann);
            let [reset, verify] = [Purpose::Reset, Purpose::Verify].map(|purpose| server.link(&now, purpose));
            server.rest(Some(text(&tokens, "access_token"))).get("/me").is(200);
            end(server, &ann);
            let asked: [Answer; 4] = [
                server.rest(Some(text(&tokens, "access_token"))).get("/me"),
                server.rest(None).post("/auth/refresh", &json!({ "refresh_token": text(&tokens, "refresh_token") })),
                server.rest(None).post("/auth/password/reset", &json!({ "token": reset, "new_password": OTHER })),
                server.rest(None).post("/auth/email/verify", &json!({ "token": verify })),
            ];
            assert_eq!(asked.map(|answer| answer.status), [401; 4], "{what}");
        }
    });
}

/// Whoever was not confirmed yet, or is held back, had power. By status: whether the password opens, and whether what was
/// opened before goes on.
#[test]
fn who_waits_or_is_held_back_has_no_rights() {
    const STATES: [(&str, &str, bool, bool); 7] = [
        ("ACTIVE", "done", true, true),
        ("LOCKED", "done", false, true),
        ("DISABLED", "done", false, false),
        ("DISABLED", "invited", false, false),
        ("PENDING_APPROVAL", "approval", false, false),
        ("PENDING_EMAIL_VERIFICATION", "unverified", false, false),
        ("PENDING_EMAIL_VERIFICATION", "invited", true, false),
    ];
    for_each_store(|server| {
        for (turn, (status, activation, opens, goes_on)) in STATES.iter().enumerate() {
            let email = format!("ann{turn}@example.org");
            let ann = server.newcomer(DEFAULT, &email, "tenant_admin");
            let tokens = server.tokens_of(DEFAULT, &email);
            let inside = server.rest(Some(text(&tokens, "access_token")));
            inside.get("/tenants/default/users").is(200);
            server.set_user(&ann.id.to_string(), &format!("status = '{status}', activation = '{activation}'"));
            let what = format!("{status}, {activation}");
            let expected = if *goes_on { 200 } else { 401 };
            assert_eq!(inside.get("/tenants/default/users").status, expected, "{what}");
            assert_eq!(inside.get("/me").status, expected, "{what}");
            let refresh = json!({ "refresh_token": text(&tokens, "refresh_token") });
            assert_eq!(server.rest(None).post("/auth/refresh", &refresh).status, expected, "{what}");
            assert_eq!(server.log_in(DEFAULT, &email, PASSWORD).status, if *opens { 200 } else { 401 }, "{what}");
        }
    });
}

/// What a change may not reach, by resource: the path that makes one, its body, and members that are somebody else's to
/// write.
#[test]
fn immutable_fields_of_the_rest_api() {
    let foreign = "0190163d-8694-739b-aea5-966c26f8ad91";
    let everywhere = json!({ "id": foreign, "tenant_id": foreign, "created_at": "2001-01-01T00:00:00Z" });
    let kinds = [
        (
            "users",
            json!({ "email": "ann@x.test", "send_welcome_email": false }),
            json!({
            "status": "DISABLED", "email_verified": true, "mfa_enabled": true, "identity_source": "SCIM",
            "last_login_at": "2001-01-01T00:00:00Z", "groups": [], "password": PASSWORD, "ou_path": "/x",
            "is_platform_owner": true, "verified": true, "roles": ["tenant_admin"] }),
        ),
        (
            "groups",
            json!({ "name": "crew" }),
            json!({ "owner": "scim", "connection_id": foreign, "members": [foreign] }),
        ),
        ("units", json!({ "name": "Sales" }), json!({ "path": "/x", "lineage": "x" })),
        ("applications", json!({ "name": "Wiki" }), json!({ "token": "x" })),
        ("connections", json!({ "name": "hr" }), json!({ "token": "x", "tokens": [] })),
        ("identity-providers", json!({ "protocol": "OIDC", "name": "Login" }), json!({ "protocol": "SAML" })),
    ];
    for_each_store(|server| {
        let admin = server.administrator(DEFAULT, "tenant_admin");
        for (kind, body, own) in &kinds {
            let collection = format!("/tenants/default/{kind}");
            let path = format!("{collection}/{}", id(&admin.post(&collection, body).is(201)["data"]));
            let before = admin.get(&path).is(200)["data"].clone();
            let rows = server.journal(DEFAULT).len();
            let mut wanted = everywhere.clone();
            wanted.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
            for (name, value) in wanted.as_object().unwrap() {
                let answer = admin.send("PATCH", &path, &[], Some(&json!({ name: value })));
                assert!(matches!(answer.status, 200 | 409 | 422), "{kind} {name}: {}", answer.text);
                assert_eq!(admin.get(&path).is(200)["data"], before, "{kind} {name}");
            }
            assert_eq!(server.journal(DEFAULT).len(), rows, "{kind}");
        }
    });
}

/// HTML came into pages by the display name, headers into mails, formulas into exports.
#[test]
fn hostile_names_are_harmless() {
    const NAMES: [&str; 6] = [
        "<script>alert(1)</script>",
        "Ann\r\nBcc: all@example.org\r\n\r\nclick https://evil.test/link/reset?token=x",
        "=cmd|' /C calc'!A0",
        "@SUM(1+1)",
        "{{ link }}{% include \"x\" %}",
        "\u{202e}nnA\u{0}\u{7}",
    ];
    for_each_store(|server| {
        let (admin, folder) = (server.administrator(DEFAULT, "tenant_admin"), tempfile::tempdir().unwrap());
        let worker = server.mail_worker(Post::Folder(folder.path().to_owned()), "https://id.test");
        for (turn, name) in NAMES.iter().enumerate() {
            let user = local(&admin, &format!("user{turn}"));
            let operation = json!([{ "op": "replace", "path": "displayName", "value": name }]);
            let written = server.connect(DEFAULT, "hr").patch(&format!("/Users/{user}"), operation).status;
            if written != 200 {
                // What no database keeps is refused.
                assert_eq!((written, name.contains('\u{0}')), (400, true), "{name:?}");
                continue;
            }
            let shown = admin.get(&format!("/tenants/default/users/{user}"));
            assert_eq!(shown.is(200)["data"]["display_name"], *name);
            assert_eq!(shown.header("content-type"), Some("application/json"));
            server.set_user(&user, "email_verified = true");
            server.rest(None).post("/auth/password/forgot", &json!({ "email": format!("user{turn}@x.test") })).is(202);
        }
        server.clock.advance(1);
        while server.wait(worker.send_due()).unwrap() > 0 {}
        let mails = post::list(folder.path()).unwrap();
        assert!(mails.len() >= NAMES.len() - 1, "{mails:?}");
        for mail in &mails {
            let mail = post::show(folder.path(), &mail.name).unwrap();
            let (head, body) = mail.split_once("\n\n").unwrap();
            assert_eq!(head.lines().count(), 3, "{mail}");
            assert!(!mail.lines().any(|line| line.starts_with("Bcc") || line.starts_with("click")), "{mail}");
            assert_eq!(body.matches("https://id.test/link/reset#token=rc_link_").count(), 1, "{mail}");
        }
        let auditor = server.administrator(DEFAULT, "auditor");
        let csv = auditor.get("/tenants/default/audit?format=csv");
        assert_eq!(csv.status, 200, "{}", csv.text);
        for cell in csv.text.split(['\n', ',']) {
            let cell = cell.trim_end_matches('\r').trim_start_matches('"');
            assert!(!cell.starts_with(['=', '@', '+', '-', '\t', '\r']), "{cell}");
        }
        assert!(csv.text.contains("cmd|"), "{}", csv.text);
    });
}

/// A page of no length, or of less, was asked for.
#[test]
fn pages_have_a_length() {
    for_each_store(|server| {
        let owner = server.owner();
        for path in
            ["/admin/users", "/tenants/default/users", "/tenants", "/tenants/default/groups", "/tenants/default/units"]
        {
            for query in ["per_page=0", "per_page=-1", "page=0", "page=-1", "per_page=x", "page=99999999999999999999"] {
                let refused = owner.get(&format!("{path}?{query}"));
                assert!(refused.status == 422, "{path}?{query}: {}", refused.text);
            }
            for many in ["1000000", "5000000000", "99999999999999999999999"] {
                let capped = owner.get(&format!("{path}?per_page={many}")).is(200);
                if capped["pagination"] != Value::Null {
                    assert_eq!(capped["pagination"]["per_page"], 100, "{path}");
                }
            }
        }
    });
}
