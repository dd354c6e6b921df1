//! Requests that end before they are whole, and bulk requests that cannot be: nothing is half done, and where an answer is
//! possible it is a clear one.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};

use serde_json::{Value, json};

use crate::client::{GROUP, USER, patch, values};
use crate::server::{DEFAULT, Server, for_each_store};

const BULK: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";

fn bulk(operations: Value) -> Value {
    json!({ "schemas": [BULK], "Operations": operations })
}

fn make(name: &str) -> Value {
    json!({ "method": "POST", "path": "/Users", "bulkId": name, "data": { "schemas": [USER], "userName": name } })
}

fn nest(name: &str, inner: &str) -> Value {
    let data = json!({ "schemas": [GROUP], "displayName": name, "members": [{ "value": format!("bulkId:{inner}") }] });
    json!({ "method": "POST", "path": "/Groups", "bulkId": name, "data": data })
}

/// Sends the head of a request, a part of its body, and nothing more. Waits until the server has done with it.
fn break_off(server: &Server, method: &str, path: &str, body: &str, sent: usize, chunked: bool) -> String {
    let authority = server.base.trim_start_matches("http://").split('/').next().unwrap();
    let mut stream = TcpStream::connect(authority).unwrap();
    let length =
        if chunked { "Transfer-Encoding: chunked".to_owned() } else { format!("Content-Length: {}", body.len()) };
    let head = format!(
        "{method} /scim/v2{path} HTTP/1.1\r\nHost: {authority}\r\nAuthorization: Bearer {}\r\nContent-Type: application/scim+json\r\n{length}\r\n\r\n",
        server.token
    );
    let part = &body.as_bytes()[..sent];
    let announced = if chunked { format!("{:x}\r\n", body.len()).into_bytes() } else { Vec::new() };
    stream.write_all(&[head.as_bytes(), &announced, part].concat()).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let mut answer = Vec::new();
    // A reset is an end as good as any.
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn a_body_that_breaks_off_changes_nothing() {
    for_each_store(|server| {
        let client = server.client();
        let (ann, crew) = (client.user("ann"), client.group("crew", &[]));
        let (user, group) = (format!("/Users/{ann}"), format!("/Groups/{crew}"));
        let state = || (client.get(&user).text, client.get(&group).text, client.get("/Users").text);
        let (before, rows) = (state(), server.journal(DEFAULT).len());
        let requests = [
            ("POST", "/Users".to_owned(), json!({ "schemas": [USER], "userName": "half" })),
            ("PUT", user.clone(), json!({ "schemas": [USER], "userName": "half" })),
            ("PATCH", user.clone(), patch(json!([{ "op": "replace", "path": "userName", "value": "half" }]))),
            ("PATCH", group.clone(), patch(json!([{ "op": "add", "path": "members", "value": values(&[&ann]) }]))),
            ("POST", "/Bulk".to_owned(), bulk(json!([make("half0"), make("half1"), make("half2")]))),
        ];
        for (method, path, body) in &requests {
            // Spaces at the end, so that a part of the body is a whole document.
            let body = format!("{body}    ");
            for sent in [0, 1, body.len() / 3, body.len() / 2, body.len() - 5, body.len() - 1] {
                for chunked in [false, true] {
                    let answer = break_off(server, method, path, &body, sent, chunked);
                    let status = answer.split(' ').nth(1).unwrap_or("4");
                    assert!(status.starts_with('4'), "{method} {path} after {sent}: {answer}");
                }
            }
        }
        assert_eq!(state(), before);
        assert_eq!(server.journal(DEFAULT).len(), rows);
    });
}

#[test]
fn a_client_that_leaves_before_the_answer_has_each_operation_whole_or_not_at_all() {
    for_each_store(|server| {
        let client = server.client();
        for round in 0..10 {
            let operations: Vec<Value> = (0..60)
                .map(|number| {
                    let mut operation = make(&format!("left{round}-{number}"));
                    operation["data"]["emails"] = json!([{ "value": "whole@example.org", "type": "work" }]);
                    operation
                })
                .collect();
            let body = bulk(json!(operations)).to_string();
            let authority = server.base.trim_start_matches("http://").split('/').next().unwrap();
            let mut stream = TcpStream::connect(authority).unwrap();
            let head = format!(
                "POST /scim/v2/Bulk HTTP/1.1\r\nHost: {authority}\r\nAuthorization: Bearer {}\r\nContent-Type: application/scim+json\r\nContent-Length: {}\r\n\r\n",
                server.token,
                body.len()
            );
            stream.write_all(&[head.as_bytes(), body.as_bytes()].concat()).unwrap();
            drop(stream);
            // The server goes on serving others meanwhile.
            client.get("/Users?count=0").is(200);
        }
        let users = client.get("/Users?count=1000").is(200);
        let found = users["Resources"].as_array().unwrap();
        for user in found {
            assert_eq!(user["emails"][0]["value"], "whole@example.org", "{user}");
            assert_eq!(user["meta"]["version"], "W/\"1\"", "{user}");
        }
        // Whoever is there can be made no second time, and whoever is not can be made.
        let again: Vec<Value> = (0..60).map(|number| make(&format!("left0-{number}"))).collect();
        let answer = client.post("/Bulk", &bulk(json!(again))).is(200);
        for operation in answer["Operations"].as_array().unwrap() {
            assert!(operation["status"] == "201" || operation["status"] == "409", "{operation}");
        }
        assert!(client.get("/Users?count=0").is(200)["totalResults"].as_u64() >= Some(60));
    });
}

#[test]
fn bulk_that_cannot_be_is_refused_by_its_operations() {
    for_each_store(|server| {
        let client = server.client();
        let statuses = |operations: Value| -> Vec<String> {
            let answer = client.post("/Bulk", &bulk(operations)).is(200);
            let all = answer["Operations"].as_array().unwrap().clone();
            for one in &all {
                let refused = one["status"].as_str().unwrap().starts_with('4');
                assert_eq!(refused, one["response"]["detail"].is_string(), "{one}");
            }
            all.iter().map(|one| one["status"].as_str().unwrap().to_owned()).collect()
        };
        // References to nothing, to oneself, in a circle of groups, and to what failed.
        assert_eq!(statuses(json!([nest("a", "nobody")])), ["400"]);
        assert_eq!(statuses(json!([nest("a", "a")])), ["400"]);
        assert_eq!(statuses(json!([nest("a", "b"), nest("b", "c"), nest("c", "a")])), ["400"; 3]);
        assert_eq!(statuses(json!([make("twice"), make("twice"), nest("a", "twice")]))[1], "400");
        let mut bad = make("bad");
        bad["data"]["userName"] = json!("");
        assert_eq!(statuses(json!([bad, nest("b", "bad")])), ["400", "400"]);
        for path in ["/Users/bulkId:nobody", "/Users/bulkId:", "/Groups/bulkId:a/b", "bulkId:a"] {
            assert!(statuses(json!([{ "method": "DELETE", "path": path }]))[0].starts_with('4'), "{path}");
        }
        assert_eq!(client.get("/Groups").is(200)["Resources"].as_array().unwrap().len(), 1, "the one around `twice`");
        // A long chain of references, told backwards.
        let chain: Vec<Value> = (0..900).map(|at| nest(&format!("g{at}"), &format!("g{}", at + 1))).collect();
        assert_eq!(statuses(json!(chain)), vec!["400"; 900]);
        // Over the limits: nothing is done.
        let rows = server.journal(DEFAULT).len();
        let many: Vec<Value> = (0..1001).map(|at| make(&format!("many{at}"))).collect();
        client.post("/Bulk", &bulk(json!(many))).refuses(413);
        let mut heavy = make("heavy");
        heavy["data"]["title"] = json!("x".repeat(17 << 20));
        client.post("/Bulk", &bulk(json!([make("light"), heavy]))).refuses(413);
        assert_eq!(server.journal(DEFAULT).len(), rows);
        // Errors end it where they may.
        let stop = json!({ "schemas": [BULK], "failOnErrors": 1, "Operations": [nest("z", "nobody"), make("after")] });
        let stopped = client.post("/Bulk", &stop).is(200);
        assert_eq!(stopped["Operations"].as_array().unwrap().len(), 1);
        assert_eq!(client.find("/Users", "userName eq \"after\""), [""; 0]);
    });
}
