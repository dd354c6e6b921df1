//! Migrations come in pairs, undo themselves, run once when many start at once, and never run backwards by accident.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Barrier};
use std::thread;

use diesel::connection::SimpleConnection;
use diesel::migration::MigrationConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel_migrations::MigrationHarness;

use super::support::{Place, adding, on_postgres, places, postgres_place, sqlite_place, wait};
use crate::error::Error;
use crate::store::migrate::{POSTGRES, SQLITE};
use crate::store::{Settings, Store, tenants};

fn names_in(engine: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(engine);
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path: PathBuf = entry.unwrap().path();
        let files = ["up.sql", "down.sql"].map(|file| std::fs::read_to_string(path.join(file)).unwrap());
        assert!(files.iter().all(|file| !file.trim().is_empty()), "{}", path.display());
        names.push(path.file_name().unwrap().to_string_lossy().into_owned());
    }
    names.sort();
    names
}

#[test]
fn both_engines_have_the_same_migrations() {
    let names = names_in("sqlite");
    assert!(!names.is_empty());
    assert_eq!(names, names_in("postgres"));
    for (name, number) in names.iter().zip(1..) {
        assert!(name.starts_with(&format!("{number:04}_")), "{name} is not number {number}");
    }
}

#[derive(QueryableByName, Debug)]
struct Object {
    #[diesel(sql_type = Text)]
    name: String,
}

fn sqlite_connection(place: &Place) -> SqliteConnection {
    SqliteConnection::establish(place.url.strip_prefix("sqlite:").unwrap()).unwrap()
}

/// What a database holds that is neither the engine's own nor the list of migrations.
const SQLITE_OBJECTS: &str = "SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite%' \
     AND name NOT LIKE '\\_\\_diesel%' ESCAPE '\\'";
/// An extension may be others' too, and stays.
const POSTGRES_OBJECTS: &str = "SELECT name FROM (\
     SELECT oid, relname::text AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace \
     UNION ALL SELECT oid, proname::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace \
     UNION ALL SELECT oid, typname::text FROM pg_type WHERE typnamespace = 'public'::regnamespace) AS every \
     WHERE name NOT LIKE '%\\_\\_diesel%' \
     AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = every.oid AND d.deptype = 'e') \
     AND name NOT IN ('_gtrgm')";

fn names<C>(conn: &mut C, query: &str) -> Vec<String>
where
    C: Connection + diesel::connection::LoadConnection,
    for<'q> diesel::query_builder::SqlQuery: diesel::query_dsl::LoadQuery<'q, C, Object>,
{
    diesel::sql_query(query).load::<Object>(conn).unwrap().into_iter().map(|object| object.name).collect()
}

#[test]
fn down_leaves_nothing_of_up() {
    let place = sqlite_place();
    place.open().close();
    let mut conn = sqlite_connection(&place);
    assert!(!names(&mut conn, SQLITE_OBJECTS).is_empty());
    conn.revert_all_migrations(SQLITE).unwrap();
    assert_eq!(names(&mut conn, SQLITE_OBJECTS), Vec::<String>::new());
    if let Some(place) = postgres_place() {
        place.open().close();
        on_postgres(&place.url, |conn| {
            assert!(!names(conn, POSTGRES_OBJECTS).is_empty());
            conn.revert_all_migrations(POSTGRES).unwrap();
            assert_eq!(names(conn, POSTGRES_OBJECTS), Vec::<String>::new());
        });
    }
}

#[test]
fn many_that_start_at_once_migrate_once() {
    const PROCESSES: usize = 8;
    for place in places() {
        let together = Arc::new(Barrier::new(PROCESSES));
        let starts: Vec<_> = (0..PROCESSES)
            .map(|number| {
                let (settings, together) = (place.settings(), Arc::clone(&together));
                thread::spawn(move || {
                    together.wait();
                    let store = Store::open(&settings)?;
                    let written = wait(store.write(adding(&format!("t{number}"))));
                    store.close();
                    written
                })
            })
            .collect();
        for start in starts {
            start.join().unwrap().unwrap();
        }
        assert_eq!(place.slugs().len(), PROCESSES);
    }
}

fn execute(place: &Place, statements: &str) {
    if place.is_postgres() {
        on_postgres(&place.url, |conn| conn.batch_execute(statements).unwrap());
    } else {
        sqlite_connection(place).batch_execute(statements).unwrap();
    }
}

/// Why a store does not open: one line.
fn refusal(settings: &Settings) -> String {
    match Store::open(settings) {
        Err(Error::Unavailable(unavailable)) => {
            assert_eq!(unavailable.cause.lines().count(), 1, "{}", unavailable.cause);
            unavailable.cause
        }
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("it opened"),
    }
}

#[test]
fn a_schema_of_a_newer_program_is_refused_and_left_alone() {
    for place in places() {
        place.open().close();
        execute(&place, "INSERT INTO __diesel_schema_migrations (version) VALUES ('9999')");
        for create in [true, false] {
            let refusal = refusal(&Settings { create, ..place.settings() });
            assert!(refusal.contains("9999") && refusal.contains("newer"), "{refusal}");
        }
        execute(&place, "DELETE FROM __diesel_schema_migrations WHERE version = '9999'");
        place.open().close();
    }
}

#[test]
fn without_leave_to_create_nothing_is_created() {
    for place in places() {
        let settings = Settings { create: false, ..place.settings() };
        let refused = refusal(&settings);
        if place.is_postgres() {
            assert!(refused.contains("migrate"), "{refused}");
            let tables = on_postgres(&place.url, |conn| {
                names(conn, "SELECT relname::text AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace")
            });
            assert_eq!(tables, Vec::<String>::new());
        } else {
            assert!(refused.contains("no database"), "{refused}");
            assert!(!Path::new(place.url.strip_prefix("sqlite:").unwrap()).exists());
        }
        place.open().close();
        let store = Store::open(&settings).unwrap();
        assert!(!wait(store.read_one(tenants::any)).unwrap());
        store.close();
    }
}

#[test]
fn a_schema_that_is_behind_is_refused_without_leave_to_change_it() {
    let place = sqlite_place();
    sqlite_connection(&place).setup().unwrap();
    let refusal = refusal(&Settings { create: false, ..place.settings() });
    assert!(refusal.contains("rollcall migrate"), "{refusal}");
}

#[test]
fn a_database_that_cannot_be_asked_is_not_taken_for_an_old_one() {
    let place = sqlite_place();
    std::fs::write(
        place.url.strip_prefix("sqlite:").unwrap(),
        "no database at all, but long enough to look like one ".repeat(9),
    )
    .unwrap();
    let refusal = refusal(&Settings { create: false, ..place.settings() });
    assert!(refusal.contains("not a database"), "{refusal}");
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

#[test]
fn every_sqlite_connection_keeps_its_word() {
    let place = sqlite_place();
    let store = place.open();
    let pragma = |name: &'static str, kind: &str| {
        let ask = move |tx: &mut crate::store::Tx<'_>| {
            let crate::store::conn::Conn::Sqlite(conn) = &mut *tx.conn else { panic!("not SQLite") };
            let query = format!("SELECT {name} AS number FROM pragma_{name}");
            Ok(diesel::sql_query(query).get_result::<Number>(conn)?.number)
        };
        match kind {
            "write" => wait(store.write(ask)).unwrap(),
            "read" => wait(store.read(ask)).unwrap(),
            _ => wait(store.scan(ask)).unwrap(),
        }
    };
    for kind in ["write", "read", "scan"] {
        assert_eq!(pragma("foreign_keys", kind), 1, "{kind}");
        assert_eq!(pragma("synchronous", kind), 2, "{kind}");
        assert_eq!(pragma("trusted_schema", kind), 0, "{kind}");
    }
    store.close();
}
