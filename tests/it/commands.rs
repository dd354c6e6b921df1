//! The program as an operator uses it: its commands beside a running server, what they print, and how they end.

use std::path::Path;

use serde_json::Value;

use crate::program::{Place, for_each_place, text};

/// The whole of a command's standard output as JSON.
fn json(place: &Place, arguments: &[&str]) -> Value {
    serde_json::from_str(&place.run(&[&["--json"], arguments].concat()).succeeds()).unwrap()
}

#[test]
fn the_first_start_tells_base_and_token_once() {
    for_each_place(|place| {
        let first = place.serve();
        assert_eq!(first.lines.len(), 6, "{:?}", first.lines);
        assert_eq!(first.lines[3], "Platform owner: owner@rollcall.invalid");
        assert!(first.lines[4].starts_with("One-time password (shown once, works once until "));
        let (base, token) = (first.base(), first.token());
        assert!(first.lines[0].ends_with("/scim/v2") && first.lines[1].contains("shown once"));
        assert!(first.lines[2].contains(&format!("curl -H 'Authorization: Bearer {token}' {base}/Users")));
        let client = first.client(&token);
        let ann = client.user("ann");
        assert_eq!(client.get(&format!("/Users/{ann}")).header("location").unwrap(), format!("{base}/Users/{ann}"));
        drop(client);
        first.stop();
        let second = place.serve();
        assert_eq!(second.lines.len(), 1, "{:?}", second.lines);
        assert!(second.lines[0].starts_with("rollcall listens on http://127.0.0.1:"));
        let client = second.client(&token);
        client.get(&format!("/Users/{ann}")).is(200);
        drop(client);
        second.stop();
    });
}

#[test]
fn tenants_connections_and_tokens_are_managed_beside_a_running_server() {
    for_each_place(|place| {
        let server = place.serve();
        let tenant = json(place, &["tenant", "create", "acme"]);
        assert_eq!(tenant["slug"], "acme");
        assert_eq!(json(place, &["tenant", "list"]).as_array().unwrap().len(), 3);
        let slugs = place.run(&["tenant", "list"]).succeeds();
        assert!(slugs.contains(&format!("{}\tacme\t", text(&tenant["id"]))));

        let token = place.run(&["token", "create", "--tenant", "acme", "--profile", "entra"]).succeeds();
        assert!(token.starts_with("rc_scim_") && token.lines().count() == 1, "{token}");
        let client = server.client(token.trim());
        let ann = client.user("ann");
        assert_eq!(client.get("/Users").is(200)["totalResults"], 1);
        let crew = client.group("crew", &[&ann]);
        // This profile answers a PATCH of a group by 204.
        let rename = serde_json::json!([{ "op": "replace", "path": "displayName", "value": "x" }]);
        client.patch(&format!("/Groups/{crew}"), rename.clone()).is(204);

        let listed = json(place, &["connection", "list", "--tenant", "acme"]);
        assert_eq!(text(&listed[0]["name"]), "entra");
        let set = json(
            place,
            &[
                "connection",
                "set",
                "--tenant",
                "acme",
                "entra",
                "--profile",
                "tolerant",
                "--reach",
                "own",
                "--adoption",
                "ask",
            ],
        );
        assert_eq!(
            (&set["profile"], &set["reach"], &set["adoption"]),
            (&"tolerant".into(), &"own".into(), &"ask".into())
        );
        client.patch(&format!("/Groups/{crew}"), rename).is(200);

        let reading = json(
            place,
            &["token", "create", "--tenant", "acme", "--connection", "Entra", "--scope", "read", "--expires", "90d"],
        );
        let reader = server.client(text(&reading["token"]));
        reader.get(&format!("/Groups/{crew}")).is(200);
        reader.delete(&format!("/Groups/{crew}")).refuses(403);
        let tokens = json(place, &["token", "list", "--tenant", "acme"]);
        let scopes: Vec<_> = tokens.as_array().unwrap().iter().map(|token| text(&token["scope"])).collect();
        assert_eq!(scopes, ["write", "read"]);
        assert!(
            tokens[0]["expires"].is_null() && tokens[1]["expires"].is_string() && tokens[1]["last_used"].is_string()
        );
        assert!(!tokens.to_string().contains(text(&reading["token"])));

        assert_eq!(place.run(&["token", "revoke", "--tenant", "acme", text(&reading["id"])]).succeeds(), "");
        reader.get("/Users").refuses(401);
        client.get("/Users").is(200);
        place.run(&["connection", "delete", "--tenant", "acme", "entra"]).succeeds();
        client.get("/Users").refuses(401);
        assert_eq!(json(place, &["token", "list", "--tenant", "acme"]), serde_json::json!([]));
        drop((client, reader));
        server.stop();
    });
}

#[test]
fn a_wrong_command_ends_in_one_line_that_says_why() {
    let place = Place::sqlite();
    place.run(&["migrate"]).succeeds();
    let wrong: [(&[&str], &str); 14] = [
        (&["tenant", "create", "No Slug"], "slug"),
        (&["token", "create", "--tenant", "none"], "tenant not found"),
        (&["token", "create"], "--tenant"),
        (&["token", "create", "--tenant", "t", "--profile", "azure"], "tolerant, rfc, entra, okta"),
        (&["token", "create", "--tenant", "t", "--scope", "all"], "write, read"),
        (&["token", "create", "--tenant", "t", "--expires", "1y"], "90d"),
        (&["token", "create", "--tenant", "t", "--connection", "\u{7}"], "name"),
        (&["token", "create", "--tenant", "t", "--connection", "tolerant", "--profile", "rfc"], "connection set"),
        (&["token", "revoke", "--tenant", "t", "0"], "token not found"),
        (&["connection", "set", "--tenant", "t", "none"], "connection not found"),
        (&["connection", "delete", "--tenant", "t", "none"], "connection not found"),
        (&["tenant", "create", "t"], "already"),
        (&["fly"], "'fly'"),
        (&["tenant", "list", "--secret", "x"], "'--secret'"),
    ];
    place.run(&["tenant", "create", "t"]).succeeds();
    place.run(&["token", "create", "--tenant", "t"]).succeeds();
    for (arguments, word) in wrong {
        let why = place.run(arguments).fails();
        assert!(why.contains(word), "{arguments:?}: {why}");
    }
}

#[test]
fn only_serve_and_migrate_make_a_database() {
    let place = Place::sqlite();
    let commands: [&[&str]; 6] = [
        &["tenant", "list"],
        &["tenant", "create", "acme"],
        &["token", "list", "--tenant", "default"],
        &["connection", "list", "--tenant", "default"],
        &["doctor"],
        &["check-config"],
    ];
    for arguments in commands {
        let ended = place.run(arguments);
        assert_eq!(ended.success, arguments == ["check-config"], "{arguments:?}: {}", ended.errors);
        assert!(!place.data().exists(), "{arguments:?} made {}", place.data().display());
    }
    place.run(&["migrate"]).succeeds();
    assert!(place.data().join("rollcall.db").exists());
    assert_eq!(mode(&place.data()), 0o700);
    assert_eq!(place.run(&["tenant", "list"]).succeeds(), "");
    let found = place.run(&["doctor"]).succeeds();
    assert!(
        found.contains("schema is current") && found.contains("counters of users") && found.contains("an index leads"),
        "{found}"
    );
}

fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn the_first_token_goes_where_the_setting_says() {
    let place = Place::sqlite().with("ROLLCALL_BOOTSTRAP", "file");
    let server = place.serve();
    let file = place.data().join("bootstrap-token");
    let token = std::fs::read_to_string(&file).unwrap();
    assert_eq!(mode(&file), 0o600);
    assert!(!server.lines.join("\n").contains(token.trim()), "{:?}", server.lines);
    server.client(token.trim()).get("/Users").is(200);
    server.stop();

    let place = Place::sqlite().with("ROLLCALL_BOOTSTRAP", "none");
    let server = place.serve();
    assert_eq!(server.lines.len(), 1, "{:?}", server.lines);
    assert!(place.run(&["tenant", "list"]).succeeds().contains("\tdefault\t"));
    assert_eq!(place.run(&["token", "list", "--tenant", "default"]).succeeds(), "");
    server.stop();
}

#[test]
fn configuration_is_checked_and_never_shown() {
    let place = Place::sqlite()
        .with("ROLLCALL_METRICS_TOKEN", "a-token-for-the-metrics")
        .with("ROLLCALL_PUBLIC_URL", "https://id.example.org");
    let shown = place.run(&["check-config"]).succeeds() + &json(&place, &["check-config"]).to_string();
    assert!(shown.contains("metrics_token\t") && shown.contains("ROLLCALL_METRICS_TOKEN"), "{shown}");
    for value in ["a-token-for-the-metrics", "id.example.org"] {
        assert!(!shown.contains(value), "{shown}");
    }
    for (variable, value, word) in [
        ("ROLLCALL_LISTEM", "x", "ROLLCALL_LISTEM"),
        ("ROLLCALL_LISTEN", "here", "listen"),
        ("ROLLCALL_DATABASE_URL", "mysql://user:secret@host/x", "database_url"),
        ("ROLLCALL_BOOTSTRAP", "tell", "bootstrap"),
        ("ROLLCALL_METRICS_TOKEN_FILE", "/nowhere/secret", "metrics_token"),
    ] {
        let why = Place::sqlite().with(variable, value).run(&["check-config"]).fails();
        assert!(why.to_lowercase().contains(&word.to_lowercase()), "{variable}: {why}");
        assert!(!why.contains("secret@") && !why.contains("tell"), "{why}");
    }
    let place = Place::sqlite();
    std::fs::write(place.path().join("rollcall.toml"), "lissten = \"127.0.0.1:0\"\n").unwrap();
    assert!(place.run(&["check-config"]).fails().contains("lissten"));
}

#[test]
fn ir5_lifetimes_are_read_from_the_configuration() {
    let place = Place::sqlite().with("ROLLCALL_ACCESS_TOKEN_MINUTES", "2");
    std::fs::write(place.path().join("rollcall.toml"), "access_token_minutes = 3\nceremony_minutes = 4\n").unwrap();
    let server = place.serve();
    let password = server.lines[4].rsplit(' ').next().unwrap();
    let credentials =
        serde_json::json!({ "tenant": "platform", "email": "owner@rollcall.invalid", "password": password });
    let due = server.rest(None).post("/auth/login", &credentials).is(200);
    let chosen = serde_json::json!({ "change_token": due["change_token"], "new_password": "correct battery staple" });
    let tokens = server.rest(None).post("/auth/password/change", &chosen).is(200);
    assert_eq!(tokens["expires_in"], 120);
    let asked = server.rest(None).post("/auth/passkeys/start", &serde_json::json!({})).is(200);
    assert_eq!(asked["options"]["publicKey"]["timeout"], 240_000);
    server.stop();
}

#[test]
fn an_idle_client_does_not_hold_up_the_stop() {
    let place = Place::sqlite();
    let server = place.serve();
    let client = server.client(&server.token());
    client.get("/Users").is(200);
    let began = std::time::Instant::now();
    // The client's connection stays open meanwhile.
    server.stop();
    assert!(began.elapsed() < std::time::Duration::from_secs(10), "{:?}", began.elapsed());
    drop(client);
}

#[test]
fn logs_name_no_person_and_no_secret() {
    let place = Place::sqlite();
    let server = place.serve();
    let (token, client) = (server.token(), server.client(&server.token()));
    let body = serde_json::json!({ "userName": "the-name", "externalId": "the-external-id", "password": "the-password",
        "unknown": "the-unknown", "emails": [{ "value": "the-mail@example.com" }] });
    client.post("/Users", &body).is(201);
    client.post("/Users", &body).refuses(409);
    client.find("/Users", "userName eq \"the-name\"");
    client.get("/Users?filter=the-filter").refuses(400);
    server.client(&token.replace('.', ".wrong")).get("/Users").refuses(401);
    drop(client);
    let log = server.stop();
    assert!(log.contains("tolerated") && log.contains("request_id"), "{log}");
    let secret = token.split_once('.').unwrap().1;
    for word in ["the-name", "the-external-id", "the-password", "the-unknown", "the-mail", "the-filter", secret] {
        assert!(!log.contains(word), "{word} in {log}");
    }
}

#[test]
fn the_file_of_breached_passwords_is_built_and_a_bad_one_stops_the_start() {
    let place = Place::sqlite();
    let (list, file) = (place.path().join("list"), place.path().join("breached"));
    std::fs::write(&list, "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:9545824\n").unwrap();
    let (list, file) = (list.display().to_string(), file.display().to_string());
    let build = ["breached-passwords", "build", "--from", &list, "--to", &file];
    assert_eq!(place.run(&build).succeeds(), "1\n");
    std::fs::write(&list, "password\n").unwrap();
    assert!(place.run(&build).fails().contains("line 1"));
    assert_eq!(std::fs::read(&file).unwrap().len(), 16, "the old file stays");
    let why = Place::sqlite().with("ROLLCALL_BREACHED_PASSWORDS", &list).run(&["migrate"]).fails();
    assert!(why.contains("breached-passwords"), "{why}");
    Place::sqlite().with("ROLLCALL_BREACHED_PASSWORDS", &file).run(&["migrate"]).succeeds();
}
