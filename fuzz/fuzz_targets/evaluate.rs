//! Filters and sort keys on resources: no panic, leniency changes no answer that the letter gives, and an order compares a
//! resource with itself as equal. Run with `cargo +nightly fuzz run evaluate -- -dict=fuzz/filter.dict -max_len=2048`.
#![no_main]

use std::cmp::Ordering;
use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use scim_core::evaluate::sort::Order;
use scim_core::evaluate::{Leniency, Unknown, compile, sort};
use scim_core::schema::{TypeIndex, builtin};
use scim_filter_parser::{Dialect, parse_attribute_path, parse_filter};
use serde_json::{Map, Value, json};

static USER: LazyLock<Arc<TypeIndex>> = LazyLock::new(|| builtin::registry().index("User").expect("a built-in type"));

static STORED: LazyLock<Vec<Map<String, Value>>> = LazyLock::new(|| {
    let usual = json!({
        "schemas": [builtin::USER, builtin::ENTERPRISE_USER], "id": "1", "userName": "x", "active": true, "title": "true",
        "name": { "givenName": "x", "familyName": "İß" },
        "emails": [{ "value": "x", "type": "work", "primary": true }, { "value": "-1.5e3" }],
        "meta": { "created": "2020-01-01T00:00:00Z", "lastModified": "2020-01-01T00:00:00.5+01:00" },
        builtin::ENTERPRISE_USER: { "employeeNumber": "1", "manager": { "value": "x" } },
    });
    // Values of wrong types: evaluation may meet them in what an older version stored.
    let odd = json!({ "userName": 1, "active": "x", "name": [1], "emails": "x", "meta": { "created": true } });
    [usual, odd].into_iter().filter_map(|value| value.as_object().cloned()).collect()
});

fuzz_target!(|text: &str| {
    for lenient in [false, true] {
        let dialect = Dialect { urns: USER.urns(), lenient };
        if let Ok(filter) = parse_filter(text, &dialect) {
            for unknown in [Unknown::Refuse, Unknown::NoValue] {
                let [letter, coerced] =
                    [false, true].map(|coerce_booleans| compile(&USER, &filter, Leniency { coerce_booleans }, unknown));
                for stored in STORED.iter() {
                    let answer = coerced.as_ref().map(|condition| condition.matches(stored));
                    if let Ok(condition) = &letter {
                        assert_eq!(answer, Ok(condition.matches(stored)), "leniency changes an answer");
                    }
                }
            }
        }
        if let Ok(path) = parse_attribute_path(text, &dialect)
            && let Ok(key) = sort::compile(&USER, &path)
        {
            for value in STORED.iter().map(|stored| key.of(stored)) {
                assert_eq!(Order::Ascending.compare(value.as_ref(), value.as_ref()), Ordering::Equal);
            }
        }
    }
});
