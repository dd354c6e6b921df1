//! Groups and their members: nesting, references, unknown and repeated members (scim-rules section 4).

use super::context::{GROUP, add, remove, replace};
use super::{Applies, Case, Check, Context, Outcome, Resource, ensure};
use crate::client::encode;
use serde_json::{Value, json};

const fn every(id: &'static str, title: &'static str, run: Check) -> Case {
    Case::new("Groups", Applies::Every, id, title, run)
}

const UNKNOWN: &str = "7f1f4a7e-0000-4000-8000-000000000000";

fn joins(member: &Resource) -> Value {
    json!([add("members", json!([{"value": member.id}]))])
}

fn nested(cx: &Context) -> Outcome {
    let user = cx.user("nested")?;
    let inner = cx.group("inner", &[&user])?;
    let middle = cx.group("middle", &[&inner])?;
    let outer = cx.group("outer", &[&middle])?;
    let now = cx.read(&user)?;
    now.counts("/groups", 3)?;
    for (group, kind) in [(&inner, "direct"), (&middle, "indirect"), (&outer, "indirect")] {
        let element = now.element("/groups", "value", &json!(group.id))?;
        let right = element["type"] == json!(kind) && element["display"] == json!(group.name);
        ensure(right, &now, format!("{} as {kind} with its name", group.name))?;
        let reference = element["$ref"].as_str().unwrap_or_default();
        ensure(reference.ends_with(&group.path), &now, "a $ref to the group")?;
    }
    cx.patch_group(&middle, &json!([remove(&format!("members[value eq \"{}\"]", inner.id))]))?;
    cx.read(&user)?.counts("/groups", 1)?.equals("/groups/0/value", &json!(inner.id))?;
    Ok(())
}

pub(super) const CASES: &[Case] = &[
    every("rule-nested-groups", "a user's groups are direct and indirect", nested),
    every("rule-cycle", "a membership cycle is refused, by every way", |cx| {
        let outer = cx.group("outer", &[])?;
        let middle = cx.group("middle", &[])?;
        let inner = cx.group("inner", &[])?;
        cx.patch_group(&outer, &joins(&middle))?;
        cx.patch_group(&middle, &joins(&inner))?;
        cx.patch(&inner.path, &joins(&inner)).error(400, "invalidValue")?;
        cx.patch(&inner.path, &joins(&outer)).error(400, "invalidValue")?;
        let body = json!({"schemas": [GROUP], "displayName": inner.name, "members": [{"value": outer.id}]});
        cx.put(&inner.path, &body).error(400, "invalidValue")?;
        cx.holds(&inner, &[])
    }),
    every("rule-unknown-member", "an unknown member is refused by POST, PUT and PATCH, and nothing is applied", |cx| {
        let user = cx.user("known")?;
        let members = json!([{"value": user.id}, {"value": UNKNOWN}]);
        let body = |name: &str| json!({"schemas": [GROUP], "displayName": cx.name(name), "members": members});
        cx.post("/Groups", &body("never")).error_naming(400, "invalidValue", UNKNOWN)?;
        cx.finds("/Groups", &format!("displayName eq \"{}\"", cx.name("never")), &[])?;
        let group = cx.group("calm", &[])?;
        cx.put(&group.path, &body("renamed")).error_naming(400, "invalidValue", UNKNOWN)?;
        cx.patch(&group.path, &json!([add("members", members.clone())])).error_naming(400, "invalidValue", UNKNOWN)?;
        cx.read(&group)?.equals("/meta", &group.body["meta"])?.equals("/displayName", &json!(group.name))?;
        cx.holds(&group, &[])
    }),
    every("rule-member-shape", "a member has value, type, $ref and its own display", |cx| {
        let (user, inner, bare) = (cx.user("shape")?, cx.group("inner", &[])?, cx.bare_user("bare")?);
        let fake = |id: &str| json!({"value": id, "display": "fake"});
        let members = json!([fake(&user.id), {"value": inner.id}, fake(&bare.id)]);
        let group =
            cx.make("/Groups", &json!({"schemas": [GROUP], "displayName": cx.name("shape"), "members": members}))?;
        let now = cx.read(&group)?;
        for (member, kind, display) in [
            (&user, "User", user.body.get("displayName")),
            (&inner, "Group", inner.body.get("displayName")),
            (&bare, "User", None),
        ] {
            let element = now.element("/members", "value", &json!(member.id))?;
            ensure(element["type"] == json!(kind), &now, format!("a member of type {kind}"))?;
            ensure(
                element["$ref"].as_str().is_some_and(|found| found.ends_with(&member.path)),
                &now,
                "a $ref to the member",
            )?;
            ensure(element.get("display") == display, &now, format!("display {display:?}, the member's own"))?;
        }
        Ok(())
    }),
    every("rule-member-type-published", "the schema publishes User and Group as types of members", |cx| {
        let answer = cx.get("/Schemas/urn:ietf:params:scim:schemas:core:2.0:Group");
        let members = answer.status(200)?.element("/attributes", "name", &json!("members"))?;
        let parts = members["subAttributes"].as_array().map_or(&[][..], Vec::as_slice);
        let kinds = parts.iter().find(|part| part["name"] == json!("type")).map(|part| &part["canonicalValues"]);
        ensure(kinds == Some(&json!(["User", "Group"])), &answer, "canonicalValues [User, Group] of members.type")
    }),
    every("rule-member-once", "a member named twice is a member once", |cx| {
        let user = cx.user("twice")?;
        let group = cx.group("twice", &[&user, &user])?;
        cx.holds(&group, &[&user])?;
        cx.patch_group(&group, &json!([replace("members", json!([{"value": user.id}, {"value": user.id}]))]))?;
        cx.holds(&group, &[&user])
    }),
    every("rule-group-needs-name", "displayName is required and cannot be removed", |cx| {
        cx.post("/Groups", &json!({"schemas": [GROUP]})).error(400, "invalidValue")?;
        let group = cx.group("named", &[])?;
        cx.put(&group.path, &json!({"schemas": [GROUP], "members": []})).error(400, "invalidValue")?;
        cx.patch(&group.path, &json!([remove("displayName")])).error(400, "mutability")
    }),
    every("rule-members-in-lists", "lists of groups hold members unless they are excluded", |cx| {
        let (one, two) = (cx.user("one")?, cx.user("two")?);
        let group = cx.group("list", &[&one, &two])?;
        let filter = encode(&format!("displayName eq \"{}\"", group.name));
        cx.get(&format!("/Groups?filter={filter}")).list(1)?.counts("/Resources/0/members", 2)?;
        cx.get(&format!("/Groups?filter={filter}&excludedAttributes=members"))
            .list(1)?
            .absent("/Resources/0/members")?;
        cx.get(&format!("/Groups?filter={filter}&attributes=displayName")).list(1)?.absent("/Resources/0/members")?;
        Ok(())
    }),
    every("rule-members-filter", "groups are found by a member", |cx| {
        let (one, two) = (cx.user("one")?, cx.user("two")?);
        let (first, both) = (cx.group("first", &[&one])?, cx.group("both", &[&one, &two])?);
        cx.finds("/Groups", &format!("members.value eq \"{}\"", one.id), &[&first, &both])?;
        cx.finds("/Groups", &format!("members[value eq \"{}\"]", two.id), &[&both])
    }),
    every("rule-user-groups-read-only", "groups of a user change only through the group", |cx| {
        let user = cx.user("member")?;
        let group = cx.group("real", &[&user])?;
        let mut body = cx.user_body("member");
        body["groups"] = json!([]);
        cx.put(&user.path, &body).status(200)?.equals("/groups/0/value", &json!(group.id))?;
        cx.holds(&group, &[&user])
    }),
    every("rule-members-large-patch", "a PATCH may hold a thousand values", |cx| {
        let users = cx.users(20)?;
        let group = cx.group("large", &[])?;
        let values: Vec<Value> = users.iter().cycle().take(1000).map(|user| json!({"value": user.id})).collect();
        cx.patch_group(&group, &json!([add("members", json!(values))]))?;
        cx.holds(&group, &users.iter().collect::<Vec<_>>())
    }),
];
