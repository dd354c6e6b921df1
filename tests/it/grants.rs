//! Grants by REST: who has which roles, how far, and for how long.

use rollcall::access::Permission::{GrantsWrite, RolesRead, UsersRead};
use serde_json::{Value, json};

use crate::client::{Answer, Client, id};
use crate::roles::having;
use crate::server::{DEFAULT, for_each_store};

const GRANTS: &str = "/tenants/default/grants";
const NOBODY: &str = "0190163d-8694-739b-aea5-966c26f8ad91";

/// Grants a role over the tenant.
fn give(client: &Client, kind: &str, id: &str, role: &str) -> Answer {
    client.post(GRANTS, &json!({ "subject": { "type": kind, "id": id }, "role": role }))
}

/// Grants a role over a scope.
fn give_over(client: &Client, user: &str, role: &str, scope: Value) -> Answer {
    client.post(GRANTS, &json!({ "subject": { "type": "user", "id": user }, "role": role, "scope": scope }))
}

/// What a user has: the role, and through whom.
fn held(client: &Client, user: &str) -> Vec<(String, String)> {
    let all = client.get(&format!("/tenants/default/users/{user}/grants")).is(200);
    let one = |grant: &Value| {
        let through = grant["inherited_from"]["name"].as_str().unwrap_or_default().to_owned();
        (grant["role"].as_str().unwrap().to_owned(), through)
    };
    all["data"].as_array().unwrap().iter().map(one).collect()
}

fn pair(role: &str, through: &str) -> (String, String) {
    (role.to_owned(), through.to_owned())
}

#[test]
fn a_role_is_granted_shown_and_taken_back() {
    for_each_store(|server| {
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let user = server.client().user("ann");
        let rows = server.journal(DEFAULT).len();
        let made = give(&admin, "user", &user, "helpdesk").is(201)["data"].clone();
        assert_eq!(made["subject"], json!({ "type": "user", "id": user }));
        assert_eq!(made["scope"], json!({ "type": "tenant", "id": server.tenant(DEFAULT).id.to_string() }));
        assert_eq!(
            (&made["origin"], &made["active"], &made["expires_at"]),
            (&json!("direct"), &json!(true), &Value::Null)
        );
        assert!(made["created_by"].as_str().unwrap().starts_with("user:"));
        assert_eq!(give(&admin, "user", &user, "helpdesk").is(409)["code"], "taken");
        let listed = admin.get(GRANTS).is(200);
        assert_eq!(listed["pagination"]["total_items"], 1);
        assert_eq!(listed["data"][0]["subject"]["name"], "ann");
        for (query, found) in [
            (format!("subject_id={user}"), 1),
            ("role=helpdesk".to_owned(), 1),
            ("role=viewer".to_owned(), 0),
            (format!("scope_type=tenant&scope_id={}", server.tenant(DEFAULT).id), 1),
            ("scope_type=platform".to_owned(), 0),
        ] {
            assert_eq!(admin.get(&format!("{GRANTS}?{query}")).is(200)["pagination"]["total_items"], found, "{query}");
        }
        admin.get(&format!("{GRANTS}?scope_type=tenant")).is(422);
        assert_eq!(held(&admin, &user), [pair("helpdesk", "")]);
        let path = format!("{GRANTS}/{}", id(&made));
        server.administrator("other", "tenant_admin").delete(&path.replace("default", "other")).is(404);
        admin.delete(&path).is(204);
        admin.delete(&path).is(404);
        assert_eq!(held(&admin, &user), []);
        let journal = server.journal(DEFAULT);
        let kinds: Vec<_> = journal[rows..].iter().map(|row| (&*row.resource_type, &*row.operation)).collect();
        assert_eq!(kinds, [("Grant", "create"), ("Grant", "delete")]);
    });
}

#[test]
fn what_cannot_be_granted_is_refused_with_its_place() {
    for_each_store(|server| {
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let user = server.client().user("ann");
        for (subject, role) in [(NOBODY, "viewer"), (&*server.connect("other", "hr").user("bob"), "viewer")] {
            give(&admin, "user", subject, role).is(404);
        }
        let place = |answer: Answer| answer.is(422)["detail"][0]["loc"].clone();
        assert_eq!(place(give(&admin, "user", &user, "gone")), json!(["body", "role"]));
        assert_eq!(place(give(&admin, "cat", &user, "viewer")), json!(["body", "subject", "type"]));
        assert_eq!(place(give(&admin, "user", &user, "partner_admin")), json!(["body", "scope"]));
        assert_eq!(
            place(give_over(&admin, &user, "viewer", json!({ "type": "partner" }))),
            json!(["body", "scope", "id"])
        );
        give_over(&admin, &user, "viewer", json!({ "type": "org_unit", "id": NOBODY })).is(404);
        give_over(&admin, &user, "viewer", json!({ "type": "partner", "id": NOBODY })).is(404);
        let past = json!({ "subject": { "type": "user", "id": user }, "role": "viewer", "expires_at": "2020-01-01T00:00:00Z" });
        assert_eq!(place(admin.post(GRANTS, &past)), json!(["body", "expires_at"]));
        // A role of a tenant reaches no further than that.
        admin.post("/tenants/default/roles", &json!({ "key": "own", "name": "Own" })).is(201);
        let other = server.tenant("other").id.to_string();
        let owner = server.owner();
        assert_eq!(
            place(give_over(&owner, &user, "own", json!({ "type": "tenant", "id": other }))),
            json!(["body", "scope"])
        );
        assert_eq!(place(give_over(&owner, &user, "own", json!({ "type": "platform" }))), json!(["body", "scope"]));
        let group = server.client().group("crew", &[]);
        let body = json!({ "subject": { "type": "group", "id": group }, "role": "platform_owner", "scope": { "type": "platform" } });
        assert_eq!(place(owner.post(GRANTS, &body)), json!(["body", "subject"]));
    });
}

/// Known fault `no_upward_grant`: by a grant.
#[test]
fn no_upward_grant() {
    for_each_store(|server| {
        let user = server.client().user("ann");
        let small = having(server, &[UsersRead, RolesRead, GrantsWrite]);
        let rows = server.journal(DEFAULT).len();
        let unit = server.unit(DEFAULT, "Sales", None);
        let local = server.unit_administrator(DEFAULT, "tenant_admin", &unit);
        server.put_into(&user, &unit, true);
        let admin = server.administrator(DEFAULT, "tenant_admin");
        for (client, role, scope, status) in [
            (&small, "helpdesk", json!({ "type": "tenant" }), 403),
            (&small, "viewer", json!({ "type": "tenant" }), 403),
            (&local, "viewer", json!({ "type": "tenant" }), 403),
            (&admin, "tenant_admin", json!({ "type": "platform" }), 403),
            (&admin, "platform_owner", json!({ "type": "platform" }), 403),
            // What lies in another tenant is not there at all.
            (&admin, "viewer", json!({ "type": "tenant", "id": server.tenant("other").id.to_string() }), 404),
        ] {
            give_over(client, &user, role, scope).is(status);
        }
        assert_eq!(server.journal(DEFAULT).len(), rows);
        give_over(&local, &user, "tenant_admin", json!({ "type": "org_unit", "id": unit.id })).is(201);
        give_over(&admin, &user, "tenant_admin", json!({ "type": "tenant" })).is(201);
        // Nor does whoever has less touch the roles of who has more.
        let strong = admin.get(&format!("{GRANTS}?role=tenant_admin&scope_type=org_unit&scope_id={}", unit.id)).is(200);
        let path = format!("{GRANTS}/{}", id(&strong["data"][0]));
        assert_eq!(small.delete(&path).is(403)["code"], "mightier_user");
        let weak = json!({ "subject": { "type": "user", "id": user }, "role": "viewer" });
        assert_eq!(small.post(GRANTS, &weak).is(403)["code"], "mightier_user");
    });
}

#[test]
fn an_administrator_of_an_org_unit_grants_to_its_users_alone() {
    for_each_store(|server| {
        let client = server.client();
        let [inside, outside] = ["inside", "outside"].map(|name| client.user(name));
        let unit = server.unit(DEFAULT, "Sales", None);
        let below = server.unit(DEFAULT, "EMEA", Some(&unit));
        server.put_into(&inside, &below, true);
        let local = server.unit_administrator(DEFAULT, "tenant_admin", &unit);
        let over = |user: &str| give_over(&local, user, "manager", json!({ "type": "org_unit", "id": below.id }));
        let made = over(&inside).is(201)["data"].clone();
        over(&outside).is(404);
        let admin = server.administrator(DEFAULT, "tenant_admin");
        assert_eq!(held(&local, &inside), [pair("manager", "")]);
        local.get(&format!("/tenants/default/users/{outside}/grants")).is(404);
        let theirs = id(&give(&admin, "user", &outside, "viewer").is(201)["data"]);
        local.delete(&format!("{GRANTS}/{theirs}")).is(404);
        local.delete(&format!("{GRANTS}/{}", id(&made))).is(204);
        // A list of the tenant is the tenant's.
        local.get(GRANTS).is(403);
    });
}

#[test]
fn roles_come_by_groups_and_org_units_and_go_with_them() {
    for_each_store(|server| {
        let (client, admin) = (server.client(), server.administrator(DEFAULT, "tenant_admin"));
        let user = client.user("ann");
        let inner = client.group("inner", &[&user]);
        let outer = client.group("outer", &[&inner]);
        let unit = server.unit(DEFAULT, "Sales", None);
        let below = server.unit(DEFAULT, "EMEA", Some(&unit));
        server.put_into(&user, &below, false);
        give(&admin, "group", &outer, "analyst").is(201);
        give(&admin, "group", &inner, "helpdesk").is(201);
        give(&admin, "org_unit", &unit.id, "auditor").is(201);
        give(&admin, "user", &user, "viewer").is(201);
        server.clock.advance(1);
        let mut all = held(&admin, &user);
        all.sort();
        let expected =
            [pair("analyst", "outer"), pair("auditor", "Sales"), pair("helpdesk", "inner"), pair("viewer", "")];
        assert_eq!(all, expected);
        client.delete(&format!("/Groups/{outer}")).is(204);
        assert_eq!(held(&admin, &user).len(), 3);
        assert_eq!(admin.get(GRANTS).is(200)["pagination"]["total_items"], 3, "its grants went with it");
        // A user who has roles is deleted by those who have them too, and no provisioner is.
        client.delete(&format!("/Users/{user}")).refuses(403);
    });
}

#[test]
fn a_grant_ends_when_it_says_and_can_be_made_again() {
    for_each_store(|server| {
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let user = server.client().user("ann");
        // An hour after the time at which the clock of a test starts.
        let body = json!({ "subject": { "type": "user", "id": user }, "role": "viewer", "expires_at": "2027-01-15T09:00:00Z" });
        let made = admin.post(GRANTS, &body).is(201)["data"].clone();
        assert_eq!(made["expires_at"], "2027-01-15T09:00:00.000000Z");
        assert_eq!(held(&admin, &user).len(), 1);
        server.clock.advance(3600);
        assert_eq!(held(&admin, &user), []);
        assert_eq!(admin.get(GRANTS).is(200)["data"][0]["active"], false);
        let from = server.journal(DEFAULT).len();
        give(&admin, "user", &user, "viewer").is(201);
        let rows = server.journal(DEFAULT).split_off(from);
        assert_eq!(rows.iter().map(|row| &*row.operation).collect::<Vec<_>>(), ["delete", "create"]);
        assert_eq!(rows[0].resource_id, made["id"].as_str().unwrap(), "the one that ended is recorded as gone");
        assert_eq!(admin.get(GRANTS).is(200)["pagination"]["total_items"], 1);
        assert_eq!(held(&admin, &user).len(), 1);
    });
}

/// What people hold is remembered under versions, which every change of it must raise.
#[test]
fn each_change_of_what_somebody_holds_raises_a_version() {
    for_each_store(|server| {
        let (client, admin) = (server.client(), server.administrator(DEFAULT, "tenant_admin"));
        let (user, outer) = (client.user("ann"), client.group("outer", &[]));
        let inner = client.group("inner", &[&user]);
        let versions = || {
            let of = |table: &str, id: &str| {
                server
                    .database
                    .number(&format!("SELECT grants_version FROM {table} WHERE id = {}", server.database.id(id)))
            };
            of("users", &user) + of("tenant", &server.tenant(DEFAULT).id.to_string())
        };
        let rises = |what: &str, work: &dyn Fn()| {
            let before = versions();
            work();
            assert!(versions() > before, "{what}");
        };
        let grant = |kind: &str, id: &str, role: &str| drop(give(&admin, kind, id, role).is(201));
        rises("a grant", &|| grant("user", &user, "viewer"));
        rises("a grant to a group", &|| grant("group", &outer, "analyst"));
        let members = |operation: &str, id: &str| {
            client
                .patch(
                    &format!("/Groups/{outer}"),
                    json!([{ "op": operation, "path": "members", "value": [{ "value": id }] }]),
                )
                .is(200);
        };
        rises("a member", &|| members("add", &user));
        rises("no member any more", &|| members("remove", &user));
        rises("a group in a group", &|| members("add", &inner));
        rises("no group in a group any more", &|| members("remove", &inner));
        admin.post("/tenants/default/roles", &json!({ "key": "own", "name": "Own" })).is(201);
        grant("user", &user, "own");
        let patch = json!({ "permissions": ["audit.read"] });
        rises("a role", &|| drop(admin.send("PATCH", "/tenants/default/roles/own", &[], Some(&patch)).is(200)));
        rises("a role's end", &|| drop(admin.delete("/tenants/default/roles/own?force=true").is(204)));
        rises("a group's end", &|| drop(client.delete(&format!("/Groups/{outer}")).is(204)));
    });
}

/// The roles of a group go with it, and the journal says so, whichever door deletes it.
#[test]
fn ir19_roles_that_go_with_a_group_are_recorded_as_taken_back() {
    for_each_store(|server| {
        let (scim, owner) = (server.client(), server.owner());
        let local = id(&owner.post("/tenants/default/groups", &json!({ "name": "local" })).is(201)["data"]);
        let provisioned = scim.group("provisioned", &[]);
        let rest = || drop(owner.delete(&format!("/tenants/default/groups/{local}")).is(204));
        let by_scim = || drop(scim.delete(&format!("/Groups/{provisioned}")).is(204));
        for (group, delete) in [(&local, &rest as &dyn Fn()), (&provisioned, &by_scim)] {
            let grants = ["viewer", "analyst"].map(|role| id(&give(&owner, "group", group, role).is(201)["data"]));
            let from = server.journal(DEFAULT).len();
            delete();
            let rows: Vec<_> = server.journal(DEFAULT).split_off(from);
            let kinds: Vec<_> = rows.iter().map(|row| (&*row.resource_type, &*row.operation)).collect();
            assert_eq!(kinds, [("Grant", "delete"), ("Grant", "delete"), ("Group", "delete")]);
            assert!(grants.iter().all(|grant| rows.iter().any(|row| row.resource_id == *grant)));
            for row in &rows[..2] {
                let before = row.before.as_ref().unwrap();
                assert_eq!((&before["subject"], &before["subjectType"]), (&json!(group), &json!("group")));
                assert!(before["role"] == "viewer" || before["role"] == "analyst");
                assert_eq!(row.after, None);
                assert_eq!((&row.actor, &row.request_id), (&rows[2].actor, &rows[2].request_id));
            }
        }
    });
}

/// What somebody of another tenant could do in a tenant that is deleted is taken back, over its org units too.
#[test]
fn ir19_roles_over_a_tenant_and_its_units_go_with_it_and_are_recorded() {
    for_each_store(|server| {
        let owner = server.owner();
        let guest = server.client().user("guest");
        let (other, unit) = (server.tenant("other").id.to_string(), server.unit("other", "Sales", None).id);
        let scopes = [json!({ "type": "tenant", "id": other }), json!({ "type": "org_unit", "id": unit })];
        let grants = scopes.map(|scope| {
            let subject = json!({ "type": "user", "id": guest });
            let body = json!({ "subject": subject, "role": "viewer", "scope": scope });
            id(&owner.post("/tenants/default/grants", &body).is(201)["data"])
        });
        let held = || owner.get(&format!("/tenants/default/grants?subject_id={guest}")).is(200)["pagination"].clone();
        assert_eq!(held()["total_items"], 2);
        let from = server.journal(DEFAULT).len();
        owner.delete("/tenants/other?confirm_slug=other").is(204);
        assert_eq!(held()["total_items"], 0);
        let rows = server.journal(DEFAULT).split_off(from);
        let taken =
            |grant: &String| rows.iter().filter(|row| (&row.resource_id, &*row.operation) == (grant, "delete")).count();
        assert_eq!(grants.each_ref().map(taken), [1, 1]);
    });
}
