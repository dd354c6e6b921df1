//! Known fault `same_guard_all_doors`: an effect is refused to the same actors by whatever door they come. One row an
//! effect, one column a door; whoever adds a door adds a column.

use serde_json::{Value, json};

use crate::client::{Client, group, id, values};
use crate::roles::having;
use crate::server::{DEFAULT, Server, for_each_store};
use rollcall::access::Permission::{
    GrantsWrite, GroupsRead, GroupsWrite, MembersWrite, RolesRead, RolesWrite, UsersDelete, UsersRead, UsersStatus,
    UsersWrite,
};

const BULK: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";

/// What is guarded: somebody mighty, a group that makes mighty, and what would be changed.
struct World {
    /// A user who has a role over the tenant.
    mighty: String,
    /// A user who has none.
    plain: String,
    /// A group whose members reach every tenant of a partner.
    guarded: String,
    /// A group that is in the former.
    within: String,
    /// A group of no connection whose members have a role over the tenant.
    local: String,
    scim: Client,
    /// Somebody with the permissions that the effects ask for, and without those of the mighty.
    small: Client,
}

fn world(server: &Server) -> World {
    let scim = server.client();
    let (mighty, plain) = (scim.user("mighty@x.test"), scim.user("plain"));
    let within = scim.group("within", &[]);
    let guarded = scim.group("guarded", &[&within]);
    let partner = server.partner_of(DEFAULT).to_string();
    let owner = server.owner();
    let grants = "/tenants/default/grants";
    owner.post(grants, &json!({ "subject": { "type": "user", "id": mighty }, "role": "auditor" })).is(201);
    let local = id(&owner.post("/tenants/default/groups", &json!({ "name": "local" })).is(201)["data"]);
    owner.post(grants, &json!({ "subject": { "type": "group", "id": local }, "role": "auditor" })).is(201);
    let scope = json!({ "type": "partner", "id": partner });
    let subject = json!({ "type": "group", "id": guarded });
    owner.post(grants, &json!({ "subject": subject, "role": "viewer", "scope": scope })).is(201);
    let held = [
        UsersRead,
        UsersWrite,
        UsersDelete,
        UsersStatus,
        GroupsRead,
        GroupsWrite,
        MembersWrite,
        RolesRead,
        RolesWrite,
        GrantsWrite,
    ];
    World { mighty, plain, guarded, within, local, scim, small: having(server, &held) }
}

/// The status of one operation by `/Bulk`.
fn bulk(client: &Client, method: &str, path: &str, data: Value) -> u16 {
    let mut operation = json!({ "method": method, "path": path, "bulkId": "1" });
    if !data.is_null() {
        operation["data"] = data;
    }
    let answer = client.post("/Bulk", &json!({ "schemas": [BULK], "Operations": [operation] })).is(200);
    answer["Operations"][0]["status"].as_str().unwrap().parse().unwrap()
}

fn add(id: &str) -> Value {
    crate::client::patch(json!([{ "op": "add", "path": "members", "value": values(&[id]) }]))
}

/// A door to an effect: its name, and the status that comes out of it.
type Door = (&'static str, fn(&World) -> u16);

/// Each effect with its doors. All of them must refuse.
const EFFECTS: &[(&str, &[Door])] = &[
    (
        "add member",
        &[
            ("SCIM PATCH", |world| {
                world.scim.send("PATCH", &format!("/Groups/{}", world.guarded), &[], Some(&add(&world.plain))).status
            }),
            ("SCIM PUT", |world| {
                let body = group("guarded", &[&world.within, &world.plain]);
                world.scim.put(&format!("/Groups/{}", world.guarded), &body).status
            }),
            ("SCIM Bulk", |world| bulk(&world.scim, "PATCH", &format!("/Groups/{}", world.guarded), add(&world.plain))),
            ("SCIM PATCH of a group within", |world| {
                world.scim.send("PATCH", &format!("/Groups/{}", world.within), &[], Some(&add(&world.plain))).status
            }),
            ("SCIM PUT of a group within", |world| {
                world.scim.put(&format!("/Groups/{}", world.within), &group("within", &[&world.plain])).status
            }),
            ("REST user with groups", |world| {
                let body = json!({ "email": "new@x.test", "send_welcome_email": false, "group_ids": [world.local] });
                world.small.post("/tenants/default/users", &body).status
            }),
            ("REST member", |world| {
                let path = format!("/tenants/default/groups/{}/members", world.local);
                world.small.post(&path, &json!({ "members": [world.plain] })).status
            }),
        ],
    ),
    (
        "nest a group",
        &[("SCIM PATCH", |world| {
            let crew = world.scim.group("crew", &[&world.plain]);
            world.scim.send("PATCH", &format!("/Groups/{}", world.guarded), &[], Some(&add(&crew))).status
        })],
    ),
    (
        "delete a group that has a role",
        &[("REST", |world| world.small.delete(&format!("/tenants/default/groups/{}", world.local)).status)],
    ),
    (
        "delete",
        &[
            ("SCIM DELETE", |world| world.scim.delete(&format!("/Users/{}", world.mighty)).status),
            ("SCIM Bulk", |world| bulk(&world.scim, "DELETE", &format!("/Users/{}", world.mighty), Value::Null)),
            ("REST over tenants", |world| world.small.delete(&format!("/admin/users/{}", world.mighty)).status),
            ("REST", |world| {
                let path = format!("/tenants/default/users/{}?confirm_email=mighty@x.test", world.mighty);
                world.small.delete(&path).status
            }),
        ],
    ),
    (
        "change e-mail",
        &[
            ("REST over tenants", |world| {
                let body = json!({ "email": "evil@x.test" });
                world.small.send("PATCH", &format!("/admin/users/{}", world.mighty), &[], Some(&body)).status
            }),
            ("REST", |world| {
                let body = json!({ "email": "evil@x.test" });
                world.small.send("PATCH", &format!("/tenants/default/users/{}", world.mighty), &[], Some(&body)).status
            }),
        ],
    ),
    (
        "change user name",
        &[
            ("SCIM PATCH", |world| {
                let rename = json!([{ "op": "replace", "path": "userName", "value": "evil" }]);
                world.scim.patch(&format!("/Users/{}", world.mighty), rename).status
            }),
            ("REST", |world| {
                let body = json!({ "username": "evil" });
                world.small.send("PATCH", &format!("/tenants/default/users/{}", world.mighty), &[], Some(&body)).status
            }),
        ],
    ),
    (
        "disable",
        &[("REST", |world| {
            let path = format!("/tenants/default/users/{}/status", world.mighty);
            world.small.put(&path, &json!({ "status": "DISABLED" })).status
        })],
    ),
    (
        "grant role",
        &[
            ("REST grant", |world| {
                let body = json!({ "subject": { "type": "user", "id": world.plain }, "role": "auditor" });
                world.small.post("/tenants/default/grants", &body).status
            }),
            ("REST grant to a group", |world| {
                let body = json!({ "subject": { "type": "group", "id": world.within }, "role": "auditor" });
                world.small.post("/tenants/default/grants", &body).status
            }),
            ("REST role", |world| {
                let body = json!({ "key": "x", "name": "X", "inherits": ["auditor"] });
                world.small.post("/tenants/default/roles", &body).status
            }),
        ],
    ),
];

#[test]
fn same_guard_all_doors() {
    for_each_store(|server| {
        let world = world(server);
        for (effect, doors) in EFFECTS {
            for (door, pass) in *doors {
                let before = state(server, &world);
                assert_eq!(pass(&world), 403, "{effect} by {door}");
                if *effect != "nest a group" {
                    assert_eq!(state(server, &world), before, "{effect} by {door} changed something");
                }
            }
        }
        // The guard lets others through by the same doors.
        let free = world.scim.group("free", &[]);
        let path = format!("/Groups/{free}");
        world.scim.send("PATCH", &path, &[], Some(&add(&world.plain))).is(200);
        assert_eq!(bulk(&world.scim, "PATCH", &path, add(&world.mighty)), 200);
        world.scim.delete(&format!("/Users/{}", world.plain)).is(204);
    });
}

fn state(server: &Server, world: &World) -> (usize, String) {
    (server.journal(DEFAULT).len(), world.scim.get(&format!("/Groups/{}", world.guarded)).text)
}
