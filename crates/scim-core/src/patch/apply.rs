//! Applying operations to a working copy of a resource, and what must hold when all are done.
//!
//! Values have been read already; what is judged here depends on the values that are there.

use std::collections::HashSet;

use serde_json::{Map, Value};

use crate::error::{Invalid, Kind};
use crate::evaluate::Place;
use crate::policy::{MissingElement, Note, Policy};
use crate::schema::{Attribute, Mutability, Type, TypeIndex};

use super::elements;
use super::operation::{Change, Edit, Operation, Part, Target};
use super::values::Budget;

/// One application of a PATCH.
pub(super) struct Application<'a> {
    index: &'a TypeIndex,
    policy: &'a Policy,
    notes: &'a mut Vec<Note>,
    budget: Budget,
}

impl<'a> Application<'a> {
    pub(super) fn new(index: &'a TypeIndex, policy: &'a Policy, notes: &'a mut Vec<Note>) -> Self {
        Self { index, policy, notes, budget: Budget::new() }
    }

    /// Applies the operations in order to `working`, which is a copy of `before`, and puts it into canonical form.
    pub(super) fn run(
        mut self,
        operations: &[Operation],
        before: &Map<String, Value>,
        working: &mut Map<String, Value>,
    ) -> Result<(), Invalid> {
        for operation in operations {
            self.apply(operation, working)?;
        }
        let mut settled = HashSet::new();
        for Operation { target, .. } in operations {
            if settled.insert((&target.place, &target.name)) {
                self.settle(target, working)?;
            }
        }
        // Whoever is disabled is not kept active for the want of an extension that came later.
        let disables =
            |operation: &Operation| operation.target.place == Place::Core && operation.target.name == "active";
        let excused = operations.iter().all(disables);
        require_attributes(self.index, before, working, excused)
    }

    fn apply(&mut self, operation: &Operation, working: &mut Map<String, Value>) -> Result<(), Invalid> {
        let Operation { target, change } = operation;
        let definition = target.definition(self.index).ok_or_else(|| unknown(target))?;
        with_home(working, &target.place, |home| {
            guarded(definition, home, &target.label, |home| match change {
                Change::Whole(edit) => apply_edit(definition, home, edit, &mut self.budget),
                Change::Parts(parts) => with_object(home, &definition.name, |object| {
                    parts.iter().try_for_each(|part| apply_part(definition, object, part, &mut self.budget))
                }),
                Change::Elements(selection, action) => with_list(home, &definition.name, |list| {
                    let may_create = selection.creates || self.policy.missing_element == MissingElement::Create;
                    let selected = elements::change(definition, list, selection, action, may_create, &mut self.budget)
                        .map_err(|invalid| named(invalid, &target.label))?;
                    if selected == elements::Selected::Created && selection.filter.is_some() {
                        Note::push(self.notes, Note::ElementCreated, &target.label);
                    }
                    Ok(())
                }),
            })
        })
    }

    /// Removes elements that say nothing, and refuses values that lack a required part.
    fn settle(&mut self, target: &Target, working: &mut Map<String, Value>) -> Result<(), Invalid> {
        let definition = target.definition(self.index).ok_or_else(|| unknown(target))?;
        with_home(working, &target.place, |home| {
            if definition.kind != Type::Complex {
                return Ok(());
            }
            if !definition.multi_valued {
                let object = home.get(&definition.name).and_then(Value::as_object);
                return object.map_or(Ok(()), |object| require_parts(definition, object));
            }
            with_list(home, &definition.name, |list| {
                let before = list.len();
                list.retain(|element| !elements::is_hollow(definition, element));
                if list.len() < before {
                    Note::push(self.notes, Note::EmptyElementDropped, &definition.name);
                }
                list.iter().filter_map(Value::as_object).try_for_each(|element| require_parts(definition, element))
            })
        })
    }
}

fn unknown(target: &Target) -> Invalid {
    Invalid::at(Kind::InvalidPath, &target.label, "is no attribute of this type")
}

/// The refusal of a change of what may be set only once.
pub(super) fn refuse_change(path: impl std::fmt::Display) -> Invalid {
    Invalid::at(Kind::Mutability, path, "has a value already and cannot be changed")
}

/// The error with the path as the client wrote it.
fn named(invalid: Invalid, label: &str) -> Invalid {
    match invalid.kind {
        Kind::NoTarget => Invalid { path: Some(label.to_owned()), ..invalid },
        _ => invalid,
    }
}

/// Runs `change` on the object that holds the attributes of a place. An extension's object exists only while it holds any.
fn with_home<T>(
    resource: &mut Map<String, Value>,
    place: &Place,
    change: impl FnOnce(&mut Map<String, Value>) -> Result<T, Invalid>,
) -> Result<T, Invalid> {
    match place {
        Place::Core => change(resource),
        Place::Extension(urn) => with_object(resource, urn, change),
    }
}

/// Runs `change` on the object of that name, which exists afterwards only when it holds anything.
fn with_object<T>(
    home: &mut Map<String, Value>,
    name: &str,
    change: impl FnOnce(&mut Map<String, Value>) -> Result<T, Invalid>,
) -> Result<T, Invalid> {
    let slot = home.entry(name).or_insert(Value::Null);
    let mut object = match slot.take() {
        Value::Object(object) => object,
        _ => Map::new(),
    };
    let outcome = change(&mut object);
    *slot = Value::Object(object);
    if *slot == Value::Object(Map::new()) {
        home.shift_remove(name);
    }
    outcome
}

/// Runs `change` on the list of that name, which exists afterwards only when it holds anything.
fn with_list<T>(
    home: &mut Map<String, Value>,
    name: &str,
    change: impl FnOnce(&mut Vec<Value>) -> Result<T, Invalid>,
) -> Result<T, Invalid> {
    let slot = home.entry(name).or_insert(Value::Null);
    let mut list = match slot.take() {
        Value::Array(list) => list,
        _ => Vec::new(),
    };
    let outcome = change(&mut list);
    *slot = Value::Array(list);
    if *slot == Value::Array(Vec::new()) {
        home.shift_remove(name);
    }
    outcome
}

/// Runs `change` and refuses its effect on an immutable attribute that had a value.
fn guarded(
    definition: &Attribute,
    home: &mut Map<String, Value>,
    label: &str,
    change: impl FnOnce(&mut Map<String, Value>) -> Result<(), Invalid>,
) -> Result<(), Invalid> {
    let fixed = match definition.mutability {
        Mutability::Immutable => home.get(&definition.name).cloned(),
        _ => None,
    };
    change(home)?;
    match fixed {
        Some(before) if home.get(&definition.name) != Some(&before) => Err(refuse_change(label)),
        _ => Ok(()),
    }
}

/// Applies the change of one sub-attribute.
pub(super) fn apply_part(
    definition: &Attribute,
    object: &mut Map<String, Value>,
    part: &Part,
    budget: &mut Budget,
) -> Result<(), Invalid> {
    let path = || format!("{}.{}", definition.name, part.sub);
    let sub = definition
        .sub(&part.sub)
        .ok_or_else(|| Invalid::at(Kind::InvalidPath, path(), "is no attribute of this type"))?;
    guarded(sub, object, &path(), |object| apply_edit(sub, object, &part.edit, budget))
}

fn apply_edit(
    definition: &Attribute,
    home: &mut Map<String, Value>,
    edit: &Edit,
    budget: &mut Budget,
) -> Result<(), Invalid> {
    match edit {
        Edit::Set(value) => {
            home.insert(definition.name.clone(), value.clone());
            Ok(())
        }
        Edit::Unset => {
            home.shift_remove(&definition.name);
            Ok(())
        }
        Edit::Append(given) => {
            with_list(home, &definition.name, |list| elements::append(definition, list, given, budget))
        }
        Edit::Remove(given) => {
            with_list(home, &definition.name, |list| elements::remove_equal(definition, list, given, budget))
        }
    }
}

fn require_parts(definition: &Attribute, object: &Map<String, Value>) -> Result<(), Invalid> {
    match definition.sub_attributes.iter().find(|sub| is_missing(sub, object)) {
        Some(sub) => Err(Invalid::value(format!("{}.{}", definition.name, sub.name), "is required")),
        None => Ok(()),
    }
}

/// Values that clients do not write or cannot read are not in every copy of a resource.
fn is_missing(definition: &Attribute, home: &Map<String, Value>) -> bool {
    let expected = !matches!(definition.mutability, Mutability::ReadOnly | Mutability::WriteOnly);
    definition.required && expected && !home.contains_key(&definition.name)
}

fn require_attributes(
    index: &TypeIndex,
    before: &Map<String, Value>,
    after: &Map<String, Value>,
    excused: bool,
) -> Result<(), Invalid> {
    let removed = |path: &str| Invalid::at(Kind::Mutability, path, "is required and cannot be removed");
    let lost = |definition: &&Attribute| is_missing(definition, after) && before.contains_key(&definition.name);
    if let Some(definition) = index.core_attributes().iter().find(lost) {
        return Err(removed(&definition.name));
    }
    for (schema, required) in index.extensions() {
        match after.get(&schema.id).and_then(Value::as_object) {
            Some(_) if before.get(&schema.id) == after.get(&schema.id) => {}
            Some(object) => {
                if let Some(missing) = schema.attributes.iter().find(|definition| is_missing(definition, object)) {
                    return Err(Invalid::value(format!("{}:{}", schema.id, missing.name), "is required"));
                }
            }
            None if required && before.contains_key(&schema.id) => return Err(removed(&schema.id)),
            None if required && !excused => return Err(Invalid::value(&schema.id, "is required")),
            None => {}
        }
    }
    Ok(())
}
