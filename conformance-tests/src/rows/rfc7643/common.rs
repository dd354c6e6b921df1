//! Section 3.1: `id`, `externalId` and `meta`.

use super::judge::{definitions, follow, is_date_time, patched, schemas};
use crate::cases::Level::{Implied, Must, MustNot, Shall, ShallNot};
use crate::cases::context::{Context, GROUP, Resource, USER, add, replace};
use crate::cases::{Case, Outcome, Problem, ensure};
use crate::rows::row;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const SECTION: &str = "RFC 7643 3.1";

/// A date and time as something that orders: the seconds' text, and the fraction padded to nine digits.
fn instant(value: &Value) -> (String, String) {
    let text = value.as_str().unwrap_or_default();
    let seconds = text.get(..19).unwrap_or(text).to_owned();
    let fraction: String = text.chars().skip(20).take_while(char::is_ascii_digit).collect();
    (seconds, format!("{fraction:0<9}"))
}

/// A user and a group.
fn one_of_each(cx: &Context, stem: &str) -> Result<[Resource; 2], Problem> {
    let user = cx.user(stem)?;
    let group = cx.group(stem, &[&user])?;
    Ok([user, group])
}

fn common_everywhere(cx: &Context) -> Outcome {
    for resource in one_of_each(cx, "common")? {
        let external = cx.name("external");
        let operation = json!([add("externalId", json!(external))]);
        let now = patched(cx, &resource, &operation)?;
        now.equals("/externalId", &json!(external))?.text_at("/meta/resourceType")?.text_at("/meta/location")?;
    }
    Ok(())
}

fn assigned(cx: &Context) -> Outcome {
    let user = cx.post("/Users", &json!({"schemas": [USER], "userName": cx.mail("assigned")}));
    let group = cx.post("/Groups", &json!({"schemas": [GROUP], "displayName": cx.name("assigned")}));
    for answer in [&user, &group] {
        answer.status(201)?.text_at("/id")?.text_at("/meta/created")?.text_at("/meta/lastModified")?;
    }
    Ok(())
}

fn distinct(cx: &Context) -> Outcome {
    let mut seen = BTreeSet::new();
    for step in 0..3 {
        for resource in one_of_each(cx, &format!("id{step}"))? {
            ensure(seen.insert(resource.id.clone()), &cx.get(&resource.path), "an id that no other resource has")?;
        }
    }
    let [user, group] = one_of_each(cx, "other")?;
    cx.get(&format!("/Groups/{}", user.id)).error(404, "")?;
    cx.get(&format!("/Users/{}", group.id)).error(404, "")
}

fn never_again(cx: &Context) -> Outcome {
    let old = cx.user("again")?;
    cx.delete(&old.path).status(204)?;
    let new = cx.user("again")?;
    ensure(new.id != old.id, &cx.get(&new.path), "a new id")?;
    cx.get(&old.path).error(404, "")
}

fn own_id(cx: &Context) -> Outcome {
    let wanted = cx.name("mine");
    let user = cx.user_with("mine", json!({"id": wanted}))?;
    ensure(user.id != wanted, &cx.get(&user.path), "an id of the server's own")?;
    let mut body = cx.user_body("mine");
    body["id"] = json!(wanted);
    cx.put(&user.path, &body).status(200)?.equals("/id", &json!(user.id))?;
    cx.get(&format!("/Users/{wanted}")).error(404, "")
}

/// The same letters in the other case.
fn swapped(text: &str) -> String {
    let swap =
        |letter: char| if letter.is_lowercase() { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() };
    text.chars().map(swap).collect()
}

fn id_characteristics(cx: &Context) -> Outcome {
    let user = cx.user("id")?;
    for query in ["excludedAttributes=id", "attributes=userName"] {
        cx.get(&format!("{}?{query}", user.path)).status(200)?.equals("/id", &json!(user.id))?;
    }
    cx.finds("/Users", &format!("id eq \"{}\"", user.id), &[&user])?;
    let other = swapped(&user.id);
    if other == user.id { Ok(()) } else { cx.finds("/Users", &format!("id eq \"{other}\""), &[]) }
}

fn shared_external(cx: &Context) -> Outcome {
    let members = json!({"externalId": cx.name("shared")});
    let (one, two) = (cx.user_with("one", members.clone())?, cx.user_with("two", members)?);
    cx.finds("/Users", &format!("externalId eq \"{}\"", cx.name("shared")), &[&one, &two])
}

fn external_case(cx: &Context) -> Outcome {
    let sent = format!("{}ABC", cx.tag());
    let user = cx.user_with("case", json!({"externalId": sent}))?;
    cx.read(&user)?.equals("/externalId", &json!(sent))?;
    cx.finds("/Users", &format!("externalId eq \"{sent}\""), &[&user])?;
    cx.finds("/Users", &format!("externalId eq \"{}abc\"", cx.tag()), &[])
}

fn foreign_meta(cx: &Context) -> Outcome {
    let past = "1970-01-01T00:00:00Z";
    let meta = json!({"created": past, "lastModified": past, "resourceType": "Group", "location": "http://x.example/"});
    let user = cx.user_with("meta", json!({"meta": meta}))?;
    let mut body = cx.user_body("meta");
    body["meta"] = meta;
    cx.put(&user.path, &body).status(200)?;
    let now = cx.read(&user)?;
    for name in ["created", "lastModified"] {
        ensure(now.at(&format!("/meta/{name}")) != past, &now, format!("meta.{name} of the server's own"))?;
    }
    now.equals("/meta/resourceType", &json!("User"))?.ends("/meta/location", &user.path)?;
    Ok(())
}

fn created_stays(cx: &Context) -> Outcome {
    let user = cx.user("created")?;
    let created = &user.body["meta"]["created"];
    patched(cx, &user, &json!([replace("title", json!("T"))]))?.equals("/meta/created", created)?;
    cx.put(&user.path, &cx.user_body("created")).status(200)?.equals("/meta/created", created)?;
    let now = cx.read(&user)?;
    ensure(is_date_time(now.at("/meta/created").as_str().unwrap_or_default()), &now, "meta.created as a dateTime")
}

fn modified_moves(cx: &Context) -> Outcome {
    let user = cx.user("modified")?;
    let before = cx.read(&user)?;
    let created = before.at("/meta/created");
    ensure(instant(before.at("/meta/lastModified")) == instant(created), &before, "lastModified = created")?;
    let now = patched(cx, &user, &json!([replace("title", json!("T"))]))?;
    let (earlier, later) = (instant(created), instant(now.at("/meta/lastModified")));
    // A server that counts in seconds may change a resource twice in one of them.
    let coarse = earlier.1 == "000000000" && later.1 == "000000000";
    ensure(later > earlier || (coarse && later == earlier), &now, "a later lastModified")
}

fn nothing_changed(cx: &Context) -> Outcome {
    let user = cx.user_with("same", json!({"title": "T"}))?;
    let before = cx.read(&user)?;
    patched(cx, &user, &json!([replace("title", json!("T"))]))?.equals("/meta", before.at("/meta"))?;
    let group = cx.group("same", &[&user])?;
    let before = cx.read(&group)?;
    patched(cx, &group, &json!([add("members", json!([{"value": user.id}]))]))?;
    cx.read(&group)?.equals("/meta", before.at("/meta"))?;
    Ok(())
}

fn location(cx: &Context) -> Outcome {
    for resource in one_of_each(cx, "place")? {
        let now = cx.read(&resource)?;
        now.ends("/meta/location", &resource.path)?;
        let header = now.header("content-location");
        ensure(header.is_empty() || now.at("/meta/location") == header, &now, "Content-Location = meta.location")?;
        follow(cx, now.at("/meta/location"))?.status(200)?.equals("/id", &json!(resource.id))?;
    }
    Ok(())
}

fn version_is_etag(cx: &Context) -> Outcome {
    for resource in one_of_each(cx, "version")? {
        let now = cx.read(&resource)?;
        if now.at("/meta/version").is_null() {
            return Err(Problem::Skipped("the server gives no meta.version".to_owned()));
        }
        now.equals("/meta/version", &json!(now.header("etag")))?;
    }
    Ok(())
}

fn weak_tags(cx: &Context) -> Outcome {
    let user = cx.user("weak")?;
    let (whole, part) = (cx.read(&user)?, cx.get(&format!("{}?attributes=userName", user.path)));
    let tag = whole.header("etag");
    if tag.is_empty() {
        return Err(Problem::Skipped("the server sends no ETag".to_owned()));
    }
    let form = (tag.starts_with("W/\"") || tag.starts_with('"')) && tag.ends_with('"') && tag.len() > 2;
    ensure(form, &whole, "an ETag of the form \"...\" or W/\"...\"")?;
    let honest = tag.starts_with("W/") || part.header("etag") != tag;
    ensure(honest, &part, "W/ on a tag that two representations share")
}

fn parts_of_meta(cx: &Context) -> Outcome {
    let user = cx.user("parts")?;
    let one = cx.get(&format!("{}?attributes=meta.lastModified", user.path));
    let found: Vec<&String> =
        one.status(200)?.at("/meta").as_object().into_iter().flat_map(|meta| meta.keys()).collect();
    ensure(found == ["lastModified"], &one, "only meta.lastModified of meta")?;
    one.absent("/userName")?;
    cx.get(&format!("{}?excludedAttributes=meta", user.path)).status(200)?.absent("/meta")?.present("/userName")?;
    Ok(())
}

fn listed_common(cx: &Context) -> Outcome {
    let list = schemas(cx)?;
    let wrong = definitions(&list).into_iter().find(|definition| match definition.path.as_str() {
        _ if ![USER, GROUP].contains(&definition.schema) => false,
        "id" => {
            definition.text("mutability") != "readOnly"
                || definition.text("returned") != "always"
                || definition.value["caseExact"] != true
        }
        "externalId" => definition.text("mutability") != "readWrite" || definition.value["caseExact"] != true,
        "meta" => definition.text("mutability") != "readOnly" || definition.text("type") != "complex",
        _ => false,
    });
    ensure(wrong.is_none(), &list, format!("the characteristics of 3.1 for {:?}", wrong.map(|one| one.path)))
}

pub(super) const CASES: &[Case] = &[
    row(SECTION, Must, "7643-3.1-01", "id, externalId and meta are defined for every type", common_everywhere),
    row(SECTION, Must, "7643-3.1-02", "the server assigns id and meta", assigned),
    row(SECTION, Must, "7643-3.1-03", "every representation has an id", |cx| {
        let user = cx.user("listed")?;
        let target = format!("/Users?filter=userName%20eq%20%22{}%22&attributes=userName", cx.mail("listed"));
        cx.get(&target).list(1)?.equals("/Resources/0/id", &json!(user.id))?;
        Ok(())
    }),
    row(SECTION, Must, "7643-3.1-04", "an id belongs to one resource of all types", distinct),
    row(SECTION, Must, "7643-3.1-05", "an id is never given again", never_again),
    row(SECTION, MustNot, "7643-3.1-06", "an id is never taken from the client", own_id),
    row(SECTION, MustNot, "7643-3.1-07", "no id holds the word bulkId", |cx| {
        for resource in one_of_each(cx, "word")? {
            let free = !resource.id.to_lowercase().contains("bulkid");
            ensure(free, &cx.get(&resource.path), "an id without bulkId")?;
        }
        Ok(())
    }),
    row(SECTION, Implied, "7643-3.1-08", "id is case exact and always returned", id_characteristics),
    row(SECTION, MustNot, "7643-3.1-09", "the server never sets externalId", |cx| {
        let user = cx.user("none")?;
        cx.read(&user)?.absent("/externalId")?;
        patched(cx, &user, &json!([replace("title", json!("T"))]))?.absent("/externalId")?;
        Ok(())
    }),
    row(SECTION, Implied, "7643-3.1-11", "externalId is not unique", shared_external),
    row(SECTION, Implied, "7643-3.1-12", "externalId is case exact", external_case),
    row(SECTION, Shall, "7643-3.1-13", "meta of a client is ignored", foreign_meta),
    row(SECTION, Implied, "7643-3.1-14", "meta.resourceType is the resource type's name", |cx| {
        for (resource, name) in one_of_each(cx, "kind")?.iter().zip(["User", "Group"]) {
            cx.read(resource)?.equals("/meta/resourceType", &json!(name))?;
        }
        Ok(())
    }),
    row(SECTION, Must, "7643-3.1-15", "meta.created never changes", created_stays),
    row(
        SECTION,
        Must,
        "7643-3.1-16",
        "meta.lastModified is created at first and moves with each change",
        modified_moves,
    ),
    row(SECTION, ShallNot, "7643-3.1-17", "a write that changes nothing leaves meta alone", nothing_changed),
    row(SECTION, Must, "7643-3.1-18", "meta.location leads to the resource", location),
    row(SECTION, Must, "7643-3.1-19", "meta.version is the ETag", version_is_etag),
    row(SECTION, Must, "7643-3.1-20", "a weak ETag says W/", weak_tags),
    row(SECTION, Implied, "7643-3.1-21", "parts of meta can be asked for, and meta left out", parts_of_meta),
    row(SECTION, Shall, "7643-3.1-22", "schemas that list common attributes list them rightly", listed_common),
];

#[cfg(test)]
mod tests {
    use super::instant;
    use serde_json::json;

    #[test]
    fn fractions_of_any_length_order() {
        let (short, long) = (instant(&json!("2026-01-01T00:00:00.5Z")), instant(&json!("2026-01-01T00:00:00.49Z")));
        assert!(short > long);
        assert!(instant(&json!("2026-01-01T00:00:01Z")) > short);
    }
}
