//! The schemas and resource types of RFC 7643 as data, with its errata applied.
//!
//! Names, types and characteristics are the RFC's; descriptions are ours. Nothing here is specific to a tenant.

mod common;
mod discovery;
mod enterprise_user;
mod group;
#[cfg(test)]
mod tests;
mod user;

use super::build::resource_type;
use super::definition::ResourceType;
use super::registry::Registry;

pub use common::common;
pub use discovery::{
    resource_type as resource_type_schema, schema as schema_schema,
    service_provider_config as service_provider_config_schema,
};
pub use enterprise_user::schema as enterprise_user_schema;
pub use group::schema as group_schema;
pub use user::schema as user_schema;

/// The URN of the User schema.
pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// The URN of the Group schema.
pub const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
/// The URN of the enterprise extension of users.
pub const ENTERPRISE_USER: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
/// The URN of the service provider configuration's schema.
pub const SERVICE_PROVIDER_CONFIG: &str = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";
/// The URN of the resource type's schema.
pub const RESOURCE_TYPE: &str = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";
/// The URN of the schema's schema.
pub const SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:Schema";

/// Numbers of index rows (see [`crate::index_rows`]).
pub mod path_id {
    /// `emails.value`.
    pub const EMAILS: i32 = 1;
    /// `employeeNumber` of the enterprise extension.
    pub const EMPLOYEE_NUMBER: i32 = 2;
    /// `manager.value` of the enterprise extension.
    pub const MANAGER: i32 = 3;
}

/// The User resource type, with the enterprise extension.
pub fn user() -> ResourceType {
    resource_type("User", "/Users", USER, &[ENTERPRISE_USER], "People who have an account here.")
}

/// The Group resource type.
pub fn group() -> ResourceType {
    resource_type("Group", "/Groups", GROUP, &[], "Groups of users and of other groups.")
}

/// Everything built in: the schemas in the order in which discovery lists them, and the types User and Group.
pub fn registry() -> Registry {
    let schemas = vec![
        user_schema(),
        group_schema(),
        enterprise_user_schema(),
        service_provider_config_schema(),
        resource_type_schema(),
        schema_schema(),
    ];
    Registry::new(schemas, vec![user(), group()])
}
