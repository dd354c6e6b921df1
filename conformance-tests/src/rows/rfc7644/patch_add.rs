//! PATCH: add (RFC 7644 section 3.5.2.1).

use super::patch::{refused, rule};
use super::{implied, must, same, shall, should};
use crate::cases::context::{add, enterprise, qualified};
use crate::cases::{Case, Context, Outcome, Profile, ensure};
use serde_json::{Value, json};

const ADD: &str = "RFC 7644 3.5.2.1";
const HOME: &str = "emails[type eq \"home\"].value";

fn pathless(value: Value) -> Value {
    json!([{"op": "add", "value": value}])
}

/// What is there already changes nothing, of a group and of a user.
fn already_there(cx: &Context) -> Outcome {
    let user = cx.user("there")?;
    let group = cx.group("there", &[&user])?;
    cx.holds(&group, &[&user])?;
    let before = cx.read(&group)?;
    cx.patch_group(&group, &json!([add("members", json!([{"value": user.id}]))]))?;
    let now = cx.read(&group)?;
    ensure(now.json == before.json, &now, "the group as it was, lastModified too")?;
    let before = cx.read(&user)?;
    let emails = before.at("/emails").clone();
    cx.patch_user(&user, &json!([add("emails", emails), add("active", json!(true))]))?;
    let now = cx.read(&user)?;
    ensure(now.json == before.json, &now, "the user as it was, lastModified too")
}

/// Dotted and qualified names as keys of a value without a path.
fn dotted_keys(cx: &Context) -> Outcome {
    let user = cx.user("dotted")?;
    let answer = cx.patch(&user.path, &pathless(json!({"name.givenName": "Dotted", qualified("department"): "D"})));
    if cx.profile() == Profile::Rfc && answer.status == 400 {
        return answer.error(400, "");
    }
    answer.status(200)?.equals("/name/givenName", &json!("Dotted"))?.equals(&enterprise("/department"), &json!("D"))?;
    answer.equals("/name/familyName", &json!("Family"))?;
    Ok(())
}

pub(super) const CASES: &[Case] = &[
    rule(must(ADD, "7644-3.5.2.1-01", "add needs a value", |cx| {
        refused(cx, "", &[json!({"op": "add", "path": "title"}), json!({"op": "add"})])
    })),
    rule(implied(ADD, "7644-3.5.2.1-02", "without a path the value is merged into the resource", |cx| {
        let user = cx.user("merge")?;
        let emails = json!([{"value": "more@example.org", "type": "other"}]);
        let now = cx.patch_user(&user, &pathless(json!({"emails": emails, "nickName": "N"})))?;
        now.counts("/emails", 2)?.equals("/nickName", &json!("N"))?.equals("/userName", &json!(user.name))?;
        Ok(())
    })),
    rule(implied(ADD, "7644-3.5.2.1-03", "what was not there is created", |cx| {
        let user = cx.bare_user("create")?;
        let now = cx.patch_user(&user, &json!([add("title", json!("T")), add("name.givenName", json!("G"))]))?;
        now.equals("/title", &json!("T"))?.equals("/name", &json!({"givenName": "G"}))?;
        Ok(())
    })),
    rule(shall(ADD, "7644-3.5.2.1-04", "a complex value is merged", |cx| {
        let user = cx.user("complex")?;
        let now = cx.patch_user(&user, &json!([add("name", json!({"givenName": "New", "middleName": "M"}))]))?;
        now.equals("/name/givenName", &json!("New"))?.equals("/name/middleName", &json!("M"))?;
        now.equals("/name/familyName", &json!("Family"))?;
        Ok(())
    })),
    rule(implied(ADD, "7644-3.5.2.1-05", "a list grows, by a list or by one value", |cx| {
        let (one, two, three) = (cx.user("one")?, cx.user("two")?, cx.user("three")?);
        let group = cx.group("grow", &[&one])?;
        cx.patch_group(&group, &json!([add("members", json!([{"value": two.id}]))]))?;
        cx.holds(&group, &[&one, &two])?;
        let answer = cx.patch(&group.path, &json!([add("members", json!({"value": three.id}))]));
        if cx.profile() == Profile::Rfc && answer.status == 400 {
            return answer.error(400, "invalidValue");
        }
        cx.group_patched(&answer)?;
        cx.holds(&group, &[&one, &two, &three])
    })),
    rule(implied(ADD, "7644-3.5.2.1-06", "a single value is replaced", |cx| {
        let user = cx.user_with("single", json!({"title": "Old"}))?;
        cx.patch_user(&user, &json!([add("title", json!("New"))]))?.equals("/title", &json!("New"))?;
        Ok(())
    })),
    rule(should(ADD, "7644-3.5.2.1-07", "what is there already changes nothing", already_there)),
    rule(implied(ADD, "7644-3.5.2.1-08", "a value path sets a part of what fits", |cx| {
        let user = cx.user("part")?;
        let now = cx.patch_user(&user, &json!([add("emails[type eq \"work\"].value", json!("new@example.org"))]))?;
        now.counts("/emails", 1)?.typed("/emails", "work", &json!({"value": "new@example.org", "primary": true}))?;
        Ok(())
    })),
    rule(implied(ADD, "7644-3.5.2.1-09", "a value path without a match creates from its terms", |cx| {
        let user = cx.user("create")?;
        let now = cx.patch_user(&user, &json!([add(HOME, json!("home@example.org"))]))?;
        now.counts("/emails", 2)?.typed("/emails", "home", &json!({"value": "home@example.org"}))?;
        cx.patch(
            &user.path,
            &json!([add("emails[value co \"x\" or type pr and primary ne true].display", json!("D"))]),
        )
        .sound()?;
        same(cx, &["rule-add-without-match"])
    })),
    rule(implied(ADD, "7644-3.5.2.1-10", "dotted and qualified keys are read, or refused by the letter", dotted_keys)),
];
