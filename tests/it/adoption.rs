//! Users that a connection did not create: what it sees of them, when its first write links them, and what its DELETE
//! comes to.

use rollcall::access::{Adoption, Connection, Profile, Reach};
use rollcall::directory::connections::ConnectionChange;
use serde_json::{Value, json};

use crate::client::{Client, USER, group, id, ids, members, user, values};
use crate::server::{DEFAULT, Server, for_each_store};

/// A connection and its client.
fn connection(server: &Server, name: &str) -> (Connection, Client) {
    let made = server.connection(DEFAULT, name, Profile::Tolerant);
    let client = server.client_of(&made);
    (made, client)
}

fn adopts(server: &Server, connection: &Connection, adoption: Adoption) {
    server.set_connection(connection, ConnectionChange { adoption: Some(adoption), ..ConnectionChange::default() });
}

fn reaches(server: &Server, connection: &Connection, reach: Reach) {
    server.set_connection(connection, ConnectionChange { reach: Some(reach), ..ConnectionChange::default() });
}

/// A user whom nobody claims any more: its connection is gone.
fn orphan(server: &Server, name: &str) -> String {
    let (gone, client) = connection(server, "gone");
    let user = id(&client.post("/Users", &json!({ "schemas": [USER], "userName": name, "externalId": "old" })).is(201));
    server.delete_connection(&gone);
    user
}

fn operations(server: &Server, resource: &str) -> Vec<String> {
    let rows = server.journal(DEFAULT).into_iter().filter(|row| row.resource_id == resource);
    rows.map(|row| row.operation).collect()
}

fn title(text: &str) -> Value {
    json!([{ "op": "replace", "path": "title", "value": text }])
}

#[test]
fn external_id_is_each_connections_own() {
    for_each_store(|server| {
        let ((first_connection, first), (_, second)) = (connection(server, "first"), connection(server, "second"));
        let named = |name: &str, external: &str| json!({ "schemas": [USER], "userName": name, "externalId": external });
        let ann = id(&first.post("/Users", &named("ann", "1")).is(201));
        let bob = id(&second.post("/Users", &named("bob", "1")).is(201));
        assert_eq!(first.find("/Users", "externalId eq \"1\""), [ann.as_str()]);
        assert_eq!(second.find("/Users", "externalId eq \"1\""), [bob.as_str()]);
        assert_eq!(second.get(&format!("/Users/{ann}")).is(200).get("externalId"), None);
        assert_eq!(second.find("/Users", "not (externalId pr)"), [ann.as_str()]);
        // Removing it keeps the link: the connection may still write.
        let path = format!("/Users/{ann}");
        first.patch(&path, json!([{ "op": "remove", "path": "externalId" }])).is(200);
        assert_eq!(first.get(&path).is(200).get("externalId"), None);
        adopts(server, &first_connection, Adoption::Refuse);
        first.patch(&path, title("still mine")).is(200);
    });
}

#[test]
fn a_user_that_another_connection_claims_is_not_adopted() {
    for_each_store(|server| {
        let ((_, owner), (other, client)) = (connection(server, "owner"), connection(server, "other"));
        let ann = owner.user("ann");
        let path = format!("/Users/{ann}");
        for adoption in [Adoption::Link, Adoption::Ask, Adoption::Refuse] {
            adopts(server, &other, adoption);
            let before = (owner.get(&path).text, server.journal(DEFAULT).len());
            client.get(&path).is(200);
            client.patch(&path, title("Dr")).refuses(403);
            client.put(&path, &user("ann")).refuses(403);
            client.delete(&path).refuses(403);
            client.post("/Groups", &group("crew", &[&ann])).refuses(403);
            assert_eq!(ids(&client.get("/Groups").is(200)), [""; 0]);
            client.post("/Users", &user("Ann")).refuses(409);
            assert_eq!((owner.get(&path).text, server.journal(DEFAULT).len()), before, "{adoption}");
        }
    });
}

#[test]
fn a_user_that_nobody_claims_is_adopted_by_the_first_write() {
    for_each_store(|server| {
        let ann = orphan(server, "ann");
        let path = format!("/Users/{ann}");
        let (connection, client) = connection(server, "new");
        assert_eq!(client.get(&path).is(200).get("externalId"), None);
        client.post("/Users", &user("ann")).refuses(409);
        client.delete(&path).refuses(403);
        client.put(&path, &json!({ "schemas": [USER], "userName": "ann", "externalId": "new" })).is(200);
        assert_eq!(operations(server, &ann), ["create", "link", "update"]);
        assert_eq!(client.find("/Users", "externalId eq \"new\""), [ann.as_str()]);
        // Linked once, it is the connection's, whatever the setting says.
        adopts(server, &connection, Adoption::Refuse);
        client.patch(&path, title("Dr")).is(200);
    });
}

#[test]
fn adding_to_a_group_is_an_adoption_too() {
    for_each_store(|server| {
        let ann = orphan(server, "ann");
        let (connection, client) = connection(server, "new");
        let crew = client.group("crew", &[]);
        let path = format!("/Groups/{crew}");
        adopts(server, &connection, Adoption::Ask);
        let add = json!([{ "op": "add", "path": "members", "value": values(&[&ann]) }]);
        client.patch(&path, add.clone()).refuses(403);
        assert_eq!(members(&client.get(&path).is(200)), [""; 0]);
        adopts(server, &connection, Adoption::Link);
        client.patch(&path, add).is(200);
        assert_eq!(members(&client.get(&path).is(200)), [ann.as_str()]);
        adopts(server, &connection, Adoption::Refuse);
        client.patch(&format!("/Users/{ann}"), title("Dr")).is(200);
        assert_eq!(operations(server, &ann)[1..], ["link", "update"]);
    });
}

#[test]
fn ask_and_refuse_refuse_and_change_nothing() {
    for_each_store(|server| {
        let ann = orphan(server, "ann");
        let path = format!("/Users/{ann}");
        let (connection, client) = connection(server, "new");
        let before = client.get(&path).text;
        for (adoption, word) in [(Adoption::Ask, "administrator"), (Adoption::Refuse, "may not adopt")] {
            adopts(server, &connection, adoption);
            for detail in [client.put(&path, &user("ann")).refuses(403), client.patch(&path, title("Dr")).refuses(403)]
            {
                assert!(detail.contains(word), "{detail}");
            }
            assert_eq!(client.get(&path).text, before);
            assert_eq!(operations(server, &ann), ["create"]);
        }
    });
}

#[test]
fn reach_own_hides_all_but_linked_users() {
    for_each_store(|server| {
        let (_, owner) = connection(server, "owner");
        let (narrow, client) = connection(server, "narrow");
        reaches(server, &narrow, Reach::Own);
        let (foreign, own) = (owner.user("ann"), client.user("bob"));
        let path = format!("/Users/{foreign}");
        assert_eq!(ids(&client.get("/Users").is(200)), [own.as_str()]);
        assert_eq!(client.find("/Users", "userName eq \"ann\""), [""; 0]);
        assert_eq!(client.get("/Users?count=0").is(200)["totalResults"], 1);
        client.get(&path).refuses(404);
        client.put(&path, &user("ann")).refuses(404);
        client.patch(&path, title("Dr")).refuses(404);
        client.delete(&path).refuses(404);
        client.post("/Groups", &group("crew", &[&foreign])).is_bad("invalidValue");
        let detail = client.post("/Users", &user("ann")).refuses(409);
        assert!(detail.contains("outside of this connection's reach"), "{detail}");
        assert_eq!(client.post("/Users", &user("ann")).json()["scimType"], "uniqueness");
        reaches(server, &narrow, Reach::All);
        assert_eq!(ids(&client.get("/Users").is(200)), [foreign, own]);
    });
}

#[test]
fn delete_of_an_own_user_is_the_end_of_it() {
    for_each_store(|server| {
        let (_, client) = connection(server, "own");
        let (ann, bob) = (client.user("ann"), client.user("bob"));
        let (with, without) = (client.group("with", &[&ann, &bob]), client.group("without", &[&bob]));
        let tag = |group: &str| client.get(&format!("/Groups/{group}")).header("etag").unwrap().to_owned();
        let before = (tag(&with), tag(&without));
        server.clock.advance(1);
        client.delete(&format!("/Users/{ann}")).is(204);
        client.get(&format!("/Users/{ann}")).refuses(404);
        client.delete(&format!("/Users/{ann}")).refuses(404);
        assert_eq!(client.find("/Users", "userName eq \"ann\""), [""; 0]);
        let left = client.get(&format!("/Groups/{with}")).is(200);
        assert_eq!(members(&left), [bob]);
        assert_ne!(left["meta"]["created"], left["meta"]["lastModified"]);
        assert!(tag(&with) != before.0 && tag(&without) == before.1);
        let again = client.user("ann");
        assert_ne!(again, ann);
    });
}

#[test]
fn delete_of_an_adopted_user_hides_and_disables_it_and_keeps_its_name() {
    for_each_store(|server| {
        let ann = orphan(server, "ann");
        let path = format!("/Users/{ann}");
        let (adopter, client) = connection(server, "adopter");
        client.patch(&path, title("Dr")).is(200);
        let crew = client.group("crew", &[&ann]);
        client.delete(&path).is(204);
        client.get(&path).refuses(404);
        client.patch(&path, title("x")).refuses(404);
        client.delete(&path).refuses(404);
        assert_eq!(ids(&client.get("/Users").is(200)), [""; 0]);
        assert_eq!(client.find("/Users", "userName eq \"ann\""), [""; 0]);
        client.post("/Groups", &group("other", &[&ann])).is_bad("invalidValue");
        assert_eq!(members(&client.get(&format!("/Groups/{crew}")).is(200)), [""; 0]);
        let detail = client.post("/Users", &user("ANN")).refuses(409);
        assert!(detail.contains("this connection deleted") && detail.contains("administrator"), "{detail}");
        assert_eq!(operations(server, &ann).last().unwrap(), "unlink");
        // Everybody else still sees it, disabled; and when the connection is gone, it may be adopted again.
        let (_, third) = connection(server, "third");
        assert_eq!(third.get(&path).is(200)["active"], false);
        server.delete_connection(&adopter);
        third.patch(&path, json!([{ "op": "replace", "path": "active", "value": true }])).is(200);
        assert_eq!(third.get(&path).is(200)["active"], true);
    });
}

#[test]
fn after_its_connection_is_gone_a_user_can_be_linked_again() {
    for_each_store(|server| {
        let ((first, owner), (_, client)) = (connection(server, "first"), connection(server, "second"));
        let ann = owner.user("ann");
        let crew = owner.group("crew", &[&ann]);
        let path = format!("/Users/{ann}");
        client.patch(&path, title("Dr")).refuses(403);
        server.delete_connection(&first);
        owner.get(&path).refuses(401);
        client.patch(&path, title("Dr")).is(200);
        assert_eq!(operations(server, &ann), ["create", "link", "update"]);
        // Its groups became local ones: nobody's by SCIM.
        client.get(&format!("/Groups/{crew}")).refuses(404);
        assert_eq!(client.get(&path).is(200).get("groups"), None);
    });
}
