//! The enterprise extension of users (RFC 7643 section 4.3).

use super::{ENTERPRISE_USER, path_id};
use crate::schema::build::{complex, reference, schema as define, string};
use crate::schema::definition::{Attribute, Schema};

/// The EnterpriseUser schema.
pub fn schema() -> Schema {
    let attributes = vec![
        string("employeeNumber", "The number by which the organization knows the user.")
            .indexed(path_id::EMPLOYEE_NUMBER),
        string("costCenter", "The name of the user's cost center."),
        string("organization", "The name of the user's organization."),
        string("division", "The name of the user's division."),
        string("department", "The name of the user's department."),
        complex("manager", "The user's manager.", manager()).indexed(path_id::MANAGER),
    ];
    define(ENTERPRISE_USER, "EnterpriseUser", "Enterprise User", attributes)
}

fn manager() -> Vec<Attribute> {
    vec![
        string("value", "The identifier of the manager's user."),
        reference("$ref", &["User"], "The URI of the manager's user, filled in by this service."),
        string("displayName", "The manager's display name.").read_only(),
    ]
}
