//! What parameters of the query name and what lists are narrowed by: an empty text is not all, a unit out of reach is not
//! there, and what lists show beside that.

use rollcall::access::{Permission, Scope};
use rollcall::journal::Operation;
use serde_json::{Value, json};

use crate::client::{Answer, Client};
use crate::persons::{Unit, holding_only};
use crate::records::settled;
use crate::server::{DEFAULT, Server, for_each_store};

const NOBODY: &str = "0190163d-8694-739b-aea5-966c26f8ad91";

/// Asserts that a parameter is what a request is refused for, and how.
#[track_caller]
fn refused(answer: &Answer, name: &str, kind: &str) {
    let faults = answer.is(422)["detail"].clone();
    assert_eq!((&faults[0]["loc"], &faults[0]["type"]), (&json!(["query", name]), &json!(kind)), "{faults}");
    assert_eq!(faults.as_array().unwrap().len(), 1, "{faults}");
}

fn rows(page: &Value) -> &Vec<Value> {
    page["data"].as_array().unwrap()
}

fn make(client: &Client, path: &str, body: &Value) -> String {
    client.post(path, body).is(201)["data"]["id"].as_str().unwrap().to_owned()
}

#[test]
fn an_empty_name_is_refused_and_means_not_all() {
    for_each_store(|server| {
        server.connect("other", "hr").user("eve");
        let owner = server.owner();
        let before = server.journal("other").len();
        for (path, names) in [
            ("/admin/users", vec!["tenant_id", "partner_id", "role"]),
            ("/admin/users/identity-source/mismatches", vec!["tenant_id"]),
            ("/admin/users/identity-source/mismatches?fix=true", vec!["tenant_id"]),
            ("/admin/audit", vec!["tenant_id", "actor", "resource_type", "resource"]),
            ("/admin/audit?format=csv", vec!["tenant_id"]),
            ("/admin/activity", vec!["tenant_id", "actor", "outcome"]),
            ("/admin/mfa-resets", vec!["tenant_id"]),
            ("/tenants/default/users", vec!["role"]),
            ("/tenants/default/grants", vec!["role"]),
            ("/tenants/default/reports/mfa/users", vec!["role"]),
        ] {
            for name in names {
                let joined = format!("{path}{}{name}", if path.contains('?') { '&' } else { '?' });
                refused(&owner.get(&format!("{joined}=")), name, "string_too_short");
                refused(&owner.get(&joined), name, "string_too_short");
            }
        }
        assert_eq!(server.journal("other").len(), before);
        for name in ["from", "to"] {
            refused(&owner.get(&format!("/admin/audit?{name}=")), name, "datetime_parsing");
        }
        let platform = owner.below(&format!("{}/api/platform", server.url()));
        refused(&platform.get("/mfa/suspicious-activity?org_id="), "org_id", "string_too_short");
        platform.get("/mfa/suspicious-activity?org_id=other").is(200);
        // No search is no search, and what a list does not know is ignored.
        for path in [
            "/admin/users?search=",
            "/tenants/default/groups?search=",
            "/admin/audit?cursor=",
            "/tenants/default/audit?tenant_id=",
            "/tenants/default/suspicious-activity?actor=&tenant_id=",
        ] {
            owner.get(path).is(200);
        }
    });
}

#[test]
fn the_last_use_of_an_applications_token_is_known_to_the_minute() {
    for_each_store(|server| {
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let application = format!(
            "/tenants/default/applications/{}",
            make(&admin, "/tenants/default/applications", &json!({ "name": "Wiki" }))
        );
        let tokens = format!("{application}/tokens");
        let made = admin.post(&tokens, &json!({ "name": "ci" })).is(201)["data"].clone();
        let client = server.rest(made["token"].as_str());
        let used = || admin.get(&tokens).is(200)["data"][0]["last_used_at"].clone();
        let look = || client.get(&format!("{application}/effective-users"));
        assert_eq!(used(), Value::Null);
        server.clock.advance(10);
        let first = json!(server.cx().now.to_string());
        look().is(200);
        assert_eq!(used(), first);
        server.clock.advance(59);
        look().is(200);
        assert_eq!(used(), first);
        server.clock.advance(1);
        let second = json!(server.cx().now.to_string());
        look().is(200);
        assert_eq!(used(), second);
        // A token that is refused is not used.
        admin.delete(&format!("{tokens}/{}", made["id"].as_str().unwrap())).is(204);
        server.clock.advance(600);
        look().is(401);
        assert_eq!(used(), second);
    });
}

#[test]
fn changes_of_a_deleted_user_are_shown_by_either_path_to_those_who_reach_it() {
    for_each_store(|server| {
        let client = server.client();
        let ann = client.user("ann");
        let unit = server.unit(DEFAULT, "Sales", None);
        server.put_into(&ann, &unit, true);
        client.delete(&format!("/Users/{ann}")).is(204);
        settled(server, DEFAULT);
        let paths = [format!("/admin/users/{ann}/audit"), format!("/tenants/default/users/{ann}/audit")];
        let auditor = server.administrator(DEFAULT, "auditor");
        let [widely, in_tenant] = paths.each_ref().map(|path| auditor.get(path).is(200)["data"].clone());
        assert_eq!((&widely[0]["action"], &widely), (&json!("delete"), &in_tenant));
        let exported = auditor.get(&format!("{}?format=ndjson", paths[0]));
        assert_eq!((exported.status, exported.text.lines().count()), (200, rows(&json!({ "data": widely })).len()));
        let leader = server.unit_administrator(DEFAULT, "investigator", &unit);
        let stranger = server.administrator("other", "auditor");
        let helper = server.administrator(DEFAULT, "helpdesk");
        for path in &paths {
            leader.get(path).is(404);
            stranger.get(path).is(404);
            helper.get(path).is(403);
        }
        auditor.get(&format!("/admin/users/{NOBODY}/audit")).is(404);
    });
}

/// A unit, those above and beside it, and one below it.
fn tree(server: &Server) -> [Unit; 4] {
    let top = server.unit(DEFAULT, "Top", None);
    let own = server.unit(DEFAULT, "Own", Some(&top));
    let below = server.unit(DEFAULT, "Below", Some(&own));
    let beside = server.unit(DEFAULT, "Beside", Some(&top));
    [top, own, below, beside]
}

#[test]
fn ir2_users_are_not_asked_for_by_a_unit_out_of_reach() {
    for_each_store(|server| {
        let [top, own, below, beside] = tree(server);
        let client = server.client();
        for (name, unit) in [("a@x.test", &own), ("b@x.test", &below), ("c@x.test", &beside), ("d@x.test", &top)] {
            server.put_into(&client.user(name), unit, true);
        }
        let scope = Scope::Unit {
            tenant: server.tenant(DEFAULT).id,
            partner: None,
            unit: own.id.parse().unwrap(),
            lineage: own.lineage.as_str().into(),
        };
        let permissions =
            [Permission::UsersRead, Permission::ReportsRead, Permission::ExportsMake, Permission::MfaPolicyWrite];
        let leader = server.person(DEFAULT, vec![holding_only(&permissions, scope)]);
        let unknown = leader.get(&format!("/tenants/default/users?ou_id={NOBODY}")).is(404)["detail"].clone();
        for list in ["/tenants/default/users", "/tenants/default/reports/mfa/users"] {
            for unit in [NOBODY, &top.id, &beside.id] {
                for more in ["", "&include_children=true"] {
                    let answer = leader.get(&format!("{list}?ou_id={unit}{more}"));
                    assert_eq!(answer.is(404)["detail"], unknown, "{list} {unit}");
                }
            }
            for (unit, more, found) in [(&own, "", 1), (&own, "&include_children=true", 2), (&below, "", 1)] {
                let page = leader.get(&format!("{list}?ou_id={}{more}", unit.id)).is(200);
                assert_eq!(rows(&page).len(), found, "{list} {}{more}", unit.id);
            }
            let whole = server.administrator(DEFAULT, "analyst");
            let page = whole.get(&format!("{list}?ou_id={}&include_children=true", top.id)).is(200);
            assert_eq!(rows(&page).len(), 4, "{list}");
        }
        leader.get(&format!("/tenants/default/reports/mfa/users?ou_id={}&format=csv", top.id)).is(404);
        // Nor is anybody reminded by one.
        let remind = |unit: &str| leader.post("/tenants/default/mfa/reminders", &json!({ "ou_id": unit }));
        for unit in [NOBODY, &top.id, &beside.id] {
            assert_eq!(remind(unit).is(404)["detail"], unknown);
        }
        assert_eq!(remind(&own.id).is(200)["data"]["matched"], 1);
    });
}

#[test]
fn ir13_an_e_mail_stands_for_every_user_in_every_list_of_users() {
    for_each_store(|server| {
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let scim = server.client();
        let users = ["own", "ann@x.test", "bob"].map(|name| scim.user(name));
        server.set_user(&users[0], "email = 'mine@x.test', email_verified = true");
        server.set_user(&users[2], "email_verified = true");
        let expected = ["mine@x.test".to_owned(), "ann@x.test".to_owned(), format!("{}@no-email.invalid", users[2])];
        let unit = server.unit(DEFAULT, "Sales", None);
        let wiki = make(&admin, "/tenants/default/applications", &json!({ "name": "Wiki" }));
        let wiki = format!("/tenants/default/applications/{wiki}");
        for user in &users {
            server.put_into(user, &unit, true);
            admin.post(&format!("{wiki}/assignments"), &json!({ "kind": "user", "id": user })).is(204);
        }
        for (path, id) in [
            ("/tenants/default/users".to_owned(), "id"),
            (format!("/tenants/default/units/{}/members", unit.id), "user_id"),
            (format!("{wiki}/effective-users"), "id"),
        ] {
            let page = admin.get(&path).is(200);
            let email = |user: &String| rows(&page).iter().find(|row| row[id] == **user).unwrap()["email"].clone();
            assert_eq!(users.each_ref().map(email), expected.each_ref().map(|email| json!(email)), "{path}");
        }
        let page = admin.get(&format!("{wiki}/effective-users")).is(200);
        let verified: Vec<&Value> = rows(&page).iter().filter(|row| row["email_verified"] == true).collect();
        assert_eq!(
            (verified.len(), &verified[0]["id"]),
            (1, &json!(users[0])),
            "an address that is none is not confirmed"
        );
    });
}

#[test]
fn ir15_what_blocks_the_deletion_of_a_unit_is_counted_with_all_below_it() {
    for_each_store(|server| {
        let owner = server.owner();
        let ann = server.client().user("ann");
        let [top, own, below, beside] = tree(server);
        let over = |unit: &Unit| json!({ "type": "org_unit", "id": unit.id });
        let grant = |body: Value| owner.post("/tenants/default/grants", &body).is(201);
        grant(json!({ "subject": { "type": "user", "id": ann }, "role": "viewer", "scope": over(&below) }));
        grant(json!({ "subject": over(&below), "role": "viewer" }));
        grant(json!({ "subject": over(&own), "role": "viewer", "scope": over(&below) }));
        grant(json!({ "subject": { "type": "user", "id": ann }, "role": "viewer", "scope": over(&beside) }));
        server.put_into(&ann, &below, true);
        let remove = |unit: &Unit| owner.delete(&format!("/tenants/default/units/{}", unit.id));
        for (unit, expected) in [(&own, [1, 1, 3]), (&below, [0, 1, 3]), (&beside, [0, 0, 1]), (&top, [3, 1, 4])] {
            let found = remove(unit).is(409);
            let numbers = ["units", "members", "grants"].map(|name| found[name].clone());
            assert_eq!((&found["code"], numbers), (&json!("in_use"), expected.map(|number| json!(number))));
        }
    });
}

#[test]
fn changes_are_asked_for_by_words_that_some_change_has() {
    for_each_store(|server| {
        let ann = server.client().user("ann");
        settled(server, DEFAULT);
        let auditor = server.administrator(DEFAULT, "auditor");
        let document = Client::new(server.url(), None).get("/openapi.json").is(200);
        let words = Operation::ALL.map(|action| json!(action.as_str()));
        for (path, described) in [
            ("/admin/audit".to_owned(), "/api/v1/admin/audit"),
            ("/tenants/default/audit".to_owned(), "/api/v1/tenants/{tenant_id}/audit"),
            (format!("/admin/users/{ann}/audit"), "/api/v1/admin/users/{user_id}/audit"),
            (format!("/tenants/default/users/{ann}/audit"), "/api/v1/tenants/{tenant_id}/users/{user_id}/audit"),
        ] {
            for unknown in ["foo", "", "CREATE", "create,update", "sign_in"] {
                refused(&auditor.get(&format!("{path}?action={unknown}")), "action", "enum");
                refused(&auditor.get(&format!("{path}?action={unknown}&format=csv")), "action", "enum");
            }
            for word in &words {
                let page = auditor.get(&format!("{path}?action={}", word.as_str().unwrap())).is(200);
                assert!(rows(&page).iter().all(|row| row["action"] == *word), "{page}");
            }
            assert!(!rows(&auditor.get(&format!("{path}?action=create")).is(200)).is_empty());
            let parameters = document["paths"][described]["get"]["parameters"].as_array().unwrap();
            let action = parameters.iter().find(|one| one["name"] == "action").unwrap();
            assert_eq!(action["schema"]["enum"], json!(words), "{described}");
        }
        // Tenants add resource types, so any word may be one.
        assert!(rows(&auditor.get("/tenants/default/audit?resource_type=Device").is(200)).is_empty());
    });
}
