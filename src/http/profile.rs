//! The parts of a user that people know by the same names at every REST door: how bodies give them, how answers show them,
//! and where they stand in the SCIM document (IR-13). What a change of them comes to is the directory's.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::directory::accounts::Email;
use crate::directory::users::{Draft, Edit, User};

use super::Reply;
use super::rest::body::{locale, phone, text, time_zone};
use super::rest::{Field, Fields};

/// The longest part of a name, in characters.
const LONGEST_NAME: usize = 200;

/// What is to become of the parts.
#[derive(Clone)]
pub struct Profile {
    first_name: Field<String>,
    last_name: Field<String>,
    display_name: Field<String>,
    phone: Field<String>,
    locale: Field<String>,
    timezone: Field<String>,
}

/// The parts as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The given name.
    pub first_name: Option<String>,
    /// The family name.
    pub last_name: Option<String>,
    /// The name that others see.
    pub display_name: Option<String>,
    /// The primary telephone number.
    pub phone: Option<String>,
    /// The language, `en` when there is none.
    pub locale: String,
    /// The time zone, `UTC` when there is none.
    pub timezone: String,
    /// Where the primary photo lies.
    pub avatar_url: Option<String>,
}

impl Profile {
    /// Reads them from a body; faults are noted there.
    pub fn read(fields: &mut Fields) -> Self {
        let mut name = |name: &str| {
            // Nothing said of it in so many words is nothing.
            match fields.nullable(name, text(0..=LONGEST_NAME)) {
                Field::Value(value) if value.trim().is_empty() => Field::Null,
                other => other,
            }
        };
        let (first_name, last_name, display_name) = (name("first_name"), name("last_name"), name("display_name"));
        Self {
            first_name,
            last_name,
            display_name,
            phone: fields.nullable("phone", phone),
            locale: fields.nullable("locale", locale),
            timezone: fields.nullable("timezone", time_zone),
        }
    }

    /// What people make of their own user by them, and by another e-mail if they want one.
    pub fn edit(self, email: Option<String>) -> Edit {
        Arc::new(move |user: &User| {
            let mut draft = Draft::keeping(user);
            self.write(&mut draft.document);
            if let Some(email) = &email {
                write_primary(&mut draft.document, "emails", email);
                draft.email = Email::Is(Some(email.clone()));
            }
            Ok(draft)
        })
    }

    /// Writes them into a document: absent keeps, null clears.
    pub fn write(&self, document: &mut Map<String, Value>) {
        write_name(document, "givenName", &self.first_name);
        write_name(document, "familyName", &self.last_name);
        write_text(document, "displayName", &self.display_name);
        write_text(document, "locale", &self.locale);
        write_text(document, "timezone", &self.timezone);
        match &self.phone {
            Field::Absent => {}
            Field::Null => remove_primary(document, "phoneNumbers"),
            Field::Value(phone) => write_primary(document, "phoneNumbers", phone),
        }
    }
}

impl Shown {
    /// Those of a document. What a provisioner wrote is shown, be it such as these doors would not accept.
    pub fn of(document: &Map<String, Value>) -> Self {
        let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
        let name = |part: &str| text(document.get("name").and_then(|name| name.get(part)));
        let primary = |list: &str| text(primary(document.get(list)).and_then(|element| element.get("value")));
        Self {
            first_name: name("givenName"),
            last_name: name("familyName"),
            display_name: text(document.get("displayName")),
            phone: primary("phoneNumbers"),
            locale: text(document.get("locale")).unwrap_or_else(|| "en".to_owned()),
            timezone: text(document.get("timezone")).unwrap_or_else(|| "UTC".to_owned()),
            avatar_url: primary("photos"),
        }
    }
}

/// Gives the primary element of a list another value; the list gets one when it has none.
pub fn write_primary(document: &mut Map<String, Value>, name: &str, value: &str) {
    let list = document.entry(name).or_insert_with(|| Value::Array(Vec::new()));
    let Value::Array(list) = list else { return };
    match place_of_primary(list).and_then(|place| list.get_mut(place)) {
        Some(Value::Object(element)) => {
            let same = element.get("value").and_then(Value::as_str) == Some(value);
            element.insert("value".to_owned(), value.into());
            if !same {
                // It was the name of the other value.
                element.shift_remove("display");
            }
        }
        _ => list.push(json!({ "value": value, "primary": true })),
    }
}

/// An answer to what was written although the user's source owns it.
pub fn warned(reply: Reply, source: &str, attributes: &str) -> Reply {
    reply.with("x-source-lock", format!("warn; source={source}; attributes=\"{attributes}\""))
}

fn write_text(document: &mut Map<String, Value>, name: &str, value: &Field<String>) {
    match value {
        Field::Absent => {}
        Field::Null => drop(document.shift_remove(name)),
        Field::Value(text) => drop(document.insert(name.to_owned(), text.as_str().into())),
    }
}

fn write_name(document: &mut Map<String, Value>, part: &str, value: &Field<String>) {
    if value.is_absent() {
        return;
    }
    let name = document.entry("name").or_insert_with(|| Value::Object(Map::new()));
    let Value::Object(name) = name else { return };
    write_text(name, part, value);
    if name.is_empty() {
        document.shift_remove("name");
    }
}

/// The place of the element of a list that is primary, else of the first.
fn place_of_primary(list: &[Value]) -> Option<usize> {
    let is_primary = |element: &Value| element.get("primary").and_then(Value::as_bool) == Some(true);
    list.iter().position(is_primary).or_else(|| (!list.is_empty()).then_some(0))
}

fn primary(list: Option<&Value>) -> Option<&Value> {
    let list = list?.as_array()?;
    place_of_primary(list).and_then(|place| list.get(place))
}

fn remove_primary(document: &mut Map<String, Value>, name: &str) {
    let Some(Value::Array(list)) = document.get_mut(name) else { return };
    if let Some(place) = place_of_primary(list) {
        list.remove(place);
    }
    if list.is_empty() {
        document.shift_remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    /// IR-13.
    #[test]
    fn ir13_the_primary_value_is_the_one() {
        let mut document = map(json!({ "phoneNumbers": [
            { "value": "1", "type": "home" }, { "value": "2", "type": "work", "primary": true, "display": "two" }] }));
        assert_eq!(Shown::of(&document).phone.as_deref(), Some("2"));
        write_primary(&mut document, "phoneNumbers", "+33123456789");
        let expected = json!([
            { "value": "1", "type": "home" }, { "value": "+33123456789", "type": "work", "primary": true }]);
        assert_eq!(document["phoneNumbers"], expected);
        remove_primary(&mut document, "phoneNumbers");
        remove_primary(&mut document, "phoneNumbers");
        remove_primary(&mut document, "phoneNumbers");
        assert_eq!(document, Map::new());
        write_primary(&mut document, "emails", "a@x.test");
        assert_eq!(document["emails"], json!([{ "value": "a@x.test", "primary": true }]));
    }
}
