//! Runs of characters that most texts hold: found in a sample, found anew, left out of searches, and without a say in the answer.

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Nullable, Text};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::plans::compiled;
use super::support::{Place, places, postgres_place, sqlite_place, wait};
use crate::clock::Instant;
use crate::ids::{TenantId, UserId};
use crate::store::places::Start;
use crate::store::search::{RAREST, RAREST_OF_ARRAYS, grams, words};
use crate::store::users::{self, User, Viewer};
use crate::store::{Store, Tx, tenants};

const NOW: Instant = Instant::from_micros(1_700_000_000_000_000);

fn tenant() -> TenantId {
    TenantId::from(Uuid::from_u128(1))
}

/// A user like all others but for the number, and the domain of every fortieth.
fn person(number: i64, domain: &str) -> Map<String, Value> {
    let domain = if number % 40 == 7 { "labs.corp.example" } else { domain };
    let email = format!("first{number:07}.last@{domain}");
    let person = json!({
        "userName": format!("person{number:07}@{domain}"),
        "displayName": format!("First{number:07} Last{number:07}"),
        "emails": [{ "value": email }],
    });
    person.as_object().unwrap().clone()
}

/// Adds people to a tenant that is there; their numbers become their seqs.
fn add(store: &Store, numbers: std::ops::Range<i64>, domain: &'static str) {
    wait(store.write(move |tx| {
        numbers.clone().try_for_each(|number| {
            let document = person(number, domain);
            let user = User {
                seq: 0,
                id: UserId::from(Uuid::from_u128(number.unsigned_abs().into())),
                user_name: document["userName"].as_str().unwrap().to_owned(),
                active: None,
                identity_source: "LOCAL".to_owned(),
                created_by: None,
                version: 1,
                document,
                created: NOW,
                modified: NOW,
                email: None,
                source_active: true,
                status: "ACTIVE".to_owned(),
            };
            users::insert(tx, &users::New::of(tenant(), &user)?).map(|seq| assert_eq!(seq, number))
        })
    }))
    .unwrap();
}

fn open_with_tenant(place: &Place) -> Store {
    let store = place.open();
    let tenant = tenants::Tenant::new(tenant(), "t".to_owned(), NOW);
    wait(store.write(move |tx| tenants::insert(tx, &tenant))).unwrap();
    store
}

/// So many groups of writes.
fn write_on(store: &Store, groups: usize) {
    (0..groups).for_each(|_| wait(store.write(|_| Ok(()))).unwrap());
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = Nullable<BigInt>)]
    number: Option<i64>,
}

fn number(store: &Store, query: &'static str) -> Option<i64> {
    let ask = move |tx: &mut Tx<'_>| Ok(diesel::sql_query(query).get_result::<Number>(tx.conn)?.number);
    wait(store.read(ask)).unwrap()
}

fn sampled(store: &Store) -> Option<i64> {
    number(store, "SELECT max(last_seq) AS number FROM search_sample")
}

#[derive(QueryableByName)]
struct Chosen {
    #[diesel(sql_type = Text)]
    chosen: String,
}

/// What FTS5 is asked for.
fn chosen(store: &Store, text: &'static str) -> Vec<String> {
    let query = format!("SELECT ({RAREST}) AS chosen");
    let ask = move |tx: &mut Tx<'_>| {
        let query = diesel::sql_query(&query).bind::<Text, _>(grams(text));
        Ok(query.get_result::<Chosen>(tx.conn)?.chosen)
    };
    wait(store.read(ask)).unwrap().split(' ').map(str::to_owned).collect()
}

/// In how many of ten thousand texts a run is, if that is known to be many.
fn share(store: &Store, gram: &'static str) -> Option<i64> {
    wait(store.read(move |tx| {
        let query = "SELECT CAST(max(share) AS bigint) AS number FROM search_common WHERE gram = ";
        let query = diesel::sql_query(format!("{query}'{gram}'"));
        Ok(query.get_result::<Number>(tx.conn)?.number)
    }))
    .unwrap()
}

#[test]
fn a_search_asks_for_rare_runs_once_a_sample_was_taken() {
    const EMAIL: &str = "0001234.last@mail.corp.example\u{1f}";
    let place = sqlite_place();
    let store = open_with_tenant(&place);
    add(&store, 1..1000, "mail.corp.example");
    write_on(&store, 600);
    // Too few users to care: those that have no character in common.
    assert_eq!(sampled(&store), None);
    assert_eq!(chosen(&store, EMAIL), ["\"00012\"", "\"34\u{ae}la\"", "\"st\u{c0}ma\"", "\"il\u{ae}co\""]);
    add(&store, 1000..1501, "mail.corp.example");
    write_on(&store, 600);
    assert_eq!(sampled(&store), Some(1500));
    let others = share(&store, "il\u{ae}co").unwrap();
    assert!((9730..=9770).contains(&others), "{others}");
    let labs = share(&store, "\u{c0}labs").unwrap();
    assert!((230..=270).contains(&labs), "{labs}");
    // In one text of 1500 each.
    assert_eq!((share(&store, "1234\u{ae}"), share(&store, "01234")), (None, None));
    // The rare ones.
    assert_eq!(chosen(&store, EMAIL), ["\"01234\"", "\"1234\u{ae}\"", "\"234\u{ae}l\"", "\"00123\""]);
    // All are common.
    assert_eq!(chosen(&store, "mail.corp.example").len(), 4);
    // What FTS5 takes for its own has other signs.
    assert_eq!(chosen(&store, "q\"q xy*"), ["\"q\u{a2}q\u{a0}x\"", "\"\u{a2}q\u{a0}xy\"", "\"q\u{a0}xy\u{aa}\""]);
    // The beginning of words.
    assert_eq!(chosen(&store, "cor"), ["\"cor\"", "*"]);
    store.close();
}

#[derive(QueryableByName)]
struct Asked {
    #[diesel(sql_type = Nullable<Text>)]
    asked: Option<String>,
}

/// What pg_trgm is asked for.
fn asked(store: &Store, text: &'static str) -> Option<String> {
    let query =
        format!("SELECT ({}) AS asked", RAREST_OF_ARRAYS.join("?").replacen('?', "$1", 1).replacen('?', "$2", 1));
    let ask = move |tx: &mut Tx<'_>| {
        let crate::store::conn::Conn::Pg(pg) = &mut *tx.conn else { panic!("not PostgreSQL") };
        let (places, texts) = words(text);
        let query = diesel::sql_query(&query).bind::<Array<Integer>, _>(places).bind::<Array<Text>, _>(texts);
        Ok(query.get_result::<Asked>(pg)?.asked)
    };
    wait(store.read(ask)).unwrap()
}

#[test]
fn postgres_is_asked_for_runs_of_rare_trigrams() {
    let Some(place) = postgres_place() else { return };
    let store = open_with_tenant(&place);
    assert_eq!(asked(&store, "0001234.last@mail").as_deref(), Some("%0001234%last%mail%"));
    assert_eq!(asked(&store, "a.b").as_deref(), None);
    assert_eq!(asked(&store, "abc").as_deref(), Some("%abc%"));
    add(&store, 1..1500, "mail.corp.example");
    write_on(&store, 600);
    assert_eq!(sampled(&store), Some(1499));
    assert_eq!(asked(&store, "0001234.last@mail.corp.example").as_deref(), Some("%001234%mai%"));
    assert_eq!(asked(&store, "1qx7.last@zzqorp").as_deref(), Some("%1qx7%zzqor%"));
    assert_eq!(asked(&store, "corp").as_deref(), Some("%corp%"));
    store.close();
}

#[test]
fn a_sample_is_taken_anew_when_there_are_twice_as_many_users() {
    places().iter().for_each(assert_taken_anew);
}

fn assert_taken_anew(place: &Place) {
    let store = open_with_tenant(place);
    // Both engines know something of it: words of five characters, trigrams.
    let (domain, company) = if place.is_postgres() { ("zzc", "cor") } else { ("zzcor", "corp\u{ae}") };
    let share = |store: &Store| share(store, domain);
    add(&store, 1..1101, "mail.corp.example");
    write_on(&store, 600);
    assert_eq!((sampled(&store), share(&store)), (Some(1100), None));
    add(&store, 1101..2200, "zzcorp.example");
    write_on(&store, 600);
    assert_eq!((sampled(&store), share(&store)), (Some(1100), None));
    store.close();
    // A program that ends in between begins again.
    let store = place.open();
    add(&store, 2200..2201, "zzcorp.example");
    store.close();
    let store = place.open();
    assert_eq!(sampled(&store), Some(1100));
    write_on(&store, 16);
    assert_eq!(sampled(&store), Some(2200));
    assert!((4500..5000).contains(&share(&store).unwrap()), "{:?}", share(&store));
    // Users that are gone are not looked at, nor for others in their place.
    wait(store.write(|tx| {
        diesel::sql_query("UPDATE users SET search = NULL, deleted = created WHERE seq % 2 = 0").execute(tx.conn)?;
        diesel::sql_query("DELETE FROM search_sample").execute(tx.conn)?;
        Ok(())
    }))
    .unwrap();
    write_on(&store, 600);
    assert_eq!(sampled(&store), Some(2200));
    assert_eq!(super::search_common::share(&store, company), Some(10_000));
    store.close();
}

#[test]
fn writes_go_on_when_no_sample_can_be_taken() {
    for place in places() {
        let store = open_with_tenant(&place);
        wait(store.write(|tx| Ok(diesel::sql_query("DROP TABLE search_sample").execute(tx.conn)?))).unwrap();
        add(&store, 1..1101, "mail.corp.example");
        write_on(&store, 600);
        assert_eq!(number(&store, "SELECT count(*) AS number FROM users"), Some(1100));
        assert_eq!(number(&store, "SELECT count(*) AS number FROM search_common"), Some(0));
        if !place.is_postgres() {
            assert_eq!(number(&store, "SELECT count(*) AS number FROM search_pending"), Some(0));
        }
        store.close();
    }
}

const FILTERS: &[&str] = &[
    "emails.value ew \"0001207.last@mail.corp.example\"",
    "emails.value ew \"0001207.last@labs.corp.example\"",
    "emails.value ew \"1234.last@zzcorp.example\"",
    "emails.value co \"labs\"",
    "emails.value co \"mail.corp\"",
    "emails.value ew \"last@mail.corp.exampl\"",
    "emails.value co \"zzcorp\"",
    "displayName co \"st0000042 L\"",
    "displayName ew \"42\"",
    "displayName ew \"042\"",
    "displayName co \"Last\"",
    "userName co \"0101@\"",
    "userName co \"person\"",
    "userName ew \"@zzcorp.example\"",
    "userName co \"nobody\" or displayName co \"0777\"",
    "not (emails.value co \"mail.corp\") and userName co \"00011\"",
];

/// Asserts what each filter finds.
fn assert_answers(store: &Store, people: &[(i64, Map<String, Value>)], when: &str) {
    let viewer = Viewer { tenant: tenant(), connection: None, own_only: false };
    for filter in FILTERS {
        let condition = compiled("User", filter);
        let holds = people.iter().filter(|(_, person)| condition.matches(person));
        let wanted: Vec<i64> = holds.map(|(seq, _)| *seq).collect();
        let found = wait(store.read(move |tx| {
            let prepared = users::prepare(Some(&condition), viewer);
            let (order, start) = (users::Order::Creation, Start::Offset(0));
            users::page(tx, viewer, prepared, &users::Window { order, descending: false, start, limit: 9999 })
        }));
        assert_eq!(found.unwrap(), wanted, "{filter}, {when}");
    }
}

#[test]
fn answers_are_the_same_whatever_is_known_to_be_common() {
    for place in places() {
        let store = open_with_tenant(&place);
        let mut people: Vec<(i64, Map<String, Value>)> = Vec::new();
        let mut add = |numbers: std::ops::Range<i64>, domain: &'static str| {
            add(&store, numbers.clone(), domain);
            people.extend(numbers.map(|number| (number, person(number, domain))));
            people.clone()
        };
        let few = add(1..900, "mail.corp.example");
        assert_answers(&store, &few, "nothing sampled");
        let all = add(900..1300, "mail.corp.example");
        write_on(&store, 600);
        assert_answers(&store, &all, "a sample taken");
        let all = add(1300..2000, "zzcorp.example");
        assert_answers(&store, &all, "more users than were sampled");
        assert_eq!(sampled(&store), Some(1299));
        let first = if place.is_postgres() { "ascii" } else { "unicode" };
        let nonsense = format!("UPDATE search_common SET share = ({first}(gram) * 371) % 10000");
        wait(store.write(move |tx| Ok(diesel::sql_query(&nonsense).execute(tx.conn)?))).unwrap();
        assert_answers(&store, &all, "nonsense known");
        store.close();
    }
}
