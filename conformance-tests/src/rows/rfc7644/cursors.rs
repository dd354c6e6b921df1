//! Pages by cursor (RFC 9865, which updates RFC 7644 section 3.4.2.4).

use super::{implied, may, must, must_not, needing, should, with};
use crate::cases::{Case, Context, Outcome, Problem, ensure};
use crate::client::{Answer, Request, encode};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const PARAMETERS: &str = "RFC 9865 2";
const ERRORS: &str = "RFC 9865 2.1";
const CHOICE: &str = "RFC 9865 2.3";
const SEARCH: &str = "RFC 9865 3";
const CONFIGURATION: &str = "RFC 9865 4";
const SECURITY: &str = "RFC 9865 5";

const fn rule(case: Case) -> Case {
    needing("/pagination/cursor", case)
}

/// The query that lists the case's users, open for more parameters.
fn mine(cx: &Context) -> String {
    format!("/Users?filter={}&", encode(&format!("userName co \"{}\"", cx.tag())))
}

/// Some users and the query that lists them.
fn some(cx: &Context, count: usize) -> Result<String, Problem> {
    cx.users(count)?;
    Ok(mine(cx))
}

fn next(answer: &Answer) -> &str {
    answer.at("/nextCursor").as_str().unwrap_or_default()
}

/// The page that begins at a cursor.
fn follow(cx: &Context, query: &str, cursor: &str) -> Answer {
    cx.get(&format!("{query}cursor={}", encode(cursor)))
}

/// The first page of two users out of five, and its query with the count.
fn begun(cx: &Context) -> Result<(String, Answer), Problem> {
    let query = format!("{}count=2&", some(cx, 5)?);
    let first = follow(cx, &query, "");
    first.status(200)?.counts("/Resources", 2)?.text_at("/nextCursor")?;
    Ok((query, first))
}

/// All pages from the first, each but the last with a next cursor.
fn walk(cx: &Context, query: &str) -> Result<Vec<Answer>, Problem> {
    let mut pages = vec![follow(cx, query, "")];
    while let Some(last) = pages.last() {
        last.status(200)?;
        ensure(pages.len() < 100, last, "an end of the pages")?;
        if last.at("/nextCursor").is_null() {
            break;
        }
        let page = follow(cx, query, next(last));
        pages.push(page);
    }
    Ok(pages)
}

fn ids(pages: &[Answer]) -> Vec<&str> {
    pages.iter().flat_map(|page| page.column("/id")).collect()
}

fn last_page(cx: &Context) -> Outcome {
    let query = some(cx, 6)?;
    for (count, wanted) in [(4, 2), (3, 2), (2, 3), (6, 1), (10, 1)] {
        let pages = walk(cx, &format!("{query}count={count}&"))?;
        let seen = ids(&pages);
        let each: BTreeSet<&&str> = seen.iter().collect();
        let Some(last) = pages.last() else { continue };
        ensure(seen.len() == 6 && each.len() == 6, last, format!("each of six users once by pages of {count}"))?;
        ensure(pages.len() == wanted, last, format!("{wanted} pages of {count}, not {}", pages.len()))?;
    }
    Ok(())
}

/// Every page from the last one back, which are those of the way there.
fn previous(cx: &Context) -> Outcome {
    let query = format!("{}count=2&", some(cx, 6)?);
    let pages = walk(cx, &query)?;
    let (Some(first), Some(last)) = (pages.first(), pages.last()) else { return Ok(()) };
    first.absent("/previousCursor")?;
    if last.at("/previousCursor").is_null() {
        return super::skip("the server gives no previous cursors");
    }
    let mut back = vec![follow(cx, &query, last.at("/previousCursor").as_str().unwrap_or_default())];
    while let Some(page) = back.last() {
        page.status(200)?.text_at("/nextCursor")?;
        ensure(back.len() < 100, page, "an end of the pages")?;
        let Some(previous) = page.at("/previousCursor").as_str() else { break };
        let page = follow(cx, &query, previous);
        back.push(page);
    }
    back.reverse();
    let seen = [ids(&back), last.column("/id")].concat();
    ensure(seen == ids(&pages), last, "the same resources on the way back")
}

/// A cursor shows nothing to whoever has no credential.
fn without_credential(cx: &Context) -> Outcome {
    let (query, first) = begun(cx)?;
    let target = format!("{query}cursor={}", encode(next(&first)));
    let answer = cx.send(&Request::new("GET", &target).anonymous());
    answer.status(401)?.absent("/Resources")?;
    Ok(())
}

fn changed_parameters(cx: &Context) -> Outcome {
    let (query, first) = begun(cx)?;
    let cursor = encode(next(&first));
    let other = encode(&format!("userName sw \"u\" and userName co \"{}\"", cx.tag()));
    for changed in [
        format!("/Users?filter={other}&count=2"),
        format!("{query}sortBy=userName"),
        format!("{query}sortBy=userName&sortOrder=descending"),
        format!("{query}attributes=userName"),
        format!("/Groups?filter={}&count=2", encode("displayName pr")),
    ] {
        cx.get(&format!("{changed}&cursor={cursor}")).error(400, "invalidCursor")?;
    }
    follow(cx, &query, next(&first)).status(200)?.counts("/Resources", 2)?;
    Ok(())
}

fn while_others_write(cx: &Context) -> Outcome {
    let users = cx.users(6)?;
    let query = format!("{}count=2&sortBy=userName&", mine(cx));
    let first = follow(cx, &query, "");
    first.status(200)?.counts("/Resources", 2)?;
    let seen = first.column("/id");
    let Some(gone) = users.iter().find(|user| seen.contains(&user.id.as_str())) else {
        return ensure(false, &first, "users of the case");
    };
    cx.delete(&gone.path).status(204)?;
    let second = follow(cx, &query, next(&first));
    cx.user("a-before")?;
    cx.user("a-second")?;
    let third = follow(cx, &query, next(second.status(200)?));
    let found: Vec<&str> = [seen, second.column("/id"), third.status(200)?.column("/id")].concat();
    let wanted: Vec<&str> = users.iter().map(|user| user.id.as_str()).collect();
    ensure(found == wanted, &third, "each of the six users once, in order")
}

/// The cursor with one character in this place changed to another that cursors are made of.
fn flipped(cursor: &str, place: usize) -> String {
    let flip = |(at, mark): (usize, char)| match (at == place, mark) {
        (true, 'A') => 'B',
        (true, _) => 'A',
        _ => mark,
    };
    cursor.chars().enumerate().map(flip).collect()
}

fn forged(cx: &Context) -> Outcome {
    let (query, first) = begun(cx)?;
    let cursor = next(&first);
    let length = cursor.chars().count();
    for place in (0..length.saturating_sub(1)).step_by((length / 12).max(1)) {
        let other = flipped(cursor, place);
        if other != cursor {
            follow(cx, &query, &other).error(400, "invalidCursor")?;
        }
    }
    let cut: String = cursor.chars().take(length / 2).collect();
    follow(cx, &query, &cut).error(400, "invalidCursor")
}

fn errors_alike(cx: &Context) -> Outcome {
    let (query, first) = begun(cx)?;
    let (forged, made_up) = (follow(cx, &query, &flipped(next(&first), 3)), follow(cx, &query, "no-such-cursor"));
    let shape = |answer: &Answer| answer.json.as_object().map(|members| members.keys().cloned().collect::<Vec<_>>());
    forged.error(400, "invalidCursor")?;
    made_up.error(400, "invalidCursor")?;
    ensure(shape(&forged) == shape(&made_up), &forged, "the same members as for a made-up cursor")?;
    let detail = forged.at("/detail").as_str().unwrap_or_default();
    let reveals = first.column("/userName").into_iter().chain(first.column("/id")).any(|text| detail.contains(text));
    ensure(!reveals, &forged, "no resource named in the error")
}

fn published(cx: &Context) -> Outcome {
    let answer = cx.get("/ServiceProviderConfig");
    let pagination = answer.status(200)?.at("/pagination");
    let whole = ["cursor", "index"].iter().all(|method| pagination[*method].is_boolean());
    ensure(whole, &answer, "pagination.cursor and pagination.index as booleans")?;
    let known = |name: &str| pagination.get(name).is_none_or(Value::is_u64);
    let numbers = ["defaultPageSize", "maxPageSize", "cursorTimeout"].into_iter().all(known);
    ensure(numbers, &answer, "sizes and cursorTimeout as integers")?;
    let default = pagination["defaultPaginationMethod"].as_str();
    ensure(default.is_none_or(|name| ["cursor", "index"].contains(&name)), &answer, "cursor or index as the default")?;
    if let Some(size) = pagination["maxPageSize"].as_u64() {
        let page = cx.get("/Users?count=1000000");
        let found = u64::try_from(page.is_list()?.elements("/Resources").len()).unwrap_or(u64::MAX);
        ensure(found <= size, &page, "no more than pagination.maxPageSize")?;
    }
    let schema = cx.get("/Schemas/urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig");
    schema.status(200)?.element("/attributes", "name", &json!("pagination"))?;
    Ok(())
}

pub(super) const CASES: &[Case] = &[
    rule(must(PARAMETERS, "9865-2-01", "a cursor without value is the first page", |cx| {
        let query = some(cx, 5)?;
        let (bare, empty) = (cx.get(&format!("{query}count=2&cursor")), cx.get(&format!("{query}count=2&cursor=")));
        for answer in [&bare, &empty] {
            answer.status(200)?.counts("/Resources", 2)?.text_at("/nextCursor")?;
        }
        ensure(bare.column("/id") == empty.column("/id"), &empty, "the same page")
    })),
    rule(implied(PARAMETERS, "9865-2-02", "a cursor is made of unreserved characters", |cx| {
        let (_, first) = begun(cx)?;
        let plain = next(&first).bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte));
        ensure(plain, &first, "a nextCursor of unreserved characters")
    })),
    rule(must(PARAMETERS, "9865-2-03", "every page but the last has a next cursor", last_page)),
    rule(may(PARAMETERS, "9865-2-04", "a previous cursor leads back, the first page has none", previous)),
    rule(must_not(PARAMETERS, "9865-2-05", "never more than count; 0 and less give the total alone", |cx| {
        let query = some(cx, 5)?;
        for (count, items) in [("3", 3), ("0", 0), ("-1", 0)] {
            let answer = cx.get(&format!("{query}count={count}&cursor"));
            answer.status(200)?.counts("/Resources", items)?;
        }
        Ok(())
    })),
    rule(must(PARAMETERS, "9865-2-06", "a cursor goes with the parameters it was made for", changed_parameters)),
    rule(may(PARAMETERS, "9865-2-07", "totalResults is right where it is given", |cx| {
        let (query, first) = begun(cx)?;
        for answer in [&first, &follow(cx, &query, next(&first))] {
            let total = answer.status(200)?.at("/totalResults");
            ensure(total.is_null() || total == &json!(5), answer, "totalResults 5, or none")?;
        }
        Ok(())
    })),
    rule(should(PARAMETERS, "9865-2-08", "the pages are sorted as asked", |cx| {
        let query = some(cx, 5)?;
        let pages = walk(cx, &format!("{query}sortBy=userName&sortOrder=descending&count=2&"))?;
        let whole = cx.get(&format!("{query}sortBy=userName&sortOrder=descending"));
        ensure(whole.list(5)?.column("/id") == ids(&pages), &whole, "the same order by pages as in one answer")
    })),
    rule(implied(PARAMETERS, "9865-2-09", "other writes make no page repeat or skip", while_others_write)),
    rule(should(ERRORS, "9865-2.1-01", "a bad cursor is invalidCursor", |cx| {
        let query = format!("{}count=2&", mine(cx));
        for bad in ["abc", "no-such-cursor", "%", "\u{e9}", &"A".repeat(2000)] {
            follow(cx, &query, bad).error(400, "invalidCursor")?;
        }
        Ok(())
    })),
    rule(should(ERRORS, "9865-2.1-03", "another count than before is invalidCount", |cx| {
        let (_, first) = begun(cx)?;
        let cursor = encode(next(&first));
        cx.get(&format!("{}count=3&cursor={cursor}", mine(cx))).error(400, "invalidCount")?;
        cx.get(&format!("{}count=abc&cursor=", mine(cx))).status(400).map(drop)
    })),
    rule(must(CHOICE, "9865-2.3-02", "without either parameter there is one method", |cx| {
        cx.users(2)?;
        let answer = cx.get("/Users?count=1");
        let default = cx.get("/ServiceProviderConfig").at("/pagination/defaultPaginationMethod").clone();
        if default == json!("cursor") {
            return answer.status(200)?.text_at("/nextCursor").map(drop);
        }
        answer.status(200)?.equals("/startIndex", &json!(1))?.counts("/Resources", 1)?.absent("/nextCursor")?;
        Ok(())
    })),
    rule(implied(CHOICE, "9865-2.3-03", "startIndex and cursor together are refused", |cx| {
        let answer = cx.get("/Users?startIndex=1&cursor=");
        let kind = answer.status(400)?.at("/scimType").as_str().unwrap_or_default();
        ensure(["invalidCursor", "invalidValue"].contains(&kind), &answer, "invalidCursor or invalidValue")
    })),
    rule(implied(SEARCH, "9865-3-01", "a search by POST takes cursors too", |cx| {
        let filter = format!("userName co \"{}\"", cx.tag());
        some(cx, 5)?;
        let search = |cursor: &str| {
            let schema = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
            let body = json!({"schemas": [schema], "filter": filter, "count": 3});
            cx.post("/Users/.search", &with(body, &json!({"cursor": cursor})))
        };
        let first = search("");
        first.status(200)?.counts("/Resources", 3)?.text_at("/nextCursor")?;
        let second = search(next(&first));
        second.status(200)?.counts("/Resources", 2)?.absent("/nextCursor")?;
        ensure(first.ids().is_disjoint(&second.ids()), &second, "other resources than the first page")
    })),
    should(CONFIGURATION, "9865-4-01", "ServiceProviderConfig says how lists are paged", published),
    rule(must(SECURITY, "9865-5-01", "every page is authorised", without_credential)),
    rule(should(SECURITY, "9865-5-03", "a cursor cannot be forged", forged)),
    rule(must(SECURITY, "9865-5-04", "errors say nothing of what lies beyond", errors_alike)),
];

#[cfg(test)]
mod tests {
    use super::flipped;

    #[test]
    fn one_character_changes_and_no_other() {
        assert_eq!(flipped("xAz", 0), "AAz");
        assert_eq!(flipped("xAz", 1), "xBz");
        assert_eq!(flipped("xAz", 9), "xAz");
    }
}
