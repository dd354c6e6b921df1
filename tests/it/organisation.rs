//! Tenants, partners, settings, groups and SCIM connections over REST.

use rollcall::access::Scope;
use serde_json::{Value, json};

use crate::client::Client;
use crate::persons::holding;
use crate::server::{DEFAULT, Server, for_each_store};

fn patch(client: &Client, path: &str, body: Value) -> crate::client::Answer {
    client.send("PATCH", path, &[], Some(&body))
}

fn slugs(page: &Value) -> Vec<&str> {
    page["data"].as_array().unwrap().iter().map(|tenant| tenant["slug"].as_str().unwrap()).collect()
}

#[test]
fn ir2_tenants_and_partners_are_run_within_reach() {
    for_each_store(|server| {
        let owner = server.owner();
        let partner = owner.post("/partners", &json!({ "slug": "acme", "name": "Acme" })).is(201);
        let partner = partner["data"]["id"].as_str().unwrap();
        assert_eq!(owner.post("/partners", &json!({ "slug": "acme", "name": "Acme" })).is(409)["code"], "taken");
        let reseller = server.person(DEFAULT, vec![holding("partner_admin", Scope::Partner(partner.parse().unwrap()))]);
        let made = reseller.post("/tenants", &json!({ "slug": "first", "name": "First" })).is(201);
        assert_eq!(made["data"]["partner_id"], partner, "the only partner in reach");
        owner.post("/tenants", &json!({ "slug": "alone" })).is(201);
        owner.post("/tenants", &json!({ "slug": "alone" })).is(409);
        owner.post("/tenants", &json!({ "slug": "Not a slug" })).is(422);
        assert_eq!(slugs(&reseller.get("/tenants").is(200)), ["first"]);
        assert_eq!(slugs(&owner.get("/tenants").is(200)), ["alone", "default", "first"]);
        reseller.get("/tenants/alone").is(404);
        patch(&reseller, "/tenants/alone", json!({ "name": "x" })).is(404);
        patch(&reseller, "/tenants/first", json!({ "partner_id": null })).is(403);
        patch(&reseller, "/tenants/first", json!({ "name": "1st" })).is(200);
        reseller.get("/partners").is(403);
        server.administrator(DEFAULT, "tenant_admin").get("/tenants").is(403);
        server.administrator(DEFAULT, "tenant_admin").post("/tenants", &json!({ "slug": "more" })).is(403);

        assert_eq!(owner.delete(&format!("/partners/{partner}")).is(409)["tenants"], 1);
        patch(&owner, "/tenants/first", json!({ "partner_id": null })).is(200);
        reseller.get("/tenants/first").is(404);
        assert_eq!(
            patch(&owner, &format!("/partners/{partner}"), json!({ "name": "ACME" })).is(200)["data"]["name"],
            "ACME"
        );
        owner.delete(&format!("/partners/{partner}")).is(204);
        owner.get(&format!("/partners/{partner}")).is(404);
    });
}

#[test]
fn a_suspended_tenant_lets_no_connection_in() {
    for_each_store(|server| {
        let scim = server.connect("other", "hr");
        scim.get("/Users").is(200);
        let owner = server.owner();
        patch(&owner, "/tenants/other", json!({ "suspended": true })).is(200);
        scim.get("/Users").is(401);
        patch(&owner, "/tenants/other", json!({ "suspended": false })).is(200);
        scim.get("/Users").is(200);
    });
}

#[test]
fn a_tenant_with_people_is_deleted_only_when_confirmed() {
    for_each_store(|server| {
        let owner = server.owner();
        let scim = server.connect("other", "hr");
        let user = scim.user("ann@x.test");
        scim.group("all", &[&user]);
        let client = server.administrator("other", "tenant_admin");
        let unit = client.post("/tenants/other/units", &json!({ "name": "A" })).is(201);
        client.post("/tenants/other/units", &json!({ "name": "B", "parent_id": unit["data"]["id"] })).is(201);
        client.post("/tenants/other/applications", &json!({ "name": "Wiki" })).is(201);
        let refused = owner.delete("/tenants/other").is(409);
        assert_eq!(
            (&refused["code"], &refused["users"], &refused["groups"]),
            (&json!("not_empty"), &json!(1), &json!(1))
        );
        assert_eq!(owner.delete("/tenants/other?confirm_slug=default").is(422)["detail"][0]["loc"][1], "confirm_slug");
        owner.get("/tenants/other").is(200);
        owner.delete("/tenants/other?confirm_slug=other").is(204);
        owner.get("/tenants/other").is(404);
        scim.get("/Users").is(401);
        assert!(server.wrong_counters().is_empty());
        assert!(server.journal(DEFAULT).iter().any(|row| format!("{row:?}").contains("Tenant")));
        owner.post("/tenants", &json!({ "slug": "empty" })).is(201);
        owner.delete("/tenants/empty").is(204);
    });
}

#[test]
fn ir1_the_tenant_of_the_platform_is_reserved() {
    for_each_store(|server| {
        let owner = server.owner();
        server.tenant("platform");
        for body in [json!({ "name": "x" }), json!({ "suspended": true })] {
            assert_eq!(patch(&owner, "/tenants/platform", body).is(409)["code"], "reserved");
        }
        assert_eq!(owner.delete("/tenants/platform?confirm_slug=platform").is(409)["code"], "reserved");
        for path in ["/tenants/platform/connections", "/tenants/platform/applications"] {
            assert_eq!(owner.post(path, &json!({ "name": "x" })).is(409)["code"], "reserved", "{path}");
        }
    });
}

/// A tenant is known by its id in any case, as a user is.
#[test]
fn ir12_the_id_of_a_tenant_is_one_in_any_case() {
    for_each_store(|server| {
        server.newcomer(DEFAULT, "ann@example.org", "viewer");
        let id = server.tenant(DEFAULT).id.to_string().to_uppercase();
        assert_eq!(server.owner().get(&format!("/tenants/{id}")).is(200)["data"]["slug"], "default");
        server.log_in(&id, "ann@example.org", crate::signed_in::PASSWORD).is(200);
    });
}

#[test]
fn settings_are_changed_member_by_member() {
    for_each_store(|server| {
        let client = server.administrator(DEFAULT, "tenant_admin");
        let path = "/tenants/default/settings";
        let before = client.get(path).is(200)["data"].clone();
        assert_eq!((&before["sessions"]["most"], &before["redirect_uris"]), (&json!(20), &json!([])));
        let changed = patch(&client, path, json!({ "sessions": { "idle": 600 }, "source_lock": "enforce" })).is(200);
        assert_eq!(
            (&changed["data"]["sessions"]["idle"], &changed["data"]["sessions"]["most"]),
            (&json!(600), &json!(20))
        );
        for (body, place) in [
            (json!({ "nothing": 1 }), json!(["body", "nothing"])),
            (json!({ "sessions": { "idle": "1" } }), json!(["body", "sessions", "idle"])),
            (json!({ "redirect_uris": ["nowhere"] }), json!(["body", "redirect_uris", 0])),
        ] {
            assert_eq!(patch(&client, path, body).is(422)["detail"][0]["loc"], place);
        }
        assert_eq!(client.get(path).is(200)["data"], changed["data"], "a refused change changes nothing");
        let back = patch(&client, path, json!({ "sessions": { "idle": null }, "source_lock": null })).is(200);
        assert_eq!(back["data"], before);
        let reader = server.administrator(DEFAULT, "auditor");
        reader.get(path).is(200);
        patch(&reader, path, json!({})).is(403);
    });
}

fn group_of(server: &Server) -> (Client, String, String) {
    let scim = server.connect(DEFAULT, "hr");
    let ann = scim.user("ann@x.test");
    let group = scim.group("Pushed", &[&ann]);
    (scim, ann, group)
}

#[test]
fn local_groups_are_changed_and_those_of_connections_only_seen() {
    for_each_store(|server| {
        let client = server.administrator(DEFAULT, "tenant_admin");
        let (scim, ann, pushed) = group_of(server);
        let groups = "/tenants/default/groups";
        let local = client.post(groups, &json!({ "name": "Local", "members": [ann] })).is(201)["data"].clone();
        assert_eq!(local["owner"], "local");
        let local = local["id"].as_str().unwrap();
        assert_eq!(client.post(groups, &json!({ "name": "LOCAL" })).is(409)["code"], "taken");
        client.post(groups, &json!({ "name": "pushed" })).is(201);
        client.post(groups, &json!({ "name": "x", "members": ["0190163d-8694-739b-aea5-966c26f8ad91"] })).is(422);
        assert_eq!(client.get(groups).is(200)["pagination"]["total_items"], 3);
        assert_eq!(client.get(&format!("{groups}?search=USHED")).is(200)["pagination"]["total_items"], 2);
        let seen = client.get(&format!("{groups}/{pushed}")).is(200);
        assert_eq!(seen["data"]["owner"], "scim");
        assert_eq!(client.get(&format!("{groups}/{pushed}/members")).is(200)["data"][0]["id"], ann);

        let bob = scim.user("bob@x.test");
        for refused in [
            patch(&client, &format!("{groups}/{pushed}"), json!({ "name": "Mine" })),
            client.delete(&format!("{groups}/{pushed}")),
            client.post(&format!("{groups}/{pushed}/members"), &json!({ "members": [bob] })),
            client.delete(&format!("{groups}/{pushed}/members/{ann}")),
        ] {
            let refused = refused.is(409);
            assert_eq!((&refused["code"], &refused["source"]), (&json!("source_locked"), &json!("SCIM")));
        }
        scim.get(&format!("/Groups/{local}")).is(404);

        client.post(&format!("{groups}/{local}/members"), &json!({ "members": [bob, ann] })).is(204);
        assert_eq!(client.get(&format!("{groups}/{local}/members")).is(200)["pagination"]["total_items"], 2);
        client.delete(&format!("{groups}/{local}/members/{bob}")).is(204);
        client.delete(&format!("{groups}/{local}/members/{bob}")).is(404);
        assert_eq!(
            patch(&client, &format!("{groups}/{local}"), json!({ "name": "Locals" })).is(200)["data"]["name"],
            "Locals"
        );
        patch(&client, &format!("{groups}/{local}"), json!({ "name": "PUSHED" })).is(409);
        client.delete(&format!("{groups}/{local}")).is(204);
        client.get(&format!("{groups}/{local}")).is(404);
        server.administrator(DEFAULT, "viewer").post(groups, &json!({ "name": "y" })).is(403);
    });
}

#[test]
fn local_group_names_stay_unique_when_many_ask_at_once() {
    for_each_store(|server| {
        let statuses: Vec<u16> = std::thread::scope(|scope| {
            let makers: Vec<_> = (0..16)
                .map(|_| {
                    let client = server.administrator(DEFAULT, "tenant_admin");
                    scope.spawn(move || client.post("/tenants/default/groups", &json!({ "name": "One" })).status)
                })
                .collect();
            makers.into_iter().map(|maker| maker.join().unwrap()).collect()
        });
        assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
        assert!(statuses.iter().all(|status| matches!(status, 201 | 409)), "{statuses:?}");
    });
}

#[test]
fn ir14_connections_and_their_tokens_are_run_over_rest() {
    for_each_store(|server| {
        let client = server.administrator(DEFAULT, "tenant_admin");
        let all = "/tenants/default/connections";
        let made =
            client.post(all, &json!({ "name": "Entra", "profile": "entra", "rate": 50 })).is(201)["data"].clone();
        assert_eq!((&made["profile"], &made["reach"], &made["rate"]), (&json!("entra"), &json!("all"), &json!(50)));
        client.post(all, &json!({ "name": "ENTRA" })).is(409);
        client.post(all, &json!({ "name": "x", "profile": "best" })).is(422);
        let one = format!("{all}/{}", made["id"].as_str().unwrap());
        assert_eq!(patch(&client, &one, json!({ "reach": "own", "rate": null })).is(200)["data"]["rate"], Value::Null);
        let minted = client.post(&format!("{one}/tokens"), &json!({ "scope": "read" })).is(201)["data"].clone();
        let scim = server.client_with(minted["token"].as_str().unwrap());
        scim.get("/Users").is(200);
        scim.post("/Users", &crate::client::user("ann")).is(403);
        let listed = client.get(&format!("{one}/tokens")).is(200);
        assert_eq!(listed["pagination"]["total_items"], 1);
        assert!(!listed.to_string().contains(minted["token"].as_str().unwrap()));
        let token = format!("{one}/tokens/{}", minted["id"].as_str().unwrap());
        server.administrator(DEFAULT, "auditor").delete(&token).is(403);
        client.delete(&token).is(204);
        scim.get("/Users").is(401);
        client.delete(&token).is(404);
        client.delete(&one).is(204);
        client.get(&one).is(404);
    });
}

#[test]
fn schemas_are_run_over_rest() {
    for_each_store(|server| {
        let client = server.administrator(DEFAULT, "tenant_admin");
        let urn = "urn:example:params:scim:schemas:badge";
        let schema = json!({ "id": urn, "name": "Badge", "attributes": [{ "name": "number", "type": "string" }] });
        let added = client.post("/tenants/default/schemas?index=number", &schema).is(201);
        assert_eq!(added["data"]["id"], urn);
        let listed = client.get("/tenants/default/schemas").is(200);
        assert_eq!(listed["data"][0]["indexed"], json!(["number"]));
        assert_eq!(client.get(&format!("/tenants/default/schemas/{urn}")).is(200)["data"]["name"], "Badge");
        client.put(&format!("/tenants/default/resource-types/User/extensions/{urn}"), &json!({})).is(204);
        let types = client.get("/tenants/default/resource-types").is(200).to_string();
        assert!(types.contains(urn), "{types}");
        client.delete(&format!("/tenants/default/resource-types/User/extensions/{urn}")).is(204);
        client.delete(&format!("/tenants/default/schemas/{urn}")).is(204);
        client.get(&format!("/tenants/default/schemas/{urn}")).is(404);
        server.administrator(DEFAULT, "viewer").post("/tenants/default/schemas", &schema).is(403);
        // A URN is one step of the way to a fault, whatever dots it has.
        let clash = "urn:example:params:2.0:Clash";
        let schema = json!({ "id": clash, "name": "Clash", "attributes": [{ "name": "title", "type": "string" }] });
        client.post("/tenants/default/schemas", &schema).is(201);
        let refused =
            client.put(&format!("/tenants/default/resource-types/User/extensions/{clash}"), &json!({})).is(422);
        assert_eq!(refused["detail"][0]["loc"], json!(["body", format!("{clash}:title")]), "{refused}");
    });
}
