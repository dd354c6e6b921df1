//! Faults that other servers of this kind had, each a test here under the name that we gave the fault.

use std::collections::BTreeSet;
use std::sync::Barrier;

use rollcall::access::{Profile, TokenScope};
use serde_json::{Value, json};

use crate::client::{Client, ENTERPRISE, USER, encode, group, id, ids, members, user, values};
use crate::server::{DEFAULT, for_each_store};

/// An `externalId` was taken for an internal id.
#[test]
fn external_id_is_opaque() {
    for_each_store(|server| {
        let client = server.client();
        let ann = client.user("ann");
        let odd =
            ["1", "0", "-1", "1e9", "1000000000", "../", "\u{661}", "null", "true", "*", "%", "_", "' OR 1=1 --", &ann];
        for (number, external) in odd.iter().enumerate() {
            let body = json!({ "schemas": [USER], "userName": format!("u{number}"), "externalId": external });
            let made = client.post("/Users", &body).is(201);
            assert_eq!(made["externalId"], *external);
            let made = id(&made);
            assert_eq!(client.find("/Users", &format!("externalId eq {}", json!(external))), [made.as_str()]);
            // It names nobody where an id is wanted.
            if *external != ann {
                let answer = client.get(&format!("/Users/{}", encode(external)));
                assert!(matches!(answer.status, 400 | 404), "{external}: {}", answer.text);
                client.post("/Groups", &group("crew", &[external])).is_bad("invalidValue");
                assert_eq!(client.find("/Users", &format!("id eq {}", json!(external))), [""; 0]);
            }
            // Nor does a user's own id, as its externalId, change whose it is.
            let own = json!([{ "op": "replace", "path": "externalId", "value": made }]);
            client.patch(&format!("/Users/{made}"), own).is(200);
        }
        assert_eq!(client.get(&format!("/Users/{ann}")).is(200)["userName"], "ann");
        assert_eq!(client.find("/Users", &format!("id eq \"{ann}\"")), [ann]);
    });
}

/// Filters and orders told what reading did not.
#[test]
fn filter_cannot_see_more_than_get() {
    for_each_store(|server| {
        for profile in [Profile::Tolerant, Profile::Rfc] {
            let client = server.client_of(&server.connection(DEFAULT, profile.as_str(), profile));
            let body = json!({ "schemas": [USER], "userName": format!("{profile}"), "password": "aaaaaaaaaaaa" });
            let path = format!("/Users/{}", id(&client.post("/Users", &body).is(201)));
            let operators = ["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"];
            let names = ["password".to_owned(), "PassWord".to_owned(), format!("{USER}:password")];
            for name in &names {
                let compared = operators.iter().map(|operator| format!("{name} {operator} \"a\""));
                let others = ["{} pr", "not ({} pr)", "userName pr or {} pr", "userName eq \"x\" and {} co \"a\""];
                for filter in compared.chain(others.map(|other| other.replace("{}", name))) {
                    for endpoint in ["/Users", "/Groups"] {
                        client.get(&format!("{endpoint}?filter={}", encode(&filter))).is_bad("invalidFilter");
                        client.get(&format!("{endpoint}?count=0&filter={}", encode(&filter))).is_bad("invalidFilter");
                    }
                    let search =
                        json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": filter });
                    client.post("/Users/.search", &search).is_bad("invalidFilter");
                    // Over all types a foreign attribute has no value; this one must not be told from it.
                    let over_all = client.post("/.search", &search);
                    assert!(over_all.status == 400 || !over_all.text.contains("aaaaaaaaaaaa"), "{}", over_all.text);
                }
                client.get(&format!("/Users?sortBy={}", encode(name))).refuses(400);
                assert!(!client.get(&format!("{path}?attributes={}", encode(name))).text.contains("aaaaaaaaaaaa"));
            }
            let probe = json!([{ "op": "remove", "path": "emails[password eq \"a\"]" }]);
            let probed = client.patch(&path, probe);
            assert!(matches!(probed.status, 200 | 400), "{}", probed.text);
        }
    });
}

/// Lists grew with whatever a client asked for.
#[test]
fn list_is_bounded() {
    for_each_store(|server| {
        let client = server.client();
        client.many_users("u", 1010);
        let sizes = [
            ("", 100),
            ("count=0", 0),
            ("count=-1", 0),
            ("count=1", 1),
            ("count=1000", 1000),
            ("count=1000000000", 1000),
            ("count=9223372036854775807", 1000),
            ("startIndex=1001&count=1000", 10),
            ("startIndex=-5&count=2", 2),
            ("startIndex=9223372036854775807", 0),
        ];
        for (query, size) in sizes {
            for order in ["", "&sortBy=userName", "&sortBy=title", "&filter=userName%20pr"] {
                let list = client.get(&format!("/Users?{query}{order}")).is(200);
                assert_eq!((ids(&list).len(), &list["totalResults"]), (size, &json!(1010)), "{query}{order}");
                assert_eq!(list["itemsPerPage"], size, "{query}{order}");
            }
        }
        let search =
            |count: i64| json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "count": count });
        for (count, size) in [(-1, 0), (0, 0), (1_000_000_000, 1000)] {
            for path in ["/Users/.search", "/.search"] {
                assert_eq!(ids(&client.post(path, &search(count)).is(200)).len(), size, "{path} {count}");
            }
        }
        // Pages do not overlap and leave nothing out.
        let pages = (0..11)
            .flat_map(|page| ids(&client.get(&format!("/Users?count=100&startIndex={}", page * 100 + 1)).is(200)));
        assert_eq!(pages.collect::<BTreeSet<_>>().len(), 1010);
    });
}

/// Parallel changes of one group overwrote each other.
#[test]
fn concurrent_members() {
    for_each_store(|server| {
        let client = &server.client();
        let users = client.many_users("u", 64);
        let (old, new) = users.split_at(32);
        let old_ids: Vec<&str> = old.iter().map(String::as_str).collect();
        let path = &format!("/Groups/{}", client.group("crew", &old_ids));
        let (rows, start) = (server.journal(DEFAULT).len(), &Barrier::new(64));
        let change = |number: usize, user: &str| {
            let operation = match number {
                0..16 => json!({ "op": "remove", "path": format!("members[value eq \"{user}\"]") }),
                16..32 => json!({ "op": "remove", "path": "members", "value": values(&[user]) }),
                _ => json!({ "op": "add", "path": "members", "value": values(&[user]) }),
            };
            start.wait();
            client.patch(path, json!([operation])).is(200);
        };
        std::thread::scope(|scope| {
            for (number, user) in users.iter().enumerate() {
                scope.spawn(move || change(number, user));
            }
        });
        let mut expected = new.to_vec();
        expected.sort();
        let after = client.get(path).is(200);
        assert_eq!(members(&after), expected);
        assert_eq!(after["meta"]["version"], "W/\"65\"");
        assert_eq!(server.journal(DEFAULT).len(), rows + 64);
    });
}

/// A PATCH changed what nobody may change.
#[test]
fn immutable_fields() {
    for_each_store(|server| {
        for profile in [Profile::Tolerant, Profile::Rfc] {
            let client = server.client_of(&server.connection(DEFAULT, profile.as_str(), profile));
            let ann = client.user(&format!("ann {profile}"));
            let other = client.user(&format!("other {profile}"));
            let crew = client.group("crew", &[&ann]);
            let of_user =
                ["id", "meta", "meta.created", "meta.version", "meta.location", "groups", "groups.value", "schemas.x"];
            let of_group = ["id", "meta", "meta.lastModified", "members.display"];
            for (path, names) in [(format!("/Users/{ann}"), &of_user[..]), (format!("/Groups/{crew}"), &of_group[..])] {
                let before = client.get(&path).text;
                for name in names {
                    for operation in ["add", "replace", "remove"] {
                        let answer = client.patch(&path, json!([{ "op": operation, "path": name, "value": other }]));
                        // What no schema knows is skipped by a lenient profile; nothing of it happens.
                        let unknown = *name == "schemas.x" && profile == Profile::Tolerant;
                        assert!(
                            answer.status == 400 || unknown,
                            "{operation} {name} ({profile}): {} {}",
                            answer.status,
                            answer.text
                        );
                    }
                }
                let mut body: Value = serde_json::from_str(&before).unwrap();
                body["id"] = json!(other);
                body["meta"] =
                    json!({ "created": "2001-01-01T00:00:00Z", "version": "W/\"99\"", "resourceType": "Group" });
                body["groups"] = json!([{ "value": other }]);
                if path.starts_with("/Groups") {
                    body.as_object_mut().unwrap().remove("groups");
                }
                client.put(&path, &body).is(200);
                client.patch(&path, json!([{ "op": "replace", "value": body }])).is(200);
                assert_eq!(client.get(&path).text, before, "{profile}");
            }
        }
    });
}

/// No secret, and an empty bearer: that was access.
#[test]
fn empty_bearer() {
    for_each_store(|server| {
        let (nobody, good) = (server.anonymous(), &server.token);
        let two = [format!("Bearer {good}"), format!("Bearer {good}")];
        let (basic, digest, bare) = (format!("Basic {good}"), format!("Digest {good}"), good.clone());
        let mut attempts: Vec<Vec<&str>> = [
            "",
            "Bearer",
            "Bearer ",
            "bearer",
            "bearer x",
            "Bearer rc_scim_",
            "Bearer rc_scim_.",
            "Bearer null",
            &basic,
            &digest,
            &bare,
        ]
        .into_iter()
        .map(|value| vec![value])
        .collect();
        attempts.extend([vec![], two.iter().map(String::as_str).collect()]);
        for values in attempts {
            let headers: Vec<_> = values.iter().map(|value| ("authorization", *value)).collect();
            let answer = nobody.send("GET", "/Users", &headers, None);
            assert_eq!(answer.status, 401, "{values:?}: {}", answer.text);
            answer.refuses(401);
        }
        // The query and the body are no places for a credential.
        nobody.get(&format!("/Users?access_token={good}")).refuses(401);
        server.client().get("/Users").is(200);
    });
}

/// A password that a provisioner sent became a login.
#[test]
fn scim_password_policy() {
    for_each_store(|server| {
        for profile in [Profile::Tolerant, Profile::Rfc] {
            let client = server.client_of(&server.connection(DEFAULT, profile.as_str(), profile));
            let secret = |verb: &str| format!("secret-of-{verb}-{profile}-Hunter2");
            let body = |verb: &str| json!({ "schemas": [USER], "userName": format!("user of {profile}"), "title": format!("title-of-{verb}-{profile}"), "password": secret(verb) });
            let made = client.post("/Users", &body("post"));
            made.is(201);
            let path = format!("/Users/{}", id(&made.json()));
            let mut answers = vec![made, client.put(&path, &body("put"))];
            let replaced = json!([{ "op": "replace", "path": "password", "value": secret("patch") }]);
            answers.push(client.patch(&path, replaced));
            answers.push(client.patch(&path, json!([{ "op": "add", "value": body("add") }])));
            let named = format!("{path}?attributes=password,{USER}:password,userName");
            answers.extend([client.get(&path), client.get(&named), client.get("/Users?attributes=password")]);
            for answer in &answers {
                assert!((200..300).contains(&answer.status), "{}", answer.text);
                assert!(!answer.text.contains("secret-of") && !answer.text.contains("password\""), "{}", answer.text);
            }
            // A password alone is no change.
            let (tag, rows) = (client.get(&path).header("etag").map(str::to_owned), server.journal(DEFAULT).len());
            client.patch(&path, json!([{ "op": "replace", "path": "password", "value": secret("again") }])).is(200);
            assert_eq!(client.get(&path).header("etag").map(str::to_owned), tag);
            assert_eq!(server.journal(DEFAULT).len(), rows);
            // Titles show that the search would find it: the journal keeps all of them.
            for verb in ["post", "put", "add"] {
                assert!(server.database.holds(&format!("title-of-{verb}-{profile}")), "{verb}");
            }
            assert!(!server.database.holds("secret-of"));
        }
    });
}

/// One name for different sources of users was one source.
#[test]
fn source_namespaces() {
    for_each_store(|server| {
        let body = |name: &str| json!({ "schemas": [USER], "userName": name, "externalId": "7" });
        let names = ["SCIM", "OIDC", "SAML", "LDAP", "LOCAL", "default", "it"];
        let clients: Vec<Client> = names.iter().map(|name| server.connect(DEFAULT, name)).collect();
        let made: Vec<String> =
            names.iter().zip(&clients).map(|(name, client)| id(&client.post("/Users", &body(name)).is(201))).collect();
        for (client, user) in clients.iter().zip(&made) {
            assert_eq!(client.find("/Users", "externalId eq \"7\""), [user.as_str()]);
        }
        // A name that is free again brings nothing back: no token, no link, no group.
        let first = server.connection(DEFAULT, "again", Profile::Tolerant);
        let token = server.mint(&first, TokenScope::Write, None);
        let client = server.client_with(token.secret.reveal());
        let (ann, crew) = (id(&client.post("/Users", &body("ann")).is(201)), client.group("crew", &[]));
        server.delete_connection(&first);
        let second = server.connect(DEFAULT, "again");
        client.get("/Users").refuses(401);
        assert_eq!(second.find("/Users", "externalId eq \"7\""), [""; 0]);
        second.get(&format!("/Groups/{crew}")).refuses(404);
        second.delete(&format!("/Users/{ann}")).refuses(403);
        assert_eq!(second.get("/Groups").is(200)["totalResults"], 0);
        // The namesake in another tenant is somebody else.
        let elsewhere = server.connect("elsewhere", "SCIM");
        assert_eq!(elsewhere.get("/Users").is(200)["totalResults"], 0);
        id(&elsewhere.post("/Users", &body("SCIM")).is(201));
    });
}

/// The same change by another door went round its guard: groups by way of users.
#[test]
fn same_guard_all_doors() {
    for_each_store(|server| {
        let client = server.client();
        let (ann, crew) = (client.user("ann"), client.group("crew", &[]));
        let member = json!([{ "value": crew }]);
        let mut body = user("ann");
        body["groups"] = member.clone();
        client.put(&format!("/Users/{ann}"), &body).is(200);
        client
            .patch(&format!("/Users/{ann}"), json!([{ "op": "add", "path": "groups", "value": member }]))
            .is_bad("mutability");
        body["userName"] = json!("bob");
        let bob = client.post("/Users", &body).is(201);
        assert_eq!(bob.get("groups"), None);
        assert_eq!(members(&client.get(&format!("/Groups/{crew}")).is(200)), [""; 0]);
        // What Bulk does, it does as the endpoint of its own would.
        let reader = server.mint(&server.connection(DEFAULT, "tolerant", Profile::Tolerant), TokenScope::Read, None);
        let reader = server.client_with(reader.secret.reveal());
        let foreign = server.connect("other", "tolerant").user("eve");
        let bulk = |operation: Value| json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": [operation] });
        let status = |client: &Client, operation: Value| {
            client.post("/Bulk", &bulk(operation)).is(200)["Operations"][0]["status"].clone()
        };
        let delete = |user: &str| json!({ "method": "DELETE", "path": format!("/Users/{user}") });
        assert_eq!(status(&reader, delete(&ann)), "403");
        assert_eq!(status(&client, delete(&foreign)), "404");
        let add = json!([{ "op": "add", "path": "members", "value": values(&[&foreign]) }]);
        let patch = json!({ "method": "PATCH", "path": format!("/Groups/{crew}"), "data": crate::client::patch(add) });
        assert_eq!(status(&client, patch), "400");
        assert_eq!(status(&client, delete(&ann)), "204");
        assert_eq!(client.find("/Users", &format!("{ENTERPRISE}:department pr")), [""; 0]);
    });
}
