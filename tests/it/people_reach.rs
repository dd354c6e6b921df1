//! How far administrators see: whoever is out of reach is not there (IR-2).

use serde_json::{Value, json};

use crate::client::Client;
use crate::server::{DEFAULT, Server, for_each_store};

struct World {
    inside: String,
    below: String,
    outside: String,
    unit: crate::persons::Unit,
}

fn world(server: &Server) -> World {
    let client = server.connect(DEFAULT, "hr");
    let [inside, below, outside] = ["inside@x.test", "below@x.test", "outside@x.test"].map(|name| client.user(name));
    let unit = server.unit(DEFAULT, "Sales", None);
    let lower = server.unit(DEFAULT, "EMEA", Some(&unit));
    let other = server.unit(DEFAULT, "Other", None);
    server.put_into(&inside, &unit, true);
    server.put_into(&below, &lower, true);
    server.put_into(&outside, &other, true);
    World { inside, below, outside, unit }
}

fn total(answer: &Value) -> u64 {
    answer["pagination"]["total_items"].as_u64().unwrap()
}

/// What takes a user out of the reach of whoever did it was done, and is told.
#[test]
fn ir2_a_change_after_which_the_user_is_out_of_reach_is_answered() {
    for_each_store(|server| {
        let world = world(server);
        let client = server.unit_administrator(DEFAULT, "manager", &world.unit);
        for path in [format!("/tenants/default/users/{}", world.inside), format!("/admin/users/{}", world.below)] {
            let moved = json!({ "ou_id": null, "first_name": "Changed" });
            let shown = client.send("PATCH", &path, &[], Some(&moved)).is(200)["data"].clone();
            assert_eq!((&shown["ou_id"], &shown["first_name"]), (&Value::Null, &json!("Changed")), "{path}");
            client.get(&path).is(404);
            client.send("PATCH", &path, &[], Some(&moved)).is(404);
        }
    });
}

#[test]
fn ir2_an_administrator_of_an_org_unit_sees_its_users_and_those_below() {
    for_each_store(|server| {
        let world = world(server);
        let client = server.unit_administrator(DEFAULT, "manager", &world.unit);
        for path in ["/tenants/default/users", "/admin/users", "/admin/users?tenant_id=default"] {
            let page = client.get(path).is(200);
            assert_eq!((total(&page), page["data"].as_array().unwrap().len()), (2, 2), "{path}");
            assert!(!page.to_string().contains(&world.outside));
        }
        assert_eq!(total(&client.get("/tenants/default/users?search=outside").is(200)), 0);
        for user in [&world.inside, &world.below] {
            client.get(&format!("/admin/users/{user}")).is(200);
            client.get(&format!("/admin/users/{user}/groups")).is(200);
            client.get(&format!("/tenants/default/users/{user}")).is(200);
        }
        for path in [
            format!("/admin/users/{}", world.outside),
            format!("/admin/users/{}/groups", world.outside),
            format!("/tenants/default/users/{}", world.outside),
        ] {
            assert_eq!(client.get(&path).is(404)["code"], "missing", "{path}");
        }
    });
}

#[test]
fn ir2_another_tenants_users_are_not_there() {
    for_each_store(|server| {
        let world = world(server);
        server.connect("other", "hr").user("theirs@x.test");
        let client: Client = server.administrator("other", "tenant_admin");
        assert_eq!(total(&client.get("/admin/users").is(200)), 1);
        for path in [
            "/tenants/default/users".to_owned(),
            format!("/admin/users/{}", world.inside),
            format!("/tenants/default/users/{}", world.inside),
            format!("/tenants/other/users/{}", world.inside),
            "/admin/users?tenant_id=default".to_owned(),
        ] {
            let refused = client.get(&path);
            let unknown = client.get(
                &path
                    .replace(&world.inside, "0190163d-8694-739b-aea5-966c26f8ad91")
                    .replace("=default", "=nobodys")
                    .replace("/default", "/nobodys"),
            );
            assert_eq!(
                refused.is(404)["detail"],
                unknown.is(404)["detail"],
                "{path}: the same as for what is not there"
            );
        }
        server.person("other", Vec::new()).get("/admin/users").is(403);
    });
}

#[test]
fn ir12_nobody_is_told_anything() {
    for_each_store(|server| {
        let world = world(server);
        let client = Client::new(&format!("{}/api/v1", server.url()), None);
        for path in ["/admin/users?page=0", "/tenants/nobodys/users", &format!("/admin/users/{}", world.inside)] {
            let refused = client.get(path);
            assert_eq!(refused.is(401)["code"], "unauthenticated");
            assert!(refused.header("www-authenticate").unwrap().starts_with("Bearer"));
        }
        let viewer = server.administrator(DEFAULT, "viewer");
        assert_eq!(viewer.get("/tenants/default/users?page=0").is(422)["detail"][0]["loc"][1], "page");
        viewer.get("/admin/users/not-an-id").is(404);
    });
}
