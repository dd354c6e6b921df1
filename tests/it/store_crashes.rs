//! `kill -9` under load: whatever was acknowledged is there afterwards, and what was not was refused as it should be.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Duration;

use crate::client::{Client, id, user};
use crate::store_cluster::Cluster;
use crate::store_process::Process;

const CLIENTS: usize = 8;
/// Acknowledged creates before and after a crash.
const ENOUGH: usize = 200;
const PATIENCE: Duration = Duration::from_secs(120);

static NUMBER: AtomicUsize = AtomicUsize::new(0);

/// What became of one create.
enum Outcome {
    /// 201, with the id and the name.
    Acknowledged(String, String),
    /// Another status.
    Refused(u16, String),
}

/// Creates users until it is told to stop, or the server or the test is gone.
fn load(client: &Client, stop: &AtomicBool, outcomes: &Sender<Outcome>) {
    while !stop.load(Ordering::SeqCst) {
        let name = format!("user-{}", NUMBER.fetch_add(1, Ordering::SeqCst));
        let body = user(&name).to_string();
        let Ok(answer) =
            client.attempt("POST", "/Users", &[("content-type", "application/scim+json")], Some(body.as_bytes()))
        else {
            return;
        };
        let outcome = match answer.status {
            201 => Outcome::Acknowledged(id(&answer.json()), name),
            status => Outcome::Refused(status, answer.text),
        };
        if outcomes.send(outcome).is_err() {
            return;
        }
    }
}

/// Takes outcomes until enough creates were acknowledged. A refusal may only say that the server cannot do it now.
fn collect(outcomes: &Receiver<Outcome>, acknowledged: &mut BTreeMap<String, String>) {
    let enough = acknowledged.len() + ENOUGH;
    while acknowledged.len() < enough {
        keep(outcomes.recv_timeout(PATIENCE).unwrap(), acknowledged);
    }
}

fn keep(outcome: Outcome, acknowledged: &mut BTreeMap<String, String>) {
    match outcome {
        Outcome::Acknowledged(id, name) => assert_eq!(acknowledged.insert(id, name), None),
        Outcome::Refused(status, text) => assert_eq!(status, 503, "{text}"),
    }
}

/// The names of all users by id, page by page.
fn stored(client: &Client) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    loop {
        let page = client.get(&format!("/Users?count=1000&startIndex={}&attributes=userName", found.len() + 1)).is(200);
        let Some(users) = page["Resources"].as_array().filter(|users| !users.is_empty()) else { return found };
        found.extend(users.iter().map(|user| (id(user), user["userName"].as_str().unwrap().to_owned())));
    }
}

#[track_caller]
fn all_are_there(client: &Client, acknowledged: &BTreeMap<String, String>) {
    for (id, name) in acknowledged.iter().rev().take(20) {
        assert_eq!(client.get(&format!("/Users/{id}")).is(200)["userName"], name.as_str());
        assert_eq!(client.find("/Users", &format!("userName eq \"{name}\"")), [id.as_str()]);
    }
    let stored = stored(client);
    let lost: Vec<_> = acknowledged.iter().filter(|(id, name)| stored.get(*id) != Some(name)).collect();
    assert!(lost.is_empty(), "{} of {}: {lost:?}", lost.len(), acknowledged.len());
}

#[test]
fn a_killed_server_on_sqlite_loses_nothing_that_it_acknowledged() {
    let data = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", data.path().join("crash.db").display());
    let mut process = Process::start(data.path(), &database);
    let token = process.token.clone().unwrap();
    let mut acknowledged = BTreeMap::new();
    for _ in 0..3 {
        let client = process.client(Some(&token));
        let (sender, outcomes) = mpsc::channel();
        let stop = AtomicBool::new(false);
        thread::scope(|scope| {
            // Gone when this fails, so that the threads end too.
            let outcomes = outcomes;
            for _ in 0..CLIENTS {
                let sender = sender.clone();
                scope.spawn(|| load(&client, &stop, &{ sender }));
            }
            drop(sender);
            collect(&outcomes, &mut acknowledged);
            process.kill();
            outcomes.iter().for_each(|outcome| keep(outcome, &mut acknowledged));
        });
        process = Process::start(data.path(), &database);
        all_are_there(&process.client(Some(&token)), &acknowledged);
    }
}

#[test]
fn a_killed_postgresql_loses_nothing_and_is_found_again() {
    let Some(mut cluster) = Cluster::new() else { return };
    cluster.start();
    let data = tempfile::tempdir().unwrap();
    let process = Process::start(data.path(), &cluster.url("localhost"));
    let client = process.client(None);
    let mut acknowledged = BTreeMap::new();
    for _ in 0..2 {
        let (sender, outcomes) = mpsc::channel();
        let stop = AtomicBool::new(false);
        thread::scope(|scope| {
            // Gone when this fails, so that the threads end too.
            let outcomes = outcomes;
            for _ in 0..CLIENTS {
                let sender = sender.clone();
                scope.spawn(|| load(&client, &stop, &{ sender }));
            }
            drop(sender);
            collect(&outcomes, &mut acknowledged);
            cluster.kill();
            assert_eq!(client.get("/Users?count=1").status, 503);
            cluster.start();
            // The first answer after it is back is no error, whatever connections were lost.
            client.get("/Users?count=1").is(200);
            outcomes.try_iter().for_each(|outcome| keep(outcome, &mut acknowledged));
            collect(&outcomes, &mut acknowledged);
            stop.store(true, Ordering::SeqCst);
            outcomes.iter().for_each(|outcome| keep(outcome, &mut acknowledged));
        });
        all_are_there(&client, &acknowledged);
    }
}
