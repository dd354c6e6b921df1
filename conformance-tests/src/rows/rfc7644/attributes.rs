//! Projection of answers, and how attributes are written (RFC 7644 sections 3.9 and 3.10).

use super::{implied, must, same, should, with};
use crate::cases::context::{ENTERPRISE, USER, enterprise, qualified, replace};
use crate::cases::{Case, Context, Outcome, Problem, Resource, ensure};
use crate::client::{Answer, encode};
use serde_json::json;

const PROJECTION: &str = "RFC 7644 3.9";
const NOTATION: &str = "RFC 7644 3.10";

/// A user with an extension.
fn subject(cx: &Context) -> Result<Resource, Problem> {
    cx.user_with("subject", json!({ENTERPRISE: {"department": "D", "division": "V"}}))
}

fn only(cx: &Context, user: &Resource, names: &str) -> Answer {
    cx.get(&format!("{}?attributes={}", user.path, encode(names)))
}

fn without(cx: &Context, user: &Resource, names: &str) -> Answer {
    cx.get(&format!("{}?excludedAttributes={}", user.path, encode(names)))
}

/// The answer has exactly these members.
fn holds_only(answer: &Answer, names: &[&str]) -> Outcome {
    answer.status(200)?;
    let mut found: Vec<&str> = answer.json.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    let mut wanted = names.to_vec();
    found.sort_unstable();
    wanted.sort_unstable();
    ensure(found == wanted, answer, format!("exactly the members {wanted:?}"))
}

fn writes_and_searches(cx: &Context) -> Outcome {
    let user = cx.user("write")?;
    let body = with(cx.user_body("write"), &json!({"title": "T"}));
    holds_only(&cx.put(&format!("{}?attributes=userName", user.path), &body), &["id", "schemas", "userName"])?;
    let change = json!([replace("title", json!("U"))]);
    holds_only(&cx.patch(&format!("{}?attributes=title", user.path), &change), &["id", "schemas", "title"])?;
    let answer = cx.post("/Users?attributes=userName", &cx.user_body("other"));
    answer.status(201)?.present("/id")?.present("/userName")?.absent("/emails")?.absent("/displayName")?;
    same(cx, &["rule-patch-projection", "rule-search-type"])
}

fn extension_names(cx: &Context) -> Outcome {
    let user = subject(cx)?;
    let whole = json!({"department": "D", "division": "V"});
    let answer = only(cx, &user, ENTERPRISE);
    answer.status(200)?.equals(&enterprise(""), &whole)?.absent("/userName")?;
    only(cx, &user, &qualified("department")).equals(&enterprise(""), &json!({"department": "D"}))?;
    without(cx, &user, &qualified("department")).equals(&enterprise(""), &json!({"division": "V"}))?;
    without(cx, &user, ENTERPRISE).status(200)?.absent(&enterprise(""))?.present("/userName")?;
    only(cx, &user, &format!("{USER}:userName")).equals("/userName", &json!(user.name))?;
    Ok(())
}

fn parts_taken_away(cx: &Context) -> Outcome {
    let user = subject(cx)?;
    let answer = without(cx, &user, "name.givenName");
    answer.status(200)?.equals("/name", &json!({"familyName": "Family"}))?.present("/emails")?;
    let group = cx.group("members", &[&user])?;
    let filter = encode(&format!("displayName eq \"{}\"", group.name));
    let answer = cx.get(&format!("/Groups?filter={filter}&excludedAttributes=members"));
    answer.list(1)?.absent("/Resources/0/members")?.present("/Resources/0/displayName")?;
    Ok(())
}

/// The names of one attribute in capitals, in a filter, a projection and a path.
fn notation(cx: &Context) -> Outcome {
    let user = subject(cx)?;
    let shouted = format!("{USER}:name.givenName").to_uppercase();
    cx.finds("/Users", &format!("id eq \"{}\" and {shouted} eq \"Given\"", user.id), &[&user])?;
    only(cx, &user, &shouted).equals("/name", &json!({"givenName": "Given"}))?;
    cx.patch_user(&user, &json!([replace(&shouted, json!("New"))]))?.equals("/name/givenName", &json!("New"))?;
    Ok(())
}

fn qualified_everywhere(cx: &Context) -> Outcome {
    let user = subject(cx)?;
    let department = qualified("department");
    cx.finds("/Users", &format!("id eq \"{}\" and {department} eq \"D\"", user.id), &[&user])?;
    let now = cx.patch_user(&user, &json!([replace(&department, json!("E"))]))?;
    now.equals(&enterprise("/department"), &json!("E"))?;
    only(cx, &user, &department).equals(&enterprise(""), &json!({"department": "E"}))?;
    Ok(())
}

pub(super) const CASES: &[Case] = &[
    must(PROJECTION, "7644-3.9-01", "attributes gives what is always there and what it names", |cx| {
        let user = subject(cx)?;
        holds_only(&only(cx, &user, "userName"), &["id", "schemas", "userName"])
    }),
    must(PROJECTION, "7644-3.9-02", "excludedAttributes takes away what it names", |cx| {
        let user = subject(cx)?;
        cx.read(&user)?.present("/emails")?;
        let answer = without(cx, &user, "emails");
        let mut rest = user.body.clone();
        rest.as_object_mut().map(|members| members.remove("emails"));
        ensure(answer.status(200)?.json == rest, &answer, "everything but emails")
    }),
    implied(PROJECTION, "7644-3.9-03", "both at once are refused", |cx| {
        cx.get("/Users?attributes=userName&excludedAttributes=emails").error(400, "invalidValue")
    }),
    implied(PROJECTION, "7644-3.9-04", "a part of an attribute can be named", |cx| {
        let user = subject(cx)?;
        let answer = only(cx, &user, "name.givenName,emails.value");
        answer.status(200)?.equals("/name", &json!({"givenName": "Given"}))?;
        answer.equals("/emails", &json!([{"value": cx.mail("subject")}]))?;
        Ok(())
    }),
    implied(PROJECTION, "7644-3.9-05", "a part of an attribute can be taken away", parts_taken_away),
    implied(PROJECTION, "7644-3.9-06", "an extension and its attributes are named by schema", extension_names),
    implied(PROJECTION, "7644-3.9-07", "names are read in any case, unknown ones ignored", |cx| {
        let user = subject(cx)?;
        holds_only(&only(cx, &user, "USERNAME,foo"), &["id", "schemas", "userName"])?;
        without(cx, &user, "EMAILS,foo").status(200)?.absent("/emails")?.present("/userName")?;
        Ok(())
    }),
    implied(PROJECTION, "7644-3.9-09", "what is never returned does not come though named", |cx| {
        let user = cx.user_with("secret", json!({"password": "uT7!xk29fQ"}))?;
        only(cx, &user, "password,userName").status(200)?.absent("/password")?.present("/userName")?;
        Ok(())
    }),
    implied(
        PROJECTION,
        "7644-3.9-10",
        "answers to POST, PUT, PATCH and .search are projected too",
        writes_and_searches,
    ),
    implied(NOTATION, "7644-3.10-01", "schema, name and part are read in any case", notation),
    should(NOTATION, "7644-3.10-02", "an extension's attributes are known by their full names", qualified_everywhere),
];
