//! The roles of a tenant by REST.

use rollcall::access::role::{BUILT_IN, BuiltIn};
use rollcall::access::{Held, Permission, PermissionSet, Scope, Tier};
use serde_json::{Value, json};

use crate::client::Client;
use crate::server::{DEFAULT, Server, for_each_store};

const ROLES: &str = "/tenants/default/roles";

/// Somebody of the tenant `default` who has these permissions over it.
pub(crate) fn having(server: &Server, permissions: &[Permission]) -> Client {
    let scope = Scope::Tenant { tenant: server.tenant(DEFAULT).id, partner: None };
    let permissions = PermissionSet::of(permissions.iter().copied());
    server.person(DEFAULT, vec![Held { role: "own".into(), permissions, scope, expires: None }])
}

fn words(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect()
}

#[test]
fn every_permission_is_told_with_a_sentence() {
    for_each_store(|server| {
        let viewer = server.administrator(DEFAULT, "viewer");
        let all = viewer.get("/permissions").is(200);
        let all = all["data"].as_array().unwrap();
        assert_eq!(all.len(), Permission::ALL.len());
        assert_eq!(all[0], json!({ "key": "users.read", "description": "See users." }));
    });
}

#[test]
fn roles_are_made_of_permissions_and_of_other_roles() {
    for_each_store(|server| {
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let desk = json!({ "key": "desk", "name": "Desk", "permissions": ["sessions.read"], "inherits": ["helpdesk"] });
        let made = admin.post(ROLES, &desk).is(201)["data"].clone();
        assert_eq!((&made["built_in"], &made["description"]), (&json!(false), &Value::Null));
        assert_eq!(made["scope_types"], json!(["tenant", "org_unit"]));
        let all = ["users.read", "users.unlock", "passwords.reset", "sessions.read", "mfa.reset"];
        assert_eq!(words(&made["effective_permissions"]), all);
        assert_eq!(words(&made["permissions"]), ["sessions.read"]);
        let lead = json!({ "key": "lead", "name": "Lead", "description": "Leads.", "inherits": ["desk"] });
        admin.post(ROLES, &lead).is(201);
        assert_eq!(words(&admin.get(&format!("{ROLES}/lead")).is(200)["data"]["effective_permissions"]), all);
        let listed = admin.get(&format!("{ROLES}?per_page=3&page=4")).is(200);
        assert_eq!(listed["pagination"]["total_items"], 11);
        assert_eq!((&listed["data"][0]["key"], &listed["data"][1]["key"]), (&json!("desk"), &json!("lead")));
        assert_eq!(admin.get(&format!("{ROLES}/viewer")).is(200)["data"]["built_in"], true);
        // What inherits from it changes with it.
        let change = json!({ "permissions": ["mfa.read"], "description": "Helps." });
        admin.send("PATCH", &format!("{ROLES}/desk"), &[], Some(&change)).is(200);
        let lead = admin.get(&format!("{ROLES}/lead")).is(200);
        assert!(words(&lead["data"]["effective_permissions"]).contains(&"mfa.read"));
        assert!(!words(&lead["data"]["effective_permissions"]).contains(&"sessions.read"));
        // The same again changes nothing.
        let rows = server.journal(DEFAULT).len();
        admin.send("PATCH", &format!("{ROLES}/desk"), &[], Some(&change)).is(200);
        assert_eq!(server.journal(DEFAULT).len(), rows);
        let other = server.administrator("other", "tenant_admin");
        other.get("/tenants/other/roles/desk").is(404);
        other.get(&format!("{ROLES}/desk")).is(404);
    });
}

#[test]
fn what_is_no_role_is_refused_with_its_place() {
    for_each_store(|server| {
        let admin = server.administrator(DEFAULT, "tenant_admin");
        admin.post(ROLES, &json!({ "key": "a", "name": "A" })).is(201);
        admin.post(ROLES, &json!({ "key": "b", "name": "B", "inherits": ["a"] })).is(201);
        let refused = |body: Value, place: Value| {
            let answer = admin.post(ROLES, &body).is(422);
            assert_eq!(answer["detail"][0]["loc"], place, "{answer}");
        };
        refused(json!({ "name": "X" }), json!(["body", "key"]));
        refused(json!({ "key": "Upper", "name": "X" }), json!(["body", "key"]));
        refused(json!({ "key": "x", "name": "X", "permissions": ["a.b"] }), json!(["body", "permissions", 0]));
        refused(json!({ "key": "x", "name": "X", "permissions": ["tenants.write"] }), json!(["body", "permissions"]));
        refused(json!({ "key": "x", "name": "X", "inherits": ["gone"] }), json!(["body", "inherits"]));
        refused(json!({ "key": "x", "name": "X", "inherits": ["x"] }), json!(["body", "inherits"]));
        refused(json!({ "key": "x", "name": "X", "inherits": ["partner_admin"] }), json!(["body", "inherits"]));
        for key in ["a", "viewer"] {
            assert_eq!(admin.post(ROLES, &json!({ "key": key, "name": "X" })).is(409)["code"], "taken");
        }
        let patch = |key: &str, body: Value| admin.send("PATCH", &format!("{ROLES}/{key}"), &[], Some(&body));
        assert_eq!(patch("a", json!({ "inherits": ["b"] })).is(422)["detail"][0]["loc"], json!(["body", "inherits"]));
        assert_eq!(patch("viewer", json!({ "name": "X" })).is(409)["code"], "built_in");
        patch("gone", json!({ "name": "X" })).is(404);
        assert_eq!(admin.delete(&format!("{ROLES}/viewer")).is(409)["code"], "built_in");
    });
}

#[test]
fn two_roles_are_compared() {
    for_each_store(|server| {
        let viewer = server.administrator(DEFAULT, "tenant_admin");
        let compare = viewer.get(&format!("{ROLES}/compare?from=viewer&to=helpdesk")).is(200)["data"].clone();
        let keys = |list: &Value| -> Vec<String> {
            list.as_array().unwrap().iter().map(|one| one["key"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(keys(&compare["gained"]), ["users.unlock", "passwords.reset", "mfa.reset"]);
        assert_eq!(keys(&compare["lost"]), ["groups.read"]);
        assert!(compare["lost"][0]["description"].as_str().unwrap().ends_with('.'));
        viewer.get(&format!("{ROLES}/compare?from=viewer&to=gone")).is(404);
        viewer.get(&format!("{ROLES}/compare?from=viewer")).is(422);
    });
}

#[test]
fn a_role_in_use_is_deleted_only_when_that_is_forced() {
    for_each_store(|server| {
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let user = server.client().user("ann");
        admin.post(ROLES, &json!({ "key": "a", "name": "A", "permissions": ["users.read"] })).is(201);
        admin.post(ROLES, &json!({ "key": "b", "name": "B", "inherits": ["a"] })).is(201);
        let grant = json!({ "subject": { "type": "user", "id": user }, "role": "a" });
        admin.post("/tenants/default/grants", &grant).is(201);
        let refused = admin.delete(&format!("{ROLES}/a")).is(409);
        assert_eq!((&refused["code"], &refused["grants"]), (&json!("in_use"), &json!(1)));
        assert_eq!(refused["inherited_by"], json!(["b"]));
        admin.delete(&format!("{ROLES}/a?force=true")).is(204);
        admin.get(&format!("{ROLES}/a")).is(404);
        assert_eq!(admin.get(&format!("{ROLES}/b")).is(200)["data"]["inherits"], json!([]));
        assert_eq!(admin.get("/tenants/default/grants").is(200)["data"], json!([]));
        let journal = server.journal(DEFAULT);
        let rows = journal.iter().map(|row| (row.resource_type.as_str(), row.operation.as_str()));
        let rows: Vec<_> = rows.rev().take(3).collect();
        assert_eq!(rows, [("Role", "delete"), ("Grant", "delete"), ("Role", "update")], "who lost it is told");
    });
}

/// IR-3: whoever edits a role holds what it allows, before and after.
#[test]
fn nobody_makes_changes_or_deletes_a_role_that_allows_more_than_they_may() {
    for_each_store(|server| {
        use Permission::{AuditRead, RolesRead, RolesWrite, UsersRead};
        let admin = server.administrator(DEFAULT, "tenant_admin");
        admin.post(ROLES, &json!({ "key": "strong", "name": "S", "permissions": ["users.erase"] })).is(201);
        admin.post(ROLES, &json!({ "key": "weak", "name": "W", "permissions": ["users.read"] })).is(201);
        let small = having(server, &[RolesRead, RolesWrite, UsersRead, AuditRead]);
        let rows = server.journal(DEFAULT).len();
        let patch = |key: &str, body: Value| small.send("PATCH", &format!("{ROLES}/{key}"), &[], Some(&body));
        for answer in [
            small.post(ROLES, &json!({ "key": "x", "name": "X", "permissions": ["users.erase"] })),
            small.post(ROLES, &json!({ "key": "x", "name": "X", "inherits": ["strong"] })),
            small.post(ROLES, &json!({ "key": "x", "name": "X", "inherits": ["helpdesk"] })),
            patch("weak", json!({ "permissions": ["users.read", "users.erase"] })),
            patch("weak", json!({ "inherits": ["strong"] })),
            patch("strong", json!({ "permissions": ["users.read"] })),
            small.delete(&format!("{ROLES}/strong")),
        ] {
            assert_eq!(answer.is(403)["code"], "upward_grant");
        }
        assert_eq!(server.journal(DEFAULT).len(), rows);
        patch("weak", json!({ "permissions": ["users.read", "audit.read"] })).is(200);
        small.delete(&format!("{ROLES}/weak")).is(204);
        // Over an org unit alone nobody changes roles of the tenant.
        let unit = server.unit(DEFAULT, "Sales", None);
        let local = server.unit_administrator(DEFAULT, "tenant_admin", &unit);
        local.post(ROLES, &json!({ "key": "x", "name": "X" })).is(403);
    });
}

#[test]
fn the_built_in_roles_are_described_as_they_are() {
    let row = |role: &BuiltIn| {
        let allows: Vec<&str> = role.permissions().iter().map(Permission::as_str).collect();
        format!("| `{}` | {} | {} |\n", role.key, role.tier.map_or("any", Tier::as_str), allows.join(", "))
    };
    let table: String = BUILT_IN.iter().map(row).collect();
    let described = include_str!("../../docs/authorization.md");
    assert!(described.contains(&table), "docs/authorization.md must say\n{table}");
}
