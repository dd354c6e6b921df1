//! A tenant's own attributes of users, between the extensions of the SCIM document and one flat object: `custom_attributes`.
//!
//! An attribute goes by its name; where two extensions have one of the same name, by its URN, a colon and its name.

use std::collections::HashMap;

use scim_core::policy::{Policy, UnknownAttributes};
use scim_core::read;
use scim_core::schema::builtin::ENTERPRISE_USER;
use scim_core::schema::{Attribute, Home, Mutability, TypeIndex, fold_name};
use serde_json::{Map, Value};

use crate::error::{Fault, Segment};

/// An attribute and where it stands.
struct Custom<'a> {
    key: String,
    urn: &'a str,
    attribute: &'a Attribute,
}

/// The attributes that a tenant added to users.
fn customs(index: &TypeIndex) -> Vec<Custom<'_>> {
    let own = || index.extensions().filter(|(schema, _)| !schema.id.eq_ignore_ascii_case(ENTERPRISE_USER));
    let all = || own().flat_map(|(schema, _)| schema.attributes.iter().map(move |attribute| (schema, attribute)));
    let mut uses: HashMap<String, usize> = HashMap::new();
    for (_, attribute) in all() {
        *uses.entry(fold_name(&attribute.name)).or_default() += 1;
    }
    let custom = |(schema, attribute): (&'_ scim_core::schema::Schema, &'_ Attribute)| {
        let alone = uses.get(&fold_name(&attribute.name)) == Some(&1);
        if alone { attribute.name.clone() } else { format!("{}:{}", schema.id, attribute.name) }
    };
    all().map(|(schema, attribute)| Custom { key: custom((schema, attribute)), urn: &schema.id, attribute }).collect()
}

/// What of a document the tenant's own attributes are, without those that nobody may read.
pub(super) fn shown(index: &TypeIndex, document: &Map<String, Value>) -> Map<String, Value> {
    let readable = customs(index).into_iter().filter(|custom| !custom.attribute.is_secret());
    let value = |custom: Custom<'_>| {
        let value = document.get(custom.urn)?.get(&custom.attribute.name)?;
        Some((custom.key, value.clone()))
    };
    readable.filter_map(value).collect()
}

/// Writes values into a document; `null` takes one out. What is not named stays. Nothing is written when anything is wrong.
///
/// # Errors
/// Every fault, with its place from `custom_attributes` on.
pub(super) fn write(
    index: &TypeIndex,
    document: &mut Map<String, Value>,
    values: &Map<String, Value>,
) -> Result<(), Vec<Fault>> {
    let customs = customs(index);
    let (mut faults, mut read) = (Vec::new(), Vec::new());
    for (key, value) in values {
        let Some(custom) = customs.iter().find(|custom| custom.key.eq_ignore_ascii_case(key)) else {
            faults.push(Fault::at([key.as_str()], "extra_forbidden", "the tenant has no such attribute"));
            continue;
        };
        let stored = document.get(custom.urn).and_then(|of| of.get(&custom.attribute.name));
        match judged(index, custom, value, stored) {
            Ok(value) => read.push((custom, value)),
            Err(fault) => faults.push(fault.within(key.as_str())),
        }
    }
    if !faults.is_empty() {
        return Err(faults.into_iter().map(|fault| fault.within("custom_attributes")).collect());
    }
    for (custom, value) in read {
        put(document, custom.urn, &custom.attribute.name, value);
    }
    Ok(())
}

/// Takes all of the tenant's own attributes out of a document that may be taken out, those too that nobody may read.
pub(super) fn clear(index: &TypeIndex, document: &mut Map<String, Value>) {
    let kept = [Mutability::ReadOnly, Mutability::Immutable];
    for custom in customs(index).into_iter().filter(|custom| !kept.contains(&custom.attribute.mutability)) {
        put(document, custom.urn, &custom.attribute.name, None);
    }
}

/// What must be there and is not, for a new user.
pub(super) fn missing(index: &TypeIndex, document: &Map<String, Value>) -> Vec<Fault> {
    let required = |urn: &str| {
        index.extensions().any(|(schema, required)| schema.id == urn && (required || document.contains_key(urn)))
    };
    let lacks = |custom: &Custom<'_>| {
        let is_there = document.get(custom.urn).is_some_and(|of| of.get(&custom.attribute.name).is_some());
        custom.attribute.required && !is_there && required(custom.urn)
    };
    let lacking = customs(index).into_iter().filter(lacks);
    lacking.map(|custom| Fault::at(["custom_attributes", &custom.key], "missing", "is required")).collect()
}

/// A value in canonical form; `None` when nothing is to be left of it.
fn judged(
    index: &TypeIndex,
    custom: &Custom<'_>,
    value: &Value,
    stored: Option<&Value>,
) -> Result<Option<Value>, Fault> {
    let here = |kind, message: &str| Fault::at(std::iter::empty::<Segment>(), kind, message);
    let Custom { urn, attribute, .. } = custom;
    if attribute.mutability == Mutability::ReadOnly {
        return Err(here("frozen", "cannot be written"));
    }
    let policy = Policy { unknown_attributes: UnknownAttributes::Refuse, ..Policy::tolerant() };
    let home = Home::Extension(urn);
    let mut notes = Vec::new();
    let name = attribute.name.as_str();
    let read = read::attribute(index, home, attribute, value.clone(), &policy, &mut notes, name);
    let read = read.map_err(|invalid| {
        // The attribute itself is named by its key.
        let steps = Segment::of_path(invalid.path.as_deref().unwrap_or_default()).into_iter().skip(1);
        Fault::at(steps.collect::<Vec<_>>(), "value_error", invalid.detail.as_str())
    })?;
    let immutable = attribute.mutability == Mutability::Immutable;
    if immutable && stored.is_some() && stored != read.as_ref() {
        return Err(here("frozen", "cannot be changed once it is set"));
    }
    Ok(read)
}

fn put(document: &mut Map<String, Value>, urn: &str, name: &str, value: Option<Value>) {
    let of = document.entry(urn).or_insert_with(|| Value::Object(Map::new()));
    let Value::Object(of) = of else { return };
    match value {
        Some(value) => drop(of.insert(name.to_owned(), value)),
        None => drop(of.shift_remove(name)),
    }
    if of.is_empty() {
        document.shift_remove(urn);
    }
}
