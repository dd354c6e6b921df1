use std::sync::Arc;

use serde_json::{Value, json};

use super::*;
use crate::policy::Policy;
use crate::read::{self, Context};
use crate::schema::builtin::{self, ENTERPRISE_USER, USER};
use crate::schema::{Registry, TypeIndex};

const BASE: &str = "https://example.com/scim/v2";

fn config(pagination: Option<Pagination>) -> ServiceProviderConfig {
    ServiceProviderConfig {
        documentation_uri: Some("https://example.com/docs".to_owned()),
        patch: true,
        bulk: Bulk { supported: true, max_operations: 1000, max_payload_size: 16_777_216 },
        filter: Filter { supported: true, max_results: 200 },
        change_password: false,
        sort: true,
        etag: true,
        pagination,
        authentication_schemes: vec![AuthenticationScheme {
            kind: "oauthbearertoken".to_owned(),
            name: "Bearer token".to_owned(),
            description: "A token in the Authorization header".to_owned(),
            spec_uri: None,
            documentation_uri: None,
            primary: true,
        }],
    }
}

/// A type whose base schema is the given one and whose attributes clients may write, to judge a document by its schema.
fn writable(mut schema: Schema) -> Arc<TypeIndex> {
    fn open(attributes: &mut [Attribute]) {
        for attribute in attributes {
            attribute.mutability = crate::schema::Mutability::ReadWrite;
            open(&mut attribute.sub_attributes);
        }
    }
    open(&mut schema.attributes);
    let resource_type = crate::schema::build::resource_type("Document", "/Documents", &schema.id, &[], "");
    let registry = Registry::new(vec![schema], vec![resource_type]);
    registry.index("Document").unwrap()
}

fn holds_no_null(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Array(elements) => elements.iter().all(holds_no_null),
        Value::Object(members) => members.values().all(holds_no_null),
        _ => true,
    }
}

#[test]
fn a_schema_states_every_characteristic() {
    let document = schema(&builtin::user_schema(), BASE);
    assert_eq!(document["id"], USER);
    assert_eq!(document["name"], "User");
    assert_eq!(document["description"], "User Account");
    assert_eq!(document["meta"], json!({ "resourceType": "Schema", "location": format!("{BASE}/Schemas/{USER}") }));
    let of = |name: &str| {
        let list = document["attributes"].as_array().unwrap();
        list.iter().find(|attribute| attribute["name"] == name).cloned().unwrap_or_default()
    };
    assert_eq!(of("id"), Value::Null, "common attributes are not listed");
    let mut user_name = of("userName");
    assert!(user_name.as_object_mut().unwrap().shift_remove("description").unwrap().is_string());
    let expected = json!({
        "name": "userName", "type": "string", "multiValued": false, "required": true, "caseExact": false,
        "mutability": "readWrite", "returned": "default", "uniqueness": "server",
    });
    assert_eq!(user_name, expected);
    assert_eq!(of("emails")["subAttributes"][2]["canonicalValues"], json!(["work", "home", "other"]));
    assert_eq!(of("photos")["subAttributes"][0]["referenceTypes"], json!(["external"]));
    assert_eq!(of("password")["mutability"], "writeOnly");
}

#[test]
fn documents_fit_their_own_schemas() {
    let schema_index = writable(builtin::schema_schema());
    let config_index = writable(builtin::service_provider_config_schema());
    let type_index = writable(builtin::resource_type_schema());
    let pagination = Pagination {
        cursor: true,
        index: true,
        default_pagination_method: Some("index".to_owned()),
        default_page_size: Some(100),
        max_page_size: None,
        cursor_timeout: Some(3600),
    };
    let documents = builtin::registry()
        .schemas
        .iter()
        .filter(|definition| definition.id != SCHEMA) // It describes itself, deeper than a definition can.
        .map(|definition| (&schema_index, schema(definition, BASE)))
        .chain([
            (&type_index, resource_type(&builtin::user(), BASE)),
            (&type_index, resource_type(&builtin::group(), BASE)),
            (&config_index, config(None).to_json(BASE)),
            (&config_index, config(Some(pagination)).to_json(BASE)),
        ])
        .collect::<Vec<_>>();
    for (index, document) in documents {
        assert!(holds_no_null(&document));
        let read = read::resource(index, document, Context::Create, &Policy::strict(), &mut Vec::new());
        assert!(read.is_ok(), "{read:?}");
    }
}

#[test]
fn a_resource_type_names_its_extensions() {
    let document = resource_type(&builtin::user(), BASE);
    assert_eq!(document["schemaExtensions"], json!([{ "schema": ENTERPRISE_USER, "required": false }]));
    assert_eq!(document["meta"]["location"], format!("{BASE}/ResourceTypes/User"));
    assert_eq!(resource_type(&builtin::group(), BASE).get("schemaExtensions"), None);
}

#[test]
fn a_configuration_has_every_required_member() {
    let document = config(None).to_json(BASE);
    for feature in ["patch", "bulk", "filter", "changePassword", "sort", "etag"] {
        assert!(document[feature]["supported"].is_boolean(), "{feature}");
    }
    assert_eq!(document["bulk"], json!({ "supported": true, "maxOperations": 1000, "maxPayloadSize": 16_777_216 }));
    assert_eq!(document["authenticationSchemes"][0]["type"], "oauthbearertoken");
    assert_eq!(document.get("pagination"), None);
}
