//! Filters and their evaluation, on the built-in types and on one that has what they lack.

mod sorting;

use std::sync::Arc;

use proptest::prelude::*;
use scim_filter_parser::{Dialect, parse_filter};
use serde_json::{Map, Value, json};

use super::*;
use crate::error::Kind;
use crate::schema::build::{binary, boolean, complex, date_time, integer, resource_type, schema, string};
use crate::schema::registry::Registry;
use crate::schema::{Attribute, Type, TypeIndex, builtin};

const USER_URN: &str = builtin::USER;
const ENTERPRISE: &str = builtin::ENTERPRISE_USER;

fn user() -> Arc<TypeIndex> {
    builtin::registry().index("User").unwrap()
}

/// A type that has what users lack: numbers, a dateTime, a simple list, a binary.
fn device() -> Arc<TypeIndex> {
    let urn = "urn:example:Device";
    let attributes = vec![
        integer("count", "Count."),
        Attribute::new("weight", Type::Decimal, "Weight."),
        date_time("seen", "Seen."),
        string("tags", "Tags.").many(),
        string("code", "Code.").exact().indexed(1_000),
        binary("key", "Key."),
        boolean("ready", "Ready."),
        complex("ports", "Ports.", vec![integer("value", "Port."), boolean("primary", "Primary.")]).many(),
    ];
    let types = vec![resource_type("Device", "/Devices", urn, &[], "Devices.")];
    Registry::new(vec![schema(urn, "Device", "Device", attributes)], types).index("Device").unwrap()
}

fn try_compile(index: &TypeIndex, text: &str, lenient: bool, unknown: Unknown) -> Result<Condition, crate::Invalid> {
    let filter = parse_filter(text, &Dialect { urns: index.urns(), lenient }).unwrap();
    compile(index, &filter, Leniency { coerce_booleans: lenient }, unknown)
}

fn strict(index: &TypeIndex, text: &str) -> Condition {
    try_compile(index, text, false, Unknown::Refuse).unwrap()
}

fn refused(index: &TypeIndex, text: &str) -> bool {
    let error = try_compile(index, text, false, Unknown::Refuse).unwrap_err();
    error.kind == Kind::InvalidFilter
}

fn object(value: Value) -> Map<String, Value> {
    let Value::Object(map) = value else { panic!("not an object") };
    map
}

fn barbara() -> Map<String, Value> {
    object(json!({
        "schemas": [USER_URN, ENTERPRISE],
        "id": "2819c223",
        "externalId": "Ext-1",
        "userName": "BJensen",
        "name": { "familyName": "Jensen", "givenName": "Barbara" },
        "title": "Tour 100%_*\\ Guide",
        "profileUrl": "https://Example.com/bj",
        "active": true,
        "emails": [
            { "value": "bjensen@Example.com", "type": "work", "primary": true },
            { "value": "babs@home.example", "type": "home" }
        ],
        "meta": { "resourceType": "User", "created": "2011-05-13T04:42:34Z" },
        ENTERPRISE: { "department": "Tours", "manager": { "value": "M-1" } }
    }))
}

fn matches(text: &str) -> bool {
    strict(&user(), text).matches(&barbara())
}

#[track_caller]
fn assert_table(table: &[(&str, bool)]) {
    for (filter, expected) in table {
        assert_eq!(matches(filter), *expected, "{filter}");
        assert_eq!(matches(&format!("not ({filter})")), !expected, "not ({filter})");
    }
}

#[test]
fn text_is_compared_by_the_case_rule_of_its_attribute() {
    assert_table(&[
        (r#"userName eq "bjensen""#, true),
        (r#"USERNAME EQ "BJENSEN""#, true),
        (r#"externalId eq "Ext-1""#, true),
        (r#"externalId eq "ext-1""#, false),
        (r#"profileUrl eq "https://Example.com/bj""#, true),
        (r#"profileUrl eq "https://example.com/bj""#, false),
        (r#"emails.value co "@example.COM""#, true),
        (r#"userName sw "bj""#, true),
        (r#"userName ew "SEN""#, true),
        (r#"userName sw "bjensen""#, true),
        (r#"userName ew "x""#, false),
    ]);
}

#[test]
fn pattern_characters_in_operands_are_literal() {
    assert_table(&[
        (r#"title co "100%_*""#, true),
        (r#"title co "\\""#, true),
        (r#"title co "T%r""#, false),
        (r#"title co "T_ur""#, false),
        (r#"title co "T*r""#, false),
    ]);
}

#[test]
fn text_is_ordered_by_code_point_after_folding() {
    assert_table(&[
        (r#"userName gt "A""#, true),
        (r#"userName lt "c""#, true),
        (r#"userName ge "bjensen""#, true),
        (r#"userName gt "bjensen""#, false),
        (r#"userName le "BJENSEN""#, true),
        (r#"externalId gt "a""#, false),
    ]);
}

#[test]
fn a_missing_value_fails_every_comparison_but_ne_and_eq_null() {
    assert_table(&[
        (r#"nickName eq "x""#, false),
        (r#"nickName ne "x""#, true),
        (r#"nickName gt "a""#, false),
        (r#"nickName co """#, false),
        ("nickName eq null", true),
        ("nickName ne null", false),
        ("nickName pr", false),
        ("title eq null", false),
        ("title ne null", true),
        ("name pr", true),
        ("phoneNumbers pr", false),
        ("phoneNumbers eq null", true),
        (r#"phoneNumbers ne "1""#, true),
    ]);
}

#[test]
fn present_means_more_than_empty_values() {
    let filter = strict(&user(), "title pr or name pr or emails pr");
    for empty in [json!({}), json!({ "title": "" }), json!({ "name": { "givenName": "" } }), json!({ "emails": [{}] })]
    {
        assert!(!filter.matches(&object(empty.clone())), "{empty}");
    }
    assert!(strict(&user(), "active pr").matches(&object(json!({ "active": false }))));
}

#[test]
fn one_matching_value_of_a_list_suffices_and_ne_wants_none() {
    assert_table(&[
        (r#"emails.value eq "babs@home.example""#, true),
        (r#"emails.value ne "babs@home.example""#, false),
        (r#"emails.value ne "nobody@x""#, true),
        (r#"emails co "home.example""#, true),
        (r#"emails eq "babs@home.example""#, true),
        (&format!(r#"schemas eq "{ENTERPRISE}""#), true),
        (r#"schemas eq "urn:x""#, false),
        (&format!(r#"schemas eq "{}""#, ENTERPRISE.to_uppercase()), true),
    ]);
}

#[test]
fn brackets_test_one_element_and_dots_any() {
    assert_table(&[
        (r#"emails.type eq "work" and emails.value co "home""#, true),
        (r#"emails[type eq "work" and value co "home"]"#, false),
        (r#"emails[type eq "work" and value co "example.com"]"#, true),
        (r#"emails[not (type eq "work")]"#, true),
        (r#"emails[type eq "fax" or (primary eq true and value pr)]"#, true),
        (r#"emails[type eq "work"].value eq "bjensen@example.com""#, true),
        (r#"emails[type eq "home"].value eq "bjensen@example.com""#, false),
        (r#"name[givenName eq "barbara"]"#, true),
        (r#"phoneNumbers[type eq "work"]"#, false),
    ]);
}

#[test]
fn an_element_without_primary_is_not_primary() {
    assert_table(&[
        (r#"emails[primary eq false and type eq "home"]"#, true),
        (r#"emails[primary eq false and type eq "work"]"#, false),
        (r#"emails[primary ne false and type eq "work"]"#, true),
        ("emails.primary eq false", true),
        ("emails.primary ne false", false),
        ("phoneNumbers.primary eq false", false),
    ]);
}

#[test]
fn extension_attributes_are_found_by_urn_and_by_unambiguous_name() {
    assert_table(&[
        (&format!(r#"{ENTERPRISE}:department eq "tours""#), true),
        (&format!(r#"{}:manager.value eq "M-1""#, ENTERPRISE.to_uppercase()), true),
        (r#"department eq "tours""#, true),
        (r#"manager eq "m-1""#, true),
        (&format!(r#"{USER_URN}:name.familyName eq "jensen""#), true),
        (r#"id eq "2819c223""#, true),
        (r#"meta.resourceType eq "User""#, true),
    ]);
}

#[test]
fn instants_are_compared_across_offsets() {
    assert_table(&[
        (r#"meta.created eq "2011-05-13T06:42:34+02:00""#, true),
        (r#"meta.created gt "2011-05-13T04:42:33.999Z""#, true),
        (r#"meta.created lt "2011-05-13T04:42:34.000001Z""#, true),
        (r#"meta.created ge "2011-05-13T04:42:35Z""#, false),
    ]);
}

#[test]
fn numbers_are_compared_by_value() {
    let device_index = device();
    let resource = object(json!({ "count": 9, "weight": 1.0, "tags": ["Red", "blue"], "ports": [{ "value": 80 }] }));
    for (filter, expected) in [
        ("count lt 10", true),
        ("count eq 9.0", true),
        ("count eq 0.9e1", true),
        ("count gt 8.5", true),
        ("count lt 8.5", false),
        ("weight eq 1", true),
        ("weight lt 1e300", true),
        (r#"tags eq "red""#, true),
        (r#"tags ne "green""#, true),
        ("ports eq 80", true),
        ("ports[primary eq false and value ge 80]", true),
    ] {
        assert_eq!(strict(&device_index, filter).matches(&resource), expected, "{filter}");
    }
}

#[test]
fn operators_that_do_not_suit_the_type_are_refused() {
    let device = device();
    for filter in [
        "ready co true",
        "ready gt false",
        "count sw 1",
        r#"seen co "2011""#,
        r#"key lt "a""#,
        "count co 1",
        "weight ew 5",
    ] {
        assert!(refused(&device, filter), "{filter}");
    }
    for filter in [r#"name eq "x""#, r#"name gt "x""#, r#"addresses eq "x""#, r#"meta co "x""#] {
        assert!(refused(&user(), filter), "{filter}");
    }
}

#[test]
fn operands_of_another_type_are_refused() {
    let device = device();
    for filter in [
        r#"ready eq "true""#,
        r#"count eq "1""#,
        "code eq 1",
        "code eq true",
        r#"seen gt "yesterday""#,
        r#"seen eq "2011-13-41T00:00:00Z""#,
        "count eq 1e999",
        "code co null",
        "ready gt null",
    ] {
        assert!(refused(&device, filter), "{filter}");
    }
}

#[test]
fn booleans_in_quotes_pass_only_when_coerced() {
    let lenient = try_compile(&user(), r#"active eq "True" and emails[primary eq "true"]"#, true, Unknown::Refuse);
    assert!(lenient.unwrap().matches(&barbara()));
    assert!(refused(&user(), r#"emails[primary eq "true"]"#));
    assert!(try_compile(&user(), r#"active eq "yes""#, true, Unknown::Refuse).is_err());
    let number = try_compile(&user(), "title eq 7", true, Unknown::Refuse).unwrap();
    assert!(number.matches(&object(json!({ "title": "7" }))));
}

#[test]
fn unknown_names_are_refused_or_without_value() {
    for filter in
        ["shoe pr", "name.shoe pr", "emails[shoe pr]", r#"emails[userName eq "x"]"#, "urn:x:y:z pr", "userName[a pr]"]
    {
        assert!(refused(&user(), filter), "{filter}");
    }
    for (filter, expected) in [
        ("shoe pr", false),
        (r#"shoe eq "x""#, false),
        (r#"shoe ne "x""#, true),
        ("shoe eq null", true),
        ("shoe ne null", false),
        (r#"shoe[size gt 4]"#, false),
        (r#"shoe pr or userName eq "bjensen""#, true),
        (r#"emails[shoe ne "x" and type eq "work"]"#, true),
    ] {
        let condition = try_compile(&user(), filter, false, Unknown::NoValue).unwrap();
        assert_eq!(condition.matches(&barbara()), expected, "{filter}");
    }
    assert!(try_compile(&user(), "shoe co null", false, Unknown::NoValue).is_err());
}

#[test]
fn what_is_never_returned_cannot_be_probed() {
    for filter in [r#"password sw "a""#, "password pr", "not (password pr)"] {
        assert!(refused(&user(), filter), "{filter}");
        assert!(try_compile(&user(), filter, true, Unknown::NoValue).is_err(), "{filter}");
    }
}

#[test]
fn a_refusal_names_the_attribute() {
    let error = try_compile(&user(), r#"name.shoe eq "x""#, false, Unknown::Refuse).unwrap_err();
    assert_eq!(error.path.as_deref(), Some("name.shoe"));
}

#[test]
fn leaves_tell_a_database_what_to_look_up() {
    let condition = strict(&user(), r#"emails eq "A@B.example""#);
    let Condition::Leaf(Leaf::Value { field, test }) = condition else { panic!("not one leaf") };
    assert_eq!((field.name.as_str(), field.sub.as_deref()), ("emails", Some("value")));
    assert_eq!(field.indexed, Some(builtin::path_id::EMAILS));
    assert!(field.multi_valued && !field.case_exact);
    assert_eq!(test, Test::Compare(Comparison::Equal, Operand::Text("a@b.example".into())));

    let Condition::Leaf(Leaf::Value { field, test }) = strict(&user(), "manager pr") else { panic!("not one leaf") };
    assert_eq!(field.place, Place::Extension(ENTERPRISE.to_owned()));
    assert_eq!((field.indexed, test), (None, Test::Present), "rows hold values, not presence of the whole");

    let type_only = strict(&user(), r#"emails.type eq "work""#);
    assert!(matches!(type_only, Condition::Leaf(Leaf::Value { field, .. }) if field.indexed.is_none()));

    for element in [r#"emails[type eq "work"].value eq "x""#, r#"emails[type eq "work" and value eq "x"]"#] {
        let Condition::Leaf(Leaf::Element { field, .. }) = strict(&user(), element) else { panic!("not one leaf") };
        assert_eq!((field.sub, field.indexed), (None, Some(builtin::path_id::EMAILS)), "{element}");
    }

    let negated = strict(&device(), r#"code ne "X""#);
    let Condition::Not(inner) = negated else { panic!("ne is the complement of eq") };
    assert!(matches!(*inner, Condition::Leaf(Leaf::Value { field, .. }) if field.indexed == Some(1_000)));
}

#[test]
fn a_tail_behind_brackets_belongs_to_the_same_element() {
    let condition = strict(&user(), r#"emails[type eq "work"].value eq "X""#);
    let Condition::Leaf(Leaf::Element { field, condition: Condition::And(terms) }) = condition else {
        panic!("not one element test")
    };
    assert_eq!((field.name.as_str(), field.sub, terms.len()), ("emails", None, 2));
}

#[test]
fn large_numbers_keep_their_order() {
    let parse = |text: &str| Number::parse(text).unwrap();
    assert!(parse("9007199254740993") > parse("9007199254740992"));
    assert!(parse("9223372036854775807") < parse("9223372036854775808"));
    assert!(parse("-1e300") < parse("-9223372036854775808"));
    assert!(parse("-1.5") < parse("-1") && parse("-1.5") > parse("-2"));
    assert_eq!(parse("1e2"), parse("100"));
    assert_eq!(Number::parse("1e999"), None);
}

proptest! {
    #[test]
    fn number_order_agrees_with_floating_point_where_that_is_exact(left in -1000i32..1000, right in -1000i32..1000) {
        let (left, right) = (f64::from(left) / 4.0, f64::from(right) / 4.0);
        let number = |value: f64| Number::parse(&value.to_string()).unwrap();
        prop_assert_eq!(Some(number(left).cmp(&number(right))), left.partial_cmp(&right));
    }

    #[test]
    fn every_operator_and_its_complement_split_all_resources(
        title in proptest::option::of("[a-cA-C]{1,2}"),
        operator in proptest::sample::select(vec!["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"]),
        operand in "[a-cA-C]{0,2}",
    ) {
        let resource: Map<String, Value> = title.iter().map(|title| ("title".to_owned(), json!(title))).collect();
        let holds = |text: &str| strict(&user(), text).matches(&resource);
        let filter = format!("title {operator} \"{operand}\"");
        prop_assert_ne!(holds(&filter), holds(&format!("not ({filter})")));
        let (value, operand) = (title.as_deref().map(str::to_lowercase), operand.to_lowercase());
        let model = match (operator, value.as_deref()) {
            ("ne", value) => value != Some(operand.as_str()),
            (_, None) => false,
            ("eq", Some(value)) => value == operand,
            ("co", Some(value)) => value.contains(&operand),
            ("sw", Some(value)) => value.starts_with(&operand),
            ("ew", Some(value)) => value.ends_with(&operand),
            ("gt", Some(value)) => value > operand.as_str(),
            ("ge", Some(value)) => value >= operand.as_str(),
            ("lt", Some(value)) => value < operand.as_str(),
            (_, Some(value)) => value <= operand.as_str(),
        };
        prop_assert_eq!(holds(&filter), model);
    }
}
