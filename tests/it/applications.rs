//! Applications, assignments and tokens over REST, and what an application sees (IR-14).

use serde_json::{Value, json};

use crate::client::Client;
use crate::server::{DEFAULT, for_each_store};

const ALL: &str = "/tenants/default/applications";

fn make(client: &Client, name: &str) -> String {
    client.post(ALL, &json!({ "name": name })).is(201)["data"]["id"].as_str().unwrap().to_owned()
}

fn names(page: &Value) -> Vec<&str> {
    page["data"].as_array().unwrap().iter().map(|user| user["username"].as_str().unwrap()).collect()
}

#[test]
fn ir14_applications_are_made_changed_and_deleted() {
    for_each_store(|server| {
        let client = server.administrator(DEFAULT, "tenant_admin");
        let wiki = make(&client, "Wiki");
        assert_eq!(client.post(ALL, &json!({ "name": "WIKI" })).is(409)["code"], "taken");
        client.post(ALL, &json!({})).is(422);
        let path = format!("{ALL}/{wiki}");
        let patch = |body: Value| client.send("PATCH", &path, &[], Some(&body));
        let changed = patch(json!({ "description": "Ours", "redirect_uris": ["https://wiki.example/back"] })).is(200);
        assert_eq!(changed["data"]["redirect_uris"], json!(["https://wiki.example/back"]));
        patch(json!({ "redirect_uris": ["https://wiki.example/*"] })).is(422);
        assert_eq!(patch(json!({ "description": null })).is(200)["data"]["description"], Value::Null);
        let before = server.journal(DEFAULT).len();
        patch(json!({ "name": "Wiki" })).is(200);
        assert_eq!(server.journal(DEFAULT).len(), before);
        client.delete(&path).is(204);
        client.get(&path).is(404);
        server.administrator(DEFAULT, "viewer").get(ALL).is(403);
    });
}

#[test]
fn ir14_effective_users_are_active_and_assigned_however_deep() {
    for_each_store(|server| {
        let client = server.administrator(DEFAULT, "tenant_admin");
        let scim = server.connect(DEFAULT, "hr");
        let users = ["direct@x.test", "grouped@x.test", "nested@x.test", "both@x.test", "off@x.test", "none@x.test"];
        let users = users.map(|name| {
            server.clock.advance(1);
            scim.user(name)
        });
        let inner = scim.group("inner", &[&users[2], &users[3]]);
        let outer = scim.group("outer", &[&users[1], &inner, &users[4]]);
        server.set_user(&users[4], "status = 'DISABLED'");
        let (wiki, other) = (make(&client, "Wiki"), make(&client, "Other"));
        let assign = |kind: &str, id: &str| {
            client.post(&format!("{ALL}/{wiki}/assignments"), &json!({ "kind": kind, "id": id }))
        };
        for (kind, id) in [("user", &users[0]), ("user", &users[3]), ("group", &outer)] {
            assign(kind, id).is(204);
            assign(kind, id).is(204);
        }
        assign("group", &users[0]).is(404);
        assign("role", &users[0]).is(422);
        let path = format!("{ALL}/{wiki}/effective-users");
        let expected = ["direct@x.test", "grouped@x.test", "nested@x.test", "both@x.test"];
        let all = client.get(&path).is(200);
        assert_eq!(names(&all), expected);
        assert_eq!(all["pagination"]["total_items"], 4);
        assert_eq!(names(&client.get(&format!("{path}?page=2&per_page=3")).is(200)), expected[3..]);
        assert!(names(&client.get(&format!("{ALL}/{other}/effective-users")).is(200)).is_empty());
        assert_eq!(client.get(&format!("{ALL}/{wiki}/assignments")).is(200)["pagination"]["total_items"], 3);

        client.delete(&format!("{ALL}/{wiki}/assignments/{outer}")).is(204);
        client.delete(&format!("{ALL}/{wiki}/assignments/{outer}")).is(404);
        assert_eq!(names(&client.get(&path).is(200)), ["direct@x.test", "both@x.test"]);
    });
}

#[test]
fn ir14_an_application_sees_its_own_users_and_nothing_else() {
    for_each_store(|server| {
        let client = server.administrator(DEFAULT, "tenant_admin");
        let ann = server.connect(DEFAULT, "hr").user("ann@x.test");
        let (application, id) = server.application(DEFAULT);
        let (stranger, theirs) = server.application("other");
        client.post(&format!("{ALL}/{id}/assignments"), &json!({ "kind": "user", "id": ann })).is(204);
        assert_eq!(names(&application.get(&format!("{ALL}/{id}/effective-users")).is(200)), ["ann@x.test"]);
        let other = make(&client, "Other");
        application.get(&format!("{ALL}/{other}/effective-users")).is(404);
        application.get(&format!("/tenants/other/applications/{theirs}/effective-users")).is(404);
        stranger.get(&format!("{ALL}/{id}/effective-users")).is(404);
        for path in ["/tenants/default/users", "/admin/users", ALL, "/tenants/default/groups", "/tenants/default/units"]
        {
            application.get(path).is(403);
        }
        application.get(&format!("{ALL}/{id}")).is(403);
        application.post(&format!("{ALL}/{id}/tokens"), &json!({ "name": "more" })).is(403);
    });
}

#[test]
fn ir14_tokens_are_shown_once_and_kept_as_hashes() {
    for_each_store(|server| {
        let client = server.administrator(DEFAULT, "tenant_admin");
        let wiki = make(&client, "Wiki");
        let path = format!("{ALL}/{wiki}/tokens");
        let made = client.post(&path, &json!({ "name": "ci", "expires_at": "2030-01-31T12:00:00Z" })).is(201);
        let (id, text) = (made["data"]["id"].as_str().unwrap(), made["data"]["token"].as_str().unwrap());
        let secret = text.strip_prefix(&format!("rc_app_{id}.")).unwrap();
        assert_eq!(secret.len(), 43, "256 bits in base64url");
        assert!(!server.database.holds(secret));
        client.post(&path, &json!({ "name": "late", "expires_at": "2001-01-31T12:00:00Z" })).is(422);
        client.post(&path, &json!({ "name": "odd", "expires_at": "tomorrow" })).is(422);
        let listed = client.get(&path).is(200);
        assert_eq!(listed["data"][0]["expires_at"], "2030-01-31T12:00:00.000000Z");
        assert!(!listed.to_string().contains(secret));
        let other = make(&client, "Other");
        client.delete(&format!("{ALL}/{other}/tokens/{id}")).is(404);
        client.delete(&format!("{path}/{id}")).is(204);
        client.delete(&format!("{path}/{id}")).is(404);
        assert!(client.get(&path).is(200)["data"][0]["revoked_at"].is_string());
        assert!(!server.journal(DEFAULT).iter().any(|row| format!("{row:?}").contains(secret)));
    });
}
