//! The provisioning log: what each request leaves in it, and what must never stand there.

use rollcall::access::{ConnectionActor, Profile, TokenScope};
use rollcall::clock::Clock as _;
use rollcall::context::Cx;
use rollcall::directory::log::{Row, Wanted};
use serde_json::{Value, json};

use crate::client::{ENTERPRISE, USER, encode, group, patch, user};
use crate::log_commands::entry as entry_of;
use crate::server::{DEFAULT, Server, for_each_store};

fn whole(server: &Server) -> Vec<Row> {
    server.log(DEFAULT, Wanted::default())
}

/// The entry of a request, which must be one.
#[track_caller]
fn entry(server: &Server, request: &str) -> Row {
    let wanted = Wanted { request: Some(request.to_owned()), ..Wanted::default() };
    let mut rows = server.log(DEFAULT, wanted);
    assert_eq!(rows.len(), 1, "{request}: {rows:?}");
    rows.remove(0)
}

#[test]
fn each_request_leaves_a_row_that_says_what_it_did() {
    for_each_store(|server| {
        let client = server.client();
        let (ann, bob) = (client.user("ann"), client.user("bob"));
        let crew = client.group("crew", &[&ann]);
        let (of_ann, of_crew) = (format!("/Users/{ann}"), format!("/Groups/{crew}"));
        let found = |name: &str| format!("/Users?filter=userName+eq+{}&count=2", encode(&json!(name).to_string()));
        let member = |op: &str, id: &str| Some(patch(json!([{"op": op, "path": "members", "value": [{"value": id}]}])));
        let title = || Some(patch(json!([{"op": "add", "path": "title", "value": "Dr"}])));
        let requests: [(&str, &str, Option<Value>, &str); 14] = [
            ("GET", &found("ann"), None, &format!("matched user {ann} by userName")),
            ("GET", &found("nobody"), None, "matched no user by userName"),
            ("GET", "/Users", None, "listed 2 of 2 users"),
            (
                "POST",
                "/Groups/.search",
                Some(json!({"filter": "displayName pr"})),
                &format!("matched group {crew} by displayName"),
            ),
            ("GET", "/", None, "listed 3 of 3 resources"),
            ("GET", &of_ann, None, "read user"),
            ("PATCH", &of_ann, title(), "changed user"),
            ("PATCH", &of_ann, title(), "nothing changed"),
            ("PATCH", &of_crew, member("add", &ann), "already a member, nothing changed"),
            ("PATCH", &of_crew, member("add", &bob), "changed group"),
            ("PATCH", &of_crew, member("remove", &bob), "changed group"),
            ("PATCH", &of_crew, member("remove", &bob), "no member anyway, nothing changed"),
            ("PUT", &of_ann, Some(user("anna")), "changed user"),
            ("DELETE", &of_crew, None, "deleted group"),
        ];
        for (number, (method, path, body, did)) in requests.iter().enumerate() {
            let request = format!("r-{number}");
            let headers = [("x-request-id", request.as_str()), ("user-agent", "curl/8.5.0")];
            let answer = client.send(method, path, &headers, body.as_ref());
            assert!(answer.status < 300, "{method} {path}: {}", answer.text);
            let row = entry(server, &request);
            assert_eq!(row.did, *did, "{method} {path}");
            assert_eq!((row.method.as_str(), row.status), (*method, i32::from(answer.status)));
            assert_eq!(row.path, format!("/scim/v2{}", path.split('?').next().unwrap()));
            assert_eq!((row.client.as_deref(), row.user_agent.as_deref()), (Some("curl"), Some("curl/8.5.0")));
            assert_eq!((row.connection_name.as_str(), row.part, row.detail), ("tolerant", None, None));
            assert!(server.token.contains(&row.token_id) && row.micros >= 0);
            let about = [&ann, &crew].into_iter().find(|id| path.contains(*id) || did.contains(*id));
            assert_eq!(row.resource_id.as_ref(), about, "{method} {path}");
            assert_eq!(row.body.is_some(), body.is_some());
            assert_eq!(row.query, path.contains('?').then(|| "filter=userName eq \"...\"&count=2".to_owned()));
        }
        let first = &whole(server)[0];
        assert_eq!(first.did, format!("created user {ann}"));
        assert_eq!((first.resource_type.as_deref(), first.resource_id.as_deref()), (Some("User"), Some(ann.as_str())));
        assert_eq!(whole(server).len(), 3 + requests.len());
    });
}

#[test]
fn a_refusal_is_found_by_the_id_in_its_detail() {
    for_each_store(|server| {
        let client = server.client();
        let ann = client.user("ann");
        let path = format!("/Users/{ann}");
        let reader = server.client_with(
            server
                .mint(&server.connection(DEFAULT, "reader", Profile::Tolerant), TokenScope::Read, None)
                .secret
                .reveal(),
        );
        let stale = [("if-match", "W/\"9\""), ("x-request-id", "mine")];
        let text = [("content-type", "text/plain")];
        let long = user(&"x".repeat(2 << 20));
        let answers = [
            (400, client.get("/Users?filter=nothing"), "invalidFilter: "),
            (400, client.post("/Users", &json!({})), "invalidValue: "),
            (400, client.get("/Users?count=%zz"), "invalidSyntax: the URL has"),
            (403, reader.delete(&path), "this token may read"),
            (404, client.get("/Users/none"), "User not found"),
            (409, client.post("/Users", &user("ANN")), "uniqueness: "),
            (412, client.send("DELETE", &path, &stale, None), "the resource has changed"),
            (413, client.post("/Users", &long), "the body is longer than 1048576"),
            (415, client.send("POST", "/Users", &text, Some(&user("x"))), "the body must be"),
            (501, client.get("/Me"), "this endpoint"),
        ];
        for (status, answer, detail) in answers {
            let said = answer.refuses(status);
            let request = answer.header("x-request-id").unwrap();
            assert!(said.ends_with(&format!(" (request {request})")), "{said}");
            let row = entry(server, request);
            assert_eq!(row.status, i32::from(status));
            let logged = row.detail.unwrap();
            assert!(logged.starts_with(detail) && !logged.contains(request), "{logged}");
            assert!(row.did.starts_with("refused: "), "{}", row.did);
        }
        let failures = server.log(DEFAULT, Wanted { failures: true, ..Wanted::default() });
        assert_eq!(failures.len(), 10);
        assert!(failures.iter().any(|row| row.request_id == "mine"));
        // Who is not known has no log to be in, but is told the id all the same.
        let unknown = server.client_with("rc_scim_0.0").get("/Users");
        assert!(unknown.refuses(401).ends_with(&format!(" (request {})", unknown.header("x-request-id").unwrap())));
        for (status, method, path) in [(404, "GET", "/Nothing/at/all"), (405, "PUT", "/Users")] {
            assert!(
                client.send(method, path, &[("x-request-id", "it")], None).refuses(status).ends_with(" (request it)")
            );
        }
        assert_eq!(server.log(DEFAULT, Wanted { failures: true, ..Wanted::default() }).len(), 10);
    });
}

#[test]
fn each_operation_of_a_bulk_request_has_a_row_beside_the_requests_own() {
    for_each_store(|server| {
        let client = server.client();
        client.user("ann");
        let operations = json!([
            {"method": "POST", "path": "/Users", "bulkId": "a", "data": user("bob")},
            {"method": "POST", "path": "/Users", "bulkId": "b", "data": user("ann")},
            {"method": "POST", "path": "/Groups", "bulkId": "c", "data": group("crew", &["bulkId:a"])},
            {"method": "GET", "path": "/Users/1"},
        ]);
        let schema = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
        let body = json!({"schemas": [schema], "Operations": operations});
        let headers = [("x-request-id", "bulk"), ("user-agent", "Okta SCIM Client 1.0.0")];
        let answer = client.send("POST", "/Bulk", &headers, Some(&body)).is(200);
        for failed in [1, 3] {
            let detail = answer["Operations"][failed]["response"]["detail"].as_str().unwrap();
            assert!(detail.ends_with(" (request bulk)"), "{detail}");
        }
        let rows = server.log(DEFAULT, Wanted { request: Some("bulk".to_owned()), ..Wanted::default() });
        let told: Vec<_> =
            rows.iter().map(|row| (row.part, row.method.as_str(), row.path.as_str(), row.status)).collect();
        assert_eq!(
            told,
            [
                (Some(1), "POST", "/Users", 201),
                (Some(2), "POST", "/Users", 409),
                (Some(3), "POST", "/Groups", 201),
                (Some(4), "GET", "/Users/1", 400),
                (None, "POST", "/scim/v2/Bulk", 200),
            ]
        );
        assert!(rows[0].did.starts_with("created user ") && rows[2].did.starts_with("created group "));
        assert!(rows[1].detail.as_deref().unwrap().starts_with("uniqueness: "));
        assert_eq!(rows[4].did, "ran 4 of 4 operations");
        assert!(rows.iter().all(|row| row.client.as_deref() == Some("Okta")));
        assert_eq!(rows[0].body.as_deref(), Some(user("bob").to_string().as_str()));
    });
}

#[test]
fn what_was_tolerated_stands_in_the_row_also_of_a_refusal() {
    for_each_store(|server| {
        let client = server.client();
        let id = [("x-request-id", "one")];
        let body = json!({"schemas": [USER], "userName": "ann", "active": "True", "nope": 1});
        client.send("POST", "/Users", &id, Some(&body)).is(201);
        let expected = json!(["boolean as text", "nope is no attribute of this type and was ignored"]);
        assert_eq!(tolerated(&entry(server, "one")), expected);
        let body = json!({"schemas": [USER], "userName": 7, "active": "True"});
        client.send("POST", "/Users", &[("x-request-id", "two")], Some(&body)).refuses(400);
        assert_eq!(tolerated(&entry(server, "two")), json!(["boolean as text"]));
        let change = patch(json!([{"op": "replace", "path": format!("{ENTERPRISE}:manager"), "value": "\u{0}x"}]));
        let path = format!("/Users/{}", client.find("/Users", "userName eq \"ann\"")[0]);
        client.send("PATCH", &path, &[("x-request-id", "three")], Some(&change));
        assert_eq!(tolerated(&entry(server, "three")), json!(["scalar for complex"]));
    });
}

fn tolerated(row: &Row) -> Value {
    row.tolerated.as_deref().map_or(Value::Null, |text| serde_json::from_str(text).unwrap())
}

#[test]
fn secrets_and_what_filters_ask_for_never_reach_the_database() {
    for_each_store(|server| {
        let client = server.client();
        let secret = "the-hidden-one";
        let with = |member: &str| json!({"schemas": [USER], "userName": "ann", member: secret});
        client.post("/Users", &with("password")).is(201);
        client.post("/Users", &with("PassWord")).refuses(409);
        client.post("/Users", &with("accessToken")).refuses(409);
        let path = format!("/Users/{}", client.find("/Users", "userName eq \"ann\"")[0]);
        client.patch(&path, json!([{"op": "replace", "path": "password", "value": secret}])).is(200);
        client.patch(&path, json!([{"op": "replace", "value": {"password": secret}}])).is(200);
        client.find("/Users", &format!("userName eq {}", json!(secret)));
        client.get(&format!("/Users?filter={secret}&cursor={secret}")).refuses(400);
        client.post("/Users/.search", &json!({"filter": format!("userName eq {}", json!(secret))})).is(200);
        client
            .attempt("POST", "/Users", &[("x-secret", secret)], Some(format!("{{\"password\":\"{secret}\"").as_bytes()))
            .unwrap()
            .refuses(400);
        assert_eq!(whole(server).len(), 10);
        assert!(server.database.holds("(removed)"), "the rows are looked at");
        assert!(!server.database.holds(secret));
        assert!(!server.database.holds(server.token.split_once('.').unwrap().1));
    });
}

#[test]
fn odd_requests_leave_rows_too() {
    for_each_store(|server| {
        let client = server.client();
        let long = format!("/Users/{}", "x".repeat(3000));
        client.send("GET", &long, &[("x-request-id", "long")], None).refuses(404);
        let row = entry(server, "long");
        assert!(row.path.len() < 1100 && row.path.ends_with(" bytes)"), "{}", row.path);
        let body =
            json!({"schemas": [USER], "userName": "a\u{0}b", "nick\u{0}Name": "x", "title": "\u{1f600}".repeat(3000)});
        client.send("POST", "/Users", &[("x-request-id", "odd")], Some(&body));
        assert!(entry(server, "odd").body.unwrap().contains(" (cut: "));
        let members: Vec<_> = (0..3000).map(|number| format!("01a1fa7e-119a-71ba-ac5f-{number:012}")).collect();
        let members: Vec<&str> = members.iter().map(String::as_str).collect();
        client.send("POST", "/Groups", &[("x-request-id", "big")], Some(&group("crew", &members))).refuses(400);
        assert!(entry(server, "big").body.unwrap().starts_with("(not kept: "));
    });
}

#[test]
fn a_tenant_sees_its_own_log_alone() {
    for_each_store(|server| {
        server.client().send("GET", "/Users", &[("x-request-id", "same")], None).is(200);
        let other = server.connect("other", "hr");
        other.send("GET", "/Users", &[("x-request-id", "same")], None).is(200);
        let of = |slug: &str, connection: Option<&str>| {
            let connection = connection.map(str::to_owned);
            server.log(slug, Wanted { connection, request: Some("same".to_owned()), ..Wanted::default() })
        };
        assert_eq!(of(DEFAULT, None).len(), 1);
        assert_eq!(of("other", Some("hr"))[0].connection_name, "hr");
        assert_eq!(of(DEFAULT, Some("hr")), []);
    });
}

#[test]
fn old_entries_go_in_slices_and_young_ones_stay() {
    for_each_store(|server| {
        let connection = server.connection(DEFAULT, "hr", Profile::Tolerant);
        let record = |request: &str| {
            let types = rollcall::access::Types::new(0, scim_core::schema::builtin::registry()).unwrap().into();
            let who = ConnectionActor {
                connection: connection.clone(),
                token: "t".to_owned(),
                scope: TokenScope::Read,
                types,
            };
            server.record(entry_of(who, Cx { request_id: request.to_owned(), now: server.clock.now() }));
        };
        (0..2500).for_each(|_| record("old"));
        server.clock.advance(2 * 86_400);
        (0..10).for_each(|_| record("young"));
        assert_eq!(whole(server).len(), 2510);
        server.purge_records(3);
        assert_eq!(whole(server).len(), 2510);
        server.purge_records(1);
        server.purge_records(1);
        let left = whole(server);
        assert_eq!(left.len(), 10);
        assert!(left.iter().all(|row| row.request_id == "young"));
    });
}
