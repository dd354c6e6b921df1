//! The endpoint table, walked: who gets what answer at which endpoint.

use rollcall::access::{Needs, Profile, TokenScope};
use rollcall::http::{Endpoint, Method};
use serde_json::{Value, json};

use crate::client::{Answer, Client, GROUP, USER, group, patch, user};
use crate::resources::device;
use crate::server::{DEFAULT, Server, for_each_store};

/// Reviewed by people: each kind of actor, each endpoint and the status that it gets.
const REVIEWED: &str = include_str!("access.txt");

/// Makes what an endpoint works on, so that whoever may gets a 2xx, and gives the path with its id in place.
fn path_of(endpoint: &Endpoint, owner: &Client, turn: usize) -> String {
    let name = format!("{}-{turn}", endpoint.method);
    let id = match endpoint.path {
        "/Users/{id}" => owner.user(&name),
        "/Groups/{id}" => owner.group(&name, &[]),
        "/{type}/{id}" => crate::client::id(&owner.post("/Devices", &device(&name)).is(201)),
        _ => String::new(),
    };
    endpoint.path.replace("{type}", "Devices").replace("{id}", &id).replace("{name}", "User").replace("{urn}", USER)
}

/// A body that the endpoint takes; `turn` keeps names apart.
fn body_of(endpoint: &Endpoint, turn: usize) -> Option<Value> {
    let name = format!("{}-{turn}-changed", endpoint.method);
    match (endpoint.method, endpoint.path) {
        (Method::Get | Method::Delete, _) => None,
        (Method::Patch, _) => Some(patch(json!([{ "op": "replace", "path": "displayName", "value": name }]))),
        (_, path) if path.ends_with("/.search") => {
            Some(json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"] }))
        }
        (_, "/Bulk") => {
            let operation = json!({ "method": "POST", "path": "/Users", "bulkId": "1", "data": user(&name) });
            Some(json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": [operation] }))
        }
        (_, path) if path.starts_with("/Groups") => Some(group(&name, &[])),
        (_, path) if path.starts_with("/{type}") => Some(device(&name)),
        _ => Some(user(&name)),
    }
}

fn ask(client: &Client, endpoint: &Endpoint, owner: &Client, turn: usize) -> Answer {
    let (path, body) = (path_of(endpoint, owner, turn), body_of(endpoint, turn));
    client.send(endpoint.method.as_str(), &path, &[], body.as_ref())
}

fn endpoints() -> Vec<Endpoint> {
    let table = rollcall::scim::face().endpoints;
    assert!(table.len() > 20);
    table
}

#[test]
fn every_endpoint_answers_each_kind_of_actor_as_reviewed() {
    for_each_store(|server| {
        crate::resources::add_device(server, DEFAULT);
        let own = server.connection(DEFAULT, "tolerant", Profile::Tolerant);
        let owner = server.client_of(&own);
        let reader = server.client_with(server.mint(&own, TokenScope::Read, None).secret.reveal());
        let actors = [
            ("nobody", server.anonymous()),
            ("unknown", server.client_with("rc_scim_0000000000000000.x")),
            ("reader", reader),
            ("sibling", server.connect(DEFAULT, "sibling")),
            ("stranger", server.connect("other", "tolerant")),
            ("owner", server.client_of(&own)),
        ];
        let mut table = String::new();
        for (place, endpoint) in endpoints().iter().enumerate() {
            table.push_str(&format!("{:<6} {:<24}", endpoint.method.as_str(), endpoint.path));
            for (turn, (actor, client)) in actors.iter().enumerate() {
                let status = ask(client, endpoint, &owner, place * 10 + turn).status;
                table.push_str(&format!(" {actor} {status}"));
            }
            table.push('\n');
        }
        assert!(table == REVIEWED, "the table of answers is now\n{table}");
    });
}

#[test]
fn every_route_denies() {
    for_each_store(|server| {
        crate::resources::add_device(server, DEFAULT);
        let own = server.connection(DEFAULT, "tolerant", Profile::Tolerant);
        let owner = server.client_of(&own);
        let refused = bad_credentials(server);
        for (place, endpoint) in endpoints().iter().enumerate() {
            let rows = server.journal(DEFAULT).len();
            let (path, body) = (path_of(endpoint, &owner, place), body_of(endpoint, place));
            let made = server.journal(DEFAULT).len();
            assert!(made <= rows + 1);
            for (why, headers) in &refused {
                let headers: Vec<_> = headers.iter().map(|value| ("authorization", value.as_str())).collect();
                let answer = server.anonymous().send(endpoint.method.as_str(), &path, &headers, body.as_ref());
                if let (Needs::Public(_), "none") = (endpoint.needs, *why) {
                    answer.is(200);
                    continue;
                }
                assert_eq!(answer.status, 401, "{why} at {} {path}: {}", endpoint.method, answer.text);
                answer.refuses(401);
                assert!(answer.header("www-authenticate").unwrap().starts_with("Bearer"));
            }
            assert_eq!(server.journal(DEFAULT).len(), made, "{} {path} changed something", endpoint.method);
        }
    });
}

/// Values of `Authorization` that nobody is known by, each with what is wrong with it.
fn bad_credentials(server: &Server) -> Vec<(&'static str, Vec<String>)> {
    let own = server.connection(DEFAULT, "tolerant", Profile::Tolerant);
    let mint = |lives| server.mint(&own, TokenScope::Write, lives).secret.reveal().to_owned();
    let (expired, revoked, good) = (mint(Some(60)), server.mint(&own, TokenScope::Write, None), mint(None));
    server.clock.advance(60);
    server.revoke(DEFAULT, &revoked.id).unwrap();
    let gone = server.connection(DEFAULT, "gone", Profile::Tolerant);
    let orphan = server.mint(&gone, TokenScope::Write, None);
    server.delete_connection(&gone);
    let bearer = |token: &str| vec![format!("Bearer {token}")];
    let (id, _) = good.split_once('.').unwrap();
    vec![
        ("none", vec![]),
        ("empty", vec![String::new()]),
        ("scheme only", vec!["Bearer".to_owned()]),
        ("empty bearer", vec!["Bearer ".to_owned()]),
        ("no scheme", vec![good.clone()]),
        ("wrong scheme", vec![format!("Basic {good}")]),
        ("wrong kind", bearer("rc_mgmt_0000000000000000.x")),
        ("unknown", bearer("rc_scim_0000000000000000.x")),
        ("no secret", bearer(id)),
        ("empty secret", bearer(&format!("{id}."))),
        ("wrong secret", bearer(&format!("{id}.{}", "A".repeat(43)))),
        ("longer", bearer(&format!("{good}A"))),
        ("other case", bearer(&good.to_uppercase())),
        ("twice", vec![format!("Bearer {good}"), format!("Bearer {good}")]),
        ("expired", bearer(&expired)),
        ("revoked", bearer(revoked.secret.reveal())),
        ("of a deleted connection", bearer(orphan.secret.reveal())),
    ]
}

#[test]
fn a_reading_token_changes_nothing() {
    for_each_store(|server| {
        crate::resources::add_device(server, DEFAULT);
        let own = server.connection(DEFAULT, "tolerant", Profile::Tolerant);
        let owner = server.client_of(&own);
        let reader = server.client_with(server.mint(&own, TokenScope::Read, None).secret.reveal());
        for (place, endpoint) in endpoints().iter().enumerate().filter(|(_, endpoint)| endpoint.change) {
            let (path, body) = (path_of(endpoint, &owner, place), body_of(endpoint, place));
            let rows = server.journal(DEFAULT).len();
            let answer = reader.send(endpoint.method.as_str(), &path, &[], body.as_ref());
            if endpoint.path == "/Bulk" {
                // Refused one by one, as each operation's own endpoint refuses.
                assert_eq!(answer.is(200)["Operations"][0]["status"], "403");
            } else {
                answer.refuses(403);
                assert!(answer.header("www-authenticate").unwrap().contains("error=\"insufficient_scope\""));
            }
            assert_eq!(server.journal(DEFAULT).len(), rows);
            let allowed = owner.send(endpoint.method.as_str(), &path, &[], body.as_ref());
            assert!((200..300).contains(&allowed.status), "{}", allowed.text);
            assert!(server.journal(DEFAULT).len() > rows, "{} {path} left no row", endpoint.method);
        }
    });
}

#[test]
fn what_needs_writing_is_marked_as_a_change() {
    for endpoint in endpoints() {
        let writes = match endpoint.needs {
            Needs::One(permission) => !permission.only_reads(),
            Needs::ByEffect(_) => endpoint.path == "/Bulk",
            Needs::Public(_) | Needs::SignedIn | Needs::Enrolling => false,
        };
        assert_eq!(endpoint.change, writes, "{} {}", endpoint.method, endpoint.path);
    }
}

#[test]
fn another_method_is_405_and_a_known_one_never() {
    let server = crate::server::start();
    let client = server.client();
    let table = endpoints();
    for endpoint in &table {
        let path = endpoint
            .path
            .replace("{type}", "Devices")
            .replace("{id}", "x")
            .replace("{name}", "User")
            .replace("{urn}", GROUP);
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            let known = table.iter().any(|row| row.path == endpoint.path && row.method.as_str() == method);
            let answer = client.send(method, &path, &[], None);
            assert_eq!(answer.status == 405, !known, "{method} {path}: {}", answer.text);
        }
    }
}
