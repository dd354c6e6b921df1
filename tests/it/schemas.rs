//! Extensions that a tenant adds: validated, returned, found, patched, unique, required, indexed and removed again.

use rollcall::access::Profile;
use rollcall::directory::log::Wanted;
use rollcall::error::Error;
use serde_json::{Value, json};

use crate::client::{Client, USER, encode, group, id, user};
use crate::server::{DEFAULT, Server, for_each_store};

const BADGE: &str = "urn:example:schemas:2.0:Badge";

/// Every type and every characteristic.
fn badge() -> Value {
    json!({ "id": BADGE, "name": "Badge", "description": "What opens doors.", "attributes": [
        { "name": "code", "uniqueness": "server", "caseExact": true },
        { "name": "colour", "canonicalValues": ["red", "blue"] },
        { "name": "level", "type": "integer" },
        { "name": "rate", "type": "decimal" },
        { "name": "active", "type": "boolean" },
        { "name": "since", "type": "dateTime" },
        { "name": "photo", "type": "binary" },
        { "name": "page", "type": "reference", "referenceTypes": ["external"] },
        { "name": "serial", "mutability": "immutable" },
        { "name": "issued", "mutability": "readOnly" },
        { "name": "pin", "mutability": "writeOnly" },
        { "name": "note", "returned": "request" },
        { "name": "doors", "multiValued": true },
        { "name": "keys", "type": "complex", "multiValued": true, "subAttributes": [
            { "name": "value", "required": true }, { "name": "type" }, { "name": "mac", "uniqueness": "global" },
        ] },
    ] })
}

/// `active` is an attribute of users, which an extension must not redefine.
fn fitting() -> Value {
    let mut document = badge();
    document["attributes"][4]["name"] = json!("valid");
    document
}

fn start(server: &Server) -> Client {
    server.add_schema(DEFAULT, &fitting(), &["colour", "keys"]).unwrap();
    server.extend(DEFAULT, "User", BADGE, false).unwrap();
    server.client()
}

fn with_badge(name: &str, badge: Value) -> Value {
    json!({ "schemas": [USER, BADGE], "userName": name, BADGE: badge })
}

#[test]
fn an_extension_is_whole_at_once() {
    for_each_store(|server| {
        let client = server.client();
        let before = client.get("/Schemas").header("etag").unwrap().to_owned();
        assert!(matches!(server.add_schema(DEFAULT, &badge(), &[]).map(|_| ()), Ok(())));
        assert!(server.extend(DEFAULT, "User", BADGE, false).unwrap_err().to_string().contains("redefines"));
        server.remove_schema(DEFAULT, BADGE, false).unwrap();
        let client = {
            drop(client);
            start(server)
        };
        assert_ne!(client.get("/Schemas").header("etag").unwrap(), before);
        assert_eq!(client.get(&format!("/Schemas/{BADGE}")).is(200)["attributes"][0]["uniqueness"], "server");
        let kind = client.get("/ResourceTypes/User").is(200);
        assert_eq!(kind["schemaExtensions"][1], json!({ "schema": BADGE, "required": false }));
        // Without a credential nobody is any tenant's.
        server.anonymous().get(&format!("/Schemas/{BADGE}")).refuses(404);

        let values = json!({ "code": "A1", "colour": "Red", "level": 7, "rate": 1.5, "valid": true,
            "since": "2026-01-02T03:04:05Z", "photo": "AQID", "page": "https://h/", "serial": "S", "issued": "x",
            "pin": "1234", "note": "n", "doors": ["n", "s"], "keys": [{ "value": "k", "type": "t", "mac": "m1" }] });
        let made = client.post("/Users", &with_badge("ann", values)).is(201);
        let ann = id(&made);
        assert_eq!(made["schemas"], json!([USER, BADGE]));
        assert_eq!(made[BADGE]["note"], "n", "returned to the request that wrote it");
        let read = client.get(&format!("/Users/{ann}")).is(200);
        for hidden in ["note", "pin", "issued"] {
            assert_eq!(read[BADGE].get(hidden), None, "{hidden}");
        }
        assert_eq!(client.get(&format!("/Users/{ann}?attributes={BADGE}:note")).is(200)[BADGE], json!({ "note": "n" }));
        let bob = client.user("bob");
        for (filter, found) in [
            (format!("{BADGE}:colour eq \"red\""), vec![ann.clone()]),
            (format!("{BADGE}:colour sw \"R\""), vec![ann.clone()]),
            (format!("{BADGE}:code eq \"a1\""), vec![]),
            (format!("{BADGE}:level gt 6 and {BADGE}:rate le 1.50"), vec![ann.clone()]),
            (format!("{BADGE}:since lt \"2026-01-02T05:04:05+01:00\""), vec![ann.clone()]),
            (format!("{BADGE}:keys[type eq \"T\" and value eq \"K\"]"), vec![ann.clone()]),
            (format!("{BADGE}:doors eq \"s\""), vec![ann.clone()]),
            (format!("not ({BADGE}:valid eq true)"), vec![bob]),
        ] {
            assert_eq!(client.find("/Users", &filter), found, "{filter}");
        }
        let pin = client.get(&format!("/Users?filter={}", encode(&format!("{BADGE}:pin eq \"1234\""))));
        pin.is_bad("invalidFilter");
        let sorted = client.get(&format!("/Users?sortBy={BADGE}:level&sortOrder=ascending")).is(200);
        assert_eq!(sorted["Resources"][0]["id"], ann.as_str());

        let path = format!("/Users/{ann}");
        let written = json!([{ "op": "replace", "path": format!("{BADGE}:note"), "value": "m" }]);
        assert_eq!(client.patch(&path, written).is(200)[BADGE]["note"], "m");
        let add = json!([{ "op": "add", "path": format!("{BADGE}:doors"), "value": ["e"] },
            { "op": "replace", "path": format!("{BADGE}:colour"), "value": "blue" }]);
        assert_eq!(client.patch(&path, add).is(200)[BADGE]["doors"], json!(["n", "s", "e"]));
        assert_eq!(client.find("/Users", &format!("{BADGE}:colour eq \"red\"")), Vec::<String>::new());
        assert_eq!(client.find("/Users", &format!("{BADGE}:colour eq \"blue\"")), std::slice::from_ref(&ann));
        let serial = json!([{ "op": "replace", "path": format!("{BADGE}:serial"), "value": "T" }]);
        client.patch(&path, serial).is_bad("mutability");
        for (name, value) in
            [("level", json!(1.5)), ("level", json!("1")), ("since", json!("now")), ("doors", json!(1))]
        {
            let wrong = json!([{ "op": "add", "path": format!("{BADGE}:{name}"), "value": value }]);
            let strict = server.client_of(&server.connection(DEFAULT, "strict", Profile::Rfc));
            strict.patch(&path, wrong).is_bad("invalidValue");
        }
        // A secret's change is told, never its value.
        let journal = server.journal(DEFAULT);
        let told = journal.iter().find(|row| row.resource_id == ann && row.operation == "create").unwrap();
        assert!(told.paths.as_array().unwrap().contains(&json!(format!("{BADGE}:pin"))));
        assert!(!told.after.as_ref().unwrap().to_string().contains("1234"));
        let bodies: Vec<_> = server.log(DEFAULT, Wanted::default()).into_iter().filter_map(|row| row.body).collect();
        assert!(bodies.iter().any(|body| body.contains("(removed)")));
        assert!(!bodies.iter().any(|body| body.contains("1234")));
    });
}

#[test]
fn two_tenants_never_see_each_others_definitions() {
    for_each_store(|server| {
        let one = start(server);
        let other =
            json!({ "id": BADGE, "name": "Other", "attributes": [{ "name": "level", "uniqueness": "server" }] });
        server.add_schema("other", &other, &["level"]).unwrap();
        server.extend("other", "User", BADGE, true).unwrap();
        let two = server.connect("other", "c");
        assert_eq!(two.get(&format!("/Schemas/{BADGE}")).is(200)["name"], "Other");
        assert_eq!(one.get(&format!("/Schemas/{BADGE}")).is(200)["name"], "Badge");
        one.post("/Users", &with_badge("a", json!({ "level": 1 }))).is(201);
        two.post("/Users", &with_badge("a", json!({ "level": 1 }))).is_bad("invalidValue");
        let b = id(&two.post("/Users", &with_badge("a", json!({ "level": "1" }))).is(201));
        assert_eq!(two.find("/Users", &format!("{BADGE}:level eq \"1\"")), [b]);
        let third = server.connect("third", "c");
        third.get(&format!("/Schemas/{BADGE}")).refuses(404);
        let plain = third.post("/Users", &with_badge("a", json!({ "level": 1 }))).is(201);
        assert_eq!(plain.get(BADGE), None);
    });
}

#[test]
fn of_many_that_want_one_value_one_gets_it_and_it_is_free_again_afterwards() {
    for_each_store(|server| {
        let client = start(server);
        let made = |name: &str, code: &str| client.post("/Users", &with_badge(name, json!({ "code": code })));
        let racer = &client;
        let statuses: Vec<u16> = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..16)
                .map(|number| {
                    scope.spawn(move || {
                        racer.post("/Users", &with_badge(&format!("racer{number}"), json!({ "code": "same" }))).status
                    })
                })
                .collect();
            workers.into_iter().map(|worker| worker.join().unwrap()).collect()
        });
        assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
        assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 15, "{statuses:?}");
        let winner = client.find("/Users", &format!("{BADGE}:code eq \"same\"")).remove(0);
        let taken = made("late", "same");
        assert!(taken.refuses(409).contains(&format!("{BADGE}:code")), "{}", taken.text);
        assert_eq!(taken.json()["scimType"], "uniqueness");
        let bob = id(&made("bob", "SAME").is(201));
        let take = |code: &str| json!([{ "op": "replace", "path": format!("{BADGE}:code"), "value": code }]);
        client.patch(&format!("/Users/{bob}"), take("same")).refuses(409);
        client.patch(&format!("/Users/{winner}"), take("other")).is(200);
        client.patch(&format!("/Users/{bob}"), take("same")).is(200);
        client.delete(&format!("/Users/{bob}")).is(204);
        made("again", "same").is(201);
        let key = |mac: &str| json!({ "keys": [{ "value": "k", "mac": mac }] });
        client.post("/Users", &with_badge("k1", key("m"))).is(201);
        client.post("/Users", &with_badge("k2", key("M"))).refuses(409);
        // Nothing of what was refused is there.
        assert_eq!(client.find("/Users", "userName eq \"k2\""), Vec::<String>::new());
    });
}

#[test]
fn a_required_extension_is_asked_for_and_old_users_stay_readable() {
    for_each_store(|server| {
        let client = start(server);
        let old = client.user("old");
        let (path, crew) = (format!("/Users/{old}"), client.group("crew", &[]));
        server.extend(DEFAULT, "User", BADGE, true).unwrap();
        assert_eq!(client.get("/ResourceTypes/User").is(200)["schemaExtensions"][1]["required"], true);
        client.get(&path).is(200);
        assert_eq!(client.find("/Users", "userName eq \"old\""), std::slice::from_ref(&old));
        client.post("/Users", &user("new")).is_bad("invalidValue");
        client.put(&path, &user("old")).is_bad("invalidValue");
        let title = json!([{ "op": "add", "path": "title", "value": "T" }]);
        client.patch(&path, title.clone()).is_bad("invalidValue");
        client.patch(&path, json!([{ "op": "replace", "path": "active", "value": false }])).is(200);
        client.put(&format!("/Groups/{crew}"), &group("crew", &[&old])).is(200);
        client.patch(&path, json!([{ "op": "add", "path": format!("{BADGE}:code"), "value": "c" }])).is(200);
        client.patch(&path, title).is(200);
        client.patch(&path, json!([{ "op": "remove", "path": BADGE }])).is_bad("mutability");
        server.extend(DEFAULT, "User", BADGE, false).unwrap();
        client.post("/Users", &user("new")).is(201);
    });
}

#[test]
fn what_is_used_is_removed_by_force_only_and_wholly() {
    for_each_store(|server| {
        let client = start(server);
        server.extend(DEFAULT, "Group", BADGE, false).unwrap();
        let bare = client.user("bare");
        // More than one slice.
        let carrying: Vec<String> = (0..230)
            .map(|number| {
                let badge = json!({ "code": format!("c{number}"), "colour": "red" });
                id(&client.post("/Users", &with_badge(&format!("u{number}"), badge)).is(201))
            })
            .collect();
        let mut crew = group("crew", &[&bare]);
        crew[BADGE] = json!({ "code": "c0" });
        let crew = id(&client.post("/Groups", &crew).is(201));
        let of_bare = client.get(&format!("/Users/{bare}")).header("etag").unwrap().to_owned();
        for refused in [
            server.remove_schema(DEFAULT, BADGE, false),
            server.unextend(DEFAULT, "User", BADGE, false),
            server.unextend(DEFAULT, "Group", BADGE, false),
        ] {
            assert!(matches!(refused, Err(Error::Denied(why)) if why.contains("--force")));
        }
        assert_eq!(client.find("/Users", &format!("{BADGE}:code eq \"c7\"")), [carrying[7].clone()]);
        server.remove_schema(DEFAULT, BADGE, true).unwrap();
        client.get(&format!("/Schemas/{BADGE}")).refuses(404);
        let (first, path) = (client.get(&format!("/Users/{}", carrying[0])), format!("/Users/{}", carrying[229]));
        assert_eq!(first.is(200)["schemas"], json!([USER]));
        assert_eq!(first.header("etag").unwrap(), "W/\"2\"");
        assert_eq!(client.get(&path).is(200).get(BADGE), None);
        assert_eq!(client.get(&format!("/Groups/{crew}")).is(200).get(BADGE), None);
        assert_eq!(client.get(&format!("/Users/{bare}")).header("etag").unwrap(), of_bare);
        let journal = server.journal(DEFAULT);
        let purged = journal.iter().filter(|row| row.operation == "update" && row.resource_type == "User").count();
        assert_eq!(purged, 230);
        assert!(journal.iter().any(|row| row.resource_type == "Schema" && row.operation == "delete"));
        // The same URN begins anew: no old value, and none that is still taken.
        server.add_schema(DEFAULT, &fitting(), &["colour"]).unwrap();
        server.extend(DEFAULT, "User", BADGE, false).unwrap();
        assert_eq!(client.get(&path).is(200).get(BADGE), None);
        assert_eq!(client.find("/Users", &format!("{BADGE}:colour eq \"red\"")), Vec::<String>::new());
        client.post("/Users", &with_badge("anew", json!({ "code": "c7" }))).is(201);
        server.unextend(DEFAULT, "User", BADGE, true).unwrap();
        server.remove_schema(DEFAULT, BADGE, false).unwrap();
    });
}

#[test]
fn an_index_that_comes_later_is_filled_from_the_users_that_are_there() {
    for_each_store(|server| {
        let client = start(server);
        let made =
            |name: &str, code: &str| id(&client.post("/Users", &with_badge(name, json!({ "code": code }))).is(201));
        let users: Vec<String> = (0..230).map(|number| made(&format!("u{number}"), &format!("c{number}"))).collect();
        let find = |code: &str| client.find("/Users", &format!("{BADGE}:code eq \"{code}\""));
        assert_eq!(find("c229"), [users[229].clone()]);
        server.index_schema(DEFAULT, BADGE, &["code"]).unwrap();
        server.index_schema(DEFAULT, BADGE, &["code"]).unwrap();
        assert_eq!((find("c229"), find("c0")), (vec![users[229].clone()], vec![users[0].clone()]));
        let late = made("late", "late");
        assert_eq!(find("late"), [late]);
        for wrong in ["level", "pin", "none"] {
            assert!(matches!(server.index_schema(DEFAULT, BADGE, &[wrong]), Err(Error::Invalid(_))), "{wrong}");
        }
    });
}

#[test]
fn what_was_read_by_old_schemas_is_not_written_any_more() {
    for_each_store(|server| {
        let connection = server.connection(DEFAULT, "slow", Profile::Tolerant);
        server.create_by_built_in_schemas(&connection, "before").unwrap();
        drop(start(server));
        let late = server.create_by_built_in_schemas(&connection, "late");
        assert!(matches!(late, Err(Error::Unavailable(_))), "{late:?}");
        assert_eq!(server.client().find("/Users", "userName pr").len(), 1);
    });
}
