//! PATCH: its envelope, its paths, its order and its answer (RFC 7644 section 3.5.2).

use super::{MALFORMED, implied, must, needing, refused_as, same, schema_demanded, shall, should};
use crate::cases::context::{ENTERPRISE, PATCH_OP, USER, add, enterprise, qualified, remove, replace};
use crate::cases::{Case, Context, Outcome, Profile, Resource, ensure};
use crate::client::{Answer, Request};
use serde_json::{Value, json};

const PATCH: &str = "RFC 7644 3.5.2";

pub(super) const fn rule(case: Case) -> Case {
    needing("/patch/supported", case)
}

fn send(cx: &Context, user: &Resource, body: &Value) -> Answer {
    cx.send(&Request::new("PATCH", &user.path).json(body))
}

/// Each operation alone is refused like this; the user stays as it is.
pub(super) fn refused(cx: &Context, scim_type: &str, operations: &[Value]) -> Outcome {
    refused_alike(cx, if scim_type.is_empty() { &[] } else { std::slice::from_ref(&scim_type) }, operations)
}

fn refused_alike(cx: &Context, scim_types: &[&str], operations: &[Value]) -> Outcome {
    let user = cx.user("refused")?;
    for operation in operations {
        refused_as(&cx.patch(&user.path, &json!([operation])), scim_types)?;
    }
    let now = cx.read(&user)?;
    ensure(now.json == user.body, &now, "the user as it was made")
}

fn envelope(cx: &Context) -> Outcome {
    let user = cx.user("envelope")?;
    let operations = json!([replace("title", json!("T"))]);
    let other = send(cx, &user, &json!({"schemas": ["urn:example:other"], "Operations": operations}));
    schema_demanded(cx, &other, &[])?;
    schema_demanded(cx, &send(cx, &user, &json!({"Operations": operations})), MALFORMED)
}

fn some_operations(cx: &Context) -> Outcome {
    let user = cx.user("none")?;
    send(cx, &user, &json!({"schemas": [PATCH_OP]})).error(400, "")?;
    send(cx, &user, &json!({"schemas": [PATCH_OP], "Operations": "x"})).error(400, "")?;
    let empty = cx.patch(&user.path, &json!([]));
    match cx.profile() {
        Profile::Rfc => refused_as(&empty, MALFORMED),
        _ => empty.status(200)?.equals("/meta", &user.body["meta"]).map(drop),
    }
}

fn paths(cx: &Context) -> Outcome {
    let bad = ["emails[type eq", "emails[type eq \"work\"", "name..givenName", "emails]", "a b", "", "emails[].value"];
    let user = cx.user("paths")?;
    for path in bad {
        // No path at all, it may be said.
        if path.is_empty() && cx.profile() == Profile::Rfc {
            continue;
        }
        let answer = cx.patch(&user.path, &json!([replace(path, json!("x"))]));
        let kind = answer.status(400)?.at("/scimType").as_str().unwrap_or_default();
        ensure(["invalidPath", "invalidFilter"].contains(&kind), &answer, "invalidPath or invalidFilter")?;
    }
    cx.read(&user)?.equals("/meta", &user.body["meta"])?;
    Ok(())
}

fn qualified_paths(cx: &Context) -> Outcome {
    let (boss, user) = (cx.user("boss")?, cx.user("report")?);
    let operations = json!([
        add(&qualified("manager.value"), json!(boss.id)),
        add(&qualified("department"), json!("D")),
        replace(&format!("{USER}:name.familyName"), json!("Qualified")),
    ]);
    let now = cx.patch_user(&user, &operations)?;
    now.equals(&enterprise("/manager/value"), &json!(boss.id))?.equals("/name/familyName", &json!("Qualified"))?;
    now.equals(&enterprise("/department"), &json!("D"))?;
    Ok(())
}

fn schemas_grow(cx: &Context) -> Outcome {
    let user = cx.user("grow")?;
    let operations = json!([
        add("schemas", json!([ENTERPRISE])),
        add(&qualified("department"), json!("A")),
        replace(&qualified("department"), json!("B")),
    ]);
    let now = cx.patch_user(&user, &operations)?;
    now.equals(&enterprise("/department"), &json!("B"))?.equals("/schemas", &json!([USER, ENTERPRISE]))?;
    Ok(())
}

fn atomic(cx: &Context) -> Outcome {
    let user = cx.user("atomic")?;
    for bad in [replace("active", json!("maybe")), remove("userName"), replace("id", json!("x"))] {
        let operations = json!([replace("title", json!("T")), remove("emails"), bad]);
        cx.patch(&user.path, &operations).error(400, "")?;
    }
    let now = cx.read(&user)?;
    ensure(now.json == user.body, &now, "the user as it was made, version and all")
}

fn success(cx: &Context) -> Outcome {
    let user = cx.user("success")?;
    let answer = cx.patch(&user.path, &json!([replace("title", json!("T"))]));
    match answer.status {
        204 => answer.empty()?,
        _ => answer.status(200)?.equals("/title", &json!("T"))?.equals("/userName", &json!(user.name)).map(drop)?,
    }
    let only = cx.patch(&format!("{}?attributes=userName", user.path), &json!([replace("title", json!("U"))]));
    only.status(200)?.equals("/userName", &json!(user.name))?.present("/id")?.present("/schemas")?.absent("/title")?;
    Ok(())
}

fn headers(cx: &Context) -> Outcome {
    let (user, group) = (cx.user("headers")?, cx.group("headers", &[])?);
    for (resource, operation) in
        [(&user, replace("title", json!("T"))), (&group, replace("displayName", json!(cx.name("new"))))]
    {
        let answer = cx.patch(&resource.path, &json!([operation]));
        let now = cx.read(resource)?;
        ensure(answer.header("etag") == now.version()?, &answer, "ETag with the new version")?;
        ensure(answer.header("location").ends_with(&resource.path), &answer, "Location of the resource")?;
    }
    Ok(())
}

pub(super) const CASES: &[Case] = &[
    should(PATCH, "7644-3.5.2-01", "PATCH is supported and says so", |cx| {
        cx.get("/ServiceProviderConfig").status(200)?.equals("/patch/supported", &json!(true))?;
        Ok(())
    }),
    rule(must(PATCH, "7644-3.5.2-02", "the body is a PatchOp", envelope)),
    rule(must(PATCH, "7644-3.5.2-03", "Operations is a list with something in it", some_operations)),
    rule(must(PATCH, "7644-3.5.2-04", "an operation adds, removes or replaces", |cx| {
        let none = json!({"path": "title", "value": "T"});
        refused_alike(cx, MALFORMED, &[json!({"op": "move", "path": "title", "value": "T"}), none, json!({"op": 5})])
    })),
    rule(implied(PATCH, "7644-3.5.2-05", "op and Operations are read in any case", |cx| {
        let user = cx.user("case")?;
        let operations =
            json!([{"op": "Replace", "path": "title", "value": "T"}, {"op": "ADD", "path": "nickName", "value": "N"}]);
        let now = send(cx, &user, &json!({"schemas": [PATCH_OP], "operations": operations}));
        now.status(200)?.equals("/title", &json!("T"))?.equals("/nickName", &json!("N"))?;
        Ok(())
    })),
    rule(must(PATCH, "7644-3.5.2-06", "only remove needs a path", |cx| {
        refused(cx, "noTarget", &[json!({"op": "remove"}), json!({"op": "remove", "value": {"title": "T"}})])?;
        let user = cx.user("free")?;
        let now = cx.patch_user(
            &user,
            &json!([{"op": "add", "value": {"title": "T"}}, {"op": "replace", "value": {"nickName": "N"}}]),
        )?;
        now.equals("/title", &json!("T"))?.equals("/nickName", &json!("N"))?;
        Ok(())
    })),
    rule(must(PATCH, "7644-3.5.2-07", "a path that does not parse is refused", paths)),
    rule(implied(PATCH, "7644-3.5.2-08", "a path may carry its schema", qualified_paths)),
    rule(implied(PATCH, "7644-3.5.2-09", "a schema as a path is the extension's object", |cx| {
        let user = cx.user("object")?;
        let now = cx.patch_user(&user, &json!([add(ENTERPRISE, json!({"department": "D"}))]))?;
        now.equals(&enterprise("/department"), &json!("D"))?;
        cx.patch_user(&user, &json!([remove(ENTERPRISE)]))?.absent(&enterprise(""))?;
        Ok(())
    })),
    rule(implied(PATCH, "7644-3.5.2-10", "an unknown path is refused, or skipped by lenient profiles", |cx| {
        same(cx, &["rfc-unknown-path", "rule-unknown-path"])
    })),
    rule(must(PATCH, "7644-3.5.2-11", "a read-only path is refused", |cx| {
        let meta = replace("meta", json!({"created": "2001-01-01T00:00:00Z"}));
        refused(
            cx,
            "mutability",
            &[replace("id", json!("x")), meta, add("groups", json!([{"value": "g"}])), remove("id")],
        )
    })),
    rule(implied(PATCH, "7644-3.5.2-13", "a value of the wrong type is refused", |cx| {
        let wrong = [replace("active", json!("maybe")), replace("name", json!("x")), replace("title", json!({"a": 1}))];
        refused(cx, "invalidValue", &wrong)
    })),
    rule(shall(PATCH, "7644-3.5.2-14", "a schema added counts for what follows", schemas_grow)),
    rule(implied(PATCH, "7644-3.5.2-15", "an extension's first value brings its schema", |cx| {
        let user = cx.user("first")?;
        let now = cx.patch_user(&user, &json!([add(&qualified("employeeNumber"), json!("701984"))]))?;
        now.equals("/schemas", &json!([USER, ENTERPRISE]))?;
        Ok(())
    })),
    rule(implied(PATCH, "7644-3.5.2-16", "operations run in order", |cx| same(cx, &["rule-patch-order"]))),
    rule(shall(PATCH, "7644-3.5.2-17", "one failure undoes everything", atomic)),
    rule(shall(PATCH, "7644-3.5.2-18", "a new primary takes the mark from the old", |cx| {
        let user = cx.user("primary")?;
        let home = json!([{"value": "home@example.org", "type": "home", "primary": true}]);
        cx.patch_user(&user, &json!([add("emails", home)]))?.counts("/emails", 2)?;
        let now = cx.read(&user)?;
        let primary = now.element("/emails", "primary", &json!(true))?;
        ensure(primary["type"] == json!("home"), &now, "home as the only primary")
    })),
    rule(implied(PATCH, "7644-3.5.2-19", "a failure is a SCIM Error", |cx| {
        refused(
            cx,
            "",
            &[replace("id", json!("x")), json!({"op": "move"}), replace("emails[", json!("x")), json!("text")],
        )?;
        cx.patch("/Users/no-such-user", &json!([replace("title", json!("T"))])).error(404, "")
    })),
    rule(must(PATCH, "7644-3.5.2-20", "success is the resource or a 204; a projection is a 200", success)),
    rule(implied(PATCH, "7644-3.5.2-21", "success carries the version and the address", headers)),
    rule(implied(PATCH, "7644-3.5.2-22", "a required attribute is not left out for a moment", |cx| {
        let user = cx.user("moment")?;
        let operations = json!([remove("userName"), add("userName", json!(cx.mail("other")))]);
        cx.patch(&user.path, &operations).error(400, "mutability")?;
        cx.read(&user)?.equals("/userName", &json!(user.name))?;
        Ok(())
    })),
];
