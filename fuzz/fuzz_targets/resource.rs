//! Bodies of resources: no bytes panic, canonical form is read again as it is and survives being written out, projected and
//! put in its own place. Run with `cargo +nightly fuzz run resource -- -dict=fuzz/resource.dict -max_len=4096`.
#![no_main]

use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use scim_core::project::Projection;
use scim_core::read::{Context, mutability, resource};
use scim_core::schema::{TypeIndex, builtin};
use scim_core::{Policy, index_rows, json};
use serde_json::{Map, Value};

static TYPES: LazyLock<Vec<Arc<TypeIndex>>> =
    LazyLock::new(|| ["User", "Group"].iter().filter_map(|name| builtin::registry().index(name)).collect());

fuzz_target!(|bytes: &[u8]| {
    let Ok(body) = json::parse(bytes) else { return };
    for index in TYPES.iter() {
        for policy in [Policy::strict(), Policy::tolerant()] {
            let _no_panic = resource(index, body.clone(), Context::Replace, &policy, &mut Vec::new());
            if let Ok(read) = resource(index, body.clone(), Context::Create, &policy, &mut Vec::new()) {
                check(index, &policy, &read);
            }
        }
    }
});

fn check(index: &TypeIndex, policy: &Policy, read: &Map<String, Value>) {
    expect_canonical(index, policy, read);
    let text = Value::Object(read.clone()).to_string();
    assert_eq!(json::parse(text.as_bytes()).as_ref(), Ok(&Value::Object(read.clone())), "written and parsed");
    assert_eq!(mutability::replace(index, read, read.clone()).as_ref(), Ok(read), "in its own place");
    let mut readable = read.clone();
    readable.shift_remove("password");
    let shown = Projection::all().apply(index, read.clone(), None);
    assert_eq!(shown, readable, "projected");
    expect_canonical(index, policy, &shown);
    for row in index_rows::values(index, read) {
        assert!(!row.value.is_empty(), "an index row without a value");
    }
}

/// Reading it once more changes nothing and finds nothing to remark.
fn expect_canonical(index: &TypeIndex, policy: &Policy, read: &Map<String, Value>) {
    let mut notes = Vec::new();
    let again = resource(index, Value::Object(read.clone()), Context::Create, policy, &mut notes);
    assert_eq!(again.as_ref(), Ok(read), "read again");
    assert_eq!(notes, [], "read again");
    let text = Value::Object(read.clone()).to_string();
    assert!(!text.contains("\\u0000"), "PostgreSQL cannot store {text}");
}
