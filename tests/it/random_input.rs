//! Ten thousand bodies that nobody meant, from a fixed seed: whatever they say, the answer is SCIM and no fault of ours.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use rollcall::access::Profile;

use crate::client::{Client, ENTERPRISE, GROUP, SCIM_JSON, USER, patch};
use crate::dice::Dice;
use crate::server::{DEFAULT, for_each_store};

const BODIES: usize = 10_000;
const WORKERS: usize = 4;

const SEARCH: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
const BULK: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";

const NAMES: [&str; 40] = [
    "schemas",
    "id",
    "externalId",
    "userName",
    "USERNAME",
    "name",
    "name.familyName",
    "familyName",
    "displayName",
    "title",
    "active",
    "password",
    "emails",
    "phoneNumbers",
    "addresses",
    "x509Certificates",
    "roles",
    "groups",
    "members",
    "manager",
    "value",
    "type",
    "primary",
    "display",
    "$ref",
    "meta",
    "version",
    ENTERPRISE,
    USER,
    "Operations",
    "op",
    "path",
    "filter",
    "sortBy",
    "sortOrder",
    "startIndex",
    "count",
    "attributes",
    "method",
    "bulkId",
];

const TEXTS: [&str; 36] = [
    "",
    " ",
    "a",
    "ann",
    "True",
    "false",
    "null",
    "add",
    "REMOVE",
    "replace",
    "POST",
    "patch",
    "/Users",
    "/Groups/bulkId:a",
    "work",
    "descending",
    "members",
    "userName",
    "emails[type eq \"work\"].value",
    "emails[type eq \"work\"",
    "members[value eq \"x\"]",
    "emails[not (type pr)]",
    "urn:x:y",
    USER,
    GROUP,
    ENTERPRISE,
    "urn:ietf:params:scim:api:messages:2.0:PatchOp",
    "urn:ietf:params:scim:api:messages:2.0:SearchRequest",
    "userName eq \"a\" or not (title pr and emails[value co \"a\"])",
    "01900000-0000-7000-8000-000000000000",
    "2011-05-13T04:42:34Z",
    "\u{0}",
    "\u{202e}",
    "\u{1F600}",
    "e\u{301}\u{fb01}\u{130}",
    "..%2f'\";--",
];

const PATHS: [&str; 12] = [
    "userName",
    "title",
    "id",
    "meta.created",
    "groups",
    "active",
    "emails[type eq \"work\"].value",
    "name.familyName",
    "members",
    "displayName",
    "emails",
    "nothing",
];

const FILTERS: [&str; 6] = [
    "userName pr",
    "title co \"a\"",
    "not (displayName eq \"a\")",
    "password pr",
    "emails[type eq \"work\"]",
    "members eq \"a\"",
];

/// Makes bodies.
struct Writer(Dice);

impl Writer {
    fn roll(&mut self, sides: usize) -> usize {
        self.0.roll(sides)
    }

    fn text(&mut self) -> String {
        match self.roll(12) {
            0 => TEXTS[self.roll(TEXTS.len())].repeat(self.roll(40)),
            1 => format!("{}{}", TEXTS[self.roll(TEXTS.len())], TEXTS[self.roll(TEXTS.len())]),
            _ => TEXTS[self.roll(TEXTS.len())].to_owned(),
        }
    }

    fn value(&mut self, depth: usize) -> Value {
        let leaf =
            [json!(null), json!(true), json!(false), json!(0), json!(-1), json!(1e300), json!(u64::MAX), json!(0.1)];
        match self.roll(if depth > 4 { 8 } else { 14 }) {
            0..=2 => leaf[self.roll(leaf.len())].clone(),
            3..=7 => json!(self.text()),
            8..=10 => (0..self.roll(4)).map(|_| self.value(depth + 1)).collect(),
            _ => Value::Object(self.object(depth + 1)),
        }
    }

    fn object(&mut self, depth: usize) -> Map<String, Value> {
        (0..self.roll(7)).map(|_| (NAMES[self.roll(NAMES.len())].to_owned(), self.value(depth))).collect()
    }

    /// One of these, or anything at all.
    fn word(&mut self, words: &[&str]) -> String {
        if self.roll(6) == 0 { self.text() } else { words[self.roll(words.len())].to_owned() }
    }

    /// Something near what an endpoint expects.
    fn likely(&mut self, method: &str, path: &str) -> Value {
        let mut body = match (method, path) {
            ("PATCH", _) => patch(
                json!([{ "op": self.word(&["add", "replace", "remove"]), "path": self.word(&PATHS), "value": self.value(1) }]),
            ),
            (_, "/Bulk") => {
                let operations: Vec<Value> = (0..=self.roll(3)).map(|_| self.operation()).collect();
                json!({ "schemas": [BULK], "failOnErrors": 1 + self.roll(3), "Operations": operations })
            }
            (_, path) if path.ends_with(".search") => {
                json!({ "schemas": [SEARCH], "filter": self.word(&FILTERS), "sortBy": self.word(&PATHS), "count": 3 })
            }
            (_, path) if path.starts_with("/Groups") => {
                json!({ "schemas": [GROUP], "displayName": self.word(&TEXTS), "members": [] })
            }
            _ => json!({ "schemas": [USER], "userName": self.word(&TEXTS) }),
        };
        if self.roll(3) == 0 {
            body.as_object_mut().unwrap().extend(self.object(2));
        }
        body
    }

    /// An operation of a bulk request. Names are few, so that they meet: twice, in circles, or leading to nothing.
    fn operation(&mut self) -> Value {
        let (method, name) = (self.word(&["POST", "POST", "PUT", "PATCH", "DELETE"]), self.word(&["a", "b", "c"]));
        let other = format!("bulkId:{}", self.word(&["a", "b", "c", "d"]));
        let path = match self.roll(5) {
            0 => self.word(&["/Users/1", "/Bulk", "/Schemas"]),
            1 => format!("/Groups/{other}"),
            _ => self.word(&["/Users", "/Groups"]),
        };
        let mut data = self.likely(&method, &path);
        match self.roll(3) {
            0 => data["members"] = json!([{ "value": other }]),
            1 => data[ENTERPRISE] = json!({ "manager": { "value": other } }),
            _ => {}
        }
        let mut operation = json!({ "method": method, "path": path, "data": data });
        if self.roll(6) != 0 {
            operation["bulkId"] = json!(name);
        }
        if self.roll(6) == 0 {
            operation["version"] = self.value(3);
        }
        operation
    }

    fn body(&mut self, method: &str, path: &str) -> Vec<u8> {
        let mut text = match self.roll(4) {
            0 => self.value(0).to_string(),
            1 => Value::Object(self.object(0)).to_string(),
            _ => self.likely(method, path).to_string(),
        }
        .into_bytes();
        match self.roll(8) {
            0 => text.truncate(self.roll(text.len() + 1)),
            1 if !text.is_empty() => {
                let place = self.roll(text.len());
                text[place] = u8::try_from(self.roll(256)).unwrap();
            }
            _ => {}
        }
        text
    }
}

/// Sends bodies and gives what the answers were: a status, or what kind of 400.
fn throw(client: &Client, endpoints: &[(&str, String)], seed: u64) -> BTreeMap<String, usize> {
    let (mut writer, mut seen) = (Writer(Dice::new(seed)), BTreeMap::new());
    for number in 0..BODIES / WORKERS / 2 {
        let (method, path) = &endpoints[number % endpoints.len()];
        let body = writer.body(method, path);
        let shown = || format!("{method} {path} {}", String::from_utf8_lossy(&body));
        let answer = client.attempt(method, path, &[("content-type", SCIM_JSON)], Some(&body));
        let answer = answer.unwrap_or_else(|fault| panic!("{}: {fault}", shown()));
        assert!((200..500).contains(&answer.status), "{}: {} {}", shown(), answer.status, answer.text);
        assert!(!answer.text.contains("\"status\":\"5"), "{}: {}", shown(), answer.text);
        let json = answer.json();
        if answer.status >= 400 {
            answer.refuses(answer.status);
        }
        let kind = json["scimType"].as_str().map_or_else(|| answer.status.to_string(), str::to_owned);
        *seen.entry(kind).or_default() += 1;
    }
    seen
}

#[test]
fn ten_thousand_random_bodies_are_answered() {
    for_each_store(|server| {
        for profile in [Profile::Tolerant, Profile::Rfc] {
            let connection = server.connection(DEFAULT, &format!("{profile} random"), profile);
            let clients: Vec<Client> = (0..WORKERS).map(|_| server.client_of(&connection)).collect();
            let (ann, crew) = (clients[0].user(&format!("{profile}")), clients[0].group("crew", &[]));
            let endpoints = [
                ("POST", "/Users".to_owned()),
                ("PUT", format!("/Users/{ann}")),
                ("PATCH", format!("/Users/{ann}")),
                ("POST", "/Users/.search".to_owned()),
                ("POST", "/Groups".to_owned()),
                ("PUT", format!("/Groups/{crew}")),
                ("PATCH", format!("/Groups/{crew}")),
                ("POST", "/Groups/.search".to_owned()),
                ("POST", "/.search".to_owned()),
                ("POST", "/Bulk".to_owned()),
                ("GET", "/Users?count=1".to_owned()),
                ("DELETE", "/Users/1".to_owned()),
                ("DELETE", format!("/Groups/{ann}")),
                ("POST", "/ServiceProviderConfig".to_owned()),
                ("PUT", "/ResourceTypes/User".to_owned()),
                ("PATCH", format!("/Schemas/{USER}")),
                ("POST", "/nowhere".to_owned()),
            ];
            let seen: Vec<BTreeMap<String, usize>> = std::thread::scope(|scope| {
                let throwing = |(worker, client)| {
                    let endpoints = &endpoints;
                    scope.spawn(move || throw(client, endpoints, 0x9E37_79B9_7F4A_7C15 ^ worker))
                };
                let workers: Vec<_> = (1_u64..).zip(&clients).map(throwing).collect();
                workers.into_iter().map(|worker| worker.join().unwrap()).collect()
            });
            // They went deep enough to be judged in every way.
            for kind in [
                "200",
                "201",
                "uniqueness",
                "invalidSyntax",
                "invalidValue",
                "invalidPath",
                "invalidFilter",
                "mutability",
            ] {
                let times: usize = seen.iter().filter_map(|seen| seen.get(kind)).sum();
                assert!(times >= 10, "{kind} {times} times ({profile}): {seen:?}");
            }
            // Nothing that happened keeps the server from serving.
            clients[0].get("/Users").is(200);
            clients[0].get("/Groups").is(200);
        }
    });
}
