//! Errors, and the version of the protocol (RFC 7644 sections 3.12 and 3.13).

use super::{implied, must, skip};
use crate::cases::context::{ENTERPRISE, USER, add, remove, replace};
use crate::cases::{Case, Context, Outcome, Problem, Profile, ensure};
use crate::client::{Answer, Request};
use serde_json::json;

const ERRORS: &str = "RFC 7644 3.12";
const VERSION: &str = "RFC 7644 3.13";

/// The values of table 9 and those of RFC 9865.
const KINDS: &[&str] = &[
    "invalidFilter",
    "tooMany",
    "uniqueness",
    "mutability",
    "invalidSyntax",
    "invalidPath",
    "noTarget",
    "invalidValue",
    "invalidVers",
    "sensitive",
    "invalidCursor",
    "expiredCursor",
    "invalidCount",
];

/// One refusal of each status that a client can bring about, with that status.
fn refusals(cx: &Context) -> Result<Vec<(u16, Answer)>, Problem> {
    let user = cx.user("refusals")?;
    let typed = |kind: &str| Request::new("POST", "/Users").header("Content-Type", kind);
    Ok(vec![
        (400, cx.find("/Users", "userName eq")),
        (400, cx.send(&typed("application/scim+json").bytes("{"))),
        (400, cx.patch(&user.path, &json!([replace("id", json!("x"))]))),
        (401, cx.send(&Request::new("GET", "/Users").anonymous())),
        (401, cx.send(&Request::new("GET", "/Users").authorization("Bearer no-such-token"))),
        (404, cx.get("/Users/no-such-user")),
        (404, cx.get("/no-such-endpoint")),
        (405, cx.put("/Users", &json!({}))),
        (409, cx.post("/Users", &json!({"schemas": [USER], "userName": user.name}))),
        (412, cx.send(&Request::new("DELETE", &user.path).header("If-Match", "W/\"no-such-version\""))),
        (413, cx.send(&typed("application/scim+json").bytes(vec![b' '; 20 << 20]))),
        (415, cx.send(&typed("text/plain").bytes("text"))),
    ])
}

/// Every refusal passes this.
fn each(cx: &Context, check: fn(u16, &Answer) -> Outcome) -> Outcome {
    refusals(cx)?.iter().try_for_each(|(status, answer)| check(*status, answer))
}

/// A SCIM Error of whatever status; what a server may leave undone (methods, versions, sizes, types) may also succeed.
fn scim_error(wanted: u16, answer: &Answer) -> Outcome {
    let optional = [405, 412, 413, 415].contains(&wanted);
    if optional && answer.status < 400 { Ok(()) } else { answer.error(answer.status, "") }
}

/// One request for each value of table 9 that a client can bring about everywhere.
fn kinds(cx: &Context) -> Outcome {
    let user = cx.user("kinds")?;
    let patch = |operation| cx.patch(&user.path, &json!([operation]));
    cx.find("/Users", "userName eq").error(400, "invalidFilter")?;
    cx.post("/Users", &json!({"schemas": [USER], "userName": user.name})).error(409, "uniqueness")?;
    patch(replace("id", json!("x"))).error(400, "mutability")?;
    cx.send(&Request::new("POST", "/Users").header("Content-Type", "application/scim+json").bytes("{"))
        .error(400, "invalidSyntax")?;
    patch(replace("name..givenName", json!("x"))).error(400, "invalidPath")?;
    patch(json!({"op": "remove"})).error(400, "noTarget")?;
    cx.post("/Users", &json!({"schemas": [USER]})).error(400, "invalidValue")?;
    if cx.profile() == Profile::Rfc {
        patch(replace("emails[type eq \"fax\"].value", json!("x@example.org"))).error(400, "noTarget")?;
        patch(add("favouriteColour", json!("x"))).error(400, "invalidPath")?;
    }
    patch(remove(&format!("{ENTERPRISE}:department"))).sound()?;
    Ok(())
}

/// The segment before the endpoint of a location, as in `v2` of `https://host/scim/v2/Users/1`.
fn version_segment(cx: &Context) -> Outcome {
    let user = cx.user("version")?;
    let answer = cx.read(&user)?;
    let location = answer.at("/meta/location").as_str().unwrap_or_default();
    let base = location.strip_suffix(user.path.as_str()).unwrap_or_default();
    let versions = base.split('/').filter(|part| is_version(part)).count();
    match versions {
        0 => skip("the base URL names no version"),
        _ => ensure(base.ends_with("/v2"), &answer, "v2 just before the endpoint"),
    }
}

fn is_version(part: &str) -> bool {
    part.strip_prefix('v').is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

pub(super) const CASES: &[Case] = &[
    must(ERRORS, "7644-3.12-01", "every error is a SCIM Error", |cx| each(cx, scim_error)),
    implied(ERRORS, "7644-3.12-02", "scimType is one of the published values", |cx| {
        each(cx, |_, answer| {
            let kind = answer.at("/scimType");
            let known = kind.is_null() || kind.as_str().is_some_and(|kind| KINDS.contains(&kind));
            ensure(known, answer, "a scimType of the RFC, or none")
        })
    }),
    implied(ERRORS, "7644-3.12-03", "each scimType is used for what it means", kinds),
    implied(ERRORS, "7644-3.12-04", "each status is used for what it means", |cx| {
        each(cx, |status, answer| answer.status(status).map(drop))
    }),
    implied(ERRORS, "7644-3.12-06", "the body's status is that of HTTP", |cx| {
        each(cx, |_, answer| answer.equals("/status", &json!(answer.status.to_string())).map(drop))
    }),
    implied(ERRORS, "7644-3.12-07", "an error is application/scim+json", |cx| {
        each(cx, |_, answer| {
            let kind = answer.header("content-type");
            ensure(kind.starts_with("application/scim+json"), answer, "application/scim+json")
        })
    }),
    must(VERSION, "7644-3.13-01", "a version stands just before the endpoint", version_segment),
];

#[cfg(test)]
mod tests {
    use super::is_version;

    #[test]
    fn a_version_is_a_v_and_a_number() {
        assert!(is_version("v2") && is_version("v10"));
        assert!(!is_version("v") && !is_version("v2x") && !is_version("2") && !is_version("vx"));
    }
}
