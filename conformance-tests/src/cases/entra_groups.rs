//! Microsoft Entra ID: how it writes groups (rows E-G1 to E-G10) and reads schemas (E-S1, E-S2).

use super::context::{GROUP, add, remove, replace};
use super::{Applies, Case, Check, Context, Problem, Resource, ensure};
use crate::client::Answer;
use serde_json::{Value, json};

const fn row(id: &'static str, title: &'static str, run: Check) -> Case {
    Case::new("Microsoft Entra ID: groups", Applies::Lenient, id, title, run)
}

const UNKNOWN: &str = "7f1f4a7e-0000-4000-8000-000000000000";

/// Three users and a group of them.
pub(super) fn group_of_three(cx: &Context) -> Result<(Resource, [Resource; 3]), Problem> {
    let users = [cx.user("one")?, cx.user("two")?, cx.user("three")?];
    let group = cx.group("three", &[&users[0], &users[1], &users[2]])?;
    Ok((group, users))
}

/// Every attribute of a schema, sub-attributes behind their parents.
pub(super) fn attributes(schema: &Value) -> Vec<&Value> {
    let mut found = Vec::new();
    for attribute in schema["attributes"].as_array().into_iter().flatten() {
        found.push(attribute);
        found.extend(attribute["subAttributes"].as_array().into_iter().flatten());
    }
    found
}

/// The list of schemas.
pub(super) fn schemas(cx: &Context) -> Result<Answer, Problem> {
    let answer = cx.get("/Schemas");
    answer.is_list()?;
    ensure(answer.elements("/Resources").len() >= 3, &answer, "at least User, Group and the enterprise extension")?;
    Ok(answer)
}

pub(super) const CASES: &[Case] = &[
    row("E-G1", "a create with Microsoft's own schema beside ours", |cx| {
        let microsoft = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group";
        let body = json!({"schemas": [GROUP, microsoft], "externalId": cx.name("g"), "displayName": cx.name("g"),
            "meta": {"resourceType": "Group"}});
        let answer = cx.post("/Groups", &body);
        answer.status(201)?.text_at("/id")?.equals("/externalId", &body["externalId"])?;
        answer.equals("/schemas", &json!([GROUP]))?.equals("/meta/location", &json!(answer.header("location")))?;
        Ok(())
    }),
    row("E-G2", "a rename", |cx| {
        let group = cx.group("old", &[])?;
        cx.patch_group(&group, &json!([{"op": "Replace", "path": "displayName", "value": cx.name("new")}]))?;
        cx.read(&group)?.equals("/displayName", &json!(cx.name("new")))?;
        Ok(())
    }),
    row("E-G3", "adding a member with a null $ref, twice", |cx| {
        let (user, other) = (cx.user("one")?, cx.user("two")?);
        let group = cx.group("add", &[&other])?;
        for _ in 0..2 {
            let operation = json!([{"op": "Add", "path": "members", "value": [{"$ref": null, "value": user.id}]}]);
            cx.patch_group(&group, &operation)?;
            cx.holds(&group, &[&user, &other])?;
        }
        let now = cx.read(&group)?;
        let member = now.element("/members", "value", &json!(user.id))?;
        ensure(member["type"] == json!("User"), &now, "a member of type User")
    }),
    row("E-G4", "Remove with a value removes only what it lists", |cx| {
        let (group, [one, two, three]) = group_of_three(cx)?;
        let operation = json!([{"op": "Remove", "path": "members", "value": [{"$ref": null, "value": one.id}]}]);
        cx.patch_group(&group, &operation)?;
        cx.holds(&group, &[&two, &three])
    }),
    row("E-G5", "remove by value path, also of one who is no member", |cx| {
        let (group, [one, two, three]) = group_of_three(cx)?;
        for _ in 0..2 {
            cx.patch_group(&group, &json!([remove(&format!("members[value eq \"{}\"]", one.id))]))?;
            cx.holds(&group, &[&two, &three])?;
        }
        Ok(())
    }),
    row("E-G6", "remove without value and filter empties the group", |cx| {
        let (group, _) = group_of_three(cx)?;
        cx.patch_group(&group, &json!([remove("members")]))?;
        cx.holds(&group, &[])
    }),
    row("E-G7", "several Removes in one PATCH go by identity", |cx| {
        let (group, [one, two, three]) = group_of_three(cx)?;
        let gone = |user: &Resource| json!({"op": "Remove", "path": "members", "value": [{"value": user.id}]});
        cx.patch_group(&group, &json!([gone(&one), gone(&three)]))?;
        cx.holds(&group, &[&two])
    }),
    row("E-G8", "an unknown member is a 400 that names it, and nothing is applied", |cx| {
        let (group, [one, two, three]) = group_of_three(cx)?;
        let operations =
            json!([replace("displayName", json!(cx.name("renamed"))), add("members", json!([{"value": UNKNOWN}]))]);
        cx.patch(&group.path, &operations).error_naming(400, "invalidValue", UNKNOWN)?;
        let now = cx.read(&group)?;
        now.equals("/displayName", &json!(group.name))?.equals("/meta", &group.body["meta"])?;
        cx.holds(&group, &[&one, &two, &three])
    }),
    row("E-G9", "excluded members stay out of every answer", |cx| {
        let (group, _) = group_of_three(cx)?;
        let path = format!("{}?excludedAttributes=members", group.path);
        cx.get(&path).status(200)?.absent("/members")?;
        cx.patch(&path, &json!([replace("displayName", json!(cx.name("n")))])).status(200)?.absent("/members")?;
        let body = json!({"schemas": [GROUP], "displayName": cx.name("n")});
        cx.put(&path, &body).status(200)?.absent("/members")?;
        Ok(())
    }),
    row("E-G10", "a deleted group is gone, its members are not", |cx| {
        let user = cx.user("stays")?;
        let group = cx.group("gone", &[&user])?;
        cx.delete(&group.path).status(204)?.empty()?;
        cx.get(&group.path).error(404, "")?;
        cx.read(&user)?;
        Ok(())
    }),
    row("E-S1", "schemas: no nulls, known words, a description on every attribute", |cx| {
        let answer = schemas(cx)?;
        answer.no_nulls()?;
        for attribute in answer.elements("/Resources").iter().flat_map(attributes) {
            let text = |name: &str| attribute[name].as_str().unwrap_or_default();
            let name = text("name");
            ensure(!text("description").is_empty(), &answer, format!("a description of {name}"))?;
            let known = ["readOnly", "readWrite", "immutable", "writeOnly"].contains(&text("mutability"));
            ensure(known, &answer, format!("a mutability of RFC 7643 on {name}"))?;
            let known = ["always", "never", "default", "request"].contains(&text("returned"));
            ensure(known, &answer, format!("a returned of RFC 7643 on {name}"))?;
        }
        Ok(())
    }),
    row("E-S2", "no id among the attributes of User; type has canonical values", |cx| {
        let answer = cx.get("/Schemas/urn:ietf:params:scim:schemas:core:2.0:User");
        answer.status(200)?;
        let named = |holder: &'static str, name: &str| {
            let all = answer.elements(holder).iter();
            all.filter(|attribute| attribute["name"] == json!(name)).count()
        };
        ensure(named("/attributes", "id") == 0, &answer, "no id among the attributes")?;
        for name in ["emails", "phoneNumbers", "ims", "photos", "addresses"] {
            let attribute = answer.element("/attributes", "name", &json!(name))?;
            let parts = attribute["subAttributes"].as_array().map_or(&[][..], Vec::as_slice);
            let kinds = parts
                .iter()
                .find(|part| part["name"] == json!("type"))
                .and_then(|part| part["canonicalValues"].as_array());
            ensure(kinds.is_some_and(|kinds| !kinds.is_empty()), &answer, format!("canonical values of {name}.type"))?;
        }
        Ok(())
    }),
];
