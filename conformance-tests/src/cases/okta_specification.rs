//! Okta's SPEC test as a list (rows O-T1 to O-T10), with the headers that its steps send.

use super::{Applies, Case, Check, Context, Problem, Resource, ensure};
use crate::client::{Answer, Request, encode};
use serde_json::{Value, json};
use std::time::Duration;

const fn row(id: &'static str, title: &'static str, run: Check) -> Case {
    Case::new("Okta SPEC test", Applies::Lenient, id, title, run)
}

fn get(cx: &Context, target: &str) -> Answer {
    let request = Request::new("GET", target).header("Accept", "application/scim+json");
    cx.send(&request.header("Content-Type", "application/scim+json; charset=utf-8").header("Accept-Charset", "utf-8"))
}

fn post(cx: &Context, body: &Value) -> Answer {
    let request = Request::new("POST", "/Users").header("Content-Type", "application/json");
    cx.send(&request.header("Accept", "application/scim+json; charset=utf-8").bytes(body.to_string()))
}

fn minimal(cx: &Context) -> Value {
    let mut body = cx.user_body("SpecTest");
    body["userName"] = json!(cx.mail("spectest"));
    body
}

fn created(cx: &Context) -> Result<(Resource, Answer), Problem> {
    let answer = post(cx, &minimal(cx));
    answer.status(201)?.text_at("/id")?;
    let id = answer.at("/id").as_str().unwrap_or_default().to_owned();
    let user = Resource { path: format!("/Users/{id}"), id, name: cx.mail("spectest"), body: answer.json.clone() };
    Ok((user, answer))
}

/// The values that the test wants of every user, at this place of the answer.
fn whole_user(answer: &Answer, place: &str) -> Result<(), Problem> {
    for member in ["id", "name/familyName", "name/givenName", "userName", "emails/0/value"] {
        answer.text_at(&format!("{place}/{member}"))?;
    }
    ensure(answer.at(&format!("{place}/active")).is_boolean(), answer, "active as a boolean")
}

pub(super) const CASES: &[Case] = &[
    row("O-T1", "the first user of the list is whole", |cx| {
        created(cx)?;
        let answer = get(cx, "/Users?count=1&startIndex=1");
        answer.is_list()?.equals("/itemsPerPage", &json!(1))?;
        whole_user(&answer, "/Resources/0")
    })
    .alone(),
    row("O-T2", "a user of the list by its id", |cx| {
        let (user, _) = created(cx)?;
        let answer = get(cx, &user.path);
        answer.status(200)?.equals("/id", &json!(user.id))?;
        whole_user(&answer, "")
    }),
    row("O-T3", "unknown names give empty lists", |cx| {
        for stem in ["invalid", "random"] {
            let filter = encode(&format!("userName eq \"{}\"", cx.mail(stem)));
            get(cx, &format!("/Users?filter={filter}")).list(0)?;
        }
        Ok(())
    }),
    row("O-T4", "unknown ids are 404 with status and detail", |cx| {
        for id in ["010101001010101011001010101011", "00919288221112222"] {
            get(cx, &format!("/Users/{id}")).error(404, "")?;
        }
        Ok(())
    }),
    row("O-T5", "a minimal create", |cx| {
        let (user, answer) = created(cx)?;
        answer.equals("/active", &json!(true))?.equals("/userName", &json!(user.name))?;
        answer.equals("/name", &json!({"givenName": "Given", "familyName": "Family"}))?;
        let core = json!("urn:ietf:params:scim:schemas:core:2.0:User");
        ensure(answer.elements("/schemas").contains(&core), &answer, "the core schema in schemas")?;
        whole_user(&answer, "")
    }),
    row("O-T6", "the new user reads as it was made", |cx| {
        let (user, made) = created(cx)?;
        let answer = get(cx, &user.path);
        answer.status(200)?;
        ensure(answer.json == made.json, &answer, "the same resource as the 201 held")
    }),
    row("O-T7", "the same create again is a 409", |cx| {
        created(cx)?;
        post(cx, &minimal(cx)).error(409, "uniqueness")
    }),
    row("O-T8", "the name in capitals is found", |cx| {
        let (user, _) = created(cx)?;
        let filter = encode(&format!("userName eq \"{}\"", user.name.to_uppercase()));
        get(cx, &format!("/Users?filter={filter}")).list(1)?.equals("/Resources/0/id", &json!(user.id))?;
        Ok(())
    }),
    row("O-T9", "the list of groups within 600 ms", |cx| {
        let answer = get(cx, "/Groups");
        answer.is_list()?;
        ensure(answer.elapsed < Duration::from_millis(600), &answer, "an answer within 600 ms")
    })
    .should()
    .alone(),
    row("O-T10", "a credential of no kind is a 401 with an Error", |cx| {
        let request = Request::new("GET", "/Users?count=1&startIndex=1").authorization("non-token");
        cx.send(&request.header("Accept", "application/scim+json")).error(401, "")
    }),
];
