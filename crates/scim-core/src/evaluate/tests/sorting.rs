//! Sort keys and the order of what they yield.

use std::cmp::Ordering;

use scim_filter_parser::parse_attribute_path;

use super::*;
use crate::evaluate::sort::Order;

fn key(index: &TypeIndex, path: &str) -> Result<SortKey, crate::Invalid> {
    sort::compile(index, &parse_attribute_path(path, &Dialect { urns: index.urns(), lenient: false }).unwrap())
}

#[test]
fn a_list_is_sorted_by_its_primary_else_first_value() {
    let emails = key(&user(), "emails").unwrap();
    assert_eq!(emails.of(&barbara()), Some(SortValue::Text("bjensen@example.com".into())));
    let second = object(json!({ "emails": [{ "value": "A@x" }, { "value": "B@x", "primary": true }] }));
    assert_eq!(emails.of(&second), Some(SortValue::Text("b@x".into())));
    let unflagged = object(json!({ "emails": [{ "value": "A@x" }, { "value": "B@x", "primary": false }] }));
    assert_eq!(emails.of(&unflagged), Some(SortValue::Text("a@x".into())));
    assert_eq!(emails.of(&Map::new()), None);
}

#[test]
fn sort_values_follow_the_type() {
    let created = key(&user(), "meta.created").unwrap();
    assert_eq!(created.of(&barbara()), Some(SortValue::Instant(1_305_261_754_000_000)));
    let exact = key(&user(), "externalId").unwrap();
    assert_eq!(exact.of(&barbara()), Some(SortValue::Text("Ext-1".into())));
    let department = key(&user(), &format!("{ENTERPRISE}:department")).unwrap();
    assert_eq!(department.of(&barbara()), Some(SortValue::Text("tours".into())));
    let active = key(&user(), "active").unwrap();
    assert_eq!(active.of(&barbara()), Some(SortValue::Boolean(true)));
    let count = key(&device(), "count").unwrap();
    assert!(count.of(&object(json!({ "count": 9 }))) < count.of(&object(json!({ "count": 10 }))));
}

#[test]
fn only_comparable_readable_attributes_sort() {
    for path in ["name", "shoe", "password", "manager", "meta", "addresses", "name.shoe"] {
        assert_eq!(key(&user(), path).unwrap_err().kind, Kind::InvalidPath, "{path}");
    }
}

#[test]
fn no_value_comes_last_ascending_and_first_descending() {
    let value = SortValue::Text("a".into());
    assert_eq!(Order::Ascending.compare(None, Some(&value)), Ordering::Greater);
    assert_eq!(Order::Descending.compare(None, Some(&value)), Ordering::Less);
    let larger = SortValue::Text("b".into());
    assert_eq!(Order::Ascending.compare(Some(&value), Some(&larger)), Ordering::Less);
    assert_eq!(Order::Descending.compare(Some(&value), Some(&larger)), Ordering::Greater);
}
