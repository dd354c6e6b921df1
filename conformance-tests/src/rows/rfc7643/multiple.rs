//! Section 4.1.2: the multi-valued attributes of a User.

use super::judge::{CERTIFICATE, definitions, follow, patched, refused, schemas, strict};
use super::values::address_in_any_case;
use crate::cases::Level::{Implied, May, Must, Should};
use crate::cases::context::{Context, GROUP, USER, add, replace};
use crate::cases::{Case, Outcome, Problem, ensure};
use crate::client::Answer;
use crate::rows::row;
use serde_json::{Value, json};

const SECTION: &str = "RFC 7643 4.1.2";
/// Two DER certificates, one after the other, in base64.
const TWO_CERTIFICATES: &str = "MIIBdTCCARugAwIBAgIUadZeh/qFPKrc7WrvzFEm0YPk5KswCgYIKoZIzj0EAwIwDzENMAsGA1UEAwwEcm93MTAgFw0yNjExMjAyMDExNDRaGA8yMTI2MTAyNzIwMTE0NFowDzENMAsGA1UEAwwEcm93MTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABDkWy0OkDJnLNtNbuzXGp1z3hMCHeC4KvTGorzRye869IcwDDP5+RB3/RmFomEoUV1bxGvYQys+XBzuotxzopj+jUzBRMB0GA1UdDgQWBBSIRfrpSRe46DZQEAzl3+VAD/HiszAfBgNVHSMEGDAWgBSIRfrpSRe46DZQEAzl3+VAD/HiszAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIQCbQXWHj2g0RFLdU/b6v+aq/X1XT2sD/ydEd3Pr+HUZiQIgEpbnmsuNISZbBhBSIkB3nZS6dzfI0I6Sm1nPTPbEHSYwggF1MIIBG6ADAgECAhRp1l6H+oU8qtztau/MUSbRg+TkqzAKBggqhkjOPQQDAjAPMQ0wCwYDVQQDDARyb3cxMCAXDTI2MTEyMDIwMTE0NFoYDzIxMjYxMDI3MjAxMTQ0WjAPMQ0wCwYDVQQDDARyb3cxMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEORbLQ6QMmcs201u7NcanXPeEwId4Lgq9MaivNHJ7zr0hzAMM/n5EHf9GYWiYShRXVvEa9hDKz5cHO6i3HOimP6NTMFEwHQYDVR0OBBYEFIhF+ulJF7joNlAQDOXf5UAP8eKzMB8GA1UdIwQYMBaAFIhF+ulJF7joNlAQDOXf5UAP8eKzMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIhAJtBdYePaDREUt1T9vq/5qr9fVdPawP/J0R3c+v4dRmJAiASlueay40hJlsGEFIiQHedlLp3N8jQjpKbWc9M9sQdJg==";

/// A POST of an ordinary user with this attribute.
fn post_with(cx: &Context, stem: &str, name: &str, value: &Value) -> Answer {
    let mut body = cx.user_body(stem);
    body[name] = value.clone();
    cx.post("/Users", &body)
}

/// The list is stored and returned as sent.
fn kept(cx: &Context, stem: &str, name: &str, value: &Value) -> Outcome {
    post_with(cx, stem, name, value).status(201)?.equals(&format!("/{name}"), value)?;
    Ok(())
}

/// A value that breaks the attribute's syntax is refused by the letter, and else kept as sent.
fn checked(cx: &Context, name: &str, wrong: &Value) -> Outcome {
    if strict(cx) {
        return refused(&post_with(cx, "wrong", name, wrong), &["invalidValue"]);
    }
    kept(cx, "wrong", name, wrong)
}

/// The schema of users names these values of an attribute.
fn publishes(cx: &Context, path: &str, wanted: &[&str]) -> Outcome {
    let list = schemas(cx)?;
    let found = definitions(&list)
        .into_iter()
        .find(|definition| definition.schema == USER && definition.path == path)
        .map_or(&Value::Null, |definition| &definition.value["canonicalValues"]);
    let known = found.as_array().map_or(&[][..], Vec::as_slice);
    let whole = wanted.iter().all(|value| known.contains(&json!(value)));
    ensure(whole, &list, format!("the canonical values {wanted:?} of {path}"))
}

fn messengers(cx: &Context) -> Outcome {
    let user = cx.user_with("ims", json!({"ims": [{"value": " Foo@Bar ", "type": "xmpp"}]}))?;
    let now = cx.read(&user)?;
    let found = now.at("/ims/0/value").as_str().unwrap_or_default();
    ensure(found.trim().eq_ignore_ascii_case("foo@bar"), &now, "the address as sent, or trimmed and lower-cased")?;
    publishes(cx, "ims.type", &["aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo"])
}

fn photos(cx: &Context) -> Outcome {
    kept(cx, "photo", "photos", &json!([{"value": "https://example.org/p.jpg", "type": "photo"}]))?;
    publishes(cx, "photos.type", &["photo", "thumbnail"])?;
    checked(cx, "photos", &json!([{"value": "no url at all", "type": "photo"}]))
}

fn primary_address(cx: &Context) -> Outcome {
    let addresses = json!([{"type": "work", "locality": "W"}, {"type": "home", "locality": "H", "primary": true}]);
    let user = cx.user_with("address", json!({"addresses": addresses}))?;
    let now = patched(cx, &user, &json!([replace("addresses[type eq \"work\"].primary", json!(true))]))?;
    let flagged = now.element("/addresses", "primary", &json!(true))?;
    ensure(flagged["type"] == "work", &now, "the work address alone as primary")
}

fn groups_are_read(cx: &Context) -> Outcome {
    let group = cx.group("read", &[])?;
    let groups = json!([{"value": group.id}]);
    let user = cx.user_with("read", json!({"groups": groups}))?;
    refused(&cx.patch(&user.path, &json!([add("groups", groups.clone())])), &["mutability"])?;
    let mut body = cx.user_body("read");
    body["groups"] = groups;
    cx.put(&user.path, &body).status(200)?;
    cx.read(&user)?.absent("/groups")?;
    cx.read(&group)?.absent("/members/0")?;
    Ok(())
}

fn groups_of_user(cx: &Context) -> Outcome {
    let user = cx.user("in")?;
    let group = cx.group("in", &[&user])?;
    let now = cx.read(&user)?;
    now.counts("/groups", 1)?.equals("/groups/0/value", &json!(group.id))?;
    follow(cx, now.text_at("/groups/0/$ref")?.at("/groups/0/$ref"))?.status(200)?.equals("/id", &json!(group.id))?;
    Ok(())
}

fn nested_groups(cx: &Context) -> Outcome {
    let user = cx.user("nested")?;
    let inner = cx.group("inner", &[&user])?;
    let members = json!([{"value": inner.id}]);
    let body = json!({"schemas": [GROUP], "displayName": cx.name("outer"), "members": members});
    let answer = cx.post("/Groups", &body);
    if answer.status == 400 {
        return Err(Problem::Skipped("the server takes no group as a member".to_owned()));
    }
    let outer = answer.status(201)?.at("/id");
    let now = cx.read(&user)?;
    for (id, kind) in [(&json!(inner.id), "direct"), (outer, "indirect")] {
        let found = now.element("/groups", "value", id)?;
        ensure(found["type"] == kind, &now, format!("the group {id} as {kind}"))?;
    }
    Ok(())
}

fn two_certificates(cx: &Context) -> Outcome {
    kept(cx, "one", "x509Certificates", &json!([{"value": CERTIFICATE}]))?;
    checked(cx, "x509Certificates", &json!([{"value": TWO_CERTIFICATES}]))
}

pub(super) const CASES: &[Case] = &[
    row(
        SECTION,
        Should,
        "7643-4.1.2-01",
        "an address is found in its canonical form, and stored so or as sent",
        address_in_any_case,
    ),
    row(SECTION, Implied, "7643-4.1.2-02", "emails.type is work, home, other or any other", |cx| {
        publishes(cx, "emails.type", &["work", "home", "other"])?;
        kept(cx, "type", "emails", &json!([{"value": cx.mail("type"), "type": "billing"}]))
    }),
    row(SECTION, Should, "7643-4.1.2-03", "phoneNumbers takes tel: numbers, and others as given", |cx| {
        for (step, number) in ["tel:+1-201-555-0123", "555-1234"].into_iter().enumerate() {
            kept(cx, &format!("tel{step}"), "phoneNumbers", &json!([{"value": number, "type": "work"}]))?;
        }
        Ok(())
    }),
    row(SECTION, Implied, "7643-4.1.2-04", "phoneNumbers.type has the RFC's values", |cx| {
        publishes(cx, "phoneNumbers.type", &["work", "home", "mobile", "fax", "pager", "other"])
    }),
    row(SECTION, Should, "7643-4.1.2-05", "ims keeps addresses, with the RFC's types", messengers),
    row(SECTION, Must, "7643-4.1.2-06", "photos.value is a URL", photos),
    row(SECTION, Must, "7643-4.1.2-07", "addresses.country is a code of two letters", |cx| {
        kept(cx, "country", "addresses", &json!([{"country": "DE", "type": "work"}]))?;
        checked(cx, "addresses", &json!([{"country": "USA", "type": "work"}]))
    }),
    row(SECTION, May, "7643-4.1.2-08", "an address may hold line breaks", |cx| {
        let address = json!({"formatted": "1 Road\nTown\r\nLand", "streetAddress": "1\nRoad", "type": "work"});
        kept(cx, "lines", "addresses", &json!([address]))
    }),
    row(SECTION, Implied, "7643-4.1.2-09", "an address may be primary", primary_address),
    row(SECTION, Must, "7643-4.1.2-10", "groups of a user is readOnly", groups_are_read),
    row(SECTION, Must, "7643-4.1.2-11", "groups holds the groups' ids and references", groups_of_user),
    row(SECTION, Implied, "7643-4.1.2-12", "groups of groups are indirect", nested_groups),
    row(SECTION, Implied, "7643-4.1.2-13", "roles and entitlements are free", |cx| {
        let values = json!([{"value": "r1", "type": "any", "primary": true}, {"value": "r2", "display": "R"}]);
        kept(cx, "roles", "roles", &values)?;
        kept(cx, "rights", "entitlements", &values)
    }),
    row(SECTION, Must, "7643-4.1.2-14", "a certificate is exactly one", two_certificates),
];
