//! The limits of a tenant: what goes beyond one is refused with the limit named, nothing of it is done, and what is there
//! already can still be changed and deleted.

use std::sync::Barrier;
use std::thread;

use rollcall::directory::tenants::LimitsChange;
use serde_json::{Value, json};

use crate::client::{Client, USER, group, members, user, values};
use crate::program::{for_each_place, text};
use crate::resources::{add_device, device};
use crate::server::{DEFAULT, Server, for_each_store};

fn limit(server: &Server, change: LimitsChange) {
    server.set_limits(DEFAULT, change);
}

fn total(client: &Client, endpoint: &str) -> Value {
    client.get(&format!("{endpoint}?count=0")).is(200)["totalResults"].clone()
}

#[test]
fn users_and_groups_beyond_a_limit_are_refused_until_there_is_room() {
    for_each_store(|server| {
        let client = server.client();
        limit(server, LimitsChange { users: Some(Some(2)), groups: Some(Some(1)), ..LimitsChange::default() });
        let ann = client.user("ann");
        client.user("bob");
        let rows = server.journal(DEFAULT).len();
        let why = client.post("/Users", &user("eve")).refuses(403);
        assert!(why.contains("limit of 2 users"), "{why}");
        // Another connection of the tenant, which the journal tells of with its token, has no more room; another tenant
        // has.
        server.connect(DEFAULT, "other").post("/Users", &user("eve")).refuses(403);
        server.connect("elsewhere", "other").post("/Users", &user("eve")).is(201);
        assert_eq!((total(&client, "/Users"), server.journal(DEFAULT).len()), (json!(2), rows + 2));
        // Changes are no growth, and what goes makes room.
        client.patch(&format!("/Users/{ann}"), json!([{ "op": "replace", "path": "active", "value": false }])).is(200);
        client.delete(&format!("/Users/{ann}")).is(204);
        client.user("eve");
        let crew = client.group("crew", &[]);
        let why = client.post("/Groups", &group("more", &[])).refuses(403);
        assert!(why.contains("limit of 1 groups"), "{why}");
        client.delete(&format!("/Groups/{crew}")).is(204);
        client.group("more", &[]);
        limit(server, LimitsChange { users: Some(None), groups: Some(None), ..LimitsChange::default() });
        client.user("dan");
        client.group("crew", &[]);
        assert_eq!(server.wrong_counters(), Vec::<String>::new());
    });
}

#[test]
fn a_limit_holds_when_many_create_at_once() {
    for_each_store(|server| {
        limit(server, LimitsChange { users: Some(Some(5)), ..LimitsChange::default() });
        let together = Barrier::new(16);
        let made: usize = thread::scope(|scope| {
            let ways: Vec<_> = (0..16)
                .map(|number| {
                    let (client, together) = (server.client(), &together);
                    scope.spawn(move || {
                        together.wait();
                        let answer = client.post("/Users", &user(&format!("user{number}")));
                        assert!(matches!(answer.status, 201 | 403), "{}", answer.status);
                        usize::from(answer.status == 201)
                    })
                })
                .collect();
            ways.into_iter().map(|way| way.join().unwrap()).sum()
        });
        assert_eq!((made, total(&server.client(), "/Users")), (5, json!(5)));
    });
}

#[test]
fn a_group_gains_no_members_beyond_its_limit_and_nothing_of_the_request_is_done() {
    for_each_store(|server| {
        let client = server.client();
        let people = client.many_users("user", 6);
        let people: Vec<&str> = people.iter().map(String::as_str).collect();
        let full = client.group("full", &people[..5]);
        limit(server, LimitsChange { members: Some(Some(3)), ..LimitsChange::default() });
        let crew = client.group("crew", &people[..2]);
        let path = format!("/Groups/{crew}");
        let before = client.get(&path).is(200);
        let too_many = json!([{ "op": "replace", "path": "displayName", "value": "renamed" },
            { "op": "add", "path": "members", "value": values(&people[..4]) }]);
        let why = client.patch(&path, too_many).refuses(403);
        assert!(why.contains("may have 3 members") && why.contains("would have 4"), "{why}");
        assert_eq!(client.get(&path).is(200), before);
        client.put(&path, &group("crew", &people[..4])).refuses(403);
        client.post("/Groups", &group("more", &people[..4])).refuses(403);
        assert_eq!((client.get(&path).is(200), total(&client, "/Groups")), (before, json!(2)));
        // An exchange is no growth, be it through more on the way.
        let exchange = json!([{ "op": "add", "path": "members", "value": values(&people[2..5]) },
            { "op": "remove", "path": format!("members[value eq \"{}\"]", people[0]) },
            { "op": "remove", "path": format!("members[value eq \"{}\"]", people[1]) }]);
        client.patch(&path, exchange).is(200);
        assert_eq!(members(&client.get(&path).is(200)).len(), 3);
        // One that has more already may lose and exchange, not gain.
        let path = format!("/Groups/{full}");
        let one = |op: &str, person: &str| json!([{ "op": op, "path": "members", "value": [{ "value": person }] }]);
        client.patch(&path, one("add", people[5])).refuses(403);
        client.put(&path, &group("full", &people[1..6])).is(200);
        client.put(&path, &group("full", &people[..2])).is(200);
        client.patch(&path, one("add", people[5])).is(200);
        client.patch(&path, one("add", people[4])).refuses(403);
        // Who is deleted makes room.
        client.delete(&format!("/Users/{}", people[5])).is(204);
        client.patch(&path, one("add", people[4])).is(200);
        assert_eq!(server.wrong_counters(), Vec::<String>::new());
    });
}

#[test]
fn a_document_beyond_the_limit_is_refused_and_one_that_is_there_can_be_changed() {
    for_each_store(|server| {
        let client = server.client();
        let large =
            |name: &str, length: usize| json!({ "schemas": [USER], "userName": name, "title": "x".repeat(length) });
        let made = client.post("/Users", &large("ann", 9000)).is(201);
        let path = format!("/Users/{}", text(&made["id"]));
        limit(server, LimitsChange { document_bytes: Some(Some(5000)), ..LimitsChange::default() });
        let why = client.post("/Users", &large("bob", 5000)).refuses(413);
        assert!(why.contains("up to 5000 bytes"), "{why}");
        client.user("bob");
        assert_eq!(client.find("/Users", "userName eq \"bob\"").len(), 1);
        client.patch(&path, json!([{ "op": "replace", "path": "active", "value": false }])).is(200);
        client.put(&path, &large("ann", 8000)).is(200);
        let before = client.get(&path).is(200);
        client.patch(&path, json!([{ "op": "replace", "path": "title", "value": "x".repeat(9000) }])).refuses(413);
        assert_eq!(client.get(&path).is(200), before);
        let mut crew = group("crew", &[]);
        crew["displayName"] = json!("crew");
        client.post("/Groups", &crew).is(201);
        // The usual limit.
        limit(server, LimitsChange { document_bytes: Some(Some(256 * 1024)), ..LimitsChange::default() });
        client.post("/Users", &large("eve", 250 * 1024)).is(201);
        client.post("/Users", &large("dan", 256 * 1024)).refuses(413);
        let bulk = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": [
            { "method": "POST", "path": "/Users", "bulkId": "a", "data": large("dan", 256 * 1024) }] });
        assert_eq!(client.post("/Bulk", &bulk).is(200)["Operations"][0]["status"], "413");
    });
}

#[test]
fn a_tenant_has_no_more_attributes_of_its_own_than_it_may() {
    for_each_store(|server| {
        let schema = |name: &str, parts: usize| {
            let parts: Vec<Value> = (0..parts).map(|number| json!({ "name": format!("part{number}") })).collect();
            json!({ "id": format!("urn:example:{name}"), "name": name,
                "attributes": [{ "name": "whole", "type": "complex", "subAttributes": parts }] })
        };
        limit(server, LimitsChange { attributes: Some(Some(7)), ..LimitsChange::default() });
        server.add_schema(DEFAULT, &schema("First", 4), &[]).unwrap();
        let why = server.add_schema(DEFAULT, &schema("Second", 2), &[]).unwrap_err().to_string();
        assert!(why.contains("may have 7 attributes") && why.contains("would have 8"), "{why}");
        server.add_schema(DEFAULT, &schema("Second", 1), &[]).unwrap();
    });
}

#[test]
fn resources_of_a_types_own_keep_to_the_size_too() {
    for_each_store(|server| {
        let client = server.client();
        add_device(server, DEFAULT);
        limit(server, LimitsChange { document_bytes: Some(Some(5000)), ..LimitsChange::default() });
        let why = client.post("/Devices", &device(&"x".repeat(5000))).refuses(413);
        assert!(why.contains("up to 5000 bytes"), "{why}");
        let path = format!("/Devices/{}", text(&client.post("/Devices", &device("small")).is(201)["id"]));
        let grow = json!([{ "op": "replace", "path": "displayName", "value": "x".repeat(6000) }]);
        client.patch(&path, grow).refuses(413);
        assert_eq!(client.get(&path).is(200)["displayName"], "small");
    });
}

#[test]
fn limits_are_set_listed_and_lifted_by_commands() {
    for_each_place(|place| {
        place.run(&["migrate"]).succeeds();
        place.run(&["tenant", "create", "acme"]).succeeds();
        let listed = || -> Value {
            let all: Value = serde_json::from_str(&place.run(&["tenant", "list", "--json"]).succeeds()).unwrap();
            all[0].clone()
        };
        let usual = listed();
        assert_eq!((&usual["max_users"], &usual["max_groups"]), (&Value::Null, &Value::Null));
        assert_eq!((&usual["max_members"], &usual["max_attributes"]), (&json!(200_000), &json!(500)));
        assert_eq!(usual["max_document_bytes"], 262_144);
        let set = ["tenant", "set", "acme", "--max-users", "1000", "--max-members", "none"];
        let line = place.run(&set).succeeds();
        assert_eq!(line, "acme\tusers 1000\tgroups none\tmembers none\tattributes 500\tdocument bytes 262144\n");
        assert_eq!((&listed()["max_users"], &listed()["max_members"]), (&json!(1000), &Value::Null));
        place.run(&["tenant", "set", "acme", "--max-users", "none"]).succeeds();
        assert_eq!(listed()["max_users"], Value::Null);
        for (arguments, word) in [
            (["--max-users", "-1"], "'-1'"),
            (["--max-users", "many"], "a number, or none"),
            (["--max-groups", "99999999999999999999"], "a number, or none"),
            (["--max-document-bytes", "4095"], "4096"),
        ] {
            let why = place.run(&[&["tenant", "set", "acme"][..], &arguments].concat()).fails();
            assert!(why.contains(word), "{arguments:?}: {why}");
        }
        assert!(place.run(&["tenant", "set", "none", "--max-users", "1"]).fails().contains("tenant not found"));
        assert_eq!(listed()["max_document_bytes"], 262_144);
    });
}
