//! Sections 4.1 and 4.1.1: the User and its singular attributes.

use super::judge::{definitions, patched, refused, schemas, strict, taken_or_refused};
use crate::cases::Level::{Implied, May, Must, ShallNot, Should};
use crate::cases::context::{Context, USER, replace};
use crate::cases::{Case, Outcome, ensure};
use crate::client::Answer;
use crate::rows::row;
use serde_json::{Value, json};

const USERS: &str = "RFC 7643 4.1";
const SINGULAR: &str = "RFC 7643 4.1.1";

/// A POST of an ordinary user with one more attribute.
fn post_with(cx: &Context, stem: &str, name: &str, value: &Value) -> Answer {
    let mut body = cx.user_body(stem);
    body[name] = value.clone();
    cx.post("/Users", &body)
}

/// The value is stored and returned as sent.
fn keeps(cx: &Context, stem: &str, name: &str, value: &str) -> Outcome {
    post_with(cx, stem, name, &json!(value)).status(201)?.equals(&format!("/{name}"), &json!(value))?;
    Ok(())
}

/// These values are stored and returned as sent.
fn kept(cx: &Context, name: &str, values: &[&str]) -> Outcome {
    values.iter().enumerate().try_for_each(|(step, value)| keeps(cx, &format!("{name}{step}"), name, value))
}

/// A value that breaks the attribute's syntax is refused by the letter, and else kept as sent.
fn checked(cx: &Context, name: &str, wrong: &str) -> Outcome {
    if strict(cx) {
        return refused(&post_with(cx, "wrong", name, &json!(wrong)), &["invalidValue"]);
    }
    keeps(cx, "wrong", name, wrong)
}

fn user_at_users(cx: &Context) -> Outcome {
    let kind = cx.get("/ResourceTypes/User");
    kind.status(200)?.equals("/schema", &json!(USER))?.equals("/endpoint", &json!("/Users"))?;
    let user = cx.user("identified")?;
    let now = cx.read(&user)?;
    ensure(now.elements("/schemas").contains(&json!(USER)), &now, "the User schema")
}

fn named(cx: &Context) -> Outcome {
    for name in [Value::Null, json!(""), json!("  ")] {
        refused(&cx.post("/Users", &json!({"schemas": [USER], "userName": name})), &["invalidValue"])?;
    }
    refused(&cx.post("/Users", &json!({"schemas": [USER], "displayName": "D"})), &["invalidValue"])
}

fn unique_name(cx: &Context) -> Outcome {
    let user = cx.user("unique")?;
    for name in [user.name.clone(), user.name.to_uppercase()] {
        cx.post("/Users", &json!({"schemas": [USER], "userName": name})).error(409, "uniqueness")?;
    }
    let other = cx.user("other")?;
    let answer = cx.patch(&other.path, &json!([replace("userName", json!(user.name.to_uppercase()))]));
    answer.error(409, "uniqueness")
}

fn name_in_any_case(cx: &Context) -> Outcome {
    let name = cx.mail("MixedCase");
    let user = cx.make("/Users", &json!({"schemas": [USER], "userName": name}))?;
    cx.read(&user)?.equals("/userName", &json!(name))?;
    for spelling in [name.to_lowercase(), name.to_uppercase()] {
        cx.finds("/Users", &format!("userName eq \"{spelling}\""), &[&user])?;
    }
    Ok(())
}

fn formatted_name(cx: &Context) -> Outcome {
    let user = cx.user_with("name", json!({"name": {"givenName": "Barbara", "familyName": "Jensen"}}))?;
    let now = cx.read(&user)?;
    let consistent = match now.at("/name/formatted").as_str() {
        Some(text) => text.contains("Barbara") && text.contains("Jensen"),
        None => now.at("/name/formatted").is_null(),
    };
    ensure(consistent, &now, "no name.formatted, or one that holds the parts")
}

/// No answer holds a password in any form.
fn hidden(answer: &Answer, secret: &str) -> Outcome {
    let silent = !answer.text.contains("\"password\"") && !answer.text.contains(secret);
    ensure(silent, answer, "no password")
}

/// A password does not come back, whatever is asked.
pub(super) fn secret_stays(cx: &Context) -> Outcome {
    let (first, second) = ("uT7!xk29fQ-first", "uT7!xk29fQ-second");
    let user = cx.user_with("secret", json!({"password": first}))?;
    ensure(user.body.get("password").is_none(), &cx.get(&user.path), "no password in the 201")?;
    let mut body = cx.user_body("secret");
    body["password"] = json!(second);
    hidden(cx.put(&user.path, &body).status(200)?, second)?;
    hidden(&patched(cx, &user, &json!([replace("password", json!(first))]))?, first)?;
    hidden(&cx.read(&user)?, first)?;
    let filter = format!("filter=id%20eq%20%22{}%22", user.id);
    for target in [
        format!("{}?attributes=password", user.path),
        format!("/Users?{filter}"),
        format!("/Users?{filter}&attributes=userName,password"),
    ] {
        hidden(cx.get(&target).status(200)?, first)?;
    }
    let search = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
        "filter": format!("id eq \"{}\"", user.id), "attributes": ["password", "userName"]});
    let found = cx.post("/Users/.search", &search);
    if [404, 405, 501].contains(&found.status) { Ok(()) } else { hidden(found.status(200)?, first) }
}

fn weak_password(cx: &Context) -> Outcome {
    refused(&post_with(cx, "weak", "password", &json!("1")), &["invalidValue"])
}

pub(super) const CASES: &[Case] = &[
    row(USERS, Implied, "7643-4.1-01", "a User is the core schema's, served at /Users", user_at_users),
    row(SINGULAR, Must, "7643-4.1.1-01", "userName is required and not empty", named),
    row(SINGULAR, Must, "7643-4.1.1-02", "userName is unique in any case", unique_name),
    row(SINGULAR, Implied, "7643-4.1.1-03", "userName keeps its spelling and is found in any case", name_in_any_case),
    row(SINGULAR, Should, "7643-4.1.1-04", "name.formatted agrees with its parts", formatted_name),
    row(SINGULAR, May, "7643-4.1.1-05", "an empty displayName is none, or refused", |cx| {
        let answer = post_with(cx, "empty", "displayName", &json!(""));
        taken_or_refused(&answer, 201, &["invalidValue"])?;
        if answer.status == 201 { answer.absent("/displayName").map(drop) } else { Ok(()) }
    }),
    row(SINGULAR, Implied, "7643-4.1.1-06", "nickName, title and userType are free text", |cx| {
        for name in ["nickName", "title", "userType"] {
            kept(cx, name, &["Any, text: \u{e9} {x} 100%", "'\"\\;--"])?;
        }
        Ok(())
    }),
    row(SINGULAR, Implied, "7643-4.1.1-07", "profileUrl is a URL", |cx| {
        kept(cx, "profileUrl", &["https://example.org/~me?a=b#c"])?;
        checked(cx, "profileUrl", "not a url with spaces")
    }),
    row(SINGULAR, Implied, "7643-4.1.1-08", "preferredLanguage is written as in Accept-Language", |cx| {
        kept(cx, "preferredLanguage", &["en-US, fr;q=0.5", "da"])
    }),
    row(SINGULAR, May, "7643-4.1.1-09", "locale is a language tag, with - or _", |cx| {
        kept(cx, "locale", &["en-US", "en_US"])?;
        checked(cx, "locale", "e n")
    }),
    row(SINGULAR, Implied, "7643-4.1.1-10", "timezone is a zone of the IANA database", |cx| {
        kept(cx, "timezone", &["America/Los_Angeles", "Europe/Berlin"])?;
        checked(cx, "timezone", "Mars/Base")
    }),
    row(SINGULAR, ShallNot, "7643-4.1.1-12", "a password is never returned", secret_stays),
    row(SINGULAR, Should, "7643-4.1.1-14", "a weak password is refused", weak_password)
        .needing("/changePassword/supported"),
    row(SINGULAR, May, "7643-4.1.1-15", "a filter on password is refused, or only for equality", |cx| {
        let answer = cx.find("/Users", "password eq \"x\"");
        taken_or_refused(&answer, 200, &["invalidFilter"])?;
        refused(&cx.find("/Users", "password sw \"x\""), &["invalidFilter"])
    }),
    row(SINGULAR, Implied, "7643-4.1.1-17", "password is writeOnly and never returned", |cx| {
        let list = schemas(cx)?;
        let right = definitions(&list).iter().any(|definition| {
            (definition.schema, definition.path.as_str()) == (USER, "password")
                && definition.text("mutability") == "writeOnly"
                && definition.text("returned") == "never"
        });
        ensure(right, &list, "password with mutability writeOnly and returned never")
    }),
];
