//! How fast a connection may ask. The servers' clock stands still unless a test moves it.

use rollcall::access::Profile;
use rollcall::directory::connections::ConnectionChange;
use rollcall::directory::log::Wanted;
use serde_json::{Value, json};

use crate::client::{Client, user};
use crate::server::{DEFAULT, Server, for_each_store};

/// How many requests in a row are answered before one is held off, at most `most`.
fn answered(client: &Client, most: usize) -> usize {
    (0..most).take_while(|_| client.get("/Users?count=0").status == 200).count()
}

fn limited(server: &Server, rate: Option<u32>) -> Client {
    let connection = server.connection(DEFAULT, "slow", Profile::Tolerant);
    server.set_connection(&connection, ConnectionChange { rate: Some(rate), ..ConnectionChange::default() });
    server.client_of(&connection)
}

#[test]
fn a_connection_is_held_to_its_rate_and_no_other_is() {
    for_each_store(|server| {
        let slow = limited(server, Some(25));
        assert_eq!(answered(&slow, 100), 50);
        let held = slow.get("/Users");
        let detail = held.refuses(429);
        assert!(detail.starts_with("too many requests"), "{detail}");
        assert_eq!(held.header("retry-after"), Some("1"));
        // Before anything of the request is judged.
        slow.send("POST", "/Users", &[("content-type", "text/plain")], Some(&user("x"))).refuses(429);
        server.client_of(&server.connection(DEFAULT, "slow", Profile::Tolerant)).get("/Users").refuses(429);
        assert_eq!(answered(&server.client(), 60), 60);
        server.clock.advance(1);
        assert_eq!(answered(&slow, 100), 25);
        server.clock.advance(60);
        assert_eq!(answered(&slow, 100), 50);
        let failures = server.log(DEFAULT, Wanted { failures: true, ..Wanted::default() });
        assert!(failures.len() >= 5 && failures.iter().all(|row| row.status == 429));
        assert!(failures[0].did.starts_with("held off"), "{}", failures[0].did);
    });
}

#[test]
fn a_change_of_the_rate_holds_at_the_next_request() {
    for_each_store(|server| {
        let slow = limited(server, None);
        assert_eq!(answered(&slow, 120), 120);
        limited(server, Some(30));
        assert_eq!(answered(&slow, 120), 60);
        limited(server, None);
        assert_eq!(answered(&slow, 120), 120);
    });
}

#[test]
fn each_operation_of_a_bulk_request_counts() {
    for_each_store(|server| {
        let slow = limited(server, Some(25));
        let operations: Vec<Value> = (0..60)
            .map(|number| json!({"method": "POST", "path": "/Users", "bulkId": number.to_string(), "data": user(&format!("u{number}"))}))
            .collect();
        let schema = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
        let answer = slow.post("/Bulk", &json!({"schemas": [schema], "Operations": operations})).is(200);
        // One request is never cut short; what it cost is waited for afterwards.
        assert!(answer["Operations"].as_array().unwrap().iter().all(|done| done["status"] == "201"), "{answer}");
        let held = slow.get("/Users");
        held.refuses(429);
        assert_eq!(held.header("retry-after"), Some("1"));
        server.clock.advance(1);
        assert_eq!(answered(&slow, 100), 15);
    });
}
