//! Schemas and resource types as an operator handles them: by commands beside a running server.

use serde_json::{Value, json};

use crate::client::{USER, id};
use crate::program::{Place, for_each_place};

const BADGE: &str = "urn:example:schemas:2.0:Badge";

/// Writes a file into the place and gives its name.
fn file(place: &Place, name: &str, content: &Value) -> String {
    std::fs::write(place.path().join(name), content.to_string()).unwrap();
    name.to_owned()
}

fn listed(place: &Place, arguments: &[&str]) -> Value {
    serde_json::from_str(&place.run(&[&["--json"], arguments].concat()).succeeds()).unwrap()
}

#[test]
fn schemas_and_types_are_managed_beside_a_running_server() {
    for_each_place(|place| {
        let server = place.serve();
        let client = server.client(&server.token());
        let of = ["--tenant", "default"];
        let run = |words: &[&str], rest: &[&str]| place.run(&[words, &of[..], rest].concat());

        let badge = json!({ "id": BADGE, "name": "Badge", "attributes": [
            { "name": "code", "uniqueness": "server" }, { "name": "colour" } ] });
        let badge = file(place, "badge.json", &badge);
        assert_eq!(run(&["schema", "add"], &["--index", "colour", &badge]).succeeds(), format!("{BADGE}\n"));
        assert_eq!(run(&["schema", "list"], &[]).succeeds(), format!("{BADGE}\tBadge\t2\t\tcolour\n"));
        let shown: Value = serde_json::from_str(&run(&["schema", "show"], &[BADGE]).succeeds()).unwrap();
        assert_eq!((&shown["id"], &shown["attributes"][0]["uniqueness"]), (&json!(BADGE), &json!("server")));
        assert_eq!(run(&["resource-type", "extend"], &["User", BADGE]).succeeds(), "");
        assert_eq!(listed(place, &["schema", "list", "--tenant", "default"])[0]["resourceTypes"], json!(["User"]));

        let body = json!({ "schemas": [USER, BADGE], "userName": "ann", BADGE: { "code": "c", "colour": "red" } });
        let ann = format!("/Users/{}", id(&client.post("/Users", &body).is(201)));
        assert_eq!(client.find("/Users", &format!("{BADGE}:colour eq \"red\"")).len(), 1);
        assert_eq!(run(&["schema", "index"], &[BADGE, "code"]).succeeds(), "");
        assert_eq!(client.find("/Users", &format!("{BADGE}:code eq \"C\"")).len(), 1);
        assert!(run(&["schema", "remove"], &[BADGE]).fails().contains("--force"));
        assert!(run(&["resource-type", "unextend"], &["User", BADGE]).fails().contains("--force"));

        let kind = json!({ "name": "Device", "endpoint": "/Devices", "schema": BADGE });
        let kind = file(place, "device.json", &kind);
        assert_eq!(run(&["resource-type", "add"], &[&kind]).succeeds(), "Device\n");
        let types = run(&["resource-type", "list"], &[]).succeeds();
        assert!(types.contains(&format!("Device\t/Devices\t{BADGE}\t\n")), "{types}");
        let lamp = client.post("/Devices", &json!({ "schemas": [BADGE], "code": "c" })).is(201);
        assert!(run(&["resource-type", "remove"], &["Device"]).fails().contains("--force"));
        run(&["resource-type", "remove"], &["Device", "--force"]).succeeds();
        client.get(&format!("/Devices/{}", id(&lamp))).refuses(404);
        run(&["schema", "remove"], &[BADGE, "--force"]).succeeds();
        assert_eq!(client.get(&ann).is(200).get(BADGE), None);
        client.get(&format!("/Schemas/{BADGE}")).refuses(404);
        drop(client);
        server.stop();
    });
}

#[test]
fn what_cannot_be_added_is_refused_in_one_line() {
    let place = Place::sqlite();
    place.run(&["migrate"]).succeeds();
    place.run(&["tenant", "create", "acme"]).succeeds();
    let add = |document: &Value| {
        let name = file(&place, "schema.json", document);
        place.run(&["schema", "add", "--tenant", "acme", &name]).fails()
    };
    let with = |attribute: Value| json!({ "id": BADGE, "name": "B", "attributes": [attribute] });
    assert!(add(&with(json!({ "name": "a", "type": "text" }))).contains("a.type must be string"));
    assert!(add(&with(json!({ "name": "meta" }))).contains("every resource has already"));
    assert!(add(&json!({ "id": USER, "name": "U", "attributes": [{ "name": "a" }] })).contains("is reserved"));
    std::fs::write(place.path().join("broken.json"), "{\"id\": ").unwrap();
    let run = |words: &[&str]| place.run(&[words, &["--tenant", "acme"]].concat()).fails();
    assert!(run(&["schema", "add", "broken.json"]).contains("broken.json"));
    std::fs::write(place.path().join("long.json"), " ".repeat(300_000)).unwrap();
    assert!(run(&["schema", "add", "long.json"]).contains("longer than"));
    assert!(run(&["schema", "add", "missing.json"]).contains("missing.json"));
    assert!(run(&["schema", "show", BADGE]).contains("not found"));
    assert!(run(&["schema", "remove", USER]).contains("built in"));
    assert!(run(&["resource-type", "extend", "User", BADGE]).contains("there is no schema"));
    assert!(run(&["resource-type", "remove", "Device"]).contains("not found"));
}
