//! Leads the mendings through a PATCH request: to each value with the definition of what its path or key names.
//!
//! Paths are resolved as the core does afterwards. What names nothing, and an envelope that is none, is left to the core.
//! Recursion is bounded by the depth of the body.

use scim_core::schema::{Attribute, Schema, TypeIndex};
use scim_filter_parser::{Dialect, Path, parse_path};
use serde_json::Value;

use super::{Tolerance, mendings};

/// What a path names.
enum Target<'a> {
    /// The resource, whose attributes the value's keys name.
    Resource,
    /// The object of an extension.
    Extension(&'a Schema),
    /// An attribute or a sub-attribute.
    Whole(&'a Attribute),
    /// Elements of a list.
    Elements(&'a Attribute),
}

/// Mends the values of all operations.
pub(super) fn body(index: &TypeIndex, body: &mut Value, fired: &mut Vec<Tolerance>) {
    let Value::Object(members) = body else { return };
    let lists = members.iter_mut().filter(|(name, _)| name.eq_ignore_ascii_case("Operations"));
    let operations = lists.filter_map(|(_, value)| value.as_array_mut()).flatten();
    operations.for_each(|operation| mend_operation(index, operation, fired));
}

fn mend_operation(index: &TypeIndex, operation: &mut Value, fired: &mut Vec<Tolerance>) {
    let Value::Object(members) = operation else { return };
    let (mut removes, mut path, mut value) = (false, None, None);
    for (name, member) in members {
        match name {
            _ if name.eq_ignore_ascii_case("op") => removes = is_remove(member),
            _ if name.eq_ignore_ascii_case("path") => path = member.as_str(),
            _ if name.eq_ignore_ascii_case("value") => value = Some(member),
            _ => {}
        }
    }
    let Some(value) = value else { return };
    let target = path.map_or(Some(Target::Resource), |path| find(index, path));
    match (removes, target) {
        (false, Some(target)) => mend_target(index, target, value, fired),
        (true, Some(Target::Whole(definition) | Target::Elements(definition))) => {
            mendings::listed(definition, value, fired);
        }
        _ => {}
    }
}

fn is_remove(op: &Value) -> bool {
    op.as_str().is_some_and(|op| op.eq_ignore_ascii_case("remove"))
}

fn find<'a>(index: &'a TypeIndex, text: &str) -> Option<Target<'a>> {
    let dialect = Dialect { urns: index.urns(), lenient: true };
    match parse_path(text, &dialect).ok()? {
        Path::Schema(urn) => Some(index.extension(&urn).map_or(Target::Resource, Target::Extension)),
        Path::Attribute(path) => {
            let found = index.resolve(&path)?;
            Some(Target::Whole(found.sub.unwrap_or(found.attribute)))
        }
        Path::Element { path, sub, .. } => {
            let list = index.resolve(&path)?.attribute;
            match sub {
                None => Some(Target::Elements(list)),
                Some(name) => list.sub(&name).map(Target::Whole),
            }
        }
    }
}

fn mend_target(index: &TypeIndex, target: Target<'_>, value: &mut Value, fired: &mut Vec<Tolerance>) {
    match (target, value) {
        (Target::Whole(definition), value) => mendings::whole(definition, value, fired),
        (Target::Elements(definition), value) => mendings::element(definition, value, fired),
        (Target::Extension(schema), Value::Object(members)) => {
            for (name, value) in members {
                if let Some((_, definition)) = index.in_extension(&schema.id, name) {
                    mendings::whole(definition, value, fired);
                }
            }
        }
        (Target::Resource, Value::Object(members)) => {
            for (key, value) in members {
                if let Some(target) = find_key(index, key) {
                    mend_target(index, target, value, fired);
                }
            }
        }
        _ => {}
    }
}

/// A key is a name first and a path only then.
fn find_key<'a>(index: &'a TypeIndex, key: &str) -> Option<Target<'a>> {
    let attribute = index.core(key).map(Target::Whole);
    let named = attribute.or_else(|| index.extension(key).map(Target::Extension));
    named.or_else(|| find(index, key))
}
