//! Other commercial clients: OneLogin (L), JumpCloud (J), Google (W), Ping (P), Rippling (R), some met in passing (X).

use super::context::{ENTERPRISE, GROUP, USER, add, enterprise, merge, remove, replace};
use super::entra_groups::group_of_three;
use super::{Applies, Case, Check, Context, Outcome, Problem, ensure};
use crate::client::{Request, encode};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const fn row(id: &'static str, title: &'static str, run: Check) -> Case {
    Case::new("Other commercial clients", Applies::Lenient, id, title, run)
}

/// The ids of all pages of an endpoint, as a client walks them; stops at an empty page.
pub(super) fn walk(cx: &Context, query: &str, count: usize) -> Result<Vec<String>, Problem> {
    let mut seen: Vec<String> = Vec::new();
    loop {
        let answer = cx.get(&format!("{query}startIndex={}&count={count}", seen.len() + 1));
        let page = answer.is_list()?.elements("/Resources");
        let total = answer.at("/totalResults").as_u64().unwrap_or_default();
        seen.extend(page.iter().filter_map(|resource| resource["id"].as_str()).map(str::to_owned));
        let done = u64::try_from(seen.len()).unwrap_or(u64::MAX) >= total;
        ensure(done || !page.is_empty(), &answer, "no empty page before the end")?;
        if done {
            let each: BTreeSet<&String> = seen.iter().collect();
            ensure(each.len() == seen.len(), &answer, "no resource on two pages")?;
            return Ok(seen);
        }
    }
}

fn life_of_user_and_group(cx: &Context) -> Outcome {
    let user = cx.user("test")?;
    let group = cx.group("test", &[])?;
    let mut body = user.body.clone();
    body["displayName"] = json!("Changed");
    cx.put(&user.path, &body).status(200)?.equals("/displayName", &json!("Changed"))?;
    for _ in 0..2 {
        cx.patch_group(&group, &json!([add("members", json!([{"value": user.id}]))]))?;
    }
    cx.holds(&group, &[&user])?;
    let gone = json!({"op": "remove", "path": "members", "value": [{"value": user.id}]});
    cx.patch_group(&group, &json!([gone]))?;
    cx.holds(&group, &[])?;
    cx.delete(&group.path).status(204)?;
    cx.delete(&user.path).status(204)?;
    cx.get(&user.path).error(404, "")
}

/// A create with these `schemas` gives an ordinary user.
fn accepts_schemas(cx: &Context, schemas: Value, more: Value) -> Outcome {
    let mut members = more;
    members["schemas"] = schemas;
    let user = cx.user_with("schemas", members)?;
    let now = cx.read(&user)?;
    ensure(now.elements("/schemas").contains(&json!(USER)), &now, "the IETF's User schema")?;
    now.text_at("/userName")?.text_at("/name/givenName")?.absent(&format!("/{USER}"))?;
    Ok(())
}

pub(super) const CASES: &[Case] = &[
    row("L-1", "every method of the vendor's sample", life_of_user_and_group),
    row("L-2", "plus for space, a trailing ampersand, a bare question mark", |cx| {
        let user = cx.user("plus")?;
        let group = cx.group("plus", &[])?;
        let answer = cx.get(&format!("/Users?filter=userName+eq+%22{}%22&", encode(&user.name)));
        answer.list(1)?.equals("/Resources/0/id", &json!(user.id))?;
        cx.put(&format!("{}?", user.path), &user.body).status(200)?;
        cx.group_patched(&cx.patch(&format!("{}?", group.path), &json!([replace("displayName", json!(cx.name("n")))])))
    }),
    row("L-3", "old schema names: the type comes from the URL", |cx| {
        let schemas = json!(["urn:scim:schemas:core:2.0", "urn:scim:schemas:extension:enterprise:2.0:User"]);
        accepts_schemas(cx, schemas, json!({}))
    }),
    row("L-4", "PUT for users and PATCH for groups both exist", |cx| {
        let user = cx.user("both")?;
        let group = cx.group("both", &[])?;
        cx.put(&user.path, &user.body).status(200)?;
        cx.patch_group(&group, &json!([add("members", json!([{"value": user.id}]))]))
    }),
    row("L-5", "an empty User-Agent", |cx| {
        let request = Request::new("POST", "/Users").header("User-Agent", "").json(&cx.user_body("agent"));
        cx.send(&request).status(201)?;
        Ok(())
    }),
    row("L-6", "op in small letters", |cx| {
        let user = cx.user("small")?;
        let group = cx.group("small", &[])?;
        cx.patch_group(&group, &json!([{"op": "add", "path": "members", "value": [{"value": user.id}]}]))?;
        cx.holds(&group, &[&user])
    }),
    row("L-7", "addresses of which none is primary sort by the first", |cx| {
        let address = |stem: &str, kind: &str| json!({"value": cx.mail(stem), "type": kind});
        let emails = |first: &str| json!({"emails": [address(first, "work"), address("mm", "home")]});
        let last = cx.user_with("one", emails("zz"))?;
        let first = cx.user_with("two", emails("aa"))?;
        let mine = encode(&format!("userName co \"{}\"", cx.tag()));
        let answer = cx.get(&format!("/Users?filter={mine}&sortBy=emails"));
        answer.list(2)?;
        ensure(
            answer.column("/id") == [first.id.as_str(), last.id.as_str()],
            &answer,
            "the order of the first addresses",
        )
    }),
    row("L-8", "a group PATCH of SCIM 1.1 is refused, not swallowed", |cx| {
        let user = cx.user("old")?;
        let group = cx.group("old", &[&user])?;
        let body =
            json!({"schemas": ["urn:scim:schemas:core:1.0"], "members": [{"value": user.id, "operation": "delete"}]});
        cx.send(&Request::new("PATCH", &group.path).json(&body)).error(400, "invalidSyntax")?;
        cx.holds(&group, &[&user])
    }),
    row("L-9", "members missing and members extra", |cx| {
        let user = cx.make("/Users", &json!({"userName": cx.mail("few"), "extra": {"a": [1]}, "other": "x"}))?;
        cx.read(&user)?.absent("/extra")?.absent("/other")?.equals("/active", &json!(true))?;
        Ok(())
    }),
    row("J-1", "the test user and test group of an activation", life_of_user_and_group),
    row("J-2", "core attributes are enough", |cx| {
        let user = cx.user("core")?;
        cx.read(&user)?.equals("/schemas", &json!([USER]))?;
        Ok(())
    }),
    row("J-3", "members in and out by lists of values", |cx| {
        let (group, [one, two, three]) = group_of_three(cx)?;
        let listed = |op: &str| json!([{"op": op, "path": "members", "value": [{"value": one.id}, {"value": two.id}]}]);
        cx.patch_group(&group, &listed("remove"))?;
        cx.holds(&group, &[&three])?;
        cx.patch_group(&group, &listed("add"))?;
        cx.holds(&group, &[&one, &two, &three])
    }),
    row("J-4", "adding a member again changes nothing", |cx| {
        let user = cx.user("again")?;
        let group = cx.group("again", &[&user])?;
        let before = cx.read(&group)?;
        cx.patch_group(&group, &json!([add("members", json!([{"value": user.id}]))]))?;
        cx.read(&group)?.equals("/meta", before.at("/meta"))?.counts("/members", 1)?;
        Ok(())
    }),
    row("W-2", "startIndex without count", |cx| {
        let user = cx.user("google")?;
        cx.get("/Users").is_list()?;
        let filter = encode(&format!("userName eq \"{}\"", user.name));
        cx.get(&format!("/Users?filter={filter}&startIndex=1")).list(1)?;
        Ok(())
    }),
    row("W-3", "a schema name of SCIM 1.0 beside ours", |cx| {
        accepts_schemas(cx, json!(["urn:scim:schemas:core:1.0", USER]), json!({}))
    }),
    row("W-4", "core attributes stand at the top level, the extension under its name", |cx| {
        let members = json!({ENTERPRISE: {"department": "D"}});
        let user = cx.user_with("top", members)?;
        let now = cx.read(&user)?;
        now.equals(&enterprise("/department"), &json!("D"))?.absent("/department")?.absent(&format!("/{USER}"))?;
        Ok(())
    }),
    row("P-1", "users by PUT; all groups by pages", |cx| {
        let user = cx.user("ping")?;
        cx.put(&user.path, &user.body).status(200)?;
        let groups = [cx.group("p1", &[])?, cx.group("p2", &[])?, cx.group("p3", &[])?];
        let seen = walk(cx, "/Groups?", 100)?;
        let all = groups.iter().all(|group| seen.contains(&group.id));
        ensure(all, &cx.get("/Groups?count=0"), "all three new groups among the pages")
    })
    .alone(),
    row("P-3", "filters on userName and on the address", |cx| {
        let user = cx.user("ping")?;
        cx.finds("/Users", &format!("userName eq \"{}\"", user.name), &[&user])?;
        cx.finds("/Users", &format!("emails.value eq \"{}\"", cx.mail("ping")), &[&user])
    }),
    row("P-4", "two primaries: the first stays", |cx| {
        let address = |kind: &str| json!({"value": "same@example.org", "type": kind, "primary": true});
        let user = cx.user_with("two", json!({"emails": [address("work"), address("home")]}))?;
        let now = cx.read(&user)?;
        now.counts("/emails", 2)?.typed("/emails", "work", &json!({"primary": true}))?;
        let home = now.element("/emails", "type", &json!("home"))?;
        ensure(home["primary"] != json!(true), &now, "home no longer primary")
    }),
    row("P-5", "a base URL with a trailing slash doubles it", |cx| {
        let user = cx.user("slash")?;
        cx.get(&format!("/{}", user.path)).status(200)?.equals("/id", &json!(user.id))?;
        cx.get("/ServiceProviderConfig/").status(200)?;
        Ok(())
    }),
    row("R-1", "the attributes of the mapping can be asked for", |cx| {
        let user = cx.user_with("ripple", json!({"externalId": cx.name("r")}))?;
        let answer =
            cx.get(&format!("{}?attributes=externalId,emails.primary,name.givenName,name.familyName", user.path));
        answer
            .status(200)?
            .equals("/externalId", &json!(cx.name("r")))?
            .equals("/emails", &json!([{"primary": true}]))?;
        answer.equals("/name", &json!({"givenName": "Given", "familyName": "Family"}))?.absent("/userName")?;
        Ok(())
    }),
    row("R-2", "the connection test reads ServiceProviderConfig", |cx| {
        cx.get("/ServiceProviderConfig").status(200)?.equals("/patch/supported", &json!(true))?;
        Ok(())
    }),
    row("R-3", "a repeated create makes no second user", |cx| {
        let user = cx.user("repeat")?;
        cx.post("/Users", &cx.user_body("repeat")).error(409, "uniqueness")?;
        cx.finds("/Users", &format!("userName co \"{}\"", cx.tag()), &[&user])
    }),
    row("X-1", "replace of a complex value merges", |cx| {
        let user = cx.user("merge")?;
        for operation in [replace("name", json!({"familyName": "New"})), merge(json!({"name": {"familyName": "New"}}))]
        {
            let now = cx.patch_user(&user, &json!([operation]))?;
            now.equals("/name", &json!({"givenName": "Given", "familyName": "New"}))?;
        }
        Ok(())
    }),
    row("X-2", "remove with the members inside an object", |cx| {
        let (group, [one, two, three]) = group_of_three(cx)?;
        let mut operation = remove("members");
        operation["value"] = json!({"members": [{"value": two.id}]});
        cx.patch_group(&group, &json!([operation]))?;
        cx.holds(&group, &[&one, &three])
    }),
    row("X-4", "the connection test lists users", |cx| {
        cx.get("/Users").is_list()?;
        Ok(())
    }),
    row("rule-group-old-schema", "an old schema name for a group", |cx| {
        let body = json!({"schemas": ["urn:scim:schemas:core:1.0"], "displayName": cx.name("old")});
        cx.post("/Groups", &body).status(201)?.equals("/schemas", &json!([GROUP]))?;
        Ok(())
    }),
];
