//! What requests say of users, read, and written into SCIM documents: name.givenName, the primary telephone number, the
//! tenant's own attributes and so on (IR-13).

use scim_core::schema::TypeIndex;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::error::{Error, Fault, Result};
use crate::http::rest::body::{any_object, boolean, email, list, locale, phone, secret, text, time_zone, uuid};
use crate::http::rest::{Field, Fields, present};
use crate::ids::{GroupId, UnitId};
use crate::password::Password;
use crate::secret::Secret;

use super::attributes;

/// The longest part of a name, in characters.
const LONGEST_NAME: usize = 200;
/// The longest user name, in characters; what it may hold is the directory's to say.
const LONGEST_USER_NAME: usize = 254;
/// The longest password, in characters.
const LONGEST_PASSWORD: usize = 128;
/// The most groups that a new user is put into.
const MOST_GROUPS: usize = 100;

/// Schema for creating a new user.
#[derive(ToSchema)]
#[expect(dead_code, reason = "for the document of the API")]
pub(super) struct UserCreate {
    /// Below `/admin/users`: the tenant; needed unless the administrator looks after exactly one.
    tenant_id: Option<String>,
    #[schema(format = Email, max_length = 254)]
    email: String,
    /// Without it, the e-mail.
    #[schema(max_length = 254)]
    username: Option<String>,
    #[schema(max_length = 200)]
    first_name: Option<String>,
    #[schema(max_length = 200)]
    last_name: Option<String>,
    #[schema(max_length = 200)]
    display_name: Option<String>,
    /// With its country code: `+33123456789`.
    #[schema(pattern = r"^\+[1-9][0-9]{6,14}$")]
    phone: Option<String>,
    #[schema(default = "en", required = false)]
    locale: String,
    #[schema(default = "UTC", required = false)]
    timezone: String,
    #[schema(max_length = 128)]
    password: Option<String>,
    /// The org unit that the user is at home in.
    #[schema(format = "uuid")]
    ou_id: Option<String>,
    #[schema(required = false, max_items = 100)]
    group_ids: Vec<String>,
    /// The attributes that the tenant added to users.
    #[schema(value_type = Option<Object>)]
    custom_attributes: Option<Value>,
    #[schema(default = false, required = false)]
    require_password_change: bool,
    #[schema(default = true, required = false)]
    send_welcome_email: bool,
}

/// Schema for updating a user: what is left out stays as it is, null clears.
#[derive(ToSchema)]
#[expect(dead_code, reason = "for the document of the API")]
pub(super) struct UserUpdate {
    #[schema(format = Email, max_length = 254)]
    email: Option<String>,
    /// Null goes back to the e-mail.
    #[schema(max_length = 254)]
    username: Option<String>,
    #[schema(max_length = 200)]
    first_name: Option<String>,
    #[schema(max_length = 200)]
    last_name: Option<String>,
    #[schema(max_length = 200)]
    display_name: Option<String>,
    /// With its country code: `+33123456789`.
    #[schema(pattern = r"^\+[1-9][0-9]{6,14}$")]
    phone: Option<String>,
    /// Null goes back to `en`.
    locale: Option<String>,
    /// Null goes back to `UTC`.
    timezone: Option<String>,
    /// The org unit that the user is at home in.
    #[schema(format = "uuid")]
    ou_id: Option<String>,
    /// Null in place of a value clears that attribute alone.
    #[schema(value_type = Option<Object>)]
    custom_attributes: Option<Value>,
}

/// A user to be made.
pub(super) struct Creation {
    pub(super) email: String,
    pub(super) user_name: String,
    pub(super) profile: Profile,
    pub(super) password: Option<Secret>,
    pub(super) unit: Option<UnitId>,
    pub(super) groups: Vec<GroupId>,
    pub(super) require_password_change: bool,
    pub(super) send_welcome_email: bool,
}

/// What is to change of a user.
#[derive(Clone)]
pub(super) struct Update {
    pub(super) email: Option<String>,
    pub(super) user_name: Field<String>,
    pub(super) profile: Profile,
    pub(super) unit: Field<UnitId>,
}

/// What stands in the document.
#[derive(Clone)]
pub(super) struct Profile {
    first_name: Field<String>,
    last_name: Field<String>,
    display_name: Field<String>,
    phone: Field<String>,
    locale: Field<String>,
    timezone: Field<String>,
    custom_attributes: Field<Map<String, Value>>,
}

impl Profile {
    fn read(fields: &mut Fields) -> Self {
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
            custom_attributes: fields.nullable("custom_attributes", any_object),
        }
    }

    /// Writes it into a document.
    ///
    /// # Errors
    /// [`Error::Unprocessable`] for attributes that the tenant does not have, or values that do not fit.
    pub(super) fn write(&self, index: &TypeIndex, document: &mut Map<String, Value>) -> Result<()> {
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
        let written = match &self.custom_attributes {
            Field::Absent => Ok(()),
            Field::Null => attributes::clear(index, document),
            Field::Value(values) => attributes::write(index, document, values),
        };
        written.map_err(in_body)
    }
}

/// Reads the body of a creation.
///
/// # Errors
/// [`Error::Unprocessable`] with all its faults.
pub(super) fn creation(body: &[u8]) -> Result<Creation> {
    let mut fields = Fields::of_body(body)?;
    let address = fields.required("email", email);
    let user_name = fields.nullable("username", text(1..=LONGEST_USER_NAME)).value();
    let profile = Profile::read(&mut fields);
    let password = fields.nullable("password", secret(1..=LONGEST_PASSWORD)).value();
    let unit = fields.nullable("ou_id", uuid).value();
    let groups = fields.optional("group_ids", list(MOST_GROUPS, uuid)).unwrap_or_default();
    let require_password_change = fields.optional("require_password_change", boolean).unwrap_or(false);
    let send_welcome_email = fields.optional("send_welcome_email", boolean).unwrap_or(true);
    fields.finish()?;
    let email = present(address)?;
    Ok(Creation {
        user_name: user_name.unwrap_or_else(|| email.clone()),
        email,
        profile,
        password,
        unit,
        groups,
        require_password_change,
        send_welcome_email,
    })
}

/// The tenant that the body of a creation names.
///
/// # Errors
/// [`Error::Unprocessable`] when it is no text.
pub(super) fn tenant(body: &[u8]) -> Result<Option<String>> {
    let mut fields = Fields::of_body(body)?;
    let tenant = fields.nullable("tenant_id", text(1..=100)).value();
    fields.finish()?;
    Ok(tenant)
}

/// Reads the body of an update.
///
/// # Errors
/// [`Error::Unprocessable`] with all its faults.
pub(super) fn update(body: &[u8]) -> Result<Update> {
    let mut fields = Fields::of_body(body)?;
    // An account has an e-mail: null is none.
    let email = fields.optional("email", email);
    let user_name = fields.nullable("username", text(1..=LONGEST_USER_NAME));
    let profile = Profile::read(&mut fields);
    let unit = fields.nullable("ou_id", uuid);
    fields.finish()?;
    Ok(Update { email, user_name, profile, unit })
}

/// A password as the directory takes it.
///
/// # Errors
/// [`Error::Unprocessable`] when it is too long.
pub(super) fn typed(password: &Secret, member: &str) -> Result<Password> {
    Password::new(password.reveal()).map_err(|why| Error::fault(["body", member], "string_too_long", why.to_string()))
}

/// The document of a new user.
///
/// # Errors
/// As [`Profile::write`], and for attributes that the tenant demands.
pub(super) fn document(index: &TypeIndex, creation: &Creation) -> Result<Map<String, Value>> {
    let mut document = Map::new();
    document.insert("userName".to_owned(), creation.user_name.as_str().into());
    creation.profile.write(index, &mut document)?;
    write_primary(&mut document, "emails", &creation.email);
    let missing = attributes::missing(index, &document);
    if missing.is_empty() { Ok(document) } else { Err(in_body(missing)) }
}

/// Says of faults that they are the body's.
fn in_body(faults: Vec<Fault>) -> Error {
    Error::Unprocessable(faults.into_iter().map(|fault| fault.within("body")).collect())
}

/// A refusal of the directory with the place where this API has it: what SCIM calls `userName` is `username` here.
pub(super) fn placed(error: Error) -> Error {
    let Error::Invalid(invalid) = error else { return error };
    let known = [("userName", "username"), ("emails", "email"), ("displayName", "display_name"), ("locale", "locale")];
    let path = invalid.path.as_deref().unwrap_or_default();
    let place = known.iter().find(|(scim, _)| path.eq_ignore_ascii_case(scim)).map(|(_, name)| *name);
    match place {
        Some(name) => Error::fault(["body", name], "value_error", invalid.detail),
        None => Error::Invalid(invalid),
    }
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

/// Gives the primary element of a list another value; the list gets one when it has none.
pub(super) fn write_primary(document: &mut Map<String, Value>, name: &str, value: &str) {
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

    /// S4-26: absent keeps, null clears.
    #[test]
    fn s4_26_absent_keeps_and_null_clears() {
        let index = scim_core::schema::builtin::registry().index("User").unwrap();
        let mut document = map(json!({
            "name": { "givenName": "Ann", "familyName": "Smith" }, "displayName": "Ann", "locale": "de", "timezone": "UTC",
        }));
        let read = update(br#"{ "first_name": null, "display_name": " ", "locale": null }"#).unwrap();
        read.profile.write(&index, &mut document).unwrap();
        assert_eq!(document, map(json!({ "name": { "familyName": "Smith" }, "timezone": "UTC" })));
        let read = update(br#"{ "last_name": null, "first_name": "Bob" }"#).unwrap();
        read.profile.write(&index, &mut document).unwrap();
        assert_eq!(document["name"], json!({ "givenName": "Bob" }));
        for body in [r#"{ "email": null }"#, r#"{ "email": "x" }"#, r#"{ "phone": "123" }"#, r#"{ "ou_id": "1" }"#] {
            assert!(matches!(update(body.as_bytes()), Err(Error::Unprocessable(_))), "{body}");
        }
    }
}
