//! The User schema (RFC 7643 section 4.1; section 8.7.1 with errata 6000 and 6001, and the sub-attributes of section 2.4
//! that its `addresses` lack).

use super::{USER, path_id};
use crate::schema::build::{binary, boolean, complex, reference, schema as define, string};
use crate::schema::definition::{Attribute, Mutability, Returned, Schema, Uniqueness};

/// The User schema.
pub fn schema() -> Schema {
    let mut attributes = singular();
    attributes.extend(lists());
    define(USER, "User", "User Account", attributes)
}

fn singular() -> Vec<Attribute> {
    vec![
        string("userName", "The name by which the user is known to this service, unique whatever its case.")
            .required()
            .unique(Uniqueness::Server),
        complex("name", "The parts of the user's name.", name_parts()),
        string("displayName", "The name to show for the user."),
        string("nickName", "What the user is called informally."),
        reference("profileUrl", &["external"], "The address of a page about the user."),
        string("title", "The user's job title."),
        string("userType", "The user's relation to the organization, such as Employee or Contractor."),
        string("preferredLanguage", "The languages the user prefers, in the syntax of the Accept-Language header."),
        string("locale", "The user's locale, which decides how dates, numbers and currencies are shown."),
        string("timezone", "The user's time zone, by its name in the IANA database."),
        boolean("active", "Whether the user's account may be used."),
        string("password", "A new password for the user; it is never returned.")
            .mutability(Mutability::WriteOnly)
            .returned(Returned::Never),
    ]
}

fn name_parts() -> Vec<Attribute> {
    vec![
        string("formatted", "The full name, ready to be shown."),
        string("familyName", "The family name."),
        string("givenName", "The given name."),
        string("middleName", "The middle names."),
        string("honorificPrefix", "Titles that precede the name, such as Dr."),
        string("honorificSuffix", "What follows the name, such as III."),
    ]
}

fn lists() -> Vec<Attribute> {
    let text = |what: &str| string("value", what);
    vec![
        list("emails", "The user's e-mail addresses.", text("The e-mail address."), &["work", "home", "other"])
            .indexed(path_id::EMAILS),
        list(
            "phoneNumbers",
            "The user's telephone numbers.",
            text("The telephone number."),
            &["work", "home", "mobile", "fax", "pager", "other"],
        ),
        list(
            "ims",
            "The user's instant messaging addresses.",
            text("The instant messaging address."),
            &["aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo", "other"],
        ),
        list(
            "photos",
            "Pictures of the user.",
            reference("value", &["external"], "The address of the picture."),
            &["photo", "thumbnail"],
        ),
        addresses(),
        groups(),
        list("entitlements", "What the user is entitled to.", text("The entitlement."), &[]),
        list("roles", "The user's roles.", text("The role."), &[]),
        list("x509Certificates", "The user's certificates.", binary("value", "One certificate, DER in base64."), &[]),
    ]
}

/// A list with the sub-attributes of RFC 7643 section 2.4.
fn list(name: &str, description: &str, value: Attribute, types: &[&str]) -> Attribute {
    let mut parts = vec![value];
    parts.extend(labels(types));
    complex(name, description, parts).many()
}

fn labels(types: &[&str]) -> [Attribute; 3] {
    [
        string("display", "A name to show for the value."),
        string("type", "What the value is for.").canonical(types),
        boolean("primary", "Whether this is the preferred value; at most one is."),
    ]
}

fn addresses() -> Attribute {
    let mut parts = vec![
        string("formatted", "The whole address, ready to be shown."),
        string("streetAddress", "Street, house number and the like; may have several lines."),
        string("locality", "The city or locality."),
        string("region", "The state or region."),
        string("postalCode", "The postal code."),
        string("country", "The country, by its two-letter code of ISO 3166-1."),
    ];
    parts.extend(labels(&["work", "home", "other"]));
    complex("addresses", "The user's postal addresses.", parts).many()
}

fn groups() -> Attribute {
    let parts = vec![
        string("value", "The identifier of the group."),
        reference("$ref", &["User", "Group"], "The URI of the group."),
        string("display", "The name of the group."),
        string("type", "Whether the user is a member itself or through another group.")
            .canonical(&["direct", "indirect"]),
    ];
    complex("groups", "The groups the user belongs to; they change through the groups only.", parts).many().read_only()
}
