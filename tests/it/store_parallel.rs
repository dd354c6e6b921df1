//! Rules that read more than the row they write, tried many ways at once on both stores.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::Barrier;
use std::thread;

use rollcall::store::{Settings, Store, members};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::client::{Answer, Client, ENTERPRISE, ids, members as member_ids, user};
use crate::database::{Database, Kind, runtime};
use crate::store_process::Process;

const WAYS: usize = 32;

/// A server on a database of its own.
struct Arena {
    process: Process,
    database: Database,
    data: TempDir,
}

impl Arena {
    fn new(kind: Kind) -> Self {
        let (data, database) = (tempfile::tempdir().unwrap(), Database::new(kind));
        Self { process: Process::start(data.path(), &database.url()), database, data }
    }

    fn each(test: impl Fn(&Self, &Client)) {
        for kind in Kind::all() {
            let arena = Self::new(kind);
            eprintln!("on {kind:?}");
            test(&arena, &arena.process.client(None));
        }
    }

    /// A second server on the same database.
    fn another(&self) -> Process {
        Process::start(self.data.path(), &self.database.url())
    }

    /// Runs a command beside the server; what it prints.
    fn run(&self, arguments: &[&str]) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rollcall"));
        command.args(arguments).current_dir(self.data.path());
        command.env("ROLLCALL_DATABASE_URL", self.database.url()).env("ROLLCALL_DATA_DIR", self.data.path());
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// The groups that a member has rows in, whether or not it exists itself.
    fn rows_of(&self, member: &str) -> usize {
        let settings = Settings { database_url: self.database.url(), pg_pool: 3, create: false };
        let store = Store::open(&settings).unwrap();
        let member = member.parse().unwrap();
        let rows = runtime().block_on(store.read(move |tx| members::parents(tx, &[member]))).unwrap();
        store.close();
        rows.len()
    }
}

/// Runs work with the numbers from 0, all at once.
fn at_once<R: Send>(ways: usize, work: impl Fn(usize) -> R + Sync) -> Vec<R> {
    let together = Barrier::new(ways);
    let one = |number| {
        together.wait();
        work(number)
    };
    thread::scope(|scope| {
        let one = &one;
        let threads: Vec<_> = (0..ways).map(|number| scope.spawn(move || one(number))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

fn statuses(answers: &[Answer]) -> BTreeMap<u16, usize> {
    let mut counts = BTreeMap::new();
    answers.iter().for_each(|answer| *counts.entry(answer.status).or_default() += 1);
    counts
}

fn add_member(client: &Client, group: &str, member: &str) -> Answer {
    let value = json!([{ "op": "add", "path": "members", "value": [{ "value": member }] }]);
    client.patch(&format!("/Groups/{group}"), value)
}

fn remove_member(client: &Client, group: &str, member: &str) -> Answer {
    let path = format!("members[value eq \"{member}\"]");
    client.patch(&format!("/Groups/{group}"), json!([{ "op": "remove", "path": path }]))
}

fn version(resource: &Value) -> i64 {
    let tag = resource["meta"]["version"].as_str().unwrap();
    tag.trim_start_matches("W/").trim_matches('"').parse().unwrap()
}

#[test]
fn parallel_member_changes_end_with_exactly_the_right_set() {
    Arena::each(|arena, client| {
        let people = client.many_users("person", 2 * WAYS);
        let (leaving, joining) = people.split_at(WAYS);
        let group = client.group("everyone", &leaving.iter().map(String::as_str).collect::<Vec<_>>());
        let second = arena.another();
        let other = second.client(arena.process.token.as_deref());
        let answers = at_once(2 * WAYS, |number| {
            let client = if number % 2 == 0 { client } else { &other };
            let person = &people[number];
            if number < WAYS { remove_member(client, &group, person) } else { add_member(client, &group, person) }
        });
        assert!(answers.iter().all(|answer| matches!(answer.status, 200 | 204)), "{:?}", statuses(&answers));
        let found = client.get(&format!("/Groups/{group}")).is(200);
        let mut expected = joining.to_vec();
        expected.sort();
        assert_eq!(member_ids(&found), expected);
        // Every change made a version of its own.
        assert_eq!(version(&found), 1 + 2 * WAYS as i64);
    });
}

#[test]
fn of_parallel_creates_of_one_name_exactly_one_wins() {
    Arena::each(|arena, client| {
        let second = arena.another();
        let other = second.client(arena.process.token.as_deref());
        let answers = at_once(WAYS, |number| {
            let client = if number % 2 == 0 { client } else { &other };
            let name = if number % 3 == 0 { "Same.Name" } else { "same.name" };
            client.post("/Users", &user(name))
        });
        assert_eq!(statuses(&answers), BTreeMap::from([(201, 1), (409, WAYS - 1)]));
        assert_eq!(client.find("/Users", "userName eq \"SAME.NAME\"").len(), 1);
    });
}

#[test]
fn parallel_nestings_never_close_a_circle() {
    Arena::each(|_, client| {
        let groups: Vec<_> = (0..WAYS).map(|number| client.group(&format!("ring{number}"), &[])).collect();
        let answers = at_once(WAYS, |number| add_member(client, &groups[number], &groups[(number + 1) % WAYS]));
        let refused = statuses(&answers).get(&400).copied();
        assert_eq!(refused, Some(1), "{:?}", statuses(&answers));
        let holds: BTreeMap<_, _> =
            groups.iter().map(|group| (group, member_ids(&client.get(&format!("/Groups/{group}")).is(200)))).collect();
        assert_eq!(holds.values().map(Vec::len).sum::<usize>(), WAYS - 1);
        // Pairs that nest in each other: of each pair one is refused.
        let pairs: Vec<_> = (0..WAYS).map(|number| client.group(&format!("pair{number}"), &[])).collect();
        let answers = at_once(WAYS, |number| add_member(client, &pairs[number], &pairs[number ^ 1]));
        assert_eq!(statuses(&answers).get(&400), Some(&(WAYS / 2)), "{:?}", statuses(&answers));
    });
}

#[test]
fn a_user_deleted_while_groups_take_it_in_leaves_no_row() {
    Arena::each(|arena, client| {
        let groups: Vec<_> = (1..WAYS).map(|number| client.group(&format!("g{number}"), &[])).collect();
        for round in 0..4 {
            let person = client.user(&format!("leaver{round}"));
            let answers = at_once(WAYS, |number| match number.checked_sub(1) {
                None => client.delete(&format!("/Users/{person}")),
                Some(group) => add_member(client, &groups[group], &person),
            });
            assert_eq!(answers[0].status, 204, "{}", answers[0].text);
            let fair = |answer: &Answer| matches!(answer.status, 200 | 204 | 400);
            assert!(answers.iter().all(fair), "{:?}", statuses(&answers));
            assert_eq!(arena.rows_of(&person), 0);
        }
    });
}

#[test]
fn a_group_deleted_while_groups_take_it_in_leaves_no_row() {
    Arena::each(|arena, client| {
        let groups: Vec<_> = (1..WAYS).map(|number| client.group(&format!("g{number}"), &[])).collect();
        for round in 0..4 {
            let nested = client.group(&format!("leaver{round}"), &[]);
            let answers = at_once(WAYS, |number| match number.checked_sub(1) {
                None => client.delete(&format!("/Groups/{nested}")),
                Some(group) => add_member(client, &groups[group], &nested),
            });
            assert_eq!(answers[0].status, 204, "{}", answers[0].text);
            let fair = |answer: &Answer| matches!(answer.status, 200 | 204 | 400);
            assert!(answers.iter().all(fair), "{:?}", statuses(&answers));
            assert_eq!(arena.rows_of(&nested), 0);
        }
    });
}

#[test]
fn of_parallel_updates_of_one_version_exactly_one_wins() {
    Arena::each(|_, client| {
        let (person, group) = (client.user("contested"), client.group("contested", &[]));
        for path in [format!("/Users/{person}"), format!("/Groups/{group}")] {
            let before = client.get(&path).is(200);
            let tag = before["meta"]["version"].as_str().unwrap();
            let answers = at_once(WAYS, |number| {
                let mut changed = before.clone();
                changed["displayName"] = json!(format!("by {number}"));
                client.send("PUT", &path, &[("if-match", tag)], Some(&changed))
            });
            assert_eq!(statuses(&answers), BTreeMap::from([(200, 1), (412, WAYS - 1)]));
            let winner = answers.iter().find(|answer| answer.status == 200).unwrap().json();
            let after = client.get(&path).is(200);
            assert_eq!(after["displayName"], winner["displayName"]);
            assert_eq!(version(&after), version(&before) + 1);
        }
    });
}

#[test]
fn parallel_changes_of_one_user_are_all_kept() {
    Arena::each(|_, client| {
        let person = client.user("busy");
        let path = format!("/Users/{person}");
        let answers = at_once(WAYS, |number| {
            let address = json!([{ "value": format!("a{number}@example.org") }]);
            client.patch(&path, json!([{ "op": "add", "path": "emails", "value": address }]))
        });
        assert_eq!(statuses(&answers), BTreeMap::from([(200, WAYS)]));
        let after = client.get(&path).is(200);
        assert_eq!(after["emails"].as_array().unwrap().len(), WAYS);
        assert_eq!(version(&after), 1 + WAYS as i64);
        for number in 0..WAYS {
            let filter = format!("emails.value eq \"a{number}@example.org\"");
            assert_eq!(client.find("/Users", &filter), [person.as_str()]);
        }
    });
}

#[test]
fn a_group_counts_every_change_whoever_makes_it() {
    Arena::each(|_, client| {
        let people = client.many_users("person", WAYS);
        let (leaving, joining) = people.split_at(WAYS / 2);
        let group = client.group("counted", &leaving.iter().map(String::as_str).collect::<Vec<_>>());
        // Half are deleted, which takes them out of the group; half join it.
        let answers = at_once(WAYS, |number| match number.checked_sub(leaving.len()) {
            None => client.delete(&format!("/Users/{}", leaving[number])),
            Some(number) => add_member(client, &group, &joining[number]),
        });
        assert!(answers.iter().all(|answer| matches!(answer.status, 200 | 204)), "{:?}", statuses(&answers));
        let after = client.get(&format!("/Groups/{group}")).is(200);
        let mut expected = joining.to_vec();
        expected.sort();
        assert_eq!(member_ids(&after), expected);
        assert_eq!(version(&after), 1 + WAYS as i64);
    });
}

#[test]
fn a_user_that_many_groups_take_in_at_once_is_adopted_once() {
    Arena::each(|arena, client| {
        let person = client.user("left behind");
        let second = arena.run(&["token", "create", "--tenant", "default", "--connection", "second"]);
        // Nobody claims the user any more, so that whoever comes first may adopt it.
        arena.run(&["connection", "delete", "--tenant", "default", "tolerant"]);
        let client = arena.process.client(Some(second.trim()));
        let groups: Vec<_> = (0..WAYS).map(|number| client.group(&format!("g{number}"), &[])).collect();
        let answers = at_once(WAYS, |number| add_member(&client, &groups[number], &person));
        let refused = answers.iter().find(|answer| answer.status != 200);
        assert!(refused.is_none(), "{:?}: {refused:?}", statuses(&answers));
        assert_eq!(arena.rows_of(&person), WAYS);
    });
}

#[test]
fn two_servers_that_start_at_once_on_an_empty_database_make_one_tenant() {
    for kind in Kind::all() {
        let (data, database) = (tempfile::tempdir().unwrap(), Database::new(kind));
        let processes = at_once(4, |_| Process::start(data.path(), &database.url()));
        let tokens: Vec<_> = processes.iter().filter_map(|process| process.token.as_deref()).collect();
        let [token] = tokens[..] else { panic!("{} first starts", tokens.len()) };
        let person = processes[0].client(Some(token)).user("first");
        for process in &processes {
            assert_eq!(ids(&process.client(Some(token)).get("/Users").is(200)), [person.as_str()]);
        }
    }
}

#[test]
fn managers_that_change_at_once_leave_one_index_row_each() {
    Arena::each(|_, client| {
        let people = client.many_users("person", WAYS);
        let person = client.user("managed");
        let answers = at_once(WAYS, |number| {
            let path = format!("{ENTERPRISE}:manager.value");
            let change = json!([{ "op": "replace", "path": path, "value": people[number] }]);
            client.patch(&format!("/Users/{person}"), change)
        });
        assert_eq!(statuses(&answers), BTreeMap::from([(200, WAYS)]));
        let after = client.get(&format!("/Users/{person}")).is(200);
        let manager = after[ENTERPRISE]["manager"]["value"].as_str().unwrap().to_owned();
        for candidate in &people {
            let found = client.find("/Users", &format!("{ENTERPRISE}:manager.value eq \"{candidate}\""));
            assert_eq!(found.len(), usize::from(*candidate == manager));
        }
    });
}
