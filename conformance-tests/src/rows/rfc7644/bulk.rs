//! Bulk: the request, its operations and its answer (RFC 7644 section 3.7).

use super::{MALFORMED, implied, may, must, needing, refused_as, same, schema_demanded, with};
use crate::cases::context::{GROUP, PATCH_OP, USER, replace};
use crate::cases::{Case, Context, Outcome, Problem, Profile, ensure};
use crate::client::Answer;
use crate::rows::LENIENT;
use serde_json::{Value, json};

const BULK: &str = "RFC 7644 3.7";
pub(super) const REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
const RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";

pub(super) const fn rule(case: Case) -> Case {
    needing("/bulk/supported", case)
}

/// A bulk request; what it made is deleted at the end.
pub(super) fn send(cx: &Context, operations: &Value, more: &Value) -> Answer {
    let answer = cx.post("/Bulk", &with(json!({"schemas": [REQUEST], "Operations": operations}), more));
    remember(cx, &answer);
    answer
}

/// What a bulk answer says was made is deleted at the end.
fn remember(cx: &Context, answer: &Answer) {
    let made = answer.elements("/Operations").iter().filter(|operation| operation["method"] == json!("POST"));
    made.filter_map(|operation| path_of(&operation["location"])).for_each(|path| cx.remember(path));
}

/// The path of a location below the base URL, whatever the server calls itself.
fn path_of(location: &Value) -> Option<String> {
    let (rest, id) = location.as_str()?.rsplit_once('/')?;
    let (_, endpoint) = rest.rsplit_once('/')?;
    Some(format!("/{endpoint}/{id}"))
}

/// A 200 whose operations have these statuses.
pub(super) fn statuses(answer: &Answer, wanted: &[&str]) -> Outcome {
    answer.status(200)?.equals("/schemas", &json!([RESPONSE]))?;
    let found: Vec<&str> =
        answer.elements("/Operations").iter().filter_map(|operation| operation["status"].as_str()).collect();
    ensure(found == wanted, answer, format!("statuses {wanted:?}"))
}

pub(super) fn create(cx: &Context, stem: &str) -> Value {
    json!({"method": "POST", "path": "/Users", "bulkId": stem, "data": {"schemas": [USER], "userName": cx.mail(stem)}})
}

pub(super) fn create_group(cx: &Context, stem: &str, members: &[&str]) -> Value {
    let members: Vec<Value> = members.iter().map(|member| json!({"value": format!("bulkId:{member}")})).collect();
    let data = json!({"schemas": [GROUP], "displayName": cx.name(stem), "members": members});
    json!({"method": "POST", "path": "/Groups", "bulkId": stem, "data": data})
}

/// The resource that an operation of the answer names.
pub(super) fn made(cx: &Context, answer: &Answer, place: usize) -> Result<Answer, Problem> {
    let location = format!("/Operations/{place}/location");
    let found = cx.get(&path_of(answer.text_at(&location)?.at(&location)).unwrap_or_default());
    found.status(200)?;
    Ok(found)
}

/// Each operation alone fails with one of these statuses, within an answer of 200.
fn each_fails(cx: &Context, operations: &[Value], statuses: &[&str]) -> Outcome {
    for operation in operations {
        let answer = send(cx, &json!([operation]), &json!({}));
        let status = answer.status(200)?.at("/Operations/0/status").as_str().unwrap_or_default();
        ensure(statuses.contains(&status), &answer, format!("an operation with one of {statuses:?}"))?;
    }
    Ok(())
}

fn title() -> Value {
    json!({"schemas": [PATCH_OP], "Operations": [replace("title", json!("T"))]})
}

fn locations(cx: &Context) -> Outcome {
    let user = cx.user("there")?;
    let taken = json!({"method": "POST", "path": "/Users", "bulkId": "taken", "data": cx.user_body("there")});
    let bad = json!({"schemas": [PATCH_OP], "Operations": [replace("id", json!("x"))]});
    let operations = json!([
        create(cx, "new"), taken, {"method": "PATCH", "path": user.path, "data": title()},
        {"method": "PATCH", "path": user.path, "data": bad}, {"method": "DELETE", "path": user.path},
    ]);
    let answer = send(cx, &operations, &json!({}));
    statuses(&answer, &["201", "409", "200", "400", "204"])?;
    for place in [2, 3, 4] {
        answer.equals(&format!("/Operations/{place}/location"), &user.body["meta"]["location"])?;
    }
    answer.text_at("/Operations/0/location")?.absent("/Operations/1/location")?;
    Ok(())
}

fn failed_operation(cx: &Context) -> Outcome {
    let nobody = json!({"method": "DELETE", "path": "/Users/7f1f4a7e-0000-4000-8000-000000000000"});
    let answer = send(cx, &json!([create(cx, "good"), nobody]), &json!({}));
    statuses(&answer, &["201", "404"])?;
    let error = "urn:ietf:params:scim:api:messages:2.0:Error";
    answer.equals("/Operations/1/response/schemas", &json!([error]))?;
    answer.equals("/Operations/1/response/status", &json!("404"))?.text_at("/Operations/1/response/detail")?;
    Ok(())
}

fn versions(cx: &Context) -> Outcome {
    let user = cx.user("version")?;
    let old = cx.read(&user)?.version()?;
    cx.patch_user(&user, &json!([replace("nickName", json!("N"))]))?;
    let current = cx.read(&user)?.version()?;
    let patch = |version: &str| json!({"method": "PATCH", "path": user.path, "version": version, "data": title()});
    let delete = json!({"method": "DELETE", "path": user.path, "version": old});
    statuses(&send(cx, &json!([patch(&old), delete, patch(&current)]), &json!({})), &["412", "412", "200"])?;
    cx.read(&user)?.equals("/title", &json!("T"))?;
    Ok(())
}

pub(super) const CASES: &[Case] = &[
    may(BULK, "7644-3.7-01", "ServiceProviderConfig says whether there is Bulk", |cx| {
        let configuration = cx.get("/ServiceProviderConfig");
        let answer = cx.post("/Bulk", &json!({"schemas": [REQUEST], "Operations": []}));
        match configuration.status(200)?.at("/bulk/supported").as_bool() {
            Some(true) => ensure([200, 400].contains(&answer.status), &answer, "200 or 400"),
            Some(false) => ensure([404, 501].contains(&answer.status), &answer, "404 or 501"),
            None => ensure(false, &configuration, "bulk.supported as a boolean"),
        }
    }),
    rule(must(BULK, "7644-3.7-02", "request and response carry their schemas", |cx| {
        statuses(&send(cx, &json!([create(cx, "schemas")]), &json!({})), &["201"])?;
        let wrong = json!({"schemas": ["urn:example:other"], "Operations": [create(cx, "wrong")]});
        let answer = cx.post("/Bulk", &wrong);
        remember(cx, &answer);
        schema_demanded(cx, &answer, &[])
    })),
    rule(must(BULK, "7644-3.7-03", "Operations is there, each with a method of four", |cx| {
        refused_as(&cx.post("/Bulk", &json!({"schemas": [REQUEST]})), MALFORMED)?;
        each_fails(cx, &[json!({"method": "GET", "path": "/Users"}), json!({"path": "/Users"})], &["400", "405"])?;
        same(cx, &["rule-bulk-all-methods"])
    })),
    rule(must(BULK, "7644-3.7-04", "a POST has a bulkId of its own", |cx| {
        let bare = json!({"method": "POST", "path": "/Users", "data": cx.user_body("bare")});
        each_fails(cx, &[bare], &["400"])?;
        let mut second = create(cx, "second");
        second["bulkId"] = json!("first");
        let answer = send(cx, &json!([create(cx, "first"), second]), &json!({}));
        if cx.profile() == Profile::Rfc && *answer.status(200)?.at("/Operations/1/status") == *"201" {
            return Err(Problem::Skipped(LENIENT.to_owned()));
        }
        answer.status(200)?.equals("/Operations/1/status", &json!("400"))?;
        Ok(())
    })),
    rule(must(BULK, "7644-3.7-05", "POST goes to a type, the others to a resource", |cx| {
        let user = cx.user("path")?;
        let data = cx.user_body("path");
        let post = json!({"method": "POST", "path": user.path, "bulkId": "x", "data": data});
        let put = json!({"method": "PUT", "path": "/Users", "data": data});
        let operations = [post, put, json!({"method": "DELETE", "path": "/Users"}), json!({"method": "DELETE"})];
        each_fails(cx, &operations, &["400", "404", "405"])?;
        cx.read(&user)?.equals("/meta", &user.body["meta"])?;
        Ok(())
    })),
    rule(must(BULK, "7644-3.7-06", "all but DELETE have data; a PATCH's is a whole PatchOp", |cx| {
        let user = cx.user("data")?;
        let bare = |method: &str, path: &str| json!({"method": method, "path": path, "bulkId": method});
        each_fails(cx, &[bare("POST", "/Users"), bare("PUT", &user.path), bare("PATCH", &user.path)], &["400"])?;
        let patch = json!([{"method": "PATCH", "path": user.path, "data": title()}]);
        statuses(&send(cx, &patch, &json!({})), &["200"])?;
        cx.read(&user)?.equals("/title", &json!("T"))?;
        Ok(())
    })),
    rule(may(BULK, "7644-3.7-07", "version is a precondition", versions)),
    rule(must(BULK, "7644-3.7-08", "every operation but a failed POST has a location", locations)),
    rule(must(BULK, "7644-3.7-09", "a failed operation holds an Error", failed_operation)),
    rule(implied(BULK, "7644-3.7-10", "an operation's status is text", |cx| {
        let answer = send(cx, &json!([create(cx, "status")]), &json!({}));
        answer.status(200)?.equals("/Operations/0/status", &json!("201"))?;
        Ok(())
    })),
    rule(must(BULK, "7644-3.7-11", "a job that was done is a 200, whatever failed", |cx| {
        let nobody = |id: &str| json!({"method": "DELETE", "path": format!("/Users/{id}")});
        statuses(&send(cx, &json!([nobody("x"), nobody("y")]), &json!({})), &["404", "404"])
    })),
    rule(must(BULK, "7644-3.7-12", "a failure does not stop the rest", |cx| same(cx, &["rule-bulk-goes-on"]))),
    rule(implied(BULK, "7644-3.7-13", "failOnErrors stops after that many", |cx| {
        let bad = |id: &str| json!({"method": "POST", "path": "/Users", "bulkId": id, "data": {"schemas": [USER]}});
        let operations = json!([bad("a"), create(cx, "b"), bad("c"), create(cx, "d")]);
        statuses(&send(cx, &operations, &json!({"failOnErrors": 2})), &["400", "201", "400"])?;
        cx.finds("/Users", &format!("userName eq \"{}\"", cx.mail("d")), &[])
    })),
    rule(implied(BULK, "7644-3.7-14", "failOnErrors is a number of at least 1", |cx| {
        for wrong in [json!(0), json!(-1), json!("1"), json!(1.5)] {
            send(cx, &json!([create(cx, "never")]), &json!({"failOnErrors": wrong})).error(400, "")?;
        }
        cx.finds("/Users", &format!("userName eq \"{}\"", cx.mail("never")), &[])
    })),
    rule(must(BULK, "7644-3.7-15", "bulkId comes back with the resource", |cx| {
        let answer = send(cx, &json!([create(cx, "one"), create(cx, "two")]), &json!({}));
        statuses(&answer, &["201", "201"])?;
        for (place, stem) in ["one", "two"].into_iter().enumerate() {
            answer.equals(&format!("/Operations/{place}/bulkId"), &json!(stem))?;
            made(cx, &answer, place)?.equals("/userName", &json!(cx.mail(stem)))?;
        }
        Ok(())
    })),
    rule(may(BULK, "7644-3.7-16", "whatever the order inside, the outcome is that of the request", |cx| {
        let answer = send(cx, &json!([create(cx, "user"), create_group(cx, "group", &["user"])]), &json!({}));
        statuses(&answer, &["201", "201"])?;
        let user = made(cx, &answer, 0)?;
        made(cx, &answer, 1)?.members(&[user.at("/id").as_str().unwrap_or_default()])
    })),
    rule(implied(BULK, "7644-3.7-18", "an operation reaches resources only", |cx| {
        let post = |path: &str| json!({"method": "POST", "path": path, "bulkId": "x", "data": {"schemas": [USER]}});
        let operations = [post("/Bulk"), post("/Users/.search"), post("/.search"), post("/Schemas"), post("/Me")];
        each_fails(cx, &operations, &["400", "403", "404", "405", "501"])
    })),
];

/// The limit that ServiceProviderConfig publishes under this name.
pub(super) fn limit(cx: &Context, name: &str) -> Result<usize, Problem> {
    let answer = cx.get("/ServiceProviderConfig");
    let limit = answer.status(200)?.at(&format!("/bulk/{name}")).as_u64().and_then(|limit| usize::try_from(limit).ok());
    match limit {
        Some(limit) if (1..=64 << 20).contains(&limit) => Ok(limit),
        _ => Err(Problem::Skipped(format!("bulk.{name} is none, or too large to be tried"))),
    }
}
