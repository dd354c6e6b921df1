//! The users and groups that the bench writes: 1 KB each, all different, made from a number.

use serde_json::{Value, json};

/// The URN of users.
const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// The URN of groups.
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
/// The URN of the enterprise extension.
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
/// The URN of a bulk request.
const BULK: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
/// The URN of a PATCH body.
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// The name of user `n`.
pub(crate) fn user_name(n: usize) -> String {
    format!("person{n:07}@corp.example")
}

/// The work e-mail of user `n`.
pub(crate) fn email(n: usize) -> String {
    format!("first{n:07}.last@mail.corp.example")
}

/// What the identity provider calls user `n`.
pub(crate) fn external_id(n: usize) -> String {
    format!("00u{n:017}")
}

/// The body that creates user `n`: what an identity provider sends of a usual employee, about 1 KB.
pub(crate) fn body(n: usize) -> Vec<u8> {
    let (first, last) = (format!("First{n:07}"), format!("Last{n:07}"));
    let full = format!("{first} {last}");
    let user = json!({
        "schemas": [USER, ENTERPRISE],
        "externalId": external_id(n),
        "userName": user_name(n),
        "name": { "formatted": full, "familyName": last, "givenName": first, "middleName": "Maria" },
        "displayName": full,
        "title": "Senior Engineer for Provisioning",
        "preferredLanguage": "en-GB",
        "locale": "en-GB",
        "timezone": "Europe/Berlin",
        "active": true,
        "emails": [{ "value": email(n), "type": "work", "primary": true }],
        "phoneNumbers": [
            { "value": format!("+49 30 {n:07}"), "type": "work" },
            { "value": format!("+49 170 {n:07}"), "type": "mobile" },
        ],
        "addresses": [{
            "type": "work", "streetAddress": format!("{} Example Street", n % 500), "locality": "Berlin",
            "region": "Berlin", "postalCode": "10115", "country": "DE", "primary": true,
        }],
        ENTERPRISE: {
            "employeeNumber": format!("E{n:08}"), "costCenter": format!("CC-{:04}", n % 300),
            "organization": "Example Corporation", "division": "Engineering",
            "department": format!("Department {:03}", n % 120),
        },
    });
    user.to_string().into_bytes()
}

/// The body of a bulk request that creates `count` users from `first` on.
pub(crate) fn bulk(first: usize, count: usize) -> Vec<u8> {
    let create = |n: usize| {
        let data: Value = serde_json::from_slice(&body(n)).unwrap_or_default();
        json!({ "method": "POST", "path": "/Users", "bulkId": format!("b{n}"), "data": data })
    };
    let operations: Vec<Value> = (first..first + count).map(create).collect();
    json!({ "schemas": [BULK], "Operations": operations }).to_string().into_bytes()
}

/// The body that creates a group.
pub(crate) fn group(name: &str, members: &[String]) -> Vec<u8> {
    let group = json!({ "schemas": [GROUP], "displayName": name, "members": values(members) });
    group.to_string().into_bytes()
}

/// The body that replaces one attribute.
pub(crate) fn replace(path: &str, value: &str) -> Vec<u8> {
    patch(&json!({ "op": "replace", "path": path, "value": value }))
}

/// The body that adds members.
pub(crate) fn add_members(members: &[String]) -> Vec<u8> {
    patch(&json!({ "op": "add", "path": "members", "value": values(members) }))
}

fn patch(operation: &Value) -> Vec<u8> {
    json!({ "schemas": [PATCH], "Operations": [operation] }).to_string().into_bytes()
}

fn values(members: &[String]) -> Value {
    members.iter().map(|id| json!({ "value": id })).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_about_one_kib() {
        let length = body(12_345).len();
        assert!((900..1_200).contains(&length), "{length}");
    }
}
