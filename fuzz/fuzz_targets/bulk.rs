//! Bulk requests, lists of operations alone, or the data of one: no panic, reading twice gives the same, looking at references changes
//! nothing, and what was put in the place of a reference stands there. Run with
//! `cargo +nightly fuzz run bulk -- -dict=fuzz/bulk.dict -max_len=4096`.
#![no_main]

use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use scim_core::bulk::envelope::{self, Read};
use scim_core::bulk::{Method, Operation, operation, references};
use scim_core::schema::{TypeIndex, builtin};
use scim_core::{Policy, json};
use serde_json::{Map, Value, json};

static TYPES: LazyLock<Vec<Arc<TypeIndex>>> =
    LazyLock::new(|| ["User", "Group"].iter().filter_map(|name| builtin::registry().index(name)).collect());

const MOST_OPERATIONS: usize = 8;
/// What is put in the place of references: text that comes from nowhere else, and is none itself.
const ID: &str = "2819c223-7f76-453a-919d-413861904646";

fuzz_target!(|bytes: &[u8]| {
    let Ok(given) = json::parse(bytes) else { return };
    let body = match given {
        Value::Array(operations) => {
            check_data(json!({ "Operations": operations }));
            json!({ "Operations": operations })
        }
        other => {
            check_data(other.clone());
            other
        }
    };
    for policy in [Policy::strict(), Policy::tolerant()] {
        let read = envelope::read(body.clone(), &policy, MOST_OPERATIONS);
        assert_eq!(envelope::read(body.clone(), &policy, MOST_OPERATIONS), read, "read again");
        if let Ok(Read::Bulk(bulk)) = read {
            assert!(bulk.operations.len() <= MOST_OPERATIONS && bulk.fail_on_errors != Some(0), "{bulk:?}");
            bulk.operations.iter().for_each(check);
        }
    }
});

/// As what one operation sends.
fn check_data(data: Value) {
    for (method, path) in [("POST", "/Users"), ("PATCH", "/Users/bulkId:a")] {
        let operation = json!({ "method": method, "path": path, "bulkId": "a", "data": data });
        operation.as_object().into_iter().for_each(check);
    }
}

fn check(sent: &Map<String, Value>) {
    let of_tenant = |segment: &str| segment == "Devices";
    let read = operation::read(sent, &of_tenant);
    assert_eq!(operation::read(sent, &of_tenant), read, "read again");
    let Ok(read) = read else { return };
    assert_eq!(read.id.is_none(), read.method == Method::Post, "only POST names no resource");
    assert_eq!(operation::read(&written(&read), &of_tenant).as_ref(), Ok(&read), "written and read");
    for index in TYPES.iter() {
        replace(index, &read);
    }
}

/// The operation as a client would send it.
fn written(operation: &Operation) -> Map<String, Value> {
    let method = match operation.method {
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Patch => "PATCH",
        Method::Delete => "DELETE",
    };
    let id = operation.id.iter().flat_map(|id| ["/", id.as_str()]).collect::<String>();
    let members = json!({
        "method": method, "path": format!("{}{id}", operation.target.path()), "bulkId": operation.bulk_id,
        "version": operation.version, "data": operation.data,
    });
    members.as_object().cloned().unwrap_or_default()
}

fn replace(index: &TypeIndex, read: &Operation) {
    let names = |operation: &mut Operation| {
        let mut names = Vec::new();
        references::visit(index, operation, &mut |text| {
            names.push(references::name(text).expect("only references are visited").to_owned());
        });
        names
    };
    let mut seen = read.clone();
    let found = names(&mut seen);
    assert_eq!(&seen, read, "looking changes nothing");
    assert_eq!(names(&mut seen), found, "the same again");
    let mut replaced = 0;
    references::visit(index, &mut seen, &mut |text| {
        ID.clone_into(text);
        replaced += 1;
    });
    assert_eq!(replaced, found.len(), "what was seen was replaced");
    if occurrences(read) == 0 {
        assert_eq!(occurrences(&seen), replaced, "what was replaced stands there");
    }
    assert_eq!(names(&mut seen), Vec::<String>::new(), "no reference is left");
}

/// How often the id stands in an operation.
fn occurrences(operation: &Operation) -> usize {
    let id = operation.id.iter().map(|id| id.matches(ID).count()).sum::<usize>();
    id + operation.data.as_ref().map_or(0, |data| data.to_string().matches(ID).count())
}
