//! Sections 4.2 and 4.3: the Group and the enterprise extension.

use super::judge::{definitions, follow, refused, schemas, strict, taken_or_refused};
use crate::cases::Level::{Implied, May, Must, Should};
use crate::cases::context::{Context, ENTERPRISE, GROUP, add, enterprise, qualified, replace};
use crate::cases::{Case, Outcome, Problem, ensure};
use crate::rows::row;
use serde_json::json;

const GROUPS: &str = "RFC 7643 4.2";
const EXTENSION: &str = "RFC 7643 4.3";

fn same_names(cx: &Context) -> Outcome {
    let group = cx.group("same", &[])?;
    let answer = cx.post("/Groups", &json!({"schemas": [GROUP], "displayName": group.name}));
    if strict(cx) { answer.status(201).map(drop) } else { answer.error(409, "uniqueness") }
}

fn members_filled(cx: &Context) -> Outcome {
    let user = cx.user("filled")?;
    let group = cx.group("filled", &[&user])?;
    let now = cx.read(&group)?;
    let member = now.element("/members", "value", &json!(user.id))?;
    ensure(member["type"] == "User", &now, "members.type User")?;
    follow(cx, &member["$ref"])?.status(200)?.equals("/id", &json!(user.id))?;
    Ok(())
}

fn members_fixed(cx: &Context) -> Outcome {
    let (one, two) = (cx.user("one")?, cx.user("two")?);
    let group = cx.group("fixed", &[&one])?;
    let path = format!("members[value eq \"{}\"].value", one.id);
    refused(&cx.patch(&group.path, &json!([replace(&path, json!(two.id))])), &["mutability"])?;
    cx.holds(&group, &[&one])
}

fn cycles(cx: &Context) -> Outcome {
    let user = cx.user("cycle")?;
    let inner = cx.group("inner", &[&user])?;
    let body = json!({"schemas": [GROUP], "displayName": cx.name("outer"), "members": [{"value": inner.id}]});
    let made = cx.post("/Groups", &body);
    if made.status == 400 {
        return Err(Problem::Skipped("the server takes no group as a member".to_owned()));
    }
    let outer = made.status(201)?.at("/id");
    let answer = cx.patch(&inner.path, &json!([add("members", json!([{"value": outer}]))]));
    ensure([200, 204, 400].contains(&answer.status), &answer, "the cycle stored or refused")?;
    cx.read(&user)?;
    cx.read(&inner)?;
    Ok(())
}

fn empty_member(cx: &Context) -> Outcome {
    let list = schemas(cx)?;
    let required = definitions(&list).iter().any(|definition| {
        (definition.schema, definition.path.as_str()) == (GROUP, "members.value")
            && definition.value["required"] == true
    });
    let body = json!({"schemas": [GROUP], "displayName": cx.name("empty"), "members": [{}]});
    let answer = cx.post("/Groups", &body);
    if required { refused(&answer, &["invalidValue"]) } else { taken_or_refused(&answer, 201, &["invalidValue"]) }
}

fn deleted_members(cx: &Context) -> Outcome {
    let (gone, kept) = (cx.user("gone")?, cx.user("kept")?);
    let group = cx.group("left", &[&gone, &kept])?;
    cx.delete(&gone.path).status(204)?;
    cx.holds(&group, &[&kept])
}

fn enterprise_whole(cx: &Context) -> Outcome {
    let boss = cx.user("boss")?;
    let data = json!({"employeeNumber": "701984", "costCenter": "4130", "organization": "Universal", "division": "T",
        "department": "D", "manager": {"value": boss.id}});
    let user = cx.user_with("whole", json!({ENTERPRISE: data}))?;
    let now = cx.read(&user)?;
    for name in ["employeeNumber", "costCenter", "organization", "division", "department"] {
        now.equals(&enterprise(&format!("/{name}")), &data[name])?;
    }
    now.equals(&enterprise("/manager/value"), &json!(boss.id))?;
    cx.get(&format!("/Schemas/{ENTERPRISE}")).status(200)?.equals("/id", &json!(ENTERPRISE))?;
    Ok(())
}

fn manager_name(cx: &Context) -> Outcome {
    let boss = cx.user("boss")?;
    let manager = json!({"value": boss.id, "displayName": "Somebody else"});
    let user = cx.user_with("named", json!({ENTERPRISE: {"manager": manager}}))?;
    let wanted = &boss.body["displayName"];
    cx.read(&user)?.equals(&enterprise("/manager/displayName"), wanted)?;
    let operation = json!([replace(&qualified("manager.displayName"), json!("Somebody else"))]);
    refused(&cx.patch(&user.path, &operation), &["mutability"])?;
    cx.read(&user)?.equals(&enterprise("/manager/displayName"), wanted)?;
    Ok(())
}

fn manager_as_text(cx: &Context) -> Outcome {
    let (boss, user) = (cx.user("boss")?, cx.user("text")?);
    let answer = cx.patch(&user.path, &json!([replace(&qualified("manager"), json!(boss.id))]));
    if strict(cx) {
        return refused(&answer, &["invalidValue", "invalidSyntax"]);
    }
    answer.status(200)?.equals(&enterprise("/manager/value"), &json!(boss.id))?;
    Ok(())
}

pub(super) const CASES: &[Case] = &[
    row(GROUPS, Must, "7643-4.2-01", "a group's displayName is required", |cx| {
        refused(&cx.post("/Groups", &json!({"schemas": [GROUP], "externalId": cx.name("none")})), &["invalidValue"])
    }),
    row(GROUPS, Implied, "7643-4.2-02", "two groups may have one name, unless the profile says no", same_names),
    row(GROUPS, Implied, "7643-4.2-03", "members are completed with $ref and type", members_filled),
    row(GROUPS, Implied, "7643-4.2-04", "a member cannot be changed into another", members_fixed),
    row(GROUPS, May, "7643-4.2-05", "groups that contain each other do not hang the server", cycles),
    row(GROUPS, May, "7643-4.2-06", "a member without value is refused where value is required", empty_member),
    row(GROUPS, Implied, "7643-4.2-07", "a deleted user is no member any more", deleted_members),
    row(EXTENSION, Implied, "7643-4.3-01", "the enterprise extension has its six attributes", enterprise_whole),
    row(EXTENSION, Should, "7643-4.3-02", "manager.$ref leads to the manager", |cx| {
        let boss = cx.user("boss")?;
        let user = cx.user_with("report", json!({ENTERPRISE: {"manager": {"value": boss.id}}}))?;
        let now = cx.read(&user)?;
        let pointer = enterprise("/manager/$ref");
        follow(cx, now.text_at(&pointer)?.at(&pointer))?.status(200)?.equals("/id", &json!(boss.id))?;
        Ok(())
    }),
    row(EXTENSION, Implied, "7643-4.3-03", "manager.displayName is the manager's own", manager_name),
    row(EXTENSION, Implied, "7643-4.3-04", "a manager as text is refused, or made a value", manager_as_text),
];
