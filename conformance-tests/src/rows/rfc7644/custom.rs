//! Rows about attributes that no schema of the RFC has: the files in `schemas/` define them.

use crate::cases::Level::{Implied, May, Should};
use crate::cases::context::{Context, Resource, USER, add};
use crate::cases::{Case, Outcome, Problem, ensure};
use crate::rows::{USER_PROBE, custom};
use serde_json::{Value, json};

fn probed(cx: &Context, stem: &str, values: Value) -> Result<Resource, Problem> {
    cx.user_with(stem, json!({"schemas": [USER, USER_PROBE], USER_PROBE: values}))
}

fn path(name: &str) -> String {
    format!("{USER_PROBE}:{name}")
}

fn equal_numbers(cx: &Context) -> Outcome {
    let user = probed(cx, "equal", json!({"count": 10, "rate": 0.1}))?;
    let one = [&user];
    for (name, literal, found) in [
        ("count", "10", true),
        ("count", "10.0", true),
        ("count", "1e1", true),
        ("count", "1", false),
        ("rate", "0.10", true),
    ] {
        let filter = format!("id eq \"{}\" and {} eq {literal}", user.id, path(name));
        cx.finds("/Users", &filter, if found { &one } else { &[] })?;
    }
    Ok(())
}

fn ordered_numbers(cx: &Context) -> Outcome {
    // As text, 9 would come behind 10.
    let user = probed(cx, "order", json!({"count": 10, "rate": -1.5}))?;
    let one = [&user];
    for (name, test, found) in [
        ("count", "gt 9", true),
        ("count", "ge 10.0", true),
        ("count", "lt 9", false),
        ("count", "le 1e1", true),
        ("rate", "lt -1", true),
        ("rate", "gt -1.6", true),
    ] {
        let filter = format!("id eq \"{}\" and {} {test}", user.id, path(name));
        cx.finds("/Users", &filter, if found { &one } else { &[] })?;
    }
    Ok(())
}

fn immutable_put(cx: &Context) -> Outcome {
    let user = probed(cx, "fixed", json!({"fixed": "a"}))?;
    let mut body = user.body.clone();
    body["title"] = json!("T");
    cx.put(&user.path, &body).status(200)?.equals("/title", &json!("T"))?;
    body[USER_PROBE]["fixed"] = json!("b");
    cx.put(&user.path, &body).error(400, "mutability")?;
    let now = cx.read(&user)?;
    ensure(now.json[USER_PROBE]["fixed"] == "a", &now, "the value that was set first")
}

fn immutable_added(cx: &Context) -> Outcome {
    let user = probed(cx, "later", json!({"plain": "p"}))?;
    cx.patch_user(&user, &json!([add(&path("fixed"), json!("first"))]))?;
    let now = cx.read(&user)?;
    ensure(now.json[USER_PROBE]["fixed"] == "first", &now, "the value where there was none")
}

fn on_request(cx: &Context) -> Outcome {
    let user = probed(cx, "asked", json!({"asked": "x", "plain": "y"}))?;
    let list = cx.find("/Users", &format!("id eq \"{}\"", user.id));
    let shown = |answer: &crate::client::Answer| answer.json["Resources"][0][USER_PROBE]["asked"].clone();
    ensure(shown(&list).is_null(), &list, "nothing that was not named")?;
    let named = cx.get(&format!("{}?attributes={}", user.path, path("asked")));
    ensure(named.status(200)?.json[USER_PROBE]["asked"] == "x", &named, "what was named")?;
    let excluded = cx.get(&format!("{}?excludedAttributes=title", user.path));
    ensure(excluded.status(200)?.json[USER_PROBE]["asked"].is_null(), &excluded, "nothing that was not named")
}

pub(super) const CASES: &[Case] = &[
    custom("RFC 7644 3.4.2.2", Implied, "7644-3.4.2.2o-03", "eq on numbers goes by value", equal_numbers),
    custom("RFC 7644 3.4.2.2", Implied, "7644-3.4.2.2o-14", "order on numbers is by value", ordered_numbers),
    custom(
        "RFC 7644 3.5.1",
        Should,
        "7644-3.5.1-06",
        "an immutable value must be the one that is there",
        immutable_put,
    ),
    custom(
        "RFC 7644 3.5.2",
        May,
        "7644-3.5.2-12",
        "an immutable value may be added where there is none",
        immutable_added,
    ),
    custom("RFC 7644 3.9", Implied, "7644-3.9-08", "what is returned on request comes only when named", on_request),
];
