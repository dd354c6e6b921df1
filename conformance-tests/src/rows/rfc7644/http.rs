//! URLs, credentials, messages, endpoints and methods (RFC 7644 sections 1, 2, 3.1 and 3.2).

use super::{implied, may, must, same, shall, shall_not, should, skip};
use crate::cases::context::{GROUP, PATCH_OP, USER};
use crate::cases::{Case, Context, Outcome, Profile, ensure};
use crate::client::Request;
use serde_json::{Value, json};

const URLS: &str = "RFC 7644 1";
const ACCESS: &str = "RFC 7644 2";
const BACKGROUND: &str = "RFC 7644 3.1";
const ENDPOINTS: &str = "RFC 7644 3.2";
const MESSAGES: &str = "urn:ietf:params:scim:api:messages:2.0:";

/// All addresses that the server gives begin alike, whatever it calls itself.
fn one_base(cx: &Context) -> Outcome {
    let user = cx.user("base")?;
    let answer = cx.read(&user)?;
    let location = answer.ends("/meta/location", &user.path)?.at("/meta/location").as_str().unwrap_or_default();
    let base = location.strip_suffix(user.path.as_str()).unwrap_or_default();
    ensure(base.contains("://"), &answer, "an absolute meta.location")?;
    for path in ["/ServiceProviderConfig", "/ResourceTypes/User"] {
        cx.get(path).status(200)?.equals("/meta/location", &json!(format!("{base}{path}")))?;
    }
    Ok(())
}

/// A token without a signature (RFC 7519 section 6): who accepts it accepts anybody.
fn unsigned_token(cx: &Context) -> Outcome {
    let token = "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiIsInNjb3BlIjoic2NpbSJ9.";
    cx.send(&Request::new("GET", "/Users").authorization(token)).error(401, "")
}

fn without_basic(cx: &Context) -> Outcome {
    let answer = cx.get("/ServiceProviderConfig");
    let schemes = answer.status(200)?.elements("/authenticationSchemes");
    if schemes.iter().any(|scheme| scheme["type"] == json!("httpbasic")) {
        return skip("the server offers Basic");
    }
    cx.send(&Request::new("GET", "/Users").authorization("Basic YWRtaW46YWRtaW4=")).error(401, "")
}

fn message_schemas(cx: &Context) -> Outcome {
    let list = cx.get("/Users?count=1");
    let error = cx.get("/Users/no-such-user");
    for (answer, name) in [(&list, "ListResponse"), (&error, "Error")] {
        answer.equals("/schemas", &json!([format!("{MESSAGES}{name}")]))?;
    }
    Ok(())
}

fn undiscoverable_messages(cx: &Context) -> Outcome {
    let answer = cx.get("/Schemas");
    answer.is_list()?;
    let message = answer.column("/id").iter().any(|id| id.to_lowercase().starts_with("urn:ietf:params:scim:api:"));
    ensure(!message, &answer, "no schema of a message")?;
    cx.get(&format!("/Schemas/{PATCH_OP}")).error(404, "")
}

fn media_types(cx: &Context) -> Outcome {
    let user = cx.user("type")?;
    for path in [user.path.as_str(), "/Users?count=1", "/Users/no-such-user", "/ServiceProviderConfig"] {
        let answer = cx.get(path);
        let kind = answer.header("content-type");
        ensure(kind.starts_with("application/scim+json"), &answer, "application/scim+json")?;
    }
    Ok(())
}

/// A GET's body goes back as it is, read-only members and all.
fn body_sent_back(cx: &Context) -> Outcome {
    let user = cx.user("back")?;
    cx.group("back", &[&user])?;
    let whole = cx.read(&user)?;
    cx.put(&user.path, &whole.json).status(200)?.equals("/id", &json!(user.id))?.counts("/groups", 1)?;
    Ok(())
}

/// What the server chose itself is in the answer, not what was sent.
fn answers_what_it_holds(cx: &Context) -> Outcome {
    let mut body = cx.user_body("held");
    body["id"] = json!("mine");
    body["meta"] = json!({"resourceType": "Group", "created": "2001-01-01T00:00:00Z"});
    let user = cx.make("/Users", &body)?;
    ensure(user.id != "mine", &cx.read(&user)?, "an id of the server's own")?;
    let now = cx.read(&user)?;
    now.equals("/userName", &json!(cx.mail("held")))?.equals("/meta/resourceType", &json!("User"))?;
    ensure(now.json == user.body, &now, "what the 201 held")
}

/// The methods of tables 1 and 2, where the others are checked by their own rows.
fn methods(cx: &Context) -> Outcome {
    let (user, group) = (cx.user("matrix")?, cx.group("matrix", &[])?);
    for path in ["/Users", "/Groups", &user.path, &group.path, "/ServiceProviderConfig", "/ResourceTypes", "/Schemas"] {
        cx.get(path).status(200)?;
    }
    for endpoint in ["/Users", "/Groups", ""] {
        let search = json!({"schemas": [format!("{MESSAGES}SearchRequest")], "count": 0});
        cx.post(&format!("{endpoint}/.search"), &search).status(200)?;
    }
    let change = json!([{"op": "replace", "path": "displayName", "value": cx.name("new")}]);
    for (resource, schema, name) in [(&user, USER, "userName"), (&group, GROUP, "displayName")] {
        let body = json!({"schemas": [schema], name: resource.name});
        cx.put(&resource.path, &body).status(200)?;
        let answer = cx.patch(&resource.path, &change);
        ensure([200, 204].contains(&answer.status), &answer, "200 or 204")?;
        cx.delete(&resource.path).status(204)?;
    }
    Ok(())
}

fn followed_types(cx: &Context) -> Outcome {
    let answer = cx.get("/ResourceTypes");
    answer.is_list()?.element("/Resources", "name", &json!("User"))?;
    for endpoint in answer.column("/endpoint") {
        cx.get(&format!("{endpoint}?count=0")).is_list()?;
    }
    let plural = |kind: &Value| kind["endpoint"] == json!(format!("/{}s", kind["name"].as_str().unwrap_or_default()));
    let right = answer.elements("/Resources").iter().filter(|kind| kind["name"] != json!("Me")).all(plural);
    ensure(right, &answer, "endpoints that are the plural of the name")
}

pub(super) const CASES: &[Case] = &[
    must(URLS, "7644-1-01", "escapes in the query are decoded once", |cx| {
        let name = format!("a+b.%25.{}@example.org", cx.tag());
        let user = cx.user_with("escape", json!({"userName": name}))?;
        cx.finds("/Users", &format!("userName eq \"{name}\""), &[&user])?;
        // The RFC does not say what becomes of a query that is none.
        if cx.profile() == Profile::Rfc { Ok(()) } else { same(cx, &["rule-bad-escape"]) }
    }),
    implied(URLS, "7644-1-02", "a plus in the query is a space", |cx| same(cx, &["rule-query-plus"])),
    implied(URLS, "7644-1-04", "all addresses given begin with one base", one_base),
    shall(ACCESS, "7644-2-01", "a 401 names the schemes that work", |cx| {
        let answer = cx.send(&Request::new("GET", "/Users").anonymous());
        ensure(!answer.status(401)?.header("www-authenticate").is_empty(), &answer, "WWW-Authenticate")?;
        if cx.profile() == Profile::Rfc { Ok(()) } else { same(cx, &["rule-401"]) }
    }),
    implied(ACCESS, "7644-2-02", "a bad token's challenge says invalid_token", |cx| {
        let bad = cx.send(&Request::new("GET", "/Users").authorization("Bearer no-such-token"));
        bad.status(401)?;
        ensure(bad.header("www-authenticate").contains("error=\"invalid_token\""), &bad, "error=\"invalid_token\"")
    }),
    should(ACCESS, "7644-2-07", "Basic alone opens nothing", without_basic),
    must(ACCESS, "7644-2-09", "an unsigned token opens nothing", unsigned_token),
    may(ACCESS, "7644-2-10", "an anonymous request creates nothing", |cx| {
        cx.send(&Request::new("POST", "/Users").json(&cx.user_body("nobody")).anonymous()).error(401, "")?;
        cx.finds("/Users", &format!("userName eq \"{}\"", cx.mail("nobody")), &[])
    }),
    implied(ACCESS, "7644-2-11", "a refusal of the credential is a SCIM Error", |cx| {
        cx.send(&Request::new("GET", "/Users").anonymous()).error(401, "")?;
        cx.send(&Request::new("DELETE", "/Users/x").authorization("Bearer no-such-token")).error(401, "")
    }),
    implied(BACKGROUND, "7644-3.1-01", "every body is application/scim+json", media_types),
    must(BACKGROUND, "7644-3.1-02", "messages carry the schema of their kind", message_schemas),
    shall_not(BACKGROUND, "7644-3.1-03", "schemas of messages are not listed", undiscoverable_messages),
    implied(BACKGROUND, "7644-3.1-04", "a body that was read may be put back whole", body_sent_back),
    shall(BACKGROUND, "7644-3.1-05", "an answer holds what the server holds", answers_what_it_holds),
    implied(ENDPOINTS, "7644-3.2-01", "every endpoint knows its methods", methods),
    should(ENDPOINTS, "7644-3.2-02", "endpoints are plurals, and discovery leads to them", followed_types),
    should(ENDPOINTS, "7644-3.2-03", "an error's status is in the body too", |cx| {
        cx.get("/Users/no-such-user").error(404, "")?;
        cx.post("/Users", &json!({"schemas": [USER]})).error(400, "invalidValue")
    }),
    implied(ENDPOINTS, "7644-3.2-04", "a method the path does not know is a 405", |cx| same(cx, &["rule-405"])),
    implied(ENDPOINTS, "7644-3.2-05", "HEAD is GET without a body, OPTIONS answers", |cx| {
        same(cx, &["rule-head"])?;
        let answer = cx.send(&Request::new("OPTIONS", "/Users"));
        ensure([200, 204].contains(&answer.status), &answer, "200 or 204")
    }),
];
