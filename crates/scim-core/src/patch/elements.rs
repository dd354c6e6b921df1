//! Lists: appending, changing and removing elements of a multi-valued attribute in memory.
//!
//! At most one element stays primary: setting `primary` takes the flag from the others (RFC 7644 section 3.5.2).

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::error::{Invalid, Kind};
use crate::schema::{Attribute, Mutability};

use super::apply::{apply_part, refuse_change};
use super::operation::{Action, Part, Selection};
use super::values::{Budget, equal, holds_all, key, same_identity};

/// Whether the element is flagged as primary.
pub(super) fn is_primary(element: &Map<String, Value>) -> bool {
    element.get("primary") == Some(&Value::Bool(true))
}

/// Leaves the flag to one element only.
fn make_primary(list: &mut [Value], winner: usize) {
    let others =
        list.iter_mut().enumerate().filter(|(at, _)| *at != winner).filter_map(|(_, element)| element.as_object_mut());
    for element in others.filter(|element| is_primary(element)) {
        element.insert("primary".to_owned(), Value::Bool(false));
    }
}

/// Appends what is not there yet. An element with the `value` and `type` of one that is there adds its sub-attributes to it.
pub(super) fn append(
    definition: &Attribute,
    list: &mut Vec<Value>,
    given: &[Value],
    budget: &mut Budget,
) -> Result<(), Invalid> {
    let mut known: HashMap<Option<String>, Vec<usize>> = HashMap::new();
    for (at, element) in list.iter().enumerate() {
        known.entry(key(definition, element)).or_default().push(at);
    }
    for element in given {
        let alike = known.entry(key(definition, element)).or_default();
        budget.spend(alike.len())?;
        let at = match find(definition, list, alike, element) {
            Some(at) => at,
            None => {
                alike.push(list.len());
                list.push(element.clone());
                list.len() - 1
            }
        };
        if let (Some(Value::Object(stored)), Value::Object(given)) = (list.get_mut(at), element) {
            merge(definition, stored, given)?;
            if is_primary(given) {
                budget.spend(list.len())?;
                make_primary(list, at);
            }
        }
    }
    Ok(())
}

/// The element among `alike` that holds all of `given`, else the one it is another version of.
fn find(definition: &Attribute, list: &[Value], alike: &[usize], given: &Value) -> Option<usize> {
    let first = |test: &dyn Fn(&Value) -> bool| alike.iter().copied().find(|at| list.get(*at).is_some_and(test));
    let Value::Object(given) = given else {
        return first(&|element| equal(definition, element, given));
    };
    let holds_given = |element: &Value| element.as_object().is_some_and(|stored| holds_all(definition, stored, given));
    let is_given = |element: &Value| element.as_object().is_some_and(|stored| same_identity(definition, stored, given));
    first(&holds_given).or_else(|| first(&is_given))
}

/// Adds the given sub-attributes, unless equal ones are there.
fn merge(definition: &Attribute, stored: &mut Map<String, Value>, given: &Map<String, Value>) -> Result<(), Invalid> {
    for (name, value) in given {
        let differs = |sub: &&Attribute| stored.get(name).is_some_and(|stored| !equal(sub, stored, value));
        match definition.sub(name).filter(differs) {
            Some(sub) if sub.mutability == Mutability::Immutable => {
                return Err(refuse_change(format!("{}.{name}", definition.name)));
            }
            None if stored.contains_key(name) => {}
            _ => {
                stored.insert(name.clone(), value.clone());
            }
        }
    }
    Ok(())
}

/// Removes the simple values that equal one of `given`.
pub(super) fn remove_equal(
    definition: &Attribute,
    list: &mut Vec<Value>,
    given: &[Value],
    budget: &mut Budget,
) -> Result<(), Invalid> {
    budget.spend(list.len() * given.len())?;
    list.retain(|element| !given.iter().any(|value| equal(definition, element, value)));
    Ok(())
}

/// What [`change`] did besides.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Selected {
    /// There were elements to change, or there was nothing to do.
    Existing,
    /// An element was created.
    Created,
}

/// Applies an action to the elements that a selection means, or to the one that it creates.
pub(super) fn change(
    definition: &Attribute,
    list: &mut Vec<Value>,
    selection: &Selection,
    action: &Action,
    may_create: bool,
    budget: &mut Budget,
) -> Result<Selected, Invalid> {
    budget.spend(list.len() * selection.filter.as_ref().map_or(1, |filter| filter.size()))?;
    let means = |element: &Value| {
        element
            .as_object()
            .is_some_and(|element| selection.filter.as_ref().is_none_or(|filter| filter.matches(element)))
    };
    let Action::Parts(parts) = action else {
        list.retain(|element| !means(element));
        return Ok(Selected::Existing);
    };
    let mut selected: Vec<usize> = (0..list.len()).filter(|at| list.get(*at).is_some_and(means)).collect();
    let none = selected.is_empty();
    if none {
        match &selection.seed {
            Some(_) if may_create && parts.iter().all(Part::unassigns) => return Ok(Selected::Existing),
            Some(seed) if may_create => {
                selected.push(list.len());
                list.push(Value::Object(seed.clone()));
            }
            _ => {
                return Err(Invalid::at(Kind::NoTarget, &definition.name, "has no element that the path selects"));
            }
        }
    }
    for at in &selected {
        if let Some(Value::Object(element)) = list.get_mut(*at) {
            parts.iter().try_for_each(|part| apply_part(definition, element, part, budget))?;
        }
    }
    let is_primary_now = |at: &usize| list.get(*at).and_then(Value::as_object).is_some_and(is_primary);
    if let Some(winner) = selected.last().copied().filter(|at| (none || action.sets_primary()) && is_primary_now(at)) {
        make_primary(list, winner);
    }
    Ok(if none { Selected::Created } else { Selected::Existing })
}

/// Whether an element says nothing but what kind of value it would be.
pub(super) fn is_hollow(definition: &Attribute, element: &Value) -> bool {
    let is_label = |name: &str| matches!(name, "type" | "primary" | "display");
    let says_more = !definition.sub_attributes.iter().all(|sub| is_label(&sub.name));
    let Value::Object(members) = element else { return false };
    members.is_empty() || says_more && members.keys().all(|name| is_label(name))
}
