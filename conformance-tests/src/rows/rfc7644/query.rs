//! Lists in general and queries at the root (RFC 7644 sections 3.4.2 and 3.4.2.1).

use super::{implied, may, must, offered, shall, should};
use crate::cases::context::GROUP;
use crate::cases::{Case, Context, Outcome, Problem, Profile, Resource, ensure};
use crate::client::{Answer, encode};
use serde_json::json;

const QUERY: &str = "RFC 7644 3.4.2";
const ENDPOINTS: &str = "RFC 7644 3.4.2.1";

/// A user and a group with one displayName.
fn twins(cx: &Context) -> Result<(Resource, Resource, String), Problem> {
    let name = cx.name("Twin");
    let user = cx.user_with("twin", json!({"displayName": name}))?;
    let group = cx.make("/Groups", &json!({"schemas": [GROUP], "displayName": name}))?;
    Ok((user, group, name))
}

/// A query at the root by GET; a server that offers none is skipped.
fn root(cx: &Context, filter: &str) -> Result<Answer, Problem> {
    offered(cx.get(&format!("/?filter={}", encode(filter))))
}

fn root_finds(cx: &Context, filter: &str, wanted: &[&Resource]) -> Outcome {
    let answer = root(cx, filter)?;
    answer.list(wanted.len())?;
    let all = wanted.iter().all(|resource| answer.ids().contains(resource.id.as_str()));
    ensure(all, &answer, format!("the resources that fit {filter}"))
}

fn mine(cx: &Context) -> String {
    format!("/Users?filter={}", encode(&format!("userName co \"{}\"", cx.tag())))
}

pub(super) const CASES: &[Case] = &[
    should(QUERY, "7644-3.4.2-01", "unknown parameters are ignored", |cx| {
        cx.user("one")?;
        cx.get(&format!("{}&foo=bar", mine(cx))).list(1)?;
        Ok(())
    }),
    must(QUERY, "7644-3.4.2-02", "the answer is a ListResponse", |cx| {
        let schema = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
        for path in ["/Users", "/Groups"] {
            cx.get(path).status(200)?.equals("/schemas", &json!([schema]))?;
        }
        Ok(())
    }),
    must(QUERY, "7644-3.4.2-03", "totalResults is there", |cx| {
        let answer = cx.get("/Users");
        ensure(answer.status(200)?.at("/totalResults").is_u64(), &answer, "totalResults as an integer")
    }),
    must(QUERY, "7644-3.4.2-04", "Resources is there when something is found", |cx| {
        cx.user("one")?;
        cx.get(&mine(cx)).status(200)?.equals("/totalResults", &json!(1))?.counts("/Resources", 1)?;
        Ok(())
    }),
    must(QUERY, "7644-3.4.2-05", "a part of the result says where it begins and how long it is", |cx| {
        cx.users(3)?;
        let answer = cx.get(&format!("{}&count=1&startIndex=2", mine(cx)));
        answer.status(200)?.equals("/startIndex", &json!(2))?.equals("/itemsPerPage", &json!(1))?;
        Ok(())
    }),
    shall(QUERY, "7644-3.4.2-06", "nothing found is a 200 with totalResults 0", |cx| {
        cx.find("/Users", &format!("userName eq \"{}\"", cx.tag())).status(200)?.equals("/totalResults", &json!(0))?;
        Ok(())
    }),
    implied(QUERY, "7644-3.4.2-07", "a filter on one resource is no error", |cx| {
        let user = cx.user("one")?;
        let answer = cx.find(&user.path, &format!("userName eq \"{}\"", user.name));
        answer.status(200)?;
        let answer = cx.find(&user.path, "userName eq \"other\"");
        ensure([200, 404].contains(&answer.status), &answer, "200 or 404")
    }),
    may(ENDPOINTS, "7644-3.4.2.1-01", "a type and the root can be queried", |cx| {
        let (user, group, name) = twins(cx)?;
        let filter = format!("displayName eq \"{name}\"");
        cx.finds("/Users", &filter, &[&user])?;
        cx.finds("/Groups", &filter, &[&group])?;
        root(cx, &filter)?.is_list()?;
        Ok(())
    }),
    shall(ENDPOINTS, "7644-3.4.2.1-02", "a query at the root spans all types", |cx| {
        let (user, group, name) = twins(cx)?;
        root_finds(cx, &format!("displayName sw \"{name}\""), &[&user, &group])
    }),
    may(ENDPOINTS, "7644-3.4.2.1-03", "meta.resourceType narrows a query at the root", |cx| {
        let (user, group, name) = twins(cx)?;
        let of = |kind: &str| format!("displayName eq \"{name}\" and meta.resourceType eq \"{kind}\"");
        root_finds(cx, &of("User"), &[&user])?;
        root_finds(cx, &of("Group"), &[&group])?;
        let both = "(meta.resourceType eq \"User\" or meta.resourceType eq \"Group\")";
        root_finds(cx, &format!("{both} and displayName eq \"{name}\""), &[&user, &group])
    }),
    implied(ENDPOINTS, "7644-3.4.2.1-04", "an unquoted type is refused by the letter", |cx| {
        let answer = root(cx, "meta.resourceType eq User")?;
        match cx.profile() {
            Profile::Rfc => answer.error(400, "invalidFilter"),
            _ => answer.is_list().map(drop),
        }
    }),
    shall(ENDPOINTS, "7644-3.4.2.1-05", "too much to answer is tooMany, or pages", |cx| {
        let answer = offered(cx.get("/"))?;
        if answer.status == 400 { answer.error(400, "tooMany") } else { answer.is_list().map(drop) }
    }),
    must(ENDPOINTS, "7644-3.4.2.1-06", "an attribute that a type has not is without value at the root", |cx| {
        let (user, group, name) = twins(cx)?;
        root_finds(cx, &format!("displayName eq \"{name}\" and userName pr"), &[&user])?;
        root_finds(cx, &format!("displayName eq \"{name}\" and not (userName pr)"), &[&group])
    }),
];
