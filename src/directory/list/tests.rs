//! Walks from place to place hold what stands there all the time, once and in order, whoever decides.

use std::collections::BTreeSet;

use proptest::prelude::*;
use scim_core::evaluate::{Leniency, Unknown, compile, sort};
use scim_core::schema::{TypeIndex, builtin};
use scim_filter_parser::{Dialect, parse_attribute_path, parse_filter};
use serde_json::json;

use super::*;
use crate::error::Error;
use crate::store::Settings;

/// Items by number, each with a name; the tests' stand-in for rows.
#[derive(Clone, Debug)]
struct Rows(Vec<(i64, String)>);

impl Source for Rows {
    type Item = String;
    type Column = ();

    fn ability(&self, _: Option<&Condition>) -> Ability {
        Ability { exact: true, indexed: true }
    }

    fn column(&self, _: &SortKey) -> Option<()> {
        Some(())
    }

    fn count(&self, _: &mut Tx<'_>, _: Option<&Condition>) -> Result<i64> {
        Ok(i64::try_from(self.0.len()).unwrap())
    }

    fn page(
        &self,
        _: &mut Tx<'_>,
        _: Option<&Condition>,
        order: Option<((), Order)>,
        start: places::Start,
        limit: i64,
    ) -> Result<Vec<i64>> {
        let key = |(seq, name): &(i64, String)| (order.map(|_| name.clone()), *seq);
        let falling = matches!(order, Some(((), Order::Descending)));
        let compare = |left: &(Option<String>, i64), right: &(Option<String>, i64)| {
            let names = left.0.cmp(&right.0);
            (if falling { names.reverse() } else { names }).then(left.1.cmp(&right.1))
        };
        let mut rows: Vec<_> = self.0.iter().map(key).collect();
        rows.sort_by(compare);
        let at = |place: &places::Place| match &place.key {
            Some(places::Key::Text(name)) => (Some(name.clone()), place.seq),
            _ => (None, place.seq),
        };
        let chosen: Vec<_> = match start {
            places::Start::Offset(offset) => rows.into_iter().skip(usize::try_from(offset).unwrap()).collect(),
            places::Start::After(place) => rows.into_iter().filter(|row| compare(row, &at(&place)).is_gt()).collect(),
            places::Start::Before(place) => {
                rows.into_iter().filter(|row| compare(row, &at(&place)).is_lt()).rev().collect()
            }
        };
        Ok(chosen.into_iter().map(|(_, seq)| seq).take(usize::try_from(limit).unwrap()).collect())
    }

    fn slice(
        &self,
        tx: &mut Tx<'_>,
        _: &Query<String>,
        start: places::Start,
        limit: i64,
    ) -> Result<Vec<(i64, String)>> {
        // Slices of three, so that there are several.
        let seqs = self.page(tx, None, None, start, limit.min(3))?;
        Ok(seqs.iter().map(|seq| (*seq, self.name(*seq))).collect())
    }

    fn load(&self, _: &mut Tx<'_>, seqs: &[i64]) -> Result<Vec<String>> {
        Ok(seqs.iter().map(|seq| self.name(*seq)).collect())
    }
}

impl Rows {
    fn name(&self, number: i64) -> String {
        self.0.iter().find(|(seq, _)| *seq == number).unwrap().1.clone()
    }
}

fn users() -> Arc<TypeIndex> {
    builtin::registry().index("User").unwrap()
}

fn dialect() -> Dialect<'static> {
    Dialect { urns: &[], lenient: false }
}

fn sorted_by_name(order: Order) -> Option<(SortKey, Order)> {
    let path = parse_attribute_path("userName", &dialect()).unwrap();
    Some((sort::compile(&users(), &path).unwrap(), order))
}

fn condition(filter: &str) -> Option<Condition> {
    let filter = parse_filter(filter, &dialect()).unwrap();
    Some(compile(&users(), &filter, Leniency { coerce_booleans: false }, Unknown::Refuse).unwrap())
}

fn query(start: Start, count: u64) -> Query<String> {
    let view = |name: &String| json!({ "userName": name }).as_object().unwrap().clone();
    Query { condition: None, sort: None, start, count, view: Arc::new(view) }
}

/// Who answers a page.
type Way = fn(&mut Tx<'_>, &Rows, &Query<String>) -> Result<Page<String>>;

fn by_database(tx: &mut Tx<'_>, rows: &Rows, query: &Query<String>) -> Result<Page<String>> {
    database::page(tx, rows, query, query.sort.as_ref().map(|(_, order)| ((), *order)))
}

fn by_sorting(tx: &mut Tx<'_>, rows: &Rows, query: &Query<String>) -> Result<Page<String>> {
    memory::sorted(tx, rows, query, TIME)
}

fn by_walking(tx: &mut Tx<'_>, rows: &Rows, query: &Query<String>) -> Result<Page<String>> {
    memory::walk(tx, rows, query, TIME)
}

/// Without any time, so that each page ends after one slice.
fn by_hasty_walking(tx: &mut Tx<'_>, rows: &Rows, query: &Query<String>) -> Result<Page<String>> {
    memory::walk(tx, rows, query, Duration::ZERO)
}

/// Runs `work` in a transaction of a store that nothing else uses.
fn in_store<R: Send + 'static>(work: impl Fn(&mut Tx<'_>) -> Result<R> + Send + 'static) -> Result<R> {
    let place = tempfile::tempdir().unwrap();
    let database_url = format!("sqlite:{}", place.path().join("list.db").display());
    let store = Store::open(&Settings { database_url, pg_pool: 1, create: true }).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let result = runtime.block_on(store.read(work));
    store.close();
    result
}

/// All names from a start on, page by page; before each page `change` may alter the rows.
fn follow(
    tx: &mut Tx<'_>,
    way: Way,
    rows: &mut Rows,
    asked: &Query<String>,
    mut change: impl FnMut(&mut Rows),
) -> Result<Vec<Vec<String>>> {
    let (mut pages, mut asked) = (Vec::new(), asked.clone());
    loop {
        let page = way(tx, rows, &asked)?;
        assert!(page.items.len() as u64 <= asked.count);
        let backwards = matches!(asked.start, Start::Before(_));
        let on = if backwards { page.previous.map(Start::Before) } else { page.next.map(Start::After) };
        pages.push(page.items);
        assert!(pages.len() < 1000, "no end");
        match on {
            Some(start) => asked.start = start,
            None => return Ok(pages),
        }
        change(rows);
    }
}

/// Every way with every order that it knows.
fn ways() -> Vec<(Way, Option<(SortKey, Order)>)> {
    let orders = || [None, sorted_by_name(Order::Ascending), sorted_by_name(Order::Descending)];
    let all = [by_database as Way, by_sorting as Way];
    let mut ways: Vec<_> = all.into_iter().flat_map(|way| orders().map(|sort| (way, sort))).collect();
    ways.extend([(by_walking as Way, None), (by_hasty_walking as Way, None)]);
    ways
}

fn expected(rows: &Rows, sort: Option<&(SortKey, Order)>) -> Vec<String> {
    let mut rows = rows.0.clone();
    rows.sort_by_key(|(seq, _)| *seq);
    match sort {
        Some((_, Order::Ascending)) => rows.sort_by(|left, right| left.1.cmp(&right.1)),
        Some((_, Order::Descending)) => rows.sort_by(|left, right| right.1.cmp(&left.1)),
        None => {}
    }
    rows.into_iter().map(|(_, name)| name).collect()
}

fn names(rows: &Rows) -> BTreeSet<String> {
    rows.0.iter().map(|(_, name)| name.clone()).collect()
}

fn some_rows(count: usize) -> Rows {
    // Two of each name, made in an order that is not theirs.
    Rows((0..count).map(|at| (i64::try_from(at + 1).unwrap(), format!("n{}", (at * 7) % count / 2))).collect())
}

#[test]
fn every_way_walks_the_list_and_back() {
    in_store(|tx| {
        for (size, count) in [(0, 2), (1, 2), (2, 2), (9, 2), (9, 3), (9, 9), (9, 20), (7, 1)] {
            for (at, (way, sort)) in ways().into_iter().enumerate() {
                let mut rows = some_rows(size);
                let all = expected(&rows, sort.as_ref());
                let asked = Query { sort: sort.clone(), ..query(Start::Beginning, count) };
                let pages = follow(tx, way, &mut rows, &asked, |_| ())?;
                assert_eq!(pages.concat(), all, "way {at}, {size} by {count}");
                let Some((first, last)) = ends(&rows, sort.as_ref()) else { continue };
                // Behind the last one is nothing, and from there everything lies in front; and the other way round.
                let empty = way(tx, &rows, &Query { start: Start::After(last), ..asked.clone() })?;
                assert_eq!((empty.items.len(), empty.next), (0, None));
                let start = Start::Before(empty.previous.unwrap());
                let back = follow(tx, way, &mut rows, &Query { start, ..asked.clone() }, |_| ())?;
                let back: Vec<_> = back.into_iter().rev().collect();
                assert_eq!(back.concat(), all, "way {at}, {size} back by {count}");
                let empty = way(tx, &rows, &Query { start: Start::Before(first), ..asked.clone() })?;
                assert_eq!((empty.items.len(), empty.previous), (0, None));
                let start = Start::After(empty.next.unwrap());
                let pages = follow(tx, way, &mut rows, &Query { start, ..asked }, |_| ())?;
                assert_eq!(pages.concat(), all, "way {at}, {size} again by {count}");
            }
        }
        Ok(())
    })
    .unwrap();
}

/// The places of the first and the last row.
fn ends(rows: &Rows, sort: Option<&(SortKey, Order)>) -> Option<(Place, Place)> {
    let all = expected(rows, sort);
    let seqs = |name: &String| rows.0.iter().filter(|row| row.1 == *name).map(|row| row.0).collect::<Vec<_>>();
    let place = |name: &String, number| Place { key: sort.map(|_| SortValue::Text(name.clone())), number };
    let (first, last) = all.first().zip(all.last())?;
    let every = || rows.0.iter().map(|row| row.0).collect::<Vec<_>>();
    let (firsts, lasts) = if sort.is_some() { (seqs(first), seqs(last)) } else { (every(), every()) };
    Some((place(first, *firsts.iter().min()?), place(last, *lasts.iter().max()?)))
}

#[test]
fn no_page_but_the_last_lacks_a_next_and_none_but_the_first_a_previous() {
    in_store(|tx| {
        for (way, sort) in ways().into_iter().filter(|(way, _)| !std::ptr::fn_addr_eq(*way, by_hasty_walking as Way)) {
            let rows = some_rows(6);
            let asked = Query { sort, ..query(Start::Beginning, 3) };
            let first = way(tx, &rows, &asked)?;
            assert_eq!((first.items.len(), first.total, first.previous.clone()), (3, Some(6), None));
            let second = way(tx, &rows, &Query { start: Start::After(first.next.unwrap()), ..asked.clone() })?;
            assert_eq!((second.items.len(), second.next), (3, None));
            let again = way(tx, &rows, &Query { start: Start::Before(second.previous.unwrap()), ..asked.clone() })?;
            assert_eq!((again.items, again.previous, again.next.is_some()), (first.items, None, true));
            let none = way(tx, &rows, &Query { count: 0, ..asked })?;
            assert_eq!((none.items.len(), none.total, none.next, none.previous), (0, Some(6), None, None));
        }
        Ok(())
    })
    .unwrap();
}

#[test]
fn a_walk_without_time_ends_its_pages_early_and_loses_nothing() {
    in_store(|tx| {
        let mut rows = some_rows(10);
        let asked = Query { condition: condition("userName eq \"n0\""), ..query(Start::Beginning, 5) };
        let pages = follow(tx, by_hasty_walking, &mut rows, &asked, |_| ())?;
        assert!(pages.len() > 2 && pages.iter().any(Vec::is_empty), "{pages:?}");
        assert_eq!(pages.concat(), ["n0", "n0"]);
        let first = by_hasty_walking(tx, &rows, &asked)?;
        assert_eq!((first.total, first.next.is_some()), (None, true));
        assert_eq!(by_walking(tx, &rows, &asked)?.total, Some(2));
        let none = by_hasty_walking(tx, &rows, &Query { count: 0, ..asked.clone() });
        assert!(matches!(none, Err(Error::TooMany(_))), "{none:?}");
        let sorted = memory::sorted(tx, &rows, &asked, Duration::ZERO);
        assert!(matches!(sorted, Err(Error::TooMany(_))), "{sorted:?}");
        Ok(())
    })
    .unwrap();
}

#[test]
fn long_texts_are_sorted_by_their_beginning_so_that_places_stay_short() {
    let long = "x".repeat(600);
    let asked = Query { sort: sorted_by_name(Order::Ascending), ..query(Start::Beginning, 1) };
    let key = key_of(&asked, json!({ "userName": long }).as_object().unwrap());
    assert_eq!(key, Some(SortValue::Text("x".repeat(512))));
}

/// What happens between two pages.
#[derive(Clone, Debug)]
enum Change {
    Make(u8),
    Delete(u8),
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let one = prop_oneof![any::<u8>().prop_map(Change::Make), any::<u8>().prop_map(Change::Delete)];
    proptest::collection::vec(one, 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn what_stands_there_all_the_time_comes_once_and_nothing_twice(
        size in 0..12_usize, count in 1..5_u64, changes in changes(),
    ) {
        let outcome = in_store(move |tx| {
            for (way, sort) in ways() {
                // Names of their own, so that each can be told from the others.
                let start = (1..=size).map(|at| (i64::try_from(at).unwrap(), format!("m{:03}", at * 37 % 101)));
                let mut rows = Rows(start.collect());
                let (mut standing, mut next) = (names(&rows), i64::try_from(size).unwrap());
                let mut left = changes.clone();
                let asked = Query { sort, ..query(Start::Beginning, count) };
                let pages = follow(tx, way, &mut rows, &asked, |rows| {
                    for change in left.drain(..left.len().min(3)) {
                        match change {
                            Change::Make(byte) => {
                                next += 1;
                                rows.0.push((next, format!("m{byte:03}-{next}")));
                            }
                            Change::Delete(byte) if !rows.0.is_empty() => {
                                let (_, name) = rows.0.remove(usize::from(byte) % rows.0.len());
                                standing.remove(&name);
                            }
                            Change::Delete(_) => {}
                        }
                    }
                })?;
                let seen = pages.concat();
                let each: BTreeSet<String> = seen.iter().cloned().collect();
                assert_eq!(each.len(), seen.len(), "something came twice: {seen:?}");
                assert!(standing.is_subset(&each), "something is missing: {seen:?}");
            }
            Ok(())
        });
        outcome.unwrap();
    }
}
