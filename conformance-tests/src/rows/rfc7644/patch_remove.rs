//! PATCH: remove (RFC 7644 section 3.5.2.2).

use super::patch::{refused, rule};
use super::{implied, same, shall, should};
use crate::cases::context::{GROUP, remove};
use crate::cases::{Case, Context, Outcome, ensure};
use serde_json::json;

const REMOVE: &str = "RFC 7644 3.5.2.2";

fn absent_already(cx: &Context) -> Outcome {
    let (user, other) = (cx.user("inside")?, cx.user("outside")?);
    let group = cx.group("absent", &[&user])?;
    for id in [other.id.as_str(), "7f1f4a7e-0000-4000-8000-000000000000"] {
        cx.patch_group(&group, &json!([remove(&format!("members[value eq \"{id}\"]"))]))?;
    }
    cx.holds(&group, &[&user])?;
    cx.read(&group)?.equals("/meta", &group.body["meta"])?;
    cx.patch_user(&user, &json!([remove("title"), remove("emails[type eq \"fax\"]")]))?.counts("/emails", 1)?;
    Ok(())
}

fn everything(cx: &Context) -> Outcome {
    let (one, two) = (cx.user("one")?, cx.user("two")?);
    let group = cx.group("all", &[&one, &two])?;
    cx.holds(&group, &[&one, &two])?;
    cx.patch_group(&group, &json!([remove("members")]))?;
    let now = cx.read(&group)?;
    ensure(now.elements("/members").is_empty(), &now, "no members")?;
    cx.patch_user(&one, &json!([remove("emails")]))?.absent("/emails")?;
    Ok(())
}

pub(super) const CASES: &[Case] = &[
    rule(implied(REMOVE, "7644-3.5.2.2-01", "remove without a path is noTarget", |cx| {
        refused(cx, "noTarget", &[json!({"op": "remove"})])
    })),
    rule(shall(REMOVE, "7644-3.5.2.2-02", "a single value is unassigned", |cx| {
        let user = cx.user_with("single", json!({"nickName": "N"}))?;
        cx.patch_user(&user, &json!([remove("nickName"), remove("name.givenName")]))?;
        cx.read(&user)?.absent("/nickName")?.equals("/name", &json!({"familyName": "Family"}))?;
        Ok(())
    })),
    rule(shall(REMOVE, "7644-3.5.2.2-03", "a list without a filter is emptied", everything)),
    rule(implied(REMOVE, "7644-3.5.2.2-04", "a filter takes only what fits", |cx| {
        let emails = json!([{"value": "w@example.org", "type": "work"}, {"value": "h@example.org", "type": "home"}]);
        let user = cx.user_with("filter", json!({"emails": emails}))?;
        let now = cx.patch_user(&user, &json!([remove("emails[type eq \"work\"]")]))?;
        now.equals("/emails", &json!([{"value": "h@example.org", "type": "home"}]))?;
        cx.patch_user(&user, &json!([remove("emails[type eq \"home\"]")]))?.absent("/emails")?;
        Ok(())
    })),
    rule(implied(REMOVE, "7644-3.5.2.2-05", "a filter with a part takes that part", |cx| {
        let work = json!({"type": "work", "region": "CA", "locality": "Hollywood"});
        let addresses = json!([work, {"type": "home", "region": "NY"}]);
        let user = cx.user_with("part", json!({"addresses": addresses}))?;
        let now = cx.patch_user(&user, &json!([remove("addresses[type eq \"work\"].region")]))?;
        let left = json!([{"type": "work", "locality": "Hollywood"}, {"type": "home", "region": "NY"}]);
        now.equals("/addresses", &left)?;
        Ok(())
    })),
    rule(shall(REMOVE, "7644-3.5.2.2-06", "required and read-only attributes stay", |cx| {
        refused(cx, "mutability", &[remove("userName"), remove("meta"), remove("id"), remove("groups")])?;
        let group = cx.make("/Groups", &json!({"schemas": [GROUP], "displayName": cx.name("required")}))?;
        cx.patch(&group.path, &json!([remove("displayName")])).error(400, "mutability")
    })),
    rule(should(REMOVE, "7644-3.5.2.2-07", "removing what is not there changes nothing", absent_already)),
    rule(implied(REMOVE, "7644-3.5.2.2-08", "a value names what is removed, and nothing else is", |cx| {
        same(cx, &["rule-remove-by-value", "rule-remove-malformed"])
    })),
];
