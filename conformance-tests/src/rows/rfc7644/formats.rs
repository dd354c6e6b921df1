//! Media types, and /Me (RFC 7644 sections 3.8 and 3.11).

use super::{implied, may, must, offered, same, should, skip};
use crate::cases::{Case, Context, Outcome, Profile, ensure};
use crate::client::{Answer, Request};
use crate::rows::LENIENT;
use serde_json::json;

const FORMATS: &str = "RFC 7644 3.8";
const ME: &str = "RFC 7644 3.11";

fn accepting(cx: &Context, accept: &str) -> Answer {
    cx.send(&Request::new("GET", "/Users?count=1").header("Accept", accept))
}

/// The answer to this Accept is a list of this type.
fn answered_as(cx: &Context, accept: &str, wanted: &str) -> Outcome {
    let answer = accepting(cx, accept);
    answer.is_list()?;
    let kind = answer.header("content-type").split(';').next().unwrap_or_default().trim().to_lowercase();
    ensure(kind == wanted, &answer, format!("Content-Type {wanted}"))
}

const SCIM: &str = "application/scim+json";

pub(super) const CASES: &[Case] = &[
    must(FORMATS, "7644-3.8-01", "bodies are JSON in UTF-8", |cx| {
        let post = |body: Vec<u8>| cx.send(&Request::new("POST", "/Users").header("Content-Type", SCIM).bytes(body));
        let mut body = cx.user_body("caf\u{e9}").to_string().into_bytes();
        post(body.clone()).status(201)?.equals("/userName", &json!(cx.mail("caf\u{e9}")))?;
        body.retain(|byte| *byte != 0xc3);
        let broken = post(body);
        if cx.profile() == Profile::Rfc && broken.status == 201 {
            skip(LENIENT)
        } else {
            broken.error(400, "invalidSyntax")
        }
    }),
    must(FORMATS, "7644-3.8-02", "application/scim+json is answered", |cx| answered_as(cx, SCIM, SCIM)),
    should(FORMATS, "7644-3.8-03", "application/json is answered", |cx| {
        accepting(cx, "application/json").is_list()?;
        same(cx, &["rfc-json-only", "rule-json-only"])
    }),
    implied(FORMATS, "7644-3.8-04", "without a wish the answer is application/scim+json", |cx| {
        for accept in ["*/*", "application/*"] {
            answered_as(cx, accept, SCIM)?;
        }
        let answer = cx.get("/Users?count=1");
        ensure(answer.header("content-type").starts_with(SCIM), &answer, SCIM)
    }),
    implied(FORMATS, "7644-3.8-05", "weights and parameters in Accept are read", |cx| {
        answered_as(cx, "application/json;q=0.5, application/scim+json", SCIM)?;
        answered_as(cx, "application/scim+json; charset=utf-8", SCIM)?;
        answered_as(cx, "text/html;q=0.9, application/scim+json;q=0.1", SCIM)
    }),
    implied(FORMATS, "7644-3.8-06", "a type that cannot be answered is a 406 or SCIM's own", |cx| {
        let answer = accepting(cx, "text/html");
        if answer.status == 406 { answer.error(406, "") } else { answer.is_list().map(drop) }
    }),
    implied(FORMATS, "7644-3.8-07", "both JSON types are read, others are a 415", |cx| {
        same(cx, &["rule-content-types", "rule-415"])
    }),
    may(FORMATS, "7644-3.8-08", "a suffix .scim is understood", |cx| {
        let user = cx.user("suffix")?;
        let answer = offered(cx.get(&format!("{}.scim", user.path)))?;
        answer.status(200)?.equals("/id", &json!(user.id))?;
        Ok(())
    }),
    should(ME, "7644-3.11-01", "/Me is a 501 where it is not supported", |cx| {
        let answer = cx.get("/Me");
        match answer.status {
            200 | 308 => skip("the token stands for a person"),
            _ => answer.error(501, ""),
        }
    }),
    may(ME, "7644-3.11-02", "/Me may lead to the permanent address", |cx| {
        let answer = cx.get("/Me");
        if answer.status != 308 {
            return skip("the server does not redirect /Me");
        }
        ensure(answer.header("location").contains("/Users/"), &answer, "Location of a user")
    }),
    implied(ME, "7644-3.11-05", "a token without a person has no /Me", |cx| {
        let answer = cx.get("/Me");
        match answer.status {
            200 | 308 => skip("the token stands for a person"),
            404 => answer.error(404, ""),
            _ => answer.error(501, ""),
        }
    }),
    may(ME, "7644-3.11-06", "nobody registers themselves unless it is allowed", |cx| {
        let answer = cx.send(&Request::new("POST", "/Me").json(&cx.user_body("self")).anonymous());
        let status = answer.status;
        ensure([401, 403, 404, 405, 501].contains(&status), &answer, "a refusal")?;
        answer.error(status, "")?;
        cx.finds("/Users", &format!("userName eq \"{}\"", cx.mail("self")), &[])
    }),
];
