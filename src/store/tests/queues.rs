//! Queues are bounded, a stop drains them, and two stores on one file take turns.

use std::sync::{Arc, Barrier};
use std::thread;

use super::support::{adding, occupy, places, send, sqlite_place, wait};
use crate::error::{Error, Result};
use crate::store::tenants;

#[test]
fn a_full_queue_refuses_and_a_stop_drains_what_was_accepted() {
    for place in places() {
        let store = place.open();
        let release = occupy(&store);
        let mut accepted = Vec::new();
        let refusal = loop {
            match send(&store, adding(&format!("t{}", accepted.len()))) {
                Ok(answer) => accepted.push(answer),
                Err(refusal) => break refusal,
            }
            assert!(accepted.len() <= 1 << 16, "the queue has no bound");
        };
        assert!(matches!(refusal, Error::TooFast { retry_after: 1.. }), "{refusal:?}");
        assert!(accepted.len() >= 1024, "{}", accepted.len());
        let closing = thread::spawn({
            let store = store.clone();
            move || store.close()
        });
        drop(release);
        closing.join().unwrap();
        let count = accepted.len();
        for answer in accepted {
            answer.blocking_recv().unwrap().unwrap();
        }
        assert_eq!(place.slugs().len(), count);
        assert!(matches!(wait(store.write(adding("after"))), Err(Error::Unavailable(_))));
        assert!(matches!(wait(store.read_one(tenants::any)), Err(Error::Unavailable(_))));
    }
}

#[test]
fn two_stores_that_write_to_one_file_at_once_lose_nothing() {
    const EACH: usize = 100;
    let place = sqlite_place();
    let together = Arc::new(Barrier::new(4));
    let writers: Vec<_> = (0..4)
        .map(|writer| {
            let (store, together) = (place.open(), Arc::clone(&together));
            thread::spawn(move || {
                together.wait();
                for number in 0..EACH {
                    let add = adding(&format!("w{writer}-{number}"));
                    // Reads first: a transaction that only begins to write later could not be finished beside others.
                    wait(store.write(move |tx| tenants::any(tx).and_then(|_| add(tx)))).unwrap();
                }
                store.close();
            })
        })
        .collect();
    writers.into_iter().for_each(|writer| writer.join().unwrap());
    assert_eq!(place.slugs().len(), 4 * EACH);
}

#[test]
fn readers_see_one_snapshot_while_others_write() {
    for place in places() {
        let (store, other) = (place.open(), place.open());
        let (asked, wait_for_asked) = std::sync::mpsc::sync_channel(1);
        let (written, wait_for_written) = std::sync::mpsc::sync_channel(1);
        let wait_for_written = std::sync::Mutex::new(wait_for_written);
        let reader = thread::spawn(move || {
            let counts = wait(store.read(move |tx| -> Result<_> {
                let before = tenants::list(tx)?.len();
                asked.send(()).unwrap();
                wait_for_written.lock().unwrap().recv().unwrap();
                Ok((before, tenants::list(tx)?.len()))
            }));
            store.close();
            counts.unwrap()
        });
        wait_for_asked.recv().unwrap();
        wait(other.write(adding("meanwhile"))).unwrap();
        written.send(()).unwrap();
        assert_eq!(reader.join().unwrap(), (0, 0));
        other.close();
    }
}
