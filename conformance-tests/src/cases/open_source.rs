//! Open-source clients: authentik, rauthy (Y-1 to Y-6) and those of Keycloak (K-1 to K-5).

use super::commercial::walk;
use super::context::{GROUP, USER, add, merge, remove, replace};
use super::entra_groups::{group_of_three, schemas};
use super::{Applies, Case, Check, Context, Outcome, ensure};
use crate::client::{Request, encode};
use serde_json::{Value, json};

const fn row(id: &'static str, title: &'static str, run: Check) -> Case {
    Case::new("Open-source clients", Applies::Lenient, id, title, run)
}

/// Every way to take a taken name is a 409 with uniqueness.
fn conflicts(cx: &Context) -> Outcome {
    let (held, other) = (cx.user("held")?, cx.user("other")?);
    cx.post("/Users", &cx.user_body("held")).error(409, "uniqueness")?;
    let mut body = other.body.clone();
    body["userName"] = json!(held.name);
    cx.put(&other.path, &body).error(409, "uniqueness")?;
    cx.patch(&other.path, &json!([replace("userName", json!(held.name))])).error(409, "uniqueness")?;
    let (group, second) = (cx.group("held", &[])?, cx.group("other", &[])?);
    cx.post("/Groups", &json!({"schemas": [GROUP], "displayName": group.name.to_uppercase()}))
        .error(409, "uniqueness")?;
    cx.put(&second.path, &json!({"schemas": [GROUP], "displayName": group.name})).error(409, "uniqueness")?;
    cx.patch(&second.path, &json!([replace("displayName", json!(group.name))])).error(409, "uniqueness")
}

/// rauthy's user: elements without type, an empty family name, a member of its own.
fn rauthy_user(cx: &Context, stem: &str) -> Value {
    json!({
        "schemas": [USER], "externalId": cx.name(stem), "userName": cx.mail(stem), "displayName": "R",
        "name": {"givenName": "R", "familyName": ""}, "emails": [{"value": cx.mail(stem), "primary": true}],
        "phoneNumbers": [{"value": "+49 1"}], "photos": [{"value": "https://example.org/p.png"}],
        "roles": [{"value": "admin"}], "addresses": [{"locality": "L"}], "preferredLanguage": "en", "locale": "en",
        "active": true, "custom": {"anything": [1, 2]},
    })
}

pub(super) const CASES: &[Case] = &[
    row("A-1", "ServiceProviderConfig says that PATCH and filter work", |cx| {
        let answer = cx.get("/ServiceProviderConfig");
        answer.status(200)?.equals("/patch/supported", &json!(true))?.equals("/filter/supported", &json!(true))?;
        Ok(())
    }),
    row("A-2", "pages until the total is seen", |cx| {
        let (user, group) = (cx.user("seen")?, cx.group("seen", &[])?);
        let users = walk(cx, "/Users?", 100)?;
        let groups = walk(cx, "/Groups?", 100)?;
        let answer = cx.get("/Users?count=0");
        ensure(
            users.contains(&user.id) && groups.contains(&group.id),
            &answer,
            "the new user and group among the pages",
        )
    })
    .alone(),
    row("A-3", "after a conflict, a lookup with an unquoted name", |cx| {
        let user = cx.user("conflict")?;
        let group = cx.group("conflict", &[])?;
        cx.post("/Users", &cx.user_body("conflict")).error(409, "uniqueness")?;
        cx.finds("/Users", &format!("userName eq {}", user.name), &[&user])?;
        cx.finds("/Groups", &format!("displayName eq \"{}\"", group.name), &[&group])
    }),
    row("A-4", "a user is updated by PUT; an unknown one is a 404 and not made", |cx| {
        let user = cx.user("put")?;
        let mut body = cx.user_body("put");
        body["displayName"] = json!("Put");
        cx.put(&user.path, &body).status(200)?.equals("/displayName", &json!("Put"))?;
        body["userName"] = json!(cx.mail("nobody"));
        cx.put("/Users/7f1f4a7e-0000-4000-8000-000000000000", &body).error(404, "")?;
        cx.finds("/Users", &format!("userName eq \"{}\"", cx.mail("nobody")), &[])
    }),
    row("A-5", "the whole group as a value without path, schemas and id inside", |cx| {
        let user = cx.user("member")?;
        let group = cx.group("whole", &[&user])?;
        let (name, own) = (cx.name("renamed"), cx.name("x"));
        let value = json!({"schemas": [GROUP], "id": group.id, "displayName": name, "externalId": own});
        cx.patch_group(&group, &json!([merge(value)]))?;
        let now = cx.read(&group)?;
        now.equals("/displayName", &json!(cx.name("renamed")))?.equals("/externalId", &json!(cx.name("x")))?;
        cx.holds(&group, &[&user])
    }),
    row("A-6", "one operation a member, in and out", |cx| {
        let (group, [one, two, three]) = group_of_three(cx)?;
        let four = cx.user("four")?;
        let out = json!({"op": "remove", "path": "members", "value": [{"value": one.id}]});
        cx.patch_group(&group, &json!([out, add("members", json!([{"value": four.id}]))]))?;
        cx.holds(&group, &[&two, &three, &four])
    }),
    row("A-7", "as many operations in a PATCH as bulk.maxOperations says", |cx| {
        let user = cx.user("many")?;
        let group = cx.group("many", &[])?;
        let limit = cx.get("/ServiceProviderConfig");
        limit.status(200)?.equals("/bulk/maxOperations", &json!(1000))?;
        let operations = Value::Array(vec![add("members", json!([{"value": user.id}])); 1000]);
        cx.patch_group(&group, &operations)?;
        cx.holds(&group, &[&user])
    }),
    row("A-8", "a group without members shows an empty list", |cx| {
        let group = cx.group("empty", &[])?;
        cx.read(&group)?.equals("/members", &json!([]))?;
        Ok(())
    }),
    row("A-9", "a PUT with an empty list empties the group", |cx| {
        let (group, _) = group_of_three(cx)?;
        cx.put(&group.path, &json!({"schemas": [GROUP], "displayName": group.name, "members": []})).status(200)?;
        cx.holds(&group, &[])
    }),
    row("A-10", "Accept and Content-Type of SCIM", |cx| {
        let request = Request::new("POST", "/Users").header("Accept", "application/scim+json");
        let answer = cx.send(&request.json(&cx.user_body("type")));
        answer.status(201)?;
        ensure(answer.header("content-type").starts_with("application/scim+json"), &answer, "SCIM's media type")
    }),
    row("A-11", "every conflict says uniqueness", conflicts),
    row("Y-1", "users and groups by externalId, then by name", |cx| {
        let user = cx.make("/Users", &rauthy_user(cx, "find"))?;
        let body = json!({"schemas": [GROUP], "displayName": cx.name("find"), "externalId": cx.name("gid")});
        let group = cx.make("/Groups", &body)?;
        cx.finds("/Users", &format!("externalId eq \"{}\"", cx.name("find")), &[&user])?;
        cx.finds("/Users", &format!("userName eq \"{}\"", user.name), &[&user])?;
        cx.finds("/Groups", &format!("externalId eq \"{}\"", cx.name("gid")), &[&group])?;
        cx.finds("/Groups", &format!("displayName eq \"{}\"", group.name), &[&group])?;
        cx.read(&group)?.equals("/externalId", &json!(cx.name("gid")))?;
        Ok(())
    }),
    row("Y-2", "elements without type, empty text, a member of its own", |cx| {
        let body = rauthy_user(cx, "form");
        let user = cx.make("/Users", &body)?;
        for answer in [cx.read(&user)?, cx.put(&user.path, &body)] {
            answer.status(200)?.absent("/name/familyName")?.absent("/custom")?;
            for member in ["emails", "phoneNumbers", "photos", "roles", "addresses", "preferredLanguage"] {
                answer.equals(&format!("/{member}"), &body[member])?;
            }
        }
        Ok(())
    }),
    row("Y-3", "externalId null unlinks a group", |cx| {
        let user = cx.user("member")?;
        let group = cx.group("link", &[&user])?;
        let link = |id: Value| json!([merge(json!({"displayName": group.name, "externalId": id}))]);
        cx.patch_group(&group, &link(json!(cx.name("g"))))?;
        cx.read(&group)?.equals("/externalId", &json!(cx.name("g")))?;
        cx.patch_group(&group, &link(Value::Null))?;
        cx.read(&group)?.absent("/externalId")?;
        cx.holds(&group, &[&user])
    }),
    row("Y-4", "members one by one, out by value", |cx| {
        let (one, two) = (cx.user("one")?, cx.user("two")?);
        let group = cx.group("steps", &[])?;
        for user in [&one, &two] {
            cx.patch_group(&group, &json!([add("members", json!([{"value": user.id}]))]))?;
        }
        let gone = json!({"op": "remove", "path": "members", "value": [{"value": one.id}]});
        cx.patch_group(&group, &json!([gone]))?;
        cx.holds(&group, &[&two])
    }),
    row("Y-5", "a page holds a hundred groups", |cx| {
        for number in 0..101 {
            cx.group(&format!("page{number}-"), &[])?;
        }
        let mine = encode(&format!("displayName co \"{}\"", cx.tag()));
        cx.get(&format!("/Groups?filter={mine}&startIndex=1&count=100")).page(101, 100)?;
        cx.get(&format!("/Groups?filter={mine}&startIndex=101&count=100")).page(101, 1)?;
        Ok(())
    }),
    row("Y-6", "no externalId is invented", |cx| {
        let (user, group) = (cx.user("plain")?, cx.group("plain", &[])?);
        cx.read(&user)?.absent("/externalId")?;
        cx.read(&group)?.absent("/externalId")?;
        Ok(())
    }),
    row("K-1", "application/json, a full PUT, members with relative $ref", |cx| {
        let send = |method: &str, path: &str, body: &Value| {
            let request = Request::new(method, path).header("Content-Type", "application/json");
            cx.send(&request.bytes(body.to_string()))
        };
        let user = cx.user("key")?;
        send("PUT", &user.path, &user.body).status(200)?;
        let members = json!([{"value": user.id, "$ref": format!("Users/{}", user.id)}]);
        let body = json!({"schemas": [GROUP], "displayName": cx.name("key"), "externalId": "k", "members": members});
        let group = send("POST", "/Groups", &body);
        group.status(201)?.members(&[&user.id])?;
        group.ends("/members/0/$ref", &user.path)?;
        Ok(())
    }),
    row("K-2", "group operations: members, name, externalId, remove with null", |cx| {
        let (group, [one, two, _]) = group_of_three(cx)?;
        let members = json!([{"value": one.id}, {"value": two.id}]);
        let name = json!(cx.name("named"));
        cx.patch_group(
            &group,
            &json!([
                replace("members", members),
                replace("displayName", name.clone()),
                replace("externalId", json!("k"))
            ]),
        )?;
        cx.holds(&group, &[&one, &two])?;
        cx.read(&group)?.equals("/displayName", &name)?.equals("/externalId", &json!("k"))?;
        let mut operation = remove("members");
        operation["value"] = Value::Null;
        cx.patch_group(&group, &json!([operation]))?;
        cx.holds(&group, &[])
    }),
    row("K-3", "a group takes PUT, and a create again is a 409", |cx| {
        let group = cx.group("put", &[])?;
        let body = json!({"schemas": [GROUP], "displayName": group.name, "externalId": "k"});
        cx.put(&group.path, &body).status(200)?.equals("/externalId", &json!("k"))?;
        cx.post("/Groups", &body).error(409, "uniqueness")
    }),
    row("K-4", "the client's id is ignored; a double slash is one", |cx| {
        let mut body = cx.user_body("own");
        body["id"] = json!("client-chosen");
        let answer = cx.post("//Users", &body);
        answer.status(201)?.text_at("/id")?;
        ensure(answer.at("/id") != &json!("client-chosen"), &answer, "an id of the server")?;
        cx.get("/Users/client-chosen").error(404, "")?;
        cx.get("//Users?count=1").is_list()?;
        Ok(())
    }),
    row("K-5", "every schema carries schemas", |cx| {
        let answer = schemas(cx)?;
        let wanted = json!(["urn:ietf:params:scim:schemas:core:2.0:Schema"]);
        let all = answer.elements("/Resources").iter().all(|schema| schema["schemas"] == wanted);
        ensure(all, &answer, "schemas on each of them")
    }),
];
