//! The model: what RFC 7644 section 3.5.2 and the documented choices of this server say, for the attributes that the
//! random requests name, without a schema, without speed and without anything of the engine.

use scim_core::Kind;
use serde_json::{Map, Value, json};

use crate::reading::{Place, described, holds, known, place};

pub(crate) const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

pub(crate) type Object = Map<String, Value>;

/// Why a request comes to nothing.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// It is refused.
    Refused(Kind),
    /// The rules leave open what it does.
    Unsettled,
}

type Done = Result<(), Stop>;

fn refuse<Any>(kind: Kind) -> Result<Any, Stop> {
    Err(Stop::Refused(kind))
}

/// A way to read requests.
pub(crate) struct Model {
    strict: bool,
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

pub(crate) fn folded(value: &Value) -> Value {
    value.as_str().map_or_else(|| value.clone(), |text| json!(text.to_lowercase()))
}

/// Text that must be text, a flag that must be a flag; `None` is no value.
fn simple(name: &str, value: &Value) -> Result<Option<Value>, Stop> {
    let flag = ["active", "primary"].contains(&name);
    match value {
        empty if is_empty(empty) => Ok(None),
        Value::String(_) if !flag => Ok(Some(value.clone())),
        Value::Bool(_) if flag => Ok(Some(value.clone())),
        _ => refuse(Kind::InvalidValue),
    }
}

fn set(object: &mut Object, name: &str, value: Option<Value>) {
    match value {
        Some(value) => drop(object.insert(name.to_owned(), value)),
        None => drop(object.shift_remove(name)),
    }
}

impl Model {
    pub(crate) fn new(strict: bool) -> Self {
        Self { strict }
    }

    /// The resource after all operations.
    pub(crate) fn run(&self, stored: &Object, operations: &Value) -> Result<Value, Stop> {
        let mut user = stored.clone();
        for operation in operations.as_array().unwrap() {
            self.operation(&mut user, operation)?;
        }
        for list in ["emails", "roles"] {
            if let Some(Value::Array(elements)) = user.get_mut(list) {
                elements.retain(|element| element.get("value").is_some());
            }
        }
        if let Some(Value::Object(extension)) = user.get_mut(ENTERPRISE) {
            extension.retain(|_, value| !is_empty(value));
        }
        user.retain(|_, value| !is_empty(value));
        Ok(Value::Object(user))
    }

    fn operation(&self, user: &mut Object, operation: &Value) -> Done {
        let verb = operation["op"].as_str().unwrap().to_lowercase();
        let value = operation.get("value");
        match (operation["path"].as_str(), verb.as_str()) {
            (None, "remove") => refuse(Kind::NoTarget),
            (None, _) => {
                for (name, value) in value.unwrap().as_object().unwrap() {
                    match place(name) {
                        Place::ReadOnly => {}
                        Place::Unknown if self.strict => return refuse(Kind::InvalidSyntax),
                        Place::Unknown => {}
                        found => self.write(user, &found, &verb, value)?,
                    }
                }
                Ok(())
            }
            (Some(path), verb) => match place(path) {
                Place::ReadOnly => refuse(Kind::Mutability),
                Place::Unknown if self.strict => refuse(Kind::InvalidPath),
                Place::Unknown => Ok(()),
                found if verb == "remove" => self.remove(user, &found, value),
                found => self.write(user, &found, verb, value.unwrap()),
            },
        }
    }

    fn write(&self, user: &mut Object, place: &Place<'_>, verb: &str, value: &Value) -> Done {
        match place {
            Place::Simple(name) => {
                let value = simple(name, value)?;
                if *name == "userName" && value.is_none() {
                    return refuse(Kind::InvalidValue);
                }
                set(user, name, value);
                Ok(())
            }
            Place::Name => self.merge(user, "name", &["givenName", "familyName"], value),
            Place::NamePart(part) => {
                self.merge(user, "name", &["givenName", "familyName"], &json!({ *part: some(value)? }))
            }
            Place::Extension => {
                if value.is_null() && verb == "replace" {
                    user.shift_remove(ENTERPRISE);
                    return Ok(());
                }
                if is_empty(value) {
                    return Err(Stop::Unsettled);
                }
                let Value::Object(members) = value else { return refuse(Kind::InvalidValue) };
                members.iter().try_for_each(|(_, value)| self.write(user, &Place::Department, verb, value))
            }
            Place::Department => {
                let value = simple("department", value)?;
                set(nested(user, ENTERPRISE), "department", value);
                Ok(())
            }
            Place::Manager => self.merge(nested(user, ENTERPRISE), "manager", &["value"], value),
            Place::ManagerValue => {
                self.merge(nested(user, ENTERPRISE), "manager", &["value"], &json!({ "value": some(value)? }))
            }
            Place::List(list, None, None) => self.write_list(user, list, verb, value),
            Place::List(list, filter, part) => self.write_selected(user, list, *filter, *part, verb, value),
            Place::ReadOnly | Place::Unknown => unreachable!("judged before"),
        }
    }

    /// A complex value is merged: parts that are not named stay.
    fn merge(&self, object: &mut Object, name: &str, parts: &[&'static str], value: &Value) -> Done {
        if is_empty(value) {
            object.shift_remove(name);
            return Ok(());
        }
        let Value::Object(given) = value else { return refuse(Kind::InvalidValue) };
        for (key, value) in given {
            match known(key, parts) {
                Some(part) => set(nested(object, name), part, simple(part, value)?),
                None if self.strict => return refuse(Kind::InvalidSyntax),
                None => {}
            }
        }
        Ok(())
    }

    fn write_list(&self, user: &mut Object, list: &str, verb: &str, value: &Value) -> Done {
        let given: Vec<&Value> = match value {
            Value::Null => Vec::new(),
            Value::String(text) if text.is_empty() => Vec::new(),
            Value::Array(items) => items.iter().collect(),
            Value::Object(members) if members.is_empty() && verb == "add" => return Err(Stop::Unsettled),
            // One value may be added as it is; what replaces a list is a list.
            Value::Object(members) if verb == "add" || members.is_empty() => vec![value; members.len().min(1)],
            _ => return refuse(Kind::InvalidValue),
        };
        if given.is_empty() && verb == "add" {
            return Err(Stop::Unsettled);
        }
        let elements = nested_list(user, list);
        if verb == "replace" {
            elements.clear();
        }
        for element in given {
            // What holds only labels is no element.
            if let Some(element) = Self::element(element)? {
                Self::add(elements, element)?;
            }
        }
        Ok(())
    }

    fn element(value: &Value) -> Result<Option<Object>, Stop> {
        let Value::Object(given) = value else { return refuse(Kind::InvalidValue) };
        let mut element = Object::new();
        for (name, value) in given {
            set(&mut element, name, simple(name, value)?);
        }
        Ok(element.contains_key("value").then_some(element))
    }

    /// Adds an element, unless it is there; one with the same value and type is completed.
    fn add(elements: &mut Vec<Value>, element: Object) -> Done {
        let holds_all = |other: &Value| element.iter().all(|(name, value)| folded(&other[name]) == folded(value));
        if elements.iter().any(holds_all) {
            return Ok(());
        }
        let same = |other: &Value| {
            ["value", "type"].iter().all(|part| folded(&other[*part]) == element.get(*part).map_or(Value::Null, folded))
        };
        let at = elements.iter().position(same);
        let at = match at {
            Some(at) => {
                // What differs in case only is the value that is there.
                for (name, value) in element {
                    if folded(&elements[at][&name]) != folded(&value) {
                        elements[at][&name] = value;
                    }
                }
                at
            }
            None => {
                elements.push(Value::Object(element));
                elements.len() - 1
            }
        };
        if elements[at]["primary"] == true {
            only_primary(elements, at);
        }
        Ok(())
    }

    fn write_selected(
        &self,
        user: &mut Object,
        list: &str,
        filter: Option<&str>,
        part: Option<&'static str>,
        verb: &str,
        value: &Value,
    ) -> Done {
        let given: Object = match part {
            Some(part) => Object::from_iter([(part.to_owned(), simple(part, value)?.unwrap_or_default())]),
            None if is_empty(value) => Object::new(),
            None => match value {
                Value::Object(given) => given.clone(),
                _ => return refuse(Kind::InvalidValue),
            },
        };
        for (name, value) in &given {
            simple(name, value)?;
        }
        let elements = nested_list(user, list);
        let selected: Vec<usize> = (0..elements.len())
            .filter(|at| filter.is_none_or(|filter| holds(filter, elements[*at].as_object().unwrap())))
            .collect();
        if selected.is_empty() {
            return self.create(elements, filter, verb, given);
        }
        if given.is_empty() {
            // Without a value the selected elements are unassigned.
            if verb == "add" {
                return Err(Stop::Unsettled);
            }
            for at in selected.into_iter().rev() {
                elements.remove(at);
            }
            return Ok(());
        }
        for at in selected {
            for (name, value) in &given {
                set(elements[at].as_object_mut().unwrap(), name, simple(name, value)?);
            }
            if given.get("primary") == Some(&json!(true)) {
                only_primary(elements, at);
            }
        }
        Ok(())
    }

    fn create(&self, elements: &mut Vec<Value>, filter: Option<&str>, verb: &str, given: Object) -> Done {
        let Some(filter) = filter else { return Err(Stop::Unsettled) };
        // Nothing is written and nothing is there: it may be called done, or noTarget.
        if given.values().all(is_empty) {
            return Err(Stop::Unsettled);
        }
        if verb == "replace" && self.strict {
            return refuse(Kind::NoTarget);
        }
        let Some(mut element) = described(filter) else { return refuse(Kind::NoTarget) };
        for (name, value) in given {
            set(&mut element, &name, simple(&name, &value)?);
        }
        let primary = element.get("primary") == Some(&json!(true));
        elements.push(Value::Object(element));
        if primary {
            let last = elements.len() - 1;
            only_primary(elements, last);
        }
        Ok(())
    }

    fn remove(&self, user: &mut Object, place: &Place<'_>, value: Option<&Value>) -> Done {
        match place {
            Place::Simple("userName") => return refuse(Kind::Mutability),
            Place::Simple(name) => drop(user.shift_remove(*name)),
            Place::Name => drop(user.shift_remove("name")),
            Place::NamePart(part) => drop(nested(user, "name").shift_remove(*part)),
            Place::Extension => drop(user.shift_remove(ENTERPRISE)),
            Place::Department => drop(nested(user, ENTERPRISE).shift_remove("department")),
            Place::Manager => drop(nested(user, ENTERPRISE).shift_remove("manager")),
            Place::ManagerValue => drop(nested(nested(user, ENTERPRISE), "manager").shift_remove("value")),
            Place::List(list, None, None) => return self.remove_listed(nested_list(user, list), value),
            Place::List(list, filter, part) => {
                let elements = nested_list(user, list);
                let selected =
                    |element: &Value| filter.is_none_or(|filter| holds(filter, element.as_object().unwrap()));
                match part {
                    None => elements.retain(|element| !selected(element)),
                    Some(part) => {
                        for element in elements.iter_mut().filter(|element| selected(element)) {
                            element.as_object_mut().unwrap().shift_remove(*part);
                        }
                    }
                }
            }
            Place::ReadOnly | Place::Unknown => unreachable!("judged before"),
        }
        Ok(())
    }

    /// With a value only what it lists is removed, by its `value` when it has one; never all by mistake.
    fn remove_listed(&self, elements: &mut Vec<Value>, value: Option<&Value>) -> Done {
        let given: Vec<Value> = match value {
            None | Some(Value::Null) => {
                elements.clear();
                return Ok(());
            }
            Some(Value::String(text)) if text.is_empty() => return Err(Stop::Unsettled),
            Some(Value::Array(items)) => items.clone(),
            Some(other) => vec![other.clone()],
        };
        let mut wanted = Vec::new();
        for one in given {
            match one {
                // An unquoted literal is text where that is tolerated.
                Value::Number(number) if !self.strict => {
                    wanted.push(Object::from_iter([("value".to_owned(), json!(number.to_string()))]));
                }
                Value::String(text) => wanted.push(Object::from_iter([("value".to_owned(), json!(text))])),
                Value::Object(members) if !members.is_empty() => {
                    for (name, value) in &members {
                        simple(name, value)?;
                    }
                    let by_value =
                        members.get("value").map(|value| Object::from_iter([("value".to_owned(), value.clone())]));
                    wanted.push(by_value.unwrap_or(members));
                }
                _ => return refuse(Kind::InvalidValue),
            }
        }
        let listed = |element: &Value| {
            let same = |name: &str, value: &Value| match element.get(name) {
                // What is not said to be primary is not (RFC 7643 section 2.4).
                None => name == "primary" && *value == false,
                Some(there) => folded(there) == folded(value),
            };
            wanted.iter().any(|one| one.iter().all(|(name, value)| same(name, value)))
        };
        elements.retain(|element| !listed(element));
        Ok(())
    }
}

/// A part that is given with no value unassigns it; a value that is no part at all is the merge's to refuse.
fn some(value: &Value) -> Result<Value, Stop> {
    Ok(simple("part", value)?.unwrap_or_default())
}

/// The last primary that is set wins.
fn only_primary(elements: &mut [Value], at: usize) {
    for (other, element) in elements.iter_mut().enumerate() {
        if other != at && element["primary"] == true {
            element["primary"] = json!(false);
        }
    }
}

fn nested<'a>(object: &'a mut Object, name: &str) -> &'a mut Object {
    object.entry(name).or_insert_with(|| json!({})).as_object_mut().unwrap()
}

fn nested_list<'a>(object: &'a mut Object, name: &str) -> &'a mut Vec<Value> {
    object.entry(name).or_insert_with(|| json!([])).as_array_mut().unwrap()
}
