//! Bulk: references between operations, and limits (RFC 7644 sections 3.7.1, 3.7.2 and 3.7.4).

use super::bulk::{REQUEST, create, create_group, limit, made, rule, send, statuses};
use super::{implied, may, must, skip};
use crate::cases::context::{ENTERPRISE, PATCH_OP, USER, add, enterprise};
use crate::cases::{Case, Context, Outcome, Profile, ensure};
use crate::client::{Answer, Request};
use serde_json::{Value, json};

const CIRCLES: &str = "RFC 7644 3.7.1";
const REFERENCES: &str = "RFC 7644 3.7.2";
const LIMITS: &str = "RFC 7644 3.7.4";

fn id(answer: &Answer) -> &str {
    answer.at("/id").as_str().unwrap_or_default()
}

/// A user whose manager is the user of another operation.
fn report(cx: &Context, stem: &str, manager: &str) -> Value {
    let mut user = create(cx, stem);
    user["data"]["schemas"] = json!([USER, ENTERPRISE]);
    user["data"][ENTERPRISE] = json!({"manager": {"value": format!("bulkId:{manager}")}});
    user
}

/// Two users who manage each other. (Two groups that contain each other may be refused as a cycle of membership.)
fn managers_of_each_other(cx: &Context) -> Outcome {
    let answer = send(cx, &json!([report(cx, "a", "b"), report(cx, "b", "a")]), &json!({}));
    let gave_up = answer.elements("/Operations").iter().any(|operation| operation["status"] == "409");
    if cx.profile() == Profile::Rfc && gave_up {
        return skip("a server may give up on a circle with 409 (RFC 7644 section 3.7.1), and this one does");
    }
    statuses(&answer, &["201", "201"])?;
    let (a, b) = (made(cx, &answer, 0)?, made(cx, &answer, 1)?);
    a.equals(&enterprise("/manager/value"), b.at("/id"))?;
    b.equals(&enterprise("/manager/value"), a.at("/id"))?;
    Ok(())
}

/// Two groups in each other are made, or refused as what they are.
fn groups_in_each_other(cx: &Context) -> Outcome {
    let operations = json!([create_group(cx, "a", &["b"]), create_group(cx, "b", &["a"])]);
    let answer = send(cx, &operations, &json!({}));
    answer.status(200)?.counts("/Operations", 2)?;
    for operation in answer.elements("/Operations") {
        let status = operation["status"].as_str().unwrap_or_default();
        ensure(["201", "400", "409"].contains(&status), &answer, "each operation a 201, 400 or 409")?;
    }
    Ok(())
}

fn wherever(cx: &Context) -> Outcome {
    let group = cx.group("there", &[])?;
    let patch = |value: &str| {
        let operations = json!([add("members", json!([{"value": value}]))]);
        json!({"method": "PATCH", "path": group.path, "data": {"schemas": [PATCH_OP], "Operations": operations}})
    };
    let operations = json!([
        create(cx, "boss"),
        report(cx, "report", "boss"),
        create_group(cx, "g", &["boss"]),
        patch("bulkId:boss")
    ]);
    let answer = send(cx, &operations, &json!({}));
    answer.status(200)?.counts("/Operations", 4)?;
    let boss = made(cx, &answer, 0)?;
    made(cx, &answer, 1)?.equals(&enterprise("/manager/value"), boss.at("/id"))?;
    made(cx, &answer, 2)?.members(&[id(&boss)])?;
    cx.read(&group)?.members(&[id(&boss)])
}

fn in_paths(cx: &Context) -> Outcome {
    let rename = json!({"schemas": [PATCH_OP], "Operations": [add("members", json!([{"value": "bulkId:u"}]))]});
    let patch = json!({"method": "PATCH", "path": "/Groups/bulkId:g", "data": rename});
    let answer = send(cx, &json!([create(cx, "u"), create_group(cx, "g", &[]), patch]), &json!({}));
    answer.status(200)?.counts("/Operations", 3)?;
    let user = made(cx, &answer, 0)?;
    made(cx, &answer, 1)?.members(&[id(&user)])
}

fn to_nothing(cx: &Context) -> Outcome {
    let bad = json!({"method": "POST", "path": "/Users", "bulkId": "bad", "data": {"schemas": [USER]}});
    let operations = json!([bad, create_group(cx, "on-bad", &["bad"]), create_group(cx, "on-none", &["none"])]);
    let answer = send(cx, &operations, &json!({}));
    answer.status(200)?.counts("/Operations", 3)?;
    for place in [1, 2] {
        let status = answer.at(&format!("/Operations/{place}/status")).as_str().unwrap_or_default();
        ensure(["400", "409"].contains(&status), &answer, "400 or 409 for a reference to nothing")?;
    }
    cx.finds("/Groups", &format!("displayName eq \"{}\"", cx.name("on-bad")), &[])
}

fn whole_tokens(cx: &Context) -> Outcome {
    let mut other = create(cx, "other");
    other["data"]["displayName"] = json!("bulkId:first");
    other["data"]["title"] = json!("see bulkId:first");
    let mut longer = create(cx, "longer");
    longer["bulkId"] = json!("first-and-more");
    let group = create_group(cx, "tokens", &["first-and-more"]);
    let answer = send(cx, &json!([create(cx, "first"), other, longer, group]), &json!({}));
    statuses(&answer, &["201", "201", "201", "201"])?;
    let kept = made(cx, &answer, 1)?;
    kept.equals("/displayName", &json!("bulkId:first"))?.equals("/title", &json!("see bulkId:first"))?;
    let longer = made(cx, &answer, 2)?;
    made(cx, &answer, 3)?.members(&[id(&longer)])
}

/// One operation more than published; the first would make a user.
fn too_many(cx: &Context) -> Result<Answer, crate::cases::Problem> {
    let mut operations = vec![create(cx, "never")];
    operations.resize(limit(cx, "maxOperations")? + 1, json!({"method": "DELETE", "path": "/Users/nobody"}));
    Ok(send(cx, &json!(operations), &json!({})))
}

/// A valid request with more bytes than published, with this header.
fn too_long(cx: &Context, header: Option<(&str, &str)>) -> Result<Answer, crate::cases::Problem> {
    let mut user = create(cx, "never");
    user["data"]["title"] = json!("x".repeat(limit(cx, "maxPayloadSize")? + 1));
    let mut request = Request::new("POST", "/Bulk").json(&json!({"schemas": [REQUEST], "Operations": [user]}));
    if let Some((name, value)) = header {
        request = request.header(name, value);
    }
    Ok(cx.send(&request))
}

fn nothing_done(cx: &Context) -> Outcome {
    cx.finds("/Users", &format!("userName eq \"{}\"", cx.mail("never")), &[])
}

pub(super) const CASES: &[Case] = &[
    rule(must(CIRCLES, "7644-3.7.1-01", "circular references are resolved", managers_of_each_other)),
    rule(may(CIRCLES, "7644-3.7.1-02", "a circle that cannot be is a failed operation", groups_in_each_other)),
    rule(must(REFERENCES, "7644-3.7.2-01", "a bulkId stands for the id wherever a reference can be", wherever)),
    rule(implied(REFERENCES, "7644-3.7.2-02", "a bulkId may be used before its operation", |cx| {
        let answer = send(cx, &json!([create_group(cx, "group", &["user"]), create(cx, "user")]), &json!({}));
        statuses(&answer, &["201", "201"])?;
        let user = made(cx, &answer, 1)?;
        made(cx, &answer, 0)?.members(&[id(&user)])
    })),
    rule(implied(REFERENCES, "7644-3.7.2-03", "a bulkId stands for the id in a path", in_paths)),
    rule(implied(REFERENCES, "7644-3.7.2-04", "a reference to nothing fails its operation", to_nothing)),
    rule(implied(REFERENCES, "7644-3.7.2-05", "only whole references are replaced, text never", whole_tokens)),
    rule(must(LIMITS, "7644-3.7.4-01", "both limits are kept", |cx| {
        too_many(cx)?.error(413, "")?;
        too_long(cx, None)?.error(413, "")?;
        nothing_done(cx)
    })),
    rule(must(LIMITS, "7644-3.7.4-02", "the 413 names the limit, and nothing was done", |cx| {
        too_many(cx)?.error_naming(413, "", &limit(cx, "maxOperations")?.to_string())?;
        too_long(cx, None)?.error_naming(413, "", &limit(cx, "maxPayloadSize")?.to_string())?;
        nothing_done(cx)
    })),
    rule(implied(LIMITS, "7644-3.7.4-03", "the limit holds without Content-Length", |cx| {
        too_long(cx, Some(("Transfer-Encoding", "chunked")))?.error(413, "")?;
        nothing_done(cx)
    })),
];
