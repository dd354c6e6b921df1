//! Rows about attributes and resource types that no schema of the RFC has: the files in `schemas/` define them.

use super::judge::{base, patched, refused, strict};
use crate::cases::Level::{Implied, Must, MustNot, ShallNot, Should};
use crate::cases::context::{Context, Resource, USER, add, replace};
use crate::cases::{Case, Outcome, Problem, ensure, failed};
use crate::client::Answer;
use crate::rows::{PLACE, PROBE, USER_PROBE, custom};
use serde_json::{Value, json};

/// A user with values of the extension.
fn probed(cx: &Context, stem: &str, values: Value) -> Result<Resource, Problem> {
    cx.user_with(stem, json!({"schemas": [USER, USER_PROBE], USER_PROBE: values}))
}

fn path(name: &str) -> String {
    format!("{USER_PROBE}:{name}")
}

fn defaults(cx: &Context) -> Outcome {
    let schema = cx.get(&format!("/Schemas/{USER_PROBE}"));
    let attributes = schema.status(200)?.elements("/attributes");
    let plain = attributes.iter().find(|attribute| attribute["name"] == "plain").cloned().unwrap_or_default();
    let silent_or = |member: &str, value: Value| plain[member].is_null() || plain[member] == value;
    let right = silent_or("type", json!("string"))
        && silent_or("multiValued", json!(false))
        && silent_or("required", json!(false))
        && silent_or("caseExact", json!(false))
        && silent_or("mutability", json!("readWrite"))
        && silent_or("returned", json!("default"))
        && silent_or("uniqueness", json!("none"))
        && plain["canonicalValues"].is_null();
    ensure(right && plain.is_object(), &schema, "`plain` with the defaults of section 2.2")?;
    let user = probed(cx, "plain", json!({"plain": "AbC"}))?;
    cx.finds("/Users", &format!("id eq \"{}\" and {} eq \"aBc\"", user.id, path("plain")), &[&user])
}

fn decimals(cx: &Context) -> Outcome {
    let user = probed(cx, "rate", json!({"rate": 1.50}))?;
    for literal in ["1.5", "1.50", "15e-1"] {
        cx.finds("/Users", &format!("id eq \"{}\" and {} eq {literal}", user.id, path("rate")), &[&user])?;
    }
    cx.finds("/Users", &format!("id eq \"{}\" and {} eq 1.51", user.id, path("rate")), &[])
}

fn integers(cx: &Context) -> Outcome {
    // Text that reads like a number may be taken for one outside of the letter.
    let text = strict(cx).then(|| json!("1"));
    for value in std::iter::once(json!(1.5)).chain(text) {
        let mut body = cx.user_body("count");
        body["schemas"] = json!([USER, USER_PROBE]);
        body[USER_PROBE] = json!({"count": value});
        refused(&cx.post("/Users", &body), &["invalidValue"])?;
    }
    let user = probed(cx, "whole", json!({"count": 7}))?;
    let now = cx.read(&user)?;
    ensure(now.json[USER_PROBE]["count"].is_i64(), &now, "a whole number")
}

fn relative_references(cx: &Context) -> Outcome {
    let target = cx.user("target")?;
    let user = probed(cx, "link", json!({"link": target.path.trim_start_matches('/')}))?;
    let now = cx.read(&user)?;
    let link = now.json[USER_PROBE]["link"].as_str().unwrap_or_default();
    let base = base(cx)?;
    let relative = link.strip_prefix(base.as_str()).unwrap_or(link);
    let found = cx.get(&format!("/{}", relative.trim_start_matches('/')));
    found.status(200)?.equals("/id", &json!(target.id))?;
    Ok(())
}

fn new_type(cx: &Context) -> Outcome {
    let kind = cx.get("/ResourceTypes/Probe");
    kind.status(200)?.equals("/endpoint", &json!("/Probes"))?.equals("/schema", &json!(PROBE))?;
    cx.get(&format!("/Schemas/{PROBE}")).status(200)?.equals("/id", &json!(PROBE))?;
    let probe = cx.make("/Probes", &probe(cx))?;
    let now = cx.read(&probe)?;
    now.equals("/meta/resourceType", &json!("Probe"))?;
    let location = now.at("/meta/location").as_str().unwrap_or_default();
    ensure(location.ends_with(&format!("/Probes/{}", probe.id)), &now, "meta.location below /Probes")
}

fn probe(cx: &Context) -> Value {
    json!({"schemas": [PROBE, PLACE], "displayName": cx.name("probe"), PLACE: {"room": "R"}})
}

/// The names of a schema's attributes, folded.
fn names(answer: &Answer) -> Result<Vec<String>, Problem> {
    let attributes = answer.status(200)?.elements("/attributes");
    Ok(attributes.iter().filter_map(|attribute| Some(attribute["name"].as_str()?.to_lowercase())).collect())
}

fn nothing_redefined(cx: &Context) -> Outcome {
    let types = cx.get("/ResourceTypes");
    for kind in types.is_list()?.elements("/Resources") {
        let mut core = names(&cx.get(&format!("/Schemas/{}", kind["schema"].as_str().unwrap_or_default())))?;
        core.extend(["id", "externalid", "meta", "schemas"].map(str::to_owned));
        for extension in kind["schemaExtensions"].as_array().into_iter().flatten() {
            let schema = cx.get(&format!("/Schemas/{}", extension["schema"].as_str().unwrap_or_default()));
            if let Some(twice) = names(&schema)?.into_iter().find(|name| core.contains(name)) {
                return Err(failed(&schema, format!("{twice} once only")));
            }
        }
    }
    Ok(())
}

fn required_extension(cx: &Context) -> Outcome {
    let bare = json!({"schemas": [PROBE], "displayName": cx.name("bare")});
    refused(&cx.post("/Probes", &bare), &["invalidValue"])?;
    let whole = cx.make("/Probes", &probe(cx))?;
    refused(&cx.put(&whole.path, &bare), &["invalidValue"])?;
    refused(&cx.patch(&whole.path, &json!([{"op": "remove", "path": PLACE}])), &["invalidValue", "mutability"])?;
    let now = cx.read(&whole)?;
    ensure(now.json[PLACE]["room"] == "R", &now, "the extension that every resource carries")
}

fn immutable(cx: &Context) -> Outcome {
    let user = probed(cx, "fixed", json!({"fixed": "a"}))?;
    refused(&cx.patch(&user.path, &json!([replace(&path("fixed"), json!("b"))])), &["mutability"])?;
    let now = cx.read(&user)?;
    ensure(now.json[USER_PROBE]["fixed"] == "a", &now, "the value that was set first")
}

fn on_request(cx: &Context) -> Outcome {
    let user = probed(cx, "asked", json!({"asked": "x", "plain": "y"}))?;
    let now = cx.read(&user)?;
    ensure(now.json[USER_PROBE]["asked"].is_null(), &now, "nothing that was not asked for")?;
    let named = cx.get(&format!("{}?attributes={}", user.path, path("asked")));
    ensure(named.status(200)?.json[USER_PROBE]["asked"] == "x", &named, "what was asked for")?;
    let after = patched(cx, &user, &json!([add("title", json!("T"))]))?;
    ensure(after.json[USER_PROBE]["asked"].is_null(), &after, "nothing that was not asked for")
}

fn global(cx: &Context) -> Outcome {
    let value = cx.name("single");
    probed(cx, "first", json!({"single": value}))?;
    let mut body = cx.user_body("second");
    body["schemas"] = json!([USER, USER_PROBE]);
    body[USER_PROBE] = json!({"single": value.to_uppercase()});
    cx.post("/Users", &body).error(409, "uniqueness")
}

pub(super) const CASES: &[Case] = &[
    custom("RFC 7643 2.2", Implied, "7643-2.2-01", "characteristics left out have their defaults", defaults),
    custom("RFC 7643 2.3.3", Implied, "7643-2.3.3-01", "decimals are compared by value", decimals),
    custom("RFC 7643 2.3.4", MustNot, "7643-2.3.4-01", "an integer has no fraction and no exponent", integers),
    custom("RFC 7643 2.3.7", Must, "7643-2.3.7-01", "relative references belong to the base URL", relative_references),
    custom("RFC 7643 3.2", Implied, "7643-3.2-01", "a new resource type shows in discovery", new_type),
    custom("RFC 7643 3.3", Should, "7643-3.3-03", "extensions do not redefine core attributes", nothing_redefined),
    custom("RFC 7643 6", Must, "7643-6-05", "a required extension must be in every resource", required_extension),
    custom("RFC 7643 7", ShallNot, "7643-7-11", "an immutable attribute is not changed once set", immutable),
    custom("RFC 7643 7", Implied, "7643-7-16", "returned request: only where asked for", on_request),
    custom("RFC 7643 7", Should, "7643-7-18", "uniqueness global is at least uniqueness server", global),
];
