//! Sections 3 and 3.3: the schemas attribute and schema extensions.

use super::judge::{patched, refused, strict, taken_or_refused};
use crate::cases::Level::{Implied, Must, MustNot, Shall};
use crate::cases::context::{Context, ENTERPRISE, GROUP, USER, enterprise, qualified, remove};
use crate::cases::{Case, Outcome, Problem, ensure};
use crate::client::Answer;
use crate::rows::{LENIENT, row};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const SCHEMAS: &str = "RFC 7643 3";
const EXTENSIONS: &str = "RFC 7643 3.3";

/// A POST of an ordinary user with these schemas, and a department where one is given.
fn post_schemas(cx: &Context, stem: &str, schemas: Value, department: Option<&str>) -> Answer {
    let mut body = cx.user_body(stem);
    body["schemas"] = schemas;
    if let Some(department) = department {
        body[ENTERPRISE] = json!({"department": department});
    }
    cx.post("/Users", &body)
}

/// The names in an array are strings, at least one, each once.
fn is_set(answer: &Answer, names: &Value) -> Outcome {
    let names = names.as_array().map_or(&[][..], Vec::as_slice);
    let distinct: BTreeSet<&str> = names.iter().filter_map(Value::as_str).collect();
    ensure(!names.is_empty() && distinct.len() == names.len(), answer, "schemas as a set of URIs that is not empty")
}

fn in_parts_too(cx: &Context) -> Outcome {
    let user = cx.user_with("parts", json!({ENTERPRISE: {"department": "D"}}))?;
    for target in [user.path.clone(), format!("{}?attributes=userName", user.path)] {
        let answer = cx.get(&target);
        is_set(&answer, answer.status(200)?.at("/schemas"))?;
    }
    let list = cx.get(&format!("/Users?filter=id%20eq%20%22{}%22&attributes=userName", user.id));
    is_set(&list, list.list(1)?.at("/Resources/0/schemas"))
}

/// Refused; a server that takes it breaks nothing, as long as it gives no such representation itself.
fn bound(answer: &Answer, taken: u16) -> Outcome {
    if answer.status == taken && *answer.at("/schemas") == json!([USER]) {
        return Err(Problem::Skipped(LENIENT.to_owned()));
    }
    refused(answer, &["invalidValue", "invalidSyntax"])
}

fn foreign_urn(cx: &Context) -> Outcome {
    let answer = post_schemas(cx, "foreign", json!([USER, GROUP]), None);
    if strict(cx) {
        return bound(&answer, 201);
    }
    answer.status(201)?.equals("/schemas", &json!([USER]))?;
    Ok(())
}

fn any_order(cx: &Context) -> Outcome {
    let answer = post_schemas(cx, "order", json!([ENTERPRISE, USER]), Some("D"));
    answer.status(201)?.equals(&enterprise("/department"), &json!("D"))?.text_at("/userName")?;
    Ok(())
}

fn without_schemas(cx: &Context) -> Outcome {
    let answer = cx.post("/Users", &json!({"userName": cx.mail("bare")}));
    if strict(cx) {
        return bound(&answer, 201);
    }
    answer.status(201)?.equals("/schemas", &json!([USER]))?;
    Ok(())
}

fn unlisted_extension(cx: &Context) -> Outcome {
    let answer = post_schemas(cx, "unlisted", json!([USER]), Some("D"));
    taken_or_refused(&answer, 201, &["invalidValue", "invalidSyntax"])?;
    if answer.status == 201 {
        answer.equals(&enterprise("/department"), &json!("D"))?;
        ensure(answer.elements("/schemas").contains(&json!(ENTERPRISE)), &answer, "the extension in schemas")?;
    }
    Ok(())
}

fn listed_while_used(cx: &Context) -> Outcome {
    let user = cx.user_with("used", json!({ENTERPRISE: {"department": "D", "division": "E"}}))?;
    let lists = |answer: &Answer| answer.elements("/schemas").contains(&json!(ENTERPRISE));
    let operations = [remove(&qualified("department")), remove(&qualified("division"))];
    let now = cx.read(&user)?;
    ensure(lists(&now), &now, "the extension in schemas")?;
    let now = patched(cx, &user, &json!(operations))?;
    ensure(!lists(&now), &now, "no extension in schemas")?;
    now.absent(&enterprise(""))?;
    Ok(())
}

fn base_listed(cx: &Context) -> Outcome {
    let user = cx.user("base")?;
    let group = cx.group("base", &[])?;
    for (resource, base) in [(&user, USER), (&group, GROUP)] {
        let now = cx.read(resource)?;
        ensure(now.elements("/schemas").contains(&json!(base)), &now, format!("{base} in schemas"))?;
    }
    Ok(())
}

fn under_its_urn(cx: &Context) -> Outcome {
    let user = cx.user_with("urn", json!({ENTERPRISE: {"department": "D", "employeeNumber": "1"}}))?;
    cx.read(&user)?
        .equals(&enterprise(""), &json!({"department": "D", "employeeNumber": "1"}))?
        .absent("/department")?
        .absent("/employeeNumber")?;
    Ok(())
}

pub(super) const CASES: &[Case] = &[
    row(SCHEMAS, Must, "7643-3-01", "schemas is a set that is not empty, in partial answers too", in_parts_too),
    row(SCHEMAS, Must, "7643-3-02", "schemas holds only what the resource type has", foreign_urn),
    row(SCHEMAS, MustNot, "7643-3-03", "schemas holds nothing twice", |cx| {
        let answer = post_schemas(cx, "twice", json!([USER, USER]), None);
        taken_or_refused(&answer, 201, &["invalidValue", "invalidSyntax"])?;
        if answer.status == 201 { answer.equals("/schemas", &json!([USER])).map(drop) } else { Ok(()) }
    }),
    row(SCHEMAS, MustNot, "7643-3-04", "the order in schemas means nothing", any_order),
    row(SCHEMAS, Must, "7643-3-05", "a body without schemas is invalid", without_schemas),
    row(SCHEMAS, Implied, "7643-3-06", "URNs are read in any case and written as registered", |cx| {
        let answer = post_schemas(cx, "case", json!([USER.replace("urn:ietf", "URN:IETF")]), None);
        answer.status(201)?.equals("/schemas", &json!([USER]))?;
        Ok(())
    }),
    row(
        SCHEMAS,
        Implied,
        "7643-3-07",
        "an extension that schemas does not list is added or refused",
        unlisted_extension,
    ),
    row(SCHEMAS, Implied, "7643-3-08", "an extension is listed exactly while it has data", listed_while_used),
    row(EXTENSIONS, Shall, "7643-3.3-01", "the base schema is in schemas", base_listed),
    row(EXTENSIONS, Shall, "7643-3.3-02", "an extension's attributes are under its URN", under_its_urn),
    row(EXTENSIONS, Implied, "7643-3.3-04", "the URN of an extension is read in any case", |cx| {
        let mut body = cx.user_body("key");
        body["schemas"] = json!([USER, ENTERPRISE]);
        body[ENTERPRISE.to_uppercase()] = json!({"department": "D"});
        cx.post("/Users", &body).status(201)?.equals(&enterprise("/department"), &json!("D"))?;
        Ok(())
    }),
];
