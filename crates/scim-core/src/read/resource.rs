//! Reading a whole resource: the core attributes, the extension objects and `schemas`.

use serde_json::{Map, Value};

use super::attribute::{Reader, Scope, required};
use super::path::Path;
use super::schemas;
use crate::error::Invalid;
use crate::schema::{Home, Schema};

pub(super) fn read(reader: &mut Reader<'_>, body: Value) -> Result<Map<String, Value>, Invalid> {
    let Value::Object(mut members) = body else {
        return Err(Invalid::syntax("the body must be a JSON object"));
    };
    let given = take(&mut members, |name| name.eq_ignore_ascii_case("schemas"))?;
    let index = reader.index;
    let mut extensions = Vec::new();
    for (schema, is_required) in index.extensions() {
        let value = take(&mut members, |name| name.eq_ignore_ascii_case(&schema.id))?;
        extensions.push((schema, is_required, value));
    }
    let attributes = index.core_attributes();
    let scope = Scope { home: Home::Core, parent: None };
    let mut read = reader.object(scope, attributes, members, &Path::BODY)?;
    for (schema, is_required, value) in extensions {
        match extension(reader, schema, value.unwrap_or_default())? {
            Some(object) => drop(read.insert(schema.id.clone(), Value::Object(object))),
            None if is_required => return Err(required(&schema.id)),
            None => {}
        }
    }
    schemas::judge(index, given, &read, reader.policy, reader.notes)?;
    read.insert("schemas".to_owned(), schemas::of(index, &read));
    reader.require(attributes, &read, &Path::BODY)?;
    Ok(read)
}

/// Takes the member out that answers to a name. Its spelling may vary, but it may come only once.
fn take(members: &mut Map<String, Value>, is_named: impl Fn(&str) -> bool) -> Result<Option<Value>, Invalid> {
    let mut found = members.keys().filter(|name| is_named(name));
    let Some(name) = found.next().cloned() else {
        return Ok(None);
    };
    if found.next().is_some() {
        return Err(Invalid::syntax(format!("the attribute {name} is given twice")));
    }
    Ok(members.shift_remove(&name))
}

fn extension(reader: &mut Reader<'_>, schema: &Schema, value: Value) -> Result<Option<Map<String, Value>>, Invalid> {
    let path = Path::extension(&schema.id);
    let members = match value {
        Value::Object(members) => members,
        Value::Null => return Ok(None),
        Value::Array(elements) if elements.is_empty() => return Ok(None),
        Value::String(text) if text.is_empty() => return Ok(None),
        _ => return Err(Invalid::value(path, "must be an object")),
    };
    let scope = Scope { home: Home::Extension(&schema.id), parent: None };
    let read = reader.object(scope, &schema.attributes, members, &path)?;
    if read.is_empty() {
        return Ok(None);
    }
    reader.require(&schema.attributes, &read, &path)?;
    Ok(Some(read))
}
