//! Sorting (RFC 7644 section 3.4.2.3).

use super::{implied, may, must, needing, same, shall, skip};
use crate::cases::context::ENTERPRISE;
use crate::cases::{Case, Context, Outcome, Profile, Resource, ensure};
use crate::client::{Answer, encode};
use serde_json::{Value, json};

const SORTING: &str = "RFC 7644 3.4.2.3";

const fn rule(case: Case) -> Case {
    needing("/sort/supported", case)
}

/// The case's users come in this order.
fn sorted(cx: &Context, query: &str, wanted: &[&Resource]) -> Outcome {
    let mine = encode(&format!("userName co \"{}\"", cx.tag()));
    let answer = cx.get(&format!("/Users?filter={mine}&{query}"));
    answer.list(wanted.len())?;
    let wanted: Vec<&str> = wanted.iter().map(|user| user.id.as_str()).collect();
    ensure(answer.column("/id") == wanted, &answer, format!("this order for {query}: {wanted:?}"))
}

/// Both orders of these users, given in ascending order.
fn both_ways(cx: &Context, by: &str, ascending: &[&Resource]) -> Outcome {
    let descending: Vec<&Resource> = ascending.iter().rev().copied().collect();
    sorted(cx, &format!("sortBy={by}"), ascending)?;
    sorted(cx, &format!("sortBy={by}&sortOrder=descending"), &descending)
}

fn by_primary(cx: &Context) -> Outcome {
    let user = |stem: &str, emails: Value| cx.user_with(stem, json!({"emails": emails}));
    let last = user("x", json!([{"value": "a@example.org"}, {"value": "z@example.org", "primary": true}]))?;
    let first = user("y", json!([{"value": "b@example.org"}, {"value": "c@example.org"}]))?;
    both_ways(cx, "emails", &[&first, &last])?;
    both_ways(cx, "emails.value", &[&first, &last])
}

fn by_type(cx: &Context) -> Outcome {
    let user =
        |stem: &str, title: &str, external: &str| cx.user_with(stem, json!({"title": title, "externalId": external}));
    let (a, b, c) = (user("one", "alpha", "b")?, user("two", "Beta", "B")?, user("three", "\u{e9}psilon", "a")?);
    sorted(cx, "sortBy=title&count=3", &[&a, &b, &c])?;
    both_ways(cx, "externalId", &[&b, &c, &a])?;
    let times =
        cx.get(&format!("/Users?filter={}&sortBy=meta.created", encode(&format!("userName co \"{}\"", cx.tag()))));
    let created = times.list(3)?.column("/meta/created");
    ensure(created.is_sorted() && created.len() == 3, &times, "the oldest first")
}

fn stable_ties(cx: &Context) -> Outcome {
    let mut seen = Vec::new();
    for number in 0..7 {
        cx.user_with(&format!("tie{number}"), json!({"title": "Same"}))?;
    }
    let mine = encode(&format!("userName co \"{}\"", cx.tag()));
    for start in [1, 3, 5, 7] {
        let answer = cx.get(&format!("/Users?filter={mine}&sortBy=title&startIndex={start}&count=2"));
        seen.extend(answer.is_list()?.column("/id").into_iter().map(str::to_owned));
    }
    let whole = cx.get(&format!("/Users?filter={mine}&sortBy=title&count=7"));
    ensure(whole.list(7)?.column("/id") == seen, &whole, "the same order by pages as in one answer")
}

/// By the letter it is the client's duty to name an order that there is.
fn refused_or_ignored(cx: &Context, answer: &Answer, scim_type: &str) -> Outcome {
    match (cx.profile(), answer.status) {
        (Profile::Rfc, 200) => answer.is_list().map(drop),
        _ => answer.error(400, scim_type),
    }
}

pub(super) const CASES: &[Case] = &[
    may(SORTING, "7644-3.4.2.3-01", "ServiceProviderConfig says whether lists are sorted", |cx| {
        let answer = cx.get("/ServiceProviderConfig");
        match answer.status(200)?.at("/sort/supported").as_bool() {
            Some(true) => cx.get("/Users?sortBy=userName&count=1").is_list().map(drop),
            Some(false) => skip("the server sorts nothing"),
            None => ensure(false, &answer, "sort.supported as a boolean"),
        }
    }),
    rule(shall(SORTING, "7644-3.4.2.3-02", "sortBy orders the list", |cx| {
        let (c, a, b) = (cx.user("c")?, cx.user("a")?, cx.user("b")?);
        sorted(cx, "sortBy=userName", &[&a, &b, &c])
    })),
    rule(implied(SORTING, "7644-3.4.2.3-03", "a list of values sorts by its primary, else its first", by_primary)),
    rule(must(SORTING, "7644-3.4.2.3-04", "a complex attribute sorts by a part of it", |cx| {
        let user = |stem: &str, name: &str| cx.user_with(stem, json!({"name": {"givenName": name}}));
        let (second, first) = (user("one", "Zoe")?, user("two", "Adam")?);
        both_ways(cx, "name.givenName", &[&first, &second])?;
        refused_or_ignored(cx, &cx.get("/Users?sortBy=name"), "")
    })),
    rule(implied(SORTING, "7644-3.4.2.3-05", "what has no value comes last, or first when descending", |cx| {
        let (none, b) = (cx.user("none")?, cx.user_with("b", json!({"title": "b"}))?);
        let a = cx.user_with("a", json!({"title": "a"}))?;
        both_ways(cx, "title", &[&a, &b, &none])
    })),
    rule(shall(SORTING, "7644-3.4.2.3-06", "the order is ascending unless it says descending", |cx| {
        let (b, a) = (cx.user("b")?, cx.user("a")?);
        sorted(cx, "sortBy=userName", &[&a, &b])?;
        sorted(cx, "sortBy=userName&sortOrder=ascending", &[&a, &b])?;
        sorted(cx, "sortBy=userName&sortOrder=descending", &[&b, &a])?;
        refused_or_ignored(cx, &cx.get("/Users?sortBy=userName&sortOrder=up"), "invalidValue")
    })),
    rule(must(SORTING, "7644-3.4.2.3-07", "the order follows the type and its case rule", by_type)),
    rule(implied(SORTING, "7644-3.4.2.3-08", "equal keys keep one order over pages", stable_ties)),
    rule(implied(SORTING, "7644-3.4.2.3-09", "a name with its schema sorts", |cx| {
        let by = |stem: &str, value: &str| cx.user_with(stem, json!({ENTERPRISE: {"department": value}}));
        let (second, first) = (by("one", "z")?, by("two", "y")?);
        both_ways(cx, &encode(&format!("{ENTERPRISE}:department")), &[&first, &second])?;
        same(cx, &["rule-sort-qualified"])
    })),
    implied(SORTING, "7644-3.4.2.3-10", "sortOrder alone is ignored", |cx| {
        cx.get("/Users?sortOrder=descending&count=1").is_list().map(drop)
    }),
];
