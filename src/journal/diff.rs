//! The difference of two documents: which paths, and their values before and after. Pure.

use serde_json::{Map, Value, json};

/// A value longer than this, in bytes of JSON, is not kept, only its length.
const VALUE_BYTES: usize = 8 * 1024;

/// Changed paths and their values.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Diff {
    /// The paths, in the order of the documents.
    pub paths: Vec<String>,
    /// Their values before, where there were any.
    pub before: Option<Map<String, Value>>,
    /// Their values after, where there are any.
    pub after: Option<Map<String, Value>>,
}

impl Diff {
    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.paths.is_empty()
    }

    /// Leaves the values of these paths out: that they changed is told, not to what.
    #[must_use]
    pub fn without_values_of(mut self, secrets: &[String]) -> Self {
        for values in [&mut self.before, &mut self.after].into_iter().flatten() {
            for (_, value) in values.iter_mut().filter(|(path, _)| secrets.contains(path)) {
                *value = json!({ "omitted": "secret" });
            }
        }
        self
    }

    /// What was there and is no more, kept whole however long: that it can be brought back.
    pub fn lost(before: Map<String, Value>) -> Self {
        let paths = before.keys().cloned().collect();
        Self { paths, before: (!before.is_empty()).then_some(before), after: None }
    }

    /// Adds what else differs.
    pub fn and(&mut self, more: Self) {
        self.paths.extend(more.paths);
        for (all, some) in [(&mut self.before, more.before), (&mut self.after, more.after)] {
            if let Some(some) = some {
                all.get_or_insert_default().extend(some);
            }
        }
    }

    /// Adds what happened and is no value that stays.
    pub fn tell(&mut self, path: &str, word: &str) {
        self.note(path.to_owned(), None, Some(&Value::from(word)));
    }

    fn note(&mut self, path: String, before: Option<&Value>, after: Option<&Value>) {
        if let Some(value) = before {
            self.before.get_or_insert_default().insert(path.clone(), kept(value));
        }
        if let Some(value) = after {
            self.after.get_or_insert_default().insert(path.clone(), kept(value));
        }
        self.paths.push(path);
    }
}

/// What differs between two documents: top-level attributes, and the attributes of extensions one by one.
pub fn between(before: &Map<String, Value>, after: &Map<String, Value>) -> Diff {
    let mut diff = Diff::default();
    compare("", before, after, &mut diff);
    diff
}

fn compare(prefix: &str, before: &Map<String, Value>, after: &Map<String, Value>, diff: &mut Diff) {
    let new = after.keys().filter(|name| !before.contains_key(*name));
    for name in before.keys().chain(new) {
        let (old, new) = (before.get(name), after.get(name));
        if old == new {
            continue;
        }
        let none = Map::new();
        match (prefix.is_empty() && name.contains(':'), old, new) {
            (true, Some(Value::Object(old)), Some(Value::Object(new))) => compare(name, old, new, diff),
            (true, Some(Value::Object(old)), None) => compare(name, old, &none, diff),
            (true, None, Some(Value::Object(new))) => compare(name, &none, new, diff),
            _ if prefix.is_empty() => diff.note(name.clone(), old, new),
            _ => diff.note(format!("{prefix}:{name}"), old, new),
        }
    }
}

fn kept(value: &Value) -> Value {
    let bytes = size(value, VALUE_BYTES);
    if bytes <= VALUE_BYTES { value.clone() } else { json!({ "omitted": "longer than 8 KiB" }) }
}

/// About how many bytes of JSON a value is; stops counting past `most`.
fn size(value: &Value, most: usize) -> usize {
    match value {
        Value::Null | Value::Bool(_) => 5,
        Value::Number(_) => 20,
        Value::String(text) => text.len() + 2,
        Value::Array(elements) => sum(elements.iter().map(|element| (0, element)), most),
        Value::Object(members) => sum(members.iter().map(|(name, member)| (name.len() + 4, member)), most),
    }
}

fn sum<'a>(parts: impl Iterator<Item = (usize, &'a Value)>, most: usize) -> usize {
    let mut total = 2;
    for (name, value) in parts {
        total += name + size(value, most) + 1;
        if total > most {
            break;
        }
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn extension_attributes_are_paths_of_their_own() {
        let before = map(json!({"a": 1, "b": 2, "urn:x": {"c": 3, "d": 4}}));
        let after = map(json!({"a": 1, "b": 5, "urn:x": {"c": 3}, "e": 6}));
        let diff = between(&before, &after);
        assert_eq!(diff.paths, ["b", "urn:x:d", "e"]);
        assert_eq!(diff.before, Some(map(json!({"b": 2, "urn:x:d": 4}))));
        assert_eq!(diff.after, Some(map(json!({"b": 5, "e": 6}))));
        assert!(between(&before, &before).is_empty());
    }

    #[test]
    fn the_value_of_a_secret_is_not_kept() {
        let (before, after) = (map(json!({"urn:x": {"pin": "1"}})), map(json!({"urn:x": {"pin": "2"}, "a": 1})));
        let diff = between(&before, &after).without_values_of(&["urn:x:pin".to_owned()]);
        assert_eq!(diff.paths, ["urn:x:pin", "a"]);
        assert_eq!(diff.before, Some(map(json!({"urn:x:pin": {"omitted": "secret"}}))));
        assert_eq!(diff.after, Some(map(json!({"urn:x:pin": {"omitted": "secret"}, "a": 1}))));
    }

    #[test]
    fn a_long_value_is_not_kept() {
        let after = map(json!({"a": "x".repeat(9000), "b": "y"}));
        let diff = between(&Map::new(), &after);
        assert_eq!(diff.after, Some(map(json!({"a": {"omitted": "longer than 8 KiB"}, "b": "y"}))));
    }
}
