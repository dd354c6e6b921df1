//! What the model takes paths and filters for: only the forms that the random requests have.

use serde_json::Value;

use crate::model::{ENTERPRISE, Object, folded};

/// What a path names.
pub(crate) enum Place<'a> {
    Simple(&'static str),
    Name,
    NamePart(&'static str),
    List(&'static str, Option<&'a str>, Option<&'static str>),
    Extension,
    Department,
    Manager,
    ManagerValue,
    ReadOnly,
    Unknown,
}

pub(crate) fn known(name: &str, names: &[&'static str]) -> Option<&'static str> {
    names.iter().copied().find(|known| known.eq_ignore_ascii_case(name))
}

pub(crate) fn place(path: &str) -> Place<'_> {
    if let Some((list, rest)) = path.split_once('[') {
        let (filter, part) = rest.rsplit_once(']').unwrap();
        let list = known(list, &["emails", "roles"]).unwrap();
        let part = (!part.is_empty())
            .then(|| known(part.trim_start_matches('.'), &["value", "type", "display", "primary"]).unwrap());
        return Place::List(list, Some(filter), part);
    }
    if path.eq_ignore_ascii_case(ENTERPRISE) {
        return Place::Extension;
    }
    let bare = path.strip_prefix(ENTERPRISE).map_or(path, |rest| rest.trim_start_matches(':'));
    match bare.to_lowercase().split_once('.') {
        None => match bare.to_lowercase().as_str() {
            "name" => Place::Name,
            "department" => Place::Department,
            "manager" => Place::Manager,
            "id" | "meta" | "groups" => Place::ReadOnly,
            other => match known(other, &["title", "nickName", "active", "userName"]) {
                Some(name) => Place::Simple(name),
                None => known(other, &["emails", "roles"]).map_or(Place::Unknown, |list| Place::List(list, None, None)),
            },
        },
        Some(("name", part)) => known(part, &["givenName", "familyName"]).map_or(Place::Unknown, Place::NamePart),
        Some(("manager", "value")) => Place::ManagerValue,
        Some(("meta", _)) => Place::ReadOnly,
        Some((list, part)) => {
            match (known(list, &["emails", "roles"]), known(part, &["value", "type", "display", "primary"])) {
                (Some(list), Some(part)) => Place::List(list, None, Some(part)),
                _ => Place::Unknown,
            }
        }
    }
}

/// One comparison, by its three words.
fn term_holds(text: &str, element: &Object) -> bool {
    let mut words = text.splitn(3, ' ');
    let (name, operator, operand) = (words.next().unwrap(), words.next().unwrap(), words.next());
    let value = element.get(name);
    let operand = operand.map(|operand| folded(&serde_json::from_str(operand).unwrap()));
    let Some(value) = value.map(folded) else { return false };
    match (operator, operand) {
        ("pr", _) => true,
        ("eq", Some(operand)) => value == operand,
        ("co", Some(operand)) => value.as_str().unwrap().contains(operand.as_str().unwrap()),
        (_, Some(operand)) => value.as_str().unwrap().starts_with(operand.as_str().unwrap()),
        _ => unreachable!("{text}"),
    }
}

pub(crate) fn holds(filter: &str, element: &Object) -> bool {
    if let Some(inner) = filter.strip_prefix("not (") {
        return !term_holds(inner.trim_end_matches(')'), element);
    }
    if let Some((left, right)) = filter.split_once(" or ") {
        return term_holds(left, element) || term_holds(right, element);
    }
    filter.split(" and ").all(|term| term_holds(term, element))
}

/// The element that a filter of nothing but equalities describes.
pub(crate) fn described(filter: &str) -> Option<Object> {
    if filter.starts_with("not (") || filter.contains(" or ") {
        return None;
    }
    let mut element = Object::new();
    for term in filter.split(" and ") {
        let (name, operand) = term.split_once(" eq ")?;
        let value: Value = serde_json::from_str(operand).unwrap();
        if element.get(name).is_some_and(|before| folded(before) != folded(&value)) {
            return None;
        }
        element.insert(name.to_owned(), value);
    }
    Some(element)
}
