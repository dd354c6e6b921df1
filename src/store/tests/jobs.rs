//! One job's fault is its own: the jobs beside it and after it are durable when they were acknowledged.

use diesel::connection::SimpleConnection;

use super::support::{adding, occupy, places, send, sqlite_place, wait};
use crate::error::{Error, Result};
use crate::store::{Store, Tx};

type Job = Box<dyn Fn(&mut Tx<'_>) -> Result<()> + Send>;

/// Sends jobs so that the writer finds all of them waiting, and answers what became of each.
fn together(store: &Store, jobs: Vec<Job>) -> Vec<Result<()>> {
    let release = occupy(store);
    let answers: Vec<_> = jobs.into_iter().map(|job| send(store, job).unwrap()).collect();
    drop(release);
    answers.into_iter().map(|answer| answer.blocking_recv().unwrap()).collect()
}

/// A faulty job between two good ones, each of which is durable; then another good one.
fn faulty_between_good(faulty: fn(&mut Tx<'_>) -> Result<()>) {
    for place in places() {
        let store = place.open();
        let add_then_fail = adding("lost");
        let bad = move |tx: &mut Tx<'_>| add_then_fail(tx).and_then(|()| faulty(tx));
        let answers = together(&store, vec![Box::new(adding("before")), Box::new(bad), Box::new(adding("between"))]);
        assert!(matches!(answers[..], [Ok(()), Err(Error::Internal(_)), Ok(())]), "{answers:?}");
        assert_eq!(place.slugs(), ["before", "between"]);
        wait(store.write(adding("next"))).unwrap();
        assert_eq!(place.slugs(), ["before", "between", "next"]);
        store.close();
    }
}

#[test]
fn a_panic_takes_nothing_with_it_but_its_own_job() {
    faulty_between_good(|_| panic!("as the test wants it"));
}

#[test]
fn a_job_that_hides_a_failed_statement_is_refused_when_it_left_the_transaction_in_ruins() {
    for place in places() {
        let store = place.open();
        let add = adding("hidden");
        let answer = wait(store.write(move |tx| {
            add(tx)?;
            drop(tx.conn.batch_execute("SELECT * FROM there_is_no_such_table"));
            Ok(())
        }));
        // SQLite keeps what a failed statement came after, PostgreSQL nothing: either way the answer tells the truth.
        let expected: &[&str] = if answer.is_ok() { &["hidden"] } else { &[] };
        assert_eq!(place.slugs(), expected);
        assert_eq!(answer.is_ok(), !place.is_postgres());
        wait(store.write(adding("next"))).unwrap();
        assert!(place.slugs().contains(&"next".to_owned()));
        store.close();
    }
}

#[test]
fn a_job_that_ends_the_outer_transaction_loses_no_other() {
    let place = sqlite_place();
    let store = place.open();
    let ending = |tx: &mut Tx<'_>| tx.conn.batch_execute("ROLLBACK").map_err(Error::from);
    let ending_in_an_error =
        |tx: &mut Tx<'_>| tx.conn.batch_execute("ROLLBACK").map_err(Error::from).and(Err(Error::Stale));
    let answers = together(
        &store,
        vec![
            Box::new(adding("first")),
            Box::new(ending),
            Box::new(adding("second")),
            Box::new(ending_in_an_error),
            Box::new(adding("third")),
        ],
    );
    let all = matches!(answers[..], [Ok(()), Err(Error::Internal(_)), Ok(()), Err(Error::Stale), Ok(())]);
    assert!(all, "{answers:?}");
    assert_eq!(place.slugs(), ["first", "second", "third"]);
    wait(store.write(adding("next"))).unwrap();
    assert_eq!(place.slugs(), ["first", "next", "second", "third"]);
    store.close();
}

#[test]
fn a_write_while_another_process_holds_the_lock_is_unavailable() {
    let place = sqlite_place();
    let (store, other) = (place.open(), place.open());
    let hasty = |tx: &mut Tx<'_>| tx.conn.batch_execute("PRAGMA busy_timeout=0").map_err(Error::from);
    wait(store.write(hasty)).unwrap();
    let release = occupy(&other);
    let answer = wait(store.write(adding("late")));
    assert!(matches!(answer, Err(Error::Unavailable(_))), "{answer:?}");
    drop(release);
    other.close();
    wait(store.write(adding("next"))).unwrap();
    assert_eq!(place.slugs(), ["next"]);
    store.close();
}
