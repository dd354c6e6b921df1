//! The provisioning log and the rate of a connection, as an operator works with them beside a running server.

use rollcall::access::{Actor, ConnectionActor, TokenScope};
use rollcall::clock::Sources;
use rollcall::context::Cx;
use rollcall::directory::{Directory, Settings, connections, places};
use rollcall::journal::activity::Entry;
use serde_json::{Value, json};

use crate::client::{Client, USER, user};
use crate::database::runtime;
use crate::program::{Place, for_each_place, text};

/// The log as `--json` shows it.
fn log(place: &Place, arguments: &[&str]) -> Vec<Value> {
    let all = [&["--json", "log", "--tenant", "default"], arguments].concat();
    place.run(&all).succeeds().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn lines(place: &Place, arguments: &[&str]) -> Vec<String> {
    let all = [&["log", "--tenant", "default"], arguments].concat();
    place.run(&all).succeeds().lines().map(str::to_owned).collect()
}

/// A client of a connection of that name.
fn connect(place: &Place, server: &crate::program::Serving, name: &str) -> Client {
    let token = place.run(&["token", "create", "--tenant", "default", "--connection", name]).succeeds();
    server.client(token.trim())
}

#[test]
fn a_stop_loses_no_entry() {
    for_each_place(|place| {
        let server = place.serve();
        let client = server.client(&server.token());
        // No more than the pipe of the server's log holds, which nobody reads meanwhile.
        let mut made = client.many_users("u", 150);
        drop(client);
        let said = server.stop();
        assert!(!said.contains("dropped"), "{said}");
        made.sort();
        for _ in 0..2 {
            let rows = log(place, &["--limit", "1000"]);
            let mut logged: Vec<_> = rows.iter().map(|row| text(&row["resource"]).to_owned()).collect();
            logged.sort();
            assert_eq!(logged, made);
            // Another start and stop takes nothing away.
            place.serve().stop();
        }
    });
}

#[test]
fn the_log_shows_what_is_asked_for() {
    for_each_place(|place| {
        let server = place.serve();
        let (hr, it) = (connect(place, &server, "hr"), connect(place, &server, "it"));
        let headers = [("x-request-id", "made-it"), ("user-agent", "Okta SCIM Client 1.0.0")];
        let body = json!({"schemas": [USER], "userName": "ann", "active": "true", "password": "the-password"});
        let ann = text(&hr.send("POST", "/Users", &headers, Some(&body)).is(201)["id"]).to_owned();
        let taken = it.send("POST", "/Users", &[("x-request-id", "taken")], Some(&user("ann"))).refuses(409);
        it.send("GET", "/Users?filter=userName%20eq%20%22ann%22", &[("user-agent", "a\u{9b}b/1")], None).is(200);
        drop((hr, it));
        server.stop();

        let shown = lines(place, &[]);
        assert_eq!(shown.len(), 3, "{shown:?}");
        let columns: Vec<&str> = shown[0].split('\t').collect();
        assert_eq!(columns.len(), 8, "{shown:?}");
        assert_eq!(columns[1..5], ["hr", "Okta", "POST /scim/v2/Users", "201"]);
        assert!(columns[5].ends_with(" ms"), "{shown:?}");
        assert_eq!(columns[6..], [format!("created user {ann} (tolerated: boolean as text)").as_str(), "made-it"]);
        assert!(taken.ends_with(" (request taken)"), "{taken}");
        let detail = taken.strip_suffix(" (request taken)").unwrap();
        assert!(
            shown[1].contains(&format!("refused: in conflict with what is there: uniqueness: {detail}\ttaken")),
            "{}",
            shown[1]
        );
        assert!(shown[2].contains("GET /scim/v2/Users?filter=userName eq \"...\"\t200"), "{}", shown[2]);
        assert!(!shown.concat().contains('\u{9b}') && !shown.concat().contains("the-password"), "{shown:?}");

        assert_eq!(lines(place, &["--connection", "IT"]).len(), 2);
        assert_eq!(lines(place, &["--connection", "none"]).len(), 0);
        assert_eq!(lines(place, &["--failures"]), shown[1..2]);
        assert_eq!(lines(place, &["--limit", "1"]), shown[2..]);
        assert_eq!(lines(place, &["--since", "1h"]).len(), 3);

        let found = lines(place, &["--request", "made-it"]);
        assert_eq!(found[0], shown[0]);
        assert!(found[1].starts_with("  create User") && found[1].contains("\"userName\":\"ann\""), "{found:?}");
        let entry = &log(place, &["--request", "made-it"])[0];
        let expected = json!({"connection": "hr", "client": "Okta", "method": "POST", "path": "/scim/v2/Users",
            "query": null, "status": 201, "part": null, "detail": null, "resource": ann, "resource_type": "User",
            "tolerated": ["boolean as text"], "request": "made-it", "user_agent": "Okta SCIM Client 1.0.0"});
        for (name, value) in expected.as_object().unwrap() {
            assert_eq!(&entry[name], value, "{name}");
        }
        assert_eq!(entry["changes"][0]["operation"], "create");
        assert!(text(&entry["body"]).contains("\"password\":\"(removed)\""), "{entry}");
        assert!(log(place, &[])[0].get("changes").is_none());
    });
}

#[test]
fn the_log_is_followed_from_another_process() {
    for_each_place(|place| {
        let server = place.serve();
        let client = server.client(&server.token());
        let get = |id: &str| client.send("GET", "/Users", &[("x-request-id", id)], None).is(200);
        let fail = |id: &str| client.send("GET", "/Users/none", &[("x-request-id", id)], None).refuses(404);
        let mut all = place.start(&["log", "--tenant", "default", "--follow"]);
        let mut failures = place.start(&["--json", "log", "--tenant", "default", "--follow", "--failures"]);
        for round in 0..3 {
            get(&format!("good-{round}"));
            assert!(all.line().ends_with(&format!("\tgood-{round}")));
            fail(&format!("bad-{round}"));
            assert!(all.line().ends_with(&format!("\tbad-{round}")));
            let object: Value = serde_json::from_str(&failures.line()).unwrap();
            assert_eq!(object["request"], format!("bad-{round}"));
        }
        drop(client);
        server.stop();
    });
}

#[test]
fn old_entries_go_when_the_server_starts() {
    let place = Place::sqlite().with("ROLLCALL_LOG_DAYS", "1");
    place.run(&["migrate"]).succeeds();
    place.serve().stop();
    record_before(&place, &[("old", 25 * 3600), ("young", 23 * 3600)]);
    assert_eq!(lines(&place, &[]).len(), 2);
    // The stop may come before anything was deleted: a start is given its time.
    let server = place.serve();
    let began = std::time::Instant::now();
    while lines(&place, &[]).len() > 1 && began.elapsed() < std::time::Duration::from_secs(20) {}
    let left = lines(&place, &[]);
    assert!(left.len() == 1 && left[0].ends_with("\tyoung"), "{left:?}");
    server.stop();
}

/// Has entries written that are so many seconds old.
fn record_before(place: &Place, entries: &[(&str, i64)]) {
    let database_url = format!("sqlite:{}", place.data().join("rollcall.db").display());
    let master_key_file = place.data().join("master.key");
    let settings = Settings { database_url, pg_pool: 1, master_key_file, breached_passwords: None, create: false };
    let sources = Sources::system();
    let (actor, runtime) = (Actor::system("it"), runtime());
    runtime.block_on(async {
        let directory = Directory::open(settings, sources.clone()).await.unwrap();
        let place = places::find(&directory, "default").await.unwrap();
        let permit = rollcall::access::decide(&actor, &place).unwrap();
        let connection = connections::list(&directory, &permit).await.unwrap().remove(0);
        for (request, seconds) in entries {
            let types = rollcall::access::Types::new(0, scim_core::schema::builtin::registry()).unwrap().into();
            let who = ConnectionActor {
                connection: connection.clone(),
                token: "t".to_owned(),
                scope: TokenScope::Read,
                types,
            };
            let cx = Cx { request_id: (*request).to_owned(), now: sources.clock.now().plus_seconds(-seconds) };
            directory.activity().record(entry(who, cx));
        }
        directory.close().await;
    });
}

/// An entry that says nothing more than who and when.
pub(crate) fn entry(who: ConnectionActor, cx: Cx) -> Entry {
    Entry {
        who,
        cx,
        part: None,
        client: None,
        user_agent: None,
        method: "GET".to_owned(),
        path: "/".to_owned(),
        query: None,
        status: 200,
        micros: 1,
        did: "read".to_owned(),
        tolerated: Vec::new(),
        resource: None,
        detail: None,
        body: Vec::new().into(),
    }
}

#[test]
fn a_rate_is_set_shown_and_kept() {
    for_each_place(|place| {
        let server = place.serve();
        let slow = connect(place, &server, "slow");
        let set =
            |rate: &str| place.run(&["--json", "connection", "set", "--tenant", "default", "slow", "--rate", rate]);
        let rate = |text: String| serde_json::from_str::<Value>(&text).unwrap()["rate"].clone();
        assert_eq!(rate(set("25").succeeds()), 25);
        let list = place.run(&["--json", "connection", "list", "--tenant", "default"]).succeeds();
        let list: Value = serde_json::from_str(&list).unwrap();
        let listed = list.as_array().unwrap().iter().find(|connection| connection["name"] == "slow").unwrap();
        assert_eq!(listed["rate"], 25);
        // Each operation counts, so that this is more than the rate allows however slow the machine is.
        let operations = vec![json!({"method": "DELETE", "path": "/Users/none"}); 500];
        let schema = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
        slow.post("/Bulk", &json!({"schemas": [schema], "Operations": operations})).is(200);
        let held = slow.get("/Users");
        held.refuses(429);
        let wait: u64 = held.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=20).contains(&wait), "{wait}");
        assert_eq!(rate(set("none").succeeds()), Value::Null);
        slow.get("/Users").is(200);
        assert_eq!(rate(set("25").succeeds()), 25);
        assert_eq!(rate(set("0").succeeds()), Value::Null);
        for (bad, word) in
            [("24", "25 to 100000"), ("1.5", "whole number"), ("many", "whole number"), ("100001", "100000")]
        {
            let why = set(bad).fails();
            assert!(why.contains(word), "{bad}: {why}");
        }
        drop(slow);
        server.stop();
    });
}

#[test]
fn a_wrong_log_command_says_why() {
    let place = Place::sqlite();
    place.run(&["migrate"]).succeeds();
    for (arguments, word) in [
        (&["log"][..], "--tenant"),
        (&["log", "--tenant", "none"], "tenant not found"),
        (&["log", "--tenant", "t", "--since", "1y"], "90d"),
        (&["log", "--tenant", "t", "--limit", "0"], "limit"),
    ] {
        let why = place.run(arguments).fails();
        assert!(why.contains(word), "{arguments:?}: {why}");
    }
}
