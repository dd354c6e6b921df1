//! Microsoft Entra ID: how it writes users (rows E-U1 to E-U28).

use super::context::{ENTERPRISE, USER, add, enterprise, merge, qualified, remove, replace};
use super::{Applies, Case, Check, Context, Outcome, Problem, Resource, ensure};
use crate::client::{Answer, Request};
use serde_json::{Value, json};

const fn row(id: &'static str, title: &'static str, run: Check) -> Case {
    Case::new("Microsoft Entra ID: users", Applies::Lenient, id, title, run)
}

/// Applies one operation to a new user and hands back both.
fn patched(cx: &Context, members: Value, operation: Value) -> Result<(Resource, Answer), Problem> {
    let user = cx.user_with("patched", members)?;
    cx.patch_user(&user, &json!([operation]))?;
    let now = cx.read(&user)?;
    Ok((user, now))
}

/// A form of setting the manager, tried on a new user; `value` is made from the manager's id.
fn sets_manager(cx: &Context, operation: &dyn Fn(&str) -> Value) -> Outcome {
    let manager = cx.user("boss")?;
    let (_, now) = patched(cx, json!({}), operation(&manager.id))?;
    now.equals(&enterprise("/manager/value"), &json!(manager.id))?;
    Ok(())
}

pub(super) const CASES: &[Case] = &[
    row("E-U1", "a full create is a 201 with the whole resource", |cx| {
        let mut body = cx.user_body("full");
        body["schemas"] = json!([USER, ENTERPRISE]);
        body["externalId"] = json!(cx.name("full"));
        body["roles"] = json!([]);
        body["meta"] = json!({"resourceType": "User"});
        let answer = cx.post("/Users", &body);
        answer.status(201)?.text_at("/id")?.equals("/externalId", &body["externalId"])?.absent("/roles")?;
        answer.equals("/meta/resourceType", &json!("User"))?.equals("/emails", &body["emails"])?;
        answer.equals("/meta/location", &json!(answer.header("location")))?;
        let path = format!("/Users/{}", answer.at("/id").as_str().unwrap_or_default());
        answer.ends("/meta/location", &path)?;
        for member in ["/meta/created", "/meta/lastModified", "/meta/version"] {
            answer.text_at(member)?;
        }
        Ok(())
    }),
    row("E-U2", "null is unassigned", |cx| {
        let members = json!({"addresses": null, "phoneNumbers": null, "title": null,
            "name": {"givenName": "G", "familyName": "F", "middleName": null}});
        let user = cx.user_with("nulls", members)?;
        let now = cx.read(&user)?;
        now.no_nulls()?.absent("/title")?.absent("/addresses")?.absent("/name/middleName")?;
        Ok(())
    }),
    row("E-U3", "active as text is stored as a boolean", |cx| {
        let user = cx.user_with("text", json!({"active": "True"}))?;
        cx.read(&user)?.equals("/active", &json!(true))?;
        cx.finds("/Users", &format!("id eq \"{}\" and active eq true", user.id), &[&user])?;
        let user = cx.user_with("off", json!({"active": "False"}))?;
        cx.read(&user)?.equals("/active", &json!(false))?;
        Ok(())
    }),
    row("E-U4", "a user without userName is refused", |cx| {
        cx.post("/Users", &json!({"schemas": [USER], "displayName": "x"})).error(400, "invalidValue")
    }),
    row("E-U5", "text that is no JSON is refused", |cx| {
        let request = Request::new("POST", "/Users").header("Content-Type", "application/scim+json");
        cx.send(&request.bytes("{\"userName\": ")).error(400, "invalidSyntax")
    }),
    row("E-U6", "a taken userName is a 409 with uniqueness", |cx| {
        let user = cx.user("taken")?;
        let again = json!({"schemas": [USER], "userName": user.name.to_uppercase()});
        cx.post("/Users", &again).error(409, "uniqueness")
    }),
    row("E-U7", "Replace active \"False\" deactivates", |cx| {
        let operation = json!({"op": "Replace", "path": "active", "value": "False"});
        patched(cx, json!({}), operation)?.1.equals("/active", &json!(false))?;
        Ok(())
    }),
    row("E-U8", "replace active false deactivates", |cx| {
        patched(cx, json!({}), replace("active", json!(false)))?.1.equals("/active", &json!(false))?;
        Ok(())
    }),
    row("E-U9", "Add sets a single value that is there already", |cx| {
        let operation = json!({"op": "Add", "path": "nickName", "value": "B"});
        patched(cx, json!({"nickName": "A"}), operation)?.1.equals("/nickName", &json!("B"))?;
        Ok(())
    }),
    row("E-U10", "Replace of a filtered value changes that element only", |cx| {
        let work = json!({"type": "work", "value": "w@b.example", "primary": true});
        let emails = json!([work, {"type": "home", "value": "h@b.example"}]);
        let operation = json!({"op": "Replace", "path": "emails[type eq \"work\"].value", "value": "n@b.example"});
        let now = patched(cx, json!({"emails": emails}), operation)?.1;
        now.counts("/emails", 2)?.typed("/emails", "work", &json!({"value": "n@b.example", "primary": true}))?;
        now.typed("/emails", "home", &json!({"value": "h@b.example"}))?;
        Ok(())
    }),
    row("E-U11", "a filtered value without a match is created, by Replace and by Add", |cx| {
        for (step, op) in ["Replace", "Add"].into_iter().enumerate() {
            let user =
                cx.user_with(&format!("none{step}"), json!({"emails": [{"type": "home", "value": "h@b.example"}]}))?;
            let operation = json!({"op": op, "path": "emails[type eq \"work\"].value", "value": "n@b.example"});
            cx.patch_user(&user, &json!([operation]))?;
            let now = cx.read(&user)?;
            now.counts("/emails", 2)?.typed("/emails", "work", &json!({"value": "n@b.example"}))?;
        }
        Ok(())
    }),
    row("E-U12", "Add on a filtered value that exists overwrites it", |cx| {
        let operation = json!({"op": "Add", "path": "emails[type eq \"work\"].value", "value": "n@b.example"});
        let now = patched(cx, json!({}), operation)?.1;
        now.counts("/emails", 1)?.typed("/emails", "work", &json!({"value": "n@b.example"}))?;
        Ok(())
    }),
    row("E-U13", "primary and type before value make one element, with a boolean", |cx| {
        let user = cx.user_with("order", json!({"emails": []}))?;
        let keys = |answer: &Answer| answer.json.as_object().map_or(0, serde_json::Map::len);
        let before = keys(&cx.read(&user)?);
        let path = |name: &str| format!("emails[type eq \"work\"].{name}");
        let now = cx.patch_user(
            &user,
            &json!([
                {"op": "Add", "path": path("primary"), "value": "true"},
                {"op": "Add", "path": path("type"), "value": "work"},
                {"op": "Add", "path": path("value"), "value": "n@b.example"},
            ]),
        )?;
        now.equals("/emails", &json!([{"value": "n@b.example", "type": "work", "primary": true}]))?;
        ensure(keys(&now) == before + 1, &now, "no new member but emails")
    }),
    row("E-U14", "several filtered paths fill one new element", |cx| {
        let user = cx.user("place")?;
        let parts = [("streetAddress", "1 Way"), ("locality", "Town"), ("postalCode", "12345"), ("country", "DE")];
        let add = |(name, value): &(&str, &str)| add(&format!("addresses[type eq \"work\"].{name}"), json!(value));
        cx.patch_user(&user, &Value::Array(parts.iter().map(add).collect()))?;
        let wanted = json!({"streetAddress": "1 Way", "locality": "Town", "postalCode": "12345", "country": "DE"});
        cx.read(&user)?.counts("/addresses", 1)?.typed("/addresses", "work", &wanted)?;
        Ok(())
    }),
    row("E-U15", "a sub-attribute by its dotted path", |cx| {
        let now = patched(cx, json!({}), json!({"op": "Replace", "path": "name.familyName", "value": "X"}))?.1;
        now.equals("/name/familyName", &json!("X"))?.equals("/name/givenName", &json!("Given"))?;
        Ok(())
    }),
    row("E-U16", "keys of a path-less value are paths, dotted and qualified", |cx| {
        let number = qualified("employeeNumber");
        let value = json!({"displayName": "B", "name.givenName": "K", "name.familyName": "U", number: "9"});
        for (step, op) in ["replace", "add"].into_iter().enumerate() {
            let user = cx.user(&format!("keys{step}"))?;
            cx.patch_user(&user, &json!([{"op": op, "value": value}]))?;
            let now = cx.read(&user)?;
            now.equals("/displayName", &json!("B"))?.equals("/name", &json!({"givenName": "K", "familyName": "U"}))?;
            now.equals(&enterprise("/employeeNumber"), &json!("9"))?.absent("/name.givenName")?;
            now.absent(&format!("/{}", qualified("employeeNumber")))?;
        }
        Ok(())
    }),
    row("E-U17", "a qualified path is not split at the dot of its version", |cx| {
        let operation = json!({"op": "Replace", "path": qualified("employeeNumber"), "value": "9"});
        let now = patched(cx, json!({}), operation)?.1;
        now.equals(&enterprise("/employeeNumber"), &json!("9"))?;
        ensure(now.elements("/schemas").contains(&json!(ENTERPRISE)), &now, "the extension in schemas")
    }),
    row("E-U18", "manager as text by its qualified path", |cx| {
        sets_manager(cx, &|id| json!({"op": "Add", "path": qualified("manager"), "value": id}))
    }),
    row("E-U19", "manager as text in a create", |cx| {
        let manager = cx.user("boss")?;
        let user = cx.user_with("report", json!({ENTERPRISE: {"manager": manager.id}}))?;
        cx.read(&user)?.equals(&enterprise("/manager/value"), &json!(manager.id))?;
        Ok(())
    }),
    row("E-U20", "manager as a list of one by its bare name", |cx| {
        sets_manager(cx, &|id| {
            let value = json!([{"$ref": format!("http://elsewhere.example/Users/{id}"), "value": id}]);
            json!({"op": "Add", "path": "manager", "value": value})
        })
    }),
    row("E-U21", "manager is answered as an object under the extension", |cx| {
        let manager = cx.user("boss")?;
        let user = cx.user_with("report", json!({ENTERPRISE: {"manager": {"value": manager.id}}}))?;
        let now = cx.read(&user)?;
        now.equals(&enterprise("/manager/value"), &json!(manager.id))?;
        now.ends(&enterprise("/manager/$ref"), &manager.path)?;
        now.equals(&enterprise("/manager/displayName"), &manager.body["displayName"])?;
        Ok(())
    }),
    row("E-U22", "JSON text inside a role's value is decoded when it holds a value", |cx| {
        let text = "{\"id\":\"g\",\"value\":\"25\",\"displayName\":\"R\"}";
        let now = patched(cx, json!({}), json!({"op": "Add", "path": "roles", "value": [{"value": text}]}))?.1;
        now.counts("/roles", 1)?.equals("/roles/0/value", &json!("25"))?.equals("/roles/0/display", &json!("R"))?;
        let plain = cx.user_with("plain", json!({"roles": [{"value": "{\"id\":\"g\"}"}]}))?;
        cx.read(&plain)?.equals("/roles/0/value", &json!("{\"id\":\"g\"}"))?;
        Ok(())
    }),
    row("E-U23", "replace of roles sets the whole list", |cx| {
        let role = json!({"primary": false, "type": "WindowsAzureActiveDirectoryRole", "display": "U", "value": "U"});
        let roles = json!({"roles": [{"value": "old1"}, {"value": "old2"}]});
        patched(cx, roles, replace("roles", json!([role])))?.1.equals("/roles", &json!([role]))?;
        Ok(())
    }),
    row("E-U24", "displayName of a role is read as display", |cx| {
        let role = json!({"primary": false, "type": "T", "displayName": "A", "value": "A"});
        let now = cx.user_with("role", json!({"roles": [role]}))?;
        let now = cx.read(&now)?;
        now.counts("/roles", 1)?.equals("/roles/0/display", &json!("A"))?.absent("/roles/0/displayName")?;
        Ok(())
    }),
    row("E-U25", "primary eq \"True\" selects the primary role, or makes it", |cx| {
        let user = cx.user("roles")?;
        for value in ["first", "second"] {
            let path = "roles[primary eq \"True\"].value";
            cx.patch_user(&user, &json!([{"op": "Replace", "path": path, "value": value}]))?;
            let now = cx.read(&user)?;
            now.counts("/roles", 1)?
                .equals("/roles/0/value", &json!(value))?
                .equals("/roles/0/primary", &json!(true))?;
        }
        Ok(())
    }),
    row("E-U26", "Remove and an empty text both clear", |cx| {
        let members = json!({"title": "T", "addresses": [{"type": "work", "locality": "L", "region": "R"}]});
        let user = cx.user_with("clear", members)?;
        cx.patch_user(
            &user,
            &json!([
                {"op": "Remove", "path": "title"},
                {"op": "Replace", "path": "addresses[type eq \"work\"].locality", "value": ""},
            ]),
        )?;
        let now = cx.read(&user)?;
        now.absent("/title")?.equals("/addresses", &json!([{"type": "work", "region": "R"}]))?;
        Ok(())
    }),
    row("E-U27", "a PATCH to the present value succeeds", |cx| {
        let user = cx.user("same")?;
        let now = cx.patch_user(
            &user,
            &json!([replace("active", json!(true)), merge(json!({"displayName": "Display same"}))]),
        )?;
        now.equals("/meta", &user.body["meta"])?;
        Ok(())
    }),
    row("E-U28", "a deleted user is gone", |cx| {
        let user = cx.user("gone")?;
        cx.delete(&user.path).status(204)?.empty()?;
        cx.get(&user.path).error(404, "")?;
        cx.finds("/Users", &format!("userName eq \"{}\"", user.name), &[])
    }),
    row("rule-remove-absent", "a Remove of what is not there succeeds", |cx| {
        let user = cx.user("nothing")?;
        cx.patch_user(&user, &json!([remove("title"), remove("emails[type eq \"home\"]")]))?.counts("/emails", 1)?;
        Ok(())
    }),
];
