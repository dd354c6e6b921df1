//! Sections 7, 8.7 and 9: the schema definitions, that the server keeps to them, and input meant to harm.

use super::discovery::{read_only, schema_exists};
use super::judge::{CERTIFICATE, Definition, definitions, each, patched, refused, schemas};
use super::users::secret_stays;
use crate::cases::Level::{Implied, Must, Shall, ShallNot, Should};
use crate::cases::context::{Context, ENTERPRISE, Resource, USER, add, replace};
use crate::cases::{Case, Outcome, ensure, failed};
use crate::client::Answer;
use crate::rows::row;
use serde_json::{Map, Value, json};

const DEFINITION: &str = "RFC 7643 7";
const REPRESENTATIONS: &str = "RFC 7643 8.7";
const SECURITY: &str = "RFC 7643 9";
/// The attributes of section 8.7 with its errata: path, type, multi-valued, required, caseExact, mutability, returned,
/// uniqueness, canonical values; `-` where nothing is said and `|` between alternatives.
const ATTRIBUTES: &str = include_str!("attributes.txt");

fn schemas_of_types(cx: &Context) -> Outcome {
    let types = cx.get("/ResourceTypes");
    for kind in types.is_list()?.elements("/Resources") {
        schema_exists(cx, &kind["schema"])?;
        for extension in kind["schemaExtensions"].as_array().into_iter().flatten() {
            schema_exists(cx, &extension["schema"])?;
        }
    }
    Ok(())
}

/// Every schema of the list holds this.
fn each_schema(cx: &Context, wanted: &str, holds: impl Fn(&Value) -> bool) -> Outcome {
    let list = schemas(cx)?;
    list.elements("/Resources").iter().try_for_each(|schema| ensure(holds(schema), &list, wanted))
}

/// Whether the definition carries every member that applies to its type.
fn is_whole(definition: &Definition<'_>) -> bool {
    let value = definition.value;
    let kind = definition.text("type");
    let text = ["name", "type", "description", "mutability", "returned"].iter().all(|name| value[*name].is_string());
    let truth = ["multiValued", "required"].iter().all(|name| value[*name].is_boolean());
    let string = kind != "string" || (value["caseExact"].is_boolean() && value["uniqueness"].is_string());
    let reference = kind != "reference" || value["referenceTypes"].is_array();
    let complex = kind != "complex" || value["subAttributes"].is_array();
    text && truth && string && reference && complex
}

fn reference_types(cx: &Context) -> Outcome {
    let types = cx.get("/ResourceTypes");
    let mut known = types.is_list()?.column("/name");
    known.extend(["external", "uri"]);
    each(&schemas(cx)?, "referenceTypes of resource types, external or uri", |definition| {
        let mut named = definition.value["referenceTypes"].as_array().into_iter().flatten();
        definition.text("type") != "reference"
            || named.all(|name| name.as_str().is_some_and(|name| known.contains(&name)))
    })
}

fn exactness_rules(cx: &Context) -> Outcome {
    let sent = format!("{}AbC", cx.tag());
    let user = cx.user_with("exact", json!({"externalId": sent, "title": sent}))?;
    let found = |name: &str, value: &str| format!("id eq \"{}\" and {name} eq \"{value}\"", user.id);
    cx.finds("/Users", &found("title", &sent.to_lowercase()), &[&user])?;
    cx.finds("/Users", &found("externalId", &sent), &[&user])?;
    cx.finds("/Users", &found("externalId", &sent.to_lowercase()), &[])
}

fn case_kept(cx: &Context) -> Outcome {
    let user = cx.user_with("kept", json!({"externalId": "MiXeD", "title": "MiXeD"}))?;
    let now = cx.read(&user)?;
    let title = now.equals("/externalId", &json!("MiXeD"))?.at("/title").as_str().unwrap_or_default();
    ensure(title.eq_ignore_ascii_case("mixed"), &now, "the title, at most in another case")
}

/// No readOnly attribute of the resource can be written: by path it is refused, in a body ignored.
fn read_only_attributes(cx: &Context) -> Outcome {
    let user = cx.user("locked")?;
    let before = cx.read(&user)?;
    for path in ["id", "meta.created", "meta.resourceType", "groups"] {
        let value = if path == "groups" { json!([{"value": "x"}]) } else { json!("x") };
        refused(&cx.patch(&user.path, &json!([replace(path, value)])), &["mutability"])?;
    }
    let mut body = cx.user_body("locked");
    body["id"] = json!("x");
    body["groups"] = json!([{"value": "x"}]);
    body["meta"] = json!({"resourceType": "x"});
    cx.put(&user.path, &body).status(200)?;
    let now = cx.read(&user)?;
    now.equals("/id", before.at("/id"))?.absent("/groups")?;
    now.equals("/meta/resourceType", before.at("/meta/resourceType"))?;
    Ok(())
}

fn default_returned(cx: &Context) -> Outcome {
    let user = cx.user_with("default", json!({"title": "T"}))?;
    cx.read(&user)?.equals("/title", &json!("T"))?;
    let target = |query: &str| format!("{}?{query}", user.path);
    cx.get(&target("attributes=userName")).status(200)?.absent("/title")?;
    cx.get(&target("attributes=title")).status(200)?.equals("/title", &json!("T"))?;
    cx.get(&target("excludedAttributes=title")).status(200)?.absent("/title")?.present("/userName")?;
    Ok(())
}

/// A value that fits a definition.
fn sample(definition: &Value, boss: &Resource) -> Option<Value> {
    if definition["mutability"] != "readWrite" {
        return None;
    }
    let name = definition["name"].as_str().unwrap_or_default();
    let value = match (definition["type"].as_str().unwrap_or_default(), name) {
        ("boolean", _) => json!(true),
        ("binary", _) => json!(CERTIFICATE),
        ("reference", "$ref") => return None,
        ("reference", _) => json!("https://example.org/x"),
        ("complex", "manager") => json!({"value": boss.id}),
        ("complex", _) => {
            let parts = definition["subAttributes"].as_array().into_iter().flatten();
            let named = |part: &Value| Some((part["name"].as_str()?.to_owned(), sample(part, boss)?));
            Value::Object(parts.filter_map(named).collect::<Map<_, _>>())
        }
        (_, "country") => json!("DE"),
        (_, "timezone") => json!("Europe/Berlin"),
        (_, "locale" | "preferredLanguage") => json!("en"),
        (_, "type") => definition["canonicalValues"].get(0).cloned().unwrap_or_else(|| json!("work")),
        _ => json!("Sample"),
    };
    Some(if definition["multiValued"] == true { json!([value]) } else { value })
}

/// Sends every attribute that /Schemas offers for a user, and looks for each in the answer.
fn everything_offered(cx: &Context) -> Outcome {
    let boss = cx.user("boss")?;
    let mut body = json!({"schemas": [USER, ENTERPRISE]});
    for urn in [USER, ENTERPRISE] {
        let schema = cx.get(&format!("/Schemas/{urn}"));
        for definition in schema.status(200)?.elements("/attributes") {
            let name = definition["name"].as_str().unwrap_or_default();
            let Some(value) = sample(definition, &boss) else { continue };
            if urn == USER { body[name] = value } else { body[urn][name] = value }
        }
    }
    body["userName"] = json!(cx.mail("all"));
    let user = cx.make("/Users", &body)?;
    let now = cx.read(&user)?;
    contains(&now, "", &body)
}

/// The answer holds at the pointer everything that `wanted` holds.
fn contains(answer: &Answer, pointer: &str, wanted: &Value) -> Outcome {
    match wanted {
        Value::Object(members) => {
            members.iter().try_for_each(|(name, value)| contains(answer, &format!("{pointer}/{name}"), value))
        }
        Value::Array(elements) => elements
            .iter()
            .enumerate()
            .try_for_each(|(place, value)| contains(answer, &format!("{pointer}/{place}"), value)),
        value => answer.equals(pointer, value).map(drop),
    }
}

/// Whether a characteristic is as the table says.
fn agrees(found: &Value, wanted: &str) -> bool {
    match wanted {
        "-" => true,
        "yes" => *found == true,
        // RFC 7643 section 2.2: what is silent is false.
        "no" => found.is_null() || *found == false,
        names => found.as_str().is_some_and(|found| names.split('|').any(|name| name == found)),
    }
}

fn as_in_the_rfc(cx: &Context) -> Outcome {
    let list = schemas(cx)?;
    let known = definitions(&list);
    let mut urn = "";
    for line in ATTRIBUTES.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [path, wanted @ .., canonical] = words.as_slice() else {
            urn = line;
            continue;
        };
        let Ok(wanted) = <[&str; 7]>::try_from(wanted) else { continue };
        match known.iter().find(|one| one.schema == urn && one.path == *path) {
            Some(found) => is_defined(&list, found, wanted, canonical)?,
            None => return Err(failed(&list, format!("{urn}:{path}"))),
        }
    }
    Ok(())
}

/// The definition has the characteristics and the canonical values of a line of the table.
fn is_defined(list: &Answer, found: &Definition<'_>, wanted: [&str; 7], canonical: &str) -> Outcome {
    let members = ["type", "multiValued", "required", "caseExact", "mutability", "returned", "uniqueness"];
    for (member, value) in members.into_iter().zip(wanted) {
        // Uniqueness is stated for strings.
        let right = (member == "uniqueness" && wanted[0] != "string") || agrees(&found.value[member], value);
        let actual = &found.value[member];
        ensure(right, list, format!("{} with {member} = {value}, not {actual}", found.path))?;
    }
    let values = found.value["canonicalValues"].as_array().map_or(&[][..], Vec::as_slice);
    let whole = canonical == "-" || canonical.split(',').all(|value| values.contains(&json!(value)));
    ensure(whole, list, format!("{} with the canonical values {canonical}", found.path))
}

fn documents_of_discovery(cx: &Context) -> Outcome {
    for name in ["ServiceProviderConfig", "ResourceType", "Schema"] {
        let urn = format!("urn:ietf:params:scim:schemas:core:2.0:{name}");
        let answer = cx.get(&format!("/Schemas/{urn}"));
        answer.status(200)?.equals("/id", &json!(urn))?.equals("/meta/resourceType", &json!("Schema"))?;
        answer.equals("/schemas/0", &json!("urn:ietf:params:scim:schemas:core:2.0:Schema"))?;
    }
    Ok(())
}

fn hostile_text(cx: &Context) -> Outcome {
    let user = cx.user("hostile")?;
    for text in ["'; DROP TABLE users; --", "' OR '1'='1", "%' UNION SELECT 1 --", "\\", "${x}{{x}}", "_%"] {
        let literal = json!(text).to_string();
        for operator in ["eq", "co", "sw", "ew"] {
            cx.finds("/Users", &format!("id eq \"{}\" and userName {operator} {literal}", user.id), &[])?;
        }
        patched(cx, &user, &json!([add("title", json!(text))]))?.equals("/title", &json!(text))?;
        cx.finds("/Users", &format!("id eq \"{}\" and title eq {literal}", user.id), &[&user])?;
    }
    cx.get("/Users?sortBy=userName;DROP%20TABLE%20users&count=1").sound()?;
    cx.read(&user)?;
    Ok(())
}

pub(super) const CASES: &[Case] = &[
    row(DEFINITION, Must, "7643-7-01", "every schema in use is there", schemas_of_types),
    row(DEFINITION, Implied, "7643-7-02", "schemas are read-only", |cx| read_only(cx, &format!("/Schemas/{USER}"))),
    row(DEFINITION, Implied, "7643-7-03", "the id of a schema is its URI", |cx| {
        each_schema(cx, "an id that is a URI", |schema| schema["id"].as_str().is_some_and(|id| id.contains(':')))
    }),
    row(DEFINITION, Must, "7643-7-04", "schemas have a name and a description", |cx| {
        each_schema(cx, "name and description", |schema| {
            ["name", "description"].iter().all(|member| schema[*member].as_str().is_some_and(|text| !text.is_empty()))
        })
    }),
    row(DEFINITION, Implied, "7643-7-05", "definitions state every characteristic that applies", |cx| {
        each(&schemas(cx)?, "every characteristic that applies", is_whole)
    }),
    row(DEFINITION, Should, "7643-7-06", "a complex attribute has sub-attributes", |cx| {
        // The schema of schemas describes itself and ends somewhere.
        each(&schemas(cx)?, "sub-attributes", |definition| {
            definition.text("type") != "complex"
                || definition.name() == "subAttributes"
                || definition.value["subAttributes"].as_array().is_some_and(|parts| !parts.is_empty())
        })
    }),
    row(DEFINITION, Implied, "7643-7-07", "binary is a type", |cx| {
        each(&schemas(cx)?, "type binary", |definition| {
            (definition.schema, definition.path.as_str()) != (USER, "x509Certificates.value")
                || definition.text("type") == "binary"
        })
    }),
    row(DEFINITION, Shall, "7643-7-08", "caseExact rules comparisons", exactness_rules),
    row(DEFINITION, Shall, "7643-7-09", "the case of a caseExact value is kept", case_kept),
    row(DEFINITION, ShallNot, "7643-7-10", "a client cannot write a readOnly attribute", read_only_attributes),
    row(DEFINITION, ShallNot, "7643-7-12", "a writeOnly value is not returned", secret_stays),
    row(DEFINITION, Implied, "7643-7-13", "returned always: there whatever is asked for", |cx| {
        let user = cx.user("always")?;
        for query in ["attributes=title", "excludedAttributes=id,schemas"] {
            let answer = cx.get(&format!("{}?{query}", user.path));
            answer.status(200)?.equals("/id", &json!(user.id))?.text_at("/schemas/0")?;
        }
        Ok(())
    }),
    row(DEFINITION, Implied, "7643-7-14", "returned never: never there", |cx| {
        let user = cx.user_with("never", json!({"password": "uT7!xk29fQ"}))?;
        cx.get(&format!("{}?attributes=password", user.path)).status(200)?.absent("/password")?;
        Ok(())
    }),
    row(DEFINITION, Implied, "7643-7-15", "returned default: there unless left out", default_returned),
    row(DEFINITION, Should, "7643-7-17", "uniqueness server: no two resources share the value", |cx| {
        let user = cx.user("unique")?;
        cx.post("/Users", &json!({"schemas": [USER], "userName": user.name})).error(409, "uniqueness")
    }),
    row(DEFINITION, Implied, "7643-7-19", "referenceTypes names resource types, external or uri", reference_types),
    row(DEFINITION, Implied, "7643-7-20", "every attribute that schemas offer can be set", everything_offered),
    row(
        REPRESENTATIONS,
        Implied,
        "7643-8.7-01",
        "User, Group and EnterpriseUser are the RFC's, corrected",
        as_in_the_rfc,
    ),
    row(REPRESENTATIONS, Implied, "7643-8.7-02", "the schemas of discovery are served too", documents_of_discovery),
    row(SECURITY, Should, "7643-9-02", "text meant to break out of a query is only text", hostile_text),
];

#[cfg(test)]
mod tests {
    use super::{ATTRIBUTES, agrees};
    use serde_json::{Value, json};

    #[test]
    fn every_line_is_a_schema_or_a_whole_attribute() {
        let widths = ATTRIBUTES.lines().map(|line| line.split_whitespace().count());
        let (schemas, attributes): (Vec<usize>, Vec<usize>) = widths.partition(|width| *width == 1);
        assert_eq!(schemas.len(), 3);
        assert!(attributes.len() > 70 && attributes.iter().all(|width| *width == 9), "{attributes:?}");
    }

    #[test]
    fn silence_is_false_and_alternatives_are_allowed() {
        assert!(agrees(&Value::Null, "no") && agrees(&json!(false), "no") && !agrees(&json!(true), "no"));
        assert!(agrees(&json!("immutable"), "readOnly|immutable") && !agrees(&Value::Null, "readOnly"));
        assert!(agrees(&json!(7), "-") && !agrees(&Value::Null, "yes"));
    }
}
