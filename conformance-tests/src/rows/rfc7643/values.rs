//! Sections 2.4 and 2.5: multi-valued attributes, and attributes without a value.

use super::judge::{Definition, each, patched, refused, schemas, strict, taken_or_refused};
use crate::cases::Level::{Implied, May, Must, Shall, Should, ShouldNot};
use crate::cases::context::{Context, USER, add, remove, replace};
use crate::cases::{Case, Outcome, ensure};
use crate::client::Answer;
use crate::rows::row;
use serde_json::{Value, json};

const MULTIPLE: &str = "RFC 7643 2.4";
const UNASSIGNED: &str = "RFC 7643 2.5";

/// A POST of an ordinary user with these addresses.
fn post_emails(cx: &Context, stem: &str, emails: Value) -> Answer {
    let mut body = cx.user_body(stem);
    body["emails"] = emails;
    cx.post("/Users", &body)
}

fn lone_object(cx: &Context) -> Outcome {
    let email = json!({"value": cx.mail("lone"), "type": "work"});
    let answer = post_emails(cx, "lone", email.clone());
    if strict(cx) {
        refused(&answer, &["invalidValue", "invalidSyntax"])?;
        return post_emails(cx, "listed", json!([email])).status(201)?.counts("/emails", 1).map(drop);
    }
    answer.status(201)?.counts("/emails", 1).map(drop)
}

/// Whether a sub-attribute with a predefined name has the predefined type.
fn keeps_its_meaning(definition: &Definition<'_>) -> bool {
    let wanted = match definition.name() {
        "type" | "display" => "string",
        "primary" => "boolean",
        "$ref" => "reference",
        _ => return true,
    };
    definition.depth == 0 || definition.text("type") == wanted
}

/// How many elements are flagged as primary.
fn primaries(answer: &Answer) -> Vec<&Value> {
    answer.elements("/emails").iter().filter(|email| email["primary"] == json!(true)).collect()
}

fn one_primary(cx: &Context) -> Outcome {
    let flagged = |stem: &str| json!({"value": cx.mail(stem), "type": stem, "primary": true});
    let answer = post_emails(cx, "two", json!([flagged("work"), flagged("home")]));
    if strict(cx) {
        refused(&answer, &["invalidValue"])?;
    } else {
        let kept = primaries(answer.status(201)?);
        let first = kept.len() == 1 && kept.iter().all(|email| email["type"] == "work");
        ensure(first, &answer, "only the first as primary")?;
    }
    let user = cx.user("patched")?;
    let now = patched(cx, &user, &json!([add("emails", json!([flagged("home")]))]))?;
    let kept = primaries(&now);
    let last = kept.len() == 1 && kept.iter().all(|email| email["type"] == "home");
    ensure(last, &now, "only the address set last as primary")
}

fn no_primary(cx: &Context) -> Outcome {
    let user = cx.user_with("none", json!({"emails": [{"value": cx.mail("none"), "type": "work"}]}))?;
    let filter = |state: bool| format!("id eq \"{}\" and emails[primary eq {state}]", user.id);
    cx.finds("/Users", &filter(false), &[&user])?;
    cx.finds("/Users", &filter(true), &[])
}

fn same_pair(cx: &Context) -> Outcome {
    let email = json!({"value": cx.mail("pair"), "type": "work"});
    let answer = post_emails(cx, "pair", json!([email, email]));
    taken_or_refused(&answer, 201, &["invalidValue"])?;
    if answer.status == 201 { answer.counts("/emails", 1).map(drop) } else { Ok(()) }
}

/// An address with upper-case letters is stored as sent or in lower case, and found in lower case.
pub(super) fn address_in_any_case(cx: &Context) -> Outcome {
    let sent = cx.mail("canon").replace("@example.org", "@EXAMPLE.ORG");
    let user = cx.user_with("canon", json!({"emails": [{"value": sent, "type": "work"}]}))?;
    let now = cx.read(&user)?;
    let found = now.at("/emails/0/value").as_str().unwrap_or_default();
    ensure(found.eq_ignore_ascii_case(&sent), &now, "the address as sent or canonical")?;
    cx.finds("/Users", &format!("emails.value eq \"{}\"", sent.to_lowercase()), &[&user])
}

fn three_forms(cx: &Context) -> Outcome {
    let user = cx.user_with("forms", json!({"nickName": null, "emails": []}))?;
    cx.read(&user)?.absent("/nickName")?.absent("/emails")?.absent("/title")?;
    for name in ["nickName", "emails", "title"] {
        cx.finds("/Users", &format!("id eq \"{}\" and {name} pr", user.id), &[])?;
    }
    Ok(())
}

fn null_unassigns(cx: &Context) -> Outcome {
    let user = cx.user_with("clear", json!({"title": "T", "nickName": "N", "roles": [{"value": "r"}]}))?;
    patched(cx, &user, &json!([replace("nickName", Value::Null)]))?.absent("/nickName")?;
    let mut body = cx.user_body("clear");
    body["title"] = Value::Null;
    body["roles"] = json!([]);
    cx.put(&user.path, &body).status(200)?.absent("/title")?.absent("/roles")?;
    Ok(())
}

fn required_stays(cx: &Context) -> Outcome {
    let user = cx.user("required")?;
    refused(&cx.patch(&user.path, &json!([remove("userName")])), &["mutability"])?;
    let body = json!({"schemas": [USER], "userName": null, "displayName": "D"});
    refused(&cx.put(&user.path, &body), &["invalidValue"])?;
    cx.read(&user)?.equals("/userName", &json!(user.name))?;
    Ok(())
}

pub(super) const CASES: &[Case] = &[
    row(MULTIPLE, Implied, "7643-2.4-01", "many values are a JSON array", lone_object),
    row(MULTIPLE, Must, "7643-2.4-02", "type, primary, display and $ref keep their meaning", |cx| {
        each(&schemas(cx)?, "the predefined type of a predefined sub-attribute", keeps_its_meaning)
    }),
    row(MULTIPLE, Must, "7643-2.4-03", "at most one value is primary", one_primary),
    row(MULTIPLE, Shall, "7643-2.4-04", "a value without primary is not primary", no_primary),
    row(MULTIPLE, Should, "7643-2.4-05", "display of a value is kept, or changed as asked", |cx| {
        let emails = json!([{"value": cx.mail("shown"), "type": "work", "display": "Old"}]);
        let user = cx.user_with("shown", json!({"emails": emails}))?;
        let answer = cx.patch(&user.path, &json!([replace("emails[type eq \"work\"].display", json!("New"))]));
        let changed = [200, 204].contains(&answer.status);
        if !changed {
            refused(&answer, &["mutability"])?;
        }
        let wanted = if changed { "New" } else { "Old" };
        cx.read(&user)?.equals("/emails/0/display", &json!(wanted))?;
        Ok(())
    }),
    row(MULTIPLE, ShouldNot, "7643-2.4-06", "the same type and value are not returned twice", same_pair),
    row(MULTIPLE, May, "7643-2.4-07", "the same value may have two types", |cx| {
        let email = |kind: &str| json!({"value": cx.mail("same"), "type": kind});
        post_emails(cx, "same", json!([email("work"), email("home")])).status(201)?.counts("/emails", 2)?;
        Ok(())
    }),
    row(
        MULTIPLE,
        Should,
        "7643-2.4-08",
        "a value is found in its canonical form, and stored so or as sent",
        address_in_any_case,
    ),
    row(UNASSIGNED, Shall, "7643-2.5-01", "absent, null and an empty array are one state", three_forms),
    row(UNASSIGNED, Implied, "7643-2.5-02", "null and an empty array unassign", null_unassigns),
    row(UNASSIGNED, May, "7643-2.5-03", "what is unassigned is left out of answers", |cx| {
        let user = cx.user_with("out", json!({"title": "T"}))?;
        patched(cx, &user, &json!([remove("title")]))?.absent("/title")?;
        cx.read(&user)?.absent("/title")?.no_nulls()?;
        Ok(())
    }),
    row(UNASSIGNED, Implied, "7643-2.5-04", "a required attribute cannot be cleared", required_stays),
];
