//! HTTP itself: credentials, routes, methods, media types, sizes and broken bodies (RFC 7644 sections 2, 3.8, 3.12).

use super::context::USER;
use super::{Applies, Case, Check, Context, Outcome, ensure};
use crate::client::Request;
use serde_json::json;

const fn every(id: &'static str, title: &'static str, run: Check) -> Case {
    Case::new("HTTP", Applies::Every, id, title, run)
}

/// A POST of these bytes as SCIM.
fn post(cx: &Context, body: impl Into<Vec<u8>>) -> crate::client::Answer {
    cx.send(&Request::new("POST", "/Users").header("Content-Type", "application/scim+json").bytes(body))
}

fn user(cx: &Context, stem: &str) -> String {
    json!({"schemas": [USER], "userName": cx.mail(stem)}).to_string()
}

/// A method that the path does not know is a 405 that says which it knows.
fn method_refused(cx: &Context, method: &str, path: &str, known: &str) -> Outcome {
    let request = Request::new(method, path);
    let answer = cx.send(&if method == "DELETE" { request } else { request.json(&json!({})) });
    answer.error(405, "")?;
    let allowed = answer.header("allow");
    ensure(allowed.split(',').any(|name| name.trim() == known), &answer, format!("Allow with {known}"))
}

pub(super) const CASES: &[Case] = &[
    every("rule-401", "no credential and a bad one are a 401 with a challenge", |cx| {
        let bare = cx.send(&Request::new("GET", "/Users").anonymous());
        let bad = cx.send(&Request::new("GET", "/Users").authorization("Bearer no-such-token"));
        for answer in [&bare, &bad] {
            answer.error(401, "")?;
            let challenge = answer.header("www-authenticate");
            ensure(challenge.to_lowercase().starts_with("bearer"), answer, "WWW-Authenticate: Bearer")?;
        }
        ensure(bad.header("www-authenticate").contains("invalid_token"), &bad, "error=\"invalid_token\"")?;
        cx.send(&Request::new("POST", "/Users").json(&cx.user_body("never")).anonymous()).error(401, "")?;
        cx.finds("/Users", &format!("userName eq \"{}\"", cx.mail("never")), &[])
    }),
    every("rule-404-route", "an unknown route is a 404 with an Error", |cx| {
        for path in ["/Nothing", "/users", "/Users/a/b", "/Groups/x/members"] {
            cx.get(path).error(404, "")?;
        }
        Ok(())
    }),
    every("rule-404-other-type", "an id of another type is a 404", |cx| {
        let (user, group) = (cx.user("kind")?, cx.group("kind", &[])?);
        cx.get(&format!("/Groups/{}", user.id)).error(404, "")?;
        cx.get(&format!("/Users/{}", group.id)).error(404, "")
    }),
    every("rule-404-odd-ids", "odd ids are refused, never a fault", |cx| {
        for id in ["%2e%2e", "%00", "%F0%9F%98%80", "a%2Fb", "'%20or%201=1--", &"x".repeat(3000)] {
            let answer = cx.get(&format!("/Users/{id}"));
            ensure([400, 404, 414].contains(&answer.status), &answer, "a refusal")?;
        }
        Ok(())
    }),
    every("rule-405", "a method the path does not know is a 405 with Allow", |cx| {
        let user = cx.user("method")?;
        method_refused(cx, "PUT", "/Users", "POST")?;
        method_refused(cx, "DELETE", "/Groups", "GET")?;
        method_refused(cx, "POST", &user.path, "PATCH")?;
        method_refused(cx, "POST", "/Schemas", "GET")
    }),
    every("rule-413", "a body above the limit is a 413, also for a client that writes first", |cx| {
        let long = json!({"schemas": [USER], "userName": cx.mail("long"), "title": "x".repeat(2 << 20)});
        post(cx, long.to_string()).error(413, "")?;
        post(cx, vec![b' '; 20 << 20]).error(413, "")?;
        cx.finds("/Users", &format!("userName eq \"{}\"", cx.mail("long")), &[])
    }),
    every("rule-413-groups", "a body of a group may be larger than one of a user", |cx| {
        let member = cx.user("large")?;
        let members = vec![json!({"value": member.id, "display": "x".repeat(200)}); 10_000];
        let body = json!({"schemas": [super::context::GROUP], "displayName": cx.name("large"), "members": members});
        let group = cx.make("/Groups", &body)?;
        cx.holds(&group, &[&member])
    }),
    every("rule-415", "another media type is a 415", |cx| {
        for kind in ["text/plain", "application/xml", "application/x-www-form-urlencoded"] {
            cx.send(&Request::new("POST", "/Users").header("Content-Type", kind).bytes(user(cx, "kind")))
                .error(415, "")?;
        }
        Ok(())
    }),
    every("rule-content-types", "SCIM and JSON in any case, with parameters, or none", |cx| {
        let kinds = [
            "application/json",
            "APPLICATION/SCIM+JSON",
            "application/scim+json; charset=utf-8",
            "application/json;charset=UTF-8",
        ];
        for (step, kind) in kinds.into_iter().enumerate() {
            let body = user(cx, &format!("kind{step}"));
            cx.send(&Request::new("POST", "/Users").header("Content-Type", kind).bytes(body)).status(201)?;
        }
        cx.send(&Request::new("POST", "/Users").bytes(user(cx, "none"))).status(201)?;
        Ok(())
    }),
    every("rule-accept", "no usual Accept is refused, and the answer is SCIM's type", |cx| {
        for accept in [
            "*/*",
            "application/*",
            "application/scim+json; charset=utf-8",
            "application/json;q=0.5, application/scim+json",
        ] {
            let answer = cx.send(&Request::new("GET", "/Users?count=1").header("Accept", accept));
            answer.status(200)?;
            ensure(
                answer.header("content-type").starts_with("application/scim+json"),
                &answer,
                "application/scim+json",
            )?;
        }
        cx.send(&Request::new("GET", "/Users?count=1").header("Accept", "text/json")).status(200)?;
        Ok(())
    }),
    every("rule-bad-json", "broken bodies are refused, never a fault", |cx| {
        let deep = format!("{{\"userName\":{}1{}}}", "[".repeat(20_000), "]".repeat(20_000));
        let twice = "{\"userName\":\"a\",\"USERNAME\":\"b\"}".to_owned();
        for body in [
            "",
            "[]",
            "null",
            "\"text\"",
            "{\"userName\":\"a\"} x",
            "{\"userName\":\"a\",}",
            "{userName:1}",
            &twice,
            &deep,
        ] {
            post(cx, body).error(400, "")?;
        }
        post(cx, b"{\"userName\":\"\xe9\"}".to_vec()).error(400, "invalidSyntax")?;
        post(cx, "{\"userName\":\"\\ud800\"}").error(400, "")
    }),
    every("rule-bad-escape", "a broken escape in the query is refused", |cx| {
        let answer = cx.get("/Users?filter=userName%20eq%20%22%zz%22");
        answer.error(400, "")
    }),
    every("rule-me", "a token without a user has no /Me", |cx| {
        let answer = cx.get("/Me");
        let status = answer.status;
        ensure([404, 501].contains(&status), &answer, "404 or 501")?;
        answer.error(status, "")
    }),
];
