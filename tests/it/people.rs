//! What administrators see of users by REST: lists, one user, the groups it is in. Tests are named by what they hold.

use serde_json::{Value, json};

use crate::client::{Client, USER, encode, id};
use crate::persons::holding;
use crate::server::{DEFAULT, Server, for_each_store, start};

const BADGE: &str = "urn:example:params:scim:schemas:badge";

/// A user as a provisioner makes it.
fn make(client: &Client, name: &str, more: Value) -> String {
    let mut body = json!({ "schemas": [USER], "userName": name });
    for (key, value) in more.as_object().unwrap() {
        body[key] = value.clone();
    }
    id(&client.post("/Users", &body).is(201))
}

/// The names of a list's users, by their e-mails.
fn emails(page: &Value) -> Vec<&str> {
    page["data"].as_array().unwrap().iter().map(|user| user["email"].as_str().unwrap()).collect()
}

/// The places and kinds of the faults of a 422.
fn faults(answer: &Value) -> Vec<(String, &str)> {
    let faults = answer["detail"].as_array().unwrap().iter();
    faults.map(|fault| (fault["loc"].to_string(), fault["type"].as_str().unwrap())).collect()
}

fn people(server: &Server) -> (Client, Vec<String>) {
    let client = server.connect(DEFAULT, "hr");
    let made = ["ann@x.test", "Bob@x.test", "cy@y.test"].map(|name| {
        server.clock.advance(1);
        make(&client, name, json!({ "displayName": format!("The {name}") }))
    });
    (client, made.to_vec())
}

#[test]
fn s4_01_lists_go_over_tenants_with_filters_and_pages() {
    for_each_store(|server| {
        people(server);
        server.clock.advance(1);
        make(&server.connect("other", "hr"), "dee@x.test", json!({}));
        let owner = server.owner();
        for path in ["/admin/users", "/admin/users/"] {
            let all = owner.get(path).is(200);
            assert_eq!(emails(&all)[1..], ["cy@y.test", "Bob@x.test", "ann@x.test"], "{all}");
            assert_eq!(all["pagination"], json!({ "page": 1, "per_page": 20, "total_items": 4, "total_pages": 1 }));
        }
        let find = |query: &str| owner.get(&format!("/admin/users/?{query}")).is(200);
        let second = find("page=2&per_page=3&sort_by=username&sort_order=asc");
        assert_eq!(emails(&second), ["dee@x.test"]);
        assert_eq!(second["pagination"], json!({ "page": 2, "per_page": 3, "total_items": 4, "total_pages": 2 }));
        assert_eq!(find("per_page=1000")["pagination"]["per_page"], 100);
        assert_eq!(emails(&find("search=BOB")), ["Bob@x.test"]);
        assert_eq!(emails(&find("search=x.test&tenant_id=other")), ["dee@x.test"]);
        let other = server.tenant("other").id.to_string();
        assert_eq!(find(&format!("tenant_id={other}"))["data"][0]["tenant_id"], other);
        assert_eq!(find("status=DISABLED")["pagination"]["total_items"], 0);
        owner.get("/admin/users?tenant_id=nobodys").is(404);
        owner.get("/admin/users?partner_id=nobodys").is(404);
    });
}

#[test]
fn s4_01_a_partner_has_the_users_of_its_tenants() {
    for_each_store(|server| {
        people(server);
        make(&server.connect("other", "hr"), "dee@x.test", json!({}));
        let (partner, foreign) = (server.partner_of("other"), server.partner_of("third"));
        let owner = server.owner();
        let theirs = owner.get(&format!("/admin/users?partner_id={partner}")).is(200);
        assert_eq!(emails(&theirs), ["dee@x.test"]);
        assert_eq!(theirs["pagination"]["total_items"], 1);
        let both = owner.get(&format!("/admin/users?partner_id={partner}&tenant_id=default")).is(200);
        assert_eq!(both["pagination"]["total_items"], 0);
        let admin = server.person("other", vec![holding("partner_admin", rollcall::access::Scope::Partner(partner))]);
        assert_eq!(emails(&admin.get("/admin/users").is(200)), ["dee@x.test"]);
        assert_eq!(emails(&admin.get(&format!("/admin/users?partner_id={partner}")).is(200)), ["dee@x.test"]);
        admin.get(&format!("/admin/users?partner_id={foreign}")).is(404);
        admin.get("/admin/users?tenant_id=default").is(404);
    });
}

#[test]
fn s4_05_and_s4_25_a_user_is_shown_whole() {
    for_each_store(|server| {
        let client = server.connect(DEFAULT, "hr");
        let user = make(
            &client,
            "ann",
            json!({
                "name": { "givenName": "Ann", "familyName": "Smith" }, "displayName": "Ann Smith", "locale": "de-DE",
                "timezone": "Europe/Berlin", "phoneNumbers": [{ "value": "1" }, { "value": "not a number", "primary": true }],
                "photos": [{ "value": "https://x.test/ann.png" }],
            }),
        );
        let sales = server.unit(DEFAULT, "Sales", None);
        let emea = server.unit(DEFAULT, "EMEA", Some(&sales));
        server.put_into(&user, &emea, true);
        server.set_user(&user, "email = 'ann@x.test', email_verified = true, mfa_enabled = true");
        let answer = server.owner().get(&format!("/admin/users/{user}"));
        assert!(answer.header("cache-control").unwrap().contains("no-store"));
        let answer = answer.is(200);
        let mut data = answer["data"].clone();
        let times = ["created_at"].map(|name| data.as_object_mut().unwrap().remove(name).unwrap());
        assert!(times.iter().all(|time| time.as_str().unwrap().ends_with('Z')));
        let expected = json!({
            "email": "ann@x.test", "username": "ann", "first_name": "Ann", "last_name": "Smith",
            "display_name": "Ann Smith", "phone": "not a number", "locale": "de-DE", "timezone": "Europe/Berlin",
            "id": user, "tenant_id": server.tenant(DEFAULT).id.to_string(), "email_verified": true,
            "avatar_url": "https://x.test/ann.png", "ou_id": emea.id, "ou_path": "/Sales/EMEA", "status": "ACTIVE",
            "identity_source": "SCIM", "mfa_enabled": true, "groups": [], "custom_attributes": {}, "updated_at": null,
            "last_login_at": null, "password_changed_at": null,
        });
        assert_eq!(data, expected);
        assert_eq!(answer["meta"]["request_id"].as_str().unwrap(), answer["meta"]["request_id"]);
        client.patch(&format!("/Users/{user}"), json!([{ "op": "replace", "path": "title", "value": "x" }])).is(200);
        assert!(server.owner().get(&format!("/admin/users/{user}")).is(200)["data"]["updated_at"].is_string());
    });
}

#[test]
fn s4_07_groups_are_direct_or_inherited_of_whatever_owner() {
    for_each_store(|server| {
        let client = server.connect(DEFAULT, "hr");
        let user = client.user("ann");
        let inner = client.group("inner", &[&user]);
        let outer = client.group("outer", &[&inner]);
        let foreign = server.connect(DEFAULT, "second").group("foreign", &[]);
        let (group, member) = (server.database.id(&foreign), server.database.id(&user));
        server.database.execute(&format!("INSERT INTO group_member VALUES ({group}, {member}, false)"));
        let groups = server.owner().get(&format!("/admin/users/{user}/groups")).is(200);
        let group = |id: &str, name: &str, kind: &str| json!({ "group_id": id, "name": name, "membership_type": kind });
        let expected = [
            group(&inner, "inner", "DIRECT"),
            group(&foreign, "foreign", "DIRECT"),
            group(&outer, "outer", "INHERITED"),
        ];
        assert_eq!(groups["data"], json!(expected));
        let shown = server.owner().get(&format!("/tenants/default/users/{user}")).is(200);
        assert_eq!(shown["data"]["groups"], json!(expected));
        server.owner().get(&format!("/admin/users/{inner}/groups")).is(404);
    });
}

#[test]
fn s4_11_a_tenant_lists_its_users_by_org_unit_group_and_factor() {
    for_each_store(|server| {
        let (client, users) = people(server);
        let (sales, other) = (server.unit(DEFAULT, "Sales", None), server.unit(DEFAULT, "Other", None));
        let emea = server.unit(DEFAULT, "EMEA", Some(&sales));
        server.put_into(&users[0], &sales, true);
        server.put_into(&users[1], &emea, true);
        server.put_into(&users[1], &other, false);
        server.set_user(&users[2], "mfa_enabled = true");
        let group = client.group("g", &[&users[2]]);
        let outer = client.group("outer", &[&group]);
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let find = |query: &str| {
            let page = admin.get(&format!("/tenants/default/users?sort_by=username&sort_order=asc&{query}")).is(200);
            assert_eq!(page["pagination"]["total_items"], page["data"].as_array().unwrap().len(), "{query}");
            emails(&page).into_iter().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(find(&format!("ou_id={}", sales.id)), ["ann@x.test"]);
        assert_eq!(find(&format!("ou_id={}&include_children=true", sales.id)), ["ann@x.test", "Bob@x.test"]);
        assert_eq!(find(&format!("ou_id={}", other.id)), ["Bob@x.test"]);
        assert_eq!(find(&format!("group_id={group}")), ["cy@y.test"]);
        assert_eq!(find(&format!("group_id={outer}")), Vec::<String>::new());
        assert_eq!(find("mfa_enabled=true"), ["cy@y.test"]);
        assert_eq!(find("mfa_enabled=false"), ["ann@x.test", "Bob@x.test"]);
        assert_eq!(find("search=The%20b"), ["Bob@x.test"]);
        assert_eq!(find("search=B"), ["Bob@x.test"]);
        let item = &admin.get("/tenants/default/users?search=bob@x").is(200)["data"][0];
        let expected = json!({
            "id": users[1], "email": "Bob@x.test", "display_name": "The Bob@x.test", "status": "ACTIVE",
            "ou_path": "/Sales/EMEA", "identity_source": "SCIM", "mfa_enabled": false, "last_login_at": null,
        });
        assert_eq!(*item, expected);
        admin.get(&format!("/tenants/default/users?ou_id={group}")).is(404);
        admin.get(&format!("/tenants/default/users?group_id={}", sales.id)).is(404);
    });
}

#[test]
fn s4_11_a_role_finds_those_who_have_it_still() {
    for_each_store(|server| {
        let (_, users) = people(server);
        let tenant = server.tenant(DEFAULT).id;
        server.grant(tenant, &users[0], "auditor", None);
        server.grant(tenant, &users[1], "auditor", Some(&server.database.after_start(0)));
        let page = server.owner().get("/tenants/default/users?role=auditor").is(200);
        assert_eq!(emails(&page), ["ann@x.test"]);
    });
}

#[test]
fn s4_11_a_timed_status_ends_when_it_is_read() {
    for_each_store(|server| {
        let (_, users) = people(server);
        let until = server.database.after_start(1_000);
        server.set_user(&users[0], &format!("status = 'LOCKED', status_until = {until}, status_after = 'ACTIVE'"));
        let owner = server.owner();
        let count = |status: &str| {
            let path = format!("/tenants/default/users?status={status}");
            let page = owner.get(&path).is(200);
            assert!(page["data"].as_array().unwrap().iter().all(|user| user["status"] == status), "{page}");
            // A page that is full does not tell how many there are: they are counted.
            let first = owner.get(&format!("{path}&per_page=1")).is(200);
            assert_eq!(first["pagination"]["total_items"], page["pagination"]["total_items"]);
            page["pagination"]["total_items"].as_u64().unwrap()
        };
        assert_eq!((count("LOCKED"), count("ACTIVE")), (1, 2));
        let sorted = owner.get("/tenants/default/users?sort_by=status&sort_order=desc").is(200);
        assert_eq!(emails(&sorted)[0], "ann@x.test");
        server.clock.advance(2_000);
        assert_eq!((count("LOCKED"), count("ACTIVE")), (0, 3));
        assert_eq!(owner.get(&format!("/admin/users/{}", users[0])).is(200)["data"]["status"], "ACTIVE");
    });
}

#[test]
fn ir13_lists_are_sorted_with_what_is_lacking_last() {
    for_each_store(|server| {
        let (_, users) = people(server);
        server.set_user(&users[0], "display_name = NULL, display_name_folded = NULL, email = NULL");
        server.set_user(&users[1], "email = 'B@x.test'");
        server.set_user(&users[2], &format!("email = 'a@x.test', last_login = {}", server.database.after_start(5)));
        let owner = server.owner();
        let order = |by: &str, order: &str| -> Vec<usize> {
            let page = owner.get(&format!("/tenants/default/users?sort_by={by}&sort_order={order}")).is(200);
            let place = |user: &Value| users.iter().position(|id| user["id"] == **id).unwrap();
            page["data"].as_array().unwrap().iter().map(place).collect()
        };
        for (by, ascending, descending) in [
            ("created_at", [0, 1, 2], [2, 1, 0]),
            ("updated_at", [0, 1, 2], [2, 1, 0]),
            ("username", [0, 1, 2], [2, 1, 0]),
            ("display_name", [1, 2, 0], [2, 1, 0]),
            ("email", [2, 1, 0], [1, 2, 0]),
            ("last_login_at", [2, 0, 1], [2, 0, 1]),
            ("status", [0, 1, 2], [0, 1, 2]),
        ] {
            assert_eq!(order(by, "asc"), ascending, "{by}");
            assert_eq!(order(by, "desc"), descending, "{by}");
        }
    });
}

#[test]
fn s4_20_faults_of_the_query_have_their_places() {
    let server = start();
    let owner = server.owner();
    let wrong =
        owner.get("/tenants/default/users?page=0&per_page=x&status=active&ou_id=1&sort_by=password&mfa_enabled=2");
    let mut found =
        faults(&wrong.is(422)).into_iter().map(|(place, kind)| (place, kind.to_owned())).collect::<Vec<_>>();
    found.sort();
    let expected = [
        (r#"["query","mfa_enabled"]"#, "bool_parsing"),
        (r#"["query","ou_id"]"#, "uuid_parsing"),
        (r#"["query","page"]"#, "greater_than_equal"),
        (r#"["query","per_page"]"#, "int_parsing"),
        (r#"["query","sort_by"]"#, "enum"),
        (r#"["query","status"]"#, "enum"),
    ];
    assert_eq!(found, expected.map(|(place, kind)| (place.to_owned(), kind.to_owned())));
    owner.get("/admin/users?status=gone").is(422);
    assert_eq!(owner.get("/tenants/nobodys/users?page=0").is(404)["code"], "missing");
}

#[test]
fn s4_14_parts_are_shown_when_they_are_asked_for() {
    for_each_store(|server| {
        let client = server.connect(DEFAULT, "hr");
        let user = make(&client, "ann@x.test", json!({ "externalId": "e1" }));
        let path = format!("/tenants/default/users/{user}");
        let owner = server.owner();
        let plain = owner.get(&path).is(200);
        assert!(plain["data"].get("identities").is_none() && plain["data"].get("tenant_id").is_none(), "{plain}");
        let whole = owner.get(&format!("{path}?include=groups,identities,%20mfa,sessions,custom_attributes")).is(200);
        assert_eq!(whole["data"]["identities"][0]["protocol"], "SCIM");
        assert_eq!(whole["data"]["identities"][0]["provider"], "hr");
        assert_eq!(whole["data"]["identities"][0]["subject"], "e1");
        assert_eq!(whole["data"]["mfa"], json!({ "enabled": false }));
        assert_eq!(whole["data"]["sessions"], json!([]));
        assert_eq!(
            faults(&owner.get(&format!("{path}?include=password")).is(422)),
            [(r#"["query","include"]"#.to_owned(), "enum")]
        );
        let viewer = server.administrator(DEFAULT, "viewer");
        viewer.get(&format!("{path}?include=groups")).is(200);
        viewer.get(&format!("{path}?include=sessions")).is(403);
        owner.get("/tenants/other/users/x").is(404);
        server.tenant("other");
        assert_eq!(owner.get(&format!("/tenants/other/users/{user}")).is(404)["code"], "missing");
    });
}

#[test]
fn s4_14_an_application_sees_those_who_are_assigned_to_it() {
    for_each_store(|server| {
        let client = server.connect(DEFAULT, "hr");
        let [direct, nested, stranger, locked] =
            ["ann@x.test", "bob@x.test", "cy@x.test", "dee@x.test"].map(|name| client.user(name));
        let inner = client.group("inner", &[&nested]);
        let outer = client.group("outer", &[&inner]);
        let (application, id) = server.application(DEFAULT);
        for (kind, subject) in [("user", &direct), ("user", &locked), ("group", &outer)] {
            let (id, subject) = (server.database.id(&id), server.database.id(subject));
            let epoch = server.database.epoch();
            server
                .database
                .execute(&format!("INSERT INTO application_assignment VALUES ({id}, '{kind}', {subject}, {epoch})"));
        }
        server.set_user(&locked, "status = 'LOCKED'");
        let find = |user: &str, query: &str| application.get(&format!("/tenants/default/users/{user}{query}"));
        let shown = find(&direct, "").is(200);
        assert_eq!(
            (&shown["data"]["email"], &shown["data"]["custom_attributes"]),
            (&json!("ann@x.test"), &Value::Null)
        );
        assert_eq!(find(&nested, "?include=groups,custom_attributes").is(200)["data"]["groups"][1]["name"], "outer");
        assert_eq!(find(&nested, "").is(200)["data"]["groups"], json!([]));
        find(&stranger, "").is(404);
        find(&locked, "").is(404);
        find(&direct, "?include=sessions").is(403);
        application.get("/tenants/default/users").is(403);
        application.get("/admin/users").is(403);
        application.get(&format!("/admin/users/{direct}")).is(403);
    });
}

#[test]
fn s4_25_custom_attributes_are_the_tenants_own_without_its_secrets() {
    for_each_store(|server| {
        let client = server.connect(DEFAULT, "hr");
        let attribute = |name: &str, mutability: &str| {
            json!({ "name": name, "type": "string", "multiValued": false, "description": "d", "required": false,
                "caseExact": false, "mutability": mutability,
                "returned": if mutability == "writeOnly" { "never" } else { "default" }, "uniqueness": "none" })
        };
        let schema = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"], "id": BADGE, "name": "Badge",
            "description": "d", "attributes": [attribute("badge", "readWrite"), attribute("pin", "writeOnly"), attribute("serial", "immutable")] });
        server.add_schema(DEFAULT, &schema, &[]).unwrap();
        server.extend(DEFAULT, "User", BADGE, false).unwrap();
        let user = make(&client, "ann@x.test", json!({ BADGE: { "badge": "b1", "pin": "secret", "serial": "s1" } }));
        let shown = server.owner().get(&format!("/tenants/default/users/{user}"));
        assert_eq!(shown.is(200)["data"]["custom_attributes"], json!({ "badge": "b1", "serial": "s1" }));
        assert!(!shown.text.contains("secret"));
        // Null takes out all that may be taken out, what nobody may read too.
        assert!(server.database.holds("secret"));
        let path = format!("/tenants/default/users/{user}");
        let nothing = json!({ "custom_attributes": null });
        let cleared = server.owner().send("PATCH", &path, &[], Some(&nothing)).is(200);
        assert_eq!(cleared["data"]["custom_attributes"], json!({ "serial": "s1" }));
        let kept = format!(
            "SELECT count(*) FROM users WHERE id = {} AND CAST(doc AS TEXT) LIKE '%pin%'",
            server.database.id(&user)
        );
        assert_eq!(server.database.number(&kept), 0);
    });
}

#[test]
fn ir13_a_user_without_an_address_has_one_that_nobody_answers_at() {
    let server = start();
    let user = server.connect(DEFAULT, "hr").user("ann");
    let owner = server.owner();
    let expected = format!("{user}@no-email.invalid");
    assert_eq!(owner.get(&format!("/admin/users/{user}")).is(200)["data"]["email"], expected);
    assert_eq!(owner.get("/admin/users").is(200)["data"][0]["email"], expected);
    assert_eq!(owner.get(&format!("/admin/users?search={}", encode("%"))).is(200)["data"], json!([]));
}

#[test]
fn s4_05_who_looks_at_whom_is_noted() {
    for_each_store(|server| {
        let user = server.connect(DEFAULT, "hr").user("ann@x.test");
        let owner = server.owner();
        owner.get(&format!("/admin/users/{user}")).is(200);
        owner.get("/tenants/default/users?search=ann").is(200);
        server.log(DEFAULT, rollcall::directory::log::Wanted::default());
        assert!(server.database.holds("search=ann"), "what was searched for");
    });
}

#[test]
fn ir13_the_pages_of_a_sorted_list_are_the_list_in_pieces() {
    for_each_store(|server| {
        let client = server.connect(DEFAULT, "hr");
        let users: Vec<String> = (0..11).map(|n| make(&client, &format!("p{n:02}@x.test"), json!({}))).collect();
        for (n, user) in users.iter().enumerate() {
            // Some lack each, and some are equal.
            let text = |prefix: &str, n: usize| match n % 4 {
                0 => "NULL".to_owned(),
                _ => format!("'{prefix}{}'", n * 7 % 5),
            };
            let time = server.database.after_start(i64::try_from(n * 5 % 7).unwrap());
            let login = if n % 3 == 0 { "NULL".to_owned() } else { time };
            let (email, name) = (text("E", n), text("n", n + 1));
            let status = ["ACTIVE", "DISABLED", "LOCKED", "PENDING_APPROVAL", "PENDING_EMAIL_VERIFICATION"][n * 3 % 5];
            let facts = format!("email = {email}, display_name = {name}, display_name_folded = {name}");
            server.set_user(user, &format!("{facts}, last_login = {login}, status = '{status}'"));
        }
        let owner = server.owner();
        let ids = |path: &str, by: &str, order: &str, page: usize, length: usize| -> Vec<Value> {
            let sort = format!("sort_by={by}&sort_order={order}&page={page}&per_page={length}");
            let page = owner.get(&format!("{path}?{sort}")).is(200);
            page["data"].as_array().unwrap().iter().map(|user| user["id"].clone()).collect()
        };
        for path in ["/tenants/default/users", "/admin/users"] {
            for by in ["created_at", "updated_at", "username", "display_name", "email", "last_login_at", "status"] {
                for order in ["asc", "desc"] {
                    let whole = ids(path, by, order, 1, 100);
                    assert!(whole.len() >= users.len(), "{path} {by} {order}");
                    for length in [1, 2, 3, 5] {
                        let pages = whole.len().div_ceil(length);
                        let pieces = (1..=pages).flat_map(|page| ids(path, by, order, page, length));
                        assert_eq!(pieces.collect::<Vec<_>>(), whole, "{path} {by} {order} by {length}");
                        assert!(ids(path, by, order, pages + 1, length).is_empty(), "{path} {by} {order} by {length}");
                        assert!(ids(path, by, order, pages + 9, length).is_empty(), "{path} {by} {order} by {length}");
                    }
                }
            }
        }
    });
}
