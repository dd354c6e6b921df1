//! What users hold: externalId, active, manager, addresses, empty values, passwords (scim-rules sections 1 and 2).

use super::context::{ENTERPRISE, USER, add, enterprise, merge, remove, replace};
use super::{Applies, Case, Check, Context, Outcome, ensure};
use serde_json::{Value, json};

const fn every(id: &'static str, title: &'static str, run: Check) -> Case {
    Case::new("Users: attributes", Applies::Every, id, title, run)
}

/// `active` taken away is out of answers and filters until it is written again.
fn active_taken(cx: &Context, stem: &str, operation: Value) -> Outcome {
    let user = cx.user(stem)?;
    cx.patch_user(&user, &json!([operation]))?.absent("/active")?;
    let now = cx.read(&user)?;
    now.absent("/active")?;
    for state in [true, false] {
        cx.finds("/Users", &format!("id eq \"{}\" and active eq {state}", user.id), &[])?;
    }
    cx.patch_user(&user, &json!([replace("active", json!(true))]))?.equals("/active", &json!(true))?;
    Ok(())
}

/// A PUT of the ordinary body with these members.
fn put_with(cx: &Context, stem: &str, path: &str, members: &Value) -> crate::client::Answer {
    let mut body = cx.user_body(stem);
    for (name, value) in members.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    cx.put(path, &body)
}

pub(super) const CASES: &[Case] = &[
    every("rule-externalid-shared", "externalId is never unique; a filter returns every match", |cx| {
        let members = json!({"externalId": cx.name("literal")});
        let (one, two) = (cx.user_with("one", members.clone())?, cx.user_with("two", members)?);
        cx.finds("/Users", &format!("externalId eq \"{}\"", cx.name("literal")), &[&one, &two])?;
        let (a, b) = (cx.group("a", &[])?, cx.group("b", &[])?);
        for group in [&a, &b] {
            cx.patch_group(group, &json!([add("externalId", json!(cx.name("literal")))]))?;
        }
        cx.finds("/Groups", &format!("externalId eq \"{}\"", cx.name("literal")), &[&a, &b])
    }),
    every("rule-externalid-removed", "externalId can be replaced and removed; the user stays", |cx| {
        let user = cx.user_with("ext", json!({"externalId": cx.name("E1")}))?;
        cx.patch_user(&user, &json!([replace("externalId", json!(cx.name("E2")))]))?
            .equals("/externalId", &json!(cx.name("E2")))?;
        cx.finds("/Users", &format!("externalId eq \"{}\"", cx.name("E1")), &[])?;
        cx.patch_user(&user, &json!([remove("externalId")]))?.absent("/externalId")?;
        cx.finds("/Users", &format!("externalId eq \"{}\"", cx.name("E2")), &[])?;
        cx.finds("/Users", &format!("userName eq \"{}\"", user.name), &[&user])
    }),
    every("rule-active-default", "a create without active is active, in answers and filters", |cx| {
        let user = cx.bare_user("default")?;
        cx.read(&user)?.equals("/active", &json!(true))?;
        cx.finds("/Users", &format!("id eq \"{}\" and active eq true", user.id), &[&user])
    }),
    every("rule-active-put", "a PUT without active keeps it", |cx| {
        for active in [true, false] {
            let user = cx.user_with(&format!("keep{active}"), json!({"active": active}))?;
            cx.put(&user.path, &json!({"schemas": [USER], "userName": user.name}))
                .status(200)?
                .equals("/active", &json!(active))?;
        }
        Ok(())
    }),
    every(
        "rule-active-removed",
        "a PATCH that removes active, or makes it null, leaves it out until it is written",
        |cx| {
            active_taken(cx, "removed", remove("active"))?;
            active_taken(cx, "null", replace("active", Value::Null))?;
            active_taken(cx, "merged", merge(json!({"active": null})))
        },
    ),
    every("rule-active-memberships", "a deactivated user keeps its memberships", |cx| {
        let user = cx.user("kept")?;
        let group = cx.group("kept", &[&user])?;
        cx.patch_user(&user, &json!([replace("active", json!(false))]))?.counts("/groups", 1)?;
        cx.holds(&group, &[&user])
    }),
    every(
        "rule-manager-deleted",
        "deleting a manager leaves the value at its reports, without $ref and displayName",
        |cx| {
            let boss = cx.user("boss")?;
            let user = cx.user_with("report", json!({ENTERPRISE: {"manager": {"value": boss.id}}}))?;
            cx.delete(&boss.path).status(204)?;
            cx.read(&user)?.equals(&enterprise("/manager"), &json!({"value": boss.id}))?;
            Ok(())
        },
    ),
    every("rule-manager-display", "manager.displayName is the manager's own, and absent when it has none", |cx| {
        let boss = cx.bare_user("boss")?;
        let manager = json!({"value": boss.id, "displayName": "Somebody else"});
        let user = cx.user_with("report", json!({ENTERPRISE: {"manager": manager}}))?;
        let before = cx.read(&user)?;
        before.absent(&enterprise("/manager/displayName"))?.ends(&enterprise("/manager/$ref"), &boss.path)?;
        cx.patch_user(&boss, &json!([add("displayName", json!("The Boss"))]))?;
        let now = cx.read(&user)?;
        now.equals(&enterprise("/manager/displayName"), &json!("The Boss"))?.equals("/meta", before.at("/meta"))?;
        Ok(())
    }),
    every("rule-extension-cleared", "an extension left out of a PUT goes, from schemas too", |cx| {
        let user = cx.user_with("ext", json!({ENTERPRISE: {"department": "D"}}))?;
        cx.put(&user.path, &cx.user_body("ext"))
            .status(200)?
            .absent(&format!("/{ENTERPRISE}"))?
            .equals("/schemas", &json!([USER]))?;
        Ok(())
    }),
    every("rule-put-clears", "attributes left out of a PUT are cleared", |cx| {
        let user = cx.user_with("full", json!({"title": "T", "roles": [{"value": "r"}]}))?;
        cx.put(&user.path, &json!({"schemas": [USER], "userName": user.name})).status(200)?;
        let now = cx.read(&user)?;
        now.absent("/title")?.absent("/roles")?.absent("/emails")?.absent("/name")?;
        Ok(())
    }),
    every("rule-empty-text", "empty text on an optional attribute is unassigned, with any verb", |cx| {
        let user =
            cx.user_with("empty", json!({"title": "", "nickName": "N", "name": {"givenName": "", "familyName": ""}}))?;
        cx.read(&user)?.absent("/title")?.absent("/name")?;
        cx.patch_user(&user, &json!([replace("nickName", json!(""))]))?.absent("/nickName")?;
        cx.patch_user(&user, &json!([merge(json!({"displayName": ""}))]))?.absent("/displayName")?;
        cx.finds("/Users", &format!("id eq \"{}\" and (title pr or nickName pr or name pr)", user.id), &[])?;
        put_with(cx, "empty", &user.path, &json!({"locale": "", "emails": [{"value": ""}]}))
            .status(200)?
            .absent("/locale")?
            .absent("/emails")?;
        Ok(())
    }),
    every("rule-empty-list", "null and an empty list are unassigned, with any verb", |cx| {
        let user = cx.user_with("empty", json!({"roles": [], "phoneNumbers": null}))?;
        cx.read(&user)?.absent("/roles")?.absent("/phoneNumbers")?.no_nulls()?;
        cx.patch_user(&user, &json!([replace("emails", json!([]))]))?.absent("/emails")?;
        put_with(cx, "empty", &user.path, &json!({"emails": null})).status(200)?.absent("/emails")?.no_nulls()?;
        Ok(())
    }),
    every("rule-empty-element", "an element left with only type, primary and display is removed", |cx| {
        let work = json!({"type": "work", "primary": true, "display": "D", "value": "w@example.org"});
        let emails = json!([work, {"type": "home", "value": "h@example.org"}]);
        let user = cx.user_with("left", json!({"emails": emails}))?;
        cx.patch_user(&user, &json!([replace("emails[type eq \"work\"].value", json!(""))]))?;
        cx.read(&user)?.equals("/emails", &json!([{"type": "home", "value": "h@example.org"}]))?;
        cx.patch_user(&user, &json!([remove("emails[type eq \"home\"].value")]))?.absent("/emails")?;
        Ok(())
    }),
    every("rule-emails-shared", "two users may hold one address", |cx| {
        let members = json!({"emails": [{"value": cx.mail("shared"), "type": "work"}]});
        let (one, two) = (cx.user_with("one", members.clone())?, cx.user_with("two", members)?);
        cx.finds("/Users", &format!("emails.value eq \"{}\"", cx.mail("shared")), &[&one, &two])
    }),
    Case::new("Users: attributes", Applies::Lenient, "rule-emails-any-text", "an address may be any text", |cx| {
        let emails = json!([{"value": "no address at all", "type": "work"}]);
        let user = cx.user_with("text", json!({"emails": emails}))?;
        cx.read(&user)?.equals("/emails", &emails)?;
        Ok(())
    }),
    every("rule-password-hidden", "a password is never returned, filtered or sorted by", |cx| {
        let user = cx.user_with("secret", json!({"password": "uT7!xk29fQ"}))?;
        ensure(user.body.get("password").is_none(), &cx.read(&user)?, "no password in the 201")?;
        cx.get(&format!("{}?attributes=password", user.path)).status(200)?.absent("/password")?;
        cx.find("/Users", "password sw \"u\"").error(400, "invalidFilter")?;
        cx.find("/Users", "password pr").error(400, "invalidFilter")?;
        cx.get("/Users?sortBy=password").error(400, "")
    }),
    every("rule-created-whole", "a 201 holds what a GET holds, and names its place", |cx| {
        let mut body = cx.user_body("whole");
        body["externalId"] = json!(cx.name("whole"));
        let made = cx.post("/Users", &body);
        made.status(201)?.text_at("/id")?;
        let path = format!("/Users/{}", made.at("/id").as_str().unwrap_or_default());
        let now = cx.get(&path);
        ensure(now.json == made.json, &now, "the same as the 201")?;
        let location = json!(made.header("location"));
        made.equals("/meta/location", &location)?.ends("/meta/location", &path)?;
        Ok(())
    }),
];
