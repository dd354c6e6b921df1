//! Filters that a strict parser must accept or refuse, as data.
use crate::strict;
use scim_filter_parser::parse_filter;

fn vectors(kind: &str) -> Vec<String> {
    let all: serde_json::Value = serde_json::from_str(include_str!("vectors.json")).unwrap();
    let chosen: Vec<String> = all[kind].as_array().unwrap().iter().map(|v| v.as_str().unwrap().to_owned()).collect();
    assert!(chosen.len() >= 30, "the vectors were not read");
    chosen
}

#[test]
fn accepts() {
    for text in vectors("accept") {
        let filter = parse_filter(&text, &strict()).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(parse_filter(&filter.to_string(), &strict()), Ok(filter), "{text}");
    }
}

#[test]
fn rejects() {
    for text in vectors("reject") {
        assert!(parse_filter(&text, &strict()).is_err(), "{text}");
    }
}
