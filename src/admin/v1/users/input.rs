//! What requests say of users, read, and written into SCIM documents (IR-13): what every REST door has, and the tenant's
//! own attributes.

use scim_core::schema::TypeIndex;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::error::{Error, Fault, Result};
use crate::http::profile::{self, write_primary};
use crate::http::rest::body::{any_object, boolean, email, list, secret, text, uuid};
use crate::http::rest::{Field, Fields, present};
use crate::ids::{GroupId, UnitId};
use crate::password::Password;
use crate::secret::Secret;

use super::attributes;

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
    own: profile::Profile,
    custom_attributes: Field<Map<String, Value>>,
}

impl Profile {
    fn read(fields: &mut Fields) -> Self {
        let own = profile::Profile::read(fields);
        Self { own, custom_attributes: fields.nullable("custom_attributes", any_object) }
    }

    /// Writes it into a document.
    ///
    /// # Errors
    /// [`Error::Unprocessable`] for attributes that the tenant does not have, or values that do not fit.
    pub(super) fn write(&self, index: &TypeIndex, document: &mut Map<String, Value>) -> Result<()> {
        self.own.write(document);
        let written = match &self.custom_attributes {
            Field::Absent => Ok(()),
            Field::Null => {
                attributes::clear(index, document);
                Ok(())
            }
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
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
