//! The OpenAPI document against the endpoint table: whatever is served is described, and what is described hangs together.

use std::collections::BTreeSet;

use rollcall::access::Needs;
use rollcall::http::{BodyRule, Face, Method};
use serde_json::Value;

use crate::client::Client;
use crate::server::start;

fn root(server: &crate::server::Server) -> Client {
    Client::new(server.base.trim_end_matches("/scim/v2"), None)
}

/// Every face but the pages: they are for people.
fn documented() -> impl Iterator<Item = Face> {
    let pages: Vec<&str> = rollcall::ui::faces().iter().map(|face| face.name).collect();
    rollcall::app::faces().into_iter().filter(move |face| !pages.contains(&face.name))
}

fn document() -> Value {
    let server = start();
    let answer = root(&server).get("/openapi.json");
    assert_eq!(answer.header("content-type"), Some("application/json"));
    answer.is(200)
}

/// Every operation of the document: its path, its method and itself.
fn operations(document: &Value) -> Vec<(&String, &String, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    paths.iter().flat_map(|(path, item)| item.as_object().unwrap().iter().map(move |(m, op)| (path, m, op))).collect()
}

#[test]
fn every_row_of_the_table_is_described_and_nothing_else() {
    let document = document();
    assert_eq!(document["openapi"], "3.1.0");
    let described: BTreeSet<String> =
        operations(&document).iter().map(|(path, method, _)| format!("{} {path}", method.to_uppercase())).collect();
    let mut table = BTreeSet::new();
    for face in documented() {
        table.extend(face.endpoints.iter().map(|row| format!("{} {}{}", row.method, face.prefix, row.path)));
    }
    assert!(table.len() > 30);
    let system = [
        "/.well-known/jwks.json",
        "/docs",
        "/docs/{file}",
        "/health/live",
        "/health/ready",
        "/metrics",
        "/openapi.json",
    ];
    table.extend(system.iter().map(|path| format!("GET {path}")));
    assert_eq!(described, table);
}

/// What can be exported says in which media types it comes.
#[test]
fn ir19_every_form_of_an_export_is_described() {
    let document = document();
    let asks = |operation: &Value, name: &str| {
        operation["parameters"].as_array().is_some_and(|all| all.iter().any(|one| one["name"] == name))
    };
    let exported: Vec<_> = operations(&document).into_iter().filter(|(.., one)| asks(one, "format")).collect();
    assert!(exported.len() >= 8, "{}", exported.len());
    for (path, _, operation) in exported {
        let content = operation["responses"]["200"]["content"].as_object().unwrap();
        let types: Vec<&str> = content.keys().map(String::as_str).collect();
        assert_eq!(types, ["application/json", "text/csv", "application/x-ndjson"], "{path}");
    }
}

/// Whatever a step of signing in answers is one of the things that are described, and no other of them.
#[test]
fn ir12_what_a_sign_in_answers_beside_tokens_is_described() {
    let document = document();
    let choices = |path: &str| -> Vec<String> {
        let answer = &document["paths"][path]["post"]["responses"]["200"]["content"]["application/json"]["schema"];
        let all = answer["oneOf"].as_array().cloned().unwrap_or_else(|| vec![answer.clone()]);
        all.iter().map(|one| one["$ref"].as_str().unwrap().rsplit('/').next().unwrap().to_owned()).collect()
    };
    let [tokens, factor, password] = ["TokenResponse", "MfaRequiredResponse", "PasswordChangeResponse"];
    assert_eq!(choices("/api/v1/auth/login"), [tokens, factor, password]);
    assert_eq!(choices("/api/v1/auth/mfa/verify"), [tokens, password]);
    assert_eq!(choices("/api/v1/auth/step-up"), [factor]);
    assert_eq!(choices("/api/v1/auth/refresh"), [tokens]);
    // By what each must have, and the others have not, they are told apart.
    for (name, own) in [(tokens, "access_token"), (factor, "mfa_token"), (password, "change_token")] {
        for other in [tokens, factor, password] {
            let required = document["components"]["schemas"][other]["required"].as_array().unwrap();
            assert_eq!(required.contains(&Value::from(own)), other == name, "{own} of {other}");
        }
    }
}

#[test]
fn operations_have_names_of_their_own_and_parameters_that_are_described() {
    let document = document();
    let mut names = BTreeSet::new();
    for (path, method, operation) in operations(&document) {
        let name = operation["operationId"].as_str().unwrap();
        assert!(names.insert(name.to_owned()) && !name.is_empty(), "{method} {path}: {name} stands there twice");
        assert!(!operation["summary"].as_str().unwrap().is_empty(), "{method} {path}");
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        let in_path: BTreeSet<&str> = parameters
            .iter()
            .filter(|parameter| parameter["in"] == "path")
            .map(|parameter| parameter["name"].as_str().unwrap())
            .collect();
        let wanted: BTreeSet<&str> =
            path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
        assert_eq!(in_path, wanted, "{method} {path}");
        for parameter in &parameters {
            let description = parameter["description"].as_str().unwrap_or_default();
            assert!(!description.is_empty() && parameter["schema"].is_object(), "{method} {path}: {parameter}");
        }
    }
}

#[test]
fn every_operation_names_an_answer_that_is_done_and_those_that_follow_from_its_row() {
    let document = document();
    for face in documented() {
        for row in &face.endpoints {
            let path = format!("{}{}", face.prefix, row.path);
            let operation = &document["paths"][&path][row.method.as_str().to_lowercase()];
            let answers: BTreeSet<&str> =
                operation["responses"].as_object().unwrap().keys().map(String::as_str).collect();
            let named = |status: &str| assert!(answers.contains(status), "{} {path} lacks {status}", row.method);
            assert!(answers.iter().any(|status| status.starts_with('2') || *status == "501"), "{} {path}", row.method);
            ["401", "429", "500", "503"].into_iter().for_each(named);
            named(if face.name == "scim" { "400" } else { "422" });
            if path.contains('{') && !answers.contains("501") {
                named("404");
            }
            let public = matches!(row.needs, Needs::Public(_));
            assert_eq!(operation["security"].is_array(), !public, "{} {path}", row.method);
            if !public {
                named("403");
            }
            if row.body != BodyRule::None {
                named("413");
                named("415");
                let bodied = operation["requestBody"]["content"].is_object() || row.method == Method::Delete;
                assert!(bodied, "{} {path} takes a body and does not describe it", row.method);
            }
        }
    }
}

#[test]
fn every_reference_leads_somewhere() {
    fn walk<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
        match value {
            Value::Object(members) => members.iter().for_each(|(name, value)| match value {
                Value::String(to) if name == "$ref" => drop(found.insert(to)),
                other => walk(other, found),
            }),
            Value::Array(values) => values.iter().for_each(|value| walk(value, found)),
            _ => {}
        }
    }
    let document = document();
    let mut references = BTreeSet::new();
    walk(&document, &mut references);
    assert!(references.len() > 10);
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
}

#[test]
fn the_page_runs_its_own_files_only() {
    let server = start();
    let client = root(&server);
    let page = client.get("/docs");
    assert_eq!(page.status, 200);
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'") && policy.contains("script-src 'self';"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    assert!(!page.text.contains("<script>") && !page.text.contains("onload"), "{}", page.text);
    let loaded: Vec<&str> = page.text.split(['"']).filter(|part| part.starts_with("docs/")).collect();
    assert_eq!(loaded.len(), 4, "{loaded:?}");
    for path in loaded.iter().filter(|path| !path.ends_with(".png")) {
        // As the page is at `/docs`, wherever that is for the browser.
        let file = client.get(&format!("/{path}"));
        assert_eq!(file.status, 200, "{path}");
        assert!(file.header("content-type").unwrap().starts_with("text/"), "{path}");
        assert!(file.text.len() > 100, "{path}");
    }
    for none in ["/docs/index.html", "/docs/swagger-initializer.js", "/docs/..%2fCargo.toml"] {
        assert_eq!(client.get(none).status, 404, "{none}");
    }
}
