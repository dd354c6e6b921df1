//! Sections 5 and 6: what the service provider says about itself and its resource types.

use super::judge::follow;
use crate::cases::Level::{Implied, May, Must, Should};
use crate::cases::context::{Context, replace};
use crate::cases::{Case, Outcome, Problem, ensure};
use crate::client::{Answer, Request};
use crate::rows::row;
use serde_json::{Value, json};

const CONFIGURATION: &str = "RFC 7643 5";
const TYPES: &str = "RFC 7643 6";
/// The path of the ServiceProviderConfig.
const PATH: &str = "/ServiceProviderConfig";
/// The values of authenticationSchemes.type.
const SCHEMES: [&str; 5] = ["oauth", "oauth2", "oauthbearertoken", "httpbasic", "httpdigest"];

/// The feature says whether it is supported.
fn states(cx: &Context, feature: &str) -> Outcome {
    let answer = cx.get(PATH);
    let stated = answer.status(200)?.at(&format!("/{feature}/supported")).is_boolean();
    ensure(stated, &answer, format!("{feature}.supported as a boolean"))
}

/// The feature states these numbers.
fn counts(cx: &Context, feature: &str, numbers: &[&str]) -> Outcome {
    states(cx, feature)?;
    let answer = cx.get(PATH);
    for number in numbers {
        let found = answer.at(&format!("/{feature}/{number}"));
        ensure(found.is_u64(), &answer, format!("{feature}.{number} as an integer"))?;
    }
    Ok(())
}

/// No verb changes the document at this path.
pub(super) fn read_only(cx: &Context, path: &str) -> Outcome {
    for method in ["PUT", "PATCH", "POST", "DELETE"] {
        let request = Request::new(method, path);
        let answer = cx.send(&if method == "DELETE" { request } else { request.json(&json!({"schemas": []})) });
        ensure([405, 501].contains(&answer.status), &answer, format!("405 or 501 for {method}"))?;
    }
    Ok(())
}

fn authentication(cx: &Context) -> Outcome {
    let answer = cx.get(PATH);
    let schemes = answer.status(200)?.elements("/authenticationSchemes");
    ensure(!schemes.is_empty(), &answer, "at least one authentication scheme")?;
    for scheme in schemes {
        let described =
            ["name", "description"].iter().all(|name| scheme[*name].as_str().is_some_and(|text| !text.is_empty()));
        let known = scheme["type"].as_str().is_some_and(|kind| SCHEMES.contains(&kind));
        ensure(described && known, &answer, "name, description and a type of the RFC in each scheme")?;
    }
    Ok(())
}

fn addresses_of_documents(cx: &Context) -> Outcome {
    let answer = cx.get(PATH);
    let schemes = answer.status(200)?.elements("/authenticationSchemes").iter();
    let found = schemes.flat_map(|scheme| [&scheme["documentationUri"], &scheme["specUri"]]);
    for uri in found.chain([answer.at("/documentationUri")]).filter(|uri| !uri.is_null()) {
        let fits = uri.as_str().is_some_and(|uri| uri.starts_with("http://") || uri.starts_with("https://"));
        ensure(fits, &answer, format!("an HTTP URL, not {uri}"))?;
    }
    Ok(())
}

/// A feature works where it is advertised, and is refused where it is not.
fn honest(advertised: bool, answer: &Answer, works: bool, feature: &str) -> Outcome {
    if advertised {
        return ensure(works, answer, format!("{feature} that works, as advertised"));
    }
    ensure((400..=501).contains(&answer.status), answer, format!("{feature} refused, as advertised"))
}

fn advertised_is_true(cx: &Context) -> Outcome {
    let configuration = cx.get(PATH);
    let says = |feature: &str| *configuration.at(&format!("/{feature}/supported")) == true;
    let user = cx.user("true")?;
    let patched = cx.patch(&user.path, &json!([replace("title", json!("T"))]));
    honest(says("patch"), &patched, [200, 204].contains(&patched.status), "PATCH")?;
    let found = cx.find("/Users", &format!("userName eq \"{}\"", user.name));
    honest(says("filter"), &found, *found.at("/totalResults") == 1, "filter")?;
    // RFC 7644 section 3.4.2.3 lets a server without sorting ignore the parameter.
    let sorted = cx.get("/Users?sortBy=userName&count=2");
    ensure(sorted.status == 200 || !says("sort"), &sorted, "sort that works, as advertised")?;
    let bulk = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": [{"method": "DELETE", "path": user.path}]});
    let answer = cx.post("/Bulk", &bulk);
    honest(says("bulk"), &answer, answer.status == 200, "Bulk")?;
    if says("etag") {
        let other = cx.user("tagged")?;
        let tag = cx.read(&other)?.header("etag").to_owned();
        let again = cx.send(&Request::new("GET", &other.path).header("If-None-Match", &tag));
        ensure(again.status == 304, &again, "If-None-Match that works, as advertised")?;
    }
    Ok(())
}

/// Every resource type, as the list and as itself.
fn resource_types(cx: &Context) -> Result<Answer, Problem> {
    let answer = cx.get("/ResourceTypes");
    answer.is_list()?;
    ensure(!answer.elements("/Resources").is_empty(), &answer, "at least one resource type")?;
    Ok(answer)
}

/// Every resource type fulfils a condition.
fn each_type(cx: &Context, check: impl Fn(&Answer, &Value) -> Outcome) -> Outcome {
    let list = resource_types(cx)?;
    list.elements("/Resources").iter().try_for_each(|kind| check(&list, kind))
}

fn types_whole(cx: &Context) -> Outcome {
    each_type(cx, |list, kind| {
        let whole = ["name", "endpoint", "schema"].iter().all(|name| kind[*name].is_string());
        ensure(whole, list, "name, endpoint and schema in each resource type")?;
        cx.get(&format!("/ResourceTypes/{}", kind["name"].as_str().unwrap_or_default())).status(200)?;
        Ok(())
    })?;
    read_only(cx, "/ResourceTypes/User")
}

fn extensions_exist(cx: &Context) -> Outcome {
    each_type(cx, |list, kind| {
        for extension in kind["schemaExtensions"].as_array().into_iter().flatten() {
            ensure(extension["required"].is_boolean(), list, "required as a boolean in each extension")?;
            schema_exists(cx, &extension["schema"])?;
        }
        Ok(())
    })
}

/// There is a Schema resource with this id.
pub(super) fn schema_exists(cx: &Context, urn: &Value) -> Outcome {
    let answer = cx.get(&format!("/Schemas/{}", urn.as_str().unwrap_or_default()));
    answer.status(200)?.equals("/id", urn)?;
    Ok(())
}

pub(super) const CASES: &[Case] = &[
    row(CONFIGURATION, Implied, "7643-5-01", "ServiceProviderConfig is read-only", |cx| read_only(cx, PATH)),
    row(CONFIGURATION, Must, "7643-5-02", "patch.supported is there", |cx| states(cx, "patch")),
    row(CONFIGURATION, Must, "7643-5-03", "bulk states support and limits", |cx| {
        counts(cx, "bulk", &["maxOperations", "maxPayloadSize"])
    }),
    row(CONFIGURATION, Must, "7643-5-04", "filter states support and limit", |cx| {
        counts(cx, "filter", &["maxResults"])
    }),
    row(CONFIGURATION, Must, "7643-5-05", "changePassword.supported is there", |cx| states(cx, "changePassword")),
    row(CONFIGURATION, Must, "7643-5-06", "sort.supported is there", |cx| states(cx, "sort")),
    row(CONFIGURATION, Must, "7643-5-07", "etag.supported is there", |cx| states(cx, "etag")),
    row(CONFIGURATION, Must, "7643-5-08", "authenticationSchemes are named and described", authentication),
    row(CONFIGURATION, Should, "7643-5-09", "authenticationSchemes needs no authentication", |cx| {
        let answer = cx.send(&Request::new("GET", PATH).anonymous());
        answer.status(200)?.text_at("/authenticationSchemes/0/type")?;
        Ok(())
    }),
    row(CONFIGURATION, May, "7643-5-10", "documentationUri and specUri are HTTP URLs", addresses_of_documents),
    row(CONFIGURATION, Implied, "7643-5-11", "what is advertised is true", advertised_is_true),
    row(TYPES, Implied, "7643-6-01", "resource types are whole and read-only", types_whole),
    row(TYPES, Implied, "7643-6-02", "the name of a resource type is meta.resourceType", |cx| {
        let list = resource_types(cx)?;
        for resource in [cx.user("type")?, cx.group("type", &[])?] {
            list.element("/Resources", "name", &resource.body["meta"]["resourceType"])?;
        }
        Ok(())
    }),
    row(TYPES, Must, "7643-6-03", "the schema of a resource type is there", |cx| {
        each_type(cx, |_, kind| schema_exists(cx, &kind["schema"]))
    }),
    row(TYPES, Must, "7643-6-04", "the extensions of a resource type are there", extensions_exist),
    row(TYPES, May, "7643-6-06", "an extension that is not required may be absent", |cx| cx.user("plain").map(drop)),
    row(TYPES, Implied, "7643-6-07", "the endpoint of a resource type is relative to the base URL", |cx| {
        each_type(cx, |list, kind| {
            let endpoint = kind["endpoint"].as_str().unwrap_or_default();
            ensure(endpoint.starts_with('/'), list, format!("a relative endpoint, not {endpoint:?}"))?;
            cx.get(&format!("{endpoint}?count=1")).status(200)?;
            Ok(())
        })
    }),
    row(TYPES, Implied, "7643-6-08", "a resource type has meta with its place", |cx| {
        each_type(cx, |list, kind| {
            ensure(kind["meta"]["resourceType"] == "ResourceType", list, "meta.resourceType ResourceType")?;
            follow(cx, &kind["meta"]["location"])?.status(200)?.equals("/name", &kind["name"])?;
            Ok(())
        })
    }),
];
