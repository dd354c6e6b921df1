//! Org units over REST: the tree, what deleting does, who is in them, and what they give (IR-15, IR-3).

use rollcall::access::Scope;
use serde_json::{Value, json};

use crate::client::Client;
use crate::persons::holding;
use crate::server::{DEFAULT, Server, for_each_store};

const UNITS: &str = "/tenants/default/units";

fn data_id(answer: &Value) -> String {
    answer["data"]["id"].as_str().unwrap().to_owned()
}

fn make(client: &Client, name: &str, parent: Option<&str>) -> String {
    data_id(&client.post(UNITS, &json!({ "name": name, "parent_id": parent })).is(201))
}

fn change(client: &Client, unit: &str, body: Value) -> crate::client::Answer {
    client.send("PATCH", &format!("{UNITS}/{unit}"), &[], Some(&body))
}

fn admin(server: &Server) -> Client {
    server.administrator(DEFAULT, "tenant_admin")
}

/// Every node of the tree: id, and the id of the one above.
fn nodes(tree: &Value) -> Vec<(String, Option<String>)> {
    fn walk(node: &Value, above: Option<&str>, all: &mut Vec<(String, Option<String>)>) {
        let id = node["id"].as_str().unwrap();
        assert_eq!(node["parent_id"].as_str(), above, "{node}");
        all.push((id.to_owned(), above.map(str::to_owned)));
        for child in node["children"].as_array().unwrap() {
            walk(child, Some(id), all);
        }
    }
    let mut all = Vec::new();
    for root in tree["data"].as_array().unwrap() {
        walk(root, None, &mut all);
    }
    all
}

#[test]
fn ir15_units_are_made_renamed_and_moved_with_all_below() {
    for_each_store(|server| {
        let client = admin(server);
        let sales = make(&client, "Sales", None);
        let emea = make(&client, "EMEA", Some(&sales));
        let france = make(&client, "France", Some(&emea));
        let lab = make(&client, "Lab", None);
        let seen = client.get(&format!("{UNITS}/{france}")).is(200)["data"].clone();
        assert_eq!((&seen["depth"], &seen["kind"], &seen["key"]), (&json!(2), &json!("department"), &json!("france")));

        assert_eq!(client.post(UNITS, &json!({ "name": "sales" })).is(409)["code"], "taken");
        make(&client, "Sales", Some(&lab));
        assert_eq!(client.post(UNITS, &json!({ "name": "Other", "key": "FRANCE" })).is(409)["code"], "taken");

        change(&client, &emea, json!({ "parent_id": lab, "name": "Europe", "description": "x" })).is(200);
        assert_eq!(client.get(&format!("{UNITS}/{france}")).is(200)["data"]["depth"], 2);
        let tree = nodes(&client.get(&format!("{UNITS}/tree")).is(200));
        assert_eq!(tree.len(), 5);
        assert!(
            tree.contains(&(emea.clone(), Some(lab.clone()))) && tree.contains(&(france.clone(), Some(emea.clone())))
        );
        assert_eq!(change(&client, &lab, json!({ "parent_id": france })).is(409)["code"], "circle");
        assert_eq!(change(&client, &lab, json!({ "parent_id": lab })).is(409)["code"], "circle");
        change(&client, &emea, json!({ "parent_id": null, "description": null })).is(200);
        let roots = client.get(&format!("{UNITS}?root=true&per_page=2")).is(200);
        let names: Vec<_> = roots["data"].as_array().unwrap().iter().map(|unit| unit["name"].clone()).collect();
        assert_eq!((names, &roots["pagination"]["total_items"]), (vec![json!("Europe"), json!("Lab")], &json!(3)));

        let before = server.journal(DEFAULT).len();
        change(&client, &emea, json!({ "name": "Europe" })).is(200);
        assert_eq!(server.journal(DEFAULT).len(), before, "a change that changes nothing writes nothing");
        change(&client, &emea, json!({ "name": null })).is(422);
        client.post(UNITS, &json!({ "name": "x", "parent_id": "0190163d-8694-739b-aea5-966c26f8ad91" })).is(404);
    });
}

#[test]
fn ir15_the_tree_is_at_most_32_deep() {
    for_each_store(|server| {
        let client = admin(server);
        let mut chain = vec![make(&client, "1", None)];
        for number in 2..=32 {
            let last = chain.last().cloned();
            chain.push(make(&client, &number.to_string(), last.as_deref()));
        }
        let last = chain.last().unwrap();
        assert_eq!(client.post(UNITS, &json!({ "name": "33", "parent_id": last })).is(409)["code"], "limit");
        let top = make(&client, "top", None);
        assert_eq!(change(&client, &chain[0], json!({ "parent_id": top })).is(409)["code"], "limit");
        change(&client, &chain[1], json!({ "parent_id": top })).is(200);
    });
}

#[test]
fn ir15_thirty_two_moves_at_once_make_no_circle() {
    for_each_store(|server| {
        let client = admin(server);
        let units: Vec<String> = (0..6).map(|number| make(&client, &format!("u{number}"), None)).collect();
        let statuses: Vec<u16> = std::thread::scope(|scope| {
            let units = &units;
            let movers: Vec<_> = (0..32_usize)
                .map(|number| {
                    let client = admin(server);
                    scope.spawn(move || {
                        let (one, other) = (&units[number % 6], &units[(number * 5 + number / 6 + 1) % 6]);
                        change(&client, one, json!({ "parent_id": other })).status
                    })
                })
                .collect();
            movers.into_iter().map(|mover| mover.join().unwrap()).collect()
        });
        assert!(statuses.iter().all(|status| matches!(status, 200 | 409)), "{statuses:?}");
        assert!(statuses.contains(&200), "{statuses:?}");
        let mut tree: Vec<String> =
            nodes(&client.get(&format!("{UNITS}/tree")).is(200)).into_iter().map(|(id, _)| id).collect();
        tree.sort();
        let mut all = units;
        all.sort();
        assert_eq!(tree, all, "every unit hangs below a root");
    });
}

#[test]
fn ir15_deleting_blocks_moves_up_or_cascades() {
    for_each_store(|server| {
        let client = admin(server);
        let scim = server.connect(DEFAULT, "hr");
        let [ann, bob] = ["ann@x.test", "bob@x.test"].map(|name| scim.user(name));
        let top = make(&client, "Top", None);
        let middle = make(&client, "Middle", Some(&top));
        let low = make(&client, "Low", Some(&middle));
        let members = |unit: &str| format!("{UNITS}/{unit}/members");
        client.put(&format!("{}/{ann}", members(&middle)), &json!({ "is_home": true })).is(204);
        client.put(&format!("{}/{ann}", members(&top)), &json!({})).is(204);
        client.put(&format!("{}/{bob}", members(&low)), &json!({})).is(204);
        let refused = client.delete(&format!("{UNITS}/{middle}")).is(409);
        assert_eq!(
            (&refused["code"], &refused["units"], &refused["members"]),
            (&json!("in_use"), &json!(1), &json!(2))
        );
        client.delete(&format!("{UNITS}/{middle}?strategy=NOTHING")).is(422);

        client.delete(&format!("{UNITS}/{middle}?strategy=MOVE_UP")).is(204);
        client.get(&format!("{UNITS}/{middle}")).is(404);
        let moved = client.get(&format!("{UNITS}/{low}")).is(200);
        assert_eq!((&moved["data"]["parent_id"], &moved["data"]["depth"]), (&json!(top), &json!(1)));
        let of_top = client.get(&members(&top)).is(200);
        assert_eq!(of_top["pagination"]["total_items"], 1);
        assert_eq!((&of_top["data"][0]["user_id"], &of_top["data"][0]["is_home"]), (&json!(ann), &json!(true)));
        let below = client.get(&format!("{}?include_children=true", members(&top))).is(200);
        assert_eq!(below["pagination"]["total_items"], 2);

        client.delete(&format!("{UNITS}/{top}?strategy=CASCADE")).is(204);
        assert_eq!(client.get(UNITS).is(200)["pagination"]["total_items"], 0);
        for user in [&ann, &bob] {
            scim.get(&format!("/Users/{user}")).is(200);
        }
        let empty = make(&client, "Empty", None);
        client.delete(&format!("{UNITS}/{empty}")).is(204);
    });
}

#[test]
fn ir15_a_user_has_at_most_one_home_and_any_number_of_other_units() {
    for_each_store(|server| {
        let client = admin(server);
        let ann = server.connect(DEFAULT, "hr").user("ann@x.test");
        let units: Vec<String> = ["A", "B", "C"].iter().map(|name| make(&client, name, None)).collect();
        let path = |unit: &str| format!("{UNITS}/{unit}/members/{ann}");
        for unit in &units {
            client.put(&path(unit), &json!({ "is_home": true })).is(204);
        }
        let home = |unit: &str| client.get(&format!("{UNITS}/{unit}/members")).is(200)["data"][0]["is_home"].clone();
        let homes: Vec<Value> = units.iter().map(|unit| home(unit)).collect();
        assert_eq!(homes, [json!(false), json!(false), json!(true)]);
        let seen = client.get(&format!("/tenants/default/users/{ann}")).is(200);
        assert_eq!(seen["data"]["ou_id"], json!(units[2]));
        client.put(&path(&units[2]), &json!({})).is(204);
        assert_eq!(home(&units[2]), true, "what is not said stays");
        client.delete(&path(&units[2])).is(204);
        client.delete(&path(&units[2])).is(404);
        assert_eq!(client.get(&format!("/tenants/default/users/{ann}")).is(200)["data"]["ou_id"], Value::Null);
    });
}

/// Who puts a user into a unit gives what the unit has, and so must hold it; the same for moving a unit.
#[test]
fn ir15_no_upward_grant_by_units() {
    for_each_store(|server| {
        let admin = admin(server);
        let scim = server.connect(DEFAULT, "hr");
        let [ann, boss] = ["ann@x.test", "boss@x.test"].map(|name| scim.user(name));
        let mighty = make(&admin, "Mighty", None);
        let inner = make(&admin, "Inner", Some(&mighty));
        let plain = make(&admin, "Plain", None);
        server.grant_to_unit(DEFAULT, &mighty, "tenant_admin");
        let tenant = server.tenant(DEFAULT);
        let scope = Scope::Tenant { tenant: tenant.id, partner: tenant.partner_id };
        let manager = server.administrator(DEFAULT, "manager");
        for unit in [&mighty, &inner] {
            manager.put(&format!("{UNITS}/{unit}/members/{ann}"), &json!({})).is(403);
        }
        manager.put(&format!("{UNITS}/{plain}/members/{ann}"), &json!({})).is(204);
        // Somebody who may write units and nothing else.
        let custom = server.person(
            DEFAULT,
            vec![rollcall::access::Held {
                role: "planner".into(),
                permissions: rollcall::access::PermissionSet::of([rollcall::access::Permission::UnitsWrite]),
                scope: scope.clone(),
                expires: None,
            }],
        );
        change(&custom, &plain, json!({ "parent_id": inner })).is(403);
        custom.delete(&format!("{UNITS}/{mighty}?strategy=CASCADE")).is(403);
        change(&custom, &plain, json!({ "name": "Plainer" })).is(200);
        // Who holds it gives it.
        server.grant(tenant.id, &boss, "tenant_admin", None);
        let mighty_client = server.person_who_is(DEFAULT, &boss, vec![holding("tenant_admin", scope)]);
        change(&mighty_client, &plain, json!({ "parent_id": inner })).is(200);
        mighty_client.put(&format!("{UNITS}/{mighty}/members/{ann}"), &json!({})).is(204);
        mighty_client.delete(&format!("{UNITS}/{mighty}")).is(409);
        mighty_client.delete(&format!("{UNITS}/{mighty}?strategy=CASCADE")).is(204);
    });
}

#[test]
fn ir15_an_administrator_of_a_unit_runs_its_subtree_alone() {
    for_each_store(|server| {
        let admin = admin(server);
        let scim = server.connect(DEFAULT, "hr");
        let [inside, outside] = ["in@x.test", "out@x.test"].map(|name| scim.user(name));
        let own = make(&admin, "Own", None);
        let lower = make(&admin, "Lower", Some(&own));
        let other = make(&admin, "Other", None);
        admin.put(&format!("{UNITS}/{own}/members/{inside}"), &json!({})).is(204);
        admin.put(&format!("{UNITS}/{other}/members/{outside}"), &json!({})).is(204);
        let unit = crate::persons::Unit { lineage: format!("{own}/"), id: own.clone() };
        let client = server.unit_administrator(DEFAULT, "tenant_admin", &unit);
        assert_eq!(client.get(UNITS).is(200)["pagination"]["total_items"], 2);
        assert_eq!(nodes(&json!({ "data": client.get(&format!("{UNITS}/tree")).is(200)["data"][0]["children"]
            .as_array().unwrap().iter().map(|child| { let mut child = child.clone(); child["parent_id"] = Value::Null; child })
            .collect::<Vec<_>>() })).len(), 1);
        client.get(&format!("{UNITS}/{other}")).is(404);
        client.get(&format!("{UNITS}/{other}/members")).is(404);
        change(&client, &other, json!({ "name": "x" })).is(404);
        change(&client, &lower, json!({ "parent_id": other })).is(404);
        change(&client, &lower, json!({ "parent_id": null })).is(403);
        client.post(UNITS, &json!({ "name": "root" })).is(403);
        make(&client, "Lowest", Some(&lower));
        client.put(&format!("{UNITS}/{lower}/members/{inside}"), &json!({})).is(204);
        client.put(&format!("{UNITS}/{lower}/members/{outside}"), &json!({})).is(404);
    });
}

/// A row of the journal: which thing, what was done, before and after.
type Told = (String, String, Value, Value);

/// What the journal says of one kind of thing from a row on.
fn told(server: &Server, slug: &str, from: usize, kind: &str) -> Vec<Told> {
    let rows = server.journal(slug).into_iter().skip(from).filter(|row| row.resource_type == kind);
    let value = Option::unwrap_or_default;
    rows.map(|row| (row.resource_id, row.operation, value(row.before), value(row.after))).collect()
}

/// The units of a user as the journal has them.
fn units(all: &[&String]) -> Value {
    json!(sorted(all.to_vec()))
}

fn sorted<T: Ord>(mut all: Vec<T>) -> Vec<T> {
    all.sort();
    all
}

fn by_id(mut rows: Vec<Told>) -> Vec<Told> {
    rows.sort_by_key(|(id, ..)| id.clone());
    rows
}

/// The row of a user whose units changed.
fn row(user: &str, before: Value, after: Value) -> Told {
    (user.to_owned(), "update".to_owned(), before, after)
}

#[test]
fn ir19_each_user_whose_unit_is_deleted_has_a_row_with_before_and_after() {
    for_each_store(|server| {
        let client = admin(server);
        let scim = server.connect(DEFAULT, "hr");
        let [ann, bob, eve] = ["ann@x.test", "bob@x.test", "eve@x.test"].map(|name| scim.user(name));
        let top = make(&client, "Top", None);
        let middle = make(&client, "Middle", Some(&top));
        let low = make(&client, "Low", Some(&middle));
        let other = make(&client, "Other", None);
        for (unit, user, home) in [
            (&middle, &ann, true),
            (&top, &ann, false),
            (&middle, &bob, false),
            (&low, &bob, true),
            (&other, &eve, true),
        ] {
            client.put(&format!("{UNITS}/{unit}/members/{user}"), &json!({ "is_home": home })).is(204);
        }
        let delete = |unit: &str, strategy: &str| {
            let from = server.journal(DEFAULT).len();
            client.delete(&format!("{UNITS}/{unit}?strategy={strategy}")).is(204);
            by_id(told(server, DEFAULT, from, "User"))
        };
        let ann_moved = row(
            &ann,
            json!({ "orgUnit": middle, "orgUnits": units(&[&middle, &top]) }),
            json!({ "orgUnit": top, "orgUnits": [top] }),
        );
        let bob_moved =
            row(&bob, json!({ "orgUnits": units(&[&middle, &low]) }), json!({ "orgUnits": units(&[&low, &top]) }));
        assert_eq!(delete(&middle, "MOVE_UP"), by_id(vec![ann_moved, bob_moved]));
        let ann_left = row(&ann, json!({ "orgUnit": top, "orgUnits": [top] }), json!({ "orgUnits": [] }));
        let bob_left =
            row(&bob, json!({ "orgUnit": low, "orgUnits": units(&[&low, &top]) }), json!({ "orgUnits": [] }));
        assert_eq!(delete(&top, "CASCADE"), by_id(vec![ann_left, bob_left]));
        // Above the root is nothing to move up to.
        let eve_left = row(&eve, json!({ "orgUnit": other, "orgUnits": [other] }), json!({ "orgUnits": [] }));
        assert_eq!(delete(&other, "MOVE_UP"), [eve_left]);
    });
}

#[test]
fn ir19_roles_that_go_with_a_unit_are_recorded_as_taken_back() {
    for_each_store(|server| {
        let (client, owner) = (admin(server), server.owner());
        let ann = server.connect(DEFAULT, "hr").user("ann@x.test");
        let stranger = server.connect("other", "hr").user("bob@x.test");
        for strategy in ["MOVE_UP", "CASCADE"] {
            let top = make(&client, "Top", None);
            let low = make(&client, "Low", Some(&top));
            let over = |unit: &str| json!({ "type": "org_unit", "id": unit });
            let grant = |slug: &str, subject: Value, scope: Option<Value>| {
                let mut body = json!({ "subject": subject, "role": "viewer" });
                if let Some(scope) = scope {
                    body["scope"] = scope;
                }
                data_id(&owner.post(&format!("/tenants/{slug}/grants"), &body).is(201))
            };
            let user = |id: &str| json!({ "type": "user", "id": id });
            let of_top = grant(DEFAULT, over(&top), None);
            let over_top = grant(DEFAULT, user(&ann), Some(over(&top)));
            let both = grant(DEFAULT, over(&top), Some(over(&top)));
            let over_low = grant(DEFAULT, user(&ann), Some(over(&low)));
            let of_stranger = grant("other", user(&stranger), Some(over(&top)));
            let (from, from_other) = (server.journal(DEFAULT).len(), server.journal("other").len());
            client.delete(&format!("{UNITS}/{top}?strategy={strategy}")).is(204);

            let rows = told(server, DEFAULT, from, "Grant");
            let ids = sorted(rows.iter().map(|row| row.0.clone()).collect());
            let mut gone = vec![of_top, over_top.clone(), both];
            gone.extend((strategy == "CASCADE").then_some(over_low));
            assert_eq!(ids, sorted(gone), "{strategy}");
            let (_, operation, before, after) = rows.iter().find(|row| row.0 == over_top).unwrap();
            assert_eq!((operation.as_str(), after), ("delete", &Value::Null));
            let expected = json!({ "subjectType": "user", "subject": ann, "role": "viewer", "scopeType": "org_unit",
                "scope": top, "origin": "direct", "expires": null });
            assert_eq!(before, &expected);
            // Who is of another tenant lost it there.
            let there = told(server, "other", from_other, "Grant");
            assert_eq!(there.iter().map(|row| &row.0).collect::<Vec<_>>(), [&of_stranger]);
            if strategy == "MOVE_UP" {
                client.delete(&format!("{UNITS}/{low}?strategy=CASCADE")).is(204);
            }
        }
    });
}
