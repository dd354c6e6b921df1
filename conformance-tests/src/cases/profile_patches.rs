//! PATCH, PUT and media types by profile: each strict row `rfc-...` has its tolerant counterpart `rule-...`.

use super::context::{GROUP, add, merge, remove, replace};
use super::entra_groups::group_of_three;
use super::{Applies, Case, Check, Context, Outcome, Profile, ensure};
use crate::client::Request;
use serde_json::{Value, json};

const SECTION: &str = "Profiles: PATCH and PUT";

const fn strict(id: &'static str, title: &'static str, run: Check) -> Case {
    Case::new(SECTION, Applies::Strict, id, title, run)
}

const fn lenient(id: &'static str, title: &'static str, run: Check) -> Case {
    Case::new(SECTION, Applies::Lenient, id, title, run)
}

const fn every(id: &'static str, title: &'static str, run: Check) -> Case {
    Case::new(SECTION, Applies::Every, id, title, run)
}

const HOME: &str = "emails[type eq \"home\"].value";
const UNKNOWN_PATHS: [&str; 2] = ["favouriteColour", "urn:example:unknown:1.0:User:colour"];

/// A value of `remove` that lists nothing removes nothing and is refused.
fn malformed_values(cx: &Context) -> Outcome {
    let (group, [one, two, three]) = group_of_three(cx)?;
    let gone = |value: Value| cx.patch(&group.path, &json!([{"op": "remove", "path": "members", "value": value}]));
    for malformed in [json!({}), json!([{"nothing": "x"}]), json!([[]])] {
        gone(malformed).error(400, "")?;
        cx.holds(&group, &[&one, &two, &three])?;
    }
    // Whether these are malformed or name nobody is open; that they remove nobody is not.
    for odd in [json!(7), json!(true), json!([null]), json!("")] {
        gone(odd).sound()?;
        cx.holds(&group, &[&one, &two, &three])?;
    }
    Ok(())
}

fn content_type_for_json(cx: &Context, wanted: &str) -> Outcome {
    let answer = cx.send(&Request::new("GET", "/Users?count=1").header("Accept", "application/json"));
    answer.status(200)?;
    let kind = answer.header("content-type").split(';').next().unwrap_or_default().trim().to_owned();
    ensure(kind == wanted, &answer, format!("Content-Type {wanted}"))
}

pub(super) const CASES: &[Case] = &[
    strict("rfc-unknown-path", "an unknown attribute as a path is refused and nothing applied", |cx| {
        let user = cx.user("path")?;
        for path in UNKNOWN_PATHS.into_iter().chain(["name.shoeSize"]) {
            let operations = json!([replace("title", json!("T")), replace(path, json!("x"))]);
            cx.patch(&user.path, &operations).error(400, "invalidPath")?;
        }
        cx.read(&user)?.equals("/meta", &user.body["meta"])?.absent("/title")?;
        Ok(())
    }),
    lenient("rule-unknown-path", "an operation on an unknown attribute is skipped, the rest applied", |cx| {
        let user = cx.user("path")?;
        for (step, path) in UNKNOWN_PATHS.into_iter().enumerate() {
            let title = json!(format!("T{step}"));
            let operations = json!([replace(path, json!("x")), replace("title", title.clone()), remove(path)]);
            cx.patch_user(&user, &operations)?.equals("/title", &title)?.absent("/favouriteColour")?;
        }
        Ok(())
    }),
    every("rule-read-only-path", "a read-only attribute named by a path is refused", |cx| {
        let user = cx.user("path")?;
        for (path, value) in
            [("id", json!("x")), ("meta.created", json!("2001-01-01T00:00:00Z")), ("groups", json!([{"value": "g"}]))]
        {
            cx.patch(&user.path, &json!([replace(path, value)])).error(400, "mutability")?;
        }
        cx.patch(&user.path, &json!([remove("meta")])).error(400, "mutability")?;
        cx.read(&user)?.equals("/meta", &user.body["meta"])?;
        Ok(())
    }),
    every("rule-read-only-value", "read-only attributes in a path-less value are ignored", |cx| {
        let user = cx.user("value")?;
        let meta = json!({"created": "2001-01-01T00:00:00Z"});
        let value = json!({"id": "x", "meta": meta, "groups": [{"value": "g"}], "title": "T"});
        let now = cx.patch_user(&user, &json!([merge(value)]))?;
        now.equals("/title", &json!("T"))?.equals("/meta/created", &user.body["meta"]["created"])?;
        ensure(now.elements("/groups").is_empty(), &now, "no groups")
    }),
    strict("rfc-empty-operations", "an empty list of operations is refused", |cx| {
        let user = cx.user("none")?;
        cx.patch(&user.path, &json!([])).error(400, "invalidSyntax")
    }),
    strict("rfc-replace-without-match", "replace of a value path without a match is noTarget", |cx| {
        let user = cx.user("target")?;
        cx.patch(&user.path, &json!([replace(HOME, json!("h@example.org"))])).error(400, "noTarget")?;
        cx.read(&user)?.equals("/meta", &user.body["meta"])?;
        Ok(())
    }),
    lenient("rule-replace-without-match", "replace of a value path without a match creates from its terms", |cx| {
        let user = cx.user("target")?;
        let path = "addresses[type eq \"home\" and region eq \"R\"].locality";
        let now = cx.patch_user(&user, &json!([replace(HOME, json!("h@example.org")), replace(path, json!("L"))]))?;
        now.typed("/emails", "home", &json!({"value": "h@example.org"}))?;
        now.equals("/addresses", &json!([{"type": "home", "region": "R", "locality": "L"}]))?;
        let vague = replace("emails[type ne \"work\" and type ne \"home\"].value", json!("x@example.org"));
        cx.patch(&user.path, &json!([vague])).error(400, "noTarget")
    }),
    every("rule-add-without-match", "add on a value path without a match creates", |cx| {
        let user = cx.user("target")?;
        let now = cx.patch_user(&user, &json!([add(HOME, json!("h@example.org"))]))?;
        now.counts("/emails", 2)?.typed("/emails", "home", &json!({"value": "h@example.org"}))?;
        Ok(())
    }),
    every("rule-no-member-by-value-path", "a value path on members never makes a member", |cx| {
        let (member, other) = (cx.user("member")?, cx.user("other")?);
        let group = cx.group("closed", &[&member])?;
        let path = format!("members[value eq \"{}\"]", other.id);
        for op in ["replace", "add"] {
            let operation = json!([{"op": op, "path": path, "value": {"value": other.id}}]);
            cx.patch(&group.path, &operation).sound()?;
            cx.holds(&group, &[&member])?;
        }
        Ok(())
    }),
    every("rule-remove-by-value", "remove with a value removes only what it lists", |cx| {
        let (group, [one, two, three]) = group_of_three(cx)?;
        let gone = |value: Value| json!([{"op": "remove", "path": "members", "value": value}]);
        cx.patch_group(&group, &gone(json!([{"value": two.id}])))?;
        cx.holds(&group, &[&one, &three])?;
        cx.patch(&group.path, &gone(json!([]))).sound()?;
        cx.holds(&group, &[&one, &three])
    }),
    every("rule-remove-malformed", "remove with a malformed value is refused and removes nothing", malformed_values),
    every("rule-remove-emails-by-value", "remove with a value on another list goes by value alone", |cx| {
        let emails = json!([{"value": "a@example.org", "type": "work"}, {"value": "b@example.org", "type": "home"}]);
        let user = cx.user_with("list", json!({"emails": emails}))?;
        let gone = json!([{"op": "remove", "path": "emails", "value": [{"value": "b@example.org"}]}]);
        cx.patch_user(&user, &gone)?.counts("/emails", 1)?.typed(
            "/emails",
            "work",
            &json!({"value": "a@example.org"}),
        )?;
        Ok(())
    }),
    every("rule-complex-merges", "add and replace of a complex value leave what they do not name", |cx| {
        let user = cx.user("merge")?;
        for (step, op) in ["add", "replace"].into_iter().enumerate() {
            for path in [
                json!({"op": op, "path": "name", "value": {"middleName": format!("M{step}")}}),
                json!({"op": op, "value": {"name": {"middleName": format!("N{step}")}}}),
            ] {
                let now = cx.patch_user(&user, &json!([path]))?;
                now.equals("/name/givenName", &json!("Given"))?.equals("/name/familyName", &json!("Family"))?;
                let middle =
                    now.text_at("/name/middleName")?.at("/name/middleName").as_str().unwrap_or_default().to_owned();
                ensure(middle.ends_with(&step.to_string()), &now, "the new middle name")?;
            }
        }
        Ok(())
    }),
    strict("rfc-put-without-members", "a PUT without members empties the group", |cx| {
        let (group, _) = group_of_three(cx)?;
        cx.put(&group.path, &json!({"schemas": [GROUP], "displayName": group.name})).status(200)?;
        cx.holds(&group, &[])
    }),
    lenient("rule-put-without-members", "a PUT without members keeps them", |cx| {
        let (group, [one, two, three]) = group_of_three(cx)?;
        cx.put(&group.path, &json!({"schemas": [GROUP], "displayName": cx.name("renamed")})).status(200)?;
        cx.read(&group)?.equals("/displayName", &json!(cx.name("renamed")))?;
        cx.holds(&group, &[&one, &two, &three])
    }),
    every("rule-put-empty-members", "a PUT with members empty or null empties the group", |cx| {
        for (step, members) in [json!([]), Value::Null].into_iter().enumerate() {
            let user = cx.user(&format!("m{step}"))?;
            let group = cx.group(&format!("g{step}"), &[&user])?;
            let body = json!({"schemas": [GROUP], "displayName": group.name, "members": members});
            cx.put(&group.path, &body).status(200)?;
            cx.holds(&group, &[])?;
        }
        Ok(())
    }),
    every(
        "rule-patch-projection",
        "a PATCH with attributes or excludedAttributes answers 200 with that projection",
        |cx| {
            let user = cx.user("project")?;
            let group = cx.group("project", &[&user])?;
            let title = json!([replace("title", json!("T"))]);
            let answer = cx.patch(&format!("{}?attributes=title", user.path), &title);
            answer.status(200)?.equals("/title", &json!("T"))?.equals("/id", &json!(user.id))?.absent("/userName")?;
            cx.patch(&format!("{}?excludedAttributes=emails", user.path), &title)
                .status(200)?
                .absent("/emails")?
                .present("/userName")?;
            let name = json!([replace("displayName", json!(cx.name("n")))]);
            let answer = cx.patch(&format!("{}?attributes=displayName", group.path), &name);
            answer.status(200)?.equals("/displayName", &json!(cx.name("n")))?.absent("/members")?;
            Ok(())
        },
    ),
    every("rule-group-patch-size", "a group's PATCH answers the group up to 100 members, else 204", |cx| {
        let users = cx.users(101)?;
        let (last, first) = users.split_last().map_or((None, &[][..]), |(last, first)| (Some(last), first));
        let group = cx.group("size", &first.iter().collect::<Vec<_>>())?;
        let rename = json!([replace("displayName", json!(cx.name("renamed")))]);
        cx.group_patched(&cx.patch(&group.path, &rename))?;
        let members: Vec<Value> = last.iter().map(|user| json!({"value": user.id})).collect();
        cx.patch(&group.path, &json!([add("members", json!(members))])).status(204)?.empty()?;
        cx.read(&group)?.counts("/members", 101)?;
        cx.patch(&format!("{}?excludedAttributes=members", group.path), &rename).status(200)?.absent("/members")?;
        Ok(())
    }),
    strict("rfc-json-only", "who accepts only application/json gets it", |cx| {
        content_type_for_json(cx, "application/json")
    }),
    lenient("rule-json-only", "who accepts only application/json gets SCIM's type", |cx| {
        content_type_for_json(cx, "application/scim+json")
    }),
    lenient("rule-preset-group-patch", "entra and okta: a group's PATCH is a 204 also without operations", |cx| {
        if cx.profile() == Profile::Tolerant {
            return Err(super::Problem::Skipped("only in the profiles entra and okta".to_owned()));
        }
        let group = cx.group("preset", &[])?;
        cx.patch(&group.path, &json!([])).status(204)?.empty()?;
        cx.patch(&format!("{}?attributes=displayName", group.path), &json!([])).status(200)?.absent("/members")?;
        Ok(())
    }),
];
