//! The index behind searches: filled for users from before it, made when it can be, and never ahead of the rows.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use serde_json::json;

use super::support::{on_postgres, places, postgres_place, run_on_postgres, sqlite_place, wait};
use crate::clock::Instant;
use crate::ids::{TenantId, UserId};
use crate::store::search_index::{self, State};
use crate::store::tenants::{self, Tenant};
use crate::store::users::{self, User};
use crate::store::{Store, Tx};

const NOW: Instant = Instant::from_micros(1_700_000_000_000_000);
const GOOD: State = State { indexed: true, complete: true };

fn user(number: u128) -> User {
    let document = json!({ "displayName": "Ann", "emails": [{ "value": "Ann@Example.org" }] });
    User {
        seq: 0,
        id: UserId::from(uuid::Uuid::from_u128(number)),
        user_name: format!("User {number}"),
        active: None,
        identity_source: "LOCAL".to_owned(),
        created_by: None,
        version: 1,
        document: document.as_object().unwrap().clone(),
        created: NOW,
        modified: NOW,
        email: None,
        source_active: true,
        status: "ACTIVE".to_owned(),
    }
}

fn add(store: &Store, numbers: std::ops::Range<u128>) {
    let tenant = Tenant::new(TenantId::from(uuid::Uuid::from_u128(1)), "t".to_owned(), NOW);
    wait(store.write(move |tx| {
        tenants::insert(tx, &tenant)?;
        numbers.clone().try_for_each(|number| users::insert(tx, &users::New::of(tenant.id, &user(number))?).map(|_| ()))
    }))
    .unwrap();
}

fn state(store: &Store) -> State {
    wait(store.read(search_index::state)).unwrap()
}

fn execute(store: &Store, statements: &'static str) {
    wait(store.write(move |tx| Ok(tx.conn.batch_execute(statements)?))).unwrap();
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Nullable<Text>)]
    search: Option<String>,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

#[test]
fn users_from_before_the_index_are_given_their_text_at_the_next_start() {
    for place in places() {
        let store = place.open();
        // More than one batch.
        add(&store, 10..1300);
        assert_eq!(state(&store), GOOD);
        execute(&store, "UPDATE users SET search = NULL");
        assert_eq!(state(&store), State { complete: false, ..GOOD });
        store.close();
        let store = place.open();
        assert_eq!(state(&store), GOOD);
        let texts = wait(store.read(|tx| {
            Ok(diesel::sql_query("SELECT DISTINCT substr(search, 8) AS search FROM users WHERE seq < 900")
                .load::<Row>(tx.conn)?)
        }))
        .unwrap();
        let texts: Vec<_> = texts.into_iter().map(|row| row.search.unwrap()).collect();
        assert!(texts.contains(&"\u{1e}ann\u{1d}ann@example.org\u{1f}".to_owned()), "{texts:?}");
        store.close();
    }
}

#[test]
fn without_the_extension_the_store_works_and_says_so() {
    let Some(place) = postgres_place() else { return };
    place.open().close();
    run_on_postgres(&place.url, "DROP EXTENSION pg_trgm CASCADE");
    let settings = crate::store::Settings { create: false, ..place.settings() };
    let store = Store::open(&settings).unwrap();
    assert_eq!(state(&store), State { indexed: false, ..GOOD });
    store.close();
    // Something of that name is in the way, as good as a role that may not.
    run_on_postgres(&place.url, "CREATE TYPE gtrgm AS (a int)");
    let store = place.open();
    assert_eq!(state(&store), State { indexed: false, ..GOOD });
    add(&store, 1..3);
    store.close();
    run_on_postgres(&place.url, "DROP TYPE gtrgm");
    let store = place.open();
    assert_eq!(state(&store), GOOD);
    store.close();
    let plan = on_postgres(&place.url, |conn| {
        conn.batch_execute("SET enable_seqscan = off").unwrap();
        let query = "EXPLAIN (FORMAT TEXT) SELECT seq FROM users WHERE search LIKE '%ann%\u{1e}%'";
        diesel::sql_query(query).load::<Plan>(conn).unwrap()
    });
    assert!(plan.iter().any(|line| line.plan.contains("users_search")));
}

#[derive(QueryableByName)]
struct Plan {
    #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
    plan: String,
}

fn number(tx: &mut Tx<'_>, query: &str) -> crate::error::Result<i64> {
    Ok(diesel::sql_query(query).get_result::<Number>(tx.conn)?.number)
}

#[test]
fn sqlite_takes_texts_in_by_hundreds_and_writes_go_on_when_it_cannot() {
    let place = sqlite_place();
    let store = place.open();
    let waiting = || wait(store.read(|tx| number(tx, "SELECT count(*) AS number FROM search_pending"))).unwrap();
    let indexed =
        || {
            wait(store.read(|tx| {
                number(tx, "SELECT count(*) AS number FROM user_search WHERE user_search MATCH '\"ann\" *'")
            }))
            .unwrap()
        };
    add(&store, 10..30);
    assert_eq!((waiting(), indexed()), (0, 20));
    wait(store.write(|tx| {
        users::insert(tx, &users::New::of(TenantId::from(uuid::Uuid::from_u128(1)), &user(30))?).map(|_| ())
    }))
    .unwrap();
    assert_eq!((waiting(), indexed()), (1, 20));
    for _ in 0..600 {
        wait(store.write(|_| Ok(()))).unwrap();
    }
    assert_eq!((waiting(), indexed()), (0, 21));
    // The index in ruins.
    execute(&store, "DROP TABLE user_search; DELETE FROM users WHERE user_name = 'User 10'");
    for _ in 0..600 {
        wait(store.write(|_| Ok(()))).unwrap();
    }
    assert_eq!(waiting(), 1);
    store.close();
}
