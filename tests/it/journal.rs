//! The journal: a row for every change that was one, and none for what changed nothing.

use rollcall::access::Profile;
use rollcall::http::Method;
use rollcall::store::journal::Read;
use serde_json::{Value, json};

use crate::client::{Answer, Client, ENTERPRISE, USER, group, id, members, patch, user, values};
use crate::resources::{add_device, device};
use crate::server::{DEFAULT, Server, for_each_store};

/// One run of an endpoint that changes something.
struct Change {
    method: Method,
    /// As in the endpoint table.
    path: &'static str,
    body: fn(&Ids) -> Option<Value>,
    /// The rows it leaves: kind of thing, operation, changed paths.
    rows: &'static [(&'static str, &'static str, &'static [&'static str])],
}

/// What the runs work on.
struct Ids {
    user: String,
    group: String,
    other: String,
    device: String,
}

const CHANGES: &[Change] = &[
    Change {
        method: Method::Post,
        path: "/Users",
        body: |_| Some(json!({ "schemas": [USER], "userName": "new", "externalId": "x" })),
        rows: &[("User", "create", &["userName", "externalId", "active"])],
    },
    Change {
        method: Method::Put,
        path: "/Users/{id}",
        body: |_| Some(json!({ "schemas": [USER], "userName": "ann", "title": "Dr" })),
        rows: &[("User", "update", &["displayName", "title"])],
    },
    Change {
        method: Method::Patch,
        path: "/Users/{id}",
        body: |_| {
            let path = format!("{ENTERPRISE}:department");
            Some(patch(json!([
                { "op": "replace", "path": path, "value": "A" },
                { "op": "replace", "path": "active", "value": false },
            ])))
        },
        rows: &[(
            "User",
            "update",
            &["active", "status", "sessions", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department"],
        )],
    },
    Change {
        method: Method::Post,
        path: "/Groups",
        body: |ids| Some(group("new", &[&ids.user])),
        rows: &[("Group", "create", &["displayName"]), ("Group", "members", &["members"])],
    },
    Change {
        method: Method::Put,
        path: "/Groups/{id}",
        body: |ids| Some(group("renamed", &[&ids.other])),
        rows: &[
            ("Group", "update", &["displayName"]),
            ("Group", "members", &["members"]),
            ("Group", "members", &["members"]),
        ],
    },
    Change {
        method: Method::Patch,
        path: "/Groups/{id}",
        body: |ids| Some(patch(json!([{ "op": "add", "path": "members", "value": [{ "value": ids.user }] }]))),
        rows: &[("Group", "members", &["members"])],
    },
    Change {
        method: Method::Post,
        path: "/Bulk",
        body: |ids| {
            Some(json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": [
                { "method": "POST", "path": "/Users", "bulkId": "1", "data": user("of bulk") },
                { "method": "POST", "path": "/Users", "bulkId": "2", "data": user("OF BULK") },
                { "method": "PUT", "path": format!("/Users/{}", ids.other), "data": user("bob") },
                { "method": "PATCH", "path": format!("/Groups/{}", ids.group),
                  "data": patch(json!([{ "op": "replace", "path": "displayName", "value": "by bulk" }])) },
            ] }))
        },
        rows: &[("User", "create", &["userName", "active"]), ("Group", "update", &["displayName"])],
    },
    Change {
        method: Method::Delete,
        path: "/Users/{id}",
        body: |_| None,
        rows: &[
            ("Group", "members", &["members"]),
            ("Group", "members", &["members"]),
            (
                "User",
                "delete",
                &[
                    "userName",
                    "title",
                    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
                    "active",
                    "groups",
                    "links",
                ],
            ),
        ],
    },
    Change {
        method: Method::Delete,
        path: "/Groups/{id}",
        body: |_| None,
        rows: &[("Group", "members", &["members"]), ("Group", "delete", &["displayName"])],
    },
    Change {
        method: Method::Post,
        path: "/{type}",
        body: |_| {
            let mut made = device("new");
            made["serial"] = json!("only one");
            Some(made)
        },
        rows: &[("Device", "create", &["displayName", "serial"])],
    },
    Change {
        method: Method::Put,
        path: "/{type}/{id}",
        body: |_| Some(device("replaced")),
        rows: &[("Device", "update", &["displayName"])],
    },
    Change {
        method: Method::Patch,
        path: "/{type}/{id}",
        body: |_| Some(patch(json!([{ "op": "add", "path": "weight", "value": 2 }]))),
        rows: &[("Device", "update", &["weight"])],
    },
    Change {
        method: Method::Delete,
        path: "/{type}/{id}",
        body: |_| None,
        rows: &[("Device", "delete", &["displayName", "weight"])],
    },
];

fn run(client: &Client, change: &Change, ids: &Ids) -> Answer {
    let resource = match change.path.split('/').nth(1) {
        Some("Users") => &ids.user,
        Some("{type}") => &ids.device,
        _ => &ids.group,
    };
    let path = change.path.replace("{type}", "Devices").replace("{id}", resource);
    client.send(change.method.as_str(), &path, &[("x-request-id", "the-request")], (change.body)(ids).as_ref())
}

#[test]
fn every_change_is_known_to_these_tests() {
    let table = rollcall::scim::face().endpoints;
    for row in table.iter().filter(|row| row.change) {
        let known = CHANGES.iter().any(|change| change.method == row.method && change.path == row.path);
        assert!(known, "{} {} has no run here", row.method, row.path);
    }
}

/// A row in words; the order of paths is the store's.
fn described(kind: &str, operation: &str, paths: &Value) -> String {
    let mut paths: Vec<_> = paths.as_array().unwrap().iter().map(|path| path.as_str().unwrap()).collect();
    paths.sort_unstable();
    format!("{kind} {operation} {}", paths.join(" "))
}

#[test]
fn every_change_leaves_its_rows_and_nothing_else_does() {
    for_each_store(|server| {
        let own = server.connection(DEFAULT, "tolerant", Profile::Tolerant);
        let client = server.client_of(&own);
        let (ann, bob) = (
            client.post("/Users", &json!({ "schemas": [USER], "userName": "ann", "displayName": "Ann" })),
            client.user("bob"),
        );
        let ann = id(&ann.is(201));
        add_device(server, DEFAULT);
        let made = id(&client.post("/Devices", &device("made")).is(201));
        let ids = Ids { device: made, group: client.group("group", &[&ann]), user: ann, other: bob };
        for change in CHANGES {
            let before = server.journal(DEFAULT).len();
            let status = run(&client, change, &ids).status;
            assert!((200..300).contains(&status), "{} {}: {status}", change.method, change.path);
            let rows = server.journal(DEFAULT).split_off(before);
            let found: Vec<_> =
                rows.iter().map(|row| described(&row.resource_type, &row.operation, &row.paths)).collect();
            let expected: Vec<_> =
                change.rows.iter().map(|(kind, operation, paths)| described(kind, operation, &json!(paths))).collect();
            assert_eq!(found, expected, "{} {}", change.method, change.path);
            for row in &rows {
                assert_eq!(row.actor, ("connection".to_owned(), own.id.to_string()));
                assert_eq!(row.request_id, "the-request");
            }
            // Once more: it is refused or changes nothing, and either way no row tells of it.
            run(&client, change, &ids);
            let again = server.journal(DEFAULT).len();
            assert_eq!(again, before + rows.len(), "{} {} once more", change.method, change.path);
        }
    });
}

#[test]
fn rows_hold_values_before_and_after() {
    for_each_store(|server| {
        let client = server.client();
        let body = json!({ "schemas": [USER], "userName": "ann", "title": "Dr", "nickName": "A",
            "emails": [{ "value": "ann@example.com", "type": "work" }] });
        let ann = id(&client.post("/Users", &body).is(201));
        let created = last(server, &ann);
        assert_eq!(created.before, None);
        assert_eq!(created.after.unwrap()["emails"], body["emails"]);
        let operations = json!([
            { "op": "replace", "path": "title", "value": "Prof" },
            { "op": "remove", "path": "nickName" },
            { "op": "add", "path": "locale", "value": "en" },
        ]);
        client.patch(&format!("/Users/{ann}"), operations).is(200);
        let changed = last(server, &ann);
        assert_eq!(changed.before.unwrap(), json!({ "title": "Dr", "nickName": "A" }));
        assert_eq!(changed.after.unwrap(), json!({ "title": "Prof", "locale": "en" }));
        client.delete(&format!("/Users/{ann}")).is(204);
        let deleted = last(server, &ann);
        assert_eq!((deleted.operation.as_str(), &deleted.before.unwrap()["title"]), ("delete", &json!("Prof")));
        assert_eq!(deleted.after, None);
    });
}

fn last(server: &Server, resource: &str) -> Read {
    server.journal(DEFAULT).into_iter().rfind(|row| row.resource_id == resource).unwrap()
}

/// What must not move when nothing changes.
fn state(client: &Client, path: &str) -> (Value, Option<String>) {
    let answer = client.get(path);
    let tag = answer.header("etag").map(str::to_owned);
    (answer.is(200), tag)
}

#[test]
fn what_changes_nothing_makes_no_version_no_time_and_no_row() {
    for_each_store(|server| {
        let client = server.client();
        let body = json!({ "schemas": [USER, ENTERPRISE], "userName": "ann", "externalId": "x", "title": "Dr",
            "name": { "familyName": "A" }, "emails": [{ "value": "ann@example.com", "type": "work", "primary": true }],
            ENTERPRISE: { "department": "D" } });
        let ann = id(&client.post("/Users", &body).is(201));
        let crew = client.group("crew", &[&ann]);
        let (user_path, group_path) = (format!("/Users/{ann}"), format!("/Groups/{crew}"));
        let before = (state(&client, &user_path), state(&client, &group_path), server.journal(DEFAULT).len());
        server.clock.advance(5);
        client.put(&user_path, &body).is(200);
        client.put(&user_path, &before.0.0).is(200);
        let of_user = [
            json!([{ "op": "replace", "path": "title", "value": "Dr" }]),
            json!([{ "op": "add", "value": { "title": "Dr", "active": true } }]),
            json!([{ "op": "remove", "path": "nickName" }]),
            json!([{ "op": "replace", "path": "emails[type eq \"work\"].value", "value": "ann@example.com" }]),
            json!([{ "op": "replace", "path": "title", "value": "Prof" }, { "op": "replace", "path": "title", "value": "Dr" }]),
            json!([]),
        ];
        for operations in of_user {
            client.patch(&user_path, operations).is(200);
        }
        client.put(&group_path, &group("crew", &[&ann])).is(200);
        client.put(&group_path, &before.1.0).is(200);
        let of_group = [
            json!([{ "op": "add", "path": "members", "value": values(&[&ann]) }]),
            json!([{ "op": "replace", "path": "members", "value": values(&[&ann]) }]),
            json!([{ "op": "remove", "path": "members[value eq \"01900000-0000-7000-8000-000000000000\"]" }]),
            json!([{ "op": "remove", "path": "members", "value": values(&[&ann]) }, { "op": "add", "path": "members", "value": values(&[&ann]) }]),
            json!([{ "op": "replace", "path": "displayName", "value": "crew" }]),
        ];
        for operations in of_group {
            client.patch(&group_path, operations).is(200);
        }
        let after = (state(&client, &user_path), state(&client, &group_path), server.journal(DEFAULT).len());
        assert_eq!(before, after);
    });
}

#[test]
fn what_is_refused_leaves_no_row_and_no_change() {
    for_each_store(|server| {
        let client = server.client();
        let (ann, bob) = (client.user("ann"), client.user("bob"));
        let crew = client.group("crew", &[&ann]);
        let (user_path, group_path) = (format!("/Users/{ann}"), format!("/Groups/{crew}"));
        let before = (state(&client, &user_path), state(&client, &group_path), server.journal(DEFAULT).len());
        client.post("/Users", &user("ANN")).refuses(409);
        client.post("/Groups", &group("Crew", &[])).refuses(409);
        client.post("/Groups", &group("other", &["nobody"])).is_bad("invalidValue");
        client.put(&user_path, &user("bob")).refuses(409);
        client.send("PUT", &user_path, &[("if-match", "W/\"9\"")], Some(&user("eve"))).refuses(412);
        client
            .patch(
                &user_path,
                json!([{ "op": "replace", "path": "title", "value": "x" }, { "op": "remove", "path": "userName" }]),
            )
            .refuses(400);
        let mixed = json!([
            { "op": "replace", "path": "displayName", "value": "renamed" },
            { "op": "add", "path": "members", "value": values(&[&bob, "01900000-0000-7000-8000-000000000000"]) },
        ]);
        client.patch(&group_path, mixed).is_bad("invalidValue");
        let after = (state(&client, &user_path), state(&client, &group_path), server.journal(DEFAULT).len());
        assert_eq!(before, after);
    });
}

#[test]
fn members_are_journaled_a_thousand_to_a_row() {
    for_each_store(|server| {
        let client = server.client();
        let users = client.many_users("u", 1201);
        let ids: Vec<&str> = users.iter().map(String::as_str).collect();
        let crew = client.group("crew", &[]);
        let path = format!("/Groups/{crew}");
        let before = server.journal(DEFAULT).len();
        let answer = client.patch(&path, json!([{ "op": "add", "path": "members", "value": values(&ids) }]));
        answer.is(204);
        client.patch(&path, json!([{ "op": "remove", "path": "members", "value": values(&ids[..1]) }])).is(204);
        let mut expected = users.clone();
        expected.sort();
        let rows = server.journal(DEFAULT).split_off(before);
        let of = |row: &Read, what: &str| row.members.as_ref().unwrap()[what].as_array().map_or(0, Vec::len);
        let sizes: Vec<_> = rows.iter().map(|row| (of(row, "added"), of(row, "removed"))).collect();
        assert_eq!(sizes, [(1000, 0), (201, 0), (0, 1)]);
        let mut added: Vec<String> = rows[..2]
            .iter()
            .flat_map(|row| row.members.as_ref().unwrap()["added"].as_array().unwrap())
            .map(|id| id.as_str().unwrap().to_owned())
            .collect();
        added.sort();
        assert_eq!(added, expected);
        expected.retain(|id| id != ids[0]);
        assert_eq!(members(&client.get(&path).is(200)), expected);
    });
}
