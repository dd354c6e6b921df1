//! Versions and conditional requests (RFC 7644 section 3.14, scim-rules section 5).

use super::context::{PATCH_OP, add, replace};
use super::{Applies, Case, Check, Context, Outcome, Problem, ensure};
use crate::client::{Answer, Request};
use serde_json::{Value, json};

const fn every(id: &'static str, title: &'static str, run: Check) -> Case {
    Case::new("Versions", Applies::Every, id, title, run)
}

/// The answer carries its version as a weak tag, in the header too.
fn tagged(answer: &Answer) -> Result<String, Problem> {
    let version = answer.version()?;
    let weak = version.starts_with("W/\"") && version.ends_with('"') && version.len() > 4;
    ensure(weak, answer, "meta.version as W/\"...\"")?;
    ensure(answer.header("etag") == version, answer, "the header ETag equal to meta.version")?;
    Ok(version)
}

fn conditional(cx: &Context, method: &str, path: &str, header: (&str, &str), body: Option<&Value>) -> Answer {
    let request = Request::new(method, path).header(header.0, header.1);
    cx.send(&match body {
        Some(body) => request.json(body),
        None => request,
    })
}

fn title(text: &str) -> Value {
    json!({"schemas": [PATCH_OP], "Operations": [replace("title", json!(text))]})
}

fn stale_writes(cx: &Context) -> Outcome {
    let user = cx.user("stale")?;
    let old = tagged(&cx.read(&user)?)?;
    cx.patch_user(&user, &json!([replace("title", json!("first"))]))?;
    let before = cx.read(&user)?;
    let mut body = cx.user_body("stale");
    body["title"] = json!("lost");
    conditional(cx, "PATCH", &user.path, ("If-Match", &old), Some(&title("lost"))).error(412, "")?;
    conditional(cx, "PUT", &user.path, ("If-Match", &old), Some(&body)).error(412, "")?;
    conditional(cx, "DELETE", &user.path, ("If-Match", &old), None).error(412, "")?;
    let now = cx.read(&user)?;
    ensure(now.json == before.json, &now, "nothing changed")?;
    let current = before.version()?;
    let done = conditional(cx, "PATCH", &user.path, ("If-Match", &current), Some(&title("second")));
    done.status(200)?.equals("/title", &json!("second"))?;
    let current = done.version()?;
    conditional(cx, "PUT", &user.path, ("If-Match", &current), Some(&body)).status(200)?;
    let current = cx.read(&user)?.version()?;
    conditional(cx, "DELETE", &user.path, ("If-Match", &current), None).status(204)?;
    Ok(())
}

pub(super) const CASES: &[Case] = &[
    every("rule-etag-everywhere", "every answer with one resource carries its version", |cx| {
        let made = cx.post("/Users", &cx.user_body("tag"));
        made.status(201)?;
        let path = format!("/Users/{}", made.at("/id").as_str().unwrap_or_default());
        let first = tagged(&made)?;
        let read = cx.get(&path);
        ensure(tagged(&read)? == first, &read, "the version of the 201")?;
        let put = cx.put(&path, &json!({"schemas": made.json["schemas"], "userName": made.json["userName"]}));
        ensure(tagged(put.status(200)?)? != first, &put, "another version after a change")?;
        tagged(cx.patch(&path, &title("T")["Operations"]).status(200)?)?;
        let found = cx.find("/Users", &format!("userName eq \"{}\"", cx.mail("tag")));
        found.list(1)?.equals("/Resources/0/meta/version", &json!(cx.get(&path).version()?))?;
        Ok(())
    }),
    every("rule-etag-group-204", "a 204 of a group's PATCH carries the version", |cx| {
        let group = cx.group("tag", &[])?;
        let answer = cx.patch(&group.path, &json!([replace("displayName", json!(cx.name("n")))]));
        cx.group_patched(&answer)?;
        let now = cx.read(&group)?;
        ensure(answer.header("etag") == tagged(&now)?, &answer, "the new version in ETag")
    }),
    every("rule-if-none-match", "GET with the current tag is a 304 without a body", |cx| {
        let user = cx.user("none")?;
        let tag = tagged(&cx.read(&user)?)?;
        for value in [tag.clone(), format!("W/\"nope\", {tag}"), "*".to_owned()] {
            conditional(cx, "GET", &user.path, ("If-None-Match", &value), None).status(304)?.empty()?;
        }
        conditional(cx, "GET", &user.path, ("If-None-Match", "W/\"nope\""), None)
            .status(200)?
            .equals("/id", &json!(user.id))?;
        Ok(())
    }),
    every(
        "rule-if-match",
        "writes with a stale tag are a 412 and change nothing; with the current one they go",
        stale_writes,
    ),
    every("rule-if-match-any", "If-Match * goes when the resource is there", |cx| {
        let user = cx.user("any")?;
        conditional(cx, "PATCH", &user.path, ("If-Match", "*"), Some(&title("T")))
            .status(200)?
            .equals("/title", &json!("T"))?;
        cx.delete(&user.path).status(204)?;
        let answer = conditional(cx, "PATCH", &user.path, ("If-Match", "*"), Some(&title("T")));
        ensure([404, 412].contains(&answer.status), &answer, "404 or 412")
    }),
    every("rule-if-match-one-winner", "of many writers with one tag exactly one wins", |cx| {
        let user = cx.user("race")?;
        let tag = tagged(&cx.read(&user)?)?;
        let write = |number: usize| {
            conditional(cx, "PATCH", &user.path, ("If-Match", &tag), Some(&title(&format!("T{number}"))))
        };
        let mut codes: Vec<u16> = std::thread::scope(|scope| {
            let waiting: Vec<_> = (0..8).map(|number| scope.spawn(move || write(number).status)).collect();
            waiting.into_iter().map(|thread| thread.join().unwrap_or_default()).collect()
        });
        codes.sort_unstable();
        let now = cx.read(&user)?;
        ensure(codes == [200, 412, 412, 412, 412, 412, 412, 412], &now, format!("one 200 and seven 412, not {codes:?}"))
    }),
    every("rule-no-op-keeps-version", "a write that changes nothing keeps version and lastModified", |cx| {
        let user = cx.user("calm")?;
        let group = cx.group("calm", &[&user])?;
        let before = cx.read(&user)?;
        cx.put(&user.path, &before.json).status(200)?.equals("/meta", before.at("/meta"))?;
        cx.patch_user(&user, &json!([replace("displayName", before.at("/displayName").clone())]))?
            .equals("/meta", before.at("/meta"))?;
        let before = cx.read(&group)?;
        cx.patch_group(&group, &json!([add("members", json!([{"value": user.id}]))]))?;
        cx.put(&group.path, &before.json).status(200)?.equals("/meta", before.at("/meta"))?;
        cx.read(&group)?.equals("/meta", before.at("/meta"))?;
        Ok(())
    }),
    every("rule-change-moves-version", "a change gives a new version, and lastModified does not go back", |cx| {
        let user = cx.user("move")?;
        let before = cx.read(&user)?;
        let now = cx.patch_user(&user, &json!([replace("title", json!("T"))]))?;
        ensure(now.version()? != before.version()?, &now, "a new version")?;
        now.equals("/meta/created", before.at("/meta/created"))?;
        let time = |answer: &Answer| answer.at("/meta/lastModified").as_str().unwrap_or_default().to_owned();
        ensure(time(&now) >= time(&before) && !time(&before).is_empty(), &now, "a lastModified that is not earlier")
    }),
    every(
        "rule-version-covers-members",
        "a group's version covers its members, a user's does not cover its groups",
        |cx| {
            let user = cx.user("inside")?;
            let group = cx.group("covers", &[])?;
            let (before, calm) = (cx.read(&group)?.version()?, cx.read(&user)?.version()?);
            cx.patch_group(&group, &json!([add("members", json!([{"value": user.id}]))]))?;
            let now = cx.read(&group)?;
            ensure(now.version()? != before, &now, "a new version of the group")?;
            let now = cx.read(&user)?;
            ensure(now.version()? == calm, &now, "the old version of the user")?;
            now.counts("/groups", 1)?;
            let version = cx.read(&group)?.version()?;
            cx.patch_user(&user, &json!([replace("displayName", json!("Renamed"))]))?;
            let now = cx.read(&group)?;
            ensure(now.version()? == version, &now, "a group's version that does not cover display")?;
            now.equals("/members/0/display", &json!("Renamed"))?;
            Ok(())
        },
    ),
];
