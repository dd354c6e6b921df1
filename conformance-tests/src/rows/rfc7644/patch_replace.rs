//! PATCH: replace (RFC 7644 section 3.5.2.3).

use super::patch::rule;
use super::{implied, same, shall};
use crate::cases::context::{merge, replace};
use crate::cases::{Case, Context, Outcome, Problem, Resource};
use serde_json::{Value, json};

const REPLACE: &str = "RFC 7644 3.5.2.3";

/// A user with two work numbers and a home number.
fn numbers(cx: &Context) -> Result<Resource, Problem> {
    let number = |value: &str, kind: &str| json!({"value": value, "type": kind});
    cx.user_with("numbers", json!({"phoneNumbers": [number("1", "work"), number("2", "work"), number("3", "home")]}))
}

fn every_match_part(cx: &Context) -> Outcome {
    let user = numbers(cx)?;
    let now = cx.patch_user(&user, &json!([replace("phoneNumbers[type eq \"work\"].display", json!("D"))]))?;
    let wanted = json!([
        {"value": "1", "type": "work", "display": "D"},
        {"value": "2", "type": "work", "display": "D"},
        {"value": "3", "type": "home"},
    ]);
    now.equals("/phoneNumbers", &wanted)?;
    Ok(())
}

pub(super) const CASES: &[Case] = &[
    rule(shall(REPLACE, "7644-3.5.2.3-01", "without a path the value replaces what it names", |cx| {
        let user = cx.user_with("named", json!({"title": "T"}))?;
        let emails = json!([{"value": "new@example.org", "type": "other"}]);
        let now = cx.patch_user(&user, &json!([merge(json!({"emails": emails, "nickName": "N"}))]))?;
        now.equals("/emails", &emails)?.equals("/nickName", &json!("N"))?.equals("/title", &json!("T"))?;
        Ok(())
    })),
    rule(implied(REPLACE, "7644-3.5.2.3-02", "a single value and a whole list are replaced", |cx| {
        let user = cx.user_with("whole", json!({"title": "Old"}))?;
        let emails = json!([{"value": "a@example.org"}, {"value": "b@example.org"}]);
        let now = cx.patch_user(&user, &json!([replace("title", json!("New")), replace("emails", emails.clone())]))?;
        now.equals("/title", &json!("New"))?.equals("/emails", &emails)?;
        Ok(())
    })),
    rule(shall(REPLACE, "7644-3.5.2.3-03", "what was not there is added", |cx| {
        let user = cx.user("added")?;
        let roles = json!([{"value": "admin"}]);
        let now = cx.patch_user(&user, &json!([replace("title", json!("T")), replace("roles", roles.clone())]))?;
        now.equals("/title", &json!("T"))?.equals("/roles", &roles)?;
        Ok(())
    })),
    rule(shall(REPLACE, "7644-3.5.2.3-04", "a complex value is replaced by the parts named", |cx| {
        let user = cx.user("parts")?;
        let now = cx.patch_user(&user, &json!([replace("name", json!({"givenName": "New"}))]))?;
        now.equals("/name", &json!({"givenName": "New", "familyName": "Family"}))?;
        Ok(())
    })),
    rule(shall(REPLACE, "7644-3.5.2.3-05", "a value path replaces all that fits", |cx| {
        let user = numbers(cx)?;
        let value = json!({"type": "other", "display": "D"});
        let now = cx.patch_user(&user, &json!([replace("phoneNumbers[type eq \"work\"]", value)]))?;
        for number in now.counts("/phoneNumbers", 3)?.elements("/phoneNumbers") {
            let wanted = if number["value"] == json!("3") { json!("home") } else { json!("other") };
            crate::cases::ensure(number["type"] == wanted, &now, format!("{} of type {wanted}", number["value"]))?;
        }
        Ok(())
    })),
    rule(implied(REPLACE, "7644-3.5.2.3-06", "a value path with a part replaces that part of all", every_match_part)),
    rule(shall(REPLACE, "7644-3.5.2.3-07", "a value path without a match is noTarget, or creates leniently", |cx| {
        same(cx, &["rfc-replace-without-match", "rule-replace-without-match"])
    })),
    rule(implied(REPLACE, "7644-3.5.2.3-08", "null and an empty list unassign", |cx| {
        let user = cx.user_with("null", json!({"title": "T"}))?;
        cx.read(&user)?.present("/title")?.present("/emails")?;
        let now = cx.patch_user(&user, &json!([replace("title", Value::Null), replace("emails", json!([]))]))?;
        now.absent("/title")?.absent("/emails")?;
        Ok(())
    })),
    rule(implied(REPLACE, "7644-3.5.2.3-09", "members are replaced exactly", |cx| {
        let (one, two, three) = (cx.user("one")?, cx.user("two")?, cx.user("three")?);
        let group = cx.group("exact", &[&one, &two])?;
        let members = json!([{"value": two.id}, {"value": three.id}]);
        cx.patch_group(&group, &json!([replace("members", members)]))?;
        cx.holds(&group, &[&two, &three])
    })),
];
