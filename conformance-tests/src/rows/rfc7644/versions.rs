//! Versions of resources (RFC 7644 section 3.14).

use super::{implied, must, needing, same, should, with};
use crate::cases::context::{add, remove, replace};
use crate::cases::{Case, Context, Outcome, ensure};
use crate::client::{Answer, Request};
use serde_json::json;

const ETAGS: &str = "RFC 7644 3.14";

const fn rule(case: Case) -> Case {
    needing("/etag/supported", case)
}

fn tagged(answer: &Answer) -> Outcome {
    ensure(!answer.header("etag").is_empty(), answer, "an ETag")
}

fn every_answer(cx: &Context) -> Outcome {
    let made = cx.post("/Users", &cx.user_body("tag"));
    tagged(made.status(201)?)?;
    let path = format!("/Users/{}", made.at("/id").as_str().unwrap_or_default());
    tagged(cx.get(&path).status(200)?)?;
    tagged(cx.put(&path, &with(cx.user_body("tag"), &json!({"title": "T"}))).status(200)?)?;
    tagged(cx.patch(&path, &json!([replace("title", json!("U"))])).sound()?)
}

fn in_body_too(cx: &Context) -> Outcome {
    let user = cx.user("body")?;
    let answer = cx.read(&user)?;
    ensure(answer.header("etag") == answer.version()?, &answer, "meta.version equal to ETag")?;
    let list = cx.find("/Users", &format!("id eq \"{}\"", user.id));
    list.list(1)?.equals("/Resources/0/meta/version", &json!(answer.header("etag")))?;
    Ok(())
}

/// The version with its weakness written out, whether the server's own is weak or not.
fn weak_tag(cx: &Context) -> Outcome {
    let user = cx.user("weak")?;
    let version = cx.read(&user)?.version()?;
    let weak = if version.starts_with("W/") { version } else { format!("W/{version}") };
    let body = with(cx.user_body("weak"), &json!({"title": "T"}));
    cx.send(&Request::new("PUT", &user.path).header("If-Match", &weak).json(&body))
        .status(200)?
        .equals("/title", &json!("T"))?;
    Ok(())
}

fn moves(cx: &Context) -> Outcome {
    let user = cx.user("moves")?;
    let group = cx.group("moves", &[])?;
    let mut seen = vec![cx.read(&group)?.version()?];
    for operation in [
        add("members", json!([{"value": user.id}])),
        replace("displayName", json!(cx.name("renamed"))),
        remove(&format!("members[value eq \"{}\"]", user.id)),
    ] {
        cx.patch_group(&group, &json!([operation]))?;
        let now = cx.read(&group)?;
        let version = now.version()?;
        ensure(!seen.contains(&version), &now, "a version that was not there before")?;
        seen.push(version);
    }
    same(cx, &["rule-change-moves-version"])
}

pub(super) const CASES: &[Case] = &[
    rule(must(ETAGS, "7644-3.14-01", "every answer with one resource has an ETag", every_answer)),
    rule(should(ETAGS, "7644-3.14-02", "meta.version is the ETag, in lists too", in_body_too)),
    rule(implied(ETAGS, "7644-3.14-03", "a GET with the current tag is a 304 without a body", |cx| {
        let user = cx.user("current")?;
        let version = cx.read(&user)?.version()?;
        cx.send(&Request::new("GET", &user.path).header("If-None-Match", &version)).status(304)?.empty()
    })),
    rule(implied(ETAGS, "7644-3.14-04", "another tag is a 200; lists and * are read", |cx| {
        same(cx, &["rule-if-none-match"])
    })),
    rule(implied(ETAGS, "7644-3.14-05", "a stale tag stops a write, the current one does not", |cx| {
        same(cx, &["rule-if-match"])
    })),
    rule(implied(ETAGS, "7644-3.14-06", "If-Match * asks only that the resource exists", |cx| {
        same(cx, &["rule-if-match-any"])
    })),
    rule(implied(ETAGS, "7644-3.14-07", "a weak tag is good enough for a write", weak_tag)),
    rule(implied(ETAGS, "7644-3.14-08", "of many writers with one tag one wins", |cx| {
        same(cx, &["rule-if-match-one-winner"])
    })),
    rule(implied(ETAGS, "7644-3.14-09", "every change gives a new version, of members too", moves)),
    rule(implied(ETAGS, "7644-3.14-10", "a user's version does not cover its groups", |cx| {
        same(cx, &["rule-version-covers-members"])
    })),
];
