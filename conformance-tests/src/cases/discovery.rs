//! The discovery documents: who may read them, what they hold, in which order (RFC 7643 sections 5 to 8).

use super::context::{ENTERPRISE, GROUP, USER};
use super::entra_groups::{attributes, schemas};
use super::{Applies, Case, Check, Context, Outcome, ensure};
use crate::client::{Answer, Request, encode};
use serde_json::json;

const fn every(id: &'static str, title: &'static str, run: Check) -> Case {
    Case::new("Discovery", Applies::Every, id, title, run)
}

const DOCUMENTS: [&str; 3] = ["/ServiceProviderConfig", "/ResourceTypes", "/Schemas"];

/// The attributes of RFC 7643 section 8.7, with errata, that each schema must list.
const USER_ATTRIBUTES: &str = "userName name displayName nickName profileUrl title userType preferredLanguage locale \
    timezone active password emails phoneNumbers ims photos addresses groups entitlements roles x509Certificates";
const ENTERPRISE_ATTRIBUTES: &str = "employeeNumber costCenter organization division department manager";
const NAME_PARTS: &str = "formatted familyName givenName middleName honorificPrefix honorificSuffix";

/// The schema lists these attributes.
fn lists(answer: &Answer, pointer: &str, names: &str) -> Outcome {
    for name in names.split_whitespace() {
        answer.element(pointer, "name", &json!(name))?;
    }
    Ok(())
}

/// One attribute of a schema has these characteristics.
fn characteristics(cx: &Context, schema: &str, path: &str, wanted: &serde_json::Value) -> Outcome {
    let answer = cx.get(&format!("/Schemas/{schema}"));
    answer.status(200)?;
    let mut found = &answer.json;
    for (step, name) in path.split('.').enumerate() {
        let list = if step == 0 { "attributes" } else { "subAttributes" };
        let parts = found[list].as_array().map_or(&[][..], Vec::as_slice);
        found = parts.iter().find(|part| part["name"] == json!(name)).unwrap_or(&serde_json::Value::Null);
    }
    for (name, value) in wanted.as_object().into_iter().flatten() {
        ensure(&found[name] == value, &answer, format!("{path} with {name} = {value}"))?;
    }
    Ok(())
}

fn whole_configuration(cx: &Context) -> Outcome {
    let answer = cx.get("/ServiceProviderConfig");
    let schema = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";
    answer.status(200)?.no_nulls()?.equals("/schemas", &json!([schema]))?;
    for member in ["patch", "bulk", "filter", "changePassword", "sort", "etag"] {
        ensure(answer.at(&format!("/{member}/supported")).is_boolean(), &answer, format!("{member}.supported"))?;
    }
    for member in ["patch", "filter", "sort", "etag"] {
        answer.equals(&format!("/{member}/supported"), &json!(true))?;
    }
    answer.equals("/bulk/maxOperations", &json!(1000))?.equals("/bulk/maxPayloadSize", &json!(16_777_216))?;
    ensure(answer.at("/filter/maxResults").is_u64(), &answer, "filter.maxResults")?;
    answer.equals("/meta/resourceType", &json!("ServiceProviderConfig"))?;
    answer.ends("/meta/location", "/ServiceProviderConfig")?;
    for member in ["name", "description", "type"] {
        answer.text_at(&format!("/authenticationSchemes/0/{member}"))?;
    }
    // Optional (RFC 9865 section 4), and whole where it is there.
    let pagination = answer.at("/pagination");
    let whole = ["cursor", "index"].iter().all(|method| pagination[*method].is_boolean());
    ensure(pagination.is_null() || whole, &answer, "pagination.cursor and pagination.index")
}

pub(super) const CASES: &[Case] = &[
    every("rule-discovery-public", "discovery needs no credential, and refuses a bad one", |cx| {
        for path in DOCUMENTS {
            cx.send(&Request::new("GET", path).anonymous()).status(200)?;
            cx.get(path).status(200)?;
            cx.send(&Request::new("GET", path).authorization("Bearer no-such-token")).error(401, "")?;
        }
        Ok(())
    }),
    every("rule-discovery-type", "discovery is SCIM's media type", |cx| {
        for path in DOCUMENTS {
            let answer = cx.get(path);
            ensure(
                answer.header("content-type").starts_with("application/scim+json"),
                &answer,
                "application/scim+json",
            )?;
        }
        Ok(())
    }),
    every("rule-configuration", "ServiceProviderConfig holds every member", whole_configuration),
    every("rule-resource-types", "resource types: User, Group, then the rest, each whole", |cx| {
        let answer = cx.get("/ResourceTypes");
        answer.is_list()?.no_nulls()?;
        ensure(answer.column("/name").starts_with(&["User", "Group"]), &answer, "User first, then Group")?;
        for (place, endpoint, schema) in [(0, "/Users", USER), (1, "/Groups", GROUP)] {
            let at = |name: &str| format!("/Resources/{place}/{name}");
            answer.equals(&at("endpoint"), &json!(endpoint))?.equals(&at("schema"), &json!(schema))?;
            let kind = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";
            answer.equals(&at("schemas"), &json!([kind]))?.equals(&at("meta/resourceType"), &json!("ResourceType"))?;
            answer.text_at(&at("description"))?.text_at(&at("meta/location"))?;
        }
        answer.equals("/Resources/0/schemaExtensions", &json!([{"schema": ENTERPRISE, "required": false}]))?;
        Ok(())
    }),
    every("rule-resource-type", "one resource type by its name", |cx| {
        let all = cx.get("/ResourceTypes");
        for (place, name) in ["User", "Group"].into_iter().enumerate() {
            let one = cx.get(&format!("/ResourceTypes/{name}"));
            one.status(200)?.ends("/meta/location", &format!("/ResourceTypes/{name}"))?;
            ensure(&one.json == all.at(&format!("/Resources/{place}")), &one, "the same as in the list")?;
        }
        cx.get("/ResourceTypes/Nothing").error(404, "")
    }),
    every("rule-schemas-order", "schemas: User, Group, then the rest, under the RFC's names", |cx| {
        let answer = schemas(cx)?;
        ensure(answer.column("/id").starts_with(&[USER, GROUP]), &answer, "User first, then Group")?;
        for (id, name, description) in [
            (USER, "User", "User Account"),
            (GROUP, "Group", "Group"),
            (ENTERPRISE, "EnterpriseUser", "Enterprise User"),
        ] {
            let schema = answer.element("/Resources", "id", &json!(id))?;
            let right = schema["name"] == json!(name) && schema["description"] == json!(description);
            ensure(right, &answer, format!("{id} named {name:?} and described {description:?}"))?;
        }
        let message = answer.column("/id").iter().any(|id| id.contains(":api:messages:"));
        ensure(!message, &answer, "no schema of a message")
    }),
    every("rule-schemas-whole", "schemas list every attribute of RFC 7643", |cx| {
        let user = cx.get(&format!("/Schemas/{USER}"));
        lists(user.status(200)?, "/attributes", USER_ATTRIBUTES)?;
        let extension = cx.get(&format!("/Schemas/{ENTERPRISE}"));
        lists(extension.status(200)?, "/attributes", ENTERPRISE_ATTRIBUTES)?;
        lists(cx.get(&format!("/Schemas/{GROUP}")).status(200)?, "/attributes", "displayName members")?;
        let name = user.element("/attributes", "name", &json!("name"))?;
        let parts: Vec<&str> =
            name["subAttributes"].as_array().into_iter().flatten().filter_map(|part| part["name"].as_str()).collect();
        ensure(NAME_PARTS.split_whitespace().all(|part| parts.contains(&part)), &user, "all parts of name")
    }),
    every("rule-schemas-characteristics", "every attribute states its characteristics", |cx| {
        let answer = schemas(cx)?;
        for attribute in answer.elements("/Resources").iter().flat_map(attributes) {
            let name = attribute["name"].as_str().unwrap_or("an attribute without name").to_owned();
            let text =
                ["type", "description", "mutability", "returned"].iter().all(|member| attribute[*member].is_string());
            let truth = ["multiValued", "required"].iter().all(|member| attribute[*member].is_boolean());
            ensure(
                text && truth,
                &answer,
                format!("type, description, mutability, returned, multiValued, required of {name}"),
            )?;
            let exact = attribute["type"] != json!("string")
                || (attribute["caseExact"].is_boolean() && attribute["uniqueness"].is_string());
            ensure(exact, &answer, format!("caseExact and uniqueness of {name}"))?;
            let targets = attribute["type"] != json!("reference") || attribute["referenceTypes"].is_array();
            ensure(targets, &answer, format!("referenceTypes of {name}"))?;
        }
        Ok(())
    }),
    every("rule-schemas-facts", "characteristics with a meaning are the right ones", |cx| {
        characteristics(cx, USER, "userName", &json!({"required": true, "caseExact": false, "uniqueness": "server"}))?;
        characteristics(cx, USER, "password", &json!({"mutability": "writeOnly", "returned": "never"}))?;
        characteristics(cx, USER, "groups", &json!({"mutability": "readOnly", "multiValued": true}))?;
        characteristics(cx, USER, "active", &json!({"type": "boolean", "required": false}))?;
        characteristics(cx, USER, "x509Certificates.value", &json!({"type": "binary", "caseExact": true}))?;
        characteristics(cx, USER, "emails.type", &json!({"canonicalValues": ["work", "home", "other"]}))?;
        characteristics(cx, ENTERPRISE, "manager.displayName", &json!({"mutability": "readOnly"}))?;
        characteristics(cx, GROUP, "displayName", &json!({"required": true}))?;
        characteristics(cx, GROUP, "members.value", &json!({"mutability": "immutable"}))?;
        characteristics(cx, GROUP, "members.display", &json!({"mutability": "readOnly"}))
    }),
    every("rule-schema-one", "one schema by its name in any case; an unknown one is a 404", |cx| {
        let all = schemas(cx)?;
        let one = cx.get(&format!("/Schemas/{USER}"));
        one.status(200)?.ends("/meta/location", &format!("/Schemas/{USER}"))?;
        ensure(&one.json == all.at("/Resources/0"), &one, "the same as in the list")?;
        cx.get(&format!("/Schemas/{}", USER.to_uppercase())).status(200)?.equals("/id", &json!(USER))?;
        cx.get("/Schemas/urn:example:nothing").error(404, "")?;
        cx.get("/Schemas/urn:ietf:params:scim:api:messages:2.0:Error").error(404, "")
    }),
    every("rule-discovery-query", "discovery ignores paging and sorting, and refuses a filter", |cx| {
        let whole = schemas(cx)?;
        let cut = cx.get("/Schemas?count=1&startIndex=2&sortBy=name");
        ensure(cut.status(200)?.json == whole.json, &cut, "the same list")?;
        for path in DOCUMENTS {
            cx.get(&format!("{path}?filter={}", encode("name eq \"User\""))).error(403, "")?;
        }
        Ok(())
    }),
    every("rule-discovery-cache", "discovery can be asked for again by its tag", |cx| {
        let first = cx.get("/Schemas");
        let tag = first.status(200)?.header("etag").to_owned();
        ensure(!tag.is_empty(), &first, "an ETag")?;
        cx.send(&Request::new("GET", "/Schemas").header("If-None-Match", &tag)).status(304)?.empty()
    })
    .should(),
];
