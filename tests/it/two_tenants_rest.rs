//! Two tenants that hold the same names, and every REST operation of one's administrator aimed at the other.

use rollcall::http::{Endpoint, Method};
use serde_json::{Value, json};

use crate::client::Client;
use crate::reset_requests::Scene;
use crate::server::{DEFAULT, Server, for_each_store};
use crate::signed_in::OTHER;

/// What a tenant holds, by the names that paths have for it.
struct Household {
    slug: &'static str,
    ids: Vec<(&'static str, String)>,
}

/// An id that nothing has.
const NOBODY: &str = "0190163d-8694-739b-aea5-966c26f8ad91";

const PARTS: [&str; 5] = ["units", "groups", "connections", "applications", "identity-providers"];

fn data_id(answer: &Value) -> String {
    answer["data"]["id"].as_str().unwrap().to_owned()
}

fn household(server: &Server, slug: &'static str) -> Household {
    server.tenant(slug);
    let client = server.administrator(slug, "tenant_admin");
    let user = server.connect(slug, "hr").user("ann@x.test");
    let at = |path: &str| format!("/tenants/{slug}/{path}");
    let unit = data_id(&client.post(&at("units"), &json!({ "name": "Sales" })).is(201));
    client.put(&at(&format!("units/{unit}/members/{user}")), &json!({ "is_home": true })).is(204);
    let group = data_id(&client.post(&at("groups"), &json!({ "name": "All", "members": [user] })).is(201));
    let connection = data_id(&client.post(&at("connections"), &json!({ "name": "Entra" })).is(201));
    let scim_token = data_id(&client.post(&at(&format!("connections/{connection}/tokens")), &json!({})).is(201));
    let application = data_id(&client.post(&at("applications"), &json!({ "name": "Wiki" })).is(201));
    let body = json!({ "kind": "user", "id": user });
    client.post(&at(&format!("applications/{application}/assignments")), &body).is(204);
    let body = json!({ "name": "ci" });
    let token = data_id(&client.post(&at(&format!("applications/{application}/tokens")), &body).is(201));
    let provider = json!({ "protocol": "OIDC", "name": "Login" });
    let provider = data_id(&client.post(&at("identity-providers"), &provider).is(201));
    let body = json!({ "provider_id": provider, "subject": "ann" });
    let identity = data_id(&client.post(&at(&format!("users/{user}/identities")), &body).is(201));
    let ids = vec![
        ("{provider_id}", provider),
        ("{identity_id}", identity),
        ("{unit_id}", unit),
        ("{group_id}", group),
        ("{connection_id}", connection),
        ("{application_id}", application),
        ("{user_id}", user.clone()),
        ("{member_id}", user.clone()),
        ("{subject_id}", user),
        ("{scim_token_id}", scim_token),
        ("{token_id}", token),
    ];
    Household { slug, ids }
}

impl Household {
    /// An endpoint's path below a tenant, with the ids of this household.
    fn path(&self, endpoint: &Endpoint, slug: &str) -> String {
        let path = if endpoint.path.contains("/connections/") {
            endpoint.path.replace("{token_id}", "{scim_token_id}")
        } else {
            endpoint.path.to_owned()
        };
        let path = path.replace("{tenant_id}", slug).replace("{urn}", "urn:x:y").replace("{name}", "User");
        let path = path.replace("{role}", "viewer").replace("{domain}", "x.test").replace("{grant_id}", NOBODY);
        self.ids.iter().fold(path, |path, (name, id)| path.replace(name, id))
    }

    /// Everything there is, as its administrator sees it.
    fn everything(&self, endpoints: &[Endpoint], server: &Server) -> Vec<String> {
        let client = server.administrator(self.slug, "tenant_admin");
        // What says what happened grows by being asked.
        let grows = |path: &str| path.contains("/audit") || path.contains("/activity") || path.contains("{urn}");
        let reads = endpoints.iter().filter(|endpoint| endpoint.method == Method::Get && !grows(endpoint.path));
        reads
            .map(|endpoint| {
                let path = self.path(endpoint, self.slug);
                let answer = client.get(&path);
                format!("{path} {} {}", answer.status, answer.json()["data"])
            })
            .collect()
    }
}

/// A body that the endpoint takes.
fn body(endpoint: &Endpoint, of: &Household) -> Option<Value> {
    let id = |name: &str| of.ids.iter().find(|(other, _)| *other == name).map(|(_, id)| id.clone());
    match endpoint.method {
        Method::Get | Method::Delete => None,
        Method::Put => Some(json!({})),
        Method::Patch => Some(json!({ "name": "Changed" })),
        Method::Post if endpoint.path.ends_with("/members") => Some(json!({ "members": [id("{user_id}")] })),
        Method::Post if endpoint.path.ends_with("/assignments") => {
            Some(json!({ "kind": "user", "id": id("{user_id}") }))
        }
        Method::Post => Some(json!({ "name": "New" })),
    }
}

fn endpoints() -> Vec<Endpoint> {
    let all = rollcall::admin::faces().into_iter().flat_map(|face| face.endpoints);
    let found: Vec<Endpoint> = all.filter(|endpoint| endpoint.path.starts_with("/tenants/{tenant_id}")).collect();
    assert!(found.len() > 40);
    found
}

fn ask(client: &Client, endpoint: &Endpoint, path: &str, of: &Household) -> u16 {
    client.send(endpoint.method.as_str(), path, &[], body(endpoint, of).as_ref()).status
}

#[test]
fn two_tenants_everywhere_rest() {
    for_each_store(|server| {
        let endpoints = endpoints();
        let (ours, theirs) = (household(server, "ours"), household(server, "theirs"));
        let before = theirs.everything(&endpoints, server);
        assert!(before.iter().filter(|line| line.contains(" 200 ")).count() > 15, "{before:#?}");
        let client = server.administrator("ours", "tenant_admin");
        for endpoint in &endpoints {
            let path = theirs.path(endpoint, "theirs");
            let status = ask(&client, endpoint, &path, &theirs);
            // What no tenant's administrator may at all is refused before anybody looks.
            assert!(matches!(status, 404 | 403), "{} {path}: {status}", endpoint.method.as_str());
            if status == 403 {
                let own = ours.path(endpoint, "ours");
                assert_eq!(ask(&client, endpoint, &own, &ours), 403, "{own}");
            }
        }
        // Their ids below our own tenant.
        let foreign = |endpoint: &&Endpoint| {
            let named =
                PARTS.iter().any(|part| endpoint.path.starts_with(&format!("/tenants/{{tenant_id}}/{part}/{{")));
            named && endpoint.path.contains("_id}/") | endpoint.path.ends_with("_id}")
        };
        let mut asked = 0;
        for endpoint in endpoints.iter().filter(foreign) {
            let path = theirs.path(endpoint, "ours");
            assert_eq!(ask(&client, endpoint, &path, &theirs), 404, "{} {path}", endpoint.method.as_str());
            if endpoint.method == Method::Patch {
                client.send("PATCH", &path, &[], Some(&json!({ "name": 1 }))).is(404);
            }
            asked += 1;
        }
        assert!(asked > 25, "{asked}");
        // Their users and groups as values within our own things.
        let id = |of: &Household, name: &str| of.ids.iter().find(|(other, _)| *other == name).unwrap().1.clone();
        let (unit, group, application) =
            (id(&ours, "{unit_id}"), id(&ours, "{group_id}"), id(&ours, "{application_id}"));
        let (their_unit, their_group, their_user) =
            (id(&theirs, "{unit_id}"), id(&theirs, "{group_id}"), id(&theirs, "{user_id}"));
        let at = |path: String| format!("/tenants/ours/{path}");
        client.put(&at(format!("units/{unit}/members/{their_user}")), &json!({})).is(404);
        client.send("PATCH", &at(format!("units/{unit}")), &[], Some(&json!({ "parent_id": their_unit }))).is(404);
        client.post(&at("units".to_owned()), &json!({ "name": "x", "parent_id": their_unit })).is(404);
        for stranger in [&their_user, &their_group] {
            client.post(&at(format!("groups/{group}/members")), &json!({ "members": [stranger] })).is(422);
        }
        for (kind, stranger) in [("user", &their_user), ("group", &their_group)] {
            let body = json!({ "kind": kind, "id": stranger });
            client.post(&at(format!("applications/{application}/assignments")), &body).is(404);
        }
        assert_eq!(theirs.everything(&endpoints, server), before, "nothing of theirs changed");
    });
}

/// The paths that name a user, or a request about one, and no tenant: the permit is asked for in the user's.
#[test]
fn two_tenants_at_the_doors_that_name_none() {
    for_each_store(|server| {
        let scene = Scene::new(server, &json!({ "approver_required": true }));
        let request = scene.asked("?reason=lost");
        let (_, request_id) = request.rsplit_once('/').unwrap();
        let (owner, stranger) = (server.owner(), server.administrator("other", "tenant_admin"));
        let seen = || {
            let paths = [format!("/admin/users/{}?include=groups,mfa,sessions", scene.ann), request.clone()];
            (paths.map(|path| owner.get(&path).is(200)["data"].clone()), server.journal(DEFAULT).len())
        };
        let before = seen();
        let faces = rollcall::admin::faces();
        let endpoints = faces.iter().filter(|face| face.prefix == "/api/v1").flat_map(|face| &face.endpoints);
        let mut asked = 0;
        for endpoint in endpoints.filter(|endpoint| endpoint.path.starts_with("/admin/")) {
            let path = endpoint.path.replace("{passkey_id}", NOBODY).replace("{device_id}", NOBODY);
            let theirs = path.replace("{user_id}", &scene.ann).replace("{reset_id}", request_id);
            if theirs == endpoint.path {
                continue;
            }
            let body = match (endpoint.method, endpoint.path.rsplit('/').next().unwrap()) {
                (Method::Get | Method::Delete, _) => None,
                (Method::Patch, _) => Some(json!({ "display_name": "Changed" })),
                (_, "reset-password") => Some(json!({ "new_password": OTHER })),
                _ => Some(json!({})),
            };
            let answer = stranger.send(endpoint.method.as_str(), &theirs, &[], body.as_ref());
            assert_eq!(answer.status, 404, "{} {theirs}", endpoint.method.as_str());
            asked += 1;
        }
        assert!(asked >= 18, "{asked}");
        assert_eq!(seen(), before, "nothing of theirs changed");
    });
}
