//! The source lock: what the source of a user owns is written by the source, by whatever door others come. One row an effect,
//! one column a door; whoever adds a door through which attributes are written adds a column.

use rollcall::access::{Connection, Profile};
use rollcall::directory::log::Wanted;
use serde_json::{Value, json};

use crate::client::{Answer, Client, ENTERPRISE, USER, id, patch};
use crate::identity::{identities, local, provider};
use crate::server::{DEFAULT, Server, for_each_store};

const BULK: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
const URN: &str = "urn:example:params:scim:schemas:Badge";

/// A user whom one connection made and another one adopted, and who comes to write.
struct World {
    user: String,
    admin: Client,
    owner: Client,
    /// Made the user.
    hr: Client,
    /// Adopted it.
    crm: Client,
}

fn world(server: &Server) -> World {
    let admin = server.administrator(DEFAULT, "tenant_admin");
    let (hr, crm) = (server.connect(DEFAULT, "hr"), server.connection(DEFAULT, "crm", Profile::Tolerant));
    let user = hr.user("ann");
    let client = adopting(server, &admin, &crm, &user);
    World { user, admin, owner: server.owner(), hr, crm: client }
}

/// Lets a connection adopt a user that others claim.
fn adopting(server: &Server, admin: &Client, connection: &Connection, user: &str) -> Client {
    let client = server.client_of(connection);
    let title = json!([{ "op": "replace", "path": "title", "value": "Dr" }]);
    client.patch(&format!("/Users/{user}"), title.clone()).refuses(403);
    let decision = json!({ "connection_id": connection.id.to_string(), "user_ids": [user], "decision": "approve" });
    admin.post("/tenants/default/adoptions/decide", &decision).is(200);
    client.patch(&format!("/Users/{user}"), title).is(200);
    client
}

fn lock(server: &Server, how: &str) {
    let body = json!({ "source_lock": how });
    server.owner().send("PATCH", "/tenants/default/settings", &[], Some(&body)).is(200);
}

fn update(client: &Client, path: &str, body: &Value) -> Answer {
    client.send("PATCH", path, &[], Some(body))
}

/// What is written, by its REST and its SCIM name, with a value that is new each time.
type Effect = (&'static str, &'static str, fn(usize) -> Value);

const EFFECTS: &[Effect] = &[
    ("display_name", "displayName", |n| json!(format!("Ann {n}"))),
    ("first_name", "name", |n| json!(format!("Ann {n}"))),
    ("username", "userName", |n| json!(format!("ann{n}"))),
    ("email", "emails", |n| json!(format!("ann{n}@x.test"))),
    ("phone", "phoneNumbers", |n| json!(format!("+3312345{n:04}"))),
    ("timezone", "timezone", |n| json!(format!("Etc/GMT+{}", n % 11))),
];

fn scim_value(effect: &Effect, n: usize) -> Value {
    match effect.1 {
        "name" => json!({ "givenName": effect.2(n) }),
        "emails" | "phoneNumbers" => json!([{ "value": effect.2(n), "primary": true }]),
        _ => effect.2(n),
    }
}

fn operation(effect: &Effect, n: usize) -> Value {
    json!([{ "op": "replace", "path": effect.1, "value": scim_value(effect, n) }])
}

/// A door: its name, whether it speaks SCIM, and who goes through it.
type Door = (&'static str, bool, fn(&World, &Effect, usize) -> (u16, Value, Option<String>));

fn told(answer: &Answer) -> (u16, Value, Option<String>) {
    (answer.status, answer.json(), answer.header("x-source-lock").map(str::to_owned))
}

const DOORS: &[Door] = &[
    ("REST", false, |world, effect, n| {
        let path = format!("/tenants/default/users/{}", world.user);
        told(&update(&world.admin, &path, &json!({ effect.0: effect.2(n) })))
    }),
    ("REST over tenants", false, |world, effect, n| {
        told(&update(&world.owner, &format!("/admin/users/{}", world.user), &json!({ effect.0: effect.2(n) })))
    }),
    ("SCIM PATCH of another connection", true, |world, effect, n| {
        told(&world.crm.patch(&format!("/Users/{}", world.user), operation(effect, n)))
    }),
    ("SCIM PUT of another connection", true, |world, effect, n| {
        let path = format!("/Users/{}", world.user);
        let mut body = world.crm.get(&path).is(200);
        body[effect.1] = scim_value(effect, n);
        told(&world.crm.put(&path, &body))
    }),
    ("SCIM Bulk of another connection", true, |world, effect, n| {
        let path = format!("/Users/{}", world.user);
        let operation = json!({ "method": "PATCH", "path": path, "data": patch(operation(effect, n)) });
        let answer = world.crm.post("/Bulk", &json!({ "schemas": [BULK], "Operations": [operation] })).is(200);
        let one = &answer["Operations"][0];
        (one["status"].as_str().unwrap().parse().unwrap(), one["response"].clone(), None)
    }),
];

/// The journal's last row of the user: its reason.
fn reason(server: &Server, user: &str) -> Option<String> {
    let mut rows = server.journal(DEFAULT).into_iter().filter(|row| row.resource_id == user);
    rows.next_back().unwrap().reason
}

#[test]
fn ir12_the_source_lock_holds_at_every_door() {
    for_each_store(|server| {
        let world = world(server);
        let mut n = 0;
        for how in ["off", "warn", "enforce"] {
            lock(server, how);
            for effect in EFFECTS {
                for (door, speaks_scim, pass) in DOORS {
                    n += 1;
                    let (rows, before) =
                        (server.journal(DEFAULT).len(), world.hr.get(&format!("/Users/{}", world.user)));
                    let (status, body, header) = pass(&world, effect, n);
                    let what = format!("{} by {door}, {how}: {body}", effect.0);
                    if how == "enforce" {
                        assert_eq!(status, if *speaks_scim { 403 } else { 409 }, "{what}");
                        assert_eq!(server.journal(DEFAULT).len(), rows, "{what}");
                        assert_eq!(world.hr.get(&format!("/Users/{}", world.user)).text, before.text, "{what}");
                        let detail = body["detail"].as_str().unwrap();
                        let named = ["source_locked", "SCIM", effect.1].iter().all(|word| detail.contains(word));
                        assert!(named && (*speaks_scim || body["code"] == "source_locked"), "{what}");
                        if !speaks_scim {
                            assert_eq!(
                                (&body["source"], &body["attribute"]),
                                (&json!("SCIM"), &json!(effect.1)),
                                "{what}"
                            );
                        }
                        continue;
                    }
                    assert_eq!(status, 200, "{what}");
                    assert_eq!(server.journal(DEFAULT).len(), rows + 1, "{what}");
                    let said = reason(server, &world.user);
                    if how == "off" {
                        assert_eq!((said, header), (None, None), "{what}");
                        continue;
                    }
                    assert!(said.is_some_and(|said| said.contains("SCIM") && said.contains(effect.1)), "{what}");
                    if !speaks_scim {
                        let expected = format!("warn; source=SCIM; attributes=\"{}\"", effect.1);
                        assert_eq!(header, Some(expected), "{what}");
                    } else if !door.contains("Bulk") {
                        let log = server.log(DEFAULT, Wanted::default());
                        let words = log.iter().rev().find_map(|row| row.tolerated.clone()).unwrap();
                        assert!(words.contains("source_lock"), "{what}: {words}");
                    }
                }
            }
        }
        // The connection that owns the user is never locked, and what stays as it was is refused to nobody.
        world.hr.patch(&format!("/Users/{}", world.user), operation(&EFFECTS[0], n + 1)).is(200);
        let same = json!({ "display_name": format!("Ann {}", n + 1) });
        let same = update(&world.admin, &format!("/tenants/default/users/{}", world.user), &same);
        assert_eq!((same.is(200)["data"]["id"].clone(), same.header("x-source-lock")), (json!(world.user), None));
    });
}

/// A connection without a link would adopt by its first write: that is locked too, and nothing of it stays.
#[test]
fn ir12_the_source_lock_holds_for_who_would_adopt() {
    for_each_store(|server| {
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let (ann, oidc) = (local(&admin, "ann"), provider(&admin, "OIDC", "Login"));
        admin.post(&identities(&ann), &json!({ "provider_id": oidc, "subject": "1" })).is(201);
        admin.get("/admin/users/identity-source/mismatches?tenant_id=default&fix=true").is(200);
        lock(server, "enforce");
        let crm = server.connection(DEFAULT, "crm", Profile::Tolerant);
        let client = server.client_of(&crm);
        let path = format!("/Users/{ann}");
        client.patch(&path, json!([{ "op": "replace", "path": "displayName", "value": "x" }])).refuses(403);
        let decision = json!({ "connection_id": crm.id.to_string(), "user_ids": [ann], "decision": "approve" });
        admin.post("/tenants/default/adoptions/decide", &decision).is(200);
        let locked =
            client.patch(&path, json!([{ "op": "replace", "path": "displayName", "value": "x" }])).refuses(403);
        assert!(locked.contains("source_locked") && locked.contains("OIDC"), "{locked}");
        assert_eq!(admin.get(&identities(&ann)).is(200)["data"].as_array().unwrap().len(), 1);
        // What a provider does not say of its people is anybody's to write.
        client.patch(&path, json!([{ "op": "replace", "path": "title", "value": "Dr" }])).is(200);
        // A connection that provisions for the provider is the same authority.
        let named = format!("/tenants/default/identity-providers/{oidc}/connections/{}", crm.id);
        assert!(admin.send("PUT", &named, &[], None).status < 300);
        client.patch(&path, json!([{ "op": "replace", "path": "displayName", "value": "x" }])).is(200);
    });
}

#[test]
fn ir12_local_users_and_those_whose_source_is_gone_are_not_locked() {
    for_each_store(|server| {
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let hr = server.connection(DEFAULT, "hr", Profile::Tolerant);
        let (ann, bob) = (local(&admin, "ann"), server.client_of(&hr).user("bob"));
        lock(server, "enforce");
        let write = |user: &str, body: Value| update(&admin, &format!("/tenants/default/users/{user}"), &body);
        write(&ann, json!({ "email": "new@x.test", "username": "anna" })).is(200);
        assert_eq!(write(&bob, json!({ "display_name": "Bob" })).is(409)["code"], "source_locked");
        server.delete_connection(&hr);
        write(&bob, json!({ "display_name": "Bob" })).is(200);
    });
}

/// The tenant's own attributes are nobody's until a connection writes one.
#[test]
fn ir12_the_tenants_own_attributes_belong_to_who_wrote_them() {
    for_each_store(|server| {
        let attribute = |name: &str| json!({ "name": name, "type": "string" });
        let schema = json!({ "id": URN, "name": "Badge", "attributes": [attribute("badge"), attribute("desk")] });
        let admin = server.administrator(DEFAULT, "tenant_admin");
        admin.post("/tenants/default/schemas", &schema).is(201);
        admin.put(&format!("/tenants/default/resource-types/User/extensions/{URN}"), &json!({})).is(204);
        let (hr, admin) = (server.connect(DEFAULT, "hr"), server.administrator(DEFAULT, "tenant_admin"));
        let body = json!({ "schemas": [USER, URN], "userName": "ann", URN: { "badge": "1" } });
        let ann = id(&hr.post("/Users", &body).is(201));
        lock(server, "enforce");
        let write = |values: Value| {
            update(&admin, &format!("/tenants/default/users/{ann}"), &json!({ "custom_attributes": values }))
        };
        let refused = write(json!({ "badge": "2" })).is(409);
        assert_eq!(refused["attribute"], format!("{URN}:badge"));
        write(json!({ "desk": "7" })).is(200);
        write(json!({ "desk": "8" })).is(200);
        let desk = json!([{ "op": "replace", "path": format!("{URN}:desk"), "value": "9" }]);
        hr.patch(&format!("/Users/{ann}"), desk).is(200);
        assert_eq!(write(json!({ "desk": "8" })).is(409)["code"], "source_locked");
        let department = json!([{ "op": "add", "path": format!("{ENTERPRISE}:department"), "value": "x" }]);
        hr.patch(&format!("/Users/{ann}"), department).is(200);
    });
}
