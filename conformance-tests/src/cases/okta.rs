//! Okta: what it sends (rows O-Q1 to O-G9).

use super::context::{GROUP, USER, add, merge, remove, replace};
use super::{Applies, Case, Check, Context, Outcome, ensure};
use crate::client::{Request, encode};
use serde_json::{Value, json};

const fn row(id: &'static str, title: &'static str, run: Check) -> Case {
    Case::new("Okta", Applies::Lenient, id, title, run)
}

/// The body of Okta's create.
pub(super) fn okta_user(cx: &Context, stem: &str, password: &str) -> Value {
    let mut body = cx.user_body(stem);
    body["locale"] = json!("en-US");
    body["externalId"] = json!(cx.name(stem));
    body["groups"] = json!([]);
    body["password"] = json!(password);
    body
}

/// A PUT of a user's own answer without `active` keeps it as it is.
fn merged_put_keeps_active(cx: &Context, active: bool) -> Outcome {
    let user = cx.user_with(&format!("put{active}"), json!({"active": active}))?;
    let mut body = cx.read(&user)?.json.clone();
    body["name"] = json!({"givenName": "Given", "familyName": "Family", "middleName": ""});
    body["groups"] = json!([]);
    body["title"] = json!("New");
    if let Some(members) = body.as_object_mut() {
        members.remove("active");
    }
    let answer = cx.put(&user.path, &body);
    answer.status(200)?.equals("/active", &json!(active))?.equals("/title", &json!("New"))?;
    answer.absent("/name/middleName")?.equals("/id", &json!(user.id))?.equals("/name/givenName", &json!("Given"))?;
    cx.read(&user)?.equals("/active", &json!(active))?;
    Ok(())
}

pub(super) const CASES: &[Case] = &[
    row("O-Q1", "the two lists of the configuration", |cx| {
        cx.get("/Users?startIndex=1&count=2").is_list()?;
        cx.get("/Groups?startIndex=1&count=100").is_list()?;
        Ok(())
    }),
    row("O-Q2", "the lookup before an assignment", |cx| {
        let user = cx.user("look")?;
        let lookup = |name: &str| {
            cx.get(&format!("/Users?filter={}&startIndex=1&count=100", encode(&format!("userName eq \"{name}\""))))
        };
        lookup(&cx.mail("nobody")).list(0)?;
        lookup(&user.name).list(1)?.equals("/Resources/0/id", &json!(user.id))?;
        Ok(())
    }),
    row("O-Q3", "filters on id, on emails and on externalId", |cx| {
        let user = cx.user_with("three", json!({"externalId": cx.name("three")}))?;
        cx.finds("/Users", &format!("id eq \"{}\"", user.id), &[&user])?;
        cx.finds("/Users", &format!("emails eq \"{}\"", cx.mail("THREE")), &[&user])?;
        cx.finds("/Users", &format!("externalId eq \"{}\"", cx.name("three")), &[&user])
    }),
    row("O-U1", "a create is a 201 with a body and without the password", |cx| {
        let answer = cx.post("/Users", &okta_user(cx, "new", "uT7!xk29fQ"));
        answer.status(201)?.text_at("/id")?.absent("/password")?.equals("/active", &json!(true))?;
        answer.equals("/locale", &json!("en-US"))?.equals("/externalId", &json!(cx.name("new")))?;
        ensure(answer.elements("/groups").is_empty(), &answer, "no groups")
    }),
    row("O-U2", "a weak password does not fail the create", |cx| {
        cx.post("/Users", &okta_user(cx, "weak", "a")).status(201)?.absent("/password")?;
        Ok(())
    }),
    row("O-U3", "a create of a taken userName is a 409", |cx| {
        cx.post("/Users", &okta_user(cx, "twice", "x")).status(201)?;
        cx.post("/Users", &okta_user(cx, "twice", "x")).error(409, "uniqueness")
    }),
    row("O-U4", "a PUT of the merged answer; active left out is kept", |cx| {
        merged_put_keeps_active(cx, true)?;
        merged_put_keeps_active(cx, false)
    }),
    row("O-U5", "deactivation without a path", |cx| {
        let user = cx.user("off")?;
        cx.patch_user(&user, &json!([merge(json!({"active": false}))]))?.equals("/active", &json!(false))?;
        Ok(())
    }),
    row("O-U6", "reactivation of the same id, found by filter meanwhile", |cx| {
        let user = cx.user("again")?;
        let group = cx.group("kept", &[&user])?;
        cx.patch_user(&user, &json!([merge(json!({"active": false}))]))?;
        cx.finds("/Users", &format!("userName eq \"{}\"", user.name), &[&user])?;
        cx.patch_user(&user, &json!([merge(json!({"active": true}))]))?.equals("/active", &json!(true))?;
        cx.holds(&group, &[&user])
    }),
    row("O-U7", "a create of an inactive user's name is a 409", |cx| {
        let user = cx.make("/Users", &okta_user(cx, "back", "x"))?;
        cx.patch_user(&user, &json!([merge(json!({"active": false}))]))?;
        cx.post("/Users", &okta_user(cx, "back", "x")).error(409, "uniqueness")?;
        cx.read(&user)?.equals("/active", &json!(false))?;
        Ok(())
    }),
    row("O-U8", "a user just provisioned is active", |cx| {
        let user = cx.user("fresh")?;
        cx.finds("/Users", &format!("id eq \"{}\" and active eq true", user.id), &[&user])
    }),
    row("O-U9", "a password by PATCH is accepted and never returned", |cx| {
        let user = cx.user("secret")?;
        for operation in [replace("password", json!("n3w-Passw0rd!")), merge(json!({"password": "n3w-Passw0rd!"}))] {
            cx.patch_user(&user, &json!([operation]))?.absent("/password")?;
        }
        cx.get(&format!("{}?attributes=password,userName", user.path)).status(200)?.absent("/password")?;
        Ok(())
    }),
    row("O-G1", "a push creates an empty group", |cx| {
        let answer = cx.post("/Groups", &json!({"schemas": [GROUP], "displayName": cx.name("push"), "members": []}));
        answer
            .status(201)?
            .text_at("/id")?
            .equals("/displayName", &json!(cx.name("push")))?
            .equals("/members", &json!([]))?;
        Ok(())
    }),
    row("O-G2", "a rename without path, with an id inside, leaves the members", |cx| {
        let user = cx.user("member")?;
        let group = cx.group("name", &[&user])?;
        for (id, name) in [(group.id.as_str(), "first"), ("something-else", "second")] {
            cx.patch_group(&group, &json!([merge(json!({"id": id, "displayName": cx.name(name)}))]))?;
            cx.read(&group)?.equals("/displayName", &json!(cx.name(name)))?.equals("/id", &json!(group.id))?;
            cx.holds(&group, &[&user])?;
        }
        Ok(())
    }),
    row("O-G3", "one out and one in, in one PATCH", |cx| {
        let (one, two) = (cx.user("one")?, cx.user("two")?);
        let group = cx.group("swap", &[&one])?;
        let out = remove(&format!("members[value eq \"{}\"]", one.id));
        cx.patch_group(&group, &json!([out, add("members", json!([{"value": two.id, "display": "x"}]))]))?;
        cx.holds(&group, &[&two])
    }),
    row("O-G4", "Push now sets the members exactly", |cx| {
        let (one, two, three) = (cx.user("one")?, cx.user("two")?, cx.user("three")?);
        let group = cx.group("exact", &[&one, &two])?;
        let members = json!([{"value": two.id, "display": "x"}, {"value": three.id, "display": "y"}]);
        cx.patch_group(&group, &json!([replace("members", members)]))?;
        cx.holds(&group, &[&two, &three])
    }),
    row("O-G5", "Push now of an empty group empties it", |cx| {
        let user = cx.user("one")?;
        let group = cx.group("empty", &[&user])?;
        cx.patch_group(&group, &json!([replace("members", json!([]))]))?;
        cx.holds(&group, &[])
    }),
    row("O-G6", "an empty list without path and without schemas empties the group", |cx| {
        let user = cx.user("one")?;
        let group = cx.group("bare", &[&user])?;
        let value = json!({"members": [], "id": group.id, "displayName": group.name});
        let body = json!({"Operations": [{"op": "replace", "value": value}]});
        cx.group_patched(&cx.send(&Request::new("PATCH", &group.path).json(&body)))?;
        cx.holds(&group, &[])
    }),
    row("O-G7", "a PUT replaces the members; a null display is ignored", |cx| {
        let (one, two) = (cx.user("one")?, cx.user("two")?);
        let group = cx.group("put", &[&one])?;
        let members = json!([{"value": two.id, "display": null}]);
        let body = json!({"schemas": [GROUP], "id": group.id, "displayName": group.name, "members": members});
        cx.put(&group.path, &body).status(200)?.equals("/id", &json!(group.id))?;
        cx.holds(&group, &[&two])
    }),
    row("O-G8", "a user just re-created can be a member at once", |cx| {
        let user = cx.user("phoenix")?;
        let group = cx.group("rebirth", &[&user])?;
        cx.delete(&user.path).status(204)?;
        let again = cx.make("/Users", &json!({"schemas": [USER], "userName": user.name}))?;
        cx.patch_group(&group, &json!([add("members", json!([{"value": again.id}]))]))?;
        cx.holds(&group, &[&again])
    }),
    row("O-G9", "a group is deleted", |cx| {
        let group = cx.group("gone", &[])?;
        cx.delete(&group.path).status(204)?.empty()?;
        cx.get(&group.path).error(404, "")
    }),
];
