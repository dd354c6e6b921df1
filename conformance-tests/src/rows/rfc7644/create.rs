//! Creating and reading one resource (RFC 7644 sections 3.3, 3.3.1 and 3.4.1).

use super::{implied, may, must, same, shall, should, with};
use crate::cases::context::{GROUP, USER};
use crate::cases::{Case, Context, Outcome, Profile, ensure};
use serde_json::{Value, json};

const CREATE: &str = "RFC 7644 3.3";
const TYPES: &str = "RFC 7644 3.3.1";
const READ: &str = "RFC 7644 3.4.1";

fn read_only_ignored(cx: &Context) -> Outcome {
    let meta = json!({"created": "2001-01-01T00:00:00Z", "version": "W/\"mine\""});
    let mine = json!({"id": "mine", "meta": meta, "groups": [{"value": "mine"}]});
    let answer = cx.post("/Users", &with(cx.user_body("mine"), &mine));
    answer.status(201)?.text_at("/id")?.text_at("/meta/created")?;
    let kept = ["/id", "/meta/created", "/meta/version"].iter().any(|place| {
        answer.at(place) == mine.pointer(place).unwrap_or(&Value::Null) && answer.at(place) != &Value::Null
    });
    ensure(!kept && answer.elements("/groups").is_empty(), &answer, "values of the server's own")
}

/// `null` and `[]` are no values, and a POST that says so gets none.
fn default_overridden(cx: &Context) -> Outcome {
    let body = with(cx.user_body("none"), &json!({"emails": [], "title": null, "roles": null}));
    let user = cx.make("/Users", &body)?;
    cx.read(&user)?.absent("/emails")?.absent("/title")?.absent("/roles")?;
    let body = with(cx.user_body("active"), &json!({"active": null}));
    let user = cx.make("/Users", &body)?;
    let state = cx.read(&user)?;
    let filter = format!("id eq \"{}\" and active eq true", user.id);
    let wanted = if state.at("/active") == &json!(true) { vec![&user] } else { Vec::new() };
    cx.finds("/Users", &filter, &wanted)
}

fn unknown_attribute(cx: &Context) -> Outcome {
    let answer = cx.post("/Users", &with(cx.user_body("odd"), &json!({"dispalyName": "Odd"})));
    if cx.profile() == Profile::Rfc {
        return answer.error(400, "invalidSyntax");
    }
    answer.status(201)?.absent("/dispalyName")?;
    Ok(())
}

fn type_from_endpoint(cx: &Context) -> Outcome {
    let body = json!({"schemas": [GROUP], "displayName": cx.name("type"), "meta": {"resourceType": "User"}});
    let group = cx.make("/Groups", &body)?;
    cx.read(&group)?.equals("/meta/resourceType", &json!("Group"))?;
    let user = cx.user_with("type", json!({"meta": {"resourceType": "Group"}}))?;
    cx.read(&user)?.equals("/meta/resourceType", &json!("User"))?;
    Ok(())
}

fn read_with_headers(cx: &Context) -> Outcome {
    let user = cx.user("read")?;
    let answer = cx.read(&user)?;
    let named = [answer.header("location"), answer.header("content-location")];
    let place = answer.at("/meta/location").as_str().unwrap_or_default();
    ensure(named.contains(&place) && !place.is_empty(), &answer, "meta.location in Location or Content-Location")?;
    ensure(!answer.header("etag").is_empty(), &answer, "an ETag")
}

fn unknown_alike(cx: &Context) -> Outcome {
    let group = cx.group("other", &[])?;
    let (unknown, other) = (cx.get("/Users/no-such-user"), cx.get(&format!("/Users/{}", group.id)));
    unknown.error(404, "")?;
    other.error(404, "")?;
    let names = |answer: &Value| answer.as_object().map(|members| members.keys().cloned().collect::<Vec<_>>());
    ensure(names(&unknown.json) == names(&other.json), &other, "the same members as for an unknown id")
}

pub(super) const CASES: &[Case] = &[
    shall(CREATE, "7644-3.3-01", "read-only values in the body are ignored", read_only_ignored),
    may(CREATE, "7644-3.3-02", "a default is in the answer and in filters", |cx| same(cx, &["rule-active-default"])),
    may(CREATE, "7644-3.3-03", "null and an empty list override a default", default_overridden),
    shall(CREATE, "7644-3.3-04", "success is a 201", |cx| {
        cx.post("/Users", &cx.user_body("made")).status(201)?;
        cx.post("/Groups", &json!({"schemas": [GROUP], "displayName": cx.name("made")})).status(201)?;
        Ok(())
    }),
    should(CREATE, "7644-3.3-05", "the 201 holds the whole resource", |cx| {
        let user = cx.user("whole")?;
        let now = cx.read(&user)?;
        ensure(now.json == user.body, &now, "the same as the 201")
    }),
    shall(CREATE, "7644-3.3-06", "Location and meta.location are the address", |cx| {
        let answer = cx.post("/Users", &cx.user_body("place"));
        answer.status(201)?.text_at("/id")?;
        let path = format!("/Users/{}", answer.at("/id").as_str().unwrap_or_default());
        answer.ends("/meta/location", &path)?;
        ensure(answer.at("/meta/location") == answer.header("location"), &answer, "Location equal to meta.location")
    }),
    must(CREATE, "7644-3.3-07", "a taken name is a 409 uniqueness", |cx| {
        let user = cx.user("taken")?;
        cx.post("/Users", &json!({"schemas": [USER], "userName": user.name.to_uppercase()})).error(409, "uniqueness")
    }),
    super::needing(
        "/etag/supported",
        implied(CREATE, "7644-3.3-08", "the 201 carries the version", |cx| {
            let answer = cx.post("/Users", &cx.user_body("tag"));
            let version = answer.status(201)?.version()?;
            ensure(answer.header("etag") == version, &answer, "ETag equal to meta.version")
        }),
    ),
    implied(CREATE, "7644-3.3-09", "the 201 has the projection asked for", |cx| {
        same(cx, &["rule-attributes-created"])?;
        let answer = cx.post("/Users?excludedAttributes=emails", &cx.user_body("without"));
        answer.status(201)?.absent("/emails")?.present("/userName")?;
        Ok(())
    }),
    implied(CREATE, "7644-3.3-10", "broken and oversized bodies are refused, never a fault", |cx| {
        same(cx, &["rule-bad-json", "rule-413"])
    }),
    implied(CREATE, "7644-3.3-11", "a missing required attribute is invalidValue", |cx| {
        cx.post("/Users", &json!({"schemas": [USER]})).error(400, "invalidValue")?;
        cx.post("/Groups", &json!({"schemas": [GROUP]})).error(400, "invalidValue")
    }),
    implied(CREATE, "7644-3.3-12", "an unknown attribute is ignored, or refused by the letter", unknown_attribute),
    shall(TYPES, "7644-3.3.1-01", "the endpoint decides meta.resourceType", type_from_endpoint),
    implied(READ, "7644-3.4.1-01", "a resource comes with its address and version", read_with_headers),
    implied(READ, "7644-3.4.1-02", "unknown ids and ids of another type are 404 alike", unknown_alike),
    implied(READ, "7644-3.4.1-03", "odd ids are refused, never a fault", |cx| same(cx, &["rule-404-odd-ids"])),
];
