//! Pages by index, and the projection of lists (RFC 7644 sections 3.4.2.4 and 3.4.2.5).

use super::{implied, must, must_not, shall};
use crate::cases::context::ENTERPRISE;
use crate::cases::{Case, Context, Outcome, Problem, Profile, ensure};
use crate::client::encode;
use serde_json::json;
use std::collections::BTreeSet;

const PAGES: &str = "RFC 7644 3.4.2.4";
const PROJECTION: &str = "RFC 7644 3.4.2.5";

/// Five users and the query that lists exactly them, open for more parameters.
fn five(cx: &Context) -> Result<String, Problem> {
    cx.users(5)?;
    Ok(format!("/Users?filter={}&", encode(&format!("userName co \"{}\"", cx.tag()))))
}

/// All pages of `count`, each resource once.
fn walked(cx: &Context) -> Outcome {
    let users = cx.users(30)?;
    let query = format!("/Users?filter={}&", encode(&format!("userName co \"{}\"", cx.tag())));
    let mut seen = Vec::new();
    for start in (1..=30).step_by(7) {
        let answer = cx.get(&format!("{query}startIndex={start}&count=7"));
        answer.page(30, (31 - start).min(7))?;
        seen.extend(answer.column("/id").into_iter().map(str::to_owned));
    }
    let each: BTreeSet<&String> = seen.iter().collect();
    let all = users.iter().all(|user| each.contains(&user.id));
    ensure(all && each.len() == seen.len(), &cx.get(&format!("{query}count=0")), "each of thirty users once")
}

fn maximum(cx: &Context) -> Outcome {
    let configuration = cx.get("/ServiceProviderConfig");
    let limit = configuration.status(200)?.at("/filter/maxResults").as_u64();
    let limit = limit.and_then(|limit| usize::try_from(limit).ok());
    let Some(limit) = limit else {
        return ensure(false, &configuration, "filter.maxResults as an integer");
    };
    for query in ["/Users", "/Users?count=1000000", "/Groups?count=1000000&attributes=id"] {
        let answer = cx.get(query);
        let found = answer.is_list()?.elements("/Resources").len();
        ensure(found <= limit, &answer, format!("no more than filter.maxResults, {limit}"))?;
    }
    Ok(())
}

pub(super) const CASES: &[Case] = &[
    shall(PAGES, "7644-3.4.2.4-01", "a startIndex below 1 is 1, and 1 is the default", |cx| {
        let query = five(cx)?;
        let first = cx.get(&format!("{query}count=2"));
        first.page(5, 2)?.equals("/startIndex", &json!(1))?;
        for start in ["0", "-5", "1"] {
            let answer = cx.get(&format!("{query}count=2&startIndex={start}"));
            ensure(answer.json == first.json, &answer, "the first page")?;
        }
        Ok(())
    }),
    shall(PAGES, "7644-3.4.2.4-02", "a negative count is 0", |cx| {
        cx.get(&format!("{}count=-1", five(cx)?)).page(5, 0)?;
        Ok(())
    }),
    implied(PAGES, "7644-3.4.2.4-03", "count 0 gives the total alone", |cx| {
        cx.get(&format!("{}count=0", five(cx)?)).page(5, 0)?;
        Ok(())
    }),
    must_not(PAGES, "7644-3.4.2.4-04", "never more than count", |cx| {
        let query = five(cx)?;
        for count in 1..5 {
            let answer = cx.get(&format!("{query}count={count}"));
            let found = answer.is_list()?.elements("/Resources").len();
            ensure((1..=count).contains(&found), &answer, format!("at most {count} and at least one"))?;
        }
        Ok(())
    }),
    implied(PAGES, "7644-3.4.2.4-05", "a count above the limit is cut, none is the server's own", |cx| {
        let query = five(cx)?;
        cx.get(&format!("{query}count=100000")).list(5)?;
        cx.get(&query).list(5)?;
        Ok(())
    }),
    implied(PAGES, "7644-3.4.2.4-06", "past the end is an empty page with the total", |cx| {
        cx.get(&format!("{}startIndex=6", five(cx)?)).page(5, 0)?;
        Ok(())
    }),
    implied(PAGES, "7644-3.4.2.4-07", "a count or startIndex that is no number is refused", |cx| {
        for bad in ["count=abc", "startIndex=abc", "count=1.5", "count="] {
            let answer = cx.get(&format!("/Users?{bad}"));
            if bad == "count=" {
                ensure([200, 400].contains(&answer.status), &answer, "200 or 400")?;
            } else {
                answer.error(400, "invalidValue")?;
            }
        }
        Ok(())
    }),
    implied(PAGES, "7644-3.4.2.4-08", "itemsPerPage is what the page holds", |cx| {
        let query = five(cx)?;
        cx.get(&format!("{query}startIndex=4&count=3")).page(5, 2)?.equals("/itemsPerPage", &json!(2))?;
        cx.get(&format!("{query}startIndex=9&count=3")).equals("/itemsPerPage", &json!(0))?;
        Ok(())
    }),
    implied(PAGES, "7644-3.4.2.4-09", "totalResults counts all that fits", |cx| {
        cx.get(&format!("{}count=1", five(cx)?)).page(5, 1)?;
        Ok(())
    }),
    implied(PAGES, "7644-3.4.2.4-10", "a walk over the pages meets each resource once", walked),
    must(PAGES, "7644-3.4.2.4-11", "filter.maxResults bounds every page", maximum),
    must(PROJECTION, "7644-3.4.2.5-01", "lists and single resources are projected both ways", |cx| {
        let user = cx.user("both")?;
        let filter = encode(&format!("userName eq \"{}\"", user.name));
        let list = cx.get(&format!("/Users?filter={filter}&attributes=displayName"));
        list.list(1)?.present("/Resources/0/displayName")?.absent("/Resources/0/emails")?;
        let list = cx.get(&format!("/Users?filter={filter}&excludedAttributes=displayName"));
        list.list(1)?.absent("/Resources/0/displayName")?.present("/Resources/0/emails")?;
        let single = cx.get(&format!("{}?attributes=displayName", user.path));
        single.status(200)?.present("/displayName")?.absent("/emails")?;
        let single = cx.get(&format!("{}?excludedAttributes=displayName", user.path));
        single.status(200)?.absent("/displayName")?.present("/emails")?;
        Ok(())
    }),
    must(PROJECTION, "7644-3.4.2.5-02", "names are in attribute notation", |cx| {
        let user = cx.user_with("names", json!({ENTERPRISE: {"department": "D", "division": "V"}}))?;
        // The RFC has no space there, and our profiles take one.
        let comma = if cx.profile() == Profile::Rfc { "," } else { " , " };
        let asked = encode(&format!("userName{comma}name.givenName,{ENTERPRISE}:department"));
        let answer = cx.get(&format!("{}?attributes={asked}", user.path));
        answer.status(200)?.equals("/userName", &json!(user.name))?.equals("/name", &json!({"givenName": "Given"}))?;
        answer.equals(&format!("/{ENTERPRISE}"), &json!({"department": "D"}))?.absent("/emails")?;
        Ok(())
    }),
    shall(PROJECTION, "7644-3.4.2.5-03", "what is always returned cannot be excluded", |cx| {
        let user = cx.user("always")?;
        let answer = cx.get(&format!("{}?excludedAttributes=id,schemas", user.path));
        answer.status(200)?.equals("/id", &json!(user.id))?.present("/schemas")?;
        Ok(())
    }),
];
