//! Replacing a resource by PUT (RFC 7644 section 3.5.1).

use super::{implied, may, must, must_not, same, shall, with};
use crate::cases::context::{ENTERPRISE, GROUP, USER, enterprise};
use crate::cases::{Case, Context, Outcome, ensure};
use serde_json::json;

const PUT: &str = "RFC 7644 3.5.1";

fn omitted(cx: &Context) -> Outcome {
    let user = cx.user_with("omitted", json!({"title": "T", "nickName": "N"}))?;
    cx.put(&user.path, &json!({"schemas": [USER], "userName": user.name})).status(200)?;
    let now = cx.read(&user)?;
    now.absent("/title")?.absent("/nickName")?.absent("/emails")?.absent("/displayName")?;
    same(cx, &["rule-active-put"])
}

fn members_exactly(cx: &Context) -> Outcome {
    let (one, two, three) = (cx.user("one")?, cx.user("two")?, cx.user("three")?);
    let group = cx.group("exact", &[&one, &two])?;
    let members = json!([{"value": two.id}, {"value": three.id}]);
    cx.put(&group.path, &json!({"schemas": [GROUP], "displayName": group.name, "members": members})).status(200)?;
    cx.holds(&group, &[&two, &three])?;
    same(cx, &["rule-put-empty-members", "rfc-put-without-members", "rule-put-without-members"])
}

pub(super) const CASES: &[Case] = &[
    must(PUT, "7644-3.5.1-01", "PUT replaces", |cx| {
        let user = cx.user("put")?;
        let body = with(cx.user_body("put"), &json!({"title": "T"}));
        cx.put(&user.path, &body).status(200)?.equals("/id", &json!(user.id))?.equals("/title", &json!("T"))?;
        Ok(())
    }),
    must_not(PUT, "7644-3.5.1-02", "PUT never creates", |cx| {
        cx.put("/Users/7f1f4a7e-0000-4000-8000-000000000000", &cx.user_body("new")).error(404, "")?;
        cx.finds("/Users", &format!("userName eq \"{}\"", cx.mail("new")), &[])
    }),
    shall(PUT, "7644-3.5.1-03", "values given take the place of the old", |cx| {
        let user = cx.user_with("given", json!({"title": "Old"}))?;
        let given = json!({"title": "New", "password": "uT7!xk29fQ", "emails": [{"value": "new@example.org"}]});
        let now = cx.put(&user.path, &with(cx.user_body("given"), &given));
        now.status(200)?.equals("/title", &json!("New"))?.absent("/password")?;
        cx.read(&user)?.equals("/title", &json!("New"))?.equals("/emails", &json!([{"value": "new@example.org"}]))?;
        Ok(())
    }),
    may(PUT, "7644-3.5.1-04", "what is left out is cleared, but active and the password", omitted),
    may(PUT, "7644-3.5.1-05", "null and an empty list clear", |cx| {
        let user = cx.user_with("clear", json!({"roles": [{"value": "r"}], "title": "T"}))?;
        cx.read(&user)?.present("/roles")?.present("/title")?;
        let body = with(cx.user_body("clear"), &json!({"roles": [], "title": null}));
        cx.put(&user.path, &body).status(200)?.absent("/roles")?.absent("/title")?;
        Ok(())
    }),
    shall(PUT, "7644-3.5.1-07", "read-only values are ignored", |cx| {
        let (user, other) = (cx.user("mine")?, cx.group("other", &[])?);
        let foreign = json!({"id": "x", "meta": {"created": "2001-01-01T00:00:00Z"}, "groups": [{"value": other.id}]});
        let now = cx.put(&user.path, &with(cx.user_body("mine"), &foreign));
        now.status(200)?.equals("/id", &json!(user.id))?.equals("/meta/created", &user.body["meta"]["created"])?;
        ensure(now.elements("/groups").is_empty(), &now, "no groups")
    }),
    must(PUT, "7644-3.5.1-08", "required attributes must be given", |cx| {
        let (user, group) = (cx.user("required")?, cx.group("required", &[])?);
        cx.put(&user.path, &json!({"schemas": [USER], "title": "T"})).error(400, "invalidValue")?;
        cx.put(&group.path, &json!({"schemas": [GROUP]})).error(400, "invalidValue")?;
        cx.read(&user)?.equals("/meta", &user.body["meta"])?;
        Ok(())
    }),
    implied(PUT, "7644-3.5.1-09", "success is a 200 with the whole resource", |cx| {
        let user = cx.user("whole")?;
        let now = cx.put(&user.path, &with(cx.user_body("whole"), &json!({"title": "T"})));
        now.status(200)?.equals("/title", &json!("T"))?.equals("/userName", &json!(user.name))?;
        let read = cx.read(&user)?;
        ensure(read.json == now.json, &read, "the same as the answer to PUT")
    }),
    implied(PUT, "7644-3.5.1-10", "another's name is a 409 uniqueness", |cx| {
        let (user, other) = (cx.user("mine")?, cx.user("taken")?);
        let body = with(cx.user_body("mine"), &json!({"userName": other.name}));
        cx.put(&user.path, &body).error(409, "uniqueness")?;
        cx.read(&user)?.equals("/userName", &json!(user.name))?;
        Ok(())
    }),
    implied(PUT, "7644-3.5.1-11", "an extension left out goes, from schemas too", |cx| {
        let user = cx.user_with("extended", json!({ENTERPRISE: {"department": "D"}}))?;
        cx.read(&user)?.present(&enterprise("/department"))?;
        let now = cx.put(&user.path, &cx.user_body("extended"));
        now.status(200)?.absent(&enterprise(""))?.equals("/schemas", &json!([USER]))?;
        Ok(())
    }),
    implied(PUT, "7644-3.5.1-12", "a group's members are those of the PUT", members_exactly),
];
