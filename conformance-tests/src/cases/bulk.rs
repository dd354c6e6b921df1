//! Bulk: order, references, errors and limits (RFC 7644 section 3.7).

use super::context::{ENTERPRISE, GROUP, PATCH_OP, USER, add, enterprise};
use super::{Applies, Case, Check, Context, Outcome, Problem, ensure};
use crate::client::Answer;
use serde_json::{Value, json};

const fn every(id: &'static str, title: &'static str, run: Check) -> Case {
    Case::new("Bulk", Applies::Every, id, title, run).needing("/bulk/supported")
}

/// A bulk request of these operations; what it made is deleted at the end.
fn send(cx: &Context, operations: &Value, more: Value) -> Answer {
    let mut body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations});
    for (name, value) in more.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    let answer = cx.post("/Bulk", &body);
    for operation in answer.elements("/Operations") {
        if let (Some("POST"), Some(path)) = (operation["method"].as_str(), path_of(&operation["location"])) {
            cx.remember(path);
        }
    }
    answer
}

/// The path of a location below the base URL, whatever the server's own name for itself.
fn path_of(location: &Value) -> Option<String> {
    let (rest, id) = location.as_str()?.rsplit_once('/')?;
    let (_, endpoint) = rest.rsplit_once('/')?;
    Some(format!("/{endpoint}/{id}"))
}

/// The answer is a bulk response with these statuses, as text.
fn statuses(answer: &Answer, wanted: &[&str]) -> Outcome {
    answer.status(200)?.equals("/schemas", &json!(["urn:ietf:params:scim:api:messages:2.0:BulkResponse"]))?;
    let found: Vec<&str> =
        answer.elements("/Operations").iter().filter_map(|operation| operation["status"].as_str()).collect();
    ensure(found == wanted, answer, format!("statuses {wanted:?}"))
}

fn create(cx: &Context, stem: &str) -> Value {
    json!({"method": "POST", "path": "/Users", "bulkId": stem, "data": {"schemas": [USER], "userName": cx.mail(stem)}})
}

fn create_group(cx: &Context, stem: &str, members: &[&str]) -> Value {
    let members: Vec<Value> = members.iter().map(|member| json!({"value": format!("bulkId:{member}")})).collect();
    let data = json!({"schemas": [GROUP], "displayName": cx.name(stem), "members": members});
    json!({"method": "POST", "path": "/Groups", "bulkId": stem, "data": data})
}

/// The resource that an operation of a bulk answer names.
fn made(cx: &Context, answer: &Answer, place: usize) -> Result<Answer, Problem> {
    let location = format!("/Operations/{place}/location");
    let path = path_of(answer.text_at(&location)?.at(&location)).unwrap_or_default();
    let found = cx.get(&path);
    found.status(200)?;
    Ok(found)
}

pub(super) const CASES: &[Case] = &[
    every("rule-bulk-all-methods", "create, replace, change and delete in one request", |cx| {
        let (user, other) = (cx.user("put")?, cx.user("gone")?);
        let patch = json!({"schemas": [PATCH_OP], "Operations": [add("title", json!("T"))]});
        let operations = json!([
            create(cx, "new"),
            {"method": "PUT", "path": user.path, "data": cx.user_body("put")},
            {"method": "PATCH", "path": user.path, "data": patch},
            {"method": "DELETE", "path": other.path},
        ]);
        let answer = send(cx, &operations, json!({}));
        statuses(&answer, &["201", "200", "200", "204"])?;
        answer
            .equals("/Operations/0/bulkId", &json!("new"))?
            .equals("/Operations/2/location", &user.body["meta"]["location"])?;
        made(cx, &answer, 0)?.equals("/userName", &json!(cx.mail("new")))?;
        cx.read(&user)?.equals("/title", &json!("T"))?;
        cx.get(&other.path).error(404, "")
    }),
    every("rule-bulk-goes-on", "a failed operation does not stop the rest", |cx| {
        let mut again = create(cx, "a");
        again["bulkId"] = json!("b");
        let answer = send(cx, &json!([create(cx, "a"), again, create(cx, "c")]), json!({}));
        statuses(&answer, &["201", "409", "201"])?;
        answer.equals("/Operations/1/response/scimType", &json!("uniqueness"))?.absent("/Operations/1/location")?;
        Ok(())
    }),
    every("rule-bulk-fail-on-errors", "failOnErrors stops after that many", |cx| {
        let bad = |id: &str| json!({"method": "POST", "path": "/Users", "bulkId": id, "data": {"schemas": [USER]}});
        let answer = send(cx, &json!([bad("a"), create(cx, "b")]), json!({"failOnErrors": 1}));
        statuses(&answer, &["400"])?;
        cx.finds("/Users", &format!("userName eq \"{}\"", cx.mail("b")), &[])
    }),
    every("rule-bulk-references", "references are resolved, also forward and in an extension", |cx| {
        let manager = json!({"manager": {"value": "bulkId:boss"}});
        let report = json!({"schemas": [USER, ENTERPRISE], "userName": cx.mail("report"), ENTERPRISE: manager});
        let operations = json!([
            create_group(cx, "group", &["boss"]), create(cx, "boss"),
            {"method": "POST", "path": "/Users", "bulkId": "report", "data": report},
        ]);
        let answer = send(cx, &operations, json!({}));
        statuses(&answer, &["201", "201", "201"])?;
        let boss = made(cx, &answer, 1)?;
        made(cx, &answer, 0)?.members(&[boss.at("/id").as_str().unwrap_or_default()])?;
        made(cx, &answer, 2)?.equals(&enterprise("/manager/value"), boss.at("/id"))?;
        Ok(())
    }),
    every("rule-bulk-unknown-reference", "a reference to nothing fails its operation", |cx| {
        let answer = send(cx, &json!([create_group(cx, "group", &["nothing"]), create(cx, "user")]), json!({}));
        answer.status(200)?.equals("/Operations/1/status", &json!("201"))?;
        let status = answer.at("/Operations/0/status").as_str().unwrap_or_default();
        ensure(["400", "409"].contains(&status), &answer, "400 or 409 for the reference to nothing")?;
        cx.finds("/Groups", &format!("displayName eq \"{}\"", cx.name("group")), &[])
    }),
    every("rule-bulk-limits", "more operations than published are a 413 that names the limit", |cx| {
        let operations: Vec<Value> = (0..1001).map(|_| json!({"method": "DELETE", "path": "/Users/nobody"})).collect();
        send(cx, &json!(operations), json!({})).error_naming(413, "", "1000")
    }),
    every("rule-bulk-envelope", "a request without Operations is refused", |cx| {
        cx.post("/Bulk", &json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"]}))
            .error(400, "invalidSyntax")
    }),
];
