//! PostgreSQL: transactions that lose against others are run again, lost connections are replaced, and a COMMIT whose
//! outcome nobody knows is not repeated.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::support::{Place, adding, on_postgres, postgres_place, run_on_postgres, wait};
use crate::error::{Error, Result};
use crate::store::{Settings, Store, Tx, tenants};

/// A store that runs two jobs at once.
fn wide(place: &Place) -> Store {
    Store::open(&Settings { pg_pool: 4, ..place.settings() }).unwrap()
}

fn run(tx: &mut Tx<'_>, statements: &str) -> Result<()> {
    tx.conn.batch_execute(statements).map_err(Error::from)
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

fn count(place: &Place, query: &str) -> i64 {
    on_postgres(&place.url, |conn| diesel::sql_query(query).get_result::<Count>(conn).unwrap().count)
}

/// Runs two jobs that meet after their first statement, the first time each is run. Answers how often any was run.
fn collide(place: &Place, first: [&'static str; 2], then: [&'static str; 2]) -> usize {
    let (runs, meeting) = (Arc::new(AtomicUsize::new(0)), Arc::new(Barrier::new(2)));
    let store = wide(place);
    let sides = [0, 1].map(|side| {
        let (store, runs, meeting) = (store.clone(), Arc::clone(&runs), Arc::clone(&meeting));
        let met = AtomicUsize::new(0);
        thread::spawn(move || {
            wait(store.write(move |tx| {
                runs.fetch_add(1, Ordering::SeqCst);
                run(tx, first[side])?;
                if met.fetch_add(1, Ordering::SeqCst) == 0 {
                    meeting.wait();
                }
                run(tx, then[side])
            }))
        })
    });
    for side in sides {
        side.join().unwrap().unwrap();
    }
    store.close();
    runs.load(Ordering::SeqCst)
}

#[test]
fn a_deadlock_is_run_again() {
    let Some(place) = postgres_place() else { return };
    run_on_postgres(
        &place.url,
        "CREATE TABLE pair (id int PRIMARY KEY, value int NOT NULL); INSERT INTO pair VALUES (0, 0), (1, 0)",
    );
    let [left, right] =
        ["UPDATE pair SET value = value + 1 WHERE id = 0", "UPDATE pair SET value = value + 1 WHERE id = 1"];
    let runs = collide(&place, [left, right], [right, left]);
    assert!(runs > 2, "they did not collide");
    assert_eq!(count(&place, "SELECT sum(value) AS count FROM pair"), 4);
}

#[test]
fn a_serialization_failure_is_run_again() {
    let Some(place) = postgres_place() else { return };
    run_on_postgres(&place.url, "CREATE TABLE one (value int NOT NULL)");
    let first = "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; SELECT count(*) FROM one";
    let then = "INSERT INTO one SELECT count(*) FROM one";
    let runs = collide(&place, [first; 2], [then; 2]);
    assert!(runs > 2, "they did not collide");
    // One after the other: the second one saw the first one's row.
    assert_eq!(count(&place, "SELECT sum(value) AS count FROM one"), 1);
    assert_eq!(count(&place, "SELECT count(*) FROM one"), 2);
}

#[test]
fn what_always_loses_is_told_after_three_more_tries() {
    let Some(place) = postgres_place() else { return };
    let store = place.open();
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&runs);
    let answer = wait(store.write(move |tx| {
        counted.fetch_add(1, Ordering::SeqCst);
        run(tx, "DO $$ BEGIN RAISE EXCEPTION 'lost' USING ERRCODE = 'serialization_failure'; END $$")
    }));
    assert!(matches!(answer, Err(Error::Unavailable(_))), "{answer:?}");
    assert_eq!(runs.load(Ordering::SeqCst), 4);
    wait(store.write(adding("next"))).unwrap();
    assert_eq!(place.slugs(), ["next"]);
    store.close();
}

#[test]
fn a_commit_whose_outcome_is_unknown_is_not_run_again() {
    let Some(place) = postgres_place() else { return };
    let store = place.open();
    run_on_postgres(
        &place.url,
        "CREATE TABLE fatal (id int);
         CREATE FUNCTION end_connection() RETURNS trigger LANGUAGE plpgsql AS
           $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$;
         CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON fatal DEFERRABLE INITIALLY DEFERRED
           FOR EACH ROW EXECUTE FUNCTION end_connection()",
    );
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&runs);
    let answer = wait(store.write(move |tx| {
        counted.fetch_add(1, Ordering::SeqCst);
        run(tx, "INSERT INTO fatal VALUES (1)")
    }));
    assert!(matches!(answer, Err(Error::Unavailable(_))), "{answer:?}");
    assert_eq!(runs.load(Ordering::SeqCst), 1);
    wait(store.write(adding("next"))).unwrap();
    assert_eq!(place.slugs(), ["next"]);
    store.close();
}

#[test]
fn a_connection_lost_before_commit_is_replaced_and_the_work_run_again() {
    let Some(place) = postgres_place() else { return };
    let store = place.open();
    for number in 0..10 {
        let (runs, add) = (AtomicUsize::new(0), adding(&format!("t{number}")));
        let lose_first = move |tx: &mut Tx<'_>| match runs.fetch_add(1, Ordering::SeqCst) {
            0 => run(tx, "SELECT pg_terminate_backend(pg_backend_pid())"),
            _ => add(tx),
        };
        wait(store.write(lose_first)).unwrap();
    }
    assert_eq!(place.slugs().len(), 10);
    store.close();
}

/// Ends every connection of stores to the database and waits until they are gone.
fn end_connections(place: &Place) {
    let ours = "datname = current_database() AND pid <> pg_backend_pid()";
    let ended = count(place, &format!("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE {ours}"));
    assert!(ended > 0);
    let deadline = Instant::now() + Duration::from_secs(10);
    while count(place, &format!("SELECT count(*) FROM pg_stat_activity WHERE {ours}")) > 0 {
        assert!(Instant::now() < deadline, "connections remain");
        thread::yield_now();
    }
}

#[test]
fn work_after_all_connections_were_ended_succeeds() {
    let Some(place) = postgres_place() else { return };
    let store = place.open();
    let every_kind = |name: &str| {
        wait(store.write(adding(name))).unwrap();
        end_connections(&place);
        assert!(wait(store.read(tenants::any)).unwrap());
        end_connections(&place);
        assert!(wait(store.read_one(tenants::any)).unwrap());
        end_connections(&place);
        assert!(wait(store.scan(tenants::any)).unwrap());
        end_connections(&place);
    };
    every_kind("one");
    every_kind("two");
    assert_eq!(place.slugs(), ["one", "two"]);
    store.close();
}

#[test]
fn a_server_that_cannot_be_reached_is_unavailable_not_a_fault_of_ours() {
    let Some(place) = postgres_place() else { return };
    let store = place.open();
    // Nothing has connected yet, and from now on nothing can.
    let (server, name) = place.url.split_once('?').unwrap().0.rsplit_once('/').unwrap();
    let admin = format!("{server}/postgres");
    run_on_postgres(&admin, &format!("ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false"));
    let outcomes = [
        wait(store.write(|_| Ok(true))),
        wait(store.read(tenants::any)),
        wait(store.read_one(tenants::any)),
        wait(store.scan(tenants::any)),
    ];
    run_on_postgres(&admin, &format!("ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true"));
    for outcome in outcomes {
        assert!(matches!(outcome, Err(Error::Unavailable(_))), "{outcome:?}");
    }
    wait(store.write(adding("next"))).unwrap();
    store.close();
}

#[test]
fn a_long_read_is_ended_with_advice() {
    let Some(place) = postgres_place() else { return };
    let store = place.open();
    let began = Instant::now();
    let answer = wait(store.scan(|tx| run(tx, "SELECT pg_sleep(60)")));
    assert!(matches!(answer, Err(Error::TooMany(_))), "{answer:?}");
    assert!(began.elapsed() < Duration::from_secs(30));
    store.close();
}
