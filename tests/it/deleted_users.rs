//! IR-19: deleted users brought back and erased over REST, by whom, and what is recorded of it. What comes back and what is
//! left is tested in `accounts`.

use rollcall::access::{PermissionSet, role};
use serde_json::{Value, json};

use crate::client::{Answer, Client};
use crate::roles::having;
use crate::server::{DEFAULT, Server, for_each_store};
use crate::signed_in::text;

const NOBODY: &str = "0190163d-8694-739b-aea5-966c26f8ad91";

fn ask(client: &Client, user: &str, what: &str) -> Answer {
    client.send("POST", &format!("/tenants/default/users/{user}/{what}"), &[], None)
}

/// A user whom a provisioner made and an administrator deleted.
fn deleted(server: &Server, name: &str) -> String {
    let user = server.client().user(name);
    server.administrator(DEFAULT, "tenant_admin").delete(&format!("/admin/users/{user}")).is(204);
    user
}

#[test]
fn ir19_a_deleted_user_is_brought_back_or_erased_over_rest() {
    for_each_store(|server| {
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let ann = server.client().user("ann");
        let rows = server.journal(DEFAULT).len();
        for what in ["restore", "erase"] {
            assert_eq!(ask(&admin, &ann, what).is(409)["code"], "not_deleted");
            ask(&admin, NOBODY, what).is(404);
            ask(&admin, "ann", what).is(404);
        }
        assert_eq!(server.journal(DEFAULT).len(), rows, "a refusal writes nothing");
        admin.delete(&format!("/admin/users/{ann}")).is(204);
        admin.get(&format!("/admin/users/{ann}")).is(404);
        let taker = server.client().user("ANN");
        assert_eq!(ask(&admin, &ann, "restore").is(409)["code"], "taken");
        admin.delete(&format!("/admin/users/{taker}")).is(204);
        let shown = ask(&admin, &ann, "restore").is(200)["data"].clone();
        assert_eq!((&shown["id"], &shown["username"]), (&json!(ann), &json!("ann")));
        assert_eq!(admin.get(&format!("/tenants/default/users/{ann}")).is(200)["data"], shown);
        admin.delete(&format!("/admin/users/{ann}")).is(204);
        assert_eq!(ask(&admin, &ann, "erase").is(204), Value::Null);
        for what in ["restore", "erase"] {
            ask(&admin, &ann, what).is(404);
        }
        let told: Vec<_> = server.journal(DEFAULT).into_iter().filter(|row| row.resource_id == ann).collect();
        let told: Vec<_> = told.iter().map(|row| (row.operation.as_str(), row.actor.0.as_str())).collect();
        let by_person = ["delete", "restore", "delete", "erase"].map(|operation| (operation, "user"));
        assert_eq!(told[1..], by_person, "{told:?}");
    });
}

#[test]
fn ir19_whoever_held_more_is_neither_brought_back_nor_erased_by_less() {
    for_each_store(|server| {
        let (owner, scim) = (server.owner(), server.client());
        let all = role::built_in("tenant_admin").unwrap().permissions();
        let without = all.without(PermissionSet::of([rollcall::access::Permission::ExportsMake]));
        let small = having(server, &without.iter().collect::<Vec<_>>());
        let tenant = server.tenant(DEFAULT).id;
        // By a grant of its own, by a group, by an org unit.
        let [own, grouped, housed] = ["own", "grouped", "housed"].map(|name| scim.user(name));
        server.grant(tenant, &own, "auditor", None);
        let crew = owner.post("/tenants/default/groups", &json!({ "name": "crew" })).is(201)["data"]["id"].clone();
        let subject = json!({ "type": "group", "id": crew });
        owner.post("/tenants/default/grants", &json!({ "subject": subject, "role": "auditor" })).is(201);
        let members = format!("/tenants/default/groups/{}/members", crew.as_str().unwrap());
        owner.post(&members, &json!({ "members": [grouped] })).is(204);
        let unit = server.unit(DEFAULT, "Sales", None);
        server.put_into(&housed, &unit, true);
        server.grant_to_unit(DEFAULT, &unit.id, "auditor");
        for user in [&own, &grouped, &housed] {
            owner.delete(&format!("/admin/users/{user}")).is(204);
            let rows = server.journal(DEFAULT).len();
            for what in ["restore", "erase"] {
                assert_eq!(ask(&small, user, what).is(403)["code"], "mightier_user", "{what}");
            }
            assert_eq!(server.journal(DEFAULT).len(), rows);
            ask(&owner, user, "restore").is(200);
        }
        let plain = deleted(server, "plain");
        ask(&small, &plain, "restore").is(200);
    });
}

#[test]
fn ir19_restoring_and_erasing_ask_for_their_permission_the_whole_tenant_and_a_fresh_proof() {
    for_each_store(|server| {
        let ann = deleted(server, "ann");
        let all = role::built_in("tenant_admin").unwrap().permissions();
        let unit = server.unit(DEFAULT, "Sales", None);
        let of_unit = server.unit_administrator(DEFAULT, "tenant_admin", &unit);
        for (what, needed) in [
            ("restore", rollcall::access::Permission::UsersDelete),
            ("erase", rollcall::access::Permission::UsersErase),
        ] {
            let less = all.without(PermissionSet::of([needed]));
            let lacking = having(server, &less.iter().collect::<Vec<_>>());
            assert_eq!(ask(&lacking, &ann, what).is(403)["code"], "insufficient_scope");
            ask(&of_unit, &ann, what).is(403);
            ask(&server.administrator("other", "tenant_admin"), &ann, what).is(404);
        }
        server.newcomer(DEFAULT, "admin@example.org", "tenant_admin");
        let session = server.tokens_of(DEFAULT, "admin@example.org");
        server.clock.advance(15 * 60);
        let refresh = json!({ "refresh_token": text(&session, "refresh_token") });
        let next = server.rest(None).post("/auth/refresh", &refresh).is(200);
        let stale = server.rest(Some(text(&next, "access_token")));
        for what in ["restore", "erase"] {
            assert_eq!(ask(&stale, &ann, what).is(401)["code"], "step_up");
        }
        ask(&server.administrator(DEFAULT, "tenant_admin"), &ann, "erase").is(204);
    });
}
