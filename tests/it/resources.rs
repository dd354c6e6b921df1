//! Resource types that a tenant adds: their endpoints, lists, versions, isolation and end; among them the devices of
//! RFC 9944, as a test of what definitions can say.

use rollcall::error::Error;
use serde_json::{Value, json};

use crate::client::{Client, USER, encode, id, ids, patch};
use crate::server::{DEFAULT, Server, for_each_store};

const DEVICE: &str = "urn:example:schemas:2.0:Device";
const PLACE: &str = "urn:example:schemas:2.0:Place";

/// Adds a type with an extension to a tenant.
pub(crate) fn add_device(server: &Server, slug: &str) {
    let base = json!({ "id": DEVICE, "name": "Device", "attributes": [
        { "name": "displayName", "required": true },
        { "name": "serial", "uniqueness": "server", "mutability": "immutable" },
        { "name": "weight", "type": "decimal" },
        { "name": "owner", "type": "complex", "subAttributes": [
            { "name": "value" }, { "name": "$ref", "type": "reference", "referenceTypes": ["User"] } ] },
    ] });
    let place = json!({ "id": PLACE, "name": "Place", "attributes": [{ "name": "room" }] });
    server.add_schema(slug, &base, &[]).unwrap();
    server.add_schema(slug, &place, &[]).unwrap();
    let kind = json!({ "name": "Device", "endpoint": "/Devices", "schema": DEVICE,
        "schemaExtensions": [{ "schema": PLACE, "required": false }] });
    assert_eq!(server.add_type(slug, &kind).unwrap(), "Device");
}

/// A resource of that type.
pub(crate) fn device(name: &str) -> Value {
    json!({ "schemas": [DEVICE], "displayName": name })
}

fn make(client: &Client, body: Value) -> String {
    id(&client.post("/Devices", &body).is(201))
}

#[test]
fn a_type_is_whole_at_once() {
    for_each_store(|server| {
        let client = server.client();
        client.get("/Devices").refuses(404);
        client.post("/Devices", &device("x")).refuses(404);
        add_device(server, DEFAULT);
        client.get("/Things").refuses(404);
        client.get("/devices").refuses(404);
        let types = client.get("/ResourceTypes").is(200);
        let names: Vec<_> = types["Resources"].as_array().unwrap().iter().map(|kind| kind["name"].clone()).collect();
        assert_eq!(names, ["User", "Group", "Device"]);
        let body = json!({ "schemas": [DEVICE, PLACE], "displayName": "Lamp", "externalId": "e1", "serial": "S1",
            "weight": 2.5, "owner": { "value": "u" }, PLACE: { "room": "R1" } });
        let answer = client.post("/Devices", &body);
        let made = answer.is(201);
        let path = format!("/Devices/{}", id(&made));
        assert_eq!(answer.header("location").unwrap(), format!("{}{path}", server.base));
        assert_eq!(answer.header("etag").unwrap(), "W/\"1\"");
        assert_eq!(made["meta"]["resourceType"], "Device");
        let read = client.get(&path).is(200);
        for (name, value) in body.as_object().unwrap() {
            assert_eq!(&read[name], value, "{name}");
        }
        assert_eq!(client.send("GET", &path, &[("if-none-match", "W/\"1\"")], None).status, 304);
        assert_eq!(client.get(&format!("{path}?attributes=weight")).is(200).get("displayName"), None);
        client.post("/Devices", &json!({ "schemas": [DEVICE] })).is_bad("invalidValue");

        let replace = |value: &str| json!([{ "op": "replace", "path": "displayName", "value": value }]);
        let stale = [("if-match", "W/\"7\"")];
        client.send("PATCH", &path, &stale, Some(&patch(replace("x")))).refuses(412);
        client.send("DELETE", &path, &stale, None).refuses(412);
        let rows = server.journal(DEFAULT).len();
        assert_eq!(client.patch(&path, replace("Lamp")).header("etag").unwrap(), "W/\"1\"", "no change, no version");
        assert_eq!(server.journal(DEFAULT).len(), rows);
        assert_eq!(client.patch(&path, replace("Lamp 2")).header("etag").unwrap(), "W/\"2\"");
        client.patch(&path, json!([{ "op": "replace", "path": "serial", "value": "S2" }])).is_bad("mutability");
        let room = json!([{ "op": "replace", "path": format!("{PLACE}:room"), "value": "R2" }]);
        assert_eq!(client.patch(&path, room).is(200)[PLACE]["room"], "R2");
        let put = client.put(&path, &device("Lamp 3")).is(200);
        assert_eq!((put.get(PLACE), &put["serial"]), (None, &json!("S1")));
        client.delete(&path).is(204);
        client.get(&path).refuses(404);
        let journal = server.journal(DEFAULT);
        let told: Vec<_> =
            journal.iter().filter(|row| row.resource_type == "Device").map(|row| row.operation.as_str()).collect();
        assert_eq!(told, ["create", "update", "update", "update", "delete"]);
    });
}

#[test]
fn resources_are_listed_filtered_sorted_and_found_from_the_root() {
    for_each_store(|server| {
        add_device(server, DEFAULT);
        let client = server.client();
        let devices: Vec<String> = [("b", 3.0), ("a", 1.0), ("c", 2.0)]
            .into_iter()
            .map(|(name, weight)| {
                let mut body = device(name);
                body["weight"] = json!(weight);
                body["externalId"] = json!(format!("x-{name}"));
                body[PLACE] = json!({ "room": name });
                make(&client, body)
            })
            .collect();
        let (b, a, c) = (&devices[0], &devices[1], &devices[2]);
        assert_eq!(client.find("/Devices", "weight gt 1"), [b.clone(), c.clone()]);
        assert_eq!(client.find("/Devices", &format!("id eq \"{a}\"")), std::slice::from_ref(a));
        assert_eq!(client.find("/Devices", "externalId eq \"x-c\""), std::slice::from_ref(c));
        assert_eq!(client.find("/Devices", &format!("{PLACE}:room eq \"B\"")), std::slice::from_ref(b));
        let none = client.get(&format!("/Devices?filter={}", encode("userName eq \"a\"")));
        none.is_bad("invalidFilter");
        let list = client.get("/Devices?sortBy=weight&startIndex=2&count=1").is(200);
        assert_eq!((ids(&list), &list["totalResults"]), (vec![c.clone()], &json!(3)));
        assert_eq!(ids(&client.get("/Devices?sortBy=meta.created&sortOrder=descending").is(200)).len(), 3);
        let search = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
            "filter": "displayName eq \"a\"", "attributes": ["weight"] });
        let found = client.post("/Devices/.search", &search).is(200);
        assert_eq!((ids(&found), found["Resources"][0].get("displayName")), (vec![a.clone()], None));
        // By cursors too.
        let first = client.get("/Devices?count=2&cursor").is(200);
        let next = client.get(&format!("/Devices?count=2&cursor={}", first["nextCursor"].as_str().unwrap())).is(200);
        assert_eq!(ids(&next), std::slice::from_ref(c));

        let ann =
            id(&client.post("/Users", &json!({ "schemas": [USER], "userName": "ann", "displayName": "a" })).is(201));
        let root = |query: &str| ids(&client.get(&format!("/?{query}")).is(200));
        assert_eq!(root(&format!("filter={}", encode("displayName eq \"a\""))), [ann.clone(), a.clone()]);
        assert_eq!(root("sortBy=displayName"), [ann, a.clone(), b.clone(), c.clone()]);
        let of_type = format!("filter={}", encode("meta.resourceType eq \"Device\""));
        assert_eq!(root(&of_type), devices);
        assert_eq!(root(&format!("{of_type}&startIndex=2&count=1")), std::slice::from_ref(a));
    });
}

#[test]
fn connections_of_a_tenant_share_resources_and_tenants_do_not() {
    for_each_store(|server| {
        add_device(server, DEFAULT);
        add_device(server, "other");
        let (one, sibling) = (server.client(), server.connect(DEFAULT, "sibling"));
        let stranger = server.connect("other", "c");
        let mut body = device("a");
        body["serial"] = json!("S");
        body["externalId"] = json!("mine");
        let path = format!("/Devices/{}", make(&one, body.clone()));
        assert_eq!(sibling.get(&path).is(200)["externalId"], "mine");
        sibling.patch(&path, json!([{ "op": "add", "path": "weight", "value": 1 }])).is(200);
        sibling.post("/Devices", &body).refuses(409);
        stranger.get(&path).refuses(404);
        stranger.delete(&path).refuses(404);
        stranger.patch(&path, json!([{ "op": "add", "path": "weight", "value": 2 }])).refuses(404);
        assert_eq!(stranger.get("/Devices").is(200)["totalResults"], 0);
        make(&stranger, body.clone());
        one.delete(&path).is(204);
        make(&sibling, body);
    });
}

#[test]
fn bulk_reaches_the_types_of_the_tenant() {
    for_each_store(|server| {
        add_device(server, DEFAULT);
        let client = server.client();
        let mut owned = device("lamp");
        owned["owner"] = json!({ "value": "bulkId:u" });
        let bulk = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": [
            { "method": "POST", "path": "/Devices", "bulkId": "d", "data": owned },
            { "method": "POST", "path": "/Users", "bulkId": "u", "data": { "schemas": [USER], "userName": "ann" } },
            { "method": "PATCH", "path": "/Devices/bulkId:d",
                "data": patch(json!([{ "op": "add", "path": "weight", "value": 1 }])) },
            { "method": "POST", "path": "/Things", "bulkId": "t", "data": {} },
        ] });
        let done = client.post("/Bulk", &bulk).is(200);
        let statuses: Vec<_> = done["Operations"].as_array().unwrap().iter().map(|one| one["status"].clone()).collect();
        assert_eq!(statuses, ["201", "201", "200", "400"], "{done}");
        let lamp = client.get("/Devices").is(200)["Resources"][0].clone();
        assert_eq!(
            (&lamp["weight"], &lamp["owner"]["value"]),
            (&json!(1), &json!(client.find("/Users", "userName pr")[0]))
        );
    });
}

#[test]
fn a_type_with_resources_is_removed_by_force_only_and_wholly() {
    for_each_store(|server| {
        add_device(server, DEFAULT);
        let client = server.client();
        for number in 0..205 {
            let mut body = device("d");
            body["serial"] = json!(format!("S{number}"));
            make(&client, body);
        }
        assert!(matches!(server.remove_type(DEFAULT, "Device", false), Err(Error::Denied(_))));
        assert!(matches!(server.remove_type(DEFAULT, "User", true), Err(Error::Denied(_))));
        assert!(matches!(server.remove_schema(DEFAULT, DEVICE, true), Err(Error::Denied(why)) if why.contains("base")));
        server.remove_type(DEFAULT, "Device", true).unwrap();
        client.get("/Devices").refuses(404);
        let journal = server.journal(DEFAULT);
        let deleted = journal.iter().filter(|row| row.resource_type == "Device" && row.operation == "delete").count();
        assert_eq!(deleted, 205);
        server.remove_schema(DEFAULT, DEVICE, false).unwrap();
        server.remove_schema(DEFAULT, PLACE, false).unwrap();
        add_device(server, DEFAULT);
        assert_eq!(client.get("/Devices").is(200)["totalResults"], 0);
        let mut again = device("again");
        again["serial"] = json!("S7");
        make(&client, again);
    });
}

#[test]
fn many_that_want_one_value_leave_one() {
    for_each_store(|server| {
        add_device(server, DEFAULT);
        let client = &server.client();
        let mut body = device("racer");
        body["serial"] = json!("same");
        let body = &body;
        let statuses: Vec<u16> = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..16).map(|_| scope.spawn(|| client.post("/Devices", body).status)).collect();
            workers.into_iter().map(|worker| worker.join().unwrap()).collect()
        });
        assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
        assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 15, "{statuses:?}");
        assert_eq!(client.get("/Devices").is(200)["totalResults"], 1);
    });
}

fn fixture(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn the_devices_of_rfc_9944_can_be_loaded_and_used() {
    for_each_store(|server| {
        for text in [
            include_str!("rfc9944/device.json"),
            include_str!("rfc9944/ble.json"),
            include_str!("rfc9944/dpp.json"),
            include_str!("rfc9944/ethernet-mab.json"),
            include_str!("rfc9944/fido-device-onboard.json"),
            include_str!("rfc9944/zigbee.json"),
            include_str!("rfc9944/endpoint-apps.json"),
            include_str!("rfc9944/endpoint-app.json"),
        ] {
            server.add_schema(DEFAULT, &fixture(text), &[]).unwrap();
        }
        server.add_type(DEFAULT, &fixture(include_str!("rfc9944/endpoint-app-type.json"))).unwrap();
        server.add_type(DEFAULT, &fixture(include_str!("rfc9944/device-type.json"))).unwrap();
        let client = server.client();
        let extension = |name: &str| format!("urn:ietf:params:scim:schemas:extension:{name}:2.0:Device");
        let (core, ble, apps) =
            ("urn:ietf:params:scim:schemas:core:2.0:Device", extension("ble"), extension("endpointAppsExt"));
        let app = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:EndpointApp"],
            "applicationType": "deviceControl", "applicationName": "Control",
            "certificateInfo": { "subjectName": "control.example.org" } });
        let app = id(&client.post("/EndpointApps", &app).is(201));
        let body = json!({ "schemas": [core, ble, apps], "displayName": "Heart monitor", "active": true,
            "mudUrl": "https://example.org/mud",
            (&ble): { "versionSupport": ["5.3"], "deviceMacAddress": "2C:54:91:88:C9:E2", "isRandom": false,
                "irk": "00112233445566778899aabbccddeeff", "mobility": true, "pairingMethods": ["urn:example:pairing"] },
            (&apps): { "applications": [{ "value": app, "$ref": format!("{}/EndpointApps/{app}", server.base) }] } });
        let made = client.post("/Devices", &body).is(201);
        assert_eq!(made[&ble].get("irk"), None, "{made}");
        assert_eq!(made["schemas"], json!([core, ble, apps]));
        let found =
            client.find("/Devices", &format!("{ble}:deviceMacAddress eq \"2c:54:91:88:c9:e2\" and active eq true"));
        assert_eq!(found, [id(&made)]);
        let mut twin = body.clone();
        twin[extension("zigbee")] = json!({ "deviceEui64Address": "50:32:5F:FF:FE:E7:67:28" });
        client.post("/Devices", &twin).is_bad("invalidValue");
        twin[extension("zigbee")]["versionSupport"] = json!(["3.0"]);
        client.post("/Devices", &twin).refuses(409);
        twin[&ble]["deviceMacAddress"] = json!("2C:54:91:88:C9:E3");
        client.post("/Devices", &twin).is(201);
        let off = json!([{ "op": "replace", "path": "active", "value": false }]);
        assert_eq!(client.patch(&format!("/Devices/{}", id(&made)), off).is(200)["active"], false);
    });
}
