//! PATCH in general: envelope, paths, order, atomicity (RFC 7644 section 3.5.2).

use super::context::{ENTERPRISE, PATCH_OP, USER, add, enterprise, merge, qualified, remove, replace};
use super::{Applies, Case, Check, Context, Outcome};
use crate::client::Request;
use serde_json::{Value, json};

const fn every(id: &'static str, title: &'static str, run: Check) -> Case {
    Case::new("PATCH", Applies::Every, id, title, run)
}

/// Each operation alone is refused like this and changes nothing.
fn refused(cx: &Context, scim_type: &str, operations: &[Value]) -> Outcome {
    let user = cx.user("refused")?;
    for operation in operations {
        cx.patch(&user.path, &json!([operation])).error(400, scim_type)?;
    }
    cx.read(&user)?.equals("/meta", &user.body["meta"])?;
    Ok(())
}

pub(super) const CASES: &[Case] = &[
    every("rule-patch-atomic", "one bad operation undoes the good ones", |cx| {
        let user = cx.user("atomic")?;
        let operations = json!([replace("title", json!("T")), remove("emails"), replace("active", json!("maybe"))]);
        cx.patch(&user.path, &operations).error(400, "invalidValue")?;
        let now = cx.read(&user)?;
        now.equals("/meta", &user.body["meta"])?
            .absent("/title")?
            .counts("/emails", 1)?
            .equals("/active", &json!(true))?;
        Ok(())
    }),
    every("rule-patch-order", "operations run in order, each on what the one before left", |cx| {
        let user = cx.user("order")?;
        let operations = json!([
            add("title", json!("A")),
            replace("title", json!("B")),
            remove("title"),
            add("nickName", json!("C")),
            replace("nickName", json!("D"))
        ]);
        cx.patch_user(&user, &operations)?.absent("/title")?.equals("/nickName", &json!("D"))?;
        Ok(())
    }),
    every("rule-patch-unknown-op", "an operation that is none of the three is refused", |cx| {
        refused(
            cx,
            "invalidSyntax",
            &[json!({"op": "move", "path": "title", "value": "T"}), json!({"path": "title", "value": "T"})],
        )
    }),
    every("rule-patch-op-case", "op is read in any case", |cx| {
        let user = cx.user("case")?;
        cx.patch_user(&user, &json!([{"op": "REPLACE", "path": "title", "value": "T"}]))?
            .equals("/title", &json!("T"))?;
        Ok(())
    }),
    every("rule-patch-no-operations", "a PATCH without Operations is refused", |cx| {
        let user = cx.user("none")?;
        let body = json!({"schemas": [PATCH_OP], "title": "T"});
        cx.send(&Request::new("PATCH", &user.path).json(&body)).error(400, "invalidSyntax")?;
        cx.read(&user)?.absent("/title")?;
        Ok(())
    }),
    every("rule-patch-remove-needs-path", "remove without a path is noTarget", |cx| {
        refused(cx, "noTarget", &[json!({"op": "remove"})])
    }),
    every("rule-patch-add-needs-value", "add without a value is refused", |cx| {
        refused(cx, "", &[json!({"op": "add", "path": "title"})])
    }),
    every("rule-patch-bad-path", "a path that does not parse is refused", |cx| {
        let bad = ["emails[type eq", "emails[type eq \"work\"", "name..givenName", "emails]", "a b"];
        refused(cx, "invalidPath", &bad.map(|path| replace(path, json!("x"))))
    }),
    every("rule-patch-required", "a required attribute cannot be removed", |cx| {
        refused(cx, "mutability", &[remove("userName")])
    }),
    every("rule-patch-types", "a value of the wrong type is refused", |cx| {
        refused(
            cx,
            "invalidValue",
            &[replace("active", json!("maybe")), replace("name", json!("x")), replace("userName", json!({"a": 1}))],
        )
    }),
    every("rule-patch-extension-object", "an extension as a path takes an object", |cx| {
        let user = cx.user("ext")?;
        let now = cx.patch_user(&user, &json!([add(ENTERPRISE, json!({"department": "D", "costCenter": "C"}))]))?;
        now.equals(&enterprise("/department"), &json!("D"))?.equals("/schemas", &json!([USER, ENTERPRISE]))?;
        let now = cx.patch_user(&user, &json!([remove(&qualified("department")), remove(&qualified("costCenter"))]))?;
        now.absent(&format!("/{ENTERPRISE}"))?.equals("/schemas", &json!([USER]))?;
        Ok(())
    }),
    every("rule-patch-extension-value", "an extension inside a path-less value merges", |cx| {
        let user = cx.user_with("ext", json!({ENTERPRISE: {"department": "D"}}))?;
        let now = cx.patch_user(&user, &json!([merge(json!({ENTERPRISE: {"costCenter": "C"}}))]))?;
        now.equals(&enterprise("/department"), &json!("D"))?.equals(&enterprise("/costCenter"), &json!("C"))?;
        Ok(())
    }),
    every("rule-patch-core-prefix", "a core attribute may carry its schema", |cx| {
        let user = cx.user("core")?;
        let now = cx.patch_user(&user, &json!([replace(&format!("{USER}:name.familyName"), json!("X"))]))?;
        now.equals("/name/familyName", &json!("X"))?;
        Ok(())
    }),
    every("rule-patch-all-matches", "a value path changes every element that matches", |cx| {
        let numbers =
            json!([{"value": "1", "type": "work"}, {"value": "2", "type": "work"}, {"value": "3", "type": "home"}]);
        let user = cx.user_with("all", json!({"phoneNumbers": numbers}))?;
        let now = cx.patch_user(&user, &json!([replace("phoneNumbers[type eq \"work\"].display", json!("D"))]))?;
        for (value, display) in [("1", Some("D")), ("2", Some("D")), ("3", None)] {
            let element = now.element("/phoneNumbers", "value", &json!(value))?;
            super::ensure(
                element.get("display").and_then(Value::as_str) == display,
                &now,
                format!("display {display:?} of {value}"),
            )?;
        }
        Ok(())
    }),
    every("rule-patch-remove-filtered", "remove with a filter takes the elements that match, or their part", |cx| {
        let addresses = json!([{"type": "work", "locality": "A", "region": "R"}, {"type": "home", "locality": "B"}]);
        let user = cx.user_with("part", json!({"addresses": addresses}))?;
        let now = cx.patch_user(&user, &json!([remove("addresses[type eq \"work\"].region")]))?;
        now.counts("/addresses", 2)?.equals("/addresses/0", &json!({"type": "work", "locality": "A"}))?;
        let now = cx.patch_user(&user, &json!([remove("addresses[type eq \"work\"]")]))?;
        now.equals("/addresses", &json!([{"type": "home", "locality": "B"}]))?;
        Ok(())
    }),
    every("rule-patch-add-appends", "add to a list appends what is not there", |cx| {
        let user = cx.user("append")?;
        let home = json!([{"value": "h@example.org", "type": "home"}]);
        for _ in 0..2 {
            cx.patch_user(&user, &json!([add("emails", home.clone())]))?.counts("/emails", 2)?;
        }
        Ok(())
    }),
    every("rule-patch-replace-list", "replace of a list sets all of it", |cx| {
        let user = cx.user("list")?;
        let emails = json!([{"value": "x@example.org", "type": "other"}]);
        cx.patch_user(&user, &json!([replace("emails", emails.clone())]))?.equals("/emails", &emails)?;
        Ok(())
    }),
    every("rule-patch-null", "replace with null is unassigned", |cx| {
        let user = cx.user_with("null", json!({"title": "T"}))?;
        cx.patch_user(&user, &json!([replace("title", Value::Null)]))?.absent("/title")?;
        Ok(())
    }),
    every("rule-patch-no-effect-on-others", "a path-less value leaves what it does not name", |cx| {
        let user = cx.user_with("others", json!({"title": "T"}))?;
        let now = cx.patch_user(&user, &json!([merge(json!({"nickName": "N"}))]))?;
        now.equals("/title", &json!("T"))?.counts("/emails", 1)?.equals("/name/givenName", &json!("Given"))?;
        Ok(())
    }),
];
