//! Lists: order, pages, sorting, projection and the query string (RFC 7644 section 3.4.2, scim-rules section 5).

use super::commercial::walk;
use super::context::{ENTERPRISE, enterprise};
use super::{Applies, Case, Check, Context, Outcome, Problem, Resource, ensure};
use crate::client::{Request, encode};
use serde_json::{Value, json};

const fn every(id: &'static str, title: &'static str, run: Check) -> Case {
    Case::new("Lists", Applies::Every, id, title, run)
}

const SEARCH: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

/// Seven users and the query that lists exactly them, open for more parameters.
fn seven(cx: &Context) -> Result<(Vec<Resource>, String), Problem> {
    let users = cx.users(7)?;
    Ok((users, format!("/Users?filter={}&", encode(&format!("userName co \"{}\"", cx.tag())))))
}

/// Users whose titles are `b`, `A` and none, and their ids in that order.
fn titled(cx: &Context) -> Result<[Resource; 3], Problem> {
    Ok([cx.user_with("t1", json!({"title": "b"}))?, cx.user_with("t2", json!({"title": "A"}))?, cx.user("t3")?])
}

fn sorted(cx: &Context, query: &str, wanted: &[&Resource]) -> Outcome {
    let mine = encode(&format!("userName co \"{}\"", cx.tag()));
    let answer = cx.get(&format!("/Users?filter={mine}&{query}"));
    answer.list(wanted.len())?;
    let wanted: Vec<&str> = wanted.iter().map(|user| user.id.as_str()).collect();
    ensure(answer.column("/id") == wanted, &answer, format!("this order for {query}: {wanted:?}"))
}

fn search(cx: &Context, path: &str, filter: &str, more: Value) -> crate::client::Answer {
    let mut body = json!({"schemas": [SEARCH], "filter": filter});
    for (name, value) in more.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    cx.post(path, &body)
}

pub(super) const CASES: &[Case] = &[
    every("rule-list-walk", "pages of three hold each of seven once, in the same order every time", |cx| {
        let (users, query) = seven(cx)?;
        let first = walk(cx, &query, 3)?;
        let answer = cx.get(&format!("{query}count=7"));
        ensure(first.len() == users.len() && first == walk(cx, &query, 2)?, &answer, "each once, in a stable order")?;
        ensure(answer.column("/id") == first, &answer, "the same order in one page")?;
        cx.get(&format!("{query}startIndex=7&count=3")).page(7, 1)?.equals("/startIndex", &json!(7))?;
        Ok(())
    }),
    every("rule-list-start", "a startIndex below 1 is 1; past the end is an empty page", |cx| {
        let (_, query) = seven(cx)?;
        for start in ["0", "-5"] {
            cx.get(&format!("{query}startIndex={start}&count=2")).page(7, 2)?.equals("/startIndex", &json!(1))?;
        }
        cx.get(&format!("{query}startIndex=8")).page(7, 0)?;
        Ok(())
    }),
    every("rule-list-count", "count 0 or below is the total alone; above the limit it is cut", |cx| {
        let (_, query) = seven(cx)?;
        for count in ["0", "-1"] {
            cx.get(&format!("{query}count={count}")).page(7, 0)?;
        }
        cx.get(&format!("{query}count=1000000")).page(7, 7)?;
        for bad in ["count=abc", "startIndex=abc", "count=1.5"] {
            cx.get(&format!("{query}{bad}")).error(400, "invalidValue")?;
        }
        Ok(())
    }),
    every("rule-list-limit", "filter.maxResults is at least 100", |cx| {
        let answer = cx.get("/ServiceProviderConfig");
        ensure(answer.at("/filter/maxResults").as_u64() >= Some(100), &answer, "filter.maxResults of at least 100")
    }),
    every("rule-list-empty-parameters", "empty segments and unknown names are ignored, an empty filter is not", |cx| {
        let (_, query) = seven(cx)?;
        for tail in ["", "&", "count=7&&foo=bar&", "foo", "foo=", "=x"] {
            cx.get(&format!("{query}{tail}")).list(7)?;
        }
        cx.get("/Users?").is_list()?;
        cx.get("/Users?filter=").error(400, "invalidFilter")?;
        cx.get("/Users?filter").error(400, "invalidFilter")
    }),
    every("rule-list-cursor", "an empty cursor is the first page, and the next one goes on", |cx| {
        let (users, query) = seven(cx)?;
        for name in ["cursor", "cursor="] {
            let first = cx.get(&format!("{query}count=4&{name}"));
            first.status(200)?.counts("/Resources", 4)?.text_at("/nextCursor")?;
            let next = encode(first.at("/nextCursor").as_str().unwrap_or_default());
            let second = cx.get(&format!("{query}count=4&cursor={next}"));
            second.status(200)?.counts("/Resources", 3)?.absent("/nextCursor")?;
            let seen = first.ids().union(&second.ids()).count();
            ensure(seen == users.len(), &second, "each of the seven once")?;
        }
        cx.get(&format!("{query}cursor=no-such-cursor")).error(400, "invalidCursor")
    })
    .needing("/pagination/cursor"),
    every("rule-query-plus", "a plus in the query is a space, %2B is a plus", |cx| {
        let name = format!("a+b.{}@example.org", cx.tag());
        let user = cx.user_with("plus", json!({"userName": name}))?;
        let answer = cx.get(&format!("/Users?filter=userName+eq+%22{}%22", encode(&name)));
        answer.list(1)?.equals("/Resources/0/id", &json!(user.id))?;
        cx.get(&format!("/Users?filter=userName+eq+%22{name}%22")).list(0)?;
        let spaced = cx.user_with("space", json!({"userName": name.replace('+', " ")}))?;
        cx.get(&format!("/Users?filter=userName+eq+%22{name}%22"))
            .list(1)?
            .equals("/Resources/0/id", &json!(spaced.id))?;
        Ok(())
    }),
    every("rule-query-slashes", "one trailing slash and doubled slashes are ignored", |cx| {
        let user = cx.user("slash")?;
        let filter = encode(&format!("userName eq \"{}\"", user.name));
        cx.get(&format!("/Users/?filter={filter}")).list(1)?;
        cx.get(&format!("{}/", user.path)).status(200)?.equals("/id", &json!(user.id))?;
        cx.get(&format!("//Users//{}", user.id)).status(200)?;
        cx.put(&format!("{}/", user.path), &cx.user_body("slash")).status(200)?;
        cx.post("/Users/", &cx.user_body("second")).status(201)?;
        Ok(())
    }),
    every("rule-sort-text", "text sorts without regard to case, absent last, descending turned around", |cx| {
        let [b, a, none] = titled(cx)?;
        sorted(cx, "sortBy=title", &[&a, &b, &none])?;
        sorted(cx, "sortBy=title&sortOrder=ascending", &[&a, &b, &none])?;
        sorted(cx, "sortBy=TITLE&sortOrder=descending", &[&none, &b, &a])
    }),
    every("rule-sort-refused", "a complex attribute and an unknown order are refused", |cx| {
        cx.get("/Users?sortBy=name").error(400, "")?;
        cx.get("/Users?sortBy=userName&sortOrder=up").error(400, "invalidValue")?;
        cx.get("/Users?sortOrder=descending").is_list()?;
        Ok(())
    }),
    every("rule-sort-qualified", "a qualified name sorts", |cx| {
        let by = |stem: &str, value: &str| cx.user_with(stem, json!({ENTERPRISE: {"department": value}}));
        let (second, first) = (by("one", "z")?, by("two", "y")?);
        sorted(cx, &format!("sortBy={}", encode(&format!("{ENTERPRISE}:department"))), &[&first, &second])
    }),
    every("rule-attributes", "attributes gives the named and what is always returned", |cx| {
        let user = cx.user_with("some", json!({ENTERPRISE: {"department": "D", "division": "V"}}))?;
        let asked = encode(&format!("USERNAME, name.givenName,emails.value,{ENTERPRISE}:department,nothing"));
        let answer = cx.get(&format!("{}?attributes={asked}", user.path));
        answer.status(200)?.equals("/userName", &json!(user.name))?.equals("/name", &json!({"givenName": "Given"}))?;
        answer.equals("/emails", &json!([{"value": cx.mail("some")}]))?.equals("/id", &json!(user.id))?;
        answer.equals(&format!("/{ENTERPRISE}"), &json!({"department": "D"}))?.present("/schemas")?;
        answer.absent("/displayName")?.absent("/active")?;
        Ok(())
    }),
    every("rule-excluded-attributes", "excludedAttributes takes the named away, never id and schemas", |cx| {
        let user = cx.user_with("less", json!({ENTERPRISE: {"department": "D"}}))?;
        let asked = encode(&format!("id,schemas,Emails,name.givenName,{ENTERPRISE}"));
        let answer = cx.get(&format!("{}?excludedAttributes={asked}", user.path));
        answer.status(200)?.equals("/id", &json!(user.id))?.present("/schemas")?.absent("/emails")?;
        answer.equals("/name", &json!({"familyName": "Family"}))?.absent(&enterprise(""))?.present("/userName")?;
        Ok(())
    }),
    every("rule-attributes-both", "attributes and excludedAttributes together are refused", |cx| {
        cx.get("/Users?attributes=userName&excludedAttributes=emails").error(400, "invalidValue")
    }),
    every("rule-attributes-created", "a create answers the projection that it asks for", |cx| {
        let answer = cx.post("/Users?attributes=userName", &cx.user_body("less"));
        answer.status(201)?.text_at("/id")?.equals("/userName", &json!(cx.mail("less")))?.absent("/emails")?;
        Ok(())
    }),
    every("rule-search-type", ".search at a type answers like GET", |cx| {
        let (_, query) = seven(cx)?;
        let filter = format!("userName co \"{}\"", cx.tag());
        let mut more = json!({"count": 3, "startIndex": 2, "attributes": ["userName"], "sortBy": "userName"});
        more["sortOrder"] = json!("descending");
        let posted = search(cx, "/Users/.search", &filter, more);
        posted.page(7, 3)?;
        let asked =
            cx.get(&format!("{query}count=3&startIndex=2&attributes=userName&sortBy=userName&sortOrder=descending"));
        ensure(posted.json == asked.json, &posted, "the same list as the GET")?;
        search(cx, "/Groups/.search", &format!("displayName eq \"{}\"", cx.tag()), json!({})).list(0)?;
        search(cx, "/Users/.search", "userName eq", json!({})).error(400, "invalidFilter")
    }),
    every("rule-search-root", ".search at the root finds users and groups", |cx| {
        let user = cx.user_with("root", json!({"displayName": cx.name("Root")}))?;
        let group = cx.make("/Groups", &json!({"schemas": [super::context::GROUP], "displayName": cx.name("Root")}))?;
        let answer = search(cx, "/.search", &format!("displayName eq \"{}\"", cx.name("root")), json!({}));
        answer.list(2)?;
        ensure(answer.ids() == [user.id.as_str(), group.id.as_str()].into(), &answer, "the user and the group")?;
        let only = format!("displayName eq \"{}\" and userName pr", cx.name("root"));
        search(cx, "/.search", &only, json!({})).list(1)?.equals("/Resources/0/id", &json!(user.id))?;
        let kind = format!("displayName eq \"{}\" and meta.resourceType eq \"Group\"", cx.name("root"));
        search(cx, "/.search", &kind, json!({})).list(1)?.equals("/Resources/0/id", &json!(group.id))?;
        Ok(())
    }),
    every("rule-head", "HEAD answers like GET without a body", |cx| {
        let user = cx.user("head")?;
        cx.send(&Request::new("HEAD", &user.path)).status(200)?.empty()
    })
    .should(),
];
