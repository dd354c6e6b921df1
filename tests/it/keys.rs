//! The master key: made once, with the database, and never again.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use rollcall::clock::Sources;
use rollcall::directory::{Directory, Settings, keys};

use crate::database::{Database, Kind, runtime};
use crate::program::{Ended, Place, for_each_place};

/// The names of the key files in a folder.
fn key_files(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.contains("key")).collect()
}

/// The id of the key that the database is sealed with, as `doctor` tells it.
fn key_id(place: &Place) -> String {
    let report = place.run(&["doctor"]).succeeds();
    let line = report.lines().find(|line| line.contains("master key")).unwrap();
    line.split_once("master key ").unwrap().1.split(' ').next().unwrap().to_owned()
}

#[test]
fn the_first_start_makes_the_key_and_tells_nobody() {
    for_each_place(|place| {
        let log = place.serve().stop();
        assert_eq!(key_files(&place.data()), ["master.key"]);
        let file = place.data().join("master.key");
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        let key = std::fs::read_to_string(&file).unwrap();
        assert!(log.contains(&key_id(place)) && !log.contains(key.trim()), "{log}");
        place.serve().stop();
        place.run(&["migrate"]).succeeds();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), key);
    });
}

#[test]
fn a_missing_key_is_told_and_never_replaced() {
    for_each_place(|place| {
        place.run(&["migrate"]).succeeds();
        let (id, file) = (key_id(place), place.data().join("master.key"));
        let kept = std::fs::read_to_string(&file).unwrap();
        std::fs::remove_file(&file).unwrap();
        for command in [&["serve"][..], &["migrate"], &["tenant", "list"]] {
            let why = place.run(command).fails();
            assert!(why.contains(&id) && why.contains("master.key"), "{command:?}: {why}");
        }
        let doctor = place.run(&["doctor"]);
        assert!(!doctor.success && doctor.output.contains(&id), "{}", doctor.output);
        assert_eq!(key_files(&place.data()), Vec::<String>::new());
        std::fs::write(&file, kept).unwrap();
        place.run(&["tenant", "list"]).succeeds();
    });
}

#[test]
fn another_key_is_told_by_its_id() {
    for_each_place(|place| {
        place.run(&["migrate"]).succeeds();
        let other = Place::sqlite();
        other.run(&["migrate"]).succeeds();
        let (id, others) = (key_id(place), key_id(&other));
        assert_ne!(id, others);
        let file = place.data().join("master.key");
        std::fs::copy(other.data().join("master.key"), &file).unwrap();
        for command in [&["serve"][..], &["migrate"], &["tenant", "list"]] {
            let why = place.run(command).fails();
            for part in [&id, &others, "master.key"] {
                assert!(why.contains(part), "{command:?}: {why}");
            }
        }
        std::fs::write(&file, "hunter2\n").unwrap();
        let why = place.run(&["tenant", "list"]).fails();
        assert!(why.contains(&id) && why.contains("master.key") && !why.contains("hunter2"), "{why}");
    });
}

#[test]
fn a_key_that_was_put_there_is_taken() {
    for_each_place(|place| {
        let other = Place::sqlite();
        other.run(&["migrate"]).succeeds();
        std::fs::create_dir(place.data()).unwrap();
        let file = place.data().join("master.key");
        std::fs::copy(other.data().join("master.key"), &file).unwrap();
        place.run(&["migrate"]).succeeds();
        assert_eq!(key_id(place), key_id(&other));
    });
    let elsewhere = tempfile::tempdir().unwrap();
    let file = elsewhere.path().join("rollcall-key").display().to_string();
    let place = Place::sqlite().with("ROLLCALL_MASTER_KEY_FILE", &file);
    place.run(&["migrate"]).succeeds();
    assert_eq!((key_files(elsewhere.path()).len(), key_files(&place.data()).len()), (1, 0));
    place.run(&["tenant", "list"]).succeeds();
}

#[test]
fn a_crash_before_the_key_moved_to_its_place_loses_nothing() {
    for_each_place(|place| {
        place.run(&["migrate"]).succeeds();
        let (id, file) = (key_id(place), place.data().join("master.key"));
        std::fs::rename(&file, place.data().join(format!("master.key.{id}"))).unwrap();
        place.run(&["tenant", "list"]).succeeds();
        assert_eq!(key_files(&place.data()), ["master.key"]);
        assert_eq!(key_id(place), id);
    });
}

#[test]
fn a_database_from_before_the_keys_is_given_one() {
    for kind in Kind::all() {
        let (database, folder) = (Database::new(kind), tempfile::tempdir().unwrap());
        let place = || {
            let file = folder.path().join("master.key").display().to_string();
            Place::sqlite().with("ROLLCALL_DATABASE_URL", &database.url()).with("ROLLCALL_MASTER_KEY_FILE", &file)
        };
        place().run(&["migrate"]).succeeds();
        let first = key_id(&place());
        database.execute("DELETE FROM installation");
        std::fs::remove_file(folder.path().join("master.key")).unwrap();
        let why = place().run(&["tenant", "list"]).fails();
        assert!(why.contains("rollcall migrate"), "{why}");
        assert_eq!(key_files(folder.path()), Vec::<String>::new());
        place().run(&["migrate"]).succeeds();
        assert_ne!(key_id(&place()), first);
    }
}

#[test]
fn of_two_that_start_at_once_with_folders_of_their_own_one_makes_the_key() {
    for kind in Kind::all() {
        let database = Database::new(kind);
        let places: Vec<_> = (0..2).map(|_| Place::sqlite().with("ROLLCALL_DATABASE_URL", &database.url())).collect();
        let ended: Vec<Ended> = std::thread::scope(|scope| {
            let running: Vec<_> = places.iter().map(|place| scope.spawn(|| place.run(&["migrate"]))).collect();
            running.into_iter().map(|one| one.join().unwrap()).collect()
        });
        let winners: Vec<_> = (0..2).filter(|at| ended[*at].success).collect();
        let [winner] = winners[..] else { panic!("{} winners", winners.len()) };
        let loser = 1 - winner;
        let why = &ended[loser].errors;
        let id = key_id(&places[winner]);
        assert!(why.lines().count() == 1 && why.contains(&id) && why.contains("master.key"), "{why}");
        assert_eq!(key_files(&places[winner].data()), ["master.key"]);
        assert_eq!(key_files(&places[loser].data()), Vec::<String>::new());
    }
}

#[test]
fn a_rotated_key_opens_everything_and_the_old_one_nothing() {
    for_each_place(|place| {
        let server = place.serve();
        let (token, client) = (server.token(), server.client(&server.token()));
        client.many_users("u", 3);
        let first = client.get("/Users?count=2&cursor").is(200);
        let query = format!("/Users?count=2&cursor={}", first["nextCursor"].as_str().unwrap());
        drop(client);
        server.stop();

        let (file, old) = (place.data().join("master.key"), key_id(place));
        let new = place.run(&["key", "rotate"]).succeeds().trim().to_owned();
        assert_ne!(new, old);
        assert_eq!(key_id(place), new);
        let kept = place.data().join(format!("master.key.{old}"));
        assert_eq!(key_files(&place.data()).len(), 2);
        // What the old key sealed is sealed with the new one: cursors from before still lead on.
        let server = place.serve();
        let client = server.client(&token);
        assert_eq!(client.get(&query).is(200)["Resources"].as_array().unwrap().len(), 1);
        drop(client);
        server.stop();

        // The rotation ended between its commit and the exchange of the files: the next command finishes it.
        std::fs::rename(&file, place.data().join(format!("master.key.{new}"))).unwrap();
        std::fs::rename(&kept, &file).unwrap();
        assert_eq!(key_id(place), new);
        assert!(kept.exists());

        std::fs::copy(&kept, &file).unwrap();
        let why = place.run(&["tenant", "list"]).fails();
        assert!(why.contains(&old) && why.contains(&new), "{why}");
    });
}

#[test]
fn a_process_with_the_old_key_seals_nothing_more() {
    for kind in Kind::all() {
        let (database, folder) = (Database::new(kind), tempfile::tempdir().unwrap());
        let (runtime, master_key_file) = (runtime(), folder.path().join("master.key"));
        let open = |create| {
            let master_key_file = master_key_file.clone();
            let settings = Settings {
                database_url: database.url(),
                pg_pool: 2,
                master_key_file,
                breached_passwords: None,
                create,
            };
            runtime.block_on(Directory::open(settings, Sources::system())).unwrap()
        };
        let (one, other) = (open(true), open(false));
        let operator = rollcall::access::Actor::system("it");
        runtime.block_on(keys::rotate(&one, &operator)).unwrap();
        assert!(runtime.block_on(keys::cursors(&other)).is_err());
        assert!(runtime.block_on(keys::rotate(&other, &operator)).is_err());
        let after = open(false);
        assert!(runtime.block_on(keys::cursors(&after)).is_ok());
        for node in [one, other, after] {
            runtime.block_on(node.close());
        }
    }
}

#[test]
fn whoever_needs_a_shared_key_first_makes_it_for_all() {
    for kind in Kind::all() {
        let (database, folder) = (Database::new(kind), tempfile::tempdir().unwrap());
        let (runtime, master_key_file) = (runtime(), folder.path().join("master.key"));
        let open = |create| {
            let master_key_file = master_key_file.clone();
            let settings = Settings {
                database_url: database.url(),
                pg_pool: 2,
                master_key_file,
                breached_passwords: None,
                create,
            };
            runtime.block_on(Directory::open(settings, Sources::system())).unwrap()
        };
        let nodes: Vec<Directory> = [true, false, false, false].into_iter().map(open).collect();
        let asked = nodes.iter().map(|node| async { keys::cursors(node).await.unwrap().id() });
        let ids = runtime.block_on(futures_util::future::join_all(asked));
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
        let later = open(false);
        assert_eq!(runtime.block_on(keys::cursors(&later)).unwrap().id(), ids[0]);
        // In the database it stands sealed.
        let key = runtime.block_on(keys::cursors(&later)).unwrap().clone();
        assert!(!database.holds_bytes(key.bytes()));
        for node in nodes.iter().chain([&later]) {
            runtime.block_on(node.close());
        }
    }
}
