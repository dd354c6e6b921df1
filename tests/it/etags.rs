//! Versions: what a change must meet, and what a version covers.

use std::sync::Barrier;

use serde_json::{Value, json};

use crate::client::{Answer, Client, ENTERPRISE, USER, group, id, user, values};
use crate::server::for_each_store;

fn tag(client: &Client, path: &str) -> String {
    let answer = client.get(path);
    let tag = answer.header("etag").unwrap().to_owned();
    assert_eq!(answer.json()["meta"]["version"], tag);
    tag
}

fn title(client: &Client, path: &str, tags: &str, text: &str) -> Answer {
    let body = crate::client::patch(json!([{ "op": "replace", "path": "title", "value": text }]));
    client.send("PATCH", path, &[("if-match", tags)], Some(&body))
}

#[test]
fn if_match_lets_only_the_known_version_change() {
    for_each_store(|server| {
        let client = server.client();
        let path = format!("/Users/{}", client.user("ann"));
        let first = tag(&client, &path);
        let second = title(&client, &path, &first, "one");
        second.is(200);
        let second = second.header("etag").unwrap().to_owned();
        assert!(second != first && second == tag(&client, &path));
        let put = |tags: &str| client.send("PUT", &path, &[("if-match", tags)], Some(&user("ann")));
        for stale in [first.as_str(), "W/\"999\"", "\"\"", "nonsense", ""] {
            title(&client, &path, stale, "two").refuses(412);
            put(stale).refuses(412);
            client.send("DELETE", &path, &[("if-match", stale)], None).refuses(412);
        }
        // Also when nothing would change.
        title(&client, &path, &first, "one").refuses(412);
        assert_eq!(tag(&client, &path), second);
        // Weak or not, alone or in a list, or any.
        title(&client, &path, second.strip_prefix("W/").unwrap(), "two").is(200);
        title(&client, &path, &format!("{first}, {}, W/\"77\"", tag(&client, &path)), "three").is(200);
        title(&client, &path, "*", "four").is(200);
        client.send("DELETE", &path, &[("if-match", &first)], None).refuses(412);
        client.send("DELETE", &path, &[("if-match", &tag(&client, &path))], None).is(204);
        client.send("DELETE", &path, &[("if-match", "*")], None).refuses(404);
    });
}

#[test]
fn groups_meet_preconditions_too() {
    for_each_store(|server| {
        let client = server.client();
        let ann = client.user("ann");
        let path = format!("/Groups/{}", client.group("crew", &[]));
        let first = tag(&client, &path);
        let add = crate::client::patch(json!([{ "op": "add", "path": "members", "value": values(&[&ann]) }]));
        client.send("PATCH", &path, &[("if-match", &first)], Some(&add)).is(200);
        client.send("PATCH", &path, &[("if-match", &first)], Some(&add)).refuses(412);
        client.send("PUT", &path, &[("if-match", &first)], Some(&group("x", &[]))).refuses(412);
        client.send("DELETE", &path, &[("if-match", &first)], None).refuses(412);
        assert_eq!(client.get(&path).is(200)["members"][0]["value"], ann);
    });
}

#[test]
fn if_none_match_spares_the_body_of_what_is_known() {
    for_each_store(|server| {
        let client = server.client();
        let (ann, crew) = (client.user("ann"), client.group("crew", &[]));
        for path in [format!("/Users/{ann}"), format!("/Groups/{crew}")] {
            let known = tag(&client, &path);
            let ask = |tags: &str| client.send("GET", &path, &[("if-none-match", tags)], None);
            for tags in [known.as_str(), known.strip_prefix("W/").unwrap(), "*", &format!("W/\"99\", {known}")] {
                let answer = ask(tags);
                assert_eq!((answer.status, answer.text.as_str()), (304, ""), "{tags}");
                assert_eq!(answer.header("etag"), Some(known.as_str()));
            }
            for tags in ["W/\"99\"", "nonsense", ""] {
                ask(tags).is(200);
            }
            client.patch(&path, json!([{ "op": "replace", "path": "displayName", "value": "new" }])).is(200);
            ask(&known).is(200);
        }
    });
}

#[test]
fn of_writers_with_one_tag_one_wins() {
    for_each_store(|server| {
        let client = &server.client();
        let (ann, crew) = (client.user("ann"), client.group("crew", &[]));
        for path in [&format!("/Users/{ann}"), &format!("/Groups/{crew}")] {
            let (known, start) = (&tag(client, path), &Barrier::new(16));
            let write = |number: usize| {
                let name = format!("writer {number}");
                let body = crate::client::patch(json!([{ "op": "replace", "path": "displayName", "value": name }]));
                start.wait();
                (client.send("PATCH", path, &[("if-match", known)], Some(&body)).status, name)
            };
            let outcomes: Vec<(u16, String)> = std::thread::scope(|scope| {
                let writers: Vec<_> = (0..16).map(|number| scope.spawn(move || write(number))).collect();
                writers.into_iter().map(|writer| writer.join().unwrap()).collect()
            });
            let winners: Vec<&String> =
                outcomes.iter().filter(|(status, _)| *status == 200).map(|(_, name)| name).collect();
            assert_eq!(winners.len(), 1, "{outcomes:?}");
            assert!(outcomes.iter().all(|(status, _)| matches!(status, 200 | 412)), "{outcomes:?}");
            assert_eq!(&client.get(path).is(200)["displayName"], winners[0]);
        }
    });
}

#[test]
fn a_version_covers_what_the_resource_says_of_itself() {
    for_each_store(|server| {
        let client = server.client();
        let named = |name: &str, manager: &str| json!({ "schemas": [USER, ENTERPRISE], "userName": name, "displayName": name, ENTERPRISE: { "manager": { "value": manager } } });
        let boss = id(&client.post("/Users", &named("boss", "nobody")).is(201));
        let ann = id(&client.post("/Users", &named("ann", &boss)).is(201));
        let (user_path, boss_path) = (format!("/Users/{ann}"), format!("/Users/{boss}"));
        let before = state(&client, &user_path);
        // Membership and the names of others are no part of a user's version.
        let crew = client.group("crew", &[&ann]);
        let group_path = format!("/Groups/{crew}");
        server.clock.advance(1);
        client.patch(&boss_path, json!([{ "op": "replace", "path": "displayName", "value": "Boss" }])).is(200);
        let shown = client.get(&user_path).is(200);
        assert_eq!(
            (&shown["groups"][0]["value"], &shown[ENTERPRISE]["manager"]["displayName"]),
            (&json!(crew), &json!("Boss"))
        );
        assert_eq!(state(&client, &user_path), before);
        // A group's version covers its members, and not their names.
        let first = state(&client, &group_path);
        client.patch(&user_path, json!([{ "op": "replace", "path": "displayName", "value": "Ann" }])).is(200);
        assert_eq!(client.get(&group_path).is(200)["members"][0]["display"], "Ann");
        assert_eq!(state(&client, &group_path), first);
        client.patch(&group_path, json!([{ "op": "add", "path": "members", "value": values(&[&boss]) }])).is(200);
        let second = state(&client, &group_path);
        assert!(second.0 != first.0 && second.1 != first.1);
    });
}

fn state(client: &Client, path: &str) -> (Value, Value) {
    let meta = client.get(path).is(200)["meta"].clone();
    (meta["version"].clone(), meta["lastModified"].clone())
}
