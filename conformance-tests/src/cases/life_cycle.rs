//! What a delete does and leaves (scim-rules section 2, RFC 7644 section 3.6).

use super::context::{USER, replace};
use super::{Applies, Case, Check, ensure};
use serde_json::json;

const fn every(id: &'static str, title: &'static str, run: Check) -> Case {
    Case::new("Users: life cycle", Applies::Every, id, title, run)
}

pub(super) const CASES: &[Case] = &[
    every("rule-delete-every-verb", "a deleted user is a 404 for every verb", |cx| {
        let user = cx.user("gone")?;
        cx.delete(&user.path).status(204)?.empty()?;
        cx.get(&user.path).error(404, "")?;
        cx.put(&user.path, &cx.user_body("gone")).error(404, "")?;
        cx.patch(&user.path, &json!([replace("title", json!("T"))])).error(404, "")?;
        cx.delete(&user.path).error(404, "")
    }),
    every("rule-delete-lists", "a deleted user is in no list", |cx| {
        let user = cx.user_with("gone", json!({"externalId": cx.name("gone")}))?;
        cx.delete(&user.path).status(204)?;
        for filter in [
            format!("userName eq \"{}\"", user.name),
            format!("id eq \"{}\"", user.id),
            format!("externalId eq \"{}\"", cx.name("gone")),
        ] {
            cx.finds("/Users", &filter, &[])?;
        }
        Ok(())
    }),
    every("rule-delete-frees-name", "a deleted user's name is free, for another id", |cx| {
        let user = cx.user("gone")?;
        cx.delete(&user.path).status(204)?;
        let answer = cx.post("/Users", &json!({"schemas": [USER], "userName": user.name}));
        answer.status(201)?;
        ensure(answer.at("/id") != &json!(user.id), &answer, "another id")?;
        ensure(answer.elements("/groups").is_empty(), &answer, "no groups of the old user")
    }),
    every("rule-delete-leaves-groups", "a deleted user leaves its groups, which get a new version", |cx| {
        let (user, other) = (cx.user("gone")?, cx.user("stays")?);
        let (group, untouched) = (cx.group("left", &[&user, &other])?, cx.group("untouched", &[&other])?);
        let (before, calm) = (cx.read(&group)?.version()?, cx.read(&untouched)?.version()?);
        cx.delete(&user.path).status(204)?;
        cx.holds(&group, &[&other])?;
        let now = cx.read(&group)?;
        ensure(now.version()? != before, &now, "a new version")?;
        let now = cx.read(&untouched)?;
        ensure(now.version()? == calm, &now, "the old version of a group it was not in")
    }),
    every("rule-delete-group-leaves-parents", "a deleted group leaves the groups it was in", |cx| {
        let user = cx.user("member")?;
        let inner = cx.group("inner", &[&user])?;
        let outer = cx.group("outer", &[&inner])?;
        cx.delete(&inner.path).status(204)?;
        cx.holds(&outer, &[])?;
        let now = cx.read(&user)?;
        ensure(now.elements("/groups").is_empty(), &now, "no groups left")
    }),
    every("rule-delete-group-frees-name", "a deleted group's name is free", |cx| {
        let group = cx.group("gone", &[])?;
        cx.delete(&group.path).status(204)?;
        cx.group("gone", &[]).map(drop)
    }),
];
