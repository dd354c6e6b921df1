//! Requests that are wrong in every way we know: each is refused in SCIM's form, and the server goes on.

use serde_json::{Value, json};

use rollcall::access::Profile;

use crate::client::{Client, ENTERPRISE, SCIM_JSON, USER, group, id, patch, user};
use crate::server::{DEFAULT, Server, for_each_store, start};

/// Endpoints that read a body, below the base URL.
fn bodies(client: &Client) -> Vec<(&'static str, String)> {
    let (ann, crew) = (client.user("ann"), client.group("crew", &[]));
    vec![
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
    ]
}

fn profiles(server: &Server) -> [Client; 2] {
    [Profile::Tolerant, Profile::Rfc]
        .map(|profile| server.client_of(&server.connection(DEFAULT, profile.as_str(), profile)))
}

#[test]
fn what_is_no_json_is_400_everywhere() {
    for_each_store(|server| {
        let client = server.client();
        let deep = |depth: usize| format!("{{\"userName\":{}1{}}}", "[".repeat(depth), "]".repeat(depth)).into_bytes();
        let broken: Vec<Vec<u8>> = vec![
            b"".to_vec(),
            b" \n".to_vec(),
            b"{".to_vec(),
            b"{\"userName\":".to_vec(),
            b"{\"userName\":\"a".to_vec(),
            b"{\"userName\":\"a\"".to_vec(),
            b"{\"userName\":\"a\"}}".to_vec(),
            b"{\"userName\":\"a\"} x".to_vec(),
            b"{'userName':'a'}".to_vec(),
            b"{\"userName\":\"a\",}".to_vec(),
            b"{userName:\"a\"}".to_vec(),
            b"{\"userName\":\"\xff\xfe\"}".to_vec(),
            b"\xff\xfe{\0}\0".to_vec(),
            b"{\"userName\":\"\xed\xa0\x80\"}".to_vec(),
            b"{\"userName\":\"\\ud800\"}".to_vec(),
            b"{\"userName\":\"\\udc00\\ud800\"}".to_vec(),
            b"{\"userName\":\"\\uD83D\"}".to_vec(),
            b"{\"userName\":\"a\nb\"}".to_vec(),
            b"{\"userName\":\"a\",\"userName\":\"b\"}".to_vec(),
            b"{\"userName\":\"a\",\"x\":{\"y\":1,\"y\":1}}".to_vec(),
            b"{\"userName\":\"a\",\"x\":1e999}".to_vec(),
            b"{\"userName\":\"a\",\"x\":NaN}".to_vec(),
            b"{\"userName\":\"a\",\"x\":01}".to_vec(),
            b"[]".to_vec(),
            b"\"text\"".to_vec(),
            b"null".to_vec(),
            b"1".to_vec(),
            deep(65),
            deep(100_000),
            vec![b'['; 1 << 20],
            b"{\"a\":".repeat(100_000),
        ];
        let rows = server.journal(DEFAULT).len();
        let endpoints = bodies(&client);
        for (method, path) in &endpoints {
            for body in &broken {
                let answer = client.attempt(method, path, &[("content-type", SCIM_JSON)], Some(body)).unwrap();
                let shown = String::from_utf8_lossy(&body[..body.len().min(60)]);
                assert_eq!(answer.status, 400, "{method} {path} {shown}: {}", answer.text);
                answer.refuses(400);
            }
        }
        // Only the user and the group that were asked for exist.
        assert_eq!(server.journal(DEFAULT).len(), rows + 2);
    });
}

#[test]
fn nul_is_refused_wherever_it_stands() {
    for_each_store(|server| {
        for client in profiles(server) {
            let bodies = [
                json!({ "schemas": [USER], "userName": "a\0b" }),
                json!({ "schemas": [USER], "userName": "nul", "displayName": "\0" }),
                json!({ "schemas": [USER], "userName": "nul", "externalId": "a\0" }),
                json!({ "schemas": [USER], "userName": "nul", "name": { "familyName": "\0a" } }),
                json!({ "schemas": [USER], "userName": "nul", "emails": [{ "value": "a\0@example.com" }] }),
                json!({ "schemas": [USER, ENTERPRISE], "userName": "nul", ENTERPRISE: { "department": "a\0" } }),
                json!({ "schemas": [USER, ENTERPRISE], "userName": "nul", ENTERPRISE: { "manager": { "value": "\0" } } }),
            ];
            for body in bodies {
                client.post("/Users", &body).refuses(400);
            }
            client.post("/Groups", &group("a\0b", &[])).refuses(400);
            client.post("/Groups", &group("nul", &["a\0b"])).refuses(400);
            let ann = client.user("ann");
            let path = format!("/Users/{ann}");
            client.patch(&path, json!([{ "op": "add", "path": "title", "value": "\0" }])).refuses(400);
            client
                .patch(&path, json!([{ "op": "add", "path": "emails[type eq \"a\0\"].value", "value": "x" }]))
                .refuses(400);
            for filter in
                ["userName eq \"a\0\"", "title co \"\0\"", "userName eq \"a\\u0000\"", "externalId eq \"\\u0000\""]
            {
                let status = client.get(&format!("/Users?filter={}", crate::client::encode(filter))).status;
                assert!(matches!(status, 200 | 400), "{filter}: {status}");
            }
            client.delete(&path).is(204);
        }
    });
}

/// A user with everything.
fn whole() -> Value {
    let list = |value: &str| json!([{ "value": value, "type": "work", "primary": true, "display": "d" }]);
    json!({
        "schemas": [USER, ENTERPRISE], "userName": "whole", "externalId": "x", "displayName": "d", "nickName": "n",
        "profileUrl": "https://example.com/", "title": "t", "userType": "u", "preferredLanguage": "en", "locale": "en-US",
        "timezone": "Europe/Berlin", "active": true, "password": "p",
        "name": { "formatted": "f", "familyName": "f", "givenName": "g", "middleName": "m", "honorificPrefix": "p", "honorificSuffix": "s" },
        "emails": list("a@example.com"), "phoneNumbers": list("tel:+1"), "ims": list("i"), "photos": list("https://example.com/p"),
        "entitlements": list("e"), "roles": list("r"), "x509Certificates": list("MAA="),
        "addresses": [{ "formatted": "f", "streetAddress": "s", "locality": "l", "region": "r", "postalCode": "p", "country": "DE", "type": "work", "primary": true }],
        ENTERPRISE: { "employeeNumber": "1", "costCenter": "c", "organization": "o", "division": "d", "department": "d", "manager": { "value": "x" } },
        "meta": { "resourceType": "User" }, "groups": [{ "value": "x" }], "id": "x",
    })
}

/// Pointers to every value inside.
fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(members) => members.iter().map(|(name, member)| (name.replace('/', "~1"), member)).collect(),
        Value::Array(elements) => {
            elements.iter().enumerate().map(|(place, element)| (place.to_string(), element)).collect()
        }
        _ => Vec::new(),
    };
    for (name, member) in inner {
        let pointer = format!("{at}/{name}");
        pointers(member, &pointer, found);
        found.push(pointer);
    }
}

#[test]
fn a_wrong_type_anywhere_is_judged_and_never_a_fault() {
    for_each_store(|server| {
        let wrong = [
            json!(null),
            json!(true),
            json!(0),
            json!(-1.5),
            json!(1e308),
            json!(""),
            json!("x"),
            json!([]),
            json!({}),
            json!([null]),
            json!([[]]),
            json!([{ "value": {} }]),
            json!({ "value": [1] }),
            json!([1, "a", {}]),
        ];
        let mut places = Vec::new();
        pointers(&whole(), "", &mut places);
        assert!(places.len() > 80);
        for client in profiles(server) {
            let ann = client.user("ann");
            let path = format!("/Users/{ann}");
            for place in &places {
                for value in &wrong {
                    let mut body = whole();
                    *body.pointer_mut(place).unwrap() = value.clone();
                    let operation = json!([{ "op": "replace", "value": body }]);
                    for (method, body) in [("PUT", body), ("PATCH", patch(operation))] {
                        let answer = client.send(method, &path, &[], Some(&body));
                        if answer.status != 200 {
                            assert_eq!(answer.status, 400, "{method} {place} = {value}: {}", answer.text);
                            answer.refuses(400);
                        }
                    }
                }
            }
            assert_eq!(id(&client.get(&path).is(200)), ann);
            client.delete(&path).is(204);
        }
    });
}

#[test]
fn odd_ids_name_nothing() {
    for_each_store(|server| {
        let client = server.client();
        let ann = client.user("ann");
        let upper = ann.to_uppercase();
        let braced = format!("%7B{ann}%7D");
        let odd = [
            "0",
            "1",
            "-1",
            "1e9",
            "null",
            "%20",
            "..",
            "%2e%2e",
            "%2e%2e%2fGroups",
            "a%2fb",
            "%27%20OR%201=1--",
            "%d9%a1",
            "00000000-0000-0000-0000-000000000000",
            "ffffffff-ffff-ffff-ffff-ffffffffffff",
            &upper,
            &braced,
            &ann.replace('-', ""),
            &format!("{ann}%20"),
            &format!("{ann}x"),
            &"9".repeat(4000),
            "%F0%9F%98%80",
            "me",
            "Me",
            "*",
        ]
        .map(str::to_owned);
        for odd in odd {
            for (method, body) in
                [("GET", None), ("PUT", Some(user("x"))), ("PATCH", Some(patch(json!([])))), ("DELETE", None)]
            {
                for endpoint in ["/Users", "/Groups"] {
                    let body = body
                        .clone()
                        .map(|body| if endpoint == "/Groups" && method == "PUT" { group("x", &[]) } else { body });
                    let answer = client.send(method, &format!("{endpoint}/{odd}"), &[], body.as_ref());
                    assert!(matches!(answer.status, 400 | 404 | 405), "{method} {endpoint}/{odd}: {}", answer.text);
                    answer.refuses(answer.status);
                }
            }
        }
        client.get(&format!("/Groups/{ann}")).refuses(404);
        client.get(&format!("/Users/{ann}")).is(200);
    });
}

#[test]
fn bodies_are_taken_up_to_their_limit_and_not_beyond() {
    for_each_store(|server| {
        let client = server.client();
        for (endpoint, body, limit) in [("/Users", user("long"), 1 << 20), ("/Groups", group("long", &[]), 16 << 20)] {
            let mut text = body.to_string().into_bytes();
            text.resize(limit + 1, b' ');
            let send =
                |body: &[u8]| client.attempt("POST", endpoint, &[("content-type", SCIM_JSON)], Some(body)).unwrap();
            let detail = send(&text).refuses(413);
            assert!(detail.contains(&limit.to_string()), "{detail}");
            assert_eq!(client.get(endpoint).is(200)["totalResults"], 0);
            let made = id(&send(&text[..limit]).is(201));
            assert_eq!(client.get(&format!("{endpoint}/{made}")).is(200)["id"], made);
        }
    });
}

#[test]
fn queries_that_are_wrong_say_so() {
    let server = start();
    let client = server.client();
    client.user("ann");
    let wrong = [
        ("filter=", "invalidFilter"),
        ("filter=userName", "invalidFilter"),
        ("filter=userName%20eq", "invalidFilter"),
        ("filter=userName%20xx%20%22a%22", "invalidFilter"),
        ("filter=none%20eq%20%22a%22", "invalidFilter"),
        ("filter=(userName%20pr", "invalidFilter"),
        ("count=ten", "invalidValue"),
        ("startIndex=1.5", "invalidValue"),
    ];
    for (query, kind) in wrong {
        client.get(&format!("/Users?{query}")).is_bad(kind);
    }
    for query in [
        "count=1&count=2",
        "sortOrder=up&sortBy=userName",
        "sortBy=none",
        "sortBy=",
        "attributes=id&excludedAttributes=title",
    ] {
        client.get(&format!("/Users?{query}")).refuses(400);
    }
    // Bombs: each limit is named.
    let nested = format!("{}userName pr{}", "(".repeat(2000), ")".repeat(2000));
    let long = format!("userName eq \"{}\"", "a".repeat(17 << 10));
    let many = vec!["title pr"; 201].join(" or ");
    let negated = format!("{}(title pr){}", "not (".repeat(40), ")".repeat(40));
    for (filter, limit) in [(nested, "32"), (long, "16"), (many, "200"), (negated, "32")] {
        let search = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": filter });
        let detail = client.post("/Users/.search", &search).is_bad("invalidFilter");
        assert!(detail.contains(limit), "{detail}");
    }
}
