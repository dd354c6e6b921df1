//! Sections 1.2 to 2.3: names, data types and what a value of each type is.

use super::judge::{
    CERTIFICATE, base, definitions, each, follow, is_date_time, patched, refused, schemas, strict, taken_or_refused,
};
use crate::cases::Level::{Implied, May, Must, MustNot, Shall, ShouldNot};
use crate::cases::context::{Context, ENTERPRISE, GROUP, USER, add, qualified, remove, replace};
use crate::cases::{Case, Outcome, Problem, ensure};
use crate::client::{Answer, Request};
use crate::rows::row;
use serde_json::json;

/// The data types of section 2.3.
const TYPES: [&str; 8] = ["string", "boolean", "decimal", "integer", "dateTime", "binary", "reference", "complex"];
/// The schema of schemas, the only one in which complex attributes hold complex ones.
const SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:Schema";

/// A POST of a user as this text.
fn post_text(cx: &Context, body: String) -> Answer {
    cx.send(&Request::new("POST", "/Users").header("Content-Type", "application/scim+json").bytes(body))
}

/// Whether text is an attribute name (section 2.1); a sub-attribute may also be `$ref`.
fn is_name(text: &str, depth: usize) -> bool {
    let tail_fits = text.bytes().skip(1).all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'$'));
    (depth > 0 && text == "$ref") || (text.starts_with(|first: char| first.is_ascii_alphabetic()) && tail_fits)
}

fn names_in_any_case(cx: &Context) -> Outcome {
    let user = cx.make("/Users", &json!({"schemas": [USER], "USERNAME": cx.mail("any"), "NICKname": "N"}))?;
    let now = patched(cx, &user, &json!([replace("DISPLAYname", json!("D"))]))?;
    now.equals("/displayName", &json!("D"))?.equals("/nickName", &json!("N"))?;
    cx.finds("/Users", &format!("USERNAME eq \"{}\"", cx.mail("any")), &[&user])?;
    let part = cx.get(&format!("{}?attributes=DISPLAYNAME", user.path));
    part.status(200)?.equals("/displayName", &json!("D"))?.absent("/nickName")?;
    Ok(())
}

fn schemas_everywhere(cx: &Context) -> Outcome {
    let user = cx.user("schemas")?;
    let group = cx.group("schemas", &[&user])?;
    let one = format!("/Schemas/{USER}");
    for path in [&user.path, &group.path, "/ServiceProviderConfig", "/ResourceTypes/User", one.as_str()] {
        let answer = cx.get(path);
        let found = answer.status(200)?.elements("/schemas");
        ensure(!found.is_empty() && found.iter().all(|urn| urn.is_string()), &answer, "schemas that name a schema")?;
    }
    Ok(())
}

fn wrong_types(cx: &Context) -> Outcome {
    let always = [json!({"userName": 5}), json!({"active": "yes"}), json!({"displayName": {"a": 1}})];
    let by_the_letter = [json!({"name": "x"}), json!({"emails": "a@b.example"}), json!({"title": 5})];
    let chosen = if strict(cx) { by_the_letter.as_slice() } else { &[] };
    for members in always.iter().chain(chosen) {
        let mut body = cx.user_body("type");
        for (name, value) in members.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        refused(&cx.post("/Users", &body), &["invalidValue", "invalidSyntax"])?;
    }
    Ok(())
}

fn unicode(cx: &Context) -> Outcome {
    let name = cx.mail("unicode");
    let escaped = r"\ud83d\ude00 \u00e9\u4e2d \/ \t\u0022 \\";
    let body = format!("{{\"schemas\":[\"{USER}\"],\"userName\":\"{name}\",\"displayName\":\"{escaped} \u{1f600}\"}}");
    let made = post_text(cx, body);
    let id = made.status(201)?.at("/id").as_str().unwrap_or_default().to_owned();
    let wanted = json!("\u{1f600} \u{e9}\u{4e2d} / \t\" \\ \u{1f600}");
    cx.get(&format!("/Users/{id}")).status(200)?.equals("/displayName", &wanted)?;
    Ok(())
}

fn booleans(cx: &Context) -> Outcome {
    for active in [true, false] {
        let user = cx.user_with(&format!("bool{active}"), json!({"active": active}))?;
        cx.read(&user)?.equals("/active", &json!(active))?;
    }
    let mut body = cx.user_body("text");
    body["active"] = json!("True");
    let answer = cx.post("/Users", &body);
    if strict(cx) {
        return refused(&answer, &["invalidValue", "invalidSyntax"]);
    }
    answer.status(201)?.equals("/active", &json!(true))?;
    Ok(())
}

/// The same instant one hour further east or west of Greenwich, on the same day.
fn elsewhere(instant: &str) -> Option<String> {
    let local = instant.strip_suffix('Z').or_else(|| instant.strip_suffix("+00:00"))?;
    let hour: u8 = local.get(11..13)?.parse().ok()?;
    let (hour, zone) = if hour < 23 { (hour + 1, "+01:00") } else { (hour - 1, "-01:00") };
    Some(format!("{}{hour:02}{}{zone}", local.get(..11)?, local.get(13..)?))
}

fn offsets(cx: &Context) -> Outcome {
    let user = cx.user("instant")?;
    let created = user.body["meta"]["created"].as_str().unwrap_or_default();
    let Some(other) = elsewhere(created) else {
        return Err(Problem::Skipped(format!("meta.created {created:?} is not in UTC")));
    };
    for (operator, wanted) in [("eq", vec![&user]), ("ne", vec![]), ("ge", vec![&user]), ("lt", vec![])] {
        cx.finds("/Users", &format!("id eq \"{}\" and meta.created {operator} \"{other}\"", user.id), &wanted)?;
    }
    Ok(())
}

fn certificates(cx: &Context) -> Outcome {
    for (step, value) in [CERTIFICATE, CERTIFICATE.trim_end_matches('=')].into_iter().enumerate() {
        let user = cx.user_with(&format!("cert{step}"), json!({"x509Certificates": [{"value": value}]}))?;
        cx.read(&user)?.counts("/x509Certificates", 1)?;
    }
    let mut body = cx.user_body("broken");
    body["x509Certificates"] = json!([{"value": "%%%"}]);
    let answer = cx.post("/Users", &body);
    // The tolerant profiles may keep what a client wrote.
    if strict(cx) { refused(&answer, &["invalidValue"]) } else { taken_or_refused(&answer, 201, &["invalidValue"]) }
}

fn binary_case(cx: &Context) -> Outcome {
    let user = cx.user_with("binary", json!({"x509Certificates": [{"value": CERTIFICATE}]}))?;
    let filter = |value: &str| format!("id eq \"{}\" and x509Certificates.value eq \"{value}\"", user.id);
    cx.finds("/Users", &filter(CERTIFICATE), &[&user])?;
    cx.finds("/Users", &filter(&CERTIFICATE.to_lowercase()), &[])
}

fn references_lead(cx: &Context) -> Outcome {
    let boss = cx.user("boss")?;
    let user = cx.user_with("member", json!({ENTERPRISE: {"manager": {"value": boss.id}}}))?;
    let group = cx.group("refs", &[&user])?;
    let (user_now, group_now) = (cx.read(&user)?, cx.read(&group)?);
    let manager = format!("/{ENTERPRISE}/manager/$ref");
    let mut followed = 0;
    for (answer, pointer, target) in [
        (&group_now, "/members/0/$ref", &user.id),
        (&user_now, "/groups/0/$ref", &group.id),
        (&user_now, manager.as_str(), &boss.id),
    ] {
        if !answer.at(pointer).is_null() {
            follow(cx, answer.at(pointer))?.status(200)?.equals("/id", &json!(target))?;
            followed += 1;
        }
    }
    if followed == 0 { Err(Problem::Skipped("the server gives no references".to_owned())) } else { Ok(()) }
}

fn reference_case(cx: &Context) -> Outcome {
    let boss = cx.user("boss")?;
    let user = cx.user_with("report", json!({ENTERPRISE: {"manager": {"value": boss.id}}}))?;
    let now = cx.read(&user)?;
    let pointer = format!("/{ENTERPRISE}/manager/$ref");
    let reference = now.text_at(&pointer)?.at(&pointer).as_str().unwrap_or_default();
    let filter = |value: &str| format!("id eq \"{}\" and {} eq \"{value}\"", user.id, qualified("manager.$ref"));
    cx.finds("/Users", &filter(reference), &[&user])?;
    cx.finds("/Users", &filter(&reference.replace("/Users/", "/USERS/")), &[])
}

fn integrity(cx: &Context) -> Outcome {
    let unknown = "7f1f4a7e-0000-4000-8000-000000000000";
    let body = json!({"schemas": [GROUP], "displayName": cx.name("unknown"), "members": [{"value": unknown}]});
    taken_or_refused(&cx.post("/Groups", &body), 201, &["invalidValue"])
}

fn without_version(cx: &Context) -> Outcome {
    let base = base(cx)?;
    let Some((root, _)) = base.rsplit_once("/v2") else {
        return Err(Problem::Skipped(format!("the base URL {base} has no version segment")));
    };
    let (user, kept) = (cx.user("one")?, cx.user("two")?);
    let group = cx.group("refs", &[&user, &kept])?;
    let whole = cx.patch(&group.path, &json!([remove(&format!("members[$ref eq \"{base}{}\"]", user.path))]));
    if whole.status >= 400 {
        return Err(Problem::Skipped("the server selects no member by its $ref".to_owned()));
    }
    cx.holds(&group, &[&kept])?;
    patched(cx, &group, &json!([add("members", json!([{"value": user.id}]))]))?;
    patched(cx, &group, &json!([remove(&format!("members[$ref eq \"{root}{}\"]", user.path))]))?;
    cx.holds(&group, &[&kept])
}

fn order_of_parts(cx: &Context) -> Outcome {
    let names = [r#"{"familyName":"F","givenName":"G"}"#, r#"{"givenName":"G","familyName":"F"}"#];
    let mut found = Vec::new();
    for (step, name) in names.into_iter().enumerate() {
        let user = cx.mail(&format!("order{step}"));
        let made = post_text(cx, format!("{{\"name\":{name},\"userName\":\"{user}\",\"schemas\":[\"{USER}\"]}}"));
        found.push((made.status(201)?.at("/name").clone(), made));
    }
    let same = |(name, answer): &(serde_json::Value, Answer)| {
        let whole = name["familyName"] == "F" && name["givenName"] == "G";
        ensure(whole, answer, "familyName F and givenName G")
    };
    found.iter().try_for_each(same)
}

pub(super) const CASES: &[Case] = &[
    row("RFC 7643 1.2", MustNot, "7643-1.2-01", "a simple attribute has no sub-attributes", |cx| {
        each(&schemas(cx)?, "no sub-attributes unless complex", |definition| {
            definition.text("type") == "complex"
                || definition.value["subAttributes"].as_array().is_none_or(Vec::is_empty)
        })
    }),
    row("RFC 7643 2.1", Must, "7643-2.1-01", "attribute names are matched in any case", names_in_any_case),
    row("RFC 7643 2.1", Must, "7643-2.1-02", "attribute names are letters, digits, -, _ and $", |cx| {
        each(&schemas(cx)?, "a name of section 2.1", |definition| is_name(definition.name(), definition.depth))
    }),
    row("RFC 7643 2.1", Must, "7643-2.1-03", "every resource states its schemas", schemas_everywhere),
    row("RFC 7643 2.1", Implied, "7643-2.1-04", "names that differ only in case are one name given twice", |cx| {
        let name = cx.mail("twice");
        let body = format!("{{\"schemas\":[\"{USER}\"],\"userName\":\"{name}\",\"username\":\"x{name}\"}}");
        refused(&post_text(cx, body), &["invalidSyntax"])
    }),
    row("RFC 7643 2.3", ShouldNot, "7643-2.3-01", "no data type beyond the eight of the RFC", |cx| {
        each(&schemas(cx)?, "a type of section 2.3", |definition| TYPES.contains(&definition.text("type")))
    }),
    row("RFC 7643 2.3", Implied, "7643-2.3-02", "a value of another JSON type is refused", wrong_types),
    row("RFC 7643 2.3.1", Implied, "7643-2.3.1-01", "text keeps its code points, however it was escaped", unicode),
    row("RFC 7643 2.3.1", May, "7643-2.3.1-02", "a value outside canonicalValues is stored or refused", |cx| {
        let mut body = cx.user_body("canonical");
        body["emails"] = json!([{"value": cx.mail("canonical"), "type": "billing"}]);
        taken_or_refused(&cx.post("/Users", &body), 201, &["invalidValue"])
    }),
    row("RFC 7643 2.3.2", Implied, "7643-2.3.2-01", "a boolean is true or false", booleans),
    row("RFC 7643 2.3.5", Must, "7643-2.3.5-01", "a dateTime has a date and a time", |cx| {
        let user = cx.user("times")?;
        let group = cx.group("times", &[])?;
        for (resource, member) in [(&user, "created"), (&user, "lastModified"), (&group, "created")] {
            let now = cx.read(resource)?;
            let found = now.at(&format!("/meta/{member}")).as_str().unwrap_or_default();
            ensure(is_date_time(found), &now, format!("meta.{member} as xsd:dateTime"))?;
        }
        Ok(())
    }),
    row("RFC 7643 2.3.5", Implied, "7643-2.3.5-02", "dates with offsets are compared as instants", offsets),
    row("RFC 7643 2.3.6", Must, "7643-2.3.6-01", "binary is base64, padded or not", certificates),
    row("RFC 7643 2.3.6", Implied, "7643-2.3.6-02", "binary is compared in its exact case", binary_case),
    row("RFC 7643 2.3.7", Must, "7643-2.3.7-02", "a SCIM reference leads to its resource", references_lead),
    row("RFC 7643 2.3.7", Implied, "7643-2.3.7-03", "references are compared in their exact case", reference_case),
    row("RFC 7643 2.3.7", May, "7643-2.3.7-04", "a reference to nothing is stored or refused", integrity),
    row("RFC 7643 2.3.7", Shall, "7643-2.3.7-05", "references with and without version are equal", without_version),
    row("RFC 7643 2.3.8", MustNot, "7643-2.3.8-01", "the order of sub-attributes means nothing", order_of_parts),
    row("RFC 7643 2.3.8", MustNot, "7643-2.3.8-02", "no complex attribute holds a complex one", |cx| {
        let list = schemas(cx)?;
        let nested = definitions(&list).into_iter().find(|definition| {
            definition.schema != SCHEMA && definition.depth > 0 && definition.text("type") == "complex"
        });
        ensure(nested.is_none(), &list, format!("no complex sub-attribute: {:?}", nested.map(|one| one.path)))
    }),
];

#[cfg(test)]
mod tests {
    use super::{elsewhere, is_name};

    #[test]
    fn the_same_instant_stays_on_its_day() {
        assert_eq!(elsewhere("2026-01-02T03:04:05.6Z").as_deref(), Some("2026-01-02T04:04:05.6+01:00"));
        assert_eq!(elsewhere("2026-01-02T23:04:05Z").as_deref(), Some("2026-01-02T22:04:05-01:00"));
        assert_eq!(elsewhere("2026-01-02"), None);
    }

    #[test]
    fn only_a_sub_attribute_is_named_ref() {
        assert!(is_name("x509Certificates", 0) && is_name("a-b_c$", 0) && is_name("$ref", 1));
        assert!(!is_name("$ref", 0) && !is_name("1a", 0) && !is_name("a b", 0) && !is_name("", 0));
    }
}
