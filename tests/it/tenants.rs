//! Two tenants that hold the same names, and never see each other.

use std::cell::Cell;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use crate::client::{Answer, Client, ENTERPRISE, GROUP, USER, group, id, ids, user, values};
use crate::server::for_each_store;

const NAMES: [&str; 4] = ["ann", "bob", "cid", "dan"];

fn body(name: &str) -> Value {
    json!({ "schemas": [USER, ENTERPRISE], "userName": name, "externalId": name, "displayName": name,
        "emails": [{ "value": format!("{name}@example.com"), "primary": true }], ENTERPRISE: { "employeeNumber": name } })
}

fn group_body(name: &str, members: &[&str]) -> Value {
    json!({ "schemas": [GROUP], "displayName": name, "externalId": name, "members": values(members) })
}

/// A tenant's users and groups of all four names.
struct Household {
    client: Client,
    users: Vec<String>,
    groups: Vec<String>,
}

impl Household {
    fn new(client: Client) -> Self {
        let users: Vec<String> = NAMES.iter().map(|name| id(&client.post("/Users", &body(name)).is(201))).collect();
        let groups = NAMES.iter().zip(&users);
        let groups =
            groups.map(|(name, user)| id(&client.post("/Groups", &group_body(name, &[user])).is(201))).collect();
        Self { client, users, groups }
    }

    fn all_ids(&self) -> impl Iterator<Item = &String> {
        self.users.iter().chain(&self.groups)
    }

    /// Everything there is, byte for byte.
    fn everything(&self) -> Vec<String> {
        let one = self
            .users
            .iter()
            .map(|id| format!("/Users/{id}"))
            .chain(self.groups.iter().map(|id| format!("/Groups/{id}")));
        one.chain(["/Users".to_owned(), "/Groups".to_owned()]).map(|path| self.client.get(&path).text).collect()
    }
}

/// One request of the first tenant; numbers choose names and ids.
#[derive(Clone, Debug)]
enum Step {
    Create(usize),
    Change(usize, usize),
    Patch(usize, usize),
    Delete(usize),
    CreateGroup(usize, usize),
    ChangeGroup(usize, usize),
    Join(usize, usize),
    Leave(usize),
    DeleteGroup(usize),
    List(usize, usize),
    /// A request that names something of the second tenant.
    Trespass(usize, usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    use Step::*;
    let (a, b) = (0..NAMES.len(), 0..64_usize);
    let pair = || (a.clone(), b.clone());
    let step = prop_oneof![
        a.clone().prop_map(Create),
        pair().prop_map(|(a, b)| Change(a, b)),
        pair().prop_map(|(a, b)| Patch(a, b)),
        b.clone().prop_map(Delete),
        pair().prop_map(|(a, b)| CreateGroup(a, b)),
        pair().prop_map(|(a, b)| ChangeGroup(a, b)),
        (b.clone(), b.clone()).prop_map(|(a, b)| Join(a, b)),
        b.clone().prop_map(Leave),
        b.clone().prop_map(DeleteGroup),
        pair().prop_map(|(a, b)| List(a, b)),
        (b.clone(), b.clone()).prop_map(|(a, b)| Trespass(a, b)),
        (b.clone(), b.clone()).prop_map(|(a, b)| Trespass(a, b)),
    ];
    prop::collection::vec(step, 1..40)
}

fn pick(from: &[String], number: usize) -> Option<&str> {
    if from.is_empty() { None } else { Some(&from[number % from.len()]) }
}

/// Takes one step and gives its answer; `None` when there is nothing to take it with.
fn take(step: &Step, own: &mut Household, other: &Household) -> Option<Answer> {
    let client = &own.client;
    let answer = match step {
        Step::Create(name) => {
            let answer = client.post("/Users", &body(NAMES[*name]));
            own.users.extend((answer.status == 201).then(|| id(&answer.json())));
            answer
        }
        Step::Change(name, which) => client.put(&format!("/Users/{}", pick(&own.users, *which)?), &body(NAMES[*name])),
        Step::Patch(name, which) => {
            let value = json!({ "userName": NAMES[*name], "externalId": NAMES[*which % 4], "active": which % 2 == 0 });
            client.patch(&format!("/Users/{}", pick(&own.users, *which)?), json!([{ "op": "replace", "value": value }]))
        }
        Step::Delete(which) => client.delete(&format!("/Users/{}", pick(&own.users, *which)?)),
        Step::CreateGroup(name, which) => {
            let answer = client.post("/Groups", &group_body(NAMES[*name], &[pick(&own.users, *which)?]));
            own.groups.extend((answer.status == 201).then(|| id(&answer.json())));
            answer
        }
        Step::ChangeGroup(name, which) => {
            let path = format!("/Groups/{}", pick(&own.groups, *which)?);
            client.put(&path, &group_body(NAMES[*name], &[pick(&own.users, *which)?]))
        }
        Step::Join(which, whom) => {
            let all: Vec<String> = own.all_ids().cloned().collect();
            let value = values(&[pick(&all, *whom)?]);
            let path = format!("/Groups/{}", pick(&own.groups, *which)?);
            client.patch(&path, json!([{ "op": "add", "path": "members", "value": value }]))
        }
        Step::Leave(which) => {
            let path = format!("/Groups/{}", pick(&own.groups, *which)?);
            client.patch(&path, json!([{ "op": "remove", "path": "members" }]))
        }
        Step::DeleteGroup(which) => client.delete(&format!("/Groups/{}", pick(&own.groups, *which)?)),
        Step::List(name, which) => return Some(list(client, NAMES[*name], *which)),
        Step::Trespass(how, what) => {
            trespass(client, own, other, *how, *what);
            return None;
        }
    };
    Some(answer)
}

fn list(client: &Client, name: &str, which: usize) -> Answer {
    let filters = ["userName", "externalId", "displayName", "emails.value", "groups.display"];
    let filter = match which % 6 {
        5 => format!("{ENTERPRISE}:employeeNumber eq \"{name}\""),
        field => format!("{} co \"{name}\"", filters[field]),
    };
    let path = if which % 12 > 5 { "/Users/.search" } else { "/.search" };
    let search = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": filter });
    client.post(path, &search)
}

/// Asks for what is another tenant's: 404, as if it did not exist, or 400 where it is named in a body.
fn trespass(client: &Client, own: &Household, other: &Household, how: usize, what: usize) {
    let (users, groups) = (pick(&other.users, what).unwrap(), pick(&other.groups, what).unwrap());
    let (user_path, group_path) = (format!("/Users/{users}"), format!("/Groups/{groups}"));
    let title = json!([{ "op": "replace", "path": "title", "value": "x" }]);
    let empty = json!([{ "op": "remove", "path": "members" }]);
    match how % 12 {
        0 => client.get(&user_path).refuses(404),
        1 => client.put(&user_path, &user("eve")).refuses(404),
        2 => client.patch(&user_path, title).refuses(404),
        3 => client.delete(&user_path).refuses(404),
        4 => client.get(&group_path).refuses(404),
        5 => client.put(&group_path, &group("eve", &[])).refuses(404),
        6 => client.patch(&group_path, empty).refuses(404),
        7 => client.delete(&group_path).refuses(404),
        8 => client.post("/Groups", &group("eve", &[users])).is_bad("invalidValue"),
        9 => client.post("/Groups", &group("eve", &[groups])).is_bad("invalidValue"),
        _ => match pick(&own.groups, what) {
            Some(mine) if client.get(&format!("/Groups/{mine}")).status == 200 => {
                let add = json!([{ "op": "add", "path": "members", "value": values(&[users]) }]);
                client.patch(&format!("/Groups/{mine}"), add).is_bad("invalidValue")
            }
            _ => client.send("DELETE", &user_path, &[("if-match", "*")], None).refuses(404),
        },
    };
}

#[test]
fn two_tenants_everywhere() {
    for_each_store(|server| {
        let other = Household::new(server.connect("other", "tolerant"));
        let before = other.everything();
        let (rows, turn) = (server.journal("other").len(), Cell::new(0));
        let run = |steps: Vec<Step>| {
            turn.set(turn.get() + 1);
            let mut own = Household::new(server.connect(&format!("own-{}", turn.get()), "tolerant"));
            for step in &steps {
                let Some(answer) = take(step, &mut own, &other) else { continue };
                prop_assert!(answer.status < 500, "{step:?}: {}", answer.text);
                let seen = other.all_ids().find(|id| answer.text.contains(id.as_str()));
                prop_assert!(seen.is_none(), "{step:?} shows {seen:?}: {}", answer.text);
            }
            prop_assert_eq!(&before, &other.everything());
            prop_assert_eq!(server.journal("other").len(), rows);
            Ok(())
        };
        let config = Config { cases: 10, max_shrink_iters: 200, failure_persistence: None, ..Config::default() };
        TestRunner::new(config).run(&steps(), run).unwrap();
    });
}

#[test]
fn another_tenants_manager_is_kept_as_text_and_tells_nothing() {
    for_each_store(|server| {
        let (own, other) = (server.connect("own", "tolerant"), server.connect("other", "tolerant"));
        let boss = id(&other.post("/Users", &body("boss")).is(201));
        let named =
            json!({ "schemas": [USER, ENTERPRISE], "userName": "ann", ENTERPRISE: { "manager": { "value": boss } } });
        let ann = own.post("/Users", &named).is(201);
        assert_eq!(ann[ENTERPRISE]["manager"], json!({ "value": boss }));
        let letter = server.client_of(&server.connection("own", "letter", rollcall::access::Profile::Rfc));
        let strict =
            json!({ "schemas": [USER, ENTERPRISE], "userName": "bob", ENTERPRISE: { "manager": { "value": boss } } });
        letter.post("/Users", &strict).is_bad("invalidValue");
    });
}

#[test]
fn equal_names_find_only_ones_own() {
    for_each_store(|server| {
        let (own, other) =
            (Household::new(server.connect("own", "tolerant")), Household::new(server.connect("other", "tolerant")));
        let filters = [
            ("/Users", "userName eq \"ANN\""),
            ("/Users", "externalId eq \"ann\""),
            ("/Users", "emails.value eq \"ann@example.com\""),
            ("/Users", "groups.display eq \"ann\""),
            ("/Groups", "displayName eq \"ann\""),
            ("/Groups", "externalId eq \"ann\""),
        ];
        for (endpoint, filter) in filters {
            let of = |household: &Household| {
                if endpoint == "/Users" { household.users[0].clone() } else { household.groups[0].clone() }
            };
            assert_eq!(own.client.find(endpoint, filter), [of(&own)], "{filter}");
            assert_eq!(other.client.find(endpoint, filter), [of(&other)], "{filter}");
        }
        assert_eq!(ids(&own.client.get("/Users").is(200)), own.users);
        assert_eq!(ids(&own.client.get("/Groups").is(200)), own.groups);
        let by_member = format!("members.value eq \"{}\"", other.users[0]);
        assert_eq!(own.client.find("/Groups", &by_member), [""; 0]);
        assert_eq!(other.client.find("/Groups", &by_member), [other.groups[0].as_str()]);
    });
}
