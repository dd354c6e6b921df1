//! Groups belong to the connection that made them.

use rollcall::access::Profile;
use serde_json::json;

use crate::client::{Client, GROUP, group, id, ids, members, values};
use crate::server::{DEFAULT, Server, for_each_store};

fn two(server: &Server) -> (Client, Client) {
    (server.connect(DEFAULT, "first"), server.connect(DEFAULT, "second"))
}

#[test]
fn another_connections_group_is_not_there() {
    for_each_store(|server| {
        let (owner, other) = two(server);
        let ann = owner.user("ann");
        let crew = owner.group("crew", &[&ann]);
        let path = format!("/Groups/{crew}");
        let before = (owner.get(&path).text, server.journal(DEFAULT).len());
        other.get(&path).refuses(404);
        other.put(&path, &group("mine", &[])).refuses(404);
        other.patch(&path, json!([{ "op": "remove", "path": "members" }])).refuses(404);
        other.delete(&path).refuses(404);
        for (endpoint, filter) in [
            ("/Groups", "displayName eq \"crew\"".to_owned()),
            ("/Groups", format!("members.value eq \"{ann}\"")),
            ("/Groups", format!("id eq \"{crew}\"")),
            ("/Users", format!("groups.value eq \"{crew}\"")),
            ("/Users", "groups.display eq \"crew\"".to_owned()),
        ] {
            assert_eq!(other.find(endpoint, &filter), [""; 0], "{filter}");
            assert_eq!(owner.find(endpoint, &filter).len(), 1, "{filter}");
        }
        assert_eq!(other.get("/Groups").is(200)["totalResults"], 0);
        let search = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"] });
        assert_eq!(ids(&other.post("/.search", &search).is(200)), [ann.as_str()]);
        assert_eq!(other.get(&format!("/Users/{ann}")).is(200).get("groups"), None);
        assert_eq!(owner.get(&format!("/Users/{ann}")).is(200)["groups"][0]["value"], crew);
        // Nor can it be nested in a group of one's own.
        other.post("/Groups", &group("outer", &[&crew])).is_bad("invalidValue");
        assert_eq!((owner.get(&path).text, server.journal(DEFAULT).len()), before);
    });
}

#[test]
fn group_names_are_unique_for_each_owner_alone() {
    for_each_store(|server| {
        let (first, second) = two(server);
        let one = first.group("Crew", &[]);
        let two = second.group("crew", &[]);
        first.post("/Groups", &group("cREW", &[])).refuses(409);
        assert_eq!(first.find("/Groups", "displayName eq \"crew\""), [one.as_str()]);
        assert_eq!(second.find("/Groups", "displayName eq \"crew\""), [two]);
        let other = first.group("other", &[]);
        first
            .patch(&format!("/Groups/{other}"), json!([{ "op": "replace", "path": "displayName", "value": "CREW" }]))
            .refuses(409);
        first.delete(&format!("/Groups/{one}")).is(204);
        first.group("crew", &[]);
    });
}

#[test]
fn by_the_letter_group_names_need_not_differ() {
    for_each_store(|server| {
        let client = server.client_of(&server.connection(DEFAULT, "letter", Profile::Rfc));
        let (one, two) = (client.group("crew", &[]), client.group("crew", &[]));
        let found = client.find("/Groups", "displayName eq \"crew\"");
        assert_eq!(found, [one, two]);
    });
}

#[test]
fn external_ids_of_groups_are_each_connections_own() {
    for_each_store(|server| {
        let (first, second) = two(server);
        let named = |name: &str| json!({ "schemas": [GROUP], "displayName": name, "externalId": "1" });
        let one = id(&first.post("/Groups", &named("a")).is(201));
        let two = id(&second.post("/Groups", &named("b")).is(201));
        let three = id(&second.post("/Groups", &named("c")).is(201));
        assert_eq!(first.find("/Groups", "externalId eq \"1\""), [one]);
        assert_eq!(second.find("/Groups", "externalId eq \"1\""), [two, three]);
    });
}

#[test]
fn nested_groups_show_in_their_users_and_never_close_a_circle() {
    for_each_store(|server| {
        let client = server.client();
        let ann = client.user("ann");
        let inner = client.group("inner", &[&ann]);
        let middle = client.group("middle", &[&inner]);
        let outer = client.group("outer", &[&middle]);
        let shown = client.get(&format!("/Users/{ann}")).is(200)["groups"].clone();
        let kinds: Vec<_> =
            shown.as_array().unwrap().iter().map(|group| (group["value"].clone(), group["type"].clone())).collect();
        let expected = [(&inner, "direct"), (&middle, "indirect"), (&outer, "indirect")];
        assert_eq!(kinds, expected.map(|(group, kind)| (json!(group), json!(kind))));
        for circle in [&inner, &outer] {
            let add = json!([{ "op": "add", "path": "members", "value": values(&[circle]) }]);
            client.patch(&format!("/Groups/{inner}"), add).is_bad("invalidValue");
        }
        // A group that is deleted leaves the groups that it was in.
        client.delete(&format!("/Groups/{middle}")).is(204);
        assert_eq!(members(&client.get(&format!("/Groups/{outer}")).is(200)), [""; 0]);
        assert_eq!(client.get(&format!("/Users/{ann}")).is(200)["groups"].as_array().unwrap().len(), 1);
    });
}
