//! Microsoft's SCIM Validator and its reference collection (rows E-V1 to E-V11).

use super::context::{GROUP, PATCH_OP, USER, replace};
use super::{Applies, Case, Check, Context, Outcome, ensure};
use crate::client::{Request, encode};
use serde_json::json;

const fn row(id: &'static str, title: &'static str, run: Check) -> Case {
    Case::new("Microsoft SCIM Validator", Applies::Lenient, id, title, run)
}

fn odd_filters(cx: &Context) -> Outcome {
    let family = cx.name("Employee");
    let user = cx.user_with("odd", json!({"name": {"givenName": "G", "familyName": family}}))?;
    let group = cx.group("Odd", &[])?;
    let answer = cx.get(&format!("/Groups?filter=DisplayName+eq+%22{}%22", group.name));
    answer.list(1)?.equals("/Resources/0/id", &json!(group.id))?;
    cx.finds("/Users", &format!("userName sw even.{}", cx.tag()), &[])?;
    cx.finds("/Users", &format!("userName sw odd.{}", cx.tag()), &[&user])?;
    let either = "(emails.Value co example.com or emails.Value co example.org)";
    cx.finds("/Users", &format!("name.FamilyName eq {family} and {either}"), &[&user])?;
    let named = format!("userName eq \"{}\"", user.name);
    cx.finds("/Users", &format!("meta.Created gt 2015-10-10T14:38:21.8617979-07:00 and {named}"), &[&user])?;
    cx.finds("/Users", &format!("meta.Created lt 2015-10-10T14:38:21.8617979-07:00 and {named}"), &[])
}

pub(super) const CASES: &[Case] = &[
    row("E-V1", "an empty list of operations changes nothing and succeeds", |cx| {
        let user = cx.user("noop")?;
        let group = cx.group("noop", &[&user])?;
        cx.patch(&user.path, &json!([])).status(200)?.equals("/meta", &user.body["meta"])?;
        cx.group_patched(&cx.patch(&group.path, &json!([])))?;
        cx.read(&group)?.equals("/meta", &group.body["meta"])?;
        cx.holds(&group, &[&user])
    }),
    row("E-V2", "a PATCH of a user answers 200 with the resource", |cx| {
        let user = cx.user("patch")?;
        let now = cx.patch_user(&user, &json!([replace("displayName", json!("N"))]))?;
        now.equals("/displayName", &json!("N"))?.equals("/userName", &json!(user.name))?;
        Ok(())
    }),
    row("E-V3", "after disabling, active is false by id and by filter", |cx| {
        let user = cx.user("off")?;
        cx.patch_user(&user, &json!([{"op": "Replace", "path": "active", "value": false}]))?;
        cx.read(&user)?.equals("/active", &json!(false))?;
        let found = cx.find("/Users", &format!("userName eq \"{}\"", user.name));
        found.list(1)?.equals("/Resources/0/active", &json!(false))?;
        Ok(())
    }),
    row("E-V4", "userName stored in capitals is found in small letters", |cx| {
        let user = cx.user_with("x", json!({"userName": cx.mail("CAPITALS")}))?;
        cx.read(&user)?.equals("/userName", &json!(cx.mail("CAPITALS")))?;
        cx.finds("/Users", &format!("userName eq \"{}\"", user.name.to_lowercase()), &[&user])
    }),
    row("E-V5", "odd zones are kept as sent; userName cannot be removed", |cx| {
        let user = cx.user_with("odd", json!({"timezone": "Mars/Olympus Mons", "locale": "xx-nowhere-1"}))?;
        let now = cx.read(&user)?;
        now.equals("/timezone", &json!("Mars/Olympus Mons"))?.equals("/locale", &json!("xx-nowhere-1"))?;
        cx.patch(&user.path, &json!([{"op": "Remove", "path": "userName"}])).error(400, "mutability")
    }),
    row("E-V6", "names of members compare without regard to case", |cx| {
        let body = json!({"Schemas": [USER], "UserName": cx.mail("case"), "DISPLAYNAME": "D",
            "Emails": [{"Primary": true, "Type": "work", "Value": "v@example.org"}]});
        let user = cx.make("/Users", &body)?;
        let emails = json!([{"primary": true, "type": "work", "value": "v@example.org"}]);
        cx.read(&user)?.equals("/displayName", &json!("D"))?.equals("/emails", &emails)?;
        let now = cx.patch_user(&user, &json!([replace("DisplayName", json!("E"))]))?;
        now.equals("/displayName", &json!("E"))?.absent("/DisplayName")?;
        Ok(())
    }),
    row("E-V7", "members of a PATCH that nobody knows are ignored", |cx| {
        let user = cx.user("member")?;
        let group = cx.group("extra", &[])?;
        let operation = json!({"op": "Add", "path": "members", "name": "addMember", "value": [{"value": user.id}]});
        let body = json!({"schemas": [PATCH_OP], "id": group.id, "Operations": [operation]});
        cx.group_patched(&cx.send(&Request::new("PATCH", &group.path).json(&body)))?;
        cx.holds(&group, &[&user])
    }),
    row("E-V8", "a member with displayName, and a member as bare text", |cx| {
        let (one, two) = (cx.user("one")?, cx.user("two")?);
        let body = json!({"schemas": [GROUP], "displayName": cx.name("forms"),
            "members": [{"value": one.id, "displayName": "whatever"}]});
        let group = cx.make("/Groups", &body)?;
        cx.patch_group(&group, &json!([{"op": "Add", "path": "members", "value": two.id}]))?;
        cx.holds(&group, &[&one, &two])
    }),
    row("E-V9", "filters with odd names, no quotes and long fractions", odd_filters),
    row("E-V10", "a bracket in attributes projects the attribute before it", |cx| {
        let user = cx.user("project")?;
        let attributes = encode("emails[type eq \"work\"]");
        let answer = cx.get(&format!("{}?attributes={attributes}", user.path));
        answer.status(200)?.equals("/emails", &user.body["emails"])?.absent("/displayName")?;
        Ok(())
    }),
    row("E-V11", "PUT: misspelled is ignored, no userName is refused; two of a page", |cx| {
        let users = cx.users(3)?;
        if let Some(user) = users.first() {
            let mut body = user.body.clone();
            body["dispalyName"] = json!("wrong");
            cx.put(&user.path, &body).status(200)?.absent("/dispalyName")?;
            cx.put(&user.path, &json!({"schemas": [USER], "displayName": "x"})).error(400, "invalidValue")?;
        }
        let mine = encode(&format!("userName co \"{}\"", cx.tag()));
        cx.get(&format!("/Users?filter={mine}&startIndex=1&count=2")).page(3, 2)?;
        let answer = cx.get("/Users?startIndex=1&count=2");
        answer.is_list()?.equals("/itemsPerPage", &json!(2))?;
        ensure(answer.at("/totalResults").as_u64() >= Some(3), &answer, "a total of at least three")
    }),
];
