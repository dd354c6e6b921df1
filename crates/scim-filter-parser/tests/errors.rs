//! Where an error points and what it says.
use crate::{ENTERPRISE, lenient, strict};
use scim_filter_parser::{
    Error, Expected, Limit, MAX_LENGTH, MAX_NESTING, MAX_TERMS, Reason, parse_attribute_path, parse_filter, parse_path,
};

fn expected(offset: usize, expected: Expected) -> Error {
    Error { offset, reason: Reason::Expected(expected) }
}

fn limit(offset: usize, limit: Limit) -> Error {
    Error { offset, reason: Reason::Limit(limit) }
}

#[test]
fn a_filter_error_points_at_the_fault() {
    let cases = [
        ("", 0, Expected::Attribute),
        ("   ", 3, Expected::Attribute),
        ("1abc eq 1", 0, Expected::Attribute),
        ("userName", 8, Expected::Operator),
        ("userName ", 9, Expected::Operator),
        ("userName\teq \"a\"", 8, Expected::Operator),
        ("userName regex \"a\"", 9, Expected::Operator),
        ("not title pr", 4, Expected::Operator),
        ("a.b.c eq 1", 3, Expected::Operator),
        ("userName eq", 11, Expected::Value),
        ("userName eq bob", 12, Expected::Value),
        ("n eq 01", 5, Expected::Value),
        ("é eq 1", 0, Expected::Attribute),
        ("a eq \"é\" x", 10, Expected::FilterEnd),
        ("a. eq 1", 2, Expected::SubAttribute),
        ("title pr)", 8, Expected::FilterEnd),
        ("title pr \"x\"", 9, Expected::FilterEnd),
        ("(title pr", 9, Expected::ClosingParenthesis),
        ("((title pr) ", 12, Expected::ClosingParenthesis),
        ("(a pr b pr)", 6, Expected::ClosingParenthesis),
        ("a[b pr", 6, Expected::ClosingBracket),
        ("a[b pr)", 6, Expected::ClosingBracket),
        ("a[]", 2, Expected::SubAttribute),
        ("a[b[c pr]]", 3, Expected::Operator),
        ("a eq \"x", 7, Expected::ClosingQuote),
        ("a eq \"x\ty\"", 7, Expected::ClosingQuote),
        ("a eq \"x\\q\"", 7, Expected::Escape),
        ("a eq \"\\ud800\"", 6, Expected::Escape),
        ("a pr and", 8, Expected::Space),
        ("a pr and(b pr)", 8, Expected::Space),
        ("a pr and ", 9, Expected::Attribute),
        ("a pr or not ()", 13, Expected::Attribute),
    ];
    for (text, offset, reason) in cases {
        assert_eq!(parse_filter(text, &strict()), Err(expected(offset, reason)), "{text}");
    }
    let text = format!("{ENTERPRISE} pr");
    assert_eq!(parse_filter(&text, &strict()), Err(expected(ENTERPRISE.len(), Expected::AttributeOfSchema)));
}

#[test]
fn a_path_error_points_at_the_fault() {
    for (text, offset, reason) in [
        ("", 0, Expected::Attribute),
        ("emails[type eq", 14, Expected::Value),
        ("emails[type eq \"a\"]x", 19, Expected::PathEnd),
        ("emails[type eq \"a\"].value.x", 25, Expected::PathEnd),
        ("a.b.c", 3, Expected::PathEnd),
        ("a b", 2, Expected::PathEnd),
        ("a.", 2, Expected::SubAttribute),
        ("a.b[c pr]", 3, Expected::PathEnd),
    ] {
        assert_eq!(parse_path(text, &strict()), Err(expected(offset, reason)), "{text}");
    }
    assert_eq!(parse_attribute_path("a[b pr]", &strict()), Err(expected(1, Expected::PathEnd)));
    let urn_alone = expected(ENTERPRISE.len(), Expected::AttributeOfSchema);
    assert_eq!(parse_attribute_path(ENTERPRISE, &strict()), Err(urn_alone));
}

#[test]
fn messages_say_what_and_where() {
    let message = |text: &str| parse_filter(text, &strict()).unwrap_err().to_string();
    assert_eq!(message("a pr and"), "expected a space at byte 8");
    assert_eq!(message(&"(".repeat(99)), "parentheses and brackets nested more than 32 deep (at byte 32)");
    assert_eq!(message(&"a".repeat(20_000)), "longer than 16384 bytes (at byte 16384)");
}

#[test]
fn length_is_limited() {
    let fits = format!("a eq \"{}\"", "x".repeat(MAX_LENGTH - 7));
    assert_eq!(fits.len(), MAX_LENGTH);
    assert!(parse_filter(&fits, &strict()).is_ok());
    assert_eq!(parse_filter(&format!("{fits} "), &strict()), Err(limit(MAX_LENGTH, Limit::Length)));
    let split = format!("{}é", "a".repeat(MAX_LENGTH - 1));
    assert_eq!(parse_path(&split, &strict()), Err(limit(MAX_LENGTH - 1, Limit::Length)));
    assert!(parse_attribute_path(&"a".repeat(MAX_LENGTH), &strict()).is_ok());
    assert!(parse_attribute_path(&"a".repeat(MAX_LENGTH + 1), &strict()).is_err());
}

#[test]
fn nesting_is_limited_outside_strings() {
    let nested = |depth: usize| format!("{}a pr{}", "(".repeat(depth), ")".repeat(depth));
    assert!(parse_filter(&nested(MAX_NESTING), &strict()).is_ok());
    assert_eq!(parse_filter(&nested(MAX_NESTING + 1), &strict()), Err(limit(MAX_NESTING, Limit::Nesting)));
    let bracket = format!("{}a[b pr]{}", "(".repeat(MAX_NESTING), ")".repeat(MAX_NESTING));
    assert_eq!(parse_filter(&bracket, &strict()), Err(limit(MAX_NESTING + 1, Limit::Nesting)));
    let in_brackets = format!("a[{}b pr{}]", "(".repeat(MAX_NESTING), ")".repeat(MAX_NESTING));
    assert_eq!(parse_path(&in_brackets, &strict()), Err(limit(MAX_NESTING + 1, Limit::Nesting)));
    let in_string = format!(r#"a eq "\"{}""#, "([".repeat(100));
    assert!(parse_filter(&in_string, &strict()).is_ok());
    let side_by_side = vec!["(a pr)"; 100].join(" or ");
    assert!(parse_filter(&side_by_side, &strict()).is_ok());
    let hidden = format!("a eq x\" or {}", nested(1000));
    assert!(parse_filter(&hidden, &lenient()).is_err(), "a quote hides nothing from the check");
}

#[test]
fn terms_are_limited() {
    let chain = |terms: usize| vec!["a pr"; terms].join(" or ");
    assert!(parse_filter(&chain(MAX_TERMS), &strict()).is_ok());
    assert_eq!(parse_filter(&chain(MAX_TERMS + 1), &strict()), Err(limit(8 * MAX_TERMS, Limit::Terms)));
    let path = |terms: usize| format!("x[{}].y", chain(terms));
    assert!(parse_path(&path(MAX_TERMS), &strict()).is_ok());
    assert_eq!(parse_path(&path(MAX_TERMS + 1), &strict()), Err(limit(2 + 8 * MAX_TERMS, Limit::Terms)));
    let tail = |terms: usize| format!("x[{}].y pr", chain(terms));
    assert!(parse_filter(&tail(MAX_TERMS - 1), &strict()).is_ok());
    assert!(matches!(
        parse_filter(&tail(MAX_TERMS), &strict()),
        Err(Error { reason: Reason::Limit(Limit::Terms), .. })
    ));
}
