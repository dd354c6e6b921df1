//! What a body may look like, by profile: each strict row `rfc-...` has its tolerant counterpart `rule-...`.

use super::context::{ENTERPRISE, GROUP, USER, add, enterprise, merge};
use super::{Applies, Case, Check, Context, Outcome, ensure};
use crate::client::Request;
use serde_json::{Value, json};

const SECTION: &str = "Profiles: bodies and filters";

const fn strict(id: &'static str, title: &'static str, run: Check) -> Case {
    Case::new(SECTION, Applies::Strict, id, title, run)
}

const fn lenient(id: &'static str, title: &'static str, run: Check) -> Case {
    Case::new(SECTION, Applies::Lenient, id, title, run)
}

const fn every(id: &'static str, title: &'static str, run: Check) -> Case {
    Case::new(SECTION, Applies::Every, id, title, run)
}

/// A create with these members beside the ordinary ones is refused, and makes nothing.
fn create_refused(cx: &Context, members: &Value, scim_type: &str) -> Outcome {
    let mut body = cx.user_body("refused");
    for (name, value) in members.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    cx.post("/Users", &body).error(400, scim_type)?;
    cx.finds("/Users", &format!("userName eq \"{}\"", cx.mail("refused")), &[])
}

/// A create with each of these members is refused as a bad value.
fn each_refused(cx: &Context, members: &[Value]) -> Outcome {
    members.iter().try_for_each(|members| create_refused(cx, members, "invalidValue"))
}

const ADDRESSES: [&str; 2] = ["work", "home"];

fn two_primaries() -> Value {
    Value::Array(
        ADDRESSES
            .iter()
            .map(|kind| json!({"value": format!("{kind}@example.org"), "type": kind, "primary": true}))
            .collect(),
    )
}

/// Values that a format check would refuse.
fn odd_formats() -> Vec<Value> {
    vec![
        json!({"addresses": [{"type": "work", "country": "Germany"}]}),
        json!({"x509Certificates": [{"value": "bm8gY2VydGlmaWNhdGU="}]}),
        json!({"profileUrl": "not a url at all"}),
        json!({"locale": "not a locale"}),
        json!({"timezone": "Mars/Olympus Mons"}),
    ]
}

pub(super) const CASES: &[Case] = &[
    strict("rfc-boolean-as-text", "a boolean as text is refused", |cx| {
        create_refused(cx, &json!({"active": "True"}), "")
    }),
    strict("rfc-filter-boolean-as-text", "a boolean compared to text is refused", |cx| {
        cx.find("/Users", "active eq \"true\"").error(400, "invalidFilter")
    }),
    strict("rfc-filter-unquoted", "an unquoted literal is refused", |cx| {
        cx.find("/Users", "userName eq jyoung").error(400, "invalidFilter")?;
        cx.find("/Users", "userName eq 'jyoung'").error(400, "invalidFilter")?;
        cx.find("/Users", "active eq True").error(400, "invalidFilter")
    }),
    strict("rfc-object-for-list", "one object where a list belongs is refused", |cx| {
        create_refused(cx, &json!({"emails": {"value": "a@example.org"}}), "")
    }),
    strict("rfc-text-for-complex", "text where an object belongs is refused", |cx| {
        create_refused(cx, &json!({"schemas": [USER, ENTERPRISE], ENTERPRISE: {"manager": "x"}}), "")
    }),
    lenient("rule-boolean-as-text", "booleans as text are read, in any case, and answered as booleans", |cx| {
        let texts = [("True", true), ("false", false), ("true", true), ("False", false)];
        for (place, (text, wanted)) in texts.into_iter().enumerate() {
            let user = cx.user_with(&format!("boolean{place}"), json!({"active": text}))?;
            cx.read(&user)?.equals("/active", &json!(wanted))?;
        }
        create_refused(cx, &json!({"active": "maybe"}), "invalidValue")
    }),
    lenient("rule-filter-boolean-as-text", "booleans in filters may be text or capitalised", |cx| {
        let user = cx.user("bool")?;
        for literal in ["\"True\"", "\"true\"", "True", "true"] {
            cx.finds("/Users", &format!("userName eq \"{}\" and active eq {literal}", user.name), &[&user])?;
        }
        cx.finds("/Users", &format!("userName eq \"{}\" and active eq \"False\"", user.name), &[])
    }),
    lenient("rule-object-for-list", "one object or text stands for a list of one", |cx| {
        let user =
            cx.user_with("single", json!({"emails": {"value": "a@example.org", "type": "work"}, "roles": "admin"}))?;
        let now = cx.read(&user)?;
        now.equals("/emails", &json!([{"value": "a@example.org", "type": "work"}]))?;
        now.equals("/roles", &json!([{"value": "admin"}]))?;
        let home = json!({"value": "h@example.org", "type": "home"});
        let operation = json!([{"op": "add", "path": "emails", "value": home}]);
        cx.patch_user(&user, &operation)?.counts("/emails", 2)?;
        Ok(())
    }),
    every("rule-filter-value-path-comparison", "a[f].sub op v in a filter is accepted", |cx| {
        let user = cx.user("path")?;
        cx.finds("/Users", &format!("emails[type eq \"work\"].value eq \"{}\"", cx.mail("path")), &[&user])
    }),
    strict("rfc-no-schemas", "a body without schemas is refused", |cx| {
        cx.post("/Users", &json!({"userName": cx.mail("none")})).error(400, "invalidSyntax")?;
        cx.post("/Groups", &json!({"displayName": cx.name("none")})).error(400, "invalidSyntax")?;
        let user = cx.user("patch")?;
        let body = json!({"Operations": [merge(json!({"title": "T"}))]});
        cx.send(&Request::new("PATCH", &user.path).json(&body)).error(400, "invalidSyntax")
    }),
    strict("rfc-unknown-schema", "an unknown schema in a body is refused", |cx| {
        create_refused(cx, &json!({"schemas": [USER, "urn:example:unknown:1.0:User"]}), "invalidValue")
    }),
    lenient("rule-no-schemas", "schemas is inferred from the URL and from what is there", |cx| {
        let user = cx.make("/Users", &json!({"userName": cx.mail("none"), ENTERPRISE: {"department": "D"}}))?;
        let now = cx.read(&user)?;
        ensure(now.elements("/schemas").contains(&json!(USER)), &now, "the User schema")?;
        ensure(now.elements("/schemas").contains(&json!(ENTERPRISE)), &now, "the extension that is present")?;
        cx.put(&user.path, &json!({"userName": user.name, "title": "T"})).status(200)?.equals("/title", &json!("T"))?;
        let body = json!({"Operations": [merge(json!({"title": "U"}))]});
        cx.send(&Request::new("PATCH", &user.path).json(&body)).status(200)?.equals("/title", &json!("U"))?;
        Ok(())
    }),
    lenient("rule-unknown-schema", "an unknown schema in a body is ignored and not answered", |cx| {
        let unknown = "urn:example:unknown:1.0:User";
        let user = cx.user_with("unknown", json!({"schemas": [USER, unknown], unknown: {"a": "b"}}))?;
        cx.read(&user)?.equals("/schemas", &json!([USER]))?.absent(&format!("/{unknown}"))?;
        Ok(())
    }),
    strict("rfc-unknown-attribute", "an unknown attribute in a body or path-less value is refused", |cx| {
        create_refused(cx, &json!({"favouriteColour": "blue"}), "invalidSyntax")?;
        create_refused(cx, &json!({"name": {"givenName": "G", "shoeSize": "46"}}), "invalidSyntax")?;
        let user = cx.user("known")?;
        let mut body = cx.user_body("known");
        body["favouriteColour"] = json!("blue");
        cx.put(&user.path, &body).error(400, "invalidSyntax")?;
        cx.patch(&user.path, &json!([merge(json!({"favouriteColour": "blue"}))])).error(400, "invalidSyntax")
    }),
    lenient("rule-unknown-attribute", "an unknown attribute in a body or path-less value is ignored", |cx| {
        let user =
            cx.user_with("known", json!({"favouriteColour": "blue", "name": {"givenName": "G", "shoeSize": "46"}}))?;
        cx.read(&user)?.absent("/favouriteColour")?.equals("/name", &json!({"givenName": "G"}))?;
        let now = cx.patch_user(&user, &json!([merge(json!({"favouriteColour": "blue", "title": "T"}))]))?;
        now.absent("/favouriteColour")?.equals("/title", &json!("T"))?;
        Ok(())
    }),
    every("rule-filter-unknown-attribute", "an unknown attribute in a filter on one type is refused", |cx| {
        cx.find("/Users", "favouriteColour eq \"blue\"").error(400, "invalidFilter")?;
        cx.find("/Users", "name.shoeSize eq \"46\"").error(400, "invalidFilter")?;
        cx.find("/Groups", "userName eq \"a\"").error(400, "invalidFilter")
    }),
    every("rule-read-only-in-body", "read-only attributes in a body are ignored", |cx| {
        let user = cx.user("mine")?;
        let mut body = cx.user_body("mine");
        body["id"] = json!("other");
        body["meta"] = json!({"created": "2001-01-01T00:00:00Z", "resourceType": "Group"});
        body["groups"] = json!([{"value": "g"}]);
        let answer = cx.put(&user.path, &body);
        answer.status(200)?.equals("/id", &json!(user.id))?.equals("/meta/created", &user.body["meta"]["created"])?;
        answer.equals("/meta/resourceType", &json!("User"))?;
        ensure(answer.elements("/groups").is_empty(), &answer, "no groups")
    }),
    strict("rfc-two-primaries", "two primaries in POST and PUT are refused", |cx| {
        create_refused(cx, &json!({"emails": two_primaries()}), "invalidValue")?;
        let user = cx.user("one")?;
        let mut body = cx.user_body("one");
        body["emails"] = two_primaries();
        cx.put(&user.path, &body).error(400, "invalidValue")
    }),
    lenient("rule-two-primaries", "of two primaries in POST and PUT the first flagged stays", |cx| {
        let user = cx.user("one")?;
        let mut body = cx.user_body("one");
        body["emails"] = two_primaries();
        cx.put(&user.path, &body).status(200)?;
        let now = cx.read(&user)?;
        now.counts("/emails", 2)?.element("/emails", "primary", &json!(true))?;
        now.typed("/emails", "work", &json!({"primary": true}))?;
        Ok(())
    }),
    every("rule-patch-primary", "in PATCH the primary set last wins", |cx| {
        let user = cx.user("one")?;
        let home = json!([{"value": "home@example.org", "type": "home", "primary": true}]);
        let now = cx.patch_user(&user, &json!([add("emails", home)]))?;
        let primary = now.counts("/emails", 2)?.element("/emails", "primary", &json!(true))?;
        ensure(primary["type"] == json!("home"), &now, "home as the only primary")
    }),
    strict("rfc-formats", "values of a wrong format are refused", |cx| each_refused(cx, &odd_formats())),
    lenient("rule-formats", "values of any format are kept as sent", |cx| {
        for (number, members) in odd_formats().into_iter().enumerate() {
            let user = cx.user_with(&format!("odd{number}"), members.clone())?;
            let now = cx.read(&user)?;
            for (name, value) in members.as_object().into_iter().flatten() {
                now.equals(&format!("/{name}"), value)?;
            }
        }
        Ok(())
    }),
    every("rule-no-rewriting", "values are answered as they were sent", |cx| {
        let members = json!({"displayName": "  Caf\u{65}\u{301}  ", "title": "\u{ff21}b", "locale": "EN-us",
            "phoneNumbers": [{"value": "+1 (555) 010-2030", "type": "WORK"}]});
        let user = cx.user_with("Verbatim", members.clone())?;
        let now = cx.read(&user)?;
        now.equals("/userName", &json!(cx.mail("Verbatim")))?;
        for (name, value) in members.as_object().into_iter().flatten() {
            now.equals(&format!("/{name}"), value)?;
        }
        Ok(())
    }),
    strict(
        "rfc-unknown-manager",
        "an unknown manager is refused, but a value left as it is never checked again",
        |cx| {
            let unknown = json!({"manager": {"value": "7f1f4a7e-0000-4000-8000-000000000000"}});
            let nobody = json!({"schemas": [USER, ENTERPRISE], ENTERPRISE: unknown});
            create_refused(cx, &nobody, "invalidValue")?;
            let boss = cx.user("boss")?;
            let user = cx.user_with("report", json!({ENTERPRISE: {"manager": {"value": boss.id}}}))?;
            let mut body = cx.read(&user)?.json.clone();
            cx.delete(&boss.path).status(204)?;
            body["title"] = json!("T");
            cx.put(&user.path, &body).status(200)?.equals(&enterprise("/manager/value"), &json!(boss.id))?;
            Ok(())
        },
    ),
    lenient("rule-unknown-manager", "an unknown manager is kept without $ref and displayName", |cx| {
        let manager = json!({"value": "Free Text", "displayName": "Somebody", "$ref": "../Users/x"});
        let user = cx.user_with("report", json!({ENTERPRISE: {"manager": manager}}))?;
        cx.read(&user)?.equals(&enterprise("/manager"), &json!({"value": "Free Text"}))?;
        Ok(())
    }),
    lenient("rule-group-name-taken", "a group's displayName is unique, folded", |cx| {
        let group = cx.group("Staff", &[])?;
        cx.post("/Groups", &json!({"schemas": [GROUP], "displayName": group.name.to_uppercase()}))
            .error(409, "uniqueness")
    }),
    strict("rfc-group-name-taken", "a group's displayName is not unique", |cx| {
        let (one, two) = (cx.group("Staff", &[])?, cx.group("Staff", &[])?);
        cx.finds("/Groups", &format!("displayName eq \"{}\"", one.name), &[&one, &two])
    }),
];
