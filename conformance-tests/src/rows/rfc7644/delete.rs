//! Deleting a resource (RFC 7644 section 3.6).

use super::{implied, must, needing, same, shall, should_not};
use crate::cases::context::USER;
use crate::cases::{Case, Context, Outcome, ensure};
use crate::client::{Request, encode};
use serde_json::json;

const DELETE: &str = "RFC 7644 3.6";

fn never_found(cx: &Context) -> Outcome {
    let user = cx.user_with("gone", json!({"displayName": cx.name("Gone")}))?;
    cx.delete(&user.path).status(204)?;
    let root = cx.get(&format!("/?filter={}", encode(&format!("displayName eq \"{}\"", cx.name("Gone")))));
    if root.status == 200 {
        root.list(0)?;
    }
    same(cx, &["rule-delete-lists"])
}

fn stale_delete(cx: &Context) -> Outcome {
    let user = cx.user("stale")?;
    let old = cx.read(&user)?.version()?;
    cx.patch_user(&user, &json!([{"op": "add", "path": "title", "value": "T"}]))?;
    cx.send(&Request::new("DELETE", &user.path).header("If-Match", &old)).error(412, "")?;
    let current = cx.read(&user)?.version()?;
    cx.send(&Request::new("DELETE", &user.path).header("If-Match", &current)).status(204)?;
    Ok(())
}

pub(super) const CASES: &[Case] = &[
    shall(DELETE, "7644-3.6-01", "success is a 204 without a body", |cx| {
        let (user, group) = (cx.user("gone")?, cx.group("gone", &[])?);
        cx.delete(&user.path).status(204)?.empty()?;
        cx.delete(&group.path).status(204)?.empty()
    }),
    must(DELETE, "7644-3.6-02", "afterwards every method is a 404", |cx| same(cx, &["rule-delete-every-verb"])),
    must(DELETE, "7644-3.6-03", "afterwards no query finds it", never_found),
    should_not(DELETE, "7644-3.6-04", "its name is free again", |cx| {
        let user = cx.user("gone")?;
        cx.delete(&user.path).status(204)?;
        let answer = cx.post("/Users", &json!({"schemas": [USER], "userName": user.name}));
        answer.status(201)?;
        ensure(answer.at("/id") != &json!(user.id), &answer, "another id")
    }),
    needing("/etag/supported", implied(DELETE, "7644-3.6-06", "a stale version stops a delete", stale_delete)),
];
