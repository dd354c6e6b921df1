//! What programs of others rely on: operations, parameters, defaults, schemas and answers that are stated and do not
//! change (`stated.txt`), held against the OpenAPI document, and what the document cannot tell against the server.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::client::Client;
use crate::server::{DEFAULT, Server, for_each_store, start};

const STATED: &str = include_str!("stated.txt");

/// The type of a schema in a word: a component's name, or what JSON calls it, with the format that matters.
fn kind(schema: &Value) -> String {
    if let Some(reference) = schema["$ref"].as_str() {
        return reference.rsplit('/').next().unwrap().to_owned();
    }
    let choices = ["oneOf", "anyOf"].iter().find_map(|name| schema[*name].as_array());
    if let Some(choices) = choices {
        let (null, mut others): (Vec<String>, Vec<String>) = choices.iter().map(kind).partition(|kind| kind == "null");
        others.extend(null);
        return others.join("|");
    }
    let words: Vec<&str> = match &schema["type"] {
        Value::Array(words) => words.iter().map(|word| word.as_str().unwrap()).collect(),
        word => vec![word.as_str().unwrap()],
    };
    let word = |word: &str| match word {
        "array" => format!("array<{}>", kind(&schema["items"])),
        other => {
            let format = schema["format"].as_str().filter(|format| ["email", "date-time"].contains(format));
            format.filter(|_| other == "string").map_or(other.to_owned(), |format| format!("{other}({format})"))
        }
    };
    words.into_iter().map(word).collect::<Vec<_>>().join("|")
}

/// A parameter or a member as the table writes it.
fn member(name: &str, required: bool, schema: &Value) -> String {
    let default = schema.get("default").map_or(String::new(), |default| format!("={default}"));
    let default = if required { String::new() } else { default };
    format!("{name}{}{}{default}", if required { '!' } else { '?' }, kind(schema))
}

/// Of all there is, what the table names, and whatever must be there.
fn named(all: Vec<(String, String)>, stated: &str) -> String {
    let names: Vec<&str> = stated.split(' ').filter_map(|word| word.split(['?', '!']).next()).collect();
    let place = |name: &str| names.iter().position(|other| *other == name);
    let mut found: Vec<_> =
        all.into_iter().filter(|(name, text)| place(name).is_some() || text.starts_with(&format!("{name}!"))).collect();
    found.sort_by_key(|(name, _)| place(name).unwrap_or(usize::MAX));
    found.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join(" ")
}

/// A row of the table about an operation, as the document has it.
fn operation(document: &Value, head: &str, stated: &str) -> String {
    let (method, path) = head.split_once(' ').unwrap();
    let row = &document["paths"][path][method.to_lowercase()];
    let parameters = row["parameters"].as_array().cloned().unwrap_or_default();
    let parameters = parameters.iter().map(|one| {
        let name = one["name"].as_str().unwrap();
        (name.to_owned(), member(name, one["required"] == true, &one["schema"]))
    });
    let body = row.get("requestBody").map_or("-".to_owned(), |body| {
        assert_eq!(body["required"], true, "{head}");
        kind(&body["content"]["application/json"]["schema"])
    });
    let answers = row["responses"].as_object().unwrap();
    assert_eq!(answers["422"]["$ref"], "#/components/responses/Unusable", "{head}");
    let (status, answer) = answers.iter().find(|(status, _)| status.starts_with('2')).unwrap();
    let content = answer.get("content").map_or("-".to_owned(), |content| kind(&content["application/json"]["schema"]));
    format!("{} : {body} : {status} {content}", named(parameters.collect(), stated))
}

/// A row of the table about a schema, as the document has it.
fn schema(document: &Value, name: &str, stated: &str) -> String {
    let schema = &document["components"]["schemas"][name];
    if let Some(words) = schema["enum"].as_array() {
        return words.iter().map(|word| word.as_str().unwrap()).collect::<Vec<_>>().join(" ");
    }
    let Some(members) = schema["properties"].as_object() else { return kind(schema) };
    let required: BTreeSet<&str> =
        schema["required"].as_array().into_iter().flatten().map(|name| name.as_str().unwrap()).collect();
    let members = members.iter().map(|(name, of)| (name.clone(), member(name, required.contains(name.as_str()), of)));
    named(members.collect(), stated)
}

/// S4-01 to S4-17, S4-19 to S4-26, S1-01 to S1-07 and IR-19: paths, parameters, defaults, schemas, statuses.
#[test]
fn s4_and_s1_operations_and_schemas_are_described_as_they_are_stated() {
    let server = start();
    let document = Client::new(server.url(), None).get("/openapi.json").is(200);
    let (mut operations, mut schemas) = (0, 0);
    for line in STATED.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (head, stated) = line.split_once(" :").unwrap();
        let stated = stated.trim_start();
        let found = if head.contains(' ') {
            operations += 1;
            operation(&document, head, stated)
        } else {
            schemas += 1;
            schema(&document, head, stated)
        };
        assert_eq!(found.trim_start(), stated, "{head}");
    }
    assert_eq!((operations, schemas), (26, 23));
}

/// Makes a user by REST; gives what is answered of it.
fn made(client: &Client, body: &Value) -> Value {
    client.post("/tenants/default/users", body).is(201)["data"].clone()
}

/// The names of an object's members, in the order of the alphabet.
fn names(object: &Value) -> Vec<&str> {
    let mut names: Vec<&str> = object.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

fn is_time(value: &Value) -> bool {
    let text = value.as_str().unwrap_or_default();
    text.ends_with('Z') && chrono::DateTime::parse_from_rfc3339(text).is_ok()
}

#[test]
fn s4_19_answers_are_wrapped_in_data_meta_and_pagination() {
    for_each_store(|server| {
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let ids: Vec<String> = (0..5)
            .map(|number| json!({ "email": format!("u{number}@x.test"), "send_welcome_email": false }))
            .map(|body| crate::client::id(&made(&admin, &body)))
            .collect();
        let judge_meta = |answer: &crate::client::Answer| {
            let body = answer.is(200);
            assert_eq!(names(&body["meta"]), ["request_id", "timestamp"]);
            assert_eq!(body["meta"]["request_id"].as_str(), answer.header("x-request-id"));
            assert!(is_time(&body["meta"]["timestamp"]), "{body}");
            assert_eq!(answer.header("content-type"), Some("application/json"));
            body
        };
        for path in ["/tenants/default/users", "/admin/users/", "/admin/users"] {
            let list = judge_meta(&admin.get(&format!("{path}?per_page=2&page=3")));
            assert_eq!(names(&list), ["data", "meta", "pagination"]);
            let expected = json!({ "page": 3, "per_page": 2, "total_items": 5, "total_pages": 3 });
            assert_eq!((&list["pagination"], list["data"].as_array().unwrap().len()), (&expected, 1));
            let beyond = judge_meta(&admin.get(&format!("{path}?per_page=2&page=4")));
            assert_eq!((&beyond["data"], &beyond["pagination"]["total_pages"]), (&json!([]), &json!(3)));
        }
        let none = judge_meta(&admin.get("/tenants/default/users?search=nobody-at-all"));
        let expected = json!({ "page": 1, "per_page": 20, "total_items": 0, "total_pages": 0 });
        assert_eq!(none["pagination"], expected);
        let user = &ids[0];
        for path in [format!("/admin/users/{user}"), format!("/admin/users/{user}/groups")] {
            assert_eq!(names(&judge_meta(&admin.get(&path))), ["data", "meta"]);
        }
        let one = format!("/tenants/default/users/{user}");
        assert_eq!(names(&judge_meta(&admin.get(&one))), ["data", "meta"]);
        let status = admin.put(&format!("{one}/status"), &json!({ "status": "LOCKED" }));
        assert_eq!(names(&judge_meta(&status)), ["data", "meta"]);
        for path in ["unlock", "mfa/disable"] {
            let answer = admin.send("POST", &format!("/admin/users/{user}/{path}"), &[], None);
            assert_eq!(names(&judge_meta(&answer)), ["data", "meta"], "{path}");
        }
    });
}

#[test]
fn s4_20_a_422_has_the_shape_that_programs_know() {
    let server = start();
    let admin = server.administrator(DEFAULT, "tenant_admin");
    let json_type = [("content-type", "application/json")];
    let post = |body: &str| {
        admin.attempt("POST", "/tenants/default/users", &json_type, Some(body.as_bytes())).unwrap().is(422)
    };
    for (body, place, kind) in [
        ("{\"email\": 1}", json!(["body", "email"]), "string_type"),
        ("{}", json!(["body", "email"]), "missing"),
        ("{\"email\": null}", json!(["body", "email"]), "string_type"),
        ("[]", json!(["body"]), "dict_type"),
        ("{\"email\": \"a@x.test\",", json!(["body", 20]), "json_invalid"),
    ] {
        let refused = post(body);
        assert_eq!(names(&refused), ["detail"], "{body}: {refused}");
        let fault = &refused["detail"][0];
        assert_eq!(names(fault), ["loc", "msg", "type"], "{body}: {refused}");
        assert_eq!((&fault["loc"], fault["type"].as_str()), (&place, Some(kind)), "{body}: {refused}");
        assert!(!fault["msg"].as_str().unwrap().is_empty());
    }
    let query = admin.get("/tenants/default/users?page=x").is(422);
    assert_eq!(
        query,
        json!({ "detail": [{ "loc": ["query", "page"], "msg": query["detail"][0]["msg"], "type": "int_parsing" }] })
    );
}

/// A user whose column is what each word says, one after the other, seen alone, in both lists and over SCIM's shoulder.
fn each_word(server: &Server, column: &str, name: &str, words: &[&str]) {
    let admin = server.administrator(DEFAULT, "tenant_admin");
    let user = crate::client::id(&made(&admin, &json!({ "email": "ann@x.test" })));
    for word in words {
        server.set_user(&user, &format!("{column} = '{word}'"));
        for path in [format!("/admin/users/{user}"), format!("/tenants/default/users/{user}")] {
            assert_eq!(admin.get(&path).is(200)["data"][name], **word, "{path}");
        }
        for path in ["/admin/users/", "/tenants/default/users"] {
            assert_eq!(admin.get(path).is(200)["data"][0][name], **word, "{path}");
        }
    }
}

#[test]
fn s4_21_an_identity_source_is_one_of_five_words() {
    for_each_store(|server| {
        each_word(server, "identity_source", "identity_source", &["LOCAL", "OIDC", "SAML", "SCIM", "LDAP"])
    });
}

#[test]
fn s4_22_a_status_is_one_of_five_words_and_finds_those_who_have_it() {
    const WORDS: [&str; 5] = ["ACTIVE", "PENDING_EMAIL_VERIFICATION", "PENDING_APPROVAL", "DISABLED", "LOCKED"];
    for_each_store(|server| {
        each_word(server, "status", "status", &WORDS);
        let admin = server.administrator(DEFAULT, "tenant_admin");
        for path in ["/admin/users/", "/tenants/default/users"] {
            let found = WORDS
                .map(|word| admin.get(&format!("{path}?status={word}")).is(200)["pagination"]["total_items"].clone());
            assert_eq!(found, [0, 0, 0, 0, 1].map(Value::from), "{path}");
            assert_eq!(
                admin.get(&format!("{path}?status=SUSPENDED")).is(422)["detail"][0]["loc"],
                json!(["query", "status"])
            );
        }
    });
}

#[test]
fn s4_24_a_user_in_a_list_has_eight_members_and_the_tenant_where_lists_go_over_several() {
    for_each_store(|server| {
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let (sales, id) = (server.unit(DEFAULT, "Sales", None), server.tenant(DEFAULT).id.to_string());
        let emea = server.unit(DEFAULT, "EMEA", Some(&sales));
        let body =
            json!({ "email": "ann@x.test", "display_name": "Ann", "ou_id": emea.id, "send_welcome_email": false });
        let user = made(&admin, &body);
        server.set_user(user["id"].as_str().unwrap(), &format!("last_login = {}", server.database.after_start(0)));
        let mut expected = json!({
            "id": user["id"], "email": "ann@x.test", "display_name": "Ann", "status": "ACTIVE", "ou_path": "/Sales/EMEA",
            "identity_source": "LOCAL", "mfa_enabled": false, "last_login_at": "2027-01-15T08:00:00.000000Z",
        });
        assert_eq!(admin.get("/tenants/default/users").is(200)["data"], json!([expected]));
        expected["tenant_id"] = json!(id);
        assert_eq!(admin.get("/admin/users").is(200)["data"], json!([expected]));
    });
}

#[test]
fn s4_18_an_applications_users_are_listed_to_it_and_to_administrators() {
    for_each_store(|server| {
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let (application, id) = server.application(DEFAULT);
        let users = ["ann", "bob"].map(|name| {
            server.clock.advance(1);
            made(&admin, &json!({ "email": format!("{name}@x.test"), "send_welcome_email": false }))
        });
        let path = format!("/tenants/default/applications/{id}");
        let assign = json!({ "kind": "user", "id": users[0]["id"] });
        admin.post(&format!("{path}/assignments"), &assign).is(204);
        for client in [&application, &admin] {
            let found = client.get(&format!("{path}/effective-users?page=1&per_page=500")).is(200);
            assert_eq!(found["pagination"], json!({ "page": 1, "per_page": 100, "total_items": 1, "total_pages": 1 }));
            assert_eq!(found["data"][0]["id"], users[0]["id"]);
        }
        application.get("/tenants/default/users").is(403);
        assert_eq!(server.anonymous().below(server.url()).get(&format!("/api/v1{path}/effective-users")).status, 401);
    });
}

#[test]
fn s1_09_times_are_rfc_3339_in_utc_and_ids_are_uuids() {
    for_each_store(|server| {
        let user = server.client().user("ann");
        server.make_owner(&user);
        let platform = server.platform(&user);
        let list = platform.get("/users").is(200)["users"].clone();
        for shown in [&list[0], &platform.get("/users/search?q=ann").is(200)[0]] {
            assert_eq!(names(shown), ["created_at", "email", "id", "is_platform_owner"]);
            assert!(is_time(&shown["created_at"]), "{shown}");
            assert!(shown["id"].as_str().unwrap().parse::<uuid::Uuid>().is_ok(), "{shown}");
        }
        let own = server.owner().get(&format!("/admin/users/{user}")).is(200);
        assert!(is_time(&own["data"]["created_at"]) && is_time(&own["meta"]["timestamp"]), "{own}");
    });
}
