//! The schemas of the discovery documents (RFC 7643 sections 5 to 7; section 8.7.2 with errata 5606, 7522 and 8011, the
//! `etag` attribute that it lacks, and RFC 9865's `pagination`). All their attributes are read-only.

use super::{RESOURCE_TYPE, SCHEMA, SERVICE_PROVIDER_CONFIG};
use crate::schema::build::{boolean, complex, integer, reference, schema as define, string};
use crate::schema::definition::{Attribute, Schema};

/// The ServiceProviderConfig schema.
pub fn service_provider_config() -> Schema {
    let mut bulk = supported("bulk", "What is possible in bulk requests.");
    bulk.sub_attributes.extend([
        integer("maxOperations", "The greatest number of operations in one bulk request.").required(),
        integer("maxPayloadSize", "The greatest size of a bulk request, in bytes.").required(),
    ]);
    let mut filter = supported("filter", "What is possible with filters.");
    filter.sub_attributes.push(integer("maxResults", "The greatest number of resources in one answer.").required());
    let attributes = vec![
        reference("documentationUri", &["external"], "The address of this service's documentation."),
        supported("patch", "Whether PATCH is supported."),
        bulk,
        filter,
        supported("changePassword", "Whether passwords can be changed."),
        supported("sort", "Whether results can be sorted."),
        supported("etag", "Whether versions of resources are supported."),
        complex("pagination", "The ways of paging through results.", pagination()),
        complex("authenticationSchemes", "The ways of authenticating.", authentication_schemes()).many().required(),
    ];
    read_only(
        SERVICE_PROVIDER_CONFIG,
        "Service Provider Configuration",
        "Schema for representing the service provider's configuration",
        attributes,
    )
}

fn read_only(id: &str, name: &str, description: &str, attributes: Vec<Attribute>) -> Schema {
    define(id, name, description, attributes.into_iter().map(Attribute::read_only).collect())
}

fn supported(name: &str, description: &str) -> Attribute {
    complex(name, description, vec![boolean("supported", "Whether it is supported.").required()]).required()
}

fn pagination() -> Vec<Attribute> {
    vec![
        boolean("cursor", "Whether paging by cursor is supported.").required(),
        boolean("index", "Whether paging by index is supported.").required(),
        string("defaultPaginationMethod", "How a request that names neither is paged.").canonical(&["cursor", "index"]),
        integer("defaultPageSize", "The number of resources in a page when the request names none."),
        integer("maxPageSize", "The greatest number of resources in a page."),
        integer("cursorTimeout", "How long a cursor stays valid at least, in seconds."),
    ]
}

fn authentication_schemes() -> Vec<Attribute> {
    vec![
        string("name", "The usual name of the scheme.").required(),
        string("description", "What the scheme is.").required(),
        reference("specUri", &["external"], "The address of the scheme's specification."),
        reference("documentationUri", &["external"], "The address of documentation on its use here."),
        string("type", "The kind of scheme.").required().canonical(&[
            "oauth",
            "oauth2",
            "oauthbearertoken",
            "httpbasic",
            "httpdigest",
        ]),
        boolean("primary", "Whether this is the preferred scheme."),
    ]
}

/// The ResourceType schema.
pub fn resource_type() -> Schema {
    let extension = vec![
        reference("schema", &["uri"], "The URN of the extension's schema.").required(),
        boolean("required", "Whether a resource must carry the extension.").required(),
    ];
    let attributes = vec![
        string("id", "The identifier of the type, which is its name."),
        string("name", "The name of the type.").required(),
        string("description", "What resources of the type are."),
        reference("endpoint", &["uri"], "The path of the type's endpoint below the base URL.").required(),
        reference("schema", &["uri"], "The URN of the type's base schema.").required(),
        complex("schemaExtensions", "The extensions of the type.", extension).many(),
    ];
    read_only(RESOURCE_TYPE, "ResourceType", "Specifies the schema that describes a SCIM resource type", attributes)
}

/// The Schema schema. Its `subAttributes` are the only complex attribute inside a complex one (RFC 7643 section 2.3.8).
pub fn schema() -> Schema {
    let mut definition = characteristics();
    definition.push(complex("subAttributes", "The parts of a complex attribute.", characteristics()).many());
    let attributes = vec![
        string("id", "The URN of the schema.").required(),
        string("name", "The schema's name for people.").required(),
        string("description", "What the schema describes."),
        complex("attributes", "The attributes of the schema.", definition).many().required(),
    ];
    read_only(SCHEMA, "Schema", "Specifies the schema that describes a SCIM schema", attributes)
}

fn characteristics() -> Vec<Attribute> {
    let types = ["string", "complex", "boolean", "decimal", "integer", "dateTime", "reference", "binary"];
    vec![
        string("name", "The attribute's name.").required().exact(),
        string("type", "The type of the attribute's values.").required().canonical(&types),
        boolean("multiValued", "Whether the attribute holds a list.").required(),
        string("description", "What the attribute means.").exact(),
        boolean("required", "Whether a resource must have the attribute."),
        string("canonicalValues", "Suggested values.").many().exact(),
        boolean("caseExact", "Whether upper and lower case differ in comparisons."),
        string("mutability", "Who may write the attribute, and when.").exact().canonical(&[
            "readOnly",
            "readWrite",
            "immutable",
            "writeOnly",
        ]),
        string("returned", "When the attribute is part of an answer.")
            .exact()
            .canonical(&["always", "never", "default", "request"]),
        string("uniqueness", "Where a value may occur only once.").exact().canonical(&["none", "server", "global"]),
        string("referenceTypes", "What a reference may point to.").many().exact(),
    ]
}
