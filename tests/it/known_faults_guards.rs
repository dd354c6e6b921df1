//! More faults that other servers of this kind had: those of rights, adoption and resources, each a test under its name.

use std::time::{Duration, Instant};

use rollcall::access::{Adoption, Profile, TokenScope};
use rollcall::directory::connections::ConnectionChange;
use serde_json::{Value, json};

use crate::client::{Client, SCIM_JSON, USER, encode, group, id, members, patch, values};
use crate::server::{DEFAULT, for_each_store, start};

const SEARCH: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
const BULK: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";

/// A POST took over whoever had the name or the address, and a PATCH then moved the address.
#[test]
fn adopt_never_moves_email() {
    for_each_store(|server| {
        let owner = server.connect(DEFAULT, "owner");
        let body = |mail: &str| json!({ "schemas": [USER], "userName": "ann@example.org", "externalId": mail, "emails": [{ "value": mail, "type": "work" }] });
        let ann = format!("/Users/{}", id(&owner.post("/Users", &body("ann@example.org")).is(201)));
        let before = owner.get(&ann).text;
        let other = server.connection(DEFAULT, "other", Profile::Tolerant);
        let thief = server.client_of(&other);
        for adoption in [Adoption::Link, Adoption::Ask, Adoption::Refuse] {
            server.set_connection(&other, ConnectionChange { adoption: Some(adoption), ..ConnectionChange::default() });
            // A name that is taken is never adopted, whatever its case; an address that is taken tells nothing of anybody.
            thief.post("/Users", &body("thief@example.org")).refuses(409);
            let mut shouted = body("thief@example.org");
            shouted["userName"] = json!("ANN@Example.org");
            thief.post("/Users", &shouted).refuses(409);
            let bulk = json!({ "schemas": [BULK], "Operations": [{ "method": "POST", "path": "/Users", "bulkId": "a", "data": body("thief@example.org") }] });
            assert_eq!(thief.post("/Bulk", &bulk).is(200)["Operations"][0]["status"], "409");
            // Another connection's user is asked for, never taken.
            let mail =
                json!([{ "op": "replace", "path": "emails[type eq \"work\"].value", "value": "thief@example.org" }]);
            thief.patch(&ann, mail).refuses(403);
            thief.put(&ann, &body("thief@example.org")).refuses(403);
        }
        let mut namesake = body("ann@example.org");
        namesake["userName"] = json!("another@example.org");
        assert_ne!(format!("/Users/{}", id(&thief.post("/Users", &namesake).is(201))), ann);
        assert_eq!(owner.get(&ann).text, before);
    });
}

/// Groups were found by name whoever had made them, joined, and their people deleted.
#[test]
fn scim_cannot_reach_admin() {
    for_each_store(|server| {
        let (owner, other) = (server.connect(DEFAULT, "owner"), server.connect(DEFAULT, "other"));
        let ann = owner.user("ann");
        let admins = owner.group("Admins", &[&ann]);
        let before = owner.get(&format!("/Groups/{admins}")).text;
        let eve = other.user("eve");
        let namesake = other.group("admins", &[&eve]);
        assert_ne!(namesake, admins);
        assert_eq!(other.find("/Groups", "displayName eq \"admins\""), [namesake.as_str()]);
        let join = json!([{ "op": "add", "path": "members", "value": values(&[&eve]) }]);
        other.patch(&format!("/Groups/{admins}"), join).refuses(404);
        other.put(&format!("/Groups/{admins}"), &group("Admins", &[&eve])).refuses(404);
        other.delete(&format!("/Groups/{admins}")).refuses(404);
        other.delete(&format!("/Users/{ann}")).refuses(403);
        // Neither by the group's own user, nor inside of another.
        other.post("/Groups", &group("outer", &[&admins])).is_bad("invalidValue");
        assert_eq!(owner.get(&format!("/Groups/{admins}")).text, before);
        assert_eq!(members(&other.get(&format!("/Groups/{namesake}")).is(200)), [eve]);
        owner.get(&format!("/Users/{ann}")).is(200);
    });
}

/// Nesting without bound brought the process down.
#[test]
fn filter_bombs() {
    let nested =
        |open: &str, close: &str, depth: usize| format!("{}userName pr{}", open.repeat(depth), close.repeat(depth));
    for_each_store(|server| {
        let client = server.client();
        let path = format!("/Users/{}", client.user("ann"));
        let mut bombs: Vec<String> = [33, 2_000]
            .iter()
            .flat_map(|depth| [nested("(", ")", *depth), nested("not (", ")", *depth), nested("emails[", "]", *depth)])
            .collect();
        bombs.push(vec!["userName pr"; 5_000].join(" or "));
        bombs.push("(".repeat(8_000));
        let began = Instant::now();
        for bomb in &bombs {
            client.post("/Users/.search", &json!({ "schemas": [SEARCH], "filter": bomb })).is_bad("invalidFilter");
            client.post("/.search", &json!({ "schemas": [SEARCH], "filter": bomb })).is_bad("invalidFilter");
            let removal = json!([{ "op": "remove", "path": format!("emails[{bomb}]") }]);
            assert_eq!(client.patch(&path, removal).status, 400);
            let query = format!("/Users?filter={}", encode(bomb));
            // The client at hand sends no longer one.
            if query.len() < 60_000 {
                let refused = client.get(&query);
                assert!(matches!(refused.status, 400 | 414 | 431), "{}", refused.status);
            }
        }
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let body = format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
            for place in ["/Users", "/Groups", "/Users/.search", "/Bulk"] {
                let answer =
                    client.attempt("POST", place, &[("content-type", SCIM_JSON)], Some(body.as_bytes())).unwrap();
                answer.refuses(400);
            }
        }
        assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
        client.get(&path).is(200);
    });
}

/// A word that nobody knew was taken for another one.
#[test]
fn unknown_words_are_refused() {
    for_each_store(|server| {
        for profile in [Profile::Tolerant, Profile::Rfc] {
            let client = server.client_of(&server.connection(DEFAULT, profile.as_str(), profile));
            let path = format!("/Users/{}", client.user(&format!("ann {profile}")));
            let before = client.get(&path).text;
            for verb in ["set", "", "move", "delete", "removeall", "re place", "\u{212b}dd"] {
                let operation = json!([{ "op": verb, "path": "displayName", "value": "x" }]);
                client.patch(&path, operation).refuses(400);
            }
            for method in ["GET", "HEAD", "", "PURGE", "MERGE"] {
                let operation = json!({ "method": method, "path": path, "bulkId": "b", "data": patch(json!([])) });
                let bulk = json!({ "schemas": [BULK], "Operations": [operation] });
                assert_eq!(client.post("/Bulk", &bulk).is(200)["Operations"][0]["status"], "400", "{method}");
            }
            client.get("/Users?sortBy=userName&sortOrder=sideways").refuses(400);
            client.get("/Users?filter=userName%20like%20%22a%22").is_bad("invalidFilter");
            assert_eq!(client.get(&path).text, before);
        }
    });
}

/// Rights hung on addresses and methods: a search by POST needed the right to create, and Bulk had rights of its own.
#[test]
fn rights_follow_the_effect() {
    for_each_store(|server| {
        let connection = server.connection(DEFAULT, "rights", Profile::Tolerant);
        let writer = server.client_of(&connection);
        let reader = server.client_with(server.mint(&connection, TokenScope::Read, None).secret.reveal());
        let (ann, crew) = (writer.user("ann"), writer.group("crew", &[]));
        for path in ["/Users/.search", "/Groups/.search", "/.search"] {
            reader.post(path, &json!({ "schemas": [SEARCH] })).is(200);
        }
        let before = (writer.get(&format!("/Users/{ann}")).text, writer.get(&format!("/Groups/{crew}")).text);
        let rows = server.journal(DEFAULT).len();
        let (user, crew_path) = (format!("/Users/{ann}"), format!("/Groups/{crew}"));
        let body = json!({ "schemas": [USER], "userName": "ann" });
        let change = patch(json!([{ "op": "replace", "path": "displayName", "value": "x" }]));
        let effects: [(&str, &str, Value); 8] = [
            ("POST", "/Users", json!({ "schemas": [USER], "userName": "new" })),
            ("PUT", &user, body),
            ("PATCH", &user, change.clone()),
            ("DELETE", &user, Value::Null),
            ("POST", "/Groups", group("new", &[])),
            ("PUT", &crew_path, group("crew", &[&ann])),
            ("PATCH", &crew_path, change),
            ("DELETE", &crew_path, Value::Null),
        ];
        for (method, path, data) in &effects {
            let sent = (!data.is_null()).then_some(data);
            reader.send(method, path, &[], sent).refuses(403);
            let mut operation = json!({ "method": method, "path": path, "bulkId": "b" });
            if let Some(data) = sent {
                operation["data"] = data.clone();
            }
            let bulk = json!({ "schemas": [BULK], "Operations": [operation] });
            assert_eq!(reader.post("/Bulk", &bulk).is(200)["Operations"][0]["status"], "403", "{method} {path}");
        }
        assert_eq!((writer.get(&user).text, writer.get(&crew_path).text), before);
        assert_eq!(server.journal(DEFAULT).len(), rows);
    });
}

/// A pagination token was encrypted with a key that everybody had, and what it held was put into the query.
#[test]
fn cursor_is_data() {
    let elsewhere = start();
    elsewhere.client().many_users("u", 3);
    for_each_store(|server| {
        let (client, stranger) = (server.connect(DEFAULT, "own"), server.connect("other", "own"));
        client.many_users("u", 3);
        stranger.many_users("u", 3);
        let list = |cursor: &str| format!("/Users?count=1&sortBy=userName&cursor={}", encode(cursor));
        let made = |asker: &Client| asker.get(&list("")).is(200)["nextCursor"].as_str().unwrap().to_owned();
        let own = made(&client);
        client.get(&list(&own)).is(200);
        // Of another tenant, and of another installation, whose key is another.
        let mut wrong = vec![made(&stranger), made(&elsewhere.client())];
        // Each character changed, and each end cut off.
        let characters: Vec<char> = own.chars().collect();
        for (at, character) in characters.iter().enumerate() {
            let mut changed = characters.clone();
            changed[at] = if *character == 'A' { 'B' } else { 'A' };
            wrong.push(changed.iter().collect());
            wrong.push(characters.iter().take(at).collect());
        }
        wrong.retain(|cursor| !cursor.is_empty());
        // What a server that trusted it would take for a place, a column or a statement.
        for text in ["1", "userName", "eyJrZXkiOiJ1MSIsInNlcSI6MX0", "'; DROP TABLE users; --"] {
            wrong.push(text.to_owned());
        }
        for cursor in wrong {
            let error = client.get(&list(&cursor)).is(400);
            assert_eq!(error["scimType"], "invalidCursor", "{cursor:?}: {error}");
        }
        assert_eq!(client.get("/Users").is(200)["totalResults"], 3);
    });
}
