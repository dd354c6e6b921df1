//! PATCH bodies, or lists of operations alone: no panic, a refused one changes nothing, and what an accepted one makes is in
//! canonical form. Run with `cargo +nightly fuzz run patch -- -dict=fuzz/patch.dict -max_len=4096`.
#![no_main]

use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use scim_core::read::{Context, resource, schemas_of};
use scim_core::schema::{TypeIndex, builtin};
use scim_core::{Policy, json, patch};
use scim_filter_parser::Dialect;
use serde_json::{Map, Value, json};

/// A type, the attribute that is kept elsewhere, and resources in canonical form.
struct Subject {
    index: Arc<TypeIndex>,
    external: Option<&'static str>,
    stored: Vec<Map<String, Value>>,
}

static SUBJECTS: LazyLock<Vec<Subject>> = LazyLock::new(|| {
    let user = json!({
        "userName": "u", "active": true, "title": "t", "password": "p",
        "name": { "givenName": "g", "familyName": "f" },
        "emails": [
            { "value": "w", "type": "work", "primary": true }, { "value": "h", "type": "home", "display": "d" },
        ],
        "addresses": [{ "type": "work", "country": "DE", "locality": "l" }],
        "roles": [{ "value": "r" }],
        builtin::ENTERPRISE_USER: { "department": "d", "manager": { "value": "m" } },
    });
    let group = json!({ "displayName": "g" });
    let subject = |name: &str, external, bodies: Vec<Value>| {
        let index = builtin::registry().index(name).expect("a built-in type");
        let read = |body| resource(&index, body, Context::Create, &Policy::tolerant(), &mut Vec::new());
        let stored = bodies.into_iter().map(|body| read(body).expect("a good body")).collect();
        Subject { index, external, stored }
    };
    vec![
        subject("User", None, vec![user, json!({ "userName": "u" })]),
        subject("Group", Some("members"), vec![group.clone()]),
        subject(
            "Group",
            None,
            vec![group, json!({ "displayName": "g", "members": [{ "value": "1" }, { "value": "2" }] })],
        ),
    ]
});

fuzz_target!(|bytes: &[u8]| {
    let Ok(given) = json::parse(bytes) else { return };
    let body = match given {
        Value::Array(operations) => {
            json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations })
        }
        other => other,
    };
    for subject in SUBJECTS.iter() {
        for (policy, lenient) in [(Policy::strict(), false), (Policy::tolerant(), true)] {
            apply(subject, &body, &policy, lenient);
        }
    }
});

fn apply(subject: &Subject, body: &Value, policy: &Policy, lenient: bool) {
    let index = &subject.index;
    let urns = index.urns();
    let Ok(patch) = patch::parse(index, body, policy, &Dialect { urns, lenient }, subject.external) else {
        return;
    };
    for stored in &subject.stored {
        let mut resource = stored.clone();
        match patch.apply(index, &mut resource, policy, &mut Vec::new()) {
            Err(_) => assert_eq!(&resource, stored, "a refused PATCH changed something"),
            Ok(outcome) => {
                assert_eq!(outcome.changed, &resource != stored, "what it says of itself");
                resource.insert("schemas".to_owned(), schemas_of(index, &resource));
                expect_canonical(index, policy, &resource);
            }
        }
    }
}

/// Reading it once more changes nothing and finds nothing to remark.
fn expect_canonical(index: &TypeIndex, policy: &Policy, made: &Map<String, Value>) {
    let mut notes = Vec::new();
    let again = resource(index, Value::Object(made.clone()), Context::Create, policy, &mut notes);
    assert_eq!(again.as_ref(), Ok(made), "read again");
    assert_eq!(notes, [], "read again");
    let text = Value::Object(made.clone()).to_string();
    assert!(!text.contains("\\u0000"), "PostgreSQL cannot store {text}");
}
