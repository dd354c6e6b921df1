//! What bodies, queries and refusals come to.

use serde_json::{Value, json};

use crate::clock::Instant;
use crate::context::Cx;
use crate::error::{Anonymous, Error, Fault, Reason, Remedy, Result, Segment, Unavailable};
use crate::http::{Asked, Method, Query, Refusal, Reply};
use crate::ids::UserId;

use super::body::{self, Field, Fields, Words};
use super::*;

fn asked() -> Asked {
    Asked { request_id: "r1".to_owned(), ..Asked::default() }
}

fn json_of(reply: &Reply) -> Value {
    assert_eq!(reply.header("content-type"), Some("application/json"));
    serde_json::from_slice(&reply.body).unwrap()
}

fn refused(error: &Error) -> (u16, Value) {
    let reply = refuse(Refusal::Error(error), &asked());
    (reply.status, json_of(&reply))
}

/// `loc` and `type` of every fault.
fn faults(error: &Error) -> Vec<(String, String)> {
    let (status, body) = refused(error);
    assert_eq!(status, 422, "{body}");
    let detail = body["detail"].as_array().unwrap();
    assert!(detail.iter().all(|fault| !fault["msg"].as_str().unwrap().is_empty()), "{body}");
    detail.iter().map(|fault| (fault["loc"].to_string(), fault["type"].as_str().unwrap().to_owned())).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(place, kind)| ((*place).to_owned(), (*kind).to_owned())).collect()
}

const STATES: &Words<u8> = &[("ON", 1), ("OFF", 2)];

#[derive(Debug, PartialEq)]
struct Example {
    email: String,
    state: u8,
    count: Option<i64>,
    note: Field<String>,
    ids: Option<Vec<UserId>>,
    inner: Option<(bool, Option<String>)>,
}

fn read(text: &str) -> Result<Example> {
    let mut fields = Fields::of_body(text.as_bytes())?;
    let email = fields.required("email", body::email);
    let state = fields.required("state", body::word(STATES));
    let count = fields.optional("count", body::integer(1..=9));
    let note = fields.nullable("note", body::text(1..=5));
    let ids = fields.optional("ids", body::list(2, body::uuid));
    let inner = fields.optional(
        "inner",
        body::object(|fields| {
            let (flag, name) = (fields.required("flag", body::boolean), fields.optional("name", body::text(2..=3)));
            Some((flag?, name))
        }),
    );
    fields.finish()?;
    Ok(Example { email: present(email)?, state: present(state)?, count, note, ids, inner })
}

#[test]
fn a_good_body_is_read_and_what_nobody_asks_for_is_ignored() {
    let id = "0190163d-8694-739b-aea5-966c26f8ad91";
    let body = json!({
        "email": "a.b+c@example.org", "state": "OFF", "count": 9, "note": "é€😀ab", "ids": [id.to_uppercase()],
        "inner": { "flag": false, "name": "ab", "more": 1 }, "unknown": [1]
    });
    let example = read(&body.to_string()).unwrap();
    assert_eq!(example.email, "a.b+c@example.org");
    assert_eq!((example.state, example.count), (2, Some(9)));
    assert_eq!(example.note, Field::Value("é€😀ab".to_owned()));
    assert_eq!(example.ids.unwrap()[0].to_string(), id);
    assert_eq!(example.inner, Some((false, Some("ab".to_owned()))));
}

#[test]
fn absent_null_and_a_value_differ() {
    let note = |text: &str| read(&format!("{{\"email\":\"a@example.org\",\"state\":\"ON\"{text}}}")).unwrap().note;
    assert_eq!(note(""), Field::Absent);
    assert_eq!(note(",\"note\":null"), Field::Null);
    assert_eq!(note(",\"note\":\"x\""), Field::Value("x".to_owned()));
}

#[test]
fn every_fault_of_a_body_is_told_with_its_place() {
    let body = json!({
        "state": "on", "count": 10, "note": "123456", "ids": ["x", 1], "inner": { "flag": "true", "name": "a" }
    });
    let expected = pairs(&[
        ("[\"body\",\"email\"]", "missing"),
        ("[\"body\",\"state\"]", "enum"),
        ("[\"body\",\"count\"]", "less_than_equal"),
        ("[\"body\",\"note\"]", "string_too_long"),
        ("[\"body\",\"ids\",0]", "uuid_parsing"),
        ("[\"body\",\"ids\",1]", "string_type"),
        ("[\"body\",\"inner\",\"flag\"]", "bool_type"),
        ("[\"body\",\"inner\",\"name\"]", "string_too_short"),
    ]);
    assert_eq!(faults(&read(&body.to_string()).unwrap_err()), expected);
}

#[test]
fn values_of_the_wrong_type_have_their_own_kind() {
    let body = json!({
        "email": 1, "state": null, "count": "1", "note": "", "ids": {}, "inner": []
    });
    let expected = pairs(&[
        ("[\"body\",\"email\"]", "string_type"),
        ("[\"body\",\"state\"]", "string_type"),
        ("[\"body\",\"count\"]", "int_parsing"),
        ("[\"body\",\"note\"]", "string_too_short"),
        ("[\"body\",\"ids\"]", "list_type"),
        ("[\"body\",\"inner\"]", "dict_type"),
    ]);
    assert_eq!(faults(&read(&body.to_string()).unwrap_err()), expected);
    let body = json!({ "email": "a@example.org", "state": "ON", "ids": ["", "", ""], "count": 1.5, "inner": null });
    let expected = pairs(&[
        ("[\"body\",\"count\"]", "int_parsing"),
        ("[\"body\",\"ids\"]", "too_long"),
        ("[\"body\",\"inner\"]", "dict_type"),
    ]);
    assert_eq!(faults(&read(&body.to_string()).unwrap_err()), expected);
}

#[test]
fn what_is_no_object_is_refused_as_a_whole() {
    for (text, place, kind) in [
        ("", "[\"body\"]", "missing"),
        (" \n", "[\"body\"]", "missing"),
        ("[]", "[\"body\"]", "dict_type"),
        ("null", "[\"body\"]", "dict_type"),
        ("{\"a\": x}", "[\"body\",6]", "json_invalid"),
        ("a=b", "[\"body\",0]", "json_invalid"),
        ("{\"a\":1,\"a\":2}", "[\"body\",9]", "json_invalid"),
    ] {
        assert_eq!(faults(&read(text).unwrap_err()), pairs(&[(place, kind)]), "{text}");
    }
    assert_eq!(faults(&read(&"[".repeat(100_000)).unwrap_err())[0].1, "json_invalid");
    assert!(Fields::of_optional_body(b"").unwrap().finish().is_ok());
    assert!(Fields::of_optional_body(b"[]").is_err());
}

#[test]
fn formats_take_what_they_mean_and_nothing_else() {
    type Text = fn(&Value) -> body::Read<String>;
    let cases: [(Text, &[&str], &[&str]); 5] = [
        (
            body::email,
            &["a@example.org", "o'hara@example.co.uk", "ü@exämple.org"],
            &["", "a", "a@", "@b", "a@b c", "A <a@example.org>", "a@example.org\n", "a@[127.0.0.1]", "a@b@c"],
        ),
        (body::locale, &["en", "pt-BR", "zh-Hant-TW"], &["", "e n", "1", "en--US", "en-US;q=1"]),
        (body::time_zone, &["UTC", "Europe/Paris"], &["", "Mars/Base", "+01:00"]),
        (
            body::phone,
            &["+33123456789", "+12025550123"],
            &["", "0123456789", "+0123456789", "+1 202", "+1234567890123456"],
        ),
        (
            body::web_url,
            &["https://example.org/x?y", "HTTP://localhost:1"],
            &["", "javascript:alert(1)", "//x", "https:", "https://a b", "ftp://x"],
        ),
    ];
    for (format, good, bad) in cases {
        for text in good {
            assert_eq!(format(&json!(text)).as_deref(), Ok(*text));
        }
        for text in bad {
            assert!(format(&json!(text)).is_err(), "{text}");
        }
    }
    let long = format!("{}@example.org", "a".repeat(250));
    assert!(body::email(&json!(long)).is_err());
}

#[test]
fn texts_have_no_control_characters_and_secrets_may() {
    for text in ["a\u{0}b", "a\nb", "a\u{7f}", "a\u{85}"] {
        assert_eq!(body::text(0..=9)(&json!(text)).unwrap_err()[0].kind, "value_error");
        assert_eq!(body::secret(1..=9)(&json!(text)).unwrap().reveal(), text);
    }
    assert_eq!(body::secret(1..=2)(&json!("abc")).unwrap_err()[0].kind, "string_too_long");
}

fn parameters<T>(raw: &str, read: impl FnOnce(&mut Parameters<'_>) -> T) -> Result<T> {
    let query = Query::parse(raw).unwrap();
    let mut parameters = Parameters::of(&query);
    let value = read(&mut parameters);
    parameters.finish()?;
    Ok(value)
}

#[test]
fn pages_have_defaults_and_a_cap() {
    let paging = |raw: &str| parameters(raw, |parameters| parameters.paging());
    assert_eq!(paging("").unwrap(), Paging { page: 1, per_page: 20 });
    assert_eq!(paging("page=3&per_page=50&other=%20").unwrap().offset(), 100);
    for more in ["101", "5000000000", "9223372036854775808", "99999999999999999999999"] {
        assert_eq!(paging(&format!("per_page={more}")).unwrap().per_page, 100, "{more}");
    }
    for (raw, kind) in [
        ("per_page=-99999999999999999999999", "greater_than_equal"),
        ("per_page=99999999999999999999999x", "int_parsing"),
        ("per_page=99999999999999999999999.5", "int_parsing"),
        ("per_page=", "int_parsing"),
        ("per_page=-", "int_parsing"),
    ] {
        assert_eq!(faults(&paging(raw).unwrap_err()), pairs(&[("[\"query\",\"per_page\"]", kind)]), "{raw}");
    }
    assert_eq!(paging("page=4294967295&per_page=100").unwrap().offset(), 429_496_729_400);
    let wrong = paging("page=0&per_page=x").unwrap_err();
    let expected = [("[\"query\",\"page\"]", "greater_than_equal"), ("[\"query\",\"per_page\"]", "int_parsing")];
    assert_eq!(faults(&wrong), pairs(&expected));
    for raw in ["page=-1", "per_page=0", "page=1&page=1", "page=", "page=99999999999999999999", "page=1.0"] {
        assert!(paging(raw).is_err(), "{raw}");
    }
}

#[test]
fn lists_are_sorted_by_what_is_listed() {
    let sort = |raw: &str| {
        let otherwise = Sort { by: 1, order: Order::Descending };
        parameters(raw, |parameters| parameters.sort(&[("created_at", 1), ("email", 2)], otherwise))
    };
    assert_eq!(sort("").unwrap(), Sort { by: 1, order: Order::Descending });
    assert_eq!(sort("sort_by=email&sort_order=asc").unwrap(), Sort { by: 2, order: Order::Ascending });
    let wrong = sort("sort_by=password&sort_order=up").unwrap_err();
    assert_eq!(faults(&wrong), pairs(&[("[\"query\",\"sort_by\"]", "enum"), ("[\"query\",\"sort_order\"]", "enum")]));
}

#[test]
fn parameters_are_given_once_and_make_sense() {
    let id = "0190163d-8694-739b-aea5-966c26f8ad91";
    let read = |raw: &str| {
        parameters(raw, |parameters| {
            let text = parameters.free_text("search", 5);
            let email = parameters.free_text("confirm_email", 254);
            let email = parameters.demand("confirm_email", email);
            (parameters.boolean("flag"), parameters.id::<UserId>("id"), parameters.word("state", STATES), text, email)
        })
    };
    let (flag, found, state, text, email) =
        read(&format!("flag=True&id={id}&state=ON&search=&confirm_email=a%40b&x=1&x=2")).unwrap();
    assert_eq!((flag, state, text, email.as_deref()), (Some(true), Some(1), None, Some("a@b")));
    assert_eq!(found.unwrap().to_string(), id);
    let wrong = read("flag=2&id=1&state=on&search=123456&confirm_email=").unwrap_err();
    let expected = [
        ("[\"query\",\"search\"]", "string_too_long"),
        ("[\"query\",\"confirm_email\"]", "missing"),
        ("[\"query\",\"flag\"]", "bool_parsing"),
        ("[\"query\",\"id\"]", "uuid_parsing"),
        ("[\"query\",\"state\"]", "enum"),
    ];
    assert_eq!(faults(&wrong), pairs(&expected));
    let twice = read("confirm_email=a&confirm_email=a&flag=1&flag=1").unwrap_err();
    let expected = [("[\"query\",\"confirm_email\"]", "value_error"), ("[\"query\",\"flag\"]", "value_error")];
    assert_eq!(faults(&twice), pairs(&expected));
}

#[test]
fn what_is_named_by_an_empty_text_is_nothing_and_not_all() {
    let read = |raw: &str| parameters(raw, |parameters| parameters.text("tenant_id", 5));
    assert_eq!((read("").unwrap(), read("tenant_id=acme").unwrap().as_deref()), (None, Some("acme")));
    for raw in ["tenant_id=", "tenant_id"] {
        let expected = pairs(&[("[\"query\",\"tenant_id\"]", "string_too_short")]);
        assert_eq!(faults(&read(raw).unwrap_err()), expected, "{raw}");
    }
}

#[test]
fn every_error_has_its_status_and_its_word() {
    let invalid = scim_core::Invalid::value("emails[1].value", "must be a string");
    let reason = Reason::new("source_locked", "SCIM owns this").with("source", "SCIM").with("code", "forged");
    let unavailable = Unavailable { cause: "the inside".to_owned(), remedy: Remedy::None };
    let cases = [
        (Error::Missing("user"), 404, "missing"),
        (Error::Taken("the name".to_owned()), 409, "taken"),
        (Error::Conflict(reason.clone()), 409, "source_locked"),
        (Error::Forbidden(reason), 403, "source_locked"),
        (Error::Stale, 412, "stale"),
        (Error::Denied("no".to_owned()), 403, "denied"),
        (Error::LacksScope, 403, "insufficient_scope"),
        (Error::Anonymous(Anonymous::NoCredential), 401, "unauthenticated"),
        (Error::Anonymous(Anonymous::BadCredential), 401, "unauthenticated"),
        (Error::Anonymous(Anonymous::BadLogin), 401, "invalid_credentials"),
        (Error::TooFast { retry_after: 7 }, 429, "too_fast"),
        (Error::TooLarge("too large".to_owned()), 413, "too_large"),
        (Error::Unavailable(unavailable), 503, "unavailable"),
        (Error::internal("the inside"), 500, "internal"),
    ];
    for (error, expected, code) in &cases {
        let (status, body) = refused(error);
        assert_eq!((status, &body["code"]), (*expected, &json!(code)), "{body}");
        assert_eq!(body["request_id"], "r1");
        let detail = body["detail"].as_str().unwrap();
        assert!(!detail.is_empty() && !detail.contains("the inside"), "{body}");
    }
    assert_eq!(refused(&cases[2].0).1["source"], "SCIM");
    assert_eq!(faults(&Error::Invalid(invalid)), pairs(&[("[\"body\",\"emails\",1,\"value\"]", "value_error")]));
    assert_eq!(faults(&Error::TooMany("too many".to_owned())), pairs(&[("[\"query\"]", "too_many")]));
    let fault = Error::Unprocessable(vec![Fault::at([Segment::from("path"), Segment::from(3)], "enum", "no")]);
    assert_eq!(faults(&fault), pairs(&[("[\"path\",3]", "enum")]));
}

#[test]
fn refusals_carry_the_headers_that_belong_to_them() {
    let header = |error: Error, name: &str| refuse(Refusal::Error(&error), &asked()).header(name).map(str::to_owned);
    assert_eq!(header(Error::TooFast { retry_after: 7 }, "retry-after").as_deref(), Some("7"));
    assert!(header(Error::unavailable("x"), "retry-after").is_some());
    let challenge = header(Error::Anonymous(Anonymous::BadCredential), "www-authenticate").unwrap();
    assert!(challenge.starts_with("Bearer ") && challenge.contains("invalid_token"));
    assert!(header(Error::Anonymous(Anonymous::NoCredential), "www-authenticate").unwrap().starts_with("Bearer"));
}

#[test]
fn refusals_before_a_handler_have_the_same_form() {
    let cases = [
        (Refusal::NoSuchPath, 404),
        (Refusal::BadPath("x"), 404),
        (Refusal::WrongMethod { allowed: &[Method::Get] }, 405),
        (Refusal::TooLarge { limit: 1 }, 413),
        (Refusal::UnsupportedMediaType, 415),
        (Refusal::Slow, 408),
        (Refusal::Panicked, 500),
    ];
    for (refusal, status) in cases {
        let reply = refuse(refusal, &asked());
        let body = json_of(&reply);
        assert_eq!(reply.status, status);
        assert!(body["detail"].is_string() && body["code"].is_string() && body["request_id"] == "r1", "{body}");
    }
    let reply = refuse(Refusal::BadRequest("the URL has a broken percent-encoding"), &asked());
    assert_eq!((reply.status, &json_of(&reply)["detail"][0]["loc"]), (422, &json!(["request"])));
}

#[test]
fn answers_stand_in_an_envelope() {
    let cx = Cx { request_id: "r1".to_owned(), now: Instant::from_micros(1_700_000_000_000_000) };
    let one = data(201, &json!({ "id": "x" }), &cx).unwrap();
    let meta = json!({ "request_id": "r1", "timestamp": "2023-11-14T22:13:20.000000Z" });
    assert_eq!((one.status, json_of(&one)), (201, json!({ "data": { "id": "x" }, "meta": meta })));
    let paging = Paging { page: 2, per_page: 20 };
    let list = page(&Page { items: vec!["a"], total: 21 }, paging, &cx).unwrap();
    let pagination = json!({ "page": 2, "per_page": 20, "total_items": 21, "total_pages": 2 });
    assert_eq!(json_of(&list), json!({ "data": ["a"], "pagination": pagination, "meta": meta }));
    assert_eq!(Pagination::of(paging, 0).total_pages, 0);
    assert_eq!(Pagination::of(paging, 40).total_pages, 2);
}

#[test]
fn an_id_in_a_path_is_a_uuid() {
    let id = "0190163d-8694-739b-aea5-966c26f8ad91";
    assert!(path::parse(id).is_some() && path::parse(&id.to_uppercase()).is_some());
    for text in ["", "1", &id.replace('-', ""), &format!("{{{id}}}"), &format!("urn:uuid:{id}")] {
        assert!(path::parse(text).is_none(), "{text}");
    }
}
