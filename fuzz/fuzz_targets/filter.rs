//! Filters and paths in both dialects: no panic, offsets inside the text, and every tree survives being written out and
//! parsed again. Run with `cargo +nightly fuzz run filter -- -dict=fuzz/filter.dict -max_len=2048`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use scim_filter_parser::{Dialect, Error, MAX_LENGTH, parse_attribute_path, parse_filter, parse_path};
use std::{
    fmt::{Debug, Display},
    sync::LazyLock,
};

static URNS: LazyLock<Vec<String>> = LazyLock::new(|| {
    ["core:2.0:User", "core:2.0:Group", "extension:enterprise:2.0:User"]
        .map(|name| format!("urn:ietf:params:scim:schemas:{name}"))
        .into()
});

fuzz_target!(|text: &str| {
    check(text, parse_filter);
    check(text, parse_path);
    check(text, parse_attribute_path);
});

fn check<T: Debug + Display + PartialEq>(text: &str, parse: impl Fn(&str, &Dialect<'_>) -> Result<T, Error>) {
    let [strict, lenient] = [false, true].map(|lenient| Dialect { urns: &URNS, lenient });
    let answers = [parse(text, &strict), parse(text, &lenient)];
    if answers[0].is_ok() {
        assert_eq!(answers[0], answers[1], "lenient changes what strict accepts");
    }
    for answer in answers {
        match answer {
            Err(error) => assert!(text.is_char_boundary(error.offset), "{error:?} points nowhere"),
            Ok(tree) => {
                let written = tree.to_string();
                // Quotes and escapes can make the written form longer than what was read.
                if written.len() <= MAX_LENGTH {
                    assert_eq!(parse(&written, &strict), Ok(tree), "{written}");
                }
            }
        }
    }
}
