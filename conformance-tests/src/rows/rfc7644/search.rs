//! Queries by POST (RFC 7644 section 3.4.3).

use super::{MALFORMED, implied, must, same, schema_demanded, shall, with};
use crate::cases::{Case, Context, Outcome, ensure};
use crate::client::{Answer, encode};
use serde_json::{Value, json};

const SEARCH: &str = "RFC 7644 3.4.3";
const REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

fn search(cx: &Context, path: &str, members: &Value) -> Answer {
    cx.post(path, &with(json!({"schemas": [REQUEST]}), members))
}

fn mine(cx: &Context) -> String {
    format!("userName co \"{}\"", cx.tag())
}

fn like_get(cx: &Context) -> Outcome {
    cx.users(5)?;
    let query =
        json!({"filter": mine(cx), "sortBy": "userName", "sortOrder": "descending", "startIndex": 2, "count": 2});
    let posted = search(cx, "/Users/.search", &query);
    posted.page(5, 2)?.equals("/startIndex", &json!(2))?;
    let parameters = "sortBy=userName&sortOrder=descending&startIndex=2&count=2";
    let asked = cx.get(&format!("/Users?filter={}&{parameters}", encode(&mine(cx))));
    ensure(posted.json == asked.json, &posted, "the same list as by GET")?;
    search(cx, "/Users/.search", &json!({"filter": "userName eq"})).error(400, "invalidFilter")
}

fn arrays(cx: &Context) -> Outcome {
    cx.user("arrays")?;
    let only = json!({"filter": mine(cx), "attributes": ["userName", "name.givenName"]});
    let answer = search(cx, "/Users/.search", &only);
    answer.list(1)?.absent("/Resources/0/emails")?.equals("/Resources/0/name", &json!({"givenName": "Given"}))?;
    let less = json!({"filter": mine(cx), "excludedAttributes": ["emails", "displayName"]});
    let answer = search(cx, "/Users/.search", &less);
    answer
        .list(1)?
        .absent("/Resources/0/emails")?
        .absent("/Resources/0/displayName")?
        .present("/Resources/0/userName")?;
    Ok(())
}

pub(super) const CASES: &[Case] = &[
    shall(SEARCH, "7644-3.4.3-01", "types and the root are queried by POST", |cx| {
        for path in ["/Users/.search", "/Groups/.search", "/.search"] {
            search(cx, path, &json!({"count": 1})).is_list()?;
        }
        same(cx, &["rule-search-root"])
    }),
    must(SEARCH, "7644-3.4.3-02", "the body is a SearchRequest", |cx| {
        let other = cx.post("/Users/.search", &json!({"schemas": ["urn:example:other"], "count": 1}));
        schema_demanded(cx, &other, &[])?;
        schema_demanded(cx, &cx.post("/Users/.search", &json!({"count": 1})), MALFORMED)
    }),
    implied(SEARCH, "7644-3.4.3-03", "attributes and excludedAttributes are arrays", arrays),
    must(SEARCH, "7644-3.4.3-04", "its members mean what the parameters of a GET do", like_get),
    implied(SEARCH, "7644-3.4.3-05", "the answer is a 200 with a ListResponse", |cx| {
        search(cx, "/Users/.search", &json!({"count": 0})).status(200)?.is_list()?;
        Ok(())
    }),
    implied(SEARCH, "7644-3.4.3-06", "unknown members are ignored, wrong types refused", |cx| {
        search(cx, "/Users/.search", &json!({"count": 1, "foo": "bar"})).is_list()?;
        for wrong in
            [json!({"count": "x"}), json!({"filter": 5}), json!({"startIndex": true}), json!({"attributes": 5})]
        {
            search(cx, "/Users/.search", &wrong).error(400, "")?;
        }
        cx.post("/Users/.search", &json!([])).error(400, "invalidSyntax")
    }),
];
