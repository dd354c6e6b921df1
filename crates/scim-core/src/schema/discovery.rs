//! The discovery documents as JSON: Schema, ResourceType and ServiceProviderConfig resources (RFC 7643 sections 5 to 7).
//!
//! What they say comes from the definitions and from the caller; nothing is decided here. The base URL is given without a
//! trailing slash.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::builtin::{RESOURCE_TYPE, SCHEMA, SERVICE_PROVIDER_CONFIG};
use super::definition::{Attribute, ResourceType, Schema, Type};

/// A Schema resource.
pub fn schema(schema: &Schema, base_url: &str) -> Value {
    json!({
        "schemas": [SCHEMA],
        "id": schema.id,
        "name": schema.name,
        "description": schema.description,
        "attributes": attributes(&schema.attributes),
        "meta": meta("Schema", &format!("{base_url}/Schemas/{}", schema.id)),
    })
}

fn attributes(definitions: &[Attribute]) -> Value {
    definitions.iter().map(attribute).collect()
}

/// One attribute definition. Lists that do not apply are left out; every other characteristic is always stated.
fn attribute(definition: &Attribute) -> Value {
    let mut object = Map::new();
    let mut put = |name: &str, value: Value| object.insert(name.to_owned(), value);
    put("name", json!(definition.name));
    put("type", json!(definition.kind));
    put("multiValued", json!(definition.multi_valued));
    put("description", json!(definition.description));
    put("required", json!(definition.required));
    if !definition.canonical_values.is_empty() {
        put("canonicalValues", json!(definition.canonical_values));
    }
    put("caseExact", json!(definition.case_exact));
    put("mutability", json!(definition.mutability));
    put("returned", json!(definition.returned));
    put("uniqueness", json!(definition.uniqueness));
    if !definition.reference_types.is_empty() {
        put("referenceTypes", json!(definition.reference_types));
    }
    if definition.kind == Type::Complex {
        put("subAttributes", attributes(&definition.sub_attributes));
    }
    Value::Object(object)
}

fn meta(resource_type: &str, location: &str) -> Value {
    json!({ "resourceType": resource_type, "location": location })
}

/// A ResourceType resource.
pub fn resource_type(resource_type: &ResourceType, base_url: &str) -> Value {
    let extension =
        |extension: &super::Extension| json!({ "schema": extension.schema, "required": extension.required });
    let mut document = json!({
        "schemas": [RESOURCE_TYPE],
        "id": resource_type.name,
        "name": resource_type.name,
        "description": resource_type.description,
        "endpoint": resource_type.endpoint,
        "schema": resource_type.schema,
    });
    if let Value::Object(object) = &mut document {
        if !resource_type.extensions.is_empty() {
            object.insert("schemaExtensions".to_owned(), resource_type.extensions.iter().map(extension).collect());
        }
        let location = format!("{base_url}/ResourceTypes/{}", resource_type.name);
        object.insert("meta".to_owned(), meta("ResourceType", &location));
    }
    document
}

/// What a service supports (RFC 7643 section 5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceProviderConfig {
    /// The address of the documentation.
    pub documentation_uri: Option<String>,
    /// Whether PATCH works.
    pub patch: bool,
    /// Bulk requests.
    pub bulk: Bulk,
    /// Filters.
    pub filter: Filter,
    /// Whether passwords can be changed.
    pub change_password: bool,
    /// Whether sorting works.
    pub sort: bool,
    /// Whether resources have versions.
    pub etag: bool,
    /// Paging (RFC 9865 section 4); left out when `None`.
    pub pagination: Option<Pagination>,
    /// The ways of authenticating.
    pub authentication_schemes: Vec<AuthenticationScheme>,
}

/// Bulk requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Bulk {
    /// Whether they work.
    pub supported: bool,
    /// The greatest number of operations.
    pub max_operations: u64,
    /// The greatest size of a request, in bytes.
    pub max_payload_size: u64,
}

/// Filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Filter {
    /// Whether they work.
    pub supported: bool,
    /// The greatest number of resources in one answer.
    pub max_results: u64,
}

/// Paging (RFC 9865 section 4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Pagination {
    /// Whether `cursor` works.
    pub cursor: bool,
    /// Whether `startIndex` works.
    pub index: bool,
    /// `cursor` or `index`: what a request that names neither gets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_pagination_method: Option<String>,
    /// The page size when the request names none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_page_size: Option<u64>,
    /// The greatest page size.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_page_size: Option<u64>,
    /// How long a cursor stays valid at least, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor_timeout: Option<u64>,
}

/// One way of authenticating.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthenticationScheme {
    /// `oauth`, `oauth2`, `oauthbearertoken`, `httpbasic` or `httpdigest`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its usual name.
    pub name: String,
    /// What it is.
    pub description: String,
    /// The address of its specification.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spec_uri: Option<String>,
    /// The address of documentation on its use here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub documentation_uri: Option<String>,
    /// Whether it is the preferred one.
    pub primary: bool,
}

impl ServiceProviderConfig {
    /// The ServiceProviderConfig resource. Every member that RFC 7643 section 5 requires is there.
    pub fn to_json(&self, base_url: &str) -> Value {
        let supported = |supported: bool| json!({ "supported": supported });
        let mut object = Map::new();
        let mut put = |name: &str, value: Value| object.insert(name.to_owned(), value);
        put("schemas", json!([SERVICE_PROVIDER_CONFIG]));
        if let Some(uri) = &self.documentation_uri {
            put("documentationUri", json!(uri));
        }
        put("patch", supported(self.patch));
        put("bulk", json!(self.bulk));
        put("filter", json!(self.filter));
        put("changePassword", supported(self.change_password));
        put("sort", supported(self.sort));
        put("etag", supported(self.etag));
        if let Some(pagination) = &self.pagination {
            put("pagination", json!(pagination));
        }
        put("authenticationSchemes", json!(self.authentication_schemes));
        put("meta", meta("ServiceProviderConfig", &format!("{base_url}/ServiceProviderConfig")));
        Value::Object(object)
    }
}

#[cfg(test)]
#[path = "discovery_tests.rs"]
mod tests;
